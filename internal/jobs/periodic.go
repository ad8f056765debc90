package jobs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// periodic is work that comes back.
type periodic struct {
	name     string
	interval time.Duration
	do       func(ctx context.Context) error
}

// Every says what is done each interval, and once when the program starts: "do
// whatever is due at clock.Now()", harmless when there is nothing. Of several
// programs on one database one leads and adds it; it is never under way twice, and
// a failing one is seen among the failed jobs and tried again at its next interval.
// It is called before Run.
func (q *Queue) Every(name string, interval time.Duration, do func(ctx context.Context) error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if slices.ContainsFunc(q.periodic, func(p periodic) bool { return p.name == name }) {
		panic("jobs: two are called " + name)
	}
	q.periodic = append(q.periodic, periodic{name, interval, do})
	q.client.PeriodicJobs().Add(river.NewPeriodicJob(
		river.PeriodicInterval(interval),
		func() (river.JobArgs, *river.InsertOpts) { return tick{Name: name}, tickOpts },
		&river.PeriodicJobOpts{ID: name, RunOnStart: true},
	))
}

// tick is the job of a periodic work whose time has come.
type tick struct {
	Name string `json:"name"`
}

// Kind names it.
func (tick) Kind() string { return "every" }

// tickOpts keep one tick of a name at a time: while it waits, runs or has failed, no other is added.
var tickOpts = &river.InsertOpts{
	MaxAttempts: 1000,
	UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
		rivertype.JobStateRetryable, rivertype.JobStateScheduled,
	}},
}

func (q *Queue) everyone() []periodic {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.periodic)
}

func (q *Queue) named(name string) (periodic, bool) {
	all := q.everyone()
	i := slices.IndexFunc(all, func(p periodic) bool { return p.name == name })
	if i < 0 {
		return periodic{}, false
	}
	return all[i], true
}

// ticker works ticks.
type ticker struct {
	river.WorkerDefaults[tick]
	queue *Queue
}

// Work does what the tick's name stands for; a name no longer known is done.
func (t *ticker) Work(ctx context.Context, job *river.Job[tick]) error {
	p, ok := t.queue.named(job.Args.Name)
	if !ok {
		return nil
	}
	if err := p.do(ctx); err != nil {
		return fmt.Errorf("every %s: %s: %w", p.interval, p.name, err)
	}
	return nil
}

// NextRetry is at the next interval, or after a pause where that is shorter.
func (t *ticker) NextRetry(job *river.Job[tick]) time.Time {
	p, ok := t.queue.named(job.Args.Name)
	if !ok || job.Attempt > 10 || pause(job.Attempt) > p.interval {
		return job.AttemptedAt.Add(p.interval)
	}
	return time.Time{}
}
