package web

import (
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/web/view"
)

// soon is how long before it ends a certification is spoken of.
const soon = 30 * 24 * time.Hour

// home is a member's start: the next booking, the machines used most with their
// next free time, and what needs attention.
func (s *Server) home(c echo.Context) error {
	ctx, f, who := c.Request().Context(), s.frame(c), by(c)
	var p view.HomeProps
	next, err := s.Booking.Bookings(ctx, who, booking.Filter{Member: who.Member, From: f.Now, Statuses: live, Limit: 3})
	if err != nil {
		return err
	}
	if p.Next, err = s.tickets(c, f, next.Items); err != nil {
		return err
	}
	fl, err := s.floor(c, f, 1)
	if err != nil {
		return err
	}
	p.Open = fl.openLine(f)
	used, err := s.Reports.Favourites(ctx, who, f.Space.ID, 3)
	if err != nil {
		return err
	}
	for _, r := range favourites(fl.resources, used) {
		favourite, err := s.favourite(c, f, fl, r)
		if err != nil {
			return err
		}
		p.Favourites = append(p.Favourites, favourite)
	}
	if p.Notices, err = s.notices(c, f); err != nil {
		return err
	}
	return s.page(c, f.Titled(f.T("home.title", "Name", f.Space.Name)), view.Home(f, p))
}

// favourites are the resources used most; who has used none is shown the first
// of the space.
func favourites(all []equipment.Resource, used []id.ID) []equipment.Resource {
	var chosen []equipment.Resource
	for _, which := range used {
		if i := slices.IndexFunc(all, func(r equipment.Resource) bool { return r.ID == which }); i >= 0 {
			chosen = append(chosen, all[i])
		}
	}
	for _, r := range all {
		if len(used) == 0 && len(chosen) < 3 && r.Bookable && r.Type == equipment.Machine {
			chosen = append(chosen, r)
		}
	}
	return chosen
}

// favourite is a machine with the next time one could have it, at the length one
// had it last.
func (s *Server) favourite(c echo.Context, f view.Frame, fl floor, r equipment.Resource) (view.Favourite, error) {
	ctx, who := c.Request().Context(), by(c)
	fav := view.Favourite{State: fl.state(f, r), Href: f.At("machines", r.Slug, "book")}
	w := booking.Window{Space: f.Space.ID, Resource: r.ID, From: f.Now, To: fl.today.Add(3).Start(f.Zone)}
	last, err := s.Booking.Bookings(ctx, who, booking.Filter{Space: f.Space.ID, Resource: r.ID, Member: who.Member, Latest: true, Limit: 1})
	if err != nil {
		return fav, err
	}
	if len(last.Items) > 0 {
		w.Length = int(last.Items[0].EndsAt.Sub(last.Items[0].StartsAt) / time.Minute)
	}
	slots, err := s.Booking.Availability(ctx, who, w)
	if err != nil {
		return fav, err
	}
	pl := &planner{Server: s, c: c, f: f}
	for _, slot := range slots {
		if pl.off(slot) != nil {
			continue
		}
		fav.Free = f.DayMoment(slot.StartsAt, f.Now, f.Zone)
		if slot.EndsAt.Sub(slot.StartsAt) >= 23*time.Hour && clock.MinuteOf(slot.StartsAt, f.Zone) == 0 {
			fav.Free = f.Day(slot.StartsAt, f.Now, f.Zone)
		}
		fav.Href += "?day=" + string(clock.DayOf(slot.StartsAt, f.Zone)) + "&start=" + wall(slot.StartsAt, f.Zone)
		if w.Length > 0 {
			fav.Href += "&length=" + strconv.Itoa(w.Length)
		}
		break
	}
	return fav, nil
}

// notices are what the member should know: an address that is not confirmed, a
// suspension, a certification about to end.
func (s *Server) notices(c echo.Context, f view.Frame) ([]view.Notice, error) {
	var notices []view.Notice
	who := by(c)
	if !who.Confirmed {
		notices = append(notices, view.Notice{Kind: "warn", Says: f.T("home.unconfirmed"), Href: "/me", Do: f.T("home.unconfirmed_do")})
	}
	if who.Suspended[f.Space.ID] {
		p, err := s.Members.Person(c.Request().Context(), who, f.Space.ID, who.Member)
		if err != nil {
			return nil, err
		}
		notices = append(notices, view.Notice{Kind: "bad", Says: suspendedSays(f, p.Standing)})
	}
	grants, err := s.Certifications.Grants(c.Request().Context(), who, f.Space.ID, who.Member)
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		if ends := g.ExpiresAt; !ends.IsZero() && g.RevokedAt.IsZero() && ends.After(f.Now) && ends.Sub(f.Now) < soon {
			notices = append(notices, view.Notice{Kind: "info", Says: f.T("home.expiring", "Name", g.Kind.Name, "Day", f.Date(ends, f.Zone))})
		}
	}
	return notices, nil
}

// suspendedSays is why somebody may not book, and until when where that is known.
func suspendedSays(f view.Frame, st members.Standing) string {
	if st.SuspendedUntil.IsZero() {
		return f.T("home.suspended", "Reason", st.SuspendedReason)
	}
	return f.T("home.suspended_until", "Reason", st.SuspendedReason, "Until", f.Moment(st.SuspendedUntil, f.Zone))
}
