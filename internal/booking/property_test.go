package booking

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/testkit"
)

// anyRule draws a rule that a manager might set.
func anyRule(t *rapid.T, first id.ID) Rule {
	r := Rule{Weekdays: uint8(rapid.IntRange(0, allWeek).Draw(t, "weekdays"))}
	if rapid.Bool().Draw(t, "part of the day") {
		r.FromMin = 60 * rapid.IntRange(0, 22).Draw(t, "from")
		r.ToMin = 60 * rapid.IntRange(r.FromMin/60+1, 24).Draw(t, "to")
	}
	r.Audience = rapid.SampledFrom([]string{"", "", "role:member", "role:desk", "group:guest", "plan:pro"}).Draw(t, "audience")
	number := func(name string, step, most int) int { return step * rapid.IntRange(0, most).Draw(t, name) }
	switch r.Kind = rapid.SampledFrom([]Kind{HoursRule, GridRule, LengthRule, NoticeRule, AheadRule, PersonalRule, BufferRule, PeopleRule, FirstRule}).Draw(t, "kind"); r.Kind {
	case HoursRule:
		r.Params.Need = rapid.SampledFrom([]string{needWhole, needStart, needNone}).Draw(t, "need")
	case GridRule:
		r.Params.StepMin = rapid.SampledFrom([]int{5, 10, 15, 20, 30, 60, 120}).Draw(t, "step")
		if rapid.IntRange(0, 3).Draw(t, "fixed starts") == 0 {
			r.Params.StartsMin = []int{9 * 60, 13 * 60, 17*60 + 30}
		}
	case LengthRule:
		r.Params.MinMin, r.Params.MaxMin = 15+number("min", 15, 4), 120+number("max", 30, 20)
	case NoticeRule:
		r.Params.CreateMin = number("notice", 30, 100)
	case AheadRule:
		r.Params.Days = number("days", 1, 8)
	case PersonalRule:
		r.Params.GapMin, r.Params.AtOnce, r.Params.Outstanding = number("gap", 15, 8), number("at once", 1, 3), 1+number("outstanding", 1, 5)
	case BufferRule:
		r.Params.BeforeMin, r.Params.AfterMin = number("before", 5, 6), number("after", 5, 6)
	case PeopleRule:
		r.Params.AtLeast = 1 + number("people", 1, 1)
	case FirstRule:
		r.Params.Resource = first
	}
	return r
}

// Every time that is offered can be had, and none that is not: whatever the rules,
// in the week of either clock change or an ordinary one, whoever asks.
func TestWhatIsOfferedIsWhatCanBeHad(t *testing.T) {
	d := testkit.DB(t)
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t, d)
		monday := rapid.SampledFrom([]clock.Day{"2026-11-23", "2027-03-22", "2027-10-25"}).Draw(rt, "week")
		now, _, _ := monday.At(rapid.IntRange(0, 1439).Draw(rt, "now"), berlin)
		h.clock.Set(now)
		opens := 60 * rapid.IntRange(0, 20).Draw(rt, "opens")
		h.opens("everyone", opens, opens+60*rapid.IntRange(1, 24-opens/60).Draw(rt, "open for"))
		h.opens("key_holders", 0, 1440)
		first := h.machine("shop", func(r *Resource) { r.Units, r.Places = 5, true })
		pool := h.machine("printer", func(r *Resource) { r.Units = rapid.IntRange(1, 3).Draw(rt, "units") })
		by, other := h.person("maker", func(p *Holder) {
			if rapid.Bool().Draw(rt, "pro") {
				p.Plans = []PlanRun{{Plan: "pro", Group: "member", KeyHolder: true, StartsAt: monday.Add(2).Start(berlin)}}
			}
		}), h.person("other", nil)
		var held []Booking
		for range rapid.IntRange(0, 12).Draw(rt, "bookings") {
			start, _, _ := monday.Add(rapid.IntRange(0, 6).Draw(rt, "day")).At(15*rapid.IntRange(0, 95).Draw(rt, "quarter"), berlin)
			who := rapid.SampledFrom([]actor.Actor{by, other}).Draw(rt, "who")
			what := rapid.SampledFrom([]Resource{pool, pool, first}).Draw(rt, "what")
			b := Booking{ID: id.New(), SpaceID: h.space.ID, ResourceID: what.ID, Unit: rapid.IntRange(1, what.Units).Draw(rt, "unit"), MemberID: who.Member,
				Status: Confirmed, StartsAt: start, EndsAt: start.Add(minutes(15 * rapid.IntRange(1, 20).Draw(rt, "length"))), Currency: "EUR"}
			if err := h.Enter(t.Context(), actor.House, []Booking{b}); err == nil {
				held = append(held, b)
			} else if !errors.Is(err, ErrTaken) {
				rt.Fatal(err)
			}
		}
		h.rules(pool, rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Rule { return anyRule(t, first.ID) }), 0, 6).Draw(rt, "rules")...)

		day := monday.Add(rapid.IntRange(0, 6).Draw(rt, "day asked"))
		length := rapid.SampledFrom([]int{15, 30, 45, 60, 120, 240}).Draw(rt, "length asked")
		window := Window{Resource: pool.ID, From: day.Start(berlin), To: day.Add(1).Start(berlin), Length: length}
		slots, err := h.Availability(t.Context(), by, window)
		if err != nil {
			rt.Fatal(err)
		}
		offered := map[clock.Instant]Slot{}
		for _, s := range slots {
			if s.Bookable {
				offered[s.StartsAt] = s
			}
			if s.Bookable != (len(s.Violations) == 0) {
				rt.Fatalf("bookable %v with %v", s.Bookable, s.Violations)
			}
		}
		tries := []clock.Instant{}
		for range 25 {
			tries = append(tries, window.From.Add(minutes(rapid.IntRange(0, 288).Draw(rt, "try")*5)))
		}
		for start := range offered {
			tries = append(tries, start)
		}
		for _, start := range tries {
			if !start.Before(window.To) {
				continue
			}
			q, err := h.Quote(t.Context(), by, Request{Resource: pool.ID, StartsAt: start, EndsAt: start.Add(minutes(length))})
			if err != nil {
				rt.Fatal(err)
			}
			if _, ok := offered[start]; ok != q.Bookable() {
				rt.Fatalf("%v for %d min: offered %v, and the quote says %v\nbookings %+v", start, length, ok, q.Violations, held)
			}
		}
		for start := range offered {
			if _, err := h.Book(t.Context(), by, Request{Resource: pool.ID, StartsAt: start, EndsAt: start.Add(minutes(length))}); err != nil {
				rt.Fatalf("%v was offered: %v", start, err)
			}
			break
		}
	})
}

// The probe looks at the predecessor of a span and at what starts within, or asks
// PostgreSQL's index. It finds what every pair held against each other finds.
func TestThePredecessorProbeIsPairwiseOverlap(t *testing.T) {
	testkit.Each(t, probeIsPairwise)
}

func probeIsPairwise(t *testing.T, d *db.DB) {
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t, d)
		pool := h.machine("pool", func(r *Resource) { r.Units = 3 })
		var all []stretch
		for range rapid.IntRange(0, 30).Draw(rt, "stretches") {
			start := h.clock.Now().Add(minutes(rapid.IntRange(0, 1000).Draw(rt, "start")))
			s := stretch{
				resource: pool.ID, unit: rapid.IntRange(1, 3).Draw(rt, "unit"), closure: true, cause: id.New(),
				Span: Span{start, start.Add(minutes(rapid.IntRange(1, 300).Draw(rt, "length")))},
			}
			clash := slices.ContainsFunc(all, func(o stretch) bool { return o.unit == s.unit && o.overlaps(s.Span) })
			err := h.DB.Tx(t.Context(), func(ctx context.Context) error { return h.store.occupy(ctx, "", []stretch{s}) })
			if clash != errors.Is(err, ErrTaken) || !clash && err != nil {
				rt.Fatalf("overlap %v, and the second wall says %v", clash, err)
			}
			if !clash {
				all = append(all, s)
			}
		}
		from := h.clock.Now().Add(minutes(rapid.IntRange(-100, 1400).Draw(rt, "from")))
		asked := Span{from, from.Add(minutes(rapid.IntRange(1, 400).Draw(rt, "for")))}
		held, _, err := h.store.held(t.Context(), units([]Resource{pool}), asked, h.clock.Now())
		if err != nil {
			rt.Fatal(err)
		}
		var want, got []string
		for _, s := range all {
			if s.overlaps(asked) {
				want = append(want, s.cause.String())
			}
		}
		for _, s := range held {
			got = append(got, s.cause.String())
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			rt.Fatalf("the probe found %d, there are %d", len(got), len(want))
		}
	})
}

// Whatever people do in whatever order, nothing is held twice, and everything that
// lives holds its time.
func TestNoSequenceOfDoingsLeavesAnythingHeldTwice(t *testing.T) {
	d := testkit.DB(t)
	rapid.Check(t, func(rt *rapid.T) {
		h := newHouse(t, d)
		for _, table := range []string{"occupancies", "bookings", "closures"} {
			h.exec("DELETE FROM " + table)
		}
		saw := h.machine("saw", func(r *Resource) { r.Units = 2 })
		bench := h.machine("bench", func(r *Resource) { r.Units, r.Places = 3, true })
		shop := h.machine("shop", func(r *Resource) { r.Within = []Resource{saw, bench} })
		h.rules(saw, Rule{Kind: BufferRule, Params: Params{BeforeMin: 5, AfterMin: 10}}, Rule{Kind: CheckInRule, Params: Params{ReleaseMin: 15}})
		makers := h.people(3)
		manager := h.staff(actor.Manager)
		var made []id.ID
		var closures []id.ID

		maker := func() actor.Actor { return rapid.SampledFrom(makers).Draw(rt, "who") }
		what := func() Resource { return rapid.SampledFrom([]Resource{saw, saw, bench, shop}).Draw(rt, "what") }
		start := func() clock.Instant {
			return at(t, "2026-11-23 09:00").Add(minutes(15 * rapid.IntRange(0, 47).Draw(rt, "start")))
		}
		length := func() time.Duration { return minutes(15 * rapid.IntRange(1, 12).Draw(rt, "length")) }
		one := func() Booking {
			if len(made) == 0 {
				rt.Skip("nothing booked yet")
			}
			b, err := h.Booking(t.Context(), actor.House, rapid.SampledFrom(made).Draw(rt, "booking"))
			if err != nil {
				rt.Fatal(err)
			}
			return b
		}
		// done notes what was made; a refusal is an answer, anything else a fault of ours.
		done := func(b Booking, err error) {
			var r Refusal
			if _, known := fault.As(err); err != nil && !known && !errors.As(err, &r) {
				rt.Fatal(err)
			}
			if err == nil && !slices.Contains(made, b.ID) {
				made = append(made, b.ID)
			}
		}
		wish := func() Request {
			from := start()
			return Request{Resource: what().ID, StartsAt: from, EndsAt: from.Add(length()), Places: rapid.IntRange(1, 3).Draw(rt, "places")}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"book": func(*rapid.T) { done(h.Book(t.Context(), maker(), wish())) },
			"hold": func(*rapid.T) { done(h.Hold(t.Context(), maker(), wish())) },
			"confirm": func(*rapid.T) {
				b := one()
				done(h.Book(t.Context(), manager, Request{Hold: b.ID}))
			},
			"move": func(*rapid.T) {
				from := start()
				done(h.Move(t.Context(), manager, Move{Booking: one().ID, Resource: what().ID, StartsAt: from, EndsAt: from.Add(length())}))
			},
			"extend": func(*rapid.T) {
				b := one()
				done(h.Extend(t.Context(), manager, Extension{Booking: b.ID, EndsAt: b.EndsAt.Add(length())}))
			},
			"cancel":    func(*rapid.T) { done(h.Cancel(t.Context(), manager, Cancellation{Booking: one().ID})) },
			"restore":   func(*rapid.T) { done(h.Restore(t.Context(), manager, one().ID)) },
			"check in":  func(*rapid.T) { done(h.CheckIn(t.Context(), manager, one().ID)) },
			"check out": func(*rapid.T) { done(h.CheckOut(t.Context(), manager, one().ID)) },
			"no-show":   func(*rapid.T) { done(h.MarkNoShow(t.Context(), manager, one().ID)) },
			"close": func(*rapid.T) {
				from := start()
				c, err := h.Close(t.Context(), manager, what().ID, Span{from, from.Add(length())}, i18n.Text{EN: "service"})
				var hit InTheWay
				if _, known := fault.As(err); err != nil && !known && !errors.As(err, &hit) {
					rt.Fatal(err)
				}
				if err == nil {
					closures = append(closures, c.ID)
				}
			},
			"lift": func(*rapid.T) {
				if len(closures) == 0 {
					rt.Skip("nothing closed")
				}
				if _, err := h.Lift(t.Context(), manager, rapid.SampledFrom(closures).Draw(rt, "closure")); err != nil {
					rt.Fatal(err)
				}
			},
			"time passes": func(*rapid.T) {
				h.clock.Advance(rapid.SampledFrom([]time.Duration{10 * time.Second, time.Minute, 11 * time.Minute, time.Hour}).Draw(rt, "time"))
				h.settle()
			},
			"": func(*rapid.T) {
				found, err := h.Verify(t.Context())
				if err != nil || len(found) > 0 {
					rt.Fatalf("%v, %v", found, err)
				}
			},
		})
	})
}
