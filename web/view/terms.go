package view

import (
	"strconv"
	"strings"

	"guildhall/internal/booking"
	"guildhall/internal/equipment"
	"guildhall/internal/money"
)

// RulesProps are the rules of a resource, or of a scope further out: all that is
// read there, its own plain ones as a form, and those with a condition one by one.
type RulesProps struct {
	Scope    booking.Scope
	Resource equipment.Resource // zero for a scope further out
	Name     string
	Seen     booking.Mark // its own rules, as they are shown
	All      []RuleLine
	Plain    map[string]string // by measure, as typed
	Further  []booking.Rule
	Whom     []Option
	Others   []equipment.Resource // what can be asked to be booked first
	Form     RuleForm
	Errors   Errors
}

// RuleLine is a rule as a member reads it. One that is set further out says From
// where, and leads there.
type RuleLine struct{ Says, From, Href string }

// RuleLineOf is the line of a rule on the page of this scope.
func RuleLineOf(f Frame, r booking.Rule, own booking.Scope) RuleLine {
	l := RuleLine{Says: r.Sentence(f.Printer)}
	if r.Scope != own {
		l.From, l.Href = f.T("terms.from."+where(r.Scope)), RulesAt(f, r.Scope)
	}
	return l
}

// RulesAt is the address of the rules of a scope.
func RulesAt(f Frame, s booking.Scope) string {
	switch {
	case s.Resource != "":
		return f.At("equipment", s.Resource.String(), "rules")
	case s.Kind != "":
		return f.At("rules", "kind-"+s.Kind)
	case s.Area != "":
		return f.At("rules", "area-"+s.Area.String())
	}
	return f.At("rules", "space")
}

// RulebookProps are the rules of a space, of its work areas and of its kinds of
// equipment.
type RulebookProps struct {
	Space        ScopeRules
	Areas, Kinds []ScopeRules
}

// ScopeRules are the rules of one scope as members read them. Holds is what it is
// about, where its name does not say that.
type ScopeRules struct {
	Scope       booking.Scope
	Name, Holds string
	Says        []string
}

// RuleForm is a rule with a condition as it was typed.
type RuleForm struct {
	Measure, Value, Whom, Hours string
	Days                        map[int]bool
}

// Measures are the numbers that a rule can set, each with the group of the form
// it stands in: what a booking is like, when it is made, and what one person may have.
var Measures = []struct{ Name, Group, Unit string }{
	{"step", "shape", "min"}, {"shortest", "shape", "min"}, {"longest", "shape", "min"}, {"before", "shape", "min"}, {"after", "shape", "min"}, {"people", "shape", ""},
	{"ahead", "notice", "days"}, {"create", "notice", "min"}, {"change", "notice", "min"}, {"cancel", "notice", "min"}, {"release", "notice", "min"},
	{"outstanding", "person", ""}, {"at_once", "person", ""}, {"gap", "person", "min"},
}

// Needs are how far a booking can lie in the opening hours.
var Needs = []string{"whole", "start", "none"}

// where names the sort of a scope around a resource.
func where(s booking.Scope) string {
	switch {
	case s.Kind != "":
		return "kind"
	case s.Area != "":
		return "area"
	}
	return "space"
}

func measureOptions(f Frame, others []equipment.Resource, chosen string) []Option {
	options := []Option{{Label: f.T("setup.choose"), Selected: chosen == ""}}
	for _, m := range Measures {
		label := f.T("terms.measure." + m.Name)
		if m.Unit == "min" {
			label = f.T("terms.in_minutes", "What", label)
		}
		options = append(options, Option{Value: m.Name, Label: label, Selected: m.Name == chosen})
	}
	for _, need := range Needs[1:] {
		name := "hours_" + need
		options = append(options, Option{Value: name, Label: f.T("terms.need." + need), Selected: name == chosen})
	}
	for _, name := range []string{"starts", "whole_days"} {
		options = append(options, Option{Value: name, Label: f.T("terms.measure." + name), Selected: name == chosen})
	}
	for _, r := range others {
		name := "first_" + r.ID.String()
		options = append(options, Option{Value: name, Label: f.T("terms.first_named", "Name", r.Name), Selected: name == chosen})
	}
	return options
}

func firstOptions(f Frame, others []equipment.Resource, chosen string) []Option {
	options := []Option{{Label: f.T("terms.first.nothing"), Selected: chosen == ""}}
	for _, r := range others {
		options = append(options, Option{Value: r.ID.String(), Label: f.Words(r.Name), Selected: r.ID.String() == chosen})
	}
	return options
}

func needOptions(f Frame, chosen string) []Option {
	options := make([]Option, len(Needs))
	for i, need := range Needs {
		options[i] = Option{Value: need, Label: f.T("terms.need." + need), Selected: need == chosen}
	}
	return options
}

// PricesProps are the prices of a resource, a row for each and some to fill in.
type PricesProps struct {
	Resource equipment.Resource
	Seen     booking.Mark
	Rows     []PriceForm
	Groups   []string
	Errors   Errors
	Currency string
}

// PriceForm is a price as it was typed. Days is the mask of its weekdays.
type PriceForm struct{ Group, Form, Step, Amount, Days, Hours string }

// PriceFormOf is the form of a price as it is stored.
func PriceFormOf(p booking.Price) PriceForm {
	form := PriceForm{Group: p.Group, Form: string(p.Form), Amount: p.Amount.Decimal(), Days: strconv.Itoa(int(p.Weekdays)), Hours: HoursText(p.FromMin, p.ToMin)}
	if p.StepMin > 0 {
		form.Step = strconv.Itoa(p.StepMin)
	}
	return form
}

// HoursText writes hours of the wall as they are typed; the whole day is nothing.
func HoursText(from, to int) string {
	if from == 0 && (to == 0 || to == 24*60) {
		return ""
	}
	return wallText(from) + "–" + wallText(to)
}

func wallText(minute int) string { return hour2(minute/60) + ":" + hour2(minute%60) }

// Sentence says what a row of prices means, "" where it is not filled in.
func (p PriceForm) sentence(f Frame, currency string) string {
	amount, err := money.Parse(p.Amount, currency)
	if err != nil || p.Amount == "" {
		return ""
	}
	says := f.T("terms.price."+p.Form, "Amount", amount, "Step", p.Step)
	if p.Group != "" {
		says = f.T("terms.price.for", "Price", says, "Group", f.Word("price_group", p.Group))
	}
	return says
}

func groupChoices(f Frame, groups []string, chosen string) []Option {
	options := []Option{{Value: "", Label: f.T("terms.everyone"), Selected: chosen == ""}}
	for _, g := range groups {
		options = append(options, Option{Value: g, Label: f.Word("price_group", g), Selected: g == chosen})
	}
	return options
}

func formChoices(f Frame, chosen string) []Option {
	var options []Option
	for _, form := range []booking.Form{booking.PerHour, booking.PerStep, booking.Flat} {
		options = append(options, Option{Value: string(form), Label: f.T("terms.form." + string(form)), Selected: string(form) == chosen})
	}
	return options
}

// dayChoices are the weekdays a price can be for: all, the working days, the
// weekend, or what it is for already.
func dayChoices(f Frame, chosen string) []Option {
	const every, working, weekend = 0, 0b001_1111, 0b110_0000
	mask, _ := strconv.Atoi(chosen)
	if mask == 0b111_1111 {
		mask = every
	}
	options := []Option{
		{Value: strconv.Itoa(every), Label: f.T("terms.every_day"), Selected: mask == every},
		{Value: strconv.Itoa(working), Label: f.T("terms.working_days"), Selected: mask == working},
		{Value: strconv.Itoa(weekend), Label: f.T("terms.weekend"), Selected: mask == weekend},
	}
	if mask != every && mask != working && mask != weekend {
		var days []string
		for i := range 7 {
			if mask>>i&1 == 1 {
				days = append(days, longWeekday(f, i+1))
			}
		}
		options = append(options, Option{Value: chosen, Label: strings.Join(days, " "), Selected: true})
	}
	return options
}

// ClosuresProps are the times in which a resource is closed, and a form for one more.
type ClosuresProps struct {
	Resource equipment.Resource
	Closures []booking.Closure
	Hit      []Named // what stands in the way of the one that was typed
	Form     ClosureForm
	Errors   Errors
}

// Named is a booking with the name of whose it is.
type Named struct {
	booking.Booking
	Name string
}

// ClosureForm is a closure as it was typed.
type ClosureForm struct{ FromDay, FromTime, ToDay, ToTime, ReasonEN, ReasonZH string }
