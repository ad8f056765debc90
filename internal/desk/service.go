package desk

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
	"guildhall/internal/money"
)

// What the desk needs of others, in its own words. Each asks by's permission itself.
type (
	// People knows who is who.
	People interface {
		// Person is somebody of the space; NotFound if there is no such person there.
		Person(ctx context.Context, space, member id.ID) (Person, error)
		// Known are the people of the space with this number or address, a few at the most.
		Known(ctx context.Context, by actor.Actor, space id.ID, contact string) ([]Person, error)
		// Check is everything that is wrong with somebody new, but how they can be reached
		// if that is not said at all.
		Check(n Newcomer) error
		// Admit writes down somebody new.
		Admit(ctx context.Context, by actor.Actor, space id.ID, n Newcomer) (Person, error)
	}
	// Badges are what people wear.
	Badges interface {
		Give(ctx context.Context, by actor.Actor, space, member id.ID, number string) (badge id.ID, err error)
		Take(ctx context.Context, by actor.Actor, space, member, badge id.ID) error
	}
	// Passes are the plans that are sold for a day.
	Passes interface {
		// Offers are those on sale on a day, in the space's order.
		Offers(ctx context.Context, space id.ID, day clock.Day) ([]Pass, error)
		// Sell starts one now and charges for it; ErrHasPlan where a plan is on.
		Sell(ctx context.Context, by actor.Actor, space, member id.ID, pass Choice) (Sold, error)
	}
	// Papers are what people sign at the door.
	Papers interface {
		// Sign puts the signature under each of these that this person has still to sign.
		Sign(ctx context.Context, by actor.Actor, space, member id.ID, papers []Paper, s Signature) error
		// Owing reports whether they have still to sign something before they use anything.
		Owing(ctx context.Context, space, member id.ID) (bool, error)
	}
	// Guardians answer for minors.
	Guardians interface {
		// Check is everything that is wrong with what is said of somebody new who was born on
		// this day; of who is of age nothing is.
		Check(ctx context.Context, space id.ID, birthday clock.Day, g Guardian) error
		// Guarded writes down a minor's birthday, and that the guardian who stands there consents.
		Guarded(ctx context.Context, by actor.Actor, space, member id.ID, birthday clock.Day, g Guardian) error
	}
	// Till takes money.
	Till interface {
		Take(ctx context.Context, t Taking) error
	}
	// Spaces knows the clocks of a space.
	Spaces interface {
		Zone(ctx context.Context, space id.ID) (*time.Location, error)
	}
	// Audit is where it is written who did what.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
	}
)

// Person is somebody of a space, as the desk sees them.
type Person struct {
	ID        id.ID
	Name      string
	Email     string
	Phone     string
	Suspended bool
	Plan      i18n.Text // that they have now; empty: none
}

// Newcomer is somebody who was not known.
type Newcomer struct {
	Name   string
	Email  string
	Phone  string
	Locale string
}

// Pass is a plan for a day, at the price of a group of buyers.
type Pass struct {
	Choice
	Name  i18n.Text
	Price money.Amount // a period
	Free  bool         // one pays what one can; Price is what is suggested
	Floor money.Amount // and this the least
	// Conceded says that it is for those who show a proof.
	Conceded bool
}

// Choice is a pass and who buys it.
type Choice struct {
	Plan   id.ID
	Group  string // whose price is paid; empty: everyone's
	Amount *int64 // where one pays what one can; nil: what is suggested
	Proof  bool   // the desk has seen what a lower price asks for
}

// Sold is a pass that was sold.
type Sold struct {
	Membership id.ID
	Payer      id.ID // whose account is charged
	Total      money.Amount
}

// Paper is a text as it was shown.
type Paper struct {
	Document id.ID
	Version  id.ID
	Language string
}

// Signature is how somebody signs: with their name as they type it, or by drawing.
type Signature struct {
	Name    string
	Drawing string
	Address string // the network's
}

// Given reports whether there is a signature at all.
func (s Signature) Given() bool { return s.Name != "" || s.Drawing != "" }

// Guardian is who answers for a minor, and how it was seen that they do.
type Guardian struct {
	Name     string
	Verified string
	Address  string
	Locale   string
}

// Taking is money that was taken at the desk.
type Taking struct {
	Space  id.ID
	Member id.ID
	Visit  id.ID
	Amount money.Amount
	How    Paid
	On     clock.Day
}

// Needs is what a Service is made of. All of it is needed.
type Needs struct {
	DB        *db.DB
	Clock     clock.Clock
	People    People
	Badges    Badges
	Passes    Passes
	Papers    Papers
	Guardians Guardians
	Till      Till
	Spaces    Spaces
	Audit     Audit
}

// Service is what one can do at the desk. Make it with New.
type Service struct {
	Needs
	store store
}

// New makes the service on a migrated database.
func New(n Needs) *Service { return &Service{Needs: n, store: store{n.DB}} }

// Offers are the passes that can be sold to whoever walks in today.
func (s *Service) Offers(ctx context.Context, by actor.Actor, space id.ID) ([]Pass, error) {
	if err := by.May("desk.read", space, "", nil); err != nil {
		return nil, err
	}
	zone, err := s.Spaces.Zone(ctx, space)
	if err != nil {
		return nil, err
	}
	offers, err := s.Passes.Offers(ctx, space, clock.DayOf(s.Clock.Now(), zone))
	return offers, fault.Wrap(err, "passes of %s", space)
}

// Arrive lets somebody of the space in. ErrHere where they are in already, ErrSuspended
// where they are kept out.
func (s *Service) Arrive(ctx context.Context, by actor.Actor, space, member id.ID) (Visit, error) {
	if err := by.May("desk.admit", space, "", nil); err != nil {
		return Visit{}, err
	}
	var v Visit
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		who, err := s.welcome(ctx, space, member)
		if err != nil {
			return err
		}
		v = s.visit(by, space, who.ID)
		return s.begin(ctx, by, v)
	})
	return v, fault.Wrap(err, "let in %s", member)
}

// welcome is somebody who may come in and is not here.
func (s *Service) welcome(ctx context.Context, space, member id.ID) (Person, error) {
	who, err := s.People.Person(ctx, space, member)
	if err != nil {
		return who, err
	}
	if who.Suspended {
		return who, ErrSuspended.With("Name", who.Name)
	}
	if err := s.DB.Lock(ctx, "members", member); err != nil {
		return who, err
	}
	here, found, err := s.store.here(ctx, space, member)
	if err != nil || !found {
		return who, err
	}
	zone, err := s.Spaces.Zone(ctx, space)
	if err != nil {
		return who, err
	}
	return who, ErrHere.With("Name", who.Name).With("Since", here.ArrivedAt.In(zone).Format("15:04"))
}

func (s *Service) visit(by actor.Actor, space, member id.ID) Visit {
	return Visit{ID: id.New(), SpaceID: space, MemberID: member, ArrivedAt: s.Clock.Now(), RecordedBy: by.Member}
}

func (s *Service) begin(ctx context.Context, by actor.Actor, v Visit) error {
	if err := s.store.insert(ctx, v); err != nil {
		return err
	}
	return s.Audit.Record(ctx, by, v.SpaceID, "desk.admit", v.MemberID, map[string]any{"visit": v.ID, "pass": v.MembershipID, "paid": v.Paid})
}

// Leave notes that somebody went; their wristband is taken back.
func (s *Service) Leave(ctx context.Context, by actor.Actor, space, visit id.ID) (Visit, error) {
	if err := by.May("desk.admit", space, "", nil); err != nil {
		return Visit{}, err
	}
	var v Visit
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		var err error
		if v, err = s.store.visit(ctx, space, visit); err != nil {
			return err
		}
		if !v.Here() {
			return ErrLeft
		}
		v.LeftAt = s.Clock.Now()
		return s.finish(ctx, by, v)
	})
	return v, fault.Wrap(err, "let go %s", visit)
}

func (s *Service) finish(ctx context.Context, by actor.Actor, v Visit) error {
	if err := s.store.leave(ctx, v); err != nil {
		return err
	}
	if v.BadgeID != "" {
		if err := s.Badges.Take(ctx, by, v.SpaceID, v.MemberID, v.BadgeID); err != nil {
			return err
		}
	}
	return s.Audit.Record(ctx, by, v.SpaceID, "desk.admit", v.MemberID, map[string]any{"visit": v.ID, "left": true})
}

// Visit is one visit; ErrNoSuchVisit if the space has none such.
func (s *Service) Visit(ctx context.Context, by actor.Actor, space, visit id.ID) (Visit, error) {
	if err := by.May("desk.read", space, "", nil); err != nil {
		return Visit{}, err
	}
	v, err := s.store.visit(ctx, space, visit)
	return v, fault.Wrap(err, "visit %s", visit)
}

// VisitOf is the visit somebody is in the midst of; found is false where they are not here.
func (s *Service) VisitOf(ctx context.Context, by actor.Actor, space, member id.ID) (v Visit, found bool, err error) {
	if err := by.May("desk.read", space, "", nil); err != nil {
		return Visit{}, false, err
	}
	v, found, err = s.store.here(ctx, space, member)
	return v, found, fault.Wrap(err, "visit of %s", member)
}

// Present are the visits that some people are in the midst of, by person.
func (s *Service) Present(ctx context.Context, by actor.Actor, space id.ID, members []id.ID) (map[id.ID]Visit, error) {
	if err := by.May("desk.read", space, "", nil); err != nil {
		return nil, err
	}
	visits, err := s.store.present(ctx, space, members)
	present := map[id.ID]Visit{}
	for _, v := range visits {
		present[v.MemberID] = v
	}
	return present, fault.Wrap(err, "who is here")
}

// closeAtOnce is how many visits CloseDays looks at together.
const closeAtOnce = 200

// CloseDays ends the visits of days that are over in their space, at the end of that
// day: whoever left without a word is not here tomorrow.
func (s *Service) CloseDays(ctx context.Context) error {
	var after id.ID
	for {
		open, err := s.store.open(ctx, after, closeAtOnce)
		if err != nil || len(open) == 0 {
			return fault.Wrap(err, "close visits")
		}
		after = open[len(open)-1].ID
		if err := s.DB.Tx(ctx, func(ctx context.Context) error { return s.closeOver(ctx, open) }); err != nil {
			return fault.Wrap(err, "close visits")
		}
	}
}

func (s *Service) closeOver(ctx context.Context, open []Visit) error {
	for _, v := range open {
		zone, err := s.Spaces.Zone(ctx, v.SpaceID)
		if err != nil {
			return err
		}
		v.LeftAt = clock.DayOf(v.ArrivedAt, zone).Add(1).Start(zone)
		if v.LeftAt.After(s.Clock.Now()) {
			continue
		}
		if err := s.finish(ctx, actor.House, v); err != nil && !errors.Is(err, ErrLeft) {
			return err
		}
	}
	return nil
}

// Erase forgets that somebody ever came: where people were is theirs.
func (s *Service) Erase(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.store.forget(ctx, member), "visits of %s", member)
}
