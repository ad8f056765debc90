// Package i18n says everything a person reads in their language: messages from
// the catalogue, dates, times, money and lists. It owns the two languages,
// English and Simplified Chinese, and it is the one formatter: no other package
// lays out a date or an amount for a person. What a space wrote itself is a
// Text. Which language a person reads is the account's and the web's to say.
package i18n

import (
	"fmt"
	"time"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/money"
)

// Locales are the languages of the house; the first is the fallback.
var Locales = []string{"en", "zh-CN"}

var matcher = language.NewMatcher([]language.Tag{language.English, language.SimplifiedChinese})

// Match is the best of Locales for what someone asks for: a locale, or an
// Accept-Language header. Traditional Chinese is given Simplified.
func Match(wanted string) string {
	tags, _, err := language.ParseAcceptLanguage(wanted)
	if err != nil || len(tags) == 0 {
		return Locales[0]
	}
	_, i, _ := matcher.Match(tags...)
	return Locales[i]
}

// Printer says things in one language. Make it with For.
type Printer struct {
	Locale string // "en" or "zh-CN"
	zone   *time.Location
}

// For is the Printer of a locale; an unknown one gives the nearest of Locales.
func For(locale string) Printer {
	if _, ok := loaded().localizers[locale]; !ok {
		locale = Match(locale)
	}
	return Printer{Locale: locale, zone: time.UTC}
}

// In is a Printer that tells instants among the arguments of T and Fault in
// this zone instead of UTC.
func (p Printer) In(zone *time.Location) Printer {
	p.zone = zone
	return p
}

// T is the message of a key with its named places filled: T("booking.price", "Amount", x).
// A place named Count, a whole number, chooses the plural. Amounts, instants,
// durations, numbers and Texts are laid out for the language. A missing key, or
// a place left unfilled, shows as the key itself; a test finds both.
func (p Printer) T(key string, args ...any) string {
	var data map[string]any
	if len(args) > 0 {
		data = make(map[string]any, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			data[fmt.Sprint(args[i])] = args[i+1]
		}
	}
	if s, ok := p.say(key, data); ok {
		return s
	}
	return key
}

// Word is the message for a word of a kind ("role" and "desk"), or the word itself
// where the catalogue has none: a space may have made its own.
func (p Printer) Word(kind, word string) string {
	if key := kind + "." + word; p.Has(key) {
		return p.T(key)
	}
	return word
}

// Has reports whether the catalogue knows the key.
func (p Printer) Has(key string) bool {
	_, ok := loaded().messages[p.Locale][key]
	return ok
}

// Fault is the sentence of a refusal, in English where the catalogue does not know its code.
func (p Printer) Fault(e *fault.Error) string {
	if s, ok := p.say("fault."+e.Code, e.Args); ok {
		return s
	}
	return e.Sentence
}

// say fills the message of a key.
func (p Printer) say(key string, args map[string]any) (string, bool) {
	if !p.Has(key) {
		return "", false
	}
	config := goi18n.LocalizeConfig{MessageID: key, TemplateParser: places}
	if len(args) > 0 {
		data := make(map[string]any, len(args))
		for name, v := range args {
			data[name] = p.bounded(p.show(v))
		}
		config.TemplateData = data
		if n, ok := whole(args["Count"]); ok {
			config.PluralCount = n
		}
	}
	s, err := loaded().localizers[p.Locale].Localize(&config)
	return spaced(s), err == nil
}

// show lays out one argument of a message.
func (p Printer) show(v any) any {
	if n, ok := whole(v); ok {
		return p.Number(n)
	}
	switch x := v.(type) {
	case money.Amount:
		return p.Money(x)
	case clock.Instant:
		return p.Moment(x, p.zone)
	case clock.Day:
		return p.DateOf(x)
	case time.Weekday:
		return p.WeekdayLong(x)
	case time.Duration:
		return p.Duration(x)
	case Text:
		return x.In(p.Locale)
	case []string:
		return p.List(x...)
	default:
		return v
	}
}

// whole is v as a whole number, if it is one. JSON brings whole numbers as float64.
func whole(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case int32:
		return int64(n), true
	case float64:
		return int64(n), n == float64(int64(n))
	default:
		return 0, false
	}
}
