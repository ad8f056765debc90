package view

import (
	"strings"
	"time"

	"guildhall/internal/booking"
	"guildhall/internal/equipment"
	"guildhall/internal/money"
	"guildhall/internal/plans"
)

// BookProps is what the booking page shows: to book, or to move what is booked.
type BookProps struct {
	Area     equipment.Area
	Resource equipment.Resource
	Path     string // the page's address
	Base     string // with what was chosen, to change one thing of it
	Post     string // where the form goes
	Key      string // of this showing of the form: sent twice, it is done once
	Facts    []string
	Badge    string // "certified", "asked" or "" where nothing is asked

	Week         []StripDay
	Before, Next string // addresses of the weeks around; empty: none
	Day          string // as the form sends it
	WholeDays    bool
	Start        string // the one that is chosen
	Starts       []StartChip
	Lengths      []LengthChip
	Length       int // minutes
	Bar          DayBarProps

	Units     []Option
	Places    int
	MostPlace int // more than 1: people are asked for

	Why     *Why     // why a time can't be had
	Missing []Reason // what the person lacks, whatever the time
	Lost    *Lost    // what was asked for a moment ago and refused
	Quote   *booking.Quote
	When    string // "14:00–15:00"
	Note    string
	AllDay  []Reason   // what stands against every time of the day alike
	Lapsed  plans.Run  // that has ended, of whom it is for; the zero Run: none
	Renew   string     // where it is renewed
	Empty   string     // why no time of the day is shown
	First   *StartChip // the first time that can be had on another day

	ForOthers bool
	For       *Someone
	Person    *Someone // whose booking it is, where that is not the reader
	Find      string
	Found     []Someone

	Override []Reason // rules that may be set aside
	Because  string
	Errors   Errors

	Moving *booking.Booking
	Was    string // when the moved booking is now
}

// StartChip is one start of a day. One that is Off says why at its Href.
type StartChip struct {
	Value, Label string
	Chosen, Off  bool
	Was          bool // where the moved booking is now
	Asked        bool // the one that Why is about
	Free         int  // of a pool; 0: not shown
	Href         string
}

// LengthChip is one length to choose.
type LengthChip struct {
	Minutes int
	Chosen  bool
}

// Reason is a broken rule in words, and the one thing to do about it.
type Reason struct {
	Code, Says   string
	Remedy, Href string
	First        string // on the button that leads there
}

// Why says why a time can't be had.
type Why struct {
	When    string
	Reasons []Reason
	Choose  string // staff choose it all the same; empty: they may not
}

// Lost is a time that was refused, why, and the nearest that can be had.
type Lost struct {
	Title   string
	Reasons []Reason
	Nearest []StartChip
}

func (p BookProps) family() string { return string(p.Area.Family) }

// ready reports whether the button books.
func (p BookProps) ready() bool {
	return p.Quote != nil && (p.Quote.Bookable() || len(p.Override) > 0)
}

func (p BookProps) button(f Frame) string {
	switch {
	case p.Quote == nil:
		return f.T("book.none")
	case len(p.Override) > 0:
		return f.T("book.anyway", "When", p.When)
	case p.Moving != nil:
		return f.T("book.move_to", "When", p.When)
	}
	return f.T("book.book", "When", p.When)
}

// missing is the heading over what the person lacks.
func (p BookProps) missing(f Frame) string {
	if p.Person != nil {
		return f.T("book.missing_for", "Who", p.Person.Name)
	}
	return f.T("book.missing")
}

// PriceLine is one line of a price in words.
func PriceLine(f Frame, l booking.PriceLine) string {
	var says string
	switch l.Form {
	case booking.Included:
		says = f.T("price.included", "Time", f.Hours(int64(l.Minutes)))
	case booking.PerHour:
		says = f.T("price.per_hour", "Time", f.Hours(int64(l.Minutes)), "Each", l.Each)
	case booking.PerStep:
		if l.StepMin == 24*60 {
			says = f.T("price.per_day", "Count", l.Count, "Each", l.Each)
			break
		}
		says = f.T("price.per_step", "Times", l.Count, "Step", time.Duration(l.StepMin)*time.Minute, "Each", l.Each)
	default:
		says = f.T("price.flat", "Each", l.Each)
	}
	if l.Places > 1 {
		says = f.T("price.places", "Line", says, "People", l.Places)
	}
	if l.Group != "" {
		says = f.T("price.group", "Line", says, "Group", Group(f, l.Group))
	}
	if l.Extension {
		says = f.T("price.extension", "Line", says)
	}
	return says
}

// Group is the name of a price group.
func Group(f Frame, code string) string {
	if key := "price.group." + code; f.Has(key) {
		return f.T(key)
	}
	return code
}

// PriceLines are the lines of a price in words with their amounts.
func PriceLines(f Frame, lines []booking.PriceLine) []Line {
	said := make([]Line, len(lines))
	for i, l := range lines {
		said[i] = Line{PriceLine(f, l), l.Amount}
	}
	return said
}

func (p BookProps) priceSays(f Frame) string {
	if p.Quote == nil || len(p.Quote.Lines) == 0 {
		return ""
	}
	says := make([]string, len(p.Quote.Lines))
	for i, l := range p.Quote.Lines {
		says[i] = PriceLine(f, l)
	}
	return strings.Join(says, " + ")
}

// included says what is left of the machine time that the plan includes; empty where it includes none.
func (p BookProps) included(f Frame) string {
	if p.Quote == nil || !p.Quote.Included {
		return ""
	}
	return f.T("price.left", "Left", f.Hours(int64(p.Quote.Left)))
}

func (p BookProps) price() money.Amount {
	if p.Quote == nil {
		return money.Amount{}
	}
	return p.Quote.Price
}

func minutesOf(n int) time.Duration { return time.Duration(n) * time.Minute }
