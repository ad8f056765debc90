package id_test

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"

	"guildhall/internal/id"
)

func TestANameBecomesAnAddress(t *testing.T) {
	for name, want := range map[string]string{
		"CO₂ Laser 100 W": "co2-laser-100-w",
		"Fräse (groß)":    "fraese-gross",
		"  Table saw  ":   "table-saw",
		"Mai's bench":     "mais-bench",
		"激光切割机":           "abcdef",
		"激光 A":            "a-abcdef",
		"":                "abcdef",
		"A very long name that goes on and on and on and on": "a-very-long-name-that-goes-on-and-on-and",
	} {
		if got := id.Slug(name, "01234567890123456789abcdef"); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

func TestEveryAddressIsFitForOne(t *testing.T) {
	shape := regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])$`)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		if got := id.Slug(name, id.New()); !shape.MatchString(got) {
			t.Fatalf("%q becomes %q", name, got)
		}
	})
}
