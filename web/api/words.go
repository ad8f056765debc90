package api

import (
	"context"
	"errors"
	"slices"
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

// ErrIfMatch refuses an If-Match that names no version.
var ErrIfMatch = fault.Invalid("If-Match", "api.if_match", "Send the version you have looked at as If-Match: \"3\".")

// ErrNothing refuses a change that changes nothing.
var ErrNothing = fault.Invalid("", "api.nothing", "Say what to change.")

// ErrCursor refuses a cursor that no list has given.
var ErrCursor = fault.Invalid("cursor", "api.cursor", "This place in the list is not known. Begin again without a cursor.")

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

// times reads a start and an end, both of which are needed.
func times(zone *time.Location, starts, ends string) (from, to clock.Instant, err error) {
	var wrong fault.Many
	if starts == "" {
		wrong.Add(on(ErrMissing, "starts_at"))
	}
	if ends == "" {
		wrong.Add(on(ErrMissing, "ends_at"))
	}
	if err := wrong.Err(); err != nil {
		return from, to, err
	}
	return moments(zone, starts, ends)
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

// Seen is the part of a request that says which version it is about.
type Seen struct {
	IfMatch string `header:"If-Match" doc:"The version that was looked at, as in \"3\"; a stale one is refused. * or none: any."`
}

// version is the version a client says it has seen: If-Match, or the body's; 0 if
// it says none.
func (s Seen) version(inBody int) (int, error) {
	tag := strings.TrimSpace(s.IfMatch)
	switch tag {
	case "":
		return inBody, nil
	case "*":
		return 0, nil
	}
	n, err := strconv.Atoi(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`))
	if err != nil || n < 1 {
		return 0, ErrIfMatch
	}
	return n, nil
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

// Part is the part of a request that asks for a part of a list.
type Part struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"200"`
	Cursor string `query:"cursor" maxLength:"1000" doc:"The next_cursor of the part before."`
}

// part is what p asks for of a list that is known whole: what follows the one
// that the cursor names.
func part[T any](items []T, p Part, name func(T) string) (*body[List[T]], error) {
	if p.Cursor != "" {
		i := slices.IndexFunc(items, func(v T) bool { return name(v) == p.Cursor })
		if i < 0 {
			return nil, ErrCursor
		}
		items = items[i+1:]
	}
	if len(items) <= p.Limit {
		return list(items, ""), nil
	}
	items = items[:p.Limit]
	return list(items, name(items[p.Limit-1])), nil
}

func each[A, B any](in []A, f func(A) B) []B {
	out := make([]B, len(in))
	for i, v := range in {
		out[i] = f(v)
	}
	return out
}
