package imports

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/sheet"
)

// Item is one thing that an import made, so that it can be taken back.
type Item struct {
	ImportID  id.ID
	Line      int64
	Kind      string // the domain's word: "member", "membership"
	SubjectID id.ID
	MemberID  id.ID  // whom it was made for
	Mark      string // how it was made, so that a later change is seen
	Stays     string // the code of why it was not taken back
	UndoneAt  clock.Instant
}

// TableName is where GORM finds it.
func (Item) TableName() string { return "import_items" }

// Progress is an import without its content, as somebody who waits looks at it;
// ErrNoSuchImport if there is none.
func (s *Shelf) Progress(ctx context.Context, space id.ID, kind Kind, i id.ID) (Import, error) {
	found, err := s.store.state(ctx, space, kind, i)
	return found, fault.Wrap(err, "import %s", i)
}

// Hold is Progress for one who is about to change it: others wait until the
// caller's transaction ends.
func (s *Shelf) Hold(ctx context.Context, space id.ID, kind Kind, i id.ID) (Import, error) {
	if err := s.db.Lock(ctx, "imports", i); err != nil {
		return Import{}, fault.Wrap(err, "hold import %s", i)
	}
	return s.Progress(ctx, space, kind, i)
}

// Note writes down how far an import is that the caller Holds.
func (s *Shelf) Note(ctx context.Context, i Import) error {
	return fault.Wrap(s.store.note(ctx, i), "note import %s", i.ID)
}

// Settle keeps what the columns of a file mean, for the import and for the next
// file of the space with the same headings. ErrDone once it was begun.
func (s *Shelf) Settle(ctx context.Context, space id.ID, kind Kind, i id.ID, headings []string, settings string) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		found, err := s.Hold(ctx, space, kind, i)
		if err != nil {
			return err
		}
		if found.State != Kept {
			return ErrDone
		}
		if err := s.store.settle(ctx, i, settings); err != nil {
			return err
		}
		return s.store.remember(ctx, mapping{SpaceID: space, Kind: kind, Headings: sum(headings), Settings: settings, UpdatedAt: s.clock.Now()})
	}), "settle import %s", i)
}

// Remembered is what was chosen for the last file with these headings; "" if there was none.
func (s *Shelf) Remembered(ctx context.Context, space id.ID, kind Kind, headings []string) (string, error) {
	settings, err := s.store.remembered(ctx, space, kind, sum(headings))
	return settings, fault.Wrap(err, "the mapping of a file")
}

// sum is one short word for a list of headings.
func sum(headings []string) string {
	h := sha256.Sum256([]byte(strings.ToLower(strings.Join(headings, "\x00"))))
	return hex.EncodeToString(h[:])
}

// Made writes down what an import made, inside the transaction that made it.
func (s *Shelf) Made(ctx context.Context, items []Item) error {
	if len(items) == 0 {
		return nil
	}
	return fault.Wrap(s.store.made(ctx, items), "what an import made")
}

// Items are what an import made on the next so many lines after one that nobody has
// tried to take back yet, in the order of lines.
func (s *Shelf) Items(ctx context.Context, i id.ID, after int64, lines int) ([]Item, error) {
	items, err := s.store.items(ctx, i, after, lines)
	return items, fault.Wrap(err, "what import %s made", i)
}

// Subjects are what an import made of a kind, taken back or not.
func (s *Shelf) Subjects(ctx context.Context, i id.ID, kind string) ([]id.ID, error) {
	subjects, err := s.store.subjects(ctx, i, kind)
	return subjects, fault.Wrap(err, "what import %s made", i)
}

// Lines is how many lines of an import made something.
func (s *Shelf) Lines(ctx context.Context, i id.ID) (int64, error) {
	n, err := s.store.lines(ctx, i)
	return n, fault.Wrap(err, "lines of import %s", i)
}

// TookBack notes of a line that it was taken back, or with the code of why it stays.
func (s *Shelf) TookBack(ctx context.Context, i id.ID, line int64, stays string) error {
	return fault.Wrap(s.store.tookBack(ctx, i, line, stays, s.clock.Now()), "take back line %d of import %s", line, i)
}

// Stayed are the lines that were not taken back: one item each, at most so many.
func (s *Shelf) Stayed(ctx context.Context, i id.ID, most int) ([]Item, error) {
	items, err := s.store.stayed(ctx, i, most)
	return items, fault.Wrap(err, "what stays of import %s", i)
}

// Refused writes down what is wrong with the lines that an import leaves out, inside
// the transaction that leaves them out.
func (s *Shelf) Refused(ctx context.Context, i id.ID, problems []sheet.Problem) error {
	var rows []refusal
	for n, p := range problems {
		args, err := json.Marshal(p.Fault.Args)
		if err != nil {
			return fault.Wrap(err, "what is wrong on line %d", p.Line)
		}
		rows = append(rows, refusal{ImportID: i, Line: int64(p.Line), Place: int64(n), Field: p.Column, Code: p.Fault.Code, Args: string(args)})
	}
	if len(rows) == 0 {
		return nil
	}
	return fault.Wrap(s.store.refused(ctx, rows), "what import %s left out", i)
}

// Refusals are what was wrong with the lines that an import left out, by line.
func (s *Shelf) Refusals(ctx context.Context, i id.ID) ([]sheet.Problem, error) {
	rows, err := s.store.refusals(ctx, i)
	problems := make([]sheet.Problem, len(rows))
	for n, r := range rows {
		wrong := &fault.Error{Kind: fault.KindInvalid, Field: r.Field, Code: r.Code}
		if err := json.Unmarshal([]byte(r.Args), &wrong.Args); err != nil {
			return nil, fault.Wrap(err, "what was wrong on line %d", r.Line)
		}
		for name, v := range wrong.Args {
			if whole, is := v.(float64); is {
				wrong.Args[name] = int64(whole)
			}
		}
		problems[n] = sheet.Problem{Line: int(r.Line), Column: r.Field, Fault: wrong}
	}
	return problems, fault.Wrap(err, "what import %s left out", i)
}

// Identity says who somebody is in the program that they came from.
type Identity struct {
	SpaceID    id.ID
	Source     string
	ExternalID string
	MemberID   id.ID
}

// TableName is where GORM finds it.
func (Identity) TableName() string { return "import_identities" }

// Identities are all that a space knows of one source.
func (s *Shelf) Identities(ctx context.Context, space id.ID, source string) ([]Identity, error) {
	found, err := s.store.identities(ctx, space, source)
	return found, fault.Wrap(err, "identities of %s", space)
}

// Identify keeps who somebody is; one that is kept already stays as it is.
func (s *Shelf) Identify(ctx context.Context, known Identity) error {
	return fault.Wrap(s.store.identify(ctx, known), "identify %s", known.MemberID)
}

// Unknow forgets who somebody is in other programs, here.
func (s *Shelf) Unknow(ctx context.Context, space, member id.ID) error {
	return fault.Wrap(s.store.unknow(ctx, space, member), "identities of %s", member)
}

// Forget drops the content of files that were brought long ago, with what was wrong in
// it and what its words were said to mean. One that is being run stops there.
func (s *Shelf) Forget(ctx context.Context) error {
	before := s.clock.Now().Add(-keptDays*24*time.Hour + time.Second)
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		old, err := s.store.before(ctx, before)
		if err != nil {
			return err
		}
		return s.store.forget(ctx, old)
	}), "forget files")
}

// Choose keeps what the columns of a file are first taken to mean, without keeping it
// for the next.
func (s *Shelf) Choose(ctx context.Context, i id.ID, settings string) error {
	return fault.Wrap(s.store.settle(ctx, i, settings), "settle import %s", i)
}
