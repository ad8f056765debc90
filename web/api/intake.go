package api

import (
	"context"
	"encoding/json"
	"net/http"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/intake"
	"guildhall/internal/sheet"
)

// PeopleImport is a file of people, and how far it is.
type PeopleImport struct {
	ID        id.ID           `json:"id"`
	FileName  string          `json:"file_name"`
	DryRun    bool            `json:"dry_run" doc:"Nothing was imported: it was asked so, or lines have mistakes."`
	State     string          `json:"state" enum:"kept,running,stopped,done,undoing,undone"`
	Created   int             `json:"created" doc:"People who are new here, or would be."`
	Gained    int             `json:"gained" doc:"Known people who are given a plan or a certification, or would be."`
	Unchanged int             `json:"unchanged"`
	Refused   int             `json:"refused" doc:"Lines that were left out for their mistakes."`
	Total     int             `json:"total" doc:"Lines to work through, or to take back."`
	Position  int             `json:"position" doc:"How many of them were."`
	Left      int             `json:"seconds_left" doc:"How long the rest takes at the pace so far; 0 where that can't be told."`
	Taken     int             `json:"taken" doc:"Lines that were taken back."`
	Stayed    int             `json:"stayed" doc:"Lines that could not be."`
	Reason    string          `json:"reason,omitempty" doc:"The code of what stopped it."`
	CreatedAt clock.Instant   `json:"created_at"`
	DoneAt    clock.Instant   `json:"done_at" nullable:"true"`
	UndoneAt  clock.Instant   `json:"undone_at" nullable:"true"`
	Problems  []ImportProblem `json:"problems"`
}

// PeopleUndo is what taking an import back would do, or did.
type PeopleUndo struct {
	ID    id.ID        `json:"id"`
	State string       `json:"state" enum:"kept,running,stopped,done,undoing,undone"`
	Taken int          `json:"taken"`
	Stays []PeopleStay `json:"stays" doc:"Lines that stay: at most 200 of them."`
	More  int          `json:"more_stay" doc:"How many more."`
}

// PeopleStay is a line that can't be taken back.
type PeopleStay struct {
	Line     int64  `json:"line"`
	MemberID id.ID  `json:"member_id"`
	Name     string `json:"name"`
	Why      string `json:"why" doc:"bookings, registrations, sessions, elsewhere, changed, gone, or the name of what else they have used."`
}

type peopleFileInput struct {
	Caller
	Of
	DryRun       bool   `query:"dry_run" doc:"Only say what would happen. Without it, who asks must have proved a moment ago who they are; no token is enough."`
	FileName     string `query:"file_name" maxLength:"200"`
	Mapping      string `query:"mapping" maxLength:"20000" doc:"JSON: headings of the file, and the field that each is: {\"Courriel\": \"email\"}. What is not named is left out. Without it the columns are guessed."`
	Source       string `query:"source" enum:"fab-manager,cobot,nexudus" doc:"The program that the file is from. It is guessed without."`
	Dates        string `query:"dates" enum:"ymd,dmy,mdy" doc:"How dates are written. It is guessed without."`
	Encoding     string `query:"encoding" enum:"utf-8,utf-16le,utf-16be,gb18030,windows-1252" doc:"It is guessed without."`
	SkipProblems bool   `query:"skip_problems" doc:"Leave lines with mistakes out, and import the others."`
	RawBody      []byte `contentType:"text/csv"`
}

type peopleImportInput struct {
	Caller
	Of
	ID id.ID `path:"id"`
}

type runImportInput struct {
	Caller
	Of
	ID           id.ID `path:"id"`
	SkipProblems bool  `query:"skip_problems" doc:"Leave lines with mistakes out, and import the others."`
}

type importsInput struct {
	Caller
	Of
}

func (a *API) intake() {
	register(a, "member.import", http.MethodPost, "/members/import", "Import people from CSV", http.StatusOK, a.bringPeople)
	register(a, "member.import", http.MethodGet, "/members/imports", "The latest imports of people", http.StatusOK,
		func(ctx context.Context, in *importsInput) (*body[List[PeopleImport]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			all, err := a.Intake.Imports(ctx, in.who.by, s.ID)
			return list(each(all, a.peopleImport), ""), err
		})
	register(a, "member.import", http.MethodGet, "/members/imports/{id}", "How far an import is", http.StatusOK, a.importProgress)
	register(a, "member.import_run", http.MethodPost, "/members/imports/{id}/run", "Run an import that was looked at, or go on with it", http.StatusOK,
		func(ctx context.Context, in *runImportInput) (*body[PeopleImport], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			i, err := a.Intake.Run(ctx, in.who.by, s.ID, in.ID, in.SkipProblems)
			return said(a.peopleImport(i)), err
		})
	register(a, "member.import", http.MethodPost, "/members/imports/{id}/stop", "Stop an import on the way", http.StatusOK,
		func(ctx context.Context, in *peopleImportInput) (*body[PeopleImport], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			if err := a.Intake.Stop(ctx, in.who.by, s.ID, in.ID); err != nil {
				return nil, err
			}
			return a.importProgress(ctx, in)
		})
	register(a, "member.import_undo", http.MethodGet, "/members/imports/{id}/undo", "What taking an import back would do", http.StatusOK, a.undoing)
	register(a, "member.import_undo", http.MethodPost, "/members/imports/{id}/undo", "Take an import back", http.StatusOK,
		func(ctx context.Context, in *peopleImportInput) (*body[PeopleImport], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			i, err := a.Intake.Undo(ctx, in.who.by, s.ID, in.ID)
			return said(a.peopleImport(i)), err
		})
}

// bringPeople takes a file of people: looked at first, and run unless it is a dry run
// or lines have mistakes.
func (a *API) bringPeople(ctx context.Context, in *peopleFileInput) (*body[PeopleImport], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	if !in.DryRun {
		if err := a.mayRun(in.who.by, s.ID); err != nil {
			return nil, err
		}
	}
	var columns map[string]intake.Field
	if in.Mapping != "" && json.Unmarshal([]byte(in.Mapping), &columns) != nil {
		return nil, intake.ErrMapping.With("Name", in.Mapping, "Known", "{\"heading\": \"field\"}")
	}
	set := intake.Settings{Source: in.Source, Dates: intake.Dates(in.Dates), Encoding: sheet.Encoding(in.Encoding)}
	m, err := a.Intake.BringAs(ctx, in.who.by, s.ID, in.FileName, in.RawBody, set, columns)
	if err != nil {
		return nil, err
	}
	look, err := a.Intake.Preview(ctx, in.who.by, s.ID, m.Import.ID)
	if err != nil {
		return nil, err
	}
	result := a.peopleImport(look.Import)
	result.Created, result.Gained, result.Unchanged = look.Count(imports.Create), look.Count(imports.Gain), look.Count(imports.Unchanged)
	result.Total, result.DryRun = len(look.Lines), in.DryRun
	for _, p := range look.Problems() {
		result.Problems = append(result.Problems, ImportProblem{p.Line, p.Column, in.printer().Fault(p.Fault)})
	}
	if in.DryRun || len(result.Problems) > 0 && !in.SkipProblems {
		result.DryRun = true
		return said(result), nil
	}
	done, err := a.Intake.Run(ctx, in.who.by, s.ID, m.Import.ID, in.SkipProblems)
	problems := result.Problems
	result = a.peopleImport(done)
	result.Problems = problems
	return said(result), err
}

// mayRun is what the table asks of who runs an import: a fresh proof, and so a person.
func (a *API) mayRun(by actor.Actor, space id.ID) error {
	rule := actor.Table["member.import_run"]
	if err := rule.Reaches(by, http.MethodPost); err != nil {
		return err
	}
	_, leads := by.Led(space)
	return rule.Admit(by, by.Role(space), leads, a.Clock.Now())
}

func (a *API) importProgress(ctx context.Context, in *peopleImportInput) (*body[PeopleImport], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	i, err := a.Intake.Progress(ctx, in.who.by, s.ID, in.ID)
	return said(a.peopleImport(i)), err
}

func (a *API) undoing(ctx context.Context, in *peopleImportInput) (*body[PeopleUndo], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	u, err := a.Intake.PreviewUndo(ctx, in.who.by, s.ID, in.ID)
	stays := each(u.Stays, func(s intake.Stay) PeopleStay { return PeopleStay{s.Line, s.Member, s.Name, s.Why} })
	return said(PeopleUndo{ID: u.Import.ID, State: string(u.Import.State), Taken: u.Taken, Stays: stays, More: u.More}), err
}

func (a *API) peopleImport(i imports.Import) PeopleImport {
	p := PeopleImport{
		ID: i.ID, FileName: i.FileName, DryRun: i.State == imports.Kept, State: string(i.State), Created: int(i.Created), Gained: int(i.Gained), Unchanged: int(i.Unchanged),
		Refused: int(i.Refused), Total: int(i.Total), Position: int(i.Position), Taken: int(i.Taken), Stayed: int(i.Stayed), Reason: i.Reason,
		CreatedAt: i.CreatedAt, DoneAt: i.DoneAt, UndoneAt: i.UndoneAt, Problems: []ImportProblem{},
	}
	if i.Busy() {
		p.Left = int(i.Left(a.Clock.Now()).Seconds())
	}
	return p
}
