package equipment_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/actor"
	"guildhall/internal/db"
	"guildhall/internal/equipment"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/testkit"
)

const inventory = "name,name_zh,area,slug,type,units,parent,certifications,bookable\n" +
	"Wood shop,木工坊,laser-cutting,wood-shop,room,1,,,\n" +
	"Table saw,台锯,laser-cutting,,,1,wood-shop,\"laser-1/laser-2, FIRE\",\n" +
	",绣花机,laser-cutting,,,2,,,no\n"

func (w workshop) names(t *testing.T) []string {
	t.Helper()
	all, err := w.Resources(t.Context(), w.manager, w.space, equipment.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range all {
		names = append(names, r.Name.In("en"))
	}
	return names
}

func TestAnImportIsLookedAtThenRunOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorkshop(t, d)
		ctx := t.Context()
		preview, err := w.PreviewImport(ctx, w.manager, w.space, "inventory.csv", []byte(inventory))
		if err != nil || preview.Count(imports.Create) != 3 || len(preview.Problems()) != 0 {
			t.Fatalf("preview %+v, %v", preview.Lines, err)
		}
		if got := w.names(t); got != nil {
			t.Errorf("the preview left %v", got)
		}
		done, err := w.RunImport(ctx, w.manager, w.space, preview.Import.ID)
		if err != nil || done.Created != 3 || !done.Done() {
			t.Fatalf("run %+v, %v", done, err)
		}
		if diff := cmp.Diff([]string{"Wood shop", "Table saw", "绣花机"}, w.names(t)); diff != "" {
			t.Error(diff)
		}
		saw, err := w.ResourceAt(ctx, w.manager, w.space, "table-saw")
		if err != nil || saw.ParentID == "" || len(saw.Certifications) != 2 || len(saw.Certifications[0]) != 2 || !saw.Bookable {
			t.Errorf("the saw is %+v, %v", saw, err)
		}
		if _, err := w.RunImport(ctx, w.manager, w.space, preview.Import.ID); !errors.Is(err, imports.ErrDone) {
			t.Errorf("the same import again: %v", err)
		}

		again, err := w.PreviewImport(ctx, w.manager, w.space, "inventory.csv", []byte(inventory))
		if err != nil || again.Count(imports.Unchanged) != 3 {
			t.Errorf("the same file again: %+v, %v", again.Lines, err)
		}
		done, err = w.RunImport(ctx, w.manager, w.space, again.Import.ID)
		if err != nil || done.Created != 0 || done.Unchanged != 3 || len(w.names(t)) != 3 {
			t.Errorf("run again %+v, %v: %v", done, err, w.names(t))
		}
	})
}

func TestEveryMistakeOfAFileIsNamedByItsLine(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorkshop(t, d)
		bad := "name;area;units;parent;certifications;bookable;type\n" +
			"Laser;laser-cutting;many;;;;\n" +
			";nowhere;1;attic;magic;perhaps;rocket\n" +
			"\n" +
			"Kiln;laser-cutting;1;;;;\n" +
			"kiln;laser-cutting;1;;;;;surplus\n"
		p, err := w.PreviewImport(t.Context(), w.manager, w.space, "bad.csv", []byte(bad))
		if err != nil {
			t.Fatal(err)
		}
		type mistake struct {
			Line   int
			Column string
		}
		var got []mistake
		for _, m := range p.Problems() {
			got = append(got, mistake{m.Line, m.Column})
		}
		want := []mistake{{2, "units"}, {3, "area"}, {3, "bookable"}, {3, "parent"}, {3, "certifications"}, {3, "name"}, {3, "type"}, {6, ""}, {6, "slug"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if p.Count(imports.Create) != 1 || p.Count(imports.Refused) != 3 {
			t.Errorf("fates: %+v", p.Lines)
		}
		if _, err := w.RunImport(t.Context(), w.manager, w.space, p.Import.ID); !errors.Is(err, imports.ErrProblems) {
			t.Errorf("run with mistakes: %v", err)
		}
		if got := w.names(t); got != nil {
			t.Errorf("it left %v", got)
		}
	})
}

func TestAPreviewIsTakenUpAgain(t *testing.T) {
	w := newWorkshop(t, testkit.DB(t))
	p, err := w.PreviewImport(t.Context(), w.manager, w.space, "inventory.csv", []byte(inventory))
	if err != nil {
		t.Fatal(err)
	}
	w.add(t, equipment.Details{AreaID: w.laser.ID, Type: equipment.Machine, Name: i18n.Text{EN: "TABLE SAW"}, Units: 1})
	later, err := w.Import(t.Context(), w.manager, w.space, p.Import.ID)
	if err != nil || later.Count(imports.Unchanged) != 1 || later.Count(imports.Create) != 2 {
		t.Errorf("after someone added the saw: %+v, %v", later.Lines, err)
	}
	if _, err := w.Import(t.Context(), w.manager, w.space, id.New()); !errors.Is(err, imports.ErrNoSuchImport) {
		t.Errorf("an import that isn't there: %v", err)
	}
	if _, err := w.Import(t.Context(), as(actor.Desk, w.space), w.space, p.Import.ID); !errors.Is(err, actor.ErrForbidden) {
		t.Errorf("the front desk looks: %v", err)
	}
}
