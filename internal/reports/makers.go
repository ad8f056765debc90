package reports

import (
	"cmp"
	"context"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// FewestShown is how many people a group must have to be shown.
const FewestShown = 5

// MakerQuestions are the questions about the makers, in order.
var MakerQuestions = []string{"age", "gender", "student", "returnee", "education", "purpose"}

// Group is how many people gave an answer; Answer "" is those who gave none. A hidden
// group has no number.
type Group struct {
	Answer string
	People int
	Hidden bool
}

// Breakdown is one question with its groups, the largest first, hidden ones last.
type Breakdown struct {
	Question string
	Groups   []Group
}

// Makers is who the people of a space are, as far as they agreed to be counted.
type Makers struct {
	People     int // who answered; 0 where they are fewer than FewestShown
	Breakdowns []Breakdown
}

// Makers counts what the people who are in the space now told of themselves. No group of
// fewer than FewestShown is shown, nor can its size be worked out from the others.
func (s *Service) Makers(ctx context.Context, by actor.Actor, space id.ID) (Makers, error) {
	if err := by.May("makers.report", space, "", ErrNoSuchSpace); err != nil {
		return Makers{}, err
	}
	total, err := s.store.makers(ctx, space)
	if err != nil || total < FewestShown {
		return Makers{}, fault.Wrap(err, "makers of %s", space)
	}
	m := Makers{People: total}
	for _, q := range MakerQuestions {
		groups, err := s.store.makerGroups(ctx, space, q)
		if err != nil {
			return Makers{}, fault.Wrap(err, "makers of %s by %s", space, q)
		}
		m.Breakdowns = append(m.Breakdowns, Breakdown{q, concealed(groups)})
	}
	return m, nil
}

// concealed hides the groups that are too small, and the smallest of the others for as
// long as the total less what is shown would tell of fewer than FewestShown people, or of
// one group alone.
func concealed(groups []Group) []Group {
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.People, a.People), cmp.Compare(a.Answer, b.Answer))
	})
	hidden, people := 0, 0
	for i := len(groups) - 1; i >= 0; i-- {
		g := &groups[i]
		if g.People >= FewestShown && (hidden == 0 || hidden > 1 && people >= FewestShown) {
			break
		}
		hidden, people = hidden+1, people+g.People
		*g = Group{Answer: g.Answer, Hidden: true}
	}
	slices.SortStableFunc(groups, func(a, b Group) int {
		if a.Hidden && b.Hidden { // their order would tell their sizes
			return cmp.Compare(a.Answer, b.Answer)
		}
		return 0
	})
	return groups
}
