package i18n

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"
)

//go:embed catalog
var files embed.FS

// places fills the named places of a message; one that was not given is an error.
var places = &template.TextParser{Option: "missingkey=error"}

// catalogue is every message of every language.
type catalogue struct {
	messages   map[string]map[string]message // by locale and key
	localizers map[string]*goi18n.Localizer
}

// message is one entry: a sentence, or one for each plural the language has.
type message struct {
	File  string // the section it stands in
	One   string // English only: for a Count of one
	Other string
}

// loaded is the embedded catalogue. A broken one can't get past the tests, so it panics.
var loaded = sync.OnceValue(func() catalogue {
	c, err := load(files)
	if err != nil {
		panic("i18n: " + err.Error())
	}
	return c
})

// load reads catalog/<locale>/<section>.json. It is strict: a key that stands
// twice, an empty message or an unknown plural is an error, and all are listed.
func load(fsys fs.FS) (catalogue, error) {
	c := catalogue{messages: map[string]map[string]message{}, localizers: map[string]*goi18n.Localizer{}}
	bundle := goi18n.NewBundle(language.English)
	var problems []error
	for _, locale := range Locales {
		c.messages[locale] = map[string]message{}
		names, err := fs.Glob(fsys, path.Join("catalog", locale, "*.json"))
		if err != nil {
			return c, err
		}
		for _, name := range names {
			problems = append(problems, c.read(fsys, locale, name))
		}
		for key, m := range c.messages[locale] {
			err := bundle.AddMessages(language.MustParse(locale), &goi18n.Message{ID: key, One: m.One, Other: m.Other})
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: %s: %w", m.File, key, err))
			}
		}
		c.localizers[locale] = goi18n.NewLocalizer(bundle, locale)
	}
	return c, errors.Join(problems...)
}

// read adds the messages of one file.
func (c catalogue) read(fsys fs.FS, locale, name string) error {
	f, err := fsys.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()

	var problems []error
	wrong := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf(name+": "+format, args...))
	}
	// Token by token, for a map would swallow a key that stands twice in one file.
	d := json.NewDecoder(f)
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("%s: not a JSON object", name)
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		key, _ := t.(string)
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return fmt.Errorf("%s: %s: %w", name, key, err)
		}
		m := message{File: name}
		if json.Unmarshal(raw, &m.Other) != nil {
			var plurals struct{ One, Other string }
			strict := json.NewDecoder(strings.NewReader(string(raw)))
			strict.DisallowUnknownFields()
			if err := strict.Decode(&plurals); err != nil {
				wrong("%s: neither a sentence nor plurals: %w", key, err)
				continue
			}
			if m.One, m.Other = plurals.One, plurals.Other; m.One == "" {
				wrong("%s: plurals without \"one\"", key)
			}
			if locale != "en" {
				wrong("%s: plurals, which this language does not have", key)
			}
		}
		if m.Other == "" {
			wrong("%s: empty", key)
		}
		if before, ok := c.messages[locale][key]; ok {
			wrong("%s: stands already in %s", key, before.File)
		}
		c.messages[locale][key] = m
	}
	_, err = d.Token()
	return errors.Join(append(problems, err)...)
}
