package demo

import (
	"math/rand/v2"
	"slices"
	"time"

	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/internal/spaces"
)

// How the demo's bookings are spread, after real spaces: three months back and
// four weeks ahead, 6,000 a year, 55 % of them in the evenings from Tuesday to
// Thursday and on Saturday by day, a fifth of the people making 60 %.
const (
	daysBack  = 91
	daysAhead = 28

	inPrimeTime   = 0.55
	onPrimeDays   = 0.66 // those that fall on a day with such hours
	byFrequent    = 0.60
	frequentPart  = 5 // one in so many
	cancelledPart = 0.12
	noShowPart    = 0.08
)

// perDay is how many bookings are tried on a weekday, Monday first.
var perDay = map[string][7]int{
	"harbour":  {5, 24, 25, 24, 16, 32, 5},
	"shanghai": {1, 1, 4, 4, 5, 7, 6},
}

// guest is somebody who can book in a space.
type guest struct {
	id        id.ID
	group     string
	keyHolder bool
	holds     map[string]bool // codes of certifications
}

// diary makes the bookings of one space.
type diary struct {
	place    place
	space    id.ID
	zone     *time.Location
	calendar spaces.Calendar
	now      clock.Instant
	random   *rand.Rand
	ids      map[string]id.ID // resources by slug
	guests   []guest
	taken    map[string][][]booking.Span // by slug and unit
}

// write makes them all, in the order of their days.
func (d *diary) write() []booking.Booking {
	d.taken = map[string][][]booking.Span{}
	for _, r := range d.place.resources {
		d.taken[r.slug] = make([][]booking.Span, r.units)
	}
	today := clock.DayOf(d.now, d.zone)
	var all []booking.Booking
	for n := -daysBack; n <= daysAhead; n++ {
		day := today.Add(n)
		tries := perDay[d.place.slug][day.Weekday()-1]
		if n > 3 { // what lies far ahead is not full yet
			tries = tries * (daysAhead + 10 - n) / (daysAhead + 10)
		}
		for range tries {
			if b, ok := d.try(day, n); ok {
				all = append(all, b)
			}
		}
	}
	return append(all, d.absent()...)
}

// absent are, while the space is open, somebody who is late now, and somebody who did
// not come at all: what a desk looks for.
func (d *diary) absent() []booking.Booking {
	var all []booking.Booking
	for _, c := range []struct {
		ago    time.Duration
		status booking.Status
	}{{50 * time.Minute, booking.NoShow}, {12 * time.Minute, booking.Confirmed}} {
		if b, ok := d.begun(c.ago, len(all), c.status); ok {
			all = append(all, b)
		}
	}
	return all
}

// begun is a booking of half an hour that began so long ago, or a little before, of the
// nth from the last who may use something that was free then.
func (d *diary) begun(ago time.Duration, nth int, status booking.Status) (booking.Booking, bool) {
	const grid = 15 * time.Minute
	s := booking.Span{StartsAt: clock.At(d.now.Add(-ago).Truncate(grid))}
	s.EndsAt = s.StartsAt.Add(2 * grid)
	if !d.calendar.Covers(s.StartsAt, s.EndsAt, false) {
		return booking.Booking{}, false
	}
	for n := len(d.guests) - 1; n >= 0; n-- {
		g := d.guests[n]
		for _, r := range d.place.resources {
			if r.let || r.daily || r.step*r.min == 0 || r.step > 15 || r.min > 30 || r.guest < 0 && g.group == "guest" || !g.holds[r.needs] {
				continue
			}
			unit, free := d.free(r, s)
			if !free {
				continue
			}
			if nth--; nth >= 0 {
				break
			}
			d.take(r, unit, s)
			return d.booking(g, r, unit, s, status), true
		}
	}
	return booking.Booking{}, false
}

// try makes one booking that starts on this day, ahead days from today, or none
// where chance picked what can't be.
func (d *diary) try(day clock.Day, ahead int) (booking.Booking, bool) {
	for range 12 {
		g := d.someone()
		r := d.something()
		if r.let || ahead > r.ahead || (r.needs != "" && !g.holds[r.needs]) || (r.guest < 0 && g.group == "guest") {
			continue
		}
		span, ok := d.time(day, r, g)
		if !ok {
			continue
		}
		status := d.fate(span)
		unit, free := d.free(r, span)
		if !free {
			continue
		}
		if status != booking.Cancelled {
			d.take(r, unit, span)
		}
		return d.booking(g, r, unit, span, status), true
	}
	return booking.Booking{}, false
}

func (d *diary) someone() guest {
	frequent := len(d.guests) / frequentPart
	if d.random.Float64() < byFrequent {
		return d.guests[d.random.IntN(frequent)]
	}
	return d.guests[frequent+d.random.IntN(len(d.guests)-frequent)]
}

// something picks a resource; the popular ones have more chances.
func (d *diary) something() resource {
	popular := []string{"laser", "laser", "laser", "print", "print", "print", "wood", "metal", "electronics", "textile", "desks", "desks", "forming"}
	area := popular[d.random.IntN(len(popular))]
	var among []resource
	for _, r := range d.place.resources {
		if r.area == area && !r.let {
			among = append(among, r)
		}
	}
	if len(among) == 0 {
		return d.place.resources[0]
	}
	return among[d.random.IntN(len(among))]
}

// time picks a span of the day on the machine's grid, within the hours this person has.
func (d *diary) time(day clock.Day, r resource, g guest) (booking.Span, bool) {
	if r.daily {
		if len(d.calendar.Day(day, false)) == 0 {
			return booking.Span{}, false
		}
		return booking.Span{StartsAt: day.Start(d.zone), EndsAt: day.Add(1).Start(d.zone)}, true
	}
	steps := (r.max - r.min) / r.step
	if steps > 6 && d.random.IntN(4) > 0 {
		steps = 6 // most are short, some run through the night
	}
	length := r.min + r.step*d.random.IntN(steps+1)
	from, to := d.wall(day)
	start := from + d.random.IntN(max(1, (to-from)/r.step))*r.step
	start -= start % r.step
	first, _, exists := day.At(start, d.zone)
	if !exists {
		return booking.Span{}, false
	}
	s := booking.Span{StartsAt: first, EndsAt: first.Add(time.Duration(length) * time.Minute)}
	until := s.EndsAt
	if r.area == "print" {
		until = s.StartsAt.Add(time.Minute) // prints run on alone
	}
	return s, d.calendar.Covers(s.StartsAt, until, g.keyHolder)
}

// wall is the part of the day in which a booking starts: the crowded hours for
// more than half of them.
func (d *diary) wall(day clock.Day) (from, to int) {
	weekday := day.Weekday()
	evening := weekday >= 2 && weekday <= 4
	if (evening || weekday == 6) && d.random.Float64() < inPrimeTime/onPrimeDays {
		if evening {
			return 17 * 60, 21 * 60
		}
		return 10 * 60, 16 * 60
	}
	if weekday == 6 {
		return 8 * 60, 18 * 60
	}
	return 8 * 60, 21 * 60
}

// fate is what became of a booking by now.
func (d *diary) fate(s booking.Span) booking.Status {
	chance := d.random.Float64()
	switch {
	case chance < cancelledPart:
		return booking.Cancelled
	case !s.EndsAt.After(d.now) && chance < cancelledPart+noShowPart:
		return booking.NoShow
	case !s.EndsAt.After(d.now):
		return booking.Done
	}
	if _, open := d.calendar.Open(d.now, true); open && chance < 0.9 && !s.StartsAt.After(d.now.Add(-20*time.Minute)) {
		return booking.InUse
	}
	return booking.Confirmed
}

// free finds a unit that nobody has then, buffers counted.
func (d *diary) free(r resource, s booking.Span) (unit int, ok bool) {
	around := []string{r.slug}
	for _, other := range d.place.resources {
		if other.parent == r.slug || (r.parent != "" && other.slug == r.parent) {
			around = append(around, other.slug)
		}
	}
	for u := range r.units {
		if !slices.ContainsFunc(around, func(slug string) bool { return d.clash(slug, u, r, s) }) {
			return u + 1, true
		}
	}
	return 0, false
}

// margin is the widest buffer of the demo: whoever keeps it keeps every one.
const margin = 60 * time.Minute

func (d *diary) clash(slug string, unit int, r resource, s booking.Span) bool {
	spans := d.taken[slug]
	if unit >= len(spans) {
		return false
	}
	gap := time.Duration(max(r.before, r.after)) * time.Minute
	if slug != r.slug {
		gap = margin
	}
	return slices.ContainsFunc(spans[unit], func(t booking.Span) bool {
		return t.StartsAt.Before(s.EndsAt.Add(gap)) && s.StartsAt.Before(t.EndsAt.Add(gap))
	})
}

func (d *diary) take(r resource, unit int, s booking.Span) {
	d.taken[r.slug][unit-1] = append(d.taken[r.slug][unit-1], s)
}

func (d *diary) booking(g guest, r resource, unit int, s booking.Span, status booking.Status) booking.Booking {
	lead := time.Duration(1+d.random.IntN(max(1, min(r.ahead, 9)*24))) * time.Hour
	created := s.StartsAt.Add(-lead)
	if created.After(d.now) {
		created = d.now.Add(-time.Duration(1+d.random.IntN(3000)) * time.Minute)
	}
	line := d.price(g, r, s)
	b := booking.Booking{
		ID: id.New(), SpaceID: d.space, ResourceID: d.ids[r.slug], Unit: max(unit, 1), Places: 1, MemberID: g.id, BookedBy: g.id,
		Status: status, StartsAt: s.StartsAt, EndsAt: s.EndsAt, PriceMinor: line.Amount.Minor, Currency: line.Amount.Currency,
		PriceLines: booking.PriceLines{line}, CreatedAt: created, ChangedAt: created, Version: 1,
	}
	switch status {
	case booking.Cancelled:
		b.CancelledAt = created.Add(min(lead, max(d.now.Sub(created), time.Minute)) / 2)
		b.CancelledBy, b.ChangedAt, b.Sequence, b.Version = g.id, b.CancelledAt, 1, 2
	case booking.Done:
		b.CheckedInAt, b.CheckedOutAt, b.Version = d.arrival(r, s), s.EndsAt, 3
	case booking.InUse:
		b.CheckedInAt, b.Version = d.arrival(r, s), 2
	}
	return b
}

// arrival is when somebody came: within minutes of the start, for a whole day of the doors' opening.
func (d *diary) arrival(r resource, s booking.Span) clock.Instant {
	from := s.StartsAt
	if open := d.calendar.Day(clock.DayOf(from, d.zone), false); r.daily && len(open) > 0 && open[0].From.Before(d.now) {
		from = open[0].From
	}
	return from.Add(time.Duration(d.random.IntN(9)) * time.Minute)
}

// price is what the place's list says: by the hour, or for a day.
func (d *diary) price(g guest, r resource, s booking.Span) booking.PriceLine {
	each := r.member
	if g.group == "guest" {
		each = r.guest
	}
	minutes := int(s.EndsAt.Sub(s.StartsAt).Minutes())
	line := booking.PriceLine{Form: booking.PerHour, Group: g.group, Minutes: minutes, Count: 1, Places: 1, Each: money.Of(each, d.place.currency)}
	line.Amount = money.Of((each*int64(minutes)+30)/60, d.place.currency)
	if r.daily {
		line.Form, line.StepMin, line.Count = booking.PerStep, wholeDay, (minutes+wholeDay-1)/wholeDay
		line.Amount = money.Of(each*int64(line.Count), d.place.currency)
	}
	return line
}
