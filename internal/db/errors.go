package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"

	"guildhall/internal/fault"
)

// What a store may meet. They are our own, so a store compares with errors.Is and
// needs no driver; what the driver said lies beneath, for the log.
var (
	// ErrNone means that the row asked for, or to be changed, is not there.
	ErrNone = fmt.Errorf("db: no such row: %w", gorm.ErrRecordNotFound)
	// ErrOverlap means that the occupancy is held by another: the second wall
	// (a trigger on SQLite, EXCLUDE on PostgreSQL) has stood.
	ErrOverlap = errors.New("db: this time is held already")
	// ErrReference means that a row names one that is not there, or is named by one.
	ErrReference = errors.New("db: another row is missing, or needs this one")
	// ErrRetry means that another transaction broke this one off. Tx runs it again;
	// a store only sees to it that the error is passed on.
	ErrRetry = errors.New("db: broken off by another transaction")
	// ErrOutsideTx means that something was to be written without a transaction.
	ErrOutsideTx = errors.New("db: a write outside Tx")

	errForeign  = errors.New("db: a statement with a ctx that is not its transaction's")
	errOver     = errors.New("db: a statement after its transaction ended")
	errPanicked = errors.New("db: the transaction's function panicked")
)

// Refusals that a person may read: nothing was written, and trying again is right.
var (
	// ErrBusy means that another program, or too many before us, held the database
	// for longer than a caller may wait.
	ErrBusy = fault.Unavailable("db.busy", "The database is busy. Nothing was saved. Try again in a few seconds.").After(5)
	// ErrDiskFull means that there was no room to write.
	ErrDiskFull = fault.Unavailable("db.disk_full", "The disk is full. Nothing was saved. Whoever runs this server must make room.").After(60)
	// ErrClosed means that the program is stopping.
	ErrClosed = fault.Unavailable("db.closed", "The server is restarting. Nothing was saved. Try again in a few seconds.").After(5)
	// ErrText means that a text holds what PostgreSQL takes for none: a NUL, or broken
	// UTF-8. SQLite would keep it, so that no such text comes this far is the web's to see to.
	ErrText = fault.Invalid("", "db.text", "There are characters in this that are no text. Nothing was saved. Take them out and try again.")
	// ErrUnreachable means that the PostgreSQL server does not answer.
	ErrUnreachable = fault.Unavailable("db.unreachable", "The database does not answer. Nothing was saved. Try again in a minute.").After(30)
)

// Duplicate is a row that is there already. Constraint is its name in the schema,
// the same on both engines: "members_email_key".
type Duplicate struct {
	Constraint string
	err        error
}

// Error names the constraint.
func (e *Duplicate) Error() string { return "db: there already: " + e.Constraint }

// Unwrap is what the driver said.
func (e *Duplicate) Unwrap() error { return e.err }

// IsDuplicate reports whether err is a Duplicate of this constraint.
func IsDuplicate(err error, constraint string) bool {
	var dup *Duplicate
	return errors.As(err, &dup) && dup.Constraint == constraint
}

const (
	overlapWall  = "occupancies_no_overlap"
	overlapStart = "occupancies_start_key"
)

// translate is for errors that did not come through GORM.
func (d *DB) translate(err error) error {
	if err == nil {
		return nil
	}
	return d.translator(err)
}

// known reports whether err has been translated already, or is no driver's error.
func known(err error) bool {
	var dup *Duplicate
	if errors.As(err, &dup) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	for _, ours := range []error{ErrNone, ErrOverlap, ErrReference, ErrRetry, ErrOutsideTx} {
		if errors.Is(err, ours) {
			return true
		}
	}
	_, refusal := fault.As(err)
	return refusal
}

func translateSQLite(names *constraintNames, err error) error {
	if known(err) {
		return err
	}
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNone
	}
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintTrigger:
		if strings.Contains(e.Error(), overlapWall) {
			return fmt.Errorf("%w: %w", ErrOverlap, err)
		}
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey:
		name := names.of(e.Error())
		if name == overlapStart {
			return fmt.Errorf("%w: %w", ErrOverlap, err)
		}
		return &Duplicate{Constraint: name, err: err}
	case sqlite3.ErrConstraintForeignKey:
		return fmt.Errorf("%w: %w", ErrReference, err)
	}
	switch {
	case e.Code == sqlite3.ErrFull, e.SystemErrno == syscall.ENOSPC, e.SystemErrno == syscall.EDQUOT:
		return ErrDiskFull.Because(err)
	case e.Code == sqlite3.ErrBusy, e.Code == sqlite3.ErrLocked:
		return ErrBusy.Because(err)
	case e.Code == sqlite3.ErrReadonly:
		return fmt.Errorf("%w: %w", ErrOutsideTx, err)
	}
	return err
}

func translatePostgres(err error) error {
	if known(err) {
		return err
	}
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return ErrNone
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return ErrUnreachable.Because(err)
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case "23P01": // exclusion_violation
		if e.ConstraintName == overlapWall {
			return fmt.Errorf("%w: %w", ErrOverlap, err)
		}
	case "23505": // unique_violation
		if e.ConstraintName == overlapStart {
			return fmt.Errorf("%w: %w", ErrOverlap, err)
		}
		return &Duplicate{Constraint: e.ConstraintName, err: err}
	case "23503": // foreign_key_violation
		return fmt.Errorf("%w: %w", ErrReference, err)
	case "22021", "22P05": // character_not_in_repertoire, untranslatable_character
		return ErrText.Because(err)
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return fmt.Errorf("%w: %w", ErrRetry, err)
	case "25006": // read_only_sql_transaction
		return fmt.Errorf("%w: %w", ErrOutsideTx, err)
	case "55P03", "53300": // lock_not_available, too_many_connections
		return ErrBusy.Because(err)
	case "53100": // disk_full
		return ErrDiskFull.Because(err)
	case "57P01", "57P02", "57P03": // admin_shutdown, crash_shutdown, cannot_connect_now
		return ErrUnreachable.Because(err)
	}
	return err
}

// constraintNames finds a constraint's name by its columns: SQLite says "UNIQUE
// constraint failed: members.email_key" where the schema says members_email_key.
type constraintNames struct {
	readers *sql.DB
	mu      sync.Mutex
	names   map[string]string // "table.column, table.column" → name
}

var (
	uniqueInTable = regexp.MustCompile(`(?i)CONSTRAINT\s+(\w+)\s+(?:UNIQUE|PRIMARY KEY)\s*\(([^)]*)\)`)
	uniqueIndex   = regexp.MustCompile(`(?i)CREATE UNIQUE INDEX\s+(\w+)\s+ON\s+\w+\s*\(([^)]*)\)`)
)

func (c *constraintNames) of(message string) string {
	_, columns, _ := strings.Cut(message, "constraint failed: ")
	if quoted, ok := strings.CutPrefix(columns, "index '"); ok {
		return strings.TrimSuffix(quoted, "'")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if name, ok := c.names[columns]; ok {
		return name
	}
	if err := c.load(); err != nil {
		return columns
	}
	if name, ok := c.names[columns]; ok {
		return name
	}
	return columns
}

func (c *constraintNames) load() error {
	rows, err := c.readers.Query("SELECT tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL")
	if err != nil {
		return err
	}
	defer rows.Close()
	c.names = map[string]string{}
	for rows.Next() {
		var table, text string
		if err := rows.Scan(&table, &text); err != nil {
			return err
		}
		for _, re := range []*regexp.Regexp{uniqueInTable, uniqueIndex} {
			for _, m := range re.FindAllStringSubmatch(text, -1) {
				columns := strings.Split(m[2], ",")
				for i, column := range columns {
					columns[i] = table + "." + strings.TrimSpace(column)
				}
				c.names[strings.Join(columns, ", ")] = m[1]
			}
		}
	}
	return rows.Err()
}
