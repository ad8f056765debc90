package web

import (
	"errors"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"rsc.io/qr"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/web/view"
)

// securityPage gathers how one signs in.
func (s *Server) securityPage(c echo.Context) error {
	ctx, who := c.Request().Context(), by(c)
	p := view.SecurityProps{PasskeysAt: s.Auth.PasskeysAt(), Provider: s.Auth.ProviderName()}
	m, err := s.Members.Me(ctx, who)
	if err != nil {
		return err
	}
	p.Email, p.Confirmed = m.Email, m.Confirmed()
	if p.Factors, err = s.Auth.Factors(ctx, who); err != nil {
		return err
	}
	if p.Events, err = s.Auth.Events(ctx, who); err != nil {
		return err
	}
	sessions, err := s.Auth.Sessions(ctx, who)
	if err != nil {
		return err
	}
	p.Sessions = len(sessions)
	tokens, err := s.Auth.Tokens(ctx, who)
	if err != nil {
		return err
	}
	p.Tokens = len(tokens)
	if p.Identities, err = s.Auth.Identities(ctx, who); err != nil {
		return err
	}
	f := s.frame(c)
	f = f.Titled(f.T("security.title")).Under("/me")
	return s.page(c, f, view.Security(f, p))
}

// enrolPage is all that staff sees until they have a second factor.
func (s *Server) enrolPage(c echo.Context) error {
	factors, err := s.Auth.Factors(c.Request().Context(), by(c))
	switch {
	case err != nil:
		return err
	case !by(c).Weak:
		return s.redirect(c, "/")
	case factors.Any():
		return s.redirect(c, "/me/again")
	}
	f := s.frame(c)
	f.Task, f.Menu, f.Spaces = true, nil, nil
	f = f.Titled(f.T("enrol.title"))
	return s.page(c, f, view.Enrol(f, s.Auth.PasskeysAt() != ""))
}

// securityFrame is that of a page below how one signs in, or of the only ones that staff
// without a second factor sees.
func (s *Server) securityFrame(c echo.Context, title string) view.Frame {
	f := s.frame(c)
	f = f.Titled(f.T(title)).Under("/me/security")
	if by(c).Weak {
		f.Task, f.Menu, f.Spaces, f.Back = true, nil, nil, "/me/enrol"
	}
	return f
}

func (s *Server) authenticatorBegin(c echo.Context) error {
	if _, err := s.Auth.BeginAuthenticator(c.Request().Context(), by(c)); err != nil {
		return err
	}
	return s.redirect(c, "/me/authenticator")
}

// authenticatorPage shows the secret to scan, and asks for the first code.
func (s *Server) authenticatorPage(c echo.Context) error {
	f := s.securityFrame(c, "authenticator.title")
	p, err := s.authenticatorProps(c)
	if errors.Is(err, auth.ErrNoSetup) {
		return s.redirect(c, f.Back)
	}
	if err != nil {
		return err
	}
	return s.page(c, f, view.Authenticator(f, p))
}

func (s *Server) authenticatorProps(c echo.Context) (view.AuthenticatorProps, error) {
	setup, err := s.Auth.PendingAuthenticator(c.Request().Context(), by(c))
	if err != nil {
		return view.AuthenticatorProps{}, err
	}
	code, err := qr.Encode(setup.URL, qr.M)
	if err != nil {
		return view.AuthenticatorProps{}, err
	}
	return view.AuthenticatorProps{Setup: setup, Size: code.Size, Black: code.Black}, nil
}

func (s *Server) authenticatorFinish(c echo.Context) error {
	codes, err := s.Auth.FinishAuthenticator(c.Request().Context(), by(c), c.FormValue("code"))
	if errors.Is(err, auth.ErrNoSetup) {
		return s.redirect(c, "/me/security")
	}
	f := s.securityFrame(c, "authenticator.title")
	if err != nil {
		p, failed := s.authenticatorProps(c)
		if failed != nil {
			return failed
		}
		return s.again(c, err, f, func(f view.Frame, wrong view.Errors) templ.Component {
			p.Wrong = wrong
			return view.Authenticator(f, p)
		})
	}
	return s.showCodes(c, codes, "authenticator.on")
}

// showCodes shows recovery codes, which is possible once; without any it says what was
// done and goes back.
func (s *Server) showCodes(c echo.Context, codes []string, done string) error {
	f := s.frame(c)
	if len(codes) == 0 {
		return s.redirect(c, "/me/security", view.Flash{Text: f.T(done)})
	}
	f = f.Titled(f.T("codes.title")).Under("/me/security")
	return s.page(c, f, view.RecoveryCodes(f, f.T(done), codes))
}

func (s *Server) authenticatorRemove(c echo.Context) error {
	return s.secured(c, s.Auth.RemoveAuthenticator(c.Request().Context(), by(c)), "authenticator.off")
}

// secured goes back to how one signs in, with what was done or why not.
func (s *Server) secured(c echo.Context, err error, done string) error {
	f := s.frame(c)
	for _, refusal := range []error{auth.ErrLastFactor, auth.ErrNoFactor, auth.ErrLastWay, auth.ErrNoPasskey, auth.ErrPasskeyName, auth.ErrNoIdentity} {
		if errors.Is(err, refusal) {
			wrong := view.Refused(f, err)
			return s.redirect(c, "/me/security", view.Flash{Text: wrong.First(), Bad: true})
		}
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/me/security", view.Flash{Text: f.T(done)})
}

func (s *Server) recoveryCodes(c echo.Context) error {
	codes, err := s.Auth.NewRecoveryCodes(c.Request().Context(), by(c))
	if err != nil {
		return s.secured(c, err, "")
	}
	return s.showCodes(c, codes, "codes.made")
}

// passkeyPage asks for the name of a new passkey; the script does the rest.
func (s *Server) passkeyPage(c echo.Context) error {
	f := s.securityFrame(c, "passkey.title")
	return s.page(c, f, view.NewPasskey(f, view.NewPasskeyProps{At: s.Auth.PasskeysAt(), Origin: s.origin(c.Request()), Name: view.AgentName(f, c.Request().UserAgent())}))
}

func (s *Server) passkeyAsk(c echo.Context) error {
	ask, err := s.Auth.BeginPasskey(c.Request().Context(), by(c))
	return s.askDevice(c, ask, err)
}

func (s *Server) provePasskeyAsk(c echo.Context) error {
	ask, err := s.Auth.BeginPasskeyProof(c.Request().Context(), by(c))
	return s.askDevice(c, ask, err)
}

func (s *Server) signInPasskeyAsk(c echo.Context) error {
	ask, err := s.Auth.BeginPasskeySignIn(c.Request().Context(), s.from(c))
	return s.askDevice(c, ask, err)
}

// askDevice tells the script of a page what to ask the device, or in one sentence why not.
func (s *Server) askDevice(c echo.Context, ask auth.Ask, err error) error {
	if wrong := view.Refused(s.frame(c), err); wrong != nil {
		return c.JSON(statusOf(err), map[string]string{"says": wrong.First()})
	}
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, ask)
}

func (s *Server) passkeyAdd(c echo.Context) error {
	name := c.FormValue("name")
	codes, err := s.Auth.FinishPasskey(c.Request().Context(), by(c), c.FormValue("passkey_token"), name, []byte(c.FormValue("passkey_answer")))
	if err != nil {
		f := s.securityFrame(c, "passkey.title")
		return s.again(c, err, f, func(f view.Frame, wrong view.Errors) templ.Component {
			return view.NewPasskey(f, view.NewPasskeyProps{At: s.Auth.PasskeysAt(), Origin: s.origin(c.Request()), Name: name, Wrong: wrong})
		})
	}
	return s.showCodes(c, codes, "passkey.added")
}

func (s *Server) passkeyRename(c echo.Context) error {
	return s.secured(c, s.Auth.RenamePasskey(c.Request().Context(), by(c), id.ID(c.Param("passkey")), c.FormValue("name")), "passkey.renamed")
}

func (s *Server) passkeyRemove(c echo.Context) error {
	return s.secured(c, s.Auth.RemovePasskey(c.Request().Context(), by(c), id.ID(c.Param("passkey"))), "passkey.removed")
}

// signInPasskey begins a session of whoever the passkey belongs to.
func (s *Server) signInPasskey(c echo.Context) error {
	next := after(c.FormValue("next"))
	tokens, err := s.Auth.SignInByPasskey(c.Request().Context(), s.from(c), c.FormValue("passkey_token"), []byte(c.FormValue("passkey_answer")))
	if err != nil {
		f := s.frame(c)
		return s.again(c, err, f.Titled(f.T("auth.sign_in")), func(f view.Frame, wrong view.Errors) templ.Component {
			return view.SignIn(f, view.SignInProps{Next: next, Provider: s.Auth.ProviderName(), Wrong: wrong})
		})
	}
	s.keepSession(c, tokens)
	return s.redirect(c, next)
}

// housePage is what the house asks of everyone's sign-in, for an owner to set.
func (s *Server) housePage(c echo.Context) error {
	required, err := s.Auth.FactorRequired(c.Request().Context())
	if err != nil {
		return err
	}
	f := s.frame(c)
	f = f.Titled(f.T("house.title"))
	err = s.Auth.MayRequireFactor(c.Request().Context(), by(c))
	if err != nil && fault.All(err) == nil {
		return err
	}
	return s.page(c, f, view.HouseSecurity(f, required, view.Refused(f, err)))
}

func (s *Server) houseSave(c echo.Context) error {
	if err := s.Auth.RequireFactor(c.Request().Context(), by(c), c.FormValue("factor") == "required"); err != nil {
		return err
	}
	return s.redirect(c, "/security", view.Flash{Text: s.frame(c).T("house.saved")})
}

// owes reports whether the roles of this person ask for a second factor.
func owes(who actor.Actor) bool { return who.Highest().Above(actor.Instructor) }
