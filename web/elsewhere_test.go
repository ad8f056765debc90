package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"guildhall/internal/actor"
	"guildhall/internal/config"
)

// vouched is a user of another service, which says when they signed in there.
type vouched struct {
	*mockoidc.MockUser
	at int64
}

type vouchedClaims struct {
	*mockoidc.IDTokenClaims
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
	At       int64  `json:"auth_time,omitempty"`
}

func (u vouched) Claims(_ []string, base *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	return vouchedClaims{base, u.Email, u.EmailVerified, u.at}, nil
}

// clubHall is a hall that another service signs people in to, which listens in this process.
func clubHall(t *testing.T) (*hall, *mockoidc.MockOIDC) {
	t.Helper()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Shutdown() })
	h := openHall(t, config.Config{BaseURL: "http://hall.example", OIDC: config.OIDC{Issuer: m.Issuer(), Client: m.Config().ClientID, Secret: m.Config().ClientSecret, Name: "Club"}})
	m.FastForward(h.now.Now().Time.Sub(m.Now()))
	return h, m
}

// elsewhere follows the answer to the other service, signs in there as bob, and comes back.
func (b *browser) elsewhere(m *mockoidc.MockOIDC, sent string, at int64) (to string) {
	b.t.Helper()
	w := b.get(sent)
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), m.Issuer()) {
		b.t.Fatalf("%s: %d to %q", sent, w.Code, w.Header().Get("Location"))
	}
	m.QueueUser(vouched{&mockoidc.MockUser{Subject: "bob", Email: "bob@example.org", EmailVerified: true}, at})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(w.Header().Get("Location"))
	if err != nil {
		b.t.Fatal(err)
	}
	answer.Body.Close()
	back, err := url.Parse(answer.Header.Get("Location"))
	if err != nil {
		b.t.Fatal(err)
	}
	w = b.get(back.RequestURI())
	if w.Code != http.StatusSeeOther {
		b.t.Fatalf("back: %d %s", w.Code, text(document(b.t, w).Find("main")))
	}
	return w.Header().Get("Location")
}

// Who has no password here, because another service signs them in, is not asked for one:
// they sign in there anew, and where that service does not say so they set one.
func TestWhoHasNoPasswordProvesThemselvesElsewhere(t *testing.T) {
	h, m := clubHall(t)
	b := h.browser()
	if to := b.elsewhere(m, "/sign-in/with", 0); to != "/" {
		t.Fatalf("signed in, to %q", to)
	}
	h.now.Advance(actor.FreshFor + time.Second)
	m.FastForward(actor.FreshFor + time.Second)
	again := "/me/again?next=" + url.QueryEscape("/me/data")
	leads(t, b.get("/me/data"), again)
	form := b.page(again).Find("form[action='/me/again']")
	link := form.Find("a[href^='/me/again/elsewhere']")
	if link.Length() != 1 || text(link) != "Sign in again with Club" || form.Find("input[type=password], input[name=again_code], button.primary").Length() != 0 {
		t.Fatalf("it asks for what they do not have: %s", text(form))
	}
	onward := link.AttrOr("href", "")

	for name, at := range map[string]int64{"not said when": 0, "an hour ago": h.now.Now().Add(-time.Hour).Unix()} {
		if to := b.elsewhere(m, onward, at); to != again {
			t.Errorf("%s: leads to %q", name, to)
		}
		page := b.page(again)
		if got := text(page.Find(".flash")); !strings.Contains(got, "Club does not say that you signed in there just now") || page.Find("a[href='/password-reset']").Length() != 1 {
			t.Errorf("%s: it says %q", name, got)
		}
		leads(t, b.get("/me/data"), again)
	}
	if to := b.elsewhere(m, onward, h.now.Now().Unix()); to != "/me/data" {
		t.Errorf("proved, and led to %q", to)
	}
	b.page("/me/data")
	if to := b.elsewhere(m, "/me/again/elsewhere?next="+url.QueryEscape("https://evil.example/"), h.now.Now().Unix()); to != "/" {
		t.Errorf("it leads out of the house: %q", to)
	}

	// A form that was refused asks for the same, and says what the way costs.
	h.now.Advance(actor.FreshFor + time.Second)
	m.FastForward(actor.FreshFor + time.Second)
	w := b.post("/me/email", "email", "new@example.org")
	if page := document(t, w); w.Code != http.StatusForbidden || page.Find("a[href^='/me/again/elsewhere']").Length() != 1 || !strings.Contains(text(page.Find(".hint")), "is not kept") {
		t.Errorf("a form: %d %s", w.Code, text(page.Find("main")))
	}
}

// Who has a password is still asked for it, and may take either way; who is not linked is
// not sent there.
func TestWhoHasAPasswordIsStillOfferedIt(t *testing.T) {
	h, m := clubHall(t)
	h.member(mia)
	b := h.browser()
	b.signIn(mia, good)
	w := b.get("/me/again/elsewhere?next=/me/data")
	leads(t, w, "/me/again?next="+url.QueryEscape("/me/data"))
	if page := b.page("/me/again"); page.Find("a[href^='/me/again/elsewhere']").Length() != 0 || page.Find("input[type=password]").Length() != 1 || text(page.Find(".flash")) == "" {
		t.Errorf("not linked: %s", text(page.Find("main")))
	}
	if to := b.elsewhere(m, "/me/link/new", 0); to != "/me/security" {
		t.Fatalf("linked, to %q", to)
	}
	page := b.page("/me/again?next=/me/data")
	if page.Find("a[href^='/me/again/elsewhere']").Length() != 1 || page.Find("input[type=password]").Length() != 1 {
		t.Errorf("linked: %s", text(page.Find("main")))
	}
	h.now.Advance(actor.FreshFor + time.Second)
	m.FastForward(actor.FreshFor + time.Second)
	leads(t, b.post("/me/again", "next", "/me/data", "again_password", good), "/me/data")
	b.page("/me/data")
}
