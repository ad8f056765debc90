package e2e

import (
	"strings"
	"testing"
	"time"

	"guildhall/internal/demo"
)

// TestAWalkInHasADayPassInFiveSteps: the desk writes somebody down who has never been
// here, has them sign, and takes the money.
func TestAWalkInHasADayPassInFiveSteps(t *testing.T) {
	t.Parallel()
	v := ownDemo(t).visitor(t, desk)
	v.signIn("desk")
	if !strings.HasSuffix(v.address(), "/desk") {
		t.Fatalf("the desk begins at %s", v.address())
	}
	v.taps, v.typed = 0, 0
	v.tap("header.bar a[href$='/desk/walk-in']")
	const fields = 3
	v.fill("input[name=name]", "Wanda Nowak")
	v.fill("input[name=contact]", "+49 151 7654321")
	v.fill("input[name=signature]", "Wanda Nowak")
	v.tap("button[value=cash]")
	if !strings.Contains(v.address(), "/desk/visits/") {
		t.Fatalf("it ended at %s:\n%s", v.address(), v.text("main"))
	}
	v.sees("paid in cash")
	steps := v.taps + fields
	seconds := 0.6*float64(steps) + 0.2*float64(v.typed)
	if steps > 5 || seconds > 45 {
		t.Errorf("%d steps, %.1f s", steps, seconds)
	}
	t.Logf("%d steps, %d characters, %.1f s by the count of 0.6 s a step and 0.2 s a character", steps, v.typed, seconds)
	v.judged("the slip")

	v.visit("/s/harbour/desk?q=wanda")
	v.sees("Here since")
	v.tap("#found button:has(.vh)")
	v.sees("Wanda Nowak has left.")
}

// TestTheDeskWorksWithoutScripts: known by their phone, somebody is offered and not
// written down twice; the search answers to Enter.
func TestTheDeskWorksWithoutScripts(t *testing.T) {
	t.Parallel()
	v := ownDemo(t).visitor(t, desk)
	v.signIn("desk")
	v.withoutScripts()
	walkIn := func(name string) {
		v.visit("/s/harbour/desk/walk-in")
		v.fill("input[name=name]", name)
		v.fill("input[name=contact]", "+49 151 7654399")
		v.fill("input[name=signature]", name)
		v.tap("button[value=later]")
	}
	walkIn("Vera Klug")
	v.sees("to be paid")
	walkIn("V. Klug")
	v.sees("It is Vera Klug")
	v.tap("main a.btn[href*='member=']")
	v.sees("Vera Klug")
	v.tap("button[value=cash]")
	v.sees("is here already")
	v.visit("/s/harbour/desk")
	v.fill("#q", "klug")
	v.keys("\r")
	v.settle()
	v.sees("Vera Klug")
}

// TestTheDesksScreenLocks: left alone for five minutes it shows nothing more and takes
// nothing until the password is given; what was typed meanwhile is kept.
func TestTheDesksScreenLocks(t *testing.T) {
	t.Parallel()
	h := ownDemo(t)
	v := h.visitor(t, desk)
	v.signIn("desk")
	unlock := func() {
		v.until("it is locked", func() bool { return v.address() == "/me/again" || v.text("h1") == "Locked" })
		v.sees("Locked")
		v.fill("input[name=again_password]", demo.Password)
		v.tap("form[action='/me/again'] button.primary")
	}
	h.clock.Advance(6 * time.Minute)
	v.visit("/s/harbour/people?q=li")
	unlock()
	v.until("the search is back", func() bool { return strings.HasPrefix(v.address(), "/s/harbour/people") })

	v.visit("/s/harbour/desk/walk-in")
	v.fill("input[name=name]", "Lena Late")
	v.fill("input[name=contact]", "+49 151 5554433")
	v.fill("input[name=signature]", "Lena Late")
	h.clock.Advance(6 * time.Minute)
	v.tap("button[value=cash]")
	unlock()
	v.tap("main form button.primary")
	v.sees("paid in cash")

	v.tap("form[action='/me/lock'] button")
	v.judged("the locked screen")
	unlock()
	v.until("the slip is back", func() bool { return strings.Contains(v.address(), "/desk/visits/") })
}

// TestANameWithoutASpaceBreaks: two hundred letters in one word are a name, and no page
// about its person scrolls sideways.
func TestANameWithoutASpaceBreaks(t *testing.T) {
	t.Parallel()
	h := ownDemo(t)
	v := h.visitor(t, phone)
	v.signIn("manager")
	v.visit("/s/harbour/people/new")
	v.fill("input[name=name]", strings.Repeat("Ж", 200))
	v.fill("input[name=email]", "zh@example.org")
	v.tap("main form[action$='/people'] button.primary")
	sheet := v.address()
	who := sheet[strings.LastIndex(sheet, "/")+1:]
	for _, address := range []string{sheet, sheet + "/merge", sheet + "/documents", "/s/harbour/machines/laser-a/book?for=" + who, "/s/harbour/people?q=zh@"} {
		v.visit(address)
		v.judged("the long name at " + address)
	}
}
