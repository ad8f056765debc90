package certifications

import (
	"context"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Revocation is a grant that is to be taken back, and what becomes of the
// bookings that depended on it: they are kept, or cancelled with it.
type Revocation struct {
	Member id.ID
	Grant  id.ID
	Reason string // told to the person
	Cancel bool
}

// Look is one grant of a member, to who may grant.
func (s *Service) Look(ctx context.Context, by actor.Actor, space, member, grant id.ID) (Held, error) {
	if err := by.May("certification.look", space, "", nil); err != nil {
		return Held{}, err
	}
	h, err := s.grant(ctx, space, member, grant)
	return h, fault.Wrap(err, "grant %s", grant)
}

func (s *Service) grant(ctx context.Context, space, member, grant id.ID) (Held, error) {
	held, err := s.store.grants(ctx, space, member)
	if err != nil {
		return Held{}, err
	}
	i := slices.IndexFunc(held, func(h Held) bool { return h.ID == grant })
	if i < 0 {
		return Held{}, ErrNoSuchGrant
	}
	return held[i], nil
}

// Depending are the bookings that somebody could not have without a grant, in the
// order they start: what Revoke with Cancel would cancel.
func (s *Service) Depending(ctx context.Context, by actor.Actor, space, member, grant id.ID) ([]Booked, error) {
	if err := by.May("certification.grant", space, "", nil); err != nil {
		return nil, err
	}
	booked, err := s.depending(ctx, space, member, grant)
	return booked, fault.Wrap(err, "bookings that depend on %s", grant)
}

func (s *Service) depending(ctx context.Context, space, member, grant id.ID) ([]Booked, error) {
	with, err := s.Certificates(ctx, space, member)
	if err != nil {
		return nil, err
	}
	without := slices.DeleteFunc(slices.Clone(with), func(c Certificate) bool { return c.Grant == grant })
	ahead, err := s.Bookings.Ahead(ctx, space, member)
	if err != nil {
		return nil, err
	}
	var depend []Booked
	for _, b := range ahead {
		if holdsAll(with, b.Asks, b.StartsAt) && !holdsAll(without, b.Asks, b.StartsAt) {
			depend = append(depend, b)
		}
	}
	return depend, nil
}

// Revoke takes a certification back, with a reason that is kept beside it and told
// to the person. It counts nowhere any more. The bookings that depended on it are
// cancelled in the same transaction, or kept for the person to be supervised:
// it says which they are. An instructor revokes only what they teach.
func (s *Service) Revoke(ctx context.Context, by actor.Actor, space id.ID, r Revocation) ([]Booked, error) {
	if err := by.May("certification.grant", space, "", nil); err != nil {
		return nil, err
	}
	if r.Member == by.Member {
		return nil, ErrCertifyOneself
	}
	reason, err := because(r.Reason)
	if err != nil {
		return nil, err
	}
	var depend []Booked
	err = s.take(ctx, by, space, r.Member, r.Grant, func(ctx context.Context, h Held, now clock.Instant) error {
		if depend, err = s.depending(ctx, space, r.Member, r.Grant); err != nil {
			return err
		}
		if err := s.store.revoke(ctx, Grant{ID: h.ID, RevokedAt: now, RevokedBy: by.Member, RevokedReason: reason}); err != nil {
			return err
		}
		if r.Cancel {
			if err := s.cancel(ctx, depend, reason); err != nil {
				return err
			}
		}
		told := revoked{Space: space, Member: r.Member, Grant: h.ID, Cancelled: r.Cancel}
		for _, b := range depend {
			told.Bookings = append(told.Bookings, news{b.Name, b.StartsAt})
		}
		if err := s.Jobs.Add(ctx, told); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "certification.grant", r.Member, map[string]any{
			"revoked": h.ID, "certification": h.Kind.Code, "reason": reason, "bookings": len(depend), "cancelled": r.Cancel,
		})
	})
	return depend, fault.Wrap(err, "revoke %s", r.Grant)
}

// Undo takes back a grant that was a slip, within ten minutes and before a machine
// was used on it. Nobody is told; what was booked on it meanwhile is cancelled.
func (s *Service) Undo(ctx context.Context, by actor.Actor, space, member, grant id.ID) error {
	if err := by.May("certification.grant", space, "", nil); err != nil {
		return err
	}
	if member == by.Member {
		return ErrCertifyOneself
	}
	return fault.Wrap(s.take(ctx, by, space, member, grant, func(ctx context.Context, h Held, now clock.Instant) error {
		kinds, err := s.store.kinds(ctx, space)
		if err != nil {
			return err
		}
		used, err := s.Usage.LastUse(ctx, space, member)
		if err != nil {
			return err
		}
		if !now.Before(h.UndoUntil()) || !lastUse(kinds, h.Kind, used).Before(h.GrantedAt) {
			return ErrUndoOver
		}
		depend, err := s.depending(ctx, space, member, grant)
		if err != nil {
			return err
		}
		if err := s.store.revoke(ctx, Grant{ID: h.ID, RevokedAt: now, RevokedBy: by.Member, Undone: true}); err != nil {
			return err
		}
		if err := s.cancel(ctx, depend, h.Kind.Code); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "certification.grant", member, map[string]any{"undone": h.ID, "certification": h.Kind.Code})
	}), "undo %s", grant)
}

// take keeps others from a member's certifications and does something with a grant
// that stands, if by teaches its kind.
func (s *Service) take(ctx context.Context, by actor.Actor, space, member, grant id.ID, do func(ctx context.Context, h Held, now clock.Instant) error) error {
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.DB.Lock(ctx, "members", member); err != nil {
			return err
		}
		h, err := s.grant(ctx, space, member, grant)
		if err != nil {
			return err
		}
		if err := teaches(by, h.Kind); err != nil {
			return err
		}
		if !h.RevokedAt.IsZero() {
			return ErrRevoked
		}
		return do(ctx, h, s.Clock.Now())
	})
}

func (s *Service) cancel(ctx context.Context, bookings []Booked, reason string) error {
	for _, b := range bookings {
		if err := s.Bookings.Cancel(ctx, b.ID, reason); err != nil {
			return err
		}
	}
	return nil
}
