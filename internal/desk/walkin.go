package desk

import (
	"context"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// WalkIn is somebody at the door without an account, or with one and without a plan.
type WalkIn struct {
	Member    id.ID // somebody known; empty: somebody new
	Other     bool  // it is none of those who are known by this number or address
	Name      string
	Contact   string // a phone number or an e-mail address
	Locale    string
	Birthday  clock.Day // of a minor; empty: they are of age
	Guardian  Guardian  // of a minor
	Pass      Choice
	Papers    []Paper // as they were shown
	Signature Signature
	Paid      Paid
	Wristband string // its number; empty: none is handed out
}

// WalkIn lets somebody in with a pass for the day: whoever is new is written down, what
// they have to sign is signed, the pass is sold and paid, and a wristband handed out,
// all of it or nothing. Everything that is missing is said at once. ErrKnown where the
// number or address is somebody's here and w says nothing of it.
func (s *Service) WalkIn(ctx context.Context, by actor.Actor, space id.ID, w WalkIn) (Visit, error) {
	if err := by.May("desk.admit", space, "", nil); err != nil {
		return Visit{}, err
	}
	w = w.normal()
	if err := s.CheckWalkIn(ctx, by, space, w); err != nil {
		return Visit{}, err
	}
	var v Visit
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		who, err := s.whoever(ctx, by, space, w)
		if err != nil {
			return err
		}
		v = s.visit(by, space, who.ID)
		var wrong fault.Many
		for _, step := range []func(context.Context, actor.Actor, *Visit, WalkIn) error{s.sign, s.sell, s.band} {
			err := step(ctx, by, &v, w)
			if err != nil && fault.All(err) == nil {
				return err
			}
			wrong = append(wrong, fault.All(err)...)
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		return s.begin(ctx, by, v)
	})
	return v, fault.Wrap(err, "walk in")
}

// CheckWalkIn says everything that can be seen to be wrong before somebody is let in:
// what is missing, what can't be so, and that they are known.
func (s *Service) CheckWalkIn(ctx context.Context, by actor.Actor, space id.ID, w WalkIn) error {
	if err := by.May("desk.admit", space, "", nil); err != nil {
		return err
	}
	w = w.normal()
	wrong := fault.Many(fault.All(w.check()))
	if w.Member == "" {
		checks := []error{s.People.Check(w.newcomer()), s.notKnown(ctx, by, space, w)}
		if w.Birthday != "" {
			checks = append(checks, s.Guardians.Check(ctx, space, w.Birthday, w.Guardian))
		}
		for _, err := range checks {
			if err != nil && fault.All(err) == nil {
				return fault.Wrap(err, "check a walk-in")
			}
			wrong = append(wrong, fault.All(err)...)
		}
	}
	return wrong.Err()
}

func (w WalkIn) normal() WalkIn {
	w.Name, w.Contact, w.Wristband = strings.TrimSpace(w.Name), strings.TrimSpace(w.Contact), strings.TrimSpace(w.Wristband)
	w.Guardian.Name, w.Signature.Name = strings.TrimSpace(w.Guardian.Name), strings.TrimSpace(w.Signature.Name)
	return w
}

// check says everything that is missing, whoever it is.
func (w WalkIn) check() error {
	var wrong fault.Many
	if w.Member == "" && w.Contact == "" {
		wrong.Add(ErrReach)
	}
	if w.Pass.Plan == "" {
		wrong.Add(ErrPass)
	}
	if len(w.Papers) > 0 && !w.Signature.Given() {
		wrong.Add(ErrUnsigned)
	}
	if w.Paid != Cash && w.Paid != Card && w.Paid != Later {
		wrong.Add(ErrPaid)
	}
	return wrong.Err()
}

// Known are the people of the space who have this number or address: whoever stands
// there may be one of them.
func (s *Service) Known(ctx context.Context, by actor.Actor, space id.ID, contact string) ([]Person, error) {
	if err := by.May("desk.read", space, "", nil); err != nil {
		return nil, err
	}
	if contact = strings.TrimSpace(contact); contact == "" {
		return nil, nil
	}
	known, err := s.People.Known(ctx, by, space, contact)
	return known, fault.Wrap(err, "known by number or address")
}

// notKnown refuses to write down once more whoever is known.
func (s *Service) notKnown(ctx context.Context, by actor.Actor, space id.ID, w WalkIn) error {
	if w.Member != "" || w.Other {
		return nil
	}
	known, err := s.Known(ctx, by, space, w.Contact)
	if err == nil && len(known) > 0 {
		err = ErrKnown
	}
	return err
}

// whoever is the person at the door, written down where they are new.
func (s *Service) whoever(ctx context.Context, by actor.Actor, space id.ID, w WalkIn) (Person, error) {
	if w.Member != "" {
		return s.welcome(ctx, space, w.Member)
	}
	return s.People.Admit(ctx, by, space, w.newcomer())
}

// newcomer is somebody new, as they are written down.
func (w WalkIn) newcomer() Newcomer {
	n := Newcomer{Name: w.Name, Locale: w.Locale}
	if strings.Contains(w.Contact, "@") {
		n.Email = w.Contact
	} else {
		n.Phone = w.Contact
	}
	return n
}

// sign has everything signed that they have to sign before they use anything: by
// themselves, or for a minor by the guardian who stands there.
func (s *Service) sign(ctx context.Context, by actor.Actor, v *Visit, w WalkIn) error {
	space, member := v.SpaceID, v.MemberID
	if w.Birthday != "" {
		if err := s.Guardians.Guarded(ctx, by, space, member, w.Birthday, w.Guardian); err != nil {
			return err
		}
	}
	if err := s.Papers.Sign(ctx, by, space, member, w.Papers, w.Signature); err != nil {
		return err
	}
	owing, err := s.Papers.Owing(ctx, space, member)
	if err == nil && owing {
		err = ErrUnsigned
	}
	return err
}

// sell sells the pass and takes the money for it.
func (s *Service) sell(ctx context.Context, by actor.Actor, v *Visit, w WalkIn) error {
	sold, err := s.Passes.Sell(ctx, by, v.SpaceID, v.MemberID, w.Pass)
	if err != nil {
		return err
	}
	v.MembershipID, v.Minor, v.Currency = sold.Membership, sold.Total.Minor, sold.Total.Currency
	if v.Minor == 0 {
		return nil
	}
	if v.Paid = w.Paid; v.Paid == Later {
		return nil
	}
	zone, err := s.Spaces.Zone(ctx, v.SpaceID)
	if err != nil {
		return err
	}
	return s.Till.Take(ctx, Taking{
		Space: v.SpaceID, Member: sold.Payer, Visit: v.ID, Amount: sold.Total, How: v.Paid, On: clock.DayOf(s.Clock.Now(), zone),
	})
}

// band hands the wristband out, if there is one.
func (s *Service) band(ctx context.Context, by actor.Actor, v *Visit, w WalkIn) (err error) {
	if w.Wristband == "" {
		return nil
	}
	v.Wristband = w.Wristband
	v.BadgeID, err = s.Badges.Give(ctx, by, v.SpaceID, v.MemberID, w.Wristband)
	return err
}
