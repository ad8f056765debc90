package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/id"
	"guildhall/internal/picture"
	"guildhall/web/view"
)

// inventoryRows is how many resources a page of the list holds.
const inventoryRows = 50

// inventory lists what stands in the space: by area and state, sorted, in pages.
func (s *Server) inventory(c echo.Context) error {
	ctx, f := c.Request().Context(), s.frame(c)
	areas, err := s.Equipment.Areas(ctx, by(c), f.Space.ID)
	if err != nil {
		return err
	}
	found, err := s.Equipment.Resources(ctx, by(c), f.Space.ID, inventoryFilter(c, areas))
	if err != nil {
		return err
	}
	kinds, err := s.Certifications.Kinds(ctx, f.Space.ID)
	if err != nil {
		return err
	}
	rows := inventoryOf(f, found, areas, kinds)
	address := c.Request().URL.RequestURI()
	p := view.InventoryProps{
		Words: c.QueryParam("q"), Columns: inventoryColumns(f, address, c.QueryParam("sort")),
		Areas: areaChips(f, address, areas, c.QueryParam("area")), States: stateChips(f, address, c.QueryParam("status")),
		Bare: len(found) == 0 && len(c.QueryParams()) == 0,
	}
	if _, query, ok := strings.Cut(view.With(address, "page", ""), "?"); ok {
		p.Query = "?" + query
	}
	sortInventory(f, rows, c.QueryParam("sort"))
	p.Rows, p.Pager = paged(rows, address, c.QueryParam("page"))
	f = f.Titled(f.T("equipment.title"))
	if f.May("equipment.edit") && !p.Bare {
		f.Action = view.Item{Label: f.T("equipment.add"), Icon: "plus", Href: f.At("equipment", "new")}
	}
	return s.page(c, f, view.Inventory(f, p))
}

func inventoryFilter(c echo.Context, areas []equipment.Area) equipment.Filter {
	q := equipment.Filter{Words: c.QueryParam("q")}
	for _, a := range areas {
		if a.ID.String() == c.QueryParam("area") {
			q.Area = a.ID
		}
	}
	if status := equipment.Status(c.QueryParam("status")); status == equipment.InService || status == equipment.OutOfService {
		q.Status = status
	}
	return q
}

// inventoryFile is the list as a file, in the columns that an import reads.
func (s *Server) inventoryFile(c echo.Context) error {
	ctx, space := c.Request().Context(), here(c)
	areas, err := s.Equipment.Areas(ctx, by(c), space.ID)
	if err != nil {
		return err
	}
	var b strings.Builder
	if err := s.Equipment.Export(ctx, by(c), space.ID, inventoryFilter(c, areas), &b); err != nil {
		return err
	}
	name := space.Slug + "-equipment-" + string(clock.DayOf(s.Clock.Now(), space.Location())) + ".csv"
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return c.Blob(http.StatusOK, "text/csv; charset=utf-8", []byte(b.String()))
}

func inventoryOf(f view.Frame, found []equipment.Resource, areas []equipment.Area, kinds []certifications.Kind) []view.InventoryRow {
	names := map[id.ID]string{}
	for _, k := range kinds {
		names[k.ID] = f.Words(k.Name)
	}
	rows := make([]view.InventoryRow, len(found))
	for i, r := range found {
		rows[i].Resource = r
		for _, a := range areas {
			if a.ID == r.AreaID {
				rows[i].Area = a
			}
		}
		for _, group := range r.Certifications {
			any := make([]string, len(group))
			for j, g := range group {
				any[j] = names[g]
			}
			rows[i].Asks = append(rows[i].Asks, strings.Join(any, " / "))
		}
	}
	return rows
}

// sortInventory orders the rows by "name", "area", "type" or "status", downwards
// with a minus before it, and else as the space has them.
func sortInventory(f view.Frame, rows []view.InventoryRow, by string) {
	words := collate.New(language.Make(f.Locale))
	column, down := strings.CutPrefix(by, "-")
	compare := map[string]func(a, b view.InventoryRow) int{
		"name": func(a, b view.InventoryRow) int {
			return words.CompareString(f.Words(a.Resource.Name), f.Words(b.Resource.Name))
		},
		"area":   func(a, b view.InventoryRow) int { return cmp.Compare(a.Area.Position, b.Area.Position) },
		"type":   func(a, b view.InventoryRow) int { return cmp.Compare(a.Resource.Type, b.Resource.Type) },
		"status": func(a, b view.InventoryRow) int { return cmp.Compare(a.Resource.Status, b.Resource.Status) },
	}[column]
	if down {
		column = "-"
	}
	if compare == nil {
		return
	}
	slices.SortStableFunc(rows, func(a, b view.InventoryRow) int {
		if column == "-" {
			return compare(b, a)
		}
		return compare(a, b)
	})
}

func inventoryColumns(f view.Frame, address, sorted string) []view.Column {
	column := func(key string) view.Column {
		c := view.Column{Label: f.T("equipment.column." + key), Sort: view.With(view.With(address, "sort", key), "page", "")}
		switch sorted {
		case key:
			c.Order, c.Sort = "ascending", view.With(c.Sort, "sort", "-"+key)
		case "-" + key:
			c.Order = "descending"
		}
		return c
	}
	return []view.Column{column("name"), column("area"), column("type"), {Label: f.T("equipment.column.asks")}, column("status")}
}

func areaChips(f view.Frame, address string, areas []equipment.Area, chosen string) []view.Chip {
	address = view.With(address, "page", "")
	chips := []view.Chip{{Label: f.T("equipment.all_areas"), Href: view.With(address, "area", ""), Current: chosen == ""}}
	for _, a := range areas {
		chips = append(chips, view.Chip{
			Label: f.Words(a.Name), Href: view.With(address, "area", a.ID.String()), Icon: view.FamilySign(a.Family),
			Class: string(a.Family), Current: a.ID.String() == chosen,
		})
	}
	return chips
}

func stateChips(f view.Frame, address, chosen string) []view.Chip {
	address = view.With(address, "page", "")
	chip := func(key, value string) view.Chip {
		return view.Chip{Label: f.T(key), Href: view.With(address, "status", value), Current: chosen == value}
	}
	return []view.Chip{chip("equipment.all_states", ""), chip("equipment.in_service", string(equipment.InService)), chip("equipment.out", string(equipment.OutOfService))}
}

// paged is one page of rows, and the way to the others.
func paged[T any](rows []T, address, page string) ([]T, view.PagerProps) {
	at, _ := strconv.Atoi(page)
	last := max(1, (len(rows)+inventoryRows-1)/inventoryRows)
	at = min(max(at, 1), last)
	p := view.PagerProps{Total: len(rows)}
	if at > 1 {
		p.Prev = view.With(address, "page", strconv.Itoa(at-1))
	}
	if at < last {
		p.Next = view.With(address, "page", strconv.Itoa(at+1))
	}
	return rows[(at-1)*inventoryRows : min(at*inventoryRows, len(rows))], p
}

// resourceNew is the form for a resource that is to be made.
func (s *Server) resourceNew(c echo.Context) error {
	f := s.resourceFrame(c, equipment.Resource{})
	p, err := s.resourceProps(c, equipment.Resource{})
	if err != nil {
		return err
	}
	p.Form = view.ResourceForm{Type: string(equipment.Machine), Units: "1", Bookable: true, Area: c.QueryParam("area")}
	return s.page(c, f, view.Resource(f, p))
}

func (s *Server) resourceFrame(c echo.Context, r equipment.Resource) view.Frame {
	f := s.frame(c)
	title := f.T("equipment.add")
	if r.ID != "" {
		title = f.Words(r.Name)
	}
	return f.Titled(title).Under(f.At("equipment"))
}

// resourceProps is what the page of r needs besides its form; r is zero for one that is to be made.
func (s *Server) resourceProps(c echo.Context, r equipment.Resource) (view.ResourceProps, error) {
	ctx, space := c.Request().Context(), here(c).ID
	p := view.ResourceProps{Resource: r, Form: view.ResourceFormOf(r)}
	var err error
	if p.Areas, err = s.Equipment.Areas(ctx, by(c), space); err != nil {
		return p, err
	}
	if p.Rooms, err = s.Equipment.Resources(ctx, by(c), space, equipment.Filter{Type: equipment.Room}); err != nil {
		return p, err
	}
	if p.Certifications, err = s.Certifications.Kinds(ctx, space); err != nil || r.ID == "" {
		return p, err
	}
	return p, s.standing(c, &p)
}

// standingShown is how many bookings are listed that stand in an outage.
const standingShown = 500

// standing lists the bookings in the outage there is, or in the one that is typed.
func (s *Server) standing(c echo.Context, p *view.ResourceProps) error {
	now, until := s.Clock.Now(), p.Resource.OutUntil
	if !p.Resource.OutAt(now) {
		p.Outage = outageForm(c)
		var err error
		if until, err = momentOf(here(c).Location(), p.Outage.Day, p.Outage.Time); err != nil {
			return nil // the form says so once it is sent
		}
	}
	var err error
	p.Standing, err = s.Reports.Standing(c.Request().Context(), by(c), p.Resource.SpaceID, p.Resource.ID, now, until, standingShown)
	return err
}

// outageForm is an outage as it is typed.
func outageForm(c echo.Context) view.OutageForm {
	return view.OutageForm{Day: c.FormValue("until_day"), Time: c.FormValue("until_time"), ReasonEN: c.FormValue("reason_en"), ReasonZH: c.FormValue("reason_zh")}
}

// resourceHere is the resource of the address, if it stands in the space of the address.
func (s *Server) resourceHere(c echo.Context) (equipment.Resource, error) {
	r, err := s.Equipment.Resource(c.Request().Context(), by(c), id.ID(c.Param("resource")))
	if err == nil && r.SpaceID != here(c).ID {
		err = equipment.ErrNoSuchResource
	}
	return r, err
}

func (s *Server) resourceCreate(c echo.Context) error {
	form, err := readResource(c)
	if err != nil {
		return err
	}
	f := s.resourceFrame(c, equipment.Resource{})
	r, err := s.Equipment.Add(c.Request().Context(), by(c), f.Space.ID, detailsFrom(form))
	if err == nil {
		return s.redirect(c, f.At("equipment", r.ID.String()), view.Flash{Text: f.T("equipment.added", "Name", r.Name)})
	}
	p, propsErr := s.resourceProps(c, equipment.Resource{})
	if propsErr != nil {
		return propsErr
	}
	p.Form = form
	return s.resourceAgain(c, f, err, p)
}

// resource is the page on which a resource is looked after.
func (s *Server) resource(c echo.Context) error {
	r, err := s.resourceHere(c)
	if err != nil {
		return err
	}
	p, err := s.resourceProps(c, r)
	if err != nil {
		return err
	}
	f := s.resourceFrame(c, r)
	return s.page(c, f, view.Resource(f, p))
}

func (s *Server) resourceSave(c echo.Context) error {
	form, err := readResource(c)
	if err != nil {
		return err
	}
	return s.resourceChange(c, "equipment.saved", func(r equipment.Resource) (equipment.Resource, error) {
		return s.Equipment.Edit(c.Request().Context(), by(c), r.ID, detailsFrom(form))
	}, func(p *view.ResourceProps) { p.Form = form })
}

// resourceOut takes a resource out of service.
func (s *Server) resourceOut(c echo.Context) error {
	typed := outageForm(c)
	return s.resourceChange(c, "equipment.taken_out", func(r equipment.Resource) (equipment.Resource, error) {
		until, err := momentOf(here(c).Location(), typed.Day, typed.Time)
		if err != nil {
			return r, err
		}
		return s.Equipment.TakeOut(c.Request().Context(), by(c), r.ID,
			equipment.Outage{Version: number[int](c, "version"), Until: until, Reason: textOf(c, "reason")})
	}, func(p *view.ResourceProps) { p.Outage = typed })
}

// resourceBack puts a resource back into service.
func (s *Server) resourceBack(c echo.Context) error {
	return s.resourceChange(c, "equipment.put_back_done", func(r equipment.Resource) (equipment.Resource, error) {
		return s.Equipment.PutBack(c.Request().Context(), by(c), r.ID, number[int](c, "version"))
	}, nil)
}

// resourcePicture hangs the picture that was sent, or takes the one there away.
func (s *Server) resourcePicture(c echo.Context) error {
	return s.resourceChange(c, "equipment.picture_done", func(r equipment.Resource) (equipment.Resource, error) {
		if _, err := c.MultipartForm(); err != nil {
			return r, picture.ErrType.Because(err)
		}
		version := number[int](c, "version")
		if c.FormValue("remove") != "" {
			return s.Equipment.RemovePicture(c.Request().Context(), by(c), r.ID, version)
		}
		head, err := c.FormFile("file")
		if err != nil {
			return r, picture.ErrType.Because(err)
		}
		file, err := head.Open()
		if err != nil {
			return r, err
		}
		defer file.Close()
		return s.Equipment.SetPicture(c.Request().Context(), by(c), r.ID, version, file)
	}, nil)
}

// resourceChange is the frame of every post to a resource's page: do it, say so,
// or show the page again with what was typed.
func (s *Server) resourceChange(c echo.Context, said string,
	do func(equipment.Resource) (equipment.Resource, error), typed func(*view.ResourceProps),
) error {
	r, err := s.resourceHere(c)
	if err != nil {
		return err
	}
	f := s.resourceFrame(c, r)
	now, err := do(r)
	if err == nil {
		return s.redirect(c, f.At("equipment", r.ID.String()), view.Flash{Text: f.T(said, "Name", now.Name)})
	}
	p, propsErr := s.resourceProps(c, r)
	if propsErr != nil {
		return propsErr
	}
	if typed != nil && !errors.Is(err, equipment.ErrStale) {
		typed(&p)
	}
	return s.resourceAgain(c, f, err, p)
}

func (s *Server) resourceAgain(c echo.Context, f view.Frame, err error, p view.ResourceProps) error {
	return s.again(c, err, f, func(f view.Frame, e view.Errors) templ.Component {
		p.Errors = e
		return view.Resource(f, p)
	})
}

// readResource takes a resource's form as it was typed.
func readResource(c echo.Context) (view.ResourceForm, error) {
	values, err := c.FormParams()
	form := view.ResourceForm{
		Version: c.FormValue("version"), Area: c.FormValue("area"), Parent: c.FormValue("parent"), Slug: c.FormValue("slug"),
		Type: c.FormValue("type"), Kind: c.FormValue("kind"), Model: c.FormValue("model"), Units: c.FormValue("units"), Sharing: c.FormValue("sharing"),
		NameEN: c.FormValue("name_en"), NameZH: c.FormValue("name_zh"), AboutEN: c.FormValue("about_en"), AboutZH: c.FormValue("about_zh"),
		MaterialsEN: c.FormValue("materials_en"), MaterialsZH: c.FormValue("materials_zh"),
		HazardsEN: c.FormValue("hazards_en"), HazardsZH: c.FormValue("hazards_zh"),
		Bookable: c.FormValue("bookable") != "", Asked: map[id.ID]int{},
	}
	for name := range values {
		if certification, ok := strings.CutPrefix(name, "asks-"); ok {
			if group := number[int](c, name); group > 0 {
				form.Asked[id.ID(certification)] = group
			}
		}
	}
	return form, err
}

// detailsFrom is what a form means. Units that are no number are 0, which is refused.
func detailsFrom(form view.ResourceForm) equipment.Details {
	d := equipment.Details{
		AreaID: id.ID(form.Area), ParentID: id.ID(form.Parent), Slug: form.Slug, Type: equipment.Type(form.Type), Kind: form.Kind, Model: form.Model,
		Sharing: equipment.Sharing(form.Sharing), Bookable: form.Bookable,
	}
	d.Name.EN, d.Name.ZH, d.About.EN, d.About.ZH = form.NameEN, form.NameZH, form.AboutEN, form.AboutZH
	d.Materials.EN, d.Materials.ZH, d.Hazards.EN, d.Hazards.ZH = form.MaterialsEN, form.MaterialsZH, form.HazardsEN, form.HazardsZH
	d.Version, _ = strconv.Atoi(form.Version)
	d.Units, _ = strconv.Atoi(strings.TrimSpace(form.Units))
	groups := map[int][]id.ID{}
	for certification, group := range form.Asked {
		groups[group] = append(groups[group], certification)
	}
	for _, group := range slices.Sorted(func(yield func(int) bool) {
		for g := range groups {
			if !yield(g) {
				return
			}
		}
	}) {
		slices.Sort(groups[group])
		d.Certifications = append(d.Certifications, groups[group])
	}
	return d
}

// picture is a machine's picture. It never changes, so a browser keeps it.
func (s *Server) picture(c echo.Context) error {
	width, _ := strconv.Atoi(c.QueryParam("width"))
	p, err := s.Equipment.Picture(c.Request().Context(), by(c), id.ID(c.Param("picture")), width)
	if err != nil {
		return err
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return c.Blob(http.StatusOK, p.MediaType, p.Body)
}
