package id

import (
	"strings"
	"unicode"
)

// Slug makes an address of a name: "CO₂ Laser 100 W" becomes "co2-laser-100-w",
// "Fräse" becomes "fraese". It is at most 40 characters long. Of a name with
// fewer than two Latin letters or digits (a Chinese one) it takes the end of own,
// the id of the thing, instead.
func Slug(name string, own ID) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		plain, known := latin[r]
		switch {
		case known:
			b.WriteString(plain)
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '₀' && r <= '₉':
			b.WriteRune('0' + r - '₀')
		case r == '\'' || r == '’' || unicode.Is(unicode.Mn, r):
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	slug := b.String()
	if len(slug) > 40 {
		slug = slug[:40]
	}
	if slug = strings.Trim(slug, "-"); len(slug) < 2 {
		return strings.TrimPrefix(slug+"-"+string(own[len(own)-6:]), "-")
	}
	return slug
}

// latin spells out letters with marks as far as Europe's names need it.
var latin = map[rune]string{
	'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'é': "e", 'è': "e", 'ê': "e", 'ë': "e", 'á': "a", 'à': "a", 'â': "a", 'å': "a", 'ã': "a",
	'ç': "c", 'č': "c", 'ñ': "n", 'ó': "o", 'ò': "o", 'ô': "o", 'ø': "o", 'õ': "o", 'ú': "u", 'ù': "u", 'û': "u", 'í': "i", 'ì': "i", 'î': "i",
	'æ': "ae", 'œ': "oe", 'ł': "l", 'ś': "s", 'š': "s", 'ž': "z", 'ż': "z", 'ź': "z", 'ý': "y",
}
