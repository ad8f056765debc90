package members

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Unreachable is somebody who has no e-mail address, or gave none: a child, or who
// walks in. They can't sign in until an address is given to them.
type Unreachable struct {
	Name   string
	Phone  string
	Locale string
}

func (u Unreachable) registration() Registration {
	return Registration{Name: u.Name, Phone: u.Phone, Locale: u.Locale, unreachable: true}
}

// Check is everything that is wrong with what is said of them.
func (u Unreachable) Check() error { return u.registration().Check() }

// Note writes down somebody without an address as a member of the space. Their
// bookings and charges are theirs when they get one.
func (s *Service) Note(ctx context.Context, by actor.Actor, space id.ID, u Unreachable) (Member, error) {
	if err := by.May("member.create", space, "", nil); err != nil {
		return Member{}, err
	}
	r, err := u.registration().normal()
	if err != nil {
		return Member{}, err
	}
	m := r.member(s.clock.Now())
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insertMember(ctx, m); err != nil {
			return err
		}
		if err := s.store.insertStanding(ctx, Standing{SpaceID: space, MemberID: m.ID, Role: actor.Member, JoinedAt: m.CreatedAt}); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "member.create", m.ID, map[string]any{"address": false})
	})
	return m, fault.Wrap(err, "note somebody")
}

// noAddress is what stands in the place of the key of an address for whoever has
// none: no address is written like this.
func noAddress(member id.ID) string { return "-" + member.String() }
