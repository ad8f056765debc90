package e2e

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// What the journeys press, in one place: the pages' own names.
const (
	send       = "main .body form button.primary, main .body form.ticket button"
	bookButton = "form#book button.primary"
	freeStart  = "label.chip:has(input[name=start])"
)

// TestAMakerBooksTheLaserInThreeTaps is the house's main job: signed in, on a
// phone, at the start page, the laser this afternoon.
func TestAMakerBooksTheLaserInThreeTaps(t *testing.T) {
	t.Parallel()
	v := ownDemo(t).visitor(t, phone)
	v.signIn("maker")
	v.visit("/")
	began := time.Now()

	v.tap("a.favourite[href*='/machines/laser-']")
	machine := v.text("h1")
	v.tap(freeStart) // the first, which may be the one that is chosen already
	says := v.text(bookButton)
	v.tap(bookButton)

	if !strings.HasPrefix(v.address(), "/bookings/") {
		t.Fatalf("booking ended at %s:\n%s", v.address(), v.text("main"))
	}
	ticket := v.text("main")
	start := says[strings.IndexAny(says, "0123456789"):]
	if start, _, _ = strings.Cut(start, "–"); !strings.Contains(ticket, start) {
		t.Errorf("the button said %q, the ticket says\n%s", says, ticket)
	}
	if !v.has("a[href$='/calendar.ics']") {
		t.Error("the ticket can't be added to a calendar")
	}
	if v.taps > 3 {
		t.Errorf("it took %d taps, not 3", v.taps)
	}
	t.Logf("%s: %q in %d taps, %.1f s", machine, says, v.taps, time.Since(began).Seconds())
}

// TestTheLaserIsBookedWithTheKeyboardAlone is the same without a pointer; the
// focus can be seen at every step.
func TestTheLaserIsBookedWithTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	v := ownDemo(t).visitor(t, desk)
	v.signIn("maker")
	v.visit("/")
	v.keys("\t") // the skip link comes first
	if got := v.attribute(":focus", "href"); got != "#main" {
		t.Errorf("the first stop is %q, not the skip link", got)
	}
	v.tabTo("a.favourite[href*='/machines/laser-']")
	v.keys("\r")
	v.finds(freeStart)
	v.settle()
	v.tabTo("input[name=start]")
	v.tabTo("input[name=length]")
	v.tabTo(bookButton)
	v.keys("\r")
	v.until("there is a ticket", func() bool { return strings.HasPrefix(v.address(), "/bookings/") })
	if v.taps != 0 {
		t.Errorf("%d taps with the keyboard alone", v.taps)
	}
}

// TestAManagerSeesTodayAtOnce opens the house as a manager: the day is there, with its numbers.
func TestAManagerSeesTodayAtOnce(t *testing.T) {
	t.Parallel()
	v := theDemo(t).visitor(t, desk)
	v.signIn("manager")
	v.visit("/")
	if !strings.HasSuffix(strings.Split(v.address(), "?")[0], "/today") {
		v.tap("nav a[href$='/today']")
	}
	if v.taps > 1 {
		t.Errorf("it took %d taps to see the day", v.taps)
	}
	v.sees("Laser A")
	if n := v.count("main a[href^='/bookings/']"); n < 5 {
		t.Errorf("the day shows %d bookings", n)
	}
	if v.bytes > 300<<10 {
		t.Errorf("the day is %.0f kB", v.bytes/1024)
	}
}

// TestACancelledBookingComesBack books, cancels, takes it back, moves it, and cancels it for good.
func TestACancelledBookingComesBack(t *testing.T) {
	t.Parallel()
	v := ownDemo(t).visitor(t, phone)
	v.signIn("maker")
	ticket := v.book("laser-b")

	v.tap("form[action$='/cancel'] button")
	v.sees("Cancelled")
	v.tap("form[action$='/restore'] button")
	v.until("the booking is back", func() bool { return v.has("form[action$='/cancel'] button") })

	v.visit(ticket)
	before := v.text("article .time")
	v.tap("a[href$='/move']")
	v.tap(freeStart + ":not(:has(:checked)):not(.was)")
	v.tap(bookButton)
	v.until("the booking is moved", func() bool { return v.address() == ticket && v.text("article .time") != before })

	v.tap("form[action$='/cancel'] button")
	v.sees("Cancelled")
	v.visit("/bookings")
	if v.has("main a[href='" + ticket + "']") {
		t.Error("a cancelled booking is still among those to come")
	}
}

// book books the first free time of a machine tomorrow, when it can still be
// cancelled, and returns the ticket's address.
func (v *visitor) book(machine string) string {
	v.t.Helper()
	v.visit("/s/harbour/machines/" + machine + "/book?day=2027-02-11")
	v.tap(bookButton)
	v.until("there is a ticket", func() bool { return strings.HasPrefix(v.address(), "/bookings/") })
	return v.address()
}

// TestEverythingWorksWithoutScripts walks the main ways with JavaScript switched off.
func TestEverythingWorksWithoutScripts(t *testing.T) {
	t.Parallel()
	for _, s := range screens {
		v := ownDemo(t).visitor(t, s)
		v.withoutScripts()

		v.visit("/") // look around
		v.tap("main a[href='/s/harbour/machines'], nav a[href='/s/harbour/machines']")
		v.tap("main a[href='/s/harbour/machines/laser-b']")
		v.sees("Epilog")
		v.visit("/s/harbour/machines/laser-b/book")
		if !strings.HasPrefix(v.address(), "/sign-in") { // told to sign in first, and led back
			v.tap("main a[href^='/sign-in']")
		}
		v.fill("input[name=email]", "maker@demo.example")
		v.fill("input[name=password]", "demo-guildhall")
		v.tap(send)
		v.until("the sign-in led back", func() bool { return v.address() == "/s/harbour/machines/laser-b/book" })

		ticket := v.book("laser-b")
		v.tap("a[href$='/move']")
		v.tap(freeStart + ":not(:has(:checked)):not(.was)")
		v.tap(bookButton)
		v.until("the booking is moved", func() bool { return v.address() == ticket })
		v.tap("form[action$='/cancel'] button")
		v.sees("Cancelled")

		v.tap("form[action='/sign-out'] button")
		v.visit("/bookings")
		if v.has("main a[href='" + ticket + "']") {
			t.Error("signed out, and still shown the bookings")
		}
	}
}

// TestWhyNotIsAnswered asks about a time that can't be booked and about a machine that asks a certification.
func TestWhyNotIsAnswered(t *testing.T) {
	t.Parallel()
	v := theDemo(t).visitor(t, phone)
	v.signIn("novice")
	v.visit("/s/harbour/machines/laser-a/book")
	v.sees("Laser L1")
	if v.has(bookButton) {
		t.Error("someone without the certification is offered the booking")
	}
	if !v.has("main a.primary") {
		t.Errorf("the page does not say what to do first:\n%s", v.text("main"))
	}

	v = theDemo(t).visitor(t, phone)
	v.signIn("maker")
	v.visit("/s/harbour/machines/laser-a/book")
	v.tap("a.chip.off")
	v.finds("#why")
	if !v.has("#why li") {
		t.Error("no reason is given")
	}
}

// TestOfflineShowsOnesOwnBookings takes the house off the network: the bookings
// to come are there, with their age; signed out, they are gone.
func TestOfflineShowsOnesOwnBookings(t *testing.T) {
	t.Parallel()
	h := ownDemo(t)
	v := h.visitor(t, phone)
	v.signIn("maker")
	v.book("laser-b")
	v.visit("/bookings")
	kept := `caches.match("/offline").then(r => r ? r.text() : "").then(t => t.includes("Laser B"))`
	v.until("the worker keeps the bookings", func() bool { return eval[bool](v, kept) })

	v.tap("form[action='/sign-out'] button")
	v.visit("/")
	v.until("the worker has forgotten", func() bool { return !eval[bool](v, kept) })

	v.signIn("maker")
	v.until("the worker keeps them again", func() bool { return eval[bool](v, kept) })
	h.stop()
	v.visit("/bookings")
	v.sees("You are offline")
	v.sees("Laser B")
	v.takeProblems() // what can't be fetched then is no fault of the page
}

// TestAnEmptyHouseIsSetUp opens the printed link, makes a space and its owner,
// and books the first machine.
func TestAnEmptyHouseIsSetUp(t *testing.T) {
	t.Parallel()
	h := empty(t)
	link, err := h.SetupLink(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	v := h.visitor(t, desk)
	v.visit(u.RequestURI())
	for _, s := range screens {
		v.at(s)
		for _, fault := range v.judge() {
			t.Errorf("set-up, %s: %s", s.name, fault)
		}
	}
	v.at(desk)
	v.fill("input[name=name_en]", "North Shed")
	v.fill("input[name=name_zh]", "北棚")
	v.tap("label:has(input[name=blueprint][value=community])")
	v.choose("select[name=country]", "DE")
	v.fill("input[name=zone]", "Europe/Berlin")
	v.choose("select[name=currency]", "EUR")
	v.fill("input[name=owner_name]", "Ada Okafor")
	v.fill("input[name=owner_email]", "ada@north.example")
	v.fill("input[name=owner_password]", "a shed of one's own")
	v.tap(send)
	v.until("the set-up is done", func() bool { return !strings.HasPrefix(v.address(), "/setup") })
	v.until("the owner is asked for a second factor", func() bool { return v.address() == "/me/enrol" })
	v.setUpAuthenticator(h)
	v.visit("/s/north-shed/today")
	v.until("the space is there", func() bool { return strings.HasPrefix(v.address(), "/s/north-shed/") })

	again := h.visitor(t, desk)
	if status := again.visit(u.RequestURI()); status == 200 && again.has("input[name=owner_email]") {
		t.Error("the set-up link works twice")
	}
}

// TestThePhonesFirstVisitIsLight adds up what comes over the wire for the booking page.
func TestThePhonesFirstVisitIsLight(t *testing.T) {
	t.Parallel()
	v := theDemo(t).visitor(t, phone)
	v.signIn("maker")
	cookies := eval[string](v, "document.cookie")
	if cookies != "" {
		t.Errorf("scripts can read cookies: %q", cookies)
	}
	v.forgetCache()
	v.visit("/s/harbour/machines/laser-a/book")
	if kB := v.bytes / 1024; kB > 120 || kB < 20 {
		t.Errorf("the booking page is %.1f kB on a first visit, in %d requests; at most 120 (and less than 20 is not to be believed)", kB, v.requests)
	} else {
		t.Logf("the booking page is %.1f kB on a first visit, in %d requests", kB, v.requests)
	}
}

// TestPeopleComeFromAFile brings a CSV file twice: it is looked at first, what is
// wrong is told by its line, and nobody comes twice.
func TestPeopleComeFromAFile(t *testing.T) {
	t.Parallel()
	v := ownDemo(t).visitor(t, desk)
	v.signIn("manager")
	bring := func(body string) {
		file := filepath.Join(t.TempDir(), "people.csv")
		if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		v.visit("/s/harbour/imports/members")
		v.do(chromedp.SetUploadFiles(chromedp.CSS("input[type=file]"), []string{file}))
		v.tap(send)
		v.until("its columns are looked at", func() bool { return strings.Contains(v.address(), "/columns") })
		v.tap("main form button.primary")
		v.until("the file is looked at", func() bool { return !strings.Contains(v.address(), "/columns") })
		for _, s := range screens {
			v.at(s)
			for _, fault := range v.judge() {
				t.Errorf("the file, looked at, %s: %s", s.name, fault)
			}
		}
		v.at(desk)
	}

	bring("email,name\nwrong,Nobody\n")
	v.sees("Line 2")
	if v.has("form[action*='/imports/members/'] button.primary") {
		t.Error("a file with a mistake can be run")
	}

	bring("email,name\nzhang.wei@new.example,张伟\nada@new.example,Ada Okafor\n")
	v.tap("form[action*='/imports/members/'] button.primary")
	v.visit("/s/harbour/people?q=new.example")
	v.sees("张伟")
	v.sees("Ada Okafor")

	bring("email,name\nzhang.wei@new.example,张伟\n")
	v.visit("/s/harbour/people?q=zhang.wei")
	if n := strings.Count(v.text("main"), "张伟"); n > 2 {
		t.Errorf("张伟 stands there %d times", n)
	}
}
