package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/testkit"
)

func TestWhatADeadlockBreaksOffIsRunAgain(t *testing.T) {
	d := testkit.Postgres(t)
	keep(t, d, "a")
	keep(t, d, "b")
	var runs atomic.Int64
	var both sync.WaitGroup // each has its first row before either asks for its second
	both.Add(2)
	swap := func(first, second string) error {
		var once sync.Once
		return d.Tx(context.Background(), func(ctx context.Context) error {
			runs.Add(1)
			add := func(key string) error {
				return db.One(gorm.G[setting](d.In(ctx)).Where("key = ?", key).Update(ctx, "value", gorm.Expr("value || 'y'")))
			}
			if err := add(first); err != nil {
				return err
			}
			once.Do(func() { both.Done(); both.Wait() })
			return fault.Wrap(add(second), "as a service would")
		})
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := swap("a", "b"); err != nil {
			t.Error(err)
		}
	})
	wg.Go(func() {
		if err := swap("b", "a"); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	if runs.Load() < 3 {
		t.Fatalf("%d runs: there was no deadlock", runs.Load())
	}
	rows, err := gorm.G[setting](d.In(t.Context())).Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Value != "xyy" {
			t.Errorf("%s is %s: something was done twice or not at all", r.Key, r.Value)
		}
	}
}

func TestRowsAreLockedInTheOrderOfTheirIDs(t *testing.T) {
	d := testkit.Postgres(t)
	machines := []id.ID{resource(t, d), resource(t, d), resource(t, d), resource(t, d)}
	var inside, runs atomic.Int64
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			mine := append([]id.ID{}, machines...)
			rand.Shuffle(len(mine), func(i, j int) { mine[i], mine[j] = mine[j], mine[i] })
			err := d.Tx(context.Background(), func(ctx context.Context) error {
				runs.Add(1)
				if err := d.Lock(ctx, "resources", mine...); err != nil {
					return err
				}
				if inside.Add(1) != 1 {
					t.Error("two held the same rows")
				}
				time.Sleep(time.Millisecond)
				inside.Add(-1)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := runs.Load(); n != 30 {
		t.Errorf("%d runs of 30: PostgreSQL broke up deadlocks", n)
	}
}

func TestATableThatAnotherProgramHoldsIsBusyAndServiceGoesOnAfterwards(t *testing.T) {
	d := testkit.Open(t, db.Config{URL: testkit.PostgresURL(t), Wait: 200 * time.Millisecond})
	other, err := d.SQL().Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec("LOCK TABLE settings IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	err = d.Tx(t.Context(), func(ctx context.Context) error { return put(ctx, d, "a") })
	refusal, ok := fault.As(err)
	if !ok || refusal.Code != "db.busy" || refusal.RetryAfter == 0 {
		t.Errorf("told %v", err)
	}
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	keep(t, d, "b")
}

func TestAServerThatIsNotThereIsSaid(t *testing.T) {
	_, err := db.Open(t.Context(), db.Config{URL: "postgres:///guildhall?host=" + t.TempDir() + "&user=nobody"})
	if !errors.Is(err, db.ErrUnreachable) {
		t.Errorf("told %v", err)
	}
	for _, cfg := range []db.Config{{}, {Path: "a", URL: "b"}, {URL: "postgres://%zz"}, {Path: t.TempDir() + "/no/such/folder/a.db"}} {
		if d, err := db.Open(t.Context(), cfg); err == nil {
			d.Close()
			t.Errorf("%+v was opened", cfg)
		}
	}
}

func TestManyMayWaitForAFewConnections(t *testing.T) {
	d := testkit.Postgres(t)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			if err := d.Tx(context.Background(), func(ctx context.Context) error { return put(ctx, d, fmt.Sprint(i)) }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
