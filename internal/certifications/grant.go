package certifications

import (
	"slices"
	"strings"
	"unicode/utf8"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

var (
	// ErrNoSuchGrant is the answer where this person was never granted that.
	ErrNoSuchGrant = fault.NotFound("certifications.no_such_grant", "There is no such certification of this person here.")
	// ErrCertifyOneself refuses to certify oneself, whatever the role.
	ErrCertifyOneself = fault.Forbidden("certifications.certify_oneself", "Nobody certifies themselves. Ask another instructor.")
	// ErrNotTeacher refuses an instructor who was not named for a kind.
	ErrNotTeacher = fault.Forbidden("certifications.not_teacher", "You are not named as a teacher of {{.Name}}. Ask a manager to name you on its page, or to do it for you.")
	// ErrAlreadyHeld refuses to grant for a second time what never expires.
	ErrAlreadyHeld = fault.Conflict("certifications.already_held", "This person holds it already.").On("certification")
	// ErrPrerequisite refuses what asks for another that is not held. Needs is one
	// name, or several to choose from.
	ErrPrerequisite = fault.Invalid("certification", "certifications.prerequisite", "{{.Name}} asks for {{.Needs}} first. Certify that, then this.")
	// ErrHours refuses what asks for more hours on machines than are logged.
	ErrHours = fault.Invalid("certification", "certifications.hours", "{{.Name}} asks for {{.Need}} on machines, and {{.Have}} are logged. Book and use them first, then certify this.")
	// ErrScore asks for a score from 0 to 100.
	ErrScore = fault.Invalid("score", "certifications.score", "{{.Name}} is granted on a score. Write it down, 0 to 100.")
	// ErrScoreBad refuses what is no score.
	ErrScoreBad = fault.Invalid("score", "certifications.score_bad", "A score is 0 to 100.")
	// ErrPassMark refuses a score below the mark.
	ErrPassMark = fault.Invalid("score", "certifications.pass_mark", "{{.Score}} is below the pass mark of {{.Mark}}. Practise and test again another day.")
	// ErrUntil refuses an end of a certification that its kind does not allow.
	ErrUntil = fault.Invalid("expires_on", "certifications.until", "Choose a day to come, no later than certifications of this kind are valid.")
	// ErrRevoked refuses to revoke for a second time.
	ErrRevoked = fault.Conflict("certifications.revoked", "This was revoked already.")
	// ErrUndoOver refuses to take back as a slip what has stood too long or was used.
	ErrUndoOver = fault.Conflict("certifications.undo_over", "It was granted more than ten minutes ago, or a machine was used since. Revoke it with a reason instead.")
	// ErrReasonMissing asks why.
	ErrReasonMissing = fault.Invalid("reason", "certifications.reason_missing", "Say why. The person will be told.")
	// ErrReasonTooLong refuses a reason or a note of more than MaxReason characters.
	ErrReasonTooLong = fault.Invalid("reason", "certifications.reason_too_long", "Keep it to {{.Most}} characters.").With("Most", MaxReason)
	// ErrBookings asks what becomes of bookings: keep or cancel.
	ErrBookings = fault.Invalid("bookings", "certifications.bookings", "Choose what becomes of the bookings: keep or cancel.")
	// ErrNoSuchPhoto is the answer where a grant has no photograph.
	ErrNoSuchPhoto = fault.NotFound("certifications.no_such_photo", "There is no photograph of this.")
)

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
	RevokedReason   string
	Undone          bool // revoked within minutes, as a slip
	Lapsed          bool // ExpiresAt is when it ended for want of use
	Note            string
	Score           *int64 // of 100; nil: none was taken
	PhotoID         id.ID  // empty: none
	RemindedAt      clock.Instant
}

// TableName is the table of grants.
func (Grant) TableName() string { return "certification_grants" }

// Valid reports whether the grant counts at this moment: granted by then, not
// expired, and not revoked at all (a proof that was taken back counts nowhere).
// That it lapses unused is not asked here; Certificates know it.
func (g Grant) Valid(at clock.Instant) bool {
	return g.RevokedAt.IsZero() && !at.Before(g.GrantedAt) && (g.ExpiresAt.IsZero() || at.Before(g.ExpiresAt))
}

// UndoUntil is until when a grant can be taken back as a slip.
func (g Grant) UndoUntil() clock.Instant { return g.GrantedAt.Add(undoFor) }

// Held is a grant with the kind of which it is and the name of who gave it.
type Held struct {
	Grant
	Kind          Kind
	GrantedByName string // empty: the house
	RevokedByName string
}

// ends is when the grant ends, given when what asks for its ladder was last used,
// and whether it is disuse that ends it; zero: never.
func (h Held) ends(lastUse clock.Instant) (at clock.Instant, unused bool) {
	if h.Kind.DisuseDays == 0 || h.Lapsed {
		return h.ExpiresAt, h.Lapsed
	}
	since := h.GrantedAt
	if lastUse.After(since) {
		since = lastUse
	}
	at = since.Add(days(h.Kind.DisuseDays))
	if !h.ExpiresAt.IsZero() && !at.Before(h.ExpiresAt) {
		return h.ExpiresAt, false
	}
	return at, true
}

// Certificate is what a grant is worth: a kind, from when and, not among it, until
// when (zero: for ever). A grant is worth a certificate of each lower level, too.
type Certificate struct {
	Kind      id.ID
	Grant     id.ID
	GrantedAt clock.Instant
	ExpiresAt clock.Instant
}

func (c Certificate) valid(at clock.Instant) bool {
	return !at.Before(c.GrantedAt) && (c.ExpiresAt.IsZero() || at.Before(c.ExpiresAt))
}

// certificates are what grants are worth, with the last use of each kind.
func certificates(kinds []Kind, grants []Held, used map[id.ID]clock.Instant) []Certificate {
	var all []Certificate
	for _, g := range grants {
		if !g.RevokedAt.IsZero() {
			continue
		}
		ends, _ := g.ends(lastUse(kinds, g.Kind, used))
		for _, o := range kinds {
			if g.Kind.counts(o) {
				all = append(all, Certificate{o.ID, g.ID, g.GrantedAt, ends})
			}
		}
	}
	return all
}

// lastUse is the last use of anything that asks for a level of the kind's ladder.
func lastUse(kinds []Kind, of Kind, used map[id.ID]clock.Instant) clock.Instant {
	last := used[of.ID]
	for _, k := range kinds {
		if of.Ladder != "" && k.Ladder == of.Ladder && used[k.ID].After(last) {
			last = used[k.ID]
		}
	}
	return last
}

// holds reports whether a kind is held at a moment. One certificate may do for one
// moment and its renewal for the next.
func holds(certificates []Certificate, kind id.ID, at clock.Instant) bool {
	return slices.ContainsFunc(certificates, func(c Certificate) bool { return c.Kind == kind && c.valid(at) })
}

// holdsAll reports whether one of each group is held at a moment.
func holdsAll(certificates []Certificate, groups [][]id.ID, at clock.Instant) bool {
	for _, group := range groups {
		if !slices.ContainsFunc(group, func(k id.ID) bool { return holds(certificates, k, at) }) {
			return false
		}
	}
	return true
}

// Lack is one thing that somebody still needs before they can be granted a kind:
// one of other kinds, or hours on machines.
type Lack struct {
	AnyOf      []Kind
	Have, Need int64 // minutes, where AnyOf is empty
	On         Words // kinds of resource on which they count; none: on all that ask for a certification
}

// Names are those of AnyOf, one or several to choose from.
func (l Lack) Names() i18n.Text {
	var en, zh []string
	for _, k := range l.AnyOf {
		en, zh = append(en, k.Name.In("en")), append(zh, k.Name.In("zh-CN"))
	}
	return i18n.Text{EN: strings.Join(en, " or "), ZH: strings.Join(zh, " 或 ")}
}

// lacks is what somebody still needs for a kind.
func lacks(kinds []Kind, k Kind, certificates []Certificate, logged Minutes, now clock.Instant) []Lack {
	var missing []Lack
	for _, group := range k.Requires {
		if slices.ContainsFunc(group, func(r id.ID) bool { return holds(certificates, r, now) }) {
			continue
		}
		var l Lack
		for _, r := range group {
			if o, known := kindOf(kinds, r); known {
				l.AnyOf = append(l.AnyOf, o)
			}
		}
		missing = append(missing, l)
	}
	if have := logged.on(k.HoursOn); have < k.HoursMin {
		missing = append(missing, Lack{Have: have, Need: k.HoursMin, On: k.HoursOn})
	}
	return missing
}

// refusal is the lack as an answer to who would grant k.
func (l Lack) refusal(k Kind) *fault.Error {
	if len(l.AnyOf) > 0 {
		return ErrPrerequisite.With("Name", k.Name, "Needs", l.Names())
	}
	return ErrHours.With("Name", k.Name, "Have", minutes(l.Have), "Need", minutes(l.Need))
}

// Award is what somebody is to be granted, and on what evidence.
type Award struct {
	Member id.ID
	Kind   id.ID
	Until  clock.Instant // zero: for as long as its kind is valid
	Note   string
	Score  *int64 // of 100; nil: none
	Photo  []byte // a file as it was sent; nil: none
}

// check says what is wrong with the award of a kind in itself.
func (a *Award) check(k Kind) (wrong fault.Many) {
	a.Note = strings.TrimSpace(a.Note)
	if utf8.RuneCountInString(a.Note) > MaxReason {
		wrong.Add(ErrReasonTooLong.On("note"))
	}
	switch {
	case a.Score == nil && k.PassMark > 0:
		wrong.Add(ErrScore.With("Name", k.Name))
	case a.Score != nil && (*a.Score < 0 || *a.Score > 100):
		wrong.Add(ErrScoreBad)
	case a.Score != nil && *a.Score < k.PassMark:
		wrong.Add(ErrPassMark.With("Score", *a.Score, "Mark", k.PassMark))
	}
	return wrong
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
