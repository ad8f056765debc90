package auth

import (
	"context"

	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Erase takes away every way in that a person had; whoever is signed in as them is
// out at the next request. It is asked in the transaction that erases the person.
func (s *Service) Erase(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error { return s.store.erase(ctx, member) }), "erase the ways in of %s", member)
}
