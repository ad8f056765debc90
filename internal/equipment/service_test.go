package equipment_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/equipment"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/testkit"
)

// world stands in for the domains that equipment asks.
type world struct {
	held    map[id.ID]int
	codes   map[string]id.ID
	written []actor.Operation
}

func (w *world) UnitsAhead(_ context.Context, resource id.ID) (int, error) {
	return w.held[resource], nil
}

func (w *world) Codes(context.Context, id.ID) (map[string]id.ID, error) { return w.codes, nil }

func (w *world) Record(_ context.Context, _ actor.Actor, _ id.ID, op actor.Operation, _ id.ID, _ any) error {
	w.written = append(w.written, op)
	return nil
}

// workshop is a space with a work area, certifications and the service.
type workshop struct {
	*equipment.Service
	world   *world
	clock   *clock.Movable
	space   id.ID
	manager actor.Actor
	laser   equipment.Area
}

func newWorkshop(t *testing.T, d *db.DB) workshop {
	t.Helper()
	w := workshop{world: &world{held: map[id.ID]int{}, codes: map[string]id.ID{}}, clock: testkit.Clock(t, "2027-03-01 08:00"), space: newSpace(t, d, "harbour")}
	for _, code := range []string{"laser-1", "laser-2", "fire"} {
		w.world.codes[code] = newCertification(t, d, w.space, code)
	}
	w.Service = equipment.New(d, w.clock, w.world, w.world, w.world, imports.NewShelf(d, w.clock))
	w.manager = as(actor.Manager, w.space)
	var err error
	w.laser, err = w.AddArea(t.Context(), w.manager, w.space, equipment.AreaDetails{Name: i18n.Text{EN: "Laser cutting", ZH: "激光切割区"}, Family: equipment.Laser})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// newSpace is a row for others to refer to.
func newSpace(t *testing.T, d *db.DB, slug string) id.ID {
	t.Helper()
	space := id.New()
	err := d.Tx(t.Context(), func(ctx context.Context) error {
		return d.In(ctx).Exec(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
			VALUES (?, ?, '{}', '{}', 'community', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 0, 0, 1)`, space, slug).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return space
}

// newCertification is a row for others to refer to.
func newCertification(t *testing.T, d *db.DB, space id.ID, code string) id.ID {
	t.Helper()
	c := id.New()
	err := d.Tx(t.Context(), func(ctx context.Context) error {
		return d.In(ctx).Exec(`INSERT INTO certifications (id, space_id, code, name, about, valid_days, position, version)
			VALUES (?, ?, ?, '{}', '{}', 0, 0, 1)`, c, space, code).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func as(role actor.Role, space id.ID) actor.Actor {
	return actor.Actor{Member: id.New(), Roles: map[id.ID]actor.Role{space: role}}
}

func (w workshop) printer() equipment.Details {
	return equipment.Details{AreaID: w.laser.ID, Type: equipment.Machine, Name: i18n.Text{EN: "FDM printer", ZH: "3D 打印机"}, Units: 6, Bookable: true}
}

func (w workshop) add(t *testing.T, d equipment.Details) equipment.Resource {
	t.Helper()
	r, err := w.Add(t.Context(), w.manager, w.space, d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func fields(err error) []string {
	var names []string
	for _, e := range fault.All(err) {
		names = append(names, e.Field)
	}
	return names
}

func TestAResourceIsAddedAsItIsSaid(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorkshop(t, d)
		details := w.printer()
		details.About = i18n.Text{EN: "  Prints. "}
		details.Certifications = [][]id.ID{{w.world.codes["laser-1"], w.world.codes["laser-2"]}, {}, {w.world.codes["fire"]}}
		r := w.add(t, details)
		stored, err := w.Resource(t.Context(), actor.Actor{}, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, stored); diff != "" {
			t.Error(diff)
		}
		if stored.Slug != "fdm-printer" || stored.Kind != "fdm-printer" || stored.About.EN != "Prints." || stored.Status != equipment.InService ||
			stored.Sharing != equipment.Units || len(stored.Certifications) != 2 {
			t.Errorf("stored %+v", stored)
		}
		again := w.add(t, w.printer())
		if again.Slug != "fdm-printer-2" || again.Position != r.Position+1 {
			t.Errorf("the second is %q at %d", again.Slug, again.Position)
		}
		named := w.printer()
		named.Slug = "fdm-printer"
		if _, err := w.Add(t.Context(), w.manager, w.space, named); !errors.Is(err, equipment.ErrSlugTaken) {
			t.Errorf("a slug that is taken: %v", err)
		}
		chinese := w.printer()
		chinese.Name = i18n.Text{ZH: "激光切割机"}
		if r := w.add(t, chinese); len(r.Slug) != 6 {
			t.Errorf("the Chinese one is at %q", r.Slug)
		}
		at, err := w.ResourceAt(t.Context(), actor.Actor{}, w.space, "fdm-printer-2")
		if err != nil || at.ID != again.ID {
			t.Errorf("by its address: %s, %v", at.ID, err)
		}
	})
}

func TestEverythingWrongWithAResourceIsSaidAtOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorkshop(t, d)
		elsewhere := newSpace(t, d, "elsewhere")
		bad := equipment.Details{
			AreaID: id.New(), ParentID: id.New(), Slug: "Ü", Type: "spaceship", Kind: "A kind", Units: 501, Sharing: "halves",
			Model: strings.Repeat("x", 121), About: i18n.Text{ZH: strings.Repeat("激", 4001)}, Materials: i18n.Text{EN: strings.Repeat("x", 2001)},
			Hazards: i18n.Text{EN: strings.Repeat("x", 2001)}, Certifications: [][]id.ID{{id.New()}},
		}
		_, err := w.Add(t.Context(), w.manager, w.space, bad)
		want := []string{"name", "slug", "kind", "type", "model", "about", "materials", "hazards", "units", "sharing", "area", "parent", "certifications"}
		if diff := cmp.Diff(want, fields(err)); diff != "" {
			t.Error(diff)
		}
		foreign := w.printer()
		if _, err := w.Add(t.Context(), actor.House, elsewhere, foreign); !cmp.Equal(fields(err), []string{"area"}) {
			t.Errorf("another space's area: %v", err)
		}
		twice := w.printer()
		c := w.world.codes["fire"]
		twice.Certifications = [][]id.ID{{c}, {c}}
		if _, err := w.Add(t.Context(), w.manager, w.space, twice); !cmp.Equal(fields(err), []string{"certifications"}) {
			t.Errorf("a certification twice: %v", err)
		}
	})
}

func TestAMachineStandsInARoomOfItsSpaceOnly(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorkshop(t, d)
		room := w.printer()
		room.Type, room.Name, room.Units = equipment.Room, i18n.Text{EN: "Wood shop"}, 1
		shop := w.add(t, room)
		saw := w.printer()
		saw.Name, saw.ParentID = i18n.Text{EN: "Table saw"}, shop.ID
		machine := w.add(t, saw)

		for name, c := range map[string]struct {
			resource equipment.Resource
			change   func(*equipment.Details)
			want     string
		}{
			"a machine is no room":           {shop, func(d *equipment.Details) { d.ParentID = machine.ID }, "parent"},
			"nothing stands in itself":       {shop, func(d *equipment.Details) { d.ParentID = shop.ID }, "parent"},
			"nor in a room that isn't there": {machine, func(d *equipment.Details) { d.ParentID = id.New() }, "parent"},
			"a room in use stays a room":     {shop, func(d *equipment.Details) { d.Type = equipment.Desk }, "type"},
		} {
			t.Run(name, func(t *testing.T) {
				d := c.resource.Details()
				c.change(&d)
				if _, err := w.Edit(t.Context(), w.manager, c.resource.ID, d); !cmp.Equal(fields(err), []string{c.want}) {
					t.Errorf("got %v, want a refusal on %q", err, c.want)
				}
			})
		}
		inner := room
		inner.Name, inner.ParentID = i18n.Text{EN: "Corner"}, shop.ID
		corner := w.add(t, inner)
		nested := saw
		nested.ParentID = corner.ID
		if _, err := w.Add(t.Context(), w.manager, w.space, nested); !cmp.Equal(fields(err), []string{"parent"}) {
			t.Errorf("a room in a room: %v", err)
		}
		inside, err := w.Resources(t.Context(), w.manager, w.space, equipment.Filter{Parent: shop.ID})
		if err != nil || len(inside) != 2 {
			t.Errorf("%d things in the wood shop, %v", len(inside), err)
		}
		whole, err := w.Resources(t.Context(), w.manager, w.space, equipment.Filter{Rooms: []id.ID{shop.ID, id.New()}})
		if err != nil || len(whole) != 3 {
			t.Errorf("the wood shop with what is in it is %d things, %v", len(whole), err)
		}
	})
}

func TestUnitsDoNotShrinkBelowWhatIsBooked(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorkshop(t, d)
		r := w.add(t, w.printer())
		w.world.held[r.ID] = 4
		fewer := r.Details()
		fewer.Units = 3
		if _, err := w.Edit(t.Context(), w.manager, r.ID, fewer); !errors.Is(err, equipment.ErrUnitsBooked) {
			t.Errorf("three, with four booked: %v", err)
		}
		fewer.Units = 4
		now, err := w.Edit(t.Context(), w.manager, r.ID, fewer)
		if err != nil || now.Units != 4 || now.Version != 2 {
			t.Errorf("four: %+v, %v", now, err)
		}
		if _, err := w.Edit(t.Context(), w.manager, r.ID, fewer); !errors.Is(err, equipment.ErrStale) {
			t.Errorf("an old copy: %v", err)
		}
		kept, err := w.Resource(t.Context(), w.manager, r.ID)
		if err != nil || !cmp.Equal(kept, now) {
			t.Errorf("what was refused left a trace: %s %v", cmp.Diff(now, kept), err)
		}
	})
}

func TestAMachineGoesOutOfServiceAndComesBack(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorkshop(t, d)
		r := w.add(t, w.printer())
		until := w.clock.Now().Add(48 * time.Hour)
		instructor := as(actor.Instructor, w.space)
		_, err := w.TakeOut(t.Context(), instructor, r.ID, equipment.Outage{Version: 1, Until: w.clock.Now()})
		if diff := cmp.Diff([]string{"reason", "until"}, fields(err)); diff != "" {
			t.Error(diff)
		}
		out, err := w.TakeOut(t.Context(), instructor, r.ID, equipment.Outage{Version: 1, Until: until, Reason: i18n.Text{EN: "mirror damaged", ZH: "反射镜损坏"}})
		if err != nil {
			t.Fatal(err)
		}
		if !out.OutAt(w.clock.Now()) || !out.OutAt(until.Add(-time.Second)) || out.OutAt(until) {
			t.Errorf("it is out now %v, until the last second %v, then %v", out.OutAt(w.clock.Now()), out.OutAt(until.Add(-time.Second)), out.OutAt(until))
		}
		listed, err := w.Resources(t.Context(), actor.Actor{}, w.space, equipment.Filter{Status: equipment.OutOfService})
		if err != nil || len(listed) != 1 || listed[0].OutReason.ZH != "反射镜损坏" {
			t.Errorf("listed %+v, %v", listed, err)
		}
		for _, who := range []actor.Role{actor.Visitor, actor.Member, actor.Instructor, actor.Desk} {
			if _, err := w.PutBack(t.Context(), as(who, w.space), r.ID, out.Version); !errors.Is(err, actor.ErrForbidden) {
				t.Errorf("a %s puts it back: %v", who, err)
			}
		}
		sooner := equipment.Outage{Version: out.Version, Until: until.Add(-time.Hour), Reason: i18n.Text{EN: "mirror damaged"}}
		if _, err := w.TakeOut(t.Context(), instructor, r.ID, sooner); !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("an instructor has it come back sooner: %v", err)
		}
		if out, err = w.TakeOut(t.Context(), w.manager, r.ID, sooner); err != nil {
			t.Errorf("a manager has it come back sooner: %v", err)
		}
		back, err := w.PutBack(t.Context(), w.manager, r.ID, out.Version)
		if err != nil || back.OutAt(w.clock.Now()) || !back.OutReason.Empty() {
			t.Errorf("back: %+v, %v", back, err)
		}
		forever, err := w.TakeOut(t.Context(), instructor, r.ID, equipment.Outage{Version: back.Version, Reason: i18n.Text{EN: "sold"}})
		if err != nil || !forever.OutAt(w.clock.Now().Add(1000*24*time.Hour)) {
			t.Errorf("until further notice: %v", err)
		}
		if got := w.world.written[len(w.world.written)-1]; got != "equipment.out_of_service" {
			t.Errorf("the audit log ends with %s", got)
		}
	})
}

func TestAreasAreKeptWhileSomethingStandsInThem(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorkshop(t, d)
		ctx := t.Context()
		wood, err := w.AddArea(ctx, w.manager, w.space, equipment.AreaDetails{Name: i18n.Text{EN: "Wood"}, Family: equipment.Wood})
		if err != nil || wood.Slug != "wood" || wood.Position != w.laser.Position+1 {
			t.Errorf("added %+v, %v", wood, err)
		}
		_, err = w.AddArea(ctx, w.manager, w.space, equipment.AreaDetails{Slug: "Wood", Family: "magic", Position: -1})
		if diff := cmp.Diff([]string{"name", "slug", "family", "position"}, fields(err)); diff != "" {
			t.Error(diff)
		}
		renamed, err := w.EditArea(ctx, w.manager, w.space, wood.ID, equipment.AreaDetails{Version: 1, Name: i18n.Text{EN: "Timber"}, Family: equipment.Wood, Position: 5})
		if err != nil || renamed.Slug != "wood" || renamed.Version != 2 {
			t.Errorf("renamed %+v, %v", renamed, err)
		}
		if _, err := w.EditArea(ctx, w.manager, w.space, wood.ID, equipment.AreaDetails{Version: 1, Name: i18n.Text{EN: "Wood"}, Family: equipment.Wood}); !errors.Is(err, equipment.ErrStale) {
			t.Errorf("an old copy: %v", err)
		}
		taken := equipment.AreaDetails{Version: 2, Slug: w.laser.Slug, Name: i18n.Text{EN: "Timber"}, Family: equipment.Wood}
		if _, err := w.EditArea(ctx, w.manager, w.space, wood.ID, taken); !errors.Is(err, equipment.ErrSlugTaken) {
			t.Errorf("another's slug: %v", err)
		}
		w.add(t, w.printer())
		if err := w.RemoveArea(ctx, w.manager, w.space, w.laser.ID); !errors.Is(err, equipment.ErrAreaInUse) {
			t.Errorf("an area in use: %v", err)
		}
		if err := w.RemoveArea(ctx, as(actor.Desk, w.space), w.space, wood.ID); !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("the front desk: %v", err)
		}
		if err := w.RemoveArea(ctx, w.manager, w.space, wood.ID); err != nil {
			t.Fatal(err)
		}
		if err := w.RemoveArea(ctx, w.manager, w.space, wood.ID); !errors.Is(err, equipment.ErrNoSuchArea) {
			t.Errorf("removed twice: %v", err)
		}
	})
}

func TestResourcesAreFoundByWordsAreaAndKind(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorkshop(t, d)
		printer := w.printer()
		printer.Model = "MK4_100%"
		w.add(t, printer)
		laser := w.printer()
		laser.Name, laser.Kind = i18n.Text{EN: "Laser", ZH: "激光切割机"}, "co2-laser"
		w.add(t, laser)
		for _, c := range []struct {
			name string
			f    equipment.Filter
			want int
		}{
			{"all", equipment.Filter{}, 2},
			{"a word in any case", equipment.Filter{Words: "lasER"}, 1},
			{"a Chinese word", equipment.Filter{Words: "切割"}, 1},
			{"a model with signs of LIKE", equipment.Filter{Words: "4_1"}, 1},
			{"a percent sign is itself", equipment.Filter{Words: "%"}, 1},
			{"a kind", equipment.Filter{Kind: "co2-laser"}, 1},
			{"an area", equipment.Filter{Area: w.laser.ID}, 2},
			{"another area", equipment.Filter{Area: id.New()}, 0},
			{"rooms", equipment.Filter{Type: equipment.Room}, 0},
		} {
			t.Run(c.name, func(t *testing.T) {
				if got, err := w.Resources(t.Context(), actor.Actor{}, w.space, c.f); err != nil || len(got) != c.want {
					t.Errorf("%d found, want %d, %v", len(got), c.want, err)
				}
			})
		}
	})
}

func TestOnlyManagersEditEquipment(t *testing.T) {
	w := newWorkshop(t, testkit.DB(t))
	r := w.add(t, w.printer())
	stranger, other := actor.Actor{}, as(actor.Owner, "elsewhere")
	for name, c := range map[string]struct {
		by   actor.Actor
		want error
	}{
		"a stranger": {stranger, actor.ErrSignIn}, "the front desk": {as(actor.Desk, w.space), actor.ErrForbidden},
		"an instructor": {as(actor.Instructor, w.space), actor.ErrForbidden}, "another space's owner": {other, actor.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := w.Add(t.Context(), c.by, w.space, w.printer()); !errors.Is(err, c.want) {
				t.Errorf("adds: %v", err)
			}
			if _, err := w.Edit(t.Context(), c.by, r.ID, r.Details()); !errors.Is(err, c.want) {
				t.Errorf("edits: %v", err)
			}
			if _, err := w.PreviewImport(t.Context(), c.by, w.space, "x.csv", nil); !errors.Is(err, c.want) {
				t.Errorf("imports: %v", err)
			}
			if _, err := w.AddArea(t.Context(), c.by, w.space, equipment.AreaDetails{}); !errors.Is(err, c.want) {
				t.Errorf("adds an area: %v", err)
			}
		})
	}
}

func TestNothingJoinsARoomThatIsBooked(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorkshop(t, d)
		room, saw, lathes := w.printer(), w.printer(), w.printer()
		room.Type, room.Name, room.Slug, room.Units = equipment.Room, i18n.Text{EN: "Wood shop"}, "wood-shop", 1
		shop := w.add(t, room)
		outside := w.add(t, saw)
		lathes.Name, lathes.ParentID, lathes.Units = i18n.Text{EN: "Lathe"}, shop.ID, 2
		inside := w.add(t, lathes)
		w.world.held[shop.ID] = 1

		moved, more, fewer := outside.Details(), inside.Details(), inside.Details()
		moved.ParentID, more.Units, fewer.Units = shop.ID, 3, 1
		if _, err := w.Edit(t.Context(), w.manager, outside.ID, moved); !errors.Is(err, equipment.ErrRoomBooked) {
			t.Errorf("moved in: %v", err)
		}
		if _, err := w.Edit(t.Context(), w.manager, inside.ID, more); !errors.Is(err, equipment.ErrRoomBooked) {
			t.Errorf("one more of them: %v", err)
		}
		saw.Name, saw.ParentID = i18n.Text{EN: "Table saw"}, shop.ID
		if _, err := w.Add(t.Context(), w.manager, w.space, saw); !errors.Is(err, equipment.ErrRoomBooked) {
			t.Errorf("a new one: %v", err)
		}
		preview, err := w.PreviewImport(t.Context(), w.manager, w.space, "saws.csv", []byte("name,area,parent\nBandsaw,laser-cutting,wood-shop\n"))
		if problems := preview.Problems(); err != nil || len(problems) != 1 || !errors.Is(problems[0].Fault, equipment.ErrRoomBooked) {
			t.Errorf("from a file: %+v, %v", problems, err)
		}
		now, err := w.Edit(t.Context(), w.manager, inside.ID, fewer)
		if err != nil {
			t.Fatalf("one less of them: %v", err)
		}
		out := now.Details()
		out.ParentID, out.Units = "", 5
		if _, err := w.Edit(t.Context(), w.manager, inside.ID, out); err != nil {
			t.Errorf("moved out: %v", err)
		}
		w.world.held[shop.ID] = 0
		if _, err := w.Edit(t.Context(), w.manager, outside.ID, moved); err != nil {
			t.Errorf("moved in when it is free: %v", err)
		}
	})
}

// One manager makes a machine of the room into which another puts a saw: whoever
// comes second is refused.
func TestARoomThatIsTakenAwayTakesNothingIn(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorkshop(t, d)
		for range 10 {
			room := w.printer()
			room.Type, room.Units = equipment.Room, 1
			shop, saw := w.add(t, room), w.add(t, w.printer())
			machine, inside := shop.Details(), saw.Details()
			machine.Type, inside.ParentID = equipment.Machine, shop.ID
			var refused [2]error
			var both sync.WaitGroup
			both.Go(func() { _, refused[0] = w.Edit(t.Context(), w.manager, shop.ID, machine) })
			both.Go(func() { _, refused[1] = w.Edit(t.Context(), w.manager, saw.ID, inside) })
			both.Wait()
			if (refused[0] == nil) == (refused[1] == nil) {
				t.Fatalf("made a machine: %v; put into it: %v", refused[0], refused[1])
			}
		}
	})
}
