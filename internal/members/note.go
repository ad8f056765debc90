package members

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// MaxNote is the most characters a note may have.
const MaxNote = 2000

var (
	// ErrNoSuchNote is the answer where there is no such note, or not for this actor.
	ErrNoSuchNote = fault.NotFound("members.no_such_note", "There is no such note here.")
	// ErrNoteMissing asks for the text of a note.
	ErrNoteMissing = fault.Invalid("text", "members.note_missing", "Write what there is to know.")
	// ErrNoteTooLong refuses a note of more than MaxNote characters.
	ErrNoteTooLong = fault.Invalid("text", "members.note_too_long", "Keep it to {{.Most}} characters.").With("Most", MaxNote)
	// ErrNoteStruck refuses to do something with a note that was struck out.
	ErrNoteStruck = fault.Conflict("members.note_struck", "This note was struck out already.")
)

// Note is what staff writes down about a person. Its text never changes; it may be
// struck out, and is still there to be read. The person gets all of them with their data.
type Note struct {
	ID        id.ID
	SpaceID   id.ID
	MemberID  id.ID // whom it is about
	Text      string
	Pinned    bool // shown at the desk before anything else
	WrittenBy id.ID
	WrittenAt clock.Instant
	StruckBy  id.ID
	StruckAt  clock.Instant
}

// Struck reports whether it does not count any more.
func (n Note) Struck() bool { return !n.StruckAt.IsZero() }

// Noted is a note with the names of who wrote it and who struck it out.
type Noted struct {
	Note
	AuthorName  string
	StrikerName string
}

// Notes are the notes about a person, the latest first. Who may write but not read
// all, an instructor, gets their own; ErrNoSuchMember about whom they neither teach nor noted anything.
func (s *Service) Notes(ctx context.Context, by actor.Actor, space, member id.ID) ([]Noted, error) {
	author := id.ID("")
	if by.May("note.read", space, "", nil) != nil {
		if err := by.May("note.write", space, "", nil); err != nil {
			return nil, err
		}
		author = by.Member
	}
	if _, err := s.store.standing(ctx, space, member); err != nil {
		return nil, err
	}
	notes, err := s.store.notes(ctx, space, member, author)
	if err == nil && len(notes) == 0 {
		err = s.concerns(ctx, by, space, member)
	}
	return notes, fault.Wrap(err, "notes about %s", member)
}

// concerns refuses an instructor whom the person is no pupil of; to them there is no such person.
func (s *Service) concerns(ctx context.Context, by actor.Actor, space, member id.ID) error {
	if by.May("note.read", space, "", nil) == nil {
		return nil
	}
	taught, err := s.pupils.Teaches(ctx, space, by.Member, member)
	if err == nil && !taught {
		err = ErrNoSuchMember
	}
	return err
}

// WriteNote notes something about a person; nobody does about themselves, and an
// instructor only about whom they teach.
func (s *Service) WriteNote(ctx context.Context, by actor.Actor, space, member id.ID, text string, pinned bool) (Note, error) {
	if err := by.May("note.write", space, "", nil); err != nil {
		return Note{}, err
	}
	if member == by.Member {
		return Note{}, ErrNotAboutOneself
	}
	text, err := within(text, MaxNote, ErrNoteMissing, ErrNoteTooLong)
	if err != nil {
		return Note{}, err
	}
	n := Note{ID: id.New(), SpaceID: space, MemberID: member, Text: text, Pinned: pinned, WrittenBy: by.Member, WrittenAt: s.clock.Now()}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.store.standing(ctx, space, member); err != nil {
			return err
		}
		if err := s.concerns(ctx, by, space, member); err != nil {
			return err
		}
		if err := s.store.insertNote(ctx, n); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "note.write", member, map[string]any{"note": n.ID, "pinned": pinned})
	})
	return n, fault.Wrap(err, "note about %s", member)
}

// ErrNotAboutOneself refuses a note about oneself.
var ErrNotAboutOneself = fault.Forbidden("members.not_about_oneself", "Nobody keeps notes about themselves. Ask a colleague.")

// StrikeNote strikes a note out. Its author may, and a manager.
func (s *Service) StrikeNote(ctx context.Context, by actor.Actor, space, member, note id.ID) error {
	return s.markNote(ctx, by, space, member, note, func(n *Note) error {
		if n.WrittenBy != by.Member && by.May("note.strike", space, "", nil) != nil {
			return ErrNoteNotYours
		}
		n.Pinned, n.StruckBy, n.StruckAt = false, by.Member, s.clock.Now()
		return nil
	})
}

// ErrNoteNotYours refuses to strike out another's note.
var ErrNoteNotYours = fault.Forbidden("members.note_not_yours", "A note is struck out by who wrote it, or by a manager.")

// PinNote shows a note at the desk before anything else, or no longer.
func (s *Service) PinNote(ctx context.Context, by actor.Actor, space, member, note id.ID, pinned bool) error {
	return s.markNote(ctx, by, space, member, note, func(n *Note) error {
		n.Pinned = pinned
		return nil
	})
}

func (s *Service) markNote(ctx context.Context, by actor.Actor, space, member, note id.ID, mark func(*Note) error) error {
	if err := by.May("note.write", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "notes", note); err != nil {
			return err
		}
		n, err := s.store.note(ctx, space, member, note)
		switch {
		case err != nil:
			return err
		case n.WrittenBy != by.Member && by.May("note.read", space, "", nil) != nil:
			return ErrNoSuchNote
		case n.Struck():
			return ErrNoteStruck
		}
		if err := mark(&n); err != nil {
			return err
		}
		if err := s.store.markNote(ctx, n); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "note.write", member, map[string]any{"note": n.ID, "pinned": n.Pinned, "struck": n.Struck()})
	}), "note %s", note)
}
