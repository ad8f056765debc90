package db

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// readerCount is how many may read a SQLite file at once, beside the writer.
const readerCount = 4

type sqliteDialector struct {
	sqlite.Dialector
	translate func(error) error
}

// Translate says what a driver's error means; GORM asks it for every error.
func (s sqliteDialector) Translate(err error) error { return s.translate(err) }

func (d *DB) openSQLite(ctx context.Context, path string) error {
	d.dialect = SQLite
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if d.unlock, err = lockFile(path); err != nil {
		return err
	}
	if err := touch(path); err != nil {
		return err
	}
	// FULL by hand: the driver is compiled with NORMAL, which may lose the last
	// commits at a power cut. IMMEDIATE because a transaction that begins by reading
	// can't always become a writer.
	common := url.Values{
		"_busy_timeout":    {fmt.Sprint(d.wait.Milliseconds())},
		"_foreign_keys":    {"on"},
		"_synchronous":     {"FULL"},
		"_stmt_cache_size": {"128"},
		"_cache_size":      {"-32000"},
	}
	dsn := func(more ...string) string {
		q := url.Values{}
		for k, v := range common {
			q[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			q.Set(more[i], more[i+1])
		}
		return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
	}
	// The writer first: a read-only connection needs the file and its -wal to be there.
	if d.sqlDB, err = openSQL(ctx, dsn("_journal_mode", "WAL", "_txlock", "immediate"), 1); err != nil {
		return err
	}
	if d.readersSQL, err = openSQL(ctx, dsn("mode", "ro", "_query_only", "1"), readerCount); err != nil {
		return err
	}
	names := &constraintNames{readers: d.readersSQL}
	d.translator = func(err error) error { return translateSQLite(names, err) }
	dialector := func(pool *sql.DB) gorm.Dialector {
		return sqliteDialector{sqlite.Dialector{Conn: pool}, d.translator}
	}
	if d.writer, err = d.openGORM(dialector(d.sqlDB)); err != nil {
		return err
	}
	if d.readers, err = d.openGORM(dialector(d.readersSQL)); err != nil {
		return err
	}
	d.group = startGroup(d)
	return nil
}

// touch makes the file if it is not there, for the eyes of whoever runs us alone,
// in a folder that others may read, too. SQLite gives its -wal and -shm the same mode.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func openSQL(ctx context.Context, dsn string, conns int) (*sql.DB, error) {
	pool, err := sql.Open(sqlite.DriverName, dsn)
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	if err := pool.PingContext(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

func (d *DB) openGORM(dialector gorm.Dialector) (*gorm.DB, error) {
	g, err := gorm.Open(dialector, &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true, // asks our dialector, not GORM's, which forgets which constraint it was
		Logger:                 logger{d.log},
		DisableAutomaticPing:   true,
	})
	if err != nil {
		return nil, err
	}
	return g, d.guard(g)
}

// guard refuses statements that don't belong where they are made: with the ctx of
// someone else inside a transaction, after the transaction, or for a caller who has gone.
func (d *DB) guard(g *gorm.DB) error {
	check := func(g *gorm.DB) {
		_, pooled := g.Statement.ConnPool.(*sql.DB)
		t := d.turn(g.Statement.Context)
		switch {
		case t == nil && pooled: // a read of the pool
		case t == nil || pooled:
			g.AddError(errForeign)
		default:
			if err := t.check(); err != nil {
				g.AddError(err)
			}
		}
	}
	write := func(g *gorm.DB) {
		if _, pooled := g.Statement.ConnPool.(*sql.DB); pooled {
			g.AddError(ErrOutsideTx)
			return
		}
		if check(g); g.Error == nil {
			d.turn(g.Statement.Context).write(g.Statement.Table) // an Exec names none: anywhere
		}
	}
	// GORM translates every error but those of Rows, and so of Raw(…).Scan.
	translate := func(g *gorm.DB) {
		if g.Error != nil {
			g.Error = d.translator(g.Error)
		}
	}
	c := g.Callback()
	for _, err := range []error{
		c.Row().After("*").Register("db:translate", translate),
		c.Create().Before("*").Register("db:guard", write),
		c.Update().Before("*").Register("db:guard", write),
		c.Delete().Before("*").Register("db:guard", write),
		c.Raw().Before("*").Register("db:guard", write),
		c.Query().Before("*").Register("db:guard", check),
		c.Row().Before("*").Register("db:guard", check),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// From when on a statement, and a transaction, is worth a line in the log.
const (
	slow    = 500 * time.Millisecond
	tooLong = 2 * time.Second // others are refused after five
)
