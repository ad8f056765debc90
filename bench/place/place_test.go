package place

import (
	"path/filepath"
	"testing"
	"time"
)

// TestADayIsAsFullHoweverMuchIsStored holds what makes the board's figures comparable.
func TestADayIsAsFullHoweverMuchIsStored(t *testing.T) {
	for _, stored := range []int{1_000, 5_000} {
		pool, err := Open(t.Context(), filepath.Join(t.TempDir(), "place.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		p, err := Build(t.Context(), pool, 5, 3)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Store(t.Context(), pool, stored); err != nil {
			t.Fatal(err)
		}
		var all, today, occupied int
		err = pool.QueryRow(`SELECT COUNT(*), SUM(starts_at >= ? AND starts_at < ?), (SELECT COUNT(*) FROM occupancies) FROM bookings`,
			p.day.Unix(), p.day.Add(24*time.Hour).Unix()).Scan(&all, &today, &occupied)
		if err != nil {
			t.Fatal(err)
		}
		if all != stored || occupied != stored || today != 5*PerDay {
			t.Errorf("stored %d: %d bookings, %d occupancies, %d today; want all of them and %d today", stored, all, occupied, today, 5*PerDay)
		}
	}
}
