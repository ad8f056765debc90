package web_test

import (
	"net/http"
	"strings"
	"testing"
)

// choose finds someone on the page that asks for whom, and returns where it leads.
func (p person) choose(at, name string) string {
	p.Helper()
	page := p.shown(at)
	form := page.Find("form.search")
	words := filled(form)
	words.Set("find", name)
	who := p.shown(form.AttrOr("action", "") + "?" + words.Encode()).Find("#found a").First()
	if !strings.Contains(who.Text(), name) {
		p.Fatalf("looking for %s found %q", name, text(who))
	}
	return who.AttrOr("href", "")
}

func TestBookingForSomeoneKeepsToThemAllTheWay(t *testing.T) {
	desk := signedIn(t, "desk")
	ask := desk.shown("/s/harbour/today").Find("header .btn").First().AttrOr("href", "")
	catalogue := desk.shown(desk.choose(ask, "Mia Tanaka"))
	if got := text(catalogue.Find(".booking-for")); !strings.HasPrefix(got, "Booking for Mia Tanaka") {
		t.Fatalf("the catalogue says %q", got)
	}
	machine := desk.shown(catalogue.Find(`a.name[href^="/s/harbour/machines/sewing?"]`).AttrOr("href", ""))
	if got := text(machine.Find(".booking-for")); !strings.HasPrefix(got, "Booking for Mia Tanaka") {
		t.Fatalf("the machine says %q", got)
	}
	form := desk.shown(machine.Find(".book-it a").AttrOr("href", "") + "&day=2027-02-16&length=30")
	_, status, at := desk.post("/s/harbour/machines/sewing/book", filled(form.Find("#book")))
	if status != http.StatusSeeOther {
		t.Fatalf("booking: %d", status)
	}
	if got := text(desk.shown(at).Find(".flash p")); !strings.Contains(got, "is booked for Mia Tanaka") {
		t.Errorf("the word said is %q", got)
	}
}

func TestTheDeskReadsWhatSomeoneElseLacksAndSeatsThemInTheInduction(t *testing.T) {
	desk := signedIn(t, "desk")
	page := desk.shown(desk.choose("/s/harbour/for?next=/s/harbour/machines/laser-a/book", "Noah Berger"))
	if got := text(page.Find(".alert")); !strings.Contains(got, "Noah Berger needs") || strings.Contains(got, "You ") {
		t.Errorf("it says %q", got)
	}
	seat := page.Find(".pay a.btn")
	if got := text(seat); got != "Give Noah Berger a seat in the induction" {
		t.Fatalf("the button says %q", got)
	}
	event := desk.shown(seat.AttrOr("href", ""))
	give := event.Find(`.tear form[action$="/register"]`)
	if got := text(give); got != "Give Noah Berger a seat" {
		t.Fatalf("the session offers %q", got)
	}
	_, status, at := desk.post(give.AttrOr("action", ""), filled(give))
	if status != http.StatusSeeOther {
		t.Fatalf("giving the seat: %d", status)
	}
	event = desk.shown(at)
	if got := text(event.Find(".flash p")); got != "Noah Berger has a seat." {
		t.Errorf("the word said is %q", got)
	}
	if got := text(event.Find("#roster")); !strings.Contains(got, "Noah Berger") || strings.Contains(got, "Dilara") {
		t.Errorf("the roster is %q", got)
	}
	if event.Find(`#roster form[action$="/certifications"]`).Length() != 0 {
		t.Error("they can be certified before it has begun")
	}
	leave := event.Find(`#roster li:contains("Noah Berger") form[action$="/leave"]`)
	if _, status, _ := desk.post(leave.AttrOr("action", ""), filled(leave)); status != http.StatusSeeOther {
		t.Errorf("giving it back: %d", status)
	}
}

func TestAMakerSeatsAndBooksForNobodyElse(t *testing.T) {
	maker, desk := signedIn(t, "maker"), signedIn(t, "desk")
	noah := desk.choose("/s/harbour/for", "Noah Berger")
	if maker.shown(noah).Find(".booking-for").Length() != 0 {
		t.Error("a maker books for someone else")
	}
	if _, status, _ := maker.get("/s/harbour/for"); status != http.StatusForbidden {
		t.Errorf("a maker is asked for whom: %d", status)
	}
	_, who, _ := strings.Cut(noah, "for=")
	event := maker.shown("/s/harbour/events").Find(".sessions a.name").Last().AttrOr("href", "")
	if _, status, _ := maker.post(event+"/register", map[string][]string{"for": {who}}); status != http.StatusNotFound {
		t.Errorf("a maker gives someone a seat: %d", status)
	}
}
