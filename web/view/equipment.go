package view

import (
	"slices"
	"strconv"

	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/id"
	"guildhall/internal/reports"
)

// InventoryProps is a page of what stands in a space.
type InventoryProps struct {
	Rows    []InventoryRow
	Columns []Column
	Areas   []Chip
	States  []Chip
	Words   string
	Query   string // of the address without its page, for the form and the file
	Pager   PagerProps
	Bare    bool // nothing stands in the space yet
}

// InventoryRow is one resource of the list.
type InventoryRow struct {
	Resource equipment.Resource
	Area     equipment.Area
	Asks     []string // the certifications' names, any of a group with a slash between
}

// ResourceForm is a resource as it was typed.
type ResourceForm struct {
	Version                                               string
	Area, Parent, Slug, Type, Kind, Model, Units, Sharing string
	NameEN, NameZH, AboutEN, AboutZH                      string
	MaterialsEN, MaterialsZH, HazardsEN, HazardsZH        string
	Bookable                                              bool
	Asked                                                 map[id.ID]int // the group of each certification that is asked, from 1
}

// ResourceFormOf is the form of a resource as it is stored.
func ResourceFormOf(r equipment.Resource) ResourceForm {
	form := ResourceForm{
		Version: strconv.Itoa(r.Version), Area: r.AreaID.String(), Parent: r.ParentID.String(), Slug: r.Slug, Type: string(r.Type),
		Kind: r.Kind, Model: r.Model, Units: strconv.Itoa(r.Units), Sharing: string(r.Sharing),
		NameEN: r.Name.EN, NameZH: r.Name.ZH, AboutEN: r.About.EN, AboutZH: r.About.ZH, MaterialsEN: r.Materials.EN, MaterialsZH: r.Materials.ZH,
		HazardsEN: r.Hazards.EN, HazardsZH: r.Hazards.ZH, Bookable: r.Bookable, Asked: map[id.ID]int{},
	}
	for i, group := range r.Certifications {
		for _, c := range group {
			form.Asked[c] = i + 1
		}
	}
	return form
}

// groups is how many groups of certifications the form offers: one more than are in use.
func (form ResourceForm) groups() int {
	most := 1
	for _, g := range form.Asked {
		most = max(most, g)
	}
	return most + 1
}

// ResourceProps is the page on which a resource is made or changed; Resource is
// the stored one, zero for one that is to be made.
type ResourceProps struct {
	Resource       equipment.Resource
	Form           ResourceForm
	Areas          []equipment.Area
	Rooms          []equipment.Resource
	Certifications []certifications.Kind
	Outage         OutageForm
	Standing       []reports.Ticket // in the outage, or in the one that is typed
	Errors         Errors
}

// New reports whether the resource is to be made.
func (p ResourceProps) New() bool { return p.Resource.ID == "" }

// OutageForm is an outage as it was typed.
type OutageForm struct{ Day, Time, ReasonEN, ReasonZH string }

// AreasProps are the work areas of a space, and one that is made or changed.
type AreasProps struct {
	Areas  []equipment.Area
	Counts map[id.ID]int // what stands in each
	Edited equipment.Area
	Form   AreaForm
	Errors Errors
}

// AreaForm is a work area as it was typed.
type AreaForm struct{ Version, NameEN, NameZH, Slug, Family, Position string }

// AreaFormOf is the form of an area as it is stored.
func AreaFormOf(a equipment.Area) AreaForm {
	return AreaForm{
		Version: strconv.Itoa(a.Version), NameEN: a.Name.EN, NameZH: a.Name.ZH, Slug: a.Slug, Family: string(a.Family), Position: strconv.Itoa(a.Position),
	}
}

// setupChips are the parts of a space's set-up that have a page.
func setupChips(f Frame, current string) []Chip {
	chip := func(key, path, icon string) Chip {
		return Chip{Label: f.T("spaces.tab." + key), Href: f.At(path), Icon: icon, Current: key == current}
	}
	chips := []Chip{chip("hours", "hours", "clock"), chip("rules", "rules", "list"), chip("areas", "areas", "box"), {Label: f.T("spaces.tab.plans"), Href: f.At("plans", "edit"), Icon: "ticket", Current: current == "plans"}, chip("certifications", "certifications", "badge-check"), chip("documents", "documents", "list"), chip("minors", "minors", "users"), chip("profile-fields", "profile-fields", "list"), chip("front", "front", "eye"), chip("details", "details", "map-pin")}
	if f.May("jobs.read") {
		chips = append(chips, Chip{Label: f.T("spaces.tab.jobs"), Href: "/jobs", Icon: "mail", Current: current == "jobs"})
	}
	return chips
}

func familyOptions(f Frame, chosen string) []Option {
	options := make([]Option, len(equipment.Families))
	for i, family := range equipment.Families {
		options[i] = Option{Value: string(family), Label: f.T("family." + string(family)), Selected: string(family) == chosen}
	}
	return options
}

func areaOptions(f Frame, areas []equipment.Area, chosen string) []Option {
	var options []Option
	if !slices.ContainsFunc(areas, func(a equipment.Area) bool { return a.ID.String() == chosen }) {
		options = append(options, Option{Label: f.T("setup.choose"), Selected: true})
	}
	for _, a := range areas {
		options = append(options, Option{Value: a.ID.String(), Label: f.Words(a.Name), Selected: a.ID.String() == chosen})
	}
	return options
}

func roomOptions(f Frame, rooms []equipment.Resource, chosen string, own id.ID) []Option {
	options := []Option{{Label: f.T("equipment.no_room"), Selected: chosen == ""}}
	for _, r := range rooms {
		if r.ID != own && r.ParentID == "" {
			options = append(options, Option{Value: r.ID.String(), Label: f.Words(r.Name), Selected: r.ID.String() == chosen})
		}
	}
	return options
}

func typeOptions(f Frame, chosen string) []Option {
	options := make([]Option, len(equipment.Types))
	for i, t := range equipment.Types {
		options[i] = Option{Value: string(t), Label: f.T("equipment.type." + string(t)), Selected: string(t) == chosen}
	}
	return options
}

func sharingOptions(f Frame, chosen string) []Option {
	return []Option{
		{Value: string(equipment.Units), Label: f.T("equipment.sharing.units"), Selected: chosen != string(equipment.Places)},
		{Value: string(equipment.Places), Label: f.T("equipment.sharing.places"), Selected: chosen == string(equipment.Places)},
	}
}

// groupOptions are the groups one certification can be in.
func groupOptions(f Frame, form ResourceForm, certification id.ID) []Option {
	chosen := form.Asked[certification]
	options := []Option{{Value: "", Label: f.T("equipment.not_asked"), Selected: chosen == 0}}
	for g := 1; g <= form.groups(); g++ {
		options = append(options, Option{Value: strconv.Itoa(g), Label: f.T("equipment.group", "Letter", string(rune('A'+g-1))), Selected: g == chosen})
	}
	return options
}

// outWords is what a resource's state says in words, "" while it is in service.
func outWords(f Frame, r equipment.Resource) string {
	switch {
	case !r.OutAt(f.Now):
		return ""
	case r.OutUntil.IsZero():
		return f.T("equipment.out")
	}
	return f.T("equipment.out_until", "When", f.DayMoment(r.OutUntil, f.Now, f.Zone))
}

// earliestDay is the first day an outage can end on.
func earliestDay(f Frame) string { return string(clock.DayOf(f.Now, f.Zone)) }

// resourceChips are the parts of a resource's page that the reader may see.
func resourceChips(f Frame, r equipment.Resource, current string) []Chip {
	at := func(parts ...string) string { return f.At(append([]string{"equipment", r.ID.String()}, parts...)...) }
	chips := []Chip{{Label: f.T("equipment.tab.what"), Href: at(), Icon: "wrench", Current: current == "what"}}
	if f.May("rules.edit") {
		chips = append(chips,
			Chip{Label: f.T("equipment.tab.rules"), Href: at("rules"), Icon: "list", Current: current == "rules"},
			Chip{Label: f.T("equipment.tab.prices"), Href: at("prices"), Icon: "ticket", Current: current == "prices"})
	}
	if f.May("closure.edit") {
		chips = append(chips, Chip{Label: f.T("equipment.tab.closures"), Href: at("closures"), Icon: "calendar-x-2", Current: current == "closures"})
	}
	return append(chips, Chip{Label: f.T("equipment.tab.public"), Href: f.At("machines", r.Slug), Icon: "external-link"})
}
