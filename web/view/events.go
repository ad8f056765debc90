package view

import (
	"slices"

	"guildhall/internal/certifications"
	"guildhall/internal/events"
)

// EventsProps is what the list of sessions shows.
type EventsProps struct {
	Sessions []events.Seated
	Kinds    []certifications.Kind
	Pager    PagerProps
}

// EventProps is what the page of one session shows.
type EventProps struct {
	Session events.Seated
	Kind    certifications.Kind // what it leads to; its ID is empty where it leads to nothing
	Roster  []events.Seat
	Held    map[string]bool // members of the roster who hold what it leads to
	For     *Someone
	Errors  Errors

	ForOthers bool // the reader may seat others
}

// seated reports whether the person of the address has a seat.
func (p EventProps) seated() bool {
	return slices.ContainsFunc(p.Roster, func(seat events.Seat) bool { return seat.MemberID == p.For.ID })
}

// begun reports whether the session has begun: seats are neither taken nor given back any more.
func (p EventProps) begun(f Frame) bool { return !f.Now.Before(p.Session.StartsAt) }

// EventForm is a session as it stands in a form.
type EventForm struct {
	ID, Version          string // empty: a new one
	TitleEN, TitleZH     string
	PlaceEN, PlaceZH     string
	Day, Starts, Ends    string
	Seats, Certification string
	Kinds                []certifications.Kind
	Errors               Errors
}

func (p EventForm) kinds(f Frame) []Option {
	options := []Option{{Value: "", Label: f.T("events.leads_nowhere")}}
	return append(options, kindChoices(f, p.Kinds, p.Certification)...)
}

func kindOf(kinds []certifications.Kind, s events.Session) certifications.Kind {
	for _, k := range kinds {
		if k.ID == s.Certification() {
			return k
		}
	}
	return certifications.Kind{}
}

// seatsLeft says how many seats are free, in words.
func seatsLeft(f Frame, s events.Seated) string {
	if s.Left() == 0 {
		return f.T("events.full")
	}
	return f.T("events.left", "Count", int(s.Left()), "Seats", f.Number(s.Seats))
}

// seatsKind is the badge that seats have.
func seatsKind(s events.Seated) string {
	switch left := s.Left(); {
	case left == 0:
		return "bad"
	case left <= 2:
		return "warn"
	}
	return "ok"
}
