package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/idempotency"
	"guildhall/internal/plans"
	"guildhall/internal/reports"
	"guildhall/internal/spaces"
	"guildhall/web/view"
)

// choice is what someone has chosen on the booking page so far.
type choice struct {
	resource equipment.Resource
	area     equipment.Area
	path     string // of the page
	day      clock.Day
	dayAsked bool
	start    string // as it was sent: "14:00", with an offset where the clock shows it twice
	why      string // the start to explain
	length   int    // minutes; 0: not chosen
	unit     int
	places   int
	member   id.ID // empty: the one who asks
	override []string
	reason   string
	moving   *booking.Booking
}

// bookForm shows when a machine can be had, and what it costs then.
func (s *Server) bookForm(c echo.Context) error {
	ch, err := s.choice(c)
	if err != nil {
		return err
	}
	return s.showChoice(c, ch, nil)
}

// book takes the time that was chosen, or shows the page again with why not.
func (s *Server) book(c echo.Context) error {
	ch, err := s.choice(c)
	if err != nil {
		return err
	}
	f := s.frame(c)
	starts, err := booking.Moment(f.Zone, string(ch.day), ch.start)
	if err != nil {
		return s.showChoice(c, ch, err)
	}
	req := booking.Request{
		Space: f.Space.ID, Resource: ch.resource.ID, Unit: ch.unit, Member: ch.member, Places: ch.places,
		StartsAt: starts, EndsAt: ends(ch, starts, f.Zone), Override: ch.setAside(),
	}
	at, err := s.bookOnce(c, req)
	if err != nil {
		return s.showChoice(c, ch, err)
	}
	who, err := s.another(c, f, "booking.create", ch.member)
	if err != nil {
		return err
	}
	when := f.DaySpan(req.StartsAt, req.EndsAt, f.Now, f.Zone)
	said := f.T("book.done", "Name", ch.resource.Name, "When", when)
	if who != nil {
		said = f.T("book.done_for", "Name", ch.resource.Name, "Who", who.Name, "When", when)
	}
	return s.redirect(c, at, view.Flash{Text: said})
}

// bookOnce books, and gives the address of the booking.
func (s *Server) bookOnce(c echo.Context, req booking.Request) (string, error) {
	return s.once(c, func(ctx context.Context) (string, error) {
		b, err := s.Booking.Book(ctx, by(c), req)
		return "/bookings/" + b.ID.String(), err
	})
}

// once does something that gives an address, one time for each showing of the form,
// however often its button was pressed.
func (s *Server) once(c echo.Context, act func(context.Context) (string, error)) (string, error) {
	do := func(ctx context.Context) (idempotency.Answer, error) {
		at, err := act(ctx)
		return idempotency.Answer{Status: http.StatusSeeOther, Header: http.Header{"Location": {at}}}, err
	}
	key := idempotency.Key{Actor: by(c).Member.String(), Route: http.MethodPost + " " + c.Request().URL.Path, Key: c.FormValue("key")}
	if key.Key == "" {
		answer, err := do(c.Request().Context())
		return answer.Header.Get("Location"), err
	}
	form, err := c.FormParams()
	if err != nil {
		return "", err
	}
	answer, _, err := s.Keys.Do(c.Request().Context(), key, idempotency.Hash([]byte(form.Encode())), do)
	return answer.Header.Get("Location"), err
}

// moveForm is the booking page for a booking that is to be at another time.
func (s *Server) moveForm(c echo.Context) error {
	ch, err := s.moving(c)
	if err != nil {
		return err
	}
	return s.showChoice(c, ch, nil)
}

// move puts a booking to the time that was chosen.
func (s *Server) move(c echo.Context) error {
	ch, err := s.moving(c)
	if err != nil {
		return err
	}
	f := s.frame(c)
	starts, err := booking.Moment(f.Zone, string(ch.day), ch.start)
	if err != nil {
		return s.showChoice(c, ch, err)
	}
	m := booking.Move{
		Booking: ch.moving.ID, Version: number[int](c, "version"), Unit: ch.unit, Places: ch.places,
		StartsAt: starts, EndsAt: ends(ch, starts, f.Zone), Override: ch.setAside(),
	}
	b, err := s.Booking.Move(c.Request().Context(), by(c), m)
	if err != nil {
		return s.showChoice(c, ch, err)
	}
	return s.redirect(c, "/bookings/"+b.ID.String(),
		view.Flash{Text: f.T("book.moved", "Name", ch.resource.Name, "When", f.DaySpan(b.StartsAt, b.EndsAt, f.Now, f.Zone))})
}

// choice reads what was chosen for a machine.
func (s *Server) choice(c echo.Context) (choice, error) {
	r, err := s.Equipment.ResourceAt(c.Request().Context(), by(c), here(c).ID, c.Param("machine"))
	if err != nil {
		return choice{}, err
	}
	ch := choice{resource: r, path: "/s/" + here(c).Slug + "/machines/" + r.Slug + "/book"}
	return s.chosen(c, ch)
}

// moving reads what was chosen for a booking that is to be moved.
func (s *Server) moving(c echo.Context) (choice, error) {
	b, r, err := s.bookingAt(c)
	if err != nil {
		return choice{}, err
	}
	if b.Status != booking.Confirmed && b.Status != booking.Pending {
		return choice{}, booking.ErrOver
	}
	ch := choice{
		resource: r, path: "/bookings/" + b.ID.String() + "/move", moving: &b, member: b.MemberID,
		day: clock.DayOf(b.StartsAt, here(c).Location()), dayAsked: true, places: b.Places,
		length: int(b.EndsAt.Sub(b.StartsAt) / time.Minute),
	}
	return s.chosen(c, ch)
}

func (s *Server) chosen(c echo.Context, ch choice) (choice, error) {
	var err error
	if ch.area, err = s.Equipment.Area(c.Request().Context(), by(c), ch.resource.SpaceID, ch.resource.AreaID); err != nil {
		return ch, err
	}
	if ch.day, err = dayOf(c, ch.day); err != nil {
		return ch, err
	}
	ch.dayAsked = ch.dayAsked || c.FormValue("day") != ""
	ch.start, ch.why = c.FormValue("start"), c.FormValue("why")
	ch.unit = number[int](c, "unit")
	if n := number[int](c, "length"); n > 0 && n <= 366*24*60 {
		ch.length = n
	}
	if n := number[int](c, "places"); n > 0 {
		ch.places = n
	}
	if who, ok := id.Parse(c.FormValue("for")); ok && ch.moving == nil && who != by(c).Member {
		ch.member = who
	}
	form, err := c.FormParams()
	if err != nil {
		return ch, err
	}
	ch.override, ch.reason = form["override"], c.FormValue("reason")
	return ch, nil
}

func (ch choice) setAside() *booking.Override {
	if len(ch.override) == 0 {
		return nil
	}
	return &booking.Override{Rules: ch.override, Reason: ch.reason}
}

// ends is where a booking of the chosen length ends: whole days end at midnight,
// however long the day is.
func ends(ch choice, starts clock.Instant, zone *time.Location) clock.Instant {
	length := ch.length
	if length == 0 {
		length = 60
	}
	if length%(24*60) == 0 && clock.MinuteOf(starts, zone) == 0 {
		return clock.DayOf(starts, zone).Add(length / (24 * 60)).Start(zone)
	}
	return starts.Add(time.Duration(length) * time.Minute)
}

// number is a whole number of the form, 0 where there is none.
func number[T ~int | ~int64](c echo.Context, name string) T {
	n, err := strconv.ParseInt(c.FormValue(name), 10, 32)
	if err != nil {
		return 0
	}
	return T(n)
}

// showChoice shows the booking page as it is with what was chosen. refused, if
// any, is why the time could not be taken.
func (s *Server) showChoice(c echo.Context, ch choice, refused error) error {
	if refused != nil && len(fault.All(refused)) == 0 {
		return refused
	}
	f := s.frame(c)
	p, err := s.bookProps(c, f, ch, refused)
	if err != nil {
		return err
	}
	title := "book.title"
	if ch.moving != nil {
		title = "book.move_title"
	}
	f = f.Titled(f.T(title, "Name", ch.resource.Name)).Under(p.For.With(f.At("machines")))
	f.Task = true
	f.Action = view.Item{Label: f.T("book.about"), Icon: "info", Href: p.For.With(f.At("machines", ch.resource.Slug))}
	if ch.moving != nil {
		f.Back = "/bookings/" + ch.moving.ID.String()
	}
	status := http.StatusOK
	if refused != nil {
		status = statusOf(refused)
	}
	return s.show(c, status, f, view.Book(f, p))
}

// planner makes the booking page's data step by step.
type planner struct {
	*Server
	c       echo.Context
	f       view.Frame
	ch      choice
	slots   []booking.Slot
	monday  clock.Day // the first day of the week shown
	most    int       // minutes; 0: without limit
	setting bool      // may set rules aside
	whose   *view.Someone
}

func (s *Server) bookProps(c echo.Context, f view.Frame, ch choice, refused error) (view.BookProps, error) {
	ctx := c.Request().Context()
	pl := &planner{Server: s, c: c, f: f, ch: ch, setting: by(c).Scope("booking.override", f.Space.ID) == actor.Any}
	p := view.BookProps{
		Area: ch.area, Resource: ch.resource, Path: ch.path, Post: ch.path, Key: rand.Text(),
		Moving: ch.moving, Because: ch.reason,
	}
	var err error
	if pl.whose, err = s.another(c, f, "booking.create", ch.member); err != nil {
		return p, err
	}
	p.Person = pl.whose
	rules, err := s.Booking.RulesFor(ctx, by(c), ch.resource.ID)
	if err != nil {
		return p, err
	}
	if ch.moving != nil {
		p.Was = f.DaySpan(ch.moving.StartsAt, ch.moving.EndsAt, f.Now, f.Zone)
	}
	if err := pl.lengths(&p, rules); err != nil {
		return p, err
	}
	if err := pl.week(&p); err != nil {
		return p, err
	}
	pl.facts(&p)
	pl.starts(&p, refused)
	if err := pl.lapsed(&p); err != nil {
		return p, err
	}
	if err := pl.quote(&p); err != nil {
		return p, err
	}
	if err := pl.bar(&p); err != nil {
		return p, err
	}
	pl.people(&p, rules)
	if err := pl.others(&p); err != nil {
		return p, err
	}
	pl.refused(&p, refused)
	return p, nil
}

// address is the page with these choices in place of those made, by name and value.
func (pl *planner) address(pairs ...string) string {
	q := url.Values{"day": {string(pl.ch.day)}}
	if pl.ch.length > 0 {
		q.Set("length", strconv.Itoa(pl.ch.length))
	}
	if pl.ch.unit > 0 {
		q.Set("unit", strconv.Itoa(pl.ch.unit))
	}
	if pl.ch.places > 1 {
		q.Set("places", strconv.Itoa(pl.ch.places))
	}
	if pl.ch.member != "" && pl.ch.moving == nil {
		q.Set("for", pl.ch.member.String())
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return pl.ch.path + "?" + q.Encode()
}

// usual are the lengths people think in, in minutes.
var usual = []int{15, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 2 * 1440, 3 * 1440, 7 * 1440, 14 * 1440, 28 * 1440}

// lengths chooses which lengths to offer. Whoever has not chosen gets the length
// they had last here, or the nearest to an hour.
func (pl *planner) lengths(p *view.BookProps, rules []booking.Rule) error {
	least, most, step := 0, 0, 15
	for _, r := range rules {
		if r.Audience != "" || r.Weekdays != 0 && r.Weekdays != 127 {
			continue
		}
		switch r.Kind {
		case booking.LengthRule:
			least = max(least, r.Params.MinMin)
			if r.Params.MaxMin > 0 && (most == 0 || r.Params.MaxMin < most) {
				most = r.Params.MaxMin
			}
		case booking.GridRule:
			step = max(step, r.Params.StepMin)
			if r.Params.WholeDays {
				p.WholeDays, step = true, 1440
			}
		}
	}
	least, pl.most = max(least, step), most
	if most == 0 {
		most = max(least*8, 480)
		if p.WholeDays {
			most = max(least, 14*1440)
		}
	}
	var offered []int
	for _, n := range append(slices.Clone(usual), least, most) {
		if n >= least && n <= most && n%step == 0 {
			offered = append(offered, n)
		}
	}
	slices.Sort(offered)
	offered = slices.Compact(offered)
	if pl.ch.length == 0 {
		last, err := pl.Booking.Bookings(pl.c.Request().Context(), by(pl.c), booking.Filter{
			Space: pl.f.Space.ID, Resource: pl.ch.resource.ID, Member: cmp.Or(pl.ch.member, by(pl.c).Member), Latest: true, Limit: 1,
		})
		if err != nil {
			return err
		}
		pl.ch.length = nearest(offered, 60)
		if len(last.Items) > 0 {
			pl.ch.length = nearest(offered, int(last.Items[0].EndsAt.Sub(last.Items[0].StartsAt)/time.Minute))
		}
		if err := pl.shorten(offered); err != nil {
			return err
		}
	}
	if len(offered) > 8 { // as many as fit into two rows, the longest among them
		offered = append(offered[:7], offered[len(offered)-1])
	}
	if !slices.Contains(offered, pl.ch.length) {
		n := pl.ch.length
		if pl.ch.moving == nil && (n < least || n > most || n%step != 0) { // it came by hand, and can't be
			pl.ch.length = nearest(offered, pl.ch.length)
		} else {
			offered = append(offered, pl.ch.length)
			slices.Sort(offered)
		}
	}
	for _, n := range offered {
		p.Lengths = append(p.Lengths, view.LengthChip{Minutes: n, Chosen: n == pl.ch.length})
	}
	p.Length = pl.ch.length
	return nil
}

// shorten takes the longest length up to the usual one for which the day still has
// room (today, where none was chosen), and leaves the usual one where it has none.
func (pl *planner) shorten(offered []int) error {
	usual, day := pl.ch.length, max(pl.ch.day, clock.DayOf(pl.f.Now, pl.f.Zone))
	for _, n := range slices.Backward(offered) {
		if n > usual {
			continue
		}
		pl.ch.length = n
		slots, err := pl.available(day, day.Add(1))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(slots, func(s booking.Slot) bool { return pl.off(s) == nil }) {
			return nil
		}
	}
	pl.ch.length = usual
	return nil
}

func nearest(of []int, to int) int {
	best := of[0]
	for _, n := range of {
		if abs(n-to) < abs(best-to) {
			best = n
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// week asks for a week of times and chooses the day: the one that was asked for, or
// the first on which something can be had.
func (pl *planner) week(p *view.BookProps) error {
	today := clock.DayOf(pl.f.Now, pl.f.Zone)
	if pl.ch.day == "" || pl.ch.day < today {
		pl.ch.day = today
	}
	pl.monday = today.Add(today.DaysUntil(pl.ch.day) / 7 * 7)
	var err error
	if pl.slots, err = pl.available(pl.monday, pl.monday.Add(7)); err != nil {
		return err
	}
	bookable := map[clock.Day]bool{}
	for _, slot := range pl.slots {
		if pl.off(slot) == nil {
			day := clock.DayOf(slot.StartsAt, pl.f.Zone)
			if !pl.ch.dayAsked && len(bookable) == 0 {
				pl.ch.day = day
			}
			bookable[day] = true
		}
	}
	for n := range 7 {
		day := pl.monday.Add(n)
		p.Week = append(p.Week, view.StripDay{
			Day: day, Href: pl.address("day", string(day)), Current: day == pl.ch.day, Shut: !bookable[day],
		})
	}
	if pl.monday > today {
		p.Before = pl.address("day", string(pl.monday.Add(-7)))
	}
	if today.DaysUntil(pl.monday) < 360 {
		p.Next = pl.address("day", string(pl.monday.Add(7)))
	}
	p.Day, p.Base = string(pl.ch.day), pl.address()
	return nil
}

func (pl *planner) available(from, to clock.Day) ([]booking.Slot, error) {
	w := booking.Window{
		Space: pl.f.Space.ID, Resource: pl.ch.resource.ID, Member: pl.ch.member,
		From: from.Start(pl.f.Zone), To: to.Start(pl.f.Zone), Length: pl.ch.length,
	}
	if pl.ch.moving != nil {
		w.Moving, w.Member = pl.ch.moving.ID, ""
	}
	return pl.Booking.Availability(pl.c.Request().Context(), by(pl.c), w)
}

// lacking are the rules about the person: they bind at every time alike, and are
// told once instead of on each.
var lacking = []string{booking.CertificationAsked, booking.EmailUnconfirmed, booking.Suspended, booking.NotBookable,
	booking.WaiverUnsigned, booking.BirthdayAsked, booking.GuardianMissing, booking.NeverSupervised}

// off is why a time can't be had, leaving away what the person lacks anyway.
func (pl *planner) off(slot booking.Slot) []booking.Violation {
	var broken []booking.Violation
	for _, v := range slot.Violations {
		if !slices.Contains(lacking, v.Code) {
			broken = append(broken, v)
		}
	}
	return broken
}

// starts lays out the times of the day. Of those that can be had the one asked for
// is chosen, or else the first.
func (pl *planner) starts(p *view.BookProps, refused error) {
	asked := pl.ch.start
	var chosen int = -1
	for _, slot := range pl.slots {
		if clock.DayOf(slot.StartsAt, pl.f.Zone) != pl.ch.day {
			continue
		}
		value := wall(slot.StartsAt, pl.f.Zone)
		why := pl.off(slot)
		chip := view.StartChip{Value: value, Label: pl.f.Clock(slot.StartsAt, pl.f.Zone), Off: why != nil}
		if p.WholeDays {
			chip.Label = pl.f.T("book.whole_day")
		}
		if pl.ch.resource.Units > 1 && !chip.Off {
			chip.Free = slot.UnitsFree
		}
		if pl.ch.moving != nil {
			chip.Was = slot.StartsAt.Equal(pl.ch.moving.StartsAt)
		}
		if chip.Off && value == asked && pl.setting && aside(why) {
			chip.Off = false // staff chose it all the same
		}
		if chip.Off {
			chip.Href, chip.Asked = pl.address("why", value)+"#why", value == pl.ch.why
		} else if value == asked || chosen < 0 && (asked == "" || refused != nil) {
			chosen = len(p.Starts)
		}
		if chip.Asked {
			p.Why = &view.Why{When: pl.f.Span(slot.StartsAt, slot.EndsAt, pl.f.Zone), Reasons: pl.reasons(why)}
			if pl.setting && aside(why) {
				p.Why.Choose = pl.address("start", value)
			}
		}
		p.Starts = append(p.Starts, chip)
	}
	if chosen < 0 {
		chosen = slices.IndexFunc(p.Starts, func(chip view.StartChip) bool { return !chip.Off })
	}
	if chosen >= 0 {
		p.Starts[chosen].Chosen = true
		pl.ch.start = p.Starts[chosen].Value
		p.Start = pl.ch.start
		return
	}
	pl.ch.start = ""
	p.AllDay = pl.reasons(pl.allDay())
	p.First = pl.first()
	p.Empty = pl.f.T("book.no_starts", "Day", pl.f.Date(pl.ch.day.Start(pl.f.Zone), pl.f.Zone))
}

// allDay is what stands against every time of the day alike, leaving away what the person
// lacks anyway: that their membership has ended by then, say.
func (pl *planner) allDay() []booking.Violation {
	var common []booking.Violation
	first := true
	for _, slot := range pl.slots {
		if clock.DayOf(slot.StartsAt, pl.f.Zone) != pl.ch.day {
			continue
		}
		off := pl.off(slot)
		if first {
			common, first = slices.Clone(off), false
		}
		common = slices.DeleteFunc(common, func(v booking.Violation) bool {
			return !slices.ContainsFunc(off, func(o booking.Violation) bool { return o.Code == v.Code })
		})
	}
	return slices.DeleteFunc(common, func(v booking.Violation) bool { return !slices.Contains(ofMembership, v.Code) })
}

// ofMembership are the rules about what somebody's membership gives them.
var ofMembership = []string{booking.MembershipEnds, booking.MembershipPaused, booking.PlanKind, booking.PlanHours, booking.PlanAhead, booking.PlanGuests}

// lapsed says to whoever had a membership that it has ended, and that they book as a guest
// until they renew it.
func (pl *planner) lapsed(p *view.BookProps) error {
	ctx, space, member := pl.c.Request().Context(), pl.f.Space.ID, pl.ch.member
	if member == "" {
		member = by(pl.c).Member
	}
	runs, err := pl.Plans.Held(ctx, space, member)
	if err != nil || len(runs) == 0 || !runs[0].Plan.Renews || !runs[0].Over(pl.f.Now) || pl.ch.moving != nil {
		return err // a pass for a day is no membership
	}
	seat, err := pl.Teams.Seat(ctx, space, member)
	if err != nil || seat.Payer != "" {
		return err
	}
	if abroad, err := pl.Plans.Abroad(ctx, space, member); err != nil || plans.TermsOf(abroad, pl.f.Now).Active() {
		return err
	}
	p.Lapsed, p.Renew = runs[0], pl.membershipAt()
	return nil
}

// membershipAt is where the membership is renewed of whom it is booked for, as far as the reader may.
func (pl *planner) membershipAt() string {
	switch {
	case pl.whose == nil:
		return "/me/membership"
	case pl.f.May("membership.edit"):
		return pl.f.At("people", pl.ch.member.String(), "membership")
	}
	return pl.whose.Href
}

// first is the first time that can be had from today on, looking a month ahead.
func (pl *planner) first() *view.StartChip {
	today := clock.DayOf(pl.f.Now, pl.f.Zone)
	for _, from := range []clock.Day{today, today.Add(28)} {
		slots, err := pl.available(from, from.Add(28))
		if err != nil {
			return nil // the page does without the hint
		}
		for _, slot := range slots {
			if pl.off(slot) == nil {
				return pl.chip(slot)
			}
		}
	}
	return nil
}

// chip is a time with its day, as a link that chooses it.
func (pl *planner) chip(slot booking.Slot) *view.StartChip {
	day, label := clock.DayOf(slot.StartsAt, pl.f.Zone), pl.f.Clock(slot.StartsAt, pl.f.Zone)
	if day != pl.ch.day {
		label = pl.f.DayMoment(slot.StartsAt, pl.f.Now, pl.f.Zone)
	}
	value := wall(slot.StartsAt, pl.f.Zone)
	return &view.StartChip{Label: label, Value: value, Href: pl.address("day", string(day), "start", value)}
}

// wall is what the clock shows at a start, with its offset where it shows it twice.
func wall(at clock.Instant, zone *time.Location) string {
	first, last, _ := clock.DayOf(at, zone).At(clock.MinuteOf(at, zone), zone)
	if first.Equal(last) {
		return at.In(zone).Format("15:04")
	}
	return at.In(zone).Format("15:04-07:00")
}

// aside reports whether staff may set all these rules aside.
func aside(broken []booking.Violation) bool {
	return len(broken) > 0 && !slices.ContainsFunc(broken, func(v booking.Violation) bool { return !v.Overridable })
}

// quote asks for the price of what is chosen, and what stands against it.
func (pl *planner) quote(p *view.BookProps) error {
	if pl.ch.start == "" {
		pl.missing(p, nil)
		return nil
	}
	starts, err := booking.Moment(pl.f.Zone, string(pl.ch.day), pl.ch.start)
	if err != nil {
		return err
	}
	req := booking.Request{
		Space: pl.f.Space.ID, Resource: pl.ch.resource.ID, Unit: pl.ch.unit, Member: pl.ch.member, Places: pl.ch.places,
		StartsAt: starts, EndsAt: ends(pl.ch, starts, pl.f.Zone),
	}
	p.When = pl.f.Span(req.StartsAt, req.EndsAt, pl.f.Zone)
	if pl.ch.moving != nil {
		return pl.quoteMove(p, req)
	}
	q, err := pl.Booking.Quote(pl.c.Request().Context(), by(pl.c), req)
	if err != nil {
		return err
	}
	p.Quote = &q
	pl.missing(p, q.Violations)
	pl.against(p, q.Violations)
	if q.FreeUntil.After(pl.f.Now) && q.Bookable() {
		p.Note = pl.freeUntil(q.FreeUntil)
	}
	return nil
}

// quoteMove is the price of a moved booking: that of a new one, for what stands
// against it is told by the times themselves.
func (pl *planner) quoteMove(p *view.BookProps, req booking.Request) error {
	q, err := pl.Booking.Quote(pl.c.Request().Context(), by(pl.c), req)
	if err != nil {
		return err
	}
	q.Violations = nil
	for _, slot := range pl.slots {
		if slot.StartsAt.Equal(req.StartsAt) {
			q.Violations = slot.Violations
		}
	}
	p.Quote = &q
	pl.missing(p, q.Violations)
	pl.against(p, q.Violations)
	return nil
}

// freeUntil is the rule line: until when a booking costs nothing to give up.
func (pl *planner) freeUntil(until clock.Instant) string {
	return pl.f.T("book.free_until", "Time", pl.f.Clock(until, pl.f.Zone), "Day", pl.f.OnDay(until, pl.f.Now, pl.f.Zone))
}

// against tells what stands against the chosen time, and lets those set it aside who may.
func (pl *planner) against(p *view.BookProps, broken []booking.Violation) {
	broken = pl.off(booking.Slot{Violations: broken})
	switch {
	case len(broken) == 0:
	case pl.setting && aside(broken) && len(p.Missing) == 0:
		p.Override = pl.reasons(broken)
	case p.Why == nil:
		p.Why = &view.Why{When: p.When, Reasons: pl.reasons(broken)}
	}
}

// missing tells what the person lacks, and marks whether they hold what the machine asks.
func (pl *planner) missing(p *view.BookProps, broken []booking.Violation) {
	if broken == nil && len(pl.slots) > 0 {
		broken = pl.slots[0].Violations
	}
	broken = slices.DeleteFunc(slices.Clone(broken), func(v booking.Violation) bool { return !slices.Contains(lacking, v.Code) })
	if len(pl.ch.resource.Certifications) > 0 {
		p.Badge = "certified"
	}
	for _, v := range broken {
		if _, held := v.Ends(); v.Code == booking.CertificationAsked && !held {
			p.Badge = "asked"
		}
	}
	p.Missing = pl.reasons(broken)
}

// reasons puts broken rules into words, each with its remedy and where that is done.
func (pl *planner) reasons(broken []booking.Violation) []view.Reason {
	var said []view.Reason
	for _, v := range broken {
		r := view.Reason{Code: v.Code, Says: v.Sentence(pl.f.Printer, pl.f.Zone)}
		for _, code := range []string{v.Code, remedyCode(v)} { // what can be done is said rather than what is wrong
			if key := "book.first." + code; pl.f.Has(key) {
				r.First = pl.f.T(key)
			}
		}
		if v.Remedy != nil && !(pl.setting && v.Overridable && v.Remedy.Code == booking.TalkToDesk) { // the desk itself reads it
			r.Remedy, r.Href = v.Remedy.Sentence(pl.f.Printer, pl.f.Zone), pl.remedyAt(*v.Remedy)
		}
		if pl.whose != nil {
			pl.ofAnother(&r, v)
		}
		said = append(said, r)
	}
	return said
}

// remedyCode is that of what can be done about a broken rule, or "".
func remedyCode(v booking.Violation) string {
	if v.Remedy == nil {
		return ""
	}
	return v.Remedy.Code
}

// ofAnother says to staff what stands against the person they book for, and leads
// to what they can do about it: a seat in the induction, or the person's page.
func (pl *planner) ofAnother(r *view.Reason, v booking.Violation) {
	words := []any{"Who", pl.whose.Name}
	for name, value := range v.Args {
		words = append(words, name, value)
	}
	key := "book.theirs." + v.Code
	if ends, held := v.Ends(); held {
		key, words = "book.theirs.certification_ends", append(words, "Day", pl.f.LastDate(ends, pl.f.Zone))
	}
	if pl.f.Has(key) {
		r.Says = pl.f.T(key, words...)
	}
	if v.Remedy == nil {
		return
	}
	switch v.Remedy.Code {
	case booking.TakeCourse:
		r.First, r.Href = pl.f.T("book.seat_for", words...), pl.whose.With(r.Href)
	case booking.SignDocument, booking.GiveBirthday, booking.AskGuardian, booking.AwaitGuardian, booking.GuardianSigns:
		r.Remedy, r.Href = pl.f.T("papers.of", "Name", pl.whose.Name), pl.f.At("people", pl.ch.member.String(), "documents")
		r.First = r.Remedy
	case booking.RenewPlan, booking.ResumePlan, booking.ChangePlan:
		r.Href = pl.membershipAt()
	case booking.AskInstructor, booking.ConfirmEmail, booking.TalkToDesk, booking.CancelAnother:
		r.Remedy, r.Href = pl.f.T("book.open_person", words...), pl.whose.Href
		r.First = r.Remedy
	}
}

// remedyAt is where a remedy is done, or "" where that is not on a page.
func (pl *planner) remedyAt(r booking.Remedy) string {
	switch r.Code {
	case booking.TakeCourse:
		if session, ok := r.Args["Session"].(id.ID); ok && pl.routes["GET /s/:space/events/:event"] {
			return pl.f.At("events", session.String())
		}
	case booking.ChooseTime:
		if at, ok := r.Args["StartsAt"].(clock.Instant); ok {
			return pl.address("day", string(clock.DayOf(at, pl.f.Zone)), "start", wall(at, pl.f.Zone))
		}
	case booking.ChooseLength:
		if d, ok := r.Args["Length"].(time.Duration); ok {
			return pl.address("length", strconv.Itoa(int(d/time.Minute)))
		}
	case booking.ConfirmEmail:
		return "/me"
	case booking.SignDocument, booking.GiveBirthday, booking.AskGuardian, booking.AwaitGuardian, booking.GuardianSigns:
		return pl.consentAt(r)
	case booking.CancelAnother:
		return "/bookings"
	case booking.RenewPlan, booking.ResumePlan:
		return "/me/membership"
	case booking.ChangePlan:
		return pl.f.At("plans")
	}
	return ""
}

// facts are the machine in a line: where it stands, how many there are, and how
// long it can be had.
func (pl *planner) facts(p *view.BookProps) {
	p.Facts = append(p.Facts, pl.f.Words(pl.ch.area.Name))
	if n := pl.ch.resource.Units; n > 1 && pl.ch.resource.Sharing == equipment.Places {
		p.Facts = append(p.Facts, pl.f.T("machine.places", "Count", n))
	} else if n > 1 {
		p.Facts = append(p.Facts, pl.f.T("machine.units", "Count", n))
	}
	if pl.most > 0 {
		p.Facts = append(p.Facts, pl.f.T("book.most", "Most", time.Duration(pl.most)*time.Minute))
	}
}

// bar draws the day: what is held, and what would be.
func (pl *planner) bar(p *view.BookProps) error {
	if p.WholeDays {
		return nil
	}
	ctx := pl.c.Request().Context()
	calendar, err := pl.Spaces.Calendar(ctx, pl.f.Space.ID)
	if err != nil {
		return err
	}
	from, to := pl.ch.day.Start(pl.f.Zone), pl.ch.day.Add(1).Start(pl.f.Zone)
	held, err := pl.Reports.FreeBusy(ctx, by(pl.c), pl.f.Space.ID, pl.ch.resource.ID, from, to)
	if err != nil {
		return err
	}
	p.Bar = dayBar(pl.f, pl.ch.day, calendar.Day(pl.ch.day, false), pl.ch.resource.Units, held[pl.ch.resource.ID])
	for _, slot := range pl.slots { // key holders come at other hours, too
		if clock.DayOf(slot.StartsAt, pl.f.Zone) == pl.ch.day && pl.off(slot) == nil {
			first := clock.MinuteOf(slot.StartsAt, pl.f.Zone)
			p.Bar.FromHour, p.Bar.ToHour = min(p.Bar.FromHour, first/60), max(p.Bar.ToHour, min(24, (first+pl.ch.length+59)/60))
		}
	}
	if starts, err := booking.Moment(pl.f.Zone, string(pl.ch.day), pl.ch.start); err == nil {
		first := clock.MinuteOf(starts, pl.f.Zone)
		p.Bar.Bars = append(p.Bar.Bars, view.Bar{From: first, To: first + pl.ch.length, Kind: "me"})
	}
	return nil
}

// people asks how many come where that matters, and which unit of a pool.
func (pl *planner) people(p *view.BookProps, rules []booking.Rule) {
	p.Places = max(pl.ch.places, 1)
	if pl.ch.resource.Sharing == equipment.Places {
		p.MostPlace = pl.ch.resource.Units
	}
	for _, r := range rules {
		if r.Kind == booking.PeopleRule {
			p.MostPlace = max(p.MostPlace, 12)
		}
	}
	if pl.ch.resource.Units == 1 || pl.ch.resource.Sharing == equipment.Places || p.WholeDays || pl.ch.resource.Units > 60 {
		return
	}
	p.Units = []view.Option{{Value: "0", Label: pl.f.T("book.any_unit"), Selected: pl.ch.unit == 0}}
	for n := 1; n <= pl.ch.resource.Units; n++ {
		p.Units = append(p.Units, view.Option{Value: strconv.Itoa(n), Label: pl.f.T("book.unit_n", "N", n), Selected: pl.ch.unit == n})
	}
}

// others lets staff choose whom to book for.
func (pl *planner) others(p *view.BookProps) error {
	if pl.ch.moving != nil || by(pl.c).Scope("booking.create", pl.f.Space.ID) != actor.Any {
		return nil
	}
	p.ForOthers, p.For, p.Find = true, pl.whose, pl.c.FormValue("find")
	var err error
	p.Found, err = pl.found(pl.c, pl.f, p.Find, func(who id.ID) string { return pl.address("start", pl.ch.start, "for", who.String()) })
	return err
}

// refused says why the time that was asked for could not be taken, and offers the
// nearest three that can.
func (pl *planner) refused(p *view.BookProps, err error) {
	if err == nil {
		return
	}
	var r booking.Refusal
	if !errors.As(err, &r) {
		p.Errors = view.Refused(pl.f, err)
		return
	}
	asked := pl.c.FormValue("start")
	p.Lost = &view.Lost{Title: pl.f.T("book.refused", "When", asked), Reasons: pl.reasons(r.Violations)}
	if pl.lost(r) {
		p.Lost.Title = pl.f.T("book.lost", "When", asked)
	}
	p.Why = nil
	at, err := booking.Moment(pl.f.Zone, string(pl.ch.day), asked)
	if err != nil {
		return
	}
	var free []booking.Slot
	for _, slot := range pl.slots {
		if pl.off(slot) == nil {
			free = append(free, slot)
		}
	}
	distance := func(s booking.Slot) int64 { return max(s.StartsAt.Unix()-at.Unix(), at.Unix()-s.StartsAt.Unix()) }
	slices.SortStableFunc(free, func(a, b booking.Slot) int { return cmp.Compare(distance(a), distance(b)) })
	free = free[:min(3, len(free))]
	slices.SortFunc(free, func(a, b booking.Slot) int { return cmp.Compare(a.StartsAt.Unix(), b.StartsAt.Unix()) })
	for _, slot := range free {
		p.Lost.Nearest = append(p.Lost.Nearest, *pl.chip(slot))
	}
}

// lost reports whether nothing but another person's being faster stands against it.
func (pl *planner) lost(r booking.Refusal) bool {
	for _, code := range r.Codes() {
		switch code {
		case booking.Taken, booking.BufferTaken:
		case booking.PlacesFull:
			if pl.ch.places > pl.ch.resource.Units {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// dayBar is a resource's day between its opening hours: shut where closed, busy
// where every unit is held, mine where the reader has one.
func dayBar(f view.Frame, day clock.Day, open []spaces.Span, units int, held []reports.Held) view.DayBarProps {
	p := view.DayBarProps{FromHour: 8, ToHour: 20, Now: -1}
	midnight, end := day.Start(f.Zone), day.Add(1).Start(f.Zone)
	minute := func(at clock.Instant) int {
		switch {
		case !at.After(midnight):
			return 0
		case !at.Before(end):
			return 24 * 60
		}
		return clock.MinuteOf(at, f.Zone)
	}
	if len(open) > 0 {
		p.FromHour, p.ToHour = minute(open[0].From)/60, (minute(open[len(open)-1].To)+59)/60
	}
	closed := 0 // until when, going through the day
	for _, span := range open {
		p.Bars = append(p.Bars, view.Bar{From: closed, To: minute(span.From), Kind: "shut"})
		closed = minute(span.To)
	}
	p.Bars = append(p.Bars, view.Bar{From: closed, To: 24 * 60, Kind: "shut"})
	hours := len(p.Bars)
	if clock.DayOf(f.Now, f.Zone) == day {
		p.Now = clock.MinuteOf(f.Now, f.Zone)
	}
	var edges []int
	for _, h := range held {
		edges = append(edges, minute(h.StartsAt), minute(h.EndsAt))
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var said []string
	for i := 0; i+1 < len(edges); i++ {
		kind := stateBetween(edges[i], edges[i+1], units, held, minute)
		if kind == "" {
			continue
		}
		if n := len(p.Bars); n > hours && p.Bars[n-1].Kind == kind && p.Bars[n-1].To == edges[i] {
			p.Bars[n-1].To = edges[i+1]
			continue
		}
		p.Bars = append(p.Bars, view.Bar{From: edges[i], To: edges[i+1], Kind: kind})
	}
	for _, b := range p.Bars[hours:] {
		said = append(said, f.T("bar."+b.Kind, "When", f.Wall(b.From)+"–"+f.Wall(b.To)))
	}
	p.Says = f.T("bar.free")
	if len(said) > 0 {
		p.Says = f.List(said...)
	}
	return p
}

// stateBetween is what a resource is between two minutes of the day.
func stateBetween(from, to, units int, held []reports.Held, minute func(clock.Instant) int) string {
	busy, closed, mine := 0, 0, false
	for _, h := range held {
		if minute(h.StartsAt) < to && minute(h.EndsAt) > from {
			busy++
			mine = mine || h.Mine != ""
			if h.Closure {
				closed++
			}
		}
	}
	switch {
	case mine:
		return "mine"
	case closed >= units:
		return "shut"
	case busy >= units:
		return "busy"
	}
	return ""
}

// bookingAt is the booking of the address with its resource, and makes its space
// the one the page is about.
func (s *Server) bookingAt(c echo.Context) (booking.Booking, equipment.Resource, error) {
	ctx := c.Request().Context()
	which, ok := id.Parse(c.Param("id"))
	if !ok {
		return booking.Booking{}, equipment.Resource{}, booking.ErrNoSuchBooking
	}
	b, err := s.Booking.Booking(ctx, by(c), which)
	if err != nil {
		return b, equipment.Resource{}, err
	}
	space, err := s.Spaces.Space(ctx, by(c), b.SpaceID)
	if err != nil {
		return b, equipment.Resource{}, fmt.Errorf("space of booking %s: %w", b.ID, err)
	}
	visitOf(c).space = space
	r, err := s.Equipment.Resource(ctx, by(c), b.ResourceID)
	return b, r, err
}
