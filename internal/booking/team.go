package booking

import (
	"strings"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// Team is what a member's team says to what they book. The zero Team is none.
type Team struct {
	ID       id.ID
	Name     string
	Admins   []string                // the names of those who administer it
	Together TeamLimits              // of all in it
	Alone    TeamLimits              // of this one
	Currency string                  // of what they may spend
	Joined   map[id.ID]clock.Instant // everybody in it, and since when
}

// TeamLimits are the most that may be booked; 0 is no limit. A booking counts from
// its start, which is in one week (from Monday) and one month of the space.
type TeamLimits struct {
	AtOnce     int64
	WeekMin    int64
	MonthMin   int64
	SpendMinor int64 // a month
}

// counts reports whether the team limits anything.
func (t Team) counts() bool { return t.Together != TeamLimits{} || t.Alone != TeamLimits{} }

// since is the moment from which bookings are of consequence to a wish at this one:
// the start of its week or of its month, whichever is earlier.
func since(at clock.Instant, zone *time.Location) clock.Instant {
	day := clock.DayOf(at, zone)
	return min(monday(day), monthOf(day)).Start(zone)
}

func monday(d clock.Day) clock.Day { return d.Add(1 - d.Weekday()) }

// monthOf is the first day of the month.
func monthOf(d clock.Day) clock.Day { return d[:len(d)-2] + "01" }

// team asks the limits that the holder's team sets: for the holder alone, and for all together.
func (w *wish) team() {
	if !w.facts.team.counts() || w.stranger() {
		return
	}
	var alone, together []engagement
	for _, m := range w.teamed {
		if m.id == w.booking.ID || m.StartsAt.Before(w.facts.team.Joined[m.member]) {
			continue
		}
		together = append(together, m)
		if m.member == w.holder.ID {
			alone = append(alone, m)
		}
	}
	w.teamLimits(w.facts.team.Alone, alone, "_alone")
	w.teamLimits(w.facts.team.Together, together, "")
}

func (w *wish) teamLimits(l TeamLimits, list []engagement, of string) {
	day := clock.DayOf(w.StartsAt, w.zone)
	week := Span{monday(day).Start(w.zone), monday(day).Add(7).Start(w.zone)}
	month := Span{monthOf(day).Start(w.zone), monthOf(monthOf(day).Add(31)).Start(w.zone)}
	minutesIn := func(in Span) int64 {
		return sumOf(list, in, func(m engagement) int64 { return int64(m.EndsAt.Sub(m.StartsAt) / time.Minute) })
	}
	length := int64(w.EndsAt.Sub(w.StartsAt) / time.Minute)
	if l.AtOnce > 0 && int64(most(list, w.Span)) >= l.AtOnce {
		w.breaksTeam(TeamAtOnce+of, "Count", int(l.AtOnce))
	}
	if l.WeekMin > 0 && minutesIn(week)+length > l.WeekMin {
		w.breaksTeam(TeamWeek+of, "Most", minutes(int(l.WeekMin)), "Left", minutes(int(max(0, l.WeekMin-minutesIn(week)))))
	}
	if l.MonthMin > 0 && minutesIn(month)+length > l.MonthMin {
		w.breaksTeam(TeamMonth+of, "Most", minutes(int(l.MonthMin)), "Left", minutes(int(max(0, l.MonthMin-minutesIn(month)))))
	}
	if l.SpendMinor > 0 && w.facts.team.Currency == w.price.Currency && w.price.Minor > 0 {
		spent := sumOf(list, month, func(m engagement) int64 { return m.priceMinor })
		if spent+w.price.Minor > l.SpendMinor {
			left := money.Of(max(0, l.SpendMinor-spent), w.price.Currency)
			w.breaksTeam(TeamSpend+of, "Most", money.Of(l.SpendMinor, w.price.Currency), "Left", left, "Price", w.price)
		}
	}
}

// sumOf adds up what is said of those that start in a time.
func sumOf(list []engagement, in Span, of func(engagement) int64) (sum int64) {
	for _, m := range list {
		if !m.StartsAt.Before(in.StartsAt) && m.StartsAt.Before(in.EndsAt) {
			sum += of(m)
		}
	}
	return sum
}

func (w *wish) breaksTeam(code string, pairs ...any) {
	t := w.facts.team
	remedy := &Remedy{AskTeam, args("Names", strings.Join(t.Admins, ", "), "Team", t.Name)}
	w.breaks(code, remedy, append(pairs, "Team", t.Name)...)
}
