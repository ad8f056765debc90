package i18n

import (
	"strconv"
	"strings"
	"time"

	"github.com/bojanz/currency"

	"guildhall/internal/clock"
	"guildhall/internal/money"
)

// layout is how a language writes, as layouts for time.Format in which {d} and
// {D} stand for the short and the long weekday.
type layout struct {
	date, dateLong, dateShort, dayOfYear, dayOfAnyYear, month string
	betweenDateAndClock, betweenSentences, listComma          string
	days                                                      [3]ends   // within a month, within a year, and across years
	weekdays, weekdaysLong                                    [7]string // from Sunday, as time.Weekday counts
	currencies                                                currency.Locale
}

// ends are the two ends of a span of days.
type ends struct{ first, dash, last string }

var layouts = map[string]layout{
	"en": {
		date: "{d} 2 Jan 2006", dateLong: "{D} 2 January 2006", dateShort: "2 Jan",
		dayOfYear: "{d} 2 Jan", dayOfAnyYear: "{d} 2 Jan 2006", month: "January 2006",
		betweenDateAndClock: ", ", betweenSentences: " ", listComma: ", ",
		days:         [3]ends{{"2", "–", "2 January 2006"}, {"2 January", " – ", "2 January 2006"}, {"2 January 2006", " – ", "2 January 2006"}},
		weekdays:     [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
		weekdaysLong: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		currencies:   currency.NewLocale("en-GB"),
	},
	"zh-CN": {
		date: "2006年1月2日 {d}", dateLong: "2006年1月2日 {D}", dateShort: "1月2日",
		dayOfYear: "1月2日 {d}", dayOfAnyYear: "2006年1月2日 {d}", month: "2006年1月",
		betweenDateAndClock: " ", listComma: "、",
		days:         [3]ends{{"2006年1月2日", "–", "2日"}, {"2006年1月2日", "–", "1月2日"}, {"2006年1月2日", "–", "2006年1月2日"}},
		weekdays:     [7]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"},
		weekdaysLong: [7]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"},
		currencies:   currency.NewLocale("zh-Hans-CN"),
	},
}

const clockLayout = "15:04"

func (p Printer) layout() layout { return layouts[p.Locale] }

func (p Printer) write(t time.Time, layout string) string {
	s := t.Format(layout)
	s = strings.Replace(s, "{d}", p.Weekday(t.Weekday()), 1)
	return strings.Replace(s, "{D}", p.WeekdayLong(t.Weekday()), 1)
}

// FileDay is the day as a file has it, whatever the language: "2026-11-23", in the zone
// of the printer; nothing for no instant.
func (p Printer) FileDay(t clock.Instant) string {
	if t.IsZero() {
		return ""
	}
	return string(clock.DayOf(t, p.zone))
}

// Date is "Mon 23 Nov 2026", "2026年11月23日 周一".
func (p Printer) Date(t clock.Instant, zone *time.Location) string {
	return p.write(t.In(zone), p.layout().date)
}

// LastDate is the date of the last day of what ends then: at midnight, that is the day
// before.
func (p Printer) LastDate(end clock.Instant, zone *time.Location) string {
	return p.Date(end.Add(-time.Second), zone)
}

// DateLong is "Monday 23 November 2026", "2026年11月23日 星期一".
func (p Printer) DateLong(t clock.Instant, zone *time.Location) string {
	return p.write(t.In(zone), p.layout().dateLong)
}

// DateShort is "23 Nov", "11月23日".
func (p Printer) DateShort(t clock.Instant, zone *time.Location) string {
	return p.write(t.In(zone), p.layout().dateShort)
}

// Days is from one day to another, both named in full as far as they differ:
// "23–29 November 2026", "30 November – 6 December 2026", "2026年11月23日–29日".
func (p Printer) Days(from, to clock.Day) string {
	a, b, l := noon(from), noon(to), p.layout()
	ends := l.days[2]
	switch {
	case a.Year() == b.Year() && a.Month() == b.Month():
		ends = l.days[0]
	case a.Year() == b.Year():
		ends = l.days[1]
	}
	return a.Format(ends.first) + ends.dash + b.Format(ends.last)
}

// Month is "November 2026", "2026年11月".
func (p Printer) Month(t clock.Instant, zone *time.Location) string {
	return p.write(t.In(zone), p.layout().month)
}

// DateOf is Date of a day on the calendar; "" for no day.
func (p Printer) DateOf(d clock.Day) string { return p.calendar(d, p.layout().date) }

// DateShortOf is DateShort of a day on the calendar; "" for no day.
func (p Printer) DateShortOf(d clock.Day) string { return p.calendar(d, p.layout().dateShort) }

// DayNear is Day for days on the calendar: "Today", "Tomorrow", "Wed 25 Nov".
func (p Printer) DayNear(d, today clock.Day) string {
	return p.Day(noon(d), noon(today), time.UTC)
}

func (p Printer) calendar(d clock.Day, layout string) string {
	if !d.Valid() {
		return ""
	}
	return p.write(noon(d).Time, layout)
}

func noon(d clock.Day) clock.Instant {
	t, _ := time.Parse(time.DateOnly, string(d))
	return clock.At(t.Add(12 * time.Hour))
}

// Clock is "14:00", on the 24-hour clock in both languages.
func (p Printer) Clock(t clock.Instant, zone *time.Location) string {
	return t.In(zone).Format(clockLayout)
}

// Wall is "14:00" for 840 minutes since midnight; 1440 is "24:00".
func (p Printer) Wall(minutes int) string {
	return twoDigits(minutes/60) + ":" + twoDigits(minutes%60)
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// Moment is "Mon 23 Nov 2026, 14:00", "2026年11月23日 周一 14:00".
func (p Printer) Moment(t clock.Instant, zone *time.Location) string {
	return p.Date(t, zone) + p.layout().betweenDateAndClock + p.Clock(t, zone)
}

// Span is "14:00–15:00". One that ends on another day names both days, "23 Nov
// 22:00 – 24 Nov 02:00"; midnight is the 24:00 of the day before. Where the
// clocks change within it, both ends name their zone.
func (p Printer) Span(from, to clock.Instant, zone *time.Location) string {
	a, b := from.In(zone), to.In(zone)
	clocks := clockLayout
	if _, before := a.Zone(); before != offset(b) {
		clocks += " MST"
	}
	end := b.Format(clocks)
	if b.Hour() == 0 && b.Minute() == 0 && to.After(from) {
		b = b.AddDate(0, 0, -1)
		end = "24:00" + strings.TrimPrefix(end, "00:00")
	}
	if sameDay(a, b) {
		return a.Format(clocks) + "–" + end
	}
	l := p.layout().dateShort
	return a.Format(l) + " " + a.Format(clocks) + " – " + b.Format(l) + " " + end
}

func offset(t time.Time) int { _, o := t.Zone(); return o }

func sameDay(a, b time.Time) bool { return a.Format(time.DateOnly) == b.Format(time.DateOnly) }

// Day is how people speak of a day near now: "Today", "Tomorrow", "Yesterday",
// else "Wed 25 Nov", with the year when it is another one.
func (p Printer) Day(t, now clock.Instant, zone *time.Location) string {
	if key := nearDay(t, now, zone); key != "" {
		return p.T("format." + key)
	}
	return p.day(t, now, zone)
}

// OnDay is Day within a sentence: "today", "tomorrow", "on Wed 25 Nov".
func (p Printer) OnDay(t, now clock.Instant, zone *time.Location) string {
	if key := nearDay(t, now, zone); key != "" {
		return p.T("format.on_" + key)
	}
	return p.T("format.on_day", "Day", p.day(t, now, zone))
}

// DaySpan is Day and Span together: "Today, 14:00–15:00", "今天 14:00–15:00".
func (p Printer) DaySpan(from, to, now clock.Instant, zone *time.Location) string {
	return p.Day(from, now, zone) + p.layout().betweenDateAndClock + p.Span(from, to, zone)
}

// DayMoment is Day and Clock together: "Tomorrow, 18:00", "明天 18:00".
func (p Printer) DayMoment(t, now clock.Instant, zone *time.Location) string {
	return p.Day(t, now, zone) + p.layout().betweenDateAndClock + p.Clock(t, zone)
}

func (p Printer) day(t, now clock.Instant, zone *time.Location) string {
	if t.In(zone).Year() == now.In(zone).Year() {
		return p.write(t.In(zone), p.layout().dayOfYear)
	}
	return p.write(t.In(zone), p.layout().dayOfAnyYear)
}

// nearDay is the word for a day beside now's, or "".
func nearDay(t, now clock.Instant, zone *time.Location) string {
	day, today := t.In(zone), now.In(zone)
	switch {
	case sameDay(day, today):
		return "today"
	case sameDay(day, today.AddDate(0, 0, 1)):
		return "tomorrow"
	case sameDay(day, today.AddDate(0, 0, -1)):
		return "yesterday"
	}
	return ""
}

// Weekday is "Mon", "周一".
func (p Printer) Weekday(d time.Weekday) string { return p.layout().weekdays[d] }

// WeekdayLong is "Monday", "星期一".
func (p Printer) WeekdayLong(d time.Weekday) string { return p.layout().weekdaysLong[d] }

// Duration is "1 h 30 min", "1 小时 30 分钟". Whole days from two on are "2 days";
// anything under a minute is given in seconds.
func (p Printer) Duration(d time.Duration) string {
	const day = 24 * time.Hour
	if d < 0 {
		return "−" + p.Duration(-d)
	}
	if d >= 2*day && d%day == 0 {
		return p.T("format.days", "Count", int64(d/day))
	}
	if d > 0 && d < time.Minute {
		return p.T("format.seconds", "N", int64(d/time.Second))
	}
	return p.Hours(int64(d / time.Minute))
}

// Hours is time that is counted and limited, in minutes: "120 h", "1 h 30 min", and
// never in days, for 120 hours at a machine are no five days.
func (p Printer) Hours(all int64) string {
	hours, minutes := all/60, all%60
	switch {
	case hours == 0:
		return p.T("format.minutes", "N", minutes)
	case minutes == 0:
		return p.T("format.hours", "N", hours)
	default:
		return p.T("format.hours_minutes", "Hours", hours, "Minutes", minutes)
	}
}

// Ago says how long before now something was: "just now", "5 min ago", "3 days ago".
func (p Printer) Ago(t, now clock.Instant) string {
	d := now.Sub(t)
	switch {
	case d < time.Minute:
		return p.T("format.just_now")
	case d < time.Hour:
		d = d.Truncate(time.Minute)
	case d < 48*time.Hour:
		d = d.Truncate(time.Hour)
	default:
		d = d.Truncate(24 * time.Hour)
	}
	return p.T("format.ago", "Duration", d)
}

// Number is "12,345".
func (p Printer) Number(n int64) string {
	digits, minus := strconv.FormatInt(n, 10), ""
	if n < 0 {
		digits, minus = digits[1:], "−"
	}
	return minus + group(digits)
}

// Percent is "45%".
func (p Printer) Percent(n int64) string { return p.Number(n) + "%" }

// Money is "¥30.00", "€1,250.00", "US$5.00", "CHF 30.00", with a true minus
// sign and no break inside. The yuan is ¥ in both languages.
func (p Printer) Money(a money.Amount) string {
	symbol, ok := currency.GetSymbol(a.Currency, p.layout().currencies)
	switch {
	case a.Currency == "CNY":
		symbol = "¥"
	case !ok || symbol == a.Currency:
		symbol = a.Currency + "\u00a0"
	}
	digits, minus := a.Decimal(), ""
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		digits, minus = rest, "−"
	}
	major, rest, found := strings.Cut(digits, ".")
	if found {
		rest = "." + rest
	}
	return minus + symbol + group(major) + rest
}

// Price is Money, or "Free" when there is nothing to pay.
func (p Printer) Price(a money.Amount) string {
	if a.Minor == 0 {
		return p.T("format.free")
	}
	return p.Money(a)
}

// group sets a comma before every third digit from the end.
func group(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Sentences are one text, "It is late. Go home." or "很晚了。回家吧。"
func (p Printer) Sentences(all ...string) string {
	return strings.Join(all, p.layout().betweenSentences)
}

// List is "14:30, 15:00, 17:00", "14:30、15:00、17:00".
func (p Printer) List(items ...string) string { return strings.Join(items, p.layout().listComma) }
