package web

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/id"
	"guildhall/web/view"
)

// What a browser keeps while somebody is at the other service, and until they have proved
// the account of their address.
const (
	vouchCookie = "vouch"
	linkCookie  = "link"
	keptFor     = 600 // seconds
)

// goVouch sends somebody to the other service to be vouched for. It is a link and not a
// form, for the pages' policy lets no form lead elsewhere.
func (s *Server) goVouch(c echo.Context) error {
	return s.goElsewhere(c, actor.Actor{}, after(c.QueryParam("next")))
}

// goLink sends somebody there who is signed in, so that it is linked to their account.
func (s *Server) goLink(c echo.Context) error { return s.goElsewhere(c, by(c), "/me/security") }

// goConfirm sends somebody there who is signed in, so that they prove that it is still they.
func (s *Server) goConfirm(c echo.Context) error {
	next := after(c.QueryParam("next"))
	to, keep, err := s.Auth.GoConfirm(c.Request().Context(), by(c), s.from(c), next)
	if err != nil {
		return s.notConfirmed(c, next, err)
	}
	s.setSecret(c, vouchCookie, keep, keptFor)
	return c.Redirect(http.StatusSeeOther, to)
}

// notConfirmed asks again for a proof, with why the other service did not do.
func (s *Server) notConfirmed(c echo.Context, next string, err error) error {
	wrong := view.Refused(s.frame(c), err)
	if wrong == nil {
		return err
	}
	return s.redirect(c, againAt(next), view.Flash{Text: wrong.First(), Bad: true})
}

func (s *Server) goElsewhere(c echo.Context, who actor.Actor, next string) error {
	to, keep, err := s.Auth.GoVouch(c.Request().Context(), who, s.from(c), next)
	if err != nil {
		return s.notVouched(c, next, err)
	}
	s.setSecret(c, vouchCookie, keep, keptFor)
	return c.Redirect(http.StatusSeeOther, to)
}

// notVouched shows the sign-in again to who is not signed in, with why the other service did not do.
func (s *Server) notVouched(c echo.Context, next string, err error) error {
	f := s.frame(c)
	if f.Who.SignedIn() {
		wrong := view.Refused(f, err)
		if wrong == nil || errors.Is(err, actor.ErrFresh) {
			return err
		}
		return s.redirect(c, "/me/security", view.Flash{Text: wrong.First(), Bad: true})
	}
	return s.again(c, err, f.Titled(f.T("auth.sign_in")), func(f view.Frame, wrong view.Errors) templ.Component {
		return view.SignIn(f, view.SignInProps{Next: next, Provider: s.Auth.ProviderName(), Wrong: wrong})
	})
}

// comeBack takes what somebody brings back from the other service.
func (s *Server) comeBack(c echo.Context) error {
	keep := s.secret(c, vouchCookie)
	s.setSecret(c, vouchCookie, "", -1)
	v, err := s.Auth.ComeBack(c.Request().Context(), by(c), s.from(c), locale(c), c.QueryParam("state"), keep, c.QueryParam("code"))
	next := after(v.Next)
	switch {
	case errors.Is(err, auth.ErrSecond):
		return s.signInStep(c, view.SecondProps{Step: v.Tokens.Step, Next: next})
	case errors.Is(err, auth.ErrKnownHere):
		s.setSecret(c, linkCookie, v.Keep, keptFor)
		return s.notVouched(c, "/me/link", err)
	case err != nil && v.Proved:
		return s.notConfirmed(c, next, err)
	case err != nil:
		return s.notVouched(c, next, err)
	case v.Proved:
		return s.redirect(c, next, view.Flash{Text: s.frame(c).T("again.done")})
	case v.Linked:
		return s.redirect(c, next, view.Flash{Text: s.frame(c).T("identity.linked", "Name", s.Auth.ProviderName())})
	}
	s.keepSession(c, v.Tokens)
	return s.redirect(c, next)
}

// linkPage asks whether to link what was brought, now that the account is proved.
func (s *Server) linkPage(c echo.Context) error {
	if s.secret(c, linkCookie) == "" {
		return s.redirect(c, "/me/security")
	}
	f := s.frame(c)
	f = f.Titled(f.T("identity.title", "Name", s.Auth.ProviderName())).Under("/me/security")
	return s.page(c, f, view.LinkIdentity(f, s.Auth.ProviderName()))
}

func (s *Server) linkKept(c echo.Context) error {
	keep := s.secret(c, linkCookie)
	s.setSecret(c, linkCookie, "", -1)
	if err := s.Auth.LinkKept(c.Request().Context(), by(c), keep); err != nil {
		return s.notVouched(c, "/me/security", err)
	}
	return s.redirect(c, "/me/security", view.Flash{Text: s.frame(c).T("identity.linked", "Name", s.Auth.ProviderName())})
}

func (s *Server) unlink(c echo.Context) error {
	return s.secured(c, s.Auth.Unlink(c.Request().Context(), by(c), id.ID(c.Param("identity"))), "identity.unlinked")
}
