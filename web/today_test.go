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

func TestADayOfRestIsShownAsOne(t *testing.T) {
	page := signedIn(t, "manager").shown("/s/harbour/today?day=2027-12-25")
	if got := text(page.Find(".unlike")); got != "Closed: Christmas Day" {
		t.Errorf("the day says %q", got)
	}
	if got := page.Find(".shut-hours i").AttrOr("class", ""); got != "s0 w40" {
		t.Errorf("hatched is %q, want the whole board", got)
	}
	if got := text(page.Find(".kpis")); strings.Contains(got, "free after") || strings.Contains(got, "In use now") {
		t.Errorf("the numbers say %q", got)
	}
}

func TestTheHoursInWhichTheDoorsAreShutAreHatched(t *testing.T) {
	page := signedIn(t, "manager").shown("/s/harbour/today") // a Wednesday, open from 14:00 to 21:00
	if n := page.Find(".shut-hours i").Length(); n != 2 {
		t.Errorf("%d stretches are hatched, want the morning and the night", n)
	}
	if page.Find(".unlike").Length() != 0 {
		t.Error("a day like any other is said to be special")
	}
	if got := text(page.Find(".kpis")); !strings.Contains(got, "free after 18:00") || !strings.Contains(got, "In use now") {
		t.Errorf("the numbers say %q", got)
	}
}

func TestAMachineIsOutOnTheDaysItIsOutAndNotAfter(t *testing.T) {
	p := signedIn(t, "manager")
	at := p.machine("Pottery wheel")
	out := filled(p.shown(at).Find("#service form"))
	out.Set("reason_en", "belt")
	out.Set("until_day", "2027-02-26")
	out.Set("until_time", "16:00")
	if _, status, _ := p.post(at+"/out", out); status != http.StatusSeeOther {
		t.Fatalf("out: %d", status)
	}
	for day, want := range map[string]string{
		"2027-02-09": "", // of the past nobody knows
		"2027-02-10": "s0 w",
		"2027-02-25": "s0 w",
		"2027-02-26": "s0 w",
		"2027-02-27": "",
	} {
		row := p.shown("/s/harbour/today?day=" + day).Find(`.row:has(a[href="/s/harbour/machines/pottery-wheel"])`)
		class := row.Find(".gone").AttrOr("class", "")
		if row.Length() != 1 || (want == "") != (class == "") || !strings.Contains(class, want) {
			t.Errorf("on %s %d rows, hatched %q", day, row.Length(), class)
		}
		if told := row.Find(".out").Length() == 1; told != (want != "") {
			t.Errorf("on %s it is told to be out: %v", day, told)
		}
	}
}

func TestTheWeekIsTitledAndCountedAsOne(t *testing.T) {
	page := signedIn(t, "manager").shown("/s/harbour/today?view=week")
	if got := text(page.Find("h1")); got != "8–14 February 2027" {
		t.Errorf("it is titled %q", got)
	}
	if got := text(page.Find(".kpis")); !strings.Contains(got, "Booked for this week") || strings.Contains(got, "In use now") {
		t.Errorf("the numbers say %q", got)
	}
	if n := page.Find(".week-list h2").Length(); n != 7 {
		t.Errorf("on a phone it is a list of %d days", n)
	}
}

func TestAWholeDayIsNoTimeFromMidnightToMidnight(t *testing.T) {
	p := signedIn(t, "manager")
	for _, at := range []string{"/s/harbour/today", "/s/harbour/today?view=agenda"} {
		page := p.shown(at)
		if got := text(page.Find(".board-split")); strings.Contains(got, "00:00–") || !strings.Contains(got, "all day") {
			t.Errorf("%s does not say \"all day\" of the desks", at)
		}
	}
}

func TestTheKeysOfTheBoardHaveSomewhereToGo(t *testing.T) {
	page := signedIn(t, "manager").shown("/s/harbour/today")
	for key, want := range map[string]string{"left": "a", "right": "a", "t": "a", "n": "a", "g t": "a", "/": "input", "?": "details"} {
		if n := page.Find(want + `[data-key="` + key + `"]`).Length(); n != 1 {
			t.Errorf("%q leads to %d elements", key, n)
		}
	}
	lane := page.Find(`.row:has(a[href="/s/harbour/machines/laser-a"]) .lane`)
	if got := lane.AttrOr("data-book", ""); got != "/s/harbour/machines/laser-a/book?day=2027-02-10" {
		t.Errorf("an empty place of Laser A leads to %q", got)
	}
}
