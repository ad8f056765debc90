// Package place makes a space to measure and to torture: machines that ask
// nothing, open day and night, members who may all sign in, and as many
// bookings as are wanted. It writes straight into the tables, because a million
// bookings through the front door would measure nothing but the door. The
// program itself never imports it.
package place

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"time"

	"guildhall/internal/db"
	"guildhall/internal/id"
	"guildhall/migrations"
)

// Password is everybody's.
const Password = "measured twice"

// PerDay is how many bookings Store gives a machine on a day.
const PerDay = 6

// InsertBooking stores one booking; Place.Booking has its arguments.
const InsertBooking = `INSERT INTO bookings (id, space_id, resource_id, unit, places, member_id, booked_by, status, starts_at, ends_at, note,
	price_minor, currency, price_lines, overrides, override_reason, created_at, changed_at, sequence, version)
	VALUES (?, ?, ?, 1, 1, ?, ?, ?, ?, ?, '', 0, 'EUR', '[]', '[]', '', ?, ?, 0, 1)`

const insertOccupancy = `INSERT INTO occupancies (id, resource_id, unit, starts_at, ends_at, cause, cause_id) VALUES (?, ?, 1, ?, ?, 'booking', ?)`

// Place is such a space, as it was built.
type Place struct {
	Space    id.ID
	Slug     string
	Machines []id.ID
	Members  []id.ID
	day      time.Time // midnight UTC of the day it was built
}

// Email is the address of a member. The first is the owner.
func Email(member int) string { return fmt.Sprintf("member%03d@bench.example", member+1) }

// Open opens a SQLite file without the program: database/sql and the driver, with
// the program's own settings and one connection. A file that is not there is made,
// with the whole schema.
func Open(ctx context.Context, path string) (*sql.DB, error) {
	d, err := db.Open(ctx, db.Config{Path: path})
	if err != nil {
		return nil, err
	}
	err = migrations.Run(ctx, d)
	if closed := d.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err
	}
	settings := url.Values{
		"_busy_timeout": {"10000"}, "_foreign_keys": {"on"}, "_synchronous": {"FULL"}, "_stmt_cache_size": {"128"},
		"_cache_size": {"-32000"}, "_journal_mode": {"WAL"}, "_txlock": {"immediate"},
	}
	pool, err := sql.Open("sqlite3", "file:"+path+"?"+settings.Encode())
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(1)
	return pool, nil
}

// Build writes a space with so many machines and members.
func Build(ctx context.Context, pool *sql.DB, machines, members int) (*Place, error) {
	p := &Place{Space: id.New(), Slug: "bench", day: time.Now().UTC().Truncate(24 * time.Hour)}
	now := p.day.AddDate(-10, 0, 0).Unix()
	hash := hashed(Password)
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	exec := func(query string, args ...any) {
		if err == nil {
			_, err = tx.ExecContext(ctx, query, args...)
		}
	}
	exec(`INSERT INTO settings (key, value) VALUES ('auth.second_factor', 'optional')`) // the owner signs in as everybody does
	exec(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
		VALUES (?, ?, '{"en":"Bench","zh-CN":"Bench"}', '{}', 'maker_service', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 1, ?, 1)`, p.Space, p.Slug, now)
	for weekday := 1; weekday <= 7; weekday++ {
		exec(`INSERT INTO opening_hours (id, space_id, weekday, opens_min, closes_min, audience) VALUES (?, ?, ?, 0, 1440, 'everyone')`, id.New(), p.Space, weekday)
	}
	area := id.New()
	exec(`INSERT INTO areas (id, space_id, slug, name, family, position, version) VALUES (?, ?, 'metal', '{"en":"Metal","zh-CN":"Metal"}', 'metal', 1, 1)`, area, p.Space)
	for i := range machines {
		p.Machines = append(p.Machines, id.New())
		name := fmt.Sprintf("lathe-%d", i+1)
		exec(`INSERT INTO resources (id, space_id, area_id, slug, type, kind, name, model, about, materials, hazards, units, sharing, bookable,
			status, out_reason, position, created_at, version)
			VALUES (?, ?, ?, ?, 'machine', ?, ?, '', '{}', '{}', '{}', 1, 'units', 1, 'in_service', '{}', ?, ?, 1)`,
			p.Machines[i], p.Space, area, name, name, fmt.Sprintf(`{"en":"Lathe %d","zh-CN":"Lathe %[1]d"}`, i+1), i+1, now)
	}
	for i := range members {
		p.Members = append(p.Members, id.New())
		role := "member"
		if i == 0 {
			role = "owner"
		}
		exec(`INSERT INTO members (id, email, email_key, name, search, locale, phone, confirmed_at, created_at, version) VALUES (?, ?, ?, ?, ?, 'en', '', ?, ?, 1)`,
			p.Members[i], Email(i), Email(i), fmt.Sprintf("Member %d", i+1), fmt.Sprintf("member %d %s", i+1, Email(i)), now, now)
		exec(`INSERT INTO standings (member_id, space_id, role, suspended_reason, joined_at) VALUES (?, ?, ?, '', ?)`, p.Members[i], p.Space, role, now)
		exec(`INSERT INTO passwords (member_id, hash, changed_at) VALUES (?, ?, ?)`, p.Members[i], hash, now)
	}
	if err != nil {
		return nil, err
	}
	return p, tx.Commit()
}

// Booking is the arguments of InsertBooking: done if it lies before the day of the
// place, as in a house that has run since, else confirmed.
func (p *Place) Booking(booking id.ID, machine, member int, start, end int64) []any {
	m, status := p.Members[member], "confirmed"
	if end <= p.day.Unix() {
		status = "done"
	}
	return []any{booking, p.Space, p.Machines[machine], m, m, status, start, end, start - 86400, start - 86400}
}

// Hour is the start of an hour counted from the midnight before the place was built.
func (p *Place) Hour(n int) time.Time { return p.day.Add(time.Duration(n) * time.Hour) }

// Store writes so many bookings of an hour each, PerDay on every machine, the
// last of them two weeks ahead: the more there are, the further they reach into
// the past, so a day has as many rows however many are stored.
func (p *Place) Store(ctx context.Context, pool *sql.DB, bookings int) error {
	for written := 0; written < bookings; {
		n := min(20_000, bookings-written)
		if err := p.store(ctx, pool, written, n); err != nil {
			return err
		}
		written += n
	}
	_, err := pool.ExecContext(ctx, "PRAGMA optimize")
	return err
}

func (p *Place) store(ctx context.Context, pool *sql.DB, from, n int) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	booking, err := tx.PrepareContext(ctx, InsertBooking)
	if err != nil {
		return err
	}
	occupancy, err := tx.PrepareContext(ctx, insertOccupancy)
	if err != nil {
		return err
	}
	each := len(p.Machines) * PerDay
	for i := from; i < from+n; i++ {
		machine := i % each / PerDay
		start := p.Hour((14-i/each)*24 + 8 + 2*(i%PerDay)).Unix()
		key := id.New()
		if _, err := booking.ExecContext(ctx, p.Booking(key, machine, i%len(p.Members), start, start+3600)...); err != nil {
			return err
		}
		if _, err := occupancy.ExecContext(ctx, id.New(), p.Machines[machine], start, start+3600, key); err != nil {
			return err
		}
	}
	return tx.Commit()
}
