package i18n

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
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
