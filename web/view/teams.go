package view

import (
	"strconv"

	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/internal/reports"
	"guildhall/internal/teams"
)

// TeamsProps is what the list of teams shows.
type TeamsProps struct {
	Roll  teams.Roll
	Query teams.Query
}

func (p TeamsProps) href(f Frame) string {
	address := With(With(f.At("teams"), "q", p.Query.Text), "kind", string(p.Query.Kind))
	if p.Query.Archived {
		address = With(address, "archived", "yes")
	}
	return address
}

func (p TeamsProps) export(f Frame) string {
	return f.At("teams.csv") + p.href(f)[len(f.At("teams")):]
}

func (p TeamsProps) filtered() bool {
	return p.Query.Text != "" || p.Query.Kind != "" || p.Query.Archived
}

func (p TeamsProps) kinds(f Frame) []Chip {
	all := With(With(p.href(f), "kind", ""), "archived", "")
	chips := []Chip{{Label: f.T("teams.all"), Href: all, Current: p.Query.Kind == "" && !p.Query.Archived}}
	for _, k := range teams.Kinds {
		chips = append(chips, Chip{Label: f.T("teams.kind." + string(k)), Href: With(all, "kind", string(k)), Current: p.Query.Kind == k && !p.Query.Archived})
	}
	return append(chips, Chip{Label: f.T("teams.archived"), Icon: "inbox", Href: With(all, "archived", "yes"), Current: p.Query.Archived})
}

func (p TeamsProps) pager(f Frame) PagerProps {
	at := func(page int) string { return With(p.href(f), "page", itoa(page)) }
	pager := PagerProps{Total: int(p.Roll.Total)}
	if p.Roll.Page > 1 {
		pager.Prev = at(min(p.Roll.Page-1, p.Roll.Pages()))
	}
	if p.Roll.Page < p.Roll.Pages() {
		pager.Next = at(p.Roll.Page + 1)
	}
	return pager
}

// NewTeamProps is what the form for a new team shows, as typed.
type NewTeamProps struct {
	Details teams.Details
	Seats   string
	Email   string
	Member  *Someone // who is to administer it, where that is known
	Errors  Errors
}

// TeamProps is what the page of one team shows: one's own, or to staff any. Form
// names the form that was refused.
type TeamProps struct {
	Sheet  teams.Sheet
	Use    map[id.ID]reports.MateUse // of this month
	Stamps map[id.ID][]i18n.Text
	Ahead  []reports.MateTicket
	Mine   bool // it is looked at as one's own
	Find   string
	Found  []Someone // to be added
	Form   string
	Errors Errors
	Typed  func(field string) string
}

// at is an address under the team's.
func (p TeamProps) at(f Frame, parts ...string) string {
	return f.At(append([]string{"teams", p.Sheet.ID.String()}, parts...)...)
}

// back is where the forms of the page lead back to.
func (p TeamProps) back(f Frame) string {
	if p.Mine {
		return "/me/team"
	}
	return p.at(f)
}

func (p TeamProps) errors(form string) Errors {
	if p.Form == form {
		return p.Errors
	}
	return nil
}

func (p TeamProps) value(form, field, otherwise string) string {
	if p.Form == form && p.Typed != nil {
		return p.Typed(field)
	}
	return otherwise
}

// total is what all in the team booked this month.
func (p TeamProps) total() (sum reports.MateUse) {
	for _, u := range p.Use {
		sum.Bookings, sum.Minutes, sum.SpentMinor = sum.Bookings+u.Bookings, sum.Minutes+u.Minutes, sum.SpentMinor+u.SpentMinor
	}
	return sum
}

// stampsOf are the names of the certifications that somebody in the team holds.
func (p TeamProps) stampsOf(f Frame, member id.ID) []string {
	var names []string
	for _, name := range p.Stamps[member] {
		names = append(names, f.Words(name))
	}
	return names
}

func (p TeamProps) money(minor int64) money.Amount { return money.Of(minor, p.Sheet.Currency) }

// ofMost is the limit beside a number, where there is one.
func ofMost(f Frame, limited bool, most any) string {
	if !limited {
		return ""
	}
	return f.T("teams.of_most", "Most", most)
}

// hoursOf is a limit in minutes as hours are typed: 90 is "1.5".
func hoursOf(minutes int64) string {
	return strconv.FormatFloat(float64(minutes)/60, 'f', -1, 64)
}

// limitsOf says limits in words.
func (p TeamProps) limitsOf(f Frame, l teams.Limits) []string {
	var said []string
	if l.AtOnce > 0 {
		said = append(said, f.T("teams.limit.is.at_once", "Number", int(l.AtOnce)))
	}
	if l.WeekMin > 0 {
		said = append(said, f.T("teams.limit.is.week", "Most", f.Hours(l.WeekMin)))
	}
	if l.MonthMin > 0 {
		said = append(said, f.T("teams.limit.is.month", "Most", f.Hours(l.MonthMin)))
	}
	if l.SpendMinor > 0 {
		said = append(said, f.T("teams.limit.is.month", "Most", p.money(l.SpendMinor)))
	}
	return said
}

func (p TeamProps) limitValue(form, field string, l teams.Limits) string {
	is := map[string]string{
		"at_once": strconv.FormatInt(l.AtOnce, 10), "hours_week": hoursOf(l.WeekMin), "hours_month": hoursOf(l.MonthMin), "spend": p.money(l.SpendMinor).Decimal(),
	}[field]
	return p.value(form, field, is)
}

// MateProps is what the page of one person in the team shows.
type MateProps struct {
	TeamProps
	Mate teams.Mate
}

// MyTeamProps is what one's own page shows where one is in no team.
type MyTeamProps struct{ Invited []teams.Invited }

// JoinProps is what the link of an invitation leads to. Name is as typed.
type JoinProps struct {
	Invited teams.Invited
	Token   string
	Name    string
	Dead    string // why it can't be used; empty: it can
	Wrong   Errors
}

func kindOptionsOf(f Frame, chosen teams.Kind) []Option {
	var options []Option
	for _, k := range teams.Kinds {
		options = append(options, Option{Value: string(k), Label: f.T("teams.kind." + string(k)), Selected: k == chosen})
	}
	return options
}
