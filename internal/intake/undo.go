package intake

import (
	"context"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/imports"
)

// The reasons why something stays, beside the traces that Roll knows: it was changed
// by hand since, or is gone.
const (
	staysChanged = "changed"
	staysGone    = "gone"
)

// Undoing is what taking an import back would do, or did.
type Undoing struct {
	Import imports.Import
	Taken  int // lines that are taken back
	Stays  []Stay
	More   int // lines that stay beyond Stays
}

// Stay is a line of which something can't be taken back, and why.
type Stay struct {
	Line   int64
	Member id.ID
	Name   string
	Why    string // "bookings", "charges", "sessions", "changed", …
}

// mostStays is how many lines that stay are named.
const mostStays = 200

// PreviewUndo says what taking an import back would do: what was made and not touched
// since is taken, the rest stays. Of one that was taken back it says what stayed.
func (s *Service) PreviewUndo(ctx context.Context, by actor.Actor, space, file id.ID) (Undoing, error) {
	if err := by.May(opUndo, space, "", nil); err != nil {
		return Undoing{}, err
	}
	i, err := s.shelf.Progress(ctx, space, imports.Members, file)
	u := Undoing{Import: i}
	switch {
	case err != nil:
		return u, err
	case i.State == imports.Kept || i.State == imports.Running:
		return u, imports.ErrNotDone
	case i.State == imports.Undone:
		u.Taken = int(i.Taken)
		return s.stayed(ctx, u)
	}
	for after := int64(0); ; {
		items, err := s.shelf.Items(ctx, file, after, batch)
		if err != nil || len(items) == 0 {
			return u, err
		}
		after = items[len(items)-1].Line
		why, known, err := s.stays(ctx, space, items)
		if err != nil {
			return u, err
		}
		for _, line := range byLine(items) {
			switch reason := why[line[0].Line]; {
			case reason == "":
				u.Taken++
			case len(u.Stays) < mostStays:
				u.Stays = append(u.Stays, Stay{line[0].Line, line[0].MemberID, known[line[0].MemberID].Name, reason})
			default:
				u.More++
			}
		}
	}
}

// stayed fills in what stayed when an import was taken back.
func (s *Service) stayed(ctx context.Context, u Undoing) (Undoing, error) {
	items, err := s.shelf.Stayed(ctx, u.Import.ID, mostStays)
	if err != nil || len(items) == 0 {
		return u, err
	}
	people := make([]id.ID, len(items))
	for n, item := range items {
		people[n] = item.MemberID
	}
	known, err := s.roll.Known(ctx, u.Import.SpaceID, people...)
	if err != nil {
		return u, err
	}
	names := map[id.ID]string{}
	for _, k := range known {
		names[k.Member] = k.Name
	}
	for _, item := range items {
		u.Stays = append(u.Stays, Stay{item.Line, item.MemberID, names[item.MemberID], item.Stays})
	}
	u.More = int(u.Import.Stayed) - len(items)
	return u, nil
}

// byLine cuts items into those of each line.
func byLine(items []imports.Item) [][]imports.Item {
	var lines [][]imports.Item
	for _, i := range items {
		if n := len(lines); n > 0 && lines[n-1][0].Line == i.Line {
			lines[n-1] = append(lines[n-1], i)
		} else {
			lines = append(lines, []imports.Item{i})
		}
	}
	return lines
}

// stays is why each line of these can't be taken back; empty: it can. It also tells
// of the people.
func (s *Service) stays(ctx context.Context, space id.ID, items []imports.Item) (why map[int64]string, known map[id.ID]Known, err error) {
	var people []id.ID
	for _, i := range items {
		if !slices.Contains(people, i.MemberID) {
			people = append(people, i.MemberID)
		}
	}
	list, err := s.roll.Known(ctx, space, people...)
	if err != nil {
		return nil, nil, err
	}
	traces, err := s.roll.Traces(ctx, space, people)
	if err != nil {
		return nil, nil, err
	}
	known = map[id.ID]Known{}
	for _, k := range list {
		known[k.Member] = k
	}
	why = map[int64]string{}
	for _, line := range byLine(items) {
		member := line[0].MemberID
		k, here := known[member]
		switch {
		case !here:
			why[line[0].Line] = staysGone
		case traces[member] != "" && !existed(line):
			why[line[0].Line] = traces[member]
		case used(k, line) != "":
			why[line[0].Line] = used(k, line)
		case touched(k, line):
			why[line[0].Line] = staysChanged
		}
	}
	return why, known, nil
}

// existed reports whether the line is of somebody who was here before the import.
func existed(line []imports.Item) bool {
	return !slices.ContainsFunc(line, func(i imports.Item) bool { return i.Kind == itemMember || i.Kind == itemStanding })
}

// used is what came since of a plan or a certification that a line gave; empty: nothing.
func used(k Known, line []imports.Item) string {
	for _, h := range slices.Concat(k.Runs, k.Grants) {
		if h.Used != "" && slices.ContainsFunc(line, func(i imports.Item) bool { return i.SubjectID == h.ID }) {
			return h.Used
		}
	}
	return ""
}

// touched reports whether what a line made was changed since, or more was added.
func touched(k Known, line []imports.Item) bool {
	runs, grants, tags, facts := 0, 0, 0, 0
	for _, i := range line {
		switch i.Kind {
		case itemMember, itemStanding:
			if i.Mark != k.Mark {
				return true
			}
		case itemMembership:
			runs++
			at := slices.IndexFunc(k.Runs, func(h Held) bool { return h.ID == i.SubjectID })
			if at < 0 || k.Runs[at].Withdrawn || term(k.Runs[at].From, k.Runs[at].Until) != i.Mark {
				return true
			}
		case itemGrant:
			grants++
			at := slices.IndexFunc(k.Grants, func(h Held) bool { return h.ID == i.SubjectID })
			if at < 0 || k.Grants[at].Withdrawn {
				return true
			}
		case itemNewTag: // is the space's, and goes last
		case itemTag:
			if tags++; !slices.Contains(k.Tags, i.SubjectID) {
				return true
			}
		default:
			facts++
			at := k.noted(i)
			if at < 0 || k.Facts[at].Withdrawn || seal(k.Facts[at].Key) != i.Mark {
				return true
			}
		}
	}
	if existed(line) {
		return false
	}
	for _, f := range k.Facts {
		if f.Field == Phone { // is part of the account that was made
			facts++
		}
	}
	return len(k.Runs) != runs || len(k.Grants) != grants || len(k.Tags) != tags || len(k.Facts) != facts
}

// noted is where among the facts of a person the one is that an item made; -1: it is gone.
func (k Known) noted(i imports.Item) int {
	return slices.IndexFunc(k.Facts, func(f Fact) bool { return string(f.Field) == i.Kind && f.ID == i.SubjectID })
}

// Undo takes back what an import made, as far as nobody has touched it since: who was
// new goes, with memberships and certifications, and who was here before loses what
// the import gave. A small import is taken back when Undo returns, a larger one by a
// job. imports.ErrUndone if that was done before, imports.ErrNotDone where there is
// nothing to take back.
func (s *Service) Undo(ctx context.Context, by actor.Actor, space, file id.ID) (imports.Import, error) {
	if err := by.May(opUndo, space, "", nil); err != nil {
		return imports.Import{}, err
	}
	var i imports.Import
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if i, err = s.shelf.Hold(ctx, space, imports.Members, file); err != nil {
			return err
		}
		switch i.State {
		case imports.Kept, imports.Running:
			return imports.ErrNotDone
		case imports.Undone, imports.Undoing:
			return imports.ErrUndone
		}
		lines, err := s.shelf.Lines(ctx, file)
		if err != nil {
			return err
		}
		i.State, i.Total, i.Position, i.StartedAt, i.RunBy = imports.Undoing, lines, 0, s.clock.Now(), by.Member
		if lines > atOnce {
			if err := s.shelf.Note(ctx, i); err != nil {
				return err
			}
			return s.jobs.Add(ctx, undo{space, file})
		}
		for i.State == imports.Undoing {
			if err := s.takeBack(ctx, by, &i); err != nil {
				return err
			}
		}
		return nil
	})
	return i, fault.Wrap(err, "undo import %s", file)
}

// undo is the job that takes an import back, a shift long.
type undo struct {
	Space  id.ID `json:"space"`
	Import id.ID `json:"import"`
}

// Kind names the job.
func (undo) Kind() string { return "intake.undo" }

func (s *Service) undoOn(ctx context.Context, j undo) error {
	for n, more := 1, true; more; n++ {
		tired := n == shift
		err := s.db.Tx(ctx, func(ctx context.Context) error {
			i, err := s.shelf.Hold(ctx, j.Space, imports.Members, j.Import)
			if more = err == nil && i.State == imports.Undoing; !more {
				return err
			}
			by, err := s.actor(ctx, i.RunBy)
			if err != nil {
				return err
			}
			if err := by.May(opUndo, j.Space, "", nil); err != nil { // no longer theirs: what is left stays undone by them
				by = actor.House
			}
			if err := s.takeBack(ctx, by, &i); err != nil {
				return err
			}
			if more = i.State == imports.Undoing; more && tired {
				return s.jobs.Add(ctx, j)
			}
			return nil
		})
		if err != nil || tired {
			return fault.Wrap(err, "undo import %s", j.Import)
		}
	}
	return nil
}

// takeBack takes the next lines of an import back, inside the caller's transaction,
// and finishes it when there are none.
func (s *Service) takeBack(ctx context.Context, by actor.Actor, i *imports.Import) error {
	items, err := s.shelf.Items(ctx, i.ID, 0, batch)
	if err != nil {
		return err
	}
	if len(items) > 0 {
		var people []id.ID
		for _, item := range items {
			people = append(people, item.MemberID)
		}
		slices.Sort(people)
		if err := s.db.Lock(ctx, "members", slices.Compact(people)...); err != nil {
			return err
		}
		why, known, err := s.stays(ctx, i.SpaceID, items)
		if err != nil {
			return err
		}
		for _, line := range byLine(items) {
			reason := why[line[0].Line]
			if reason == "" {
				if err := s.takeLine(ctx, by, i.SpaceID, known[line[0].MemberID], line); err != nil {
					return err
				}
				i.Taken++
			} else {
				i.Stayed++
			}
			if err := s.shelf.TookBack(ctx, i.ID, line[0].Line, reason); err != nil {
				return err
			}
			i.Position++
		}
	}
	if i.Position >= i.Total || len(items) == 0 {
		if err := s.unmakeTags(ctx, by, i); err != nil {
			return err
		}
		i.State, i.UndoneAt = imports.Undone, s.clock.Now()
		if err := s.audit.Record(ctx, by, i.SpaceID, opUndo, i.ID, map[string]any{"taken": i.Taken, "stayed": i.Stayed}); err != nil {
			return err
		}
	}
	return s.shelf.Note(ctx, *i)
}

// unmakeTags takes away the tags that an import made and nobody has any more.
func (s *Service) unmakeTags(ctx context.Context, by actor.Actor, i *imports.Import) error {
	made, err := s.shelf.Subjects(ctx, i.ID, itemNewTag)
	if err != nil {
		return err
	}
	for _, tag := range made {
		if err := s.tags.Unmake(ctx, by, i.SpaceID, tag); err != nil {
			return err
		}
	}
	return nil
}

// takeLine takes back all that one line made: what was given first, the person last.
func (s *Service) takeLine(ctx context.Context, by actor.Actor, space id.ID, k Known, line []imports.Item) error {
	member := line[0].MemberID
	for _, i := range line {
		var err error
		switch i.Kind {
		case itemGrant:
			err = s.certifications.TakeBack(ctx, by, space, member, i.SubjectID)
		case itemMembership:
			err = s.plans.TakeBack(ctx, by, space, member, i.SubjectID)
		case itemTag:
			err = s.tags.TakeBack(ctx, by, space, member, i.SubjectID)
		case itemMember, itemStanding, itemNewTag: // the last
		default:
			err = s.facts.Forget(ctx, by, space, member, Field(i.Kind), i.SubjectID, k.Facts[k.noted(i)].Key)
		}
		if err != nil {
			return err
		}
	}
	if existed(line) {
		return nil
	}
	if err := s.shelf.Unknow(ctx, space, member); err != nil {
		return err
	}
	account := slices.ContainsFunc(line, func(i imports.Item) bool { return i.Kind == itemMember })
	return s.people.Dismiss(ctx, by, space, member, account)
}
