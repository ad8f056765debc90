package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/e2e/client"
)

// promise is what a client was told of a booking. When the program died before
// it answered, either outcome is right, and the next look settles it.
type promise struct {
	id      string
	machine string
	starts  time.Time
	status  string
	version int64
	open    *promise // what it may also have become
}

// booker books, moves and cancels, and remembers what it was told.
type booker struct {
	*client.Client
	promises []*promise
}

// TestNothingAcknowledgedIsLost kills the program in the middle of a mixed load,
// again and again, and looks for everything that it had said yes to.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 5
	}
	const clients, machines, hours = 8, 6, 2000
	site, dir := newPlace(t, machines, clients)

	p := start(t, dir)
	var bookers []*booker
	for _, c := range p.members(clients) {
		bookers = append(bookers, &booker{Client: c})
	}
	var answered atomic.Int64
	for round := range kills {
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		for i, b := range bookers {
			dice := rand.New(rand.NewPCG(uint64(round), uint64(i)))
			all.Go(func() {
				for ctx.Err() == nil {
					if err := b.act(ctx, t, dice, func() client.Wish { return hour(site, dice.IntN(machines), 48+dice.IntN(hours)) }); err != nil {
						return // the program is dead
					}
					answered.Add(1)
				}
			})
		}
		time.Sleep(time.Duration(100+rand.IntN(200)) * time.Millisecond)
		p.kill()
		cancel()
		all.Wait()

		p = start(t, dir)
		for i, b := range bookers {
			moved, err := b.At(p.base)
			if err != nil {
				t.Fatal(err)
			}
			b.Client = moved
			b.look(t, fmt.Sprintf("kill %d, client %d", round+1, i+1))
		}
		if t.Failed() {
			break
		}
		if round%10 == 9 {
			p.stop()
			verify(t, dir)
			p = start(t, dir)
			for _, b := range bookers {
				b.Client, _ = b.At(p.base)
			}
		}
	}
	p.stop()
	verify(t, dir)

	kept := 0
	for _, b := range bookers {
		kept += len(b.promises)
	}
	t.Logf("%d kills, %d answers, %d bookings acknowledged and found", kills, answered.Load(), kept)
	if answered.Load() < int64(kills)*clients {
		t.Errorf("only %d answers in %d rounds: too little was going on to prove anything", answered.Load(), kills)
	}
}

// act does one thing: mostly a booking, sometimes a move or a cancellation of
// what it has. The error says that no answer came.
func (b *booker) act(ctx context.Context, t *testing.T, dice *rand.Rand, wish func() client.Wish) error {
	var mine *promise
	if len(b.promises) > 0 {
		mine = b.promises[dice.IntN(len(b.promises))]
	}
	w := wish()
	switch n := dice.IntN(10); {
	case n < 2 && mine != nil && mine.open == nil && mine.status == "confirmed":
		mine.open = &promise{status: "cancelled", starts: mine.starts}
		a, err := b.Do(ctx, http.MethodPost, "/bookings/"+mine.id+"/cancel", nil)
		if err != nil {
			return err
		}
		b.settle(t, "cancel", mine, a)
	case n < 4 && mine != nil && mine.open == nil && mine.status == "confirmed":
		mine.open = &promise{status: "confirmed", starts: w.StartsAt}
		a, err := b.Do(ctx, http.MethodPatch, "/bookings/"+mine.id,
			map[string]any{"starts_at": w.StartsAt, "ends_at": w.EndsAt, "version": mine.version})
		if err != nil {
			return err
		}
		b.settle(t, "move", mine, a)
	default:
		made, a, err := b.Book(ctx, w)
		switch {
		case err != nil:
			return err
		case a.Status == http.StatusCreated:
			b.promises = append(b.promises, &promise{id: made.ID, machine: made.Resource, starts: made.StartsAt, status: made.Status, version: made.Version})
		case a.Status != http.StatusConflict:
			t.Errorf("book: %s", a)
		}
	}
	return nil
}

// settle keeps what was answered to a change.
func (b *booker) settle(t *testing.T, what string, p *promise, a client.Answer) {
	switch a.Status {
	case http.StatusOK:
		var now client.Booking
		if err := a.Into(&now); err != nil {
			t.Errorf("%s: %v in %s", what, err, a)
		}
		p.status, p.starts, p.version, p.open = p.open.status, p.open.starts, now.Version, nil
	case http.StatusConflict:
		p.open = nil
	default:
		t.Errorf("%s: %s", what, a)
	}
}

// look finds every booking that was promised, as it was promised.
func (b *booker) look(t *testing.T, when string) {
	t.Helper()
	for _, p := range b.promises {
		a, err := b.Do(t.Context(), http.MethodGet, "/bookings/"+p.id, nil)
		if err != nil || a.Status != http.StatusOK {
			t.Errorf("%s: booking %s was acknowledged and is gone: %v %v", when, p.id, a, err)
			continue
		}
		var now client.Booking
		if err := a.Into(&now); err != nil {
			t.Fatal(err)
		}
		is := func(q *promise) bool { return q != nil && now.Status == q.status && now.StartsAt.Equal(q.starts) }
		if now.Resource != p.machine || !is(p) && !is(p.open) {
			t.Errorf("%s: booking %s is %s at %s; told was %s at %s", when, p.id, now.Status, now.StartsAt, p.status, p.starts)
		}
		p.status, p.starts, p.version, p.open = now.Status, now.StartsAt, now.Version, nil
	}
}
