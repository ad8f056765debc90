package reports

import (
	"context"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/internal/testkit"
)

// A workshop with a laser, a saw that is out of service and a locker that is let
// by the month. The day is Monday 2027-03-01, UTC; it is 12:00.
var day = clock.Unix(1803859200) // 2027-03-01 00:00 UTC

func at(hour, minute int) clock.Instant { return clock.Unix(day.Unix() + int64(hour*3600+minute*60)) }

func workshop(t *testing.T, d *db.DB) (*Service, actor.Actor) {
	t.Helper()
	space := id.ID("space")
	rows := []string{
		`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version) VALUES ('space','w','{"en":"W"}','{}','community','DE','','','','UTC','EUR',1,0,1)`,
		`INSERT INTO members (id,email,email_key,name,search,locale,phone,created_at,version) VALUES ('mia','m@x.example','m@x.example','Mia','mia','en','',0,1), ('noah','n@x.example','n@x.example','Noah','noah','en','',0,1)`,
		`INSERT INTO areas VALUES ('lab','space','lab','{"en":"Lab"}','laser',1,1)`,
		`INSERT INTO resources (id,space_id,area_id,slug,type,kind,name,model,about,materials,hazards,units,sharing,bookable,status,out_reason,position,created_at,version) VALUES
			('laser','space','lab','laser','machine','laser','{"en":"Laser"}','','{}','{}','{}',2,'units',true,'in_service','{}',1,0,1),
			('saw','space','lab','saw','machine','saw','{"en":"Saw"}','','{}','{}','{}',1,'units',true,'out_of_service','{"en":"Blade"}',2,0,1),
			('locker','space','lab','locker','desk','locker','{"en":"Locker"}','','{}','{}','{}',1,'units',false,'in_service','{}',3,0,1)`,
	}
	err := d.Tx(context.Background(), func(ctx context.Context) error {
		for _, sql := range rows {
			if err := d.In(ctx).Exec(sql).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return New(d, clock.Frozen(at(12, 0))), actor.Actor{Member: "boss", Roles: map[id.ID]actor.Role{space: actor.Manager}}
}

// book puts a booking of 5.00 there as it is.
func book(t *testing.T, d *db.DB, name string, member id.ID, unit int, status string, from, to clock.Instant) {
	t.Helper()
	err := d.Tx(context.Background(), func(ctx context.Context) error {
		return d.In(ctx).Exec(`INSERT INTO bookings (id,space_id,resource_id,unit,places,member_id,booked_by,status,starts_at,ends_at,note,
			price_minor,currency,price_lines,overrides,override_reason,created_at,changed_at,sequence,version)
			VALUES (?,'space','laser',?,1,?,?,?,?,?,'',500,'EUR','[]','[]','',0,0,0,1)`, name, unit, member, member, status, from, to).Error
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheBoardShowsWhatTouchesTheDay(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, boss := workshop(t, d)
		book(t, d, "yesterday", "mia", 1, "done", at(-4, 0), at(0, 0))
		book(t, d, "overnight", "mia", 1, "done", at(-2, 0), at(2, 0))
		book(t, d, "week", "noah", 2, "in_use", at(-72, 0), at(24, 0))
		book(t, d, "morning", "mia", 1, "confirmed", at(11, 0), at(13, 0))
		book(t, d, "given back", "mia", 1, "cancelled", at(15, 0), at(16, 0))
		book(t, d, "tomorrow", "mia", 1, "confirmed", at(24, 0), at(25, 0))

		board, err := s.Board(context.Background(), boss, "space", at(0, 0), at(24, 0))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range board.Rows {
			got = append(got, row.Slug)
			for _, ticket := range row.Tickets {
				mark := ""
				if ticket.Late {
					mark = " late"
				}
				got = append(got, "- "+string(ticket.ID)+" "+ticket.Name+mark)
			}
		}
		want := []string{"laser", "- week Noah", "- overnight Mia", "- morning Mia late", "saw"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if lanes := board.Rows[0].Lanes; lanes != 2 {
			t.Errorf("two at a time lie in %d lanes", lanes)
		}
	})
}

func TestTheCountsAreTheDaysRows(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, boss := workshop(t, d)
		book(t, d, "a", "mia", 1, "in_use", at(11, 0), at(13, 0))
		book(t, d, "b", "mia", 2, "in_use", at(11, 0), at(13, 0))
		book(t, d, "c", "noah", 1, "cancelled", at(14, 0), at(15, 0))
		book(t, d, "d", "noah", 1, "no_show", at(9, 0), at(10, 0))
		got, err := s.Counts(context.Background(), boss, "space", at(0, 0), at(18, 0), at(24, 0))
		if err != nil {
			t.Fatal(err)
		}
		want := Counts{Bookings: 3, InUse: 2, People: 1, FreeAfter: 1, Worth: money.Of(1500, "EUR")}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAMachineHeldInTheEveningIsNotFreeThen(t *testing.T) {
	for name, span := range map[string][2]clock.Instant{
		"within":       {at(19, 0), at(20, 0)},
		"reaching in":  {at(17, 0), at(18, 30)},
		"for two days": {at(-60, 0), at(19, 0)},
		"until then":   {at(17, 0), at(18, 0)},
		"tomorrow":     {at(24, 0), at(25, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Each(t, func(t *testing.T, d *db.DB) {
				s, boss := workshop(t, d)
				hold(t, d, "laser", 2, "booking", "b", span[0], span[1])
				got, err := s.Counts(context.Background(), boss, "space", at(0, 0), at(18, 0), at(24, 0))
				if err != nil {
					t.Fatal(err)
				}
				want := 0
				if name == "until then" || name == "tomorrow" {
					want = 1
				}
				if got.FreeAfter != want {
					t.Errorf("%d are free after 18:00, want %d", got.FreeAfter, want)
				}
			})
		})
	}
}

func TestNeedsNameTheLateTheOverdueAndTheBroken(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, boss := workshop(t, d)
		book(t, d, "late", "mia", 1, "confirmed", at(11, 45), at(13, 0))
		book(t, d, "just begun", "mia", 1, "confirmed", at(11, 55), at(13, 0))
		book(t, d, "overrun", "noah", 2, "in_use", at(10, 0), at(11, 30))
		got, err := s.Needs(context.Background(), boss, "space", 10)
		if err != nil {
			t.Fatal(err)
		}
		var kinds []string
		for _, n := range got {
			kinds = append(kinds, string(n.Kind)+" "+string(n.Subject))
		}
		if diff := cmp.Diff([]string{"overrun overrun", "late late", "out saw"}, kinds); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAMachineOutOfServiceIsNotFreeInTheEveningUntilItIsBack(t *testing.T) {
	for name, c := range map[string]struct {
		until any
		free  int
	}{
		"until further notice": {nil, 1},
		"back at noon":         {at(12, 0), 2},
		"back by the evening":  {at(18, 0), 2},
		"back tomorrow":        {at(24, 0), 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := testkit.DB(t)
			s, boss := workshop(t, d)
			out(t, d, "saw", c.until)
			got, err := s.Counts(context.Background(), boss, "space", at(0, 0), at(18, 0), at(24, 0))
			if err != nil {
				t.Fatal(err)
			}
			if got.FreeAfter != c.free {
				t.Errorf("%d are free after 18:00, want %d", got.FreeAfter, c.free)
			}
		})
	}
}

func TestAnOutageWithAnEndNeedsSomeoneWhileBookingsStandInIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, boss := workshop(t, d)
		book(t, d, "in it", "mia", 1, "confirmed", at(14, 0), at(15, 0))
		book(t, d, "given back", "mia", 1, "cancelled", at(15, 0), at(16, 0))
		book(t, d, "after it", "mia", 1, "confirmed", at(25, 0), at(26, 0))
		out(t, d, "laser", at(24, 0))
		out(t, d, "saw", at(24, 0)) // with nobody on it
		got, err := s.Needs(context.Background(), boss, "space", 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0].Subject != "laser" || got[0].Kind != NeedOut || got[0].Count != 1 || !got[0].EndsAt.Equal(at(24, 0)) {
			t.Errorf("needs are %+v, want the laser with one booking", got)
		}
	})
}

func TestWhatStandsInAnOutageIsListed(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, boss := workshop(t, d)
		book(t, d, "over", "mia", 1, "done", at(9, 0), at(10, 0))
		book(t, d, "late", "mia", 1, "confirmed", at(11, 0), at(13, 0))
		book(t, d, "given back", "mia", 1, "cancelled", at(15, 0), at(16, 0))
		book(t, d, "tomorrow", "noah", 1, "confirmed", at(25, 0), at(26, 0))
		for name, c := range map[string]struct {
			to   clock.Instant
			want []string
		}{
			"for a day":            {at(24, 0), []string{"late Mia"}},
			"until further notice": {clock.Instant{}, []string{"late Mia", "tomorrow Noah"}},
		} {
			standing, err := s.Standing(context.Background(), boss, "space", "laser", at(12, 0), c.to, 10)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, ticket := range standing {
				got = append(got, string(ticket.ID)+" "+ticket.Name)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	})
}

// out takes a resource out of service, until a moment or (nil) further notice.
func out(t *testing.T, d *db.DB, resource string, until any) {
	t.Helper()
	err := d.Tx(context.Background(), func(ctx context.Context) error {
		return d.In(ctx).Exec(`UPDATE resources SET status = 'out_of_service', out_until = ? WHERE id = ?`, until, resource).Error
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAMemberSeesNoBoard(t *testing.T) {
	d := testkit.DB(t)
	s, _ := workshop(t, d)
	member := actor.Actor{Member: "mia", Roles: map[id.ID]actor.Role{"space": actor.Member}}
	if _, err := s.Board(context.Background(), member, "space", at(0, 0), at(24, 0)); err == nil {
		t.Error("a member read the board with everybody's names")
	}
}

func TestWhatIsBehindAPersonIsPagedLatestFirst(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, manager := workshop(t, d)
		for hour, status := range []string{"done", "no_show", "cancelled", "done", "confirmed"} {
			book(t, d, "past-"+strconv.Itoa(hour), "mia", hour+1, status, at(hour, 0), at(hour, 30))
		}
		book(t, d, "ahead", "mia", 1, "confirmed", at(23, 0), at(23, 30))
		var got []string
		for page, more := 1, true; more; page++ {
			var behind []Ahead
			var err error
			if behind, more, err = s.Behind(t.Context(), manager, "space", "mia", page, 2); err != nil {
				t.Fatal(err)
			}
			for _, b := range behind {
				got = append(got, b.Status)
			}
		}
		if diff := cmp.Diff([]string{"confirmed", "done", "no_show", "done"}, got); diff != "" {
			t.Error(diff)
		}
		if _, _, err := s.Behind(t.Context(), actor.Actor{}, "space", "mia", 1, 2); err == nil {
			t.Error("a visitor sees them")
		}
	})
}
