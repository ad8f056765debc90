package clock

import (
	"fmt"
	"iter"
	"time"

	"guildhall/internal/fault"
)

// Day is a day on the calendar of some place, "2027-03-28": what a person means
// by a date. It sorts and compares as text and is stored as such; only together
// with a zone does it become instants. The empty Day means "not set".
type Day string

// The days that can be written with four digits for the year; what lies beyond them
// is taken for them.
const (
	firstDay Day = "0001-01-01"
	lastDay  Day = "9999-12-31"
)

// The years that somebody may mean. A day outside them is a slip of the keyboard,
// or sent to see how far we count.
const (
	firstYear = 2000
	lastYear  = 2200
)

// ErrYear refuses a year that nobody can mean.
var ErrYear = fault.Invalid("day", "clock.year", "Choose a year from {{.First}} to {{.Last}}.").With("First", "2000", "Last", "2200")

// DayOf is the day that t falls on in this zone.
func DayOf(t Instant, zone *time.Location) Day { return dayOf(t.In(zone)) }

func dayOf(t time.Time) Day {
	switch year := t.Year(); {
	case year < 1:
		return firstDay
	case year > 9999:
		return lastDay
	}
	return Day(t.Format(time.DateOnly))
}

// ParseDay takes "2027-03-28" and refuses what is on no calendar, and with ErrYear
// what lies in a year that nobody can mean.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	switch {
	case err != nil:
		return "", fmt.Errorf("clock: a day from %q: %w", s, err)
	case t.Year() < firstYear || t.Year() > lastYear:
		return "", ErrYear
	}
	return dayOf(t), nil
}

// DayOn is the day of this year, month (1 to 12) and day of the month; one past
// the end of the month is counted on into the next.
func DayOn(year, month, day int) Day {
	return dayOf(time.Date(year, time.Month(month), day, 12, 0, 0, 0, time.UTC))
}

// Days are those of the calendar in this zone of which some part lies in [from, to).
func Days(from, to Instant, zone *time.Location) iter.Seq[Day] {
	return func(yield func(Day) bool) {
		for day := DayOf(from, zone); day.Start(zone).Before(to) && yield(day) && day < lastDay; day = day.Add(1) {
		}
	}
}

// Year is the year the day is in.
func (d Day) Year() int { return d.noon().Year() }

// Valid reports whether d is a date of the calendar that somebody may mean.
func (d Day) Valid() bool {
	_, err := ParseDay(string(d))
	return err == nil
}

// Add is the day n days later, or earlier for a negative n. There is none before
// 0001-01-01 nor after 9999-12-31.
func (d Day) Add(n int) Day { return dayOf(d.noon().AddDate(0, 0, n)) }

// AddMonths is the same day n months later, or earlier for a negative n; in a month that
// is too short for it, its last.
func (d Day) AddMonths(n int) Day {
	t := d.noon()
	last := DayOn(t.Year(), int(t.Month())+n+1, 0).noon().Day()
	return DayOn(t.Year(), int(t.Month())+n, min(t.Day(), last))
}

// DaysUntil is how many midnights lie between d and o; negative if o is earlier.
func (d Day) DaysUntil(o Day) int {
	return int(o.noon().Sub(d.noon()) / (24 * time.Hour))
}

// Weekday is 1 for Monday to 7 for Sunday, as ISO 8601 counts.
func (d Day) Weekday() int {
	return (int(d.noon().Weekday())+6)%7 + 1
}

// Start is the first instant of the day in this zone, which is 01:00 on the
// wall where the clocks go forward at midnight. The day ends where d.Add(1) starts.
func (d Day) Start(zone *time.Location) Instant {
	first, _, _ := d.At(0, zone)
	return first
}

// At is when the wall of this zone shows so many minutes after midnight (0 to
// 1440). Where the clocks go back, a time is shown twice: first and last differ.
// Where they go forward it is not shown at all: exists is false and both are the
// instant of the change.
func (d Day) At(minute int, zone *time.Location) (first, last Instant, exists bool) {
	n := d.noon()
	t := time.Date(n.Year(), n.Month(), n.Day(), 0, minute, 0, 0, zone)
	wanted := time.Date(n.Year(), n.Month(), n.Day(), 0, minute, 0, 0, time.UTC)
	from, until := t.ZoneBounds()
	_, offset := t.Zone()
	shown := t.Add(time.Duration(offset) * time.Second).UTC()
	switch {
	case shown.After(wanted): // t is what the old offset makes of a time that was skipped
		return At(from), At(from), false
	case shown.Before(wanted):
		return At(until), At(until), false
	}
	first, last = At(t), At(t)
	if !from.IsZero() {
		_, before := from.Add(-time.Second).Zone()
		if other := wanted.Add(-time.Duration(before) * time.Second); other.Before(from) {
			first = At(other)
		}
	}
	if !until.IsZero() {
		_, after := until.Zone()
		if other := wanted.Add(-time.Duration(after) * time.Second); !other.Before(until) {
			last = At(other)
		}
	}
	return first, last, true
}

// noon is a safe hour of the day for sums in days; an invalid Day is that of the zero time.
func (d Day) noon() time.Time {
	t, _ := time.Parse(time.DateOnly, string(d))
	return t.Add(12 * time.Hour)
}

// MinuteOf is what the wall of this zone shows at t, in minutes after midnight.
func MinuteOf(t Instant, zone *time.Location) int {
	w := t.In(zone)
	return w.Hour()*60 + w.Minute()
}
