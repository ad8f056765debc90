package members

import (
	"context"
	"errors"
	"slices"

	"guildhall/internal/actor"
	"strings"
	"time"
	"unicode/utf8"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

var (
	// ErrNoSuchCertification is the answer where a space has no such kind of certification.
	ErrNoSuchCertification = fault.NotFound("members.no_such_certification", "There is no such certification here.").On("certification")
	// ErrNoSuchGrant is the answer where this person was never granted that.
	ErrNoSuchGrant = fault.NotFound("members.no_such_grant", "There is no such certification of this person here.")
	// ErrCertifyOneself refuses to certify oneself, whatever the role.
	ErrCertifyOneself = fault.Forbidden("members.certify_oneself", "Nobody certifies themselves. Ask another instructor.")
	// ErrAlreadyHeld refuses to grant for a second time what never expires.
	ErrAlreadyHeld = fault.Conflict("members.already_held", "This person holds it already.").On("certification")
	// ErrUntil refuses an end of a certification that its kind does not allow.
	ErrUntil = fault.Invalid("expires_on", "members.until", "Choose a day to come, no later than certifications of this kind are valid.")
	// ErrRevoked refuses to revoke for a second time.
	ErrRevoked = fault.Conflict("members.revoked", "This was revoked already.")
	// ErrCodeBad refuses a code that is not a short word.
	ErrCodeBad = fault.Invalid("code", "members.code_bad", "A code is 1 to 40 small letters, digits and dashes: laser-l1.")
	// ErrCodeTaken refuses a code that another certification of the space has.
	ErrCodeTaken = fault.Conflict("members.code_taken", "Another certification has this code.").On("code")
	// ErrCertificationName asks for a name in at least one language.
	ErrCertificationName = fault.Invalid("name", "members.certification_name", "Name it, in one language at least, with at most {{.Most}} characters.").With("Most", MaxName)
	// ErrCertificationAbout refuses a description of more than MaxAbout characters.
	ErrCertificationAbout = fault.Invalid("about", "members.certification_about", "Keep the description to {{.Most}} characters.").With("Most", MaxAbout)
	// ErrValidDays refuses a validity below none and above a hundred years.
	ErrValidDays = fault.Invalid("valid_days", "members.valid_days", "It is valid for 1 to 36500 days, or 0 for ever.")
)

// MaxAbout is the most characters the description of a certification may have.
const MaxAbout = 1000

// Certification is a kind of proof a space asks for: "Laser L1".
type Certification struct {
	ID        id.ID
	SpaceID   id.ID
	Code      string // "laser-l1", unique in the space
	Name      i18n.Text
	About     i18n.Text
	ValidDays int64 // 0: for ever
	Position  int64 // the order in which a space shows them
	Version   int64
}

func (c Certification) normal() (Certification, error) {
	var wrong fault.Many
	c.Code = strings.ToLower(strings.TrimSpace(c.Code))
	if c.Code == "" || len(c.Code) > 40 || strings.Trim(c.Code, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		wrong.Add(ErrCodeBad)
	}
	c.Name = i18n.Text{EN: strings.TrimSpace(c.Name.EN), ZH: strings.TrimSpace(c.Name.ZH)}
	c.About = i18n.Text{EN: strings.TrimSpace(c.About.EN), ZH: strings.TrimSpace(c.About.ZH)}
	if c.Name.Empty() || utf8.RuneCountInString(c.Name.EN) > MaxName || utf8.RuneCountInString(c.Name.ZH) > MaxName {
		wrong.Add(ErrCertificationName)
	}
	if !c.Name.Line() {
		wrong.Add(i18n.ErrLine)
	}
	if utf8.RuneCountInString(c.About.EN) > MaxAbout || utf8.RuneCountInString(c.About.ZH) > MaxAbout {
		wrong.Add(ErrCertificationAbout)
	}
	if c.ValidDays < 0 || c.ValidDays > 36500 {
		wrong.Add(ErrValidDays)
	}
	return c, wrong.Err()
}

// expiry is when a grant of this kind ends that begins now; zero: never.
func (c Certification) expiry(now clock.Instant) clock.Instant {
	if c.ValidDays == 0 {
		return clock.Instant{}
	}
	return now.Add(time.Duration(c.ValidDays) * 24 * time.Hour)
}

// Grant is a dated proof that a member may use a class of machine. Grants are
// never deleted: one that was wrong is revoked.
type Grant struct {
	ID              id.ID
	MemberID        id.ID
	CertificationID id.ID
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

// Held is a grant with what it is a grant of and the name of who gave it.
type Held struct {
	Grant
	Certification Certification
	GrantedByName string // empty: the house
	RevokedByName string
}

// Certifications lists the kinds that a space knows, in its order.
func (s *Service) Certifications(ctx context.Context, space id.ID) ([]Certification, error) {
	cs, err := s.store.certifications(ctx, space)
	return cs, fault.Wrap(err, "certifications of %s", space)
}

// Certification is one kind that a space knows; ErrNoSuchCertification if it does not.
func (s *Service) Certification(ctx context.Context, by actor.Actor, space, certification id.ID) (Certification, error) {
	if err := by.May("certification.read", space, "", nil); err != nil {
		return Certification{}, err
	}
	c, err := s.store.certification(ctx, space, certification)
	return c, fault.Wrap(err, "certification %s", certification)
}

// AddCertification adds a kind to what a space knows: at its Position, or after
// all others if that is zero. The ID is made here if there is none.
func (s *Service) AddCertification(ctx context.Context, by actor.Actor, c Certification) (Certification, error) {
	if err := by.May("certification.edit", c.SpaceID, "", nil); err != nil {
		return c, err
	}
	c, err := c.normal()
	if err != nil {
		return c, err
	}
	if c.ID == "" {
		c.ID = id.New()
	}
	c.Version = 1
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if c.Position == 0 {
			last, err := s.store.lastPosition(ctx, c.SpaceID)
			if err != nil {
				return err
			}
			c.Position = last + 1
		}
		if err := s.store.insertCertification(ctx, c); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, c.SpaceID, "certification.edit", c.ID, map[string]any{"code": c.Code})
	})
	return c, fault.Wrap(err, "add a certification")
}

// EditCertification changes a kind. Grants that were made keep their expiry: a
// proof that was given is not shortened behind someone's back. ErrStale if it
// changed since c.Version was looked at.
func (s *Service) EditCertification(ctx context.Context, by actor.Actor, c Certification) (Certification, error) {
	if err := by.May("certification.edit", c.SpaceID, "", nil); err != nil {
		return c, err
	}
	c, err := c.normal()
	if err != nil {
		return c, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		was, err := s.store.certification(ctx, c.SpaceID, c.ID)
		if err != nil {
			return err
		}
		if was.Version != c.Version {
			return ErrStale
		}
		if err := s.store.updateCertification(ctx, c); err != nil {
			return err
		}
		c.Version++
		return s.audit.Record(ctx, by, c.SpaceID, "certification.edit", c.ID, map[string]any{"code": c.Code, "valid_days": c.ValidDays})
	})
	return c, fault.Wrap(err, "edit certification %s", c.ID)
}

// Certify is CertifyUntil for as long as the kind is valid.
func (s *Service) Certify(ctx context.Context, by actor.Actor, space, member, certification id.ID, note string) (Grant, error) {
	return s.CertifyUntil(ctx, by, space, member, certification, clock.Instant{}, note)
}

// CertifyUntil grants a member a certification from now on, until a moment that
// its kind allows (ErrUntil) or, where that is zero, for as long as the kind is
// valid. Nobody certifies themselves. One that is held and expires is granted
// anew; one that never expires is ErrAlreadyHeld.
func (s *Service) CertifyUntil(ctx context.Context, by actor.Actor, space, member, certification id.ID, until clock.Instant, note string) (Grant, error) {
	if err := by.May("certification.grant", space, "", nil); err != nil {
		return Grant{}, err
	}
	if member == by.Member {
		return Grant{}, ErrCertifyOneself
	}
	note = strings.TrimSpace(note)
	if utf8.RuneCountInString(note) > MaxReason {
		return Grant{}, ErrReasonTooLong.On("note")
	}
	var g Grant
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.store.standing(ctx, space, member); err != nil {
			return err
		}
		c, err := s.store.certification(ctx, space, certification)
		if err != nil {
			return err
		}
		if err := s.db.Lock(ctx, "members", member); err != nil {
			return err
		}
		g, err = s.certify(ctx, by, member, c, until, note)
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "certification.grant", member, map[string]any{"grant": g.ID, "certification": c.Code})
	})
	return g, fault.Wrap(err, "certify %s", member)
}

func (s *Service) certify(ctx context.Context, by actor.Actor, member id.ID, c Certification, until clock.Instant, note string) (Grant, error) {
	now := s.clock.Now()
	g := Grant{
		ID: id.New(), MemberID: member, CertificationID: c.ID, GrantedBy: by.Member,
		GrantedAt: now, ExpiresAt: c.expiry(now), Note: note,
	}
	if !until.IsZero() {
		if !until.After(now) || !g.ExpiresAt.IsZero() && until.After(g.ExpiresAt) {
			return g, ErrUntil
		}
		g.ExpiresAt = until
	}
	held, err := s.store.grants(ctx, c.SpaceID, member)
	if err != nil {
		return g, err
	}
	for _, h := range held {
		if h.CertificationID == c.ID && h.Valid(now) && (h.ExpiresAt.IsZero() || h.ExpiresAt.Equal(g.ExpiresAt)) {
			return g, ErrAlreadyHeld
		}
	}
	return g, s.store.insertGrant(ctx, g)
}

// Revoke takes a certification back, with a reason that is kept beside it. It
// counts nowhere any more, also not for bookings made before.
func (s *Service) Revoke(ctx context.Context, by actor.Actor, space, member, grant id.ID, reason string) error {
	if err := by.May("certification.grant", space, "", nil); err != nil {
		return err
	}
	if member == by.Member {
		return ErrCertifyOneself
	}
	reason, err := because(reason)
	if err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "members", member); err != nil {
			return err
		}
		held, err := s.store.grants(ctx, space, member)
		if err != nil {
			return err
		}
		for _, h := range held {
			if h.ID != grant {
				continue
			}
			if !h.RevokedAt.IsZero() {
				return ErrRevoked
			}
			if err := s.store.revoke(ctx, grant, by.Member, s.clock.Now()); err != nil {
				return err
			}
			return s.audit.Record(ctx, by, space, "certification.grant", member, map[string]any{"revoked": grant, "certification": h.Certification.Code, "reason": reason})
		}
		return ErrNoSuchGrant
	}), "revoke %s", grant)
}

// Held lists the certifications of a space that a member holds at all of these
// moments (now and when the machine is to start, say), or now if none is named.
func (s *Service) Held(ctx context.Context, member, space id.ID, at ...clock.Instant) ([]id.ID, error) {
	if len(at) == 0 {
		at = []clock.Instant{s.clock.Now()}
	}
	grants, err := s.store.grants(ctx, space, member)
	return held(grants, at), fault.Wrap(err, "certifications of %s", member)
}

// Holders are those of these people who hold a certification now.
func (s *Service) Holders(ctx context.Context, certification id.ID, people []id.ID) ([]id.ID, error) {
	holders, err := s.store.holders(ctx, certification, people, s.clock.Now())
	return holders, fault.Wrap(err, "holders of %s", certification)
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

// Grants lists what a member was granted in a space, the latest first, with what was revoked or has expired.
func (s *Service) Grants(ctx context.Context, by actor.Actor, space, member id.ID) ([]Held, error) {
	if err := by.May("member.read", space, member, ErrNoSuchMember); err != nil {
		return nil, err
	}
	grants, err := s.store.grants(ctx, space, member)
	return grants, fault.Wrap(err, "grants of %s", member)
}

// HasCertification reports whether the space knows a certification.
func (s *Service) HasCertification(ctx context.Context, space, certification id.ID) (bool, error) {
	_, err := s.store.certification(ctx, space, certification)
	if errors.Is(err, ErrNoSuchCertification) {
		return false, nil
	}
	return err == nil, fault.Wrap(err, "certification %s", certification)
}
