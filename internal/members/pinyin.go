package members

import (
	"slices"
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

// spelt is how a name with Chinese characters is typed: its syllables, and their
// first letters, a line each. 陈力 is "chenli" and "cl". A family name that is read
// in several ways has them all; a name without such characters has no line.
func spelt(name string) string {
	var readings [][]string // of each character
	for _, r := range name {
		switch syllables := pinyin.SinglePinyin(r, everyReading); {
		case len(syllables) > 0:
			readings = append(readings, syllables)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			readings = append(readings, []string{strings.ToLower(string(r))})
		}
	}
	if !strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || len(readings) == 0 {
		return ""
	}
	var lines []string
	for _, first := range readings[0] {
		whole, initials := first, string([]rune(first)[:1])
		for _, next := range readings[1:] {
			whole, initials = whole+next[0], initials+string([]rune(next[0])[:1])
		}
		for _, line := range []string{whole, initials} {
			if !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

var everyReading = func() pinyin.Args {
	args := pinyin.NewArgs()
	args.Heteronym = true
	return args
}()
