package view

import (
	"maps"
	"slices"
	"strconv"

	"guildhall/internal/certifications"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/members"
)

// CertificationsProps is what the page of certifications shows.
type CertificationsProps struct {
	Kinds  []certifications.Kind
	Counts map[id.ID]int64   // how many hold each; nil: not for the reader
	Form   CertificationForm // for one more
}

// CertificationForm is a kind of certification as it stands in a form, with what
// its fields offer.
type CertificationForm struct {
	ID, Version                            string // empty: a new one
	Code, NameEN, NameZH, AboutEN, AboutZH string
	Ladder, Level                          string
	ValidDays, ValidMonths, DisuseDays     string
	RemindDays, PassMark, Hours            string
	HoursOn, All, Any, Teachers            []string
	Errors                                 Errors

	Others   []certifications.Kind
	Staff    []members.Listed
	Machines map[string]i18n.Text
}

// FormOf is a kind as its form first shows it: of what it requires, single ones
// are asked all, and the first choice is asked any.
func FormOf(k certifications.Kind) CertificationForm {
	p := CertificationForm{
		ID: k.ID.String(), Version: versionOf(k.Version), Code: k.Code, NameEN: k.Name.EN, NameZH: k.Name.ZH,
		AboutEN: k.About.EN, AboutZH: k.About.ZH, Ladder: k.Ladder, Level: some(k.Level),
		ValidDays: some(k.ValidDays), ValidMonths: some(k.ValidMonths), DisuseDays: some(k.DisuseDays), RemindDays: versionOf(k.RemindDays),
		PassMark: some(k.PassMark), HoursOn: k.HoursOn,
	}
	if k.ID == "" {
		p.Version = ""
	}
	if k.HoursMin > 0 {
		p.Hours = strconv.FormatFloat(float64(k.HoursMin)/60, 'f', -1, 64)
	}
	for _, group := range k.Requires {
		switch {
		case len(group) == 1:
			p.All = append(p.All, group[0].String())
		case p.Any == nil:
			for _, one := range group {
				p.Any = append(p.Any, one.String())
			}
		}
	}
	for _, t := range k.Teachers {
		p.Teachers = append(p.Teachers, t.String())
	}
	return p
}

// some is a number in a field that may be left empty for none.
func some(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

// validFor says how long a certification holds: in years where they are whole.
func validFor(f Frame, k certifications.Kind) string {
	switch {
	case k.ValidMonths > 0 && k.ValidMonths%12 == 0:
		return f.T("certifications.years", "Count", k.ValidMonths/12)
	case k.ValidMonths > 0:
		return f.T("certifications.months", "Count", k.ValidMonths)
	case k.ValidDays == 0:
		return f.T("certifications.for_ever")
	case k.ValidDays%365 == 0:
		return f.T("certifications.years", "Count", k.ValidDays/365)
	}
	return f.T("certifications.days", "Count", k.ValidDays)
}

// HoldersProps is what the page of a kind's holders shows.
type HoldersProps struct {
	Kind  certifications.Kind
	Page  certifications.HolderPage
	Query certifications.HoldersQuery
}

func (p HoldersProps) at(f Frame, show string, page int) string {
	to := f.At("certifications", p.Kind.ID.String(), "holders")
	if show != "" {
		to = With(to, "show", show)
	}
	if page > 1 {
		to = With(to, "page", itoa(page))
	}
	return to
}

func (p HoldersProps) pager(f Frame) PagerProps {
	pager := PagerProps{Total: int(p.Page.Total)}
	if p.Page.Page > 1 {
		pager.Prev = p.at(f, p.Query.Show, p.Page.Page-1)
	}
	if p.Page.Page < p.Page.Pages() {
		pager.Next = p.at(f, p.Query.Show, p.Page.Page+1)
	}
	return pager
}

// sortedWords are the keys of words, in their order.
func sortedWords(words map[string]i18n.Text) []string { return slices.Sorted(maps.Keys(words)) }

func orNow(show string) string {
	if show == "" {
		return "now"
	}
	return show
}
