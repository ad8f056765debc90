package equipment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// store is the only one to touch the tables areas, resources,
// resource_certifications and pictures.
type store struct {
	db *db.DB

	byID   *db.Memory[id.ID, Resource]
	listed *db.Memory[string, []Resource] // by space and filter
}

func newStore(d *db.DB) store {
	return store{
		db:     d,
		byID:   db.NewMemory[id.ID, Resource](d, "resources", "resource_certifications"),
		listed: db.NewMemory[string, []Resource](d, "resources", "resource_certifications"),
	}
}

// batch is how many rows go into one INSERT.
const batch = 500

// row is a Resource as it is stored: no parent and no picture are NULL.
type row struct {
	ID        id.ID
	SpaceID   id.ID
	AreaID    id.ID
	ParentID  *id.ID
	Slug      string
	Type      Type
	Kind      string
	Name      i18n.Text
	Model     string
	About     i18n.Text
	Materials i18n.Text
	Hazards   i18n.Text
	PictureID *id.ID
	Units     int
	Sharing   Sharing
	Bookable  bool
	Status    Status
	OutUntil  clock.Instant
	OutReason i18n.Text
	Position  int
	CreatedAt clock.Instant
	Version   int
}

// TableName is where GORM finds a row.
func (row) TableName() string { return "resources" }

func rowOf(r Resource) row {
	return row{
		ID: r.ID, SpaceID: r.SpaceID, AreaID: r.AreaID, ParentID: nullable(r.ParentID), Slug: r.Slug, Type: r.Type, Kind: r.Kind,
		Name: r.Name, Model: r.Model, About: r.About, Materials: r.Materials, Hazards: r.Hazards, PictureID: nullable(r.PictureID),
		Units: r.Units, Sharing: r.Sharing, Bookable: r.Bookable, Status: r.Status, OutUntil: r.OutUntil, OutReason: r.OutReason,
		Position: r.Position, CreatedAt: r.CreatedAt, Version: r.Version,
	}
}

func (r row) resource() Resource {
	return Resource{
		ID: r.ID, SpaceID: r.SpaceID, AreaID: r.AreaID, ParentID: plain(r.ParentID), Slug: r.Slug, Type: r.Type, Kind: r.Kind,
		Name: r.Name, Model: r.Model, About: r.About, Materials: r.Materials, Hazards: r.Hazards, PictureID: plain(r.PictureID),
		Units: r.Units, Sharing: r.Sharing, Bookable: r.Bookable, Status: r.Status, OutUntil: r.OutUntil, OutReason: r.OutReason,
		Position: r.Position, CreatedAt: r.CreatedAt, Version: r.Version,
	}
}

func nullable(i id.ID) *id.ID {
	if i == "" {
		return nil
	}
	return &i
}

func plain(i *id.ID) id.ID {
	if i == nil {
		return ""
	}
	return *i
}

// asked is a row of resource_certifications.
type asked struct {
	ResourceID      id.ID
	CertificationID id.ID
	Choice          int
}

// TableName is where GORM finds what is asked.
func (asked) TableName() string { return "resource_certifications" }

func (s store) areas(ctx context.Context, space id.ID) ([]Area, error) {
	return gorm.G[Area](s.db.In(ctx)).Where("space_id = ?", space).Order("position, id").Find(ctx)
}

func (s store) area(ctx context.Context, space, area id.ID) (Area, error) {
	a, err := gorm.G[Area](s.db.In(ctx)).Where("id = ? AND space_id = ?", area, space).Take(ctx)
	return a, missing(err, ErrNoSuchArea)
}

func (s store) insertArea(ctx context.Context, a Area) error {
	return gorm.G[Area](s.db.In(ctx)).Create(ctx, &a)
}

func (s store) updateArea(ctx context.Context, a Area) error {
	was := a.Version
	a.Version++
	err := db.One(gorm.G[Area](s.db.In(ctx)).Where("id = ? AND version = ?", a.ID, was).
		Select("slug", "name", "family", "position", "version").Updates(ctx, a))
	return missing(err, ErrStale)
}

func (s store) deleteArea(ctx context.Context, space, area id.ID) error {
	err := db.One(gorm.G[Area](s.db.In(ctx)).Where("id = ? AND space_id = ?", area, space).Delete(ctx))
	return missing(err, ErrNoSuchArea)
}

func (s store) filtered(ctx context.Context, space id.ID, f Filter) gorm.ChainInterface[row] {
	q := gorm.G[row](s.db.In(ctx)).Where("space_id = ?", space)
	if f.Area != "" {
		q = q.Where("area_id = ?", f.Area)
	}
	if f.Parent != "" {
		q = q.Where("parent_id = ?", f.Parent)
	}
	if len(f.Rooms) > 0 {
		q = q.Where("(id IN ? OR parent_id IN ?)", f.Rooms, f.Rooms)
	}
	if f.Type != "" {
		q = q.Where("type = ?", f.Type)
	}
	if f.Kind != "" {
		q = q.Where("kind = ?", f.Kind)
	}
	if f.Status != "" {
		q = q.Where("status = ?", f.Status)
	}
	if words := strings.TrimSpace(f.Words); words != "" {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(words)) + "%"
		q = q.Where(`(LOWER(name) LIKE ? ESCAPE '\' OR LOWER(model) LIKE ? ESCAPE '\' OR kind LIKE ? ESCAPE '\')`, like, like, like)
	}
	return q
}

func (s store) count(ctx context.Context, space id.ID, f Filter) (int, error) {
	n, err := s.filtered(ctx, space, f).Count(ctx, "id")
	return int(n), err
}

func (s store) resources(ctx context.Context, space id.ID, f Filter) ([]Resource, error) {
	list, err := s.listed.Recall(ctx, fmt.Sprintf("%s %q", space, f), func(ctx context.Context) ([]Resource, error) { return s.list(ctx, space, f) })
	return slices.Clone(list), err
}

func (s store) list(ctx context.Context, space id.ID, f Filter) ([]Resource, error) {
	rows, err := s.filtered(ctx, space, f).Order("position, id").Find(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	all, err := gorm.G[asked](s.db.In(ctx)).
		Where("resource_id IN (SELECT id FROM resources WHERE space_id = ?)", space).
		Order("resource_id, choice, certification_id").Find(ctx)
	if err != nil {
		return nil, err
	}
	of := map[id.ID][]asked{}
	for _, a := range all {
		of[a.ResourceID] = append(of[a.ResourceID], a)
	}
	resources := make([]Resource, len(rows))
	for i, r := range rows {
		resources[i] = r.resource()
		resources[i].Certifications = groups(of[r.ID])
	}
	return resources, nil
}

func (s store) resource(ctx context.Context, resource id.ID) (Resource, error) {
	return s.byID.Recall(ctx, resource, func(ctx context.Context) (Resource, error) {
		return s.whole(ctx, gorm.G[row](s.db.In(ctx)).Where("id = ?", resource))
	})
}

func (s store) resourceAt(ctx context.Context, space id.ID, slug string) (Resource, error) {
	return s.whole(ctx, gorm.G[row](s.db.In(ctx)).Where("space_id = ? AND slug = ?", space, slug))
}

func (s store) whole(ctx context.Context, q gorm.ChainInterface[row]) (Resource, error) {
	found, err := q.Take(ctx)
	if err != nil {
		return Resource{}, missing(err, ErrNoSuchResource)
	}
	all, err := gorm.G[asked](s.db.In(ctx)).Where("resource_id = ?", found.ID).Order("choice, certification_id").Find(ctx)
	r := found.resource()
	r.Certifications = groups(all)
	return r, err
}

// groups gathers what is asked by its choice, in order.
func groups(all []asked) [][]id.ID {
	var gs [][]id.ID
	last := -1
	for _, a := range all {
		if a.Choice != last {
			gs = append(gs, nil)
			last = a.Choice
		}
		gs[len(gs)-1] = append(gs[len(gs)-1], a.CertificationID)
	}
	return gs
}

// slugs are those of a space, and the last position.
func (s store) slugs(ctx context.Context, space id.ID) (map[string]bool, int, error) {
	rows, err := gorm.G[row](s.db.In(ctx)).Select("slug", "position").Where("space_id = ?", space).Find(ctx)
	taken, last := make(map[string]bool, len(rows)), 0
	for _, r := range rows {
		taken[r.Slug] = true
		last = max(last, r.Position)
	}
	return taken, last, err
}

func (s store) insert(ctx context.Context, r Resource) error {
	stored := rowOf(r)
	if err := gorm.G[row](s.db.In(ctx)).Create(ctx, &stored); err != nil {
		return err
	}
	return s.ask(ctx, r)
}

// update writes what can be changed and counts the version up; a version that is
// no longer the stored one is ErrStale.
func (s store) update(ctx context.Context, r Resource) error {
	stored := rowOf(r)
	stored.Version++
	err := db.One(gorm.G[row](s.db.In(ctx)).Where("id = ? AND version = ?", r.ID, r.Version).
		Select("area_id", "parent_id", "slug", "type", "kind", "name", "model", "about", "materials", "hazards", "picture_id",
			"units", "sharing", "bookable", "status", "out_until", "out_reason", "position", "version").
		Updates(ctx, stored))
	if err != nil {
		return missing(err, ErrStale)
	}
	if _, err := gorm.G[asked](s.db.In(ctx)).Where("resource_id = ?", r.ID).Delete(ctx); err != nil {
		return err
	}
	return s.ask(ctx, r)
}

// ask writes which certifications r asks.
func (s store) ask(ctx context.Context, r Resource) error {
	var rows []asked
	for choice, group := range r.Certifications {
		for _, c := range group {
			rows = append(rows, asked{r.ID, c, choice + 1})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return gorm.G[asked](s.db.In(ctx)).CreateInBatches(ctx, &rows, batch)
}

func (s store) insertPicture(ctx context.Context, p Picture) error {
	return gorm.G[Picture](s.db.In(ctx)).Create(ctx, &p)
}

func (s store) picture(ctx context.Context, picture id.ID) (Picture, error) {
	p, err := gorm.G[Picture](s.db.In(ctx)).Where("id = ?", picture).Take(ctx)
	return p, missing(err, ErrNoSuchPicture)
}

func (s store) deletePicture(ctx context.Context, picture id.ID) error {
	_, err := gorm.G[Picture](s.db.In(ctx)).Where("id = ?", picture).Delete(ctx)
	return err
}

// missing gives a row that is not there its name.
func missing(err, name error) error {
	if errors.Is(err, db.ErrNone) {
		return name
	}
	return err
}
