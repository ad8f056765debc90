package i18n

import (
	"strings"
	"unicode"
)

// The bounds of what fills a place of a Chinese message, seen by nobody.
const (
	opens  = '\uE000'
	closes = '\uE001'
)

// bounded marks where a text in a Chinese message begins and ends.
func (p Printer) bounded(v any) any {
	s, ok := v.(string)
	if !ok || s == "" || p.Locale != "zh-CN" {
		return v
	}
	return string(opens) + s + string(closes)
}

// spaced sets the space at every bound as Chinese is set, whatever filled the
// place: one between Han and Latin letters or digits, none between Han and Han or
// beside a full-width mark. All else stays as the message has it.
func spaced(s string) string {
	if !strings.ContainsRune(s, opens) {
		return s
	}
	var b []rune
	text := []rune(s)
	for i := 0; i < len(text); i++ {
		if text[i] != opens && text[i] != closes {
			b = append(b, text[i])
			continue
		}
		space := len(b) > 0 && b[len(b)-1] == ' '
		if space {
			b = b[:len(b)-1]
		}
		for i+1 < len(text) && (text[i+1] == opens || text[i+1] == closes || text[i+1] == ' ') {
			i++
			space = space || text[i] == ' '
		}
		if len(b) > 0 && i+1 < len(text) {
			space = spaceBetween(b[len(b)-1], text[i+1], space)
		}
		if space {
			b = append(b, ' ')
		}
	}
	return string(b)
}

// spaceBetween says whether a space stands between two characters, where one did or did not.
func spaceBetween(a, b rune, was bool) bool {
	switch {
	case fullWidth(a), fullWidth(b), han(a) && han(b):
		return false
	case han(a) && narrow(b), narrow(a) && han(b):
		return true
	}
	return was
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

func narrow(r rune) bool {
	return r < unicode.MaxLatin1 && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

func fullWidth(r rune) bool {
	return strings.ContainsRune("，。：；、？！（）“”《》", r)
}
