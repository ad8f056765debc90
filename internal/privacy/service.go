package privacy

import (
	"context"
	"slices"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
)

// What privacy needs of others, in its own words.
type (
	// Dossier is everything the house knows of a person, in parts.
	Dossier interface {
		// Parts is how many there are.
		Parts() int
		// Part is one of them, counted from 0: the files of it by their names in the ZIP,
		// and its rows for the one file that has all of them.
		Part(ctx context.Context, member id.ID, n int) (Part, error)
	}
	// Keeper forgets a person: what it owns about them goes, or loses every word of
	// theirs. It is called in the transaction that erases them; doing so again
	// changes nothing.
	Keeper interface {
		Erase(ctx context.Context, member id.ID) error
	}
	// People knows who there is.
	People interface {
		// Known is a person of the space, or by themselves where there is no space;
		// a NotFound where there is none.
		Known(ctx context.Context, by actor.Actor, space, member id.ID) (Person, error)
	}
	// Guardians knows who answers for a minor.
	Guardians interface {
		// Ward is the minor for whom by answers with this guardianship at this moment; a
		// refusal where that has ended, or they are of age.
		Ward(ctx context.Context, by actor.Actor, guardianship id.ID) (Ward, error)
		// Tell writes to them that a file of their data was asked for.
		Tell(ctx context.Context, guardianship id.ID) error
	}
	// Jobs does later what the transaction makes true.
	Jobs interface {
		Add(ctx context.Context, job jobs.Job) error
	}
	// Audit keeps who did what.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
	}
	// Ledger is a list outside the database, so that a restored backup is told whom
	// to forget again.
	Ledger interface {
		Add(member id.ID) error
		All() ([]id.ID, error)
	}
)

// Person is who is to be erased, as they are told from others.
type Person struct {
	Told  string // their e-mail address, or their name where they have none
	InUse bool   // they use a machine at this moment
}

// Part is a part of a dossier.
type Part struct {
	Name  string
	Rows  []map[string]any
	Files []File
}

// File is a file of the ZIP.
type File struct {
	Name string // with slashes between folders
	Body []byte
}

// Needs is what a Service is made of. All of it is needed.
type Needs struct {
	DB        *db.DB
	Clock     clock.Clock
	Dossier   Dossier
	Keepers   []Keeper // in the order in which they are asked
	People    People
	Guardians Guardians
	Jobs      Jobs
	Audit     Audit
	Ledger    Ledger
}

// Service is what one can do about one's own data.
type Service struct {
	Needs
	store store
}

// New makes the service on a migrated database.
func New(n Needs) *Service { return &Service{Needs: n, store: store{n.DB}} }

// gather has the file of an export be put together.
type gather struct {
	Export id.ID `json:"export"`
}

// Kind names the job.
func (gather) Kind() string { return "privacy.gather" }

// Work says who does this package's jobs.
func (s *Service) Work(q *jobs.Queue) { jobs.Handle(q, s.gather) }

// Ask has a file of everything about by be put together; ErrInTheMaking while one is.
func (s *Service) Ask(ctx context.Context, by actor.Actor) (Export, error) {
	if err := by.May("privacy.own", "", by.Member, ErrNoSuchExport); err != nil {
		return Export{}, err
	}
	var e Export
	err := s.DB.Tx(ctx, func(ctx context.Context) (err error) {
		e, err = s.ask(ctx, by, by.Member, "privacy.own")
		return err
	})
	return e, fault.Wrap(err, "ask for an export")
}

// ask has the file about a person be put together for by, in the transaction of ctx.
func (s *Service) ask(ctx context.Context, by actor.Actor, about id.ID, op actor.Operation) (Export, error) {
	now := s.Clock.Now()
	e := Export{ID: id.New(), MemberID: about, AskedBy: by.Member, AskedAt: now, ExpiresAt: now.Add(KeptFor)}
	if err := s.DB.Lock(ctx, "members", about); err != nil {
		return e, err
	}
	newest, err := s.store.newest(ctx, about, by.Member, 1)
	if err != nil {
		return e, err
	}
	if len(newest) > 0 && newest[0].Status(now) == InTheMaking {
		return e, ErrInTheMaking
	}
	if err := s.store.insert(ctx, e); err != nil {
		return e, err
	}
	if err := s.Jobs.Add(ctx, gather{e.ID}); err != nil {
		return e, err
	}
	return e, s.Audit.Record(ctx, by, "", op, about, map[string]any{"export": e.ID})
}

// exportsShown is how many files a person is shown.
const exportsShown = 10

// Exports lists the latest files of by, the newest first.
func (s *Service) Exports(ctx context.Context, by actor.Actor) ([]Export, error) {
	if err := by.May("privacy.own", "", by.Member, ErrNoSuchExport); err != nil {
		return nil, err
	}
	list, err := s.store.newest(ctx, by.Member, by.Member, exportsShown)
	return list, fault.Wrap(err, "exports of %s", by.Member)
}

// Fetch gives the ZIP of a file to whom it is about, once.
func (s *Service) Fetch(ctx context.Context, by actor.Actor, export id.ID) ([]byte, error) {
	if err := by.May("privacy.own", "", by.Member, ErrNoSuchExport); err != nil {
		return nil, err
	}
	var body []byte
	err := s.DB.Tx(ctx, func(ctx context.Context) (err error) {
		body, err = s.fetch(ctx, by, by.Member, export, "privacy.own")
		return err
	})
	return body, fault.Wrap(err, "fetch export %s", export)
}

// fetch takes the file about a person that by asked for, in the transaction of ctx.
func (s *Service) fetch(ctx context.Context, by actor.Actor, about, export id.ID, op actor.Operation) ([]byte, error) {
	if err := s.DB.Lock(ctx, "members", about); err != nil {
		return nil, err
	}
	e, zip, err := s.store.export(ctx, about, by.Member, export)
	if err != nil {
		return nil, err
	}
	switch e.Status(s.Clock.Now()) {
	case Fetched:
		return nil, ErrFetched
	case Expired:
		return nil, ErrNoSuchExport
	case InTheMaking:
		return nil, ErrNotReady
	}
	if err := s.store.fetched(ctx, e.ID, s.Clock.Now()); err != nil {
		return nil, err
	}
	return zip, s.Audit.Record(ctx, by, "", op, about, map[string]any{"fetched": e.ID})
}

// Sweep takes away files that nobody fetched in time.
func (s *Service) Sweep(ctx context.Context) error {
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		return s.store.deleteExpired(ctx, s.Clock.Now())
	}), "sweep exports")
}

// Forget drops the exports of an account that is about to be no more. It is asked in the
// transaction that ends it.
func (s *Service) Forget(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.store.deleteExports(ctx, member), "exports of %s", member)
}

// Erase forgets a person for good. They themselves may, and a manager of a space in
// which they are; confirm is the address of the account, typed, or their name where there is no address. It refuses the last
// owner of a space, and while a machine is in use. Bookings and charges stay, of
// somebody without a name.
func (s *Service) Erase(ctx context.Context, by actor.Actor, space, member id.ID, confirm string) error {
	if err := s.mayErase(by, space, member); err != nil {
		return err
	}
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		person, err := s.People.Known(ctx, by, space, member)
		if err == nil {
			err = person.gone(confirm)
		}
		if err != nil {
			return err
		}
		return s.erase(ctx, by, member)
	})
	if err != nil {
		return fault.Wrap(err, "erase %s", member)
	}
	return fault.Wrap(s.Ledger.Add(member), "list the erasure of %s", member)
}

// gone refuses to erase a person of whom something else was typed, or who is busy.
func (p Person) gone(confirm string) error {
	switch {
	case !strings.EqualFold(strings.TrimSpace(confirm), p.Told):
		return ErrConfirm
	case p.InUse:
		return ErrInUse
	}
	return nil
}

func (s *Service) mayErase(by actor.Actor, space, member id.ID) error {
	if member == by.Member {
		return by.May("privacy.own", "", member, ErrNoSuchMember)
	}
	return by.May("privacy.erase", space, "", ErrNoSuchMember)
}

// erase has every owner forget the person, and empties what privacy itself has.
func (s *Service) erase(ctx context.Context, by actor.Actor, member id.ID) error {
	if err := s.DB.Lock(ctx, "members", member); err != nil {
		return err
	}
	fresh, err := s.store.addErasure(ctx, Erasure{ID: id.New(), MemberID: member, ErasedBy: by.Member, At: s.Clock.Now()})
	if err != nil {
		return err
	}
	if !fresh {
		return ErrErased
	}
	for _, k := range s.Keepers {
		if err := k.Erase(ctx, member); err != nil {
			return err
		}
	}
	if err := s.store.deleteExports(ctx, member); err != nil {
		return err
	}
	return s.Audit.Record(ctx, by, "", "privacy.erase", member, nil)
}

// Remember erases again whoever was erased since the data was written that is open
// now, after an older backup was restored, and says how many. The list itself gets
// whom it lacks, after a program died between the two.
func (s *Service) Remember(ctx context.Context) (int, error) {
	listed, err := s.Ledger.All()
	if err != nil {
		return 0, fault.Wrap(err, "read the list of erasures")
	}
	erased, err := s.store.erased(ctx)
	if err != nil {
		return 0, fault.Wrap(err, "who was erased")
	}
	for _, member := range erased {
		if !slices.Contains(listed, member) {
			if err := s.Ledger.Add(member); err != nil {
				return 0, fault.Wrap(err, "list the erasure of %s", member)
			}
		}
	}
	n := 0
	for _, member := range listed {
		if slices.Contains(erased, member) {
			continue
		}
		again, err := s.eraseAgain(ctx, member)
		if err != nil {
			return n, fault.Wrap(err, "erase %s again", member)
		}
		if again {
			n++
		}
	}
	return n, nil
}

// eraseAgain reports false for whom this data never knew.
func (s *Service) eraseAgain(ctx context.Context, member id.ID) (done bool, err error) {
	err = s.DB.Tx(ctx, func(ctx context.Context) error {
		if done, err = s.store.known(ctx, member); err != nil || !done {
			return err
		}
		return s.erase(ctx, actor.House, member)
	})
	return done, err
}
