package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// attempts is how often a transaction that another broke off is run in all.
const attempts = 8

type postgresDialector struct {
	postgres.Dialector
}

// Translate says what a driver's error means; GORM asks it for every error.
func (postgresDialector) Translate(err error) error { return translatePostgres(err) }

// poolSize is how many connections may write, and how many read, where the URL does
// not say (pool_max_conns).
const poolSize = 16

func (d *DB) openPostgres(ctx context.Context, url string) (err error) {
	d.dialect, d.translator = Postgres, translatePostgres
	open := func(readOnly string) (*pgxpool.Pool, *sql.DB, *gorm.DB, error) {
		cfg, err := pgxpool.ParseConfig(url)
		if err != nil {
			return nil, nil, nil, err
		}
		if !strings.Contains(url, "pool_max_conns") {
			cfg.MaxConns = poolSize
		}
		p := cfg.ConnConfig.RuntimeParams
		p["application_name"] = "guildhall"
		p["lock_timeout"] = fmt.Sprint(d.wait.Milliseconds())
		p["default_transaction_read_only"] = readOnly
		pool, err := pgxpool.NewWithConfig(ctx, cfg)
		if err != nil {
			return nil, nil, nil, err
		}
		std := stdlib.OpenDBFromPool(pool)
		if err := std.PingContext(ctx); err != nil {
			return pool, std, nil, err
		}
		g, err := d.openGORM(postgresDialector{postgres.Dialector{Config: &postgres.Config{Conn: std}}})
		return pool, std, g, err
	}
	if d.pgxPool, d.sqlDB, d.writer, err = open("off"); err != nil {
		return translatePostgres(err)
	}
	d.readersPgx, d.readersSQL, d.readers, err = open("on")
	return d.translate(err)
}

// runPostgres is Tx on PostgreSQL: what a deadlock or a serialisation failure broke
// off is run again after a small pause, a little longer each time.
func (d *DB) runPostgres(ctx context.Context, fn func(context.Context) error) error {
	var err error
	for attempt := range attempts {
		if attempt > 0 {
			pause := time.Duration(1+rand.IntN(5<<attempt)) * time.Millisecond
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err = d.oncePostgres(ctx, fn); !errors.Is(err, ErrRetry) {
			return err
		}
	}
	return ErrBusy.Because(err)
}

func (d *DB) oncePostgres(ctx context.Context, fn func(context.Context) error) error {
	tx := session(d.writer, ctx).Begin()
	if tx.Error != nil {
		return tx.Error
	}
	conn := tx.Statement.ConnPool.(*sql.Tx)
	t := &turn{db: d, tx: tx, caller: ctx}
	began := time.Now()
	defer func() {
		t.end()
		if took := time.Since(began); took > tooLong {
			d.log.WarnContext(ctx, "db: a slow transaction", "for", took.String())
		}
		conn.Rollback() // after a commit this does nothing; a panic passes through here
	}()
	if err := fn(context.WithValue(ctx, turnKey{}, t)); err != nil {
		return err
	}
	return d.translate(conn.Commit())
}
