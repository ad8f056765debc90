package equipment

import (
	"context"
	"errors"
	"fmt"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/imports"
)

// What equipment needs of others, in its own words.
type (
	// Bookings knows what is held.
	Bookings interface {
		// UnitsAhead is the highest unit of the resource that is held now or later, 0 if none.
		UnitsAhead(ctx context.Context, resource id.ID) (int, error)
	}
	// Certifications knows what a member can be certified for.
	Certifications interface {
		// Codes are the certifications of a space by their code.
		Codes(ctx context.Context, space id.ID) (map[string]id.ID, error)
	}
	// Audit writes down who did what.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, op actor.Operation, subject id.ID, detail any) error
	}
)

// Operations of the authorisation table that this package asks for.
const (
	opRead   actor.Operation = "equipment.read"
	opEdit   actor.Operation = "equipment.edit"
	opOut    actor.Operation = "equipment.out_of_service"
	opBack   actor.Operation = "equipment.back_in_service"
	opPublic actor.Operation = "public.read"
)

// Service is what one can do with equipment.
type Service struct {
	db             *db.DB
	clock          clock.Clock
	store          store
	bookings       Bookings
	certifications Certifications
	audit          Audit
	imports        *imports.Shelf
	thumbnails     thumbnails
}

// New makes the service.
func New(d *db.DB, c clock.Clock, bookings Bookings, certifications Certifications, audit Audit, shelf *imports.Shelf) *Service {
	return &Service{db: d, clock: c, store: newStore(d), bookings: bookings, certifications: certifications, audit: audit, imports: shelf}
}

// Areas lists the work areas of a space in their order.
func (s *Service) Areas(ctx context.Context, by actor.Actor, space id.ID) ([]Area, error) {
	if err := by.May(opRead, space, "", ErrNoSuchArea); err != nil {
		return nil, err
	}
	areas, err := s.store.areas(ctx, space)
	return areas, fault.Wrap(err, "areas of %s", space)
}

// Area finds a work area of a space.
func (s *Service) Area(ctx context.Context, by actor.Actor, space, area id.ID) (Area, error) {
	if err := by.May(opRead, space, "", ErrNoSuchArea); err != nil {
		return Area{}, err
	}
	a, err := s.store.area(ctx, space, area)
	return a, fault.Wrap(err, "area %s", area)
}

// AddArea makes a work area, last in order unless a position is given.
func (s *Service) AddArea(ctx context.Context, by actor.Actor, space id.ID, d AreaDetails) (Area, error) {
	if err := by.May(opEdit, space, "", ErrNoSuchArea); err != nil {
		return Area{}, err
	}
	d = d.tidy()
	if err := d.check(); err != nil {
		return Area{}, err
	}
	a := Area{ID: id.New(), SpaceID: space, Name: d.Name, Family: d.Family, Position: d.Position, Version: 1}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		others, err := s.store.areas(ctx, space)
		if err != nil {
			return err
		}
		taken := map[string]bool{}
		for _, o := range others {
			taken[o.Slug] = true
			if d.Position == 0 {
				a.Position = max(a.Position, o.Position+1)
			}
		}
		if a.Slug, err = slugFor(d.Slug, d.Name.EN, a.ID, taken); err != nil {
			return err
		}
		if err := s.store.insertArea(ctx, a); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, opEdit, a.ID, map[string]any{"added": a})
	})
	return a, fault.Wrap(mapped(err), "add an area to %s", space)
}

// EditArea changes a work area. It refuses a copy that has grown old with ErrStale.
func (s *Service) EditArea(ctx context.Context, by actor.Actor, space, area id.ID, d AreaDetails) (Area, error) {
	if err := by.May(opEdit, space, "", ErrNoSuchArea); err != nil {
		return Area{}, err
	}
	d = d.tidy()
	if err := d.check(); err != nil {
		return Area{}, err
	}
	var a Area
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		before, err := s.store.area(ctx, space, area)
		if err != nil {
			return err
		}
		if before.Version != d.Version {
			return ErrStale
		}
		a = before
		a.Name, a.Family, a.Position = d.Name, d.Family, d.Position
		if d.Slug != "" {
			a.Slug = d.Slug
		}
		if err := s.store.updateArea(ctx, a); err != nil {
			return err
		}
		a.Version++
		return s.audit.Record(ctx, by, space, opEdit, area, map[string]any{"before": before, "after": a})
	})
	return a, fault.Wrap(mapped(err), "edit area %s", area)
}

// RemoveArea takes away a work area in which nothing stands; otherwise ErrAreaInUse.
func (s *Service) RemoveArea(ctx context.Context, by actor.Actor, space, area id.ID) error {
	if err := by.May(opEdit, space, "", ErrNoSuchArea); err != nil {
		return err
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		n, err := s.store.count(ctx, space, Filter{Area: area})
		if err != nil {
			return err
		}
		if n > 0 {
			return ErrAreaInUse
		}
		if err := s.store.deleteArea(ctx, space, area); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, opEdit, area, map[string]any{"removed": "area"})
	})
	if errors.Is(err, db.ErrReference) {
		err = ErrAreaInUse.Because(err)
	}
	return fault.Wrap(err, "remove area %s", area)
}

// Resources lists what stands in a space, in its order, with certifications.
func (s *Service) Resources(ctx context.Context, by actor.Actor, space id.ID, f Filter) ([]Resource, error) {
	if err := by.May(opRead, space, "", ErrNoSuchResource); err != nil {
		return nil, err
	}
	all, err := s.store.resources(ctx, space, f)
	return all, fault.Wrap(err, "resources of %s", space)
}

// Resource finds one by its id.
func (s *Service) Resource(ctx context.Context, by actor.Actor, resource id.ID) (Resource, error) {
	r, err := s.store.resource(ctx, resource)
	if err != nil {
		return Resource{}, fault.Wrap(err, "resource %s", resource)
	}
	return r, by.May(opRead, r.SpaceID, "", ErrNoSuchResource)
}

// ResourceAt finds one by the slug in its address.
func (s *Service) ResourceAt(ctx context.Context, by actor.Actor, space id.ID, slug string) (Resource, error) {
	if err := by.May(opRead, space, "", ErrNoSuchResource); err != nil {
		return Resource{}, err
	}
	r, err := s.store.resourceAt(ctx, space, slug)
	return r, fault.Wrap(err, "resource at %q", slug)
}

// Add puts a new resource into a space, in service and last in order.
func (s *Service) Add(ctx context.Context, by actor.Actor, space id.ID, d Details) (Resource, error) {
	if err := by.May(opEdit, space, "", ErrNoSuchResource); err != nil {
		return Resource{}, err
	}
	var r Resource
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		taken, last, err := s.store.slugs(ctx, space)
		if err != nil {
			return err
		}
		r, err = s.add(ctx, by, space, d, taken, last+1)
		return err
	})
	return r, fault.Wrap(mapped(err), "add a resource to %s", space)
}

// add is Add inside a transaction, which knows the slugs that are taken and the
// next position. It refuses before it writes anything.
func (s *Service) add(ctx context.Context, by actor.Actor, space id.ID, d Details, taken map[string]bool, position int) (Resource, error) {
	d = d.tidy()
	r := Resource{ID: id.New(), SpaceID: space, Status: InService, Position: position, CreatedAt: s.clock.Now(), Version: 1}
	if err := s.db.Lock(ctx, "resources", d.ParentID); err != nil {
		return Resource{}, err
	}
	if err := s.check(ctx, r, d); err != nil {
		return Resource{}, err
	}
	if err := s.unbooked(ctx, d.ParentID); err != nil {
		return Resource{}, err
	}
	var err error
	if d.Slug, err = slugFor(d.Slug, d.Name.EN, r.ID, taken); err != nil {
		return Resource{}, err
	}
	if d.Kind == "" {
		d.Kind = d.Slug
	}
	r.take(d)
	if err := s.store.insert(ctx, r); err != nil {
		return Resource{}, err
	}
	return r, s.audit.Record(ctx, by, space, opEdit, r.ID, map[string]any{"added": r})
}

// Edit changes what is said about a resource. It refuses a copy that has grown
// old with ErrStale, fewer units than are booked ahead with ErrUnitsBooked, and
// more in a room that is booked ahead with ErrRoomBooked.
func (s *Service) Edit(ctx context.Context, by actor.Actor, resource id.ID, d Details) (Resource, error) {
	d = d.tidy()
	return s.change(ctx, by, opEdit, resource, d.Version, func(ctx context.Context, r *Resource) error {
		if err := s.check(ctx, *r, d); err != nil {
			return err
		}
		if d.Units < r.Units {
			held, err := s.bookings.UnitsAhead(ctx, resource)
			if err != nil {
				return err
			}
			if held > d.Units {
				return ErrUnitsBooked.With("Held", held)
			}
		}
		if d.ParentID != r.ParentID || d.Units > r.Units {
			if err := s.unbooked(ctx, d.ParentID); err != nil {
				return err
			}
		}
		if d.Slug == "" {
			d.Slug = r.Slug
		}
		if d.Kind == "" {
			d.Kind = r.Kind
		}
		r.take(d)
		return nil
	}, d.ParentID)
}

// unbooked refuses to put more into a room that is held now or later: whoever
// holds it was promised all that stands in it.
func (s *Service) unbooked(ctx context.Context, room id.ID) error {
	if room == "" {
		return nil
	}
	held, err := s.bookings.UnitsAhead(ctx, room)
	if err == nil && held > 0 {
		return ErrRoomBooked
	}
	return err
}

// TakeOut takes a resource out of service, until a moment or until further notice.
// Bookings stand; nobody can make new ones before it is back. To have one that is out
// already come back earlier is for those who may put it back.
func (s *Service) TakeOut(ctx context.Context, by actor.Actor, resource id.ID, o Outage) (Resource, error) {
	o.Reason = trim(o.Reason)
	return s.change(ctx, by, opOut, resource, o.Version, func(_ context.Context, r *Resource) error {
		var wrong fault.Many
		if o.Reason.Empty() || longer(o.Reason, 300) {
			wrong.Add(errReason)
		}
		if !o.Until.IsZero() && !o.Until.After(s.clock.Now()) {
			wrong.Add(errUntil)
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		if r.outBeyond(o.Until, s.clock.Now()) {
			if err := by.May(opBack, r.SpaceID, "", ErrNoSuchResource); err != nil {
				return err
			}
		}
		r.Status, r.OutUntil, r.OutReason = OutOfService, o.Until, o.Reason
		return nil
	})
}

// PutBack puts a resource back into service. version is that of the copy it was decided on.
func (s *Service) PutBack(ctx context.Context, by actor.Actor, resource id.ID, version int) (Resource, error) {
	return s.change(ctx, by, opBack, resource, version, func(_ context.Context, r *Resource) error {
		r.backInService()
		return nil
	})
}

// change is the frame of every change to a resource: who, which copy, what, and
// a line in the audit log. It holds the resource, and the room it is to stand in,
// against bookings and other changes meanwhile.
func (s *Service) change(ctx context.Context, by actor.Actor, op actor.Operation, resource id.ID, version int,
	what func(ctx context.Context, r *Resource) error, room ...id.ID,
) (Resource, error) {
	var now Resource
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "resources", append(room, resource)...); err != nil {
			return err
		}
		before, err := s.store.resource(ctx, resource)
		if err != nil {
			return err
		}
		if err := by.May(op, before.SpaceID, "", ErrNoSuchResource); err != nil {
			return err
		}
		if before.Version != version {
			return ErrStale
		}
		now = before
		if err := what(ctx, &now); err != nil {
			return err
		}
		if err := s.store.update(ctx, now); err != nil {
			return err
		}
		now.Version++
		return s.audit.Record(ctx, by, now.SpaceID, op, resource, map[string]any{"before": before, "after": now})
	})
	return now, fault.Wrap(mapped(err), "%s %s", op, resource)
}

// take makes r what d says.
func (r *Resource) take(d Details) {
	r.AreaID, r.ParentID, r.Slug, r.Type, r.Kind = d.AreaID, d.ParentID, d.Slug, d.Type, d.Kind
	r.Name, r.Model, r.About, r.Materials, r.Hazards = d.Name, d.Model, d.About, d.Materials, d.Hazards
	r.Units, r.Sharing, r.Bookable, r.Certifications = d.Units, d.Sharing, d.Bookable, d.Certifications
}

// check says everything that can't be so in this space, r being how it is now.
func (s *Service) check(ctx context.Context, r Resource, d Details) error {
	wrong := d.check()
	if _, err := s.store.area(ctx, r.SpaceID, d.AreaID); errors.Is(err, ErrNoSuchArea) {
		wrong.Add(errArea)
	} else if err != nil {
		return err
	}
	inside, err := s.store.count(ctx, r.SpaceID, Filter{Parent: r.ID})
	if err != nil {
		return err
	}
	if inside > 0 && d.Type != Room {
		wrong.Add(errRoomInUse)
	}
	if d.ParentID != "" {
		parent, err := s.store.resource(ctx, d.ParentID)
		switch {
		case errors.Is(err, ErrNoSuchResource):
			wrong.Add(errParent)
		case err != nil:
			return err
		case parent.SpaceID != r.SpaceID, parent.Type != Room, parent.ID == r.ID:
			wrong.Add(errParent)
		case parent.ParentID != "", inside > 0:
			wrong.Add(errParentNested)
		}
	}
	if len(d.Certifications) > 0 {
		codes, err := s.certifications.Codes(ctx, r.SpaceID)
		if err != nil {
			return err
		}
		known := make(map[id.ID]bool, len(codes))
		for _, c := range codes {
			known[c] = true
		}
		if !allIn(known, d.Certifications) {
			wrong.Add(errCertifications)
		}
	}
	return wrong.Err()
}

func allIn(known map[id.ID]bool, groups [][]id.ID) bool {
	for _, g := range groups {
		for _, c := range g {
			if !known[c] {
				return false
			}
		}
	}
	return true
}

// slugFor is the slug that was asked for, or one made of the name and, where
// that is taken, a number.
func slugFor(asked, name string, own id.ID, taken map[string]bool) (string, error) {
	if asked != "" {
		if taken[asked] {
			return "", ErrSlugTaken
		}
		return asked, nil
	}
	slug := id.Slug(name, own)
	for n := 2; taken[slug]; n++ {
		slug = fmt.Sprintf("%s-%d", id.Slug(name, own), n)
	}
	return slug, nil
}

// mapped turns the database's second wall into the refusal of the first.
func mapped(err error) error {
	if db.IsDuplicate(err, "resources_slug_key") || db.IsDuplicate(err, "areas_slug_key") {
		return ErrSlugTaken.Because(err)
	}
	return err
}
