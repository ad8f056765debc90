package web

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/spaces"
	"guildhall/web/view"
)

// front is the house's own address: today's board for whoever works here, what
// comes next for a member, the space for a visitor.
func (s *Server) front(c echo.Context) error {
	switch role := by(c).Role(here(c).ID); {
	case here(c).ID == "" && s.routes["GET /setup"]:
		return c.Redirect(http.StatusSeeOther, "/setup")
	case role == actor.Desk:
		return c.Redirect(http.StatusSeeOther, "/s/"+here(c).Slug+"/desk")
	case role.Staff():
		return c.Redirect(http.StatusSeeOther, "/s/"+here(c).Slug+"/today")
	case role == actor.Member:
		return s.home(c)
	}
	return s.space(c)
}

// platesShown is how many machines or desks a section of the public page shows.
const platesShown = 6

// space is the public page of a space: whether it is open, what one can make
// there, what is free now, what comes next, and where it is.
func (s *Server) space(c echo.Context) error {
	f := s.frame(c)
	fl, err := s.floor(c, f, 1)
	if err != nil {
		return err
	}
	p := view.SpaceProps{Open: fl.openLine(f)}
	for _, family := range equipment.Families {
		item := view.CanMake{Family: family, Href: f.At("machines") + "?family=" + string(family)}
		for _, r := range fl.resources {
			area := slices.IndexFunc(fl.areas, func(a equipment.Area) bool { return a.ID == r.AreaID })
			if area >= 0 && fl.areas[area].Family == family {
				item.Count += r.Units
				item.Names = append(item.Names, r.Name)
			}
		}
		if item.Count > 0 {
			p.Make = append(p.Make, item)
		}
	}
	apart := f.Space.Sections.Has(spaces.Desks) // desks and rooms have a section of their own
	for _, r := range fl.resources {
		state := fl.state(f, r)
		switch desk := r.Type != equipment.Machine; {
		case apart && desk && len(p.Desks) < platesShown:
			p.Desks = append(p.Desks, state)
		case (!apart || !desk) && state.Free && len(p.Free) < platesShown:
			p.Free = append(p.Free, state)
		}
	}
	if f.Space.Sections.Has(spaces.Plans) {
		if p.Plans, err = s.Plans.Offered(c.Request().Context(), f.Space.ID, fl.today); err != nil {
			return err
		}
		p.Plans = p.Plans[:min(platesShown, len(p.Plans))]
	}
	next, err := s.Events.Upcoming(c.Request().Context(), by(c), f.Space.ID, "", 3)
	if err != nil {
		return err
	}
	p.Events = next.Sessions
	p.EventPages = s.routes["GET /s/:space/events/:event"]
	for n := range 7 {
		day := fl.today.Add(n)
		p.Hours = append(p.Hours, hoursOf(f, fl.calendar, day))
	}
	all, err := s.Spaces.Spaces(c.Request().Context(), by(c))
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.ID != f.Space.ID {
			p.Others = append(p.Others, other)
		}
	}
	return s.page(c, f.Titled(f.Words(f.Space.Name)), view.Space(f, p))
}

// hoursOf are the opening hours of a day in words.
func hoursOf(f view.Frame, calendar spaces.Calendar, day clock.Day) view.DayHours {
	h := view.DayHours{Day: f.Day(day.Start(f.Zone), f.Now, f.Zone)}
	for _, span := range calendar.Day(day, false) {
		h.Spans = append(h.Spans, f.Span(span.From, span.To, f.Zone))
	}
	if holiday, ok := calendar.Holidays[day]; ok {
		h.Why = f.Words(holiday.Name)
	}
	return h
}
