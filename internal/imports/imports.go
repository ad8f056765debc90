// Package imports keeps the CSV files that were brought to be imported: first to
// be looked at (a preview names every line and what is wrong with it), then to
// be run, once, and perhaps to be taken back. It owns the tables of them, of what
// each made, of what their columns were said to mean, and of who somebody is in
// the program they came from; and the shape of a preview. What a line means, and
// that nothing is imported twice, is the domain's whose rows they become.
package imports

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/sheet"
)

// Kind is what the rows of a file become.
type Kind string

// The kinds.
const (
	Members   Kind = "members"
	Resources Kind = "resources"
)

var (
	// ErrNoSuchImport is the answer where a space has no such import.
	ErrNoSuchImport = fault.NotFound("imports.no_such_import", "There is no such import here.")
	// ErrDone refuses to run an import again.
	ErrDone = fault.Conflict("imports.done", "This import was run already.")
	// ErrNoFile asks for a file.
	ErrNoFile = fault.Invalid("file", "imports.no_file", "Choose a file first.")
	// ErrProblems refuses to run an import that has lines with mistakes.
	ErrProblems = fault.Conflict("imports.problems", "Some lines have mistakes. Mend the file and bring it again: nothing was imported.")
	// ErrForgotten is the answer for a file whose content is no longer kept.
	ErrForgotten = fault.Conflict("imports.forgotten", "The content of this file is no longer kept: {{.Days}} days have gone by, or somebody in it was erased. Bring the file again.").With("Days", keptDays)
	// ErrNotDone refuses to take back what was not run to its end.
	ErrNotDone = fault.Conflict("imports.not_done", "This import has not been run, so there is nothing to take back.")
	// ErrUndone refuses to take an import back again.
	ErrUndone = fault.Conflict("imports.undone", "This import was taken back already. What stayed then is yours to change by hand.")
	// ErrNotRunning refuses to stop what does not run.
	ErrNotRunning = fault.Conflict("imports.not_running", "This import is not running, so there is nothing to stop.")
)

// keptDays is how long the content of a file is kept: long enough to look again,
// and no longer, for it is full of people.
const keptDays = 30

// State is how far an import is.
type State string

// The states: kept to be looked at, running in the background, stopped on the way
// (it goes on from there), done; being taken back, and taken back.
const (
	Kept    State = "kept"
	Running State = "running"
	Stopped State = "stopped"
	Ran     State = "done"
	Undoing State = "undoing"
	Undone  State = "undone"
)

// Import is a file that was brought.
type Import struct {
	ID        id.ID
	SpaceID   id.ID
	Kind      Kind
	MemberID  id.ID // who brought it
	FileName  string
	Body      string        // of a file from before its bytes were kept; see Bytes
	Content   []byte        // as it came; nil: see Body, or no longer kept
	Settings  string        // JSON: what its columns and their words mean; the domain's
	CreatedAt clock.Instant // when it was brought
	DoneAt    clock.Instant // when it was run to its end; zero: not yet
	Created   int64         // rows that it made
	Unchanged int64         // rows that were there already
	Gained    int64         // rows that were there and were given something
	Refused   int64         // lines that were left out for their mistakes
	State     State
	Total     int64 // lines to work through, or to take back
	Position  int64 // how many of them were
	StartedAt clock.Instant
	RunBy     id.ID  // in whose name; empty: the house
	Reason    string // the code of the refusal that stopped it
	UndoneAt  clock.Instant
	Taken     int64 // lines that were taken back
	Stayed    int64 // lines that could not be
}

// Done reports whether it was run to its end.
func (i Import) Done() bool { return !i.DoneAt.IsZero() }

// Forgotten reports whether its content is no longer kept.
func (i Import) Forgotten() bool { return i.Reason == ErrForgotten.Code }

// Busy reports whether it is being worked on in the background.
func (i Import) Busy() bool { return i.State == Running || i.State == Undoing }

// Bytes is the file as it came; ErrForgotten once it is no longer kept.
func (i Import) Bytes() ([]byte, error) {
	switch {
	case i.Content != nil:
		return i.Content, nil
	case i.Body != "":
		return []byte(i.Body), nil
	}
	return nil, ErrForgotten
}

// Left is how long the rest takes at the pace so far; zero where that can't be told yet.
func (i Import) Left(now clock.Instant) time.Duration {
	took := now.Sub(i.StartedAt)
	if i.Position == 0 || took < 2*time.Second {
		return 0
	}
	return time.Duration(int64(took) / i.Position * (i.Total - i.Position)).Round(time.Second)
}

// Fate is what becomes of a line.
type Fate string

// The fates.
const (
	Create    Fate = "create"    // it will be (was) made
	Gain      Fate = "gain"      // it is there already and is given something
	Unchanged Fate = "unchanged" // it is there already and is left as it is
	Refused   Fate = "refused"   // it has a mistake
)

// Line is one row of the file in a preview.
type Line struct {
	Number   int // in the file, counted from 1
	Title    string
	Detail   string
	Fate     Fate
	Gives    []i18n.Text    // what it brings with it: a plan, a certification
	Adds     []Added        // and what it tells of them
	Notes    []*fault.Error // what of the line is passed over, and why
	Problems []sheet.Problem
}

// Added is what a line tells of somebody: the domain's word for it, and the text.
type Added struct{ Field, Text string }

// Preview is what running the file would do, or did.
type Preview struct {
	Import  Import
	Ignored []string // columns that nothing is known of, as the file names them
	Lines   []Line
}

// Count is how many lines share a fate.
func (p Preview) Count(f Fate) int {
	n := 0
	for _, l := range p.Lines {
		if l.Fate == f {
			n++
		}
	}
	return n
}

// Problems lists everything that is wrong, by line.
func (p Preview) Problems() []sheet.Problem {
	var all []sheet.Problem
	for _, l := range p.Lines {
		all = append(all, l.Problems...)
	}
	return all
}

// Shelf is where the files stand. Make it with NewShelf.
type Shelf struct {
	db    *db.DB
	clock clock.Clock
	store store
}

// NewShelf makes the shelf on a migrated database.
func NewShelf(d *db.DB, c clock.Clock) *Shelf { return &Shelf{db: d, clock: c, store: store{d}} }

// Keep puts a file that sheet could read on the shelf, not yet run, inside the
// caller's transaction.
func (s *Shelf) Keep(ctx context.Context, space id.ID, kind Kind, by id.ID, fileName string, body []byte) (Import, error) {
	i := Import{
		ID: id.New(), SpaceID: space, Kind: kind, MemberID: by, State: Kept, Settings: "{}",
		FileName: plainName(fileName), Content: body, CreatedAt: s.clock.Now(),
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error { return s.store.insert(ctx, i) })
	return i, fault.Wrap(err, "keep an import")
}

// Take finds a file of this kind in the space; ErrNoSuchImport if there is none.
func (s *Shelf) Take(ctx context.Context, space id.ID, kind Kind, i id.ID) (Import, error) {
	found, err := s.store.one(ctx, space, kind, i)
	return found, fault.Wrap(err, "import %s", i)
}

// Recent lists the latest files of a space that were run, without their bodies.
func (s *Shelf) Recent(ctx context.Context, space id.ID, kind Kind) ([]Import, error) {
	found, err := s.store.recent(ctx, space, kind)
	return found, fault.Wrap(err, "imports of %s", space)
}

// Finish notes, inside the transaction that made the rows, that the file was run
// and what came of it. ErrDone if it was run before: of two who run it at once
// one finishes.
func (s *Shelf) Finish(ctx context.Context, i Import, created, unchanged int) (Import, error) {
	i.DoneAt, i.Created, i.Unchanged, i.State = s.clock.Now(), int64(created), int64(unchanged), Ran
	err := s.db.Tx(ctx, func(ctx context.Context) error { return s.store.finish(ctx, i) })
	return i, fault.Wrap(err, "finish import %s", i.ID)
}

// plainName is the last part of a path, without control characters, at most 120 characters long.
func plainName(s string) string {
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 120 {
		s = string(r[:120])
	}
	if s == "" {
		return "import.csv"
	}
	return s
}
