package spaces_test

import (
	"slices"
	"testing"

	"guildhall/internal/clock"
	"guildhall/internal/spaces"
)

func TestNationalHolidaysAreOffered(t *testing.T) {
	days := func(country string, from clock.Day, have ...spaces.Holiday) []clock.Day {
		var all []clock.Day
		for _, h := range spaces.NationalHolidays(country, from, have) {
			if h.Name.EN == "" || h.Name.ZH == "" {
				t.Errorf("%s is not named in both languages", h.Day)
			}
			all = append(all, h.Day)
		}
		return all
	}
	german := days("DE", "2026-11-23")
	for _, want := range []clock.Day{"2026-12-25", "2027-01-01", "2027-03-26", "2027-03-29", "2027-05-06", "2027-05-17", "2027-10-03"} {
		if !slices.Contains(german, want) {
			t.Errorf("%s is not offered in Germany: %v", want, german)
		}
	}
	if len(german) != 9 || !slices.IsSorted(german) {
		t.Errorf("a year in Germany has %d: %v", len(german), german)
	}
	chinese := days("CN", "2027-01-01")
	for _, want := range []clock.Day{"2027-02-05", "2027-02-06", "2027-04-05", "2027-06-09", "2027-09-15", "2027-10-01"} {
		if !slices.Contains(chinese, want) {
			t.Errorf("%s is not offered in China: %v", want, chinese)
		}
	}
	if got := days("DE", "2026-11-23", spaces.Holiday{Day: "2026-12-25"}); slices.Contains(got, "2026-12-25") {
		t.Error("a day is offered that is on the list already")
	}
	if got := days("FR", "2026-11-23"); got != nil {
		t.Errorf("France is offered %v", got)
	}
	// Easter of years that are easily got wrong.
	for from, want := range map[clock.Day]clock.Day{"2038-01-01": "2038-04-26", "2049-01-01": "2049-04-19", "2000-01-01": "2000-04-24"} {
		if !slices.Contains(days("DE", from), want) {
			t.Errorf("Easter Monday of %s is not %s", from[:4], want)
		}
	}
}
