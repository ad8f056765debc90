package plans

import (
	"testing"

	"pgregory.net/rapid"

	"guildhall/internal/clock"
)

func TestAPeriodIsCountedFromItsAnchor(t *testing.T) {
	for _, c := range []struct {
		unit   Unit
		anchor clock.Day
		n      int64
		want   clock.Day
	}{
		{Month, "2027-01-31", 1, "2027-02-28"},
		{Month, "2027-01-31", 2, "2027-03-31"},
		{Month, "2027-01-31", 3, "2027-04-30"},
		{Month, "2028-01-31", 1, "2028-02-29"},
		{Month, "2027-01-31", 12, "2028-01-31"},
		{Month, "2027-03-31", -1, "2027-02-28"},
		{Month, "2027-02-11", 1, "2027-03-11"},
		{Month, "2027-11-30", 3, "2028-02-29"},
		{Year, "2027-02-11", 1, "2028-02-11"},
		{Year, "2028-02-29", 1, "2029-02-28"},
		{Year, "2028-02-29", 4, "2032-02-29"},
		{Week, "2027-03-25", 1, "2027-04-01"},
		{Day, "2027-12-31", 1, "2028-01-01"},
		{Day, "2027-12-31", 0, "2027-12-31"},
	} {
		if got := c.unit.After(c.anchor, c.n); got != c.want {
			t.Errorf("%d %s after %s is %s, want %s", c.n, c.unit, c.anchor, got, c.want)
		}
	}
}

func TestPeriodsFollowOneAnotherWithoutGapsAndComeBackToTheirDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		anchor := clock.Day("2020-01-01").Add(rapid.IntRange(0, 6000).Draw(t, "anchor"))
		unit := rapid.SampledFrom(Units).Draw(t, "unit")
		n := int64(rapid.IntRange(-30, 60).Draw(t, "n"))
		a, b := unit.After(anchor, n), unit.After(anchor, n+1)
		if a >= b {
			t.Fatalf("period %d of %s from %s has no day: %s to %s", n, unit, anchor, a, b)
		}
		least, most := map[Unit]int{Day: 1, Week: 7, Month: 28, Year: 365}[unit], map[Unit]int{Day: 1, Week: 7, Month: 31, Year: 366}[unit]
		if days := a.DaysUntil(b); days < least || days > most {
			t.Fatalf("a %s of %d days: %s to %s", unit, days, a, b)
		}
		if unit == Month || unit == Year {
			_, _, was := date(anchor)
			_, _, is := date(b)
			if is != was && dayOfMonth(b.Add(1)) != 1 {
				t.Fatalf("%s from %s comes to %s, which is neither the %d. nor the end of the month", unit, anchor, b, was)
			}
		}
	})
}
