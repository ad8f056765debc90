package booking

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
	"guildhall/internal/testkit"
)

// Whatever is asked, the list is every booking that fits, once and in order.
func TestAListIsWhatFitsHoweverItIsFound(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		makers := h.people(2)
		benches := []Resource{h.machine("bench", func(r *Resource) { r.Units = 40 }), h.machine("locker", func(r *Resource) { r.Units = 40 })}
		begin := at(t, "2026-11-01 10:00")
		var all []Booking
		for i, status := range slices.Repeat([]Status{Confirmed, Cancelled, Done, InUse, NoShow, Done}, 5) {
			b := Booking{ID: id.New(), SpaceID: h.space.ID, ResourceID: benches[i%2].ID, Unit: i + 1, Places: 1, MemberID: makers[i%3%2].Member, Status: status,
				StartsAt: begin.Add(time.Duration(i/3) * 24 * time.Hour), Currency: "EUR", Version: 1}
			b.EndsAt = b.StartsAt.Add([]time.Duration{time.Hour, 48 * time.Hour, 9 * 24 * time.Hour, 2 * time.Hour}[i%4])
			all = append(all, b)
		}
		if err := h.Enter(t.Context(), actor.House, all); err != nil {
			t.Fatal(err)
		}
		day := func(n int) clock.Instant { return begin.Add(time.Duration(n) * 24 * time.Hour) }
		for _, space := range []id.ID{"", h.space.ID} {
			for _, resource := range []id.ID{"", benches[0].ID} {
				for _, member := range []id.ID{"", makers[0].Member} {
					for _, statuses := range [][]Status{nil, {Confirmed}, {Done, Cancelled, Done}} {
						for _, window := range [][2]clock.Instant{{}, {day(4)}, {{}, day(5)}, {day(3), day(6)}} {
							for _, latest := range []bool{false, true} {
								f := Filter{Space: space, Resource: resource, Member: member, Statuses: statuses, From: window[0], To: window[1], Latest: latest, Limit: 3}
								if got, want := h.listed(f), fitting(all, f); !slices.Equal(got, want) {
									t.Errorf("%+v: %d listed of %d", f, len(got), len(want))
								}
							}
						}
					}
				}
			}
		}
	})
}

// listed are the bookings of all pages.
func (h *house) listed(f Filter) []id.ID {
	h.t.Helper()
	var ids []id.ID
	for {
		page, err := h.Bookings(context.Background(), actor.House, f)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, b := range page.Items {
			ids = append(ids, b.ID)
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			return ids
		}
	}
}

func fitting(all []Booking, f Filter) []id.ID {
	var fit []Booking
	for _, b := range all {
		if (f.Resource == "" || b.ResourceID == f.Resource) && (f.Member == "" || b.MemberID == f.Member) &&
			(f.Statuses == nil || slices.Contains(f.Statuses, b.Status)) && b.EndsAt.After(f.From) && (f.To.IsZero() || b.StartsAt.Before(f.To)) {
			fit = append(fit, b)
		}
	}
	slices.SortFunc(fit, func(a, b Booking) int {
		if n := a.StartsAt.Compare(b.StartsAt.Time); n != 0 {
			return n
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	if f.Latest {
		slices.Reverse(fit)
	}
	var ids []id.ID
	for _, b := range fit {
		ids = append(ids, b.ID)
	}
	return ids
}

// A list of a space walks along an index for a page, and not through the year.
func TestListsOfASpaceWalkAlongAnIndex(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	from := at(t, "2026-11-01 10:00")
	for name, c := range map[string]struct {
		f    Filter
		walk []string
	}{
		"from a day": {Filter{From: from}, []string{
			"bookings_board_idx (space_id=? AND starts_at>?)", "bookings_long_idx (space_id=? AND ends_at>?)",
		}},
		"by status": {Filter{Statuses: []Status{Pending, Done}}, []string{
			"bookings_board_idx (space_id=?)", "bookings_undone_idx (space_id=? AND status=?)",
		}},
		"by status from a day": {Filter{From: from, Statuses: []Status{NoShow}}, []string{
			"bookings_undone_idx (space_id=? AND status=? AND starts_at>?)", "bookings_long_idx (space_id=? AND ends_at>?)",
		}},
		"latest of a member": {Filter{Member: id.New(), Latest: true}, []string{"bookings_member_idx (member_id=?)"}},
	} {
		c.f.Space, c.f.Limit = h.space.ID, 50
		query, args, err := c.f.query()
		if err != nil {
			t.Fatal(err)
		}
		if got := h.walks(query, args...); !slices.Equal(got, c.walk) {
			t.Errorf("%s walks %q, want %q", name, got, c.walk)
		}
	}
	for _, walk := range h.walks(highestUnitSQL, map[string]any{"resource": id.New(), "from": from}) {
		if !strings.HasPrefix(walk, "occupancies_start_key (resource_id=?") {
			t.Errorf("the highest unit walks %q", walk)
		}
	}
}

// walks are the indices along which SQLite answers, or the tables that it scans.
func (h *house) walks(query string, args ...any) []string {
	h.t.Helper()
	var steps []struct{ Detail string }
	if err := h.DB.In(context.Background()).Raw("EXPLAIN QUERY PLAN "+query, args...).Scan(&steps).Error; err != nil {
		h.t.Fatal(err)
	}
	var walks []string
	for _, s := range steps {
		_, index, ok := strings.Cut(s.Detail, "INDEX ")
		switch {
		case ok:
			walks = append(walks, index)
		case strings.HasPrefix(s.Detail, "SCAN bookings"), strings.HasPrefix(s.Detail, "SCAN o"):
			walks = append(walks, s.Detail)
		}
	}
	return walks
}
