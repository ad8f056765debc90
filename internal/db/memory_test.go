package db_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"gorm.io/gorm"

	"guildhall/internal/db"
	"guildhall/internal/testkit"
)

// counted is a memory of the settings that counts how often they are read.
type counted struct {
	*db.Memory[string, string]
	db    *db.DB
	reads atomic.Int64
}

func remembered(d *db.DB) *counted {
	return &counted{Memory: db.NewMemory[string, string](d, "settings"), db: d}
}

func (c *counted) value(ctx context.Context, t *testing.T, key string) string {
	t.Helper()
	v, err := c.Recall(ctx, key, func(ctx context.Context) (string, error) {
		c.reads.Add(1)
		s, err := gorm.G[setting](c.db.In(ctx)).Where("key = ?", key).Take(ctx)
		return s.Value, err
	})
	if err != nil {
		t.Error(err)
	}
	return v
}

func (c *counted) set(t *testing.T, key, value string) {
	t.Helper()
	err := c.db.Tx(t.Context(), func(ctx context.Context) error {
		return db.One(gorm.G[setting](c.db.In(ctx)).Where("key = ?", key).Update(ctx, "value", value))
	})
	if err != nil {
		t.Error(err)
	}
}

func TestWhatIsRememberedIsReadOnceUntilItsTableChanges(t *testing.T) {
	d := testkit.DB(t)
	keep(t, d, "colour")
	m := remembered(d)
	read := func(what string, want int64) {
		t.Helper()
		m.value(t.Context(), t, "colour")
		m.value(t.Context(), t, "colour")
		if got := m.reads.Swap(0); got != want {
			t.Errorf("%s it is read %d times, want %d", what, got, want)
		}
	}
	read("at first", 1)
	read("then", 0)
	if err := d.Tx(t.Context(), func(ctx context.Context) error {
		return d.In(ctx).Table("attempts").Create(map[string]any{"id": "a", "key": "k", "at": 1}).Error
	}); err != nil {
		t.Fatal(err)
	}
	read("when another table has changed", 0)
	m.set(t, "colour", "red")
	read("when it has changed", 1)
	if err := d.Tx(t.Context(), func(ctx context.Context) error {
		return d.In(ctx).Exec("UPDATE settings SET value = 'blue'").Error
	}); err != nil {
		t.Fatal(err)
	}
	read("when a statement does not say what it changed", 1)
	if got := m.value(t.Context(), t, "colour"); got != "blue" {
		t.Errorf("it is %q", got)
	}
}

func TestATransactionReadsItsOwnWrites(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		keep(t, d, "colour")
		m := remembered(d)
		m.value(t.Context(), t, "colour")
		err := d.Tx(t.Context(), func(ctx context.Context) error {
			if err := db.One(gorm.G[setting](d.In(ctx)).Where("key = ?", "colour").Update(ctx, "value", "green")); err != nil {
				return err
			}
			if got := m.value(ctx, t, "colour"); got != "green" {
				t.Errorf("within, it is %q", got)
			}
			return errNo
		})
		if err != errNo {
			t.Fatal(err)
		}
		if got := m.value(t.Context(), t, "colour"); got != "x" {
			t.Errorf("after the transaction was undone it is %q", got)
		}
	})
}

// Whoever was answered finds what they wrote, or something newer, however many
// read and write at once.
func TestNothingOlderThanTheLastAnswerIsRemembered(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		const writers, rounds = 4, 50
		m := remembered(d)
		var all sync.WaitGroup
		for w := range writers {
			key := "writer-" + strconv.Itoa(w)
			keep(t, d, key)
			var answered atomic.Int64
			all.Go(func() {
				for n := range rounds {
					m.set(t, key, strconv.Itoa(n+1))
					answered.Store(int64(n + 1))
				}
			})
			all.Go(func() {
				for answered.Load() < rounds && !t.Failed() {
					least := answered.Load()
					got, _ := strconv.ParseInt(m.value(t.Context(), t, key), 10, 64) // "x" before the first: 0
					if got < least {
						t.Errorf("%s is remembered as %d, and %d was answered", key, got, least)
					}
				}
			})
		}
		all.Wait()
	})
}
