package booking

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// store owns bookings, occupancies, closures, rules and prices. Of resources it
// reads the area and the kind, which rules count by.
type store struct {
	db *db.DB

	rulesOf  *db.Memory[string, []Rule]
	pricesOf *db.Memory[string, map[id.ID][]Price]
}

func newStore(d *db.DB) store {
	return store{
		db:       d,
		rulesOf:  db.NewMemory[string, []Rule](d, "rules", "resources"),
		pricesOf: db.NewMemory[string, map[id.ID][]Price](d, "prices"),
	}
}

// batch is how many rows go into one INSERT: SQLite takes 32,766 values in one.
const batch = 500

func (s store) booking(ctx context.Context, booking id.ID) (Booking, error) {
	b, err := gorm.G[Booking](s.db.In(ctx)).Where("id = ?", booking).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		err = ErrNoSuchBooking
	}
	return b, err
}

func (s store) insert(ctx context.Context, bookings ...Booking) error {
	return gorm.G[Booking](s.db.In(ctx)).CreateInBatches(ctx, &bookings, batch)
}

// update writes what can change of a booking, if it is still as it was read, and
// gives it its new version.
func (s store) update(ctx context.Context, b Booking) (Booking, error) {
	was := b.Version
	b.Version++
	err := db.One(gorm.G[Booking](s.db.In(ctx)).Where("id = ? AND version = ?", b.ID, was).
		Select("resource_id", "unit", "places", "status", "starts_at", "ends_at", "note", "price_minor", "currency", "price_lines",
			"included_min", "included_of",
			"overrides", "override_reason", "held_until", "checked_in_at", "checked_out_at", "cancelled_at", "cancelled_by",
			"changed_at", "sequence", "version").Updates(ctx, b))
	if errors.Is(err, db.ErrNone) {
		err = ErrStale
	}
	return b, err
}

// list is a page of bookings, and one more where there is a next page.
func (s store) list(ctx context.Context, f Filter) ([]Booking, error) {
	query, args, err := f.query()
	if err != nil {
		return nil, err
	}
	return gorm.G[Booking](s.db.In(ctx)).Raw(query, args...).Find(ctx)
}

// query is made of branches, each a walk along an index that ends with the page:
// bookings of at most two days are found by their start, longer ones by their end
// (bookings_long_idx), and those of a space that are not done by their status
// (bookings_undone_idx).
func (f Filter) query() (query string, args []any, err error) {
	after, order := ">", "starts_at, id"
	if f.Latest {
		after, order = "<", "starts_at DESC, id DESC"
	}
	var at clock.Instant
	var last id.ID
	if f.Cursor != "" {
		if at, last, err = parseCursor(f.Cursor); err != nil {
			return "", nil, err
		}
	}
	var branches []string
	branch := func(conditions string, values ...any) {
		and := func(condition string, wanted bool, bind ...any) {
			if wanted {
				conditions, values = conditions+" AND "+condition, append(values, bind...)
			}
		}
		and("space_id = ?", f.Space != "", f.Space)
		and("space_id IN ?", f.within != nil, f.within)
		and("resource_id = ?", f.Resource != "", f.Resource)
		and("member_id = ?", f.Member != "", f.Member)
		and("starts_at < ?", !f.To.IsZero(), f.To)
		and("(starts_at, id) "+after+" (?, ?)", f.Cursor != "", at, last)
		branches = append(branches, "SELECT * FROM (SELECT * FROM bookings WHERE "+conditions+" ORDER BY "+order+" LIMIT ?) AS part")
		args = append(append(args, values...), f.Limit+1)
	}
	near := func(conditions string, values ...any) {
		if f.From.IsZero() {
			branch(conditions, values...)
			return
		}
		start := f.From.Add(-short)
		branch(conditions+" AND ends_at > ? AND starts_at > ?", append(slices.Clone(values), f.From, start)...)
		// The + keeps SQLite from going by the start.
		branch(conditions+" AND ends_at > ? AND +starts_at <= ? AND ends_at - starts_at > 172800", append(slices.Clone(values), f.From, start)...)
	}
	switch {
	case len(f.Statuses) == 0:
		near("1 = 1")
	case f.Space == "" || f.Resource != "" || f.Member != "":
		near("status IN ?", f.Statuses)
	default:
		statuses := slices.Clone(f.Statuses)
		slices.Sort(statuses)
		for _, status := range slices.Compact(statuses) {
			if status == Done {
				near("status = 'done'")
			} else {
				near("status <> 'done' AND status = ?", status)
			}
		}
	}
	return "SELECT * FROM (" + strings.Join(branches, " UNION ALL ") + ") AS page ORDER BY " + order + " LIMIT ?", append(args, f.Limit+1), nil
}

// short is the length up to which a booking is found by its start; longer ones
// are few and have an index of their own.
const short = 48 * time.Hour

// occupancy is a stretch as it is stored.
type occupancy struct {
	ID         id.ID
	ResourceID id.ID
	Unit       int
	StartsAt   clock.Instant
	EndsAt     clock.Instant
	Cause      string
	CauseID    id.ID
}

// The causes of occupancy.
const (
	byBooking = "booking"
	byClosure = "closure"
)

// TableName is where GORM finds it.
func (occupancy) TableName() string { return "occupancies" }

// occupy takes the time, or says ErrTaken where the second wall stood.
func (s store) occupy(ctx context.Context, cause id.ID, takes []stretch) error {
	if len(takes) == 0 {
		return nil
	}
	rows := make([]occupancy, len(takes))
	for i, t := range takes {
		rows[i] = occupancy{id.New(), t.resource, t.unit, t.StartsAt, t.EndsAt, byBooking, cause}
		if t.closure {
			rows[i].Cause = byClosure
		}
		if t.cause != "" {
			rows[i].CauseID = t.cause
		}
	}
	return s.occupyRows(ctx, rows)
}

func (s store) occupyRows(ctx context.Context, rows []occupancy) error {
	err := gorm.G[occupancy](s.db.In(ctx)).CreateInBatches(ctx, &rows, 8*batch)
	if errors.Is(err, db.ErrOverlap) {
		return ErrTaken.Because(err)
	}
	return err
}

// vacate gives back all the time that these hold.
func (s store) vacate(ctx context.Context, causes ...id.ID) error {
	if len(causes) == 0 {
		return nil
	}
	_, err := gorm.G[occupancy](s.db.In(ctx)).Where("cause_id IN ?", causes).Delete(ctx)
	return err
}

// shorten ends what a booking holds earlier, each buffer after it kept; what
// would begin only then is given back.
func (s store) shorten(ctx context.Context, booking id.ID, by time.Duration) error {
	seconds := int64(by / time.Second)
	if _, err := gorm.G[occupancy](s.db.In(ctx)).Where("cause_id = ? AND ends_at - ? <= starts_at", booking, seconds).Delete(ctx); err != nil {
		return err
	}
	_, err := gorm.G[occupancy](s.db.In(ctx)).Where("cause_id = ?", booking).Update(ctx, "ends_at", gorm.Expr("ends_at - ?", seconds))
	return err
}

// unit is one unit of a resource.
type unit struct {
	resource id.ID
	number   int
}

// units are all those that a booking of one of these resources might hold.
func units(resources []Resource) []unit {
	var list []unit
	seen := map[id.ID]bool{}
	for _, r := range withParts(resources) {
		for n := 1; n <= r.Units && !seen[r.ID]; n++ {
			list = append(list, unit{r.ID, n})
		}
		seen[r.ID] = true
	}
	return list
}

// overlapping is the condition that an occupancy o of unit u reaches into a span, so
// that no more is read however much is stored. On PostgreSQL the index of the
// exclusion constraint answers it. On SQLite it is the predecessor of the span (the
// last that starts before it: as nothing overlaps, no earlier one reaches into it)
// and what starts within.
func (s store) overlapping(span Span) (condition string, times []any) {
	if s.db.Dialect() == db.Postgres {
		return `int8range(o.starts_at, o.ends_at, '[)') && int8range(CAST(? AS BIGINT), CAST(? AS BIGINT), '[)')`,
			[]any{span.StartsAt, span.EndsAt}
	}
	return `o.starts_at >= COALESCE((SELECT MAX(p.starts_at) FROM occupancies p
			WHERE p.resource_id = u.resource_id AND p.unit = u.unit AND p.starts_at <= ?), ?) AND o.starts_at < ? AND o.ends_at > ?`,
		[]any{span.StartsAt, span.StartsAt, span.EndsAt, span.StartsAt}
}

// held finds what is held of the units within a span, and the holds among it
// whose time is up: those stand in nobody's way.
func (s store) held(ctx context.Context, units []unit, within Span, now clock.Instant) (held []stretch, stale []id.ID, err error) {
	type row struct {
		ResourceID   id.ID
		Unit         int
		StartsAt     clock.Instant
		EndsAt       clock.Instant
		Cause        string
		CauseID      id.ID
		Status       Status
		HeldUntil    clock.Instant
		ChosenFrom   clock.Instant
		ChosenTo     clock.Instant
		CheckedOutAt clock.Instant
	}
	for part := range slices.Chunk(units, batch) {
		values := strings.Repeat(", (?, ?)", len(part)-1)
		bind := make([]any, 0, 2*len(part)+4) // the times come last
		for _, u := range part {
			bind = append(bind, u.resource, u.number)
		}
		overlapping, times := s.overlapping(within)
		rows, err := gorm.G[row](s.db.In(ctx)).Raw(`
			WITH u (resource_id, unit) AS (VALUES (CAST(? AS TEXT), CAST(? AS BIGINT))`+values+`)
			SELECT o.resource_id, o.unit, o.starts_at, o.ends_at, o.cause, o.cause_id, b.status, b.held_until,
				b.starts_at AS chosen_from, b.ends_at AS chosen_to, b.checked_out_at
			FROM u JOIN occupancies o ON o.resource_id = u.resource_id AND o.unit = u.unit AND `+overlapping+`
			LEFT JOIN bookings b ON b.id = o.cause_id
			ORDER BY o.starts_at, o.resource_id, o.unit`, append(bind, times...)...).Find(ctx)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range rows {
			if r.Status == Held && !r.HeldUntil.After(now) {
				if !slices.Contains(stale, r.CauseID) {
					stale = append(stale, r.CauseID)
				}
				continue
			}
			h := stretch{resource: r.ResourceID, unit: r.Unit, Span: Span{r.StartsAt, r.EndsAt}, closure: r.Cause == byClosure, cause: r.CauseID}
			h.chosen = Span{r.ChosenFrom, r.ChosenTo}
			switch {
			case h.closure:
				h.chosen = h.Span
			case !r.CheckedOutAt.IsZero():
				h.chosen.EndsAt = earlier(r.ChosenTo, r.CheckedOutAt)
			}
			held = append(held, h)
		}
	}
	return held, stale, nil
}

// longest is more than the longest booking: what starts earlier can't reach a moment.
const longest = 367 * 24 * time.Hour

// engagements are the bookings of members in a space that rules count: those that
// end after a moment and were not given up.
func (s store) engagements(ctx context.Context, space id.ID, members []id.ID, after, now clock.Instant) ([]engagement, error) {
	type row struct {
		ID         id.ID
		MemberID   id.ID
		ResourceID id.ID
		AreaID     id.ID
		Kind       string
		PriceMinor int64
		StartsAt   clock.Instant
		EndsAt     clock.Instant
	}
	rows, err := gorm.G[row](s.db.In(ctx)).Raw(`
		SELECT b.id, b.member_id, b.resource_id, r.area_id, r.kind, b.price_minor, b.starts_at, b.ends_at
		FROM bookings b JOIN resources r ON r.id = b.resource_id
		WHERE b.member_id IN ? AND b.space_id = ? AND b.starts_at > ? AND b.ends_at > ?
			AND (b.status IN ('pending', 'confirmed', 'in_use', 'done') OR b.status = 'held' AND b.held_until > ?)
		ORDER BY b.starts_at, b.id`, members, space, after.Add(-longest), after, now).Find(ctx)
	list := make([]engagement, len(rows))
	for i, r := range rows {
		list[i] = engagement{r.ID, r.MemberID, r.ResourceID, r.AreaID, r.Kind, r.PriceMinor, Span{r.StartsAt, r.EndsAt}}
	}
	return list, err
}

// spendings are the bookings that start within a time and use machine time of these
// members' plans; what was given back uses none.
func (s store) spendings(ctx context.Context, space id.ID, of []id.ID, within Span, now clock.Instant) ([]spending, error) {
	type row struct {
		ID          id.ID
		IncludedOf  id.ID
		StartsAt    clock.Instant
		IncludedMin int
	}
	rows, err := gorm.G[row](s.db.In(ctx)).Raw(`
		SELECT id, included_of, starts_at, included_min FROM bookings
		WHERE included_min > 0 AND included_of IN ? AND starts_at >= ? AND starts_at < ? AND space_id = ?
			AND (status IN ('pending', 'confirmed', 'in_use', 'done', 'no_show') OR status = 'held' AND held_until > ?)`,
		of, within.StartsAt, within.EndsAt, space, now).Find(ctx)
	list := make([]spending, len(rows))
	for i, r := range rows {
		list[i] = spending{r.ID, r.IncludedOf, r.StartsAt, r.IncludedMin}
	}
	return list, err
}

// ruleRow is a Rule as it is stored: what its scope does not name is NULL.
type ruleRow struct {
	ID           id.ID
	SpaceID      id.ID
	Kind         Kind
	AreaID       *id.ID
	ResourceKind *string
	ResourceID   *id.ID
	Audience     string
	Weekdays     uint8
	FromMin      int
	ToMin        int
	Params       paramsText
}

// TableName is where GORM finds it.
func (ruleRow) TableName() string { return "rules" }

// paramsText stores Params as JSON.
type paramsText Params

// GormDataType says that the column is TEXT.
func (paramsText) GormDataType() string { return "text" }

// Value stores JSON.
func (p paramsText) Value() (driver.Value, error) {
	b, err := json.Marshal(Params(p))
	return string(b), err
}

// Scan reads JSON.
func (p *paramsText) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("booking: the params of a rule from %T", v)
	}
	return json.Unmarshal([]byte(s), (*Params)(p))
}

func (r ruleRow) rule() Rule {
	return Rule{
		ID: r.ID, Scope: Scope{r.SpaceID, plain(r.AreaID), plain(r.ResourceKind), plain(r.ResourceID)}, Kind: r.Kind,
		Audience: r.Audience, Weekdays: r.Weekdays, FromMin: r.FromMin, ToMin: r.ToMin, Params: Params(r.Params),
	}
}

func rowOf(r Rule) ruleRow {
	return ruleRow{
		ID: r.ID, SpaceID: r.Scope.Space, Kind: r.Kind,
		AreaID: nullable(r.Scope.Area), ResourceKind: nullable(r.Scope.Kind), ResourceID: nullable(r.Scope.Resource),
		Audience: r.Audience, Weekdays: r.Weekdays, FromMin: r.FromMin, ToMin: r.ToMin, Params: paramsText(r.Params),
	}
}

func plain[T ~string](s *T) T {
	if s == nil {
		return ""
	}
	return *s
}

func nullable[T ~string](s T) *T {
	if s == "" {
		return nil
	}
	return &s
}

// rules are all of a space.
func (s store) rules(ctx context.Context, space id.ID) ([]Rule, error) {
	return rulesOf(gorm.G[ruleRow](s.db.In(ctx)).Where("space_id = ?", space).Order("kind, id").Find(ctx))
}

// rulesAbout are those of a space that speak of any of these resources. The list
// is shared by all who ask.
func (s store) rulesAbout(ctx context.Context, space id.ID, resources []Resource) ([]Rule, error) {
	ids, areas, kinds := make([]id.ID, len(resources)), make([]id.ID, len(resources)), make([]string, len(resources))
	for i, r := range resources {
		ids[i], areas[i], kinds[i] = r.ID, r.AreaID, r.Kind
	}
	return s.rulesOf.Recall(ctx, keyOf(append(ids, space)), func(ctx context.Context) ([]Rule, error) {
		return rulesOf(gorm.G[ruleRow](s.db.In(ctx)).
			Where("space_id = ? AND (resource_id IS NULL OR resource_id IN ?) AND (area_id IS NULL OR area_id IN ?) AND (resource_kind IS NULL OR resource_kind IN ?)",
				space, ids, areas, kinds).Order("kind, id").Find(ctx))
	})
}

// keyOf is several ids as one key.
func keyOf(ids []id.ID) string {
	var key strings.Builder
	for _, i := range ids {
		key.WriteString(i.String())
		key.WriteByte(' ')
	}
	return key.String()
}

func rulesOf(rows []ruleRow, err error) ([]Rule, error) {
	list := make([]Rule, len(rows))
	for i, r := range rows {
		list[i] = r.rule()
	}
	return list, err
}

func (s store) replaceRules(ctx context.Context, scope Scope, rules []Rule) error {
	q := gorm.G[ruleRow](s.db.In(ctx)).Where("space_id = ?", scope.Space)
	for column, value := range map[string]string{"area_id": string(scope.Area), "resource_kind": scope.Kind, "resource_id": string(scope.Resource)} {
		if value == "" {
			q = q.Where(column + " IS NULL")
		} else {
			q = q.Where(column+" = ?", value)
		}
	}
	if _, err := q.Delete(ctx); err != nil || len(rules) == 0 {
		return err
	}
	rows := make([]ruleRow, len(rules))
	for i, r := range rules {
		rows[i] = rowOf(r)
	}
	return gorm.G[ruleRow](s.db.In(ctx)).CreateInBatches(ctx, &rows, batch)
}

// priceRow is a Price as it is stored.
type priceRow struct {
	ID         id.ID
	SpaceID    id.ID
	ResourceID id.ID
	Position   int
	PriceGroup string
	Weekdays   uint8
	FromMin    int
	ToMin      int
	Form       Form
	StepMin    int
	Minor      int64
	Currency   string
}

// TableName is where GORM finds it.
func (priceRow) TableName() string { return "prices" }

// prices are the lists of these resources, each in the order it is read. They are
// shared by all who ask.
func (s store) prices(ctx context.Context, resources ...id.ID) (map[id.ID][]Price, error) {
	return s.pricesOf.Recall(ctx, keyOf(resources), func(ctx context.Context) (map[id.ID][]Price, error) {
		return s.readPrices(ctx, resources)
	})
}

func (s store) readPrices(ctx context.Context, resources []id.ID) (map[id.ID][]Price, error) {
	rows, err := gorm.G[priceRow](s.db.In(ctx)).Where("resource_id IN ?", resources).Order("resource_id, position, id").Find(ctx)
	lists := make(map[id.ID][]Price, len(resources))
	for _, r := range rows {
		lists[r.ResourceID] = append(lists[r.ResourceID], Price{
			ID: r.ID, Group: r.PriceGroup, Weekdays: r.Weekdays, FromMin: r.FromMin, ToMin: r.ToMin,
			Form: r.Form, StepMin: r.StepMin, Amount: money.Of(r.Minor, r.Currency),
		})
	}
	return lists, err
}

// priced reports whether a price or a booking of the space is in this currency.
func (s store) priced(ctx context.Context, space id.ID, currency string) (bool, error) {
	var any bool
	err := s.db.In(ctx).Raw(`SELECT EXISTS (SELECT 1 FROM prices WHERE space_id = ? AND currency = ?)
		OR EXISTS (SELECT 1 FROM bookings WHERE space_id = ? AND currency = ?)`, space, currency, space, currency).Scan(&any).Error
	return any, err
}

func (s store) replacePrices(ctx context.Context, space, resource id.ID, prices []Price) error {
	if _, err := gorm.G[priceRow](s.db.In(ctx)).Where("resource_id = ?", resource).Delete(ctx); err != nil || len(prices) == 0 {
		return err
	}
	rows := make([]priceRow, len(prices))
	for i, p := range prices {
		rows[i] = priceRow{p.ID, space, resource, i, p.Group, p.Weekdays, p.FromMin, p.ToMin, p.Form, p.StepMin, p.Amount.Minor, p.Amount.Currency}
	}
	return gorm.G[priceRow](s.db.In(ctx)).CreateInBatches(ctx, &rows, batch)
}

func (s store) insertClosure(ctx context.Context, c Closure) error {
	return gorm.G[Closure](s.db.In(ctx)).Create(ctx, &c)
}

func (s store) closure(ctx context.Context, closure id.ID) (Closure, error) {
	c, err := gorm.G[Closure](s.db.In(ctx)).Where("id = ?", closure).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		err = ErrNoSuchClosure
	}
	return c, err
}

func (s store) lift(ctx context.Context, c Closure) error {
	return db.One(gorm.G[Closure](s.db.In(ctx)).Where("id = ? AND lifted_at IS NULL", c.ID).Update(ctx, "lifted_at", c.LiftedAt))
}

func (s store) closures(ctx context.Context, space id.ID, from clock.Instant) ([]Closure, error) {
	return gorm.G[Closure](s.db.In(ctx)).Where("space_id = ? AND ends_at > ? AND lifted_at IS NULL", space, from).
		Order("starts_at, id").Find(ctx)
}

func (s store) bookings(ctx context.Context, ids []id.ID) ([]Booking, error) {
	return gorm.G[Booking](s.db.In(ctx)).Where("id IN ?", ids).Order("starts_at, id").Find(ctx)
}

// expire ends holds that are still held and whose time is up.
func (s store) expire(ctx context.Context, holds []id.ID, now clock.Instant) error {
	if len(holds) == 0 {
		return nil
	}
	_, err := gorm.G[Booking](s.db.In(ctx)).Where("id IN ? AND status = ? AND held_until <= ?", holds, Held, now).
		Select("status", "changed_at").Updates(ctx, Booking{Status: Expired, ChangedAt: now})
	if err != nil {
		return err
	}
	_, err = gorm.G[occupancy](s.db.In(ctx)).
		Where("cause_id IN (SELECT id FROM bookings WHERE id IN ? AND status = ?)", holds, Expired).Delete(ctx)
	return err
}

// staleHolds are holds whose time is up, at most a batch.
func (s store) staleHolds(ctx context.Context, now clock.Instant) ([]Booking, error) {
	return gorm.G[Booking](s.db.In(ctx)).Where("status = 'held' AND held_until <= ?", now).Order("held_until").Limit(batch).Find(ctx)
}

// over are bookings that ended before a moment and are not settled yet, at most a batch.
func (s store) over(ctx context.Context, before clock.Instant) ([]Booking, error) {
	return gorm.G[Booking](s.db.In(ctx)).
		Where("status IN ('confirmed', 'in_use') AND starts_at <= ? AND ends_at <= ?", before, before).
		Order("starts_at, id").Limit(batch).Find(ctx)
}

// finish makes bookings done, of those that are still confirmed or in use.
func (s store) finish(ctx context.Context, ids []id.ID, now clock.Instant) error {
	_, err := gorm.G[Booking](s.db.In(ctx)).
		Where("id IN ? AND status IN ('confirmed', 'in_use')", ids).
		Set(clause.Assignment{Column: clause.Column{Name: "status"}, Value: Done},
			clause.Assignment{Column: clause.Column{Name: "changed_at"}, Value: now},
			clause.Assignment{Column: clause.Column{Name: "version"}, Value: gorm.Expr("version + 1")}).Update(ctx)
	return err
}

// unbegun are confirmed bookings that have started, and to which nobody checked in,
// in the order of their starts: at most a batch of those after the last one.
func (s store) unbegun(ctx context.Context, now clock.Instant, last Booking) ([]Booking, error) {
	return gorm.G[Booking](s.db.In(ctx)).
		Where("status IN ('confirmed', 'in_use')"). // the index is of these
		Where("status = 'confirmed' AND starts_at <= ? AND (starts_at > ? OR starts_at = ? AND id > ?)", now, last.StartsAt.Unix(), last.StartsAt.Unix(), last.ID).
		Order("starts_at, id").Limit(batch).Find(ctx)
}

// holding is how many times somebody holds at a moment.
func (s store) holding(ctx context.Context, member id.ID, now clock.Instant) (int, error) {
	n, err := gorm.G[Booking](s.db.In(ctx)).Where("status = 'held' AND held_until > ? AND booked_by = ?", now, member).Count(ctx, "*")
	return int(n), err
}

// feed are a member's bookings that a calendar shows: what was not given up, and
// for a while what was.
func (s store) feed(ctx context.Context, member id.ID, from, cancelledSince clock.Instant) ([]Booking, error) {
	return gorm.G[Booking](s.db.In(ctx)).
		Where("member_id = ? AND ends_at > ? AND (status IN ('pending', 'confirmed', 'in_use', 'done') OR status = 'cancelled' AND cancelled_at > ?)",
			member, from, cancelledSince).
		Order("starts_at, id").Limit(1000).Find(ctx)
}

// pair is two ids that a check found together.
type pair struct {
	A, B id.ID
}

// overlaps finds occupancies of one unit that overlap the one before them.
func (s store) overlaps(ctx context.Context) ([]pair, error) {
	return gorm.G[pair](s.db.In(ctx)).Raw(`
		SELECT a, b FROM (
			SELECT o.id AS b, o.starts_at,
				LAG(o.id) OVER w AS a, MAX(o.ends_at) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until
			FROM occupancies o WINDOW w AS (PARTITION BY o.resource_id, o.unit ORDER BY o.starts_at, o.id)
		) t WHERE until > starts_at ORDER BY b`).Find(ctx)
}

// apart finds time, from a moment on, that something in a room is held for other
// than the room itself. Two closures may share it.
func (s store) apart(ctx context.Context, now clock.Instant) ([]pair, error) {
	return gorm.G[pair](s.db.In(ctx)).Raw(`
		WITH ahead AS MATERIALIZED (
			SELECT o.* FROM occupancies o LEFT JOIN bookings b ON b.id = o.cause_id
			WHERE o.ends_at > ? AND (o.cause = 'closure' OR b.status IN ('pending', 'confirmed', 'in_use') AND b.ends_at > ?))
		SELECT room.id AS a, part.id AS b FROM resources r
			JOIN ahead room ON room.resource_id = r.parent_id
			JOIN ahead part ON part.resource_id = r.id AND part.cause_id <> room.cause_id
		WHERE part.starts_at < room.ends_at AND part.ends_at > room.starts_at AND NOT (part.cause = 'closure' AND room.cause = 'closure')
		ORDER BY b, a`, now, now).Find(ctx)
}

// homeless finds live bookings that hold less time than they are for, and standing
// closures in which, from a moment on, their resource is held by nobody.
func (s store) homeless(ctx context.Context, now clock.Instant) ([]id.ID, error) {
	var ids []id.ID
	err := s.db.In(ctx).Raw(`
		SELECT b.id FROM bookings b
		WHERE (b.status IN ('pending', 'confirmed', 'in_use') OR b.status = 'held' AND b.held_until > @now)
			AND NOT EXISTS (SELECT 1 FROM occupancies o WHERE o.cause_id = b.id AND o.resource_id = b.resource_id
				AND o.unit = b.unit AND o.starts_at <= b.starts_at AND o.ends_at >= b.ends_at)
		UNION ALL
		SELECT c.id FROM closures c
		WHERE c.lifted_at IS NULL AND c.ends_at > @now AND (
			NOT EXISTS (SELECT 1 FROM occupancies o WHERE o.resource_id = c.resource_id AND o.unit = 1
				AND o.starts_at <= CASE WHEN c.starts_at > @now THEN c.starts_at ELSE @now END
				AND o.ends_at > CASE WHEN c.starts_at > @now THEN c.starts_at ELSE @now END)
			OR EXISTS (SELECT 1 FROM occupancies o WHERE o.resource_id = c.resource_id AND o.unit = 1
				AND o.ends_at > c.starts_at AND o.ends_at > @now AND o.ends_at < c.ends_at
				AND NOT EXISTS (SELECT 1 FROM occupancies n WHERE n.resource_id = o.resource_id AND n.unit = o.unit AND n.starts_at = o.ends_at)))
		ORDER BY 1`, map[string]any{"now": now}).Scan(&ids).Error
	return ids, err
}

// orphans finds occupancies that nothing live or done accounts for.
func (s store) orphans(ctx context.Context) ([]id.ID, error) {
	var ids []id.ID
	err := s.db.In(ctx).Raw(`
		SELECT o.id FROM occupancies o
		WHERE o.cause = 'booking' AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.id = o.cause_id
				AND b.status IN ('held', 'pending', 'confirmed', 'in_use', 'done', 'no_show'))
			OR o.cause = 'closure' AND NOT EXISTS (SELECT 1 FROM closures c WHERE c.id = o.cause_id AND c.lifted_at IS NULL)
		ORDER BY o.id`).Scan(&ids).Error
	return ids, err
}

// highestUnit is the highest unit of a resource that is held at or after a moment, 0 if none.
// It steps from unit to unit and looks at the last row of each, which ends last.
func (s store) highestUnit(ctx context.Context, resource id.ID, from clock.Instant) (int, error) {
	var highest int
	err := s.db.In(ctx).Raw(highestUnitSQL, map[string]any{"resource": resource, "from": from}).Scan(&highest).Error
	return highest, err
}

const highestUnitSQL = `
	WITH RECURSIVE u (unit) AS (
		SELECT MAX(unit) FROM occupancies WHERE resource_id = @resource
		UNION ALL
		SELECT (SELECT MAX(o.unit) FROM occupancies o WHERE o.resource_id = @resource AND o.unit < u.unit) FROM u WHERE u.unit IS NOT NULL)
	SELECT COALESCE(MAX(u.unit), 0) FROM u
	WHERE (SELECT o.ends_at FROM occupancies o WHERE o.resource_id = @resource AND o.unit = u.unit ORDER BY o.starts_at DESC LIMIT 1) > @from`

// ahead are a member's bookings of a space from a moment on that hold something and are not in use.
func (s store) ahead(ctx context.Context, space, member id.ID, from clock.Instant) ([]Booking, error) {
	return gorm.G[Booking](s.db.In(ctx)).Where("member_id = ? AND space_id = ? AND starts_at >= ? AND status IN ?",
		member, space, from, []Status{Held, Pending, Confirmed}).Order("starts_at").Find(ctx)
}

func (s store) flag(ctx context.Context, space, member id.ID, from clock.Instant, flag string) error {
	_, err := gorm.G[Booking](s.db.In(ctx)).Where("member_id = ? AND space_id = ? AND starts_at >= ? AND flag = '' AND status IN ?",
		member, space, from, []Status{Held, Pending, Confirmed}).Update(ctx, "flag", flag)
	return err
}

func (s store) unflag(ctx context.Context, space, member id.ID, flag string) error {
	_, err := gorm.G[Booking](s.db.In(ctx)).Where("member_id = ? AND space_id = ? AND flag = ?", member, space, flag).Update(ctx, "flag", "")
	return err
}

// stillHeld are the bookings of a person that hold something which was not begun.
func (s store) stillHeld(ctx context.Context, member id.ID) ([]id.ID, error) {
	rows, err := gorm.G[Booking](s.db.In(ctx)).Select("id").
		Where("member_id = ? AND status IN ?", member, []Status{Held, Pending, Confirmed}).Find(ctx)
	ids := make([]id.ID, len(rows))
	for i, b := range rows {
		ids[i] = b.ID
	}
	return ids, err
}

// giveUp cancels bookings whose time was given back, for the house.
func (s store) giveUp(ctx context.Context, bookings []id.ID, now clock.Instant) error {
	return s.db.In(ctx).Exec(`UPDATE bookings SET status = 'cancelled', cancelled_at = ?, cancelled_by = '', changed_at = ?,
		held_until = NULL, sequence = sequence + 1, version = version + 1 WHERE id IN ?`, now, now, bookings).Error
}

// unsay takes the words away that were written about a person's bookings.
func (s store) unsay(ctx context.Context, member id.ID) error {
	return s.db.In(ctx).Exec(`UPDATE bookings SET note = '', override_reason = '', version = version + 1
		WHERE member_id = ? AND (note <> '' OR override_reason <> '')`, member).Error
}

func (s store) using(ctx context.Context, member id.ID) (bool, error) {
	n, err := gorm.G[Booking](s.db.In(ctx)).Where("member_id = ? AND status = ?", member, InUse).Count(ctx, "id")
	return n > 0, err
}

func (s store) ofMember(ctx context.Context, member id.ID) ([]Booking, error) {
	return gorm.G[Booking](s.db.In(ctx)).Where("member_id = ? AND status <> ?", member, Expired).Order("starts_at, id").Find(ctx)
}
