package auth

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"guildhall/internal/actor"
	"guildhall/internal/testkit"

	"guildhall/internal/db"
)

// withProvider runs the test in a hall that another service signs people in to: a real
// one, that listens in this process.
func withProvider(t *testing.T, fn func(t *testing.T, h *hall, m *mockoidc.MockOIDC)) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		m, err := mockoidc.Run()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.Shutdown() })
		h := newHall(t, d)
		m.FastForward(h.clock.Now().Time.Sub(m.Now()))
		h.vouching = &vouching{Provider: Provider{Issuer: m.Issuer(), Client: m.Config().ClientID, Secret: m.Config().ClientSecret, Name: "Club"}}
		fn(t, h, m)
	})
}

// visit goes to the other service as a user there and gives what the browser brings back.
func (h *hall) visit(m *mockoidc.MockOIDC, by actor.Actor, user mockoidc.User) (state, keep, code string) {
	h.t.Helper()
	to, keep, err := h.GoVouch(h.t.Context(), by, h.desk, "/bookings")
	if err != nil {
		h.t.Fatal(err)
	}
	back := h.there(m, to, user)
	return back.Get("state"), keep, back.Get("code")
}

// there signs in to the other service, where one was sent, and gives what it sends back.
func (h *hall) there(m *mockoidc.MockOIDC, to string, user mockoidc.User) url.Values {
	h.t.Helper()
	m.QueueUser(user)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(to)
	if err != nil {
		h.t.Fatal(err)
	}
	answer.Body.Close()
	back, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || back.Host != "hall.example" || back.Path != "/sign-in/back" {
		h.t.Fatalf("it leads back to %v: %d", back, answer.StatusCode)
	}
	return back.Query()
}

func (h *hall) by(m *mockoidc.MockOIDC, by actor.Actor, user *mockoidc.MockUser) (Vouched, error) {
	h.t.Helper()
	state, keep, code := h.visit(m, by, user)
	return h.ComeBack(h.t.Context(), by, h.desk, "en", state, keep, code)
}

func user(subject, email string, verified bool) *mockoidc.MockUser {
	return &mockoidc.MockUser{Subject: subject, Email: email, EmailVerified: verified, PreferredUsername: "Bob Builder"}
}

func TestWhoIsNewAndVouchedForGetsAnAccount(t *testing.T) {
	withProvider(t, func(t *testing.T, h *hall, m *mockoidc.MockOIDC) {
		v, err := h.by(m, actor.Actor{}, user("bob", "Bob@example.org", true))
		if err != nil || v.Next != "/bookings" {
			t.Fatalf("%+v, %v", v, err)
		}
		p, _, _ := h.house.ByEmail(t.Context(), "bob@example.org")
		if !p.Confirmed || p.ID != v.Tokens.Session.MemberID || !v.Tokens.Session.StrongAt.IsZero() {
			t.Errorf("%+v is signed in as %+v", p, v.Tokens.Session)
		}
		again, err := h.by(m, actor.Actor{}, user("bob", "another@example.org", false))
		if err != nil || again.Tokens.Session.MemberID != p.ID {
			t.Errorf("the same person once more: %+v, %v", again, err)
		}
		if n := len(h.house.people); n != 1 {
			t.Errorf("%d people", n)
		}
	})
}

// An identity provider's word that an address is somebody's is no key to the account of
// that address, and its silence opens nothing at all.
func TestAnAddressOfAnotherServiceTakesNoAccountOver(t *testing.T) {
	withProvider(t, func(t *testing.T, h *hall, m *mockoidc.MockOIDC) {
		tokens := h.member(mia, good)
		for name, c := range map[string]struct {
			user *mockoidc.MockUser
			want error
		}{
			"unverified, of an account":  {user("eve", mia, false), ErrUnverified},
			"unverified, of nobody here": {user("eve", "nobody@example.org", false), ErrUnverified},
			"no address at all":          {user("eve", "", true), ErrUnverified},
			"verified, of an account":    {user("eve", "MIA@Example.org", true), ErrKnownHere},
		} {
			v, err := h.by(m, actor.Actor{}, c.user)
			if !errors.Is(err, c.want) || v.Tokens.Access != "" || v.Tokens.Step != "" {
				t.Errorf("%s: %+v, %v", name, v, err)
			}
		}
		if n := count(t, h.db, "SELECT count(*) FROM identities"); n != 0 || len(h.house.people) != 1 {
			t.Errorf("%d identities, %d people", n, len(h.house.people))
		}

		v, _ := h.by(m, actor.Actor{}, user("mia", mia, true))
		ben := h.member("ben@example.org", good)
		h.refused("another account takes it", h.LinkKept(t.Context(), h.proved(ben), v.Keep), ErrCeremony)
		v, _ = h.by(m, actor.Actor{}, user("mia", mia, true))
		h.refused("on an old proof", h.LinkKept(t.Context(), tokens.by(), v.Keep), actor.ErrFresh)
		if err := h.LinkKept(t.Context(), h.proved(tokens), v.Keep); err != nil {
			t.Fatal(err)
		}
		if l := h.deliver(); l.subject != "Club is linked to your account" {
			t.Errorf("the letter reads %+v", l)
		}
		if in, err := h.by(m, actor.Actor{}, user("mia", mia, true)); err != nil || in.Tokens.Session.MemberID != tokens.Session.MemberID {
			t.Errorf("after that: %+v, %v", in, err)
		}
	})
}

func TestWhatComesBackIsBelievedOnce(t *testing.T) {
	withProvider(t, func(t *testing.T, h *hall, m *mockoidc.MockOIDC) {
		state, keep, code := h.visit(m, actor.Actor{}, user("bob", "bob@example.org", true))
		back := func(state, keep, code string) error {
			_, err := h.ComeBack(t.Context(), actor.Actor{}, h.desk, "en", state, keep, code)
			return err
		}
		h.refused("in another browser", back(state, "another", code), ErrCeremony)
		h.refused("with another state", back("another", keep, code), ErrCeremony)
		h.refused("with another code", back(state, keep, "another"), ErrProvider)
		h.refused("the same once more", back(state, keep, code), ErrCeremony)

		state, keep, code = h.visit(m, actor.Actor{}, user("bob", "bob@example.org", true))
		h.clock.Advance(ceremonyFor + time.Second)
		h.refused("too late", back(state, keep, code), ErrCeremony)
		m.Shutdown()
		h.vouching.found = nil
		_, _, err := h.GoVouch(t.Context(), actor.Actor{}, h.desk, "/")
		h.refused("while it does not answer", err, ErrProvider)
	})
}

func TestAnIdentityIsLinkedAndUnlinkedByItsOwner(t *testing.T) {
	withProvider(t, func(t *testing.T, h *hall, m *mockoidc.MockOIDC) {
		tokens := h.member(mia, good)
		_, _, err := h.GoVouch(t.Context(), tokens.by(), h.desk, "/")
		h.refused("on an old proof", err, actor.ErrFresh)
		if v, err := h.by(m, h.proved(tokens), user("mia", "work@example.com", false)); err != nil || !v.Linked {
			t.Fatalf("%+v, %v", v, err)
		}
		ben := h.member("ben@example.org", good)
		_, err = h.by(m, h.proved(ben), user("mia", "work@example.com", false))
		h.refused("linked to two", err, ErrLinkedElsewhere)
		list, err := h.Identities(t.Context(), tokens.by())
		if err != nil || len(list) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		h.refused("another unlinks it", h.Unlink(t.Context(), h.proved(ben), list[0].ID), ErrNoIdentity)
		if err := h.Unlink(t.Context(), h.proved(tokens), list[0].ID); err != nil {
			t.Fatal(err)
		}

		in, err := h.by(m, actor.Actor{}, user("bob", "bob@example.org", true))
		if err != nil {
			t.Fatal(err)
		}
		own, _ := h.Identities(t.Context(), in.Tokens.by())
		h.refused("the only way in", h.Unlink(t.Context(), h.proved(in.Tokens), own[0].ID), ErrLastWay)
	})
}

// The second factor of this house is asked for, whoever vouches.
func TestAnotherServiceDoesNotSkipTheSecondFactor(t *testing.T) {
	withProvider(t, func(t *testing.T, h *hall, m *mockoidc.MockOIDC) {
		tokens, secret, _ := h.locked()
		m.FastForward(time.Minute)
		if _, err := h.by(m, h.proved(tokens), user("mia", mia, true)); err != nil {
			t.Fatal(err)
		}
		v, err := h.by(m, actor.Actor{}, user("mia", mia, true))
		h.refused("vouched for", err, ErrSecond)
		if v.Tokens.Access != "" {
			t.Error("a session began")
		}
		if _, err := h.SignInSecond(t.Context(), h.desk, v.Tokens.Step, h.code(secret, 0)); err != nil {
			t.Errorf("with the code: %v", err)
		}
	})
}

func TestAPasskeyThatIsTheOnlyWayInStays(t *testing.T) {
	withProvider(t, func(t *testing.T, h *hall, m *mockoidc.MockOIDC) {
		in, err := h.by(m, actor.Actor{}, user("bob", "bob@example.org", true))
		if err != nil {
			t.Fatal(err)
		}
		by := h.proved(in.Tokens)
		if _, err := h.passkey(t, newDevice("https://hall.example"), by, "phone"); err != nil {
			t.Fatal(err)
		}
		own, err := h.Identities(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Unlink(t.Context(), by, own[0].ID); err != nil {
			t.Fatal(err)
		}
		f, err := h.Factors(t.Context(), by)
		if err != nil {
			t.Fatal(err)
		}
		h.refused("the only way in", h.RemovePasskey(t.Context(), by, f.Passkeys[0].ID), ErrLastWay)
		if f, err = h.Factors(t.Context(), by); err != nil || len(f.Passkeys) != 1 || f.Recovery != recoveryCodes {
			t.Errorf("it is gone: %+v, %v", f, err)
		}
	})
}
