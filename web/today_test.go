package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildhall/internal/clock"
)

// pressed sends a form as its button would, with nothing changed.
func (p person) pressed(form *goquery.Selection) (page *goquery.Document, status int, to string) {
	p.Helper()
	at, fields := form.AttrOr("action", ""), filled(form)
	if form.AttrOr("method", "get") == "get" {
		return p.get(at + "?" + fields.Encode())
	}
	return p.post(at, fields)
}

// lateHouse is a demo of one's own at 16:20, with a booking that nobody came to and
// one that nobody left.
func lateHouse(t *testing.T) (url, missed string) {
	t.Helper()
	at := clock.Frozen(afternoon)
	server, err := furnished(t.TempDir(), at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	maker := visitorAt(t, server.URL).as("maker")
	missed = maker.books("/s/harbour/machines/vinyl-cutter/book?day=2027-02-10&length=60&start=15:45")
	stayed := maker.books("/s/harbour/machines/sewing/book?day=2027-02-10&length=30&start=15:45")
	if _, status, _ := maker.post(stayed+"/check-in", nil); status != http.StatusSeeOther {
		t.Fatalf("checking in: %d", status)
	}
	at.Advance(45 * time.Minute)
	return server.URL, missed
}

func TestEveryButtonOfTheBoardIsAnswered(t *testing.T) {
	house, _ := lateHouse(t)
	dead := []int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusInternalServerError}
	pressed := map[string]bool{}
	visitorAt(t, house).as("manager").shown("/s/harbour/today").Find("form").Each(func(_ int, form *goquery.Selection) {
		at := form.AttrOr("action", "")
		if _, status, _ := visitorAt(t, house).as("manager").pressed(form); slices.Contains(dead, status) {
			t.Errorf("%s is answered with %d", at, status)
		}
		pressed[at[strings.LastIndexByte(at, '/'):]] = true
	})
	for _, act := range []string{"/check-in", "/no-show", "/check-out"} {
		if !pressed[act] {
			t.Errorf("the board has no button for %s", act)
		}
	}
}

func TestNobodyCameIsSaidFromTheBoardAndLeadsBackToIt(t *testing.T) {
	house, missed := lateHouse(t)
	desk := visitorAt(t, house).as("desk")
	const board = "/s/harbour/today?view=agenda"
	form := desk.shown(board).Find(`.need form[action="` + missed + `/no-show"]`)
	if _, status, to := desk.pressed(form); status != http.StatusSeeOther || to != board {
		t.Fatalf("marked as missed: %d to %q", status, to)
	}
	if got := text(desk.shown(board).Find(".flash p")); got != "Marked as a no-show. The time is free again." {
		t.Errorf("the board says %q", got)
	}
	if got := text(desk.shown(missed).Find(".ticket .badge")); got != "No-show" {
		t.Errorf("the booking is %q", got)
	}
}

func TestBackLeadsOnlyToPagesOfOurs(t *testing.T) {
	maker := signedIn(t, "maker")
	for _, back := range []string{"https://example.org/", "//example.org"} {
		at := maker.books("/s/harbour/machines/vinyl-cutter/book?day=2027-02-19&length=30")
		if _, status, to := maker.post(at+"/cancel", url.Values{"back": {back}}); status != http.StatusSeeOther || to != "/" {
			t.Errorf("back to %q: %d to %q", back, status, to)
		}
	}
}
