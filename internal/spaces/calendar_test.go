package spaces_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"guildhall/internal/clock"
	"guildhall/internal/spaces"
)

func location(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// daily opens every day of the week.
func daily(opens, closes int, a spaces.Audience) []spaces.Hours {
	var week []spaces.Hours
	for d := 1; d <= 7; d++ {
		week = append(week, spaces.Hours{Weekday: d, OpensMin: opens, ClosesMin: closes, Audience: a})
	}
	return week
}

func minutes(m int) *int { return &m }

// said writes spans as their starts and ends in UTC.
func said(spans []spaces.Span) []string {
	var s []string
	for _, p := range spans {
		s = append(s, p.From.Format("2006-01-02 15:04")+" to "+p.To.Format("2006-01-02 15:04"))
	}
	return s
}

func instant(t testing.TB, zone *time.Location, wall string) clock.Instant {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", wall, zone)
	if err != nil {
		t.Fatal(err)
	}
	return clock.At(at)
}

func TestADayIsOpenAsTheWallSays(t *testing.T) {
	berlin, shanghai, beirut := location(t, "Europe/Berlin"), location(t, "Asia/Shanghai"), location(t, "Asia/Beirut")
	early, late := daily(0, 360, spaces.Everyone), daily(60, 150, spaces.Everyone)
	keys := append(daily(840, 1260, spaces.Everyone), daily(360, 1440, spaces.KeyHolders)...)
	split := append(daily(540, 720, spaces.Everyone), daily(780, 1080, spaces.Everyone)...)
	for _, c := range []struct {
		name      string
		zone      *time.Location
		week      []spaces.Hours
		holiday   *spaces.Holiday
		day       clock.Day
		keyHolder bool
		want      []string
	}{
		{"midnight to six lasts five hours in spring", berlin, early, nil, "2027-03-28", false, []string{"2027-03-27 23:00 to 2027-03-28 04:00"}},
		{"midnight to six lasts seven hours in autumn", berlin, early, nil, "2027-10-31", false, []string{"2027-10-30 22:00 to 2027-10-31 05:00"}},
		{"midnight to six lasts six hours in Shanghai", shanghai, early, nil, "2027-03-28", false, []string{"2027-03-27 16:00 to 2027-03-27 22:00"}},
		{"closing at a skipped 02:30 is at the change", berlin, late, nil, "2027-03-28", false, []string{"2027-03-28 00:00 to 2027-03-28 01:00"}},
		{"closing at 02:30 shown twice is at the second", berlin, late, nil, "2027-10-31", false, []string{"2027-10-30 23:00 to 2027-10-31 01:30"}},
		{"nine in the morning stays nine over the change", berlin, daily(540, 1080, spaces.Everyone), nil, "2027-03-28", false, []string{"2027-03-28 07:00 to 2027-03-28 16:00"}},
		{"and is an hour later in UTC the day before", berlin, daily(540, 1080, spaces.Everyone), nil, "2027-03-27", false, []string{"2027-03-27 08:00 to 2027-03-27 17:00"}},
		{"a day that begins at one", beirut, daily(0, 1440, spaces.Everyone), nil, "2027-03-28", false, []string{"2027-03-27 22:00 to 2027-03-28 21:00"}},
		{"two openings stay two", berlin, split, nil, "2027-06-01", false, []string{"2027-06-01 07:00 to 2027-06-01 10:00", "2027-06-01 11:00 to 2027-06-01 16:00"}},
		{"a key holder comes early", berlin, keys, nil, "2027-06-01", true, []string{"2027-06-01 04:00 to 2027-06-01 22:00"}},
		{"others don't", berlin, keys, nil, "2027-06-01", false, []string{"2027-06-01 12:00 to 2027-06-01 19:00"}},
		{"a holiday keeps everyone out", berlin, keys, &spaces.Holiday{}, "2027-06-01", false, nil},
		{"and key holders too", berlin, keys, &spaces.Holiday{}, "2027-06-01", true, nil},
		{"special hours stand in for everyone's", berlin, keys, &spaces.Holiday{OpensMin: minutes(600), ClosesMin: minutes(660)}, "2027-06-01", false, []string{"2027-06-01 08:00 to 2027-06-01 09:00"}},
		{"and leave key holders theirs", berlin, keys, &spaces.Holiday{OpensMin: minutes(300), ClosesMin: minutes(420)}, "2027-06-01", true, []string{"2027-06-01 03:00 to 2027-06-01 22:00"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cal := spaces.Calendar{Zone: c.zone, Hours: c.week}
			if c.holiday != nil {
				cal.Holidays = map[clock.Day]spaces.Holiday{c.day: *c.holiday}
			}
			if diff := cmp.Diff(c.want, said(cal.Day(c.day, c.keyHolder))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnOpeningGoesThroughMidnight(t *testing.T) {
	berlin := location(t, "Europe/Berlin")
	cal := spaces.Calendar{Zone: berlin, Hours: []spaces.Hours{
		{Weekday: 5, OpensMin: 20 * 60, ClosesMin: 1440, Audience: spaces.Everyone},
		{Weekday: 6, OpensMin: 0, ClosesMin: 4 * 60, Audience: spaces.Everyone},
	}}
	friday, saturday := instant(t, berlin, "2027-06-04 20:00"), instant(t, berlin, "2027-06-05 04:00")
	if !cal.Covers(friday, saturday, false) {
		t.Error("Friday 20:00 to Saturday 04:00 is not covered")
	}
	if cal.Covers(friday, saturday.Add(time.Second), false) {
		t.Error("it is open a second too long")
	}
	span, open := cal.Open(instant(t, berlin, "2027-06-05 00:00"), false)
	if !open || !span.From.Equal(friday) || !span.To.Equal(saturday) {
		t.Errorf("at midnight it is open %v, %s", open, said([]spaces.Span{span}))
	}
	if _, open := cal.Open(saturday, false); open {
		t.Error("it is open at closing time")
	}
	next, ok := cal.NextOpening(instant(t, berlin, "2027-06-04 21:00"), false)
	if want := instant(t, berlin, "2027-06-11 20:00"); !ok || !next.Equal(want) {
		t.Errorf("the next opening is %s, %v; want %s: midnight opens nothing", next, ok, want)
	}
	if next, ok := (spaces.Calendar{Zone: berlin}).NextOpening(friday, true); ok {
		t.Errorf("a space without hours opens %s", next)
	}
}

// zones change their clocks by an hour, by half an hour, at midnight, or never.
var zones = []string{"Europe/Berlin", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "America/Havana", "Africa/Cairo", "UTC"}

func someCalendar(t *rapid.T) spaces.Calendar {
	name := rapid.SampledFrom(zones).Draw(t, "zone")
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	cal := spaces.Calendar{Zone: zone, Holidays: map[clock.Day]spaces.Holiday{}}
	for i := range rapid.IntRange(0, 14).Draw(t, "openings") {
		opens := rapid.IntRange(0, 95).Draw(t, fmt.Sprint("opens ", i)) * 15
		cal.Hours = append(cal.Hours, spaces.Hours{
			Weekday: rapid.IntRange(1, 7).Draw(t, fmt.Sprint("weekday ", i)), OpensMin: opens,
			ClosesMin: opens + 15*rapid.IntRange(1, (1440-opens)/15).Draw(t, fmt.Sprint("length ", i)),
			Audience:  rapid.SampledFrom([]spaces.Audience{spaces.Everyone, spaces.KeyHolders}).Draw(t, fmt.Sprint("audience ", i)),
		})
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "holidays") {
		h := spaces.Holiday{Day: clock.Day("2027-03-10").Add(rapid.IntRange(0, 300).Draw(t, fmt.Sprint("holiday ", i)))}
		if rapid.Bool().Draw(t, fmt.Sprint("special ", i)) {
			h.OpensMin, h.ClosesMin = minutes(600), minutes(900)
		}
		cal.Holidays[h.Day] = h
	}
	return cal
}

func TestSpansAreOrderedAndApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cal := someCalendar(t)
		keyHolder := rapid.Bool().Draw(t, "key holder")
		from := clock.Unix(1804636800 + 900*int64(rapid.IntRange(0, 31_000).Draw(t, "from"))) // 2027-03-10 …
		to := from.Add(time.Duration(rapid.IntRange(1, 30*96).Draw(t, "quarters")) * 15 * time.Minute)
		last := clock.Instant{}
		for _, s := range cal.Between(from, to, keyHolder) {
			if s.From.Before(from) || s.To.After(to) || !s.From.Before(s.To) {
				t.Fatalf("%s is not within %s to %s", said([]spaces.Span{s}), from, to)
			}
			if !last.IsZero() && !s.From.After(last) {
				t.Fatalf("%s touches the one before, which ends %s", said([]spaces.Span{s}), last)
			}
			last = s.To
		}
	})
}

// A span's edges are the only moments at which open turns to closed: asking the
// wall at every quarter of an hour gives the same answer as the spans.
func TestSpansAgreeWithTheWall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cal := someCalendar(t)
		keyHolder := rapid.Bool().Draw(t, "key holder")
		day := clock.Day("2027-03-10").Add(rapid.IntRange(0, 300).Draw(t, "day"))
		spans := cal.Between(day.Start(cal.Zone), day.Add(1).Start(cal.Zone), keyHolder)
		for at := day.Start(cal.Zone); at.Before(day.Add(1).Start(cal.Zone)); at = at.Add(15 * time.Minute) {
			inSpan := false
			for _, s := range spans {
				inSpan = inSpan || s.Contains(at)
			}
			if _, last, _ := day.At(clock.MinuteOf(at, cal.Zone), cal.Zone); !last.Equal(at) {
				continue // this time is shown again; an opening that ends within it runs to the second
			}
			if want := openOnTheWall(cal, day, clock.MinuteOf(at, cal.Zone), keyHolder); inSpan != want {
				t.Fatalf("%s at %s: in a span %v, by the wall %v", cal.Zone, at.In(cal.Zone), inSpan, want)
			}
		}
	})
}

func openOnTheWall(cal spaces.Calendar, day clock.Day, minute int, keyHolder bool) bool {
	holiday, special := cal.Holidays[day]
	if special && holiday.Closed() {
		return false
	}
	if special && *holiday.OpensMin <= minute && minute < *holiday.ClosesMin {
		return true
	}
	for _, h := range cal.Hours {
		mine := h.Audience == spaces.KeyHolders && keyHolder || h.Audience == spaces.Everyone && !special
		if mine && h.Weekday == day.Weekday() && h.OpensMin <= minute && minute < h.ClosesMin {
			return true
		}
	}
	return false
}

func TestTheDoorsAreLookedAtNoFurtherThanTheCalendarGoes(t *testing.T) {
	berlin := location(t, "Europe/Berlin")
	c := spaces.Calendar{Zone: berlin, Hours: daily(540, 1260, spaces.Everyone)}
	from := clock.At(time.Date(9999, 12, 30, 12, 0, 0, 0, berlin))
	if got := c.Between(from, from.Add(10*24*time.Hour), false); len(got) == 0 {
		t.Error("the doors are closed on the last days")
	}
}
