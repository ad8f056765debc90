package booking

import (
	"database/sql/driver"
	"slices"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// Form is how a price counts.
type Form string

// The forms of prices. Time that counts is time that passes: 23 hours from noon
// to noon when the clock goes forward.
const (
	PerHour Form = "per_hour" // rounded to the minor unit, half away from zero
	PerStep Form = "per_step" // every started step
	Flat    Form = "flat"     // each booking
)

// Included is the form of a line of time that the plan includes; no price has it.
const Included Form = "included"

// Price is a row of a resource's list; the first that fits a booking's start is taken.
type Price struct {
	ID       id.ID
	Group    string // price group of the plan; "" everyone
	Weekdays uint8  // bit 0 Monday … bit 6 Sunday; 0 every day
	FromMin  int    // the hours of the wall in which the booking starts
	ToMin    int
	Form     Form
	StepMin  int // for PerStep
	Amount   money.Amount
}

// PriceLine says how an amount came about: Count times Each for PerStep and
// Flat, Minutes at Each an hour for PerHour, all of it times Places.
type PriceLine struct {
	Form      Form         `json:"form"`
	Group     string       `json:"group,omitempty"`
	Minutes   int          `json:"minutes"` // that pass, started ones counted whole
	StepMin   int          `json:"step_min,omitempty"`
	Count     int          `json:"count"`
	Places    int          `json:"places"`
	Each      money.Amount `json:"each"`
	Amount    money.Amount `json:"amount"`
	Extension bool         `json:"extension,omitempty"` // added when it was extended
}

// PriceLines are stored as a JSON list.
type PriceLines []PriceLine

// GormDataType says that the column is TEXT.
func (PriceLines) GormDataType() string { return "text" }

// Value stores JSON.
func (l PriceLines) Value() (driver.Value, error) { return toJSON([]PriceLine(l)) }

// Scan reads JSON.
func (l *PriceLines) Scan(v any) error { return fromJSON(v, (*[]PriceLine)(l)) }

// fits reports whether the price is for one of these groups at this time of the wall.
func (p Price) fits(groups []string, shown wall) bool {
	return (p.Group == "" || slices.Contains(groups, p.Group)) && inWeek(p.Weekdays, p.FromMin, p.ToMin, shown)
}

// line is what the span costs. Time that passes counts, not what the wall shows.
func (p Price) line(s Span, places int) (PriceLine, error) {
	passes := s.EndsAt.Sub(s.StartsAt)
	l := PriceLine{Form: p.Form, Group: p.Group, Minutes: started(passes, time.Minute), StepMin: p.StepMin, Count: 1, Places: places, Each: p.Amount}
	if p.Form == PerStep {
		l.Count = started(passes, minutes(p.StepMin))
	}
	return l.total(passes)
}

// added is what an extension from was to the end of s costs. A step that was
// begun, and a price for each use, are paid already.
func (p Price) added(s Span, was clock.Instant, places int) (PriceLine, error) {
	l, err := p.line(Span{was, s.EndsAt}, places)
	if err != nil || p.Form == PerHour {
		l.Extension = true
		return l, err
	}
	l.Extension, l.Count = true, 0
	if p.Form == PerStep {
		step := minutes(p.StepMin)
		l.Count = started(s.EndsAt.Sub(s.StartsAt), step) - started(was.Sub(s.StartsAt), step)
	}
	return l.total(s.EndsAt.Sub(was))
}

// total fills in the Amount for so much time.
func (l PriceLine) total(passes time.Duration) (PriceLine, error) {
	var err error
	if l.Form == PerHour {
		l.Amount, err = l.Each.Scale(int64(passes/time.Second), int64(time.Hour/time.Second))
	} else {
		l.Amount, err = l.Each.Mul(int64(l.Count))
	}
	if err != nil {
		return l, err
	}
	l.Amount, err = l.Amount.Mul(int64(l.Places))
	return l, err
}

// started is how many steps of this length d begins.
func started(d, step time.Duration) int { return int((d + step - 1) / step) }

// The refusals of a price that can't be.
var (
	ErrPriceForm     = fault.Invalid("form", "booking.price_form", "Choose per hour, per started step or flat.")
	ErrPriceStep     = fault.Invalid("step_min", "booking.price_step", "Give the step in minutes, from 1 to 1440.")
	ErrPriceAmount   = fault.Invalid("amount", "booking.price_amount", "Give an amount from 0 to 1,000,000.")
	ErrPriceCurrency = fault.Invalid("currency", "booking.price_currency", "Prices are in the currency of the space.")
)

// check says everything about the price that can't be.
func (p Price) check(currency string) error {
	var wrong fault.Many
	if !slices.Contains([]Form{PerHour, PerStep, Flat}, p.Form) {
		wrong.Add(ErrPriceForm)
	}
	if p.Form == PerStep && (p.StepMin < 1 || p.StepMin > dayMin) || p.Form != PerStep && p.StepMin != 0 {
		wrong.Add(ErrPriceStep)
	}
	if exponent, _ := money.Exponent(p.Amount.Currency); p.Amount.Minor < 0 || p.Amount.Minor > 1_000_000*pow10(exponent) {
		wrong.Add(ErrPriceAmount)
	}
	if p.Amount.Currency != currency {
		wrong.Add(ErrPriceCurrency)
	}
	if p.Weekdays > allWeek || p.FromMin < 0 || p.ToMin > dayMin || p.FromMin >= p.ToMin {
		wrong.Add(ErrRuleHours)
	}
	return wrong.Err()
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}
