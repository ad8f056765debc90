package booking

import (
	"slices"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/testkit"
)

func TestRulesSpeakOfTheirHoursDaysAndPeople(t *testing.T) {
	pro := func(p *Holder) { p.Plans = []PlanRun{{Plan: "pro", Group: "member", KeyHolder: true}} }
	for _, c := range []struct {
		name     string
		rules    []Rule
		who      func(*Holder)
		day      string
		from, to string
		places   int
		want     []string
	}{
		{"strictest of two lengths", []Rule{{Kind: LengthRule, Params: Params{MaxMin: 120}}, {Kind: LengthRule, Params: Params{MaxMin: 60}}}, nil, "24", "10:00", "11:30", 1, []string{TooLong}},
		{"a length for another day", []Rule{{Kind: LengthRule, Weekdays: 1 << 5, Params: Params{MaxMin: 60}}}, nil, "24", "10:00", "12:00", 1, nil},
		{"a length for its day", []Rule{{Kind: LengthRule, Weekdays: 1 << 1, Params: Params{MaxMin: 60}}}, nil, "24", "10:00", "12:00", 1, []string{TooLong}},
		{"evening hours, touched", []Rule{{Kind: LengthRule, FromMin: 1080, ToMin: 1260, Params: Params{MaxMin: 60}}}, nil, "24", "17:00", "18:30", 1, []string{TooLong}},
		{"evening hours, before", []Rule{{Kind: LengthRule, FromMin: 1080, ToMin: 1260, Params: Params{MaxMin: 60}}}, nil, "24", "16:00", "18:00", 1, nil},
		{"a buddy after eight", []Rule{{Kind: PeopleRule, FromMin: 1200, ToMin: 1440, Params: Params{AtLeast: 2}}}, nil, "24", "19:00", "20:30", 1, []string{TooFewPeople}},
		{"a buddy is there", []Rule{{Kind: PeopleRule, FromMin: 1200, ToMin: 1440, Params: Params{AtLeast: 2}}}, nil, "24", "19:00", "20:30", 2, nil},
		{"a rule for guests", []Rule{{Kind: AheadRule, Audience: "group:guest", Params: Params{Days: 0}}}, nil, "24", "10:00", "11:00", 1, []string{TooFarAhead}},
		{"a rule for guests, not for Pro", []Rule{{Kind: AheadRule, Audience: "group:guest", Params: Params{Days: 0}}}, pro, "24", "10:00", "11:00", 1, nil},
		{"a rule for Pro", []Rule{{Kind: AheadRule, Audience: "plan:pro", Params: Params{Days: 0}}}, pro, "24", "10:00", "11:00", 1, []string{TooFarAhead}},
		{"a rule for members' role", []Rule{{Kind: AheadRule, Audience: "role:member", Params: Params{Days: 0}}}, nil, "24", "10:00", "11:00", 1, []string{TooFarAhead}},
		{"a rule for instructors", []Rule{{Kind: AheadRule, Audience: "role:instructor", Params: Params{Days: 0}}}, nil, "24", "10:00", "11:00", 1, nil},
		{"seven days and today: the last", []Rule{{Kind: AheadRule, Params: Params{Days: 7}}}, nil, "30", "20:00", "21:00", 1, nil},
		{"six days and today: one too many", []Rule{{Kind: AheadRule, Params: Params{Days: 6}}}, nil, "30", "09:00", "10:00", 1, []string{TooFarAhead}},
		{"before the doors open", nil, nil, "24", "08:00", "10:00", 1, []string{OutsideHours}},
		{"key holders come earlier", nil, pro, "24", "08:00", "10:00", 1, nil},
		{"past closing", nil, nil, "24", "20:00", "22:00", 1, []string{OutsideHours}},
		{"works on alone", []Rule{{Kind: HoursRule, Params: Params{Need: needStart}}}, nil, "24", "20:00", "23:00", 1, nil},
		{"begins alone", []Rule{{Kind: HoursRule, Params: Params{Need: needStart}}}, nil, "24", "22:00", "23:00", 1, []string{OutsideHours}},
		{"any hour", []Rule{{Kind: HoursRule, Params: Params{Need: needNone}}}, nil, "24", "22:00", "23:00", 1, nil},
		{"any hour, but the strictest counts", []Rule{{Kind: HoursRule, Params: Params{Need: needNone}}, {Kind: HoursRule, Params: Params{Need: needStart}}}, nil, "24", "22:00", "23:00", 1, []string{OutsideHours}},
		{"fixed starts", []Rule{{Kind: GridRule, Params: Params{StepMin: 60, StartsMin: []int{540, 780}}}}, nil, "24", "13:00", "15:00", 1, nil},
		{"beside fixed starts", []Rule{{Kind: GridRule, Params: Params{StepMin: 60, StartsMin: []int{540, 780}}}}, nil, "24", "10:00", "11:00", 1, []string{OffGrid}},
		{"length off the grid", []Rule{{Kind: GridRule, Params: Params{StepMin: 30}}}, nil, "24", "10:00", "10:45", 1, []string{OffGrid}},
		{"no grid: quarter hours", nil, nil, "24", "10:15", "10:45", 1, nil},
		{"yesterday", nil, nil, "22", "10:00", "11:00", 1, []string{InThePast}},
		{"a holiday", nil, nil, "25", "10:00", "11:00", 1, []string{Holiday}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, testkit.DB(t))
			h.feasts = []Feast{{Span{at(t, "2026-11-25 00:00"), at(t, "2026-11-26 00:00")}, i18n.Text{EN: "Founders' day"}}}
			saw := h.machine("saw", nil)
			h.rules(saw, c.rules...)
			req := Request{Resource: saw.ID, StartsAt: at(t, "2026-11-"+c.day+" "+c.from), EndsAt: at(t, "2026-11-"+c.day+" "+c.to), Places: c.places}
			q, err := h.Quote(t.Context(), h.person("maker", c.who), req)
			if got := (Refusal{Violations: q.Violations}).Codes(); err != nil || !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 {
				t.Errorf("told %v, %v, want %v", got, err, c.want)
			}
		})
	}
}

func TestADeskIsBookedByTheDay(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	h.opens("everyone", 14*60, 21*60)
	week := h.week["everyone"]
	week[6] = [2]int{} // closed on Sunday
	h.week["everyone"] = week
	desk := h.machine("desk", func(r *Resource) { r.Units = 2 })
	h.rules(desk, Rule{Kind: GridRule, Params: Params{WholeDays: true}}, Rule{Kind: LengthRule, Params: Params{MinMin: 1440, MaxMin: 5 * 1440}})
	h.priced(desk, Price{Form: Flat, Amount: eur(1500)})
	by := h.person("maker", nil)
	day := func(d clock.Day) clock.Instant { return d.Start(berlin) }

	slots, err := h.Availability(t.Context(), by, Window{Resource: desk.ID, From: day("2027-03-25"), To: day("2027-04-01")})
	if err != nil || len(slots) != 7 {
		t.Fatalf("%d days, %v", len(slots), err)
	}
	for _, s := range slots {
		d := clock.DayOf(s.StartsAt, berlin)
		if s.Bookable == (d.Weekday() == 7) || !s.EndsAt.Equal(day(d.Add(1))) {
			t.Errorf("%s: until %v, bookable %v", d, s.EndsAt, s.Bookable)
		}
	}
	h.opens("everyone", 14*60, 21*60)
	b, err := h.Book(t.Context(), by, Request{Resource: desk.ID, StartsAt: day("2027-03-28"), EndsAt: day("2027-03-29")}) // 23 hours
	if err != nil || b.EndsAt.Sub(b.StartsAt) != 23*time.Hour {
		t.Errorf("%+v, %v", b, err)
	}
	_, err = h.Book(t.Context(), by, Request{Resource: desk.ID, StartsAt: at(t, "2026-11-24 14:00"), EndsAt: at(t, "2026-11-24 18:00")})
	refused(t, err, OffGrid, TooShort)
}

func TestAvailabilityShowsEveryStartAndWhyNot(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	laser := h.machine("laser", nil)
	h.rules(laser, Rule{Kind: GridRule, Params: Params{StepMin: 60}}, Rule{Kind: LengthRule, Params: Params{MinMin: 60, MaxMin: 120}})
	by, other := h.person("maker", nil), h.person("other", nil)
	b := h.book(other, laser, "12:00", "14:00")
	window := Window{Resource: laser.ID, From: at(t, "2026-11-24 00:00"), To: at(t, "2026-11-25 00:00"), Length: 120}
	slots, err := h.Availability(t.Context(), by, window)
	if err != nil {
		t.Fatal(err)
	}
	var bookable, not []string
	for _, s := range slots {
		shown := i18n.For("en").Clock(s.StartsAt, berlin)
		if s.Bookable {
			bookable = append(bookable, shown)
			continue
		}
		not = append(not, shown+" "+s.Violations[0].Code)
		if s.Violations[0].Remedy == nil {
			t.Errorf("%s: no remedy", shown)
		}
	}
	if want := []string{"09:00", "10:00", "14:00", "15:00", "16:00", "17:00", "18:00", "19:00"}; !slices.Equal(bookable, want) {
		t.Errorf("bookable %v, want %v", bookable, want)
	}
	if want := []string{"11:00 taken", "12:00 taken", "13:00 taken", "20:00 outside_hours"}; !slices.Equal(not, want) {
		t.Errorf("not %v, want %v", not, want)
	}
	if said := slots[3].Violations[0].Remedy.Sentence(i18n.For("en"), berlin); said != "Nearest free: 10:00, 14:00, 15:00." {
		t.Errorf("said %q", said)
	}

	if stranger, err := h.Availability(t.Context(), actor.Actor{}, window); err != nil || len(stranger) != len(slots) {
		t.Errorf("a visitor sees %d, %v", len(stranger), err)
	}
	window.Moving = b.ID
	slots, err = h.Availability(t.Context(), other, window)
	if err != nil || !slots[2].Bookable {
		t.Errorf("where one's own booking lies, it can be moved to: %+v, %v", slots[2], err)
	}
}

func TestThePoolTellsHowManyAreFree(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	pool := h.machine("printer", func(r *Resource) { r.Units = 3 })
	by := h.person("maker", nil)
	h.book(by, pool, "10:00", "11:00")
	h.book(by, pool, "10:00", "11:00")
	slots, err := h.Availability(t.Context(), by, Window{Resource: pool.ID, From: at(t, "2026-11-24 10:00"), To: at(t, "2026-11-24 10:15"), Length: 60})
	if err != nil || len(slots) != 1 || slots[0].UnitsFree != 1 || !slots[0].Bookable {
		t.Errorf("%+v, %v", slots, err)
	}
	req := h.request(pool, "10:00", "11:00")
	req.Unit = 1
	q, err := h.Quote(t.Context(), by, req)
	if err != nil || !slices.Equal((Refusal{Violations: q.Violations}).Codes(), []string{Taken}) {
		t.Errorf("the first one is taken, and yet %v, %v", q.Violations, err)
	}
	req.Unit = 4
	_, err = h.Quote(t.Context(), by, req)
	is(t, err, ErrNoSuchUnit)
}
