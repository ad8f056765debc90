package booking

import (
	"slices"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// verb is what a wish is to do; it decides which rules are asked.
type verb uint8

const (
	create  verb = 1 << iota
	change       // another time or resource for a booking
	extend       // a later end
	restore      // what was cancelled or is held, as it was: chosen in good time, so notice is not asked again
	begin        // check in
	cancel
	taking = create | change | extend | restore
)

// ask is a wish as the evaluator reads it.
type ask struct {
	verb     verb
	resource Resource
	Span
	unit     int // 0: any
	places   int
	booking  Booking // the one that is to change; zero for a new one
	override []string
}

// facts is all that the evaluator knows. It asks nobody else, not even the clock.
type facts struct {
	now     clock.Instant
	space   Space
	hours   Hours
	holder  Holder // without an ID: a stranger, who is told only when it is free
	rules   []Rule // of the space
	prices  map[id.ID][]Price
	held    map[unit][]stretch  // what is held of the resources and what is within them, in order
	mine    []engagement        // what the holder has booked
	team    Team                // that the holder is in
	teamed  []engagement        // what is booked by everybody in it
	spent   []spending          // of the machine time that the holder's plans include
	courses map[id.ID]Course    // the next for each certification
	names   map[id.ID]i18n.Text // of what must be booked first
}

// engagement is a booking of the holder, or of somebody in their team, with what
// rules count by.
type engagement struct {
	id         id.ID
	member     id.ID
	resource   id.ID
	area       id.ID
	kind       string
	priceMinor int64
	Span
}

// verdict is the answer: every broken rule, or what would be held at what price.
type verdict struct {
	broken    []Violation
	aside     []string // rules that were broken and set aside
	free      int      // units that could be had
	units     []int
	takes     []stretch
	price     money.Amount
	lines     []PriceLine
	drawn     int   // minutes of machine time that the plan includes, in all of the booking
	drawnOf   id.ID // whose membership they come with
	included  bool  // the plan includes time for this
	left      int   // of its minutes, after this
	freeUntil clock.Instant
}

// checks are the rules in the order they are told, and the verbs that ask them.
var checks = []struct {
	of  verb
	ask func(*wish)
}{
	{create | change, (*wish).past},
	{taking, (*wish).bookable},
	{taking | begin, (*wish).standing},
	{taking, (*wish).membership},
	{taking | begin, (*wish).certification},
	{taking, (*wish).papers},
	{taking | begin, (*wish).age},
	{taking | begin, (*wish).service},
	{taking, (*wish).grid},
	{taking, (*wish).length},
	{taking, (*wish).opening},
	{create | change, (*wish).soon},
	{create | change, (*wish).ahead},
	{change, (*wish).changeNotice},
	{cancel, (*wish).cancelNotice},
	{taking, (*wish).people},
	{taking, (*wish).gap},
	{taking, (*wish).atOnce},
	{taking, (*wish).outstanding},
	{taking, (*wish).first},
	{taking, (*wish).occupancy},
}

// evaluate is the one judge of every wish: for the times a page shows, for a
// quote, for taking, moving and extending, and for whoever checks in. It is pure.
// Its error is an amount too large to be kept.
func evaluate(f *facts, a ask) (verdict, error) {
	w := newWish(f, a)
	for _, c := range checks {
		if c.of&a.verb != 0 {
			c.ask(w)
		}
	}
	w.freeUntil = a.StartsAt.Add(-w.notice(func(p Params) int { return p.CancelMin }))
	if a.verb&taking == 0 {
		return w.verdict, nil
	}
	err := w.cost()
	if err == nil {
		w.team() // which counts the price
	}
	return w.verdict, err
}

// wish is an ask being judged.
type wish struct {
	*facts
	ask
	verdict
	zone  *time.Location
	start wall
}

func newWish(f *facts, a ask) *wish {
	return &wish{facts: f, ask: a, zone: f.space.Zone, start: wallOf(a.StartsAt, f.space.Zone)}
}

// wall is what the clock on the wall shows at a moment.
type wall struct {
	weekday int // bit of Weekdays
	minute  int // since midnight
	second  int
}

func wallOf(at clock.Instant, zone *time.Location) wall {
	t := at.In(zone)
	return wall{(int(t.Weekday()) + 6) % 7, t.Hour()*60 + t.Minute(), t.Second()}
}

// breaks notes a broken rule, unless it may be and is set aside.
func (w *wish) breaks(code string, remedy *Remedy, pairs ...any) {
	w.breaksAs(violation(code, args(pairs...), remedy))
}

func (w *wish) breaksAs(v Violation) {
	if v.Overridable && slices.Contains(w.override, v.Code) {
		w.aside = append(w.aside, v.Code)
		return
	}
	w.broken = append(w.broken, v)
}

// starting calls each with the rules of a kind that speak of this wish by its start.
func (w *wish) starting(kind Kind, each func(Params)) {
	for _, r := range w.rules {
		if r.Kind == kind && r.speaksOf(w.resource) && r.during(w.start) && r.binds(w.holder, w.StartsAt) {
			each(r.Params)
		}
	}
}

// touching calls each with the rules of a kind in whose hours this wish lies, if only in part.
func (w *wish) touching(kind Kind, each func(Rule)) {
	for _, r := range w.rules {
		if r.Kind == kind && r.speaksOf(w.resource) && r.touches(w.Span, w.zone) && r.binds(w.holder, w.StartsAt) {
			each(r)
		}
	}
}

func (w *wish) stranger() bool { return w.holder.ID == "" }

func (w *wish) past() {
	if w.StartsAt.Before(w.now) && !w.underWay() {
		w.breaks(InThePast, nil)
	}
}

// underWay reports whether a whole day that has begun can still be used: until the
// doors close, or to its end where they never open.
func (w *wish) underWay() bool {
	day := clock.DayOf(w.StartsAt, w.zone)
	if !w.wholeDays() || day != clock.DayOf(w.now, w.zone) {
		return false
	}
	today := Span{day.Start(w.zone), day.Add(1).Start(w.zone)}
	opens := false
	for _, o := range w.open() {
		opens = opens || o.overlaps(today)
		if o.overlaps(today) && o.EndsAt.After(w.now) {
			return true
		}
	}
	return !opens
}

func (w *wish) bookable() {
	if !w.resource.Bookable {
		w.breaks(NotBookable, &Remedy{Code: TalkToDesk}, "Name", w.resource.Name)
	}
}

func (w *wish) standing() {
	if w.stranger() {
		return
	}
	if !w.holder.Confirmed {
		w.breaks(EmailUnconfirmed, &Remedy{Code: ConfirmEmail})
	}
	if w.holder.Suspended {
		w.breaks(Suspended, &Remedy{Code: TalkToDesk}, "Space", w.space.Name)
	}
}

// certification must be held when the booking is made and still when it starts.
func (w *wish) certification() {
	if w.stranger() {
		return
	}
	for _, group := range w.resource.Certifications {
		if w.certified(group, w.now) && w.certified(group, w.StartsAt) {
			continue
		}
		ids, name := anyOf(group)
		remedy := &Remedy{AskInstructor, args("Certification", group[0].ID, "Name", name)}
		if c, ok := nextCourse(w.facts, ids); ok {
			remedy = takeCourse(c)
		}
		if held, ends := w.lastOf(group); ends.After(w.now) {
			w.breaks(CertificationAsked, remedy, "Certifications", ids, "Name", held.Name, "Ends", ends)
		} else {
			w.breaks(CertificationAsked, remedy, "Certifications", ids, "Name", name)
		}
	}
}

// lastOf is the certification of a group that the holder keeps longest, and when it ends.
func (w *wish) lastOf(group []Certification) (last Certification, ends clock.Instant) {
	for _, g := range group {
		for _, c := range w.holder.Certificates {
			if c.Certification == g.ID && c.ExpiresAt.After(ends) && !w.now.Before(c.GrantedAt) {
				last, ends = g, c.ExpiresAt
			}
		}
	}
	return last, ends
}

func (w *wish) certified(group []Certification, at clock.Instant) bool {
	return slices.ContainsFunc(w.holder.Certificates, func(c Certificate) bool {
		return slices.ContainsFunc(group, func(g Certification) bool { return g.ID == c.Certification }) &&
			!at.Before(c.GrantedAt) && (c.ExpiresAt.IsZero() || at.Before(c.ExpiresAt))
	})
}

func takeCourse(c Course) *Remedy {
	return &Remedy{TakeCourse, args("Certification", c.Certification, "Session", c.Session,
		"Title", c.Title, "StartsAt", c.StartsAt, "Count", c.SeatsLeft)}
}

func nextCourse(f *facts, certifications []id.ID) (Course, bool) {
	var next Course
	for _, c := range certifications {
		if course, ok := f.courses[c]; ok && (next.Session == "" || course.StartsAt.Before(next.StartsAt)) {
			next = course
		}
	}
	return next, next.Session != ""
}

// anyOf are the ids of a group, and its names as one: "Laser L1 or Laser L2".
func anyOf(group []Certification) ([]id.ID, i18n.Text) {
	var ids []id.ID
	var name i18n.Text
	for i, c := range group {
		ids = append(ids, c.ID)
		if i > 0 {
			name.EN, name.ZH = name.EN+" or ", name.ZH+"或"
		}
		name.EN, name.ZH = name.EN+c.Name.In("en"), name.ZH+c.Name.In("zh-CN")
	}
	return ids, name
}

// service asks whether it, and the room it stands in, is in service then.
func (w *wish) service() {
	for _, r := range append([]Resource{w.resource}, w.resource.Around...) {
		if r.Out && (r.OutUntil.IsZero() || w.StartsAt.Before(r.OutUntil)) {
			w.breaks(OutOfService, nil, "Name", r.Name, "Until", r.OutUntil, "Reason", r.OutReason)
			return
		}
	}
}

// defaultGrid holds where a space set none: quarter hours.
var defaultGrid = Params{StepMin: 15}

// grids are the grids that a start must fit, all of them.
func (w *wish) grids() []Params {
	var grids []Params
	w.starting(GridRule, func(p Params) { grids = append(grids, p) })
	if len(grids) == 0 {
		grids = []Params{defaultGrid}
	}
	return grids
}

func (w *wish) wholeDays() bool {
	return slices.ContainsFunc(w.grids(), func(g Params) bool { return g.WholeDays })
}

func (w *wish) grid() {
	for _, g := range w.grids() {
		switch {
		case w.verb != extend && !g.startsAt(w.StartsAt, w.start, w.zone):
			w.breaks(OffGrid, nil, "Step", g.step())
			return
		case !g.ends(w.Span, w.zone):
			length := roundUp(onTheClock(w.Span, w.zone), g.step())
			w.breaks(OffGrid, &Remedy{ChooseLength, args("Length", length)}, "Step", g.step())
			return
		}
	}
}

func (p Params) step() time.Duration {
	if p.WholeDays {
		return 24 * time.Hour
	}
	return minutes(p.StepMin)
}

func (p Params) startsAt(at clock.Instant, shown wall, zone *time.Location) bool {
	switch {
	case p.WholeDays:
		return at.Equal(clock.DayOf(at, zone).Start(zone))
	case shown.second != 0:
		return false
	case len(p.StartsMin) > 0:
		return slices.Contains(p.StartsMin, shown.minute)
	default:
		return shown.minute%p.StepMin == 0
	}
}

func (p Params) ends(s Span, zone *time.Location) bool {
	if p.WholeDays {
		return s.EndsAt.Equal(clock.DayOf(s.EndsAt, zone).Start(zone))
	}
	return onTheClock(s, zone)%minutes(p.StepMin) == 0
}

// onTheClock is how long a span is as the wall shows it: noon to noon is 24 hours
// also when the clocks change between.
func onTheClock(s Span, zone *time.Location) time.Duration {
	_, a := s.StartsAt.In(zone).Zone()
	_, b := s.EndsAt.In(zone).Zone()
	return s.EndsAt.Sub(s.StartsAt) + time.Duration(b-a)*time.Second
}

func roundUp(d, step time.Duration) time.Duration {
	if d <= 0 {
		return step
	}
	return (d + step - 1) / step * step
}

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// length is kept if it is kept on the clock or in time that passes, so that a
// change of the clocks takes no allowed length away.
func (w *wish) length() {
	passes, shown := w.EndsAt.Sub(w.StartsAt), onTheClock(w.Span, w.zone)
	shortest, longest := w.lengths()
	if longer := max(passes, shown); longer < shortest {
		w.breaks(TooShort, &Remedy{ChooseLength, args("Length", shortest)}, "Least", shortest)
	}
	if shorter := min(passes, shown); longest > 0 && shorter > longest {
		w.breaks(TooLong, &Remedy{ChooseLength, args("Length", longest)}, "Most", longest)
	}
}

// lengths are the shortest and the longest allowed, 0 where there is no limit.
func (w *wish) lengths() (shortest, longest time.Duration) {
	w.touching(LengthRule, func(r Rule) {
		shortest = max(shortest, minutes(r.Params.MinMin))
		if most := minutes(r.Params.MaxMin); most > 0 && (longest == 0 || most < longest) {
			longest = most
		}
	})
	return shortest, longest
}

// The degrees to which a booking must lie in the opening hours.
const (
	needNone  = "none"
	needStart = "start"
	needWhole = "whole"
)

func (w *wish) opening() {
	need, asked := needWhole, false
	w.touching(HoursRule, func(r Rule) {
		if !asked || r.Params.Need == needWhole || need == needNone {
			need, asked = r.Params.Need, true
		}
	})
	open := w.open()
	var ok bool
	switch {
	case need == needNone:
		ok = true
	case w.wholeDays():
		ok = w.everyDay(open)
	case need == needStart:
		ok = covers(open, Span{w.StartsAt, w.StartsAt.Add(time.Second)})
	default:
		ok = covers(open, w.Span)
	}
	if ok {
		return
	}
	for _, h := range w.hours.Holidays {
		if h.overlaps(w.Span) {
			w.breaks(Holiday, nil, "Name", h.Name)
			return
		}
	}
	w.breaks(OutsideHours, nil, "Space", w.space.Name)
}

// open is when the doors are open to the holder.
func (w *wish) open() []Span {
	for _, p := range w.holder.plansAt(w.StartsAt) {
		if p.KeyHolder {
			return w.hours.KeyHolders
		}
	}
	return w.hours.Everyone
}

// everyDay reports whether the space opens on each day of the booking.
func (w *wish) everyDay(open []Span) bool {
	for day := range clock.Days(w.StartsAt, w.EndsAt, w.zone) {
		today := Span{day.Start(w.zone), day.Add(1).Start(w.zone)}
		if !slices.ContainsFunc(open, today.overlaps) {
			return false
		}
	}
	return true
}

func (s Span) overlaps(o Span) bool {
	return s.StartsAt.Before(o.EndsAt) && o.StartsAt.Before(s.EndsAt)
}

func (s Span) holds(o Span) bool { return !o.StartsAt.Before(s.StartsAt) && !o.EndsAt.After(s.EndsAt) }

// covers reports whether one of the spans holds all of s. They do not touch each other.
func covers(spans []Span, s Span) bool {
	return slices.ContainsFunc(spans, func(o Span) bool { return o.holds(s) })
}

// notice is the longest that the rules at this start ask for.
func (w *wish) notice(of func(Params) int) time.Duration {
	var longest time.Duration
	w.starting(NoticeRule, func(p Params) { longest = max(longest, minutes(of(p))) })
	return longest
}

func (w *wish) soon() {
	notice := w.notice(func(p Params) int { return p.CreateMin })
	if w.StartsAt.Before(w.now.Add(notice)) && !w.StartsAt.Before(w.now) {
		w.breaks(TooSoon, nil, "Notice", notice)
	}
}

// changeNotice is counted to the start the booking has now. A move gives that time
// back, so it asks for no less than a cancellation does.
func (w *wish) changeNotice() {
	notice := w.noticeOf(w.booking, func(p Params) int { return max(p.ChangeMin, p.CancelMin) })
	if w.booking.StartsAt.Before(w.now.Add(notice)) {
		w.breaks(ChangeTooLate, &Remedy{Code: TalkToDesk}, "Until", w.booking.StartsAt.Add(-notice))
	}
}

func (w *wish) cancelNotice() {
	notice := w.noticeOf(w.booking, func(p Params) int { return p.CancelMin })
	if w.booking.StartsAt.Before(w.now.Add(notice)) {
		w.breaks(CancelTooLate, &Remedy{Code: TalkToDesk}, "Until", w.booking.StartsAt.Add(-notice))
	}
}

// noticeOf is the notice for a booking as it stands, at its own start.
func (w *wish) noticeOf(b Booking, of func(Params) int) time.Duration {
	as := *w
	as.Span = Span{b.StartsAt, b.EndsAt}
	as.start = wallOf(b.StartsAt, w.zone)
	return as.notice(of)
}

// ahead counts calendar days of the space: 7 is today and seven days more.
func (w *wish) ahead() {
	days := -1
	w.starting(AheadRule, func(p Params) {
		if days < 0 || p.Days < days {
			days = p.Days
		}
	})
	start := clock.DayOf(w.StartsAt, w.zone)
	if days >= 0 && start > clock.DayOf(w.now, w.zone).Add(days) {
		w.breaks(TooFarAhead, &Remedy{WaitUntil, args("At", start.Add(-days).Start(w.zone))}, "Count", days)
	}
}

func (w *wish) people() {
	least := 0
	w.touching(PeopleRule, func(r Rule) { least = max(least, r.Params.AtLeast) })
	if w.places < least {
		w.breaks(TooFewPeople, &Remedy{BringPeople, args("Count", least)}, "Count", least)
	}
}

// others are the holder's other bookings that a rule counts.
func (w *wish) others(r Rule) []engagement {
	var list []engagement
	for _, m := range w.mine {
		if m.id != w.booking.ID && r.counts(m) {
			list = append(list, m)
		}
	}
	return list
}

func (w *wish) gap() {
	var widest time.Duration
	w.touching(PersonalRule, func(r Rule) {
		gap := minutes(r.Params.GapMin)
		near := Span{w.StartsAt.Add(-gap), w.EndsAt.Add(gap)}
		if gap > widest && slices.ContainsFunc(w.others(r), func(m engagement) bool { return m.overlaps(near) }) {
			widest = gap
		}
	})
	if widest > 0 {
		w.breaks(GapNeeded, nil, "Gap", widest)
	}
}

func (w *wish) atOnce() {
	limit := 0
	w.touching(PersonalRule, func(r Rule) {
		n := r.Params.AtOnce
		if n > 0 && (limit == 0 || n < limit) && most(w.others(r), w.Span) >= n {
			limit = n
		}
	})
	if limit > 0 {
		w.breaks(TooManyAtOnce, nil, "Count", limit)
	}
}

// most is the largest number of the list at one moment of the span.
func most(list []engagement, s Span) int {
	largest := 0
	for _, at := range append([]engagement{{Span: s}}, list...) {
		n := 0
		for _, m := range list {
			if m.overlaps(s) && !m.StartsAt.After(at.StartsAt) && m.EndsAt.After(at.StartsAt) {
				n++
			}
		}
		if at.StartsAt.Before(s.EndsAt) {
			largest = max(largest, n)
		}
	}
	return largest
}

func (w *wish) outstanding() {
	limit := 0
	w.touching(PersonalRule, func(r Rule) {
		n := r.Params.Outstanding
		ahead := 0
		for _, m := range w.others(r) {
			if m.EndsAt.After(w.now) {
				ahead++
			}
		}
		if n > 0 && (limit == 0 || n < limit) && ahead >= n {
			limit = n
		}
	})
	if limit > 0 {
		w.breaks(TooManyOutstanding, &Remedy{Code: CancelAnother}, "Count", limit)
	}
}

// first asks for another booking of the holder over the whole time.
func (w *wish) first() {
	w.touching(FirstRule, func(r Rule) {
		at := w.StartsAt
		for _, m := range w.mine { // in the order they start
			if m.resource == r.Params.Resource && !m.StartsAt.After(at) && m.EndsAt.After(at) {
				at = m.EndsAt
			}
		}
		if at.Before(w.EndsAt) && !w.stranger() {
			name := w.names[r.Params.Resource]
			w.breaks(AreaNotBooked, &Remedy{BookFirst, args("Resource", r.Params.Resource, "Name", name)}, "Name", name)
		}
	})
}

// cost is the price of the wish; an extension's is what it adds to what was fixed.
func (w *wish) cost() error {
	groups := w.holder.groupsAt(w.StartsAt)
	places := 1
	if w.resource.Places {
		places = w.places
	}
	base, span := money.Of(0, w.space.Currency), w.Span
	if w.verb == extend {
		base, w.lines, w.drawn, w.drawnOf = w.booking.Price(), w.booking.PriceLines, w.booking.IncludedMin, w.booking.IncludedOf
		span.StartsAt = w.booking.EndsAt
	}
	shown := wallOf(span.StartsAt, w.zone)
	i := slices.IndexFunc(w.prices[w.resource.ID], func(p Price) bool { return p.fits(groups, shown) })
	if i < 0 {
		w.price = base
		return nil
	}
	price := w.prices[w.resource.ID][i]
	after := func(taken int) (PriceLine, error) {
		if w.verb == extend {
			return price.added(w.Span, w.booking.EndsAt.Add(minutes(taken)), places)
		}
		return price.line(Span{w.StartsAt.Add(minutes(taken)), w.EndsAt}, places)
	}
	line, err := after(0)
	if err != nil {
		return err
	}
	lines, err := w.include(line, after)
	if err != nil {
		return err
	}
	w.lines = append(slices.Clone(w.lines), lines...)
	w.price, err = base.Add(lines[len(lines)-1].Amount) // what the plan includes costs nothing
	return err
}

// plansAt are the plans that run at a moment.
func (h Holder) plansAt(at clock.Instant) []PlanRun {
	var list []PlanRun
	for _, p := range h.Plans {
		if p.runs(at) {
			list = append(list, p)
		}
	}
	return list
}

// runs reports whether it runs at a moment and is not paused.
func (p PlanRun) runs(at clock.Instant) bool {
	for _, pause := range p.Pauses {
		if !at.Before(pause.StartsAt) && at.Before(pause.EndsAt) {
			return false
		}
	}
	return !at.Before(p.StartsAt) && (p.EndsAt.IsZero() || at.Before(p.EndsAt))
}

// Guest is the price group of whoever has no plan.
const Guest = "guest"

// groupsAt are the price groups of the holder at a moment.
func (h Holder) groupsAt(at clock.Instant) []string {
	plans := h.plansAt(at)
	if len(plans) == 0 {
		return []string{Guest}
	}
	var groups []string
	for _, p := range plans {
		groups = append(groups, p.Group)
	}
	return groups
}

// args makes the Args of a violation or remedy from names and values in turn.
func args(pairs ...any) map[string]any {
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	return m
}
