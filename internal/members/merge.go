package members

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/mail"
)

var (
	// ErrSamePerson refuses to merge an account with itself.
	ErrSamePerson = fault.Invalid("into", "members.same_person", "These are one account. Choose another.")
	// ErrMergeOneself refuses to merge one's own account.
	ErrMergeOneself = fault.Forbidden("members.merge_oneself", "One of these is your own account. Ask a colleague to merge it.")
	// ErrMergeStaff refuses to merge away an account that works somewhere.
	ErrMergeStaff = fault.Conflict("members.merge_staff", "The account that ends works in a space. Make it a member there first, so that no role is handed on unseen.")
	// ErrMergeElsewhere refuses to merge somebody whom another space knows.
	ErrMergeElsewhere = fault.Forbidden("members.merge_elsewhere", "The account that ends is known in another space, too. Somebody who manages all its spaces merges it.")
	// ErrMergeConfirm asks to type the name of the account that ends.
	ErrMergeConfirm = fault.Invalid("confirm", "members.merge_confirm", "Type the name of the account that ends, as it stands above.")
)

// stragglersAfter is when what was under way for the account that ended while it did so
// is surely written down.
const stragglersAfter = time.Minute

// The jobs that a merge leaves behind: one writes to the person, the other hands over
// what others wrote down for the account that ended in the moment in which it did.
type (
	merged struct {
		Space id.ID `json:"space"`
		From  id.ID `json:"from"`
		Into  id.ID `json:"into"`
	}
	stragglers struct {
		From id.ID `json:"from"`
		Into id.ID `json:"into"`
	}
)

// Kind names the job.
func (merged) Kind() string { return "members.merged" }

// Kind names the job.
func (stragglers) Kind() string { return "members.stragglers" }

// Merge makes two accounts of one person one: everything of from becomes into's, from's
// sign-in ends, and its address finds into from now on. It can't be undone; confirm is
// the name of from, typed. Both are people of the space. The person is written to, at
// both addresses.
func (s *Service) Merge(ctx context.Context, by actor.Actor, space, from, into id.ID, confirm string) error {
	return s.merge(ctx, by, space, from, into, func(gone Member) error {
		if strings.TrimSpace(norm.NFC.String(confirm)) != gone.Name {
			return ErrMergeConfirm
		}
		return nil
	}, nil)
}

// errTried takes back what was only tried.
var errTried = errors.New("only tried")

// MayMerge is why Merge would refuse these two; nil where it would not, but for the
// name that has to be typed. Nothing is changed.
func (s *Service) MayMerge(ctx context.Context, by actor.Actor, space, from, into id.ID) error {
	err := s.merge(ctx, by, space, from, into, func(Member) error { return nil }, errTried)
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}

// merge ends with the error given, which takes everything back where it is one.
func (s *Service) merge(ctx context.Context, by actor.Actor, space, from, into id.ID, confirmed func(gone Member) error, end error) error {
	if err := by.May("member.merge", space, "", nil); err != nil {
		return err
	}
	switch {
	case from == into:
		return ErrSamePerson
	case from == by.Member || into == by.Member:
		return ErrMergeOneself
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "members", from, into); err != nil {
			return err
		}
		gone, err := s.mergeable(ctx, by, space, from, into)
		if err != nil {
			return err
		}
		if err := confirmed(gone); err != nil {
			return err
		}
		if err := s.inherit(ctx, gone, into); err != nil {
			return err
		}
		if err := s.joinStandings(ctx, from, into); err != nil {
			return err
		}
		if err := s.handOver(ctx, from, into); err != nil {
			return err
		}
		if err := s.audit.Record(ctx, by, space, "member.merge", into, map[string]any{"from": from}); err != nil {
			return err
		}
		if err := s.jobs.Add(ctx, merged{space, from, into}); err != nil {
			return err
		}
		if err := s.jobs.AddAt(ctx, stragglers{from, into}, s.clock.Now().Add(stragglersAfter)); err != nil {
			return err
		}
		return end
	}), "merge %s into %s", from, into)
}

// mergeable is the account that ends, or why it may not.
func (s *Service) mergeable(ctx context.Context, by actor.Actor, space, from, into id.ID) (Member, error) {
	for _, member := range []id.ID{from, into} {
		if _, err := s.store.standing(ctx, space, member); err != nil {
			return Member{}, err
		}
	}
	standings, err := s.store.standings(ctx, from)
	if err != nil {
		return Member{}, err
	}
	for _, st := range standings {
		switch {
		case st.Role != actor.Member:
			return Member{}, ErrMergeStaff
		case by.May("member.merge", st.SpaceID, "", nil) != nil:
			return Member{}, ErrMergeElsewhere
		}
	}
	standings, err = s.store.standings(ctx, into)
	if err != nil {
		return Member{}, err
	}
	stays := Member{ID: into}.actor(standings, s.clock.Now())
	if !by.IsHouse() && stays.Highest().Above(by.Role(space)) {
		return Member{}, ErrAbove
	}
	return s.store.member(ctx, from)
}

// inherit makes the account that ends one that became another, and gives its address and
// phone to the one that stays where that has none.
func (s *Service) inherit(ctx context.Context, gone Member, into id.ID) error {
	m, err := s.store.member(ctx, into)
	if err != nil {
		return err
	}
	if err := s.store.becomes(ctx, gone, into); err != nil {
		return err
	}
	if m.Phone == "" && gone.Phone != "" {
		m.Phone = gone.Phone
		m.Search = m.words()
		if err := s.store.updateMember(ctx, m); err != nil {
			return err
		}
		m.Version++
	}
	if m.Email != "" || gone.Email == "" {
		return nil
	}
	if err := s.store.unaddress(ctx, gone); err != nil {
		return err
	}
	m.Email, m.EmailKey, m.ConfirmedAt = gone.Email, gone.EmailKey, gone.ConfirmedAt
	m.Search = m.words()
	return s.store.readdress(ctx, m)
}

// joinStandings leaves one standing where both have one: since the earlier day, here if
// either is, and suspended if either is. The one who stays keeps their role.
func (s *Service) joinStandings(ctx context.Context, from, into id.ID) error {
	going, err := s.store.standings(ctx, from)
	if err != nil {
		return err
	}
	staying, err := s.store.standings(ctx, into)
	if err != nil {
		return err
	}
	for _, a := range going {
		i := slices.IndexFunc(staying, func(b Standing) bool { return b.SpaceID == a.SpaceID })
		if i < 0 {
			continue // it is handed over as it is
		}
		if err := s.store.putStanding(ctx, staying[i].join(a, s.clock.Now())); err != nil {
			return err
		}
	}
	return nil
}

// join is the standing of one person of whom two were known.
func (s Standing) join(o Standing, now clock.Instant) Standing {
	if o.JoinedAt.Before(s.JoinedAt) {
		s.JoinedAt = o.JoinedAt
	}
	s, o = s.at(now), o.at(now)
	if !s.Suspended() || o.Suspended() && outlasts(o, s) {
		s.SuspendedAt, s.SuspendedReason, s.SuspendedUntil, s.SuspendedBy = o.SuspendedAt, o.SuspendedReason, o.SuspendedUntil, o.SuspendedBy
	}
	if !o.Left() {
		s.LeftAt, s.LeftReason = clock.Instant{}, ""
	}
	return s
}

// outlasts reports whether the suspension of a goes on for longer than that of b.
func outlasts(a, b Standing) bool {
	return a.SuspendedUntil.IsZero() || !b.SuspendedUntil.IsZero() && a.SuspendedUntil.After(b.SuspendedUntil)
}

// handOver makes everything of one person another's, here and wherever else something is.
func (s *Service) handOver(ctx context.Context, from, into id.ID) error {
	if err := s.others.TakeOver(ctx, from, into); err != nil {
		return err
	}
	return s.store.takeOver(ctx, from, into)
}

// bringStragglers hands over once more. Where both have something meanwhile that one
// person has once, it is refused, and is seen among what failed until one of the two ends.
func (s *Service) bringStragglers(ctx context.Context, j stragglers) error {
	err := s.db.Tx(ctx, func(ctx context.Context) error { return s.handOver(ctx, j.From, j.Into) })
	return fault.Wrap(err, "stragglers of %s", j.From)
}

// writeMerged tells the person that their accounts are one, at each address they had.
func (s *Service) writeMerged(ctx context.Context, j merged) error {
	m, err := s.store.member(ctx, j.Into)
	if err != nil {
		return fault.Wrap(err, "member %s", j.Into)
	}
	was, err := s.store.member(ctx, j.From)
	if err != nil {
		return fault.Wrap(err, "member %s", j.From)
	}
	space, err := s.spaces.Space(ctx, j.Space)
	if err != nil {
		return fault.Wrap(err, "space %s", j.Space)
	}
	p := i18n.For(m.Locale)
	text := p.T("members.mail.merged.text", "Name", m.Name, "Space", space.Name, "Email", m.Email) + "\n\n" + space.signature(p)
	for _, to := range slices.Compact([]string{m.Email, was.Email}) {
		if to == "" {
			continue
		}
		if err := s.mail.Send(ctx, mail.Message{To: to, Subject: p.T("members.mail.merged.subject", "Space", space.Name), Text: text}); err != nil {
			return err
		}
	}
	return nil
}
