package consent

import (
	"context"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrWindow refuses hours that end before they begin.
	ErrWindow = fault.Invalid("hours", "consent.window", "Supervised hours end after they begin, on one day, as in 15:00 to 18:00.")
	// ErrWindows refuses hours that lie over each other.
	ErrWindows = fault.Invalid("hours", "consent.windows", "Supervised hours of one day may not lie over each other.")
	// ErrConsentAge refuses an age that can't be.
	ErrConsentAge = fault.Invalid("consent_age", "consent.consent_age", "Give an age from 10 to 18, or leave it empty for that of the country.")
)

// Window is a time of the week when minors are supervised.
type Window struct {
	ID        id.ID
	SpaceID   id.ID
	Weekday   int // 1 Monday … 7 Sunday
	OpensMin  int // on the wall, since midnight
	ClosesMin int // up to 1440
}

// TableName is the table of windows.
func (Window) TableName() string { return "supervised_hours" }

// Terms is what a space asks for age by.
type Terms struct {
	SpaceID      id.ID
	AsksBirthday bool  // of everyone who books
	ConsentAge   int64 // 0: that of the country
	Version      int64 // 0: never set
}

// TableName is the table of terms.
func (Terms) TableName() string { return "minor_terms" }

func (t Terms) age(country string) int {
	if t.ConsentAge > 0 {
		return int(t.ConsentAge)
	}
	return ConsentAge(country)
}

// mostWindows is how many a week may have.
const mostWindows = 50

// Supervised is when minors are supervised in a space, in the order of the week, and
// what it asks for age by.
func (s *Service) Supervised(ctx context.Context, by actor.Actor, space id.ID) (Terms, []Window, error) {
	if err := by.May("supervised.read", space, "", nil); err != nil {
		return Terms{}, nil, err
	}
	h, err := s.store.house(ctx, space)
	return h.terms, h.windows, fault.Wrap(err, "supervised hours of %s", space)
}

// Supervise sets all of it at once. ErrStale if it changed since t.Version was read.
func (s *Service) Supervise(ctx context.Context, by actor.Actor, space id.ID, t Terms, week []Window) (Terms, error) {
	if err := by.May("supervised.edit", space, "", nil); err != nil {
		return t, err
	}
	week, err := inOrder(week)
	if err == nil && t.ConsentAge != 0 && (t.ConsentAge < 10 || t.ConsentAge > OfAge) {
		err = ErrConsentAge
	}
	if err != nil {
		return t, err
	}
	t.SpaceID = space
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "spaces", space); err != nil {
			return err
		}
		was, err := s.store.terms(ctx, space)
		if err != nil {
			return err
		}
		if was.Version != t.Version {
			return ErrStale
		}
		t.Version++
		if err := s.store.putTerms(ctx, t); err != nil {
			return err
		}
		for i := range week {
			week[i].ID, week[i].SpaceID = id.New(), space
		}
		if err := s.store.putWindows(ctx, space, week); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "supervised.edit", space, map[string]any{"windows": len(week), "asks_birthday": t.AsksBirthday, "consent_age": t.ConsentAge})
	})
	return t, fault.Wrap(err, "supervised hours of %s", space)
}

// inOrder is a week in its order, or what is wrong with it.
func inOrder(week []Window) ([]Window, error) {
	week = slices.Clone(week)
	slices.SortFunc(week, func(a, b Window) int { return (a.Weekday-b.Weekday)*10_000 + a.OpensMin - b.OpensMin })
	for i, w := range week {
		switch {
		case w.Weekday < 1 || w.Weekday > 7 || w.OpensMin < 0 || w.ClosesMin > 24*60 || w.OpensMin >= w.ClosesMin, i >= mostWindows:
			return nil, ErrWindow
		case i > 0 && week[i-1].Weekday == w.Weekday && w.OpensMin < week[i-1].ClosesMin:
			return nil, ErrWindows
		}
	}
	return week, nil
}
