package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/certifications"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/sheet"
	"guildhall/web/view"
)

// importer is a service whose rows can come from a CSV file: first looked at, then run.
type importer interface {
	PreviewImport(ctx context.Context, by actor.Actor, space id.ID, fileName string, body []byte) (imports.Preview, error)
	Import(ctx context.Context, by actor.Actor, space, file id.ID) (imports.Preview, error)
	RunImport(ctx context.Context, by actor.Actor, space, file id.ID) (imports.Import, error)
	Imports(ctx context.Context, by actor.Actor, space id.ID) ([]imports.Import, error)
}

// importing is one kind of file that can be brought, and the pages for it.
type importing struct {
	*Server
	service importer
	kind    imports.Kind
	columns sheet.Columns
	example func(c echo.Context) (example, error)
	home    string // where the rows are seen, inside the space: "people"
}

// example is a row that this space would take, a cell for every column, and what
// of the space such a row may name by its code.
type example struct {
	cells []string
	codes []view.Codes
}

// examplePerson is a person with the first plan and certifications of the space.
func (s *Server) examplePerson(c echo.Context) (example, error) {
	ctx, f := c.Request().Context(), s.frame(c)
	plans, err := s.Plans.Plans(ctx, f.Space.ID)
	if err != nil {
		return example{}, err
	}
	kinds, err := s.Certifications.Kinds(ctx, f.Space.ID)
	if err != nil {
		return example{}, err
	}
	plan, held := view.Codes{Label: f.T("imports.codes.plans")}, certificationCodes(f, kinds)
	for _, p := range plans {
		plan.Add(p.Code, p.Name)
	}
	return example{
		cells: []string{"Ada Lovelace", "ada@example.org", "0421 123456", "en", "member", plan.First(1), held.First(2)},
		codes: []view.Codes{plan, held},
	}, nil
}

// exampleMachine is a machine in the first work area of the space that asks for its first certification.
func (s *Server) exampleMachine(c echo.Context) (example, error) {
	ctx, f := c.Request().Context(), s.frame(c)
	areas, err := s.Equipment.Areas(ctx, by(c), f.Space.ID)
	if err != nil {
		return example{}, err
	}
	kinds, err := s.Certifications.Kinds(ctx, f.Space.ID)
	if err != nil {
		return example{}, err
	}
	place, asked := view.Codes{Label: f.T("imports.codes.areas"), Href: f.At("areas")}, certificationCodes(f, kinds)
	for _, a := range areas {
		place.Add(a.Slug, a.Name)
	}
	return example{
		cells: []string{
			"Example saw", place.First(1), "示例锯", "example-saw", "machine", "table-saw", "Felder K 500", "Cuts up to 80 mm high.", "切高可达 80 mm。", "Solid wood", "实木",
			"The blade", "锯片", "1", "units", "yes", "", asked.First(1),
		},
		codes: []view.Codes{place, asked},
	}, nil
}

func certificationCodes(f view.Frame, kinds []certifications.Kind) view.Codes {
	codes := view.Codes{Label: f.T("imports.codes.certifications"), Href: f.At("certifications")}
	for _, k := range kinds {
		codes.Add(k.Code, k.Name)
	}
	return codes
}

// imports registers the pages on which files of a kind are brought, looked at and run.
func (s *Server) imports(i importing, op actor.Operation) {
	i.Server = s
	at := "/s/:space/imports/" + string(i.kind)
	s.get(at, i.form, op)
	s.upload(at, i.look, op)
	s.get(at+"/example.csv", i.sample, op)
	s.get(at+"/:import", i.show, op)
	s.post(at+"/:import", i.run, op)
}

func (i importing) form(c echo.Context) error { return i.formAgain(c, nil) }

// formAgain shows the form, with what was refused if anything was.
func (i importing) formAgain(c echo.Context, refused error) error {
	f := i.frame(c)
	recent, err := i.service.Imports(c.Request().Context(), by(c), f.Space.ID)
	if err != nil {
		return err
	}
	e, err := i.example(c)
	if err != nil {
		return err
	}
	var sample strings.Builder
	if err := i.write(&sample, e); err != nil {
		return err
	}
	p := view.ImportProps{
		Kind: i.kind, Must: i.columns.Must, May: i.columns.May, Codes: e.codes, Recent: recent, Errors: view.Refused(f, refused),
		Example: strings.TrimPrefix(sample.String(), "\uFEFF"), Manual: f.At(i.home, "new"),
	}
	f = f.Titled(f.T("imports." + string(i.kind) + ".title")).Under(f.At(i.home))
	status := http.StatusOK
	if refused != nil {
		status = statusOf(refused)
	}
	return i.Server.show(c, status, f, view.ImportForm(f, p))
}

// look takes a file and sends on to what running it would do.
func (i importing) look(c echo.Context) error {
	name, body, err := uploaded(c, "file")
	if err == nil {
		var p imports.Preview
		if p, err = i.service.PreviewImport(c.Request().Context(), by(c), here(c).ID, name, body); err == nil {
			f := i.frame(c)
			return i.redirect(c, f.At("imports", string(i.kind), p.Import.ID.String()))
		}
	}
	if statusOf(err) != http.StatusUnprocessableEntity {
		return err
	}
	return i.formAgain(c, err)
}

// uploaded is the file of a form, at most one byte more than a sheet may have.
func uploaded(c echo.Context, field string) (name string, body []byte, err error) {
	header, err := c.FormFile(field)
	switch {
	case errors.Is(err, http.ErrMissingFile), errors.Is(err, http.ErrNotMultipart):
		return "", nil, imports.ErrNoFile
	case err != nil:
		return "", nil, err
	}
	file, err := header.Open()
	if err != nil {
		return "", nil, err
	}
	defer file.Close()
	body, err = io.ReadAll(io.LimitReader(file, sheet.MaxBytes+1))
	return header.Filename, body, err
}

func (i importing) show(c echo.Context) error { return i.showAgain(c, nil) }

func (i importing) showAgain(c echo.Context, refused error) error {
	file, _ := id.Parse(c.Param("import"))
	f := i.frame(c)
	p, err := i.service.Import(c.Request().Context(), by(c), f.Space.ID, file)
	if err != nil {
		return err
	}
	f = f.Titled(f.T("imports." + string(i.kind) + ".title")).Under(f.At("imports", string(i.kind)))
	status := http.StatusOK
	if refused != nil {
		status = statusOf(refused)
	}
	return i.Server.show(c, status, f, view.ImportPreview(f, p, view.Refused(f, refused), f.At(i.home)))
}

// run imports what was looked at and shows what came of it.
func (i importing) run(c echo.Context) error {
	file, _ := id.Parse(c.Param("import"))
	_, err := i.service.RunImport(c.Request().Context(), by(c), here(c).ID, file)
	switch {
	case errors.Is(err, imports.ErrProblems):
		return i.showAgain(c, err)
	case err != nil && !errors.Is(err, imports.ErrDone): // a second click finds it done
		return err
	}
	f := i.frame(c)
	return i.redirect(c, f.At("imports", string(i.kind), file.String()))
}

// sample is a file to begin with.
func (i importing) sample(c echo.Context) error {
	e, err := i.example(c)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+string(i.kind)+`.csv"`)
	return i.write(c.Response(), e)
}

func (i importing) write(w io.Writer, e example) error {
	return writeExample(w, i.columns.All(), e.cells)
}

func writeExample(w io.Writer, columns, cells []string) error {
	out := sheet.NewWriter(w)
	out.Row(columns...)
	out.Row(cells...)
	return out.Close()
}
