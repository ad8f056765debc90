package i18n

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"guildhall/internal/fault"
)

// Text is what a space wrote in both languages, stored as JSON text. Either may be empty.
type Text struct {
	EN string `json:"en,omitempty"`
	ZH string `json:"zh,omitempty"`
}

// In is the text in this locale, or in the other where this one is missing.
func (t Text) In(locale string) string {
	if (locale == "zh-CN" && t.ZH != "") || t.EN == "" {
		return t.ZH
	}
	return t.EN
}

// Lang is the language of what In gives, for the lang attribute.
func (t Text) Lang(locale string) string {
	if (locale == "zh-CN" && t.ZH != "") || t.EN == "" {
		return "zh-CN"
	}
	return "en"
}

// Empty reports whether nothing was written.
func (t Text) Empty() bool { return t.EN == "" && t.ZH == "" }

// ErrLine refuses what is no line of visible characters.
var ErrLine = fault.Invalid("name", "i18n.line", "Write one line of visible characters.")

// Line reports whether s shows as one line, in the order it is written: without line
// ends, control characters, and those that turn what follows round.
func Line(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
	})
}

// Line reports whether both are a line.
func (t Text) Line() bool { return Line(t.EN) && Line(t.ZH) }

// GormDataType says that the column is TEXT.
func (Text) GormDataType() string { return "text" }

// Value stores JSON.
func (t Text) Value() (driver.Value, error) {
	b, err := json.Marshal(t)
	return string(b), err
}

// Scan reads JSON. NULL and nothing at all are the empty Text.
func (t *Text) Scan(v any) error {
	var b []byte
	switch x := v.(type) {
	case nil:
	case string:
		b = []byte(x)
	case []byte:
		b = x
	default:
		return fmt.Errorf("i18n: a text from %T", v)
	}
	*t = Text{}
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, t)
}
