package app

import (
	"context"
	"fmt"
)

// Finding is something in the data that can't be so.
type Finding struct {
	What    string
	Subject string // the ids it is about
}

// Verify walks through the data and says what can't be so: time that is held
// twice, bookings and the time they hold that don't agree, rows that belong to
// nothing, and what the database itself finds broken.
func (a *App) Verify(ctx context.Context) ([]Finding, error) {
	var all []Finding
	broken, err := a.DB.Check(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask the database: %w", err)
	}
	for _, b := range broken {
		all = append(all, Finding{"the database finds", b})
	}
	held, err := a.Booking.Verify(ctx)
	if err != nil {
		return nil, fmt.Errorf("hold the bookings against their time: %w", err)
	}
	for _, f := range held {
		all = append(all, Finding{f.What, f.Subject.String()})
	}
	for _, q := range questions {
		ids, err := store{a.DB}.answers(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("look for %s: %w", q.what, err)
		}
		for _, id := range ids {
			all = append(all, Finding{q.what, id})
		}
	}
	return all, nil
}
