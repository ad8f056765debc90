package reports

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
	"guildhall/internal/testkit"
)

// hold puts a time into the occupancy of a unit.
func hold(t *testing.T, d *db.DB, resource id.ID, unit int, cause string, by id.ID, from, to clock.Instant) {
	t.Helper()
	err := d.Tx(context.Background(), func(ctx context.Context) error {
		return d.In(ctx).Exec(`INSERT INTO occupancies (id,resource_id,unit,starts_at,ends_at,cause,cause_id) VALUES (?,?,?,?,?,?,?)`,
			id.New(), resource, unit, from, to, cause, by).Error
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFreeAndBusyShowsWhatReachesIntoTheDay(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := workshop(t, d)
		book(t, d, "mias", "mia", 1, "confirmed", at(9, 0), at(10, 0))
		hold(t, d, "laser", 1, "booking", "over", at(-3, 0), at(0, 0))
		hold(t, d, "laser", 1, "booking", "mias", at(9, 0), at(10, 10))
		hold(t, d, "laser", 1, "booking", "other", at(11, 0), at(12, 0))
		hold(t, d, "laser", 2, "booking", "long ago", at(-300, 0), at(-299, 0))
		hold(t, d, "laser", 2, "closure", "weeks", at(-200, 0), at(200, 0))
		hold(t, d, "saw", 1, "booking", "tomorrow", at(24, 0), at(25, 0))
		mia := actor.Actor{Member: "mia", Roles: map[id.ID]actor.Role{"space": actor.Member}}

		got, err := s.FreeBusy(context.Background(), mia, "space", "", at(0, 0), at(24, 0))
		if err != nil {
			t.Fatal(err)
		}
		want := map[id.ID][]Held{"laser": {
			{Resource: "laser", Unit: 1, StartsAt: at(9, 0), EndsAt: at(10, 10), Mine: "mias"},
			{Resource: "laser", Unit: 1, StartsAt: at(11, 0), EndsAt: at(12, 0)},
			{Resource: "laser", Unit: 2, StartsAt: at(-200, 0), EndsAt: at(200, 0), Closure: true},
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		stranger, err := s.FreeBusy(context.Background(), actor.Actor{}, "space", "laser", at(0, 0), at(10, 0))
		if err != nil || len(stranger["laser"]) != 2 || stranger["laser"][0].Mine != "" {
			t.Errorf("a stranger sees %v, %v", stranger, err)
		}
	})
}

func TestFavouritesAreWhatOneUsesMost(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := workshop(t, d)
		err := d.Tx(context.Background(), func(ctx context.Context) error {
			return d.In(ctx).Exec(`UPDATE resources SET status = 'in_service'`).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		book(t, d, "once", "mia", 1, "done", at(-100, 0), at(-99, 0))
		book(t, d, "given up", "noah", 1, "cancelled", at(-90, 0), at(-89, 0))
		for who, want := range map[id.ID][]id.ID{"mia": {"laser"}, "noah": {}} {
			by := actor.Actor{Member: who, Roles: map[id.ID]actor.Role{"space": actor.Member}}
			got, err := s.Favourites(context.Background(), by, "space", 3)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", who, diff)
			}
		}
	})
}
