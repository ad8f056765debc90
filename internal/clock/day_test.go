package clock_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"guildhall/internal/clock"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestAWallTimeIsFoundOnceTwiceOrNever(t *testing.T) {
	for _, c := range []struct {
		name, zone  string
		day         clock.Day
		minute      int
		first, last string
		exists      bool
	}{
		{"an ordinary afternoon", "Europe/Berlin", "2027-03-27", 14 * 60, "2027-03-27T13:00:00Z", "2027-03-27T13:00:00Z", true},
		{"02:30 is skipped in spring", "Europe/Berlin", "2027-03-28", 150, "2027-03-28T01:00:00Z", "2027-03-28T01:00:00Z", false},
		{"02:00 itself is skipped", "Europe/Berlin", "2027-03-28", 120, "2027-03-28T01:00:00Z", "2027-03-28T01:00:00Z", false},
		{"03:00 exists in spring", "Europe/Berlin", "2027-03-28", 180, "2027-03-28T01:00:00Z", "2027-03-28T01:00:00Z", true},
		{"02:30 comes twice in autumn", "Europe/Berlin", "2027-10-31", 150, "2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z", true},
		{"03:00 comes once in autumn", "Europe/Berlin", "2027-10-31", 180, "2027-10-31T02:00:00Z", "2027-10-31T02:00:00Z", true},
		{"24:00 is the next day's start", "Europe/Berlin", "2027-10-31", 1440, "2027-10-31T23:00:00Z", "2027-10-31T23:00:00Z", true},
		{"a midnight that is skipped", "Asia/Beirut", "2027-03-28", 0, "2027-03-27T22:00:00Z", "2027-03-27T22:00:00Z", false},
		{"a midnight that comes twice", "America/Havana", "2027-11-07", 0, "2027-11-07T04:00:00Z", "2027-11-07T05:00:00Z", true},
		{"half an hour is put back", "Australia/Lord_Howe", "2027-04-04", 105, "2027-04-03T14:45:00Z", "2027-04-03T15:15:00Z", true},
		{"Shanghai keeps its clocks", "Asia/Shanghai", "2027-03-28", 150, "2027-03-27T18:30:00Z", "2027-03-27T18:30:00Z", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, last, exists := c.day.At(c.minute, zone(t, c.zone))
			if first.Format(time.RFC3339) != c.first || last.Format(time.RFC3339) != c.last || exists != c.exists {
				t.Errorf("got %s, %s, %v; want %s, %s, %v", first.Format(time.RFC3339), last.Format(time.RFC3339), exists, c.first, c.last, c.exists)
			}
		})
	}
}

func TestDaysAreCountedOnTheCalendar(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	d := clock.Day("2027-03-27")
	if got := d.Add(1).Weekday(); got != 7 {
		t.Errorf("2027-03-28 is weekday %d, want Sunday, 7", got)
	}
	if got := d.Add(2).Start(berlin).Sub(d.Add(1).Start(berlin)); got != 23*time.Hour {
		t.Errorf("the day of the change lasts %s, want 23h", got)
	}
	if got := d.DaysUntil("2027-04-01"); got != 5 {
		t.Errorf("days until 1 April: %d, want 5", got)
	}
	if got := d.DaysUntil("2027-03-20"); got != -7 {
		t.Errorf("days until a week earlier: %d, want -7", got)
	}
	if got := clock.DayOf(clock.At(time.Date(2027, 3, 27, 23, 30, 0, 0, time.UTC)), berlin); got != "2027-03-28" {
		t.Errorf("half past eleven in the evening UTC is %s in Berlin", got)
	}
	for _, bad := range []string{"", "2027-02-29", "2027-3-1", "28.03.2027", "2027-03-28x"} {
		if clock.Day(bad).Valid() {
			t.Errorf("%q passes for a day", bad)
		}
	}
}

func TestTheCalendarEndsSomewhere(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	last, first := clock.Day("9999-12-31"), clock.Day("0001-01-01")
	if got := last.Add(1); got != last {
		t.Errorf("the day after the last is %s", got)
	}
	if got := first.Add(-400); got != first {
		t.Errorf("the day before the first is %s", got)
	}
	if got := clock.DayOf(clock.At(time.Date(10000, 3, 1, 0, 0, 0, 0, time.UTC)), berlin); got != last {
		t.Errorf("a day of the year 10000 is %s", got)
	}
	if got := clock.DayOf(clock.At(time.Date(-3, 3, 1, 0, 0, 0, 0, time.UTC)), berlin); got != first {
		t.Errorf("a day before there were years is %s", got)
	}
	for _, bad := range []string{"9999-12-31", "0001-01-01", "1999-12-31", "2201-01-01"} {
		if _, err := clock.ParseDay(bad); !errors.Is(err, clock.ErrYear) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestTheDaysOfASpanAreCountedAndEnd(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	at := func(year, month, day, hour int) clock.Instant {
		return clock.At(time.Date(year, time.Month(month), day, hour, 0, 0, 0, berlin))
	}
	for _, c := range []struct {
		name     string
		from, to clock.Instant
		want     []clock.Day
	}{
		{"a night", at(2027, 3, 27, 22), at(2027, 3, 28, 6), []clock.Day{"2027-03-27", "2027-03-28"}},
		{"until midnight", at(2027, 3, 27, 22), at(2027, 3, 28, 0), []clock.Day{"2027-03-27"}},
		{"nothing", at(2027, 3, 27, 22), at(2027, 3, 26, 22), nil},
		{"past the end of the calendar", at(9999, 12, 31, 10), at(10001, 1, 1, 0), []clock.Day{"9999-12-31"}},
	} {
		if got := slices.Collect(clock.Days(c.from, c.to, berlin)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
