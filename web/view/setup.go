package view

import (
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"guildhall/internal/equipment"
	"guildhall/internal/i18n"
	"guildhall/internal/spaces"
)

func setupAction(p SetupProps) string {
	if p.Another {
		return "/spaces"
	}
	return "/setup"
}

// familiesOf are the trades of a blueprint, in its order, each once.
func familiesOf(b spaces.Blueprint) []equipment.Family {
	var all []equipment.Family
	for _, a := range b.Areas {
		if f := equipment.Family(a.Family); !slices.Contains(all, f) {
			all = append(all, f)
		}
	}
	return all
}

func countryOptions(f Frame, chosen string) []Option {
	options := []Option{{Value: "", Label: f.T("setup.choose"), Selected: chosen == ""}}
	for _, c := range f.Countries() {
		options = append(options, Option{
			Value: c.Code, Label: c.Name, Selected: c.Code == chosen,
			Fills: templ.Attributes{"data-zone": spaces.ZoneOf(c.Code), "data-currency": i18n.MoneyOf(c.Code)},
		})
	}
	return options
}

func currencyOptions(chosen string, codes []string) []Option {
	if chosen != "" && !slices.Contains(codes, chosen) {
		codes = append([]string{chosen}, codes...)
	}
	options := make([]Option, len(codes))
	for i, code := range codes {
		options[i] = Option{Value: code, Label: code, Selected: code == chosen}
	}
	return options
}

func pairLang(suffix string) string {
	if suffix == "zh" {
		return "zh-CN"
	}
	return suffix
}

// pairDescribed ties both inputs of a pair to the hint and the error they share.
func pairDescribed(p PairProps) templ.Attributes {
	a := described(FieldProps{Name: p.Name, Hint: p.Hint, Error: p.Error})
	a["maxlength"] = strconv.Itoa(p.Max)
	return a
}

// longWeekday is the name of ISO weekday 1 to 7.
func longWeekday(f Frame, weekday int) string { return f.WeekdayLong(time.Weekday(weekday % 7)) }
