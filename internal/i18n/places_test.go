package i18n_test

import (
	"slices"
	"testing"

	"guildhall/internal/i18n"
)

func TestCountriesAreNamedInTheReadersLanguage(t *testing.T) {
	for locale, want := range map[string]string{"en": "Germany", "zh-CN": "德国"} {
		all := i18n.For(locale).Countries()
		if len(all) < 240 || len(all) > 260 {
			t.Errorf("%s: %d countries", locale, len(all))
		}
		at := slices.IndexFunc(all, func(c i18n.Country) bool { return c.Code == "DE" })
		if at < 0 || all[at].Name != want {
			t.Errorf("%s: Germany is not %s", locale, want)
		}
	}
	for _, c := range i18n.For("en").Countries() {
		if c.Code == "UN" || c.Code == "EZ" {
			t.Errorf("%s is offered as a country", c.Name)
		}
	}
	if first := i18n.For("en").Countries()[0].Name; first != "Afghanistan" {
		t.Errorf("the first is %s", first)
	}
}

func TestACountryHasItsMoney(t *testing.T) {
	for country, want := range map[string]string{"CN": "CNY", "DE": "EUR", "": "", "XX": "", "nowhere": ""} {
		if got := i18n.MoneyOf(country); got != want {
			t.Errorf("%q pays with %q, want %q", country, got, want)
		}
	}
}

func TestABrowserSaysWhereItIs(t *testing.T) {
	for accept, want := range map[string][2]string{
		"de-DE,de;q=0.9": {"DE", "EUR"}, "zh-CN,zh;q=0.9": {"CN", "CNY"}, "en-GB": {"GB", "GBP"}, "zh": {"CN", "CNY"}, "": {"", ""}, ";;": {"", ""},
	} {
		if country, money := i18n.Home(accept); [2]string{country, money} != want {
			t.Errorf("%q is in %s and pays with %s, want %v", accept, country, money, want)
		}
	}
}
