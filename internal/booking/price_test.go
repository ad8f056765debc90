package booking

import (
	"testing"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/internal/testkit"
)

// The list of the FabLab Lübeck: laser EUR 1 per started 10 minutes, lathe EUR 5
// per started 10 minutes, CNC mill EUR 10 an hour, 3D printer EUR 1 an hour;
// members pay half.
func TestThePricesOfFabLabLuebeck(t *testing.T) {
	lists := map[string][]Price{}
	for name, p := range map[string]Price{
		"laser":      {Form: PerStep, StepMin: 10, Amount: eur(100)},
		"lathe":      {Form: PerStep, StepMin: 10, Amount: eur(500)},
		"CNC mill":   {Form: PerHour, Amount: eur(1000)},
		"3D printer": {Form: PerHour, Amount: eur(100)},
	} {
		p.ToMin = dayMin
		half := p
		half.Group, half.Amount.Minor = "member", p.Amount.Minor/2
		lists[name] = []Price{half, p}
	}
	for _, c := range []struct {
		machine string
		minutes int
		group   string
		want    int64
	}{
		{"laser", 61, Guest, 700},
		{"laser", 61, "member", 350},
		{"laser", 60, Guest, 600},
		{"laser", 1, Guest, 100},
		{"lathe", 25, Guest, 1500},
		{"lathe", 25, "member", 750},
		{"CNC mill", 60, Guest, 1000},
		{"CNC mill", 90, "member", 750},
		{"CNC mill", 1, Guest, 17}, // 16.67 cents
		{"3D printer", 24 * 60, Guest, 2400},
		{"3D printer", 45, "member", 38}, // 37.5 cents, half away from zero
	} {
		start := at(t, "2026-11-24 10:00")
		r := Resource{ID: "r", Units: 1, Bookable: true}
		holder := Holder{ID: "h", Confirmed: true, Plans: []PlanRun{{Plan: "p", Group: c.group}}}
		f := &facts{now: start, space: Space{Zone: berlin, Currency: "EUR"}, holder: holder, prices: map[id.ID][]Price{r.ID: lists[c.machine]}}
		v, err := evaluate(f, ask{verb: create, resource: r, places: 1, Span: Span{start, start.Add(minutes(c.minutes))}})
		if err != nil || v.price != eur(c.want) {
			t.Errorf("%s, %d min, %s: %v, %v, want %d", c.machine, c.minutes, c.group, v.price, err, c.want)
		}
	}
}

func TestTheFirstPriceThatFitsIsTaken(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	bench := h.machine("bench", func(r *Resource) { r.Units, r.Places = 3, true })
	h.priced(bench,
		Price{Group: "member", Weekdays: 1 << 1, FromMin: 18 * 60, ToMin: dayMin, Form: Flat, Amount: eur(250)}, // Tuesday evening
		Price{Group: "member", Form: PerHour, Amount: eur(300)},
		Price{Form: PerHour, Amount: eur(600)})
	from := at(t, "2026-11-24 12:00")
	maker := h.person("maker", func(p *Holder) { p.Plans = []PlanRun{{Plan: "maker", Group: "member", StartsAt: from}} })
	for _, c := range []struct {
		from, to string
		places   int
		want     int64
	}{
		{"10:00", "11:00", 1, 600}, // before the plan begins
		{"12:00", "13:30", 1, 450},
		{"12:00", "13:30", 2, 900}, // each place
		{"17:00", "19:00", 1, 600}, // by the start
		{"18:00", "21:00", 1, 250},
	} {
		req := h.request(bench, c.from, c.to)
		req.Places = c.places
		q, err := h.Quote(t.Context(), maker, req)
		if err != nil || !q.Bookable() || q.Price != eur(c.want) || q.Lines[0].Amount != eur(c.want) {
			t.Errorf("%s to %s for %d: %v %v, %v, want %d", c.from, c.to, c.places, q.Price, q.Violations, err, c.want)
		}
	}
}

func TestTimeThatPassesIsBilled(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	h.opens("everyone", 0, 24*60)
	printer := h.machine("printer", nil)
	h.rules(printer, Rule{Kind: LengthRule, Params: Params{MaxMin: 24 * 60}}, Rule{Kind: GridRule, Params: Params{StepMin: 30}})
	h.priced(printer, Price{Form: PerHour, Amount: eur(100)})
	by := h.person("maker", nil)
	for _, c := range []struct {
		name, from, to string
		want           int64
	}{
		{"an ordinary day", "2027-03-26 12:00", "2027-03-27 12:00", 2400},
		{"the clocks go forward", "2027-03-27 12:00", "2027-03-28 12:00", 2300},
		{"the clocks go back", "2027-10-30 12:00", "2027-10-31 12:00", 2500}, // and 24 hours on the clock are not too long
	} {
		b, err := h.Book(t.Context(), by, Request{Resource: printer.ID, StartsAt: at(t, c.from), EndsAt: at(t, c.to)})
		if err != nil || b.Price() != eur(c.want) {
			t.Errorf("%s: %v, %v, want %d", c.name, b.Price(), err, c.want)
		}
	}
}

func TestAPriceNeverOverflows(t *testing.T) {
	p := Price{Form: PerStep, StepMin: 1, Amount: money.Of(100_000_000, "EUR")}
	start := clock.Unix(0)
	if _, err := p.line(Span{start, start.Add(366 * 24 * time.Hour)}, mostPlaces); err == nil {
		t.Error("an amount too large to be kept was not refused")
	}
}
