package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/config"
)

// A token does what was ticked, as far as its person may, and stops with them.
func TestAProgramActsInSomeonesName(t *testing.T) {
	h := openHall(t, config.Config{})
	m := h.member(mia)
	b := h.browser()
	b.signIn(mia, good)
	if w := b.post("/me/tokens", "name", "", "days", "400"); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("nothing that is right: %d", w.Code)
	}
	token := func(scopes ...string) *script {
		w := b.send("/me/tokens", url.Values{"name": {"Door display"}, "days": {"30"}, "scopes": scopes})
		text := document(t, w).Find("#made").AttrOr("value", "")
		if w.Code != http.StatusOK || !strings.HasPrefix(text, "guildhall_") {
			t.Fatalf("make one: %d %q", w.Code, text)
		}
		return &script{hall: h, token: text}
	}
	read, book := token("read"), token("book")
	if to, subject, _ := h.letter(); to != mia || subject != "You have a new API token" {
		t.Errorf("%s is told %q", to, subject)
	}
	id := m.String()
	for _, c := range []struct {
		p            *script
		method, path string
		want         int
		code         string
	}{
		{read, "GET", "/api/v1/me", 200, ""}, {read, "GET", "/api/v1/bookings", 200, ""}, {read, "POST", "/api/v1/bookings", 403, "auth.reach"},
		{book, "GET", "/api/v1/bookings", 403, "auth.reach"}, {book, "POST", "/api/v1/bookings", 422, ""},
		{read, "GET", "/api/v1/members", 403, "auth.forbidden"}, // a member may not, so nor may their token
		{read, "PATCH", "/api/v1/me", 403, "auth.no_token"}, {read, "GET", "/api/v1/auth/sessions", 403, "auth.no_token"},
		{read, "POST", "/api/v1/auth/tokens", 403, ""}, {read, "GET", "/api/v1/auth/tokens", 403, "auth.no_token"}, {book, "POST", "/api/v1/auth/prove", 403, "auth.no_token"},
		{book, "PATCH", "/api/v1/members/" + id, 403, "auth.reach"},
	} {
		var body any
		if c.method != "GET" {
			body = map[string]string{}
		}
		if w := c.p.ask(c.method, c.path, body); w.Code != c.want || !strings.Contains(w.Body.String(), c.code) {
			t.Errorf("%s %s: %d, want %d %s: %s", c.method, c.path, w.Code, c.want, c.code, w.Body)
		}
	}
	if w := b.page("/me/tokens"); !strings.Contains(w.Text(), "Door display") || strings.Contains(w.Text(), read.token) {
		t.Error("the list lacks a token, or shows it again")
	}

	works := func() int { return read.ask("GET", "/api/v1/me", nil).Code }
	if err := h.Members.SetRole(t.Context(), actor.House, h.space.ID, m, actor.Desk); err != nil {
		t.Fatal(err)
	}
	if w := read.ask("GET", "/api/v1/members", nil); w.Code != http.StatusOK {
		t.Errorf("promoted, the next request: %d", w.Code)
	}
	if err := h.Auth.RequireFactor(t.Context(), actor.House, true); err != nil {
		t.Fatal(err)
	}
	if w := read.ask("GET", "/api/v1/me", nil); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "auth.enrol") {
		t.Errorf("of staff without a second factor: %d %s", w.Code, w.Body)
	}
	if err := h.Members.SetRole(t.Context(), actor.House, h.space.ID, m, actor.Member); err != nil {
		t.Fatal(err)
	}
	if w := read.ask("GET", "/api/v1/members", nil); w.Code != http.StatusForbidden {
		t.Errorf("demoted, the next request: %d", w.Code)
	}

	list := document(t, b.get("/me/tokens")).Find("form[action$='/revoke']")
	if list.Length() != 2 {
		t.Fatalf("%d tokens", list.Length())
	}
	other := h.browser()
	h.member("ben@example.org")
	other.signIn("ben@example.org", good)
	at := list.Last().AttrOr("action", "")
	if w := other.post(at); w.Code != http.StatusNotFound {
		t.Errorf("another revokes it: %d", w.Code)
	}
	if works() != http.StatusOK {
		t.Fatal("it works no longer")
	}
	leads(t, b.post(at), "/me/tokens")
	if works() != http.StatusUnauthorized {
		t.Error("revoked, it still works")
	}
	h.now.Advance(31 * 24 * time.Hour)
	if w := book.ask("POST", "/api/v1/bookings", map[string]string{}); w.Code != http.StatusUnauthorized {
		t.Errorf("after its time: %d", w.Code)
	}
}

// Whoever is suspended finds their tokens shut at the next request.
func TestATokenStopsWithItsPerson(t *testing.T) {
	h := openHall(t, config.Config{})
	m := h.member(mia)
	p := h.program(mia, good)
	var made struct{ Token string }
	p.into(p.ask(http.MethodPost, "/api/v1/auth/tokens", map[string]any{"name": "Calendar", "scopes": []string{"read"}}), &made)
	token := &script{hall: h, token: made.Token}
	if w := token.ask("GET", "/api/v1/bookings", nil); w.Code != http.StatusOK {
		t.Fatalf("before: %d %s", w.Code, w.Body)
	}
	if err := h.Members.Suspend(t.Context(), actor.House, h.space.ID, m, "Left the laser running."); err != nil {
		t.Fatal(err)
	}
	if w := token.ask("GET", "/api/v1/bookings", nil); w.Code != http.StatusUnauthorized {
		t.Errorf("suspended: %d", w.Code)
	}
}

// TestATokenEndsWithItsPersonsStanding: whoever has left is refused at the next request,
// with a token and in a session, and the token counts again once they are back.
func TestATokenEndsWithItsPersonsStanding(t *testing.T) {
	h := openHall(t, config.Config{})
	m := h.member(mia)
	p := h.program(mia, good)
	var made struct{ Token string }
	p.into(p.ask(http.MethodPost, "/api/v1/auth/tokens", map[string]any{"name": "Calendar", "scopes": []string{"read"}}), &made)
	token := &script{hall: h, token: made.Token}
	members := "/api/v1/members/" + m.String() + "?space_id=" + h.space.ID.String()
	for name, who := range map[string]*script{"token": token, "session": p} {
		if w := who.ask("GET", members, nil); w.Code != http.StatusOK {
			t.Fatalf("%s, before: %d %s", name, w.Code, w.Body)
		}
	}
	if err := h.Members.Remove(t.Context(), actor.House, h.space.ID, m, "Moved away."); err != nil {
		t.Fatal(err)
	}
	if w := token.ask("GET", members, nil); w.Code != http.StatusUnauthorized {
		t.Errorf("the token of an ex-member: %d %s", w.Code, w.Body)
	}
	if w := p.ask("GET", members, nil); w.Code == http.StatusOK {
		t.Errorf("the session of an ex-member still reads the space: %s", w.Body)
	}
	if err := h.Members.Readmit(t.Context(), actor.House, h.space.ID, m); err != nil {
		t.Fatal(err)
	}
	if w := token.ask("GET", members, nil); w.Code != http.StatusOK {
		t.Errorf("back again: %d %s", w.Code, w.Body)
	}
}

// A token may look at what a file of people would do; the import itself a person does,
// and so says the refusal.
func TestATokenLooksAtAFileOfPeopleAndDoesNotImportIt(t *testing.T) {
	h := openHall(t, config.Config{})
	b := h.browser()
	b.signIn(ingrid, good)
	scopes := make([]string, len(actor.Reaches))
	for i, s := range actor.Reaches {
		scopes[i] = string(s)
	}
	made := b.send("/me/tokens", url.Values{"name": {"Importer"}, "days": {"30"}, "scopes": scopes})
	token := document(t, made).Find("#made").AttrOr("value", "")
	send := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("name,email\nAda,ada@example.org\n"))
		r.Header.Set("Content-Type", "text/csv")
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.h.ServeHTTP(w, r)
		return w
	}
	look := send("/api/v1/members/import?dry_run=true")
	var file struct {
		ID      string `json:"id"`
		Created int    `json:"created"`
	}
	if err := json.Unmarshal(look.Body.Bytes(), &file); err != nil || look.Code != http.StatusOK || file.Created != 1 {
		t.Fatalf("a dry run: %d %s", look.Code, look.Body)
	}
	for _, path := range []string{"/api/v1/members/import", "/api/v1/members/imports/" + file.ID + "/run"} {
		if w := send(path); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "No token can do this. Sign in for it.") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if _, err := h.Members.ByEmail(t.Context(), "ada@example.org"); err == nil {
		t.Error("the token imported somebody")
	}
}
