package web

import (
	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/web/view"
)

// emailPage is where somebody asks for another address.
func (s *Server) emailPage(c echo.Context) error {
	f := s.frame(c)
	pending, err := s.Auth.PendingEmail(c.Request().Context(), by(c))
	if err != nil {
		return err
	}
	return s.page(c, f.Titled(f.T("email.title")).Under("/me/security"), view.ChangeEmail(f, view.ChangeEmailProps{Present: s.email(c), Pending: pending}))
}

func (s *Server) emailChange(c echo.Context) error {
	email := c.FormValue("email")
	if err := s.Auth.ChangeEmail(c.Request().Context(), by(c), s.from(c), email); err != nil {
		f := s.frame(c)
		return s.again(c, err, f.Titled(f.T("email.title")).Under("/me/security"), func(f view.Frame, wrong view.Errors) templ.Component {
			return view.ChangeEmail(f, view.ChangeEmailProps{Present: s.email(c), Email: email, Errors: wrong})
		})
	}
	return s.redirect(c, "/me/email", view.Flash{Text: s.frame(c).T("email.sent")})
}

// emailLink shows the button behind a letter's link about a change of address: pressing
// it does it, a program that only looks at links does not.
func (s *Server) emailLink(what string) echo.HandlerFunc {
	return func(c echo.Context) error {
		f := s.frame(withToken(c))
		return s.page(c, f.Titled(f.T("email."+what)), view.EmailLink(f, view.EmailLinkProps{What: what, Token: c.QueryParam("token")}))
	}
}

func (s *Server) emailConfirm(c echo.Context) error {
	err := s.Auth.ConfirmEmail(c.Request().Context(), by(c), c.FormValue("token"))
	return s.emailDone(c, "confirm", err)
}

func (s *Server) emailObject(c echo.Context) error {
	err := s.Auth.ObjectToEmail(c.Request().Context(), c.FormValue("token"))
	return s.emailDone(c, "object", err)
}

func (s *Server) emailDone(c echo.Context, what string, err error) error {
	if err != nil {
		f := s.frame(withToken(c))
		return s.again(c, err, f.Titled(f.T("email."+what)), func(f view.Frame, wrong view.Errors) templ.Component {
			return view.EmailLink(f, view.EmailLinkProps{What: what, Token: c.FormValue("token"), Errors: wrong})
		})
	}
	to := "/sign-in"
	if what == "confirm" && s.frame(c).Who.SignedIn() {
		to = "/me"
	}
	return s.redirect(c, to, view.Flash{Text: s.frame(c).T("email." + what + ".done")})
}
