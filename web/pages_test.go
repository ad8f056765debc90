package web_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"guildhall/internal/app"
	"guildhall/internal/clock"
	"guildhall/internal/config"
	"guildhall/internal/demo"
)

// The demo on a Wednesday in winter at 15:35 in Berlin, when Harbour Makers is
// open. Tests share it; each books on a day or a machine of its own.
var (
	afternoon = clock.Unix(1802270100) // 2027-02-10 14:35 UTC
	harbour   = sync.OnceValues(func() (*httptest.Server, error) {
		return furnished(tempDir("guildhall-web-"), clock.Frozen(afternoon))
	})
	remove []string // folders, when all is done
)

// tempDir is a folder until all tests are done.
func tempDir(name string) string {
	dir, err := os.MkdirTemp("", name)
	if err != nil {
		panic(err)
	}
	remove = append(remove, dir)
	return dir
}

// furnished is a demo in a folder, served by this clock.
func furnished(dir string, at *clock.Movable) (*httptest.Server, error) {
	_, server, err := running(dir, at)
	return server, err
}

// running is furnished with the program that serves it.
func running(dir string, at *clock.Movable) (*app.App, *httptest.Server, error) {
	a, err := app.New(context.Background(), config.Config{Data: dir, Dev: true}, at)
	if err != nil {
		return nil, nil, err
	}
	err = demo.Seed(context.Background(), demo.House{DB: a.DB, Clock: at, Auth: a.Auth, Spaces: a.Spaces,
		Members: a.Members, Plans: a.Plans, Certifications: a.Certifications, Equipment: a.Equipment, Booking: a.Booking, Consent: a.Consent, Events: a.Events, Teams: a.Teams, Profiles: a.Profiles, Proofs: a.Proofs, Desk: a.Desk})
	return a, httptest.NewServer(a.Handler()), err
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, dir := range remove {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

// person is somebody with a browser.
type person struct {
	*testing.T
	client *http.Client
	url    string
}

// visitor is somebody who has not signed in.
func visitor(t *testing.T) person {
	t.Helper()
	server, err := harbour()
	if err != nil {
		t.Fatal(err)
	}
	return visitorAt(t, server.URL)
}

// visitorAt is somebody who has not signed in at this house.
func visitorAt(t *testing.T, url string) person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return person{t, client, url}
}

// signedIn is one of the demo's people, signed in: "maker".
func signedIn(t *testing.T, name string) person {
	t.Helper()
	return visitor(t).as(name)
}

// as is the visitor once they have signed in by this name.
func (p person) as(name string) person {
	p.Helper()
	_, status, at := p.post("/sign-in", url.Values{"email": {name + "@" + demo.Domain}, "password": {demo.Password}})
	if status != http.StatusSeeOther {
		p.Fatalf("%s can't sign in: %d to %q", name, status, at)
	}
	return p
}

func (p person) do(r *http.Request, err error) (page *goquery.Document, status int, at string) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
	answer, err := p.client.Do(r)
	if err != nil {
		p.Fatal(err)
	}
	defer answer.Body.Close()
	page, err = goquery.NewDocumentFromReader(answer.Body)
	if err != nil {
		p.Fatal(err)
	}
	return page, answer.StatusCode, answer.Header.Get("Location")
}

func (p person) get(at string) (page *goquery.Document, status int, to string) {
	p.Helper()
	return p.do(http.NewRequest(http.MethodGet, p.url+at, nil))
}

func (p person) post(at string, form url.Values) (page *goquery.Document, status int, to string) {
	p.Helper()
	r, err := http.NewRequest(http.MethodPost, p.url+at, strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return p.do(r, err)
}

// shown is the page at an address, which must be there.
func (p person) shown(at string) *goquery.Document {
	p.Helper()
	page, status, to := p.get(at)
	if status != http.StatusOK {
		p.Fatalf("%s: %d %s", at, status, to)
	}
	return page
}

// filled is the form of a page as it would be sent without changing anything.
func filled(form *goquery.Selection) url.Values {
	v := url.Values{}
	form.Find("input[name], select[name]").Each(func(_ int, field *goquery.Selection) {
		name := field.AttrOr("name", "")
		switch field.AttrOr("type", "") {
		case "radio", "checkbox":
			if _, on := field.Attr("checked"); !on {
				return
			}
		}
		value := field.AttrOr("value", "")
		if goquery.NodeName(field) == "select" {
			value = field.Find("option[selected]").AttrOr("value", field.Find("option").First().AttrOr("value", ""))
		}
		v.Add(name, value)
	})
	return v
}

// books sends the booking page as it stands and returns the booking's address.
func (p person) books(at string) string {
	p.Helper()
	page := p.shown(at)
	path, _, _ := strings.Cut(at, "?")
	_, status, to := p.post(path, filled(page.Find("#book")))
	if status != http.StatusSeeOther || !strings.HasPrefix(to, "/bookings/") {
		p.Fatalf("booking %s: %d to %q", at, status, to)
	}
	return to
}

func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func TestAVisitorSeesWhatIsFreeAndSignsInToBook(t *testing.T) {
	p := visitor(t)
	if got := text(p.shown("/").Find("h1")); got != "Harbour Makers" {
		t.Errorf("the front page is headed %q", got)
	}
	if got := text(p.shown("/s/harbour/machines").Find(".open-line")); !strings.HasPrefix(got, "Open") || !strings.Contains(got, "until 21:00") {
		t.Errorf("the machines say %q", got)
	}
	machine := p.shown("/s/harbour/machines/laser-a")
	if bars := machine.Find(".week-bars svg[role=img][aria-label]").Length(); bars != 7 {
		t.Errorf("the week has %d bars", bars)
	}
	_, status, to := p.get("/s/harbour/machines/laser-a/book?day=2027-02-12")
	if status != http.StatusSeeOther || to != "/sign-in?next="+url.QueryEscape("/s/harbour/machines/laser-a/book?day=2027-02-12") {
		t.Errorf("booking leads to %d %q", status, to)
	}
}

// Other tests add machines of their own, so it is held against the whole catalogue.
func TestTheFamilyFilterShowsOnlyThatFamily(t *testing.T) {
	all := visitor(t).shown("/s/harbour/machines")
	page := visitor(t).shown("/s/harbour/machines?family=laser")
	if n, want := page.Find(".plate.laser").Length(), all.Find(".plate.laser").Length(); n != want {
		t.Errorf("%d lasers, want the %d of the catalogue", n, want)
	}
	for _, slug := range []string{"laser-a", "laser-b", "laser-c"} {
		if page.Find(`.plate.laser a[href="/s/harbour/machines/`+slug+`"]`).Length() == 0 {
			t.Errorf("%s is missing", slug)
		}
	}
	if n := page.Find(".plate:not(.laser)").Length(); n != 0 {
		t.Errorf("%d machines of other families", n)
	}
}

// In a house of its own: how much of the included machine time is left is the maker's alone.
func TestAMakerBooksInOneStepFromThePage(t *testing.T) {
	maker := visitorAt(t, ownHouse(t)).as("maker")
	page := maker.shown("/s/harbour/machines/laser-a/book?day=2027-02-19&length=60")
	chosen := page.Find("input[name=start][checked]")
	if chosen.Length() != 1 {
		t.Fatalf("%d starts are chosen", chosen.Length())
	}
	start := chosen.AttrOr("value", "")
	if got := text(page.Find(".pay button")); !strings.HasPrefix(got, "Book "+start+"–") {
		t.Errorf("at %s the button says %q", start, got)
	}
	if got := text(page.Find(".pay b")); got != "Free" {
		t.Errorf("an hour of the two that the plan includes costs %q", got)
	}
	if got := text(page.Find("#book")); !strings.Contains(got, "1 h from your included machine time") || !strings.Contains(got, "Included machine time left after this:") {
		t.Errorf("it does not say that the plan includes it: %q", got)
	}
	if got := text(page.Find(".machine-card .badge")); got != "Certified" {
		t.Errorf("the badge says %q", got)
	}

	form := filled(page.Find("#book"))
	_, status, first := maker.post("/s/harbour/machines/laser-a/book", form)
	if status != http.StatusSeeOther {
		t.Fatalf("booking: %d", status)
	}
	if _, _, second := maker.post("/s/harbour/machines/laser-a/book", form); second != first {
		t.Errorf("sent twice, the form led to %s and %s", first, second)
	}
	ticket := maker.shown(first)
	if got := text(ticket.Find(".flash p")); !strings.HasPrefix(got, "Laser A is yours") {
		t.Errorf("the word said is %q", got)
	}
	if got := text(ticket.Find(".time")); !strings.HasPrefix(got, start) {
		t.Errorf("the ticket is for %q", got)
	}
	if maker.shown("/bookings").Find(`a[href="`+first+`"]`).Length() == 0 {
		t.Error("it is not among the bookings")
	}
	if got := text(maker.shown(first).Find(".flash p")); got != "" {
		t.Errorf("the word is said again: %q", got)
	}
}

func TestATimeThatIsLostIsAnsweredWithTheNearestThree(t *testing.T) {
	maker, other := signedIn(t, "maker"), signedIn(t, "member001")
	const at = "/s/harbour/machines/laser-b/book"
	page := maker.shown(at + "?day=2027-02-20&length=30")
	form := filled(page.Find("#book"))
	other.books(at + "?day=2027-02-20&length=30&start=" + form.Get("start"))

	again, status, _ := maker.post(at, form)
	if status != http.StatusConflict {
		t.Fatalf("%d, want 409", status)
	}
	if got := text(again.Find("[role=alert] h2")); got != "Someone booked "+form.Get("start")+" while you were choosing" {
		t.Errorf("it says %q", got)
	}
	if n := again.Find("[role=alert] .row-of a").Length(); n != 3 {
		t.Errorf("%d times are offered, want 3", n)
	}
	if got := again.Find("input[name=length][checked]").AttrOr("value", ""); got != "30" {
		t.Errorf("the length that was chosen is now %q", got)
	}
}

func TestEveryTimeThatCantBeHadSaysWhy(t *testing.T) {
	maker := signedIn(t, "maker")
	page := maker.shown("/s/harbour/machines/laser-c/book?day=2027-02-11&length=120")
	off := page.Find("a.chip.off")
	if off.Length() == 0 {
		t.Fatal("the day has no time that can't be had")
	}
	off.Each(func(_ int, chip *goquery.Selection) {
		at, _, _ := strings.Cut(chip.AttrOr("href", ""), "#")
		if why := maker.shown(at).Find("#why li"); why.Length() == 0 {
			t.Errorf("%s does not say why", at)
		}
	})
}

func TestWhoIsNotCertifiedIsToldOnceAndSentToTheCourse(t *testing.T) {
	novice := signedIn(t, "novice")
	page := novice.shown("/s/harbour/machines/laser-a/book?day=2027-02-18")
	if got := text(page.Find(".machine-card .badge")); got != "Not certified" {
		t.Errorf("the badge says %q", got)
	}
	if n := page.Find("input[name=start]").Length(); n == 0 {
		t.Error("no time can be chosen, though nobody else has them")
	}
	if got := text(page.Find(".pay .btn")); got != "Book the induction first" {
		t.Errorf("the button says %q", got)
	}
	lathe := signedIn(t, "maker").shown("/s/harbour/machines/lathe/book?day=2027-02-18")
	if got := text(lathe.Find(".pay .btn")); got != "Ask an instructor first" {
		t.Errorf("where no induction is announced the button says %q", got)
	}
	form := filled(page.Find("#book"))
	if _, status, _ := novice.post("/s/harbour/machines/laser-a/book", form); status != http.StatusForbidden {
		t.Errorf("booked all the same: %d, want 403", status)
	}
}

func TestACancellationIsTakenBack(t *testing.T) {
	maker := signedIn(t, "maker")
	at := maker.books("/s/harbour/machines/vinyl-cutter/book?day=2027-02-17&length=30")
	if _, status, to := maker.post(at+"/cancel", nil); status != http.StatusSeeOther || to != at {
		t.Fatalf("cancel: %d to %q", status, to)
	}
	page := maker.shown(at)
	undo := page.Find(`.flash form`).AttrOr("action", "")
	if undo != at+"/restore" || page.Find("[data-undo]").AttrOr("data-undo", "") != "60" {
		t.Fatalf("undo leads to %q", undo)
	}
	if got := text(page.Find(".ticket .badge")); got != "Cancelled" {
		t.Errorf("cancelled, it is %q", got)
	}
	if _, status, _ := maker.post(undo, nil); status != http.StatusSeeOther {
		t.Errorf("undo: %d", status)
	}
	if got := text(maker.shown(at).Find(".ticket .badge")); got != "Booked" {
		t.Errorf("restored, it is %q", got)
	}
}

func TestABookingIsMovedOnTheSamePageWithItsOldTimeOutlined(t *testing.T) {
	maker := signedIn(t, "maker")
	at := maker.books("/s/harbour/machines/vinyl-cutter/book?day=2027-02-18&length=30")
	page := maker.shown(at + "/move")
	if n := page.Find(".chip.was").Length(); n != 1 {
		t.Errorf("%d times are outlined, want 1", n)
	}
	form := filled(page.Find("#book"))
	free := page.Find("input[name=start]:not([checked])").Last().AttrOr("value", "")
	form.Set("start", free)
	if _, status, to := maker.post(at+"/move", form); status != http.StatusSeeOther || to != at {
		t.Fatalf("move: %d to %q", status, to)
	}
	if got := text(maker.shown(at).Find(".time")); !strings.HasPrefix(got, free) {
		t.Errorf("moved to %s it is %q", free, got)
	}
}

func TestABookingOfSomeoneElseDoesNotExist(t *testing.T) {
	at := signedIn(t, "maker").books("/s/harbour/machines/sewing/book?day=2027-02-19&length=30")
	if _, status, _ := signedIn(t, "member002").get(at); status != http.StatusNotFound {
		t.Errorf("another member: %d, want 404", status)
	}
	if got := text(signedIn(t, "desk").shown(at).Find("article")); !strings.Contains(got, "Mia Tanaka") {
		t.Errorf("the desk reads %q", got)
	}
}

func TestTheDeskBooksForSomeoneFound(t *testing.T) {
	desk := signedIn(t, "desk")
	const at = "/s/harbour/machines/sewing/book"
	page := desk.shown(at + "?day=2027-02-18&length=30&find=Tanaka")
	who := page.Find("#found a").First()
	if !strings.Contains(who.Text(), "Mia Tanaka") {
		t.Fatalf("found %q", text(who))
	}
	booked := desk.books(who.AttrOr("href", ""))
	if signedIn(t, "maker").shown(booked).Find("article").Length() != 1 {
		t.Error("it is not hers")
	}
}

func TestAManagerSetsARuleAsideWithAReason(t *testing.T) {
	manager := signedIn(t, "manager")
	const at = "/s/harbour/machines/sewing/book"
	page := manager.shown(at + "?day=2027-04-16&length=30&start=15:00") // far ahead
	if page.Find("input[name=override][value=too_far_ahead]").Length() != 1 {
		t.Fatalf("the rule is not offered: %s", text(page.Find(".right")))
	}
	form := filled(page.Find("#book"))
	if _, status, _ := manager.post(at, form); status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: %d, want 422", status)
	}
	form.Set("reason", "A school class comes from far away.")
	form.Set("key", "another-showing-of-the-form")
	if _, status, to := manager.post(at, form); status != http.StatusSeeOther {
		t.Errorf("with a reason: %d %s", status, to)
	}
	if signedIn(t, "maker").shown(at+"?day=2027-04-16&length=30&start=15:00").Find("input[name=override]").Length() != 0 {
		t.Error("a member may set it aside, too")
	}
}

func TestTheDeskCancelsInsideTheNoticeWithAReason(t *testing.T) {
	maker, desk := signedIn(t, "maker"), signedIn(t, "desk")
	at := maker.books("/s/harbour/machines/sewing/book?day=2027-02-10&length=30&start=17:00") // the notice is two hours
	page, status, _ := maker.post(at+"/cancel", nil)
	if status != http.StatusUnprocessableEntity || page.Find("input[name=override]").Length() != 0 || !strings.Contains(text(page.Find("[role=alert]")), "front desk") {
		t.Errorf("the maker: %d %s", status, text(page.Find("[role=alert]")))
	}
	page, status, _ = desk.post(at+"/cancel", nil)
	form := page.Find(`form[action="` + at + `/cancel"]`).First()
	if status != http.StatusUnprocessableEntity || form.Find("input[name=override][value=cancel_too_late]").Length() != 1 {
		t.Fatalf("the desk is not offered to set the rule aside: %d", status)
	}
	if strings.Contains(text(form), "front desk") {
		t.Errorf("the desk is sent to itself: %q", text(form))
	}
	page, status, _ = desk.pressed(form)
	if status != http.StatusUnprocessableEntity || page.Find("#reason-error").Length() != 1 {
		t.Errorf("without a reason: %d", status)
	}
	fields := filled(form)
	fields.Set("reason", "The blade is blunt.")
	if _, status, to := desk.post(at+"/cancel", fields); status != http.StatusSeeOther || to != at {
		t.Errorf("with a reason: %d to %q", status, to)
	}
	if got := text(desk.shown(at).Find(".ticket .badge")); got != "Cancelled" {
		t.Errorf("it is %q", got)
	}
}

func TestTheDeskExtendsBeyondTheLongestWithAReason(t *testing.T) {
	maker, desk := signedIn(t, "maker"), signedIn(t, "desk")
	at := maker.books("/s/harbour/machines/laser-c/book?day=2027-02-17&length=120")
	if n := maker.shown(at).Find("#ends option").Length(); n != 0 {
		t.Errorf("the maker is offered %d ends beyond the longest", n)
	}
	ends := url.Values{"ends": {desk.shown(at).Find("#ends option").First().AttrOr("value", "")}}
	if page, status, _ := maker.post(at+"/extend", ends); status != http.StatusUnprocessableEntity || page.Find("input[name=override]").Length() != 0 {
		t.Errorf("the maker: %d", status)
	}
	page, status, _ := desk.post(at+"/extend", ends)
	fields := filled(page.Find(`form[action="` + at + `/extend"]`).First())
	if status != http.StatusUnprocessableEntity || fields.Get("override") != "too_long" || fields.Get("ends") != ends.Get("ends") {
		t.Fatalf("the desk is offered %v: %d", fields, status)
	}
	fields.Set("reason", "The sheet is large.")
	if _, status, _ := desk.post(at+"/extend", fields); status != http.StatusSeeOther {
		t.Errorf("with a reason: %d", status)
	}
	if got := text(desk.shown(at).Find("article")); !strings.Contains(got, "2 h 15 min") {
		t.Errorf("the ticket reads %q", got)
	}
}

func TestABookingIsACalendarFile(t *testing.T) {
	maker := signedIn(t, "maker")
	at := maker.books("/s/harbour/machines/sewing/book?day=2027-02-20&length=30")
	answer, err := maker.client.Get(maker.url + at + "/calendar.ics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.Header.Get("Content-Type"); got != "text/calendar; charset=utf-8" || !strings.Contains(string(body), "BEGIN:VEVENT\r\n") {
		t.Errorf("%s: %s", got, body)
	}
}

func TestWhatThePhoneKeepsIsOnesOwnAndSaysHowOldItIs(t *testing.T) {
	maker := signedIn(t, "maker")
	maker.books("/s/harbour/machines/sewing/book?day=2027-02-13&length=30")
	if got := text(maker.shown("/offline").Find(".alert")); !strings.Contains(got, "15:35") {
		t.Errorf("it does not say that it is from 15:35: %q", got)
	}
	if _, status, _ := visitor(t).get("/offline"); status != http.StatusSeeOther {
		t.Errorf("a visitor: %d", status)
	}
}

func TestAHotDeskCostsByTheDay(t *testing.T) {
	desk := signedIn(t, "desk")
	page := desk.shown("/s/harbour/machines/hot-desk/book?day=2027-02-16&length=5760")
	if got := text(page.Find(".pay")); !strings.Contains(got, "4 days at €15.00") || !strings.Contains(got, "€60.00") {
		t.Errorf("four days: %q", got)
	}
	if got := text(desk.shown("/s/harbour/machines/hot-desk").Find("main")); !strings.Contains(got, "€15.00 a day") {
		t.Errorf("the machine's page: %q", got)
	}
}

func TestThePagesSpeakChinese(t *testing.T) {
	maker := signedIn(t, "maker")
	if _, status, _ := maker.post("/preferences", url.Values{"locale": {"zh-CN"}, "back": {"/"}}); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	page := maker.shown("/s/harbour/machines/laser-a/book?day=2027-02-18&length=60")
	if got := page.Find("html").AttrOr("lang", ""); got != "zh-CN" {
		t.Errorf("lang %q", got)
	}
	for selector, want := range map[string]string{"h1": "预约", "legend": "开始时间", ".pay button": "预约 "} {
		if got := text(page.Find(selector).First()); !strings.HasPrefix(got, want) {
			t.Errorf("%s is %q, want %q first", selector, got, want)
		}
	}
}

// A first visit to the booking page may cost 120 kB: the page and what it asks for, zipped.
func TestTheBookingPageIsLight(t *testing.T) {
	maker := signedIn(t, "maker")
	page := maker.shown("/s/harbour/machines/laser-a/book?day=2027-02-18")
	needs := []string{"/s/harbour/machines/laser-a/book?day=2027-02-18"}
	page.Find(`link[rel=stylesheet], link[rel=preload], link[rel=icon], script[src]`).Each(func(_ int, s *goquery.Selection) {
		needs = append(needs, s.AttrOr("href", s.AttrOr("src", "")))
	})
	icons, _, _ := strings.Cut(page.Find("svg use").First().AttrOr("href", ""), "#")
	total := 0
	for _, at := range append(needs, icons, "/manifest.webmanifest") {
		r, err := http.NewRequest(http.MethodGet, maker.url+at, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept-Encoding", "gzip")
		answer, err := maker.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", at, answer.StatusCode, err)
		}
		t.Logf("%7d %s", n, at)
		total += int(n)
	}
	if total > 120_000 {
		t.Errorf("%d bytes", total)
	}
}
