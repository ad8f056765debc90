package events

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/testkit"
)

// house is a space with a laser to be learnt, for one test.
type house struct {
	*Service
	t       *testing.T
	ctx     context.Context
	db      *db.DB
	clock   *clock.Movable
	space   id.ID
	laser   id.ID
	wood    id.ID
	manager actor.Actor
	maker   actor.Actor
}

type nobody struct{}

func (nobody) Record(context.Context, actor.Actor, id.ID, actor.Operation, id.ID, any) error {
	return nil
}

func (h *house) Knows(_ context.Context, space, certification id.ID) (bool, error) {
	return space == h.space && (certification == h.laser || certification == h.wood), nil
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, ctx: t.Context(), db: d, clock: testkit.Clock(t, "2027-03-01 09:00"), space: id.New(), laser: id.New(), wood: id.New()}
		h.Service = New(d, h.clock, h, nobody{})
		h.write(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
			VALUES (?, 'harbour', '{}', '{}', '', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 1, 0, 1)`, h.space)
		for _, c := range []id.ID{h.laser, h.wood} {
			h.write(`INSERT INTO certifications (id, space_id, code, name, about, valid_days, position, version) VALUES (?, ?, ?, '{}', '{}', 0, 1, 1)`, c, h.space, c)
		}
		h.manager, h.maker = h.person(actor.Manager), h.person(actor.Member)
		fn(t, h)
	})
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) refused(err error, want *fault.Error) {
	h.t.Helper()
	if !errors.Is(err, want) {
		h.t.Errorf("got %v, want %s", err, want.Code)
	}
}

func (h *house) write(sql string, args ...any) {
	h.t.Helper()
	h.must(h.db.Tx(h.ctx, func(ctx context.Context) error { return h.db.In(ctx).Exec(sql, args...).Error }))
}

func (h *house) person(role actor.Role) actor.Actor {
	h.t.Helper()
	member := id.New()
	h.write(`INSERT INTO members (id, email, email_key, name, search, locale, phone, created_at, version) VALUES (?, ?, ?, ?, '', 'en', '', 0, 1)`,
		member, member, member, "Person "+string(member))
	return actor.Actor{Member: member, Confirmed: true, Roles: map[id.ID]actor.Role{h.space: role}, Suspended: map[id.ID]bool{}}
}

// announcement is of a laser induction in so many hours.
func (h *house) announcement(hours, seats int) Announcement {
	from := h.clock.Now().Add(time.Duration(hours) * time.Hour)
	return Announcement{
		Certification: h.laser, Title: i18n.Text{EN: "Laser induction", ZH: "激光切割培训"}, Place: i18n.Text{EN: "Laser room"},
		StartsAt: from, EndsAt: from.Add(2 * time.Hour), Seats: int64(seats),
	}
}

func (h *house) announce(hours, seats int) Session {
	h.t.Helper()
	e, err := h.Announce(h.ctx, h.manager, h.space, h.announcement(hours, seats))
	h.must(err)
	return e
}

func TestASessionIsAnnouncedByAManagerAndSeenByEveryone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e := h.announce(24, 6)
		seen, err := h.Session(h.ctx, actor.Actor{}, h.space, e.ID)
		h.must(err)
		if seen.Left() != 6 || seen.Mine || seen.Title.ZH != "激光切割培训" || seen.Certification() != h.laser {
			t.Errorf("seen as %+v", seen)
		}
		_, err = h.Announce(h.ctx, h.maker, h.space, h.announcement(24, 6))
		h.refused(err, actor.ErrForbidden)
		_, err = h.Session(h.ctx, h.maker, id.New(), e.ID)
		h.refused(err, ErrNoSuchSession)
	})
}

func TestWhatIsWrongWithAnAnnouncementIsSaidAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for name, c := range map[string]struct {
			change func(*Announcement)
			want   *fault.Error
		}{
			"no title":                {func(a *Announcement) { a.Title = i18n.Text{EN: "  "} }, ErrTitle},
			"in the past":             {func(a *Announcement) { a.StartsAt = h.clock.Now() }, ErrPast},
			"ends before it starts":   {func(a *Announcement) { a.EndsAt = a.StartsAt }, ErrSpan},
			"lasts two weeks":         {func(a *Announcement) { a.EndsAt = a.StartsAt.Add(14 * 24 * time.Hour) }, ErrSpan},
			"no seats":                {func(a *Announcement) { a.Seats = 0 }, ErrSeats},
			"a certification unknown": {func(a *Announcement) { a.Certification = id.New() }, ErrCertification},
		} {
			a := h.announcement(24, 6)
			c.change(&a)
			_, err := h.Announce(h.ctx, h.manager, h.space, a)
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %s", name, err, c.want.Code)
			}
		}
		_, err := h.Announce(h.ctx, h.manager, h.space, Announcement{})
		if got := len(fault.All(err)); got != 3 {
			t.Errorf("of an empty announcement %d things are wrong, want title, time and seats: %v", got, err)
		}
	})
}

func TestTwentyWhoWantFiveSeatsGetFive(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e := h.announce(24, 5)
		people := make([]actor.Actor, 20)
		for i := range people {
			people[i] = h.person(actor.Member)
		}
		var wg sync.WaitGroup
		errs := make([]error, len(people))
		for i, p := range people {
			wg.Go(func() { _, errs[i] = h.Register(h.ctx, p, e.ID, p.Member) })
		}
		wg.Wait()
		seats, full := 0, 0
		for _, err := range errs {
			switch {
			case err == nil:
				seats++
			case errors.Is(err, ErrFull):
				full++
			default:
				t.Error(err)
			}
		}
		roster, err := h.Roster(h.ctx, h.manager, h.space, e.ID)
		h.must(err)
		if seats != 5 || full != 15 || len(roster) != 5 {
			t.Errorf("%d got a seat, %d were refused, %d are on the roster; want 5, 15, 5", seats, full, len(roster))
		}
	})
}

func TestASeatIsTakenOnceAndGivenBack(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e := h.announce(24, 1)
		first, err := h.Register(h.ctx, h.maker, e.ID, h.maker.Member)
		h.must(err)
		again, err := h.Register(h.ctx, h.maker, e.ID, h.maker.Member)
		h.must(err)
		if again.ID != first.ID {
			t.Error("one person has two seats")
		}
		other := h.person(actor.Member)
		_, err = h.Register(h.ctx, other, e.ID, other.Member)
		h.refused(err, ErrFull)
		seen, err := h.Session(h.ctx, h.maker, h.space, e.ID)
		h.must(err)
		if !seen.Mine || seen.Left() != 0 {
			t.Errorf("seen as %+v", seen)
		}
		h.must(h.Leave(h.ctx, h.maker, e.ID, h.maker.Member))
		h.refused(h.Leave(h.ctx, h.maker, e.ID, h.maker.Member), ErrNoSeat)
		_, err = h.Register(h.ctx, other, e.ID, other.Member)
		h.must(err)
	})
}

func TestWhoMayTakeASeat(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e := h.announce(24, 5)
		take := func(by actor.Actor, member id.ID) error {
			_, err := h.Register(h.ctx, by, e.ID, member)
			return err
		}
		h.refused(take(actor.Actor{}, ""), actor.ErrSignIn)
		h.refused(take(h.maker, h.person(actor.Member).Member), ErrNoSuchSession)
		unconfirmed := h.person(actor.Member)
		unconfirmed.Confirmed = false
		h.refused(take(unconfirmed, unconfirmed.Member), ErrUnconfirmed)
		suspended := h.person(actor.Member)
		suspended.Suspended[h.space] = true
		h.refused(take(suspended, suspended.Member), ErrSuspended)
		h.must(take(h.manager, h.maker.Member))
		_, err := h.Register(h.ctx, h.maker, id.New(), h.maker.Member)
		h.refused(err, ErrNoSuchSession)
		_, err = h.Roster(h.ctx, h.maker, h.space, e.ID)
		h.refused(err, actor.ErrForbidden)

		h.clock.Set(e.StartsAt)
		h.refused(take(h.maker, h.maker.Member), ErrBegun)
		h.refused(h.Leave(h.ctx, h.maker, e.ID, h.maker.Member), ErrBegun)
	})
}

func TestACancelledSessionTakesNobody(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e := h.announce(24, 5)
		_, err := h.Register(h.ctx, h.maker, e.ID, h.maker.Member)
		h.must(err)
		h.refused(h.Cancel(h.ctx, h.maker, h.space, e.ID), actor.ErrForbidden)
		h.refused(h.Cancel(h.ctx, actor.House, id.New(), e.ID), ErrNoSuchSession)
		h.must(h.Cancel(h.ctx, h.manager, h.space, e.ID))
		h.refused(h.Cancel(h.ctx, h.manager, h.space, e.ID), ErrCancelled)
		other := h.person(actor.Member)
		_, err = h.Register(h.ctx, other, e.ID, other.Member)
		h.refused(err, ErrCancelled)
		upcoming, err := h.Upcoming(h.ctx, h.maker, h.space, "", 0)
		h.must(err)
		roster, err := h.Roster(h.ctx, h.manager, h.space, e.ID)
		h.must(err)
		if len(upcoming.Sessions) != 0 || len(roster) != 1 {
			t.Errorf("%d upcoming, %d on the roster; want 0 and still 1", len(upcoming.Sessions), len(roster))
		}
	})
}

func TestASessionIsNotMadeSmallerThanWhoIsInIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		e := h.announce(24, 5)
		for range 3 {
			p := h.person(actor.Member)
			_, err := h.Register(h.ctx, p, e.ID, p.Member)
			h.must(err)
		}
		_, err := h.Edit(h.ctx, h.manager, h.space, e.ID, e.Version, h.announcement(48, 2))
		h.refused(err, ErrSeatsTaken)
		is, err := h.Edit(h.ctx, h.manager, h.space, e.ID, e.Version, h.announcement(48, 3))
		h.must(err)
		_, err = h.Edit(h.ctx, h.manager, h.space, e.ID, e.Version, h.announcement(72, 3))
		h.refused(err, ErrStale)
		seen, err := h.Session(h.ctx, h.maker, h.space, e.ID)
		h.must(err)
		if diff := cmp.Diff(is, seen.Session); diff != "" || seen.Left() != 0 {
			t.Errorf("%d left; what was answered and what is stored differ: %s", seen.Left(), diff)
		}
	})
}

func TestTheNextSessionHasSeatsAndLeadsThere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		full, next := h.announce(24, 1), h.announce(48, 2)
		cancelled := h.announce(30, 5)
		h.announce(72, 5)
		h.must(h.Cancel(h.ctx, h.manager, h.space, cancelled.ID))
		_, err := h.Register(h.ctx, h.maker, full.ID, h.maker.Member)
		h.must(err)
		found, err := h.Next(h.ctx, []id.ID{h.wood, h.laser}, h.clock.Now())
		h.must(err)
		if len(found) != 1 || found[0].ID != next.ID || found[0].Left() != 2 {
			t.Errorf("the next are %+v, want %s with 2 seats", found, next.ID)
		}
		for name, ask := range map[string]func() ([]Seated, error){
			"another certification": func() ([]Seated, error) { return h.Next(h.ctx, []id.ID{h.wood}, h.clock.Now()) },
			"none":                  func() ([]Seated, error) { return h.Next(h.ctx, nil, h.clock.Now()) },
			"after the last":        func() ([]Seated, error) { return h.Next(h.ctx, []id.ID{h.laser}, h.clock.Now().Add(72*time.Hour)) },
		} {
			if found, err := ask(); len(found) != 0 || err != nil {
				t.Errorf("%s: %+v, %v", name, found, err)
			}
		}
		carving := h.announcement(36, 3)
		carving.Certification = h.wood
		other, err := h.Announce(h.ctx, h.manager, h.space, carving)
		h.must(err)
		found, err = h.Next(h.ctx, []id.ID{h.laser, h.wood}, h.clock.Now())
		h.must(err)
		if len(found) != 2 || found[0].ID != other.ID || found[1].ID != next.ID {
			t.Errorf("the next of both are %+v, want %s and %s", found, other.ID, next.ID)
		}
		var order []string
		for cursor := ""; ; {
			upcoming, err := h.Upcoming(h.ctx, h.maker, h.space, cursor, 2)
			h.must(err)
			for _, e := range upcoming.Sessions {
				order = append(order, fmt.Sprint(e.StartsAt.Sub(h.clock.Now()).Hours(), " ", e.Mine))
			}
			if cursor = upcoming.Next; cursor == "" {
				break
			}
		}
		_, err = h.Upcoming(h.ctx, h.maker, h.space, "nowhere", 2)
		h.refused(err, ErrCursor)
		if diff := cmp.Diff([]string{"24 true", "36 false", "48 false", "72 false"}, order); diff != "" {
			t.Error(diff)
		}
	})
}

// What is over is not walked through to find what comes.
func TestTheSessionsToComeAreFoundByTheirEnd(t *testing.T) {
	d := testkit.DB(t)
	var steps []struct{ Detail string }
	if err := d.In(t.Context()).Raw("EXPLAIN QUERY PLAN "+upcoming, id.New(), 0).Scan(&steps).Error; err != nil {
		t.Fatal(err)
	}
	if len(steps) != 1 || !strings.Contains(steps[0].Detail, "event_sessions_end_idx (space_id=? AND ends_at>?)") {
		t.Errorf("it goes by %+v", steps)
	}
}
