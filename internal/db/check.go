package db

import (
	"context"
	"fmt"
)

// Check asks the engine to look through its own file: what it finds broken, one
// line each, or nothing. PostgreSQL has checksums instead and finds nothing here.
func (d *DB) Check(ctx context.Context) ([]string, error) {
	if d.dialect != SQLite {
		return nil, nil
	}
	var found []string
	if err := d.In(ctx).Raw("PRAGMA integrity_check").Scan(&found).Error; err != nil {
		return nil, err
	}
	if len(found) == 1 && found[0] == "ok" {
		found = nil
	}
	var keys []struct {
		Table  string
		Rowid  int64
		Parent string
	}
	if err := d.In(ctx).Raw("PRAGMA foreign_key_check").Scan(&keys).Error; err != nil {
		return nil, err
	}
	for _, k := range keys {
		found = append(found, fmt.Sprintf("row %d of %s points to no row of %s", k.Rowid, k.Table, k.Parent))
	}
	return found, nil
}
