// Package certifications is who may use what, by proof: the kinds of
// certification that a space asks for, and who was granted one, when, by whom and
// on what evidence. Its rules: nobody certifies themselves, a proof is never
// deleted but expires or is revoked, and what was revoked counts nowhere.
//
// Which machine asks for which certification is equipment's to say, whether a
// booking may be made is booking's, who somebody is, members', and how one learns
// it, events'.
package certifications

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

var (
	// ErrNoSuchKind is the answer where a space has no such kind of certification.
	ErrNoSuchKind = fault.NotFound("certifications.no_such_kind", "There is no such certification here.").On("certification")
	// ErrNoSuchGrant is the answer where this person was never granted that.
	ErrNoSuchGrant = fault.NotFound("certifications.no_such_grant", "There is no such certification of this person here.")
	// ErrNoSuchHolder is the answer where a person is not known in the space, or not to be seen.
	ErrNoSuchHolder = fault.NotFound("certifications.no_such_holder", "There is no such person here.")
	// ErrCertifyOneself refuses to certify oneself, whatever the role.
	ErrCertifyOneself = fault.Forbidden("certifications.certify_oneself", "Nobody certifies themselves. Ask another instructor.")
	// ErrAlreadyHeld refuses to grant for a second time what never expires.
	ErrAlreadyHeld = fault.Conflict("certifications.already_held", "This person holds it already.").On("certification")
	// ErrUntil refuses an end of a certification that its kind does not allow.
	ErrUntil = fault.Invalid("expires_on", "certifications.until", "Choose a day to come, no later than certifications of this kind are valid.")
	// ErrRevoked refuses to revoke for a second time.
	ErrRevoked = fault.Conflict("certifications.revoked", "This was revoked already.")
	// ErrReasonMissing asks why.
	ErrReasonMissing = fault.Invalid("reason", "certifications.reason_missing", "Say why. The person will be told.")
	// ErrReasonTooLong refuses a reason or a note of more than MaxReason characters.
	ErrReasonTooLong = fault.Invalid("reason", "certifications.reason_too_long", "Keep it to {{.Most}} characters.").With("Most", MaxReason)
	// ErrStale refuses a change to something that someone else changed meanwhile.
	ErrStale = fault.Conflict("certifications.stale", "Someone else changed this while you were at it. Look at it again, then change it.")
	// ErrCodeBad refuses a code that is not a short word.
	ErrCodeBad = fault.Invalid("code", "certifications.code_bad", "A code is 1 to 40 small letters, digits and dashes: laser-l1.")
	// ErrCodeTaken refuses a code that another certification of the space has.
	ErrCodeTaken = fault.Conflict("certifications.code_taken", "Another certification has this code.").On("code")
	// ErrName asks for a name in at least one language.
	ErrName = fault.Invalid("name", "certifications.name_bad", "Name it, in one language at least, with at most {{.Most}} characters.").With("Most", MaxName)
	// ErrAbout refuses a description of more than MaxAbout characters.
	ErrAbout = fault.Invalid("about", "certifications.about_long", "Keep the description to {{.Most}} characters.").With("Most", MaxAbout)
	// ErrValidDays refuses a validity below none and above a hundred years.
	ErrValidDays = fault.Invalid("valid_days", "certifications.valid_days", "It is valid for 1 to 36500 days, or 0 for ever.")
)

// The most characters that the name and the description of a kind may have, and
// a reason or a note.
const (
	MaxName   = 100
	MaxAbout  = 1000
	MaxReason = 500
)

// Kind is a kind of proof that a space asks for: "Laser L1".
type Kind struct {
	ID        id.ID
	SpaceID   id.ID
	Code      string // "laser-l1", unique in the space
	Name      i18n.Text
	About     i18n.Text
	ValidDays int64 // 0: for ever
	Position  int64 // the order in which a space shows them
	Version   int64
}

// TableName is the table of kinds.
func (Kind) TableName() string { return "certifications" }

func (k Kind) normal() (Kind, error) {
	var wrong fault.Many
	k.Code = strings.ToLower(strings.TrimSpace(k.Code))
	if k.Code == "" || len(k.Code) > 40 || strings.Trim(k.Code, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		wrong.Add(ErrCodeBad)
	}
	k.Name = i18n.Text{EN: strings.TrimSpace(k.Name.EN), ZH: strings.TrimSpace(k.Name.ZH)}
	k.About = i18n.Text{EN: strings.TrimSpace(k.About.EN), ZH: strings.TrimSpace(k.About.ZH)}
	if k.Name.Empty() || utf8.RuneCountInString(k.Name.EN) > MaxName || utf8.RuneCountInString(k.Name.ZH) > MaxName {
		wrong.Add(ErrName)
	}
	if !k.Name.Line() {
		wrong.Add(i18n.ErrLine)
	}
	if utf8.RuneCountInString(k.About.EN) > MaxAbout || utf8.RuneCountInString(k.About.ZH) > MaxAbout {
		wrong.Add(ErrAbout)
	}
	if k.ValidDays < 0 || k.ValidDays > 36500 {
		wrong.Add(ErrValidDays)
	}
	return k, wrong.Err()
}

// expiry is when a grant of this kind ends that begins now; zero: never.
func (k Kind) expiry(now clock.Instant) clock.Instant {
	if k.ValidDays == 0 {
		return clock.Instant{}
	}
	return now.Add(time.Duration(k.ValidDays) * 24 * time.Hour)
}

// Grant is a dated proof that a member may use a class of machine. Grants are
// never deleted: one that was wrong is revoked.
type Grant struct {
	ID              id.ID
	MemberID        id.ID
	CertificationID id.ID // of which kind it is
	GrantedBy       id.ID // empty: the house, from an import or a set-up
	GrantedAt       clock.Instant
	ExpiresAt       clock.Instant // zero: never
	RevokedAt       clock.Instant
	RevokedBy       id.ID
	Note            string
}

// TableName is the table of grants.
func (Grant) TableName() string { return "certification_grants" }

// Valid reports whether the grant counts at this moment: granted by then, not
// expired, and not revoked at all (a proof that was taken back counts nowhere).
func (g Grant) Valid(at clock.Instant) bool {
	return g.RevokedAt.IsZero() && !at.Before(g.GrantedAt) && (g.ExpiresAt.IsZero() || at.Before(g.ExpiresAt))
}

// Held is a grant with the kind of which it is and the name of who gave it.
type Held struct {
	Grant
	Kind          Kind
	GrantedByName string // empty: the house
	RevokedByName string
}

// held may take one grant for one moment and its renewal for the next.
func held(grants []Held, at []clock.Instant) []id.ID {
	var ids []id.ID
	for _, g := range grants {
		if slices.Contains(ids, g.CertificationID) {
			continue
		}
		always := true
		for _, t := range at {
			always = always && slices.ContainsFunc(grants, func(h Held) bool {
				return h.CertificationID == g.CertificationID && h.Valid(t)
			})
		}
		if always {
			ids = append(ids, g.CertificationID)
		}
	}
	return ids
}

func because(reason string) (string, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return "", ErrReasonMissing
	case utf8.RuneCountInString(reason) > MaxReason:
		return "", ErrReasonTooLong
	}
	return reason, nil
}
