package certifications

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// State is how a stamp stands.
type State string

// The states. Pending is what a seat in a course to come leads to.
const (
	Valid    State = "valid"
	Expiring State = "expiring"
	Pending  State = "pending"
	Expired  State = "expired"
	Lapsed   State = "lapsed" // expired for want of use
	Revoked  State = "revoked"
)

// soon is how long before its end a stamp is Expiring where its kind says nothing.
const soon = 30

// Stamp is what somebody has of one kind: the grant that counts most, or the seat
// that leads to it.
type Stamp struct {
	Kind    Kind
	State   State
	Grant   Held          // zero where Pending
	EndsAt  clock.Instant // zero: never
	Unused  bool          // EndsAt is when it lapses, if nothing is used before
	LastUse clock.Instant // zero: never
	Course  Course        // where Pending
}

// Step is what is next for somebody: a kind they can learn, or renew.
type Step struct {
	Kind     Kind
	Renews   bool
	Lacks    []Lack // empty: they can be certified
	Course   Course // the next session that leads to it; without a Session: none
	Seat     bool   // they have a seat in Course
	Teachers []string
}

// Card is the stamps of somebody in a space, what is next for them, and everything
// that they were ever granted, the latest first.
type Card struct {
	Stamps  []Stamp
	Next    []Step
	History []Held
}

// Card is the stamps of a member and what is next for them.
func (s *Service) Card(ctx context.Context, by actor.Actor, space, member id.ID) (Card, error) {
	if err := by.May("certification.stamps", space, member, ErrNoSuchHolder); err != nil {
		return Card{}, err
	}
	c, err := s.card(ctx, space, member)
	return c, fault.Wrap(err, "stamps of %s", member)
}

func (s *Service) card(ctx context.Context, space, member id.ID) (c Card, err error) {
	kinds, err := s.store.kinds(ctx, space)
	if err != nil {
		return c, err
	}
	held, err := s.store.grants(ctx, space, member)
	if err != nil {
		return c, err
	}
	used, err := s.used(ctx, space, member, held)
	if err != nil {
		return c, err
	}
	seats, err := s.Courses.Seats(ctx, space, member)
	if err != nil {
		return c, err
	}
	now := s.Clock.Now()
	c.History, c.Stamps = slices.Clone(held), stamps(kinds, held, used, seats, now)
	c.Next, err = s.next(ctx, space, member, kinds, c.Stamps, certificates(kinds, held, used), seats)
	return c, err
}

// stamps are one for each kind that somebody has or had or learns, what counts first.
func stamps(kinds []Kind, held []Held, used map[id.ID]clock.Instant, seats []Course, now clock.Instant) []Stamp {
	var all []Stamp
	for _, k := range kinds {
		var best Stamp
		for _, h := range held {
			if h.CertificationID != k.ID || h.Undone {
				continue
			}
			if st := stampOf(kinds, h, used, now); best.State == "" || st.State.rank() < best.State.rank() {
				best = st
			}
		}
		i := slices.IndexFunc(seats, func(c Course) bool { return c.Kind == k.ID })
		if i >= 0 && (best.State == "" || best.State.rank() > Pending.rank()) {
			best = Stamp{Kind: k, State: Pending, Course: seats[i]}
		}
		if best.State != "" {
			all = append(all, best)
		}
	}
	slices.SortStableFunc(all, func(a, b Stamp) int { return cmp.Compare(a.State.rank(), b.State.rank()) })
	return all
}

// rank is the order in which stamps stand, what needs somebody's hand before what is over.
func (s State) rank() int {
	return slices.Index([]State{Expiring, Valid, Pending, Lapsed, Expired, Revoked}, s)
}

func stampOf(kinds []Kind, h Held, used map[id.ID]clock.Instant, now clock.Instant) Stamp {
	st := Stamp{Kind: h.Kind, Grant: h, State: Valid, LastUse: lastUse(kinds, h.Kind, used)}
	st.EndsAt, st.Unused = h.ends(st.LastUse)
	warn := h.Kind.RemindDays
	if warn == 0 {
		warn = soon
	}
	switch over := !st.EndsAt.IsZero() && !now.Before(st.EndsAt); {
	case !h.RevokedAt.IsZero():
		st.State = Revoked
	case over && st.Unused:
		st.State = Lapsed
	case over:
		st.State = Expired
	case !st.EndsAt.IsZero() && st.EndsAt.Sub(now) < days(warn):
		st.State = Expiring
	}
	return st
}

// next is what somebody can renew and learn: first what ends, then what they can
// be certified for, then what they lack least for.
func (s *Service) next(ctx context.Context, space, member id.ID, kinds []Kind, has []Stamp, worth []Certificate, seats []Course) ([]Step, error) {
	now := s.Clock.Now()
	logged, err := s.logged(ctx, space, member, kinds...)
	if err != nil {
		return nil, err
	}
	var steps []Step
	var wanted []id.ID
	for _, k := range kinds {
		i := slices.IndexFunc(has, func(st Stamp) bool { return st.Kind.ID == k.ID })
		renews := i >= 0 && slices.Contains([]State{Expiring, Expired, Lapsed}, has[i].State)
		if !renews && holds(worth, k.ID, now) || renews && outlived(worth, k.ID, has[i]) {
			continue
		}
		steps = append(steps, Step{Kind: k, Renews: renews, Lacks: lacks(kinds, k, worth, logged, now)})
		wanted = append(wanted, k.ID)
	}
	courses, err := s.Courses.Next(ctx, wanted, now)
	if err != nil {
		return nil, err
	}
	for i := range steps {
		if err := s.ways(ctx, &steps[i], seats, courses); err != nil {
			return nil, err
		}
	}
	order := func(st Step) int {
		if st.Renews {
			return -1
		}
		return len(st.Lacks)
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(order(a), order(b)) })
	return steps, nil
}

// outlived reports whether another certificate of the kind lasts longer than the stamp.
func outlived(worth []Certificate, kind id.ID, st Stamp) bool {
	return slices.ContainsFunc(worth, func(c Certificate) bool {
		return c.Kind == kind && c.Grant != st.Grant.ID && (c.ExpiresAt.IsZero() || c.ExpiresAt.After(st.EndsAt))
	})
}

// ways says how a step is taken: in a session, or with whom.
func (s *Service) ways(ctx context.Context, st *Step, seats, courses []Course) error {
	of := func(c Course) bool { return c.Kind == st.Kind.ID }
	if i := slices.IndexFunc(seats, of); i >= 0 {
		st.Course, st.Seat = seats[i], true
	} else if i := slices.IndexFunc(courses, of); i >= 0 {
		st.Course = courses[i]
	}
	for _, t := range st.Kind.Teachers {
		p, err := s.People.Person(ctx, st.Kind.SpaceID, t)
		if errors.Is(err, ErrNoSuchHolder) {
			continue
		}
		if err != nil {
			return err
		}
		st.Teachers = append(st.Teachers, p.Name)
	}
	return nil
}

// Hours is a lack's minutes as times.
func (l Lack) Hours() (have, need time.Duration) { return minutes(l.Have), minutes(l.Need) }
