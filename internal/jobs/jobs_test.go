package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/jobs"
	"guildhall/internal/testkit"
)

type greet struct{ Name string }

func (greet) Kind() string { return "test.greet" }

func queue(t *testing.T, d *db.DB, c clock.Clock) *jobs.Queue {
	t.Helper()
	q, err := jobs.New(d, c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func add(t *testing.T, d *db.DB, q *jobs.Queue, job jobs.Job) {
	t.Helper()
	if err := d.Tx(t.Context(), func(ctx context.Context) error { return q.Add(ctx, job) }); err != nil {
		t.Fatal(err)
	}
}

// run runs the queue until the test ends.
func run(t *testing.T, q *jobs.Queue) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

func TestAJobIsWorkedOnceItsTransactionIsTrue(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		q := queue(t, d, testkit.Clock(t, "2027-03-28 01:30"))
		var greeted sync.Map
		jobs.Handle(q, func(_ context.Context, j greet) error {
			greeted.Store(j.Name, true)
			return nil
		})
		run(t, q)
		no := errors.New("no")
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				err := d.Tx(context.Background(), func(ctx context.Context) error {
					if err := q.Add(ctx, greet{fmt.Sprint(i)}); err != nil {
						return err
					}
					if i%4 == 0 {
						return no
					}
					return nil
				})
				if err != nil && !errors.Is(err, no) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i := range 40 {
			if i%4 != 0 {
				eventually(t, fmt.Sprint("greeted ", i), func() bool { _, ok := greeted.Load(fmt.Sprint(i)); return ok })
			}
		}
		for i := 0; i < 40; i += 4 {
			if _, ok := greeted.Load(fmt.Sprint(i)); ok {
				t.Errorf("job %d was worked, and its transaction never was", i)
			}
		}
	})
}

func TestAJobOutsideATransactionIsRefused(t *testing.T) {
	d := testkit.DB(t)
	q := queue(t, d, clock.System{})
	if err := q.Add(t.Context(), greet{"x"}); !errors.Is(err, db.ErrOutsideTx) {
		t.Fatalf("got %v, want ErrOutsideTx", err)
	}
}

func TestHandlersThatWriteShareTheWriterWithThoseWhoAdd(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		q := queue(t, d, clock.System{})
		const n = 300
		var worked atomic.Int64
		jobs.Handle(q, func(ctx context.Context, j greet) error {
			err := d.Tx(ctx, func(ctx context.Context) error {
				return d.In(ctx).Exec("INSERT INTO settings (key, value) VALUES (?, '') ON CONFLICT DO NOTHING", j.Name).Error
			})
			if err == nil {
				worked.Add(1)
			}
			return err
		})
		run(t, q)
		var wg sync.WaitGroup
		for w := range 10 {
			wg.Go(func() {
				for i := range n / 10 {
					err := d.Tx(context.Background(), func(ctx context.Context) error {
						return q.Add(ctx, greet{fmt.Sprint(w, "-", i)})
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		eventually(t, "all worked", func() bool { return worked.Load() >= n })
		var stored int64
		if err := d.In(t.Context()).Raw("SELECT count(*) FROM settings").Scan(&stored).Error; err != nil || stored != n {
			t.Fatalf("%d stored, want %d (%v)", stored, n, err)
		}
	})
}

func TestAJobForLaterWaitsForItsHour(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		for _, running := range []bool{false, true} {
			c := testkit.Clock(t, "2027-03-28 01:30")
			q := queue(t, d, c)
			var done atomic.Int64
			jobs.Handle(q, func(context.Context, greet) error { done.Add(1); return nil })
			if running {
				run(t, q)
			}
			err := d.Tx(t.Context(), func(ctx context.Context) error {
				return q.AddAt(ctx, greet{"Ada"}, c.Now().Add(time.Minute))
			})
			if err != nil {
				t.Fatal(err)
			}
			isDone := func() bool {
				if !running {
					if err := q.RunDue(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				return done.Load() == 1
			}
			c.Advance(59 * time.Second)
			if time.Sleep(50 * time.Millisecond); isDone() {
				t.Errorf("running %v: done a second too early", running)
			}
			c.Advance(time.Second)
			eventually(t, fmt.Sprint("done, running ", running), isDone)
		}
	})
}

func TestAFailedJobIsTriedAgainAfterAPauseThatGrows(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		c := testkit.Clock(t, "2027-03-28 01:30")
		q := queue(t, d, c)
		tries := 0
		jobs.Handle(q, func(_ context.Context, j greet) error {
			if tries++; tries < 3 {
				return errors.New("the mail server is away")
			}
			return nil
		})
		add(t, d, q, greet{"Ada"})
		if err := q.RunDue(t.Context()); err == nil || !strings.Contains(err.Error(), "mail server") {
			t.Fatalf("RunDue: %v", err)
		}
		if err := q.RunDue(t.Context()); err != nil || tries != 1 {
			t.Fatalf("tried again at once: %d tries, %v", tries, err)
		}
		c.Advance(time.Second)
		if err := q.RunDue(t.Context()); err == nil || tries != 2 {
			t.Fatalf("after 1 s: %d tries, %v", tries, err)
		}
		c.Advance(15 * time.Second)
		if err := q.RunDue(t.Context()); err != nil || tries != 2 {
			t.Fatalf("15 s after the second: %d tries, %v", tries, err)
		}
		c.Advance(time.Second)
		if err := q.RunDue(t.Context()); err != nil || tries != 3 {
			t.Fatalf("16 s after the second: %d tries, %v", tries, err)
		}
		if failed, _, err := q.Failed(t.Context(), jobs.Page{}); err != nil || len(failed) != 0 {
			t.Fatalf("still listed after it was done: %v %v", failed, err)
		}
	})
}

func TestFailedJobsAreListedInPagesAndResent(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		c := testkit.Clock(t, "2027-03-28 01:30")
		q := queue(t, d, c)
		broken := true
		jobs.Handle(q, func(context.Context, greet) error {
			if broken {
				return errors.New("no such printer")
			}
			return nil
		})
		for i := range 5 {
			add(t, d, q, greet{fmt.Sprint(i)})
		}
		for range 12 { // as often as a job is tried
			if err := q.RunDue(t.Context()); err == nil {
				t.Fatal("nothing failed")
			}
			c.Advance(24 * time.Hour)
		}
		if err := q.RunDue(t.Context()); err != nil {
			t.Fatalf("tried after it was given up: %v", err)
		}
		var all []jobs.Failure
		for page := (jobs.Page{Limit: 2}); ; {
			part, next, err := q.Failed(t.Context(), page)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, part...)
			if next == "" {
				break
			}
			page.Cursor = next
		}
		if len(all) != 5 {
			t.Fatalf("%d listed, want 5", len(all))
		}
		got := all[0]
		if !got.GaveUp || got.Kind != "test.greet" || got.Attempts != 12 || got.Error != "no such printer" ||
			!strings.Contains(string(got.Args), `"4"`) || !got.FailedAt.Equal(c.Now().Add(-24*time.Hour)) {
			t.Errorf("listed as %+v", got)
		}
		broken = false
		if err := q.Resend(t.Context(), got.ID); err != nil {
			t.Fatal(err)
		}
		if err := q.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left, _, err := q.Failed(t.Context(), jobs.Page{}); err != nil || len(left) != 4 {
			t.Fatalf("%d left, want 4 (%v)", len(left), err)
		}
		if err := q.Resend(t.Context(), 4711); !errors.Is(err, jobs.ErrNoJob) {
			t.Errorf("resending what is not there: %v", err)
		}
		if _, _, err := q.Failed(t.Context(), jobs.Page{Cursor: "x"}); err == nil {
			t.Error("a cursor that is none was taken")
		}
	})
}

func TestPeriodicWorkIsDoneByOneOfSeveralPrograms(t *testing.T) {
	d := testkit.Postgres(t)
	var done atomic.Int64
	for range 2 {
		q := queue(t, d, clock.System{})
		q.Every("test.sweep", time.Hour, func(context.Context) error { done.Add(1); return nil })
		run(t, q)
	}
	eventually(t, "swept", func() bool { return done.Load() > 0 })
	time.Sleep(300 * time.Millisecond)
	if n := done.Load(); n != 1 {
		t.Fatalf("swept %d times in the first hour, want once", n)
	}
}

func TestPeriodicWorkRunsOnSQLiteAndItsFailureIsSeenOnce(t *testing.T) {
	d := testkit.DB(t)
	q := queue(t, d, clock.System{})
	var tried atomic.Int64
	q.Every("test.sweep", time.Second, func(context.Context) error { tried.Add(1); return errors.New("no broom") })
	run(t, q)
	eventually(t, "tried three times", func() bool { return tried.Load() >= 3 })
	failed, _, err := q.Failed(t.Context(), jobs.Page{})
	if err != nil || len(failed) > 1 {
		t.Fatalf("listed %d times (%v)", len(failed), err)
	}
	eventually(t, "listed by its name", func() bool {
		failed, _, err := q.Failed(context.Background(), jobs.Page{})
		return err == nil && len(failed) == 1 && failed[0].Kind == "test.sweep" && !failed[0].GaveUp
	})
}

func TestWhatAKilledProgramWasDoingIsTakenUpAgain(t *testing.T) {
	d := testkit.DB(t)
	q := queue(t, d, clock.System{})
	add(t, d, q, greet{"Ada"})
	err := d.Tx(t.Context(), func(ctx context.Context) error {
		return d.In(ctx).Exec("UPDATE river_job SET state = 'running', attempt = 1, attempted_at = datetime('now', 'subsec')").Error
	})
	if err != nil {
		t.Fatal(err)
	}
	var greeted atomic.Bool
	jobs.Handle(q, func(context.Context, greet) error { greeted.Store(true); return nil })
	run(t, q)
	eventually(t, "taken up", greeted.Load)
}

func TestRunLetsJobsUnderWayFinish(t *testing.T) {
	d := testkit.DB(t)
	q := queue(t, d, clock.System{})
	began, finished := make(chan struct{}), false
	jobs.Handle(q, func(ctx context.Context, _ greet) error {
		close(began)
		time.Sleep(100 * time.Millisecond)
		finished = ctx.Err() == nil
		return nil
	})
	add(t, d, q, greet{"Ada"})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx) }()
	<-began
	cancel()
	if err := <-ended; err != nil || !finished {
		t.Fatalf("ended with %v, finished: %v", err, finished)
	}
}
