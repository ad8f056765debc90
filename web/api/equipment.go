package api

import (
	"context"
	"net/http"

	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// Money is an amount in minor units.
type Money struct {
	Amount   int64  `json:"amount" doc:"Minor units: cents, fen."`
	Currency string `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217."`
}

func moneyOf(a money.Amount) Money { return Money{a.Minor, a.Currency} }

// Area is a part of a space by trade.
type Area struct {
	ID      id.ID     `json:"id"`
	SpaceID id.ID     `json:"space_id"`
	Slug    string    `json:"slug"`
	Name    i18n.Text `json:"name"`
	Family  string    `json:"family"`
	Version int       `json:"version"`
}

// Resource is a machine, a desk, a room, or a pool of equal ones.
type Resource struct {
	ID             id.ID         `json:"id"`
	SpaceID        id.ID         `json:"space_id"`
	AreaID         id.ID         `json:"area_id"`
	ParentID       id.ID         `json:"parent_id,omitempty" doc:"The room it stands in, where that is booked as a whole."`
	Slug           string        `json:"slug"`
	Type           string        `json:"type" enum:"machine,desk,room"`
	Kind           string        `json:"kind" doc:"Resources of one kind stand in for each other."`
	Name           i18n.Text     `json:"name"`
	Model          string        `json:"model"`
	About          i18n.Text     `json:"about"`
	Materials      i18n.Text     `json:"materials"`
	Hazards        i18n.Text     `json:"hazards"`
	Units          int           `json:"units" doc:"More than one: a pool."`
	Sharing        string        `json:"sharing" enum:"units,places"`
	Bookable       bool          `json:"bookable"`
	Status         string        `json:"status" enum:"in_service,out_of_service"`
	OutUntil       clock.Instant `json:"out_until" nullable:"true"`
	OutReason      i18n.Text     `json:"out_reason"`
	Certifications [][]id.ID     `json:"certifications" doc:"One of each group is asked."`
	Version        int           `json:"version"`
}

// ResourceBody is what a manager says about a resource; what is left out stays.
type ResourceBody struct {
	SpaceID        id.ID      `json:"space_id,omitempty"`
	AreaID         *id.ID     `json:"area_id,omitempty"`
	ParentID       *id.ID     `json:"parent_id,omitempty"`
	Slug           *string    `json:"slug,omitempty"`
	Type           *string    `json:"type,omitempty"`
	Kind           *string    `json:"kind,omitempty"`
	Name           *i18n.Text `json:"name,omitempty"`
	Model          *string    `json:"model,omitempty"`
	About          *i18n.Text `json:"about,omitempty"`
	Materials      *i18n.Text `json:"materials,omitempty"`
	Hazards        *i18n.Text `json:"hazards,omitempty"`
	Units          *int       `json:"units,omitempty"`
	Sharing        *string    `json:"sharing,omitempty"`
	Bookable       *bool      `json:"bookable,omitempty"`
	Certifications *[][]id.ID `json:"certifications,omitempty"`
	Status         *string    `json:"status,omitempty" enum:"in_service,out_of_service"`
	OutUntil       string     `json:"out_until,omitempty"`
	OutReason      *i18n.Text `json:"out_reason,omitempty"`
	Version        int        `json:"version,omitempty"`
}

// Slot is one start, and whether a booking can be had there.
type Slot struct {
	StartsAt   clock.Instant `json:"starts_at"`
	EndsAt     clock.Instant `json:"ends_at"`
	Bookable   bool          `json:"bookable"`
	UnitsFree  int           `json:"units_free"`
	Violations []Violation   `json:"violations"`
}

// Slots are the starts of a window.
type Slots struct {
	Slots []Slot `json:"slots"`
}

type areaInput struct {
	Caller
	Body struct {
		SpaceID id.ID     `json:"space_id,omitempty"`
		Slug    string    `json:"slug,omitempty"`
		Name    i18n.Text `json:"name"`
		Family  string    `json:"family"`
	}
}

type resourcesInput struct {
	Caller
	Of
	Part
	AreaID id.ID  `query:"area_id"`
	Type   string `query:"type" enum:"machine,desk,room"`
	Kind   string `query:"kind"`
	Status string `query:"status" enum:"in_service,out_of_service"`
	Q      string `query:"q" maxLength:"200"`
}

type newResourceInput struct {
	Caller
	Body ResourceBody
}

type editResourceInput struct {
	Caller
	Seen
	ID   id.ID `path:"id"`
	Body ResourceBody
}

type availabilityInput struct {
	Caller
	ID       id.ID  `path:"id"`
	From     string `query:"from" required:"true"`
	To       string `query:"to" required:"true"`
	Length   int    `query:"length" minimum:"0" doc:"Minutes; 0 is the shortest there is."`
	MemberID id.ID  `query:"member_id"`
}

func (a *API) equipment() {
	register(a, "equipment.read", http.MethodGet, "/areas", "The work areas of a space", http.StatusOK,
		func(ctx context.Context, in *listInput) (*body[List[Area]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			areas, err := a.Equipment.Areas(ctx, in.who.by, s.ID)
			if err != nil {
				return nil, err
			}
			return part(each(areas, area), in.Part, func(v Area) string { return v.ID.String() })
		})
	register(a, "equipment.edit", http.MethodPost, "/areas", "Add a work area", http.StatusCreated,
		func(ctx context.Context, in *areaInput) (*body[Area], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			made, err := a.Equipment.AddArea(ctx, in.who.by, s.ID, equipment.AreaDetails{Slug: in.Body.Slug, Name: in.Body.Name, Family: equipment.Family(in.Body.Family)})
			return said(area(made)), err
		})
	register(a, "equipment.read", http.MethodGet, "/resources", "Machines, desks and rooms of a space", http.StatusOK,
		func(ctx context.Context, in *resourcesInput) (*body[List[Resource]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			all, err := a.Equipment.Resources(ctx, in.who.by, s.ID, equipment.Filter{
				Area: in.AreaID, Type: equipment.Type(in.Type), Kind: in.Kind, Status: equipment.Status(in.Status), Words: in.Q,
			})
			if err != nil {
				return nil, err
			}
			return part(each(all, resource), in.Part, func(r Resource) string { return r.ID.String() })
		})
	register(a, "equipment.edit", http.MethodPost, "/resources", "Add a resource", http.StatusCreated,
		func(ctx context.Context, in *newResourceInput) (*body[Resource], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			made, err := a.Equipment.Add(ctx, in.who.by, s.ID, in.Body.over(equipment.Details{Units: 1, Bookable: true, Type: equipment.Machine}))
			return said(resource(made)), err
		})
	register(a, "equipment.import", http.MethodPost, "/resources/import", "Import resources from CSV", http.StatusOK, importer(a, a.Equipment))
	register(a, "equipment.read", http.MethodGet, "/resources/{id}", "One resource", http.StatusOK,
		func(ctx context.Context, in *idInput) (*body[Resource], error) {
			r, err := a.Equipment.Resource(ctx, in.who.by, in.ID)
			return said(resource(r)), err
		})
	register(a, "equipment.out_of_service", http.MethodPatch, "/resources/{id}", "Change a resource, or take it out of service", http.StatusOK, a.editResource)
	register(a, "availability.read", http.MethodGet, "/resources/{id}/availability", "When a resource can be had", http.StatusOK, a.availability)
	a.closures()
	a.settings()
}

func (a *API) editResource(ctx context.Context, in *editResourceInput) (*body[Resource], error) {
	r, err := a.Equipment.Resource(ctx, in.who.by, in.ID)
	if err != nil {
		return nil, err
	}
	seen, err := in.version(in.Body.Version)
	if err != nil {
		return nil, err
	}
	said, d := in.Body, r.Details()
	edited := !unsaid(said.AreaID, said.ParentID, said.Slug, said.Type, said.Kind, said.Name, said.Model, said.About, said.Materials, said.Hazards,
		said.Units, said.Sharing, said.Bookable, said.Certifications)
	if !edited && said.Status == nil {
		return nil, ErrNothing
	}
	if seen != 0 {
		d.Version = seen
	}
	if edited {
		if r, err = a.Equipment.Edit(ctx, in.who.by, in.ID, said.over(d)); err != nil {
			return nil, err
		}
		d.Version = r.Version
	}
	switch deref(in.Body.Status, "") {
	case string(equipment.OutOfService):
		s, err := a.Spaces.Space(ctx, in.who.by, r.SpaceID)
		if err != nil {
			return nil, err
		}
		o := equipment.Outage{Version: d.Version, Reason: deref(in.Body.OutReason, i18n.Text{})}
		if in.Body.OutUntil != "" {
			if o.Until, err = moment(s.Location(), "out_until", in.Body.OutUntil); err != nil {
				return nil, err
			}
		}
		if r, err = a.Equipment.TakeOut(ctx, in.who.by, in.ID, o); err != nil {
			return nil, err
		}
	case string(equipment.InService):
		if r, err = a.Equipment.PutBack(ctx, in.who.by, in.ID, d.Version); err != nil {
			return nil, err
		}
	}
	return &body[Resource]{resource(r)}, nil
}

func (a *API) availability(ctx context.Context, in *availabilityInput) (*body[Slots], error) {
	r, err := a.Equipment.Resource(ctx, in.who.by, in.ID)
	if err != nil {
		return nil, err
	}
	s, err := a.Spaces.Space(ctx, in.who.by, r.SpaceID)
	if err != nil {
		return nil, err
	}
	from, err := moment(s.Location(), "from", in.From)
	if err != nil {
		return nil, err
	}
	to, err := moment(s.Location(), "to", in.To)
	if err != nil {
		return nil, err
	}
	slots, err := a.Booking.Availability(ctx, in.who.by, booking.Window{Space: r.SpaceID, Resource: r.ID, Member: in.MemberID, From: from, To: to, Length: in.Length})
	return said(Slots{each(slots, func(v booking.Slot) Slot {
		return Slot{v.StartsAt, v.EndsAt, v.Bookable, v.UnitsFree, violations(in.printer(), s.Location(), v.Violations)}
	})}), err
}

// over lays what was sent over what there is.
func (b ResourceBody) over(d equipment.Details) equipment.Details {
	d.AreaID, d.ParentID, d.Slug = deref(b.AreaID, d.AreaID), deref(b.ParentID, d.ParentID), deref(b.Slug, d.Slug)
	d.Type, d.Kind = equipment.Type(deref(b.Type, string(d.Type))), deref(b.Kind, d.Kind)
	d.Name, d.Model, d.About = deref(b.Name, d.Name), deref(b.Model, d.Model), deref(b.About, d.About)
	d.Materials, d.Hazards = deref(b.Materials, d.Materials), deref(b.Hazards, d.Hazards)
	d.Units, d.Sharing, d.Bookable = deref(b.Units, d.Units), equipment.Sharing(deref(b.Sharing, string(d.Sharing))), deref(b.Bookable, d.Bookable)
	d.Certifications = deref(b.Certifications, d.Certifications)
	return d
}

func area(v equipment.Area) Area {
	return Area{v.ID, v.SpaceID, v.Slug, v.Name, string(v.Family), v.Version}
}

func resource(r equipment.Resource) Resource {
	asked := r.Certifications
	if asked == nil {
		asked = [][]id.ID{}
	}
	return Resource{
		r.ID, r.SpaceID, r.AreaID, r.ParentID, r.Slug, string(r.Type), r.Kind, r.Name, r.Model, r.About, r.Materials, r.Hazards,
		r.Units, string(r.Sharing), r.Bookable, string(r.Status), r.OutUntil, r.OutReason, asked, r.Version,
	}
}
