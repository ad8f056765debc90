package members

import (
	"context"
	"errors"
	"slices"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/sheet"
)

// ImportColumns are the columns of a members' file, which may also be headed as
// an export heads them, in any language. Plans are written by their code or
// name, certifications by their codes with a comma between.
var ImportColumns = sheet.Columns{
	Must:   []string{"name", "email"},
	May:    []string{"phone", "locale", "role", "plan", "certifications"},
	Called: called("people.", "name", "email", "phone", "locale", "role", "plan", "certifications"),
}

// called is the words of every language for these, by the keys that begin so.
func called(prefix string, names ...string) map[string]string {
	words := map[string]string{}
	for _, locale := range i18n.Locales {
		for _, name := range names {
			words[strings.ToLower(i18n.For(locale).T(prefix+name))] = name
		}
	}
	return words
}

// roleWords are the roles as they are said in any language.
var roleWords = called("role.", "member", "instructor", "desk", "manager", "owner")

var (
	// ErrTwiceInFile refuses an address that stands on an earlier line of the file.
	ErrTwiceInFile = fault.Invalid("email", "members.twice_in_file", "This address is on line {{.Line}} already.")
	// ErrPlanUnknown refuses a plan code that the space does not have.
	ErrPlanUnknown = fault.Invalid("plan", "members.plan_unknown", "There is no plan with the code “{{.Code}}”. Known are: {{.Known}}.")
	// ErrCertificationUnknown refuses a certification code that the space does not have.
	ErrCertificationUnknown = fault.Invalid("certifications", "members.certification_unknown", "There is no certification with the code “{{.Code}}”. Known are: {{.Known}}.")
	// ErrTooManyCells refuses a line that is longer than the header.
	ErrTooManyCells = fault.Invalid("file", "members.too_many_cells", "This line has more cells than there are columns. Put a cell with a comma in quotation marks.")
)

// entry is one line of the file, understood.
type entry struct {
	line           int
	here           bool // a member already, and left as they are
	registration   Registration
	role           actor.Role
	plan           id.ID // empty: none
	certifications []Certification
	problems       []sheet.Problem
}

// PreviewImport keeps a file and says what running it would do, line by line. A
// file that can't be read at all is refused as a whole.
func (s *Service) PreviewImport(ctx context.Context, by actor.Actor, space id.ID, fileName string, body []byte) (imports.Preview, error) {
	if err := by.May("member.import", space, "", nil); err != nil {
		return imports.Preview{}, err
	}
	var p imports.Preview
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		entries, ignored, err := s.entries(ctx, by, space, body)
		if err != nil {
			return err
		}
		p.Lines, p.Ignored = lines(entries), ignored
		p.Import, err = s.imports.Keep(ctx, space, imports.Members, by.Member, fileName, body)
		return err
	})
	return p, fault.Wrap(err, "preview an import")
}

// Import is a file that was brought before, with what running it would do now.
func (s *Service) Import(ctx context.Context, by actor.Actor, space, file id.ID) (imports.Preview, error) {
	if err := by.May("member.import", space, "", nil); err != nil {
		return imports.Preview{}, err
	}
	i, err := s.imports.Take(ctx, space, imports.Members, file)
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
	entries, ignored, err := s.entries(ctx, by, space, body)
	return imports.Preview{Import: i, Lines: lines(entries), Ignored: ignored}, fault.Wrap(err, "import %s", file)
}

// RunImport makes everyone in the file who is not here yet a member, with plan
// and certifications, all of them or none. Who is here already is left as they
// are, so that the same file again changes nothing. ErrProblems if any line has
// a mistake, imports.ErrDone if it was run before.
func (s *Service) RunImport(ctx context.Context, by actor.Actor, space, file id.ID) (imports.Import, error) {
	if err := by.May("member.import", space, "", nil); err != nil {
		return imports.Import{}, err
	}
	var i imports.Import
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if i, err = s.imports.Take(ctx, space, imports.Members, file); err != nil {
			return err
		}
		body, err := i.Bytes()
		if err != nil {
			return err
		}
		entries, _, err := s.entries(ctx, by, space, body)
		if err != nil {
			return err
		}
		created := 0
		for _, e := range entries {
			if len(e.problems) > 0 {
				return imports.ErrProblems
			}
			fresh, err := s.bring(ctx, by, space, e)
			if err != nil {
				return err
			}
			if fresh {
				created++
			}
		}
		if i, err = s.imports.Finish(ctx, i, created, len(entries)-created); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "member.import", i.ID, map[string]any{"created": i.Created, "unchanged": i.Unchanged})
	})
	return i, fault.Wrap(err, "run import %s", file)
}

// bring makes the person of one line a member, unless they are one.
func (s *Service) bring(ctx context.Context, by actor.Actor, space id.ID, e entry) (fresh bool, err error) {
	m, here, err := s.admit(ctx, space, e.registration, e.role)
	if err != nil || here {
		return false, err
	}
	if e.plan != "" {
		if err := s.plans.Start(ctx, by, space, m.ID, e.plan); err != nil {
			return false, err
		}
	}
	for _, c := range e.certifications {
		if err := s.proofs.Bring(ctx, by, space, m.ID, c.ID); err != nil {
			return false, err
		}
	}
	return true, nil
}

// lines turns entries into what a person sees of them.
func lines(entries []entry) []imports.Line {
	lines := make([]imports.Line, len(entries))
	for i, e := range entries {
		lines[i] = imports.Line{
			Number: e.line, Title: e.registration.Name, Detail: e.registration.Email,
			Fate: imports.Create, Problems: e.problems,
		}
		switch {
		case len(e.problems) > 0:
			lines[i].Fate = imports.Refused
		case e.here:
			lines[i].Fate = imports.Unchanged
		}
	}
	return lines
}

// entries reads the file and says of every line what it means and what is wrong
// with it, and which columns it passed over.
func (s *Service) entries(ctx context.Context, by actor.Actor, space id.ID, body []byte) (entries []entry, ignored []string, err error) {
	file, err := sheet.Read(body, ImportColumns)
	if err != nil {
		return nil, nil, err
	}
	here, err := s.store.keysHere(ctx, space)
	if err != nil {
		return nil, nil, err
	}
	plans, err := s.plans.Offers(ctx, space)
	if err != nil {
		return nil, nil, err
	}
	kinds, err := s.proofs.Kinds(ctx, space)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]int{}
	entries = make([]entry, len(file.Rows))
	for i, row := range file.Rows {
		e := entry{line: row.Line, role: actor.Member}
		wrong := func(err *fault.Error) {
			e.problems = append(e.problems, ImportColumns.Problem(row.Line, err))
		}
		if row.Overflows() {
			wrong(ErrTooManyCells)
		}
		e.registration, err = Registration{
			Name: row.Cell("name"), Email: row.Cell("email"), Phone: row.Cell("phone"), Locale: row.Cell("locale"),
		}.normal()
		for _, f := range fault.All(err) {
			wrong(f)
		}
		key := EmailKey(e.registration.Email)
		if first, twice := seen[key]; twice && key != "" {
			wrong(ErrTwiceInFile.With("Line", first))
		} else {
			seen[key] = row.Line
		}
		if e.here = here[key]; e.here {
			entries[i] = e
			continue // the rest of the line gives nobody anything
		}
		if r := row.Cell("role"); r != "" {
			e.role = actor.Role(strings.ToLower(r))
			if role, ok := roleWords[strings.ToLower(r)]; ok {
				e.role = actor.Role(role)
			}
			var refusal *fault.Error
			if errors.As(maySetRole(by.Role(space), actor.Member, e.role), &refusal) {
				wrong(refusal)
			}
		}
		if code := row.Cell("plan"); code != "" {
			at := slices.IndexFunc(plans, func(p Offer) bool {
				return strings.EqualFold(p.Code, code) || strings.EqualFold(p.Name.EN, code) || p.Name.ZH == code
			})
			if at < 0 {
				wrong(ErrPlanUnknown.With("Code", code, "Known", codes(plans, func(p Offer) string { return p.Code })))
			} else {
				e.plan = plans[at].ID
			}
		}
		for _, code := range row.List("certifications") {
			at := slices.IndexFunc(kinds, func(c Certification) bool { return strings.EqualFold(c.Code, code) })
			if at < 0 {
				wrong(ErrCertificationUnknown.With("Code", code, "Known", codes(kinds, func(c Certification) string { return c.Code })))
			} else if !slices.ContainsFunc(e.certifications, func(c Certification) bool { return c.ID == kinds[at].ID }) {
				e.certifications = append(e.certifications, kinds[at])
			}
		}
		entries[i] = e
	}
	return entries, file.Ignored, nil
}

func codes[T any](list []T, code func(T) string) string {
	all := make([]string, len(list))
	for i, t := range list {
		all[i] = code(t)
	}
	return strings.Join(all, ", ")
}

// Imports lists the latest files that were run here, the newest first.
func (s *Service) Imports(ctx context.Context, by actor.Actor, space id.ID) ([]imports.Import, error) {
	if err := by.May("member.import", space, "", nil); err != nil {
		return nil, err
	}
	return s.imports.Recent(ctx, space, imports.Members)
}
