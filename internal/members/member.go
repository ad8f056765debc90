// Package members knows the people: who they are and what they are in each space
// (role, suspended or not). It owns these tables and the rules about them: a space
// always keeps an owner, an address is one person. How a person proves who they
// are is auth's; which plan they hold is plans', what they were granted is
// certifications', what that allows on a machine is booking's.
package members

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

var (
	// ErrNoSuchMember is the answer where there is no such person, or not for this actor.
	ErrNoSuchMember = fault.NotFound("members.no_such_member", "There is no such person here.")
	// ErrStale refuses a change to something that someone else changed meanwhile.
	ErrStale = fault.Conflict("members.stale", "Someone else changed this while you were at it. Look at it again, then change it.")
	// ErrEmailTaken refuses an address that a person already has.
	ErrEmailTaken = fault.Conflict("members.email_taken", "Someone with this e-mail address is already here.").On("email")
	// ErrEmailBad refuses what can't be an e-mail address.
	ErrEmailBad = fault.Invalid("email", "members.email_bad", "This is not an e-mail address. It should look like name@example.org.")
	// ErrNameMissing asks for a name.
	ErrNameMissing = fault.Invalid("name", "members.name_missing", "Write a name.")
	// ErrNameTooLong refuses a name of more than MaxName characters.
	ErrNameTooLong = fault.Invalid("name", "members.name_too_long", "This name has {{.Length}} characters. {{.Most}} fit.").With("Most", MaxName)
	// ErrNameBad refuses line ends, invisible control characters and turned writing in a name.
	ErrNameBad = fault.Invalid("name", "members.name_bad", "A name is one line of visible characters.")
	// ErrPhoneBad refuses what can't be a telephone number.
	ErrPhoneBad = fault.Invalid("phone", "members.phone_bad", "A phone number has 5 to 20 digits; spaces, brackets, dashes and a + in front are fine.")
	// ErrLocaleUnknown refuses a language that the house does not speak.
	ErrLocaleUnknown = fault.Invalid("locale", "members.locale_unknown", "Choose English (en) or Chinese (zh-CN).")
)

// MaxName is the most characters a name may have.
const MaxName = 200

// Member is a person known to the house, in however many spaces.
type Member struct {
	ID          id.ID
	Email       string // as they wrote it; empty for whoever has none
	EmailKey    string // as addresses are compared: see EmailKey
	Name        string
	Search      string // see words
	Locale      string // "en" or "zh-CN"
	Phone       string
	ConfirmedAt clock.Instant // when the address was proven theirs; zero: not yet
	CreatedAt   clock.Instant
	MergedInto  id.ID // the account that took this one over; empty: none
	Version     int64
}

// Confirmed reports whether the address was proven theirs.
func (m Member) Confirmed() bool { return !m.ConfirmedAt.IsZero() }

// Registration is what a person tells of themselves at the door.
type Registration struct {
	Email  string
	Name   string
	Phone  string
	Locale string
	Spaces []id.ID // where they become a member

	unreachable bool // has no address
}

// EmailKey is how addresses are compared: trimmed, in Unicode's composed form, in
// lower case. Two ways of writing one address have one key.
func EmailKey(email string) string {
	return strings.ToLower(norm.NFC.String(strings.TrimSpace(email)))
}

// Check is everything that is wrong with the registration, before anyone asks
// whether its address is known.
func (r Registration) Check() error {
	_, err := r.normal()
	return err
}

// normal is the registration tidied up, or everything that is wrong with it.
func (r Registration) normal() (Registration, error) {
	var wrong fault.Many
	var err *fault.Error
	r.Email = strings.TrimSpace(r.Email)
	if !r.unreachable && !address(r.Email) {
		wrong.Add(ErrEmailBad)
	}
	r.Name, err = name(r.Name)
	wrong.Add(err)
	r.Phone, err = phone(r.Phone)
	wrong.Add(err)
	r.Locale, err = locale(r.Locale)
	wrong.Add(err)
	return r, wrong.Err()
}

func (r Registration) member(now clock.Instant) Member {
	m := Member{
		ID: id.New(), Email: r.Email, EmailKey: EmailKey(r.Email), Name: r.Name,
		Locale: r.Locale, Phone: r.Phone, CreatedAt: now, Version: 1,
	}
	if r.unreachable {
		m.EmailKey = noAddress(m.ID)
	}
	m.Search = m.words()
	return m
}

// words is what a search looks through, in lower case, a line each: the name, how
// it is spelt, the address, and last, so that its end can be asked for, the digits
// of the phone.
func (m Member) words() string {
	return strings.ToLower(m.Name) + "\n" + spelt(m.Name) + EmailKey(m.Email) + "\n" + digits(m.Phone)
}

// CheckEmail refuses what can't be an e-mail address.
func CheckEmail(email string) error {
	if !address(strings.TrimSpace(email)) {
		return ErrEmailBad
	}
	return nil
}

// address reports whether s is one bare address that mail can be sent to.
func address(s string) bool {
	if len(s) > 254 || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	local, domain, _ := strings.Cut(s, "@")
	return len(local) <= 64 && strings.Contains(strings.Trim(domain, "."), ".")
}

func name(s string) (string, *fault.Error) {
	s = norm.NFC.String(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\u3000' || r == '\u00a0' }), " "))
	switch length := utf8.RuneCountInString(s); {
	case s == "":
		return s, ErrNameMissing
	case length > MaxName:
		return s, ErrNameTooLong.With("Length", length)
	case !i18n.Line(s):
		return s, ErrNameBad
	}
	return s, nil
}

func phone(s string) (string, *fault.Error) {
	s = strings.TrimSpace(norm.NFKC.String(s)) // full-width digits and brackets become plain ones
	if s == "" {
		return s, nil
	}
	n := len(digits(s))
	if n < 5 || n > 20 || len(s) > 40 || strings.Trim(s, "0123456789 ()-./+") != "" || strings.LastIndex(s, "+") > strings.IndexAny(s, "0123456789") {
		return s, ErrPhoneBad
	}
	return s, nil
}

func locale(s string) (string, *fault.Error) {
	if s == "" {
		return i18n.Locales[0], nil
	}
	for _, known := range i18n.Locales {
		if strings.EqualFold(s, known) {
			return known, nil
		}
	}
	if strings.EqualFold(s, "zh") {
		return "zh-CN", nil
	}
	return s, ErrLocaleUnknown
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// Change is what may be changed of a person afterwards. The address is not among
// it: whoever could change another's address could take over their account.
type Change struct {
	Name    string
	Phone   string
	Locale  string
	Version int64 // the one that was looked at
}

// Person is one person as a space knows them.
type Person struct {
	Member   Member
	Standing Standing
}

func (m Member) actor(standings []Standing, now clock.Instant) actor.Actor {
	a := actor.Actor{
		Member: m.ID, Name: m.Name, Locale: m.Locale, Confirmed: m.Confirmed(),
		Roles: map[id.ID]actor.Role{}, Suspended: map[id.ID]bool{},
	}
	for _, s := range standings {
		if s = s.at(now); s.Left() {
			continue
		}
		a.Roles[s.SpaceID] = s.Role
		if s.Suspended() {
			a.Suspended[s.SpaceID] = true
		}
	}
	return a
}
