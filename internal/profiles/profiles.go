// Package profiles keeps what people tell of themselves beyond their name: where they
// live, whom to call in an emergency, what they make, their photograph, the answers to
// what a space asks besides, and, only where they agreed to it, what is counted of
// them. It owns these tables and who sees how much of them. Who somebody is and what
// they may is members'; what they agreed to be shown for is consent's.
package profiles

import (
	"strings"
	"unicode/utf8"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

var (
	// ErrNoSuchMember is the answer where there is no such person, or not for this actor.
	ErrNoSuchMember = fault.NotFound("profiles.no_such_member", "There is no such person here.")
	// ErrStale refuses a change to something that someone else changed meanwhile.
	ErrStale = fault.Conflict("profiles.stale", "Someone else changed this while you were at it. Look at it again, then change it.")
	// ErrTooLong refuses a text that is longer than its field.
	ErrTooLong = fault.Invalid("", "profiles.too_long", "Keep it to {{.Most}} characters.")
	// ErrPhone refuses what can't be a telephone number.
	ErrPhone = fault.Invalid("contact_phone", "profiles.phone", "A phone number has 5 to 20 digits; spaces, brackets, dashes and a + in front are fine.")
	// ErrContact asks for both halves of a contact.
	ErrContact = fault.Invalid("contact_phone", "profiles.contact", "Give the name and the phone of whom to call, or neither.")
)

// How many characters the texts of a profile may have.
const (
	MaxText = 500
	MaxLine = 200
)

// Profile is what a person tells of themselves, for every space they are in.
type Profile struct {
	MemberID        id.ID
	Address         string
	ContactName     string // whom to call in an emergency
	ContactPhone    string
	ContactRelation string
	Makes           string // for the directory
	Skills          string // for the directory, a comma between
	PortraitID      id.ID  // empty: none
	Version         int64  // 0: nothing was told yet
}

// Change is what may be changed of a profile. Answers are by field; what is not among
// them stays as it is, and an empty one is taken back.
type Change struct {
	Address, ContactName, ContactPhone, ContactRelation string
	Makes, Skills                                       string
	Answers                                             map[id.ID]string
	Version                                             int64 // the one that was looked at
}

// Answer is a field with what somebody answered; Value "" is no answer.
type Answer struct {
	Field Field
	Value string
}

// Sheet is a profile with the answers that its reader may see. Masked says that it was
// covered, and has to be revealed to be read.
type Sheet struct {
	Name    string
	Profile Profile
	Answers []Answer
	Masked  bool
}

// masked covers everything that identifies a person or tells of their life.
func (s Sheet) masked() Sheet {
	p := &s.Profile
	for _, text := range []*string{&p.Address, &p.ContactName, &p.ContactPhone, &p.ContactRelation} {
		*text = cover(*text)
	}
	answers := make([]Answer, len(s.Answers))
	for i, a := range s.Answers {
		answers[i] = Answer{a.Field, cover(a.Value)}
	}
	s.Answers, s.Masked = answers, true
	return s
}

// Covered stands in place of what is not shown.
const Covered = "••••"

func cover(s string) string {
	if s == "" {
		return ""
	}
	return Covered
}

// apply puts a change on a profile, or says everything that is wrong with it.
func (p Profile) apply(c Change) (Profile, error) {
	var wrong fault.Many
	text := func(field, s string, most int, lines bool) string {
		s = strings.TrimSpace(s)
		if !lines {
			s = strings.Join(strings.Fields(s), " ")
		}
		if utf8.RuneCountInString(s) > most || !lines && !i18n.Line(s) {
			wrong.Add(ErrTooLong.With("Most", most).On(field))
		}
		return s
	}
	p.Address = text("address", c.Address, MaxText, true)
	p.ContactName = text("contact_name", c.ContactName, MaxLine, false)
	p.ContactPhone = text("contact_phone", c.ContactPhone, 40, false)
	p.ContactRelation = text("contact_relation", c.ContactRelation, MaxLine, false)
	p.Makes = text("makes", c.Makes, MaxText, true)
	p.Skills = text("skills", c.Skills, MaxText, false)
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, p.ContactPhone)
	switch {
	case (p.ContactName == "") != (p.ContactPhone == ""):
		wrong.Add(ErrContact)
	case p.ContactPhone != "" && (len(digits) < 5 || len(digits) > 20 || strings.Trim(p.ContactPhone, "0123456789 ()-./+") != ""):
		wrong.Add(ErrPhone)
	}
	return p, wrong.Err()
}

// blank reports whether nothing stands in it.
func (p Profile) blank() bool { return p == Profile{MemberID: p.MemberID, Version: p.Version} }

// Person is what profiles needs to know of somebody.
type Person struct {
	Name   string
	Spaces map[id.ID]actor.Role // where they are now
}

// Portrait is a photograph of a person.
type Portrait struct {
	ID        id.ID
	MemberID  id.ID
	Body      []byte
	Width     int
	Height    int
	CreatedAt clock.Instant
}
