package spaces

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// Section is a part of a space's public page. Where to find the space comes last
// on every page and is none of them.
type Section string

// The sections, in the order of a page that nobody has changed.
const (
	Make   Section = "make"   // what one can make here, by trade
	Free   Section = "free"   // what is free now
	Plans  Section = "plans"  // what can be subscribed
	Desks  Section = "desks"  // desks and rooms
	Events Section = "events" // the next sessions
)

// Sections lists all there are.
var Sections = list[Section]{Make, Free, Plans, Desks, Events}

// Stream is where income comes from. Every amount of income belongs to one.
type Stream string

// The streams of income.
const (
	Fees        Stream = "fees"        // membership, with day passes and desk rental
	Sponsorship Stream = "sponsorship" // and donations
	Courses     Stream = "courses"     // training and course series
	EventIncome Stream = "events"      // events and workshops
	Sales       Stream = "sales"       // the shop, and the commission on what others sell in it
	Equipment   Stream = "equipment"   // machine time and materials
	Equity      Stream = "equity"      // dividends and realised gains of ventures
)

// Streams lists all there are, in the order in which they are shown.
var Streams = list[Stream]{Fees, Sponsorship, Courses, EventIncome, Sales, Equipment, Equity}

// list is a few words in an order, stored with a comma between.
type list[T ~string] []T

// Has reports whether the word is among them.
func (l list[T]) Has(word T) bool { return slices.Contains(l, word) }

// Of is a list of these words.
func (l list[T]) of(words []string) list[T] {
	made := make(list[T], len(words))
	for i, w := range words {
		made[i] = T(w)
	}
	return made
}

// Words are its words as text.
func (l list[T]) Words() []string {
	words := make([]string, len(l))
	for i, w := range l {
		words[i] = string(w)
	}
	return words
}

// known reports whether each of its words is in all, and none there twice.
func (l list[T]) known(all list[T]) bool {
	for i, word := range l {
		if !all.Has(word) || slices.Contains(l[:i], word) {
			return false
		}
	}
	return true
}

// GormDataType says that the column is TEXT.
func (list[T]) GormDataType() string { return "text" }

// Value stores the words.
func (l list[T]) Value() (driver.Value, error) { return strings.Join(l.Words(), ","), nil }

// Scan reads them.
func (l *list[T]) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("spaces: a list of words stored as %T", src)
	}
	*l = nil
	if text != "" {
		*l = l.of(strings.Split(text, ","))
	}
	return nil
}

var (
	errHeadline = fault.Invalid("headline", "spaces.headline", "Keep the headline to one line of at most 120 characters.")
	errSections = fault.Invalid("sections", "spaces.sections", "Choose among the sections there are, each once.")
	errStreams  = fault.Invalid("streams", "spaces.streams", "Choose at least one of the streams of income, each once.")
)

// Front is how a space shows itself to who comes for the first time, and which
// streams of income it has. Version is that of the copy that was changed.
type Front struct {
	Version  int
	Headline i18n.Text // over the page; empty: none
	Sections []Section // in the order of the page; one that is missing is not shown
	Streams  []Stream  // switched on; kept in the order of Streams
}

// normal is the front tidied up, or everything that can't be so.
func (f Front) normal() (Front, error) {
	var wrong fault.Many
	f.Headline = i18n.Text{EN: strings.TrimSpace(f.Headline.EN), ZH: strings.TrimSpace(f.Headline.ZH)}
	if longer(f.Headline, 120) || !f.Headline.Line() {
		wrong.Add(errHeadline)
	}
	if !list[Section](f.Sections).known(Sections) {
		wrong.Add(errSections)
	}
	if len(f.Streams) == 0 || !list[Stream](f.Streams).known(Streams) {
		wrong.Add(errStreams)
	}
	f.Streams = slices.DeleteFunc(slices.Clone(Streams), func(s Stream) bool { return !slices.Contains(f.Streams, s) })
	return f, wrong.Err()
}

// SetFront changes how a space shows itself and where its income comes from. It
// refuses a copy that has grown old with ErrStale.
func (s *Service) SetFront(ctx context.Context, by actor.Actor, space id.ID, f Front) (Space, error) {
	if err := by.May(opFront, space, "", ErrNoSuchSpace); err != nil {
		return Space{}, err
	}
	f, err := f.normal()
	if err != nil {
		return Space{}, err
	}
	var now Space
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "spaces", space); err != nil {
			return err
		}
		if now, err = s.store.space(ctx, space); err != nil {
			return err
		}
		if now.Version != f.Version {
			return ErrStale
		}
		now.Headline, now.Sections, now.Streams = f.Headline, f.Sections, f.Streams
		if err := s.store.update(ctx, now); err != nil {
			return err
		}
		now.Version++
		return s.audit.Record(ctx, by, space, opFront, space, map[string]any{"headline": f.Headline, "sections": f.Sections, "streams": f.Streams})
	})
	return now, fault.Wrap(err, "set the front of %s", space)
}
