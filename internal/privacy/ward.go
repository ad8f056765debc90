package privacy

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// ErrWardElsewhere refuses to erase a minor who is known where somebody else answers for them.
var ErrWardElsewhere = fault.Conflict("privacy.ward_elsewhere", "They are also known in a space where you don't answer for them. Have yourself named there first, or ask the managers there.")

// Ward is a minor for whom somebody answers.
type Ward struct {
	Person
	Member    id.ID
	Name      string
	Elsewhere bool // they are known in a space where the same guardian does not answer for them
}

// Ward is the minor for whom by answers with this guardianship; a refusal from the day
// on which by no longer does.
func (s *Service) Ward(ctx context.Context, by actor.Actor, guardianship id.ID) (Ward, error) {
	if err := by.May("privacy.ward", "", by.Member, ErrNoSuchMember); err != nil {
		return Ward{}, err
	}
	w, err := s.Guardians.Ward(ctx, by, guardianship)
	return w, fault.Wrap(err, "ward of guardianship %s", guardianship)
}

// held is the ward, for whom by answers until the transaction of ctx ends.
func (s *Service) held(ctx context.Context, by actor.Actor, guardianship id.ID) (Ward, error) {
	if err := s.DB.Lock(ctx, "guardianships", guardianship); err != nil {
		return Ward{}, err
	}
	return s.Ward(ctx, by, guardianship)
}

// AskForWard has a file of everything about a minor be put together for who answers for
// them, and tells the minor; ErrInTheMaking while one is.
func (s *Service) AskForWard(ctx context.Context, by actor.Actor, guardianship id.ID) (Export, error) {
	var e Export
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		w, err := s.held(ctx, by, guardianship)
		if err != nil {
			return err
		}
		if e, err = s.ask(ctx, by, w.Member, "privacy.ward"); err != nil {
			return err
		}
		return s.Guardians.Tell(ctx, guardianship)
	})
	return e, fault.Wrap(err, "ask for an export of a ward")
}

// WardExports lists the latest files about a minor that by asked for, the newest first.
func (s *Service) WardExports(ctx context.Context, by actor.Actor, guardianship id.ID) ([]Export, error) {
	w, err := s.Ward(ctx, by, guardianship)
	if err != nil {
		return nil, err
	}
	list, err := s.store.newest(ctx, w.Member, by.Member, exportsShown)
	return list, fault.Wrap(err, "exports of %s", w.Member)
}

// FetchForWard gives the ZIP of a file to the guardian who asked for it, once, and only
// while they answer for the minor.
func (s *Service) FetchForWard(ctx context.Context, by actor.Actor, guardianship, export id.ID) ([]byte, error) {
	var body []byte
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		w, err := s.held(ctx, by, guardianship)
		if err != nil {
			return err
		}
		body, err = s.fetch(ctx, by, w.Member, export, "privacy.ward")
		return err
	})
	return body, fault.Wrap(err, "fetch export %s", export)
}

// EraseWard forgets a minor for good, as Erase does, for who answers for them: in every
// space where the minor is known, or ErrWardElsewhere.
func (s *Service) EraseWard(ctx context.Context, by actor.Actor, guardianship id.ID, confirm string) error {
	var w Ward
	err := s.DB.Tx(ctx, func(ctx context.Context) (err error) {
		if w, err = s.held(ctx, by, guardianship); err != nil {
			return err
		}
		if err := w.gone(confirm); err != nil {
			return err
		}
		if w.Elsewhere {
			return ErrWardElsewhere
		}
		return s.erase(ctx, by, w.Member)
	})
	if err != nil {
		return fault.Wrap(err, "erase a ward")
	}
	return fault.Wrap(s.Ledger.Add(w.Member), "list the erasure of %s", w.Member)
}
