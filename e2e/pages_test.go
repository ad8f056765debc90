package e2e

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"guildhall/internal/actor"
)

// page is a page that is looked at: whose route it is, who opens it, and where.
type page struct {
	route  string // as authz.csv has it
	who    string // who signs in, before the @; empty: a stranger
	path   string
	find   string // open path, then what the first link for this selector leads to
	then   string // and what stands below that
	next   string // open that, then what the first link for this selector leads to
	status int64  // 0: 200
}

// pages are the pages of the house, each at least once.
var pages = []page{
	// A stranger.
	{route: "GET /", path: "/"},
	{route: "GET /s/:space", path: "/s/shanghai"},
	{route: "GET /s/:space/machines", path: "/s/harbour/machines"},
	{route: "GET /s/:space/machines/:machine", path: "/s/harbour/machines/laser-a"},
	{route: "GET /s/:space/machines/:machine/book", path: "/s/harbour/machines/laser-a/book"}, // led to the sign-in
	{route: "GET /s/:space/events", path: "/s/harbour/events"},
	{route: "GET /s/:space/events/:event", path: "/s/harbour/events", find: "main a[href*='/events/']"},
	{route: "GET /sign-in", path: "/sign-in"},
	{route: "GET /sign-up", path: "/sign-up"},
	{route: "GET /sign-up/sent", path: "/sign-up/sent"},
	{route: "GET /password-reset", path: "/password-reset"},
	{route: "GET /password-reset/sent", path: "/password-reset/sent"},
	{route: "GET /password-reset/confirm", path: "/password-reset/confirm?token=none"},
	{route: "GET /confirm", path: "/confirm?token=none"},
	{route: "GET /setup", path: "/setup", status: 409}, // done already
	{route: "GET /api/docs", path: "/api/docs"},
	{route: "GET /dev/gallery", path: "/dev/gallery"},
	{route: "GET /dev/clock", path: "/dev/clock"},
	{route: "GET /dev/mail", path: "/dev/mail"},
	{route: "", path: "/no-such-page", status: 404},

	{route: "GET /s/:space/plans", path: "/s/harbour/plans"},
	{route: "GET /s/:space/plans/:plan", path: "/s/harbour/plans/maker"},

	// A maker.
	{route: "GET /s/:space/plans", who: "maker", path: "/s/harbour/plans"},
	{route: "GET /s/:space/join", who: "novice", path: "/s/harbour/join?plan=maker"},
	{route: "GET /me/membership", who: "maker", path: "/me/membership"},
	{route: "GET /me/membership/change", who: "maker", path: "/me/membership/change"},
	{route: "GET /me/charges", who: "maker", path: "/me/charges"},
	{route: "GET /", who: "maker", path: "/"},
	{route: "GET /s/:space/machines/:machine/book", who: "maker", path: "/s/harbour/machines/laser-b/book"},
	{route: "GET /s/:space/machines/:machine/book", who: "maker", path: "/s/harbour/machines/fdm/book"},
	{route: "GET /bookings", who: "member001", path: "/bookings"},
	{route: "GET /bookings", who: "member001", path: "/bookings?show=past"},
	{route: "GET /bookings/:id", who: "member001", path: "/bookings?show=past", find: "main a[href^='/bookings/']"},
	{route: "GET /bookings/:id/move", who: "member001", path: "/bookings", find: "main a[href^='/bookings/']", then: "/move"},
	{route: "GET /offline", who: "member001", path: "/offline"},
	{route: "GET /me", who: "member001", path: "/me"},
	{route: "GET /me/password", who: "member001", path: "/me/password"},
	{route: "GET /me/again", who: "member001", path: "/me/again?next=/sessions"},
	{route: "GET /me/security", who: "member001", path: "/me/security"},
	{route: "GET /me/tokens", who: "member001", path: "/me/tokens"},
	{route: "GET /me/passkeys/new", who: "member001", path: "/me/passkeys/new"},
	{route: "GET /me/calendar", who: "member001", path: "/me/calendar"},
	{route: "GET /me/data", who: "member001", path: "/me/data"},
	{route: "GET /sessions", who: "member001", path: "/sessions"},
	{route: "GET /me/email", who: "member001", path: "/me/email"},
	{route: "GET /email/confirm", path: "/email/confirm?token=none"},
	{route: "GET /email/object", path: "/email/object?token=none"},
	{route: "GET /me/profile", who: "maker", path: "/me/profile"},
	{route: "GET /me/profile", who: "novice", path: "/me/profile"},
	{route: "GET /s/:space/directory", who: "member001", path: "/s/harbour/directory"},
	{route: "GET /s/:space/directory", who: "member001", path: "/s/harbour/directory?q=nobody-makes-this"},
	{route: "GET /me/about-me", who: "member001", path: "/me/about-me"},
	{route: "GET /me/about-me", who: "novice", path: "/me/about-me"},
	{route: "GET /me/team", who: "member001", path: "/me/team"},
	{route: "GET /me/team", who: "member002", path: "/me/team"},
	{route: "GET /me/team", who: "member003", path: "/me/team"},
	{route: "GET /s/:space/teams/:team/settings", who: "member002", path: "/me/team", find: "main a[href$='/settings']"},
	{route: "GET /s/:space/teams/:team/members/:member", who: "member002", path: "/me/team", find: "main a[href*='/members/']"},
	{route: "GET /teams/join", path: "/teams/join?token=none", status: 404},
	{route: "GET /me/documents", who: "member001", path: "/me/documents"},
	{route: "GET /me/consents", who: "member001", path: "/me/consents"},
	{route: "GET /me/guardian", who: "member001", path: "/me/guardian"},
	{route: "GET /me/guardian", who: "member150", path: "/me/guardian"},
	{route: "GET /me/children", who: "member151", path: "/me/children"},
	{route: "GET /me/children/:guardianship", who: "member151", path: "/me/children", find: "main a[href^='/me/children/']"},
	{route: "GET /me/children/:guardianship/data", who: "member151", path: "/me/children", find: "main a[href^='/me/children/']", then: "/data"},
	{route: "GET /guardian", path: "/guardian?token=none", status: 404},
	{route: "GET /s/:space/documents", who: "member001", path: "/s/harbour/documents"},
	{route: "GET /s/:space/documents/:document", who: "member001", path: "/s/harbour/documents", find: "main a[href*='/documents/']"},
	{route: "GET /s/:space/documents/:document", who: "member060", path: "/s/harbour/documents", find: "main a[href*='/documents/']"},
	{route: "GET /s/:space/today", who: "member001", path: "/s/harbour/today", status: 403},
	{route: "GET /s/:space/machines/:machine/book", who: "novice", path: "/s/harbour/machines/laser-a/book"},

	// A manager.
	{route: "GET /s/:space/today", who: "manager", path: "/s/harbour/today"},
	{route: "GET /s/:space/today", who: "manager", path: "/s/harbour/today?view=week"},
	{route: "GET /s/:space/today", who: "manager", path: "/s/harbour/today?view=agenda"},
	{route: "GET /s/:space/people", who: "manager", path: "/s/harbour/people"},
	{route: "GET /s/:space/people", who: "manager", path: "/s/harbour/people?q=nobody-has-this-name"},
	{route: "GET /s/:space/for", who: "manager", path: "/s/harbour/for?find=a"},
	{route: "GET /s/:space/teams", who: "manager", path: "/s/harbour/teams"},
	{route: "GET /s/:space/teams", who: "manager", path: "/s/harbour/teams?q=no-team-has-this-name"},
	{route: "GET /s/:space/teams/new", who: "manager", path: "/s/harbour/teams/new"},
	{route: "GET /s/:space/teams/:team", who: "manager", path: "/s/harbour/teams", find: "main th a[href*='/teams/']"},
	{route: "GET /s/:space/people/new", who: "manager", path: "/s/harbour/people/new"},
	{route: "GET /s/:space/people/:member", who: "manager", path: "/s/harbour/people", find: "main a[href*='/people/']:not([href$='/new'])"},
	{route: "GET /s/:space/people/:member/certify", who: "manager", path: "/s/harbour/people?q=maker%40", find: "main a[href*='/people/']:not([href$='/new'])", then: "/certify"},
	{route: "GET /s/:space/people/:member/stamps", who: "manager", path: "/s/harbour/people?q=maker%40", find: "main a[href*='/people/']:not([href$='/new'])", then: "/stamps"},
	{route: "GET /s/:space/people/:member/certifications/:grant", who: "manager", path: "/s/harbour/people?q=maker%40", find: "main a[href*='/people/']:not([href$='/new'])", next: "main a[href*='/certifications/']"},
	{route: "GET /s/:space/people/:member/notes", who: "manager", path: "/s/harbour/people", find: "main a[href*='/people/']:not([href$='/new'])", then: "/notes"},
	{route: "GET /s/:space/people/:member/profile", who: "desk", path: "/s/harbour/people?q=maker%40", find: "main a[href*='/people/']:not([href$='/new'])", then: "/profile"},
	{route: "GET /s/:space/people/:member/profile", who: "manager", path: "/s/harbour/people?q=maker%40", find: "main a[href*='/people/']:not([href$='/new'])", then: "/profile"},
	{route: "GET /me/proofs", who: "member006", path: "/me/proofs"},
	{route: "GET /me/proofs", who: "novice", path: "/me/proofs"},
	{route: "GET /s/:space/people/:member/proofs", who: "desk", path: "/s/harbour/people?q=member006", find: "main a[href*='/people/']:not([href$='/new'])", then: "/proofs"},
	{route: "GET /s/:space/proofs", who: "desk", path: "/s/harbour/proofs"},
	{route: "GET /s/:space/profile-fields", who: "manager", path: "/s/harbour/profile-fields"},
	{route: "GET /s/:space/profile-fields/:field", who: "manager", path: "/s/harbour/profile-fields", find: "main a[href*='/profile-fields/']"},
	{route: "GET /s/:space/makers", who: "manager", path: "/s/harbour/makers"},
	{route: "GET /s/:space/tags", who: "manager", path: "/s/harbour/tags"},
	{route: "GET /s/:space/suspension-rule", who: "manager", path: "/s/harbour/suspension-rule"},
	{route: "GET /s/:space/leave", who: "member001", path: "/s/harbour/leave"},
	{route: "GET /s/:space/people/:member/membership", who: "desk", path: "/s/harbour/people", find: "main a[href*='/people/']:not([href$='/new'])", then: "/membership"},
	{route: "GET /s/:space/people/:member/membership/start", who: "desk", path: "/s/harbour/people", find: "main a[href*='/people/']:not([href$='/new'])", then: "/membership/start"},
	{route: "GET /s/:space/people/:member/membership/change", who: "desk", path: "/s/harbour/people?plan=none", find: "main a[href*='/people/']:not([href$='/new'])", then: "/membership/change"},
	{route: "GET /s/:space/people/:member/charges", who: "desk", path: "/s/harbour/people", find: "main a[href*='/people/']:not([href$='/new'])", then: "/charges"},
	{route: "GET /s/:space/desk", who: "desk", path: "/s/harbour/desk"},
	{route: "GET /s/:space/desk", who: "desk", path: "/s/harbour/desk?q=li"},
	{route: "GET /s/:space/desk", who: "desk", path: "/s/harbour/desk?q=nobody-has-this-name"},
	{route: "GET /s/:space/desk/walk-in", who: "desk", path: "/s/harbour/desk/walk-in"},
	{route: "GET /s/:space/plans/waiting", who: "desk", path: "/s/harbour/plans/waiting"},
	{route: "GET /s/:space/plans/edit", who: "manager", path: "/s/harbour/plans/edit"},
	{route: "GET /s/:space/plans/new", who: "manager", path: "/s/harbour/plans/new"},
	{route: "GET /s/:space/plans/:plan/edit", who: "manager", path: "/s/harbour/plans/maker/edit"},
	{route: "GET /s/:space/people/:member/erase", who: "manager", path: "/s/harbour/people", find: "main a[href*='/people/']:not([href$='/new'])", then: "/erase"},
	{route: "GET /s/:space/duplicates", who: "manager", path: "/s/harbour/duplicates"},
	{route: "GET /s/:space/people/:member/merge", who: "manager", path: "/s/harbour/duplicates", find: "main a[href*='/merge?into=']"},
	{route: "GET /s/:space/people/:member/merge", who: "manager", path: "/s/harbour/people", find: "main a[href*='/people/']:not([href$='/new'])", then: "/merge"},
	{route: "GET /s/:space/equipment", who: "manager", path: "/s/harbour/equipment"},
	{route: "GET /s/:space/equipment/new", who: "manager", path: "/s/harbour/equipment/new"},
	{route: "GET /s/:space/equipment/:resource", who: "manager", path: "/s/harbour/equipment", find: "main a[href*='/equipment/']:not([href$='/new'])"},
	{route: "GET /s/:space/equipment/:resource/rules", who: "manager", path: "/s/harbour/equipment", find: "main a[href*='/equipment/']:not([href$='/new'])", then: "/rules"},
	{route: "GET /s/:space/equipment/:resource/prices", who: "manager", path: "/s/harbour/equipment", find: "main a[href*='/equipment/']:not([href$='/new'])", then: "/prices"},
	{route: "GET /s/:space/equipment/:resource/closures", who: "manager", path: "/s/harbour/equipment", find: "main a[href*='/equipment/']:not([href$='/new'])", then: "/closures"},
	{route: "GET /s/:space/rules", who: "manager", path: "/s/harbour/rules"},
	{route: "GET /s/:space/rules/:scope", who: "manager", path: "/s/harbour/rules/space"},
	{route: "GET /s/:space/rules/:scope", who: "manager", path: "/s/harbour/rules", find: "main a[href*='/rules/area-']"},
	{route: "GET /s/:space/rules/:scope", who: "manager", path: "/s/harbour/rules", find: "main a[href*='/rules/kind-']"},
	{route: "GET /s/:space/machines/:machine", who: "manager", path: "/s/harbour/machines/laser-a"},
	{route: "GET /s/:space/areas", who: "manager", path: "/s/harbour/areas"},
	{route: "GET /s/:space/areas/:area", who: "manager", path: "/s/harbour/areas", find: "main a[href*='/areas/']"},
	{route: "GET /s/:space/certifications", who: "manager", path: "/s/harbour/certifications"},
	{route: "GET /s/:space/certifications/:certification", who: "manager", path: "/s/harbour/certifications", find: "main a[href*='/certifications/']"},
	{route: "GET /s/:space/documents", who: "manager", path: "/s/harbour/documents"},
	{route: "GET /s/:space/documents/new", who: "manager", path: "/s/harbour/documents/new"},
	{route: "GET /s/:space/documents/:document/edit", who: "manager", path: "/s/harbour/documents", find: "main a[href$='/edit']"},
	{route: "GET /s/:space/documents/:document/publish", who: "manager", path: "/s/harbour/documents", find: "main .plates a.name", then: "/publish"},
	{route: "GET /s/:space/documents/:document/signatures", who: "manager", path: "/s/harbour/documents", find: "main a[href$='/signatures']"},
	{route: "GET /s/:space/people/:member/documents", who: "manager", path: "/s/harbour/people", find: "main a[href*='/people/']:not([href$='/new'])", then: "/documents"},
	{route: "GET /s/:space/minors", who: "manager", path: "/s/harbour/minors"},
	{route: "GET /s/:space/certifications/:certification/holders", who: "manager", path: "/s/harbour/certifications", find: "main a[href$='/holders']"},
	{route: "GET /me/stamps", who: "maker", path: "/me/stamps"},
	{route: "GET /s/:space/hours", who: "manager", path: "/s/harbour/hours"},
	{route: "GET /s/:space/front", who: "manager", path: "/s/harbour/front"},
	{route: "GET /s/:space/details", who: "manager", path: "/s/harbour/details"},
	{route: "GET /s/:space/events/new", who: "manager", path: "/s/harbour/events/new"},
	{route: "GET /s/:space/events/:event/edit", who: "manager", path: "/s/harbour/events", find: "main a[href*='/events/'][href$='/edit']"},
	{route: "GET /s/:space/imports/resources", who: "manager", path: "/s/harbour/imports/resources"},
	{route: "GET /s/:space/imports/resources/:import", who: "manager"}, // the same page as for members
	{route: "GET /s/:space/imports/members", who: "manager", path: "/s/harbour/imports/members"},
	{route: "GET /s/:space/imports/members/:import", who: "manager"}, // TestAFileOfPeopleIsImported looks at it and its next three
	{route: "GET /s/:space/imports/members/:import/columns", who: "manager"},
	{route: "GET /s/:space/imports/members/:import/words", who: "manager"},
	{route: "GET /s/:space/imports/members/:import/undo", who: "manager"},
	{route: "GET /jobs", who: "manager", path: "/jobs"},
	{route: "GET /security", who: "owner", path: "/security"},
	{route: "GET /spaces/new", who: "owner", path: "/spaces/new"},
}

// notPages are routes that answer a browser with something else than a page.
var notPages = []string{
	"GET /static/*", "GET /sw.js", "GET /manifest.webmanifest", "GET /favicon.ico", "GET /pictures/:picture", "GET /portraits/:portrait", "GET /proofs/:proof", "GET /s/:space/makers.csv",
	"GET /bookings/:id/calendar.ics", "GET /calendar/:token", "GET /s/:space/people.csv", "GET /s/:space/teams.csv", "GET /s/:space/certifications/:certification/holders.csv",
	"GET /s/:space/people/:member/certifications/:grant/photo", "GET /s/:space/documents/:document/signatures.csv", "GET /acceptances/:acceptance/copy.pdf", "GET /s/:space/equipment.csv",
	"GET /sign-in/with", "GET /sign-in/back", "GET /me/link/new", "GET /me/link", "GET /me/again/elsewhere", // lead elsewhere, or come from there
	"GET /s/:space/imports/members/example.csv", "GET /s/:space/imports/members/:import/problems.csv", "GET /s/:space/imports/resources/example.csv", "GET /api/openapi.json",
}

// inJourneys are pages that are there only after something was done; the journey that does it looks at them.
var inJourneys = []string{
	"GET /s/:space/desk/visits/:visit", "GET /me/enrol", "GET /me/authenticator", "GET /s/:space/imports/resources/:import", "GET /s/:space/imports/members/:import",
	"GET /s/:space/imports/members/:import/columns", "GET /s/:space/imports/members/:import/words", "GET /s/:space/imports/members/:import/undo",
}

// TestEveryPageIsLookedAt compares the list with the table of who may do what.
func TestEveryPageIsLookedAt(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range slices.Concat(notPages, inJourneys) {
		seen[r] = true
	}
	for _, p := range pages {
		seen[p.route] = true
	}
	var missing []string
	for _, rule := range actor.Table {
		for _, route := range rule.Routes {
			if strings.HasPrefix(route, http.MethodGet+" ") && !strings.HasPrefix(route, "GET /api/v1/") && !seen[route] {
				missing = append(missing, route)
			}
		}
	}
	slices.Sort(missing)
	for _, route := range missing {
		t.Errorf("nobody looks at %s", route)
	}
}

// TestPagesAreWithoutFault opens every page in both languages, by day and by
// night, at a desk and on a phone, and lets the judge look at it.
func TestPagesAreWithoutFault(t *testing.T) {
	byWho := map[string][]page{}
	for _, p := range pages {
		if p.path != "" { // else a journey looks at it
			byWho[p.who] = append(byWho[p.who], p)
		}
	}
	for _, who := range slices.Sorted(maps.Keys(byWho)) {
		t.Run(cmp.Or(who, "stranger"), func(t *testing.T) {
			t.Parallel()
			v := theDemo(t).visitor(t, desk)
			if who != "" {
				v.signIn(who)
			} else {
				v.visit("/")
			}
			for _, locale := range []string{"en", "zh-CN"} {
				v.speak(locale)
				for _, p := range byWho[who] {
					v.lookAt(p, locale)
				}
			}
		})
	}
}

// lookAt opens a page and judges it in all its looks.
func (v *visitor) lookAt(p page, locale string) {
	v.t.Helper()
	v.at(desk)
	path := p.path
	status := v.visit(path)
	for _, step := range []struct{ find, then string }{{p.find, p.then}, {p.next, ""}} {
		if step.find == "" {
			continue
		}
		to := eval[string](v, `(() => { const a = document.querySelector(`+quoted(step.find)+`); return a ? a.pathname + a.search : "" })()`)
		if to == "" {
			v.t.Errorf("%s has no %s to follow", path, step.find)
			return
		}
		path = to + step.then
		status = v.visit(path)
	}
	if want := cmp.Or(p.status, http.StatusOK); status != want {
		v.t.Errorf("%s as %q is %d, not %d", path, p.who, status, want)
		return
	}
	if lang := v.attribute("html", "lang"); !strings.HasPrefix(lang, locale[:2]) {
		v.t.Errorf("%s is in %q, not %s", path, lang, locale)
	}
	for _, s := range screens {
		v.at(s)
		for _, theme := range []string{"light", "dark"} {
			v.theme(theme)
			for _, fault := range v.judge() {
				v.t.Errorf("%s as %s, %s, %s, %s: %s", path, cmp.Or(p.who, "stranger"), locale, s.name, theme, fault)
			}
		}
	}
	for _, problem := range v.takeProblems() {
		v.t.Errorf("%s as %s, %s: behind the page: %s", path, cmp.Or(p.who, "stranger"), locale, problem)
	}
}
