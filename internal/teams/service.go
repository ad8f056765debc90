package teams

import (
	"context"
	"errors"
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

// What teams needs of others, in its own words.
type (
	// People knows who there is.
	People interface {
		// Person is somebody, and what they are in this space; a NotFound if nobody knows them.
		Person(ctx context.Context, space, member id.ID) (Person, error)
		// ByEmail is whose address this is, and what they are in this space; false: nobody's.
		ByEmail(ctx context.Context, space id.ID, email string) (Person, bool, error)
		// Key is how addresses are compared; a refusal of the field "email" for what is none.
		Key(email string) (string, error)
	}
	// Door lets people into a space.
	Door interface {
		// Admit makes somebody whom the house knows a member of the space.
		Admit(ctx context.Context, space, member id.ID) error
		// Note writes down somebody without an address as a member of the space.
		Note(ctx context.Context, by actor.Actor, space id.ID, name, locale string) (Person, error)
	}
	// Spaces knows where a team is.
	Spaces interface {
		Space(ctx context.Context, space id.ID) (Space, error)
	}
	// Plans knows what the one who pays has bought.
	Plans interface {
		// Seats are those of the plan that a member has now; 0: none.
		Seats(ctx context.Context, space, member id.ID) (int64, error)
	}
	// Bookings gives back what somebody has booked.
	Bookings interface {
		// GiveUp cancels all that a person has ahead in a space, and says how many those were.
		GiveUp(ctx context.Context, space, member id.ID, reason string) (int, error)
	}
	// Audit is where it is written who did what: in the transaction that did it.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
	}
	// Jobs does later what the transaction makes true.
	Jobs interface {
		Add(ctx context.Context, job jobs.Job) error
	}
	// Mail brings a letter.
	Mail interface {
		Send(ctx context.Context, m mail.Message) error
	}
)

// Person is somebody as teams sees them.
type Person struct {
	ID        id.ID
	Name      string
	Email     string
	Locale    string
	Confirmed bool // the address was proven theirs
	Here      bool // has a standing in the space
	Suspended bool // in the space
}

// Space is a space as a letter and a sum name it.
type Space struct {
	Name     i18n.Text
	Slug     string
	Address  string
	Email    string
	Currency string
	Zone     *time.Location // in which letters say when
}

// Needs is what a Service is made of. All of it is needed.
type Needs struct {
	DB       *db.DB
	Clock    clock.Clock
	People   People
	Door     Door
	Spaces   Spaces
	Plans    Plans
	Bookings Bookings
	Audit    Audit
	Jobs     Jobs
	Mail     Mail
	BaseURL  string // what links in letters begin with
}

// Service is what one can do with teams. Make it with New.
type Service struct {
	Needs
	store store
}

// New makes the service on a migrated database.
func New(n Needs) *Service { return &Service{Needs: n, store: newStore(n.DB)} }

// NewTeam is a team to be founded. Its first administrator, who pays, is Member, or
// else whoever has the address Email; one who is not known here is invited.
type NewTeam struct {
	Details
	Member id.ID
	Email  string
	Locale string // of the invitation
}

// Found makes a team.
func (s *Service) Found(ctx context.Context, by actor.Actor, space id.ID, n NewTeam) (Team, error) {
	if err := by.May("team.create", space, "", nil); err != nil {
		return Team{}, err
	}
	if n.Seats == 0 {
		n.Seats = -1 // a new team has no seats to leave as they are
	}
	d, err := n.normal()
	wrong := fault.Many(fault.All(err))
	if n.Member == "" {
		_, err = s.People.Key(n.Email)
		wrong = append(wrong, fault.All(err)...)
	}
	if err := wrong.Err(); err != nil {
		return Team{}, err
	}
	in, err := s.Spaces.Space(ctx, space)
	if err != nil {
		return Team{}, fault.Wrap(err, "space %s", space)
	}
	t := Team{ID: id.New(), SpaceID: space, Currency: in.Currency, CreatedAt: s.Clock.Now(), Version: 1}
	t.say(d)
	err = s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insertTeam(ctx, t); err != nil {
			return err
		}
		if err := s.Audit.Record(ctx, by, space, "team.create", t.ID, map[string]any{"kind": t.Kind, "seats": t.Seats}); err != nil {
			return err
		}
		return s.appoint(ctx, by, t, n)
	})
	return t, fault.Wrap(err, "found a team")
}

// appoint finds the first administrator of a new team.
func (s *Service) appoint(ctx context.Context, by actor.Actor, t Team, n NewTeam) error {
	member := n.Member
	if member == "" {
		p, known, err := s.People.ByEmail(ctx, t.SpaceID, n.Email)
		if err != nil {
			return err
		}
		if !known || !p.Here {
			_, err := s.invite(ctx, by, t, n.Email, true, n.Locale)
			return err
		}
		member = p.ID
	}
	return s.join(ctx, by, t, member, true)
}

// join takes somebody of the space into a team, which is locked or new. The first
// administrator pays.
func (s *Service) join(ctx context.Context, by actor.Actor, t Team, member id.ID, admin bool) error {
	if p, err := s.People.Person(ctx, t.SpaceID, member); err != nil {
		return err
	} else if !p.Here {
		return ErrNotIn
	}
	mates, err := s.store.mates(ctx, t.ID)
	if err != nil {
		return err
	}
	sheet := Sheet{Team: t, Mates: mates}
	if _, in := sheet.Mate(member); in {
		return ErrIn
	}
	if sheet.Free() == 0 {
		return ErrFull.With("Seats", t.Room())
	}
	p := Place{ID: id.New(), TeamID: t.ID, SpaceID: t.SpaceID, MemberID: member, Admin: admin, JoinedAt: s.Clock.Now()}
	p.Payer = admin && !sheet.paid()
	if err := s.store.insertPlace(ctx, p); err != nil {
		return err
	}
	return s.Audit.Record(ctx, by, t.SpaceID, "team.join", t.ID, map[string]any{"member": member, "admin": admin})
}

// paid reports whether somebody pays for the team.
func (s Sheet) paid() bool {
	for _, m := range s.Mates {
		if m.Payer {
			return true
		}
	}
	return false
}

// may says whether by may do this with the team: staff with any, an administrator
// with their own.
func may(by actor.Actor, op actor.Operation, t Team) error {
	switch by.Scope(op, t.SpaceID) {
	case actor.Any:
		return nil
	case actor.Team:
		if led, _ := by.Led(t.SpaceID); led.Team == t.ID {
			return nil
		}
		return ErrNoSuchTeam
	case actor.Own:
		return ErrNoSuchTeam
	}
	return by.May(op, t.SpaceID, "", nil)
}

// change locks a team that by may change in this way, has fn make of it what it
// will be, and writes that; version 0 is whichever there is.
func (s *Service) change(ctx context.Context, by actor.Actor, op actor.Operation, space, team id.ID, version int64, fn func(context.Context, *Team) error) (Team, error) {
	var t Team
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		var err error
		if t, err = s.locked(ctx, by, op, space, team); err != nil {
			return err
		}
		if version != 0 && version != t.Version {
			return ErrStale
		}
		if err := fn(ctx, &t); err != nil {
			return err
		}
		if err := s.store.updateTeam(ctx, t); err != nil {
			return err
		}
		t.Version++
		return s.Audit.Record(ctx, by, space, op, team, map[string]any{"seats": t.Seats, "limits": t.Limits, "archived": t.Archived()})
	})
	return t, fault.Wrap(err, "change team %s", team)
}

// locked is a team that is not archived, kept from others until the transaction
// ends, if by may do this with it.
func (s *Service) locked(ctx context.Context, by actor.Actor, op actor.Operation, space, team id.ID) (Team, error) {
	if err := s.DB.Lock(ctx, "teams", team); err != nil {
		return Team{}, err
	}
	t, err := s.store.team(ctx, team)
	if err != nil {
		return Team{}, err
	}
	if t.SpaceID != space {
		return Team{}, ErrNoSuchTeam
	}
	if err := may(by, op, t); err != nil {
		return Team{}, err
	}
	if t.Archived() {
		return Team{}, ErrArchived
	}
	return s.seated(ctx, t)
}

// seated is the team with the seats of the plan that the one who pays has.
func (s *Service) seated(ctx context.Context, t Team) (Team, error) {
	mates, err := s.store.mates(ctx, t.ID)
	if err != nil {
		return t, err
	}
	for _, m := range mates {
		if m.Payer {
			t.PlanSeats, err = s.Plans.Seats(ctx, t.SpaceID, m.MemberID)
		}
	}
	return t, err
}

// Edit changes what is said of a team. Its seats are for staff to set, and never
// fewer than there are people.
func (s *Service) Edit(ctx context.Context, by actor.Actor, space, team id.ID, version int64, d Details) (Team, error) {
	return s.Amend(ctx, by, space, team, version, func(Team) Amendment { return Amendment{Details: &d} })
}

// SetLimits sets what all in the team may book together.
func (s *Service) SetLimits(ctx context.Context, by actor.Actor, space, team id.ID, version int64, l Limits) (Team, error) {
	return s.Amend(ctx, by, space, team, version, func(Team) Amendment { return Amendment{Limits: &l} })
}

// Amendment is what changes of a team; nil leaves it as it is.
type Amendment struct {
	Details *Details
	Limits  *Limits
}

// Amend makes all that the amendment says of a team, or nothing. The amendment is told
// the team as it is while nobody else can change it.
func (s *Service) Amend(ctx context.Context, by actor.Actor, space, team id.ID, version int64, of func(Team) Amendment) (Team, error) {
	in, err := s.Spaces.Space(ctx, space)
	if err != nil {
		return Team{}, fault.Wrap(err, "space %s", space)
	}
	return s.change(ctx, by, "team.lead", space, team, version, func(ctx context.Context, t *Team) error {
		a := of(*t)
		if a.Limits != nil {
			if err := a.Limits.check(); err != nil {
				return err
			}
			t.Limits, t.Currency = *a.Limits, in.Currency
		}
		if a.Details != nil {
			return s.describe(ctx, by, t, *a.Details)
		}
		return nil
	})
}

// describe says this of a team that is locked.
func (s *Service) describe(ctx context.Context, by actor.Actor, t *Team, d Details) error {
	d, err := d.normal()
	if err != nil {
		return err
	}
	if d.Seats != 0 && d.Seats != t.Seats {
		taken, err := s.store.taken(ctx, t.ID)
		switch {
		case err != nil:
			return err
		case may(by, "team.edit", *t) != nil:
			return ErrSeatsStaff
		case t.PlanSeats > 0 && d.Seats != t.PlanSeats:
			return ErrSeatsPlan.With("Seats", t.PlanSeats)
		case d.Seats < taken:
			return ErrSeatsTaken.With("Count", int(taken))
		}
	}
	t.say(d)
	return nil
}

// Archive ends a team: everybody is out of it and nobody is invited any more.
// What they booked and their accounts stay.
func (s *Service) Archive(ctx context.Context, by actor.Actor, space, team id.ID, version int64) (Team, error) {
	return s.change(ctx, by, "team.edit", space, team, version, func(ctx context.Context, t *Team) error {
		t.ArchivedAt = s.Clock.Now()
		if err := s.store.endPlaces(ctx, team, t.ArchivedAt); err != nil {
			return err
		}
		return s.store.withdrawAll(ctx, team, t.ArchivedAt)
	})
}

// Add takes somebody of the space into the team without an invitation, at the desk.
func (s *Service) Add(ctx context.Context, by actor.Actor, space, team, member id.ID) error {
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		t, err := s.locked(ctx, by, "team.edit", space, team)
		if err != nil {
			return err
		}
		return s.join(ctx, by, t, member, false)
	}), "add to team %s", team)
}

// AddDependant writes down somebody who has no address, such as a child, and takes
// them into a family.
func (s *Service) AddDependant(ctx context.Context, by actor.Actor, space, team id.ID, name string) (Person, error) {
	var p Person
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		t, err := s.locked(ctx, by, "team.lead", space, team)
		if err != nil {
			return err
		}
		if t.Kind != Family {
			return ErrNoFamily
		}
		if taken, err := s.store.taken(ctx, team); err != nil {
			return err
		} else if taken >= t.Room() {
			return ErrFull.With("Seats", t.Room())
		}
		if p, err = s.Door.Note(ctx, by, space, name, by.Locale); err != nil {
			return err
		}
		return s.join(ctx, by, t, p.ID, false)
	})
	return p, fault.Wrap(err, "add to family %s", team)
}

// MateChange is what an administrator says of somebody in the team; nil leaves it.
type MateChange struct {
	Admin  *bool
	Payer  bool // has them pay from now on
	Limits *Limits
}

// SetMate changes what somebody is and may in the team. The last administrator
// stays one. An administrator can take the payments over; staff give them to anybody.
func (s *Service) SetMate(ctx context.Context, by actor.Actor, space, team, member id.ID, c MateChange) error {
	if c.Limits != nil {
		if err := c.Limits.check(); err != nil {
			return err
		}
	}
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		t, err := s.locked(ctx, by, "team.lead", space, team)
		if err != nil {
			return err
		}
		m, sheet, err := s.mate(ctx, t, member)
		if err != nil {
			return err
		}
		if m.Email == "" && (c.Payer || c.Admin != nil && *c.Admin) {
			return ErrDependant
		}
		if c.Admin != nil && m.Admin != *c.Admin {
			if m.Admin && len(sheet.Admins()) == 1 {
				return ErrLastAdmin
			}
			m.Admin = *c.Admin
		}
		if c.Limits != nil {
			m.Limits = *c.Limits
		}
		if c.Payer && !m.Payer {
			if member != by.Member && may(by, "team.edit", t) != nil {
				return ErrPayer
			}
			if err := s.unpay(ctx, sheet); err != nil {
				return err
			}
			m.Payer = true
		}
		if err := s.store.updatePlace(ctx, m.Place); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "team.lead", team, map[string]any{"member": member, "admin": m.Admin, "payer": m.Payer, "limits": m.Limits})
	}), "member %s of team %s", member, team)
}

// unpay has whoever pays for the team pay no more.
func (s *Service) unpay(ctx context.Context, sheet Sheet) error {
	for _, m := range sheet.Mates {
		if m.Payer {
			m.Payer = false
			return s.store.updatePlace(ctx, m.Place)
		}
	}
	return nil
}

func (s *Service) mate(ctx context.Context, t Team, member id.ID) (Mate, Sheet, error) {
	mates, err := s.store.mates(ctx, t.ID)
	if err != nil {
		return Mate{}, Sheet{}, err
	}
	sheet := Sheet{Team: t, Mates: mates}
	m, in := sheet.Mate(member)
	if !in {
		return m, sheet, ErrNotIn
	}
	return m, sheet, nil
}

// Remove takes somebody out of the team: oneself, who leaves, or another. Their
// account stays, and so does what they booked unless cancel says otherwise; what
// the team gave them ends now. Somebody who is removed is written to.
func (s *Service) Remove(ctx context.Context, by actor.Actor, space, team, member id.ID, cancel bool) error {
	op := actor.Operation("team.lead")
	if member == by.Member {
		op = "team.leave"
	}
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.DB.Lock(ctx, "teams", team); err != nil {
			return err
		}
		t, err := s.store.team(ctx, team)
		switch {
		case err != nil:
			return err
		case t.SpaceID != space:
			return ErrNoSuchTeam
		case op == "team.leave":
			err = by.May(op, space, member, nil)
		default:
			err = may(by, op, t)
		}
		if err != nil {
			return err
		}
		m, sheet, err := s.mate(ctx, t, member)
		if errors.Is(err, ErrNotIn) && op == "team.leave" {
			return ErrNoSuchTeam
		}
		switch {
		case err != nil:
			return err
		case m.Admin && len(sheet.Admins()) == 1:
			return ErrLastAdmin
		case m.Payer:
			return ErrPays
		}
		return s.release(ctx, by, t, m, op, cancel)
	}), "remove %s from team %s", member, team)
}

// release ends somebody's being in a team.
func (s *Service) release(ctx context.Context, by actor.Actor, t Team, m Mate, op actor.Operation, cancel bool) error {
	m.LeftAt = s.Clock.Now()
	if err := s.store.updatePlace(ctx, m.Place); err != nil {
		return err
	}
	var given int
	if cancel {
		var err error
		if given, err = s.Bookings.GiveUp(ctx, t.SpaceID, m.MemberID, t.Name); err != nil {
			return err
		}
	}
	if op != "team.leave" {
		if err := s.Jobs.Add(ctx, removed{t.ID, m.MemberID, given}); err != nil {
			return err
		}
	}
	return s.Audit.Record(ctx, by, t.SpaceID, op, t.ID, map[string]any{"member": m.MemberID, "left": true, "cancelled": given})
}

// Left takes somebody who leaves the space out of their team there, in the transaction in
// which they leave; nobody pays for it then, if it was they. A team that loses its last
// administrator so is for staff to give another.
func (s *Service) Left(ctx context.Context, space, member id.ID) error {
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		p, err := s.store.placeOf(ctx, space, member)
		if errors.Is(err, ErrNotIn) {
			return nil
		}
		if err != nil {
			return err
		}
		p.LeftAt = s.Clock.Now()
		return s.store.updatePlace(ctx, p)
	}), "place of %s", member)
}

// Team is one team as by may see it: staff and its administrators all of it, its
// members who is in it.
func (s *Service) Team(ctx context.Context, by actor.Actor, space, team id.ID) (Sheet, error) {
	if err := by.May("team.read", space, "", nil); err != nil {
		return Sheet{}, err
	}
	t, err := s.store.team(ctx, team)
	if err != nil {
		return Sheet{}, fault.Wrap(err, "team %s", team)
	}
	if t.SpaceID != space {
		return Sheet{}, ErrNoSuchTeam
	}
	return s.sheet(ctx, by, t)
}

// Of is the actor's own team in the space; ErrNoSuchTeam where they are in none.
func (s *Service) Of(ctx context.Context, by actor.Actor, space id.ID) (Sheet, error) {
	if err := by.May("team.read", space, "", nil); err != nil {
		return Sheet{}, err
	}
	return s.of(ctx, by, space, by.Member)
}

// OfMember is the team of a person of the space, to whoever may see the person.
func (s *Service) OfMember(ctx context.Context, by actor.Actor, space, member id.ID) (Sheet, error) {
	if err := by.May("team.read", space, member, ErrNoSuchTeam); err != nil {
		return Sheet{}, err
	}
	return s.of(ctx, by, space, member)
}

func (s *Service) of(ctx context.Context, by actor.Actor, space, member id.ID) (Sheet, error) {
	p, err := s.store.placeOf(ctx, space, member)
	if errors.Is(err, ErrNotIn) {
		return Sheet{}, ErrNoSuchTeam
	}
	if err != nil {
		return Sheet{}, fault.Wrap(err, "team of %s", member)
	}
	t, err := s.store.team(ctx, p.TeamID)
	if err != nil {
		return Sheet{}, fault.Wrap(err, "team of %s", member)
	}
	return s.sheet(ctx, by, t)
}

func (s *Service) sheet(ctx context.Context, by actor.Actor, t Team) (Sheet, error) {
	t, err := s.seated(ctx, t)
	if err != nil {
		return Sheet{}, fault.Wrap(err, "seats of team %s", t.ID)
	}
	sheet := Sheet{Team: t, Leads: may(by, "team.lead", t) == nil}
	if sheet.Mates, err = s.store.mates(ctx, t.ID); err != nil {
		return Sheet{}, fault.Wrap(err, "members of team %s", t.ID)
	}
	if !sheet.Leads {
		if _, in := sheet.Mate(by.Member); !in {
			return Sheet{}, ErrNoSuchTeam
		}
		for i := range sheet.Mates {
			sheet.Mates[i].Search = ""
			if m := &sheet.Mates[i]; m.MemberID != by.Member {
				m.Email, m.Limits = "", Limits{}
			}
		}
		return sheet, nil
	}
	sheet.Invitations, err = s.store.openOf(ctx, t.ID)
	return sheet, fault.Wrap(err, "invitations of team %s", t.ID)
}

// Led are the teams that somebody administers, by space: what makes them one who
// leads, for as long as the request runs.
func (s *Service) Led(ctx context.Context, member id.ID) (map[id.ID]actor.Led, error) {
	led, err := s.store.ledBy(ctx, member)
	if err != nil || len(led) == 0 {
		return nil, fault.Wrap(err, "teams led by %s", member)
	}
	leads := make(map[id.ID]actor.Led, len(led))
	for _, l := range led {
		leads[l.space] = actor.Led{Team: l.team, Members: l.members}
	}
	return leads, nil
}

// Share is what somebody's team in the space means for what they book; the zero
// Share where they are in none.
func (s *Service) Share(ctx context.Context, space, member id.ID) (Share, error) {
	sh, err := s.store.share(ctx, space, member)
	return sh, fault.Wrap(err, "team of %s", member)
}

// Seat is somebody's place in a team of the space that another one pays for.
func (s *Service) Seat(ctx context.Context, space, member id.ID) (Seat, error) {
	sh, err := s.store.share(ctx, space, member)
	if err != nil || sh.Payer == "" || sh.Payer == member {
		return Seat{}, fault.Wrap(err, "team of %s", member)
	}
	seat := Seat{Name: sh.Name, Payer: sh.Payer, PayerName: sh.PaidBy, Number: 2, JoinedAt: sh.Joined[member]}
	for other, at := range sh.Joined {
		if other != member && other != sh.Payer && (at.Before(seat.JoinedAt) || at.Equal(seat.JoinedAt) && other < member) {
			seat.Number++
		}
	}
	return seat, nil
}
