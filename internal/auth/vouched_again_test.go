package auth

import (
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
)

// anew is a user of the other service, which says this of when they signed in there.
type anew struct {
	*mockoidc.MockUser
	at any // auth_time; nil: nothing is said
}

type anewClaims struct {
	jwt.Claims
	Subject  string `json:"sub"`
	Issuer   string `json:"iss"`
	Audience any    `json:"aud"`
	Expires  any    `json:"exp"`
	Issued   any    `json:"iat"`
	Nonce    string `json:"nonce,omitempty"`
	At       any    `json:"auth_time,omitempty"`
}

func (u anew) Claims(_ []string, base *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	return anewClaims{base, base.Subject, base.Issuer, base.Audience, base.ExpiresAt, base.IssuedAt, base.Nonce, u.at}, nil
}

// linked is mia, whose account bob of the other service signs in to, and whose last proof is old.
func (h *hall) linked(m *mockoidc.MockOIDC) Tokens {
	h.t.Helper()
	tokens := h.member(mia, good)
	if v, err := h.by(m, h.proved(tokens), user("bob", "bob@example.org", true)); err != nil || !v.Linked {
		h.t.Fatalf("%+v, %v", v, err)
	}
	h.later(m, actor.FreshFor+time.Second)
	return tokens
}

// later moves the clocks of both.
func (h *hall) later(m *mockoidc.MockOIDC, d time.Duration) {
	h.clock.Advance(d)
	m.FastForward(d)
}

// provedAt is when the person of a session last proved who they are.
func (h *hall) provedAt(t Tokens) clock.Instant {
	h.t.Helper()
	s, err := h.store.session(h.t.Context(), t.Session.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return s.ProvedAt
}

// confirm is sent to the other service for a proof and comes back as this user of it,
// who signed in there so long after being sent.
func (h *hall) confirm(m *mockoidc.MockOIDC, by actor.Actor, subject string, at any) (Vouched, error) {
	h.t.Helper()
	to, keep, err := h.GoConfirm(h.t.Context(), by, h.desk, "/me/data")
	if err != nil {
		h.t.Fatal(err)
	}
	back := h.there(m, to, anew{user(subject, "bob@example.org", true), at})
	return h.ComeBack(h.t.Context(), by, h.desk, "en", back.Get("state"), keep, back.Get("code"))
}

func TestWhoSignsInAnewElsewhereHasProvedWhoTheyAre(t *testing.T) {
	withProvider(t, func(t *testing.T, h *hall, m *mockoidc.MockOIDC) {
		tokens := h.linked(m)
		now := h.clock.Now()
		v, err := h.confirm(m, tokens.by(), "bob", now.Unix())
		if err != nil || !v.Proved || v.Next != "/me/data" || v.Tokens.Access != "" {
			t.Fatalf("%+v, %v", v, err)
		}
		if at := h.provedAt(tokens); at != now {
			t.Errorf("proved at %v, want %v", at, now)
		}
	})
}

// It counts for nothing, and an old proof stays old, unless the other service itself says
// that the one who is linked signed in there after they were sent.
func TestAWordThatIsNotOfThisMomentProvesNothing(t *testing.T) {
	withProvider(t, func(t *testing.T, h *hall, m *mockoidc.MockOIDC) {
		tokens := h.linked(m)
		before, now := h.provedAt(tokens), h.clock.Now()
		for name, c := range map[string]struct {
			subject string
			at      any
			want    error
		}{
			"they signed in an hour ago":      {"bob", now.Add(-time.Hour).Unix(), ErrStaleVouch},
			"just longer ago than clocks err": {"bob", now.Add(-vouchSkew - time.Second).Unix(), ErrStaleVouch},
			"in an hour":                      {"bob", now.Add(time.Hour).Unix(), ErrStaleVouch},
			"nothing is said of when":         {"bob", nil, ErrStaleVouch},
			"that is no time":                 {"bob", "just now", ErrStaleVouch},
			"never":                           {"bob", -1, ErrStaleVouch},
			"somebody who is unknown here":    {"eve", now.Unix(), ErrOtherVouched},
		} {
			v, err := h.confirm(m, tokens.by(), c.subject, c.at)
			if !errors.Is(err, c.want) || !v.Proved || v.Tokens.Access != "" || v.Linked {
				t.Errorf("%s: %+v, %v", name, v, err)
			}
		}
		ben := h.member("ben@example.org", good)
		if _, err := h.by(m, h.proved(ben), user("ben", "ben@example.org", true)); err != nil {
			t.Fatal(err)
		}
		if _, err := h.confirm(m, tokens.by(), "ben", h.clock.Now().Unix()); !errors.Is(err, ErrOtherVouched) {
			t.Errorf("somebody else of this house: %v", err)
		}
		if at := h.provedAt(tokens); at != before {
			t.Errorf("one of them counted: proved at %v, before %v", at, before)
		}
		if n := count(t, h.db, "SELECT count(*) FROM identities"); n != 2 {
			t.Errorf("%d are linked, not the two", n)
		}
	})
}

func TestWhatWasSentForAProofComesBackToTheSameBrowserOnce(t *testing.T) {
	withProvider(t, func(t *testing.T, h *hall, m *mockoidc.MockOIDC) {
		tokens, ben := h.linked(m), h.member("ben@example.org", good)
		before := h.provedAt(tokens)
		sent := func() (keep string, back url.Values) {
			to, keep, err := h.GoConfirm(t.Context(), tokens.by(), h.desk, "/")
			if err != nil {
				t.Fatal(err)
			}
			asked, err := url.Parse(to)
			if err != nil || asked.Query().Get("prompt") != "login" || asked.Query().Get("max_age") != "0" {
				t.Errorf("it is asked for as %v, %v", asked, err)
			}
			return keep, h.there(m, to, anew{user("bob", "bob@example.org", true), h.clock.Now().Unix()})
		}
		come := func(by actor.Actor, state, keep, code string) error {
			_, err := h.ComeBack(t.Context(), by, h.desk, "en", state, keep, code)
			return err
		}
		keep, back := sent()
		h.refused("with another state", come(tokens.by(), "another", keep, back.Get("code")), ErrCeremony)
		h.refused("in another browser", come(tokens.by(), back.Get("state"), "another", back.Get("code")), ErrCeremony)
		h.refused("of somebody who is not signed in", come(actor.Actor{}, back.Get("state"), keep, back.Get("code")), ErrCeremony)
		h.refused("of another member", come(ben.by(), back.Get("state"), keep, back.Get("code")), ErrCeremony)
		keep, back = sent()
		h.refused("with another code", come(tokens.by(), back.Get("state"), keep, "another"), ErrProvider)
		keep, back = sent()
		h.later(m, ceremonyFor+time.Second)
		h.refused("too late", come(tokens.by(), back.Get("state"), keep, back.Get("code")), ErrCeremony)
		if at := h.provedAt(tokens); at != before {
			t.Errorf("one of them counted: proved at %v, before %v", at, before)
		}
		keep, back = sent()
		if err := come(tokens.by(), back.Get("state"), keep, back.Get("code")); err != nil {
			t.Error(err)
		}
		h.refused("once more", come(tokens.by(), back.Get("state"), keep, back.Get("code")), ErrCeremony)
	})
}

func TestOneIsAskedForWhatOneHas(t *testing.T) {
	withProvider(t, func(t *testing.T, h *hall, m *mockoidc.MockOIDC) {
		ways := func(t2 Tokens) Ways {
			w, err := h.Ways(t.Context(), t2.by())
			if err != nil {
				t.Fatal(err)
			}
			return w
		}
		ben := h.member("ben@example.org", good)
		if got, want := ways(ben), (Ways{Password: true}); got != want {
			t.Errorf("with a password: %+v", got)
		}
		_, _, err := h.GoConfirm(t.Context(), ben.by(), h.desk, "/")
		h.refused("not linked", err, ErrNoIdentity)
		if got, want := ways(h.linked(m)), (Ways{Password: true, Vouched: true}); got != want {
			t.Errorf("with a password and linked: %+v", got)
		}
		in, err := h.by(m, actor.Actor{}, user("new", "new@example.org", true))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := ways(in.Tokens), (Ways{Vouched: true}); got != want {
			t.Errorf("by the other service alone: %+v", got)
		}
		h.vouching = nil
		if got := ways(in.Tokens); got.Vouched {
			t.Error("a service that was taken away is offered")
		}
		_, _, err = h.GoConfirm(t.Context(), in.Tokens.by(), h.desk, "/")
		h.refused("a service that was taken away", err, ErrNoIdentity)
	})
}
