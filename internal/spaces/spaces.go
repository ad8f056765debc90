// Package spaces is what a makerspace is before anyone comes in: its name and
// address, its zone and currency, when it is open, and the blueprint it was set
// up from. It owns the first set-up with its one-time token. It does not own
// people, plans or machines: a blueprint only describes those, and the app has
// their owners make them.
package spaces

import (
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// The refusals of this package.
var (
	ErrNoSuchSpace   = fault.NotFound("spaces.none", "There is no such space.")
	ErrNoSuchHoliday = fault.NotFound("spaces.no_holiday", "There is no such special day. Someone may have removed it.")
	ErrStale         = fault.Conflict("spaces.stale", "Someone changed this meanwhile. Here is how it is now; make your change again.")
	ErrSlugTaken     = fault.Invalid("slug", "spaces.slug_taken", "Another space has this address. Choose another.")
	ErrPriced        = fault.Invalid("currency", "spaces.priced", "Prices, plans or bookings are in {{.Currency}}. Take the prices away and make the plans free first; once something was booked, the currency stays, and another one needs a space of its own.")
	ErrDayTaken      = fault.Invalid("day", "spaces.day_taken", "This day is on the list already. Remove it first.")

	errName      = fault.Invalid("name", "spaces.name", "Give the space a name of at most 80 characters, in one language at least.")
	errAbout     = fault.Invalid("about", "spaces.about", "Keep this under 2,000 characters.")
	errSlug      = fault.Invalid("slug", "spaces.slug", "Use 2 to 40 small letters, digits and hyphens.")
	errBlueprint = fault.Invalid("blueprint", "spaces.blueprint", "Choose one of the blueprints.")
	errCountry   = fault.Invalid("country", "spaces.country", "Choose a country.")
	errZone      = fault.Invalid("zone", "spaces.zone", "Choose a time zone by its place, such as Europe/Berlin.")
	errCurrency  = fault.Invalid("currency", "spaces.currency", "Choose a currency by its three letters, such as EUR.")
	errAddress   = fault.Invalid("address", "spaces.address", "Keep the address under 300 characters.")
	errEmail     = fault.Invalid("email", "spaces.email", "This is not an e-mail address.")
	errPhone     = fault.Invalid("phone", "spaces.phone", "Use digits, spaces and + - ( ), 40 characters at most.")
)

// Space is one makerspace. Zone is an IANA name, Currency an ISO 4217 code,
// Country an ISO 3166-1 code of two letters. Version counts the changes, for
// whoever edits a copy that has grown old; opening hours count too.
type Space struct {
	ID        id.ID
	Slug      string
	Name      i18n.Text
	About     i18n.Text
	Headline  i18n.Text     // over its public page
	Sections  list[Section] // of that page, in order
	Streams   list[Stream]  // of income, switched on
	Blueprint string
	Country   string
	Address   string
	Email     string
	Phone     string
	Zone      string
	Currency  string
	Position  int
	CreatedAt clock.Instant
	Version   int
}

// Location is the space's zone; UTC if the machine does not know it.
func (s Space) Location() *time.Location {
	if z, ok := locations.Load(s.Zone); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(s.Zone)
	if err != nil {
		return time.UTC
	}
	locations.Store(s.Zone, z)
	return z
}

// locations are the zones that were loaded, by name: loading one reads a file.
var locations sync.Map

// Details is what a manager can change about a space. Version is that of the
// copy they changed.
type Details struct {
	Version  int
	Name     i18n.Text
	About    i18n.Text
	Slug     string
	Country  string
	Address  string
	Email    string
	Phone    string
	Zone     string
	Currency string
}

var (
	slugShape  = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])$`)
	emailShape = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	phoneShape = regexp.MustCompile(`^[0-9 +()/.-]*$`)
)

// tidy trims what people type around their words.
func (d Details) tidy() Details {
	for _, s := range []*string{
		&d.Name.EN, &d.Name.ZH, &d.About.EN, &d.About.ZH, &d.Slug, &d.Country, &d.Address, &d.Email, &d.Phone, &d.Zone, &d.Currency,
	} {
		*s = strings.TrimSpace(*s)
	}
	return d
}

// check says everything that can't be so.
func (d Details) check() error {
	var wrong fault.Many
	if d.Name.Empty() || longer(d.Name, 80) {
		wrong.Add(errName)
	}
	if !d.Name.Line() {
		wrong.Add(i18n.ErrLine)
	}
	if longer(d.About, 2000) {
		wrong.Add(errAbout)
	}
	if !slugShape.MatchString(d.Slug) {
		wrong.Add(errSlug)
	}
	if region, err := language.ParseRegion(d.Country); err != nil || !region.IsCountry() || len(d.Country) != 2 {
		wrong.Add(errCountry)
	}
	if !validZone(d.Zone) {
		wrong.Add(errZone)
	}
	if !validCurrency(d.Currency) {
		wrong.Add(errCurrency)
	}
	if utf8.RuneCountInString(d.Address) > 300 {
		wrong.Add(errAddress)
	}
	if d.Email != "" && (len(d.Email) > 254 || !emailShape.MatchString(d.Email)) {
		wrong.Add(errEmail)
	}
	if len(d.Phone) > 40 || !phoneShape.MatchString(d.Phone) {
		wrong.Add(errPhone)
	}
	return wrong.Err()
}

// validZone takes places only: "Local", "" and "UTC+1" name no place's rules.
func validZone(name string) bool {
	if name == "" || name == "Local" {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

func longer(t i18n.Text, n int) bool {
	return utf8.RuneCountInString(t.EN) > n || utf8.RuneCountInString(t.ZH) > n
}

func validCurrency(code string) bool {
	unit, err := currency.ParseISO(code)
	return err == nil && unit.String() == code
}
