package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/jobs"
	"guildhall/internal/sheet"
)

// How a run is cut: a file of up to atOnce lines is run while its person waits, all
// of it or nothing; a larger one by a job, batch by batch, that makes room for others
// after a shift of so many.
const (
	atOnce = 200
	batch  = 50
	shift  = 40
)

// The things that an import makes, as import_items has them.
const (
	itemMember     = "member"
	itemStanding   = "standing"
	itemMembership = "membership"
	itemGrant      = "grant"
	itemTag        = "tag"
	itemNewTag     = NewTag // and each of the facts, by its field
)

// Preview says what running a file would do now, line by line. Of one that was run
// or runs, it says how far it is.
func (s *Service) Preview(ctx context.Context, by actor.Actor, space, file id.ID) (imports.Preview, error) {
	if err := by.May(opImport, space, "", nil); err != nil {
		return imports.Preview{}, err
	}
	i, err := s.shelf.Progress(ctx, space, imports.Members, file)
	if err != nil || i.State != imports.Kept {
		return imports.Preview{Import: i}, err
	}
	i, table, err := s.open(ctx, space, file)
	if err != nil {
		return imports.Preview{Import: i}, err
	}
	set := settings(i.Settings)
	entries, err := s.entries(ctx, by, space, set, table)
	p := imports.Preview{Import: i, Lines: lines(entries)}
	for at, f := range set.Columns {
		if f == LeftOut && table.Headings[at] != "" {
			p.Ignored = append(p.Ignored, table.Headings[at])
		}
	}
	return p, fault.Wrap(err, "preview import %s", file)
}

// Run makes everyone in the file who is not here yet a member, and gives them, and
// who is here already, the plan and the certifications that they never had here. A
// file of up to atOnce lines is done when Run returns, all of it or nothing; a larger
// one has begun. ErrProblems where lines have mistakes and were not said to be
// left out; imports.ErrDone if it was run before. A run that was stopped goes on.
func (s *Service) Run(ctx context.Context, by actor.Actor, space, file id.ID, skipProblems bool) (imports.Import, error) {
	if err := by.May(opRun, space, "", nil); err != nil {
		return imports.Import{}, err
	}
	i, err := s.begin(ctx, by, space, file, skipProblems, atOnce)
	if errors.Is(err, errOnTheWay) { // somebody was refused who looked right: who is found by the job, one by one
		i, err = s.begin(ctx, by, space, file, skipProblems, 0)
	}
	return i, fault.Wrap(err, "run import %s", file)
}

// errOnTheWay is a refusal of what looked right.
var errOnTheWay = errors.New("a line was refused while it was worked")

// begin starts a run, and does it, too, if the file has at most so many lines.
func (s *Service) begin(ctx context.Context, by actor.Actor, space, file id.ID, skipProblems bool, most int) (i imports.Import, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if i, err = s.shelf.Hold(ctx, space, imports.Members, file); err != nil {
			return err
		}
		if i.State != imports.Kept && i.State != imports.Stopped {
			return imports.ErrDone
		}
		read, table, err := s.open(ctx, space, file)
		if err != nil {
			return err
		}
		set := settings(read.Settings)
		entries, err := s.entries(ctx, by, space, set, table)
		if err != nil {
			return err
		}
		if !skipProblems && slices.ContainsFunc(entries[i.Position:], func(e entry) bool { return len(e.problems) > 0 }) {
			return imports.ErrProblems
		}
		i.State, i.Total, i.RunBy, i.Reason = imports.Running, int64(len(entries)), by.Member, ""
		i.StartedAt = s.clock.Now()
		if len(entries) > most {
			if err := s.shelf.Note(ctx, i); err != nil {
				return err
			}
			return s.jobs.Add(ctx, run{space, file})
		}
		err = s.work(ctx, by, &i, set, entries)
		if _, refused := fault.As(err); refused {
			return errOnTheWay
		}
		return err
	})
	return i, err
}

// run is the job that works on an import, a shift long.
type run struct {
	Space  id.ID `json:"space"`
	Import id.ID `json:"import"`
}

// Kind names the job.
func (run) Kind() string { return "intake.run" }

// Work has the queue's jobs of this package done.
func (s *Service) Work(q *jobs.Queue) {
	jobs.Handle(q, s.runOn)
	jobs.Handle(q, s.undoOn)
}

// runOn goes on with an import from where it is. What of a batch is done and how far
// the import is are one transaction: a program that is killed goes on with the next.
func (s *Service) runOn(ctx context.Context, j run) error {
	i, table, err := s.open(ctx, j.Space, j.Import)
	if errors.Is(err, imports.ErrForgotten) { // which stopped it
		return nil
	}
	if err != nil || i.State != imports.Running {
		return fault.Wrap(err, "run import %s", j.Import)
	}
	by, err := s.actor(ctx, i.RunBy)
	if err != nil {
		return err
	}
	set := settings(i.Settings)
	entries, err := s.entries(ctx, by, j.Space, set, table)
	if err != nil {
		return fault.Wrap(err, "run import %s", j.Import)
	}
	for n, more := 1, true; more; n++ {
		tired := n == shift
		more, err = s.runBatch(ctx, j, set, entries, batch, tired)
		if _, refused := fault.As(err); refused { // somebody of the batch: who is found one by one
			more, err = s.oneByOne(ctx, j, set, entries)
		}
		if err != nil || tired {
			return fault.Wrap(err, "run import %s", j.Import)
		}
	}
	return nil
}

// runBatch works the next lines in one transaction, and says whether there are more.
// The last of a shift leaves the rest to the next.
func (s *Service) runBatch(ctx context.Context, j run, set Settings, entries []entry, size int, last bool) (more bool, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		i, err := s.shelf.Hold(ctx, j.Space, imports.Members, j.Import)
		if err != nil || i.State != imports.Running {
			return err
		}
		by, err := s.actor(ctx, i.RunBy)
		if err != nil {
			return err
		}
		if refused, ok := fault.As(by.May(opRun, j.Space, "", nil)); ok { // no longer theirs to do
			i.State, i.Reason = imports.Stopped, refused.Code
			return s.shelf.Note(ctx, i)
		}
		end := min(int(i.Position)+size, len(entries))
		if err := s.work(ctx, by, &i, set, entries[:end]); err != nil {
			return err
		}
		if more = end < len(entries) && i.State == imports.Running; more && last {
			return s.jobs.Add(ctx, j)
		}
		return nil
	})
	return more && err == nil, err
}

// oneByOne works a batch a line at a time, and passes over the one that is refused.
func (s *Service) oneByOne(ctx context.Context, j run, set Settings, entries []entry) (more bool, err error) {
	for range batch {
		more, err = s.runBatch(ctx, j, set, entries, 1, false)
		if refusal, refused := fault.As(err); refused {
			i, e := s.shelf.Progress(ctx, j.Space, imports.Members, j.Import)
			if e != nil || i.State != imports.Running {
				return false, e
			}
			entries[i.Position].wrong(refusal)
			more, err = s.runBatch(ctx, j, set, entries, 1, false)
		}
		if err != nil || !more {
			return more, err
		}
	}
	return more, nil
}

// actor is the one in whose name an import runs, as they are now.
func (s *Service) actor(ctx context.Context, member id.ID) (actor.Actor, error) {
	if member == "" {
		return actor.House, nil
	}
	return s.roll.Actor(ctx, member)
}

// work does the lines from where the import is to the end of entries, inside the
// caller's transaction, and notes how far that is.
func (s *Service) work(ctx context.Context, by actor.Actor, i *imports.Import, set Settings, entries []entry) error {
	var made []imports.Item
	var wrong []sheet.Problem
	for n := int(i.Position); n < len(entries); n++ {
		e := &entries[n]
		if len(e.problems) > 0 {
			i.Refused++
			wrong = append(wrong, e.problems...)
			continue
		}
		items, err := s.take(ctx, by, i, set, e)
		if err != nil {
			return err
		}
		switch {
		case len(items) == 0:
			i.Unchanged++
		case items[0].Kind == itemMember || items[0].Kind == itemStanding:
			i.Created++
		default:
			i.Gained++
		}
		made = append(made, items...)
	}
	if err := s.shelf.Made(ctx, made); err != nil {
		return err
	}
	if err := s.shelf.Refused(ctx, i.ID, wrong); err != nil {
		return err
	}
	i.Position = int64(len(entries))
	if i.Position == i.Total {
		i.State, i.DoneAt = imports.Ran, s.clock.Now()
		detail := map[string]any{"created": i.Created, "gained": i.Gained, "unchanged": i.Unchanged, "refused": i.Refused}
		if err := s.audit.Record(ctx, by, i.SpaceID, opImport, i.ID, detail); err != nil {
			return err
		}
	}
	return s.shelf.Note(ctx, *i)
}

// take does what one line says, and tells what that made. It looks again at what the
// person has: since the file was read, others were at work.
func (s *Service) take(ctx context.Context, by actor.Actor, i *imports.Import, set Settings, e *entry) (items []imports.Item, err error) {
	member := id.ID("")
	note := func(kind string, subject id.ID, mark string) {
		items = append(items, imports.Item{ImportID: i.ID, Line: int64(e.line), Kind: kind, SubjectID: subject, MemberID: member, Mark: mark})
	}
	known := e.known
	if known != nil {
		member = known.Member
	} else {
		in, err := s.people.Admit(ctx, by, i.SpaceID, e.person)
		if err != nil {
			return nil, err
		}
		member = in.Member
		switch {
		case in.Account:
			note(itemMember, member, in.Mark)
		case in.Standing:
			note(itemStanding, member, in.Mark)
		}
		if !in.Account {
			known = &Known{}
		}
	}
	if known != nil && e.gains() {
		if err := s.db.Lock(ctx, "members", member); err != nil {
			return nil, err
		}
		now, err := s.roll.Known(ctx, i.SpaceID, member)
		if err != nil {
			return nil, err
		}
		if len(now) == 0 { // gone since
			return nil, nil
		}
		known = &now[0]
	}
	if e.external != "" {
		if err := s.shelf.Identify(ctx, imports.Identity{SpaceID: i.SpaceID, Source: set.Source, ExternalID: e.external, MemberID: member}); err != nil {
			return nil, err
		}
	}
	if e.plan != "" && !known.holdsPlan(e.plan, s.clock.Now()) {
		made, ends, err := s.plans.Give(ctx, by, i.SpaceID, member, e.plan, e.term, i.FileName)
		if err != nil {
			return nil, err
		}
		note(itemMembership, made, term(e.term.From, ends))
	}
	for _, kind := range e.kinds {
		if known.had(kind) || member == by.Member {
			continue
		}
		made, _, err := s.certifications.Give(ctx, by, i.SpaceID, member, kind, Term{}, i.FileName)
		if err != nil {
			return nil, err
		}
		note(itemGrant, made, "")
	}
	tags := slices.Clone(e.tags)
	for _, name := range e.made {
		tag, made, err := s.tags.Make(ctx, by, i.SpaceID, name)
		if err != nil {
			return nil, err
		}
		if made {
			note(itemNewTag, tag, "")
		}
		tags = append(tags, tag)
	}
	for _, tag := range tags {
		if known != nil && slices.Contains(known.Tags, tag) {
			continue
		}
		made, _, err := s.tags.Give(ctx, by, i.SpaceID, member, tag, Term{}, i.FileName)
		if err != nil {
			return nil, err
		}
		note(itemTag, made, "")
	}
	for _, f := range e.facts {
		if known != nil {
			if _, has := known.fact(f.field, f.key); has {
				continue
			}
		}
		made, err := s.facts.Note(ctx, by, i.SpaceID, member, f.field, f.text)
		if err != nil {
			return nil, err
		}
		note(string(f.field), made, seal(f.key))
	}
	return items, nil
}

// seal is a mark of a text that does not tell it.
func seal(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// holdsPlan reports whether a plan is not to be given: it was had before, or another runs or will.
func (k *Known) holdsPlan(plan id.ID, now clock.Instant) bool {
	return k != nil && slices.ContainsFunc(k.Runs, func(h Held) bool { return h.Gift == plan || h.Until.IsZero() || h.Until.After(now) })
}

// had reports whether a certification was ever given.
func (k *Known) had(kind id.ID) bool {
	return k != nil && slices.ContainsFunc(k.Grants, func(h Held) bool { return h.Gift == kind })
}

// term is a mark of from when until when a membership runs.
func term(from, until clock.Instant) string {
	return stamp(from) + "/" + stamp(until)
}

func stamp(at clock.Instant) string {
	if at.IsZero() {
		return "open"
	}
	return at.UTC().Format(time.RFC3339)
}

// LeftOutLines are the lines of a file that are, or were, left out for their mistakes.
type LeftOutLines struct {
	Headings []string
	Lines    []LeftOutLine
}

// LeftOutLine is one of them, as it stands in the file, and what is wrong with it.
type LeftOutLine struct {
	Number   int
	Cells    []string // one for every heading
	Problems []sheet.Problem
}

// Mistakes are the lines of a file that would be left out, or of one that was run,
// those that were. imports.ErrForgotten once its content is no longer kept.
func (s *Service) Mistakes(ctx context.Context, by actor.Actor, space, file id.ID) (LeftOutLines, error) {
	if err := by.May(opImport, space, "", nil); err != nil {
		return LeftOutLines{}, err
	}
	i, table, err := s.open(ctx, space, file)
	if err != nil {
		return LeftOutLines{}, err
	}
	wrong := map[int][]sheet.Problem{}
	if i.State == imports.Kept {
		entries, err := s.entries(ctx, by, space, settings(i.Settings), table)
		if err != nil {
			return LeftOutLines{}, fault.Wrap(err, "mistakes of import %s", file)
		}
		for _, e := range entries {
			wrong[e.line] = e.problems
		}
	} else {
		all, err := s.shelf.Refusals(ctx, file)
		if err != nil {
			return LeftOutLines{}, err
		}
		for _, p := range all {
			wrong[p.Line] = append(wrong[p.Line], p)
		}
	}
	out := LeftOutLines{Headings: table.Headings}
	for _, r := range table.Rows {
		if problems := wrong[r.Line]; len(problems) > 0 {
			cells := append(slices.Clone(r.Cells), make([]string, max(0, len(table.Headings)-len(r.Cells)))...)
			out.Lines = append(out.Lines, LeftOutLine{r.Line, cells, problems})
		}
	}
	return out, nil
}

// Progress is how far an import is.
func (s *Service) Progress(ctx context.Context, by actor.Actor, space, file id.ID) (imports.Import, error) {
	if err := by.May(opImport, space, "", nil); err != nil {
		return imports.Import{}, err
	}
	return s.shelf.Progress(ctx, space, imports.Members, file)
}

// Stop stops a run between two batches: what it made is kept, and Run goes on from
// there. ErrNotRunning if nothing runs.
func (s *Service) Stop(ctx context.Context, by actor.Actor, space, file id.ID) error {
	if err := by.May(opImport, space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		i, err := s.shelf.Hold(ctx, space, imports.Members, file)
		if err != nil {
			return err
		}
		if i.State != imports.Running {
			return imports.ErrNotRunning
		}
		i.State, i.Reason = imports.Stopped, ""
		if err := s.shelf.Note(ctx, i); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, opImport, i.ID, map[string]any{"stopped": i.Position, "of": i.Total})
	}), "stop import %s", file)
}
