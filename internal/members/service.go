package members

import (
	"context"
	"errors"
	"slices"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
)

// What members needs of others, in its own words.
type (
	// Audit is where it is written who did what: in the transaction that did it.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
	}
	// Spaces knows where a standing is.
	Spaces interface {
		Space(ctx context.Context, space id.ID) (Space, error)
	}
	// Plans has what a newcomer can begin with.
	Plans interface {
		// Start begins a run of a plan now, or answers NotFound. A plan that is a
		// concession it refuses where no proof was seen.
		Start(ctx context.Context, by actor.Actor, space, member, plan id.ID, p Proof) error
	}
	// Jobs does later what the transaction makes true.
	Jobs interface {
		Add(ctx context.Context, job jobs.Job) error
		AddAt(ctx context.Context, job jobs.Job, at clock.Instant) error
	}
	// Mail brings a letter.
	Mail interface {
		Send(ctx context.Context, m mail.Message) error
	}
	// Bookings knows who did not come.
	Bookings interface {
		NoShows(ctx context.Context, space id.ID, since clock.Instant) ([]NoShow, error)
	}
	// Pupils knows who learns from whom.
	Pupils interface {
		// Teaches reports whether a member was granted, or has a seat to be granted,
		// something that the instructor teaches.
		Teaches(ctx context.Context, space, instructor, member id.ID) (bool, error)
	}
	// Others are told when somebody leaves a space, in the transaction in which they
	// leave; gone says that they are in no other.
	Others interface {
		Left(ctx context.Context, space, member id.ID, gone bool) error
		// TakeOver makes everything that belongs to one member another's and ends the
		// first one's sign-in, in the transaction in which the accounts become one. It
		// may be asked again. Refusals say why the two can't be one.
		TakeOver(ctx context.Context, from, to id.ID) error
	}
)

// Space is a space as a letter names it.
type Space struct {
	Name    i18n.Text
	Address string
	Email   string
	Zone    *time.Location
}

// Needs is what a Service is made of. All of it is needed.
type Needs struct {
	DB       *db.DB
	Clock    clock.Clock
	Audit    Audit
	Spaces   Spaces
	Plans    Plans
	Jobs     Jobs
	Mail     Mail
	Bookings Bookings
	Pupils   Pupils
	Others   Others
}

// Service is what one can do with people. Make it with New.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	audit  Audit
	spaces Spaces
	plans  Plans
	jobs   Jobs
	mail   Mail
	store  store

	bookings Bookings
	pupils   Pupils
	others   Others
}

// New makes the service on a migrated database.
func New(n Needs) *Service {
	return &Service{
		db: n.DB, clock: n.Clock, audit: n.Audit, spaces: n.Spaces, plans: n.Plans,
		jobs: n.Jobs, mail: n.Mail, store: newStore(n.DB), bookings: n.Bookings, pupils: n.Pupils, others: n.Others,
	}
}

// Register writes down a new person, not yet confirmed, as a member of the
// spaces named. It is asked by auth at sign-up, inside auth's transaction.
// ErrEmailTaken if there is someone with that address.
func (s *Service) Register(ctx context.Context, r Registration) (Member, error) {
	r, err := r.normal()
	if err != nil {
		return Member{}, err
	}
	m := r.member(s.clock.Now())
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insertMember(ctx, m); err != nil {
			return err
		}
		for _, space := range r.Spaces {
			if err := s.store.insertStanding(ctx, Standing{SpaceID: space, MemberID: m.ID, Role: actor.Member, JoinedAt: m.CreatedAt}); err != nil {
				return err
			}
		}
		return nil
	})
	return m, fault.Wrap(err, "register")
}

// Confirm notes that the address was proven to be theirs. A second time changes nothing.
func (s *Service) Confirm(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		return s.store.confirm(ctx, member, s.clock.Now())
	}), "confirm %s", member)
}

// Readdress gives a person another address, which was proven theirs; ErrEmailTaken if
// it is another's. It is auth's to decide.
func (s *Service) Readdress(ctx context.Context, member id.ID, email string) error {
	return fault.Wrap(s.moveTo(ctx, member, func(m *Member) {
		m.Email, m.EmailKey, m.ConfirmedAt = email, EmailKey(email), s.clock.Now()
	}), "readdress %s", member)
}

// Unaddress takes the address from a person, and that it was proven theirs. It is auth's
// to decide.
func (s *Service) Unaddress(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.moveTo(ctx, member, func(m *Member) {
		m.Email, m.EmailKey, m.ConfirmedAt = "", noAddress(m.ID), clock.Instant{}
	}), "unaddress %s", member)
}

func (s *Service) moveTo(ctx context.Context, member id.ID, to func(m *Member)) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "members", member); err != nil {
			return err
		}
		m, err := s.store.member(ctx, member)
		if err != nil {
			return err
		}
		to(&m)
		m.Search = m.words()
		if err := s.freeAddress(ctx, m); err != nil {
			return err
		}
		return s.store.readdress(ctx, m)
	})
}

// freeAddress takes an address from an account that became the person's, who has it back.
func (s *Service) freeAddress(ctx context.Context, m Member) error {
	merged, err := s.store.mergedInto(ctx, m.ID)
	if err != nil {
		return err
	}
	for _, was := range merged {
		if was.EmailKey == m.EmailKey {
			return s.store.unaddress(ctx, was)
		}
	}
	return nil
}

// Addresses are all that find a person: their own, and those of the accounts that became theirs.
func (s *Service) Addresses(ctx context.Context, member id.ID) ([]string, error) {
	m, err := s.store.member(ctx, member)
	if err != nil {
		return nil, fault.Wrap(err, "addresses of %s", member)
	}
	all := []string{m.Email}
	merged, err := s.store.mergedInto(ctx, member)
	for _, was := range merged {
		all = append(all, was.Email)
	}
	return all, fault.Wrap(err, "addresses of %s", member)
}

// Member is a person by their id, for the parts of the house that know ids only
// and have asked already who may see them; ErrNoSuchMember if there is none.
func (s *Service) Member(ctx context.Context, member id.ID) (Member, error) {
	m, err := s.store.member(ctx, member)
	return m, fault.Wrap(err, "member %s", member)
}

// ByEmail is the person with that address, however it is written, also where an account
// that became theirs had it; ErrNoSuchMember if there is none.
func (s *Service) ByEmail(ctx context.Context, email string) (Member, error) {
	m, err := s.store.byEmail(ctx, EmailKey(email))
	return m, fault.Wrap(err, "member by e-mail")
}

// Spell has everybody found by the spelling of their name, who were written down
// before names were spelt. Where nothing is to be done it only looks.
func (s *Service) Spell(ctx context.Context) error {
	var after id.ID
	for {
		people, err := s.store.membersAfter(ctx, after, spellAtOnce)
		if err != nil || len(people) == 0 {
			return fault.Wrap(err, "spell names")
		}
		after = people[len(people)-1].ID
		people = slices.DeleteFunc(people, func(m Member) bool { return m.Search == m.words() })
		if len(people) == 0 {
			continue
		}
		err = s.db.Tx(ctx, func(ctx context.Context) error {
			for _, m := range people {
				if err := s.store.setSearch(ctx, m, m.words()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fault.Wrap(err, "spell names")
		}
	}
}

// spellAtOnce is how many people Spell looks at together.
const spellAtOnce = 1000

// Actor is a person as the one who acts: name, language, role and suspension in
// every space, as they are at this moment. ErrNoSuchMember if there is none.
func (s *Service) Actor(ctx context.Context, member id.ID) (actor.Actor, error) {
	m, err := s.store.member(ctx, member)
	if err == nil && m.MergedInto != "" {
		err = ErrNoSuchMember
	}
	if err != nil {
		return actor.Actor{}, fault.Wrap(err, "actor %s", member)
	}
	standings, err := s.store.standings(ctx, member)
	return m.actor(standings, s.clock.Now()), fault.Wrap(err, "actor %s", member)
}

// Enrolment is a person whom the front desk writes down.
type Enrolment struct {
	Email  string
	Name   string
	Phone  string
	Locale string
	Plan   id.ID // empty: none; else it starts now
	Proof  Proof // of a plan that is a concession
}

// Proof is what of a concession was shown at the desk, and the last day on which that
// counts; empty: always.
type Proof struct {
	Seen  bool
	Until clock.Day
}

// Enrol makes someone a member of the space. Someone whom the house knows from
// another space keeps their own name, phone and language; someone who is known
// here is ErrEmailTaken.
func (s *Service) Enrol(ctx context.Context, by actor.Actor, space id.ID, e Enrolment) (Member, error) {
	if err := by.May("member.create", space, "", nil); err != nil {
		return Member{}, err
	}
	r, err := Registration{Email: e.Email, Name: e.Name, Phone: e.Phone, Locale: e.Locale}.normal()
	if err != nil {
		return Member{}, err
	}
	var m Member
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		var here bool
		if m, here, err = s.admit(ctx, space, r, actor.Member); err != nil {
			return err
		}
		if here {
			return ErrEmailTaken
		}
		if err := s.audit.Record(ctx, by, space, "member.create", m.ID, map[string]any{"plan": e.Plan}); err != nil {
			return err
		}
		if e.Plan == "" {
			return nil
		}
		return s.plans.Start(ctx, by, space, m.ID, e.Plan, e.Proof)
	})
	return m, fault.Wrap(err, "enrol")
}

// admit gives the person of this address a standing in the space, and says
// whether they had one already.
func (s *Service) admit(ctx context.Context, space id.ID, r Registration, role actor.Role) (m Member, here bool, err error) {
	now := s.clock.Now()
	m = r.member(now)
	switch err = s.store.insertMember(ctx, m); {
	case errors.Is(err, ErrEmailTaken):
		if m, err = s.store.byEmail(ctx, m.EmailKey); err != nil {
			return m, false, err
		}
	case err != nil:
		return m, false, err
	}
	fresh, err := s.store.addStanding(ctx, Standing{SpaceID: space, MemberID: m.ID, Role: role, JoinedAt: now})
	return m, !fresh, err
}

// Me is the actor's own record.
func (s *Service) Me(ctx context.Context, by actor.Actor) (Member, error) {
	if !by.SignedIn() {
		return Member{}, actor.ErrSignIn
	}
	return s.Member(ctx, by.Member)
}

// EditMe changes the actor's own name, phone and language.
func (s *Service) EditMe(ctx context.Context, by actor.Actor, c Change) (Member, error) {
	if !by.SignedIn() {
		return Member{}, actor.ErrSignIn
	}
	return s.edit(ctx, by, "", by.Member, Profile, c)
}

// Reach is how much of a person's profile somebody may change.
type Reach int

// The reaches, from least to most.
const (
	Nothing Reach = iota
	Contact       // the phone
	Profile       // name, phone and language
)

// Reach is how far by reaches: to everything of themselves, to nothing of whoever
// is more in any space than by is in this one, and from the front desk to the phone.
func (s *Service) Reach(ctx context.Context, by actor.Actor, space, member id.ID) (Reach, error) {
	if err := by.May("member.edit", space, member, ErrNoSuchMember); err != nil {
		return Nothing, err
	}
	if member == by.Member {
		return Profile, nil
	}
	standings, err := s.store.standings(ctx, member)
	switch role := by.Role(space); {
	case err != nil:
		return Nothing, fault.Wrap(err, "standings of %s", member)
	case Member{}.actor(standings, s.clock.Now()).Highest().Above(role):
		return Nothing, nil
	case role == actor.Desk:
		return Contact, nil
	}
	return Profile, nil
}

// Edit changes the profile of a person of this space as far as by reaches.
// ErrStale if someone changed it since c.Version was looked at.
func (s *Service) Edit(ctx context.Context, by actor.Actor, space, member id.ID, c Change) (m Member, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		reach, err := s.Reach(ctx, by, space, member)
		if err == nil {
			m, err = s.edit(ctx, by, space, member, reach, c)
		}
		return err
	})
	return m, err
}

func (s *Service) edit(ctx context.Context, by actor.Actor, space, member id.ID, reach Reach, c Change) (Member, error) {
	var m Member
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if space != "" {
			if _, err = s.store.standing(ctx, space, member); err != nil {
				return err
			}
		}
		if m, err = s.store.member(ctx, member); err != nil {
			return err
		}
		if m.Version != c.Version {
			return ErrStale
		}
		r, err := Registration{Email: m.Email, Name: c.Name, Phone: c.Phone, Locale: c.Locale, unreachable: m.Email == ""}.normal()
		switch {
		case reach == Nothing:
			return ErrAbove
		case err != nil:
			return err
		case reach == Contact && (r.Name != m.Name || r.Locale != m.Locale):
			return ErrContactOnly
		}
		m.Name, m.Phone, m.Locale = r.Name, r.Phone, r.Locale
		m.Search = m.words()
		if err := s.store.updateMember(ctx, m); err != nil {
			return err
		}
		m.Version++
		return s.audit.Record(ctx, by, space, "member.edit", member, map[string]any{"version": m.Version})
	})
	return m, fault.Wrap(err, "edit %s", member)
}

// SetRole changes what a person is in the space. A manager gives and takes the
// roles up to front desk; an owner all of them, but never the last owner's.
func (s *Service) SetRole(ctx context.Context, by actor.Actor, space, member id.ID, role actor.Role) error {
	if err := by.May("member.roles", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		// Two owners who demote each other at once must not both succeed.
		if err := s.db.Lock(ctx, "spaces", space); err != nil {
			return err
		}
		st, err := s.store.standing(ctx, space, member)
		if err != nil {
			return err
		}
		if err := maySetRole(by.Role(space), st.Role, role); err != nil || st.Role == role {
			return err
		}
		if err := s.keepOwner(ctx, st); err != nil {
			return err
		}
		if err := s.store.setRole(ctx, space, member, role); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "member.roles", member, map[string]any{"from": st.Role, "to": role})
	}), "role of %s", member)
}

// keepOwner refuses to take the last owner who is not suspended from a space.
func (s *Service) keepOwner(ctx context.Context, st Standing) error {
	if st.Role != actor.Owner || st.Suspended() {
		return nil
	}
	owners, err := s.store.owners(ctx, st.SpaceID)
	if err == nil && owners == 1 {
		err = ErrLastOwner
	}
	return err
}

// Person is everything that a space knows of one person; ErrNoSuchMember where
// they are not known in this space or not to be seen by this actor.
func (s *Service) Person(ctx context.Context, by actor.Actor, space, member id.ID) (Person, error) {
	if err := by.May("member.read", space, member, ErrNoSuchMember); err != nil {
		return Person{}, err
	}
	p, err := s.store.person(ctx, space, member)
	p.Standing = p.Standing.at(s.clock.Now())
	return p, fault.Wrap(err, "person %s", member)
}
