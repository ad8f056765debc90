package view

import (
	"slices"
	"strconv"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/reports"
	"guildhall/internal/spaces"
)

// TodayProps is the manager's day: what every resource is held for, the day's
// numbers, and what needs somebody.
type TodayProps struct {
	Day      clock.Day
	Today    clock.Day
	View     string // day | week | agenda
	Board    reports.Board
	Counts   reports.Counts
	Needs    []reports.Need
	Calendar spaces.Calendar
	FromMin  int // the part of the day that the timeline shows, in minutes of the wall
	ToMin    int
	NowMin   int   // on the timeline, or -1
	Asked    int64 // people who wait for a plan
	Failed   int   // messages and other work that failed and can be sent again
	Search   bool
	Begin    []Step // what a new space does next; none once others are here
}

// quiet reports whether nothing needs anybody.
func (p TodayProps) quiet() bool { return len(p.Needs) == 0 && p.Failed == 0 && p.Asked == 0 }

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

// rows is where the numbers of the day have their rows; those of a week have them here.
func (p TodayProps) rows(f Frame) string {
	if p.View == "week" {
		return ""
	}
	return p.viewHref(f, "agenda")
}

// span is what is shown, a day or a week.
func (p TodayProps) span() string {
	if p.View == "week" {
		return "week"
	}
	return "day"
}

// keys are the keys of the board, and what each does.
func (p TodayProps) keys(f Frame) []Option {
	keys := []Option{
		{Label: "←", Value: f.T("board.previous." + p.View)}, {Label: "→", Value: f.T("board.next." + p.View)},
		{Label: "t", Value: f.T("board.today")}, {Label: "g t", Value: f.T("board.key.from_anywhere")},
	}
	if p.Search {
		keys = append(keys, Option{Label: "/", Value: f.T("board.find")}, Option{Label: "n", Value: f.T("board.book_for")})
	}
	return append(keys, Option{Label: "?", Value: f.T("board.keys")})
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

func weekday(f Frame, day clock.Day) string {
	return f.Weekday(time.Weekday(day.Weekday() % 7))
}

func shutWord(f Frame, why string) string {
	if why == "" {
		return f.T("board.closed")
	}
	return why
}

func (p TodayProps) week() []clock.Day {
	days := make([]clock.Day, 7)
	for i := range days {
		days[i] = p.monday().Add(i)
	}
	return days
}

// numerals are the full hours on the timeline.
func (p TodayProps) numerals() []int {
	var hours []int
	for m := p.FromMin; m < p.ToMin; m += 60 {
		hours = append(hours, m/60)
	}
	return hours
}

// spanClass names the number of hours that the timeline has.
func (p TodayProps) spanClass() string { return "hours-" + strconv.Itoa((p.ToMin-p.FromMin)/60) }

// open are the opening hours of the day shown, in words.
func (p TodayProps) open(f Frame) string {
	var spans []string
	for _, span := range p.Calendar.Day(p.Day, false) {
		spans = append(spans, f.Span(span.From, span.To, f.Zone))
	}
	return f.List(spans...)
}

// unlike says what is unlike other days: the holiday, and whether the doors stay shut.
func (p TodayProps) unlike(f Frame) string {
	holiday, special := p.Calendar.Holidays[p.Day]
	switch {
	case p.View == "week":
		return ""
	case special && holiday.Closed():
		return f.T("board.shut_for", "Name", holiday.Name)
	case special:
		return f.T("board.open_for", "Name", holiday.Name, "Hours", p.open(f))
	case p.open(f) == "":
		return f.T("board.shut")
	}
	return ""
}

// shut is whether the doors stay shut on a day, and why if that is known.
func (p TodayProps) shut(f Frame, day clock.Day) (shut bool, why string) {
	if holiday, ok := p.Calendar.ClosedOn(day); ok {
		return true, f.Words(holiday.Name)
	}
	return len(p.Calendar.Day(day, false)) == 0, ""
}

// shutHours are the parts of the timeline in which the doors are shut.
func (p TodayProps) shutHours(f Frame) []string {
	var parts []string
	from := p.FromMin
	shut := func(to int) {
		if from < to {
			parts = append(parts, p.strip(from, to))
		}
	}
	for _, span := range p.Calendar.Day(p.Day, false) {
		shut(clock.MinuteOf(span.From, f.Zone))
		from = endMinute(f, span.To)
	}
	shut(p.ToMin)
	return parts
}

// bookingsMore says beside the bookings what is left of the day: what is free in
// the evening, or when the doors are open.
func (p TodayProps) bookingsMore(f Frame) string {
	evening, _, _ := p.Day.At(18*60, f.Zone)
	spans := p.Calendar.Day(p.Day, false)
	switch {
	case p.View == "week":
		return ""
	case len(spans) == 0:
		return f.T("board.kpi.shut")
	case p.Day >= p.Today && spans[len(spans)-1].To.After(evening):
		return f.T("board.kpi.bookings.more", "Count", p.Counts.FreeAfter)
	}
	return f.T("board.kpi.open", "Hours", p.open(f))
}

// booked counts the people who have booked, and what they have booked.
func (p TodayProps) booked() (people, resources int) {
	known := map[id.ID]bool{}
	for _, row := range p.Board.Rows {
		any := false
		for _, t := range row.Tickets {
			if !t.Closure && t.Status != "held" {
				known[t.Member], any = true, true
			}
		}
		if any {
			resources++
		}
	}
	return len(known), resources
}

// strip is a part of the timeline, from one minute of the day to another: its first
// quarter of an hour, and how many it covers.
func (p TodayProps) strip(from, to int) string {
	first := min((max(from, p.FromMin)-p.FromMin)/15, (p.ToMin-p.FromMin)/15-1)
	return "s" + itoa(first) + " w" + itoa(max(1, (min(to, p.ToMin)-p.FromMin+14)/15-first))
}

// endMinute is the minute of the day at which something ends; midnight is 24:00.
func endMinute(f Frame, at clock.Instant) int {
	if m := clock.MinuteOf(at, f.Zone); m > 0 {
		return m
	}
	return 24 * 60
}

// place is where a ticket stands on the timeline, and its lane. What begins before
// or ends after is cut off.
func (p TodayProps) place(f Frame, t reports.Ticket) string {
	from, to := p.FromMin, p.ToMin
	if !t.StartsAt.Before(p.Day.Start(f.Zone)) {
		from = max(from, clock.MinuteOf(t.StartsAt, f.Zone))
	}
	if t.EndsAt.Before(p.Day.Add(1).Start(f.Zone)) {
		to = min(to, clock.MinuteOf(t.EndsAt, f.Zone))
	}
	return p.strip(from, to) + " l" + itoa(min(t.Lane, 39))
}

// seen are the tickets of a row that the timeline shows: not what was over before
// it begins, such as the end of last night.
func (p TodayProps) seen(f Frame, row reports.BoardRow) []reports.Ticket {
	first, _, _ := p.Day.At(p.FromMin, f.Zone)
	return slices.DeleteFunc(slices.Clone(row.Tickets), func(t reports.Ticket) bool { return !t.EndsAt.After(first) })
}

// hours are when a ticket begins and ends on the clocks of a day, or that it takes
// the whole of it.
func hours(f Frame, t reports.Ticket, day clock.Day) (from, to string) {
	if !t.StartsAt.After(day.Start(f.Zone)) && !t.EndsAt.Before(day.Add(1).Start(f.Zone)) {
		return f.T("board.all_day"), ""
	}
	return f.Clock(t.StartsAt, f.Zone), "–" + f.Wall(endMinute(f, t.EndsAt))
}

// begins is when a ticket begins on a day, or until when it goes on from the day before.
func begins(f Frame, t reports.Ticket, day clock.Day) string {
	from, to := hours(f, t, day)
	if to != "" && t.StartsAt.Before(day.Start(f.Zone)) {
		return to
	}
	return from
}

// when is a ticket's time in a line of its own.
func when(f Frame, t reports.Ticket) string {
	if from, to := hours(f, t, clock.DayOf(t.StartsAt, f.Zone)); to == "" && t.EndsAt.Sub(t.StartsAt) < 26*time.Hour {
		return from
	}
	return f.Span(t.StartsAt, t.EndsAt, f.Zone)
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

// lines are the tickets of a day by their start.
func (p TodayProps) lines(f Frame, day clock.Day) []line {
	var all []line
	for _, row := range p.Board.Rows {
		for _, t := range on(f, row, day) {
			all = append(all, line{t, row})
		}
	}
	slices.SortStableFunc(all, func(a, b line) int { return a.StartsAt.Compare(b.StartsAt.Time) })
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

// outUntil says until when a row is out of service.
func outUntil(f Frame, row reports.BoardRow) string {
	if row.OutUntil.IsZero() {
		return f.T("board.out")
	}
	return f.T("board.out_until", "Day", f.Date(row.OutUntil, f.Zone))
}

// out is the part of the timeline in which a row is out of service, or "". Of the
// days before today it is not known.
func (p TodayProps) out(f Frame, row reports.BoardRow) string {
	switch end := row.OutUntil; {
	case row.Status != "out_of_service", p.Day < p.Today:
		return ""
	case end.IsZero(), !end.Before(p.Day.Add(1).Start(f.Zone)):
		return p.strip(p.FromMin, p.ToMin)
	case end.After(f.Now) && !end.Before(p.Day.Start(f.Zone)) && clock.MinuteOf(end, f.Zone) > p.FromMin:
		return p.strip(p.FromMin, clock.MinuteOf(end, f.Zone))
	}
	return ""
}

func reasonOr(f Frame, reason i18n.Text, otherwise string) string {
	if words := f.Words(reason); words != "" {
		return words
	}
	return otherwise
}
