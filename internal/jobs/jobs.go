// Package jobs does later what may be a minute late: a job added inside a
// transaction is worked if that transaction commits and never if it does not.
// It owns the queue (River's tables) and when a failed job is tried again; what
// a job does is its handler's. A job is worked at least once, so a handler must
// not mind doing it twice; one job's failing holds up no other.
package jobs

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"guildhall/internal/clock"
	"guildhall/internal/db"
)

// Job is something to be done. It is stored as JSON, so it holds ids and not
// things; Kind is a stable name, "booking.booked", under which it has its handler.
type Job interface{ Kind() string }

// A failed job is tried again after 1, 16, 81, 256, … seconds (the fourth power of
// the attempt), maxAttempts times in all: for about half a day.
const maxAttempts = 12

// A job that runs longer than jobTimeout is interrupted; one that was under way
// when its program died is taken up again by another after rescueAfter.
const (
	jobTimeout  = time.Minute
	rescueAfter = 2 * time.Minute
	stopTimeout = 20 * time.Second
)

// Queue takes jobs and works them. Make one with New, tell it who does what with
// Handle and Every, then Run it.
type Queue struct {
	db     *db.DB
	clock  clock.Clock
	log    *slog.Logger
	driver riverdriver.Driver[*sql.Tx]
	client *river.Client[*sql.Tx]
	reader *river.Client[*sql.Tx] // lists failed jobs without the writing connection

	workers *river.Workers

	mu       sync.Mutex
	handlers map[string]func(ctx context.Context, args []byte) error
	periodic []periodic
}

// New makes the queue of a database.
func New(d *db.DB, c clock.Clock, log *slog.Logger) (*Queue, error) {
	if log == nil {
		log = slog.Default()
	}
	q := &Queue{db: d, clock: c, log: log, workers: river.NewWorkers(), handlers: map[string]func(context.Context, []byte) error{}}
	var reading riverdriver.Driver[*sql.Tx]
	cfg := &river.Config{
		CompletedJobRetentionPeriod: time.Hour,
		DiscardedJobRetentionPeriod: 90 * 24 * time.Hour,
		FetchCooldown:               5 * time.Millisecond,
		FetchPollInterval:           200 * time.Millisecond,
		JobTimeout:                  jobTimeout,
		Logger:                      slog.New(quiet{log.Handler()}),
		MaxAttempts:                 maxAttempts,
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 50}},
		RescueStuckJobsAfter:        rescueAfter,
		RetryPolicy:                 retry{c},
		SkipUnknownJobCheck:         true, // a command that adds jobs need not be the one that works them
		SoftStopTimeout:             stopTimeout,
		Workers:                     q.workers,
	}
	if _, machine := c.(clock.System); !machine {
		cfg.Test.Time = generator{c} // else River goes by the database's own clock
	}
	if d.Dialect() == db.Postgres {
		q.driver = riverdatabasesql.NewWithPgxListener(d.SQL(), d.Pgx())
		reading = riverdatabasesql.New(d.ReadersSQL())
	} else {
		// River and the group commit take turns on the one writing connection: each holds
		// it for a statement or a group, and neither asks for it while holding it.
		q.driver = riversqlite.New(d.SQL())
		reading = riversqlite.New(d.ReadersSQL())
	}
	var err error
	if q.client, err = river.NewClient(q.driver, cfg); err != nil {
		return nil, fmt.Errorf("make the job queue: %w", err)
	}
	if q.reader, err = river.NewClient(reading, &river.Config{Logger: cfg.Logger}); err != nil {
		return nil, fmt.Errorf("make the job queue: %w", err)
	}
	ticks := &ticker{queue: q}
	river.AddWorker(q.workers, ticks)
	q.handlers[tick{}.Kind()] = func(ctx context.Context, args []byte) error {
		var t tick
		if err := json.Unmarshal(args, &t); err != nil {
			return err
		}
		return ticks.Work(ctx, &river.Job[tick]{Args: t})
	}
	return q, nil
}

// Forget takes away everything that waits to be done, in the transaction of ctx: what
// a demo makes up of its past was done long ago.
func (q *Queue) Forget(ctx context.Context) error { return store{q.db}.forget(ctx) }

// Add adds a job to the transaction in ctx; outside one it is db.ErrOutsideTx.
func (q *Queue) Add(ctx context.Context, job Job) error { return q.add(ctx, job, nil) }

// AddAt is Add for a job that is not to be done before at; it is done within some
// five seconds after.
func (q *Queue) AddAt(ctx context.Context, job Job, at clock.Instant) error {
	return q.add(ctx, job, &river.InsertOpts{ScheduledAt: at.Time})
}

func (q *Queue) add(ctx context.Context, job Job, opts *river.InsertOpts) error {
	tx, err := q.db.SQLTx(ctx)
	if err != nil {
		return fmt.Errorf("add the job %s: %w", job.Kind(), err)
	}
	if _, err := q.client.InsertTx(ctx, tx, job, opts); err != nil {
		return fmt.Errorf("add the job %s: %w", job.Kind(), err)
	}
	return nil
}

// Handle says who works the jobs of type T. One kind has one handler: a second is
// a mistake of the program and panics. It is called before Run.
func Handle[T Job](q *Queue, handle func(ctx context.Context, job T) error) {
	var zero T
	kind := zero.Kind()
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, ok := q.handlers[kind]; ok {
		panic("jobs: two handlers for " + kind)
	}
	q.handlers[kind] = func(ctx context.Context, args []byte) error {
		var job T
		if err := json.Unmarshal(args, &job); err != nil {
			return fmt.Errorf("read the job %s: %w", kind, err)
		}
		return handle(ctx, job)
	}
	river.AddWorker(q.workers, &worker[T]{handle: handle})
}

// worker is a handler as River wants it.
type worker[T Job] struct {
	river.WorkerDefaults[T]
	handle func(ctx context.Context, job T) error
}

// Work does the job.
func (w *worker[T]) Work(ctx context.Context, job *river.Job[T]) error {
	return w.handle(ctx, job.Args)
}

// Run works jobs until ctx ends, then lets those under way finish (for 20 seconds,
// after which their ctx is cancelled) and returns. Several programs may run on one
// PostgreSQL database; periodic work is led by one of them.
func (q *Queue) Run(ctx context.Context) error {
	switch err := q.takeUp(ctx); {
	case ctx.Err() != nil: // told to stop before it had its turn to write
		return nil
	case err != nil:
		return err
	}
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start the job queue: %w", err)
	}
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout+10*time.Second)
	defer cancel()
	if err := q.client.Stop(stop); err != nil {
		return fmt.Errorf("stop the job queue: %w", err)
	}
	return nil
}

// takeUp makes the jobs that were under way when the program died due at once. On
// SQLite nobody else can be working them; on PostgreSQL River waits for rescueAfter.
func (q *Queue) takeUp(ctx context.Context) error {
	if q.db.Dialect() != db.SQLite {
		return nil
	}
	return q.db.Tx(ctx, store{q.db}.free)
}

// quiet lets only River's warnings through; it tells of its every start and stop.
type quiet struct{ slog.Handler }

// Enabled drops what is below a warning.
func (h quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

// WithAttrs stays quiet.
func (h quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{h.Handler.WithAttrs(attrs)} }

// WithGroup stays quiet.
func (h quiet) WithGroup(name string) slog.Handler { return quiet{h.Handler.WithGroup(name)} }

var errUnknown = errors.New("jobs: nobody handles this kind")

// RunDue works every job that is due at clock.Now() in this goroutine, those that
// these add as well, after running all periodic work once. It is for tests and for
// commands that don't Run; a failure is stored with the job as Run would and returned too.
func (q *Queue) RunDue(ctx context.Context) error {
	var errs []error
	for _, p := range q.everyone() {
		if err := p.do(ctx); err != nil {
			errs = append(errs, fmt.Errorf("every %s: %s: %w", p.interval, p.name, err))
		}
	}
	for {
		rows, err := q.due(ctx)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		if len(rows) == 0 {
			return errors.Join(errs...)
		}
		for _, row := range rows {
			if err := q.work(ctx, row); err != nil {
				errs = append(errs, err)
			}
		}
	}
}

// due takes the jobs whose hour has come, and failed ones whose pause is over.
func (q *Queue) due(ctx context.Context) ([]*rivertype.JobRow, error) {
	exec := q.driver.GetExecutor()
	now := q.clock.Now().Add(time.Second).Time.Add(-time.Millisecond) // the whole of this second
	if _, err := exec.JobSchedule(ctx, &riverdriver.JobScheduleParams{Max: 1000, Now: &now}); err != nil {
		return nil, fmt.Errorf("jobs whose pause is over: %w", err)
	}
	got, err := exec.JobGetAvailable(ctx, &riverdriver.JobGetAvailableParams{
		ClientID: q.client.ID(), MaxAttemptedBy: 10, MaxToLock: 100, Now: &now, Queue: river.QueueDefault,
	})
	if err != nil {
		return nil, fmt.Errorf("jobs that are due: %w", err)
	}
	return got.Jobs, nil
}

// work works one job and stores what became of it.
func (q *Queue) work(ctx context.Context, row *rivertype.JobRow) error {
	q.mu.Lock()
	handle := q.handlers[row.Kind]
	q.mu.Unlock()
	err := fmt.Errorf("%w: %s", errUnknown, row.Kind)
	if handle != nil {
		err = handle(ctx, row.EncodedArgs)
	}
	now := q.clock.Now().Time
	var state *riverdriver.JobSetStateIfRunningParams
	if err == nil {
		state = riverdriver.JobSetStateCompleted(row.ID, now, nil)
	} else {
		failure, e := json.Marshal(rivertype.AttemptError{At: now, Attempt: row.Attempt, Error: err.Error()})
		if e != nil {
			return e
		}
		if row.Attempt >= row.MaxAttempts {
			state = riverdriver.JobSetStateDiscarded(row.ID, now, failure, nil)
		} else {
			state = riverdriver.JobSetStateErrorRetryable(row.ID, now.Add(pause(row.Attempt)), failure, nil)
		}
		err = fmt.Errorf("job %s: %w", row.Kind, err)
	}
	_, e := q.driver.GetExecutor().JobSetStateIfRunningMany(ctx, setState(state, now))
	return errors.Join(err, e)
}

func setState(p *riverdriver.JobSetStateIfRunningParams, now time.Time) *riverdriver.JobSetStateIfRunningManyParams {
	return &riverdriver.JobSetStateIfRunningManyParams{
		ID:              []int64{p.ID},
		Attempt:         []*int{p.Attempt},
		ErrData:         [][]byte{p.ErrData},
		FinalizedAt:     []*time.Time{p.FinalizedAt},
		MetadataDoMerge: []bool{p.MetadataDoMerge},
		MetadataUpdates: [][]byte{p.MetadataUpdates},
		Now:             &now,
		ScheduledAt:     []*time.Time{p.ScheduledAt},
		State:           []rivertype.JobState{p.State},
	}
}

// pause is how long a job rests after so many attempts.
func pause(attempt int) time.Duration {
	return time.Duration(attempt*attempt*attempt*attempt) * time.Second
}

// retry is when a failed job is tried again, by the house's clock.
type retry struct{ clock clock.Clock }

// NextRetry is one pause from now.
func (r retry) NextRetry(job *rivertype.JobRow) time.Time {
	return r.clock.Now().Time.Add(pause(len(job.Errors) + 1))
}

// generator makes River go by the house's clock, so that where that can be moved a
// job's hour moves with it.
type generator struct{ clock clock.Clock }

// Now is the house's time.
func (g generator) Now() time.Time { return g.clock.Now().Time }

// NowOrNil is the same.
func (g generator) NowOrNil() *time.Time {
	now := g.Now()
	return &now
}
