package view

import (
	"slices"

	"guildhall/internal/id"
	"guildhall/internal/members"
)

// PersonKept is what the staff keeps about a person, as far as the reader may see it.
type PersonKept struct {
	Notes   []members.Noted
	Tags    []members.Tag
	AllTags []members.Tag
	Badges  []members.Badge
}

// pinned are the notes that are to be seen first.
func (m PersonKept) pinned() []members.Noted {
	var pinned []members.Noted
	for _, n := range m.Notes {
		if n.Pinned && !n.Struck() {
			pinned = append(pinned, n)
		}
	}
	return pinned
}

// has reports whether the person has the tag.
func (m PersonKept) has(tag id.ID) bool {
	return slices.ContainsFunc(m.Tags, func(t members.Tag) bool { return t.ID == tag })
}

// inUse are the badges that the person has now, and before those they had.
func (m PersonKept) inUse() (now, before []members.Badge) {
	for _, b := range m.Badges {
		if b.Ended == members.InUse {
			now = append(now, b)
		} else {
			before = append(before, b)
		}
	}
	return now, before
}

// removes is who may end this person's standing: not their own.
func (p PersonProps) removes(f Frame) bool {
	return f.May("member.remove") && f.Who.Member != p.Person.Member.ID && !p.Person.Standing.Left()
}

// strikes is who may strike out a note: its author, and a manager.
func strikes(f Frame, n members.Noted) bool {
	return n.WrittenBy == f.Who.Member || f.May("note.strike")
}

// TagsProps is what the page of a space's tags shows. Form names the one that was refused.
type TagsProps struct {
	Tags   []members.Tag
	Form   string
	Errors Errors
	Typed  func(field string) string
}

func (p TagsProps) errors(form string) Errors {
	if p.Form == form {
		return p.Errors
	}
	return nil
}

func (p TagsProps) value(form, field, otherwise string) string {
	if p.Form == form && p.Typed != nil {
		return p.Typed(field)
	}
	return otherwise
}

// tagOptions are the tags to find people by.
func (p PeopleProps) tagOptions(f Frame) []Option {
	options := []Option{{Value: "", Label: f.T("people.tag.any")}}
	for _, t := range p.Tags {
		options = append(options, Option{Value: string(t.ID), Label: f.Words(t.Name), Selected: p.Query.Tag == t.ID})
	}
	return options
}

// flags are the filters by what stands out about a person.
func (p PeopleProps) flags(f Frame) []Chip {
	base := p.href(f, "", "")
	flag := func(name, icon string, on bool) Chip {
		value := "yes"
		if on {
			value = ""
		}
		return Chip{Label: f.T("people.flag." + name), Icon: icon, Href: With(base, name, value), Current: on}
	}
	return []Chip{
		flag("pinned", "triangle-alert", p.Query.Pinned),
		flag("proofs", "inbox", p.Query.Among != nil),
		flag("unconfirmed", "mail", p.Query.Unconfirmed),
		flag("left", "log-out", p.Query.Left),
	}
}
