// Package testkit gives tests the real thing: a database with the whole schema, on
// SQLite and on a PostgreSQL server of their own, and a clock that stands still.
// It owns the throwaway server and takes it away again.
package testkit

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/migrations"
)

// DB is an empty, migrated SQLite database of this test's own.
func DB(t testing.TB) *db.DB {
	t.Helper()
	return Open(t, db.Config{Path: SQLiteFile(t)})
}

// Postgres is an empty, migrated PostgreSQL database of this test's own. Where
// PostgreSQL is not installed the test fails.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return Open(t, db.Config{URL: PostgresURL(t)})
}

// Each runs the test on both engines, as subtests "sqlite" and "postgres".
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, DB(t)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t)) })
}

// Open opens a database and closes it with the test.
func Open(t testing.TB, cfg db.Config) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return d
}

// Clock stands at this moment of UTC, "2027-03-28 01:30", until it is moved.
func Clock(t testing.TB, at string) *clock.Movable {
	t.Helper()
	return clock.Frozen(At(t, at))
}

// At is a moment of UTC: "2027-03-28 01:30".
func At(t testing.TB, at string) clock.Instant {
	t.Helper()
	moment, err := time.Parse("2006-01-02 15:04", at)
	if err != nil {
		t.Fatal(err)
	}
	return clock.At(moment)
}

// SQLiteFile is a migrated database file that nobody has opened yet.
func SQLiteFile(t testing.TB) string {
	t.Helper()
	content, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "guildhall.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// migrated is the file as it is after all migrations, made once in a test process.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "guildhall-testkit-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "guildhall.db")
	if err := migrate(db.Config{Path: path}); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func migrate(cfg db.Config) error {
	ctx := context.Background()
	d, err := db.Open(ctx, cfg)
	if err != nil {
		return err
	}
	if err := migrations.Run(ctx, d); err != nil {
		d.Close()
		return err
	}
	return d.Close()
}
