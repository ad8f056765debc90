package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// run is what came of a load.
type run struct {
	clients  int
	took     time.Duration
	answers  map[string]int // how often each answer was given
	times    []time.Duration
	failures []error
}

// load lets clients do one thing after the other, all at once, for a span. It
// stops by itself, and at the tenth failure.
func load(ctx context.Context, clients int, span time.Duration, once func(ctx context.Context, client int) (answer string, err error)) (run, error) {
	r := run{clients: clients, answers: map[string]int{}}
	var mu sync.Mutex
	var all sync.WaitGroup
	start := time.Now()
	end := start.Add(span)
	for c := range clients {
		all.Go(func() {
			for time.Now().Before(end) && ctx.Err() == nil {
				began := time.Now()
				answer, err := once(ctx, c)
				took := time.Since(began)
				mu.Lock()
				if err != nil {
					r.failures = append(r.failures, err)
				} else {
					r.answers[answer]++
					r.times = append(r.times, took)
				}
				tooMany := len(r.failures) >= 10
				mu.Unlock()
				if tooMany {
					return
				}
			}
		})
	}
	all.Wait()
	r.took = time.Since(start)
	slices.Sort(r.times)
	if len(r.failures) > 0 {
		return r, fmt.Errorf("%d of %d failed, the first: %w", len(r.failures), len(r.failures)+len(r.times), r.failures[0])
	}
	return r, ctx.Err()
}

// perSecond is how many of these answers came in a second.
func (r run) perSecond(answer string) float64 { return float64(r.answers[answer]) / r.took.Seconds() }

// at is the time within which this share of the answers came: 0.5 is the median.
func (r run) at(share float64) time.Duration {
	if len(r.times) == 0 {
		return 0
	}
	return r.times[min(len(r.times)-1, int(float64(len(r.times))*share))]
}
