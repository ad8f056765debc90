// Package equipment knows what stands in a space: work areas, machines, desks
// and rooms, what each does and which certification it asks, its picture, and
// whether it is in service. It does not own who holds it when, nor its rules,
// prices and closures: those are booking's.
package equipment

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// The refusals of this package.
var (
	ErrNoSuchArea     = fault.NotFound("equipment.no_area", "There is no such work area.")
	ErrNoSuchResource = fault.NotFound("equipment.none", "There is no such machine, desk or room.")
	ErrNoSuchPicture  = fault.NotFound("equipment.no_picture", "There is no such picture.")
	ErrStale          = fault.Conflict("equipment.stale", "Someone changed this meanwhile. Here is how it is now; make your change again.")
	ErrSlugTaken      = fault.Invalid("slug", "equipment.slug_taken", "Something else in this space has this address. Choose another.")
	ErrAreaInUse      = fault.Conflict("equipment.area_in_use", "Machines, desks or rooms are still in this area. Move them to another first.")
	ErrUnitsBooked    = fault.Invalid("units", "equipment.units_booked", "More of them are booked ahead. Move those bookings first, or keep at least {{.Held}}.")
	ErrRoomBooked     = fault.Invalid("parent", "equipment.room_booked", "The room is booked or closed ahead, with all that stands in it. Move those bookings and lift those closures first, or wait until they are over.")
)

// Type is what sort of thing a resource is.
type Type string

// The types.
const (
	Machine Type = "machine"
	Desk    Type = "desk"
	Room    Type = "room"
)

// Types lists them in the order a manager chooses from.
var Types = []Type{Machine, Desk, Room}

// Sharing is what a booking takes of a resource of several units.
type Sharing string

// The ways of sharing.
const (
	Units  Sharing = "units"  // one unit of a pool: any of six printers
	Places Sharing = "places" // one unit for each person: three places at a bench
)

// Status says whether a resource can be used at all.
type Status string

// The statuses.
const (
	InService    Status = "in_service"
	OutOfService Status = "out_of_service"
)

// Family is the trade of a work area; it gives the area its colour and sign.
type Family string

// The families.
const (
	Laser       Family = "laser"
	Wood        Family = "wood"
	Metal       Family = "metal"
	Print       Family = "print"
	Electronics Family = "electronics"
	Textile     Family = "textile"
	Rooms       Family = "rooms"
)

// Families lists them in the order a manager chooses from.
var Families = []Family{Laser, Wood, Metal, Print, Electronics, Textile, Rooms}

// Area is a part of a space by trade.
type Area struct {
	ID       id.ID
	SpaceID  id.ID
	Slug     string
	Name     i18n.Text
	Family   Family
	Position int
	Version  int
}

// AreaDetails is what a manager says about a work area. Version is that of the
// copy they changed. An empty Slug is made from the name.
type AreaDetails struct {
	Version  int
	Slug     string
	Name     i18n.Text
	Family   Family
	Position int
}

// Resource is anything that can be booked: a machine, a desk, a room, or with
// Units above 1 a pool of equal ones. ParentID is the room it stands in, where
// that room is booked as a whole; a parent has no parent itself. Kind is what
// sort of it: resources of one kind stand in for each other.
type Resource struct {
	ID        id.ID
	SpaceID   id.ID
	AreaID    id.ID
	ParentID  id.ID // empty: none
	Slug      string
	Type      Type
	Kind      string
	Name      i18n.Text
	Model     string
	About     i18n.Text
	Materials i18n.Text
	Hazards   i18n.Text
	PictureID id.ID // empty: none
	Units     int
	Sharing   Sharing
	Bookable  bool // false: shown, but let in another way
	Status    Status
	OutUntil  clock.Instant // zero while out of service: until further notice
	OutReason i18n.Text
	Position  int
	CreatedAt clock.Instant
	Version   int
	// Certifications are what a member must hold: one of each group.
	Certifications [][]id.ID
}

// OutAt reports whether it is out of service at this moment.
func (r Resource) OutAt(at clock.Instant) bool {
	return r.Status == OutOfService && (r.OutUntil.IsZero() || at.Before(r.OutUntil))
}

// outBeyond reports whether it is out of service now and for longer than until, which
// is zero for until further notice.
func (r Resource) outBeyond(until, now clock.Instant) bool {
	return r.OutAt(now) && !until.IsZero() && (r.OutUntil.IsZero() || r.OutUntil.After(until))
}

// backInService ends whatever outage there is.
func (r *Resource) backInService() {
	r.Status, r.OutUntil, r.OutReason = InService, clock.Instant{}, i18n.Text{}
}

// Details is what a manager says about a resource. Version is that of the copy
// they changed; it is not looked at for a new one. An empty Slug is made from
// the name, an empty Kind from the slug.
type Details struct {
	Version        int
	AreaID         id.ID
	ParentID       id.ID
	Slug           string
	Type           Type
	Kind           string
	Name           i18n.Text
	Model          string
	About          i18n.Text
	Materials      i18n.Text
	Hazards        i18n.Text
	Units          int
	Sharing        Sharing
	Bookable       bool
	Certifications [][]id.ID
}

// Details is what a form for this resource starts from.
func (r Resource) Details() Details {
	return Details{
		Version: r.Version, AreaID: r.AreaID, ParentID: r.ParentID, Slug: r.Slug, Type: r.Type, Kind: r.Kind,
		Name: r.Name, Model: r.Model, About: r.About, Materials: r.Materials, Hazards: r.Hazards,
		Units: r.Units, Sharing: r.Sharing, Bookable: r.Bookable, Certifications: r.Certifications,
	}
}

// Outage takes a resource out of service: until a moment, or with a zero Until
// until further notice.
type Outage struct {
	Version int
	Until   clock.Instant
	Reason  i18n.Text
}

// Filter chooses resources of a space; its zero value is all of them.
type Filter struct {
	Area   id.ID
	Parent id.ID   // what stands in this room
	Rooms  []id.ID // these rooms and what stands in them
	Type   Type
	Kind   string
	Status Status
	Words  string // in the name, the model or the kind
}

var (
	errName           = fault.Invalid("name", "equipment.name", "Give it a name of at most 80 characters, in one language at least.")
	errSlug           = fault.Invalid("slug", "equipment.slug", "Use 2 to 60 small letters, digits and hyphens.")
	errKind           = fault.Invalid("kind", "equipment.kind", "Use at most 60 small letters, digits and hyphens, such as co2-laser-100w.")
	errArea           = fault.Invalid("area", "equipment.area", "Choose a work area of this space.")
	errFamily         = fault.Invalid("family", "equipment.family", "Choose one of the trades.")
	errPosition       = fault.Invalid("position", "equipment.position", "Give a whole number from 0 to 10,000.")
	errType           = fault.Invalid("type", "equipment.type", "Choose machine, desk or room.")
	errModel          = fault.Invalid("model", "equipment.model", "Keep the model under 120 characters.")
	errAbout          = fault.Invalid("about", "equipment.about", "Keep this under 4,000 characters.")
	errMaterials      = fault.Invalid("materials", "equipment.materials", "Keep this under 2,000 characters.")
	errHazards        = fault.Invalid("hazards", "equipment.hazards", "Keep this under 2,000 characters.")
	errUnits          = fault.Invalid("units", "equipment.units", "Give a whole number from 1 to 500.")
	errSharing        = fault.Invalid("sharing", "equipment.sharing", "Choose whether a booking takes one unit or one place for each person.")
	errParent         = fault.Invalid("parent", "equipment.parent", "Choose a room of this space, and not the thing itself.")
	errParentNested   = fault.Invalid("parent", "equipment.parent_nested", "Rooms are not nested: a room that holds machines stands in no other room.")
	errRoomInUse      = fault.Invalid("type", "equipment.room_in_use", "Other things stand in this room. Move them out before it becomes something else.")
	errCertifications = fault.Invalid("certifications", "equipment.certifications", "Choose certifications of this space, each once.")
	errReason         = fault.Invalid("reason", "equipment.reason", "Say in a few words why, under 300 characters: members read it.")
	errUntil          = fault.Invalid("until", "equipment.until", "Choose a moment that is still to come, or leave it empty.")
)

var (
	slugShape = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])$`)
	kindShape = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$`)
)

// check says everything about a resource that can't be so whatever else is in the space.
func (d Details) check() fault.Many {
	var wrong fault.Many
	if d.Name.Empty() || longer(d.Name, 80) {
		wrong.Add(errName)
	}
	if !d.Name.Line() {
		wrong.Add(i18n.ErrLine)
	}
	if d.Slug != "" && !slugShape.MatchString(d.Slug) {
		wrong.Add(errSlug)
	}
	if d.Kind != "" && !kindShape.MatchString(d.Kind) {
		wrong.Add(errKind)
	}
	if !slices.Contains(Types, d.Type) {
		wrong.Add(errType)
	}
	if utf8.RuneCountInString(d.Model) > 120 {
		wrong.Add(errModel)
	}
	if longer(d.About, 4000) {
		wrong.Add(errAbout)
	}
	if longer(d.Materials, 2000) {
		wrong.Add(errMaterials)
	}
	if longer(d.Hazards, 2000) {
		wrong.Add(errHazards)
	}
	if d.Units < 1 || d.Units > 500 {
		wrong.Add(errUnits)
	}
	if d.Sharing != Units && d.Sharing != Places {
		wrong.Add(errSharing)
	}
	seen := map[id.ID]bool{}
	for _, group := range d.Certifications {
		for _, c := range group {
			if seen[c] {
				wrong.Add(errCertifications)
				return wrong
			}
			seen[c] = true
		}
	}
	return wrong
}

// tidy trims what people type around their words and drops empty groups of certifications.
func (d Details) tidy() Details {
	for _, t := range []*i18n.Text{&d.Name, &d.About, &d.Materials, &d.Hazards} {
		*t = trim(*t)
	}
	for _, s := range []*string{&d.Slug, &d.Kind, &d.Model} {
		*s = strings.TrimSpace(*s)
	}
	if d.Sharing == "" {
		d.Sharing = Units
	}
	var groups [][]id.ID
	for _, g := range d.Certifications {
		if len(g) > 0 {
			groups = append(groups, g)
		}
	}
	d.Certifications = groups
	return d
}

// check says everything about a work area that can't be so.
func (d AreaDetails) check() error {
	var wrong fault.Many
	if d.Name.Empty() || longer(d.Name, 80) {
		wrong.Add(errName)
	}
	if !d.Name.Line() {
		wrong.Add(i18n.ErrLine)
	}
	if d.Slug != "" && !slugShape.MatchString(d.Slug) {
		wrong.Add(errSlug)
	}
	if !slices.Contains(Families, d.Family) {
		wrong.Add(errFamily)
	}
	if d.Position < 0 || d.Position > 10_000 {
		wrong.Add(errPosition)
	}
	return wrong.Err()
}

func (d AreaDetails) tidy() AreaDetails {
	d.Name, d.Slug = trim(d.Name), strings.TrimSpace(d.Slug)
	return d
}

func trim(t i18n.Text) i18n.Text {
	return i18n.Text{EN: strings.TrimSpace(t.EN), ZH: strings.TrimSpace(t.ZH)}
}

func longer(t i18n.Text, n int) bool {
	return utf8.RuneCountInString(t.EN) > n || utf8.RuneCountInString(t.ZH) > n
}
