package i18n

import (
	"slices"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/currency"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Country is a country or territory by its ISO 3166-1 code, named in the reader's language.
type Country struct{ Code, Name string }

// Countries are all of them, in the order of the reader's language.
func (p Printer) Countries() []Country { return countriesIn()[p.Locale] }

var countriesIn = sync.OnceValue(func() map[string][]Country {
	all := map[string][]Country{}
	for _, locale := range Locales {
		tag := language.MustParse(locale)
		names := display.Regions(tag)
		var list []Country
		for a := 'A'; a <= 'Z'; a++ {
			for b := 'A'; b <= 'Z'; b++ {
				code := string(a) + string(b)
				region, err := language.ParseRegion(code)
				if err != nil || !region.IsCountry() || notPlaces[code] || region.Canonicalize() != region || region.String() != code {
					continue
				}
				if name := names.Name(region); name != "" {
					list = append(list, Country{code, name})
				}
			}
		}
		order := collate.New(tag)
		slices.SortFunc(list, func(a, b Country) int { return order.CompareString(a.Name, b.Name) })
		all[locale] = list
	}
	return all
})

// notPlaces have a code and are no country: the Eurozone and the United Nations.
var notPlaces = map[string]bool{"EZ": true, "UN": true}

// MoneyOf is the currency that is paid with in a country; "" if that is not known.
func MoneyOf(country string) string {
	region, err := language.ParseRegion(country)
	if err != nil {
		return ""
	}
	unit, ok := currency.FromRegion(region)
	if !ok {
		return ""
	}
	return unit.String()
}

// Home is the country that an Accept-Language header speaks of, best guess, and
// the currency that is paid with there; both are empty if it names none.
func Home(accept string) (country, money string) {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return "", ""
	}
	region, _ := tags[0].Region()
	if unit, ok := currency.FromRegion(region); ok && region.IsCountry() {
		return region.String(), unit.String()
	}
	return "", ""
}
