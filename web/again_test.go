package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildhall/internal/actor"
	"guildhall/internal/config"
)

// An open screen is not enough to take the list of people along, or to make someone an
// owner: after ten minutes the house asks once more who is there, and then goes on.
func TestAnOpenScreenIsNotEnough(t *testing.T) {
	h := openHall(t, config.Config{})
	m := h.member(mia)
	b := h.browser()
	b.signIn(ingrid, good)
	list, role := "/s/harbour-makers/people.csv", "/s/harbour-makers/people/"+m.String()+"/role"
	if w := b.get(list); w.Code != http.StatusOK {
		t.Fatalf("right after the sign-in: %d", w.Code)
	}

	h.now.Advance(actor.FreshFor + time.Second)
	leads(t, b.get(list), "/me/again?next="+url.QueryEscape(list))
	if w := b.post("/me/again", "next", list, "again_password", "wrong"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "This is not right") {
		t.Errorf("a wrong password: %d", w.Code)
	}
	leads(t, b.get(list), "/me/again?next="+url.QueryEscape(list))

	refused := b.post(role, "role", "instructor")
	page := document(t, refused)
	if refused.Code != http.StatusForbidden {
		t.Errorf("a form: %d", refused.Code)
	}
	form := url.Values{}
	page.Find("form[action='/me/again'] input").Each(func(_ int, in *goquery.Selection) {
		name, _ := in.Attr("name")
		value, _ := in.Attr("value")
		form.Set(name, value)
	})
	form.Set("again_password", good)
	again := document(t, b.send("/me/again", form)).Find("form[action='" + role + "']")
	if value, _ := again.Find("input[name=role]").Attr("value"); value != "instructor" {
		t.Fatalf("what was typed is lost: %q", value)
	}
	if w := b.post(role, "role", "instructor"); w.Code != http.StatusSeeOther {
		t.Errorf("sent again: %d", w.Code)
	}
	leads(t, b.post("/me/again", "next", "https://evil.example/", "again_password", good), "/")
	if w := b.get(list); w.Code != http.StatusOK {
		t.Errorf("after the proof: %d", w.Code)
	}
}

// Guesses at a password are counted also when someone is signed in.
func TestGuessingAtAnOpenScreenEnds(t *testing.T) {
	h := openHall(t, config.Config{})
	b := h.browser()
	b.signIn(ingrid, good)
	for range 5 {
		b.post("/me/again", "again_password", "wrong")
	}
	w := b.post("/me/again", "again_password", good)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("the sixth try: %d, to wait %q", w.Code, w.Header().Get("Retry-After"))
	}
}
