package clock

import (
	"fmt"
	"time"
)

// Day is a day on the calendar of some place, "2027-03-28": what a person means
// by a date. It sorts and compares as text and is stored as such; only together
// with a zone does it become instants. The empty Day means "not set".
type Day string

// DayOf is the day that t falls on in this zone.
func DayOf(t Instant, zone *time.Location) Day {
	return Day(t.In(zone).Format(time.DateOnly))
}

// ParseDay takes "2027-03-28" and refuses what is on no calendar.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return "", fmt.Errorf("clock: a day from %q: %w", s, err)
	}
	return Day(t.Format(time.DateOnly)), nil
}

// DayOn is the day of this year, month (1 to 12) and day of the month; one past
// the end of the month is counted on into the next.
func DayOn(year, month, day int) Day {
	return Day(time.Date(year, time.Month(month), day, 12, 0, 0, 0, time.UTC).Format(time.DateOnly))
}

// Year is the year the day is in.
func (d Day) Year() int { return d.noon().Year() }

// Valid reports whether d is a date of the calendar.
func (d Day) Valid() bool {
	_, err := ParseDay(string(d))
	return err == nil
}

// Add is the day n days later, or earlier for a negative n.
func (d Day) Add(n int) Day {
	return Day(d.noon().AddDate(0, 0, n).Format(time.DateOnly))
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
