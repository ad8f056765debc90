package consent

import (
	"context"
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

// What consent needs of others, in its own words.
type (
	// Spaces knows where.
	Spaces interface {
		Space(ctx context.Context, space id.ID) (Space, error)
	}
	// Members knows who.
	Members interface {
		// Person is somebody who is known in the space, or a NotFound. Where the space is
		// empty it is anybody of the house.
		Person(ctx context.Context, space, member id.ID) (Person, error)
		// Addresses are those that were proven to be somebody's, now or before.
		Addresses(ctx context.Context, member id.ID) ([]string, error)
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

// Space is a space as consent sees it.
type Space struct {
	ID      id.ID
	Slug    string
	Name    i18n.Text
	Address string
	Email   string
	Country string
	Zone    *time.Location
}

// Person is a member as consent sees them.
type Person struct {
	ID        id.ID
	Name      string
	Email     string
	Locale    string
	Confirmed bool // the e-mail address is theirs
}

// Needs is what a Service is made of. All of it is needed.
type Needs struct {
	DB      *db.DB
	Clock   clock.Clock
	Spaces  Spaces
	Members Members
	Audit   Audit
	Jobs    Jobs
	Mail    Mail
	BaseURL string // what links in letters begin with
}

// Service is what one can do with documents, choices and guardians. Make it with New.
type Service struct {
	db      *db.DB
	clock   clock.Clock
	spaces  Spaces
	members Members
	audit   Audit
	jobs    Jobs
	mail    Mail
	base    string
	store   store
}

// New makes the service on a migrated database.
func New(n Needs) *Service {
	return &Service{
		db: n.DB, clock: n.Clock, spaces: n.Spaces, members: n.Members, audit: n.Audit, jobs: n.Jobs, mail: n.Mail, base: n.BaseURL,
		store: newStore(n.DB),
	}
}

// Standing is what a person has still to sign in a space at this moment, and whether
// they are of age there.
type Standing struct {
	Unsigned     []Asked
	Birthday     clock.Day     // empty: not known
	AsksBirthday bool          // the space asks for it, and it is not known
	Adult        clock.Instant // when they come of age; zero: not known
	Minor        bool          // now
	ConsentAge   int           // from which they consent for themselves here
	Mature       bool          // they have that age, or it is not known that they have not
	Invited      bool          // a guardian was asked and has not answered
	Consented    bool          // a guardian's consent runs
	Supervised   []Window      // when minors may book here
}

// Asked is a document that somebody is asked to sign.
type Asked struct {
	Document id.ID
	Title    i18n.Text
	Minors   bool     // asked only for as long as they are under age
	Kinds    []string // of resources whose use asks for it; with Areas empty: any use
	Areas    []id.ID
	Guardian bool // it is for their guardian to sign
}

// Standing is what a person's consent is worth in a space now. It asks nobody who may
// know: whoever asks has asked that already.
func (s *Service) Standing(ctx context.Context, space, member id.ID) (Standing, error) {
	sp, err := s.spaces.Space(ctx, space)
	if err != nil {
		return Standing{}, err
	}
	h, err := s.store.house(ctx, space)
	if err != nil {
		return Standing{}, fault.Wrap(err, "documents of %s", space)
	}
	p, err := s.store.file(ctx, space, member)
	if err != nil {
		return Standing{}, fault.Wrap(err, "consents of %s", member)
	}
	return standing(sp, h, p, s.clock.Now()), nil
}

// standing judges what is known of a person.
func standing(sp Space, h house, p file, now clock.Instant) Standing {
	st := Standing{
		Birthday: p.birthday.Day, Adult: Adult(p.birthday.Day, sp.Zone), Supervised: h.windows, ConsentAge: h.terms.age(sp.Country),
		AsksBirthday: h.terms.AsksBirthday && p.birthday.Day == "", Mature: true,
	}
	st.Minor = !st.Adult.IsZero() && now.Before(st.Adult)
	if st.Birthday != "" {
		st.Mature = Age(st.Birthday, clock.DayOf(now, sp.Zone)) >= st.ConsentAge
	}
	for _, g := range p.guardians {
		st.Invited = st.Invited || g.Open()
		st.Consented = st.Consented || g.Runs()
	}
	for _, d := range h.papers {
		if !d.Asks() || d.Audience == Minors && !st.Minor {
			continue
		}
		if slices.ContainsFunc(p.acceptances, func(a Acceptance) bool { return st.counts(sp, d, a, now) }) {
			continue
		}
		asked := Asked{
			Document: d.ID, Title: d.Current.Title, Minors: d.Audience == Minors, Kinds: d.Kinds,
			Guardian: st.Minor && (d.Kind == Waiver || !st.Mature),
		}
		for _, area := range d.Areas {
			asked.Areas = append(asked.Areas, id.ID(area))
		}
		st.Unsigned = append(st.Unsigned, asked)
	}
	return st
}

// counts reports whether an acceptance is worth something now: of the present text,
// not too old, and by whom it had to be. What a guardian signed ends when the minor
// comes of age, and a minor's own name under a waiver is worth nothing.
func (st Standing) counts(sp Space, d Paper, a Acceptance, now clock.Instant) bool {
	switch {
	case a.VersionID != d.Current.ID:
		return false
	case d.ValidMonths > 0 && !now.Before(a.until(d.Document, sp.Zone)):
		return false
	case a.Guardian:
		return st.Minor
	}
	return d.Kind != Waiver || st.Adult.IsZero() || !a.AcceptedAt.Before(st.Adult)
}

// until is when an acceptance of a document has to be given anew; zero: not before the text changes.
func (a Acceptance) until(d Document, zone *time.Location) clock.Instant {
	if d.ValidMonths == 0 {
		return clock.Instant{}
	}
	return clock.DayOf(a.AcceptedAt, zone).AddMonths(int(d.ValidMonths)).Start(zone)
}

// CountsSince is the moment before which whatever was signed has to be given anew; zero
// where the document says nothing of that.
func (d Document) CountsSince(now clock.Instant, zone *time.Location) clock.Instant {
	if d.ValidMonths == 0 {
		return clock.Instant{}
	}
	today := clock.DayOf(now, zone)
	first := today.AddMonths(-int(d.ValidMonths))
	for first.AddMonths(int(d.ValidMonths)) <= today {
		first = first.Add(1)
	}
	return first.Start(zone)
}
