package consent

import (
	"context"

	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrTwoBirthdays refuses to make two people one who were born on different days.
	ErrTwoBirthdays = fault.Conflict("consent.two_birthdays", "The two accounts have different days of birth. If they are one person all the same, correct one of the days first.")
	// ErrGuardianOf refuses to make a minor and their guardian one.
	ErrGuardianOf = fault.Conflict("consent.guardian_of", "One of the two is the other's guardian. They are two people.")
)

// TakeOver makes what one member has here another's, in the transaction in which their two
// accounts become one. What was signed with either counts, and of two choices the later.
// ErrTwoBirthdays and ErrGuardianOf where they are not one person.
func (s *Service) TakeOver(ctx context.Context, from, to id.ID) error {
	if err := s.onePerson(ctx, from, to); err != nil {
		return fault.Wrap(err, "consent of %s", from)
	}
	return fault.Wrap(s.db.Reassign(ctx, from, to,
		db.Column{Table: "acceptances", Name: "member_id"}, db.Column{Table: "acceptances", Name: "signed_by"}, db.Column{Table: "acceptances", Name: "recorded_by"},
		db.Column{Table: "consent_choices", Name: "member_id"}, db.Column{Table: "consent_choices", Name: "chosen_by"},
		db.Column{Table: "birthdays", Name: "member_id", Once: true}, db.Column{Table: "birthdays", Name: "said_by"},
		db.Column{Table: "guardianships", Name: "member_id"}, db.Column{Table: "guardianships", Name: "guardian_id"},
		db.Column{Table: "guardianships", Name: "asked_by"}, db.Column{Table: "guardianships", Name: "recorded_by"}, db.Column{Table: "guardianships", Name: "ended_by"},
	), "hand what %s has to %s", from, to)
}

// onePerson refuses two who can't be the same person.
func (s *Service) onePerson(ctx context.Context, from, to id.ID) error {
	days, err := s.store.birthdays(ctx, []id.ID{from, to})
	if err != nil {
		return err
	}
	if len(days) == 2 && days[0].Day != days[1].Day {
		return ErrTwoBirthdays
	}
	switch related, err := s.store.related(ctx, from, to); {
	case err != nil:
		return err
	case related:
		return ErrGuardianOf
	}
	return nil
}
