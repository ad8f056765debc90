package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"guildhall/internal/actor"
	"guildhall/internal/audit"
	"guildhall/internal/billing"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/db"
	"guildhall/internal/desk"
	"guildhall/internal/equipment"
	"guildhall/internal/events"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/jobs"
	"guildhall/internal/members"
	"guildhall/internal/plans"
	"guildhall/internal/profiles"
	"guildhall/internal/proofs"
	"guildhall/internal/reports"
	"guildhall/internal/spaces"
	"guildhall/internal/teams"
	"guildhall/internal/testkit"
)

// crew is a server with a space and everybody who works there.
type crew struct {
	*Server
	t     *testing.T
	db    *db.DB
	clock *clock.Movable
	h     http.Handler
	space id.ID
	at    string // "/s/harbour"

	manager, desk, instructor, maker actor.Actor
}

func staffed(t *testing.T) *crew {
	t.Helper()
	s := house(t)
	d, at := testkit.DB(t), s.Clock.(*clock.Movable)
	log, shelf := audit.New(d, at), imports.NewShelf(d, at)
	s.Spaces = spaces.New(d, at, nil, nil, nil, log)
	var err error
	if s.Jobs, err = jobs.New(d, at, s.Log); err != nil {
		t.Fatal(err)
	}
	s.Members = members.New(members.Needs{DB: d, Clock: at, Audit: log, Plans: enrolling{s}, Jobs: s.Jobs, Pupils: nothing{}})
	s.Plans = plans.New(plans.Needs{DB: d, Clock: at, Audit: log, People: known{s}, Spaces: known{s}, Bookings: nothing{}, Billing: nothing{}, Payers: nothing{}, Proofs: nothing{}, Jobs: s.Jobs})
	s.Certifications = certifications.New(certifications.Needs{
		DB: d, Clock: at, Audit: log, People: crewPeople{s}, Spaces: crewPeople{s}, Usage: idle{}, Bookings: idle{}, Courses: idle{}, Jobs: s.Jobs,
	})
	s.Equipment = equipment.New(d, at, nil, nil, log, shelf)
	s.Events = events.New(d, at, s.Certifications, log)
	s.Reports, s.Billing = reports.New(d, at), billing.New(d, at)
	s.Profiles = profiles.New(profiles.Needs{DB: d, Clock: at, Audit: log, People: crewSheets{s}, Consents: crewSheets{s}})
	s.Consent = consent.New(consent.Needs{DB: d, Clock: at, Audit: log, Spaces: crewConsent{s}, Jobs: s.Jobs})
	s.Desk = desk.New(desk.Needs{DB: d, Clock: at, Audit: log})
	s.Proofs = proofs.New(proofs.Needs{DB: d, Clock: at, Audit: log, Jobs: s.Jobs})
	s.Teams = teams.New(teams.Needs{DB: d, Clock: at, Audit: log, Jobs: s.Jobs})
	w := &crew{Server: s, t: t, db: d, clock: at, space: id.New(), at: "/s/harbour"}
	w.write(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
		VALUES (?, 'harbour', '{"en":"Harbour Makers","zh":"港湾创客"}', '{}', 'community', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 1, ?, 1)`, w.space, at.Now())
	w.manager, w.desk = w.person("Max Manager", actor.Manager), w.person("Dana Desk", actor.Desk)
	w.instructor, w.maker = w.person("Ines Instructor", actor.Instructor), w.person("Mika Maker", actor.Member)
	w.h = s.Handler()
	return w
}

// enrolling tells members of plans, and known plans of members, as the house does.
type (
	enrolling struct{ s *Server }
	known     struct{ s *Server }
)

func (e enrolling) Start(ctx context.Context, by actor.Actor, space, member, plan id.ID, p members.Proof) error {
	_, err := e.s.Plans.Subscribe(ctx, by, plans.Start{Space: space, Member: member, Plan: plan, Proof: p.Seen, ProofUntil: p.Until})
	return err
}

// nothing was booked, and nothing is charged.
type nothing struct{}

func (nothing) Teaches(context.Context, id.ID, id.ID, id.ID) (bool, error) { return false, nil }
func (nothing) Paid(_ context.Context, r plans.Run) (plans.Payer, error) {
	return plans.Payer{Member: r.MemberID}, nil
}
func (nothing) Payer(_ context.Context, _, member id.ID) (plans.Payer, error) {
	return plans.Payer{Member: member}, nil
}

func (nothing) Lapse(context.Context, id.ID, id.ID, clock.Instant, bool) error { return nil }
func (nothing) Shown(context.Context, id.ID, id.ID, string, clock.Day) (plans.Shown, error) {
	return plans.Shown{}, nil
}
func (nothing) Unmark(context.Context, id.ID, id.ID) error             { return nil }
func (nothing) Charge(context.Context, plans.Charge) error             { return nil }
func (nothing) Charged(context.Context, id.ID) ([]plans.Charge, error) { return nil, nil }
func (nothing) Reverse(context.Context, id.ID, clock.Day) error        { return nil }

func (k known) Space(ctx context.Context, space id.ID) (plans.Space, error) {
	at, err := k.s.Spaces.Space(ctx, actor.House, space)
	return plans.Space{Slug: at.Slug, Name: at.Name, Zone: at.Location(), Currency: at.Currency}, err
}

func (k known) Person(ctx context.Context, space, member id.ID) (plans.Person, error) {
	p, err := k.s.Members.Person(ctx, actor.House, space, member)
	return plans.Person{ID: member, Name: p.Member.Name, Email: p.Member.Email, Locale: p.Member.Locale}, err
}

func (k known) Names(context.Context, id.ID, []id.ID) (map[id.ID]string, error) { return nil, nil }

// crewPeople tells certifications who somebody is.
type crewPeople struct{ s *Server }

// crewConsent tells consent where.
type crewConsent struct{ s *Server }

func (c crewConsent) Space(ctx context.Context, space id.ID) (consent.Space, error) {
	at, err := c.s.Spaces.Space(ctx, actor.House, space)
	return consent.Space{ID: at.ID, Slug: at.Slug, Name: at.Name, Country: at.Country, Zone: at.Location()}, err
}

func (c crewPeople) Person(ctx context.Context, space, member id.ID) (certifications.Person, error) {
	p, err := c.s.Members.Person(ctx, actor.House, space, member)
	if errors.Is(err, members.ErrNoSuchMember) {
		err = certifications.ErrNoSuchHolder
	}
	return certifications.Person{Name: p.Member.Name, Email: p.Member.Email, Locale: p.Member.Locale, Role: p.Standing.Role}, err
}

func (c crewPeople) Space(context.Context, id.ID) (certifications.Space, error) {
	return certifications.Space{Zone: time.UTC}, nil
}

// crewSheets tells profiles who somebody is; nobody is in the directory.
type crewSheets struct{ s *Server }

func (c crewSheets) Person(ctx context.Context, member id.ID) (profiles.Person, error) {
	who, err := c.s.Members.Actor(ctx, member)
	if errors.Is(err, members.ErrNoSuchMember) {
		err = profiles.ErrNoSuchMember
	}
	return profiles.Person{Name: who.Name, Spaces: who.Roles}, err
}

func (crewSheets) Names(context.Context, id.ID, []id.ID) (map[id.ID]string, error) { return nil, nil }

func (crewSheets) Listed(context.Context, id.ID) ([]id.ID, error) { return nil, nil }

func (crewSheets) IsListed(context.Context, id.ID, id.ID) (bool, error) { return false, nil }

// idle is somebody who has used, booked and learnt nothing.
type idle struct{}

func (idle) Minutes(context.Context, id.ID, id.ID) (certifications.Minutes, error) {
	return certifications.Minutes{}, nil
}

func (idle) LastUse(context.Context, id.ID, id.ID) (map[id.ID]clock.Instant, error) { return nil, nil }

func (idle) Ahead(context.Context, id.ID, id.ID) ([]certifications.Booked, error) { return nil, nil }

func (idle) Cancel(context.Context, id.ID, string) error { return nil }

func (idle) Next(context.Context, []id.ID, clock.Instant) ([]certifications.Course, error) {
	return nil, nil
}

func (idle) Seats(context.Context, id.ID, id.ID) ([]certifications.Course, error) { return nil, nil }

func (w *crew) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *crew) write(sql string, args ...any) {
	w.t.Helper()
	w.must(w.db.Tx(w.t.Context(), func(ctx context.Context) error { return w.db.In(ctx).Exec(sql, args...).Error }))
}

func (w *crew) person(name string, role actor.Role) actor.Actor {
	w.t.Helper()
	ctx := w.t.Context()
	m, err := w.Members.Register(ctx, members.Registration{
		Name: name, Email: strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@example.org", Spaces: []id.ID{w.space},
	})
	w.must(err)
	w.must(w.Members.Confirm(ctx, m.ID))
	w.must(w.Members.SetRole(ctx, actor.House, w.space, m.ID, role))
	a, err := w.Members.Actor(ctx, m.ID)
	w.must(err)
	return a
}

func (w *crew) plan(code string) plans.Plan {
	w.t.Helper()
	p, err := w.Plans.AddPlan(w.t.Context(), actor.House, plans.Plan{
		SpaceID: w.space, Code: code, Name: i18n.Text{EN: strings.ToUpper(code[:1]) + code[1:]}, PriceGroup: "member", PriceMinor: 4900, Currency: "EUR", Renews: true,
	})
	w.must(err)
	return p
}

func (w *crew) kind(code string) certifications.Kind {
	w.t.Helper()
	c, err := w.Certifications.Add(w.t.Context(), actor.House, certifications.Kind{
		SpaceID: w.space, Code: code, Name: i18n.Text{EN: "Laser L1", ZH: "激光 L1"}, ValidDays: 365, Teachers: []id.ID{w.instructor.Member},
	})
	w.must(err)
	return c
}

// get asks for a page as someone.
func (w *crew) get(who actor.Actor, target string) *httptest.ResponseRecorder {
	return w.send(who, httptest.NewRequest(http.MethodGet, target, nil))
}

// fill posts a form as someone: names and values by turns.
func (w *crew) fill(who actor.Actor, target string, fields ...string) *httptest.ResponseRecorder {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return w.send(who, r)
}

func (w *crew) send(who actor.Actor, r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	if who.SignedIn() {
		who.ProvedAt = w.clock.Now()
	}
	w.h.ServeHTTP(answer, r.WithContext(context.WithValue(r.Context(), actorKey, who)))
	return answer
}

// sees demands a page with this status, and gives it.
func (w *crew) sees(answer *httptest.ResponseRecorder, status int) *goquery.Document {
	w.t.Helper()
	if answer.Code != status {
		w.t.Fatalf("%d, want %d: %s", answer.Code, status, answer.Body)
	}
	return page(w.t, answer)
}

// sentTo demands a redirect and gives its address.
func (w *crew) sentTo(answer *httptest.ResponseRecorder) string {
	w.t.Helper()
	if answer.Code != http.StatusSeeOther {
		w.t.Fatalf("%d, want to be sent on: %s", answer.Code, text(page(w.t, answer).Find("main")))
	}
	return answer.Header().Get("Location")
}

// text is what a selection says, with single spaces.
func text(s *goquery.Selection) string { return strings.Join(strings.Fields(s.Text()), " ") }

func TestTheListOfPeopleIsSearchedFilteredAndPaged(t *testing.T) {
	w := staffed(t)
	for i := range 60 {
		w.person(fmt.Sprintf("Person %02d", i), actor.Member)
	}
	list := w.sees(w.get(w.desk, w.at+"/people"), 200)
	if rows := list.Find("tbody tr").Length(); rows != 50 {
		t.Errorf("a page has %d people, want 50", rows)
	}
	if got := text(list.Find(".pager")); !strings.Contains(got, "64 in all") || list.Find(`.numbers a[aria-current="page"]`).Text() != "1" {
		t.Errorf("the pager says %q", got)
	}
	next, _ := list.Find(`.pager a[rel="next"]`).Attr("href")
	if rows := w.sees(w.get(w.desk, next), 200).Find("tbody tr").Length(); rows != 14 {
		t.Errorf("the second page has %d people, want 14", rows)
	}
	found := w.sees(w.get(w.desk, w.at+"/people?q=dana"), 200)
	if got := text(found.Find("tbody th a")); got != "Dana Desk" {
		t.Errorf("dana finds %q", got)
	}
	if got := found.Find(`input[name="q"]`).AttrOr("value", ""); got != "dana" {
		t.Errorf("the field has forgotten %q", got)
	}
	managers, _ := list.Find(`.filters a:contains("Managers")`).Attr("href")
	if got := text(w.sees(w.get(w.desk, managers), 200).Find("tbody th a")); got != "Max Manager" {
		t.Errorf("managers are %q", got)
	}
	nobody := w.sees(w.get(w.desk, w.at+"/people?q=nobody-at-all"), 200)
	if nobody.Find(".empty h2").Length() != 1 || nobody.Find("table").Length() != 0 {
		t.Error("an empty result is not explained")
	}
	sorted := w.sees(w.get(w.desk, w.at+"/people?sort=role"), 200)
	if got := sorted.Find(`th[aria-sort="ascending"]`); text(got) != "Role ▴" {
		t.Errorf("sorted by %q", text(got))
	}
}

func TestWhatAPageOfPeopleOffersIsWhatTheRoleMay(t *testing.T) {
	w := staffed(t)
	for _, c := range []struct {
		who  actor.Actor
		name string
		code int
		csv  int // links to the export
	}{{w.manager, "manager", 200, 1}, {w.desk, "desk", 200, 0}, {w.instructor, "instructor", 403, 0}, {w.maker, "maker", 403, 0}, {actor.Actor{}, "stranger", 303, 0}} {
		answer := w.get(c.who, w.at+"/people")
		if answer.Code != c.code {
			t.Errorf("%s: %d, want %d", c.name, answer.Code, c.code)
		} else if got := page(t, answer).Find(`a[href$="people.csv"]`).Length(); got != c.csv {
			t.Errorf("%s: %d links to the export, want %d", c.name, got, c.csv)
		}
	}
	if got := w.get(w.desk, w.at+"/people.csv").Code; got != 403 {
		t.Errorf("the desk exports: %d", got)
	}
	csv := w.get(w.manager, w.at+"/people.csv?q=mika")
	if body := csv.Body.String(); csv.Code != 200 || strings.Count(body, "\r\n") != 2 || !strings.Contains(body, "Mika Maker") ||
		!strings.Contains(csv.Header().Get("Content-Disposition"), "people-harbour-2026-11-23.csv") {
		t.Errorf("the export of what is seen: %d %q", csv.Code, csv.Body)
	}
}

func TestThePersonPageShowsAndChangesAPerson(t *testing.T) {
	w := staffed(t)
	laser, maker := w.kind("laser-l1"), w.plan("maker")
	at := w.at + "/people/" + w.maker.Member.String()

	doc := w.sees(w.get(w.manager, at), 200)
	if doc.Find("h1").Text() != "Mika Maker" || doc.Find(".stamp").Length() != 0 {
		t.Errorf("the page of %q", doc.Find("h1").Text())
	}
	w.sentTo(w.fill(w.manager, at+"/certifications", "certification", laser.ID.String(), "note", "Passed."))
	doc = w.sees(w.get(w.manager, at), 200)
	if got := text(doc.Find(".stamp")); !strings.Contains(got, "Laser L1 until") {
		t.Errorf("the stamp says %q", got)
	}
	again := w.sees(w.fill(w.manager, at+"/certifications", "certification", laser.ID.String(), "note", "Twice."), 409)
	if got := again.Find(`input[name="note"]`).AttrOr("value", ""); got != "Twice." || again.Find("details[open] .alert.bad").Length() != 1 {
		t.Errorf("a refused form is shown with the note %q and %d alerts", got, again.Find("details[open] .alert.bad").Length())
	}
	grant, _ := doc.Find(`#certifications a[href*="/certifications/"]`).Attr("href")
	w.sees(w.get(w.manager, grant), 200)
	refused := w.sees(w.fill(w.manager, grant+"/revoke", "reason", " "), 422)
	if refused.Find("#reason-error").Length() != 1 || refused.Find(`#reason[aria-invalid="true"]`).Length() != 1 {
		t.Error("the missing reason is not said at its field")
	}
	w.sees(w.fill(w.manager, grant+"/revoke", "reason", "No.", "bookings", "burn"), 422)
	w.sentTo(w.fill(w.manager, grant+"/revoke", "reason", "The test was someone else’s.", "bookings", "cancel"))
	if got := text(w.sees(w.get(w.manager, at+"/stamps"), 200).Find(".stampbook")); !strings.Contains(got, "someone else’s") {
		t.Errorf("the stamps say %q", got)
	}
	if got := text(w.sees(w.get(w.manager, at), 200).Find("details .stamp.bad")); !strings.Contains(got, "taken back") {
		t.Errorf("after it was taken back: %q", got)
	}

	w.sentTo(w.fill(w.desk, at+"/membership/start", "plan", maker.ID.String()))
	doc = w.sees(w.get(w.desk, at), 200)
	if got := text(doc.Find("#membership .plate")); !strings.Contains(got, "Maker") || !strings.Contains(got, "€49.00") {
		t.Errorf("the membership says %q", got)
	}
	end, _ := doc.Find(`form[action$="/end"]`).Attr("action")
	w.clock.Advance(time.Hour)
	w.sentTo(w.fill(w.desk, end))
	if got := w.sees(w.get(w.desk, at), 200).Find("#membership .plate").Length(); got != 0 {
		t.Error("the plan still runs")
	}

	w.sentTo(w.fill(w.manager, at+"/suspend", "reason", "Left the laser running."))
	doc = w.sees(w.get(w.desk, at), 200)
	if got := text(doc.Find(".alert.bad")); !strings.Contains(got, "Left the laser running.") || doc.Find(`form[action$="/reinstate"]`).Length() != 0 {
		t.Errorf("the desk sees %q, and whether it may reinstate", got)
	}
	w.sentTo(w.fill(w.manager, at+"/reinstate"))

	w.sentTo(w.fill(w.manager, at+"/role", "role", "instructor"))
	if got := w.sees(w.fill(w.manager, at+"/role", "role", "owner"), 403); got.Find("#role-error").Length() != 1 || got.Find(`option[value="owner"]`).Length() != 0 {
		t.Error("a role too high is not refused at its field")
	}
}

func TestTheDeskBooksForAPersonFromTheirPage(t *testing.T) {
	w := staffed(t)
	area, err := w.Equipment.AddArea(t.Context(), actor.House, w.space, equipment.AreaDetails{Slug: "laser", Name: i18n.Text{EN: "Laser"}, Family: equipment.Laser})
	w.must(err)
	for slug, bookable := range map[string]bool{"laser-a": true, "locker": false} {
		_, err = w.Equipment.Add(t.Context(), actor.House, w.space, equipment.Details{
			AreaID: area.ID, Slug: slug, Type: equipment.Machine, Kind: slug, Name: i18n.Text{EN: slug}, Units: 1, Sharing: equipment.Units, Bookable: bookable,
		})
		w.must(err)
	}
	at := w.at + "/people/" + w.maker.Member.String()
	links := w.sees(w.get(w.desk, at), 200).Find(".things a")
	if got, want := links.AttrOr("href", ""), w.at+"/machines/laser-a/book?for="+w.maker.Member.String(); links.Length() != 1 || got != want {
		t.Errorf("%d links, the first to %q, want one to %q", links.Length(), got, want)
	}
	if got := w.sees(w.get(w.maker, at), 200).Find(".things").Length(); got != 0 {
		t.Error("a maker is offered to book for themselves as if for another")
	}
}

func TestTwoWhoEditAPersonAtOnceAreTold(t *testing.T) {
	w := staffed(t)
	at := w.at + "/people/" + w.maker.Member.String()
	version := w.sees(w.get(w.manager, at), 200).Find(`input[name="version"]`).AttrOr("value", "")
	w.sentTo(w.fill(w.manager, at, "name", "Mika M.", "phone", "0421 123456", "locale", "zh-CN", "version", version))
	stale := w.sees(w.fill(w.manager, at, "name", "Mika X.", "locale", "en", "version", version), 409)
	if got := stale.Find(`input[name="name"]`).AttrOr("value", ""); got != "Mika X." {
		t.Errorf("what was typed is lost: %q", got)
	}
	if got := stale.Find("h1").Text(); got != "Mika M." {
		t.Errorf("the page shows %q, want how it is now", got)
	}
	bad := w.sees(w.fill(w.manager, at, "name", "", "phone", "x", "locale", "en", "version", "2"), 422)
	if bad.Find("#name-error").Length() != 1 || bad.Find("#phone-error").Length() != 1 || bad.Find(`.alert a[href="#phone"]`).Length() != 1 {
		t.Error("two mistakes are not said at two fields and on top")
	}
}

func TestTheDeskIsShownOfAProfileWhatItMayChange(t *testing.T) {
	w := staffed(t)
	maker, manager := w.at+"/people/"+w.maker.Member.String(), w.at+"/people/"+w.manager.Member.String()
	doc := w.sees(w.get(w.desk, maker), 200)
	if doc.Find(`#contact [name="name"], #contact [name="locale"]`).Length() != 0 || doc.Find(`#contact [name="phone"]`).Length() != 1 {
		t.Error("the desk is shown more than the phone")
	}
	version := doc.Find(`#contact [name="version"]`).AttrOr("value", "")
	w.sentTo(w.fill(w.desk, maker, "phone", "0421 123456", "version", version))
	doc = w.sees(w.get(w.desk, maker), 200)
	if doc.Find("h1").Text() != "Mika Maker" || !strings.Contains(text(doc.Find("#contact")), "0421 123456") {
		t.Errorf("afterwards it is %q: %s", doc.Find("h1").Text(), text(doc.Find("#contact")))
	}
	version = doc.Find(`#contact [name="version"]`).AttrOr("value", "")
	w.sees(w.fill(w.desk, maker, "name", "Mika X.", "version", version), 403)
	if got := w.sees(w.get(w.desk, manager), 200).Find("#contact form").Length(); got != 0 {
		t.Error("the desk is offered to change the manager")
	}
	w.sees(w.fill(w.desk, manager, "phone", "0421 123456", "version", "1"), 403)
}

func TestTheDeskAddsAPerson(t *testing.T) {
	w := staffed(t)
	w.plan("maker")
	doc := w.sees(w.fill(w.desk, w.at+"/people", "name", strings.Repeat("n", 201), "email", "nobody", "phone", "", "locale", "en"), 422)
	if doc.Find("#name-error, #email-error").Length() != 2 || doc.Find(`#email`).AttrOr("value", "") != "nobody" {
		t.Error("the form does not come back with its mistakes")
	}
	to := w.sentTo(w.fill(w.desk, w.at+"/people", "name", "陈力", "email", "chenli@example.cn", "locale", "zh-CN"))
	if got := w.sees(w.get(w.desk, to), 200).Find("h1").Text(); got != "陈力" {
		t.Errorf("sent to the page of %q", got)
	}
	w.sees(w.fill(w.desk, w.at+"/people", "name", "Twice", "email", "CHENLI@example.cn", "locale", "en"), 409)
}

func TestNobodySeesThePageOfAStranger(t *testing.T) {
	w := staffed(t)
	for name, target := range map[string]string{
		"someone else": "/people/" + w.desk.Member.String(), "nobody": "/people/" + id.New().String(), "nonsense": "/people/xyz",
	} {
		if got := w.get(w.maker, w.at+target).Code; got != 404 {
			t.Errorf("%s: %d, want 404", name, got)
		}
	}
	if got := w.sees(w.get(w.maker, w.at+"/people/"+w.maker.Member.String()), 200); got.Find(`form[action$="/suspend"], form[action$="/role"], form[action$="/certifications"]`).Length() != 0 {
		t.Error("a maker is offered to change their own standing")
	}
}

func TestOnlyRolesThatMayBeGivenAreOffered(t *testing.T) {
	w := staffed(t)
	roles := func(of actor.Actor) string {
		return text(w.sees(w.get(w.manager, w.at+"/people/"+of.Member.String()), 200).Find("#standing select"))
	}
	if got := roles(w.maker); got != "Member Instructor Front desk" && got != "MemberInstructorFront desk" {
		t.Errorf("a manager is offered %q", got)
	}
	if got := roles(w.person("Olga Owner", actor.Owner)); got != "" {
		t.Errorf("for an owner a manager is offered %q", got)
	}
}

func TestAPageBehindTheLastLeadsToIt(t *testing.T) {
	w := staffed(t)
	doc := w.sees(w.get(w.manager, w.at+"/people?page=9999"), 200)
	if got, _ := doc.Find(".empty a").Attr("href"); got != w.at+"/people?page=1" {
		t.Errorf("it leads to %q", got)
	}
}

func TestANewSpaceIsToldWhatComesNextUntilOthersAreThere(t *testing.T) {
	w := staffed(t)
	queue, err := jobs.New(w.db, w.clock, nil)
	w.must(err)
	w.Jobs = queue
	w.write("DELETE FROM standings WHERE member_id <> ?", w.manager.Member)
	if got := w.sees(w.get(w.manager, w.at+"/today"), 200).Find(".begin a").Length(); got != 4 {
		t.Errorf("%d steps, want 4", got)
	}
	w.person("Second", actor.Member)
	if w.sees(w.get(w.manager, w.at+"/today"), 200).Find(".begin").Length() != 0 {
		t.Error("the steps stay")
	}
}
