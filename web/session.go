package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/members"
	"guildhall/web/static"
)

const actorKey key = 1

// The cookies that are secrets. A browser keeps both tokens of its session, where no
// script can read them, and what makes it a known device to the limits on guessing.
const (
	accessCookie  = "access"
	refreshCookie = "refresh"
	deviceCookie  = "device"
)

// identify finds out who asks: a program by its Authorization header, a browser by its
// cookies. What a person is in which space is asked anew for each request, so a role
// that was taken away a moment ago is gone.
func (s *Server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		var err error
		switch {
		case impersonal(c.Request().URL.Path):
		case forProgram(c):
			err = s.identifyProgram(c)
		default:
			err = s.identifyBrowser(c)
		}
		if err != nil {
			return err
		}
		return next(c)
	}
}

// impersonal reports whether an address gives everybody the same.
func impersonal(path string) bool {
	return strings.HasPrefix(path, static.Prefix) || path == "/sw.js" || path == "/manifest.webmanifest" || path == "/favicon.ico"
}

// identifyProgram takes the token of a program. One that is no good is refused also
// where strangers are answered, so that nobody takes a stranger's answer for theirs;
// but not where one gets a new one.
func (s *Server) identifyProgram(c echo.Context) error {
	scheme, token, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	token = strings.TrimSpace(token)
	var session auth.Session
	var err error
	if auth.IsProgramToken(token) {
		err = s.actInName(c, token)
	} else if session, err = s.Auth.Authenticate(c.Request().Context(), token); err == nil {
		err = s.act(c, session)
	}
	if errors.Is(err, auth.ErrSession) {
		if slices.Contains(actor.Table["auth.public"].Routes, c.Request().Method+" "+c.Path()) {
			return nil
		}
		c.Response().Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		return actor.ErrSignIn
	}
	return err
}

// actInName has the rest of the request be done in the name of a token's person, as far
// as the token reaches. Where they are suspended it is nobody's, and so it is once they
// belong nowhere.
func (s *Server) actInName(c echo.Context, text string) error {
	ctx := c.Request().Context()
	token, err := s.Auth.Program(ctx, text)
	if err != nil {
		return err
	}
	who, err := s.Members.Actor(ctx, token.MemberID)
	if errors.Is(err, members.ErrNoSuchMember) {
		return auth.ErrSession
	}
	if err != nil {
		return err
	}
	who.Roles = maps.Clone(who.Roles)
	for space := range who.Suspended {
		delete(who.Roles, space)
	}
	if len(who.Roles) == 0 {
		return auth.ErrSession
	}
	who.Token, who.Given = token.ID, token.Given()
	if owes(who) {
		if who.Weak, err = s.Auth.OwesFactor(ctx, who.Member); err != nil {
			return err
		}
	}
	as(c, who)
	return nil
}

// identifyBrowser takes the access token, or buys another with the refresh token. Tabs
// that do so at the same moment are given the same one.
func (s *Server) identifyBrowser(c echo.Context) error {
	ctx := c.Request().Context()
	if token := s.secret(c, accessCookie); token != "" {
		session, err := s.Auth.Authenticate(ctx, token)
		if err == nil {
			return s.act(c, session)
		}
		if !errors.Is(err, auth.ErrSession) {
			return err
		}
	}
	token := s.secret(c, refreshCookie)
	if token == "" {
		return nil
	}
	tokens, err := s.Auth.Resume(ctx, s.from(c), token)
	if errors.Is(err, auth.ErrSession) {
		s.forgetSession(c)
		return nil
	}
	if err != nil {
		return err
	}
	s.keepSession(c, tokens)
	return s.act(c, tokens.Session)
}

// act has the rest of the request be done by the session's person.
func (s *Server) act(c echo.Context, session auth.Session) error {
	who, err := s.Members.Actor(c.Request().Context(), session.MemberID)
	if errors.Is(err, members.ErrNoSuchMember) {
		return nil
	}
	if err != nil {
		return err
	}
	if who.Leads, err = s.Teams.Led(c.Request().Context(), session.MemberID); err != nil {
		return err
	}
	who.Session, who.ProvedAt = session.ID, session.ProvedAt
	if who.Highest() == actor.Desk && !forProgram(c) {
		if who.Locked, err = s.Auth.Watch(c.Request().Context(), session); err != nil {
			return err
		}
	}
	if owes(who) && session.StrongAt.IsZero() {
		if who.Weak, err = s.Auth.FactorRequired(c.Request().Context()); err != nil {
			return err
		}
	}
	as(c, who)
	return nil
}

// by is who asks; the zero Actor is a stranger.
func by(c echo.Context) actor.Actor {
	a, _ := c.Request().Context().Value(actorKey).(actor.Actor)
	return a
}

// as has the rest of the request be done by a.
func as(c echo.Context, a actor.Actor) {
	c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), actorKey, a)))
}

// from is where a request comes from.
func (s *Server) from(c echo.Context) auth.From {
	return auth.From{Address: c.RealIP(), Agent: strings.ToValidUTF8(c.Request().UserAgent(), "\uFFFD"), Device: s.secret(c, deviceCookie)}
}

// keepSession has the browser keep the tokens for as long as the session may last.
func (s *Server) keepSession(c echo.Context, t auth.Tokens) {
	seconds := int(t.Session.ExpiresAt.Sub(s.Clock.Now()).Seconds())
	s.setSecret(c, accessCookie, t.Access, seconds)
	s.setSecret(c, refreshCookie, t.Refresh, seconds)
	if t.Device != "" {
		s.setSecret(c, deviceCookie, t.Device, int(auth.DeviceFor.Seconds()))
	}
}

// forgetSession takes the tokens of a session away. The device stays known.
func (s *Server) forgetSession(c echo.Context) {
	s.setSecret(c, accessCookie, "", -1)
	s.setSecret(c, refreshCookie, "", -1)
}

// secretName is what a secret cookie is called. Over TLS the prefix has browsers see to
// it that it was set by this very host, for it alone, over TLS.
func (s *Server) secretName(c echo.Context, name string) string {
	if s.secure(c.Request()) {
		return "__Host-" + name
	}
	return name
}

func (s *Server) secret(c echo.Context, name string) string {
	return remembered(c, s.secretName(c, name))
}

func (s *Server) setSecret(c echo.Context, name, value string, seconds int) {
	c.SetCookie(&http.Cookie{
		Name: s.secretName(c, name), Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.secure(c.Request()),
	})
}
