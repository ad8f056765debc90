package view

import (
	"slices"
	"strconv"

	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/reports"
)

// TodayProps is the manager's day: what every resource is held for, the day's
// numbers, and what needs somebody.
type TodayProps struct {
	Day     clock.Day
	Today   clock.Day
	View    string // day | week | agenda
	Board   reports.Board
	Counts  reports.Counts
	Needs   []reports.Need
	FromMin int // the part of the day that the timeline shows, in minutes of the wall
	ToMin   int
	NowMin  int // on the timeline, or -1
	Failed  int // messages and other work that failed and can be sent again
	Search  bool
}

// dayHref is the same view on another day.
func (p TodayProps) dayHref(f Frame, day clock.Day) string {
	address := f.At("today")
	if p.View != "day" {
		address = With(address, "view", p.View)
	}
	if day != p.Today {
		address = With(address, "day", string(day))
	}
	return address
}

// viewHref is another view of the same day.
func (p TodayProps) viewHref(f Frame, view string) string {
	p.View = view
	return p.dayHref(f, p.Day)
}

// step is how many days the arrows go.
func (p TodayProps) step() int {
	if p.View == "week" {
		return 7
	}
	return 1
}

// monday is the first day of the week shown.
func (p TodayProps) monday() clock.Day { return p.Day.Add(1 - p.Day.Weekday()) }

func (p TodayProps) week() []clock.Day {
	days := make([]clock.Day, 7)
	for i := range days {
		days[i] = p.monday().Add(i)
	}
	return days
}

func (p TodayProps) hours() []int {
	var hours []int
	for m := p.FromMin; m < p.ToMin; m += 60 {
		hours = append(hours, m/60)
	}
	return hours
}

// spanClass names the number of hours that the timeline has.
func (p TodayProps) spanClass() string { return "hours-" + strconv.Itoa((p.ToMin-p.FromMin)/60) }

// place is where a ticket stands on the timeline: its first quarter of an hour,
// how many it covers, and its lane. What begins before or ends after is cut off.
func (p TodayProps) place(f Frame, t reports.Ticket) string {
	from, to := p.FromMin, p.ToMin
	if !t.StartsAt.Before(p.Day.Start(f.Zone)) {
		from = max(from, clock.MinuteOf(t.StartsAt, f.Zone))
	}
	if t.EndsAt.Before(p.Day.Add(1).Start(f.Zone)) {
		to = min(to, clock.MinuteOf(t.EndsAt, f.Zone))
	}
	first := min((from-p.FromMin)/15, (p.ToMin-p.FromMin)/15-1)
	quarters := max(1, (to-p.FromMin+14)/15-first)
	return "s" + itoa(first) + " w" + itoa(quarters) + " l" + itoa(min(t.Lane, 39))
}

// wide tells how much of its text a ticket has room for.
func (p TodayProps) wide(t reports.Ticket) string {
	switch length := t.EndsAt.Sub(t.StartsAt).Minutes(); {
	case length < 60:
		return "slim"
	case length < 120:
		return "short"
	}
	return ""
}

// nowClass puts the line of the present on the timeline.
func (p TodayProps) nowClass() string { return "s" + itoa((p.NowMin-p.FromMin)/15) }

// on are a row's tickets of one day.
func on(f Frame, row reports.BoardRow, day clock.Day) []reports.Ticket {
	from, to := day.Start(f.Zone), day.Add(1).Start(f.Zone)
	var of []reports.Ticket
	for _, t := range row.Tickets {
		if t.StartsAt.Before(to) && t.EndsAt.After(from) {
			of = append(of, t)
		}
	}
	return of
}

// line is a ticket together with what it is for.
type line struct {
	reports.Ticket
	Row reports.BoardRow
}

// lines are the tickets of the day by their start, for the agenda.
func (p TodayProps) lines() []line {
	var all []line
	for _, row := range p.Board.Rows {
		for _, t := range row.Tickets {
			all = append(all, line{t, row})
		}
	}
	sortLines(all)
	return all
}

// ticketName is who or what a ticket is for.
func ticketName(f Frame, t reports.Ticket) string {
	if t.Closure {
		if words := f.Words(t.Reason); words != "" {
			return words
		}
		return f.T("board.closed")
	}
	return t.Name
}

// ticketState is where it stands, in a word.
func ticketState(f Frame, t reports.Ticket) string {
	if t.Late {
		return f.T("board.state.late")
	}
	return f.T("board.state." + t.Status)
}

// ticketClass gives the state its form.
func ticketClass(t reports.Ticket) string {
	switch {
	case t.Closure:
		return "shut"
	case t.Late:
		return "late"
	}
	return map[string]string{"in_use": "on", "done": "past", "no_show": "missed", "held": "held", "pending": "held"}[t.Status]
}

func badgeClass(t reports.Ticket) string {
	switch {
	case t.Late:
		return "warn"
	case t.Status == "no_show":
		return "bad"
	case t.Status == "in_use":
		return "ok"
	case t.Status == "done":
		return "done"
	}
	return ""
}

// unitName says which one of several a ticket is for.
func unitName(row reports.BoardRow, t reports.Ticket) string {
	if row.Units == 1 || t.Closure {
		return ""
	}
	return "#" + itoa(t.Unit)
}

// outSince says until when a row is out of service.
func outUntil(f Frame, row reports.BoardRow) string {
	if row.OutUntil.IsZero() {
		return f.T("board.out")
	}
	return f.T("board.out_until", "Day", f.Date(row.OutUntil, f.Zone))
}

// out reports whether the row can't be used now.
func out(f Frame, row reports.BoardRow) bool {
	return row.Status == "out_of_service" && (row.OutUntil.IsZero() || f.Now.Before(row.OutUntil))
}

func reasonOr(f Frame, reason i18n.Text, otherwise string) string {
	if words := f.Words(reason); words != "" {
		return words
	}
	return otherwise
}

func sortLines(all []line) {
	slices.SortStableFunc(all, func(a, b line) int { return a.StartsAt.Compare(b.StartsAt.Time) })
}
