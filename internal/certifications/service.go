package certifications

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// What certifications needs of others, in its own words.
type (
	// Audit is where it is written who did what: in the transaction that did it.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
	}
	// People knows who somebody is.
	People interface {
		// Person is somebody as this space knows them; ErrNoSuchHolder if it does not.
		Person(ctx context.Context, space, member id.ID) (Person, error)
	}
)

// Person is somebody who can be certified.
type Person struct {
	Name   string
	Email  string
	Locale string
}

// Needs is what a Service is made of. All of it is needed.
type Needs struct {
	DB     *db.DB
	Clock  clock.Clock
	Audit  Audit
	People People
}

// Service is what one can do with certifications. Make it with New.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	audit  Audit
	people People
	store  store
}

// New makes the service on a migrated database.
func New(n Needs) *Service {
	return &Service{db: n.DB, clock: n.Clock, audit: n.Audit, people: n.People, store: newStore(n.DB)}
}

// Kinds lists the kinds that a space knows, in its order.
func (s *Service) Kinds(ctx context.Context, space id.ID) ([]Kind, error) {
	ks, err := s.store.kinds(ctx, space)
	return ks, fault.Wrap(err, "certifications of %s", space)
}

// Kind is one kind that a space knows; ErrNoSuchKind if it does not.
func (s *Service) Kind(ctx context.Context, by actor.Actor, space, kind id.ID) (Kind, error) {
	if err := by.May("certification.read", space, "", nil); err != nil {
		return Kind{}, err
	}
	k, err := s.store.kind(ctx, space, kind)
	return k, fault.Wrap(err, "certification %s", kind)
}

// Knows reports whether the space knows a kind.
func (s *Service) Knows(ctx context.Context, space, kind id.ID) (bool, error) {
	_, err := s.store.kind(ctx, space, kind)
	if errors.Is(err, ErrNoSuchKind) {
		return false, nil
	}
	return err == nil, fault.Wrap(err, "certification %s", kind)
}

// Add adds a kind to what a space knows: at its Position, or after all others if
// that is zero. The ID is made here if there is none.
func (s *Service) Add(ctx context.Context, by actor.Actor, k Kind) (Kind, error) {
	if err := by.May("certification.edit", k.SpaceID, "", nil); err != nil {
		return k, err
	}
	k, err := k.normal()
	if err != nil {
		return k, err
	}
	if k.ID == "" {
		k.ID = id.New()
	}
	k.Version = 1
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if k.Position == 0 {
			last, err := s.store.lastPosition(ctx, k.SpaceID)
			if err != nil {
				return err
			}
			k.Position = last + 1
		}
		if err := s.store.insertKind(ctx, k); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, k.SpaceID, "certification.edit", k.ID, map[string]any{"code": k.Code})
	})
	return k, fault.Wrap(err, "add a certification")
}

// Edit changes a kind. Grants that were made keep their expiry: a proof that was
// given is not shortened behind someone's back. ErrStale if it changed since
// k.Version was looked at.
func (s *Service) Edit(ctx context.Context, by actor.Actor, k Kind) (Kind, error) {
	if err := by.May("certification.edit", k.SpaceID, "", nil); err != nil {
		return k, err
	}
	k, err := k.normal()
	if err != nil {
		return k, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		was, err := s.store.kind(ctx, k.SpaceID, k.ID)
		if err != nil {
			return err
		}
		if was.Version != k.Version {
			return ErrStale
		}
		if err := s.store.updateKind(ctx, k); err != nil {
			return err
		}
		k.Version++
		return s.audit.Record(ctx, by, k.SpaceID, "certification.edit", k.ID, map[string]any{"code": k.Code, "valid_days": k.ValidDays})
	})
	return k, fault.Wrap(err, "edit certification %s", k.ID)
}

// Certify is CertifyUntil for as long as the kind is valid.
func (s *Service) Certify(ctx context.Context, by actor.Actor, space, member, kind id.ID, note string) (Grant, error) {
	return s.CertifyUntil(ctx, by, space, member, kind, clock.Instant{}, note)
}

// CertifyUntil grants a member a certification from now on, until a moment that
// its kind allows (ErrUntil) or, where that is zero, for as long as the kind is
// valid. Nobody certifies themselves. One that is held and expires is granted
// anew; one that never expires is ErrAlreadyHeld.
func (s *Service) CertifyUntil(ctx context.Context, by actor.Actor, space, member, kind id.ID, until clock.Instant, note string) (Grant, error) {
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
		if _, err := s.people.Person(ctx, space, member); err != nil {
			return err
		}
		k, err := s.store.kind(ctx, space, kind)
		if err != nil {
			return err
		}
		if g, err = s.certify(ctx, by, member, k, until, note); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "certification.grant", member, map[string]any{"grant": g.ID, "certification": k.Code})
	})
	return g, fault.Wrap(err, "certify %s", member)
}

// Bring grants what a file says that somebody holds, for as long as the kind is
// valid, inside the transaction of the import, which is what is audited.
func (s *Service) Bring(ctx context.Context, by actor.Actor, space, member, kind id.ID) error {
	if err := by.May("member.import", space, "", nil); err != nil {
		return err
	}
	if member == by.Member {
		return ErrCertifyOneself
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		k, err := s.store.kind(ctx, space, kind)
		if err != nil {
			return err
		}
		_, err = s.certify(ctx, by, member, k, clock.Instant{}, "")
		return err
	}), "certify %s from a file", member)
}

func (s *Service) certify(ctx context.Context, by actor.Actor, member id.ID, k Kind, until clock.Instant, note string) (Grant, error) {
	// Two who certify one person at once must not both succeed.
	if err := s.db.Lock(ctx, "members", member); err != nil {
		return Grant{}, err
	}
	now := s.clock.Now()
	g := Grant{
		ID: id.New(), MemberID: member, CertificationID: k.ID, GrantedBy: by.Member,
		GrantedAt: now, ExpiresAt: k.expiry(now), Note: note,
	}
	if !until.IsZero() {
		if !until.After(now) || !g.ExpiresAt.IsZero() && until.After(g.ExpiresAt) {
			return g, ErrUntil
		}
		g.ExpiresAt = until
	}
	held, err := s.store.grants(ctx, k.SpaceID, member)
	if err != nil {
		return g, err
	}
	for _, h := range held {
		if h.CertificationID == k.ID && h.Valid(now) && (h.ExpiresAt.IsZero() || h.ExpiresAt.Equal(g.ExpiresAt)) {
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
			return s.audit.Record(ctx, by, space, "certification.grant", member, map[string]any{"revoked": grant, "certification": h.Kind.Code, "reason": reason})
		}
		return ErrNoSuchGrant
	}), "revoke %s", grant)
}

// Held lists the kinds of a space that a member holds at all of these moments
// (now and when the machine is to start, say), or now if none is named.
func (s *Service) Held(ctx context.Context, member, space id.ID, at ...clock.Instant) ([]id.ID, error) {
	if len(at) == 0 {
		at = []clock.Instant{s.clock.Now()}
	}
	grants, err := s.store.grants(ctx, space, member)
	return held(grants, at), fault.Wrap(err, "certifications of %s", member)
}

// Holders are those of these people who hold a certification now.
func (s *Service) Holders(ctx context.Context, kind id.ID, people []id.ID) ([]id.ID, error) {
	holders, err := s.store.holders(ctx, kind, people, s.clock.Now())
	return holders, fault.Wrap(err, "holders of %s", kind)
}

// Grants lists what a member was granted in a space, the latest first, with what was revoked or has expired.
func (s *Service) Grants(ctx context.Context, by actor.Actor, space, member id.ID) ([]Held, error) {
	if err := by.May("member.read", space, member, ErrNoSuchHolder); err != nil {
		return nil, err
	}
	grants, err := s.store.grants(ctx, space, member)
	return grants, fault.Wrap(err, "grants of %s", member)
}
