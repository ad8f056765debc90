package booking

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
)

// ErrMoment refuses text that is no day and time.
var ErrMoment = fault.Invalid("starts_at", "booking.moment", "Write the day as 2027-03-28 and the time as 09:00.")

// Moment is the instant at which clocks in zone show this day ("2027-03-28") and
// time ("09:00", up to "24:00"). An offset ("+02:00") may follow the time and must
// where the clock shows it twice. A time that the clock skips is a Refusal
// no_such_time whose remedy has the next that exists; one it shows twice without
// an offset is a Refusal ambiguous_time that names both. A year that nobody can
// mean is clock.ErrYear.
func Moment(zone *time.Location, day, wall string) (clock.Instant, error) {
	wall, offset := splitOffset(strings.TrimSpace(wall))
	d, err := clock.ParseDay(strings.TrimSpace(day))
	minute, ok := parseWall(wall)
	switch {
	case errors.Is(err, clock.ErrYear):
		return clock.Instant{}, clock.ErrYear.On(ErrMoment.Field)
	case err != nil || !ok:
		return clock.Instant{}, ErrMoment
	}
	first, last, exists := d.At(minute, zone)
	if !exists {
		return clock.Instant{}, Refusal{[]Violation{violation(NoSuchTime,
			args("Day", string(d), "Wall", wall, "At", first),
			&Remedy{ChooseTime, args("StartsAt", first, "Times", []clock.Instant{first}, "Asked", first)})}, zone}
	}
	if offset == "" && !first.Equal(last) {
		return clock.Instant{}, Refusal{[]Violation{violation(AmbiguousTime,
			args("Day", string(d), "Wall", wall),
			&Remedy{ChooseOffset, args("First", offsetOf(first, zone), "Second", offsetOf(last, zone))})}, zone}
	}
	for _, at := range []clock.Instant{first, last} {
		if offset == "" || offset == offsetOf(at, zone) {
			return at, nil
		}
	}
	return clock.Instant{}, ErrMoment
}

// parseWall reads "09:00" as minutes since midnight.
func parseWall(s string) (int, bool) {
	h, m, ok := strings.Cut(s, ":")
	hour, err := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if !ok || err != nil || err2 != nil || len(m) != 2 || len(h) > 2 || hour < 0 || minute < 0 || minute > 59 {
		return 0, false
	}
	return hour*60 + minute, hour*60+minute <= 1440
}

func splitOffset(s string) (wall, offset string) {
	if i := strings.IndexAny(s, "+-"); i > 0 {
		return strings.TrimSpace(s[:i]), s[i:]
	}
	return s, ""
}

func offsetOf(at clock.Instant, zone *time.Location) string { return at.In(zone).Format("-07:00") }
