package members

import (
	"context"

	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// nobody stands where the name of someone was who was erased.
const nobody = "—"

// Erase overwrites who a person was. What others own of them keeps its id, which
// means nobody any more; they are in no space. It refuses the last owner of a space
// (ErrLastOwner), and is asked in the transaction that erases the person.
func (s *Service) Erase(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		m, err := s.store.member(ctx, member)
		if err != nil {
			return err
		}
		standings, err := s.store.standings(ctx, member)
		if err != nil {
			return err
		}
		for _, st := range standings {
			if err := s.db.Lock(ctx, "spaces", st.SpaceID); err != nil {
				return err
			}
			if err := s.keepOwner(ctx, st); err != nil {
				return err
			}
		}
		if err := s.store.deleteAbout(ctx, member); err != nil {
			return err
		}
		merged, err := s.store.mergedInto(ctx, member)
		if err != nil {
			return err
		}
		for _, m := range append(merged, m) {
			m.Email, m.EmailKey, m.Name, m.Phone, m.Search = "", noAddress(m.ID), nobody, "", ""
			if err := s.store.overwrite(ctx, m); err != nil {
				return err
			}
		}
		return nil
	}), "erase %s", member)
}
