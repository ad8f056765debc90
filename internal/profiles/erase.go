package profiles

import (
	"context"

	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Erase takes away everything that a person told. It is asked in the transaction that
// erases the person.
func (s *Service) Erase(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error { return s.store.erase(ctx, member) }), "erase the profile of %s", member)
}
