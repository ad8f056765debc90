package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/testkit"
)

// race has everyone book at the same moment.
func race(h *house, makers []actor.Actor, req Request) (won []Booking, lost []error) {
	h.t.Helper()
	var mu sync.Mutex
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for _, m := range makers {
		ready.Add(1)
		done.Add(1)
		go func() {
			defer done.Done()
			ready.Done()
			<-start
			b, err := h.Book(context.Background(), m, req)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				lost = append(lost, err)
			} else {
				won = append(won, b)
			}
		}()
	}
	ready.Wait()
	close(start)
	done.Wait()
	return won, lost
}

func conflicts(t *testing.T, lost []error) {
	t.Helper()
	for _, err := range lost {
		if f, ok := fault.As(err); !ok || f.Kind != fault.KindConflict {
			t.Errorf("a racer was told %v, want a conflict", err)
		}
	}
}

func TestOfTwentyWhoWantOneHourOneGetsIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser := h.machine("laser", nil)
		won, lost := race(h, h.people(20), h.request(laser, "10:00", "11:00"))
		if len(won) != 1 || len(lost) != 19 {
			t.Fatalf("%d won and %d lost", len(won), len(lost))
		}
		conflicts(t, lost)
		page, err := h.Bookings(t.Context(), actor.House, Filter{Space: h.space.ID})
		if err != nil || len(page.Items) != 1 {
			t.Errorf("%d bookings are kept (%v), want 1", len(page.Items), err)
		}
		h.sound()
	})
}

func TestThreePlacesGoToThree(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		bench := h.machine("bench", func(r *Resource) { r.Units, r.Places = 3, true })
		won, lost := race(h, h.people(20), h.request(bench, "10:00", "11:00"))
		if len(won) != 3 || len(lost) != 17 {
			t.Fatalf("%d won and %d lost", len(won), len(lost))
		}
		conflicts(t, lost)
		h.sound()
	})
}

func TestGuestsTakePlacesToo(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	bench := h.machine("bench", func(r *Resource) { r.Units, r.Places = 3, true })
	by := h.person("maker", nil)
	req := h.request(bench, "10:00", "11:00")
	req.Places = 2
	if _, err := h.Book(t.Context(), by, req); err != nil {
		t.Fatal(err)
	}
	_, err := h.Book(t.Context(), by, req)
	r := refused(t, err, PlacesFull)
	if r.Violations[0].Args["Count"] != 1 || r.Kind() != fault.KindConflict {
		t.Errorf("told of %v places, kind %v", r.Violations[0].Args["Count"], r.Kind())
	}
	req.Places = 1
	if _, err := h.Book(t.Context(), by, req); err != nil {
		t.Errorf("the last place: %v", err)
	}
	h.sound()
}

func TestAnyOfFourGivesFourDifferentOnes(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		pool := h.machine("printer", func(r *Resource) { r.Units = 4 })
		for i := range 4 {
			h.machine(fmt.Sprintf("sewing %d", i), func(r *Resource) { r.Kind = "sewing" })
		}
		for name, req := range map[string]Request{
			"units of a pool":  h.request(pool, "10:00", "11:00"),
			"machines of kind": {Space: h.space.ID, Kind: "sewing", StartsAt: h.span("10:00", "11:00").StartsAt, EndsAt: h.span("10:00", "11:00").EndsAt},
		} {
			won, lost := race(h, h.people(12), req)
			given := map[string]bool{}
			for _, b := range won {
				given[fmt.Sprint(b.ResourceID, b.Unit)] = true
			}
			if len(won) != 4 || len(given) != 4 || len(lost) != 8 {
				t.Errorf("%s: %d won %d different ones, %d lost", name, len(won), len(given), len(lost))
			}
			conflicts(t, lost)
		}
		h.sound()
	})
}

func TestLimitsOfAPersonHoldInARace(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		err := h.SetRules(t.Context(), actor.House, Scope{Space: h.space.ID}, []Rule{{Kind: PersonalRule, Params: Params{Outstanding: 2}}})
		if err != nil {
			t.Fatal(err)
		}
		by := h.person("maker", nil)
		wishes := make([]Request, 8)
		for i := range wishes {
			wishes[i] = h.request(h.machine(fmt.Sprintf("machine %d", i), nil), "10:00", "11:00")
		}
		var wg sync.WaitGroup
		results := make([]error, len(wishes))
		for i, req := range wishes {
			wg.Go(func() { _, results[i] = h.Book(context.Background(), by, req) })
		}
		wg.Wait()
		booked := 0
		for _, err := range results {
			if err == nil {
				booked++
				continue
			}
			refused(t, err, TooManyOutstanding)
		}
		if booked != 2 {
			t.Errorf("someone who may have 2 bookings got %d", booked)
		}
	})
}

func TestNeighboursFitAndOverlapsDoNot(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser := h.machine("laser", nil)
		h.rules(laser, Rule{Kind: GridRule, Params: Params{StepMin: 1}})
		by := h.person("maker", nil)
		h.book(by, laser, "10:00", "11:00")
		h.book(by, laser, "09:00", "10:00")
		h.book(by, laser, "11:00", "12:00")
		for _, s := range [][2]string{{"10:59", "11:30"}, {"09:30", "10:30"}, {"10:15", "10:45"}, {"09:00", "12:00"}, {"11:59", "12:30"}} {
			_, err := h.Book(t.Context(), by, h.request(laser, s[0], s[1]))
			refused(t, err, Taken)
			is(t, err, ErrTaken)
		}
		h.sound()
	})
}

func TestABufferKeepsTheNextOneAway(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser := h.machine("laser", nil)
		h.rules(laser, Rule{Kind: GridRule, Params: Params{StepMin: 5}}, Rule{Kind: BufferRule, Params: Params{AfterMin: 10}})
		by := h.person("maker", nil)
		b := h.book(by, laser, "10:00", "11:00")
		if !b.EndsAt.Equal(h.span("10:00", "11:00").EndsAt) {
			t.Errorf("the booking ends at %v: a buffer is not the person's time", b.EndsAt)
		}
		for _, s := range [][2]string{{"11:00", "12:00"}, {"11:05", "12:00"}, {"09:30", "09:55"}} {
			_, err := h.Book(t.Context(), by, h.request(laser, s[0], s[1]))
			refused(t, err, BufferTaken)
		}
		h.book(by, laser, "11:10", "12:00")
		h.book(by, laser, "09:00", "09:50")
		h.sound()
	})
}

func TestMovingOntoAnotherBookingIsRefusedAndTheOldOneStays(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser := h.machine("laser", nil)
		mine, other := h.person("mine", nil), h.person("other", nil)
		old := h.book(mine, laser, "10:00", "11:00")
		h.book(other, laser, "12:00", "13:00")

		_, err := h.Move(t.Context(), mine, Move{Booking: old.ID, StartsAt: h.span("12:30", "13:30").StartsAt})
		r := refused(t, err, Taken)
		if r.Kind() != fault.KindConflict || r.Violations[0].Remedy.Code != ChooseTime {
			t.Errorf("kind %v, remedy %v", r.Kind(), r.Violations[0].Remedy)
		}
		now, err := h.Booking(t.Context(), mine, old.ID)
		if err != nil || !now.StartsAt.Equal(old.StartsAt) || now.Version != old.Version || now.Sequence != old.Sequence {
			t.Errorf("the old booking became %+v (%v)", now, err)
		}
		_, err = h.Book(t.Context(), other, h.request(laser, "10:00", "11:00"))
		refused(t, err, Taken)

		moved, err := h.Move(t.Context(), mine, Move{Booking: old.ID, Version: old.Version, StartsAt: h.span("10:30", "11:30").StartsAt})
		if err != nil || !moved.EndsAt.Equal(h.span("10:30", "11:30").EndsAt) || moved.Sequence != 1 {
			t.Errorf("moved over its own time: %+v, %v", moved, err)
		}
		_, err = h.Move(t.Context(), mine, Move{Booking: old.ID, Version: old.Version, StartsAt: h.span("14:00", "15:00").StartsAt})
		is(t, err, ErrStale)
		h.sound()
	})
}

// Else a late cancellation would be free to whoever moves first.
func TestAMoveGivesTheTimeBackNoLaterThanACancellation(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, by := h.machine("laser", nil), h.person("maker", nil)
		h.rules(laser, Rule{Kind: NoticeRule, Params: Params{CancelMin: 120}})
		b := h.book(by, laser, "14:00", "15:00")
		h.clock.Set(at(t, "2026-11-24 12:30"))
		_, err := h.Move(t.Context(), by, Move{Booking: b.ID, StartsAt: at(t, "2026-11-25 14:00")})
		refused(t, err, ChangeTooLate)
		if _, err := h.Extend(t.Context(), by, Extension{Booking: b.ID, EndsAt: at(t, "2026-11-24 15:30")}); err != nil {
			t.Errorf("longer it may be: %v", err)
		}
	})
}

func TestAMoveToWhereItIsChangesNothing(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, by := h.machine("laser", nil), h.person("maker", nil)
		b := h.book(by, laser, "14:00", "15:00")
		same, err := h.Move(t.Context(), by, Move{Booking: b.ID, StartsAt: b.StartsAt, EndsAt: b.EndsAt, Resource: laser.ID, Version: b.Version})
		if err != nil || same.Sequence != b.Sequence || same.Version != b.Version {
			t.Errorf("sequence %d, version %d, %v", same.Sequence, same.Version, err)
		}
	})
}

// A whole day can be had while it lasts and the doors are open.
func TestTodayCanBeHadUntilTheDoorsClose(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		desk, by := h.machine("desk", func(r *Resource) { r.Units = 2 }), h.person("maker", nil)
		h.rules(desk, Rule{Kind: GridRule, Params: Params{WholeDays: true}}, Rule{Kind: CheckInRule, Params: Params{ReleaseMin: 30}})
		today := Span{at(t, "2026-11-24 00:00"), at(t, "2026-11-25 00:00")}
		offered := func() bool {
			t.Helper()
			slots, err := h.Availability(t.Context(), by, Window{Resource: desk.ID, From: today.StartsAt, To: today.EndsAt, Length: dayMin})
			if err != nil {
				t.Fatal(err)
			}
			return len(slots) == 1 && slots[0].Bookable
		}
		req := Request{Resource: desk.ID, StartsAt: today.StartsAt, EndsAt: today.EndsAt}
		h.clock.Set(at(t, "2026-11-24 15:00"))
		if !offered() {
			t.Error("in the afternoon it is not offered")
		}
		b, err := h.Book(t.Context(), by, req)
		if err != nil {
			t.Fatal(err)
		}
		h.clock.Set(at(t, "2026-11-24 15:29"))
		h.settle()
		if b, _ = h.Booking(t.Context(), by, b.ID); b.Status != Confirmed {
			t.Errorf("just booked, it is %s", b.Status)
		}
		h.clock.Set(at(t, "2026-11-24 21:00"))
		if offered() {
			t.Error("it is offered when the doors have closed")
		}
		_, err = h.Book(t.Context(), by, req)
		refused(t, err, InThePast)
	})
}

func TestABookingMovesToAnotherMachine(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	a, b := h.machine("laser a", nil), h.machine("laser b", nil)
	h.priced(a, Price{Form: PerHour, Amount: eur(1200)})
	h.priced(b, Price{Form: PerHour, Amount: eur(600)})
	by := h.person("maker", nil)
	old := h.book(by, a, "10:00", "11:00")
	moved, err := h.Move(t.Context(), by, Move{Booking: old.ID, Resource: b.ID})
	if err != nil || moved.ResourceID != b.ID || moved.Price() != eur(600) {
		t.Fatalf("%+v, %v", moved, err)
	}
	h.book(by, a, "10:00", "11:00")
	h.sound()
}

func TestEveryBrokenRuleIsTold(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	laser := h.machine("laser", nil)
	h.rules(laser,
		Rule{Kind: GridRule, Params: Params{StepMin: 15}}, Rule{Kind: LengthRule, Params: Params{MinMin: 30, MaxMin: 120}},
		Rule{Kind: AheadRule, Params: Params{Days: 14}})
	by := h.person("maker", nil)
	req := Request{Resource: laser.ID, StartsAt: at(t, "2027-01-12 05:07"), EndsAt: at(t, "2027-01-12 05:17")}
	_, err := h.Book(t.Context(), by, req)
	r := refused(t, err, OffGrid, TooShort, OutsideHours, TooFarAhead)
	if r.Kind() != fault.KindInvalid {
		t.Errorf("kind %v, want invalid", r.Kind())
	}
	q, err := h.Quote(t.Context(), by, req)
	if err != nil || len(q.Violations) != 4 {
		t.Errorf("the quote told %d, %v", len(q.Violations), err)
	}
	for _, v := range r.Violations {
		if v.Remedy == nil {
			t.Errorf("%s has no remedy", v.Code)
		}
		for _, locale := range i18n.Locales {
			p := i18n.For(locale)
			for _, s := range []string{v.Sentence(p, berlin), v.Remedy.Sentence(p, berlin)} {
				if strings.HasPrefix(s, "rule.") || strings.HasPrefix(s, "remedy.") {
					t.Errorf("%s is not said in %s: %s", v.Code, locale, s)
				}
			}
		}
	}
}

func TestWithoutTheCertificationTheNextCourseIsNamed(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	l1, l2, wood := Certification{id.New(), i18n.Text{EN: "Laser L1"}}, Certification{id.New(), i18n.Text{EN: "Laser L2"}}, Certification{id.New(), i18n.Text{EN: "Wood L1"}}
	laser := h.machine("laser", func(r *Resource) { r.Certifications = [][]Certification{{l1, l2}, {wood}} })
	induction := Course{Session: id.New(), Certification: l1.ID, Title: i18n.Text{EN: "Laser induction"}, StartsAt: at(t, "2026-11-25 18:00"), SeatsLeft: 3}
	h.courses = []Course{induction}
	novice := h.person("novice", nil)

	_, err := h.Book(t.Context(), novice, h.request(laser, "10:00", "11:00"))
	r := refused(t, err, CertificationAsked, CertificationAsked)
	if r.Kind() != fault.KindForbidden || r.Code() != CertificationAsked || r.Violations[0].Overridable {
		t.Errorf("kind %v, code %s, overridable %v", r.Kind(), r.Code(), r.Violations[0].Overridable)
	}
	if remedy := r.Violations[0].Remedy; remedy.Code != TakeCourse || remedy.Args["Session"] != induction.Session {
		t.Errorf("remedy %+v", remedy)
	}
	if said := r.Violations[0].Sentence(i18n.For("en"), berlin); said != "You need Laser L1 or Laser L2 first." {
		t.Errorf("said %q", said)
	}
	if said := r.Violations[0].Remedy.Sentence(i18n.For("en"), berlin); said != "Next: Laser induction, Wed 25 Nov 2026, 18:00, 3 places." {
		t.Errorf("said %q", said)
	}
	if remedy := r.Violations[1].Remedy; remedy.Code != AskInstructor {
		t.Errorf("no course leads to Wood L1, yet the remedy is %+v", remedy)
	}

	manager := h.staff(actor.Manager)
	req := h.request(laser, "10:00", "11:00")
	req.Member, req.Override = novice.Member, &Override{Rules: []string{CertificationAsked}, Reason: "just this once"}
	_, err = h.Book(t.Context(), manager, req)
	refused(t, err, CertificationAsked, CertificationAsked)

	for _, c := range []struct {
		name    string
		expires clock.Instant
		fits    bool
	}{
		{"for ever", clock.Instant{}, true},
		{"until after the start", at(t, "2026-11-24 10:30"), true},
		{"until before the start", at(t, "2026-11-24 10:00"), false},
		{"until yesterday", at(t, "2026-11-22 10:00"), false},
	} {
		maker := h.person("maker", func(p *Holder) {
			p.Certificates = []Certificate{{Certification: l2.ID, ExpiresAt: c.expires}, {Certification: wood.ID}}
		})
		q, err := h.Quote(t.Context(), maker, h.request(laser, "10:00", "11:00"))
		if err != nil || q.Bookable() != c.fits {
			t.Errorf("certified %s: bookable %v, %v", c.name, q.Bookable(), err)
		}
		if c.name == "until before the start" { // it counts today, so nobody is told that they lack it
			want := "Laser L2 ends on Tue 24 Nov 2026, before this begins. Renew it first."
			if got := q.Violations[0].Sentence(i18n.For("en"), berlin); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		} else if c.name == "until yesterday" {
			if _, held := q.Violations[0].Ends(); held {
				t.Error("what is over is said to be held still")
			}
		}
	}
}

func TestTheRoomTakesItsMachinesAndAMachineKeepsTheRoom(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		saw, lathes := h.machine("saw", nil), h.machine("lathes", func(r *Resource) { r.Units = 2 })
		shop := h.machine("wood shop", func(r *Resource) { r.Within = []Resource{saw, lathes} })
		for _, r := range []Resource{saw, lathes} {
			r.Around = []Resource{shop}
			h.resources[r.ID] = r
		}
		h.rules(saw, Rule{Kind: BufferRule, Params: Params{AfterMin: 15}})
		by := h.person("maker", nil)

		h.book(by, saw, "10:00", "11:00")
		_, err := h.Book(t.Context(), by, h.request(shop, "10:30", "12:00"))
		refused(t, err, Taken)
		_, err = h.Book(t.Context(), by, h.request(shop, "11:00", "12:00")) // the saw is being cleaned
		refused(t, err, BufferTaken)
		h.book(by, lathes, "13:00", "14:00")
		_, err = h.Book(t.Context(), by, h.request(shop, "13:00", "14:00"))
		refused(t, err, Taken)

		h.book(by, shop, "15:00", "16:00")
		for _, r := range []Resource{saw, lathes} {
			_, err = h.Book(t.Context(), by, h.request(r, "15:30", "16:30"))
			refused(t, err, Taken)
		}
		_, err = h.Book(t.Context(), by, h.request(saw, "16:00", "17:00")) // cleaned after the room, too
		refused(t, err, BufferTaken)

		shop.Out = true
		saw.Around = []Resource{shop}
		h.resources[saw.ID] = saw
		_, err = h.Book(t.Context(), by, h.request(saw, "18:00", "19:00"))
		refused(t, err, OutOfService)
		h.sound()
	})
}

func TestAnAreaMustBeBookedFirst(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	shop, saw := h.machine("shop", func(r *Resource) { r.Units, r.Places = 8, true }), h.machine("saw", nil)
	h.rules(saw, Rule{Kind: FirstRule, Params: Params{Resource: shop.ID}})
	by, other := h.person("maker", nil), h.person("other", nil)
	h.book(other, shop, "10:00", "12:00")
	h.book(by, shop, "10:00", "11:00")
	_, err := h.Book(t.Context(), by, h.request(saw, "10:00", "12:00"))
	r := refused(t, err, AreaNotBooked)
	if r.Violations[0].Remedy.Args["Resource"] != shop.ID {
		t.Errorf("remedy %+v", r.Violations[0].Remedy)
	}
	h.book(by, shop, "11:00", "12:00")
	h.book(by, saw, "10:00", "12:00")
}

func TestRulesOfAPerson(t *testing.T) {
	for _, c := range []struct {
		name     string
		rule     Params
		from, to string
		want     []string
	}{
		{"a gap of an hour, half an hour after", Params{GapMin: 60}, "11:30", "12:00", []string{GapNeeded}},
		{"a gap of an hour, half an hour before", Params{GapMin: 60}, "09:00", "09:30", []string{GapNeeded}},
		{"a gap of an hour, an hour after", Params{GapMin: 60}, "12:00", "13:00", nil},
		{"one at once, at the same time", Params{AtOnce: 1}, "10:30", "11:30", []string{TooManyAtOnce}},
		{"one at once, right after", Params{AtOnce: 1}, "11:00", "12:00", nil},
		{"two at once", Params{AtOnce: 2}, "10:30", "11:30", nil},
		{"one ahead", Params{Outstanding: 1}, "18:00", "19:00", []string{TooManyOutstanding}},
		{"two ahead", Params{Outstanding: 2}, "18:00", "19:00", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, testkit.DB(t))
			pool := h.machine("printer", func(r *Resource) { r.Units = 4 })
			h.rules(pool, Rule{Kind: PersonalRule, Params: c.rule})
			by := h.person("maker", nil)
			h.book(by, pool, "10:00", "11:00")
			q, err := h.Quote(t.Context(), by, h.request(pool, c.from, c.to))
			if got := (Refusal{Violations: q.Violations}).Codes(); err != nil || !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 {
				t.Errorf("told %v, %v, want %v", got, err, c.want)
			}
			if q, err = h.Quote(t.Context(), h.person("other", nil), h.request(pool, c.from, c.to)); err != nil || !q.Bookable() {
				t.Errorf("someone else is told %v, %v", q.Violations, err)
			}
		})
	}
}

func TestAHoldKeepsOthersOffAndExpires(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser := h.machine("laser", nil)
		one, two := h.person("one", nil), h.person("two", nil)
		req := h.request(laser, "10:00", "11:00")
		held, err := h.Hold(t.Context(), one, req)
		if err != nil || held.Status != Held {
			t.Fatalf("%+v, %v", held, err)
		}
		_, err = h.Book(t.Context(), two, req)
		refused(t, err, Taken)
		_, err = h.Book(t.Context(), two, Request{Hold: held.ID})
		is(t, err, ErrNoSuchBooking)

		booked, err := h.Book(t.Context(), one, Request{Hold: held.ID, Note: "plywood"})
		if err != nil || booked.ID != held.ID || booked.Status != Confirmed || booked.Note != "plywood" {
			t.Fatalf("confirm: %+v, %v", booked, err)
		}

		req = h.request(laser, "12:00", "13:00")
		held, err = h.Hold(t.Context(), one, req)
		if err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(holdFor)
		_, err = h.Book(t.Context(), one, Request{Hold: held.ID})
		is(t, err, ErrHoldExpired)
		if _, err = h.Book(t.Context(), two, req); err != nil { // though no job has run
			t.Fatalf("the time of an expired hold: %v", err)
		}
		if held, _ = h.Booking(t.Context(), one, held.ID); held.Status != Expired {
			t.Errorf("the hold is %s", held.Status)
		}

		if _, err = h.Hold(t.Context(), one, h.request(laser, "14:00", "15:00")); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(holdFor)
		if err := h.ReleaseHolds(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.sound()
	})
}

func TestWhatWasHeldInTimeCanBeBookedUntilTheHoldEnds(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, by := h.machine("laser", nil), h.person("maker", nil)
		h.rules(laser, Rule{Kind: NoticeRule, Params: Params{CreateMin: 60}})
		h.clock.Set(at(t, "2026-11-24 08:58"))
		held, err := h.Hold(t.Context(), by, h.request(laser, "10:00", "11:00"))
		if err != nil {
			t.Fatal(err)
		}
		h.clock.Set(at(t, "2026-11-24 09:05"))
		if b, err := h.Book(t.Context(), by, Request{Hold: held.ID}); err != nil || b.Status != Confirmed {
			t.Errorf("five minutes into the notice: %v, %v", b.Status, err)
		}
	})
}

func TestAHoldThatIsGivenUpIsOver(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, by := h.machine("laser", nil), h.person("maker", nil)
		held, err := h.Hold(t.Context(), by, h.request(laser, "10:00", "11:00"))
		if err != nil {
			t.Fatal(err)
		}
		if held, err = h.Cancel(t.Context(), by, Cancellation{Booking: held.ID}); err != nil || held.Status != Expired {
			t.Fatalf("given up it is %s, %v", held.Status, err)
		}
		_, err = h.Restore(t.Context(), by, held.ID)
		is(t, err, ErrOver)
		h.book(by, laser, "10:00", "11:00")
		h.sound()
	})
}

func TestOnePersonHoldsFiveTimesAtMost(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, by, other := h.machine("laser", nil), h.person("maker", nil), h.person("other", nil)
		hours := []string{"09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00"}
		for i := range mostHolds {
			if _, err := h.Hold(t.Context(), by, h.request(laser, hours[i], hours[i+1])); err != nil {
				t.Fatal(err)
			}
		}
		_, err := h.Hold(t.Context(), by, h.request(laser, "14:00", "15:00"))
		is(t, err, ErrTooManyHolds)
		if _, err := h.Hold(t.Context(), other, h.request(laser, "14:00", "15:00")); err != nil {
			t.Errorf("another person: %v", err)
		}
		h.clock.Advance(holdFor)
		if _, err := h.Hold(t.Context(), by, h.request(laser, "15:00", "16:00")); err != nil {
			t.Errorf("when those are over: %v", err)
		}
	})
}

// Who was suspended, and what was taken out, while a booking waited for its turn
// is seen when the turn comes.
func TestWhatChangesBeforeTheTurnCountsInIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, by := h.machine("laser", nil), h.person("maker", nil)
		suspended := h.holders[by.Member]
		suspended.Suspended = true
		h.becomes = map[id.ID]Holder{by.Member: suspended}
		_, err := h.Book(t.Context(), by, h.request(laser, "10:00", "11:00"))
		refused(t, err, Suspended)
		h.sound()
	})
}

func TestACancellationIsTakenBackWithinAMinute(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser := h.machine("laser", nil)
		h.rules(laser, Rule{Kind: NoticeRule, Params: Params{CreateMin: 30 * 60}}) // restoring is not booking anew
		by, other := h.person("maker", nil), h.person("other", nil)
		b, err := h.Book(t.Context(), h.staff(actor.Manager), Request{Resource: laser.ID, Member: by.Member, StartsAt: h.span("10:00", "11:00").StartsAt,
			EndsAt: h.span("10:00", "11:00").EndsAt, Override: &Override{[]string{TooSoon}, "by telephone"}})
		if err != nil {
			t.Fatal(err)
		}
		b, err = h.Cancel(t.Context(), by, Cancellation{Booking: b.ID})
		if err != nil || b.Status != Cancelled {
			t.Fatalf("%+v, %v", b, err)
		}
		h.clock.Advance(59 * time.Second)
		if b, err = h.Restore(t.Context(), by, b.ID); err != nil || b.Status != Confirmed || b.Sequence != 2 {
			t.Fatalf("restore: %+v, %v", b, err)
		}
		if _, err = h.Cancel(t.Context(), by, Cancellation{Booking: b.ID}); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(61 * time.Second)
		_, err = h.Restore(t.Context(), by, b.ID)
		is(t, err, ErrUndoOver)

		h.rules(laser)
		b = h.book(by, laser, "10:00", "11:00")
		if _, err = h.Cancel(t.Context(), by, Cancellation{Booking: b.ID}); err != nil {
			t.Fatal(err)
		}
		h.book(other, laser, "10:00", "11:00")
		_, err = h.Restore(t.Context(), by, b.ID)
		refused(t, err, Taken)
		h.sound()
	})
}

func TestWhatStaffCancelledOnlyStaffRestore(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, by, desk := h.machine("laser", nil), h.person("maker", nil), h.staff(actor.Desk)
		b := h.book(by, laser, "10:00", "11:00")
		if _, err := h.Cancel(t.Context(), desk, Cancellation{Booking: b.ID}); err != nil {
			t.Fatal(err)
		}
		_, err := h.Restore(t.Context(), by, b.ID)
		is(t, err, ErrCancelledByStaff)
		if b, err = h.Restore(t.Context(), desk, b.ID); err != nil || b.Status != Confirmed {
			t.Errorf("the desk: %v, %v", b.Status, err)
		}
		if want := []string{"booking.cancel", "booking.restore"}; !slices.Equal(h.audited, want) {
			t.Errorf("the audit log has %v, want %v", h.audited, want)
		}
	})
}

func TestACancellationIsOnRecordOnceItsMinuteIsOver(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, by := h.machine("laser", nil), h.person("maker", nil)
		b, err := h.Cancel(t.Context(), by, Cancellation{Booking: h.book(by, laser, "10:00", "11:00").ID})
		if err != nil {
			t.Fatal(err)
		}
		h.clock.Set(b.UndoUntil()) // the letter goes out now
		_, err = h.Restore(t.Context(), by, b.ID)
		is(t, err, ErrUndoOver)
	})
}

func TestNoticeToCreateChangeAndCancel(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	laser := h.machine("laser", nil)
	h.rules(laser, Rule{Kind: NoticeRule, Params: Params{CreateMin: 60, ChangeMin: 120, CancelMin: 180}})
	by := h.person("maker", nil)
	b := h.book(by, laser, "13:00", "14:00")
	if q, err := h.Quote(t.Context(), by, h.request(laser, "15:00", "16:00")); err != nil || !q.FreeUntil.Equal(at(t, "2026-11-24 12:00")) {
		t.Errorf("free until %v, %v", q.FreeUntil, err)
	}
	h.clock.Set(at(t, "2026-11-24 12:01"))
	_, err := h.Book(t.Context(), by, h.request(laser, "13:00", "13:30"))
	refused(t, err, TooSoon, Taken)
	_, err = h.Move(t.Context(), by, Move{Booking: b.ID, StartsAt: at(t, "2026-11-24 16:00")})
	refused(t, err, ChangeTooLate)
	_, err = h.Cancel(t.Context(), by, Cancellation{Booking: b.ID})
	r := refused(t, err, CancelTooLate)
	if said := r.Violations[0].Sentence(i18n.For("zh-CN"), berlin); said != "取消截止时间是 2026年11月24日 周二 10:00。" {
		t.Errorf("said %q", said)
	}
	if _, err = h.Extend(t.Context(), by, Extension{Booking: b.ID, EndsAt: at(t, "2026-11-24 14:30")}); err != nil {
		t.Errorf("extending needs no notice: %v", err)
	}
	o := &Override{[]string{CancelTooLate}, "ill"}
	if _, err = h.Cancel(t.Context(), by, Cancellation{Booking: b.ID, Override: o}); !errors.Is(err, actor.ErrForbidden) {
		t.Errorf("a member overrides: %v", err)
	}
	if _, err = h.Cancel(t.Context(), h.staff(actor.Desk), Cancellation{Booking: b.ID, Override: o}); err != nil {
		t.Errorf("the desk overrides: %v", err)
	}
}

func TestStaffSetRulesAsideWithAReason(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	laser := h.machine("laser", nil)
	h.rules(laser, Rule{Kind: LengthRule, Params: Params{MaxMin: 60}})
	maker, manager := h.person("maker", func(p *Holder) { p.Suspended = true }), h.staff(actor.Manager)
	req := h.request(laser, "10:00", "12:00")
	req.Member = maker.Member
	req.Override = &Override{Rules: []string{TooLong, Suspended}, Reason: "  "}
	_, err := h.Book(t.Context(), manager, req)
	is(t, err, ErrReasonNeeded)
	req.Override.Reason = "exhibition"
	_, err = h.Book(t.Context(), manager, req)
	refused(t, err, Suspended) // is lifted, not overridden
	_, err = h.Book(t.Context(), h.person("other", nil), req)
	is(t, err, ErrNoSuchMember)

	req.Member = h.person("another", nil).Member
	b, err := h.Book(t.Context(), manager, req)
	if err != nil || !slices.Equal(b.Overrides, []string{TooLong}) || b.OverrideReason != "exhibition" || b.BookedBy != manager.Member {
		t.Fatalf("%+v, %v", b, err)
	}
	if want := []string{"rules.edit", "booking.override", "booking.create"}; !slices.Equal(h.audited, want) {
		t.Errorf("the audit log has %v, want %v", h.audited, want)
	}
	h.book(manager, laser, "13:00", "14:00")
	req = h.request(laser, "13:30", "14:30")
	req.Override = &Override{Rules: []string{Taken}, Reason: "mine"}
	_, err = h.Book(t.Context(), manager, req)
	refused(t, err, Taken)
}

// A rule that was set aside for a booking stays so: the walk-in whom the desk
// booked before they confirmed their address may begin.
func TestWhatWasSetAsideIsNotAskedAgain(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, desk := h.machine("laser", nil), h.staff(actor.Desk)
		walkIn := h.person("walk-in", func(p *Holder) { p.Confirmed = false })
		req := h.request(laser, "10:00", "11:00")
		req.Member, req.Override = walkIn.Member, &Override{Rules: []string{EmailUnconfirmed}, Reason: "showed a passport"}
		held, err := h.Hold(t.Context(), desk, req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := h.Book(t.Context(), desk, Request{Hold: held.ID})
		if err != nil {
			t.Fatal(err)
		}
		h.clock.Set(b.StartsAt)
		if b, err = h.CheckIn(t.Context(), desk, b.ID); err != nil || b.Status != InUse {
			t.Errorf("check in: %v, %v", b.Status, err)
		}
	})
}

func TestWhoIsNotInGoodStandingBooksNothing(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	laser := h.machine("laser", nil)
	by := h.person("new", func(p *Holder) { p.Confirmed, p.Suspended = false, true })
	_, err := h.Book(t.Context(), by, h.request(laser, "10:00", "11:00"))
	if r := refused(t, err, EmailUnconfirmed, Suspended); r.Kind() != fault.KindForbidden || r.Code() != EmailUnconfirmed {
		t.Errorf("kind %v, code %s", r.Kind(), r.Code())
	}
	_, err = h.Book(t.Context(), actor.Actor{}, h.request(laser, "10:00", "11:00"))
	is(t, err, actor.ErrSignIn)
}

func TestAStrangersBookingDoesNotExist(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	laser := h.machine("laser", nil)
	mine, other := h.person("mine", nil), h.person("other", nil)
	elsewhere := other
	elsewhere.Roles = nil
	b := h.book(mine, laser, "10:00", "11:00")
	for _, by := range []actor.Actor{other, elsewhere} {
		for what, do := range map[string]func() error{
			"read":      func() error { _, err := h.Booking(t.Context(), by, b.ID); return err },
			"move":      func() error { _, err := h.Move(t.Context(), by, Move{Booking: b.ID}); return err },
			"extend":    func() error { _, err := h.Extend(t.Context(), by, Extension{Booking: b.ID}); return err },
			"cancel":    func() error { _, err := h.Cancel(t.Context(), by, Cancellation{Booking: b.ID}); return err },
			"restore":   func() error { _, err := h.Restore(t.Context(), by, b.ID); return err },
			"check in":  func() error { _, err := h.CheckIn(t.Context(), by, b.ID); return err },
			"check out": func() error { _, err := h.CheckOut(t.Context(), by, b.ID); return err },
			"no-show":   func() error { _, err := h.MarkNoShow(t.Context(), by, b.ID); return err },
			"calendar":  func() error { _, err := h.Calendar(t.Context(), by, b.ID); return err },
			"no id":     func() error { _, err := h.Booking(t.Context(), by, id.New()); return err },
		} {
			if err := do(); !errors.Is(err, ErrNoSuchBooking) {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	if _, err := h.Feed(t.Context(), other, mine.Member); !errors.Is(err, ErrNoSuchMember) {
		t.Errorf("another's feed: %v", err)
	}
	if _, err := h.Bookings(t.Context(), other, Filter{Space: h.space.ID, Member: mine.Member}); !errors.Is(err, ErrNoSuchMember) {
		t.Errorf("another's list: %v", err)
	}
	if page, err := h.Bookings(t.Context(), other, Filter{Space: h.space.ID}); err != nil || len(page.Items) != 0 {
		t.Errorf("one's own list has %v, %v", page.Items, err)
	}
	if b, err := h.Booking(t.Context(), h.staff(actor.Desk), b.ID); err != nil || b.MemberID != mine.Member {
		t.Errorf("the desk reads %v, %v", b, err)
	}
}

func TestCheckInAndOut(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser := h.machine("laser", nil)
		h.rules(laser, Rule{Kind: BufferRule, Params: Params{AfterMin: 15}})
		by, other := h.person("maker", nil), h.person("other", nil)
		b := h.book(by, laser, "10:00", "13:00")
		_, err := h.CheckOut(t.Context(), by, b.ID)
		is(t, err, ErrNotCheckedIn)
		h.clock.Set(at(t, "2026-11-24 09:44"))
		_, err = h.CheckIn(t.Context(), by, b.ID)
		is(t, err, ErrTooEarly)
		h.clock.Set(at(t, "2026-11-24 09:45"))
		if b, err = h.CheckIn(t.Context(), by, b.ID); err != nil || b.Status != InUse {
			t.Fatalf("%+v, %v", b, err)
		}
		_, err = h.Move(t.Context(), by, Move{Booking: b.ID, StartsAt: at(t, "2026-11-24 15:00")})
		is(t, err, ErrStarted)
		_, err = h.Cancel(t.Context(), by, Cancellation{Booking: b.ID})
		is(t, err, ErrStarted)

		h.clock.Set(at(t, "2026-11-24 11:00"))
		if b, err = h.CheckOut(t.Context(), by, b.ID); err != nil || b.Status != Done || !b.CheckedOutAt.Equal(h.clock.Now()) {
			t.Fatalf("%+v, %v", b, err)
		}
		_, err = h.Book(t.Context(), other, h.request(laser, "11:00", "12:00")) // the buffer stays
		refused(t, err, BufferTaken)
		h.book(other, laser, "11:15", "12:45")
		h.sound()
	})
}

func TestSomeoneSuspendedOrUncertifiedByNowDoesNotCheckIn(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	laser := h.machine("laser", nil)
	by := h.person("maker", nil)
	b := h.book(by, laser, "10:00", "11:00")
	h.clock.Set(at(t, "2026-11-24 10:00"))
	p := h.holders[by.Member]
	p.Suspended = true
	h.holders[by.Member] = p
	_, err := h.CheckIn(t.Context(), by, b.ID)
	refused(t, err, Suspended)
}

func TestWhoDoesNotComeLosesTheTime(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, saw := h.machine("laser", nil), h.machine("saw", nil)
		h.rules(laser, Rule{Kind: CheckInRule, Params: Params{ReleaseMin: 15}})
		by, other := h.person("maker", nil), h.person("other", nil)
		missed, kept := h.book(by, laser, "10:00", "12:00"), h.book(by, saw, "10:00", "12:00")
		h.clock.Set(at(t, "2026-11-24 10:14"))
		h.settle()
		if b, _ := h.Booking(t.Context(), by, missed.ID); b.Status != Confirmed {
			t.Errorf("after 14 minutes it is %s", b.Status)
		}
		h.clock.Set(at(t, "2026-11-24 10:15"))
		h.settle()
		if b, _ := h.Booking(t.Context(), by, missed.ID); b.Status != NoShow {
			t.Errorf("after 15 minutes it is %s", b.Status)
		}
		if b, _ := h.Booking(t.Context(), by, kept.ID); b.Status != Confirmed {
			t.Errorf("where no rule asks for a check-in it is %s", b.Status)
		}
		h.book(other, laser, "10:30", "12:00")
		_, err := h.MarkNoShow(t.Context(), by, kept.ID)
		if !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("a member marks themselves: %v", err)
		}
		h.clock.Set(at(t, "2026-11-24 13:01"))
		h.settle()
		if b, _ := h.Booking(t.Context(), by, kept.ID); b.Status != Done {
			t.Errorf("an hour after its end it is %s", b.Status)
		}
		if b, err := h.MarkNoShow(t.Context(), h.staff(actor.Desk), kept.ID); err != nil || b.Status != NoShow {
			t.Errorf("the desk marks it: %v, %v", b.Status, err)
		}
		h.sound()
	})
}

// A desk for the day is booked from midnight on, and nobody comes before the doors open.
func TestADayBeginsWhenTheDoorsOpen(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		desk, by := h.machine("desk", nil), h.person("maker", nil)
		h.rules(desk, Rule{Kind: GridRule, Params: Params{WholeDays: true}}, Rule{Kind: CheckInRule, Params: Params{ReleaseMin: 30}})
		day := Span{at(t, "2026-11-24 00:00"), at(t, "2026-11-25 00:00")}
		b, err := h.Book(t.Context(), by, Request{Resource: desk.ID, StartsAt: day.StartsAt, EndsAt: day.EndsAt})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			at   string
			want Status
		}{{"00:45", Confirmed}, {"09:29", Confirmed}, {"09:30", NoShow}} {
			h.clock.Set(at(t, "2026-11-24 "+c.at))
			h.settle()
			if b, _ = h.Booking(t.Context(), by, b.ID); b.Status != c.want {
				t.Errorf("at %s it is %s, want %s", c.at, b.Status, c.want)
			}
		}
	})
}

func TestABookingNobodyCameToIsANoShowAtItsEndAtTheLatest(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, by := h.machine("laser", nil), h.person("maker", nil)
		h.rules(laser, Rule{Kind: CheckInRule, Params: Params{ReleaseMin: 30}})
		short := h.book(by, laser, "10:00", "10:15")
		h.clock.Set(at(t, "2026-11-24 10:14"))
		h.settle()
		h.clock.Set(at(t, "2026-11-24 10:16"))
		h.settle()
		if b, _ := h.Booking(t.Context(), by, short.ID); b.Status != NoShow {
			t.Errorf("after its end it is %s", b.Status)
		}
		h.sound()
	})
}

// However many others run and ask for no check-in.
func TestNobodyIsForgottenBehindTheFirstBatch(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		locker := h.machine("locker", func(r *Resource) { r.Units = batch })
		laser, by := h.machine("laser", nil), h.person("maker", nil)
		h.rules(laser, Rule{Kind: CheckInRule, Params: Params{ReleaseMin: 15}})
		var running []Booking
		for n := range batch {
			running = append(running, Booking{ID: id.New(), SpaceID: h.space.ID, ResourceID: locker.ID, Unit: n + 1, MemberID: by.Member,
				BookedBy: by.Member, Status: Confirmed, StartsAt: at(t, "2026-11-23 09:00"), EndsAt: at(t, "2026-11-30 09:00"), Currency: "EUR"})
		}
		if err := h.Enter(t.Context(), actor.House, running); err != nil {
			t.Fatal(err)
		}
		missed := h.book(by, laser, "10:00", "12:00")
		h.clock.Set(at(t, "2026-11-24 10:15"))
		h.settle()
		if b, _ := h.Booking(t.Context(), by, missed.ID); b.Status != NoShow {
			t.Errorf("it is %s", b.Status)
		}
	})
}

func TestABacklogIsSettledBatchByBatch(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		desk, by := h.machine("desk", nil), h.person("maker", nil)
		var past []Booking
		for n := range 2*batch + 1 {
			start := h.clock.Now().Add(-time.Duration(n+3) * time.Hour)
			past = append(past, Booking{ID: id.New(), SpaceID: h.space.ID, ResourceID: desk.ID, Unit: 1, MemberID: by.Member, BookedBy: by.Member,
				Status: Confirmed, StartsAt: start, EndsAt: start.Add(time.Hour), Currency: "EUR"})
		}
		if err := h.Enter(t.Context(), actor.House, past); err != nil {
			t.Fatal(err)
		}
		h.settle()
		var left int64
		if err := d.In(t.Context()).Raw("SELECT COUNT(*) FROM bookings WHERE status <> 'done'").Scan(&left).Error; err != nil || left > 0 {
			t.Errorf("%d are not done, %v", left, err)
		}
		h.sound()
	})
}

func (h *house) settle() {
	h.t.Helper()
	if err := h.Settle(context.Background()); err != nil {
		h.t.Fatal(err)
	}
}

func TestAClosureTellsWhomItWouldHit(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		saw := h.machine("saw", nil)
		shop := h.machine("shop", func(r *Resource) { r.Within = []Resource{saw} })
		by, manager := h.person("maker", nil), h.staff(actor.Manager)
		reason := i18n.Text{EN: "New blade", ZH: "换锯片"}
		b := h.book(by, saw, "10:00", "11:00")
		h.book(by, saw, "14:00", "15:00")
		_, err := h.Close(t.Context(), manager, shop.ID, h.span("09:00", "12:00"), reason)
		var hit InTheWay
		if !errors.As(err, &hit) || len(hit.Bookings) != 1 || hit.Bookings[0].ID != b.ID {
			t.Fatalf("close: %v", err)
		}
		if f, ok := fault.As(err); !ok || f.Kind != fault.KindConflict {
			t.Errorf("to who knows no closures it is %v", err)
		}
		if list, err := h.InTheWay(t.Context(), manager, shop.ID, h.span("09:00", "15:00")); err != nil || len(list) != 2 {
			t.Errorf("in the way: %v, %v", list, err)
		}
		if _, err := h.Close(t.Context(), by, shop.ID, h.span("11:00", "12:00"), reason); !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("a member closes: %v", err)
		}
		c, err := h.Close(t.Context(), manager, shop.ID, h.span("11:00", "12:00"), reason)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []Resource{saw, shop} {
			_, err = h.Book(t.Context(), by, h.request(r, "11:30", "12:30"))
			if r := refused(t, err, ClosedThen); r.Kind() != fault.KindConflict {
				t.Errorf("kind %v", r.Kind())
			}
		}
		_, err = h.Close(t.Context(), manager, saw.ID, h.span("11:15", "11:45"), reason)
		is(t, err, ErrAlreadyClosed)
		if list, err := h.Closures(t.Context(), by, h.space.ID, h.clock.Now()); err != nil || len(list) != 1 || list[0].Reason != reason {
			t.Errorf("closures: %v, %v", list, err)
		}
		if _, err = h.Lift(t.Context(), manager, c.ID); err != nil {
			t.Fatal(err)
		}
		h.book(by, saw, "11:30", "12:30")
		if list, err := h.Closures(t.Context(), by, h.space.ID, h.clock.Now()); err != nil || len(list) != 0 {
			t.Errorf("closures that stand: %v, %v", list, err)
		}
		h.sound()
	})
}

func TestBookingsComeInPages(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		pool := h.machine("printer", func(r *Resource) { r.Units = 3 })
		by := h.person("maker", nil)
		for _, from := range []string{"10:00", "10:00", "10:00", "12:00", "14:00"} {
			h.book(by, pool, from, from[:3]+"30")
		}
		for _, latest := range []bool{false, true} {
			var starts []string
			f := Filter{Space: h.space.ID, Latest: latest, Limit: 2, From: h.clock.Now()}
			for pages := 1; ; pages++ {
				page, err := h.Bookings(t.Context(), by, f)
				if err != nil {
					t.Fatal(err)
				}
				for _, b := range page.Items {
					starts = append(starts, i18n.For("en").Clock(b.StartsAt, berlin))
				}
				if f.Cursor = page.Next; f.Cursor == "" {
					if pages != 3 {
						t.Errorf("%d pages", pages)
					}
					break
				}
			}
			want := []string{"10:00", "10:00", "10:00", "12:00", "14:00"}
			if latest {
				slices.Reverse(want)
			}
			if !slices.Equal(starts, want) {
				t.Errorf("latest %v: %v", latest, starts)
			}
		}
		_, err := h.Bookings(t.Context(), by, Filter{Cursor: "nonsense"})
		is(t, err, ErrCursor)
	})
}

func TestExtensionsArePricedWhenTheyAreMade(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	laser := h.machine("laser", nil)
	h.rules(laser, Rule{Kind: GridRule, Params: Params{StepMin: 5}})
	h.priced(laser, Price{Form: PerStep, StepMin: 10, Amount: eur(100)})
	by := h.person("maker", nil)
	b := h.book(by, laser, "10:00", "10:25")
	if b.Price() != eur(300) {
		t.Fatalf("25 minutes cost %v", b.Price())
	}
	h.priced(laser, Price{Form: PerStep, StepMin: 10, Amount: eur(200)})
	b, err := h.Extend(t.Context(), by, Extension{Booking: b.ID, EndsAt: at(t, "2026-11-24 10:30")})
	if err != nil || b.Price() != eur(300) {
		t.Errorf("the third step was paid already, yet it is %v, %v", b.Price(), err)
	}
	b, err = h.Extend(t.Context(), by, Extension{Booking: b.ID, EndsAt: at(t, "2026-11-24 10:35")})
	if err != nil || b.Price() != eur(500) || len(b.PriceLines) != 3 || !b.PriceLines[2].Extension {
		t.Errorf("one step more at the new price: %v, %+v, %v", b.Price(), b.PriceLines, err)
	}
	h.book(by, laser, "11:00", "12:00")
	_, err = h.Extend(t.Context(), by, Extension{Booking: b.ID, EndsAt: at(t, "2026-11-24 11:05")})
	refused(t, err, Taken)
	_, err = h.Extend(t.Context(), by, Extension{Booking: b.ID, EndsAt: at(t, "2026-11-24 10:35")})
	is(t, err, ErrNotLater)
	h.sound()
}

func TestEveryLaterEndThatIsOfferedCanBeHad(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, by, other := h.machine("laser", nil), h.person("maker", nil), h.person("other", nil)
		h.rules(laser, Rule{Kind: LengthRule, Params: Params{MaxMin: 120}}, Rule{Kind: BufferRule, Params: Params{AfterMin: 15}})
		ends := func(b Booking) []string {
			t.Helper()
			list, against, err := h.LaterEnds(t.Context(), by, b.ID, 10)
			if err != nil || (len(list) > 0) != (len(against) == 0) {
				t.Fatalf("%v, against it %v, %v", list, against, err)
			}
			walls := []string{}
			for _, end := range list {
				walls = append(walls, end.In(berlin).Format("15:04"))
				if _, err := h.Extend(t.Context(), by, Extension{Booking: b.ID, EndsAt: end}); err != nil {
					t.Errorf("%s was offered: %v", end.In(berlin).Format("15:04"), err)
				}
			}
			return walls
		}
		h.book(other, laser, "12:00", "13:00")
		if got, want := ends(h.book(by, laser, "10:00", "11:00")), []string{"11:15", "11:30", "11:45"}; !slices.Equal(got, want) {
			t.Errorf("before another: %v, want %v", got, want) // a quarter of an hour after it is kept free
		}
		if got, want := ends(h.book(by, laser, "14:00", "15:30")), []string{"15:45", "16:00"}; !slices.Equal(got, want) {
			t.Errorf("up to the longest: %v, want %v", got, want)
		}
		if got, want := ends(h.book(by, laser, "20:00", "20:30")), []string{"20:45", "21:00"}; !slices.Equal(got, want) {
			t.Errorf("before the doors close: %v, want %v", got, want)
		}
		if got := ends(h.book(by, laser, "17:00", "19:00")); len(got) > 0 {
			t.Errorf("as long as it gets: %v", got)
		}
		days := h.machine("days", nil)
		h.rules(days, Rule{Kind: GridRule, Params: Params{WholeDays: true}}, Rule{Kind: LengthRule, Params: Params{MinMin: dayMin, MaxMin: 3 * dayMin}})
		b, err := h.Book(t.Context(), by, Request{Resource: days.ID, StartsAt: at(t, "2026-11-24 00:00"), EndsAt: at(t, "2026-11-25 00:00")})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := ends(b), []string{"00:00", "00:00"}; !slices.Equal(got, want) {
			t.Errorf("whole days: %v, want %v", got, want)
		}
	})
}

// Hours are looked at to the end of the shortest length, however long that is.
func TestALongShortestLengthIsOffered(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	desk, by := h.machine("desk", nil), h.person("maker", nil)
	h.rules(desk, Rule{Kind: GridRule, Params: Params{WholeDays: true}}, Rule{Kind: LengthRule, Params: Params{MinMin: 28 * dayMin}})
	slots, err := h.Availability(t.Context(), by, Window{Resource: desk.ID, From: at(t, "2026-11-24 00:00"), To: at(t, "2026-11-25 00:00")})
	if err != nil || len(slots) != 1 || !slots[0].Bookable {
		t.Fatalf("%+v, %v", slots, err)
	}
}

// A month of a full pool by the minute is answered at once: it was 48 seconds.
func TestAMonthOfAFullPoolIsAnsweredAtOnce(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	pool, by := h.machine("printer", func(r *Resource) { r.Units = 12 }), h.person("maker", nil)
	h.rules(pool, Rule{Kind: GridRule, Params: Params{StepMin: 1}})
	from := at(t, "2026-11-24 00:00")
	var full []Booking
	for n := range 31 * 8 * pool.Units {
		start := from.Add(time.Duration(n/pool.Units) * 3 * time.Hour)
		full = append(full, Booking{ID: id.New(), SpaceID: h.space.ID, ResourceID: pool.ID, Unit: n%pool.Units + 1, MemberID: by.Member, BookedBy: by.Member,
			Status: Confirmed, StartsAt: start, EndsAt: start.Add(2 * time.Hour), Currency: "EUR"})
	}
	if err := h.Enter(t.Context(), actor.House, full); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := h.Availability(ctx, by, Window{Resource: pool.ID, From: from, To: from.Add(31 * 24 * time.Hour), Length: 30}); err != nil {
		t.Fatal(err)
	}
}

func TestRulesThatCannotBeAreRefused(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	laser := h.machine("laser", nil)
	own := Scope{Space: h.space.ID, Resource: laser.ID}
	for name, c := range map[string]struct {
		scope Scope
		rule  Rule
		want  *fault.Error
	}{
		"no such kind":         {own, Rule{Kind: "mood"}, ErrRuleKind},
		"a grid of nothing":    {own, Rule{Kind: GridRule}, ErrRuleParams},
		"longest below least":  {own, Rule{Kind: LengthRule, Params: Params{MinMin: 60, MaxMin: 30}}, ErrRuleParams},
		"less than nothing":    {own, Rule{Kind: NoticeRule, Params: Params{CreateMin: -1}}, ErrRuleParams},
		"hours the wrong way":  {own, Rule{Kind: AheadRule, FromMin: 600, ToMin: 500}, ErrRuleHours},
		"for nobody":           {own, Rule{Kind: AheadRule, Audience: "friends"}, ErrRuleAudience},
		"two scopes":           {Scope{Space: h.space.ID, Kind: "laser", Area: h.area}, Rule{Kind: AheadRule}, ErrRuleScope},
		"no such machine":      {Scope{Space: h.space.ID, Resource: id.New()}, Rule{Kind: AheadRule}, ErrNoSuchResource},
		"first what is not":    {own, Rule{Kind: FirstRule, Params: Params{Resource: id.New()}}, ErrNoSuchResource},
		"first itself":         {Scope{Space: h.space.ID}, Rule{Kind: FirstRule, Params: Params{Resource: laser.ID}}, ErrRuleItself},
		"need of another kind": {own, Rule{Kind: HoursRule, Params: Params{Need: "mostly"}}, ErrRuleParams},
	} {
		if err := h.SetRules(t.Context(), h.staff(actor.Manager), c.scope, []Rule{c.rule}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := h.SetRules(t.Context(), h.staff(actor.Desk), own, nil); !errors.Is(err, actor.ErrForbidden) {
		t.Errorf("the desk sets rules: %v", err)
	}
	if err := h.SetPrices(t.Context(), h.staff(actor.Manager), laser.ID, []Price{{Form: PerStep, Amount: eur(1)}}); !errors.Is(err, ErrPriceStep) {
		t.Errorf("a step of nothing: %v", err)
	}
}

func TestRulesOfEveryScopeAreFound(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, saw := h.machine("laser", nil), h.machine("saw", nil)
		for _, scope := range []Scope{{}, {Area: h.area}, {Kind: "laser"}, {Resource: laser.ID}, {Kind: "saw"}} {
			scope.Space = h.space.ID
			for range 2 { // the second replaces the first
				if err := h.SetRules(t.Context(), actor.House, scope, []Rule{{Kind: AheadRule, Params: Params{Days: 9}}}); err != nil {
					t.Fatal(err)
				}
			}
			if rules, err := h.Rules(t.Context(), actor.House, scope); err != nil || len(rules) != 1 || rules[0].ToMin != dayMin {
				t.Errorf("%+v has %v, %v", scope, rules, err)
			}
		}
		for r, want := range map[id.ID]int{laser.ID: 4, saw.ID: 3} {
			if rules, err := h.RulesFor(t.Context(), actor.Actor{}, r); err != nil || len(rules) != want {
				t.Errorf("%d rules, want %d, %v", len(rules), want, err)
			}
		}
	})
}

func TestARuleThatStaysKeepsItsIdAndSaysWhatComesFirst(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		shop, saw := h.machine("shop", nil), h.machine("saw", nil)
		h.rules(saw, Rule{Kind: FirstRule, Params: Params{Resource: shop.ID}})
		scope := Scope{Space: h.space.ID, Resource: saw.ID}
		before, err := h.Rules(t.Context(), actor.House, scope)
		if err != nil || len(before) != 1 {
			t.Fatal(before, err)
		}
		if got, want := before[0].Sentence(i18n.For("en")), "Only together with a booking of "+shop.Name.EN; got != want {
			t.Errorf("a member reads %q, want %q", got, want)
		}
		if err := h.SetRules(t.Context(), actor.House, scope, append(before, Rule{Kind: LengthRule, Params: Params{MaxMin: 60}})); err != nil {
			t.Fatal(err)
		}
		after, err := h.Rules(t.Context(), actor.House, scope)
		if err != nil || len(after) != 2 || after[0].ID != before[0].ID {
			t.Errorf("%v became %v, %v", before, after, err)
		}
	})
}

func TestVerifyFindsWhatDoesNotFit(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser := h.machine("laser", nil)
		by := h.person("maker", nil)
		a, b := h.book(by, laser, "10:00", "11:00"), h.book(by, laser, "11:00", "12:00")
		c := h.book(by, laser, "12:00", "13:00")
		h.sound()
		if d.Dialect() == db.SQLite {
			h.exec("DROP TRIGGER occupancies_no_overlap_update")
		} else {
			h.exec("ALTER TABLE occupancies DROP CONSTRAINT occupancies_no_overlap")
		}
		h.exec("UPDATE occupancies SET ends_at = ends_at + 600 WHERE cause_id = ?", a.ID)
		h.exec("DELETE FROM occupancies WHERE cause_id = ?", b.ID)
		h.exec("UPDATE occupancies SET starts_at = starts_at - 3600 WHERE cause_id = ?", c.ID)
		h.exec("UPDATE bookings SET status = 'cancelled' WHERE id = ?", c.ID)
		found, err := h.Verify(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var what []string
		for _, f := range found {
			what = append(what, f.What)
		}
		if !slices.Equal(what, []string{"overlap", "nothing held", "held for nothing"}) || found[1].Subject != b.ID {
			t.Errorf("found %+v", found)
		}
	})
}

func TestTheHouseEntersBookingsAsTheyWere(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser := h.machine("laser", nil)
		h.rules(laser, Rule{Kind: BufferRule, Params: Params{AfterMin: 10}})
		by := h.person("maker", nil)
		entry := func(day, from, to string, status Status) Booking {
			return Booking{ID: id.New(), SpaceID: h.space.ID, ResourceID: laser.ID, Unit: 1, Places: 1, MemberID: by.Member, BookedBy: by.Member,
				Status: status, StartsAt: at(t, day+" "+from), EndsAt: at(t, day+" "+to), Currency: "EUR", Version: 1}
		}
		list := []Booking{
			entry("2026-10-01", "10:00", "11:00", Done), entry("2026-10-01", "10:00", "11:00", Cancelled),
			entry("2026-10-01", "11:10", "12:00", NoShow), entry("2026-11-24", "10:00", "11:00", Confirmed),
		}
		if err := h.Enter(t.Context(), by, list); !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("a member enters: %v", err)
		}
		if err := h.Enter(t.Context(), actor.House, list); err != nil {
			t.Fatal(err)
		}
		_, err := h.Book(t.Context(), by, h.request(laser, "11:00", "12:00"))
		refused(t, err, BufferTaken)
		is(t, h.Enter(t.Context(), actor.House, []Booking{entry("2026-11-24", "10:30", "11:30", Confirmed)}), ErrTaken)
		h.sound()
	})
}
