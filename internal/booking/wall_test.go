package booking

import (
	"errors"
	"testing"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/testkit"
)

func TestATimeOnTheWallBecomesAnInstant(t *testing.T) {
	for _, c := range []struct{ day, wall, want string }{
		{"2026-11-24", "09:00", "2026-11-24T08:00:00Z"},
		{"2026-11-24", "9:00", "2026-11-24T08:00:00Z"},
		{"2026-11-24", "24:00", "2026-11-24T23:00:00Z"},
		{"2027-03-28", "01:59", "2027-03-28T00:59:00Z"},
		{"2027-03-28", "03:00", "2027-03-28T01:00:00Z"},
		{"2027-10-31", "02:30+02:00", "2027-10-31T00:30:00Z"},
		{"2027-10-31", "02:30 +01:00", "2027-10-31T01:30:00Z"},
		{"2027-06-01", "09:00+02:00", "2027-06-01T07:00:00Z"},
	} {
		got, err := Moment(berlin, c.day, c.wall)
		if err != nil || got.Format(time.RFC3339) != c.want {
			t.Errorf("%s %s: %v, %v, want %s", c.day, c.wall, got, err, c.want)
		}
	}
	for _, c := range [][2]string{{"2026-02-30", "09:00"}, {"", ""}, {"2026-11-24", "25:00"}, {"2026-11-24", "24:01"}, {"2026-11-24", "nine"},
		{"2026-11-24", "9:5"}, {"2026-11-24", "-1:00"}, {"2027-06-01", "09:00+01:00"}} {
		if _, err := Moment(berlin, c[0], c[1]); !errors.Is(err, ErrMoment) {
			t.Errorf("%q %q: %v", c[0], c[1], err)
		}
	}
}

func TestAYearThatNobodyCanMeanIsRefusedAsSuch(t *testing.T) {
	for _, day := range []string{"9999-12-31", "0001-01-01", "2201-01-01"} {
		if _, err := Moment(berlin, day, "09:00"); !errors.Is(err, clock.ErrYear) {
			t.Errorf("%s: %v", day, err)
		}
	}
}

func TestARuleOfSomeHoursComesToAnEndAtTheEndOfTheCalendar(t *testing.T) {
	r := Rule{Kind: LengthRule, FromMin: 9 * 60, ToMin: 12 * 60}
	last := clock.At(time.Date(9999, 12, 31, 20, 0, 0, 0, berlin))
	if r.touches(Span{last, last.Add(24 * time.Hour)}, berlin) {
		t.Error("an evening is within the morning's hours")
	}
}

func TestATimeThatTheClockSkipsIsRefusedWithTheNext(t *testing.T) {
	_, err := Moment(berlin, "2027-03-28", "02:30")
	r := refused(t, err, NoSuchTime)
	if next := r.Violations[0].Remedy.Args["StartsAt"]; next != at(t, "2027-03-28 03:00") {
		t.Errorf("the next is %v", next)
	}
	if said := r.Violations[0].Remedy.Sentence(i18n.For("en"), berlin); said != "Nearest free: 03:00." {
		t.Errorf("said %q", said)
	}
}

func TestATimeThatTheClockShowsTwiceNeedsItsOffset(t *testing.T) {
	_, err := Moment(berlin, "2027-10-31", "02:30")
	r := refused(t, err, AmbiguousTime)
	if said := r.Violations[0].Remedy.Sentence(i18n.For("en"), berlin); said != "Say which: +02:00 or +01:00." {
		t.Errorf("said %q", said)
	}
}

func TestAWeeklyNineOClockStaysNineOClock(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	laser := h.machine("laser", nil)
	by := h.person("maker", nil)
	var gaps []time.Duration
	var before clock.Instant
	for day := clock.Day("2027-03-16"); day < "2027-04-10"; day = day.Add(7) {
		start, err := Moment(berlin, string(day), "09:00")
		if err != nil {
			t.Fatal(err)
		}
		b, err := h.Book(t.Context(), by, Request{Resource: laser.ID, StartsAt: start, EndsAt: start.Add(time.Hour)})
		if err != nil {
			t.Fatalf("%s: %v", day, err) // the doors open at nine on the wall
		}
		if shown := i18n.For("en").Clock(b.StartsAt, berlin); shown != "09:00" {
			t.Errorf("%s is shown at %s", day, shown)
		}
		if !before.IsZero() {
			gaps = append(gaps, start.Sub(before))
		}
		before = start
	}
	if len(gaps) != 3 || gaps[1] != 7*24*time.Hour-time.Hour {
		t.Errorf("weeks of %v", gaps)
	}
}
