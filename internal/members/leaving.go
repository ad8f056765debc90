package members

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrLeft refuses what is for those who are here.
	ErrLeft = fault.Conflict("members.left", "This person has left the space. Let them back in first.")
	// ErrRemoved refuses to let somebody back in by the way of others whom the staff removed.
	ErrRemoved = fault.Forbidden("members.removed", "The staff of this space ended your membership. Ask the front desk to let you back in.")
	// ErrNotLeft refuses to let somebody back in who is here.
	ErrNotLeft = fault.Conflict("members.not_left", "This person is here already.")
)

// Leave ends the actor's own standing in a space, from the next request on. What they
// did stays in its books.
func (s *Service) Leave(ctx context.Context, by actor.Actor, space id.ID) error {
	if err := by.May("member.leave", space, by.Member, ErrNoSuchMember); err != nil {
		return err
	}
	return s.leave(ctx, by, space, by.Member, "")
}

// Remove ends another person's standing in a space, with a reason for the record.
func (s *Service) Remove(ctx context.Context, by actor.Actor, space, member id.ID, reason string) error {
	if err := by.May("member.remove", space, "", nil); err != nil {
		return err
	}
	if member == by.Member {
		return ErrNotOneself
	}
	reason, err := because(reason)
	if err != nil {
		return err
	}
	return s.leave(ctx, by, space, member, reason)
}

func (s *Service) leave(ctx context.Context, by actor.Actor, space, member id.ID, reason string) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		// Two owners who leave at once must not both succeed.
		if err := s.db.Lock(ctx, "spaces", space); err != nil {
			return err
		}
		st, err := s.store.standing(ctx, space, member)
		switch {
		case err != nil:
			return err
		case st.Left():
			return ErrLeft
		case member != by.Member && by.Role(space) != actor.Owner && st.Role.Above(actor.Desk):
			return ErrRoleTooHigh
		}
		if err := s.keepOwner(ctx, st); err != nil {
			return err
		}
		st.Role, st.LeftAt, st.LeftReason = actor.Member, s.clock.Now(), reason
		if err := s.store.setLeft(ctx, st); err != nil {
			return err
		}
		others, err := s.store.standings(ctx, member)
		if err != nil {
			return err
		}
		gone := !slices.ContainsFunc(others, func(o Standing) bool { return !o.Left() })
		if err := s.others.Left(ctx, space, member, gone); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "member.leave", member, map[string]any{"reason": reason})
	}), "%s leaves %s", member, space)
}

// Readmit lets somebody back in who had left, as a member.
func (s *Service) Readmit(ctx context.Context, by actor.Actor, space, member id.ID) error {
	if err := by.May("member.readmit", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "spaces", space); err != nil {
			return err
		}
		st, err := s.store.standing(ctx, space, member)
		switch {
		case err != nil:
			return err
		case !st.Left():
			return ErrNotLeft
		}
		st.Role, st.LeftAt, st.LeftReason = actor.Member, clock.Instant{}, ""
		if err := s.store.setLeft(ctx, st); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "member.readmit", member, nil)
	}), "readmit %s", member)
}

// within refuses a text that is empty or too long for a note or a name.
func within(text string, most int, missing, tooLong *fault.Error) (string, error) {
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return "", missing
	case n > most:
		return "", tooLong
	}
	return text, nil
}
