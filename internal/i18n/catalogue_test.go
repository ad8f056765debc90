package i18n

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestEveryKeyIsInBothLanguages(t *testing.T) {
	for _, locale := range Locales {
		for _, other := range Locales {
			for key, m := range loaded().messages[locale] {
				if _, ok := loaded().messages[other][key]; !ok {
					t.Errorf("%s: %s has no message in %s", m.File, key, other)
				}
			}
		}
	}
}

func TestAKeyStandsInTheSameSectionInBothLanguages(t *testing.T) {
	for key, en := range loaded().messages["en"] {
		if zh, ok := loaded().messages["zh-CN"][key]; ok && strings.Replace(zh.File, "zh-CN", "en", 1) != en.File {
			t.Errorf("%s stands in %s and in %s", key, en.File, zh.File)
		}
	}
}

var place = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

// placesOf are the names of a sentence's places, sorted, each once.
func placesOf(sentence string) []string {
	names := map[string]bool{}
	for _, m := range place.FindAllStringSubmatch(sentence, -1) {
		names[m[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

func TestLanguagesFillTheSamePlaces(t *testing.T) {
	for key, en := range loaded().messages["en"] {
		zh := loaded().messages["zh-CN"][key]
		if a, b := placesOf(en.Other), placesOf(zh.Other); !slices.Equal(a, b) {
			t.Errorf("%s: English fills %v, Chinese %v", key, a, b)
		}
		if en.One == "" {
			continue
		}
		// "one place" may leave the number out, but may not ask for more.
		for _, name := range placesOf(en.One) {
			if !slices.Contains(placesOf(en.Other), name) {
				t.Errorf("%s: only the singular fills %s", key, name)
			}
		}
		if !slices.Contains(placesOf(en.Other), "Count") {
			t.Errorf("%s: plurals without {{.Count}}", key)
		}
	}
}

func TestMessagesAreNothingButWordsAndPlaces(t *testing.T) {
	for _, locale := range Locales {
		for key, m := range loaded().messages[locale] {
			for _, s := range []string{m.One, m.Other} {
				if strings.Contains(place.ReplaceAllString(s, ""), "{") {
					t.Errorf("%s: %s: %q has a brace that is no place", m.File, key, s)
				}
				if s != strings.TrimSpace(s) {
					t.Errorf("%s: %s: %q begins or ends with a space", m.File, key, s)
				}
			}
		}
	}
}

// The words' own rules: ux.md of the project's design, "say what happened".
func TestWordsKeepTheHouseStyle(t *testing.T) {
	var (
		han      = `\p{Han}`
		latin    = `[A-Za-z0-9]`
		unspaced = regexp.MustCompile(han + latin + `|` + latin + han)
		halfwide = regexp.MustCompile(han + `[,;:?!]|` + han + `\.$`)
		around   = regexp.MustCompile(` [，。、；：？！（）“”]|[，。、；：？！（）“”] `)
		dates    = regexp.MustCompile(`\d[年月日]|[年月]\d`)
	)
	for key, m := range loaded().messages["en"] {
		for _, s := range []string{m.One, m.Other} {
			if strings.Contains(s, "!") || strings.Contains(strings.ToLower(s), "successfully") {
				t.Errorf("%s: %q shouts", key, s)
			}
		}
	}
	for key, m := range loaded().messages["zh-CN"] {
		s := m.Other
		bare := dates.ReplaceAllString(s, "")
		if found := unspaced.FindString(bare); found != "" {
			t.Errorf("%s: %q: a space is missing in %q", key, s, found)
		}
		if found := halfwide.FindString(s); found != "" {
			t.Errorf("%s: %q: half-width mark in %q", key, s, found)
		}
		if found := around.FindString(s); found != "" {
			t.Errorf("%s: %q: a space beside a full-width mark", key, s)
		}
		if strings.Contains(s, "您") || strings.Contains(s, "！") || strings.Contains(s, "操作成功") {
			t.Errorf("%s: %q is not how this house speaks", key, s)
		}
	}
}

func TestABrokenCatalogueIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a key twice in one file": {map[string]string{"en/a.json": `{"a.x": "1", "a.x": "2"}`}, "a.x: stands already in catalog/en/a.json"},
		"a key in two files":      {map[string]string{"en/a.json": `{"a.x": "1"}`, "en/b.json": `{"a.x": "2"}`}, "a.x: stands already in catalog/en/a.json"},
		"an empty message":        {map[string]string{"en/a.json": `{"a.x": ""}`}, "a.x: empty"},
		"a plural unknown":        {map[string]string{"en/a.json": `{"a.x": {"one": "1", "few": "2", "other": "3"}}`}, "neither a sentence nor plurals"},
		"a plural without one":    {map[string]string{"en/a.json": `{"a.x": {"other": "3"}}`}, `plurals without "one"`},
		"plurals in Chinese":      {map[string]string{"zh-CN/a.json": `{"a.x": {"one": "1", "other": "3"}}`}, "does not have"},
		"a list":                  {map[string]string{"en/a.json": `[]`}, "not a JSON object"},
		"cut short":               {map[string]string{"en/a.json": `{"a.x": "1"`}, "EOF"},
		"nested":                  {map[string]string{"en/a.json": `{"a": {"x": "1"}}`}, "neither a sentence nor plurals"},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for name, body := range c.files {
				fsys["catalog/"+name] = &fstest.MapFile{Data: []byte(body)}
			}
			if _, err := load(fsys); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("load: %v, want %q", err, c.want)
			}
		})
	}
}

func TestEveryMessageCanBeSaid(t *testing.T) {
	for _, locale := range Locales {
		p := For(locale)
		for key, m := range loaded().messages[locale] {
			for _, count := range []int{1, 2} {
				var args []any
				for _, name := range placesOf(m.Other) {
					if name == "Count" {
						args = append(args, name, count)
					} else {
						args = append(args, name, fmt.Sprintf("<%s>", name))
					}
				}
				if got := p.T(key, args...); got == key || strings.Contains(got, "no value") {
					t.Errorf("%s: %s can't be said", locale, key)
				}
			}
		}
	}
}
