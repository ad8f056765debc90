package consent

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Ward is the minor for whom by answers with this guardianship at this moment:
// ErrNotGuarding where by has not consented, or not any more, and ErrGrown from the
// 18th birthday on. Whoever builds on it in a transaction locks the guardianship first.
func (s *Service) Ward(ctx context.Context, by actor.Actor, guardianship id.ID) (Child, error) {
	c, err := s.At(ctx, by, Door{Guardianship: guardianship}, by.Locale)
	switch {
	case err != nil:
		return Child{}, err
	case !c.Standing.Minor:
		return Child{}, ErrGrown
	case !c.Runs():
		return Child{}, ErrNotGuarding
	}
	return c, nil
}

// TellExport has a letter sent to a minor whose guardian asked for a file of everything
// about them, in the transaction in which that is asked for.
func (s *Service) TellExport(ctx context.Context, guardianship id.ID) error {
	return s.jobs.Add(ctx, exported{guardianship})
}

// writeExported writes that letter.
func (s *Service) writeExported(ctx context.Context, j exported) error {
	g, err := s.store.guardianship(ctx, j.Guardianship)
	if err != nil {
		return fault.Wrap(err, "guardian %s", j.Guardianship)
	}
	c, err := s.child(ctx, g, g.Locale)
	if err != nil {
		return err
	}
	return s.send(ctx, c.Minor.Email, c.Minor.Locale, "minor_exported", c, nil, "Link", s.base+"/me/security")
}
