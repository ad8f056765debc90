package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"guildhall/internal/demo"
	"guildhall/internal/reports"
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

// What a desk looks for is there to be seen: who is here, late, expected, gone and did
// not come, and whom a wristband was given.
func TestTheDemoShowsADayAtTheDesk(t *testing.T) {
	page := signedIn(t, "desk").page("/s/harbour/desk")
	for _, state := range reports.ArrivalStates {
		if page.Find(".arrivals li."+string(state)).Length() == 0 {
			t.Errorf("nobody is %s: %s", state, words(page.Find("#arrivals")))
		}
	}
	if got := words(page.Find(".arrivals")); !strings.Contains(got, "Wristband B-07") {
		t.Errorf("nobody wears a wristband: %s", got)
	}
}

// The key holder of the demo has a deposit held, machine time of which some is used, and
// a password that is not enough.
func TestTheDemoHasSomebodyWithASecondFactor(t *testing.T) {
	p := visitor(t)
	asked, status, _ := p.post("/sign-in", url.Values{"email": {demo.KeyHolder}, "password": {demo.Password}})
	step := asked.Find(`form[action="/sign-in/code"] input[name="step"]`).AttrOr("value", "")
	if status != http.StatusOK || step == "" {
		t.Fatalf("no code is asked for: %d %s", status, words(asked.Find("main")))
	}
	code, err := totp.GenerateCode(demo.KeyHolderSecret, afternoon.Time)
	if err != nil {
		t.Fatal(err)
	}
	if page, status, _ := p.post("/sign-in/code", url.Values{"step": {step}, "code": {code}}); status != http.StatusSeeOther {
		t.Fatalf("the code: %d %s", status, words(page.Find("main")))
	}
	if got := words(p.page("/me/membership").Find("main")); !strings.Contains(got, "7 h 30 min of 10 h") || !strings.Contains(got, "€95.00, given back") {
		t.Errorf("the membership: %s", got)
	}
}
