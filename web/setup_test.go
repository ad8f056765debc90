package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"guildhall/internal/spaces"
	"guildhall/internal/testkit"
)

func TestWhoComesBeforeTheSetUpIsToldWhereItsLinkIs(t *testing.T) {
	s := house(t)
	s.Spaces = spaces.New(testkit.DB(t), s.Clock, nil, nil, nil, nil)
	h := s.Handler()
	if to := ask(h, http.MethodGet, "/").Header().Get("Location"); to != "/setup" {
		t.Errorf("/ leads to %q", to)
	}
	w := ask(h, http.MethodGet, "/setup")
	doc := page(t, w)
	if got := text(doc.Find("main")); w.Code != http.StatusOK || !strings.Contains(got, "Nothing is set up yet") {
		t.Errorf("%d: %q", w.Code, got)
	}
	if doc.Find("a[href^='/sign-in']").Length() != 0 {
		t.Error("nobody can sign in yet, and a link says so")
	}
	if got := ask(h, http.MethodGet, "/setup?token=guess").Code; got != http.StatusForbidden {
		t.Errorf("a wrong link: %d", got)
	}
}

func TestTheZoneAndTheMoneyFollowTheCountryWithoutAScript(t *testing.T) {
	for name, c := range map[string]struct{ filled, country, zone, money, wantZone, wantMoney string }{
		"left as they were filled in": {"GB", "CN", "Europe/London", "GBP", "Asia/Shanghai", "CNY"},
		"chosen by hand":              {"GB", "CN", "Asia/Urumqi", "EUR", "Asia/Urumqi", "EUR"},
		"the same country":            {"GB", "GB", "Europe/London", "GBP", "Europe/London", "GBP"},
		"nothing known of the reader": {"", "DE", "", "", "Europe/Berlin", "EUR"},
	} {
		form := url.Values{"filled": {c.filled}, "country": {c.country}, "zone": {c.zone}, "currency": {c.money}}
		r := httptest.NewRequest(http.MethodPost, "/setup", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if _, n, _ := readSetup(echo.New().NewContext(r, nil)); n.Zone != c.wantZone || n.Currency != c.wantMoney {
			t.Errorf("%s: %s and %s, want %s and %s", name, n.Zone, n.Currency, c.wantZone, c.wantMoney)
		}
	}
}
