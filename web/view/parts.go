package view

import (
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/fault"
	"guildhall/internal/money"
	"guildhall/internal/spaces"
)

// Crumb is a step of the way to a page; the last has no Href.
type Crumb struct{ Label, Href string }

// FieldProps is what stands around one input: Name ties label, hint and error to it.
type FieldProps struct {
	Name, Label, Hint, Value string
	Type                     string // of the input; empty is text
	Error                    string
	Required                 bool
	Asked                    bool   // needed where it comes to it: no browser insists on it, and it is not marked as optional
	Max                      int    // characters, shown as a count; 0: none
	Min                      string // the earliest day
	Autocomplete             string
	Inputmode                string
	Class                    string
	Fills                    string // the fields that a choice fills in where scripts run
	Rows                     int    // more than 0: a text area
}

// Option is one choice of a select.
type Option struct {
	Value, Label string
	Selected     bool
	Fills        templ.Attributes // what choosing it fills in elsewhere: data-zone, data-currency
}

// Errors are a form's refusals by field; "" holds those about the whole.
type Errors map[string][]string

// Refused sorts the refusals in err by field. It is nil if err is our own fault.
func Refused(f Frame, err error) Errors {
	var e Errors
	for _, refusal := range fault.All(err) {
		if e == nil {
			e = Errors{}
		}
		e[refusal.Field] = append(e[refusal.Field], f.Fault(refusal))
	}
	return e
}

// On is the first refusal of a field, or "".
func (e Errors) On(field string) string {
	if len(e[field]) == 0 {
		return ""
	}
	return e[field][0]
}

// First is any one of the refusals, or "".
func (e Errors) First() string {
	for field := range e {
		return e.On(field)
	}
	return ""
}

// labelled is a refusal with the name of the field it is about before it.
func labelled(f Frame, field, says string) string {
	if label := labelOf(f, field); label != "" {
		return f.T("form.wrong.on", "Label", label, "Says", says)
	}
	return says
}

// labelOf is what a field is called away from its form; "" if that is not known.
// A field that comes again and again is called by its day or its row.
func labelOf(f Frame, field string) string {
	field = strings.TrimSuffix(field, "_zh")
	at := strings.LastIndex(field, "-")
	switch name, last := field[:max(at, 0)], field[at+1:]; {
	case strings.HasPrefix(name, "hours-"):
		day, _ := strconv.Atoi(last)
		label := longWeekday(f, day)
		if name == "hours-"+string(spaces.KeyHolders) {
			label = f.T("form.wrong.on", "Label", f.T("hours.key_holders"), "Says", label)
		}
		return label
	case at >= 0 && f.Has("field."+name):
		if row, err := strconv.Atoi(last); err == nil {
			return f.T("field.row", "Row", row+1, "Label", f.T("field."+name))
		}
		return f.T("field." + name)
	case f.Has("terms.measure." + field):
		return f.T("terms.measure." + field)
	case f.Has("field." + field):
		return f.T("field." + field)
	}
	return ""
}

// StripDay is one day of a day strip.
type StripDay struct {
	Day     clock.Day
	Href    string
	Current bool
	Shut    bool // nothing can be booked: closed, or too far ahead
}

// Bar is a part of a day bar: minutes from its beginning to its end. Kind is
// busy, mine, me (being chosen), was (about to be given up) or shut.
type Bar struct {
	From, To int
	Kind     string
}

// DayBarProps is a day at a glance, from one full hour to another.
type DayBarProps struct {
	FromHour, ToHour int
	Bars             []Bar
	Now              int // minutes since midnight; negative: not this day
	Says             string
}

// x is how far along the bar a minute is, in hundredths of a percent.
func (p DayBarProps) x(minute int) int {
	span := (p.ToHour - p.FromHour) * 60
	if span <= 0 {
		return 0
	}
	return min(max((minute-p.FromHour*60)*10000/span, 0), 10000)
}

// shown are the parts of which there is something to see.
func (p DayBarProps) shown() []Bar {
	return slices.DeleteFunc(slices.Clone(p.Bars), func(b Bar) bool { return p.x(b.From) >= p.x(b.To) })
}

// percent writes hundredths of a percent as an SVG length: 1250 is "12.50%".
func percent(n int) string { return fmt.Sprintf("%d.%02d%%", n/100, n%100) }

// hatching is the stripes of a time that is shut, wider than any bar.
var hatching = func() string {
	var b strings.Builder
	for x := -24; x < 1300; x += 17 {
		fmt.Fprintf(&b, "M%d 30l36-36", x)
	}
	return b.String()
}()

// hours are where the day bar has its numerals: every second, third or fourth hour.
func (p DayBarProps) hours() []int {
	step := 2
	if p.ToHour-p.FromHour > 10 {
		step = 4
	}
	var hs []int
	for h := p.FromHour; h < p.ToHour; h += step {
		hs = append(hs, h)
	}
	return hs
}

func hour2(h int) string {
	if h < 10 {
		return "0" + strconv.Itoa(h)
	}
	return strconv.Itoa(h)
}

// Line is one line of a price: what it is for, and how much.
type Line struct {
	Label  string
	Amount money.Amount
}

// PagerProps turns pages of a list.
type PagerProps struct {
	Total      int // negative: unknown
	Prev, Next string
	Pages      []Chip // by number; one without an address stands for those left out
}

// pagerOf is the way to the other pages of a list of which this page is shown. A page
// after the last is the last.
func pagerOf(total int64, page, pages int, at func(page int) string) PagerProps {
	page = min(page, pages)
	pager := PagerProps{Total: int(total)}
	if page > 1 {
		pager.Prev = at(page - 1)
	}
	if page < pages {
		pager.Next = at(page + 1)
	}
	for _, n := range pageNumbers(page, pages) {
		if n == 0 {
			pager.Pages = append(pager.Pages, Chip{})
			continue
		}
		pager.Pages = append(pager.Pages, Chip{Label: itoa(n), Href: at(n), Current: n == page})
	}
	return pager
}

// pagesOf is how many pages a list has, at least one.
func pagesOf[N int | int64](total N, size int) int { return max(1, (int(total)+size-1)/size) }

// pageNumbers are the first page, the last, and those around the one that is
// shown. A 0 stands where some are left out. One page alone needs no number.
func pageNumbers(page, pages int) []int {
	if pages <= 1 {
		return nil
	}
	var numbers []int
	for n := 1; n <= pages; n++ {
		if n == 1 || n == pages || n >= page-1 && n <= page+1 {
			numbers = append(numbers, n)
		} else if numbers[len(numbers)-1] != 0 {
			numbers = append(numbers, 0)
		}
	}
	return numbers
}

// Column is the head of a table's column; Sort is the address that sorts by it.
type Column struct {
	Label, Sort, Class string
	Order              string // "ascending", "descending", or ""
}

// Chip is a filter that is a link.
type Chip struct {
	Label, Href, Icon, Class string
	Current                  bool
}

// FamilySign is the icon of a trade.
func FamilySign(f equipment.Family) string { return "family-" + string(f) }

func query(s string) string { return url.QueryEscape(s) }

func pressed(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

func orText(s string) string {
	if s == "" {
		return "text"
	}
	return s
}

// described are the attributes that tie an input to its hint, error and limits.
func described(p FieldProps) templ.Attributes {
	a := templ.Attributes{}
	var by []string
	if p.Hint != "" {
		by = append(by, p.Name+"-hint")
	}
	if p.Error != "" {
		by = append(by, p.Name+"-error")
		a["aria-invalid"] = "true"
	}
	if len(by) > 0 {
		a["aria-describedby"] = strings.Join(by, " ")
	}
	if p.Required {
		a["required"] = true
	}
	if p.Max > 0 {
		a["maxlength"] = strconv.Itoa(p.Max)
	}
	if p.Min != "" {
		a["min"] = p.Min
	}
	if p.Autocomplete != "" {
		a["autocomplete"] = p.Autocomplete
	}
	if p.Fills != "" {
		a["data-fills"] = p.Fills
	}
	if p.Inputmode != "" {
		a["inputmode"] = p.Inputmode
	}
	return a
}

// sorted walks the fields of a form's refusals in one order, the whole first.
func sorted(e Errors) iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		for _, field := range slices.Sorted(maps.Keys(e)) {
			if !yield(field, e[field]) {
				return
			}
		}
	}
}

// smooth has a link change the page in place where scripts run.
func smooth(address string) templ.Attributes {
	return templ.Attributes{
		"data-hx-get": address, "data-hx-target": "#main", "data-hx-swap": "innerMorph", "data-hx-push-url": "true",
	}
}

// choosing has a form's choices show themselves at once where scripts run.
func choosing(base string) templ.Attributes {
	return templ.Attributes{
		"data-hx-get": base, "data-hx-trigger": "change", "data-hx-include": "#book", "data-hx-target": "#main", "data-hx-swap": "innerMorph",
	}
}
