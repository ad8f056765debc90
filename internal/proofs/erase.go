package proofs

import (
	"context"

	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Erase takes away everything that a person handed in, files and all. It is asked in
// the transaction that erases the person.
func (s *Service) Erase(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error { return s.store.erase(ctx, member) }), "erase the proofs of %s", member)
}
