package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/intake"
	"guildhall/internal/members"
	"guildhall/internal/sheet"
	"guildhall/web/view"
)

// personColumns are the columns of the file that is offered to begin with.
var personColumns = []string{"name", "email", "phone", "locale", "role", "plan", "certifications"}

// optionalColumns are the columns that a file of people may have, as we name them.
func optionalColumns() []string {
	var names []string
	for _, f := range intake.Fields {
		if !slices.Contains(personColumns[:2], string(f)) {
			names = append(names, string(f))
		}
	}
	return names
}

// intake registers the pages on which a file of people is brought, its columns and
// words are given a meaning, and it is looked at, run and taken back.
func (s *Server) intake() {
	const at, op = "/s/:space/imports/members", actor.Operation("member.import")
	s.get(at, s.intakeForm, op)
	s.upload(at, s.intakeBring, op)
	s.get(at+"/example.csv", s.intakeSample, op)
	s.get(at+"/:import", s.intakePreview, op)
	s.post(at+"/:import", s.intakeRun, "member.import_run")
	s.get(at+"/:import/columns", s.intakeColumns, op)
	s.post(at+"/:import/columns", s.intakeSettle, op)
	s.get(at+"/:import/words", s.intakeWords, op)
	s.post(at+"/:import/words", s.intakeSay, op)
	s.get(at+"/:import/problems.csv", s.intakeProblems, op)
	s.post(at+"/:import/stop", s.intakeStop, op)
	s.get(at+"/:import/undo", s.intakeUndoing, "member.import_undo")
	s.post(at+"/:import/undo", s.intakeUndo, "member.import_undo")
}

// intakeFrame is the frame of these pages, under the one before.
func (s *Server) intakeFrame(c echo.Context, under ...string) view.Frame {
	f := s.frame(c)
	return f.Titled(f.T("imports.members.title")).Under(f.At(under...))
}

func fileOf(c echo.Context) id.ID {
	file, _ := id.Parse(c.Param("import"))
	return file
}

func (s *Server) intakeForm(c echo.Context) error { return s.intakeFormAgain(c, nil) }

func (s *Server) intakeFormAgain(c echo.Context, refused error) error {
	f := s.intakeFrame(c, "people")
	recent, err := s.Intake.Imports(c.Request().Context(), by(c), f.Space.ID)
	if err != nil {
		return err
	}
	e, err := s.examplePerson(c)
	if err != nil {
		return err
	}
	var sample strings.Builder
	if err := writeExample(&sample, personColumns, e.cells); err != nil {
		return err
	}
	p := view.ImportProps{
		Kind: imports.Members, Must: personColumns[:2], May: optionalColumns(), Codes: e.codes, Recent: recent, Errors: view.Refused(f, refused),
		Example: strings.TrimPrefix(sample.String(), "\uFEFF"), Manual: f.At("people", "new"),
	}
	status := http.StatusOK
	if refused != nil {
		status = statusOf(refused)
	}
	return s.show(c, status, f, view.ImportForm(f, p))
}

// intakeBring takes a file and sends on to what its columns mean.
func (s *Server) intakeBring(c echo.Context) error {
	name, body, err := uploaded(c, "file")
	if err == nil {
		var m intake.Mapping
		if m, err = s.Intake.Bring(c.Request().Context(), by(c), here(c).ID, name, body); err == nil {
			to := s.frame(c).At("imports", "members", m.Import.ID.String(), "columns")
			if m.Remembered {
				to += "?as=before"
			}
			return s.redirect(c, to)
		}
	}
	if statusOf(err) != http.StatusUnprocessableEntity {
		return err
	}
	return s.intakeFormAgain(c, err)
}

func (s *Server) intakeSample(c echo.Context) error {
	e, err := s.examplePerson(c)
	if err != nil {
		return err
	}
	csvHeader(c, "members.csv")
	return writeExample(c.Response(), personColumns, e.cells)
}

// csvHeader says that a file of this name is to be kept.
func csvHeader(c echo.Context, name string) {
	h := c.Response().Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

func (s *Server) intakeColumns(c echo.Context) error {
	f := s.intakeFrame(c, "imports", "members")
	m, err := s.Intake.Mapping(c.Request().Context(), by(c), f.Space.ID, fileOf(c))
	if err != nil {
		return err
	}
	if m.Import.State != imports.Kept {
		return s.redirect(c, f.At("imports", "members", m.Import.ID.String()))
	}
	m.Remembered = c.QueryParam("as") == "before"
	return s.page(c, f, view.IntakeColumns(f, m, nil))
}

// intakeSettle keeps what the columns mean. The words in them are asked next if one is
// not known; a file that was read anew, in another encoding, is shown again.
func (s *Server) intakeSettle(c echo.Context) error {
	ctx, f, file := c.Request().Context(), s.intakeFrame(c, "imports", "members"), fileOf(c)
	m, err := s.Intake.Mapping(ctx, by(c), f.Space.ID, file)
	if err != nil {
		return err
	}
	was, set := m.Settings, m.Settings
	as := sheet.Known(c.FormValue("encoding"), c.FormValue("separator"))
	set.Encoding, set.Separator = as.Encoding, as.Separator
	if set.Dates = intake.Dates(c.FormValue("dates")); !slices.Contains(intake.DateOrders, set.Dates) {
		set.Dates = ""
	}
	set.Source = c.FormValue("source")
	set.Columns = make([]intake.Field, len(m.Columns))
	for i := range m.Columns {
		if field := intake.Field(c.FormValue("column-" + strconv.Itoa(i))); slices.Contains(intake.Fields, field) {
			set.Columns[i] = field
		}
		m.Columns[i].Field = set.Columns[i]
	}
	if set.Source != was.Source { // another program: its names are guessed anew
		set.Columns = nil
	}
	if err := s.Intake.Settle(ctx, by(c), f.Space.ID, file, set); err != nil {
		m.Settings = set
		m.Settings.Columns = was.Columns
		return s.again(c, err, f, func(f view.Frame, wrong view.Errors) templ.Component { return view.IntakeColumns(f, m, wrong) })
	}
	to := f.At("imports", "members", file.String())
	now, err := s.Intake.Mapping(ctx, by(c), f.Space.ID, file)
	switch {
	case err != nil:
		return err
	case set.Encoding != was.Encoding || set.Separator != was.Separator || set.Source != was.Source:
		to += "/columns"
	case now.Open():
		to += "/words"
	}
	return s.redirect(c, to)
}

func (s *Server) intakeWords(c echo.Context) error {
	ctx, f := c.Request().Context(), s.intakeFrame(c, "imports", "members", fileOf(c).String(), "columns")
	m, err := s.Intake.Mapping(ctx, by(c), f.Space.ID, fileOf(c))
	if err != nil {
		return err
	}
	if m.Import.State != imports.Kept {
		return s.redirect(c, f.At("imports", "members", m.Import.ID.String()))
	}
	p, err := s.wordsOf(c, f, m)
	if err != nil {
		return err
	}
	return s.page(c, f, view.IntakeWords(f, p))
}

func (s *Server) wordsOf(c echo.Context, f view.Frame, m intake.Mapping) (view.WordsProps, error) {
	ctx := c.Request().Context()
	p := view.WordsProps{Mapping: m, Roles: actor.Roles[1:]}
	plans, err := s.Plans.Plans(ctx, f.Space.ID)
	if err != nil {
		return p, err
	}
	for _, one := range plans {
		p.Plans = append(p.Plans, view.Option{Value: one.ID.String(), Label: f.Words(one.Name)})
	}
	kinds, err := s.Certifications.Kinds(ctx, f.Space.ID)
	if err != nil {
		return p, err
	}
	for _, k := range kinds {
		p.Certifications = append(p.Certifications, view.Option{Value: k.ID.String(), Label: f.Words(k.Name)})
	}
	tags, err := s.Members.Tags(ctx, by(c), f.Space.ID)
	for _, t := range tags {
		if !t.Archived() {
			p.Tags = append(p.Tags, view.Option{Value: t.ID.String(), Label: f.Words(t.Name)})
		}
	}
	return p, err
}

// intakeSay keeps what the words mean.
func (s *Server) intakeSay(c echo.Context) error {
	ctx, f, file := c.Request().Context(), s.frame(c), fileOf(c)
	m, err := s.Intake.Mapping(ctx, by(c), f.Space.ID, file)
	if err != nil {
		return err
	}
	set := m.Settings
	set.Plans, set.Certifications = said(c, "plan", m.Plans), said(c, "certification", m.Certifications)
	set.Tags, set.Roles = said(c, "tag", m.Tags), said(c, "role", m.Roles)
	if err := s.Intake.Settle(ctx, by(c), f.Space.ID, file, set); err != nil {
		return err
	}
	return s.redirect(c, f.At("imports", "members", file.String()))
}

// said is what a form says that words mean; a word that nothing was chosen for is left out.
func said(c echo.Context, kind string, words []intake.Word) map[string]string {
	means := map[string]string{}
	for i, w := range words {
		if v := c.FormValue(kind + strconv.Itoa(i)); v != "" {
			means[w.Text] = v
		}
	}
	return means
}

func (s *Server) intakePreview(c echo.Context) error { return s.intakePreviewAgain(c, nil) }

func (s *Server) intakePreviewAgain(c echo.Context, refused error) error {
	f := s.intakeFrame(c, "imports", "members")
	p, err := s.Intake.Preview(c.Request().Context(), by(c), f.Space.ID, fileOf(c))
	if field, ok := fault.As(err); ok && field.Field == "columns" { // nobody has said yet what they mean
		return s.redirect(c, f.At("imports", "members", fileOf(c).String(), "columns"))
	}
	if err != nil {
		return err
	}
	if p.Import.Busy() { // where no scripts run, too
		c.Response().Header().Set("Refresh", "2")
	}
	page, _ := strconv.Atoi(c.QueryParam("page"))
	props := view.IntakeProps{Preview: p, Show: imports.Fate(c.QueryParam("show")), Page: max(page, 1), Errors: view.Refused(f, refused)}
	if p.Import.RunBy != "" {
		m, err := s.Members.Member(c.Request().Context(), p.Import.RunBy)
		if err != nil && !errors.Is(err, members.ErrNoSuchMember) {
			return err
		}
		props.By = m.Name
	}
	status := http.StatusOK
	if refused != nil {
		status = statusOf(refused)
	}
	return s.show(c, status, f, view.IntakePreview(f, props))
}

// intakeRun imports what was looked at, or goes on where it was stopped.
func (s *Server) intakeRun(c echo.Context) error {
	f := s.frame(c)
	_, err := s.Intake.Run(c.Request().Context(), by(c), f.Space.ID, fileOf(c), c.FormValue("skip") != "")
	switch {
	case errors.Is(err, imports.ErrProblems):
		return s.intakePreviewAgain(c, err)
	case err != nil && !errors.Is(err, imports.ErrDone): // a second click finds it done
		return err
	}
	return s.redirect(c, f.At("imports", "members", fileOf(c).String()))
}

func (s *Server) intakeStop(c echo.Context) error {
	f := s.frame(c)
	if err := s.Intake.Stop(c.Request().Context(), by(c), f.Space.ID, fileOf(c)); err != nil && !errors.Is(err, imports.ErrNotRunning) {
		return err
	}
	return s.redirect(c, f.At("imports", "members", fileOf(c).String()))
}

// intakeProblems are the lines with mistakes, as they stand in the file and with what
// is wrong in a column of its own: mended, it can be brought as it is.
func (s *Server) intakeProblems(c echo.Context) error {
	f := s.frame(c)
	wrong, err := s.Intake.Mistakes(c.Request().Context(), by(c), f.Space.ID, fileOf(c))
	if err != nil {
		return err
	}
	csvHeader(c, "problems.csv")
	out := sheet.NewWriter(c.Response())
	out.Row(append(wrong.Headings, f.T(intake.MistakeHeading))...)
	for _, l := range wrong.Lines {
		out.Row(append(l.Cells, view.Mistakes(f, l.Problems))...)
	}
	return out.Close()
}

func (s *Server) intakeUndoing(c echo.Context) error {
	f := s.intakeFrame(c, "imports", "members", fileOf(c).String())
	u, err := s.Intake.PreviewUndo(c.Request().Context(), by(c), f.Space.ID, fileOf(c))
	if err != nil {
		return err
	}
	if u.Import.Busy() {
		return s.redirect(c, f.At("imports", "members", fileOf(c).String()))
	}
	return s.page(c, f.Titled(f.T("intake.undo.title")), view.IntakeUndo(f, u))
}

func (s *Server) intakeUndo(c echo.Context) error {
	f := s.frame(c)
	if _, err := s.Intake.Undo(c.Request().Context(), by(c), f.Space.ID, fileOf(c)); err != nil {
		return err
	}
	return s.redirect(c, f.At("imports", "members", fileOf(c).String()))
}
