package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/auth"
	"guildhall/web/view"
)

// signInPage asks for an address and a password.
func (s *Server) signInPage(c echo.Context) error {
	next := after(c.QueryParam("next"))
	if by(c).SignedIn() {
		return s.redirect(c, next)
	}
	f := s.frame(c)
	f = f.Titled(f.T("auth.sign_in"))
	return s.page(c, f, view.SignIn(f, view.SignInProps{Next: next, Provider: s.Auth.ProviderName()}))
}

// signIn begins a session and goes on to where the person wanted to be.
func (s *Server) signIn(c echo.Context) error {
	p := view.SignInProps{Email: c.FormValue("email"), Next: after(c.FormValue("next")), Provider: s.Auth.ProviderName()}
	tokens, err := s.Auth.SignIn(c.Request().Context(), s.from(c), auth.Credentials{Email: p.Email, Password: c.FormValue("password")})
	if errors.Is(err, auth.ErrSecond) {
		return s.signInStep(c, view.SecondProps{Step: tokens.Step, Next: p.Next})
	}
	if errors.Is(err, auth.ErrUnconfirmed) {
		f := s.frame(c)
		return s.show(c, http.StatusUnprocessableEntity, f.Titled(f.T("auth.confirm")), view.Unconfirmed(f, view.SecondProps{Step: tokens.Step, Next: p.Next}))
	}
	if err != nil {
		f := s.frame(c)
		return s.again(c, err, f.Titled(f.T("auth.sign_in")), func(f view.Frame, wrong view.Errors) templ.Component {
			p.Wrong = wrong
			return view.SignIn(f, p)
		})
	}
	s.keepSession(c, tokens)
	return s.redirect(c, p.Next)
}

// letterAgain has the letter that confirms an address sent once more, for someone whose
// password was right.
func (s *Server) letterAgain(c echo.Context) error {
	p := view.SecondProps{Step: c.FormValue("step"), Next: after(c.FormValue("next"))}
	err := s.Auth.LetterByStep(c.Request().Context(), s.from(c), p.Step)
	f := s.frame(c)
	if errors.Is(err, auth.ErrStep) {
		return s.again(c, err, f.Titled(f.T("auth.sign_in")), func(f view.Frame, wrong view.Errors) templ.Component {
			return view.SignIn(f, view.SignInProps{Next: p.Next, Provider: s.Auth.ProviderName(), Wrong: wrong})
		})
	}
	if err != nil {
		return s.again(c, err, f.Titled(f.T("auth.confirm")), func(f view.Frame, wrong view.Errors) templ.Component {
			p.Wrong = wrong
			return view.Unconfirmed(f, p)
		})
	}
	return s.toTheMail(c, p.Next)
}

// toTheMail sends on to the page that says a letter is on its way, and keeps where the
// person was going: the letter may be opened hours later, in a page of its own.
func (s *Server) toTheMail(c echo.Context, next string) error {
	if next != "/" {
		s.remember(c, nextCookie, next)
	}
	return s.redirect(c, "/sign-up/sent")
}

// signInStep asks for the second factor of someone whose password was right.
func (s *Server) signInStep(c echo.Context, p view.SecondProps) error {
	f := s.frame(c)
	f = f.Titled(f.T("auth.second.title"))
	return s.page(c, f, view.Second(f, p))
}

// signInCode takes the code of a second factor, and begins the session.
func (s *Server) signInCode(c echo.Context) error {
	p := view.SecondProps{Step: c.FormValue("step"), Next: after(c.FormValue("next"))}
	tokens, err := s.Auth.SignInSecond(c.Request().Context(), s.from(c), p.Step, c.FormValue("code"))
	if err != nil {
		f := s.frame(c)
		late := errors.Is(err, auth.ErrStep)
		return s.again(c, err, f.Titled(f.T("auth.second.title")), func(f view.Frame, wrong view.Errors) templ.Component {
			if late {
				return view.SignIn(f, view.SignInProps{Next: p.Next, Provider: s.Auth.ProviderName(), Wrong: wrong})
			}
			p.Wrong = wrong
			return view.Second(f, p)
		})
	}
	s.keepSession(c, tokens)
	return s.redirect(c, p.Next)
}

// signOut ends the session and has the browser forget what it kept of it.
func (s *Server) signOut(c echo.Context) error {
	if who := by(c); who.SignedIn() {
		if err := s.Auth.SignOut(c.Request().Context(), who); err != nil {
			return err
		}
	}
	s.forgetSession(c)
	c.Response().Header().Set("Clear-Site-Data", `"cache", "storage"`)
	return s.redirect(c, "/", view.Flash{Text: s.frame(c).T("auth.signed_out")})
}

// signUpPage asks a newcomer who they are.
func (s *Server) signUpPage(c echo.Context) error {
	f := s.frame(c)
	f = f.Titled(f.T("auth.sign_up"))
	return s.page(c, f, view.SignUp(f, view.SignUpProps{Next: after(c.QueryParam("next"))}))
}

// signUp takes a newcomer in, or writes to someone who is here already: the answer is the same.
func (s *Server) signUp(c echo.Context) error {
	p := view.SignUpProps{Name: c.FormValue("name"), Email: strings.TrimSpace(c.FormValue("email")), Next: after(c.FormValue("next"))}
	err := s.Auth.SignUp(c.Request().Context(), s.from(c), auth.SignUp{
		Newcomer: auth.Newcomer{Email: p.Email, Name: p.Name, Locale: locale(c)}, Password: c.FormValue("password"),
	})
	if err != nil {
		f := s.frame(c)
		return s.again(c, err, f.Titled(f.T("auth.sign_up")), func(f view.Frame, wrong view.Errors) templ.Component {
			p.Wrong = wrong
			return view.SignUp(f, p)
		})
	}
	return s.toTheMail(c, p.Next)
}

func (s *Server) signUpSent(c echo.Context) error {
	f := s.frame(c)
	f = f.Titled(f.T("auth.sent"))
	return s.page(c, f, view.Sent(f, f.T("auth.sign_up.sent")))
}

// confirmPage shows the button behind a letter's link. Only pressing it confirms, so a
// mail program that looks at links in advance does not use them up.
func (s *Server) confirmPage(c echo.Context) error {
	f := s.frame(withToken(c))
	f = f.Titled(f.T("auth.confirm"))
	return s.page(c, f, view.Confirm(f, view.TokenProps{Token: c.QueryParam("token")}))
}

func (s *Server) confirm(c echo.Context) error {
	token := c.FormValue("token")
	if err := s.Auth.Confirm(c.Request().Context(), token); err != nil {
		f := s.frame(withToken(c))
		return s.again(c, err, f.Titled(f.T("auth.confirm")), func(f view.Frame, wrong view.Errors) templ.Component {
			return view.Confirm(f, view.TokenProps{Token: token, Wrong: wrong})
		})
	}
	f := s.frame(c)
	if f.Who.SignedIn() {
		return s.redirect(c, "/", view.Flash{Text: f.T("auth.confirmed")})
	}
	next := after(remembered(c, nextCookie))
	s.forget(c, nextCookie)
	return s.redirect(c, view.Onward("/sign-in", next), view.Flash{Text: f.T("auth.confirmed.sign_in")})
}

// confirmAgain has the letter sent once more.
func (s *Server) confirmAgain(c echo.Context) error {
	if err := s.Auth.AskConfirm(c.Request().Context(), by(c), s.from(c)); err != nil {
		return err
	}
	return s.redirect(c, "/me", view.Flash{Text: s.frame(c).T("account.confirm.sent")})
}

// resetPage asks where to write to about a new password.
func (s *Server) resetPage(c echo.Context) error {
	f := s.frame(c)
	f = f.Titled(f.T("auth.reset"))
	return s.page(c, f, view.ResetRequest(f, view.ResetRequestProps{}))
}

func (s *Server) resetRequest(c echo.Context) error {
	p := view.ResetRequestProps{Email: strings.TrimSpace(c.FormValue("email"))}
	if err := s.Auth.RequestReset(c.Request().Context(), s.from(c), p.Email); err != nil {
		f := s.frame(c)
		return s.again(c, err, f.Titled(f.T("auth.reset")), func(f view.Frame, wrong view.Errors) templ.Component {
			p.Wrong = wrong
			return view.ResetRequest(f, p)
		})
	}
	return s.redirect(c, "/password-reset/sent")
}

func (s *Server) resetSent(c echo.Context) error {
	f := s.frame(c)
	f = f.Titled(f.T("auth.sent"))
	return s.page(c, f, view.Sent(f, f.T("auth.reset.sent")))
}

// resetFormPage asks for the new password, behind a letter's link.
func (s *Server) resetFormPage(c echo.Context) error {
	f := s.frame(withToken(c))
	f = f.Titled(f.T("auth.reset"))
	return s.page(c, f, view.Reset(f, view.TokenProps{Token: c.QueryParam("token")}))
}

func (s *Server) reset(c echo.Context) error {
	token := c.FormValue("token")
	if err := s.Auth.Reset(c.Request().Context(), token, c.FormValue("password")); err != nil {
		f := s.frame(withToken(c))
		return s.again(c, err, f.Titled(f.T("auth.reset")), func(f view.Frame, wrong view.Errors) templ.Component {
			return view.Reset(f, view.TokenProps{Token: token, Wrong: wrong})
		})
	}
	s.forgetSession(c)
	return s.redirect(c, "/sign-in", view.Flash{Text: s.frame(c).T("auth.reset.done")})
}

// withToken keeps the token in the address of a page from whatever the page leads to.
func withToken(c echo.Context) echo.Context {
	c.Response().Header().Set("Referrer-Policy", "same-origin")
	return c
}

// after is where to go after a sign-in: where the person came from, if that is ours and
// not about signing in itself.
func after(next string) string {
	if next = local(next); view.AtTheDoor(next) {
		return "/"
	}
	return next
}
