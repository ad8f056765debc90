package view

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"guildhall/internal/i18n"
)

func TestARefusalSaysWhichFieldItIsAbout(t *testing.T) {
	for field, want := range map[string]string{
		"units":                "How many: Not so.",
		"hours-everyone-2":     "Tuesday: Not so.",
		"hours-key_holders-7":  "For key holders, besides: Sunday: Not so.",
		"amount-2":             "Row 3, Amount: Not so.",
		"revoke-06h0y3wymxsj7": "Reason: Not so.",
		"longest":              "Longest: Not so.",
		"never-heard-of":       "Not so.",
	} {
		if got := labelled(Frame{Printer: i18n.For("en")}, field, "Not so."); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
	if got, want := labelled(Frame{Printer: i18n.For("zh-CN")}, "hours-everyone-2", "不对。"), "星期二：不对。"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestEveryFieldHasANameForTheSummary(t *testing.T) {
	files, err := filepath.Glob("*.templ")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	named := regexp.MustCompile(`(?:FieldProps|PairProps)\{Name: "([a-z_]+)"`)
	for _, file := range files {
		if file == "gallery.templ" {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range named.FindAllSubmatch(source, -1) {
			if field := string(m[1]); labelOf(Frame{Printer: i18n.For("en")}, field) == "" {
				t.Errorf("%s: %s has no name", file, field)
			}
		}
	}
}
