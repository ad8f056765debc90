package spaces

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"math/big"

	"golang.org/x/text/currency"

	"guildhall/internal/i18n"
	"guildhall/internal/money"
)

// Blueprint is what a new space is set up from: enough that it works the same
// day, all of it the space's to change afterwards.
type Blueprint struct {
	Slug           string          `json:"slug"`
	Name           i18n.Text       `json:"name"`
	About          i18n.Text       `json:"about"`
	Headline       i18n.Text       `json:"headline"`       // over the public page
	Sections       list[Section]   `json:"sections"`       // of the public page, in order
	Streams        list[Stream]    `json:"streams"`        // of income, switched on
	House          HouseRules      `json:"house,omitzero"` // the rules of the whole space
	Plans          []Plan          `json:"plans"`
	Rates          []Rate          `json:"rates,omitempty"`
	Areas          []Area          `json:"areas"`
	Certifications []Certification `json:"certifications"`
	Resources      []Resource      `json:"resources"`
}

// Plan is a plan to begin with. Group is which prices its holders pay.
type Plan struct {
	Code      string    `json:"code"`
	Name      i18n.Text `json:"name"`
	Group     string    `json:"group"`
	About     i18n.Text `json:"about,omitzero"`
	KeyHolder bool      `json:"key_holder,omitempty"`
	Price     Worth     `json:"price"` // a period; where FreePrice, what is suggested

	Period     string      `json:"period,omitempty"`  // day | week | month | year; empty: month
	Count      int         `json:"count,omitempty"`   // of them in a period; 0: one
	Ends       bool        `json:"ends,omitempty"`    // after one period, unless renewed by hand
	Prices     []PlanPrice `json:"prices,omitempty"`  // for groups of buyers
	Setup      Worth       `json:"setup,omitempty"`   // once
	Deposit    Worth       `json:"deposit,omitempty"` // once, and given back
	FreePrice  bool        `json:"free_price,omitempty"`
	Floor      Worth       `json:"floor,omitempty"`
	MinPeriods int         `json:"min_periods,omitempty"`
	NoticeDays int         `json:"notice_days,omitempty"`
	TrialDays  int         `json:"trial_days,omitempty"`
	Audience   string      `json:"audience,omitempty"` // everyone | concession | staff | invitation; empty: everyone
	Approval   bool        `json:"approval,omitempty"` // the staff says yes first
	Most       int         `json:"most,omitempty"`     // at once; 0: no limit
	PauseDays  int         `json:"pause_days,omitempty"`
	PauseMost  int         `json:"pause_longest,omitempty"`
	Includes   Includes    `json:"includes,omitzero"`
}

// PlanPrice is what a group of buyers pays for a period.
type PlanPrice struct {
	Group string `json:"group"` // student, concession, …
	Price Worth  `json:"price"`
}

// Includes is what a plan includes; what is left out limits nothing and adds nothing.
type Includes struct {
	Kinds    []string `json:"kinds,omitempty"`    // of resources; none: all
	Weekdays []int    `json:"weekdays,omitempty"` // 1 is Monday; none: all
	From     int      `json:"from,omitempty"`     // hours of the day
	To       int      `json:"to,omitempty"`
	Ahead    int      `json:"ahead,omitempty"`   // days
	Minutes  int      `json:"minutes,omitempty"` // at machines, each period
	Guests   int      `json:"guests,omitempty"`
	Seats    int      `json:"seats,omitempty"`   // for a team
	Network  bool     `json:"network,omitempty"` // welcome in the other spaces of the installation
}

// Rate is what a group of prices pays for every resource, in percent of what
// everyone pays. Guests pay that itself, members what each resource says.
type Rate struct {
	Group   string `json:"group"`
	Percent int    `json:"percent"`
}

// Area is a work area to begin with.
type Area struct {
	Slug   string    `json:"slug"`
	Name   i18n.Text `json:"name"`
	Family string    `json:"family"`
}

// Certification is a kind of certification to begin with.
type Certification struct {
	Code      string    `json:"code"`
	Name      i18n.Text `json:"name"`
	About     i18n.Text `json:"about"`
	ValidDays int       `json:"valid_days,omitempty"` // 0, as ValidMonths: for ever
	// ValidMonths are of the calendar, instead of ValidDays.
	ValidMonths int    `json:"valid_months,omitempty"`
	Ladder      string `json:"ladder,omitempty"` // what it is a level of
	Level       int    `json:"level,omitempty"`
	DisuseDays  int    `json:"disuse_days,omitempty"` // unused for so long it ends
	PassMark    int    `json:"pass_mark,omitempty"`   // of 100
	Hours       int    `json:"hours,omitempty"`       // on machines, asked before it
	// HoursOn are the kinds of resource on which they count; none: on all that ask for a certification.
	HoursOn []string `json:"hours_on,omitempty"`
	// Requires are the codes of what is asked before it: one of each group.
	Requires [][]string `json:"requires,omitempty"`
	// LeadsTo are the codes of what it comes with, though no resource asks for it.
	LeadsTo []string `json:"leads_to,omitempty"`
}

// Resource is a machine, desk or room to begin with. Area, Parent and
// Certifications name others of the blueprint by slug and code.
type Resource struct {
	Slug           string     `json:"slug"`
	Area           string     `json:"area"`
	Parent         string     `json:"parent,omitempty"`
	Type           string     `json:"type"`
	Kind           string     `json:"kind,omitempty"` // empty: the slug
	Name           i18n.Text  `json:"name"`
	About          i18n.Text  `json:"about,omitzero"`
	Materials      i18n.Text  `json:"materials,omitzero"`
	Hazards        i18n.Text  `json:"hazards,omitzero"`
	Units          int        `json:"units,omitempty"`   // 0: one
	Sharing        string     `json:"sharing,omitempty"` // empty: units
	Fixed          bool       `json:"fixed,omitempty"`   // let in another way than by booking
	Certifications [][]string `json:"certifications,omitempty"`
	Rules          Rules      `json:"rules,omitzero"`
	Prices         []Price    `json:"prices,omitempty"`
}

// Rules are the booking rules to begin with, in minutes and days; zero sets none.
type Rules struct {
	Step   int `json:"step,omitempty"`
	Min    int `json:"min,omitempty"`
	Max    int `json:"max,omitempty"`
	Ahead  int `json:"ahead,omitempty"` // days
	Buffer int `json:"buffer,omitempty"`
}

// HouseRules are the booking rules of a whole space to begin with; zero sets none.
type HouseRules struct {
	Outstanding int `json:"outstanding,omitempty"` // bookings that one person may have before them
	AtOnce      int `json:"at_once,omitempty"`     // bookings of one person at the same time
	Cancel      int `json:"cancel,omitempty"`      // minutes before the start until which it can be cancelled and changed
	Release     int `json:"release,omitempty"`     // minutes after the start until which it waits for its person
}

// Price is a price to begin with: Form is per_hour, per_step or flat.
type Price struct {
	Group  string `json:"group,omitempty"` // empty: every group
	Form   string `json:"form"`
	Step   int    `json:"step,omitempty"` // minutes, for per_step
	Amount Worth  `json:"amount"`
}

// Worth is roughly what something costs, in hundredths of a euro; a blueprint
// knows no currency.
type Worth int64

// rough is how many units of a currency people expect to pay where a euro is
// asked: a price to begin with, no rate of exchange.
var rough = map[string]int64{
	"CNY": 7, "JPY": 150, "KRW": 1500, "TWD": 32, "HKD": 8, "INR": 60, "THB": 35, "RUB": 90, "SEK": 11, "NOK": 11, "DKK": 7,
	"CZK": 25, "PLN": 4, "HUF": 400, "TRY": 40, "BRL": 5, "MXN": 20, "ZAR": 18, "KWD": 1,
}

// In is the worth as an amount to begin with in this currency.
func (w Worth) In(code string) money.Amount {
	factor := rough[code]
	if factor == 0 {
		factor = 1
	}
	scale := 2
	if unit, err := currency.ParseISO(code); err == nil {
		scale, _ = currency.Standard.Rounding(unit)
	}
	minor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil).Int64()
	return money.Of(int64(w)*factor*minor/100, code)
}

//go:embed blueprints
var blueprintFiles embed.FS

// Blueprints are the ten ways to run a makerspace, in the order they are offered.
var Blueprints = mustReadBlueprints()

// BlueprintOf finds one by its slug.
func BlueprintOf(slug string) (Blueprint, bool) {
	for _, b := range Blueprints {
		if b.Slug == slug {
			return b, true
		}
	}
	return Blueprint{}, false
}

// parts is blueprints/parts.json: what the blueprints are put together from.
type parts struct {
	Areas          map[string]Area          `json:"areas"`
	Certifications map[string]Certification `json:"certifications"`
	Resources      map[string]Resource      `json:"resources"`
}

// outline is an entry of blueprints/blueprints.json: it names its parts in order
// and how many of each, where that differs from the part.
type outline struct {
	Slug      string        `json:"slug"`
	Name      i18n.Text     `json:"name"`
	About     i18n.Text     `json:"about"`
	Headline  i18n.Text     `json:"headline"`
	Sections  list[Section] `json:"sections"`
	Streams   list[Stream]  `json:"streams"`
	House     HouseRules    `json:"house"`
	Plans     []Plan        `json:"plans"`
	Rates     []Rate        `json:"rates"`
	Resources []struct {
		Slug  string `json:"slug"`
		Units int    `json:"units"`
	} `json:"resources"`
}

func mustReadBlueprints() []Blueprint {
	var p parts
	mustRead("parts.json", &p)
	var outlines []outline
	mustRead("blueprints.json", &outlines)
	all := make([]Blueprint, len(outlines))
	for i, o := range outlines {
		all[i] = o.with(p)
	}
	return all
}

func mustRead(name string, into any) {
	b, err := blueprintFiles.ReadFile("blueprints/" + name)
	if err != nil {
		panic("spaces: " + err.Error())
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		panic(fmt.Sprintf("spaces: %s: %v", name, err))
	}
}

// with puts the blueprint together: its resources, and the areas and
// certifications that those name.
func (o outline) with(p parts) Blueprint {
	b := Blueprint{
		Slug: o.Slug, Name: o.Name, About: o.About, Headline: o.Headline, Sections: o.Sections, Streams: o.Streams, House: o.House, Plans: o.Plans, Rates: o.Rates,
	}
	seen := map[string]bool{}
	for _, r := range o.Resources {
		part, known := p.Resources[r.Slug]
		if !known {
			panic(fmt.Sprintf("spaces: blueprint %s: no part %q", o.Slug, r.Slug))
		}
		part.Units = cmp.Or(r.Units, part.Units, 1)
		part.Sharing = cmp.Or(part.Sharing, "units")
		part.Kind = cmp.Or(part.Kind, part.Slug)
		b.Resources = append(b.Resources, part)
		if !seen["area "+part.Area] {
			seen["area "+part.Area] = true
			b.Areas = append(b.Areas, p.Areas[part.Area])
		}
		for _, group := range part.Certifications {
			for _, code := range group {
				b.certify(code, p, seen)
			}
		}
	}
	return b
}

// PricesOf is the list of prices of a resource: those of the blueprint's own groups
// before those of the part.
func (b Blueprint) PricesOf(r Resource) []Price {
	var list []Price
	for _, rate := range b.Rates {
		for _, p := range r.Prices {
			if p.Group == "" {
				p.Group, p.Amount = rate.Group, p.Amount*Worth(rate.Percent)/100
				list = append(list, p)
			}
		}
	}
	return append(list, r.Prices...)
}

// certify puts a certification into the blueprint, after what it requires and
// before what it leads to.
func (b *Blueprint) certify(code string, p parts, seen map[string]bool) {
	c, known := p.Certifications[code]
	if !known {
		panic(fmt.Sprintf("spaces: no certification %q", code))
	}
	if seen["certification "+code] {
		return
	}
	seen["certification "+code] = true
	for _, group := range c.Requires {
		for _, before := range group {
			b.certify(before, p, seen)
		}
	}
	b.Certifications = append(b.Certifications, c)
	for _, after := range c.LeadsTo {
		b.certify(after, p, seen)
	}
}
