package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"time"

	"gorm.io/gorm"
)

// A group is closed after so many transactions, or when its first has waited so
// long for the commit; what is still waiting goes into the next.
const (
	groupSize = 256
	groupTime = 20 * time.Millisecond
)

// group is SQLite's one writer. Its goroutine owns the writing connection: it
// begins a transaction, lends it to one waiting caller after another, each in a
// savepoint of its own, commits, and only then lets them all return. So they
// share one sync of the disk, and what one of them breaks is undone alone.
//
// The fn runs on its caller's goroutine, which holds the connection while it does:
// a panic goes up the stack that caused it, and the next caller's turn follows.
type group struct {
	db    *DB
	time  time.Duration // groupTime, but for tests of what a group is
	queue chan *member
	done  chan struct{}
}

// member is one caller of a group.
type member struct {
	turn      chan loan     // lends the transaction; unbuffered: either taken or gone
	gone      chan struct{} // closed by a caller who waits no longer
	ran       chan outcome  // gives the transaction back
	committed chan error    // the answer: nil, it is on the disk
}

// loan is the transaction of a group, and the tables that its members before changed.
type loan struct {
	tx     *gorm.DB
	before map[string]bool
}

// outcome is how a caller's fn ended.
type outcome struct {
	keep  bool            // release the savepoint; else roll back to it
	err   error           // what fn said, to tell the others if it took them down with it
	wrote map[string]bool // the tables it changed
}

func startGroup(d *DB) *group {
	g := &group{db: d, time: groupTime, queue: make(chan *member), done: make(chan struct{})}
	go g.loop()
	return g
}

// stop ends the writer. Nobody may be waiting any more.
func (g *group) stop() {
	close(g.queue)
	<-g.done
}

// run is Tx on SQLite.
func (g *group) run(ctx context.Context, fn func(context.Context) error) error {
	m := &member{
		turn:      make(chan loan),
		gone:      make(chan struct{}),
		ran:       make(chan outcome, 1),
		committed: make(chan error, 1),
	}
	patience := time.NewTimer(g.db.wait)
	defer patience.Stop()
	select {
	case g.queue <- m:
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
		return ErrBusy
	}
	var lent loan
	select {
	case lent = <-m.turn:
	case err := <-m.committed: // the group could not begin
		return err
	case <-ctx.Done():
		close(m.gone)
		return ctx.Err()
	case <-patience.C:
		close(m.gone)
		return ErrBusy
	}
	err := m.work(ctx, g.db, lent, fn)
	if lost := <-m.committed; lost != nil {
		return lost
	}
	return err
}

// work runs fn and gives the transaction back, however fn ends.
func (m *member) work(ctx context.Context, d *DB, lent loan, fn func(context.Context) error) (err error) {
	t := &turn{db: d, tx: lent.tx, before: lent.before, caller: ctx}
	began := time.Now()
	out := outcome{err: errPanicked}
	defer func() {
		t.end()
		out.wrote = t.wrote
		if took := time.Since(began); took > tooLong {
			d.log.WarnContext(ctx, "db: a transaction kept the writer", "for", took.String())
		}
		m.ran <- out
	}()
	// A cancelled ctx would interrupt the statement, and SQLite then rolls back the
	// whole group; so fn's ctx is never cancelled, and the guard looks at the caller's.
	err = fn(context.WithValue(context.WithoutCancel(ctx), turnKey{}, t))
	out = outcome{keep: err == nil, err: err}
	return err
}

func (g *group) loop() {
	defer close(g.done)
	for first := range g.queue {
		members, err := g.commit(first)
		for _, m := range members {
			m.committed <- err
		}
	}
}

// commit runs first and whoever is waiting in one transaction and says who took
// part and what became of it.
func (g *group) commit(first *member) (members []*member, err error) {
	ctx := context.Background()
	began := time.Now()
	tx := session(g.db.writer, ctx).Begin()
	if tx.Error != nil {
		return []*member{first}, tx.Error
	}
	conn := tx.Statement.ConnPool.(*sql.Tx)
	wrote := map[string]bool{}
	// Before anybody is answered, and also where it is not known what was kept.
	defer func() { g.db.writes.committed(wrote) }()
	for m := first; m != nil; m = g.next(len(members), began) {
		took, err := m.takeTurn(ctx, loan{tx, wrote}, conn)
		if took {
			members = append(members, m)
		}
		if err != nil {
			// The whole transaction is gone, or its state is not known: nobody in it was
			// answered yet, so nobody believes what is no longer there.
			conn.Rollback()
			return members, g.db.translate(err)
		}
	}
	return members, g.db.translate(conn.Commit())
}

// next is who is waiting now, or nil when the group is to be committed.
func (g *group) next(taken int, began time.Time) *member {
	if taken >= groupSize || time.Since(began) > g.time {
		return nil
	}
	select {
	case m := <-g.queue:
		return m // nil when the queue is closed
	default:
		return nil
	}
}

// takeTurn lends the transaction to m inside a savepoint, and adds what m changed to
// what was before. It reports whether m took it; an error is the end of the whole group.
func (m *member) takeTurn(ctx context.Context, lent loan, conn *sql.Tx) (took bool, err error) {
	if _, err := conn.ExecContext(ctx, "SAVEPOINT turn"); err != nil {
		return true, err
	}
	var out outcome
	select {
	case m.turn <- lent:
		took = true
		out = <-m.ran
		maps.Copy(lent.before, out.wrote)
	case <-m.gone:
	}
	if !out.keep {
		if _, err := conn.ExecContext(ctx, "ROLLBACK TO turn"); err != nil {
			// SQLite has rolled back everything itself.
			if errors.Is(out.err, ErrDiskFull) {
				return took, out.err
			}
			return took, fmt.Errorf("db: the group is lost: %w", err)
		}
	}
	_, err = conn.ExecContext(ctx, "RELEASE turn")
	return took, err
}
