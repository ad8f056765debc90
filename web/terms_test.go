package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"guildhall/internal/clock"
)

// ownHouse is a demo that nobody else is in.
func ownHouse(t *testing.T) string {
	t.Helper()
	server, err := furnished(t.TempDir(), clock.Frozen(afternoon))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server.URL
}

// sets sends the plain rules of a page with these changed.
func (p person) sets(at string, changed map[string]string) {
	p.Helper()
	form := filled(p.shown(at).Find(`form[action="` + at + `"]`))
	for name, value := range changed {
		form.Set(name, value)
	}
	if page, status, to := p.post(at, form); status != http.StatusSeeOther || to != at {
		p.Fatalf("saving the rules of %s: %d to %q: %s", at, status, to, text(page.Find(".alert")))
	}
}

func TestAManagerChangesTheCancelNoticeOfTheSpace(t *testing.T) {
	house := ownHouse(t)
	manager, maker := visitorAt(t, house).as("manager"), visitorAt(t, house).as("maker")
	at := manager.shown("/s/harbour/rules").Find(`main a[href$="/rules/space"]`).AttrOr("href", "")
	if got := manager.shown(at).Find("#cancel").AttrOr("value", ""); got != "120" {
		t.Errorf("the notice is %q, want 120", got)
	}
	manager.sets(at, map[string]string{"cancel": "15"})
	if got := text(manager.shown("/s/harbour/rules").Find(".sentences").First()); !strings.Contains(got, "Cancel at least 15 min before") {
		t.Errorf("the rules of the space read %q", got)
	}
	booked := maker.books("/s/harbour/machines/sewing/book?day=2027-02-10&length=30&start=17:00")
	if page, status, _ := maker.post(booked+"/cancel", nil); status != http.StatusSeeOther {
		t.Errorf("cancelling an hour and a half before: %d %s", status, text(page.Find(".alert")))
	}
}

func TestRulesOfAnAreaAndAKindAreReadOnTheMachine(t *testing.T) {
	house := ownHouse(t)
	manager := visitorAt(t, house).as("manager")
	laser := manager.shown("/s/harbour/machines/laser-a").Find(`main a[href$="/rules"]`).AttrOr("href", "")
	area := manager.shown("/s/harbour/rules").Find(`main a[href*="/rules/area-"]`).First().AttrOr("href", "")
	const kind = "/s/harbour/rules/kind-co2-laser-100w"
	manager.sets(kind, map[string]string{"outstanding": "3"})
	add := url.Values{"measure": {"people"}, "value": {"2"}, "hours": {"19:00–21:00"}, "day": {"5"}}
	if page, status, to := manager.post(area+"/add", add); status != http.StatusSeeOther || to != area {
		t.Fatalf("adding a rule to the area: %d %s", status, text(page.Find(".alert")))
	}
	for _, at := range []string{laser, "/s/harbour/machines/laser-a"} {
		page := manager.shown(at)
		for href, want := range map[string]string{
			kind: "3 bookings ahead for each person", area: "At least 2 people present · on Fri · between 19:00 and 21:00", "/s/harbour/rules/space": "Cancel at least 2 h before",
		} {
			if got := text(page.Find(`main li:has(a[href="` + href + `"])`)); !strings.Contains(got, want) {
				t.Errorf("%s: beside the link to %s stands %q, want %q", at, href, got, want)
			}
		}
	}
	if n := visitorAt(t, house).shown("/s/harbour/machines/laser-a").Find(`main a[href*="/rules"]`).Length(); n != 0 {
		t.Errorf("a visitor is led to %d pages of rules", n)
	}
	remove := manager.shown(area).Find("#further form[action$='/remove']").AttrOr("action", "")
	if _, status, to := manager.post(remove, nil); status != http.StatusSeeOther || to != area {
		t.Fatalf("removing it: %d to %q", status, to)
	}
	if got := text(manager.shown(laser).Find("main")); strings.Contains(got, "between 19:00 and 21:00") {
		t.Error("it is still read on the laser")
	}
	for _, at := range []string{"/s/harbour/rules/kind-flying-carpet", "/s/harbour/rules/area-nowhere", "/s/harbour/rules/spaceship"} {
		if _, status, _ := manager.get(at); status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", at, status)
		}
	}
}

func TestWholeDaysFixedStartsAndWhatComesFirstAreSetOnThePage(t *testing.T) {
	p := signedIn(t, "manager")
	first, at := p.machine("Finishing room"), p.machine("Finishing bench")+"/rules"
	room := first[strings.LastIndexByte(first, '/')+1:]
	for _, c := range []struct {
		set  map[string]string
		want string
	}{
		{map[string]string{"starts": "13, 9:30"}, "Starts at 09:30, 13:00, in steps of 30 min"},
		{map[string]string{"starts": "09:00、13:00", "step": "15"}, "Starts at 09:00, 13:00, in steps of 15 min"},
		{map[string]string{"starts": "", "step": "", "whole_days": "on", "first": room}, "By the whole day"},
		{map[string]string{"starts": "", "step": "", "whole_days": "on", "first": room}, "Only together with a booking of Finishing room"},
	} {
		p.sets(at, c.set)
		page := p.shown(at)
		if got := text(page.Find(".sentences").First()); !strings.Contains(got, c.want) {
			t.Errorf("%v reads %q, want %q", c.set, got, c.want)
		}
		if form := filled(page.Find(`form[action="` + at + `"]`)); form.Get("first") != c.set["first"] || form.Get("whole_days") != c.set["whole_days"] {
			t.Errorf("%v comes back as %v", c.set, form)
		}
	}
	for field, set := range map[string]url.Values{"step": {"whole_days": {"on"}, "step": {"15"}}, "starts": {"starts": {"noon"}}} {
		if page, status, _ := p.post(at, set); status != http.StatusUnprocessableEntity || page.Find("#"+field+"-error").Length() != 1 {
			t.Errorf("%v: %d", set, status)
		}
	}
	for measure, want := range map[string]string{"starts": "Starts at 10:00, in steps of 1 h · on Sat", "whole_days": "By the whole day · on Sat", "first_" + room: "Only together with a booking of Finishing room · on Sat"} {
		if page, status, _ := p.post(at+"/add", url.Values{"measure": {measure}, "value": {"10:00"}, "day": {"6"}}); status != http.StatusSeeOther {
			t.Errorf("adding %s: %d %s", measure, status, text(page.Find(".alert")))
		} else if got := text(p.shown(at).Find("#further .sentences")); !strings.Contains(got, want) {
			t.Errorf("%s reads %q, want %q", measure, got, want)
		}
	}
}
