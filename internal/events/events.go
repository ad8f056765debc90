// Package events announces sessions with seats at set times: an induction, a
// workshop. It owns the sessions and who has a seat; free seats are derived
// from the seats that are taken, never counted in a column. That a session
// leads to a certification is written here; whether someone passed is the
// instructor's to say, through members.
package events

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

var (
	// ErrNoSuchSession is the answer where there is no such session.
	ErrNoSuchSession = fault.NotFound("events.no_such_session", "There is no such session.")
	// ErrFull refuses a seat where none is left.
	ErrFull = fault.Conflict("events.full", "All seats are taken. Someone may still give theirs back.")
	// ErrBegun refuses a seat in a session that has begun.
	ErrBegun = fault.Conflict("events.begun", "This session has begun already.")
	// ErrCancelled refuses a seat in a session that does not take place.
	ErrCancelled = fault.Conflict("events.cancelled", "This session does not take place.")
	// ErrNoSeat refuses to give back a seat that one does not have.
	ErrNoSeat = fault.Conflict("events.no_seat", "There is no seat to give back.")
	// ErrSuspended refuses a seat to someone who may not use the space for now.
	ErrSuspended = fault.Forbidden("events.suspended", "You may not use this space for now. Ask the front desk.")
	// ErrUnconfirmed refuses a seat to someone whose address is not proven theirs.
	ErrUnconfirmed = fault.Forbidden("events.unconfirmed", "Confirm your e-mail address first: the link is in your mail.")
	// ErrTitle asks for a title.
	ErrTitle = fault.Invalid("title", "events.title", "Give it a title, in one language at least, with at most {{.Most}} characters.").With("Most", MaxTitle)
	// ErrPlace refuses a place that is too long.
	ErrPlace = fault.Invalid("place", "events.place", "Keep the place to {{.Most}} characters.").With("Most", MaxTitle)
	// ErrSpan refuses a session that ends before it starts, or that lasts longer than a week.
	ErrSpan = fault.Invalid("ends", "events.span", "It ends after it starts, and within a week.")
	// ErrWhen asks for a day and the hours.
	ErrWhen = fault.Invalid("starts", "events.when", "Give the day and the hours: from 18:00 to 20:00.")
	// ErrNoSuchTime refuses an hour that the clocks skip.
	ErrNoSuchTime = fault.Invalid("starts", "events.no_such_time", "The clocks change: {{.Time}} does not exist on that day. Choose another hour.")
	// ErrPast refuses to announce what is over.
	ErrPast = fault.Invalid("starts", "events.past", "This is in the past. Choose a time to come.")
	// ErrSeats refuses a number of seats below 1 and above MaxSeats.
	ErrSeats = fault.Invalid("seats", "events.seats", "It has 1 to {{.Most}} seats.").With("Most", MaxSeats)
	// ErrSeatsTaken refuses fewer seats than are taken.
	ErrSeatsTaken = fault.Invalid("seats", "events.seats_taken", "{{.Count}} seats are taken. It needs at least as many.")
	// ErrCursor refuses a cursor that no list has given.
	ErrCursor = fault.Invalid("cursor", "events.cursor", "This page of the list is not known. Begin at the first.")
	// ErrStale refuses a change to what someone else changed meanwhile.
	ErrStale = fault.Conflict("events.stale", "Someone else changed this session while you were at it. Look at it again, then change it.")
	// ErrCertification refuses a certification that the space does not know.
	ErrCertification = fault.Invalid("certification", "events.certification", "There is no such certification here.")
)

// The most characters of a title or a place, and the most seats.
const (
	MaxTitle = 120
	MaxSeats = 1000
)

// Session is something with seats at a set time, [StartsAt, EndsAt).
type Session struct {
	ID              id.ID
	SpaceID         id.ID
	CertificationID *id.ID // what passing it leads to; nil: nothing
	Title           i18n.Text
	Place           i18n.Text
	StartsAt        clock.Instant
	EndsAt          clock.Instant
	Seats           int64
	CreatedAt       clock.Instant
	CancelledAt     clock.Instant // zero: it takes place
	Version         int64
}

// TableName is the table of sessions.
func (Session) TableName() string { return "event_sessions" }

// Certification is what passing the session leads to, empty where it leads to nothing.
func (s Session) Certification() id.ID {
	if s.CertificationID == nil {
		return ""
	}
	return *s.CertificationID
}

// Cancelled reports whether the session does not take place.
func (s Session) Cancelled() bool { return !s.CancelledAt.IsZero() }

// Announcement is what is said of a session.
type Announcement struct {
	Certification id.ID // empty: none
	Title         i18n.Text
	Place         i18n.Text
	StartsAt      clock.Instant
	EndsAt        clock.Instant
	Seats         int64
}

func (a Announcement) normal(now clock.Instant) (Announcement, error) {
	var wrong fault.Many
	a.Title, a.Place = trimmed(a.Title), trimmed(a.Place)
	if a.Title.Empty() || long(a.Title) {
		wrong.Add(ErrTitle)
	}
	if !a.Title.Line() {
		wrong.Add(i18n.ErrLine.On(ErrTitle.Field))
	}
	if long(a.Place) {
		wrong.Add(ErrPlace)
	}
	switch {
	case a.StartsAt.IsZero() || a.EndsAt.IsZero():
		wrong.Add(ErrWhen)
	case !a.StartsAt.After(now):
		wrong.Add(ErrPast)
	case !a.EndsAt.After(a.StartsAt), a.EndsAt.Sub(a.StartsAt).Hours() > 7*24:
		wrong.Add(ErrSpan)
	}
	if a.Seats < 1 || a.Seats > MaxSeats {
		wrong.Add(ErrSeats)
	}
	return a, wrong.Err()
}

func trimmed(t i18n.Text) i18n.Text {
	return i18n.Text{EN: strings.TrimSpace(t.EN), ZH: strings.TrimSpace(t.ZH)}
}

func long(t i18n.Text) bool {
	return utf8.RuneCountInString(t.EN) > MaxTitle || utf8.RuneCountInString(t.ZH) > MaxTitle
}

// Registration is a seat that a member has.
type Registration struct {
	ID        id.ID
	SessionID id.ID
	MemberID  id.ID
	CreatedAt clock.Instant
}

// Seated is a session with its seats as one person sees them.
type Seated struct {
	Session
	Taken int64
	Mine  bool // the actor has one
}

// Page is a part of a list of sessions. Next is the cursor of the following part,
// empty at the end.
type Page struct {
	Sessions []Seated
	Next     string
}

// place is where a session stands in the order of the sessions.
type place struct {
	at      clock.Instant
	session id.ID
}

func (s Session) cursor() string {
	return strconv.FormatInt(s.StartsAt.Unix(), 36) + "." + s.ID.String()
}

// parseCursor is the place that a cursor names; none is before all.
func parseCursor(cursor string) (place, error) {
	if cursor == "" {
		return place{}, nil
	}
	at, last, _ := strings.Cut(cursor, ".")
	seconds, err := strconv.ParseInt(at, 36, 64)
	session, ok := id.Parse(last)
	if err != nil || !ok {
		return place{}, ErrCursor
	}
	return place{clock.Unix(seconds), session}, nil
}

// Left is how many seats are free.
func (s Seated) Left() int64 { return max(0, s.Seats-s.Taken) }

// Seat is a line of the roster: who has a seat and since when.
type Seat struct {
	MemberID  id.ID
	Name      string
	CreatedAt clock.Instant
}

func (s *Session) say(a Announcement) {
	s.CertificationID = nil
	if a.Certification != "" {
		s.CertificationID = &a.Certification
	}
	s.Title, s.Place, s.StartsAt, s.EndsAt, s.Seats = a.Title, a.Place, a.StartsAt, a.EndsAt, a.Seats
}
