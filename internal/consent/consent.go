// Package consent keeps what people have read and signed, what they allow, and who
// answers for those who are not of age. It owns documents (waivers, house rules,
// privacy notices) with their versions, the acceptances of them, which are never
// changed, the choices somebody has made, days of birth, guardians, and the hours in
// which minors are supervised.
//
// It does not own people (members), and refuses nobody a booking: it tells booking
// what is missing, and booking says no.
package consent

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// DocumentKind is what sort of text a document is.
type DocumentKind string

// The kinds of documents. Only of a waiver does it matter who signs: for a minor it
// is the guardian.
const (
	Waiver  DocumentKind = "waiver"
	Rules   DocumentKind = "rules"
	Privacy DocumentKind = "privacy"
)

// DocumentKinds lists them.
var DocumentKinds = []DocumentKind{Rules, Waiver, Privacy}

// Audience is who is asked to sign a document before they book.
type Audience string

// The audiences.
const (
	Everyone Audience = "everyone"
	Minors   Audience = "minors"
	Users    Audience = "users" // of the document's kinds of resources and work areas
)

// Audiences lists them.
var Audiences = []Audience{Everyone, Minors, Users}

// The most that a text may have, in characters, and a validity in months.
const (
	MaxTitle  = 200
	MaxBody   = 40_000
	MaxMonths = 120
)

var (
	// ErrNoSuchDocument is the answer where a space has no such document, or only a draft of it.
	ErrNoSuchDocument = fault.NotFound("consent.no_such_document", "There is no such document here.")
	// ErrNoSuchAcceptance is the answer where nothing of this id was signed, or by somebody else.
	ErrNoSuchAcceptance = fault.NotFound("consent.no_such_acceptance", "There is no such signature.")
	// ErrNoSuchMember is the answer where this person is not known here.
	ErrNoSuchMember = fault.NotFound("consent.no_such_member", "There is no such member here.")
	// ErrStale refuses a change to a document that has changed since it was read.
	ErrStale = fault.Conflict("consent.stale", "This has changed since you opened it. Look at it again.")
	// ErrDocumentKind refuses a kind of document that is none.
	ErrDocumentKind = fault.Invalid("kind", "consent.document_kind", "Choose waiver, house rules or privacy notice.")
	// ErrAudience refuses an audience that is none.
	ErrAudience = fault.Invalid("audience", "consent.audience", "Choose who is asked to sign it.")
	// ErrUses asks for what the users of which are asked.
	ErrUses = fault.Invalid("audience", "consent.uses", "Choose at least one work area or kind of equipment.")
	// ErrMonths refuses a validity that can't be.
	ErrMonths = fault.Invalid("valid_months", "consent.months", "Give a number of months from 1 to {{.Most}}, or 0 for as long as the text stays.").With("Most", MaxMonths)
	// ErrTitle asks for a title in one language at least.
	ErrTitle = fault.Invalid("title", "consent.title", "Give it a title of one line in each language that has a text, with at most {{.Most}} characters.").With("Most", MaxTitle)
	// ErrBody asks for a text.
	ErrBody = fault.Invalid("body", "consent.body", "Write the text in one language at least, with at most {{.Most}} characters.").With("Most", MaxBody)
	// ErrNoDraft refuses to publish where nothing was changed since the last version.
	ErrNoDraft = fault.Conflict("consent.no_draft", "There is no draft to publish. Change the text first.")
	// ErrRetired refuses to sign or publish what is no longer asked for.
	ErrRetired = fault.Conflict("consent.retired", "This document is no longer asked for.")
	// ErrSuperseded refuses to sign a text that is not the present one.
	ErrSuperseded = fault.Conflict("consent.superseded", "The text has changed since you opened it. Read it again, then sign.")
	// ErrCursor refuses a cursor that no list has given.
	ErrCursor = fault.Invalid("cursor", "consent.cursor", "This place in the list is not known. Begin again without a cursor.")
)

// Document is a text that a space asks people to sign: what it is and of whom it is
// asked. Its words are its versions'.
type Document struct {
	ID          id.ID
	SpaceID     id.ID
	Kind        DocumentKind
	Audience    Audience
	Kinds       Strings // of resources, where the audience is Users
	Areas       Strings // work areas
	ValidMonths int64   // after that it is asked again; 0: until a new version
	Position    int64
	CreatedAt   clock.Instant
	RetiredAt   clock.Instant
	Version     int64 // counts the changes to the document and its draft
}

// Retired reports whether it is no longer asked for.
func (d Document) Retired() bool { return !d.RetiredAt.IsZero() }

// Version is a document's text. Once it is published it is never changed.
type Version struct {
	ID          id.ID
	DocumentID  id.ID
	SpaceID     id.ID
	Number      int64
	Title       i18n.Text
	Body        i18n.Text
	CreatedAt   clock.Instant
	PublishedAt clock.Instant // zero: a draft
	PublishedBy id.ID
	Version     int64
}

// TableName is the table of versions.
func (Version) TableName() string { return "document_versions" }

// Published reports whether it is out.
func (v Version) Published() bool { return !v.PublishedAt.IsZero() }

// Language is the language in which a reader of this locale is shown the text.
func (v Version) Language(locale string) string { return v.Body.Lang(locale) }

// Text is exactly what was shown in a language: the title, an empty line, the body.
func (v Version) Text(language string) string {
	return v.Title.In(language) + "\n\n" + v.Body.In(language)
}

// Hash is the SHA-256 of the text in a language, in hexadecimal.
func (v Version) Hash(language string) string { return digest(v.Text(language)) }

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Paper is a document with its texts as far as somebody may see them.
type Paper struct {
	Document
	Current Version // the published one; without an ID: none yet
	Draft   Version // without an ID: none
}

// Title is what the paper is called: as it is published, or else in the draft.
func (p Paper) Title() i18n.Text {
	if p.Current.ID != "" {
		return p.Current.Title
	}
	return p.Draft.Title
}

// Asks reports whether it is asked of anybody now.
func (p Paper) Asks() bool { return p.Current.ID != "" && !p.Retired() }

// Details is what a manager decides about a document.
type Details struct {
	Kind        DocumentKind
	Audience    Audience
	Kinds       []string
	Areas       []string
	ValidMonths int
	Title       i18n.Text
	Body        i18n.Text
	Version     int // as it was read; not asked for a new one
}

// normal is the details tidied up, or everything that is wrong with them.
func (d Details) normal() (Details, error) {
	var wrong fault.Many
	if !slices.Contains(DocumentKinds, d.Kind) {
		wrong.Add(ErrDocumentKind)
	}
	d.Kinds, d.Areas = some(d.Kinds), some(d.Areas)
	switch {
	case !slices.Contains(Audiences, d.Audience):
		wrong.Add(ErrAudience)
	case d.Audience != Users:
		d.Kinds, d.Areas = nil, nil
	case len(d.Kinds)+len(d.Areas) == 0:
		wrong.Add(ErrUses)
	}
	if d.ValidMonths < 0 || d.ValidMonths > MaxMonths {
		wrong.Add(ErrMonths)
	}
	d.Title = i18n.Text{EN: line(d.Title.EN), ZH: line(d.Title.ZH)}
	d.Body = i18n.Text{EN: lines(d.Body.EN), ZH: lines(d.Body.ZH)}
	if d.Title.Empty() || !d.Title.Line() || most(d.Title) > MaxTitle || d.Body.EN != "" && d.Title.EN == "" || d.Body.ZH != "" && d.Title.ZH == "" {
		wrong.Add(ErrTitle)
	}
	if d.Body.Empty() || most(d.Body) > MaxBody {
		wrong.Add(ErrBody)
	}
	// A title whose text is missing is not shown beside the other language's text.
	if d.Body.EN == "" {
		d.Title.EN = ""
	}
	if d.Body.ZH == "" {
		d.Title.ZH = ""
	}
	return d, wrong.Err()
}

// mostUses is how many kinds or areas a document may name.
const mostUses = 200

// some are the words of a list, each once.
func some(list []string) []string {
	var kept []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" && len(s) <= 100 && !slices.Contains(kept, s) && len(kept) < mostUses {
			kept = append(kept, s)
		}
	}
	return kept
}

func most(t i18n.Text) int {
	return max(utf8.RuneCountInString(t.EN), utf8.RuneCountInString(t.ZH))
}

func line(s string) string { return norm.NFC.String(strings.TrimSpace(s)) }

// lines has every line end in one way, as it is hashed.
func lines(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	return norm.NFC.String(strings.TrimSpace(s))
}

// Strings is a list of words, stored as JSON.
type Strings []string

// GormDataType says that the column is TEXT.
func (Strings) GormDataType() string { return "text" }

// Value stores JSON.
func (s Strings) Value() (driver.Value, error) {
	if s == nil {
		return "[]", nil
	}
	b, err := json.Marshal([]string(s))
	return string(b), err
}

// Scan reads JSON.
func (s *Strings) Scan(v any) error {
	switch x := v.(type) {
	case string:
		return json.Unmarshal([]byte(x), (*[]string)(s))
	case []byte:
		return json.Unmarshal(x, (*[]string)(s))
	}
	return fmt.Errorf("consent: a list from %T", v)
}
