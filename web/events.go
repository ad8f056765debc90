package web

import (
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/events"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/web/view"
)

// sessionsOf is how many sessions stand on a page.
const sessionsOf = 20

// events are the sessions to come.
func (s *Server) events(c echo.Context) error {
	ctx, f := c.Request().Context(), s.frame(c)
	cursor := c.QueryParam("cursor")
	page, err := s.Events.Upcoming(ctx, by(c), f.Space.ID, cursor, sessionsOf)
	if err != nil {
		return err
	}
	p := view.EventsProps{Sessions: page.Sessions, Pager: view.PagerProps{Total: -1}}
	if page.Next != "" {
		p.Pager.Next = f.At("events") + "?cursor=" + page.Next
	}
	if cursor != "" {
		p.Pager.Prev = f.At("events")
	}
	if p.Kinds, err = s.Certifications.Kinds(ctx, f.Space.ID); err != nil {
		return err
	}
	f = f.Titled(f.T("events.title"))
	if f.May("event.edit") {
		f.Action = view.Item{Label: f.T("events.announce"), Icon: "plus", Href: f.At("events", "new")}
	}
	return s.page(c, f, view.Events(f, p))
}

// event is the page of one session.
func (s *Server) event(c echo.Context) error { return s.eventAgain(c, nil) }

func (s *Server) eventAgain(c echo.Context, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	p := view.EventProps{Errors: view.Refused(f, refused), Held: map[string]bool{}}
	var err error
	if p.Session, err = s.Events.Session(ctx, by(c), f.Space.ID, eventOf(c)); err != nil {
		return err
	}
	if kind := p.Session.Certification(); kind != "" {
		if p.Kind, err = s.Certifications.Kind(ctx, by(c), f.Space.ID, kind); err != nil {
			return err
		}
	}
	if p.For, err = s.someone(c, f, "event.register"); err != nil {
		return err
	}
	p.ForOthers = by(c).Scope("event.register", f.Space.ID) == actor.Any
	if f.May("event.roster") {
		if p.Roster, err = s.Events.Roster(ctx, by(c), f.Space.ID, eventOf(c)); err != nil {
			return err
		}
		if p.Held, err = s.holders(c, p.Roster, p.Kind); err != nil {
			return err
		}
	}
	f = f.Titled(f.Words(p.Session.Title)).Under(f.At("events"))
	return s.show(c, refusedStatus(refused), f, view.Event(f, p))
}

// holders are those of the roster who hold a certification.
func (s *Server) holders(c echo.Context, roster []events.Seat, kind certifications.Kind) (map[string]bool, error) {
	if kind.ID == "" || len(roster) == 0 {
		return nil, nil
	}
	people := make([]id.ID, len(roster))
	for i, seat := range roster {
		people[i] = seat.MemberID
	}
	holders, err := s.Certifications.Holders(c.Request().Context(), kind.SpaceID, kind.ID, people)
	held := make(map[string]bool, len(holders))
	for _, h := range holders {
		held[h.String()] = true
	}
	return held, err
}

func eventOf(c echo.Context) id.ID { return id.ID(c.Param("event")) }

// eventRegister takes a seat for oneself, or for whom one works for at the desk.
func (s *Server) eventRegister(c echo.Context) error {
	_, err := s.Events.Register(c.Request().Context(), by(c), eventOf(c), sitter(c))
	return s.seated(c, err, "events.said.registered")
}

// eventLeave gives one's own seat back, or that of someone who asked for it.
func (s *Server) eventLeave(c echo.Context) error {
	err := s.Events.Leave(c.Request().Context(), by(c), eventOf(c), sitter(c))
	return s.seated(c, err, "events.said.left")
}

// sitter is whom a seat is for; whether it may be another is for the service to say.
func sitter(c echo.Context) id.ID {
	if who, ok := id.Parse(c.FormValue("for")); ok {
		return who
	}
	return by(c).Member
}

// seated ends a post about a session: its page with a word about what was done,
// or with why not.
func (s *Server) seated(c echo.Context, err error, said string) error {
	f := s.frame(c)
	switch {
	case err == nil:
		who, err := s.someone(c, f, "event.register")
		if err != nil {
			return err
		}
		text := f.T(said)
		if who != nil {
			text = f.T(said+"_for", "Who", who.Name)
		}
		return s.redirect(c, f.At("events", eventOf(c).String()), view.Flash{Text: text})
	case fault.All(err) == nil, statusOf(err) == 404:
		return err
	}
	return s.eventAgain(c, err)
}

// eventNew is the form in which a session is announced.
func (s *Server) eventNew(c echo.Context) error {
	f := s.frame(c)
	return s.eventFormAgain(c, view.EventForm{
		Day: string(clock.DayOf(f.Now, f.Zone).Add(7)), Starts: "18:00", Ends: "20:00", Seats: "6",
	}, nil)
}

func (s *Server) eventFormAgain(c echo.Context, p view.EventForm, refused error) error {
	f := s.frame(c)
	kinds, err := s.Certifications.Kinds(c.Request().Context(), f.Space.ID)
	if err != nil {
		return err
	}
	p.Kinds, p.Errors = kinds, view.Refused(f, refused)
	if p.ID == "" {
		f = f.Titled(f.T("events.announce")).Under(f.At("events"))
	} else {
		f = f.Titled(f.T("events.edit")).Under(f.At("events", p.ID))
	}
	return s.show(c, refusedStatus(refused), f, view.EventEdit(f, p))
}

// eventCreate announces a session.
func (s *Server) eventCreate(c echo.Context) error {
	p := eventForm(c)
	a, err := announcement(p, here(c).Location())
	var e events.Session
	if err == nil {
		e, err = s.Events.Announce(c.Request().Context(), by(c), here(c).ID, a)
	}
	return s.announced(c, p, e, err, "events.said.announced")
}

// announced ends the form of a session: its page, or the form with why not.
func (s *Server) announced(c echo.Context, p view.EventForm, e events.Session, err error, said string) error {
	switch {
	case err == nil:
		f := s.frame(c)
		return s.redirect(c, f.At("events", e.ID.String()), view.Flash{Text: f.T(said)})
	case fault.All(err) == nil, statusOf(err) == 404:
		return err
	}
	return s.eventFormAgain(c, p, err)
}

// eventChange is the form in which a session is changed.
func (s *Server) eventChange(c echo.Context) error {
	e, err := s.Events.Session(c.Request().Context(), by(c), here(c).ID, eventOf(c))
	if err != nil {
		return err
	}
	zone := here(c).Location()
	return s.eventFormAgain(c, view.EventForm{
		ID: e.ID.String(), Version: strconv.FormatInt(e.Version, 10), TitleEN: e.Title.EN, TitleZH: e.Title.ZH,
		PlaceEN: e.Place.EN, PlaceZH: e.Place.ZH, Day: string(clock.DayOf(e.StartsAt, zone)),
		Starts: e.StartsAt.In(zone).Format("15:04"), Ends: e.EndsAt.In(zone).Format("15:04"),
		Seats: strconv.FormatInt(e.Seats, 10), Certification: e.Certification().String(),
	}, nil)
}

// eventEdit changes a session.
func (s *Server) eventEdit(c echo.Context) error {
	p := eventForm(c)
	a, err := announcement(p, here(c).Location())
	var e events.Session
	if err == nil {
		version, _ := strconv.ParseInt(p.Version, 10, 64)
		e, err = s.Events.Edit(c.Request().Context(), by(c), here(c).ID, eventOf(c), version, a)
	}
	return s.announced(c, p, e, err, "events.said.saved")
}

// eventCancel says that a session does not take place.
func (s *Server) eventCancel(c echo.Context) error {
	return s.seated(c, s.Events.Cancel(c.Request().Context(), by(c), here(c).ID, eventOf(c)), "events.said.cancelled")
}

func eventForm(c echo.Context) view.EventForm {
	return view.EventForm{
		ID: c.Param("event"), Version: c.FormValue("version"), TitleEN: c.FormValue("title"), TitleZH: c.FormValue("title_zh"),
		PlaceEN: c.FormValue("place"), PlaceZH: c.FormValue("place_zh"), Day: c.FormValue("day"),
		Starts: c.FormValue("starts"), Ends: c.FormValue("ends"), Seats: c.FormValue("seats"), Certification: c.FormValue("certification"),
	}
}

// announcement is what the form says, its hours read off the space's wall. Hours
// that can't be read are left zero, for the service to refuse with all the rest.
func announcement(p view.EventForm, zone *time.Location) (events.Announcement, error) {
	a := events.Announcement{
		Certification: id.ID(p.Certification), Title: i18n.Text{EN: p.TitleEN, ZH: p.TitleZH}, Place: i18n.Text{EN: p.PlaceEN, ZH: p.PlaceZH},
	}
	a.Seats, _ = strconv.ParseInt(strings.TrimSpace(p.Seats), 10, 64)
	day, err := clock.ParseDay(p.Day)
	if err != nil {
		return a, nil
	}
	var wrong fault.Many
	for _, h := range []struct {
		field, wall string
		at          *clock.Instant
	}{{"starts", p.Starts, &a.StartsAt}, {"ends", p.Ends, &a.EndsAt}} {
		wall, err := time.Parse("15:04", h.wall)
		if err != nil {
			continue
		}
		first, _, exists := day.At(wall.Hour()*60+wall.Minute(), zone)
		if !exists {
			wrong.Add(events.ErrNoSuchTime.With("Time", h.wall).On(h.field))
		}
		*h.at = first
	}
	return a, wrong.Err()
}
