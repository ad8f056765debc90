package web_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"guildhall/internal/clock"
)

// asks posts a form and demands an answer of this status, which it gives.
func (p person) asks(at string, status int, pairs ...string) string {
	p.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	page, got, to := p.post(at, form)
	said := text(page.Find("[role=alert], .alert, .error"))
	if got != status || status >= 400 && said == "" {
		p.Fatalf("%s %v: %d to %q, want %d: %s", at, pairs, got, to, status, text(page.Find("main")))
	}
	return said
}

func TestPlansAreComparedAndSeenByThoseTheyAreFor(t *testing.T) {
	p := visitor(t)
	page := p.shown("/s/harbour/plans")
	if n := page.Find(".offers .ticket").Length(); n < 5 {
		t.Errorf("%d plans are offered", n)
	}
	if got := text(p.shown("/s/harbour/plans/maker").Find("main")); !strings.Contains(got, "2 h at machines each month") || !strings.Contains(got, "7 days to try it") {
		t.Errorf("the plan says %q", got)
	}
	if _, status, _ := p.get("/s/harbour/plans/youth"); status != http.StatusNotFound {
		t.Errorf("what the desk starts is shown to everybody: %d", status)
	}
	signedIn(t, "desk").shown("/s/harbour/plans/youth")
	if _, status, to := p.get("/s/harbour/join?plan=maker"); status != http.StatusSeeOther || !strings.HasPrefix(to, "/sign-in") {
		t.Errorf("a visitor joins: %d to %q", status, to)
	}
}

func TestAMembershipIsPausedChangedAndCancelledOnItsPage(t *testing.T) {
	house := ownHouse(t)
	novice := visitorAt(t, house).as("novice")
	page := novice.shown("/me/membership")
	membership := page.Find("input[name=membership]").AttrOr("value", "")
	if got := text(page.Find("main")); !strings.Contains(got, "Community") || membership == "" {
		t.Fatalf("the page says %q", got)
	}
	const at = "/me/membership"
	novice.asks(at+"/pause", 422, "membership", membership, "from", "2027-02-10", "until", "2027-02-01")
	novice.asks(at+"/pause", 422, "membership", membership, "from", "2027-02-10", "until", "2027-12-01")
	novice.asks(at+"/pause", 303, "membership", membership, "from", "2027-02-12", "until", "2027-02-20")
	novice.asks(at+"/pause", 409, "membership", membership, "from", "2027-02-12", "until", "2027-02-20")
	novice.asks(at+"/change", 409, "membership", membership, "plan", planID(novice, "maker"))
	novice.asks(at+"/resume", 303, "membership", membership)
	novice.asks(at+"/resume", 409, "membership", membership)

	novice.asks(at+"/change", 409, "membership", membership, "plan", planID(novice, "community"))
	preview := novice.shown(at + "/change?" + url.Values{"membership": {membership}, "plan": {planID(novice, "maker")}}.Encode())
	lines := preview.Find("dl.lines > div")
	if lines.Length() != 3 || !strings.Contains(text(lines), "Community, not used") {
		t.Errorf("the preview says %q", text(preview.Find("main")))
	}
	novice.asks(at+"/change", 303, "membership", membership, "plan", planID(novice, "maker"))
	charged := novice.shown("/me/charges").Find(".ticket").First()
	if got, want := text(charged.Find(".sum dd")), text(preview.Find(".lines .sum dd")); got != want || got == "" {
		t.Errorf("%q is charged, and %q was said", got, want)
	}
	membership = novice.shown(at).Find("input[name=membership]").AttrOr("value", "")
	novice.asks(at+"/cancel", 409, "membership", membership, "now", "yes") // two weeks' notice
	novice.asks(at+"/cancel", 303, "membership", membership)
	novice.asks(at+"/cancel", 409, "membership", membership)
	if got := text(novice.shown(at).Find(".ticket .badge").First()); got != "Cancelled" {
		t.Errorf("cancelled, it is %q", got)
	}
	novice.asks(at+"/renew", 409, "membership", membership) // it is not bought: it only has to be kept
	novice.asks(at+"/keep", 303, "membership", membership)
	novice.asks(at+"/keep", 409, "membership", membership)
}

// planID is the id of a plan of Harbour Makers.
func planID(p person, code string) string {
	p.Helper()
	type list struct {
		Items []struct{ ID, Slug, Code string }
	}
	read := func(at string) (l list) {
		answer, err := p.client.Get(p.url + "/api/v1" + at)
		if err == nil {
			defer answer.Body.Close()
			err = json.NewDecoder(answer.Body).Decode(&l)
		}
		if err != nil {
			p.Fatal(err)
		}
		return l
	}
	for _, space := range read("/spaces").Items {
		if space.Slug != "harbour" {
			continue
		}
		for _, plan := range read("/plans?limit=100&space_id=" + space.ID).Items {
			if plan.Code == code {
				return plan.ID
			}
		}
	}
	p.Fatalf("there is no plan %s", code)
	return ""
}

// Somebody whose membership has ended asks for a plan that the desk says yes to, and
// has a concession once a proof of theirs was accepted.
func TestSomebodyJoinsAndTheDeskAnswers(t *testing.T) {
	house := ownHouse(t)
	lapsed, desk := visitorAt(t, house).as("member055"), visitorAt(t, house).as("desk")
	lapsed.asks("/s/harbour/join", 422, "plan", planID(lapsed, "maker"), "starts_on", "2020-01-01")
	lapsed.asks("/s/harbour/join", 422, "plan", planID(lapsed, "supporter"), "amount", "1.00")
	if _, status, _ := lapsed.post("/s/harbour/join", url.Values{"plan": {"youth"}}); status != http.StatusNotFound {
		t.Errorf("a plan that only the staff starts: %d", status)
	}
	choice := lapsed.shown("/s/harbour/join?plan=" + planID(lapsed, "maker")).Find("main select[name=group]")
	if _, required := choice.Attr("required"); required || choice.Find("option[value='']").Length() != 1 {
		t.Error("a browser does not let whoever pays the usual price see what another day costs")
	}
	later := lapsed.shown("/s/harbour/join?starts_on=2027-02-21&plan=" + planID(lapsed, "maker")).Find("main form[method=post] input[name=starts_on]")
	if later.AttrOr("value", "") != "2027-02-21" {
		t.Errorf("who chose a day joins on %q", later.AttrOr("value", ""))
	}
	refused := lapsed.shown("/s/harbour/join?plan=" + planID(lapsed, "student"))
	if refused.Find("main .alert a[href='/me/proofs']").Length() != 1 || refused.Find("form[action$='/join'][method=post]").Length() != 0 {
		t.Errorf("without a proof: %q", text(refused.Find("main")))
	}
	lapsed.asks("/s/harbour/join", 403, "plan", planID(lapsed, "student"))
	visitorAt(t, house).as("manager").asks("/s/harbour/plans", 303, "code", "circle", "name_en", "Circle", "price", "10.00", "period", "month",
		"period_count", "1", "price_group", "member", "renews", "yes", "audience", "everyone", "approval", "yes")
	lapsed.asks("/s/harbour/join", 303, "plan", planID(lapsed, "circle"), "note", "Hochschule, until summer")
	lapsed.asks("/s/harbour/join", 409, "plan", planID(lapsed, "circle"))

	waiting := desk.shown("/s/harbour/plans/waiting")
	if got := text(waiting.Find(".tickets")); !strings.Contains(got, "Hochschule, until summer") {
		t.Fatalf("who waits: %q", got)
	}
	answers := waiting.Find(".ticket:contains('Hochschule')")
	approve, _ := answers.Find("form[action$='/approve']").Attr("action")
	decline, _ := answers.Find("form[action$='/decline']").Attr("action")
	desk.asks(decline, 422, "reason", " ")
	desk.asks(approve, 303)
	desk.asks(approve, 409)
	page := lapsed.shown("/me/membership")
	if got := text(page.Find(".ticket").First()); !strings.Contains(got, "Circle") || !strings.Contains(got, "Runs") {
		t.Errorf("the membership says %q", got)
	}
	lapsed.asks("/s/harbour/join", 409, "plan", planID(lapsed, "maker"))

	change := []string{"membership", page.Find("input[name=membership]").AttrOr("value", ""), "plan", planID(lapsed, "student")}
	lapsed.asks("/me/membership/change", 403, change...)
	if page := lapsed.shown("/me/membership/change?plan=" + planID(lapsed, "student")); page.Find("main a[href='/me/proofs']").Length() != 1 {
		t.Errorf("the change leads to no proof: %q", text(page.Find("main")))
	}
	lapsed.sent("/me/proofs", url.Values{"kind": {"student"}}, "file", "card.pdf", []byte("%PDF-1.7\n"))
	lapsed.asks("/me/membership/change", 403, change...) // nobody has looked at it
	proof := strings.TrimPrefix(lapsed.shown("/me/proofs").Find("a[href^='/proofs/']").AttrOr("href", ""), "/proofs/")
	desk.asks("/s/harbour/proofs/"+proof, 303, "version", "1", "verdict", "accept", "expires_on-"+proof, "2027-08-31")
	lapsed.asks("/me/membership/change", 303, change...)
	if got := text(lapsed.shown("/me/membership").Find(".ticket").First()); !strings.Contains(got, "Student") || !strings.Contains(got, "31 Aug 2027") {
		t.Errorf("with a proof the membership says %q", got)
	}
}

// sheetOf is the address of what the staff knows of somebody.
func sheetOf(staff person, who string) string {
	staff.Helper()
	links := staff.shown("/s/harbour/people?q=" + who + "%40demo").Find("main a[href^='/s/harbour/people/']")
	return links.FilterFunction(func(_ int, a *goquery.Selection) bool {
		at := a.AttrOr("href", "")
		return strings.Count(at, "/") == 4 && len(at) > 40
	}).First().AttrOr("href", "")
}

// What somebody has booked beyond the end of their membership is marked where it is
// shown, until a membership runs again.
func TestWhatAnEndedMembershipLeavesIsMarked(t *testing.T) {
	a, server, err := running(t.TempDir(), clock.Frozen(afternoon))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	maker, manager := visitorAt(t, server.URL).as("maker"), visitorAt(t, server.URL).as("manager")
	booking := maker.books("/s/harbour/machines/vinyl-cutter/book?day=2027-02-17&length=30")
	sheet := sheetOf(manager, "maker")
	at := sheet + "/membership"
	membership := manager.shown(at).Find("input[name=membership]").AttrOr("value", "")
	manager.asks(at+"/cancel", 303, "membership", membership, "now", "yes", "aside", "yes", "reason", "Moved away.")
	if err := a.Plans.RenewDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	const mark = "Membership ended"
	for _, seen := range []struct {
		who  person
		page string
	}{{maker, booking}, {manager, booking}, {maker, "/bookings"}, {manager, sheet}, {manager, "/s/harbour/today"}} {
		if got := text(seen.who.shown(seen.page).Find("main")); !strings.Contains(got, mark) {
			t.Errorf("%s says nothing of the end: %q", seen.page, got)
		}
	}
	maker.asks("/me/membership/renew", 303, "membership", membership)
	if got := text(maker.shown(booking).Find("main")); strings.Contains(got, mark) {
		t.Errorf("a membership runs again, and the booking is marked: %q", got)
	}
}

// What the staff starts at somebody's sheet is chosen with its day, price, trial and
// days for nothing, and costs what the page says before.
func TestTheDeskStartsAPlanWithAPreview(t *testing.T) {
	house := ownHouse(t)
	desk := visitorAt(t, house).as("desk")
	whose := sheetOf(desk, "member055")
	at := desk.shown(whose).Find("#membership a[href$='/membership/start']").AttrOr("href", "")
	if at == "" {
		t.Fatalf("%s offers no start", whose)
	}
	desk.shown(at)
	maker := planID(desk, "maker")
	preview := desk.shown(at + "?plan=" + maker + "&trial=0&gift=5&reason=The+laser+was+out.")
	total := text(preview.Find("dl.lines .sum dd"))
	if got := text(preview.Find("dl.lines")); !strings.Contains(got, "5 days for nothing") || preview.Find("form[action$='/start'][method=post] button").Length() != 1 {
		t.Errorf("the preview says %q", got)
	}
	desk.asks(at, 422, "plan", maker, "trial", "soon")
	desk.asks(at, 422, "plan", maker, "gift", "5")
	desk.asks(at, 422, "plan", maker, "starts_on", "2020-01-01")
	desk.asks(at, 422, "plan", planID(desk, "student"))
	desk.asks(at, 303, "plan", maker, "trial", "0", "gift", "5", "reason", "The laser was out.")
	if got := text(desk.shown(whose + "/charges").Find(".ticket .sum dd").First()); got != total || got == "" {
		t.Errorf("%q is charged, and %q was said", got, total)
	}
}

// In a family one pays, and each sees whose amounts stand where.
func TestAChargeSaysWhoPaysAndForWhom(t *testing.T) {
	mate, payer := signedIn(t, "member042"), signedIn(t, "member041")
	if page := mate.shown("/me/charges"); page.Find(".ticket").Length() != 0 || !strings.Contains(text(page.Find("main")), "pays for what you have here, for Familie Weber") {
		t.Errorf("who is paid for reads %q", text(page.Find("main")))
	}
	preview := mate.shown("/me/membership/change?" + url.Values{
		"membership": {mate.shown("/me/membership").Find("input[name=membership]").AttrOr("value", "")}, "plan": {planID(mate, "community")},
	}.Encode())
	if !strings.Contains(text(preview.Find("main")), "pays, for Familie Weber") {
		t.Errorf("the preview says %q", text(preview.Find("main")))
	}
	if page := payer.shown("/me/charges"); !strings.Contains(text(page.Find(".ticket .quiet")), "For ") || page.Find(".ticket").Length() == 0 {
		t.Errorf("who pays reads %q", text(page.Find("main")))
	}
}

// What is wrong of a plan is said where it was typed, and what was typed stays.
func TestAPlanThatCanNotBeIsRefusedFieldByField(t *testing.T) {
	house := ownHouse(t)
	manager := visitorAt(t, house).as("manager")
	plain := map[string]string{
		"name_en": "Night owls", "code": "owls", "price": "30", "period": "month", "period_count": "1", "price_group": "member", "audience": "everyone",
	}
	for _, wrong := range []struct{ field, typed, at string }{
		{"name_en", "", "name_en"}, {"code", "", "code"}, {"price_group", "", "price_group"}, {"price", "", "price"}, {"price", "-1", "price"}, {"price", "😀", "price"},
		{"floor", "5", "floor"}, {"pause_longest", "10", "pause_longest"}, {"seats", "abc", "seats"}, {"sold_from", "2027-02-30", "sold_from"}, {"sold_to", "soon", "sold_to"},
	} {
		form := url.Values{"kinds": {"laser", "wood"}}
		for field, value := range plain {
			form.Set(field, value)
		}
		form.Set(wrong.field, wrong.typed)
		page, status, _ := manager.post("/s/harbour/plans", form)
		at := page.Find("main [name=" + wrong.at + "]")
		if status != 422 || at.AttrOr("aria-invalid", "") != "true" {
			t.Errorf("%s %q: %d, and at %s nothing is said: %q", wrong.field, wrong.typed, status, wrong.at, text(page.Find(".alert")))
		}
		if got := at.AttrOr("value", ""); got != wrong.typed {
			t.Errorf("%s %q comes back as %q", wrong.field, wrong.typed, got)
		}
		if n := page.Find("input[name=kinds][checked]").Length(); n != 2 {
			t.Errorf("%d of 2 kinds stay ticked", n)
		}
	}
}

// Whoever presses the button to renew twice buys one period.
func TestAButtonPressedTwiceRenewsOnce(t *testing.T) {
	house := ownHouse(t)
	lapsed := visitorAt(t, house).as("member055")
	visitorAt(t, house).as("manager").asks("/s/harbour/plans", 303, "code", "season", "name_en", "Season", "price", "10.00", "period", "month",
		"period_count", "1", "price_group", "member", "audience", "everyone")
	lapsed.asks("/s/harbour/join", 303, "plan", planID(lapsed, "season"))
	owed := func() string { return text(lapsed.shown("/me/charges").Find("dl.lines .sum dd").First()) }
	before := owed()
	form := lapsed.shown("/me/membership").Find("form[action$='/renew']")
	pairs := []string{"membership", form.Find("[name=membership]").AttrOr("value", ""), "key", form.Find("[name=key]").AttrOr("value", "")}
	lapsed.asks("/me/membership/renew", 303, pairs...)
	once := owed()
	lapsed.asks("/me/membership/renew", 303, pairs...)
	if twice := owed(); twice != once || once == before {
		t.Errorf("%s is owed before, %s once it was renewed, and %s with the button pressed again", before, once, twice)
	}
}

// A plan without a free place says so before anybody presses the button, and what
// has not begun can only be called off.
func TestAFullPlanAndOneToComeSayWhatCanBeDone(t *testing.T) {
	house := ownHouse(t)
	desk, lapsed := visitorAt(t, house).as("desk"), visitorAt(t, house).as("member055")
	visitorAt(t, house).as("manager").asks("/s/harbour/plans", 303, "code", "bench", "name_en", "Bench", "price", "10.00", "period", "month",
		"period_count", "1", "price_group", "member", "renews", "yes", "audience", "everyone", "most", "1")
	at := sheetOf(desk, "member055") + "/membership"
	if got := text(desk.shown(at).Find("main a[href$='/membership/start']")); got != "Start a plan" {
		t.Errorf("at somebody without a plan the desk is offered %q", got)
	}
	desk.asks(at+"/start", 303, "plan", planID(desk, "bench"), "starts_on", "2027-02-20")
	page := lapsed.shown("/me/membership")
	if page.Find("form[action$='/cancel'] button").Length() != 1 || page.Find("a[href*='/change'], form[action$='/pause']").Length() != 0 {
		t.Errorf("what has not begun offers %q", text(page.Find("main")))
	}
	other := visitorAt(t, house).as("novice")
	full := other.shown("/me/membership/change?plan=" + planID(other, "bench") + "&on=2027-02-21")
	if got := text(full.Find("main .alert")); !strings.Contains(got, "All places of this plan are taken") {
		t.Errorf("a full plan says %q", got)
	}
	lapsed.asks("/me/membership/cancel", 303, "membership", page.Find("input[name=membership]").AttrOr("value", ""))
}

// Somebody who has a plan asks for one that the desk says yes to: the desk sees that they
// wait, wherever it looks, and what a yes charges; so do they.
func TestAChangeIsAskedForAndAnswered(t *testing.T) {
	house := ownHouse(t)
	novice, desk := visitorAt(t, house).as("novice"), visitorAt(t, house).as("desk")
	company := planID(novice, "company")
	membership := novice.shown("/me/membership").Find("input[name=membership]").AttrOr("value", "")
	sheet := sheetOf(desk, "novice")
	if joins := novice.shown("/s/harbour/join?plan=" + company); joins.Find("form[action$='/join']").Length() != 0 || joins.Find("a[href='/me/membership/change?plan="+company+"']").Length() != 1 {
		t.Errorf("whoever has a plan is offered to join another: %q", text(joins.Find("main")))
	}
	page := novice.shown("/me/membership/change?plan=" + company)
	if got := text(page.Find("main form[method=post]")); !strings.Contains(got, "Ask for the change") || page.Find("textarea[name=note]").Length() != 1 {
		t.Errorf("the page offers %q", got)
	}
	if got := text(page.Find("main")); !strings.Contains(got, "Then €290.00 each month, the next on") {
		t.Errorf("what comes next: %q", got)
	}
	novice.asks("/me/membership/change", 422, "membership", membership, "plan", company, "note", strings.Repeat("x", 501))
	novice.asks("/me/membership/change", 303, "membership", membership, "plan", company, "note", "We are four.")
	novice.asks("/me/membership/change", 409, "membership", membership, "plan", company)

	card := novice.shown("/s/harbour/plans").Find(".ticket:contains('Company')")
	if got := text(card); !strings.Contains(got, "You asked for it") || strings.Contains(got, "Change to this") || card.Find("form[action='/me/membership/withdraw'] button").Length() != 1 {
		t.Errorf("who has asked for it reads %q", got)
	}
	for at, want := range map[string]string{"/s/harbour/today": "wait for your answer", sheet: "Asked for: Company", sheet + "/membership": "Asked for: Company", "/s/harbour/desk": "wait for a plan"} {
		if page := desk.shown(at); !strings.Contains(text(page.Find("main")), want) || page.Find("main a[href^='/s/harbour/plans/waiting']").Length() == 0 {
			t.Errorf("%s does not say that somebody waits: %q", at, text(page.Find("main")))
		}
	}
	ticket := desk.shown("/s/harbour/plans/waiting").Find(".ticket:contains('We are four.')")
	total := text(ticket.Find("dl.lines .sum dd"))
	if got := text(ticket); !strings.Contains(got, "Has Community now") || !strings.Contains(got, "Community, not used") || total == "" {
		t.Errorf("the desk sees %q", got)
	}
	approve, _ := ticket.Find("form[action$='/approve']").Attr("action")
	desk.asks(approve, 303)
	desk.asks(approve, 409)
	if got := text(novice.shown("/me/charges").Find(".ticket").First().Find(".sum dd")); got != total {
		t.Errorf("%q is charged, and the desk saw %q", got, total)
	}
	if got := text(novice.shown("/me/membership").Find(".ticket").First()); !strings.Contains(got, "Company") || !strings.Contains(got, "Runs") {
		t.Errorf("they have %q", got)
	}
	novice.asks("/s/harbour/join", 409, "plan", planID(novice, "maker"))
}

// A lower price is told apart from the name of its pass, and only it asks for a proof.
func TestAPassAtTheDoorSaysWhoseItIs(t *testing.T) {
	page := signedIn(t, "desk").shown("/s/harbour/desk/walk-in")
	if got := strings.Join(strings.Fields(page.Find(".pass .head").Eq(1).Text()), " "); got != "Day pass Student" {
		t.Errorf("the pass is called %q", got)
	}
	if n := page.Find(".passes input[data-conceded]").Length(); n != 1 || page.Find(".passes input").Length() != 2 || page.Find(".proof-of-pass input[name=proof]").Length() != 1 {
		t.Errorf("%d passes ask for a proof", n)
	}
	if desk := signedIn(t, "desk"); desk.shown(sheetOf(desk, "member055")+"/membership/start?plan="+planID(desk, "maker")).Find("input[name=proof]").Length() != 0 ||
		desk.shown(sheetOf(desk, "member055")+"/membership/start?group=student&plan="+planID(desk, "maker")).Find("input[name=proof]").Length() != 1 {
		t.Error("the proof is asked for at the whole price, or not at the lower one")
	}
}

// A program that names nobody asks about itself, and reads of a part of a period how many
// days it has, and of a whole one nothing.
func TestAProgramReadsItsOwnMembershipAndCharges(t *testing.T) {
	novice := programOf(t, "novice")
	of := "?space_id=" + novice.space("harbour")
	own, named := novice.get("/memberships"+of), novice.get("/memberships"+of+"&member_id="+novice.get("/me").text("id"))
	if own.text("items", 0, "id") == "" || own.text("items", 0, "id") != named.text("items", 0, "id") || own.at("items", 0, "in_trial") != false {
		t.Errorf("its own membership: %d %s", own.status, own.body)
	}
	charges := novice.get("/charges" + of)
	line, _ := charges.at("items", 0, "lines", 0).(map[string]any)
	if _, counted := line["days"]; line["code"] != "period" || counted {
		t.Errorf("a whole period: %d %s", charges.status, charges.body)
	}
	preview := novice.send("POST", "/memberships/"+own.text("items", 0, "id")+"/change", map[string]any{
		"space_id": novice.space("harbour"), "preview": true, "plan_id": novice.findBy("code", "/plans?limit=100&space_id="+novice.space("harbour"), "company"),
	})
	part, _ := preview.at("lines", 1).(map[string]any)
	if preview.at("asks") != true || part["days"] == nil || part["of"] == nil {
		t.Errorf("a part of one that the staff says yes to: %d %s", preview.status, preview.body)
	}
}

// Past the end of a membership the day says so above everything else, with the way to
// renew it; whoever's has ended already is told that they book as a guest.
func TestBookingSaysThatAMembershipEnds(t *testing.T) {
	house := ownHouse(t)
	novice, desk := visitorAt(t, house).as("novice"), visitorAt(t, house).as("desk")
	const later = "/s/harbour/machines/vinyl-cutter/book?day=2027-02-17"
	if alerts := novice.shown(later).Find("main .alert"); strings.Contains(text(alerts), "ends before") {
		t.Errorf("a membership that goes on: %q", text(alerts))
	}
	novice.asks("/me/membership/cancel", 303, "membership", novice.shown("/me/membership").Find("input[name=membership]").AttrOr("value", ""))
	day := novice.shown(later).Find("main .alert:contains('ends before')")
	if got := text(day); !strings.Contains(got, "Your membership Community ends before this time is over") || day.Find("a[href='/me/membership']").Length() != 1 {
		t.Errorf("a day past the end says %q", got)
	}
	who := novice.shown("/me/membership")
	if who.Find("form[action='/me/membership/keep'] button").Length() != 1 {
		t.Errorf("the link that renews leads to %q", text(who.Find("main")))
	}
	member := strings.TrimPrefix(sheetOf(desk, "novice"), "/s/harbour/people/")
	theirs := desk.shown(later + "&for=" + member).Find("main .alert:contains('ends before')")
	if got := text(theirs); !strings.Contains(got, "of Noah Berger ends before") || theirs.Find("a[href='/s/harbour/people/"+member+"/membership']").Length() != 1 {
		t.Errorf("the desk reads %q", got)
	}
	lapsed := visitorAt(t, house).as("member055").shown(later).Find("main .alert:contains('ended')")
	if got := text(lapsed); !strings.Contains(got, "prices and hours of guests") || lapsed.Find("a[href='/me/membership']").Length() != 1 {
		t.Errorf("whoever's membership has ended reads %q", got)
	}
}
