package booking

import (
	"context"
	"sync"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/money"
	"guildhall/internal/testkit"
)

// eachEngine runs a test in a house on both.
func eachEngine(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Run("sqlite", func(t *testing.T) { fn(t, newHouse(t, testkit.DB(t))) })
	t.Run("postgres", func(t *testing.T) { fn(t, newHouse(t, testkit.Postgres(t))) })
}

// monthly is a plan with so many minutes at machines each month of the calendar.
func monthly(holder *Holder, minutes int) {
	holder.Plans = []PlanRun{{
		Plan: "maker", Name: i18n.Text{EN: "Maker"}, Group: "member",
		Allowance: Allowance{Of: holder.ID, Minutes: minutes, Period: func(at clock.Instant) Span {
			first := monthOf(clock.DayOf(at, berlin))
			return Span{first.Start(berlin), monthOf(first.Add(31)).Start(berlin)}
		}},
	}}
}

// laser costs 12 euros an hour.
func (h *house) laser(form Form, step int) Resource {
	r := h.machine("laser", func(r *Resource) { r.Machine = true })
	h.priced(r, Price{ToMin: dayMin, Form: form, StepMin: step, Amount: money.Of(1200, "EUR")})
	return r
}

// at books on a day from an hour for some minutes.
func (h *house) books(by actor.Actor, r Resource, day clock.Day, hour, length int) Booking {
	h.t.Helper()
	from, _, _ := day.At(hour*60, berlin)
	b, err := h.Book(context.Background(), by, Request{Resource: r.ID, StartsAt: from, EndsAt: from.Add(minutes(length))})
	if err != nil {
		h.t.Fatal(err)
	}
	return b
}

func TestIncludedMachineTimeIsTakenAndGivenBack(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		maker := h.person("maker", func(p *Holder) { monthly(p, 120) })
		r := h.laser(PerHour, 0)
		left := func(want int) {
			t.Helper()
			list, err := h.Balances(ctx, maker, h.space.ID, maker.Member)
			if err != nil || len(list) != 1 || list[0].Left() != want {
				t.Fatalf("left %+v, %v; want %d", list, err, want)
			}
		}
		costs := func(b Booking, price int64, included int) {
			t.Helper()
			if b.PriceMinor != price || b.IncludedMin != included {
				t.Errorf("it costs %d with %d minutes, want %d with %d: %+v", b.PriceMinor, b.IncludedMin, price, included, b.PriceLines)
			}
		}
		left(120)
		first := h.books(maker, r, "2026-11-24", 10, 90)
		costs(first, 0, 90)
		left(30)
		from, _, _ := clock.Day("2026-11-25").At(600, berlin)
		q, err := h.Quote(ctx, maker, Request{Resource: r.ID, StartsAt: from, EndsAt: from.Add(time.Hour)})
		if err != nil || q.Price.Minor != 600 || !q.Included || q.Left != 0 || len(q.Lines) != 2 || q.Lines[0].Form != Included || q.Lines[0].Minutes != 30 {
			t.Errorf("%+v, %v", q, err)
		}
		second := h.books(maker, r, "2026-11-25", 10, 60) // half of it is left
		costs(second, 600, 30)
		third := h.books(maker, r, "2026-11-26", 10, 60)
		costs(third, 1200, 0)
		costs(h.books(maker, r, "2026-12-01", 10, 60), 0, 60) // another month
		left(0)

		if _, err := h.Cancel(ctx, maker, Cancellation{Booking: first.ID}); err != nil {
			t.Fatal(err)
		}
		left(90)
		extended, err := h.Extend(ctx, maker, Extension{Booking: third.ID, EndsAt: third.EndsAt.Add(30 * time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		costs(extended, 1200, 30) // the half hour that was added
		left(60)
		moved, err := h.Move(ctx, maker, Move{Booking: second.ID, StartsAt: second.StartsAt.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		costs(moved, 0, 60) // priced anew, with what it had itself
		left(30)
		back, err := h.Restore(ctx, maker, first.ID) // its 90 minutes are gone
		if err != nil {
			t.Fatal(err)
		}
		costs(back, 1200, 30)
		left(0)
	})
}

func TestIncludedTimeByStepsAndForEachUse(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	for _, c := range []struct {
		form     Form
		step     int
		minutes  int
		price    int64
		included int
	}{
		{PerStep, 15, 45, 2 * 1200, 45}, // 30 minutes are left over: two steps
		{PerStep, 15, 75, 0, 75},
		{Flat, 0, 45, 1200, 0}, // not the whole use
		{Flat, 0, 75, 0, 75},
	} {
		maker := h.person("maker", func(p *Holder) { monthly(p, c.minutes) })
		b := h.books(maker, h.laser(c.form, c.step), "2026-11-24", 10, 75)
		if b.PriceMinor != c.price || b.IncludedMin != c.included {
			t.Errorf("%+v: costs %d with %d minutes", c, b.PriceMinor, b.IncludedMin)
		}
	}
	maker := h.person("maker", func(p *Holder) { monthly(p, 60) })
	desk := h.machine("desk", nil) // no machine
	h.priced(desk, Price{ToMin: dayMin, Form: PerHour, Amount: money.Of(300, "EUR")})
	if b := h.books(maker, desk, "2026-11-24", 10, 60); b.PriceMinor != 300 || b.IncludedMin != 0 {
		t.Errorf("a desk takes machine time: %+v", b)
	}
	free := h.machine("free", func(r *Resource) { r.Machine = true })
	if b := h.books(maker, free, "2026-11-24", 12, 60); b.IncludedMin != 0 {
		t.Errorf("what costs nothing uses %d minutes", b.IncludedMin)
	}
}

// Two of a team race for the minutes of one plan: they are used once.
func TestIncludedTimeIsUsedOnce(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		ctx := context.Background()
		var shared Allowance
		payer := h.person("payer", func(p *Holder) { monthly(p, 60); shared = p.Plans[0].Allowance })
		racers := []actor.Actor{payer}
		for range 5 {
			racers = append(racers, h.person("mate", func(p *Holder) {
				monthly(p, 0)
				p.Plans[0].Allowance, p.Plans[0].Team, p.Plans[0].Payer = shared, "Nordlicht", "Anna"
			}))
		}
		machines := make([]Resource, len(racers))
		for i := range machines {
			machines[i] = h.laser(PerHour, 0)
		}
		from, _, _ := clock.Day("2026-11-24").At(600, berlin)
		var wg sync.WaitGroup
		got := make([]Booking, len(racers))
		for i, by := range racers {
			wg.Go(func() {
				var err error
				if got[i], err = h.Book(ctx, by, Request{Resource: machines[i].ID, StartsAt: from, EndsAt: from.Add(time.Hour)}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		used, paid := 0, 0
		for _, b := range got {
			used += b.IncludedMin
			if b.PriceMinor == 1200 {
				paid++
			}
		}
		if used != 60 || paid != len(racers)-1 {
			t.Errorf("%d minutes of 60 were used, and %d of %d paid", used, paid, len(racers))
		}
	})
}

func TestAPlanSaysHowManyGuestsComeAndWhenItEnds(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	ctx := context.Background()
	maker := h.person("maker", func(p *Holder) {
		p.Plans = []PlanRun{
			{Plan: "evening", Name: i18n.Text{EN: "Evening"}, Group: "member", Limits: PlanLimits{Guests: 1, FromMin: 17 * 60}},
			{Plan: "seat", Name: i18n.Text{EN: "Seat"}, Group: "member", Limits: PlanLimits{Guests: 3}, Team: "Nordlicht", Payer: "Anna"},
		}
	})
	room := h.machine("room", func(r *Resource) { r.Units, r.Places = 8, true })
	from, _, _ := clock.Day("2026-11-24").At(600, berlin)
	for places, want := range map[int]string{1: "", 4: "", 5: PlanGuests} {
		q, err := h.Quote(ctx, maker, Request{Resource: room.ID, StartsAt: from, EndsAt: from.Add(time.Hour), Places: places})
		if err != nil || (len(q.Violations) > 0) != (want != "") || want != "" && (q.Violations[0].Code != want || q.Violations[0].Remedy.Code != AskTeam) {
			t.Errorf("%d people: %+v, %v; want %q", places, q.Violations, err, want)
		}
	}
	// A day pass at guest prices ends too, with the link that renews it.
	guest := h.person("guest", func(p *Holder) {
		p.Plans = []PlanRun{{Plan: "day", Name: i18n.Text{EN: "Day pass"}, Group: Guest, EndsAt: from}}
	})
	q, err := h.Quote(ctx, guest, Request{Resource: room.ID, StartsAt: from, EndsAt: from.Add(time.Hour)})
	if err != nil || len(q.Violations) != 1 || q.Violations[0].Code != MembershipEnds || q.Violations[0].Remedy.Code != RenewPlan {
		t.Errorf("%+v, %v", q.Violations, err)
	}
}

// A limit of the plan that the staff sets aside leaves the time that the plan includes.
func TestALimitSetAsideUsesIncludedTime(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		maker := h.person("maker", func(p *Holder) {
			monthly(p, 90)
			p.Plans[0].Limits.ToMin = 12 * 60
		})
		r, desk := h.laser(PerHour, 0), h.staff(actor.Manager)
		h.books(maker, r, "2026-11-24", 10, 30)
		from, _, _ := clock.Day("2026-11-25").At(14*60, berlin)
		req := Request{Resource: r.ID, Member: maker.Member, StartsAt: from, EndsAt: from.Add(2 * time.Hour)}
		_, err := h.Book(t.Context(), desk, req)
		refused(t, err, PlanHours)
		req.Override = &Override{Rules: []string{PlanHours}, Reason: "exhibition"}
		b, err := h.Book(t.Context(), desk, req)
		if err != nil || b.IncludedMin != 60 || b.IncludedOf != maker.Member || b.PriceMinor != 1200 {
			t.Errorf("two hours with one left cost %d with %d minutes: %v", b.PriceMinor, b.IncludedMin, err)
		}
		if list, err := h.Balances(t.Context(), maker, h.space.ID, maker.Member); err != nil || len(list) != 1 || list[0].Left() != 0 {
			t.Errorf("left %+v, %v", list, err)
		}
	})
}
