package web_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// hrefs are where the links of a part of the page lead.
func hrefs(s *goquery.Selection) []string {
	return s.Map(func(_ int, a *goquery.Selection) string { return a.AttrOr("href", "") })
}

func TestEveryoneFindsTheirPagesInTheMenu(t *testing.T) {
	for who, want := range map[string][]string{
		"maker":      {"/", "/s/harbour/machines", "/bookings", "/s/harbour/events", "/me"},
		"instructor": {"/s/harbour/today", "/s/harbour/events", "/s/harbour/equipment"},
		"desk":       {"/s/harbour/today", "/s/harbour/people", "/s/harbour/events", "/s/harbour/equipment"},
		"manager":    {"/s/harbour/people", "/s/harbour/events", "/s/harbour/equipment", "/s/harbour/hours"},
	} {
		p := signedIn(t, who)
		page := p.shown("/s/harbour/machines")
		got := hrefs(page.Find(".rail > ul > li:not(.more) a"))
		for _, at := range want {
			if !slices.Contains(got, at) {
				t.Errorf("%s does not find %s among %s", who, at, strings.Join(got, " "))
			}
		}
		for _, at := range got {
			p.shown(at)
		}
		if n := page.Find(".rail > ul > li:not(.wide)").Length(); n > 5 {
			t.Errorf("on a phone %s has %d items", who, n)
		}
		if more := hrefs(page.Find(".rail .more a")); len(got) > 5 && !slices.Equal(more, hrefs(page.Find(".rail .wide a"))) {
			t.Errorf("behind \"More\" %s finds %v", who, more)
		}
	}
}

func TestWhoIsInTwoSpacesGoesOverFromTheTopBar(t *testing.T) {
	owner := signedIn(t, "owner")
	doors := hrefs(owner.shown("/s/harbour/today").Find(".bar .spaces a"))
	if len(doors) != 2 || !slices.Contains(doors, "/s/harbour/today") {
		t.Fatalf("the owner of both goes over to %v", doors)
	}
	for _, at := range doors {
		owner.shown(at)
	}
	if n := signedIn(t, "member001").shown("/s/harbour/machines").Find(".spaces").Length(); n != 0 {
		t.Error("who is in one space is offered others")
	}
}

func TestFailedMessagesAreFoundUnderSetup(t *testing.T) {
	p := signedIn(t, "manager")
	if p.shown("/s/harbour/hours").Find(`main a[href="/jobs"]`).Length() != 1 {
		t.Error("the set-up does not lead to them")
	}
	if p.shown("/jobs").Find(`main a[aria-current][href="/jobs"]`).Length() != 1 {
		t.Error("they do not stand under the set-up")
	}
}
