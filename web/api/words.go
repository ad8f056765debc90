package api

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/spaces"
)

// ErrMoment refuses text that is no time.
var ErrMoment = fault.Invalid("starts_at", "api.moment", "Write the time as 2027-03-28T14:00:00+02:00, or without an offset for the space's own clocks.")

// ErrDay refuses text that is no day.
var ErrDay = fault.Invalid("starts_on", "api.day", "Write the day as 2027-03-28.")

// ErrNoSpace asks which space is meant.
var ErrNoSpace = fault.Invalid("space_id", "api.space", "Say which space with space_id.")

// dayOf reads a day of a field.
func dayOf(field, text string) (clock.Day, error) {
	day, err := clock.ParseDay(text)
	switch {
	case errors.Is(err, clock.ErrYear):
		return "", clock.ErrYear.On(field)
	case err != nil:
		return "", ErrDay.On(field)
	}
	return day, nil
}

func itoa(n int) string { return strconv.Itoa(n) }

// snake writes StartsAt as starts_at.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// moment reads a time: RFC 3339 with its offset, or without one as the space's
// clocks show it. A wall time that the space's clocks skip is refused also where
// an offset was written to it, since whoever wrote it meant those clocks.
func moment(zone *time.Location, field, text string) (clock.Instant, error) {
	day, wall, _ := strings.Cut(text, "T")
	if len(wall) == 8 && strings.Count(wall, ":") == 2 && strings.HasSuffix(wall, ":00") {
		wall = wall[:5]
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		if strings.ContainsAny(wall, "+-Z") {
			return clock.Instant{}, ErrMoment.On(field)
		}
		at, err := booking.Moment(zone, day, wall)
		switch {
		case errors.Is(err, booking.ErrMoment):
			return at, ErrMoment.On(field)
		case errors.Is(err, clock.ErrYear):
			return at, clock.ErrYear.On(field)
		}
		return at, err
	}
	if _, err := clock.ParseDay(t.Format(time.DateOnly)); err != nil {
		return clock.Instant{}, clock.ErrYear.On(field)
	}
	if _, written := t.Zone(); written != 0 && ofZone(t, written, zone) {
		if _, err := booking.Moment(zone, t.Format(time.DateOnly), t.Format("15:04")); isSkipped(err) {
			return clock.Instant{}, err
		}
	}
	return clock.At(t), nil
}

// ofZone reports whether the zone has this offset within a day of t.
func ofZone(t time.Time, offset int, zone *time.Location) bool {
	for _, near := range []time.Time{t.AddDate(0, 0, -1), t.AddDate(0, 0, 1)} {
		if _, o := near.In(zone).Zone(); o == offset {
			return true
		}
	}
	return false
}

func isSkipped(err error) bool {
	refusal, ok := err.(booking.Refusal)
	return ok && refusal.Has(booking.NoSuchTime)
}

// moments reads a start and an end, either of which may be empty.
func moments(zone *time.Location, starts, ends string) (from, to clock.Instant, err error) {
	if starts != "" {
		if from, err = moment(zone, "starts_at", starts); err != nil {
			return from, to, err
		}
	}
	if ends != "" {
		to, err = moment(zone, "ends_at", ends)
	}
	return from, to, err
}

// space is the space that a request names, or, where it names none, the only one
// there is or the only one the caller belongs to.
func (a *API) space(ctx context.Context, by actor.Actor, named id.ID) (spaces.Space, error) {
	if named != "" {
		return a.Spaces.Space(ctx, by, named)
	}
	all, err := a.Spaces.Spaces(ctx, by)
	if err != nil {
		return spaces.Space{}, err
	}
	var own []spaces.Space
	for _, s := range all {
		if _, ok := by.Roles[s.ID]; ok {
			own = append(own, s)
		}
	}
	switch {
	case len(all) == 1:
		return all[0], nil
	case len(own) == 1:
		return own[0], nil
	}
	return spaces.Space{}, ErrNoSpace
}

// where is the space that a request means which names a space, a resource or both.
func (a *API) where(ctx context.Context, by actor.Actor, space, resource id.ID) (id.ID, error) {
	if resource == "" {
		return space, nil
	}
	r, err := a.Equipment.Resource(ctx, by, resource)
	if err == nil && space != "" && r.SpaceID != space {
		err = booking.ErrNoSuchResource
	}
	return r.SpaceID, err
}

// version is the version a client says it has seen: If-Match, or the body's.
func version(ifMatch string, inBody int) int {
	if n, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(ifMatch, "W/"), `" `)); err == nil {
		return n
	}
	return inBody
}

// deref is what p points to, or otherwise.
func deref[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// List is a part of a list.
type List[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor" doc:"Send it as cursor to get the next part; empty at the end."`
}

func list[T any](items []T, next string) *body[List[T]] {
	if items == nil {
		items = []T{}
	}
	return said(List[T]{Items: items, NextCursor: next})
}

func each[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}
