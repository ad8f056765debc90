package imports

import (
	"context"

	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Erase forgets by which number another program knew a person. It is asked in the
// transaction that erases them.
func (s *Shelf) Erase(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		return s.store.deleteIdentities(ctx, member)
	}), "erase where %s was imported from", member)
}
