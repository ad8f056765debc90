package i18n

import (
	"testing"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/money"
)

var en, zh = For("en"), For("zh-CN")

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t *testing.T, s string) clock.Instant {
	t.Helper()
	when, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return clock.At(when)
}

// said compares what English and Chinese make of the same thing.
func said(t *testing.T, what, gotEN, gotZH, wantEN, wantZH string) {
	t.Helper()
	if gotEN != wantEN {
		t.Errorf("%s in English: %q, want %q", what, gotEN, wantEN)
	}
	if gotZH != wantZH {
		t.Errorf("%s in Chinese: %q, want %q", what, gotZH, wantZH)
	}
}

func TestDates(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	when := at(t, "2026-11-23T06:00:00Z")
	for name, c := range map[string]struct {
		say    func(Printer) string
		en, zh string
	}{
		"date":           {func(p Printer) string { return p.Date(when, shanghai) }, "Mon 23 Nov 2026", "2026年11月23日 周一"},
		"long date":      {func(p Printer) string { return p.DateLong(when, shanghai) }, "Monday 23 November 2026", "2026年11月23日 星期一"},
		"short date":     {func(p Printer) string { return p.DateShort(when, shanghai) }, "23 Nov", "11月23日"},
		"month":          {func(p Printer) string { return p.Month(when, shanghai) }, "November 2026", "2026年11月"},
		"moment":         {func(p Printer) string { return p.Moment(when, shanghai) }, "Mon 23 Nov 2026, 14:00", "2026年11月23日 周一 14:00"},
		"clock":          {func(p Printer) string { return p.Clock(when, shanghai) }, "14:00", "14:00"},
		"date of a day":  {func(p Printer) string { return p.DateOf("2026-11-23") }, "Mon 23 Nov 2026", "2026年11月23日 周一"},
		"short of a day": {func(p Printer) string { return p.DateShortOf("2026-11-23") }, "23 Nov", "11月23日"},
		"no day":         {func(p Printer) string { return p.DateOf("") }, "", ""},
		"last at night":  {func(p Printer) string { return p.LastDate(at(t, "2026-11-23T16:00:00Z"), shanghai) }, "Mon 23 Nov 2026", "2026年11月23日 周一"},
		"last at noon":   {func(p Printer) string { return p.LastDate(when, shanghai) }, "Mon 23 Nov 2026", "2026年11月23日 周一"},
		"weekday":        {func(p Printer) string { return p.Weekday(time.Sunday) }, "Sun", "周日"},
		"long weekday":   {func(p Printer) string { return p.WeekdayLong(time.Saturday) }, "Saturday", "星期六"},
		"a week":         {func(p Printer) string { return p.Days("2026-11-23", "2026-11-29") }, "23–29 November 2026", "2026年11月23日–29日"},
		"of two months":  {func(p Printer) string { return p.Days("2026-11-30", "2026-12-06") }, "30 November – 6 December 2026", "2026年11月30日–12月6日"},
		"of two years":   {func(p Printer) string { return p.Days("2026-12-28", "2027-01-03") }, "28 December 2026 – 3 January 2027", "2026年12月28日–2027年1月3日"},
		"opening":        {func(p Printer) string { return p.Wall(10*60) + "–" + p.Wall(24*60) }, "10:00–24:00", "10:00–24:00"},
	} {
		said(t, name, c.say(en), c.say(zh), c.en, c.zh)
	}
}

func TestSpans(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	for _, c := range []struct{ from, to, en, zh string }{
		{"2026-11-23T13:00:00Z", "2026-11-23T14:00:00Z", "14:00–15:00", "14:00–15:00"},
		{"2026-11-23T21:00:00Z", "2026-11-23T23:00:00Z", "22:00–24:00", "22:00–24:00"},
		{"2026-11-23T21:00:00Z", "2026-11-24T01:00:00Z", "23 Nov 22:00 – 24 Nov 02:00", "11月23日 22:00 – 11月24日 02:00"},
		{"2026-11-22T23:00:00Z", "2026-11-24T23:00:00Z", "23 Nov 00:00 – 24 Nov 24:00", "11月23日 00:00 – 11月24日 24:00"},
		// The night the clocks go back has two 02:30.
		{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "02:30 CEST–02:30 CET", "02:30 CEST–02:30 CET"},
		{"2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z", "01:30 CET–03:30 CEST", "01:30 CET–03:30 CEST"},
	} {
		from, to := at(t, c.from), at(t, c.to)
		said(t, c.from, en.Span(from, to, berlin), zh.Span(from, to, berlin), c.en, c.zh)
	}
}

func TestDaysNearNow(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	now := at(t, "2026-11-23T22:30:00Z") // 23:30 in Berlin
	for _, c := range []struct{ when, en, zh, onEN, onZH string }{
		{"2026-11-23T12:00:00Z", "Today", "今天", "today", "今天"},
		{"2026-11-23T23:30:00Z", "Tomorrow", "明天", "tomorrow", "明天"},
		{"2026-11-22T12:00:00Z", "Yesterday", "昨天", "yesterday", "昨天"},
		{"2026-11-25T12:00:00Z", "Wed 25 Nov", "11月25日 周三", "on Wed 25 Nov", "11月25日 周三"},
		{"2027-01-01T12:00:00Z", "Fri 1 Jan 2027", "2027年1月1日 周五", "on Fri 1 Jan 2027", "2027年1月1日 周五"},
	} {
		when := at(t, c.when)
		said(t, c.when, en.Day(when, now, berlin), zh.Day(when, now, berlin), c.en, c.zh)
		said(t, c.when, en.OnDay(when, now, berlin), zh.OnDay(when, now, berlin), c.onEN, c.onZH)
		day, today := clock.DayOf(when, berlin), clock.DayOf(now, berlin)
		said(t, c.when, en.DayNear(day, today), zh.DayNear(day, today), c.en, c.zh)
	}
	from, to := at(t, "2026-11-23T13:00:00Z"), at(t, "2026-11-23T14:00:00Z")
	said(t, "a span today", en.DaySpan(from, to, now, berlin), zh.DaySpan(from, to, now, berlin), "Today, 14:00–15:00", "今天 14:00–15:00")
	said(t, "a moment today", en.DayMoment(from, now, berlin), zh.DayMoment(from, now, berlin), "Today, 14:00", "今天 14:00")
}

func TestDurations(t *testing.T) {
	for _, c := range []struct {
		d      time.Duration
		en, zh string
	}{
		{0, "0 min", "0 分钟"},
		{45 * time.Second, "45 s", "45 秒"},
		{45 * time.Minute, "45 min", "45 分钟"},
		{time.Hour, "1 h", "1 小时"},
		{90 * time.Minute, "1 h 30 min", "1 小时 30 分钟"},
		{24 * time.Hour, "24 h", "24 小时"},
		{48 * time.Hour, "2 days", "2 天"},
		{49*time.Hour + 5*time.Minute, "49 h 5 min", "49 小时 5 分钟"},
		{-90 * time.Minute, "−1 h 30 min", "−1 小时 30 分钟"},
	} {
		said(t, c.d.String(), en.Duration(c.d), zh.Duration(c.d), c.en, c.zh)
	}
}

func TestAgo(t *testing.T) {
	now := at(t, "2026-11-23T12:00:00Z")
	for _, c := range []struct {
		d      time.Duration
		en, zh string
	}{
		{30 * time.Second, "just now", "刚刚"},
		{5*time.Minute + 59*time.Second, "5 min ago", "5 分钟前"},
		{3*time.Hour + 10*time.Minute, "3 h ago", "3 小时前"},
		{47 * time.Hour, "47 h ago", "47 小时前"},
		{75 * time.Hour, "3 days ago", "3 天前"},
	} {
		said(t, c.d.String(), en.Ago(now.Add(-c.d), now), zh.Ago(now.Add(-c.d), now), c.en, c.zh)
	}
}

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		a      money.Amount
		en, zh string
	}{
		{money.Of(3000, "CNY"), "¥30.00", "¥30.00"},
		{money.Of(3000, "EUR"), "€30.00", "€30.00"},
		{money.Of(3000, "USD"), "US$30.00", "US$30.00"},
		{money.Of(3000, "GBP"), "£30.00", "£30.00"},
		{money.Of(3000, "JPY"), "JP¥3,000", "JP¥3,000"},
		{money.Of(3000, "CHF"), "CHF\u00a030.00", "CHF\u00a030.00"},
		{money.Of(1234567, "KWD"), "KWD\u00a01,234.567", "KWD\u00a01,234.567"},
		{money.Of(-123456789, "EUR"), "−€1,234,567.89", "−€1,234,567.89"},
		{money.Of(100000, "EUR"), "€1,000.00", "€1,000.00"},
		{money.Of(5, "EUR"), "€0.05", "€0.05"},
		{money.Of(5, "XXQ"), "XXQ\u00a05", "XXQ\u00a05"},
	} {
		said(t, c.a.Decimal(), en.Money(c.a), zh.Money(c.a), c.en, c.zh)
	}
	said(t, "nothing to pay", en.Price(money.Of(0, "EUR")), zh.Price(money.Of(0, "EUR")), "Free", "免费")
	said(t, "a price", en.Price(money.Of(1, "EUR")), zh.Price(money.Of(1, "EUR")), "€0.01", "€0.01")
}

func TestHoursAreNoDays(t *testing.T) {
	for minutes, want := range map[int64]string{0: "0 min", 45: "45 min", 60: "1 h", 90: "1 h 30 min", 120 * 60: "120 h", 4695: "78 h 15 min"} {
		if got := For("en").Hours(minutes); got != want {
			t.Errorf("%d minutes are %q, want %q", minutes, got, want)
		}
	}
}

func TestSentencesFollowOneAnother(t *testing.T) {
	if got := For("en").Sentences("It is late.", "Go home."); got != "It is late. Go home." {
		t.Errorf("in English %q", got)
	}
	if got := For("zh-CN").Sentences("很晚了。", "回家吧。"); got != "很晚了。回家吧。" {
		t.Errorf("in Chinese %q", got)
	}
}

func TestNumbersAndLists(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "−1,234,567", 100000: "100,000"} {
		said(t, want, en.Number(n), zh.Number(n), want, want)
	}
	said(t, "a share", en.Percent(45), zh.Percent(45), "45%", "45%")
	said(t, "a list", en.List("14:30", "15:00"), zh.List("14:30", "15:00"), "14:30, 15:00", "14:30、15:00")
}

func TestPluralsFollowTheCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 days", 1: "1 day", 2: "2 days", 1234: "1,234 days"} {
		if got := en.T("format.days", "Count", n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := zh.T("format.days", "Count", 1); got != "1 天" {
		t.Errorf("%q", got)
	}
}

func TestArgumentsAreLaidOutForTheLanguage(t *testing.T) {
	shanghai := zone(t, "Asia/Shanghai")
	when := at(t, "2026-11-23T06:00:00Z")
	for _, c := range []struct {
		arg    any
		en, zh string
	}{
		{when, "on Mon 23 Nov 2026, 14:00", "2026年11月23日 周一 14:00"},
		{clock.Day("2026-11-23"), "on Mon 23 Nov 2026", "2026年11月23日 周一"},
		{money.Of(3000, "CNY"), "on ¥30.00", "¥30.00"},
		{90 * time.Minute, "on 1 h 30 min", "1 小时 30 分钟"},
		{Text{EN: "laser", ZH: "激光切割机"}, "on laser", "激光切割机"},
		{[]string{"a", "b"}, "on a, b", "a、b"},
		{time.Tuesday, "on Tuesday", "星期二"},
		{1234, "on 1,234", "1,234"},
		{float64(3), "on 3", "3"}, // a whole number that was kept as JSON
		{"as it is", "on as it is", "as it is"},
	} {
		said(t, c.en, en.In(shanghai).T("format.on_day", "Day", c.arg), zh.In(shanghai).T("format.on_day", "Day", c.arg), c.en, c.zh)
	}
}

func TestWhatCantBeSaidShowsItsKey(t *testing.T) {
	if got := en.T("no.such.key"); got != "no.such.key" {
		t.Errorf("a missing key shows as %q", got)
	}
	if got := en.T("format.on_day"); got != "format.on_day" {
		t.Errorf("a place left unfilled shows as %q", got)
	}
}

func TestARefusalIsSaidInTheReadersLanguage(t *testing.T) {
	e := fault.Unauthorized("auth.sign_in", "Sign in to do this.")
	said(t, "a refusal", en.Fault(e), zh.Fault(e), "Sign in to do this.", "登录后才能这样做。")
	unknown := &fault.Error{Code: "not.known", Sentence: "Only in English."}
	said(t, "an unknown one", en.Fault(unknown), zh.Fault(unknown), "Only in English.", "Only in English.")
}

func TestMatch(t *testing.T) {
	for in, want := range map[string]string{
		"": "en", "en": "en", "zh-CN": "zh-CN", "zh": "zh-CN", "zh-TW": "zh-CN", "zh-Hans-SG,en;q=0.5": "zh-CN",
		"de-DE,de;q=0.9": "en", "fr,zh;q=0.5": "zh-CN", "en-US,en;q=0.9,zh;q=0.8": "en", "\x00;;;": "en",
	} {
		if got := Match(in); got != want {
			t.Errorf("Match(%q) = %s, want %s", in, got, want)
		}
		if got := For(in).Locale; got != want {
			t.Errorf("For(%q) speaks %s, want %s", in, got, want)
		}
	}
}
