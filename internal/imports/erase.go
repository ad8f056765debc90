package imports

import (
	"context"
	"slices"
	"strings"

	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/sheet"
)

// Erase forgets what files said of a person: the content of every file in which their
// address stands or that made something for them, with the lines of others, and by
// which number another program knew them. A file that was still to be run can't be any
// more, for it would bring them back. It is asked in the transaction that erases them,
// while their address is known.
func (s *Shelf) Erase(ctx context.Context, member id.ID, email string) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		made, err := s.store.of(ctx, member)
		if err != nil {
			return err
		}
		kept, err := s.store.whole(ctx)
		if err != nil {
			return err
		}
		var theirs []Import
		for _, i := range kept {
			in := slices.Contains(made, i.ID)
			if !in {
				if in, err = s.mentions(ctx, i.ID, email); err != nil {
					return err
				}
			}
			if in {
				theirs = append(theirs, i)
			}
		}
		if err := s.store.forget(ctx, theirs); err != nil {
			return err
		}
		if err := s.store.unmark(ctx, member); err != nil {
			return err
		}
		return s.store.deleteIdentities(ctx, member)
	}), "erase where %s was imported from", member)
}

// mentions reports whether an address stands in a file, in whatever case. A file that
// can't be read is taken to hold it.
func (s *Shelf) mentions(ctx context.Context, file id.ID, email string) (bool, error) {
	i, err := s.store.content(ctx, file)
	if err != nil || email == "" {
		return false, err
	}
	body, err := i.Bytes()
	if err != nil {
		return false, err
	}
	text, err := sheet.Text(body)
	return err != nil || strings.Contains(strings.ToLower(text), strings.ToLower(email)), nil
}
