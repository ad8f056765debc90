package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildhall/internal/testkit"
)

// typed are the fields of a form into which one types.
const typed = "textarea[name], input[name]:not([type=hidden]):not([type=radio]):not([type=checkbox]):not([type=file]):not([type=search])"

// Each form is sent with nothing typed in. What is refused must not be marked as
// optional, and is shown at its field, to which the summary leads; what the browser
// insists on is demanded by the service, too.
func TestFormsMarkAsOptionalWhatIsOptional(t *testing.T) {
	at := testkit.Clock(t, "2027-02-10 15:00")
	server, err := furnished(tempDir("forms"), at)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	at.Advance(time.Second)
	as := func(name string) person { return visitorAt(t, server.URL).as(name) }
	owner, maker, child := as("owner"), as("maker"), as("member152")
	nobody := visitorAt(t, server.URL)
	first := func(page, prefix string) string {
		link := owner.shown(page).Find("main a[href^='"+prefix+"']:not([href$='/new'])").First().AttrOr("href", "")
		if link == "" {
			t.Fatalf("%s lists nothing", page)
		}
		return link
	}
	someone, minor := personOf(owner, "novice"), personOf(owner, "member152")
	team, kind, document := first("/s/harbour/teams", "/s/harbour/teams/"), first("/s/harbour/certifications", "/s/harbour/certifications/"), first("/s/harbour/documents", "/s/harbour/documents/")
	seen := 0
	for _, c := range []struct {
		who   person
		pages []string
	}{
		{nobody, []string{"/sign-in", "/sign-up", "/password-reset"}},
		{owner, []string{
			"/s/harbour/desk/walk-in", "/s/harbour/people/new", someone, someone + "/documents", someone + "/stamps", someone + "/certify", someone + "/profile",
			someone + "/proofs", minor + "/documents", "/s/harbour/tags", "/s/harbour/suspension-rule", "/s/harbour/teams", "/s/harbour/teams/new", team, team + "/settings",
			"/s/harbour/certifications", kind, kind + "/holders", "/s/harbour/documents/new", document, document + "/edit", "/s/harbour/minors", "/s/harbour/profile-fields",
			"/s/harbour/proofs", "/s/harbour/details",
		}},
		{maker, []string{"/me", "/me/profile", "/me/password", "/me/email", "/me/tokens", "/me/guardian", "/me/team", "/me/proofs", "/me/documents", "/me/about-me"}},
		{child, []string{"/me/guardian"}},
	} {
		for _, page := range c.pages {
			doc, status, _ := c.who.get(page)
			if status != http.StatusOK {
				t.Errorf("%s: %d", page, status)
				continue
			}
			doc.Find("form[method=post]").Each(func(_ int, form *goquery.Selection) {
				action := form.AttrOr("action", "")
				if form.Find(typed).Length() == 0 || strings.HasSuffix(action, "/merge") {
					return
				}
				seen++
				c.who.leavesEmpty(page, action, form)
			})
		}
	}
	if seen < 30 {
		t.Errorf("only %d forms were sent", seen)
	}
}

// leavesEmpty sends a form with nothing typed in and looks at what is said of it.
func (p person) leavesEmpty(page, action string, form *goquery.Selection) {
	p.Helper()
	sent := filled(form)
	form.Find(typed).Each(func(_ int, field *goquery.Selection) { sent.Set(field.AttrOr("name", ""), "") })
	if button := form.Find("button[name]").First(); button.Length() == 1 {
		sent.Set(button.AttrOr("name", ""), button.AttrOr("value", ""))
	}
	answer, status, _ := p.post(action, sent)
	name := page + ": " + action
	if status != http.StatusSeeOther && status != http.StatusUnprocessableEntity && status != http.StatusConflict {
		p.Errorf("%s: %d %s", name, status, text(answer.Find("main")))
		return
	}
	asWhole := action == "/sign-in" || action == "/password-reset" // they say of no field what is wrong with it
	form.Find(typed).Each(func(_ int, field *goquery.Selection) {
		id := field.AttrOr("name", "")
		label := form.Find("label[for='" + field.AttrOr("id", id) + "']")
		_, required := field.Attr("required")
		refused := status != http.StatusSeeOther && answer.Find("[id='"+id+"-error']").Length() > 0
		switch {
		case refused && text(label.Find(".hint")) == "optional":
			p.Errorf("%s: %s is marked as optional and refused: %s", name, id, text(answer.Find("[id='"+id+"-error']")))
		case required && !refused && !asWhole:
			p.Errorf("%s: %s is marked as needed, and nobody asks for it", name, id)
		}
	})
	answer.Find(".alert.bad a[href^='#']").Each(func(_ int, link *goquery.Selection) {
		if field := strings.TrimPrefix(link.AttrOr("href", ""), "#"); answer.Find("[id='"+field+"']").Length() == 0 || answer.Find("[id='"+field+"-error']").Length() == 0 {
			p.Errorf("%s: what is wrong with %s stands in the summary only: %s", name, field, text(link))
		}
	})
}

// A walk-in that is sent empty names all its mistakes at once, each at its field: of a
// grown-up and of a minor.
func TestAnEmptyWalkInNamesAllItsMistakes(t *testing.T) {
	desk := signedIn(t, "desk")
	const door = "/s/harbour/desk/walk-in"
	for name, c := range map[string]struct {
		typed url.Values
		want  []string
	}{
		"a grown-up": {url.Values{}, []string{"name", "contact", "pass", "signature", "paid"}},
		"a minor":    {url.Values{"birthday": {"2016-05-04"}}, []string{"name", "contact", "guardian", "verified", "pass", "signature", "paid"}},
		"unborn":     {url.Values{"birthday": {"2030-05-04"}, "amount": {"much"}}, []string{"name", "contact", "birthday", "pass", "signature", "paid"}},
	} {
		sent := filled(desk.shown(door).Find("form[action='" + door + "']"))
		for _, field := range []string{"name", "contact", "pass", "signature"} {
			sent.Set(field, "")
		}
		for field, value := range c.typed {
			sent[field] = value
		}
		answer, status, _ := desk.post(door, sent)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		}
		for _, field := range c.want {
			if answer.Find("[id='"+field+"-error']").Length() != 1 || answer.Find(".alert.bad a[href='#"+field+"']").Length() != 1 || answer.Find("[id='"+field+"']").Length() != 1 {
				t.Errorf("%s: nothing is said at %s: %s", name, field, text(answer.Find(".alert.bad")))
			}
		}
	}
}

// personOf is the page of somebody of the demo.
func personOf(p person, name string) string {
	p.Helper()
	found := p.shown("/s/harbour/people?q=" + url.QueryEscape(name+"@demo.example")).Find("a[href^='/s/harbour/people/']")
	for i := range found.Nodes {
		if href := found.Eq(i).AttrOr("href", ""); strings.Count(href, "/") == 4 && !strings.HasSuffix(href, "/new") && !strings.Contains(href, "?") && len(href) > 30 {
			return href
		}
	}
	p.Fatalf("%s is not found", name)
	return ""
}
