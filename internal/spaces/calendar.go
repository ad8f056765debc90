package spaces

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// Audience is whom opening hours are for.
type Audience string

// The audiences. Key holders may come whenever everyone may, too.
const (
	Everyone   Audience = "everyone"
	KeyHolders Audience = "key_holders"
)

// Hours is one opening of every week, in minutes on the wall since midnight:
// Weekday 1 is Monday, ClosesMin is at most 1440. A space open past midnight
// has one that closes at 1440 and one that opens at 0.
type Hours struct {
	ID        id.ID
	SpaceID   id.ID
	Weekday   int
	OpensMin  int
	ClosesMin int
	Audience  Audience
}

// TableName is where GORM finds Hours.
func (Hours) TableName() string { return "opening_hours" }

// Holiday is a day unlike the others of its week. Without hours the space is
// closed, to key holders too. With hours, those stand in for everyone's hours of
// that weekday, and key holders keep theirs.
type Holiday struct {
	ID        id.ID
	SpaceID   id.ID
	Day       clock.Day
	Name      i18n.Text
	OpensMin  *int
	ClosesMin *int
}

// Closed reports whether nobody comes in that day.
func (h Holiday) Closed() bool { return h.OpensMin == nil || h.ClosesMin == nil }

// Span is a time [From, To) during which the doors are open.
type Span struct {
	From clock.Instant
	To   clock.Instant
}

// Contains reports whether at lies in the span; its end does not.
func (s Span) Contains(at clock.Instant) bool { return !at.Before(s.From) && at.Before(s.To) }

// Calendar answers when a space is open. It is a value: load it once, ask it as
// often as needed. All its answers are ordered and never overlap or touch, and
// hold through every change of the clocks: an opening at a skipped time is at
// the change, one that ends at a time shown twice ends at the second.
type Calendar struct {
	Zone     *time.Location
	Hours    []Hours
	Holidays map[clock.Day]Holiday
}

// Day is when the space is open between one local midnight and the next.
func (c Calendar) Day(day clock.Day, keyHolder bool) []Span {
	from, to := day.Start(c.Zone), day.Add(1).Start(c.Zone)
	var spans []Span
	open := func(opens, closes int) {
		first, _, _ := day.At(opens, c.Zone)
		_, last, _ := day.At(closes, c.Zone)
		if first.Before(from) {
			first = from
		}
		if last.After(to) {
			last = to
		}
		if first.Before(last) {
			spans = append(spans, Span{first, last})
		}
	}
	holiday, special := c.Holidays[day]
	if special && holiday.Closed() {
		return nil
	}
	if special {
		open(*holiday.OpensMin, *holiday.ClosesMin)
	}
	weekday := day.Weekday()
	for _, h := range c.Hours {
		switch {
		case h.Weekday != weekday, h.Audience == KeyHolders && !keyHolder, h.Audience == Everyone && special:
		default:
			open(h.OpensMin, h.ClosesMin)
		}
	}
	return merged(spans)
}

// Between is when the space is open within [from, to), whatever the midnights between.
func (c Calendar) Between(from, to clock.Instant, keyHolder bool) []Span {
	var spans []Span
	if !from.Before(to) {
		return nil
	}
	for day := range clock.Days(from, to, c.Zone) {
		for _, s := range c.Day(day, keyHolder) {
			if s.From.Before(from) {
				s.From = from
			}
			if s.To.After(to) {
				s.To = to
			}
			if s.From.Before(s.To) {
				spans = append(spans, s)
			}
		}
	}
	return merged(spans)
}

// Covers reports whether the space is open for the whole of [from, to).
func (c Calendar) Covers(from, to clock.Instant, keyHolder bool) bool {
	spans := c.Between(from, to, keyHolder)
	return len(spans) == 1 && spans[0].From.Equal(from) && spans[0].To.Equal(to)
}

// ClosedOn is the special day that keeps the space closed on day, if one does.
func (c Calendar) ClosedOn(day clock.Day) (Holiday, bool) {
	h, ok := c.Holidays[day]
	return h, ok && h.Closed()
}

// Open is the span of opening that at lies in, if it does. It ends where the
// doors really close, be it after midnight, but is followed for a week at most.
func (c Calendar) Open(at clock.Instant, keyHolder bool) (Span, bool) {
	day := clock.DayOf(at, c.Zone)
	for _, s := range c.Between(day.Add(-1).Start(c.Zone), day.Add(8).Start(c.Zone), keyHolder) {
		if s.Contains(at) {
			return s, true
		}
	}
	return Span{}, false
}

// NextOpening is when the doors next open after at, looking a year ahead.
func (c Calendar) NextOpening(at clock.Instant, keyHolder bool) (clock.Instant, bool) {
	day := clock.DayOf(at, c.Zone).Add(-1)
	var until clock.Instant // where the span before ended, to see through midnights
	for range 367 {
		for _, s := range c.Day(day, keyHolder) {
			if s.From.After(at) && !s.From.Equal(until) {
				return s.From, true
			}
			until = s.To
		}
		day = day.Add(1)
	}
	return clock.Instant{}, false
}

// merged sorts spans and joins those that overlap or touch.
func merged(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.From.Unix(), b.From.Unix()) })
	var whole []Span
	for _, s := range spans {
		if n := len(whole); n > 0 && !s.From.After(whole[n-1].To) {
			if s.To.After(whole[n-1].To) {
				whole[n-1].To = s.To
			}
			continue
		}
		whole = append(whole, s)
	}
	return whole
}

var (
	errWeekday  = fault.Invalid("hours", "spaces.weekday", "A week has seven days.")
	errOpening  = fault.Invalid("hours", "spaces.opening", "Closing must come after opening, both within one day. For hours past midnight, close at 24:00 and open at 00:00 the day after.")
	errAudience = fault.Invalid("hours", "spaces.audience", "Say whether these hours are for everyone or for key holders.")
	errOverlap  = fault.Invalid("hours", "spaces.hours_overlap", "Two openings of this day overlap.")
	errMany     = fault.Invalid("hours", "spaces.hours_many", "At most six openings a day.")

	errDay         = fault.Invalid("day", "spaces.day", "This is not a date.")
	errDayOver     = fault.Invalid("day", "spaces.day_over", "This day is over. Choose today or a later one.")
	errHolidayName = fault.Invalid("holiday_name", "spaces.holiday_name", "Give the day a name of at most 80 characters.")
	errHolidaySpan = fault.Invalid("opens", "spaces.holiday_span", "Give both an opening and a later closing, or neither if the space is closed.")
)

// HoursField is the form field a refusal about openings of this weekday and audience is on.
func HoursField(weekday int, a Audience) string {
	return "hours-" + string(a) + "-" + string(rune('0'+weekday))
}

// CheckHours says everything that can't be so in a week's openings, each on the
// field of its day.
func CheckHours(week []Hours) error {
	var wrong fault.Many
	type day struct {
		weekday  int
		audience Audience
	}
	days := map[day][]Hours{}
	for _, h := range week {
		switch field := HoursField(h.Weekday, h.Audience); {
		case h.Weekday < 1 || h.Weekday > 7:
			wrong.Add(errWeekday)
		case h.Audience != Everyone && h.Audience != KeyHolders:
			wrong.Add(errAudience)
		case h.OpensMin < 0 || h.ClosesMin > 1440 || h.OpensMin >= h.ClosesMin:
			wrong.Add(errOpening.On(field))
		default:
			k := day{h.Weekday, h.Audience}
			days[k] = append(days[k], h)
		}
	}
	for weekday := 1; weekday <= 7; weekday++ {
		for _, audience := range []Audience{Everyone, KeyHolders} {
			hs, field := days[day{weekday, audience}], HoursField(weekday, audience)
			slices.SortFunc(hs, func(a, b Hours) int { return cmp.Compare(a.OpensMin, b.OpensMin) })
			if len(hs) > 6 {
				wrong.Add(errMany.On(field))
			}
			for i := 1; i < len(hs); i++ {
				if hs[i].OpensMin < hs[i-1].ClosesMin {
					wrong.Add(errOverlap.On(field))
					break
				}
			}
		}
	}
	return wrong.Err()
}

// check says everything that can't be so.
func (h Holiday) check() error {
	var wrong fault.Many
	switch _, err := clock.ParseDay(string(h.Day)); {
	case errors.Is(err, clock.ErrYear):
		wrong.Add(clock.ErrYear)
	case err != nil:
		wrong.Add(errDay)
	}
	if h.Name.Empty() || longer(h.Name, 80) {
		wrong.Add(errHolidayName)
	}
	if !h.Name.Line() {
		wrong.Add(i18n.ErrLine)
	}
	half := (h.OpensMin == nil) != (h.ClosesMin == nil)
	if half || (!h.Closed() && (*h.OpensMin < 0 || *h.ClosesMin > 1440 || *h.OpensMin >= *h.ClosesMin)) {
		wrong.Add(errHolidaySpan)
	}
	return wrong.Err()
}
