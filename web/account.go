package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/web/view"
)

// me is one's own account: who one is, what one may, and what leads to the rest.
func (s *Server) me(c echo.Context) error {
	p, err := s.account(c)
	if err != nil {
		return err
	}
	f := s.frame(c)
	f = f.Titled(f.T("account.title"))
	return s.page(c, f, view.Account(f, p))
}

func (s *Server) account(c echo.Context) (p view.AccountProps, err error) {
	ctx, who, space := c.Request().Context(), by(c), here(c).ID
	if p.Member, err = s.Members.Me(ctx, who); err != nil {
		return p, err
	}
	p.Name, p.Phone, p.Locale = p.Member.Name, p.Member.Phone, p.Member.Locale
	if _, known := who.Roles[space]; known {
		if p.Grants, err = s.Certifications.Grants(ctx, who, space, who.Member); err != nil {
			return p, err
		}
		if p.Terms, err = s.Plans.Terms(ctx, who.Member, space, s.Clock.Now()); err != nil {
			return p, err
		}
	}
	sessions, err := s.Auth.Sessions(ctx, who)
	p.Sessions = len(sessions)
	return p, err
}

// editMe changes one's name, phone and language.
func (s *Server) editMe(c echo.Context) error {
	version, _ := strconv.ParseInt(c.FormValue("version"), 10, 64)
	change := members.Change{Name: c.FormValue("name"), Phone: c.FormValue("phone"), Locale: c.FormValue("locale"), Version: version}
	m, err := s.Members.EditMe(c.Request().Context(), by(c), change)
	if err != nil {
		p, failed := s.account(c)
		if failed != nil {
			return failed
		}
		f := s.frame(c)
		return s.again(c, err, f.Titled(f.T("account.title")), func(f view.Frame, wrong view.Errors) templ.Component {
			p.Name, p.Phone, p.Locale, p.Wrong = change.Name, change.Phone, change.Locale, wrong
			return view.Account(f, p)
		})
	}
	s.remember(c, localeCookie, m.Locale)
	return s.redirect(c, "/me", view.Flash{Text: i18n.For(m.Locale).T("account.saved")})
}

// passwordPage asks for the present password and a new one.
func (s *Server) passwordPage(c echo.Context) error {
	f := s.frame(c)
	f = f.Titled(f.T("account.password")).Under("/me")
	return s.page(c, f, view.Password(f, view.PasswordProps{Email: s.email(c)}))
}

func (s *Server) changePassword(c echo.Context) error {
	err := s.Auth.ChangePassword(c.Request().Context(), by(c), c.FormValue("old_password"), c.FormValue("password"))
	if err != nil {
		f := s.frame(c)
		return s.again(c, err, f.Titled(f.T("account.password")).Under("/me"), func(f view.Frame, wrong view.Errors) templ.Component {
			return view.Password(f, view.PasswordProps{Email: s.email(c), Wrong: wrong})
		})
	}
	return s.redirect(c, "/me", view.Flash{Text: s.frame(c).T("account.password.changed")})
}

// email is one's own address, for password managers; empty if it can't be had.
func (s *Server) email(c echo.Context) string {
	m, _ := s.Members.Me(c.Request().Context(), by(c))
	return m.Email
}

// calendarPage says what the calendar address is and whether there is one.
func (s *Server) calendarPage(c echo.Context) error {
	since, err := s.Auth.Calendar(c.Request().Context(), by(c))
	if err != nil {
		return err
	}
	f := s.frame(c)
	f = f.Titled(f.T("account.calendar")).Under("/me")
	return s.page(c, f, view.CalendarLink(f, view.CalendarLinkProps{Since: since}))
}

// newCalendar makes a calendar address. It is the answer itself that shows it, for it
// can't be looked up again.
func (s *Server) newCalendar(c echo.Context) error {
	token, err := s.Auth.NewCalendar(c.Request().Context(), by(c))
	if err != nil {
		return err
	}
	f := s.frame(c)
	f = f.Titled(f.T("account.calendar")).Under("/me")
	return s.page(c, f, view.CalendarLink(f, view.CalendarLinkProps{Since: f.Now, Link: s.origin(c.Request()) + "/calendar/" + token + ".ics"}))
}

func (s *Server) revokeCalendar(c echo.Context) error {
	if err := s.Auth.RevokeCalendar(c.Request().Context(), by(c)); err != nil {
		return err
	}
	return s.redirect(c, "/me/calendar", view.Flash{Text: s.frame(c).T("account.calendar.revoked")})
}

// calendarFeed is one's bookings for a calendar program, which has nothing to show but
// the token in the address.
func (s *Server) calendarFeed(c echo.Context) error {
	ctx := c.Request().Context()
	member, err := s.Auth.CalendarOwner(ctx, strings.TrimSuffix(c.Param("token"), ".ics"))
	if err != nil {
		return err
	}
	who, err := s.Members.Actor(ctx, member)
	if err != nil {
		return err
	}
	feed, err := s.Booking.Feed(ctx, who, member)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "text/calendar; charset=utf-8", []byte(feed))
}

// sessions lists where one is signed in.
func (s *Server) sessions(c echo.Context) error {
	list, err := s.Auth.Sessions(c.Request().Context(), by(c))
	if err != nil {
		return err
	}
	f := s.frame(c)
	f = f.Titled(f.T("account.sessions")).Under("/me")
	return s.page(c, f, view.Sessions(f, list))
}

func (s *Server) endSession(c echo.Context) error {
	session := id.ID(c.Param("session"))
	if err := s.Auth.End(c.Request().Context(), by(c), session); err != nil {
		return err
	}
	if session == by(c).Session {
		s.forgetSession(c)
		return s.redirect(c, "/", view.Flash{Text: s.frame(c).T("auth.signed_out")})
	}
	return s.redirect(c, "/sessions", view.Flash{Text: s.frame(c).T("account.sessions.ended")})
}

func (s *Server) endOtherSessions(c echo.Context) error {
	n, err := s.Auth.EndOthers(c.Request().Context(), by(c))
	if err != nil {
		return err
	}
	return s.redirect(c, "/sessions", view.Flash{Text: s.frame(c).T("account.sessions.others_ended", "Count", n)})
}

// origin is what addresses of this house begin with, as the world sees it.
func (s *Server) origin(r *http.Request) string {
	if s.Config.BaseURL != "" {
		return s.Config.BaseURL
	}
	scheme := "http"
	if s.secure(r) {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
