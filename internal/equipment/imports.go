package equipment

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/sheet"
)

// ImportColumns are the columns of a file of equipment: those that must be there
// and those that may. Areas and rooms are written by their slug; certifications
// by their code, those that are all asked with a comma between, those of which
// one is enough with a slash.
var ImportColumns = sheet.Columns{
	Must: []string{"name", "area"},
	May: []string{
		"name_zh", "slug", "type", "kind", "model", "about", "about_zh", "materials", "materials_zh", "hazards", "hazards_zh",
		"units", "sharing", "bookable", "parent", "certifications",
	},
}

const opImport actor.Operation = "equipment.import"

var (
	errImportTwice         = fault.Invalid("slug", "equipment.twice_in_file", "This is on line {{.Line}} already.")
	errImportCells         = fault.Invalid("file", "equipment.too_many_cells", "This line has more cells than there are columns. Put a cell with a comma in quotation marks.")
	errImportArea          = fault.Invalid("area", "equipment.area_unknown", "There is no work area “{{.Code}}”. Known are: {{.Known}}.")
	errImportParent        = fault.Invalid("parent", "equipment.parent_unknown", "There is no room “{{.Code}}” here or on an earlier line.")
	errImportCertification = fault.Invalid("certifications", "equipment.certification_unknown", "There is no certification with the code “{{.Code}}”.")
	errImportBookable      = fault.Invalid("bookable", "equipment.bookable_unknown", "Write yes or no.")

	errRehearsed = errors.New("equipment: only a rehearsal")
)

// PreviewImport keeps a file and says what running it would do, line by line. A
// file that can't be read at all is refused as a whole.
func (s *Service) PreviewImport(ctx context.Context, by actor.Actor, space id.ID, fileName string, body []byte) (imports.Preview, error) {
	if err := by.May(opImport, space, "", imports.ErrNoSuchImport); err != nil {
		return imports.Preview{}, err
	}
	p, err := s.rehearse(ctx, by, space, body)
	if err != nil {
		return imports.Preview{}, fault.Wrap(err, "preview an import")
	}
	p.Import, err = s.imports.Keep(ctx, space, imports.Resources, by.Member, fileName, body)
	return p, fault.Wrap(err, "preview an import")
}

// Import is a file that was brought before, with what running it would do now.
func (s *Service) Import(ctx context.Context, by actor.Actor, space, file id.ID) (imports.Preview, error) {
	if err := by.May(opImport, space, "", imports.ErrNoSuchImport); err != nil {
		return imports.Preview{}, err
	}
	i, err := s.imports.Take(ctx, space, imports.Resources, file)
	if err != nil {
		return imports.Preview{}, err
	}
	if i.Done() {
		return imports.Preview{Import: i}, nil
	}
	body, err := i.Bytes()
	if err != nil {
		return imports.Preview{}, err
	}
	p, err := s.rehearse(ctx, by, space, body)
	p.Import = i
	return p, fault.Wrap(err, "import %s", file)
}

// RunImport adds everything in the file that is not here yet, all of it or
// nothing. What is here, by its slug or else by its name, is left as it is, so
// that the same file again changes nothing. imports.ErrProblems if any line has a
// mistake, imports.ErrDone if it was run before.
func (s *Service) RunImport(ctx context.Context, by actor.Actor, space, file id.ID) (imports.Import, error) {
	if err := by.May(opImport, space, "", imports.ErrNoSuchImport); err != nil {
		return imports.Import{}, err
	}
	var i imports.Import
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if i, err = s.imports.Take(ctx, space, imports.Resources, file); err != nil {
			return err
		}
		body, err := i.Bytes()
		if err != nil {
			return err
		}
		done, err := s.bring(ctx, by, space, body)
		if err != nil {
			return err
		}
		if done.Count(imports.Refused) > 0 {
			return imports.ErrProblems
		}
		if i, err = s.imports.Finish(ctx, i, done.Count(imports.Create), done.Count(imports.Unchanged)); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, opImport, i.ID, map[string]any{"created": i.Created, "unchanged": i.Unchanged})
	})
	return i, fault.Wrap(mapped(err), "run import %s", file)
}

// Imports are the latest files of a space that were run.
func (s *Service) Imports(ctx context.Context, by actor.Actor, space id.ID) ([]imports.Import, error) {
	if err := by.May(opImport, space, "", imports.ErrNoSuchImport); err != nil {
		return nil, err
	}
	return s.imports.Recent(ctx, space, imports.Resources)
}

// rehearse brings everything and takes it back again: what a preview says is what
// running does.
func (s *Service) rehearse(ctx context.Context, by actor.Actor, space id.ID, body []byte) (imports.Preview, error) {
	var p imports.Preview
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if p, err = s.bring(ctx, by, space, body); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		err = nil
	}
	return p, err
}

// bring adds the lines without a mistake that are not here yet, and says what
// became of each.
func (s *Service) bring(ctx context.Context, by actor.Actor, space id.ID, body []byte) (imports.Preview, error) {
	file, err := sheet.Read(body, ImportColumns)
	if err != nil {
		return imports.Preview{}, err
	}
	k, err := s.known(ctx, space)
	if err != nil {
		return imports.Preview{}, err
	}
	lines := make([]imports.Line, len(file.Rows))
	for i, row := range file.Rows {
		d, wrong := k.details(row)
		line := imports.Line{Number: row.Line, Title: name(d), Detail: string(d.Type), Fate: imports.Create}
		first, twice := k.lines[key(d)]
		switch {
		case twice:
			wrong.Add(errImportTwice.With("Line", first))
		case k.here[key(d)]:
			line.Fate = imports.Unchanged
		case len(wrong) == 0:
			r, err := s.add(ctx, by, space, d, k.taken, k.last+1)
			if err != nil {
				if wrong = fault.All(err); wrong == nil {
					return imports.Preview{}, err
				}
				break
			}
			k.last++
			k.taken[r.Slug], k.slugs[r.Slug] = true, r.ID
		}
		if key(d) != "" && !twice {
			k.lines[key(d)] = row.Line
		}
		for _, w := range wrong {
			line.Fate = imports.Refused
			line.Problems = append(line.Problems, ImportColumns.Problem(row.Line, w))
		}
		lines[i] = line
	}
	return imports.Preview{Lines: lines, Ignored: file.Ignored}, nil
}

// knowledge is what lines of a file may name.
type knowledge struct {
	areas map[string]id.ID // by slug
	names string           // of the areas, for a person
	slugs map[string]id.ID // the resources by slug
	taken map[string]bool  // the same slugs
	last  int              // position
	codes map[string]id.ID // the certifications
	here  map[string]bool  // keys of what is here
	lines map[string]int   // keys of what was on an earlier line
}

func (s *Service) known(ctx context.Context, space id.ID) (knowledge, error) {
	k := knowledge{
		areas: map[string]id.ID{}, slugs: map[string]id.ID{}, taken: map[string]bool{}, codes: map[string]id.ID{},
		here: map[string]bool{}, lines: map[string]int{},
	}
	areas, err := s.store.areas(ctx, space)
	if err != nil {
		return k, err
	}
	var names []string
	for _, a := range areas {
		k.areas[a.Slug] = a.ID
		names = append(names, a.Slug)
	}
	k.names = strings.Join(names, ", ")
	resources, err := s.store.resources(ctx, space, Filter{})
	if err != nil {
		return k, err
	}
	for _, r := range resources {
		k.slugs[r.Slug], k.taken[r.Slug], k.here[r.Slug] = r.ID, true, true
		k.last = max(k.last, r.Position)
		k.here[named(r.Name.EN)], k.here[named(r.Name.ZH)] = true, true
	}
	delete(k.here, named(""))
	codes, err := s.certifications.Codes(ctx, space)
	for code, c := range codes {
		k.codes[strings.ToLower(code)] = c
	}
	return k, err
}

// details is what a line says, and what it says that can't be so.
func (k knowledge) details(row sheet.Row) (Details, fault.Many) {
	var wrong fault.Many
	text := func(column string) i18n.Text {
		return i18n.Text{EN: row.Cell(column), ZH: row.Cell(column + "_zh")}
	}
	d := Details{
		AreaID: k.areas[strings.ToLower(row.Cell("area"))], Slug: strings.ToLower(row.Cell("slug")), Type: Type(strings.ToLower(row.Cell("type"))),
		Kind: strings.ToLower(row.Cell("kind")), Name: text("name"), Model: row.Cell("model"), About: text("about"),
		Materials: text("materials"), Hazards: text("hazards"), Units: 1, Sharing: Sharing(strings.ToLower(row.Cell("sharing"))), Bookable: true,
	}
	if row.Overflows() {
		wrong.Add(errImportCells)
	}
	if d.AreaID == "" {
		wrong.Add(errImportArea.With("Code", row.Cell("area"), "Known", k.names))
	}
	if d.Type == "" {
		d.Type = Machine
	}
	if units := row.Cell("units"); units != "" {
		d.Units, _ = strconv.Atoi(units) // no number is 0, which is refused
	}
	switch strings.ToLower(row.Cell("bookable")) {
	case "", "yes", "true", "1", "是":
	case "no", "false", "0", "否":
		d.Bookable = false
	default:
		wrong.Add(errImportBookable)
	}
	if parent := strings.ToLower(row.Cell("parent")); parent != "" {
		if d.ParentID = k.slugs[parent]; d.ParentID == "" {
			wrong.Add(errImportParent.With("Code", parent))
		}
	}
	for _, choice := range row.List("certifications") {
		var group []id.ID
		for code := range strings.SplitSeq(choice, "/") {
			c, known := k.codes[strings.ToLower(strings.TrimSpace(code))]
			if !known {
				wrong.Add(errImportCertification.With("Code", strings.TrimSpace(code)))
				continue
			}
			group = append(group, c)
		}
		d.Certifications = append(d.Certifications, group)
	}
	return d, append(wrong, d.tidy().check()...)
}

// key is what a line is known by: its slug, or else its name.
func key(d Details) string {
	if d.Slug != "" {
		return d.Slug
	}
	if name(d) == "" {
		return ""
	}
	return named(name(d))
}

// named is the key of a name, which no slug can be.
func named(name string) string { return "name:" + strings.ToLower(name) }

func name(d Details) string {
	if d.Name.EN != "" {
		return d.Name.EN
	}
	return d.Name.ZH
}

// Export writes the resources of a space as a file that an import can read, in
// the order of the space.
func (s *Service) Export(ctx context.Context, by actor.Actor, space id.ID, f Filter, w io.Writer) error {
	if err := by.May(opEdit, space, "", ErrNoSuchResource); err != nil {
		return err
	}
	found, err := s.store.resources(ctx, space, f)
	if err != nil {
		return fault.Wrap(err, "export %s", space)
	}
	k, err := s.known(ctx, space)
	if err != nil {
		return fault.Wrap(err, "export %s", space)
	}
	areas, slugs, codes := turned(k.areas), turned(k.slugs), turned(k.codes)
	file := sheet.NewWriter(w)
	file.Row(ImportColumns.All()...)
	for _, r := range found {
		var asks []string
		for _, group := range r.Certifications {
			var any []string
			for _, c := range group {
				any = append(any, codes[c])
			}
			asks = append(asks, strings.Join(any, "/"))
		}
		bookable := "yes"
		if !r.Bookable {
			bookable = "no"
		}
		file.Row(r.Name.EN, areas[r.AreaID], r.Name.ZH, r.Slug, string(r.Type), r.Kind, r.Model, r.About.EN, r.About.ZH,
			r.Materials.EN, r.Materials.ZH, r.Hazards.EN, r.Hazards.ZH, strconv.Itoa(r.Units), string(r.Sharing), bookable,
			slugs[r.ParentID], strings.Join(asks, ", "))
	}
	return fault.Wrap(file.Close(), "export %s", space)
}

// turned finds the name of an id.
func turned(ids map[string]id.ID) map[id.ID]string {
	names := make(map[id.ID]string, len(ids))
	for name, i := range ids {
		names[i] = name
	}
	return names
}
