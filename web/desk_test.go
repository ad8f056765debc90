package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// Whoever stands at the desk says that they saw what a lower price asks for.
func TestTheDeskTicksThatAProofWasSeen(t *testing.T) {
	p := importer(t, "desk")
	student := p.page("/s/harbour/people/new").Find(`select[name="plan"] option:contains("Student")`).AttrOr("value", "")
	form := url.Values{"name": {"Stella Proof"}, "email": {"stella.proof@example.org"}, "locale": {"en"}, "plan": {student}}
	page, status, _ := p.post("/s/harbour/people", form)
	if status != http.StatusUnprocessableEntity || page.Find("#proof-error").Length() != 1 {
		t.Errorf("a student plan without a look at the card: %d %q", status, words(page.Find("main .alert")))
	}
	form.Set("proof", "yes")
	form.Set("proof_until", "2099-09-30")
	if _, status, _ = p.post("/s/harbour/people", form); status != http.StatusSeeOther {
		t.Errorf("with one: %d", status)
	}

	passes := p.page("/s/harbour/desk/walk-in").Find(`input[name="pass"]`)
	pass := passes.Last().AttrOr("value", "")
	if passes.Length() != 2 || !strings.HasSuffix(pass, ":student") {
		t.Fatalf("%d passes, the last is %q", passes.Length(), pass)
	}
	form = url.Values{"name": {"Walter Proof"}, "contact": {"+49 151 4433221"}, "locale": {"en"}, "pass": {pass}, "paid": {"cash"}}
	page, status, _ = p.post("/s/harbour/desk/walk-in", form)
	if status != http.StatusUnprocessableEntity || page.Find("#proof-error").Length() != 1 || page.Find(`input[name="name"]`).AttrOr("value", "") != "Walter Proof" {
		t.Errorf("a pass of students without: %d %q", status, words(page.Find("main .alert")))
	}
	form.Set("proof", "yes")
	if _, status, to := p.post("/s/harbour/desk/walk-in", form); status != http.StatusSeeOther || !strings.Contains(to, "/desk/visits/") {
		t.Errorf("with one: %d to %q", status, to)
	}
}
