package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
)

// ErrNoJob means that the job is no longer there, or was done meanwhile.
var ErrNoJob = fault.NotFound("jobs.none", "This job is no longer there. It was done, or its time to be kept is over.")

// Failure is a job that failed when it was last tried.
type Failure struct {
	ID       int64
	Kind     string
	Args     json.RawMessage
	Attempts int
	Error    string // what the last attempt said; for those who run the server
	FailedAt clock.Instant
	GaveUp   bool          // it is tried again only if it is resent
	NextAt   clock.Instant // when it is tried again; not set if GaveUp
}

// Page says which part of a list is wanted. The zero Page is the first 50.
type Page struct {
	Cursor string
	Limit  int
}

// Failed lists the failed jobs, the newest first, and the cursor of what follows,
// empty at the end. It reads only; who may see it is its caller's to ask.
func (q *Queue) Failed(ctx context.Context, page Page) (failures []Failure, next string, err error) {
	limit := page.Limit
	if limit <= 0 || limit > 200 {
		limit = 50
	}
	// A job whose pause is short is 'available' already, at its hour.
	where, args := "(state = 'discarded' OR (attempt > 0 AND state IN ('retryable', 'scheduled', 'available')))", river.NamedArgs{}
	if page.Cursor != "" {
		before, err := strconv.ParseInt(page.Cursor, 10, 64)
		if err != nil {
			return nil, "", fault.Invalid("cursor", "jobs.cursor", "This page of the list is not known. Begin at the first.")
		}
		where, args = where+" AND id < @before", river.NamedArgs{"before": before}
	}
	list, err := q.reader.JobList(ctx, river.NewJobListParams().
		Where(where, args).OrderBy(river.JobListOrderByID, river.SortOrderDesc).First(limit+1))
	if err != nil {
		return nil, "", fmt.Errorf("list the failed jobs: %w", err)
	}
	for i, row := range list.Jobs {
		if i == limit {
			next = strconv.FormatInt(failures[i-1].ID, 10)
			break
		}
		failures = append(failures, failure(row))
	}
	return failures, next, nil
}

func failure(row *rivertype.JobRow) Failure {
	f := Failure{
		ID: row.ID, Kind: row.Kind, Args: row.EncodedArgs, Attempts: row.Attempt,
		GaveUp: row.State == rivertype.JobStateDiscarded,
	}
	var periodic tick
	if row.Kind == periodic.Kind() && json.Unmarshal(row.EncodedArgs, &periodic) == nil {
		f.Kind = periodic.Name
	}
	if n := len(row.Errors); n > 0 {
		f.Error, f.FailedAt = row.Errors[n-1].Error, clock.At(row.Errors[n-1].At)
	}
	if !f.GaveUp {
		f.NextAt = clock.At(row.ScheduledAt)
	}
	return f
}

// Resend makes a failed job due now, also one that was given up. A job that is not
// there is ErrNoJob.
func (q *Queue) Resend(ctx context.Context, id int64) error {
	return q.db.Tx(ctx, func(ctx context.Context) error {
		tx, err := q.db.SQLTx(ctx)
		if err != nil {
			return err
		}
		_, err = q.client.JobRetryTx(ctx, tx, id)
		if errors.Is(err, rivertype.ErrNotFound) || errors.Is(err, db.ErrNone) {
			return ErrNoJob
		}
		return fault.Wrap(err, "resend job %d", id)
	})
}
