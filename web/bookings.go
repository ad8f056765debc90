package web

import (
	"context"
	"errors"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/web/view"
)

// live and past are the statuses behind the tabs of one's bookings.
var (
	live = []booking.Status{booking.Held, booking.Pending, booking.Confirmed, booking.InUse}
	past = []booking.Status{booking.Confirmed, booking.InUse, booking.Done, booking.NoShow}
	lost = []booking.Status{booking.Cancelled, booking.Declined, booking.Expired}
)

// pageOf is how many bookings stand on a page.
const pageOf = 20

// bookings lists one's own bookings: those to come, those that were, those given up.
func (s *Server) bookings(c echo.Context) error {
	f, who := s.frame(c), by(c)
	p := view.BookingsProps{Show: c.QueryParam("show")}
	filter := booking.Filter{Member: who.Member, Limit: pageOf, Cursor: c.QueryParam("cursor")}
	switch p.Show {
	case "past":
		filter.To, filter.Statuses, filter.Latest = f.Now, past, true
	case "cancelled":
		filter.Statuses, filter.Latest = lost, true
	default:
		p.Show = "upcoming"
		filter.From, filter.Statuses = f.Now, live
	}
	list, err := s.Booking.Bookings(c.Request().Context(), who, filter)
	if err != nil {
		return err
	}
	if p.Tickets, err = s.tickets(c, f, list.Items); err != nil {
		return err
	}
	at := "/bookings?show=" + p.Show
	p.Pager.Total = -1
	if list.Next != "" {
		p.Pager.Next = at + "&cursor=" + list.Next
	}
	if filter.Cursor != "" {
		p.Pager.Prev = at
	}
	p.Calendar = s.routes["GET /me/calendar"]
	return s.page(c, f.Titled(f.T("bookings.title")), view.Bookings(f, p))
}

// offline is what the service worker keeps: one's bookings to come, with the
// moment they were fetched.
func (s *Server) offline(c echo.Context) error {
	f, who := s.frame(c), by(c)
	list, err := s.Booking.Bookings(c.Request().Context(), who, booking.Filter{Member: who.Member, From: f.Now, Statuses: live, Limit: pageOf})
	if err != nil {
		return err
	}
	tickets, err := s.tickets(c, f, list.Items)
	if err != nil {
		return err
	}
	return s.page(c, f.Titled(f.T("offline.title")), view.Offline(f, tickets))
}

// tickets are bookings with what a ticket shows of their machines and spaces.
func (s *Server) tickets(c echo.Context, f view.Frame, list []booking.Booking) ([]view.TicketProps, error) {
	ctx := c.Request().Context()
	resources, areas := map[id.ID]equipment.Resource{}, map[id.ID]equipment.Area{}
	zones := map[id.ID]*time.Location{}
	tickets := make([]view.TicketProps, len(list))
	for i, b := range list {
		if _, ok := zones[b.SpaceID]; !ok {
			if err := s.learn(ctx, c, b.SpaceID, resources, areas, zones); err != nil {
				return nil, err
			}
		}
		r := resources[b.ResourceID]
		tickets[i] = view.TicketProps{Booking: b, Resource: r, Area: areas[r.AreaID], Zone: zones[b.SpaceID]}
	}
	return tickets, nil
}

// learn reads what stands in a space.
func (s *Server) learn(ctx context.Context, c echo.Context, space id.ID,
	resources map[id.ID]equipment.Resource, areas map[id.ID]equipment.Area, zones map[id.ID]*time.Location) error {
	sp, err := s.Spaces.Space(ctx, by(c), space)
	if err != nil {
		return err
	}
	zones[space] = sp.Location()
	all, err := s.Equipment.Resources(ctx, by(c), space, equipment.Filter{})
	if err != nil {
		return err
	}
	for _, r := range all {
		resources[r.ID] = r
	}
	parts, err := s.Equipment.Areas(ctx, by(c), space)
	for _, a := range parts {
		areas[a.ID] = a
	}
	return err
}

// bookingPage is the ticket of one booking, and what can be done with it.
func (s *Server) bookingPage(c echo.Context) error { return s.showBooking(c, nil) }

// showBooking shows the ticket; refused, if any, is why something could not be done with it.
func (s *Server) showBooking(c echo.Context, refused error) error {
	if refused != nil && len(fault.All(refused)) == 0 {
		return refused
	}
	b, r, err := s.bookingAt(c)
	if err != nil {
		return err
	}
	ctx, f := c.Request().Context(), s.frame(c)
	p := view.BookingProps{TicketProps: view.TicketProps{Booking: b, Resource: r, Zone: f.Zone}}
	if p.Area, err = s.Equipment.Area(ctx, by(c), r.SpaceID, r.AreaID); err != nil {
		return err
	}
	if b.MemberID != by(c).Member {
		person, err := s.Members.Person(ctx, by(c), b.SpaceID, b.MemberID)
		if err != nil {
			return err
		}
		p.Member, p.Person = person.Member.Name, ""
		if s.routes["GET /s/:space/people/:member"] {
			p.Person = f.At("people", b.MemberID.String())
		}
	}
	if err := s.allow(ctx, f, &p); err != nil {
		return err
	}
	var broken booking.Refusal
	if errors.As(refused, &broken) {
		pl := &planner{
			Server: s, c: c, f: f, ch: choice{resource: r, path: "/bookings/" + b.ID.String() + "/move", moving: &b},
			setting: by(c).Scope("booking.override", b.SpaceID) == actor.Any,
		}
		p.Refused = pl.reasons(broken.Violations)
		p.Aside = pl.aside(broken)
	} else if refused != nil {
		p.Errors = view.Refused(f, refused)
	}
	f = f.Titled(f.T("booking.title", "Name", r.Name)).Under("/bookings")
	if f.Staff() && b.MemberID != by(c).Member {
		f.Back = f.At("today") + "?day=" + string(clock.DayOf(b.StartsAt, f.Zone))
	}
	status := http.StatusOK
	if refused != nil {
		status = statusOf(refused)
	}
	return s.show(c, status, f, view.Booking(f, p))
}

// aside lets those who may set aside what a cancellation or an extension broke.
func (pl *planner) aside(broken booking.Refusal) *view.Aside {
	act := path.Base(pl.c.Path())
	if !pl.setting || !aside(broken.Violations) || (act != "cancel" && act != "extend") {
		return nil
	}
	a := &view.Aside{Act: act, Ends: pl.c.FormValue("ends")}
	if len(pl.c.Request().Form["override"]) > 0 {
		a.Error = pl.f.Fault(booking.ErrReasonNeeded)
	}
	return a
}

// override is what the form sets aside. Without a reason it is nothing: the rules
// refuse again, and the page asks for one.
func override(c echo.Context) *booking.Override {
	reason := strings.TrimSpace(c.FormValue("reason"))
	rules := c.Request().Form["override"]
	if reason == "" || len(rules) == 0 {
		return nil
	}
	return &booking.Override{Rules: rules, Reason: reason}
}

// early is how long before the start one may check in.
const early = 15 * time.Minute

// allow says what can be done with a booking at this moment; the service has the last word.
func (s *Server) allow(ctx context.Context, f view.Frame, p *view.BookingProps) error {
	b := p.Booking
	waits := b.Status == booking.Confirmed || b.Status == booking.Pending
	p.Move = waits && b.StartsAt.After(f.Now)
	p.Cancel = waits && b.StartsAt.After(f.Now)
	p.CheckIn = b.Status == booking.Confirmed && !f.Now.Before(b.StartsAt.Add(-early)) && b.EndsAt.After(f.Now)
	p.CheckOut = b.Status == booking.InUse
	p.Extend = (waits || p.CheckOut) && b.EndsAt.After(f.Now)
	p.Restore = b.Status == booking.Cancelled && f.Now.Before(b.UndoUntil()) && b.StartsAt.After(f.Now)
	p.Calendar = b.Status.Live()
	if waits {
		due, err := s.Booking.Deadlines(ctx, b)
		if err != nil {
			return err
		}
		says := func(key string, at clock.Instant) string {
			return f.T(key, "Time", f.Clock(at, f.Zone), "Day", f.OnDay(at, f.Now, f.Zone))
		}
		switch late := !due.FreeUntil.After(f.Now); {
		case p.Cancel && !late:
			p.Due = append(p.Due, says("book.free_until", due.FreeUntil))
		case p.Cancel && !f.May("booking.override"):
			p.Due = append(p.Due, says("booking.was_free_until", due.FreeUntil))
			p.Move, p.Cancel = false, false
		}
		if !due.ReleasedAt.IsZero() && b.EndsAt.After(f.Now) {
			p.Due = append(p.Due, says("booking.released_at", due.ReleasedAt))
		}
	}
	if b.Status == booking.NoShow {
		p.Due = append(p.Due, f.T("booking.missed"))
	}
	if !p.Extend {
		return nil
	}
	ends, against, err := s.Booking.LaterEnds(ctx, f.Who, b.ID, endsShown)
	if len(against) > 0 {
		p.NoLater = against[0].Sentence(f.Printer, f.Zone)
	}
	for _, at := range ends {
		p.Ends = append(p.Ends, view.Option{
			Value: at.Format(time.RFC3339), Label: f.T("booking.until", "Time", f.Clock(at, f.Zone), "More", at.Sub(b.EndsAt)),
		})
	}
	return err
}

// endsShown is how many later ends a booking's page offers.
const endsShown = 6

// did finishes something done with a booking: the page it was done from, or else the
// booking's, with a word; or the booking's with why not.
func (s *Server) did(c echo.Context, err error, said view.Flash) error {
	if err != nil {
		return s.showBooking(c, err)
	}
	to := "/bookings/" + c.Param("id")
	if back := c.FormValue("back"); back != "" {
		to = local(back)
	}
	return s.redirect(c, to, said)
}

// bookingID is the id of the booking in the address.
func bookingID(c echo.Context) id.ID { return id.ID(c.Param("id")) }

// bookingCancel gives a booking's time back. It can be undone for a minute.
func (s *Server) bookingCancel(c echo.Context) error {
	b, err := s.Booking.Cancel(c.Request().Context(), by(c), booking.Cancellation{Booking: bookingID(c), Version: number[int](c, "version"), Override: override(c)})
	said := view.Flash{Text: s.frame(c).T("booking.cancelled_said")}
	if err == nil {
		said.Undo = "/bookings/" + b.ID.String() + "/restore"
		said.Seconds = int(b.UndoUntil().Sub(s.Clock.Now()) / time.Second)
	}
	return s.did(c, err, said)
}

// bookingRestore takes a cancellation back.
func (s *Server) bookingRestore(c echo.Context) error {
	_, err := s.Booking.Restore(c.Request().Context(), by(c), bookingID(c))
	return s.did(c, err, view.Flash{Text: s.frame(c).T("booking.restored_said")})
}

// bookingExtend lets a booking end later.
func (s *Server) bookingExtend(c echo.Context) error {
	at, err := time.Parse(time.RFC3339, c.FormValue("ends"))
	if err != nil {
		return s.showBooking(c, booking.ErrNotLater)
	}
	b, err := s.Booking.Extend(c.Request().Context(), by(c),
		booking.Extension{Booking: bookingID(c), Version: number[int](c, "version"), EndsAt: clock.At(at), Override: override(c)})
	f := s.frame(c)
	return s.did(c, err, view.Flash{Text: f.T("booking.extended_said", "Time", f.Clock(b.EndsAt, f.Zone))})
}

// bookingCheckIn begins a booking.
func (s *Server) bookingCheckIn(c echo.Context) error {
	b, err := s.Booking.CheckIn(c.Request().Context(), by(c), bookingID(c))
	f := s.frame(c)
	return s.did(c, err, view.Flash{Text: f.T("booking.checked_in_said", "Time", f.Clock(b.EndsAt, f.Zone))})
}

// bookingCheckOut ends a booking.
func (s *Server) bookingCheckOut(c echo.Context) error {
	_, err := s.Booking.CheckOut(c.Request().Context(), by(c), bookingID(c))
	return s.did(c, err, view.Flash{Text: s.frame(c).T("booking.checked_out_said")})
}

// bookingNoShow says that nobody came.
func (s *Server) bookingNoShow(c echo.Context) error {
	_, err := s.Booking.MarkNoShow(c.Request().Context(), by(c), bookingID(c))
	return s.did(c, err, view.Flash{Text: s.frame(c).T("booking.no_show_said")})
}

// bookingCalendar is a booking as a calendar file.
func (s *Server) bookingCalendar(c echo.Context) error {
	b, _, err := s.bookingAt(c)
	if err != nil {
		return err
	}
	text, err := s.Booking.Calendar(c.Request().Context(), by(c), b.ID)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Content-Disposition", `attachment; filename="booking.ics"`)
	return c.Blob(http.StatusOK, "text/calendar; charset=utf-8", []byte(text))
}
