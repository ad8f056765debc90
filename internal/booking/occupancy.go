package booking

import (
	"slices"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/id"
)

// stretch is a time for which one unit is held, buffers included.
type stretch struct {
	resource id.ID
	unit     int
	Span
	chosen  Span // without the buffers, as the person chose it; a closure's own
	closure bool
	cause   id.ID
}

// state is how a unit stands to a wish, the mildest first.
type state int

const (
	free state = iota
	buffered
	taken
	closed
)

// occupancy finds the units to be had, and what would be held of them.
func (w *wish) occupancy() {
	var fit []int
	mildest := closed
	before, after := w.buffers(w.resource)
	parts := w.parts(before, after)
	for _, unit := range w.candidates() {
		state := w.worst(append(slices.Clip(parts), w.stretch(w.resource.ID, unit, before, after)))
		mildest = min(mildest, state)
		if state == free {
			fit = append(fit, unit)
		}
	}
	w.verdict.free = len(fit)
	wanted := 1
	if w.resource.Places {
		wanted = w.places
	}
	if len(fit) >= wanted {
		w.units = fit[:wanted]
		w.takes = w.stretches(w.units)
		return
	}
	switch {
	case mildest == closed:
		w.breaks(ClosedThen, nil, "Name", w.resource.Name)
	case w.resource.Places:
		w.breaks(PlacesFull, nil, "Count", len(fit), "Wanted", wanted)
	case mildest == buffered:
		w.breaks(BufferTaken, nil, "Name", w.resource.Name)
	default:
		w.breaks(Taken, nil, "Name", w.resource.Name, "StartsAt", w.StartsAt)
	}
}

// candidates are the units that may be taken, those it has already first.
func (w *wish) candidates() []int {
	var own []int
	for n := 1; w.booking.ID != "" && n <= w.resource.Units; n++ {
		if slices.ContainsFunc(w.held[unit{w.resource.ID, n}], w.isOwn) {
			own = append(own, n)
		}
	}
	if w.verb == extend {
		return own
	}
	if u := w.booking.Unit; len(own) == 0 && w.booking.ResourceID == w.resource.ID && 1 <= u && u <= w.resource.Units {
		own = []int{u} // it had this one
	}
	if w.unit > 0 && !w.resource.Places {
		return []int{w.unit}
	}
	all := own
	for n := 1; n <= w.resource.Units; n++ {
		if !slices.Contains(own, n) {
			all = append(all, n)
		}
	}
	return all
}

// isOwn reports whether the booking that is to change holds this itself.
func (w *wish) isOwn(h stretch) bool { return h.cause == w.booking.ID && h.cause != "" }

// worst is the worst that stands against taking all of these.
func (w *wish) worst(wanted []stretch) state {
	worst := free
	for _, s := range wanted {
		for _, h := range w.during(s) {
			switch {
			case w.isOwn(h):
			case !h.chosen.overlaps(w.Span):
				worst = max(worst, buffered)
			case h.closure:
				worst = max(worst, closed)
			default:
				worst = max(worst, taken)
			}
		}
	}
	return worst
}

// during is what is held of the unit of a stretch while that lasts. Nothing held of
// one unit overlaps, so its ends are in the order of its starts.
func (f *facts) during(s stretch) []stretch {
	list := f.held[unit{s.resource, s.unit}]
	from, _ := slices.BinarySearchFunc(list, s.StartsAt, func(h stretch, at clock.Instant) int {
		if h.EndsAt.After(at) {
			return 1
		}
		return -1
	})
	to := from
	for to < len(list) && list[to].StartsAt.Before(s.EndsAt) {
		to++
	}
	return list[from:to]
}

// stretches are the times to be held: of the units themselves, and of every unit
// of what is within them, each with the buffers around.
func (w *wish) stretches(units []int) []stretch {
	before, after := w.buffers(w.resource)
	list := w.parts(before, after)
	for _, unit := range units {
		list = append(list, w.stretch(w.resource.ID, unit, before, after))
	}
	return list
}

// parts are the times to be held of what is within the resource, whichever of its
// units is taken: each with its own buffers or the resource's, the wider.
func (w *wish) parts(before, after time.Duration) []stretch {
	var list []stretch
	for _, part := range w.resource.Within {
		b, a := w.buffers(part)
		for unit := 1; unit <= part.Units; unit++ {
			list = append(list, w.stretch(part.ID, unit, max(before, b), max(after, a)))
		}
	}
	return list
}

func (w *wish) stretch(resource id.ID, unit int, before, after time.Duration) stretch {
	return stretch{resource: resource, unit: unit, Span: Span{w.StartsAt.Add(-before), w.EndsAt.Add(after)}, chosen: w.Span}
}

func (w *wish) buffers(r Resource) (before, after time.Duration) {
	of := *w
	of.resource = r
	of.starting(BufferRule, func(p Params) {
		before, after = max(before, minutes(p.BeforeMin)), max(after, minutes(p.AfterMin))
	})
	return before, after
}
