package web_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// machine makes a machine of this name and returns its page's address.
func (p person) machine(name string) string {
	p.Helper()
	form := filled(p.shown("/s/harbour/equipment/new").Find(`form[action="/s/harbour/equipment"]`))
	form.Set("name_en", name)
	form.Set("area", p.shown("/s/harbour/equipment/new").Find("#area option[value]:not([value=''])").First().AttrOr("value", ""))
	_, status, at := p.post("/s/harbour/equipment", form)
	if status != http.StatusSeeOther || !strings.HasPrefix(at, "/s/harbour/equipment/") {
		p.Fatalf("adding %s: %d to %q", name, status, at)
	}
	return at
}

func TestAManagerAddsAMachineAndFindsItAgain(t *testing.T) {
	p := signedIn(t, "manager")
	at := p.machine("A drill press with a name that is exactly as long as it gets, 60")
	if got := text(p.shown(at).Find("h1")); !strings.HasPrefix(got, "A drill press") {
		t.Errorf("its page is titled %q", got)
	}
	list := p.shown("/s/harbour/equipment?q=drill+PRESS")
	if n := list.Find("table.inventory tbody tr").Length(); n != 1 {
		t.Errorf("%d rows for its words, want 1", n)
	}
	if list.Find(`table.inventory a[href="`+at+`"]`).Length() != 1 {
		t.Error("the row does not lead to its page")
	}
	if list := p.shown("/s/harbour/equipment?q=nothing+of+the+kind"); list.Find(".empty").Length() != 1 {
		t.Error("a search that finds nothing does not say so")
	}
	sorted := p.shown("/s/harbour/equipment?sort=-name")
	if got := sorted.Find("th[aria-sort=descending]").Length(); got != 1 {
		t.Errorf("%d columns say they are sorted downwards", got)
	}
}

func TestARefusedMachineKeepsWhatWasTyped(t *testing.T) {
	p := signedIn(t, "manager")
	form := url.Values{"name_zh": {"台钻"}, "model": {"Flott"}, "units": {"many"}, "type": {"machine"}, "area": {"nowhere"}}
	page, status, _ := p.post("/s/harbour/equipment", form)
	if status != http.StatusUnprocessableEntity {
		t.Fatalf("%d, want 422", status)
	}
	for selector, want := range map[string]string{"input[name=name_zh]": "台钻", "#model": "Flott", "#units": "many"} {
		if got := page.Find(selector).AttrOr("value", ""); got != want {
			t.Errorf("%s holds %q, want %q", selector, got, want)
		}
	}
	for _, field := range []string{"units", "area"} {
		if page.Find("#"+field+"-error").Length() != 1 || page.Find(`.alert a[href="#`+field+`"]`).Length() != 1 {
			t.Errorf("%s is not named as wrong above and beside", field)
		}
	}
}

func TestAMachineIsTakenOutAndPutBack(t *testing.T) {
	p := signedIn(t, "manager")
	at := p.machine("Glass kiln")
	out := filled(p.shown(at).Find("#service form"))
	page, status, _ := p.post(at+"/out", out)
	if status != http.StatusUnprocessableEntity || page.Find("#reason-error").Length() != 1 {
		t.Errorf("out without a reason: %d", status)
	}
	out.Set("reason_en", "door seal")
	if _, status, _ := p.post(at+"/out", out); status != http.StatusSeeOther {
		t.Fatalf("out: %d", status)
	}
	if got := text(p.shown(at).Find("#service .alert")); !strings.Contains(got, "door seal") {
		t.Errorf("its state says %q", got)
	}
	if page := signedIn(t, "instructor").shown(at); page.Find("#service .alert").Length() != 1 || page.Find("#service form").Length() != 0 {
		t.Error("an instructor does not see that it is out, or is offered to put it back")
	}
	if page, status, _ := p.post(at+"/out", out); status != http.StatusConflict || page.Find(".alert.bad").Length() != 1 {
		t.Errorf("an old copy: %d, want 409 and why", status)
	}
	if _, status, _ := p.post(at+"/back", filled(p.shown(at).Find("#service form"))); status != http.StatusSeeOther {
		t.Errorf("back: %d", status)
	}
	if p.shown(at).Find("#service .badge.ok").Length() != 1 {
		t.Error("it is not in service again")
	}
}

func TestWhoeverTakesAMachineOutSeesWhomItTurnsAway(t *testing.T) {
	p := signedIn(t, "manager")
	at := p.machine("Letterpress")
	in := p.books("/s/harbour/machines/letterpress/book?day=2027-02-12&length=60")
	after := p.books("/s/harbour/machines/letterpress/book?day=2027-02-17&length=60")
	if got := text(p.shown(at).Find(".standing h3")); got != "2 bookings are in this time" {
		t.Errorf("until further notice: %q", got)
	}
	preview := p.shown(at + "?until_day=2027-02-13&reason_en=roller").Find("#service form")
	if preview.Find(`.standing a[href="`+in+`/move"]`).Length() != 1 || preview.Find(`.standing a[href^="`+after+`"]`).Length() != 0 {
		t.Errorf("until the 13th: %s", text(preview.Find(".standing")))
	}
	out := filled(preview)
	if got := out.Get("reason_en"); got != "roller" {
		t.Errorf("the reason that was typed is %q", got)
	}
	if _, status, _ := p.post(at+"/out", out); status != http.StatusSeeOther {
		t.Fatalf("out: %d", status)
	}
	standing := p.shown(at).Find("#service .standing")
	if got := text(standing); !strings.HasPrefix(got, "1 booking is in this time") || standing.Find(`a[href="`+in+`"]`).Length() != 1 {
		t.Errorf("once it is out: %q", got)
	}
	if got := text(p.shown("/s/harbour/today").Find(`.need:contains("Letterpress")`)); !strings.Contains(got, "1 booking stands in this time") {
		t.Errorf("what needs the manager: %q", got)
	}
}

func TestAPictureIsHungAndServed(t *testing.T) {
	p := signedIn(t, "manager")
	at := p.machine("Paper cutter")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	form.WriteField("version", p.shown(at).Find("#picture input[name=version]").AttrOr("value", ""))
	file, err := form.CreateFormFile("file", "cutter.png")
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(file, image.NewRGBA(image.Rect(0, 0, 400, 300))); err != nil {
		t.Fatal(err)
	}
	form.Close()
	r, err := http.NewRequest(http.MethodPost, p.url+at+"/picture", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	if page, status, _ := p.do(r, nil); status != http.StatusSeeOther {
		t.Fatalf("hanging it: %d %s", status, text(page.Find(".alert")))
	}
	src := p.shown(at).Find("img.photo").AttrOr("src", "")
	answer, err := p.client.Get(p.url + src)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || got != "image/jpeg" || !strings.Contains(answer.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("%s is %d, %s, %s", src, answer.StatusCode, got, answer.Header.Get("Cache-Control"))
	}
}

func TestTheOfferedExampleOfAMachineCanBeBrought(t *testing.T) {
	p := signedIn(t, "manager")
	at := "/s/harbour/imports/resources"
	page := p.shown(at)
	if got := text(page.Find(".codes")); !strings.Contains(got, "laser") {
		t.Errorf("the codes of the work areas are not listed: %q", got)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file, err := form.CreateFormFile("file", "example.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte(page.Find("pre.csv").Text())); err != nil {
		t.Fatal(err)
	}
	form.Close()
	r, err := http.NewRequest(http.MethodPost, p.url+at, &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	_, _, preview := p.do(r, nil)
	if page := p.shown(preview); text(page.Find(".btn.big")) != "Import 1 thing" {
		t.Errorf("it is refused: %q", text(page.Find(".alert")))
	}
}

func TestRulesAreShownAsMembersReadThem(t *testing.T) {
	p := signedIn(t, "manager")
	at := p.machine("Vacuum table")
	form := filled(p.shown(at + "/rules").Find(`form[action$="/rules"]`))
	form.Set("step", "15")
	form.Set("longest", "120")
	if _, status, _ := p.post(at+"/rules", form); status != http.StatusSeeOther {
		t.Fatalf("saving rules: %d", status)
	}
	if _, status, _ := p.post(at+"/rules/add", url.Values{"measure": {"people"}, "value": {"2"}, "hours": {"20:00–24:00"}}); status != http.StatusSeeOther {
		t.Fatalf("adding a rule: %d", status)
	}
	page := p.shown(at + "/rules")
	says := text(page.Find(".sentences").First())
	for _, want := range []string{"In steps of 15 min", "At most 2 h", "At least 2 people present · between 20:00 and 24:00"} {
		if !strings.Contains(says, want) {
			t.Errorf("%q is not in %q", want, says)
		}
	}
	if got := page.Find("#longest").AttrOr("value", ""); got != "120" {
		t.Errorf("the form has %q for the longest", got)
	}
	remove := page.Find("#further form[action$='/remove']").AttrOr("action", "")
	if _, status, _ := p.post(remove, nil); status != http.StatusSeeOther || p.shown(at+"/rules").Find("#further form[action$='/remove']").Length() != 0 {
		t.Errorf("removing the rule: %d", status)
	}
	if page, status, _ := p.post(at+"/rules", url.Values{"step": {"often"}}); status != http.StatusUnprocessableEntity || page.Find("#step-error").Length() != 1 {
		t.Errorf("a step that is no number: %d", status)
	}
	if page, status, _ := p.post(at+"/rules/add", url.Values{"measure": {"people"}, "value": {"2"}}); status != http.StatusUnprocessableEntity || page.Find("#whom").Length() != 1 {
		t.Errorf("a condition without one: %d", status)
	}
}

func TestPricesAreSavedAsTyped(t *testing.T) {
	p := signedIn(t, "manager")
	at := p.machine("Etching bench")
	form := url.Values{"group-0": {""}, "form-0": {"per_step"}, "amount-0": {"1,50"}, "step-0": {"10"}, "days-0": {"0"}, "hours-0": {""}}
	if _, status, _ := p.post(at+"/prices", form); status != http.StatusSeeOther {
		t.Fatalf("saving prices: %d", status)
	}
	page := p.shown(at + "/prices")
	if got := text(page.Find(".price .says").First()); got != "€1.50 for every 10 minutes begun" {
		t.Errorf("the price reads %q", got)
	}
	form.Set("amount-0", "a lot")
	form.Set("step-0", "")
	page, status, _ := p.post(at+"/prices", form)
	if status != http.StatusUnprocessableEntity || page.Find("#amount-0-error").Length() != 1 || page.Find("#step-0-error").Length() != 1 {
		t.Errorf("a bad amount and no step: %d", status)
	}
	if got := page.Find("#amount-0").AttrOr("value", ""); got != "a lot" {
		t.Errorf("the amount typed is %q now", got)
	}
}

func TestTwoWhoSetTermsAtOnceAreTold(t *testing.T) {
	p := signedIn(t, "manager")
	at := p.machine("Hot wire cutter")
	rules := filled(p.shown(at + "/rules").Find(`form[action$="/rules"]`))
	condition := url.Values{"seen": {rules.Get("seen")}, "measure": {"people"}, "value": {"2"}, "hours": {"20:00–24:00"}}
	if _, status, _ := p.post(at+"/rules/add", condition); status != http.StatusSeeOther {
		t.Fatalf("adding a rule: %d", status)
	}
	rules.Set("step", "15")
	page, status, _ := p.post(at+"/rules", rules)
	if status != http.StatusConflict || !strings.Contains(text(page.Find(".alert")), "changed since you opened it") {
		t.Errorf("rules on an old page: %d %q", status, text(page.Find(".alert")))
	}
	if got := page.Find("#step").AttrOr("value", ""); got != "" {
		t.Errorf("the page shows a step of %q, which nobody has set", got)
	}
	remove := page.Find("#further form[action$='/remove']").AttrOr("action", "")
	if _, status, _ := p.post(remove, nil); status != http.StatusSeeOther {
		t.Errorf("removing the rule that is there: %d", status)
	}
	if _, status, _ := p.post(remove, nil); status != http.StatusConflict {
		t.Errorf("removing it a second time: %d", status)
	}

	prices := filled(p.shown(at + "/prices").Find(`form[action$="/prices"]`))
	prices.Set("amount-0", "3")
	if _, status, _ := p.post(at+"/prices", prices); status != http.StatusSeeOther {
		t.Fatalf("saving prices: %d", status)
	}
	prices.Set("amount-0", "4")
	page, status, _ = p.post(at+"/prices", prices)
	if got := page.Find("#amount-0").AttrOr("value", ""); status != http.StatusConflict || got != "3.00" {
		t.Errorf("prices on an old page: %d, and it shows %q", status, got)
	}
}

func TestHoursThatOverlapAreRefusedOnTheirDay(t *testing.T) {
	p := signedIn(t, "manager")
	form := filled(p.shown("/s/harbour/hours").Find(`form[action="/s/harbour/hours"]`))
	form.Set("hours-everyone-1", "9-12, 11-14")
	page, status, _ := p.post("/s/harbour/hours", form)
	if status != http.StatusUnprocessableEntity || page.Find("#hours-everyone-1-error").Length() != 1 {
		t.Errorf("overlapping hours: %d", status)
	}
	if got := page.Find("#hours-everyone-1").AttrOr("value", ""); got != "9-12, 11-14" {
		t.Errorf("what was typed is %q now", got)
	}
}

func TestOnlyStaffSeeTheInventoryAndOnlyManagersItsForms(t *testing.T) {
	if _, status, to := visitor(t).get("/s/harbour/equipment"); status != http.StatusSeeOther || !strings.HasPrefix(to, "/sign-in") {
		t.Errorf("a visitor: %d to %q", status, to)
	}
	if _, status, _ := signedIn(t, "maker").get("/s/harbour/equipment"); status != http.StatusForbidden {
		t.Errorf("a maker: %d", status)
	}
	desk := signedIn(t, "desk")
	if n := desk.shown("/s/harbour/equipment").Find(`a[href="/s/harbour/equipment/new"]`).Length(); n != 0 {
		t.Error("the front desk is offered to add equipment")
	}
	if _, status, _ := desk.get("/s/harbour/hours"); status != http.StatusForbidden {
		t.Errorf("the front desk sees the hours' form: %d", status)
	}
}

func TestAWrongSetupLinkIsAPageThatSaysSo(t *testing.T) {
	page, status, _ := visitor(t).get("/setup?token=guess")
	if status != http.StatusConflict || page.Find(".empty").Length() != 1 || page.Find("form[action='/setup']").Length() != 0 {
		t.Errorf("set-up of a house that is set up: %d", status)
	}
}

func TestAMachineWithoutAPriceIsSaidToBeFree(t *testing.T) {
	p := signedIn(t, "manager")
	at := p.machine("Free lathe")
	form := filled(p.shown(at + "/prices").Find(`form[action$="/prices"]`))
	if _, status, _ := p.post(at+"/prices", form); status != http.StatusSeeOther {
		t.Fatalf("saving no prices: %d", status)
	}
	if got := text(p.shown(at + "/prices").Find(".flash")); !strings.Contains(got, "free for everyone") {
		t.Errorf("it is said %q", got)
	}
}

func TestADeskIsBookedByWholeDays(t *testing.T) {
	var days []string
	signedIn(t, "maker").shown("/s/harbour/machines/hot-desk/book").Find(`label:has(input[name=length])`).Each(func(_ int, chip *goquery.Selection) {
		days = append(days, text(chip))
	})
	if got := strings.Join(days, ", "); got != "1 day, 2 days, 3 days, 7 days, 14 days" {
		t.Errorf("offered are %s", got)
	}
}

func TestARefusedRuleSaysWhichNumberIsWrong(t *testing.T) {
	p := signedIn(t, "manager")
	at := p.machine("Bending brake")
	form := filled(p.shown(at + "/rules").Find(`form[action$="/rules"]`))
	form.Set("shortest", "120")
	form.Set("longest", "60")
	form.Set("step", "many")
	page, status, _ := p.post(at+"/rules", form)
	got := text(page.Find(".alert.bad"))
	if status != http.StatusUnprocessableEntity || !strings.Contains(got, "Longest: The longest booking is shorter") || !strings.Contains(got, "Steps of: Give a whole number.") {
		t.Errorf("%d: %q", status, got)
	}
	closing := filled(p.shown(at + "/closures").Find(`form[action$="/closures"]`))
	if page, _, _ := p.post(at+"/closures", closing); !strings.Contains(text(page.Find(".alert.bad")), "From: Give a day and a time.") {
		t.Errorf("an empty closure: %q", text(page.Find(".alert.bad")))
	}
}
