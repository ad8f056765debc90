package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"guildhall/bench/place"
	"guildhall/internal/id"
)

// floor is what a program can't do better without sharing commits: one booking
// row, inserted by a prepared statement into the real table, each in a commit of
// its own that is on the disk before the next. No rule is asked, no price worked
// out, no occupancy written, no HTTP spoken.
func floor(ctx context.Context, dir string, clients int, span time.Duration) (run, error) {
	pool, err := place.Open(ctx, filepath.Join(dir, fmt.Sprintf("floor-%d.db", clients)))
	if err != nil {
		return run{}, err
	}
	defer pool.Close()
	p, err := place.Build(ctx, pool, clients, clients)
	if err != nil {
		return run{}, err
	}
	insert, err := pool.PrepareContext(ctx, place.InsertBooking)
	if err != nil {
		return run{}, err
	}
	var hour atomic.Int64
	return load(ctx, clients, span, func(ctx context.Context, client int) (string, error) {
		start := p.Hour(int(hour.Add(1))).Unix()
		_, err := insert.ExecContext(ctx, p.Booking(id.New(), client, client, start, start+3600)...)
		return "stored", err
	})
}
