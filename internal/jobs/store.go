package jobs

import (
	"context"

	"guildhall/internal/db"
)

// store does with River's tables what River has no call for.
type store struct{ db *db.DB }

// free gives back every job that is under way.
func (s store) free(ctx context.Context) error {
	return s.db.In(ctx).Exec("UPDATE river_job SET state = 'available' WHERE state = 'running'").Error
}

// forget deletes every job that waits.
func (s store) forget(ctx context.Context) error {
	return s.db.In(ctx).Exec("DELETE FROM river_job WHERE state IN ('available', 'scheduled', 'retryable')").Error
}
