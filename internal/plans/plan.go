package plans

import (
	"crypto/rand"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

var (
	// ErrNoSuchPlan is the answer where a space has no such plan.
	ErrNoSuchPlan = fault.NotFound("plans.no_such_plan", "There is no such plan here.").On("plan")
	// ErrPlanCodeTaken refuses a second plan of the same code.
	ErrPlanCodeTaken = fault.Conflict("plans.plan_code_taken", "There is a plan with this code already.").On("code")
	// ErrPlanCode refuses a code that is not a short word: it stands in addresses and in files that are imported.
	ErrPlanCode = fault.Invalid("code", "plans.plan_code", "A code is 1 to 40 small letters, digits and dashes: maker-half.")
	// ErrPlanPrice refuses a price that can't be.
	ErrPlanPrice = fault.Invalid("price", "plans.plan_price", "Give an amount, 0 or more.")
	// ErrPlanBad refuses a plan without a code, a name or a price group.
	ErrPlanBad = fault.Invalid("name", "plans.plan_bad", "Fill this in: a plan has a name, a code and a price group.")
	// ErrPlanLong refuses a name, a code or a text that is too long.
	ErrPlanLong = fault.Invalid("name", "plans.plan_long", "Write at most {{.Most}} characters.")
	// ErrPeriodBad refuses a period that is none.
	ErrPeriodBad = fault.Invalid("period", "plans.period_bad", "Choose days, weeks, months or years, and how many: 1 to 60.")
	// ErrNumberBad refuses a number of days, periods or people that can't be.
	ErrNumberBad = fault.Invalid("number", "plans.number_bad", "Give a whole number from 0 to {{.Most}}.")
	// ErrAudienceBad refuses an audience that is not known.
	ErrAudienceBad = fault.Invalid("audience", "plans.audience_bad", "Say who may buy it: everyone, concession, staff or invitation.")
	// ErrSoldBad refuses a sale that ends before it begins, or days that are none.
	ErrSoldBad = fault.Invalid("sold_to", "plans.sold_bad", "Give days of the calendar, the last not before the first.")
	// ErrHoursBad refuses hours of the day that are none.
	ErrHoursBad = fault.Invalid("hours", "plans.hours_bad", "Give hours of the day, from before to: 9-18.")
	// ErrGroupBad refuses a group of buyers without a name, or named twice.
	ErrGroupBad = fault.Invalid("prices", "plans.group_bad", "Name each group of buyers once, in at most 40 characters.")
	// ErrFloorAlone refuses a least price where nobody chooses what to pay.
	ErrFloorAlone = fault.Invalid("floor", "plans.floor_alone", "Tick that people pay what they can, or leave the least open.")
	// ErrPauseLongest refuses a longest pause that is more than all pauses together.
	ErrPauseLongest = fault.Invalid("pause_longest", "plans.pause_longest_bad", "The longest pause is not more than the pause in twelve months.")
	// ErrKindsBad refuses kinds of resources that are none.
	ErrKindsBad = fault.Invalid("kinds", "plans.kinds_bad", "Name each kind of machine or room once, in at most 40 characters.")
	// ErrDaysOfWeek refuses days of the week that are none.
	ErrDaysOfWeek = fault.Invalid("weekdays", "plans.weekdays_bad", "Give days of the week from 1, which is Monday, to 7.")
	// ErrFloorBad refuses a least price that is more than what is suggested.
	ErrFloorBad = fault.Invalid("floor", "plans.floor_bad", "The least that may be paid is not more than what is suggested.")
	// ErrStale refuses a change to what somebody else changed meanwhile.
	ErrStale = fault.Conflict("plans.stale", "Someone else changed this while you were at it. Look at it again, then change it.")
	// ErrNoSuchMember is the answer where a person is not known in the space.
	ErrNoSuchMember = fault.NotFound("plans.no_such_member", "There is no such person here.")
	// ErrArchivedAlready refuses to archive a plan twice.
	ErrArchivedAlready = fault.Conflict("plans.archived_already", "This plan is archived already.")
	// ErrNotArchived refuses to bring back a plan that is on offer.
	ErrNotArchived = fault.Conflict("plans.not_archived", "This plan is not archived.")
)

// Guest is the price group of everyone without a plan.
const Guest = "guest"

// Audience is who may buy a plan.
type Audience string

// The audiences.
const (
	Everyone   Audience = "everyone"
	Concession Audience = "concession" // with proof, which the staff looks at
	StaffOnly  Audience = "staff"      // the staff starts it for somebody
	Invitation Audience = "invitation" // whoever has the link
)

// Audiences are all of them, in the order in which they are offered.
var Audiences = []Audience{Everyone, Concession, StaffOnly, Invitation}

// Plan is what can be subscribed in a space.
type Plan struct {
	ID           id.ID
	SpaceID      id.ID
	Code         string // "maker", unique in the space
	Name         i18n.Text
	About        i18n.Text
	PriceGroup   string // which prices its holders pay for bookings: guest | member | …
	KeyHolder    bool   // has the longer hours
	PriceMinor   int64  // a period, for whoever is in no group of Prices; where FreePrice, what is suggested
	Currency     string
	Prices       Prices
	FreePrice    bool  // pay what you can
	FloorMinor   int64 // and at least this
	SetupMinor   int64 // once, with the first period that is paid
	DepositMinor int64 // the same; it stays the member's money
	Period       Unit
	PeriodCount  int64 // 3 months are one period
	MinPeriods   int64 // it runs at least so many
	NoticeDays   int64 // it is cancelled so many days before
	TrialDays    int64 // for whoever never had it
	Renews       bool
	Includes     Includes
	Audience     Audience
	Invite       string // the secret of the link where Audience is Invitation
	Approval     bool   // the staff says yes to each who joins by themselves
	Most         int64  // memberships at once; 0: no limit
	SoldFrom     clock.Day
	SoldTo       clock.Day // the last day; empty: no end
	PauseDays    int64     // in twelve months; 0: it is not paused without the staff
	PauseLongest int64     // days in one go; 0: as PauseDays allows
	ArchivedAt   clock.Instant
	Position     int64 // the order in which a space shows its plans
	Version      int64
}

// Price is what a group of buyers pays for a period.
type Price struct {
	Group string `json:"group"` // student, concession, …
	Minor int64  `json:"minor"`
}

// Prices are stored as JSON.
type Prices []Price

// Includes is what a plan includes. Its zero value limits nothing and adds nothing.
type Includes struct {
	Kinds     []string `json:"kinds,omitempty"`    // of resources that may be booked; none: all
	Weekdays  uint8    `json:"weekdays,omitempty"` // bit 0 is Monday; 0: all
	FromMin   int      `json:"from_min,omitempty"` // hours of the day, in minutes after midnight
	ToMin     int      `json:"to_min,omitempty"`   // 0: to the end of the day
	AheadDays int      `json:"ahead_days,omitempty"`
	Minutes   int      `json:"minutes,omitempty"` // at machines, each period
	Guests    int      `json:"guests,omitempty"`
	Seats     int      `json:"seats,omitempty"`   // for the people of a team
	Network   bool     `json:"network,omitempty"` // welcome in the other spaces of the installation
}

// Limits reports whether it narrows what may be booked.
func (i Includes) Limits() bool {
	return len(i.Kinds) > 0 || i.Weekdays != 0 || i.FromMin != 0 || i.ToMin != 0 || i.AheadDays != 0
}

// GormDataType says that the column is TEXT.
func (Prices) GormDataType() string { return "text" }

// Value stores JSON.
func (p Prices) Value() (driver.Value, error) {
	if len(p) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal([]Price(p))
	return string(b), err
}

// Scan reads JSON.
func (p *Prices) Scan(v any) error {
	*p = nil
	err := scan(v, (*[]Price)(p))
	if len(*p) == 0 {
		*p = nil
	}
	return err
}

// GormDataType says that the column is TEXT.
func (Includes) GormDataType() string { return "text" }

// Value stores JSON.
func (i Includes) Value() (driver.Value, error) {
	b, err := json.Marshal(i)
	return string(b), err
}

// Scan reads JSON.
func (i *Includes) Scan(v any) error {
	*i = Includes{}
	return scan(v, i)
}

func scan(v, into any) error {
	switch x := v.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(x), into)
	case []byte:
		return json.Unmarshal(x, into)
	}
	return fmt.Errorf("plans: JSON from %T", v)
}

// The most that the numbers of a plan can be.
const (
	mostCount   = 60
	mostDays    = 3660
	mostMinutes = 10_000_000
	maxName     = 200
	maxAbout    = 4000
	maxCode     = 40
	maxKinds    = 100
	codeLetters = "abcdefghijklmnopqrstuvwxyz0123456789-"
)

// normal is the plan with what it leaves open filled in.
func (p Plan) normal() Plan {
	if p.Period == "" {
		p.Period = Month
	}
	if p.PeriodCount == 0 {
		p.PeriodCount = 1
	}
	if p.Audience == "" {
		p.Audience = Everyone
	}
	if p.Audience == Invitation && p.Invite == "" {
		p.Invite = strings.ToLower(rand.Text())
	}
	p.Code = strings.TrimSpace(p.Code)
	return p
}

// mostMinor is the largest amount of a plan, so that those that are asked for together
// never come to more than money can be.
const mostMinor = money.Max / 4

// check says everything that can't be of a plan.
func (p Plan) check() error {
	var wrong fault.Many
	for _, t := range []struct {
		field       string
		empty, line bool
	}{{"name", p.Name.Empty(), p.Name.Line()}, {"code", p.Code == "", i18n.Line(p.Code)}, {"price_group", p.PriceGroup == "", i18n.Line(p.PriceGroup)}} {
		if t.empty {
			wrong.Add(ErrPlanBad.On(t.field))
		}
		if !t.line {
			wrong.Add(i18n.ErrLine.On(t.field))
		}
	}
	for _, t := range []struct {
		field string
		text  string
		most  int
	}{{"name", p.Name.EN, maxName}, {"name", p.Name.ZH, maxName}, {"about", p.About.EN, maxAbout}, {"about", p.About.ZH, maxAbout}, {"code", p.Code, maxCode}, {"price_group", p.PriceGroup, maxCode}} {
		if utf8.RuneCountInString(t.text) > t.most {
			wrong.Add(ErrPlanLong.With("Most", t.most).On(t.field))
		}
	}
	for _, a := range []struct {
		field string
		minor int64
	}{{"price", p.PriceMinor}, {"floor", p.FloorMinor}, {"setup", p.SetupMinor}, {"deposit", p.DepositMinor}} {
		if a.minor < 0 || a.minor > mostMinor {
			wrong.Add(ErrPlanPrice.On(a.field))
		}
	}
	switch {
	case !p.FreePrice && p.FloorMinor > 0:
		wrong.Add(ErrFloorAlone)
	case p.FreePrice && p.FloorMinor > p.PriceMinor:
		wrong.Add(ErrFloorBad)
	}
	if p.PauseLongest > p.PauseDays && p.PauseLongest <= 366 {
		wrong.Add(ErrPauseLongest)
	}
	if !slices.Contains(Units, p.Period) || p.PeriodCount < 1 || p.PeriodCount > mostCount {
		wrong.Add(ErrPeriodBad)
	}
	if !slices.Contains(Audiences, p.Audience) {
		wrong.Add(ErrAudienceBad)
	}
	for _, n := range []struct {
		field    string
		is, most int64
	}{
		{"min_periods", p.MinPeriods, mostCount}, {"notice", p.NoticeDays, mostDays}, {"trial", p.TrialDays, mostDays}, {"most", p.Most, 1_000_000},
		{"pause_days", p.PauseDays, 366}, {"pause_longest", p.PauseLongest, 366}, {"ahead", int64(p.Includes.AheadDays), mostDays},
		{"minutes", int64(p.Includes.Minutes), mostMinutes}, {"guests", int64(p.Includes.Guests), 1000}, {"seats", int64(p.Includes.Seats), 10_000},
	} {
		if n.is < 0 || n.is > n.most {
			wrong.Add(ErrNumberBad.With("Most", n.most).On(n.field))
		}
	}
	seen := map[string]bool{}
	for _, price := range p.Prices {
		if price.Group == "" || seen[price.Group] || utf8.RuneCountInString(price.Group) > maxCode || !i18n.Line(price.Group) {
			wrong.Add(ErrGroupBad)
		}
		if price.Minor < 0 || price.Minor > mostMinor {
			wrong.Add(ErrPlanPrice.On("prices"))
		}
		seen[price.Group] = true
	}
	switch {
	case p.SoldFrom != "" && !p.SoldFrom.Valid():
		wrong.Add(ErrSoldBad.On("sold_from"))
	case p.SoldTo != "" && (!p.SoldTo.Valid() || p.SoldTo < p.SoldFrom):
		wrong.Add(ErrSoldBad)
	}
	if i := p.Includes; i.FromMin < 0 || i.ToMin < 0 || i.FromMin > 24*60 || i.ToMin > 24*60 || i.ToMin != 0 && i.FromMin >= i.ToMin {
		wrong.Add(ErrHoursBad)
	}
	for i, kind := range p.Includes.Kinds {
		if kind == "" || i >= maxKinds || utf8.RuneCountInString(kind) > maxCode || !i18n.Line(kind) || slices.Contains(p.Includes.Kinds[:i], kind) {
			wrong.Add(ErrKindsBad)
			break
		}
	}
	if p.Includes.Weekdays > 127 {
		wrong.Add(ErrDaysOfWeek)
	}
	return wrong.Err()
}

// Price is what the plan costs a period, for whoever is in no group.
func (p Plan) Price() money.Amount { return money.Of(p.PriceMinor, p.Currency) }

// PriceFor is what a period costs this group of buyers; false where the plan knows no such group.
func (p Plan) PriceFor(group string) (money.Amount, bool) {
	if group == "" {
		return p.Price(), true
	}
	for _, price := range p.Prices {
		if price.Group == group {
			return money.Of(price.Minor, p.Currency), true
		}
	}
	return money.Amount{}, false
}

// Archived reports whether nobody can subscribe it any more.
func (p Plan) Archived() bool { return !p.ArchivedAt.IsZero() }

// OnSale reports whether the plan is sold on this day.
func (p Plan) OnSale(day clock.Day) bool {
	return !p.Archived() && day >= p.SoldFrom && (p.SoldTo == "" || day <= p.SoldTo)
}

// Shown reports whether a plan is among those that anybody can compare on this day.
func (p Plan) Shown(day clock.Day) bool {
	return p.OnSale(day) && (p.Audience == Everyone || p.Audience == Concession)
}
