package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAProofIsHandedInLookedAtAndAnswered(t *testing.T) {
	p, desk := signedIn(t, "member130"), signedIn(t, "desk")
	form := url.Values{"kind": {"student"}}
	if status, _ := p.sent("/me/proofs", form, "file", "card.pdf", []byte("<script>alert(1)</script>")); status != http.StatusUnprocessableEntity {
		t.Errorf("a page was taken for a PDF: %d", status)
	}
	if status, _ := p.sent("/me/proofs", form, "file", "card.pdf", append([]byte("%PDF-1.7\n"), make([]byte, 8<<20)...)); status != http.StatusUnprocessableEntity {
		t.Errorf("8 MB and more were taken: %d", status)
	}
	if status, at := p.sent("/me/proofs", form, "file", "学生证.pdf", []byte("%PDF-1.7\n")); status != http.StatusSeeOther || at != "/me/proofs" {
		t.Fatalf("%d to %q", status, at)
	}
	file := p.shown("/me/proofs").Find("a[href^='/proofs/']").AttrOr("href", "")
	answer, err := desk.client.Get(desk.url + file)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || string(body) != "%PDF-1.7\n" || !strings.HasPrefix(answer.Header.Get("Content-Disposition"), "attachment") || answer.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%q, %v, %v", body, answer.Header, err)
	}
	if _, status, _ := signedIn(t, "novice").get(file); status != http.StatusNotFound {
		t.Errorf("somebody else gets %d", status)
	}
	proof := strings.TrimPrefix(file, "/proofs/")
	queue := desk.shown("/s/harbour/proofs")
	if queue.Find(`form[action$="`+proof+`"]`).Length() != 1 {
		t.Fatal("it does not wait")
	}
	review := func(v url.Values) int {
		v.Set("version", "1")
		_, status, _ := desk.post("/s/harbour/proofs/"+proof, v)
		return status
	}
	if status := review(url.Values{"verdict": {"refuse"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("refused for no reason: %d", status)
	}
	if status := review(url.Values{"verdict": {"refuse"}, "reason-" + proof: {"It has run out"}}); status != http.StatusSeeOther {
		t.Errorf("%d", status)
	}
	if status := review(url.Values{"verdict": {"accept"}}); status != http.StatusConflict {
		t.Errorf("it was looked at twice: %d", status)
	}
	if text := text(p.shown("/me/proofs").Find("main")); !strings.Contains(text, "It has run out") {
		t.Errorf("the person reads %q", text)
	}
	if _, status, _ := p.post("/me/proofs/"+proof+"/remove", nil); status != http.StatusSeeOther {
		t.Errorf("not removed: %d", status)
	}
	if _, status, _ := p.get(file); status != http.StatusNotFound {
		t.Errorf("removed, and there: %d", status)
	}
}
