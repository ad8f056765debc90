package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/pquerna/otp/totp"

	"guildhall/internal/actor"
	"guildhall/internal/config"
)

// turnOn sets an authenticator up in the browser and gives its secret and the recovery codes.
func (b *browser) turnOn() (secret string, codes []string) {
	b.t.Helper()
	leads(b.t, b.post("/me/authenticator/begin"), "/me/authenticator")
	page := b.page("/me/authenticator")
	if page.Find("svg.qr path[d^=M]").Length() != 1 {
		b.t.Error("there is nothing to scan")
	}
	secret = strings.ReplaceAll(page.Find(".secret").Text(), " ", "")
	done := b.post("/me/authenticator", "code", b.code(secret, 0))
	document(b.t, done).Find(".codes li").Each(func(_ int, li *goquery.Selection) { codes = append(codes, li.Text()) })
	if done.Code != http.StatusOK || len(codes) != 10 {
		b.t.Fatalf("turn it on: %d with %d codes", done.Code, len(codes))
	}
	return secret, codes
}

func (b *browser) code(secret string, ahead time.Duration) string {
	b.t.Helper()
	code, err := totp.GenerateCode(secret, b.now.Now().Add(ahead).Time)
	if err != nil {
		b.t.Fatal(err)
	}
	return code
}

// script is a program that has signed in over the API.
type script struct {
	*hall
	token string
}

func (h *hall) program(email, password string) *script {
	h.t.Helper()
	p := &script{hall: h}
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	p.into(p.ask(http.MethodPost, "/api/v1/auth/sign-in", map[string]string{"email": email, "password": password}), &tokens)
	p.token = tokens.AccessToken
	return p
}

func (p *script) ask(method, path string, body any) *httptest.ResponseRecorder {
	p.t.Helper()
	var sent io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			p.t.Fatal(err)
		}
		sent = bytes.NewReader(text)
	}
	r := httptest.NewRequest(method, path, sent)
	r.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	w := httptest.NewRecorder()
	p.h.ServeHTTP(w, r)
	return w
}

// into reads an answer that must be a good one.
func (p *script) into(w *httptest.ResponseRecorder, v any) {
	p.t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), v); err != nil || w.Code >= 300 {
		p.t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
}

// Staff without a second factor sees the page that leads to one, and nothing else.
func TestStaffSetsUpASecondFactorFirst(t *testing.T) {
	h := openHall(t, config.Config{})
	if err := h.Auth.RequireFactor(t.Context(), actor.House, true); err != nil {
		t.Fatal(err)
	}
	b := h.browser()
	leads(t, b.post("/sign-in", "email", ingrid, "password", good, "next", "/s/harbour-makers/today"), "/s/harbour-makers/today")
	for _, target := range []string{"/", "/me", "/me/security", "/sessions", "/s/harbour-makers", "/s/harbour-makers/today", "/s/harbour-makers/people", "/security"} {
		leads(t, b.get(target), "/me/enrol")
	}
	if w := b.post("/s/harbour-makers/holidays", "day", "2027-05-01"); w.Header().Get("Location") != "/me/enrol" {
		t.Errorf("a form: %d to %q", w.Code, w.Header().Get("Location"))
	}
	page := b.page("/me/enrol")
	if page.Find("form[action='/me/authenticator/begin'] button").Length() != 1 || page.Find("form[action='/sign-out'] button").Length() == 0 || page.Find("nav a[href*='/people']").Length() != 0 {
		t.Error("the page does not lead to a second factor, or elsewhere")
	}
	if w := b.get("/static/" + "app.css"); w.Header().Get("Location") == "/me/enrol" {
		t.Error("it has no styles")
	}

	secret, codes := b.turnOn()
	if w := b.get("/s/harbour-makers/today"); w.Code != http.StatusOK {
		t.Errorf("with a second factor: %d", w.Code)
	}
	if w := b.post("/me/authenticator/remove"); w.Header().Get("Location") != "/me/security" {
		t.Errorf("remove the only one: %d", w.Code)
	}
	if says := b.page("/me/security").Text(); !strings.Contains(says, "In your role you need a second factor") {
		t.Error("the only one is gone")
	}

	h.now.Advance(time.Minute)
	other := h.browser()
	step := document(t, other.post("/sign-in", "email", ingrid, "password", good, "next", "/sessions")).Find("form[action='/sign-in/code'] input[name=step]").AttrOr("value", "")
	if w := other.post("/sign-in/code", "step", step, "code", "123456"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("a guess: %d", w.Code)
	}
	if other.signedIn() {
		t.Fatal("half a sign-in is one")
	}
	leads(t, other.post("/sign-in/code", "step", step, "next", "/sessions", "code", b.code(secret, 0)), "/sessions")
	third := h.browser()
	step = document(t, third.post("/sign-in", "email", ingrid, "password", good)).Find("input[name=step]").AttrOr("value", "")
	leads(t, third.post("/sign-in/code", "step", step, "code", codes[0]), "/")
	if says := third.page("/me/security").Text(); !strings.Contains(says, "9 codes left") || !strings.Contains(says, "Used a recovery code") || !strings.Contains(says, "Firefox on Linux") {
		t.Errorf("the page of it says %q", strings.Join(strings.Fields(says), " "))
	}
}

// A program is told what to do, and can do it.
func TestAProgramOfStaffSetsUpASecondFactor(t *testing.T) {
	h := openHall(t, config.Config{})
	if err := h.Auth.RequireFactor(t.Context(), actor.House, true); err != nil {
		t.Fatal(err)
	}
	p := h.program(ingrid, good)
	if w := p.ask(http.MethodGet, "/api/v1/me", nil); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "auth.enrol") {
		t.Fatalf("before: %d %s", w.Code, w.Body)
	}
	var setup struct{ Secret, URL string }
	p.into(p.ask(http.MethodPost, "/api/v1/auth/authenticator", nil), &setup)
	b := h.browser()
	var made struct {
		RecoveryCodes []string `json:"recovery_codes"`
	}
	p.into(p.ask(http.MethodPost, "/api/v1/auth/authenticator/confirm", map[string]string{"code": b.code(setup.Secret, 0)}), &made)
	if len(made.RecoveryCodes) != 10 || !strings.HasPrefix(setup.URL, "otpauth://totp/Guildhall:") {
		t.Errorf("%+v, %+v", setup, made)
	}
	if w := p.ask(http.MethodGet, "/api/v1/me", nil); w.Code != http.StatusOK {
		t.Errorf("after: %d %s", w.Code, w.Body)
	}
	h.now.Advance(time.Minute)
	creds := map[string]string{"email": ingrid, "password": good}
	if w := p.ask(http.MethodPost, "/api/v1/auth/sign-in", creds); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "auth.second") {
		t.Errorf("the password alone: %d %s", w.Code, w.Body)
	}
	creds["code"] = b.code(setup.Secret, 0)
	if w := p.ask(http.MethodPost, "/api/v1/auth/sign-in", creds); w.Code != http.StatusOK {
		t.Errorf("with the code: %d %s", w.Code, w.Body)
	}
}

// Who is made staff in the middle of a session meets the page at the next request, and
// who is so no longer is free of it.
func TestAPromotionHoldsFromTheNextRequestOn(t *testing.T) {
	h := openHall(t, config.Config{})
	if err := h.Auth.RequireFactor(t.Context(), actor.House, true); err != nil {
		t.Fatal(err)
	}
	m := h.member(mia)
	b := h.browser()
	b.signIn(mia, good)
	b.page("/me")
	for role, want := range map[actor.Role]int{actor.Desk: http.StatusSeeOther, actor.Instructor: http.StatusOK} {
		if err := h.Members.SetRole(t.Context(), actor.House, h.space.ID, m, role); err != nil {
			t.Fatal(err)
		}
		if w := b.get("/me"); w.Code != want {
			t.Errorf("as %s: %d, want %d", role, w.Code, want)
		}
	}
}

func TestAnOwnerSaysWhetherStaffNeedsASecondFactor(t *testing.T) {
	h := openHall(t, config.Config{})
	b := h.browser()
	b.signIn(ingrid, good)
	if !b.page("/security").Find("input[value=optional]").Is("[checked]") {
		t.Error("the page does not say how it is")
	}
	leads(t, b.post("/security", "factor", "required"), "/security")
	leads(t, b.get("/me"), "/me/enrol")
	m := h.browser()
	h.member(mia)
	m.signIn(mia, good)
	if w := m.post("/security", "factor", "optional"); w.Code != http.StatusForbidden {
		t.Errorf("a member: %d", w.Code)
	}
}
