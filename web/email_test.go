package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/config"
)

// letterTo is the newest letter to an address with this link in it: the link.
func (h *hall) letterTo(email, path string) string {
	h.t.Helper()
	if err := h.Jobs.RunDue(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	kept, err := h.Mail.Kept(h.t.Context(), 100)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, l := range kept {
		if found := regexp.MustCompile(regexp.QuoteMeta(path) + `\?token=[^\s"<>]+`).FindString(l.Body); l.Recipient == email && found != "" {
			return found
		}
	}
	h.t.Fatalf("no letter to %s leads to %s", email, path)
	return ""
}

// pressed opens a letter's link and presses its button. Looking at it alone does nothing.
func (b *browser) pressed(link string) (status int, to, said string) {
	b.t.Helper()
	form := b.page(link).Find("form.ticket")
	at, _ := form.Attr("action")
	w := b.send(at, url.Values{"token": {form.Find("input[name=token]").AttrOr("value", "")}})
	return w.Code, w.Header().Get("Location"), text(document(b.t, w).Find("main"))
}

func TestAnAddressIsChangedOnThePages(t *testing.T) {
	h := openHall(t, config.Config{})
	h.member(mia)
	b, elsewhere := h.browser(), h.browser()
	b.signIn(mia, good)
	elsewhere.signIn(mia, good)
	if b.page("/me/security").Find("a[href='/me/email']").Length() == 0 {
		t.Error("nothing leads there")
	}
	for typed, want := range map[string]int{"": 422, "mia": 422, "a@b@c": 422, " MIA@example.org ": 409} {
		w := b.post("/me/email", "email", typed)
		page := document(t, w)
		if field := page.Find("input[name=email]"); w.Code != want || field.AttrOr("value", "") != typed || field.AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%q: %d, shown again as %q: %s", typed, w.Code, field.AttrOr("value", ""), text(page.Find("main")))
		}
	}
	h.now.Advance(actor.FreshFor + time.Second)
	if w := b.post("/me/email", "email", "mia@new.example"); w.Code != http.StatusForbidden || document(t, w).Find("form[action='/me/again']").Length() != 1 {
		t.Errorf("on an old proof: %d", w.Code)
	}
	b.post("/me/again", "next", "/me/email", "again_password", good)

	leads(t, b.post("/me/email", "email", "mia@new.example"), "/me/email")
	page := b.page("/me/email")
	if got := text(page.Find("main")); !strings.Contains(got, mia) || !strings.Contains(got, "mia@new.example") {
		t.Errorf("while it waits the page says %q", got)
	}
	link := h.letterTo("mia@new.example", "/email/confirm")
	object := h.letterTo(mia, "/email/object")
	if status, _, said := b.pressed("/email/confirm?token=forged"); status < 400 || !strings.Contains(said, "link") {
		t.Errorf("a forged link: %d %q", status, said)
	}
	b.page(link)
	if m, _ := h.Members.ByEmail(t.Context(), mia); m.Email != mia {
		t.Error("a look at the link changed it")
	}
	if status, to, said := b.pressed(link); status != http.StatusSeeOther || to != "/me" {
		t.Fatalf("confirmed: %d to %q %s", status, to, said)
	}
	if !strings.Contains(text(b.page("/me/email").Find("main")), "mia@new.example") || elsewhere.signedIn() {
		t.Error("the new address is not shown, or who is signed in elsewhere still is")
	}
	if status, _, said := h.browser().pressed(link); status < 400 || said == "" {
		t.Errorf("the link once more: %d %q", status, said)
	}
	h.browser().signIn("mia@new.example", good)
	if w := h.browser().post("/sign-in", "email", mia, "password", good); w.Code == http.StatusSeeOther {
		t.Error("the old address opens")
	}

	// Who reads the old address takes it back.
	if status, to, said := h.browser().pressed(object); status != http.StatusSeeOther || to != "/sign-in" {
		t.Fatalf("objected: %d to %q %s", status, to, said)
	}
	if b.signedIn() {
		t.Error("who changed it is still in")
	}
	h.letterTo(mia, "/password-reset/confirm")
}

// Two ask for one address; the second to confirm reads what to do.
func TestAnAddressThatWasTakenMeanwhileIsRefusedOnThePage(t *testing.T) {
	h := openHall(t, config.Config{})
	links := map[string]string{}
	for _, email := range []string{mia, "noah@example.org"} {
		h.member(email)
		b := h.browser()
		b.signIn(email, good)
		leads(t, b.post("/me/email", "email", "both@example.org"), "/me/email")
		links[email] = h.letterTo("both@example.org", "/email/confirm")
	}
	if links[mia] == links["noah@example.org"] {
		t.Fatal("one letter for two")
	}
	if status, to, said := h.browser().pressed(links[mia]); status != http.StatusSeeOther || to != "/sign-in" {
		t.Fatalf("the first: %d to %q %s", status, to, said)
	}
	status, _, said := h.browser().pressed(links["noah@example.org"])
	if status != http.StatusConflict || !strings.Contains(said, "There is another account with this address.") {
		t.Errorf("the second: %d %s", status, said)
	}
	h.browser().signIn("noah@example.org", good)
	h.browser().signIn("both@example.org", good)
}
