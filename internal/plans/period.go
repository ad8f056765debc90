package plans

import (
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/i18n"
)

// Unit is what periods are counted in.
type Unit string

// The units.
const (
	Day   Unit = "day"
	Week  Unit = "week"
	Month Unit = "month"
	Year  Unit = "year"
)

// Units are all of them, the shortest first.
var Units = []Unit{Day, Week, Month, Year}

// After is the day on which a span of n units that begins on the anchor is over:
// the first day that is no longer part of it. Months and years are counted from the
// anchor, so that one that begins on the 31st comes back to the 31st after a
// shorter month, and a year is a year. n may be negative.
func (u Unit) After(anchor clock.Day, n int64) clock.Day {
	switch u {
	case Day:
		return anchor.Add(int(n))
	case Week:
		return anchor.Add(int(7 * n))
	case Year:
		n *= 12
	}
	year, month, day := date(anchor)
	month += int(n)
	last := dayOfMonth(clock.DayOn(year, month+1, 0))
	return clock.DayOn(year, month, min(day, last))
}

// Each is how often so many of them come round, in words: "each month". Of one no
// language needs the number.
func (u Unit) Each(p i18n.Printer, count int64) string {
	if count == 1 {
		return p.T("plans.each.one_" + string(u))
	}
	return p.T("plans.each."+string(u), "Count", count)
}

func date(d clock.Day) (year, month, day int) {
	at := d.Start(time.UTC).Time
	return at.Year(), int(at.Month()), at.Day()
}

func dayOfMonth(d clock.Day) int {
	_, _, day := date(d)
	return day
}
