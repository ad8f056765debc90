// Package migrations owns the schema: goose migrations with one SQL source for
// both databases, rendered for the engine at hand (render.go), and River's own
// tables beside ours. A migration is never edited once it has been released.
// schema.golden.sql shows what they come to; a test rewrites it.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"guildhall/internal/db"
)

// Sources are the migrations as they are written, before render.
//
//go:embed [0-9]*.sql
var Sources embed.FS

// Run brings the schema to the newest version. Several programs may start it at
// once on PostgreSQL: one migrates, the others wait and then find nothing to do.
func Run(ctx context.Context, d *db.DB) error {
	return locked(ctx, d, func() error {
		p, err := provider(d)
		if err != nil {
			return err
		}
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		m, err := river(d)
		if err != nil {
			return err
		}
		if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return fmt.Errorf("migrate the jobs' tables: %w", err)
		}
		return nil
	})
}

// Down takes every migration back, and all data with it.
func Down(ctx context.Context, d *db.DB) error {
	return locked(ctx, d, func() error {
		m, err := river(d)
		if err != nil {
			return err
		}
		if _, err := m.Migrate(ctx, rivermigrate.DirectionDown, &rivermigrate.MigrateOpts{TargetVersion: -1}); err != nil {
			return fmt.Errorf("take back the jobs' tables: %w", err)
		}
		p, err := provider(d)
		if err != nil {
			return err
		}
		if _, err := p.DownTo(ctx, 0); err != nil {
			return fmt.Errorf("migrate down: %w", err)
		}
		return nil
	})
}

// Version says which migration the database has, 0 for none, and which is the
// newest. It asks a reader and waits for no writer, so it may be asked often.
func Version(ctx context.Context, d *db.DB) (has, newest int64, err error) {
	there := "SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'"
	if d.Dialect() == db.Postgres {
		there = "SELECT count(to_regclass('goose_db_version'))"
	}
	var tables int
	if err = d.ReadersSQL().QueryRowContext(ctx, there).Scan(&tables); err == nil && tables > 0 {
		err = d.ReadersSQL().QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version").Scan(&has)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("which version the schema has: %w", err)
	}
	newest, err = latest()
	return has, newest, err
}

// latest is the version of the last of the Sources.
var latest = sync.OnceValues(func() (int64, error) {
	files, err := fs.Glob(Sources, "*.sql")
	if err != nil {
		return 0, err
	}
	return goose.NumericComponent(files[len(files)-1]) // embed demands one at least
})

func provider(d *db.DB) (*goose.Provider, error) {
	rendered, err := render(Sources, d.Dialect())
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if d.Dialect() == db.Postgres {
		dialect = goose.DialectPostgres
	}
	p, err := goose.NewProvider(dialect, d.SQL(), rendered, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return p, nil
}

func river(d *db.DB) (*rivermigrate.Migrator[*sql.Tx], error) {
	var driver riverdriver.Driver[*sql.Tx] = riversqlite.New(d.SQL())
	if d.Dialect() == db.Postgres {
		driver = riverdatabasesql.New(d.SQL())
	}
	return rivermigrate.New(driver, &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
}

// locked runs fn while no other program migrates the same PostgreSQL database; on
// SQLite no other program has the file open.
func locked(ctx context.Context, d *db.DB, fn func() error) (err error) {
	if d.Dialect() == db.SQLite {
		return fn()
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 600))
	if err != nil {
		return err
	}
	conn, err := d.SQL().Conn(ctx)
	if err != nil {
		return fmt.Errorf("lock the schema: %w", err)
	}
	defer conn.Close()
	if err := locker.SessionLock(ctx, conn); err != nil {
		return fmt.Errorf("lock the schema: %w", err)
	}
	defer func() {
		if e := locker.SessionUnlock(context.WithoutCancel(ctx), conn); err == nil {
			err = e
		}
	}()
	return fn()
}
