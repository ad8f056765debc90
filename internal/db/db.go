// Package db is the house's one way to its database: SQLite inside, PostgreSQL
// when one machine is not enough. It owns the transaction (Tx), the group commit
// that lets many writers share one sync of the disk, the retry of what another
// transaction broke off, and what a driver's error means. It does not own the
// schema (migrations) nor any table.
//
// Whatever is written is written inside Tx; a write outside it is an error on
// both engines. An fn given to Tx may be run again before anything was answered,
// so it does nothing that can't be repeated: no mail, no HTTP, a job instead.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"guildhall/internal/id"
)

// Dialect says which engine is beneath.
type Dialect string

// The engines.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// Config says where the database is. One of Path and URL is set.
type Config struct {
	Path string // the SQLite file; made if it is not there
	URL  string // a PostgreSQL URL: postgres://user@host/name
	// Wait is how long a transaction waits for its turn, or for another program's
	// lock, before it is refused with ErrBusy. Zero means 5 seconds.
	Wait time.Duration
	// Limit bounds a transaction whose ctx has no deadline of its own. Zero means 30 seconds.
	Limit time.Duration
	// Log takes what is slow or odd. Nil means slog.Default().
	Log *slog.Logger
}

// DB is an open database. It is safe for many goroutines.
type DB struct {
	dialect Dialect
	log     *slog.Logger
	wait    time.Duration
	limit   time.Duration

	translator          func(error) error // what a driver's error means
	readers, writer     *gorm.DB
	readersSQL, sqlDB   *sql.DB
	readersPgx, pgxPool *pgxpool.Pool // nil on SQLite
	group               *group        // nil on PostgreSQL
	writes              writes        // counted on SQLite alone
	unlock              func()        // lets another process have the SQLite file

	mu     sync.RWMutex
	closed bool
	inTx   sync.WaitGroup
}

// Open opens the database and, on SQLite, keeps every other process from it. It
// neither makes nor changes tables; migrations.Run does.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	d := &DB{log: cfg.Log, wait: cfg.Wait, limit: cfg.Limit}
	if d.log == nil {
		d.log = slog.Default()
	}
	if d.wait <= 0 {
		d.wait = 5 * time.Second
	}
	if d.limit <= 0 {
		d.limit = 30 * time.Second
	}
	var err error
	switch {
	case cfg.Path != "" && cfg.URL != "":
		return nil, errors.New("db: give a file or a URL, not both")
	case cfg.URL != "":
		err = d.openPostgres(ctx, cfg.URL)
	case cfg.Path != "":
		err = d.openSQLite(ctx, cfg.Path)
	default:
		return nil, errors.New("db: give the SQLite file or the PostgreSQL URL")
	}
	if err != nil {
		d.closePools()
		return nil, fmt.Errorf("open the database: %w", err)
	}
	return d, nil
}

// Dialect is the engine beneath.
func (d *DB) Dialect() Dialect { return d.dialect }

// turn is one transaction while it runs. It travels in ctx.
type turn struct {
	db     *DB
	tx     *gorm.DB
	caller context.Context // whose cancelling ends the transaction, between two statements
	mu     sync.Mutex
	over   bool
	wrote  map[string]bool // the tables it changed
	before map[string]bool // those that others of its group changed, which are not committed yet
}

type turnKey struct{}

func (d *DB) turn(ctx context.Context) *turn {
	if t, ok := ctx.Value(turnKey{}).(*turn); ok && t.db == d {
		return t
	}
	return nil
}

func (t *turn) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
}

// write notes that a table is changed.
func (t *turn) write(table string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wrote == nil {
		t.wrote = map[string]bool{}
	}
	t.wrote[table] = true
}

// untouched reports whether the transaction sees these tables as they were last committed.
func (t *turn) untouched(tables []string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, wrote := range []map[string]bool{t.before, t.wrote} {
		if wrote[anywhere] || slices.ContainsFunc(tables, func(table string) bool { return wrote[table] }) {
			return false
		}
	}
	return true
}

// check is what forbids the next statement, if anything does.
func (t *turn) check() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return errOver
	}
	return t.caller.Err()
}

// Tx runs fn in one write transaction. A Tx inside a Tx joins it: the outermost
// decides, so an error of an inner one is to be passed on, not swallowed. Inside
// fn use only the ctx it is given: on SQLite that ctx is never cancelled half-way
// through a statement; when the caller has gone, the next statement fails.
//
// Tx returns fn's error unchanged; ErrBusy when its turn did not come in time, and
// ErrDiskFull when there was no room; and nil only after the commit is on the disk.
func (d *DB) Tx(ctx context.Context, fn func(ctx context.Context) error) error {
	if t := d.turn(ctx); t != nil {
		if err := t.check(); err != nil {
			return err
		}
		return fn(ctx)
	}
	if err := ctx.Err(); err != nil { // else it may be its turn all the same
		return err
	}
	d.mu.RLock()
	if d.closed {
		d.mu.RUnlock()
		return ErrClosed
	}
	d.inTx.Add(1)
	d.mu.RUnlock()
	defer d.inTx.Done()

	run := d.runPostgres
	if d.group != nil {
		run = d.group.run
	}
	fn = d.along(ctx, fn)
	if _, ok := ctx.Deadline(); ok {
		return run(ctx, fn)
	}
	limited, cancel := context.WithTimeout(ctx, d.limit)
	defer cancel()
	err := run(limited, fn)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return ErrBusy.Because(err) // our limit, not the caller's
	}
	return err
}

type alongKey struct{}

// companion is what every transaction beneath a ctx does besides.
type companion struct {
	db *DB
	do func(ctx context.Context) error
}

// Along is a ctx under which every transaction also does this, last and in itself:
// what is to be remembered exactly if something was committed.
func (d *DB) Along(ctx context.Context, do func(ctx context.Context) error) context.Context {
	return context.WithValue(ctx, alongKey{}, companion{d, do})
}

func (d *DB) along(ctx context.Context, fn func(context.Context) error) func(context.Context) error {
	c, ok := ctx.Value(alongKey{}).(companion)
	if !ok || c.db != d {
		return fn
	}
	return func(ctx context.Context) error {
		if err := fn(ctx); err != nil {
			return err
		}
		return c.do(ctx)
	}
}

// In is the handle to use inside a store: the transaction that ctx carries, or
// else the pool of readers.
func (d *DB) In(ctx context.Context) *gorm.DB {
	if t := d.turn(ctx); t != nil {
		return session(t.tx, ctx)
	}
	return session(d.readers, ctx)
}

func session(g *gorm.DB, ctx context.Context) *gorm.DB {
	return g.Session(&gorm.Session{NewDB: true, Context: ctx})
}

// InTx reports whether ctx carries a transaction of this database.
func (d *DB) InTx(ctx context.Context) bool { return d.turn(ctx) != nil }

// SQLTx is the transaction that ctx carries, for a library that brings its own
// SQL (jobs). On SQLite it is shared by a whole group: never commit or roll it back.
func (d *DB) SQLTx(ctx context.Context) (*sql.Tx, error) {
	t := d.turn(ctx)
	if t == nil {
		return nil, ErrOutsideTx
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	tx, ok := t.tx.Statement.ConnPool.(*sql.Tx)
	if !ok {
		return nil, fmt.Errorf("db: a transaction over %T", t.tx.Statement.ConnPool)
	}
	return tx, nil
}

// SQL is the pool that writes: on SQLite one connection, which the group commit
// takes for each group. Only migrations and jobs may use it, never inside a Tx.
func (d *DB) SQL() *sql.DB { return d.sqlDB }

// ReadersSQL is the pool that reads, for jobs to list with.
func (d *DB) ReadersSQL() *sql.DB { return d.readersSQL }

// Pgx is the pool beneath SQL on PostgreSQL, nil on SQLite.
func (d *DB) Pgx() *pgxpool.Pool { return d.pgxPool }

// Lock keeps other transactions from these rows until this one ends. On PostgreSQL
// it takes the row locks in the order of the ids, whatever order they are given in,
// so that two that lock the same rows wait instead of deadlocking; on SQLite the
// one writer is the lock already.
func (d *DB) Lock(ctx context.Context, table string, ids ...id.ID) error {
	if !d.InTx(ctx) {
		return ErrOutsideTx
	}
	if d.dialect == SQLite || len(ids) == 0 {
		return nil
	}
	ids = slices.Clone(ids)
	slices.Sort(ids)
	var locked []string
	return d.In(ctx).Raw("SELECT id FROM ? WHERE id IN ? ORDER BY id FOR NO KEY UPDATE",
		clause.Table{Name: table}, slices.Compact(ids)).Scan(&locked).Error
}

// One demands that a write changed exactly one row: it takes what GORM's Update,
// Updates and Delete give back, and is ErrNone when no row was there.
func One(rows int, err error) error {
	switch {
	case err != nil:
		return err
	case rows == 0:
		return ErrNone
	case rows > 1:
		return fmt.Errorf("db: %d rows changed where one was meant", rows)
	}
	return nil
}

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	var one int
	return d.translate(d.readersSQL.QueryRowContext(ctx, "SELECT 1").Scan(&one))
}

// Close lets the transactions that are running or waiting finish, refuses new
// ones with ErrClosed, and closes.
func (d *DB) Close() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil
	}
	d.closed = true
	d.mu.Unlock()
	d.inTx.Wait()
	if d.group != nil {
		d.group.stop()
	}
	return d.closePools()
}

func (d *DB) closePools() error {
	var errs []error
	for _, p := range []*sql.DB{d.readersSQL, d.sqlDB} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	for _, p := range []*pgxpool.Pool{d.readersPgx, d.pgxPool} {
		if p != nil {
			p.Close()
		}
	}
	if d.unlock != nil {
		d.unlock()
	}
	return errors.Join(errs...)
}
