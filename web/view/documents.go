package view

import (
	"cmp"
	"guildhall/internal/consent"
	"guildhall/internal/equipment"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/reports"
	"slices"
	"strconv"

	"guildhall/internal/clock"
)

// DocumentsProps is what a space asks people to sign, and what of it the reader has.
type DocumentsProps struct {
	Papers []consent.Paper
	Signed map[id.ID]bool // empty for strangers
}

// SignatureForm is a signature as it was filled in.
type SignatureForm struct {
	Field         string // of the typed name; empty: "name"
	Name, Drawing string
	Errors        Errors
}

// field is what the typed name is called in the form.
func (s SignatureForm) field() string { return cmp.Or(s.Field, "name") }

// completes says whether the browser may fill in whose it is.
func (s SignatureForm) completes() string {
	if s.Field == "" {
		return "name"
	}
	return "off"
}

// DocumentProps is a text to read and, where it is Asked, to sign. Next is where the
// reader goes on after that.
type DocumentProps struct {
	Paper    consent.Paper
	Text     consent.Version
	Asked    bool
	Guardian bool // it is for their guardian to sign
	Signed   consent.Signed
	Sign     SignatureForm
	Next     string
}

// DocumentForm is a document as it was typed.
type DocumentForm struct {
	ID, Version, Kind, Audience, ValidMonths string
	Kinds, Areas                             []string
	Title, Body                              i18n.Text
	Errors                                   Errors
}

// DocumentFormOf is the form for a document as it stands.
func DocumentFormOf(p consent.Paper) DocumentForm {
	text := p.Draft
	if text.ID == "" {
		text = p.Current
	}
	return DocumentForm{
		ID: p.ID.String(), Version: strconv.FormatInt(p.Document.Version, 10), Kind: string(p.Kind), Audience: string(p.Audience),
		ValidMonths: strconv.FormatInt(p.ValidMonths, 10), Kinds: p.Kinds, Areas: p.Areas, Title: text.Title, Body: text.Body,
	}
}

// DocumentFormProps is what the editor shows.
type DocumentFormProps struct {
	Form     DocumentForm
	Paper    consent.Paper // without an ID: a new one
	Versions []consent.Version
	Areas    []equipment.Area
	Kinds    []string
}

// PublishProps is what publishing a draft does: Again people sign anew, of People.
type PublishProps struct {
	Paper         consent.Paper
	Again, People int64
	Errors        Errors
}

// SignersProps is who signed a document, a page at a time.
type SignersProps struct {
	Paper   consent.Paper
	List    []reports.Signer
	Total   int
	Missing bool
	Page    int
	Size    int
}

func (p SignersProps) at(f Frame, page int, missing bool) string {
	to := f.At("documents", p.Paper.ID.String(), "signatures")
	if missing {
		to = With(to, "missing", "yes")
	}
	if page > 1 {
		to = With(to, "page", itoa(page))
	}
	return to
}

func (p SignersProps) pager(f Frame) PagerProps {
	pager := PagerProps{Total: p.Total}
	if p.Page > 1 {
		pager.Prev = p.at(f, p.Page-1, p.Missing)
	}
	if p.Page*p.Size < p.Total {
		pager.Next = p.at(f, p.Page+1, p.Missing)
	}
	return pager
}

func (p SignersProps) chips(f Frame) []Chip {
	return []Chip{
		{Label: f.T("documents.all"), Href: p.at(f, 1, false), Current: !p.Missing},
		{Label: f.T("documents.missing"), Href: p.at(f, 1, true), Current: p.Missing},
	}
}

// MyDocumentsProps is what the reader signed, and is asked to.
type MyDocumentsProps struct {
	Signed   []consent.Signed
	Standing consent.Standing
}

// ConsentsProps is what somebody allows. Action is where a choice is sent.
type ConsentsProps struct {
	Choices consent.Choices
	Action  string
	Errors  Errors
}

// GuardianForm is a guardian as they were typed.
type GuardianForm struct {
	Name, Email, Locale, Verified string
	Errors                        Errors
}

// MyGuardianProps is what a minor sees of their guardians.
type MyGuardianProps struct {
	Standing  consent.Standing
	Guardians []consent.Guardianship
	Form      GuardianForm
	Birthday  string
	Next      string
}

// ChildBooking is a booking of a child.
type ChildBooking struct {
	Name             i18n.Text
	StartsAt, EndsAt clock.Instant
}

// ChildProps is what a guardian sees of a child. At is where answers are sent.
type ChildProps struct {
	Child     consent.Child
	Token, At string
	Sign      SignatureForm
	Bookings  []ChildBooking
	Signed    []consent.Signed
	Choices   consent.Choices
}

// PersonPapersProps is what staff sees of a person's papers. Signing is the document
// that is open to be signed.
type PersonPapersProps struct {
	Member    id.ID
	Name      string
	Standing  consent.Standing
	Signed    []consent.Signed
	Missing   []consent.Paper
	Guardians []consent.Guardianship
	Signing   id.ID
	Form      string
	Sign      SignatureForm
	Guardian  GuardianForm
	Errors    Errors
}

func (p PersonPapersProps) at(f Frame, parts ...string) string {
	return f.At(append([]string{"people", p.Member.String(), "documents"}, parts...)...)
}

// MinorsProps is when minors are supervised, as typed. Default is the consent age of
// the country.
type MinorsProps struct {
	Week    map[string]string
	Terms   consent.Terms
	Age     string
	Default int
	Errors  Errors
}

func documentKindOptions(f Frame, chosen string) []Option {
	var list []Option
	for _, k := range consent.DocumentKinds {
		list = append(list, Option{Value: string(k), Label: f.T("documents.kind." + string(k)), Selected: string(k) == chosen})
	}
	return list
}

func audienceOptions(f Frame, chosen string) []Option {
	var list []Option
	for _, a := range consent.Audiences {
		list = append(list, Option{Value: string(a), Label: f.T("documents.audience." + string(a)), Selected: string(a) == chosen})
	}
	return list
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// guardianState is a badge: what became of a guardian's consent.
func guardianState(f Frame, g consent.Guardianship) (kind, label string) {
	switch {
	case g.Open():
		return "warn", f.T("guardian.state.open")
	case g.Runs():
		return "ok", f.T("guardian.state.runs", "Day", f.Date(g.ConsentedAt, f.Zone))
	case g.ConsentedAt.IsZero():
		return "bad", f.T("guardian.state.declined")
	}
	return "bad", f.T("guardian.state.ended", "Day", f.Date(g.EndedAt, f.Zone))
}

// listed groups the blocks of a text so that lines of a list stand in one.
func listed(text string) [][]consent.Block {
	var groups [][]consent.Block
	for _, b := range consent.Blocks(text) {
		n := len(groups)
		if n > 0 && groups[n-1][0].Kind == b.Kind && (b.Kind == consent.Bullet || b.Kind == consent.Numbered) {
			groups[n-1] = append(groups[n-1], b)
		} else {
			groups = append(groups, []consent.Block{b})
		}
	}
	return groups
}

func ageOf(f Frame, born clock.Day) int { return consent.Age(born, dayOf(f)) }

// copyAt is where the PDF of a signature is.
func copyAt(acceptance id.ID) string { return "/acceptances/" + acceptance.String() + "/copy.pdf" }
