package db_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
	"guildhall/internal/testkit"
)

// setting is a row of the plainest table there is.
type setting struct {
	Key   string
	Value string
}

func put(ctx context.Context, d *db.DB, key string) error {
	return gorm.G[setting](d.In(ctx)).Create(ctx, &setting{Key: key, Value: "x"})
}

func keep(t *testing.T, d *db.DB, key string) {
	t.Helper()
	if err := d.Tx(t.Context(), func(ctx context.Context) error { return put(ctx, d, key) }); err != nil {
		t.Fatal(err)
	}
}

func stored(t *testing.T, d *db.DB, key string) bool {
	t.Helper()
	n, err := gorm.G[setting](d.In(context.Background())).Where("key = ?", key).Count(context.Background(), "*")
	if err != nil {
		t.Fatal(err)
	}
	return n == 1
}

var errNo = errors.New("no")

func TestATransactionIsAllOrNothing(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		keep(t, d, "kept")
		err := d.Tx(t.Context(), func(ctx context.Context) error {
			if err := put(ctx, d, "undone"); err != nil {
				return err
			}
			if n, err := gorm.G[setting](d.In(ctx)).Where("key = ?", "undone").Count(ctx, "*"); err != nil || n != 1 {
				t.Errorf("it does not see its own write: %d, %v", n, err)
			}
			return errNo
		})
		if err != errNo {
			t.Errorf("got %v, want fn's own error unchanged", err)
		}
		if !stored(t, d, "kept") || stored(t, d, "undone") {
			t.Errorf("kept: %v, undone: %v", stored(t, d, "kept"), stored(t, d, "undone"))
		}
	})
}

// Whatever their neighbours do, callers who are told nil have their row and all
// others have none.
func TestWhatIsAnsweredIsWhatIsStored(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		const n = 300
		acknowledged := make([]bool, n)
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				defer func() { recover() }()
				fate := rand.IntN(6)
				err := d.Tx(ctx, func(ctx context.Context) error {
					if err := put(ctx, d, fmt.Sprint(i)); err != nil {
						return err
					}
					switch fate {
					case 0:
						return errNo
					case 1:
						panic("a mistake")
					case 2:
						cancel()
						return put(ctx, d, fmt.Sprint(i, "-again"))
					case 3: // an error of SQL, which on PostgreSQL spoils the transaction
						return put(ctx, d, fmt.Sprint(i))
					case 4:
						runtime.Goexit()
					}
					return nil
				})
				acknowledged[i] = err == nil
				if (fate == 5) != (err == nil) {
					t.Errorf("%d: fate %d, error %v", i, fate, err)
				}
			})
		}
		wg.Wait()
		some := false
		for i, ok := range acknowledged {
			some = some || ok
			if ok != stored(t, d, fmt.Sprint(i)) || stored(t, d, fmt.Sprint(i, "-again")) {
				t.Errorf("%d: answered %v, stored %v", i, ok, stored(t, d, fmt.Sprint(i)))
			}
		}
		if !some {
			t.Fatal("none was told that it is done")
		}
		keep(t, d, "after all that")
	})
}

func TestAPanicGoesToWhoCausedIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		func() {
			defer func() {
				if got := recover(); got != "a mistake" {
					t.Errorf("recovered %v", got)
				}
			}()
			d.Tx(t.Context(), func(ctx context.Context) error {
				if err := put(ctx, d, "half"); err != nil {
					t.Error(err)
				}
				panic("a mistake")
			})
		}()
		if stored(t, d, "half") {
			t.Error("what it had written before is stored")
		}
		keep(t, d, "after")
	})
}

func TestATransactionInsideATransactionJoinsIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		for _, end := range []error{errNo, nil} {
			key := fmt.Sprint("inner, outer says ", end)
			err := d.Tx(t.Context(), func(ctx context.Context) error {
				if err := d.Tx(ctx, func(ctx context.Context) error { return put(ctx, d, key) }); err != nil {
					return err
				}
				return end
			})
			if err != end || stored(t, d, key) != (end == nil) {
				t.Errorf("%s: %v, stored %v", key, err, stored(t, d, key))
			}
		}
	})
}

func TestAWriteOutsideATransactionFails(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		keep(t, d, "a")
		ctx := t.Context()
		for name, write := range map[string]func() error{
			"create": func() error { return put(ctx, d, "b") },
			"update": func() error {
				_, err := gorm.G[setting](d.In(ctx)).Where("key = ?", "a").Update(ctx, "value", "y")
				return err
			},
			"delete": func() error { _, err := gorm.G[setting](d.In(ctx)).Where("key = ?", "a").Delete(ctx); return err },
			"exec":   func() error { return d.In(ctx).Exec("DELETE FROM settings").Error },
			"query": func() error {
				var key string
				return d.In(ctx).Raw("INSERT INTO settings (key, value) VALUES ('c', '') RETURNING key").Scan(&key).Error
			},
			"lock": func() error { return d.Lock(ctx, "settings", "a") },
		} {
			if err := write(); !errors.Is(err, db.ErrOutsideTx) {
				t.Errorf("%s: %v, want ErrOutsideTx", name, err)
			}
		}
		if !stored(t, d, "a") || stored(t, d, "b") || stored(t, d, "c") {
			t.Error("something was written all the same")
		}
	})
}

func TestTheCtxOfATransactionIsUsedInItAndOnlyThere(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		var leaked context.Context
		err := d.Tx(t.Context(), func(ctx context.Context) error {
			leaked = ctx
			if err := gorm.G[setting](d.In(ctx)).Create(t.Context(), &setting{Key: "a"}); err == nil {
				t.Error("a statement with the ctx from outside was let through")
			}
			return errNo
		})
		if err != errNo {
			t.Fatal(err)
		}
		if err := put(leaked, d, "late"); err == nil {
			t.Error("a statement after the end was let through")
		}
		if err := d.Tx(leaked, func(context.Context) error { return nil }); err == nil {
			t.Error("a transaction joined one that had ended")
		}
		if _, err := d.SQLTx(leaked); err == nil {
			t.Error("the connection was lent after the end")
		}
		if stored(t, d, "late") {
			t.Error("stored")
		}
	})
}

func TestACallerWhoHasGoneIsNotServed(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		err := d.Tx(gone, func(context.Context) error { t.Error("fn was run"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("before: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err = d.Tx(ctx, func(ctx context.Context) error {
			if err := put(ctx, d, "a"); err != nil {
				return err
			}
			cancel()
			return put(ctx, d, "b")
		})
		if !errors.Is(err, context.Canceled) || stored(t, d, "a") || stored(t, d, "b") {
			t.Errorf("in between: %v, a stored: %v", err, stored(t, d, "a"))
		}
	})
}

func TestATransactionWithoutADeadlineHasOurs(t *testing.T) {
	for name, cfg := range map[string]db.Config{
		"sqlite":   {Path: testkit.SQLiteFile(t), Limit: 30 * time.Millisecond},
		"postgres": {URL: testkit.PostgresURL(t), Limit: 30 * time.Millisecond},
	} {
		d := testkit.Open(t, cfg)
		slow := func(ctx context.Context) error {
			if err := put(ctx, d, "a"); err != nil {
				return err
			}
			time.Sleep(60 * time.Millisecond)
			return put(ctx, d, "b")
		}
		if err := d.Tx(context.Background(), slow); !errors.Is(err, db.ErrBusy) || stored(t, d, "a") {
			t.Errorf("%s: %v, a stored: %v", name, err, stored(t, d, "a"))
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		if err := d.Tx(ctx, slow); err != nil || !stored(t, d, "b") {
			t.Errorf("%s, with a deadline of its own: %v", name, err)
		}
		cancel()
	}
}

func TestCompanionsAreCommittedWithEveryTransaction(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		ctx := d.Along(t.Context(), func(ctx context.Context) error { return put(ctx, d, "companion") })
		err := d.Tx(ctx, func(ctx context.Context) error {
			return d.Tx(ctx, func(ctx context.Context) error { return errNo })
		})
		if err != errNo || stored(t, d, "companion") {
			t.Fatalf("it came without its transaction (%v)", err)
		}
		err = d.Tx(ctx, func(ctx context.Context) error {
			return d.Tx(ctx, func(ctx context.Context) error { return nil })
		})
		if err != nil || !stored(t, d, "companion") {
			t.Fatalf("it did not come once with its transaction (%v)", err)
		}
	})
}

// A machine to hold, with all that it needs.
func resource(t *testing.T, d *db.DB) id.ID {
	t.Helper()
	space, area, machine := id.New(), id.New(), id.New()
	err := d.Tx(t.Context(), func(ctx context.Context) error {
		for _, row := range [][]any{
			{"INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version) VALUES (?, ?, '{}', '{}', '', '', '', '', '', 'UTC', 'EUR', 0, 0, 1)", space, space},
			{"INSERT INTO areas (id, space_id, slug, name, family, position, version) VALUES (?, ?, 'laser', '{}', 'laser', 0, 1)", area, space},
			{"INSERT INTO resources (id, space_id, area_id, slug, type, kind, name, model, about, materials, hazards, units, sharing, bookable, status, out_reason, position, created_at, version) VALUES (?, ?, ?, 'laser', 'machine', 'laser', '{}', '', '{}', '{}', '{}', 1, 'units', TRUE, 'in_service', '', 0, 0, 1)", machine, space, area},
		} {
			if err := d.In(ctx).Exec(row[0].(string), row[1:]...).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return machine
}

// occupancy is a time that is held.
type occupancy struct {
	ID         id.ID
	ResourceID id.ID
	Unit       int64
	StartsAt   clock.Instant
	EndsAt     clock.Instant
	Cause      string
	CauseID    id.ID
}

func TestTheSecondWallStands(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		machine := resource(t, d)
		hold := func(unit, from, to int64) error {
			return d.Tx(t.Context(), func(ctx context.Context) error {
				return gorm.G[occupancy](d.In(ctx)).Create(ctx, &occupancy{
					ID: id.New(), ResourceID: machine, Unit: unit, StartsAt: clock.Unix(from), EndsAt: clock.Unix(to), Cause: "booking", CauseID: id.New(),
				})
			})
		}
		for _, c := range []struct {
			unit, from, to int64
			want           error
		}{
			{1, 3600, 7200, nil},
			{1, 0, 3600, nil},
			{1, 7200, 9000, nil},
			{1, 7199, 9000, db.ErrOverlap},
			{1, 3600, 7200, db.ErrOverlap},
			{1, 3600, 5000, db.ErrOverlap}, // the very start of another
			{1, 4000, 5000, db.ErrOverlap},
			{1, 0, 90000, db.ErrOverlap},
			{2, 3600, 7200, nil},
		} {
			if err := hold(c.unit, c.from, c.to); !errors.Is(err, c.want) {
				t.Errorf("unit %d, %d to %d: %v, want %v", c.unit, c.from, c.to, err, c.want)
			}
		}
		err := d.Tx(t.Context(), func(ctx context.Context) error {
			return db.One(gorm.G[occupancy](d.In(ctx)).Where("unit = 1 AND starts_at = 0").Update(ctx, "ends_at", 3601))
		})
		if !errors.Is(err, db.ErrOverlap) {
			t.Errorf("moving an end over another's start: %v", err)
		}
	})
}

func TestADriversErrorHasOneMeaning(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		machine := resource(t, d)
		keep(t, d, "a")
		in := func(fn func(ctx context.Context) error) error { return d.Tx(t.Context(), fn) }
		exec := func(sql string, args ...any) error {
			return in(func(ctx context.Context) error { return d.In(ctx).Exec(sql, args...).Error })
		}
		for _, c := range []struct {
			err        error
			constraint string
		}{
			{in(func(ctx context.Context) error { return put(ctx, d, "a") }), "settings_pkey"},
			{exec("INSERT INTO areas (id, space_id, slug, name, family, position, version) SELECT 'x', space_id, slug, '{}', '', 0, 1 FROM areas"), "areas_slug_key"},
			{exec("INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version) SELECT 'x', slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version FROM spaces"), "spaces_slug_key"},
		} {
			if !db.IsDuplicate(c.err, c.constraint) {
				t.Errorf("got %v, want a duplicate of %s", c.err, c.constraint)
			}
		}
		if err := exec("UPDATE resources SET area_id = 'nowhere' WHERE id = ?", machine); !errors.Is(err, db.ErrReference) {
			t.Errorf("a reference to nothing: %v", err)
		}
		if err := exec("DELETE FROM spaces"); !errors.Is(err, db.ErrReference) {
			t.Errorf("deleting what is needed: %v", err)
		}
		if _, err := gorm.G[setting](d.In(t.Context())).Where("key = ?", "b").Take(t.Context()); !errors.Is(err, db.ErrNone) {
			t.Errorf("reading what is not there: %v", err)
		}
		if err := exec("UPDATE settings SET value = ?", "a\x00b"); d.Dialect() == db.Postgres && !errors.Is(err, db.ErrText) {
			t.Errorf("a NUL in a text: %v", err)
		}
		change := func(where string) error {
			return in(func(ctx context.Context) error {
				return db.One(gorm.G[setting](d.In(ctx)).Where(where).Update(ctx, "value", "z"))
			})
		}
		if err := change("key = 'b'"); !errors.Is(err, db.ErrNone) {
			t.Errorf("changing what is not there: %v", err)
		}
		keep(t, d, "b")
		if err := change("1 = 1"); err == nil || errors.Is(err, db.ErrNone) {
			t.Errorf("changing two: %v", err)
		}
		if err := change("key = 'b'"); err != nil {
			t.Errorf("changing one: %v", err)
		}
	})
}

func TestClosingLetsThoseInsideFinish(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		inside := make(chan struct{})
		slow := make(chan error, 1)
		go func() {
			slow <- d.Tx(context.Background(), func(ctx context.Context) error {
				close(inside)
				time.Sleep(50 * time.Millisecond)
				return put(ctx, d, "slow")
			})
		}()
		<-inside
		waiting := make(chan error, 1)
		go func() {
			waiting <- d.Tx(context.Background(), func(ctx context.Context) error { return put(ctx, d, "waiting") })
		}()
		time.Sleep(10 * time.Millisecond)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if a, b := <-slow, <-waiting; a != nil || b != nil {
			t.Errorf("the one inside: %v; the one waiting: %v", a, b)
		}
		err := d.Tx(context.Background(), func(context.Context) error { t.Error("fn was run"); return nil })
		if !errors.Is(err, db.ErrClosed) {
			t.Errorf("after: %v", err)
		}
	})
}
