package web

import (
	"cmp"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/events"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/reports"
	"guildhall/internal/spaces"
	"guildhall/web/view"
)

// machines is the catalogue with what is free now, all of it or one family.
func (s *Server) machines(c echo.Context) error {
	f := s.frame(c)
	floor, err := s.floor(c, f, 1)
	if err != nil {
		return err
	}
	p := view.MachinesProps{Open: floor.openLine(f)}
	if p.For, err = s.someone(c, f, "booking.create"); err != nil {
		return err
	}
	family := equipment.Family(c.QueryParam("family"))
	if !slices.Contains(equipment.Families, family) {
		family = ""
	}
	p.Chips = floor.chips(f, family, c.QueryParam("free") != "")
	for _, area := range floor.areas {
		if family != "" && area.Family != family {
			continue
		}
		section := view.MachineSection{Area: area}
		for _, r := range floor.resources {
			if r.AreaID != area.ID {
				continue
			}
			if state := floor.state(f, r); c.QueryParam("free") == "" || state.Free {
				section.Machines = append(section.Machines, state)
			}
		}
		if len(section.Machines) > 0 {
			p.Sections = append(p.Sections, section)
		}
	}
	return s.page(c, f.Titled(f.T("machines.title")), view.Machines(f, p))
}

// floor is what stands in a space, when it is open, and what is held there.
type floor struct {
	areas     []equipment.Area
	resources []equipment.Resource
	calendar  spaces.Calendar
	held      map[id.ID][]reports.Held
	today     clock.Day
}

// floor looks around in the space of the page, so many days from today on.
func (s *Server) floor(c echo.Context, f view.Frame, days int) (floor, error) {
	ctx := c.Request().Context()
	fl := floor{today: clock.DayOf(f.Now, f.Zone)}
	var err error
	if fl.areas, err = s.Equipment.Areas(ctx, by(c), f.Space.ID); err != nil {
		return fl, err
	}
	if fl.resources, err = s.Equipment.Resources(ctx, by(c), f.Space.ID, equipment.Filter{}); err != nil {
		return fl, err
	}
	if fl.calendar, err = s.Spaces.Calendar(ctx, f.Space.ID); err != nil {
		return fl, err
	}
	fl.held, err = s.Reports.FreeBusy(ctx, by(c), f.Space.ID, "", f.Now, fl.today.Add(days).Start(f.Zone))
	return fl, err
}

// openLine says whether the doors are open, and until or from when.
func (fl floor) openLine(f view.Frame) view.OpenLine {
	if span, ok := fl.calendar.Open(f.Now, false); ok {
		return view.OpenLine{Open: true, Says: f.T("space.open_until", "Time", f.Clock(span.To, f.Zone))}
	}
	if at, ok := fl.calendar.NextOpening(f.Now, false); ok {
		return view.OpenLine{Says: opens(f, at)}
	}
	return view.OpenLine{Says: f.T("space.closed")}
}

// opens says when the doors open next.
func opens(f view.Frame, at clock.Instant) string {
	return f.T("space.opens", "Day", f.OnDay(at, f.Now, f.Zone), "Time", f.Clock(at, f.Zone))
}

func (fl floor) chips(f view.Frame, family equipment.Family, free bool) []view.Chip {
	at := f.At("machines")
	chips := []view.Chip{
		{Label: f.T("machines.all"), Href: at, Current: family == "" && !free},
		{Label: f.T("machines.free_now"), Href: at + "?free=now", Current: free},
	}
	for _, known := range equipment.Families {
		if slices.ContainsFunc(fl.areas, func(a equipment.Area) bool { return a.Family == known }) {
			chips = append(chips, view.Chip{
				Label: f.T("family." + string(known)), Href: at + "?family=" + string(known), Icon: "family-" + string(known),
				Class: string(known), Current: family == known,
			})
		}
	}
	return chips
}

// state is what a resource is at this moment, in a word.
func (fl floor) state(f view.Frame, r equipment.Resource) view.MachineState {
	m := view.MachineState{Resource: r}
	for _, a := range fl.areas {
		if a.ID == r.AreaID {
			m.Area = a
		}
	}
	if r.OutAt(f.Now) {
		m.Kind, m.Word = "bad", f.T("machines.out")
		if !r.OutUntil.IsZero() {
			m.Word = f.T("machines.out_until", "Day", f.DateShort(r.OutUntil, f.Zone))
		}
		m.More = f.Words(r.OutReason)
		return m
	}
	if !r.Bookable {
		m.Word, m.More = f.T("machines.at_desk"), ""
		return m
	}
	open, isOpen := fl.calendar.Open(f.Now, false)
	free, next := fl.free(f.Now, r)
	switch {
	case !isOpen:
		m.Word = f.T("machines.closed")
		if at, ok := fl.calendar.NextOpening(f.Now, false); ok {
			m.More = opens(f, at)
		}
	case free > 0:
		m.Free, m.Kind, m.Word = true, "ok", f.T("machines.free")
		if r.Units > 1 {
			m.Word = f.T("machines.units_free", "N", free, "Of", r.Units)
		}
		until := fl.busyAt(f.Now, r)
		if until.IsZero() || until.After(open.To) {
			until = open.To
		}
		m.More = f.T("machines.until", "Time", f.Clock(until, f.Zone))
	default:
		m.Kind, m.Word = "warn", f.T("machines.busy")
		if next.Before(open.To) {
			m.More = f.T("machines.free_at", "Time", f.Clock(next, f.Zone))
		} else {
			m.More = f.T("machines.not_today")
		}
	}
	return m
}

// free is how many units are free at this moment, and when the next one is if none.
func (fl floor) free(now clock.Instant, r equipment.Resource) (units int, next clock.Instant) {
	for unit := 1; unit <= r.Units; unit++ {
		at := now
		for _, h := range fl.held[r.ID] {
			if h.Unit == unit && !h.StartsAt.After(at) && h.EndsAt.After(at) {
				at = h.EndsAt
			}
		}
		if at.Equal(now) {
			units++
		}
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return units, next
}

// busyAt is the next moment at which no unit of a resource is free; zero if there is none.
func (fl floor) busyAt(now clock.Instant, r equipment.Resource) clock.Instant {
	var edges []clock.Instant
	for _, h := range fl.held[r.ID] {
		if h.StartsAt.After(now) {
			edges = append(edges, h.StartsAt)
		}
	}
	slices.SortFunc(edges, func(a, b clock.Instant) int { return cmp.Compare(a.Unix(), b.Unix()) })
	for _, at := range edges {
		if free, _ := fl.free(at, r); free == 0 {
			return at
		}
	}
	return clock.Instant{}
}

// machine is the page of one machine, desk or room.
func (s *Server) machine(c echo.Context) error {
	ctx, f := c.Request().Context(), s.frame(c)
	r, err := s.Equipment.ResourceAt(ctx, by(c), f.Space.ID, c.Param("machine"))
	if err != nil {
		return err
	}
	fl, err := s.floor(c, f, 7)
	if err != nil {
		return err
	}
	p := view.MachineProps{State: fl.state(f, r), Book: f.At("machines", r.Slug, "book")}
	if p.For, err = s.someone(c, f, "booking.create"); err != nil {
		return err
	}
	week, err := s.Reports.FreeBusy(ctx, by(c), f.Space.ID, r.ID, fl.today.Start(f.Zone), fl.today.Add(7).Start(f.Zone))
	if err != nil {
		return err
	}
	for n := range 7 {
		day := fl.today.Add(n)
		bar := dayBar(f, day, fl.calendar.Day(day, false), r.Units, week[r.ID])
		bar.FromHour, bar.ToHour = fl.hours(f)
		p.Week = append(p.Week, view.WeekDay{
			Label: f.Day(day.Start(f.Zone), f.Now, f.Zone), Href: p.Book + "?day=" + string(day), Bar: bar,
			Shut: len(fl.calendar.Day(day, false)) == 0,
		})
	}
	rules, err := s.Booking.RulesFor(ctx, by(c), r.ID)
	if err != nil {
		return err
	}
	for _, rule := range rules {
		if rule.Audience == "" && rule.Kind != booking.HoursRule {
			p.Rules = append(p.Rules, view.RuleLineOf(f, rule, booking.Scope{Space: r.SpaceID, Resource: r.ID}))
		}
	}
	slices.SortFunc(p.Rules, func(a, b view.RuleLine) int { return cmp.Or(cmp.Compare(a.Says, b.Says), cmp.Compare(a.From, b.From)) })
	p.Rules = slices.CompactFunc(p.Rules, func(a, b view.RuleLine) bool { return a.Says == b.Says })
	prices, err := s.Booking.Prices(ctx, by(c), r.ID)
	if err != nil {
		return err
	}
	for _, price := range prices {
		p.Prices = append(p.Prices, priced(f, price))
	}
	if p.Asks, err = s.asked(c, f, r, p.For); err != nil {
		return err
	}
	f = f.Titled(f.Words(r.Name)).Under(p.For.With(f.At("machines")))
	return s.page(c, f, view.Machine(f, p))
}

// hours are the first and the last full hour of the space in the week from today.
func (fl floor) hours(f view.Frame) (from, to int) {
	from, to = 24, 0
	for n := range 7 {
		day := fl.today.Add(n)
		for _, span := range fl.calendar.Day(day, false) {
			from = min(from, clock.MinuteOf(span.From, f.Zone)/60)
			last := clock.MinuteOf(span.To, f.Zone)
			if last == 0 {
				last = 24 * 60
			}
			to = max(to, (last+59)/60)
		}
	}
	if from >= to {
		return 8, 20
	}
	return from, to
}

// priced is a price of a list in words.
func priced(f view.Frame, p booking.Price) view.PriceRow {
	row := view.PriceRow{Who: f.T("price.everyone"), Amount: f.Price(p.Amount)}
	if key := "price.who." + p.Group; f.Has(key) {
		row.Who = f.T(key)
	} else if p.Group != "" {
		row.Who = p.Group
	}
	switch {
	case p.Amount.Minor == 0:
	case p.Form == booking.PerHour:
		row.Per = f.T("price.an_hour")
	case p.Form == booking.PerStep && p.StepMin == 24*60:
		row.Per = f.T("price.a_day")
	case p.Form == booking.PerStep:
		row.Per = f.T("price.a_step", "Step", time.Duration(p.StepMin)*time.Minute)
	default:
		row.Per = f.T("price.a_booking")
	}
	return row
}

// asked are the certifications that a resource asks, whether the person has them
// (the reader, or whom they book for), and the next session that leads to each.
func (s *Server) asked(c echo.Context, f view.Frame, r equipment.Resource, person *view.Someone) ([]view.Asked, error) {
	if len(r.Certifications) == 0 {
		return nil, nil
	}
	ctx := c.Request().Context()
	kinds, err := s.Certifications.Kinds(ctx, f.Space.ID)
	if err != nil {
		return nil, err
	}
	var held []id.ID
	who := by(c).Member
	if person != nil {
		who = person.ID
	}
	if who != "" {
		if held, err = s.Certifications.Held(ctx, who, f.Space.ID, f.Now); err != nil {
			return nil, err
		}
	}
	names := map[id.ID]i18n.Text{}
	for _, k := range kinds {
		names[k.ID] = k.Name
	}
	courses, err := s.Events.Next(ctx, slices.Concat(r.Certifications...), f.Now)
	if err != nil {
		return nil, err
	}
	var asked []view.Asked
	for _, group := range r.Certifications {
		a := view.Asked{}
		for _, kind := range group {
			a.Names = append(a.Names, names[kind])
			a.Held = a.Held || slices.Contains(held, kind)
		}
		first := slices.IndexFunc(courses, func(c events.Seated) bool { return slices.Contains(group, c.Certification()) })
		if first >= 0 && !a.Held {
			next := courses[first]
			a.Next = f.T("machine.next_course", "Title", next.Title, "When", f.DayMoment(next.StartsAt, f.Now, f.Zone), "Count", int(next.Left()))
			if s.routes["GET /s/:space/events/:event"] {
				a.Href = person.With(f.At("events", next.ID.String()))
			}
		}
		asked = append(asked, a)
	}
	return asked, nil
}
