package migrations

import (
	"context"
	"fmt"

	"guildhall/internal/db"
)

// RunTo brings our own tables, and not River's, to this version and no further.
func RunTo(ctx context.Context, d *db.DB, version int64) error {
	return locked(ctx, d, func() error {
		p, err := provider(d)
		if err != nil {
			return err
		}
		if _, err := p.UpTo(ctx, version); err != nil {
			return fmt.Errorf("migrate to %d: %w", version, err)
		}
		return nil
	})
}
