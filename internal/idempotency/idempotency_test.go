package idempotency_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/db"
	"guildhall/internal/idempotency"
	"guildhall/internal/testkit"
)

var (
	key  = idempotency.Key{Actor: "ada", Route: "POST /api/v1/bookings", Key: "k-1"}
	hash = idempotency.Hash([]byte("body"))
)

// book is work that commits one row.
func book(d *db.DB, times *atomic.Int64) func(context.Context) (idempotency.Answer, error) {
	return func(ctx context.Context) (idempotency.Answer, error) {
		n := times.Add(1)
		err := d.Tx(ctx, func(ctx context.Context) error {
			return d.In(ctx).Exec("INSERT INTO settings (key, value) VALUES (?, '')", fmt.Sprint("booking-", n)).Error
		})
		return idempotency.Answer{
			Status: 201,
			Header: http.Header{"Location": {fmt.Sprint("/bookings/", n)}},
			Body:   []byte(fmt.Sprintf(`{"n": %d}`, n)),
		}, err
	}
}

func TestFiveAtOnceAreOneAndGetTheSameAnswer(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		keys := idempotency.New(d, testkit.Clock(t, "2027-03-01 09:00"), nil)
		var times, replays atomic.Int64
		answers := make([]idempotency.Answer, 5)
		var wg sync.WaitGroup
		for i := range answers {
			wg.Go(func() {
				a, replayed, err := keys.Do(context.Background(), key, hash, book(d, &times))
				if err != nil {
					t.Error(err)
				}
				if replayed {
					replays.Add(1)
				}
				answers[i] = a
			})
		}
		wg.Wait()
		if times.Load() != 1 || replays.Load() != 4 {
			t.Fatalf("done %d times, replayed %d times; want 1 and 4", times.Load(), replays.Load())
		}
		for _, a := range answers[1:] {
			if diff := cmp.Diff(answers[0], a); diff != "" {
				t.Errorf("another answer: %s", diff)
			}
		}
	})
}

func TestAnotherBodyOrPersonIsAnotherRequest(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		keys := idempotency.New(d, testkit.Clock(t, "2027-03-01 09:00"), nil)
		var times atomic.Int64
		if _, _, err := keys.Do(t.Context(), key, hash, book(d, &times)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := keys.Do(t.Context(), key, idempotency.Hash([]byte("other")), book(d, &times)); !errors.Is(err, idempotency.ErrOtherBody) {
			t.Errorf("another body: %v", err)
		}
		other := key
		other.Actor = "grace"
		if a, replayed, err := keys.Do(t.Context(), other, hash, book(d, &times)); err != nil || replayed || string(a.Body) != `{"n": 2}` {
			t.Errorf("another person got %s, replayed %v, %v", a.Body, replayed, err)
		}
	})
}

func TestAKeyIsFreeAgainWhenNothingWasDone(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		keys := idempotency.New(d, testkit.Clock(t, "2027-03-01 09:00"), nil)
		for _, fail := range []func(context.Context) (idempotency.Answer, error){
			func(context.Context) (idempotency.Answer, error) { return idempotency.Answer{}, db.ErrBusy },
			func(context.Context) (idempotency.Answer, error) { return idempotency.Answer{Status: 503}, nil },
			func(context.Context) (idempotency.Answer, error) { return idempotency.Answer{Status: 401}, nil },
			func(context.Context) (idempotency.Answer, error) { panic("a mistake") },
		} {
			func() {
				defer func() { recover() }()
				keys.Do(t.Context(), key, hash, fail)
			}()
		}
		var times atomic.Int64
		a, replayed, err := keys.Do(t.Context(), key, hash, book(d, &times))
		if err != nil || replayed || a.Status != 201 {
			t.Fatalf("got %d, replayed %v, %v", a.Status, replayed, err)
		}
	})
}

func TestARefusalIsAnAnswerToo(t *testing.T) {
	d := testkit.DB(t)
	keys := idempotency.New(d, testkit.Clock(t, "2027-03-01 09:00"), nil)
	refuse := func(context.Context) (idempotency.Answer, error) {
		return idempotency.Answer{Status: 409, Body: []byte("taken")}, nil
	}
	if _, _, err := keys.Do(t.Context(), key, hash, refuse); err != nil {
		t.Fatal(err)
	}
	var times atomic.Int64
	a, replayed, err := keys.Do(t.Context(), key, hash, book(d, &times))
	if err != nil || !replayed || a.Status != 409 || string(a.Body) != "taken" || times.Load() != 0 {
		t.Fatalf("got %d %s, replayed %v, worked %d times, %v", a.Status, a.Body, replayed, times.Load(), err)
	}
}

// died is work whose program is killed: Do never comes to settle the key. A
// goroutine that never returns stands for it.
func died(t *testing.T, keys *idempotency.Keys, work func(context.Context)) {
	t.Helper()
	dead := make(chan struct{})
	gone := make(chan struct{})
	t.Cleanup(func() { close(gone) })
	go keys.Do(context.Background(), key, hash, func(ctx context.Context) (idempotency.Answer, error) {
		work(ctx)
		close(dead)
		<-gone
		return idempotency.Answer{}, errors.New("killed")
	})
	<-dead
}

func TestAKeyLeftByACrashBeforeTheCommitIsTakenOver(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		c := testkit.Clock(t, "2027-03-01 09:00")
		keys := idempotency.New(d, c, nil)
		died(t, keys, func(context.Context) {})
		c.Advance(time.Minute)
		var times atomic.Int64
		a, replayed, err := keys.Do(t.Context(), key, hash, book(d, &times))
		if err != nil || replayed || a.Status != 201 {
			t.Fatalf("got %d, replayed %v, %v", a.Status, replayed, err)
		}
	})
}

func TestAKeyLeftByACrashAfterTheCommitIsNotDoneTwice(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		c := testkit.Clock(t, "2027-03-01 09:00")
		keys := idempotency.New(d, c, nil)
		var times atomic.Int64
		died(t, keys, func(ctx context.Context) {
			if _, err := book(d, &times)(ctx); err != nil {
				t.Error(err)
			}
		})
		c.Advance(time.Minute)
		_, _, err := keys.Do(t.Context(), key, hash, book(d, &times))
		if !errors.Is(err, idempotency.ErrDone) || times.Load() != 1 {
			t.Fatalf("done %d times, %v", times.Load(), err)
		}
	})
}

func TestWhoeverWaitsForTheFirstMayLeave(t *testing.T) {
	d := testkit.DB(t)
	keys := idempotency.New(d, testkit.Clock(t, "2027-03-01 09:00"), nil)
	died(t, keys, func(context.Context) {})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, _, err := keys.Do(ctx, key, hash, func(context.Context) (idempotency.Answer, error) {
		t.Error("done twice")
		return idempotency.Answer{}, nil
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
}

func TestAnswersAreForgottenAfterADay(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		c := testkit.Clock(t, "2027-03-01 09:00")
		keys := idempotency.New(d, c, nil)
		var times atomic.Int64
		do := func() bool {
			t.Helper()
			_, replayed, err := keys.Do(t.Context(), key, hash, book(d, &times))
			if err != nil {
				t.Fatal(err)
			}
			if err := keys.Forget(t.Context()); err != nil {
				t.Fatal(err)
			}
			return replayed
		}
		do()
		c.Advance(24 * time.Hour)
		if !do() {
			t.Error("forgotten too early")
		}
		c.Advance(time.Second)
		if do(); do() {
			t.Error("kept for more than a day")
		}
	})
}

func TestAKeyIsShortAndVisible(t *testing.T) {
	keys := idempotency.New(testkit.DB(t), testkit.Clock(t, "2027-03-01 09:00"), nil)
	for _, text := range []string{"", "two words", "匠馆", string(make([]byte, 201))} {
		if _, _, err := keys.Do(t.Context(), idempotency.Key{Key: text}, hash, nil); !errors.Is(err, idempotency.ErrKey) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
