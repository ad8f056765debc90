package booking

import (
	"context"
	"slices"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Quote answers a wish without taking anything: the price, or every broken rule
// with its remedy. It errs only where the resource or person is not to be seen.
func (s *Service) Quote(ctx context.Context, by actor.Actor, req Request) (Quote, error) {
	in, err := s.intend(ctx, by, "booking.quote", req)
	if err != nil {
		return Quote{}, err
	}
	if _, err := s.look(ctx, in.facts, resourcesOf(in.asks), in.asks[0].Span); err != nil {
		return Quote{}, err
	}
	a, v, err := in.choose()
	if err != nil {
		return Quote{}, err
	}
	q := Quote{Resource: a.resource.ID, StartsAt: a.StartsAt, EndsAt: a.EndsAt, Price: v.price, Lines: v.lines, Included: v.included, Left: v.left, FreeUntil: v.freeUntil}
	if len(v.broken) > 0 {
		q.Violations, err = s.remedies(ctx, in.facts, a, v.broken)
		return q, err
	}
	q.Unit = v.units[0]
	return q, nil
}

// Availability lists the starts of a window and what can be had there: every
// start that can be booked, and those within opening hours that can't, with the reasons.
func (s *Service) Availability(ctx context.Context, by actor.Actor, w Window) ([]Slot, error) {
	resource, err := s.Equipment.Resource(ctx, w.Resource)
	if err == nil && w.Space != "" && resource.SpaceID != w.Space {
		err = ErrNoSuchResource
	}
	if err != nil {
		return nil, fault.Wrap(err, "resource %s", w.Resource)
	}
	if err := by.May("availability.read", resource.SpaceID, "", nil); err != nil {
		return nil, err
	}
	a := ask{verb: create, resource: resource, places: 1}
	member := w.Member
	if w.Moving != "" {
		if a.booking, err = s.visible(ctx, by, "booking.change", w.Moving); err != nil {
			return nil, err
		}
		a.verb, a.places, member = change, a.booking.Places, a.booking.MemberID
	}
	if member == "" && by.Role(resource.SpaceID) != actor.Visitor {
		member = by.Member
	}
	if member != "" {
		if err := by.May("booking.quote", resource.SpaceID, member, ErrNoSuchMember); err != nil {
			return nil, err
		}
	}
	window := Span{w.From, w.To}
	switch {
	case !w.To.After(w.From):
		return nil, ErrSpan
	case w.To.Sub(w.From) > 31*24*time.Hour || w.Length < 0 || w.Length > yearMin:
		return nil, ErrTooWide
	}
	wide := Span{w.From, w.To.Add(minutes(w.Length))}
	f, err := s.gather(ctx, resource.SpaceID, member, []Resource{resource}, wide)
	if err != nil {
		return nil, err
	}
	if w.Length == 0 {
		w.Length = f.shortest(a, window)
		wide.EndsAt = w.To.Add(minutes(w.Length))
		if f, err = s.gather(ctx, resource.SpaceID, member, []Resource{resource}, wide); err != nil { // the hours until then
			return nil, err
		}
	}
	if _, err := s.look(ctx, f, []Resource{resource}, wide); err != nil {
		return nil, err
	}
	if err := s.prepare(ctx, f, resource); err != nil {
		return nil, err
	}
	slots, err := slots(ctx, f, a, window, minutes(w.Length))
	if err != nil {
		return nil, err
	}
	good := timely(slots)
	for i := range slots {
		if broken := slots[i].Violations; !suggest(broken, good, slots[i].StartsAt) {
			otherDay(broken)
		}
	}
	return slots, nil
}

// extendFor is how much later than its end a booking may be offered to end.
const extendFor = 24 * time.Hour

// LaterEnds are the ends to which a booking can be extended now, the nearest first
// and at most so many of them: those that Extend would take, and for whoever may set
// rules aside those that it would take then. If there is none it says what stands
// against the first.
func (s *Service) LaterEnds(ctx context.Context, by actor.Actor, booking id.ID, most int) (ends []clock.Instant, against []Violation, err error) {
	b, in, err := s.reconsider(ctx, by, "booking.change", booking, 0, nil, func(b Booking, a *ask) error {
		a.verb, a.EndsAt = extend, b.EndsAt.Add(extendFor)
		if !b.Status.Live() || b.Status == Held {
			return ErrOver
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	a := in.asks[0]
	zone := in.facts.space.Zone
	step := newWish(in.facts, a).widestStep()
	if step == minutes(dayMin) {
		a.EndsAt = clock.DayOf(b.EndsAt, zone).Add(most).Start(zone)
	}
	if _, err := s.look(ctx, in.facts, resourcesOf(in.asks), a.Span); err != nil {
		return nil, nil, err
	}
	setting := by.Scope("booking.override", b.SpaceID) == actor.Any
	for n, last := 1, a.EndsAt; len(ends) < most; n++ {
		a.EndsAt = b.EndsAt.Add(time.Duration(n) * step)
		if step == minutes(dayMin) {
			a.EndsAt = clock.DayOf(b.EndsAt, zone).Add(n).Start(zone)
		}
		if a.EndsAt.After(last) {
			break
		}
		v, err := evaluate(in.facts, a)
		switch {
		case err != nil:
			return nil, nil, err
		case !a.EndsAt.After(in.facts.now):
		case len(v.broken) == 0, setting && !slices.ContainsFunc(v.broken, func(v Violation) bool { return !v.Overridable }):
			ends, against = append(ends, a.EndsAt), nil
		case len(ends) == 0 && against == nil:
			against = v.broken
		}
	}
	return ends, against, nil
}

// widestStep is the widest of the grids that a length must fit.
func (w *wish) widestStep() time.Duration {
	var widest time.Duration
	for _, g := range w.grids() {
		widest = max(widest, g.step())
	}
	return widest
}

// shortest is the least length in minutes that the rules at the beginning of a window allow.
func (f *facts) shortest(a ask, window Span) int {
	a.Span = Span{window.StartsAt, window.StartsAt.Add(time.Minute)}
	w := newWish(f, a)
	length, _ := w.lengths()
	return int(max(length, w.widestStep()) / time.Minute)
}

// slots judges every start of the window that fits the grid, for bookings of a
// length. Starts that can't be had are among them if the doors are open then.
func slots(ctx context.Context, f *facts, a ask, window Span, length time.Duration) ([]Slot, error) {
	var list []Slot
	w := &wish{facts: f, ask: a, zone: f.space.Zone}
	from := later(window.StartsAt, f.now)
	if w.StartsAt, w.start = from, wallOf(from, w.zone); w.wholeDays() { // today has begun, and may still be had
		from = later(window.StartsAt, clock.DayOf(from, w.zone).Start(w.zone))
	}
	if rest := from.Unix() % 60; rest != 0 {
		from = from.Add(time.Duration(60-rest) * time.Second)
	}
	step := time.Minute
	for at := from; at.Before(window.EndsAt); at = at.Add(step) {
		if err := ctx.Err(); err != nil {
			return nil, err // nobody waits for it any more
		}
		w.StartsAt, w.start = at, wallOf(at, w.zone)
		whole, fits := false, true
		step = time.Minute
		for _, g := range w.grids() {
			whole = whole || g.WholeDays
			fits = fits && g.startsAt(at, w.start, w.zone)
		}
		if !fits {
			continue
		}
		step = w.stride()
		a.Span = Span{at, at.Add(length)}
		if whole {
			a.EndsAt = clock.DayOf(at, w.zone).Add(max(1, int(length/(24*time.Hour)))).Start(w.zone)
		}
		v, err := evaluate(f, a)
		if err != nil {
			return nil, err
		}
		w.EndsAt = a.EndsAt
		if len(v.broken) == 0 || whole || covers(w.open(), Span{at, at.Add(time.Second)}) {
			list = append(list, Slot{at, a.EndsAt, len(v.broken) == 0, v.free, v.broken})
		}
	}
	return list, nil
}

// stride is how far it is at least to the next start that fits the grid, for a wish
// whose start does: a step, unless the clocks change before.
func (w *wish) stride() time.Duration {
	stride := minutes(dayMin)
	for _, g := range w.grids() {
		if g.WholeDays || len(g.StartsMin) > 0 {
			return time.Minute
		}
		stride = min(stride, g.step())
	}
	if passes := (Span{w.StartsAt, w.StartsAt.Add(stride)}); onTheClock(passes, w.zone) != stride {
		return time.Minute
	}
	return stride
}

func later(a, b clock.Instant) clock.Instant {
	if b.After(a) {
		return b
	}
	return a
}

// otherTime are the rules that another time may keep.
var otherTime = []string{
	OffGrid, OutsideHours, Holiday, TooSoon, InThePast, Taken, BufferTaken, PlacesFull, ClosedThen, OutOfService,
	GapNeeded, TooManyAtOnce, Unsupervised,
}

// advise is the Refusal of an ask, each violation with its remedy.
func (s *Service) advise(ctx context.Context, f *facts, a ask, broken []Violation) error {
	violations, err := s.remedies(ctx, f, a, broken)
	if err != nil {
		return err
	}
	return Refusal{violations, f.space.Zone}
}

// remedies finds what the evaluator leaves open because it is dear: the next
// course, and the nearest times at which everything that another time can mend is mended.
func (s *Service) remedies(ctx context.Context, f *facts, a ask, broken []Violation) ([]Violation, error) {
	if err := s.prepare(ctx, f, a.resource); err != nil {
		return nil, err
	}
	for i, v := range broken {
		if v.Code != CertificationAsked {
			continue
		}
		if c, ok := nextCourse(f, v.Args["Certifications"].([]id.ID)); ok {
			broken[i].Remedy = takeCourse(c)
		}
	}
	if !slices.ContainsFunc(broken, func(v Violation) bool { return v.Remedy == nil && mendable(v) }) {
		return broken, nil
	}
	a.override = nil
	if a.verb&(extend|restore|begin) != 0 {
		a.verb = change
	}
	length := f.fitting(a)
	day := clock.DayOf(later(a.StartsAt, f.now), f.space.Zone)
	for _, days := range []int{2, 9} { // look far only where there is nothing near
		window := Span{day.Start(f.space.Zone), day.Add(days).Start(f.space.Zone)}
		if _, err := s.look(ctx, f, []Resource{a.resource}, Span{window.StartsAt, window.EndsAt.Add(length)}); err != nil {
			return nil, err
		}
		starts, err := slots(ctx, f, a, window, length)
		if err != nil {
			return nil, err
		}
		if suggest(broken, timely(starts), a.StartsAt) {
			return broken, nil
		}
	}
	otherDay(broken)
	return broken, nil
}

// fitting is the length of an ask, or the nearest that the rules at its start allow.
func (f *facts) fitting(a ask) time.Duration {
	w := newWish(f, a)
	shortest, longest := w.lengths()
	length := max(a.EndsAt.Sub(a.StartsAt), shortest)
	if longest > 0 {
		length = min(length, longest)
	}
	for _, g := range w.grids() {
		length = roundUp(length, g.step())
	}
	return length
}

// prepare looks up the next course for every certification that the holder lacks.
func (s *Service) prepare(ctx context.Context, f *facts, r Resource) error {
	w := &wish{facts: f}
	var lacks []id.ID
	for _, group := range r.Certifications {
		if f.holder.ID != "" && !w.certified(group, f.now) {
			ids, _ := anyOf(group)
			lacks = append(lacks, ids...)
		}
	}
	if len(lacks) == 0 {
		return nil
	}
	courses, err := s.Courses.Next(ctx, lacks, f.now)
	for _, c := range courses {
		f.courses[c.Certification] = c
	}
	return fault.Wrap(err, "the next course")
}

// timely are the slots at which nothing is broken that another time would mend.
func timely(slots []Slot) []Slot {
	var list []Slot
	for _, s := range slots {
		if !slices.ContainsFunc(s.Violations, mendable) {
			list = append(list, s)
		}
	}
	return list
}

// suggest gives violations that another time mends the three nearest of the timely
// slots, before or after the start, at which nothing else is broken than here. The
// first is the nearest; the times are told in their order.
func suggest(broken []Violation, timely []Slot, start clock.Instant) bool {
	var near []Slot
	after, _ := slices.BinarySearchFunc(timely, start, func(s Slot, at clock.Instant) int { return s.StartsAt.Compare(at.Time) })
	before := after - 1
	far := func(i int) time.Duration { return timely[i].StartsAt.Sub(start).Abs() }
	for len(near) < 3 && (before >= 0 || after < len(timely)) {
		next := after
		if after == len(timely) || before >= 0 && far(before) < far(after) {
			next = before
			before--
		} else {
			after++
		}
		s := timely[next]
		if !s.StartsAt.Equal(start) && !slices.ContainsFunc(s.Violations, func(v Violation) bool { return !has(broken, v.Code) }) {
			near = append(near, s)
		}
	}
	if len(near) == 0 {
		return false
	}
	times := make([]clock.Instant, len(near))
	for i, s := range near {
		times[i] = s.StartsAt
	}
	slices.SortFunc(times, func(a, b clock.Instant) int { return a.Compare(b.Time) })
	mend(broken, &Remedy{ChooseTime, args("StartsAt", near[0].StartsAt, "EndsAt", near[0].EndsAt, "Times", times, "Asked", start)})
	return true
}

// otherDay is the remedy where no time near is any better.
func otherDay(broken []Violation) { mend(broken, &Remedy{Code: ChooseDay}) }

// mend gives the remedy to violations that another time mends.
func mend(broken []Violation, remedy *Remedy) {
	for i, v := range broken {
		if v.Remedy == nil && mendable(v) {
			broken[i].Remedy = remedy
		}
	}
}

func mendable(v Violation) bool { return slices.Contains(otherTime, v.Code) }

func has(broken []Violation, code string) bool {
	return slices.ContainsFunc(broken, func(v Violation) bool { return v.Code == code })
}
