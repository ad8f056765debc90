package profiles

import (
	"context"
	"io"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/picture"
)

// What profiles needs of others, in its own words.
type (
	// Audit is where it is written who did what: in the transaction that did it.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
	}
	// People knows who somebody is and where; ErrNoSuchMember if nobody.
	People interface {
		Person(ctx context.Context, member id.ID) (Person, error)
		// Names are the names of those of these people who are in a space.
		Names(ctx context.Context, space id.ID, members []id.ID) (map[id.ID]string, error)
	}
	// Consents knows who agreed to be found by the other members of a space. Minors
	// are never among them.
	Consents interface {
		Listed(ctx context.Context, space id.ID) ([]id.ID, error)
		IsListed(ctx context.Context, space, member id.ID) (bool, error)
	}
)

// Needs is what a Service is made of. All of it is needed.
type Needs struct {
	DB       *db.DB
	Clock    clock.Clock
	Audit    Audit
	People   People
	Consents Consents
}

// Service is what one can do with profiles. Make it with New.
type Service struct {
	db       *db.DB
	clock    clock.Clock
	audit    Audit
	people   People
	consents Consents
	store    store
}

// New makes the service on a migrated database.
func New(n Needs) *Service {
	return &Service{db: n.DB, clock: n.Clock, audit: n.Audit, people: n.People, consents: n.Consents, store: store{n.DB}}
}

// Mine is the actor's own sheet in a space: without what is the staff's only.
func (s *Service) Mine(ctx context.Context, by actor.Actor, space id.ID) (Sheet, error) {
	if !by.SignedIn() {
		return Sheet{}, actor.ErrSignIn
	}
	return s.sheet(ctx, space, by.Member, false)
}

// Sheet is the sheet of a person of the space. Who may not read all of it at once gets
// it masked; see Reveal.
func (s *Service) Sheet(ctx context.Context, by actor.Actor, space, member id.ID) (Sheet, error) {
	if err := by.May("profile.read", space, "", nil); err != nil {
		return Sheet{}, err
	}
	sheet, err := s.here(ctx, space, member)
	if err == nil && by.May("profile.whole", space, "", nil) != nil {
		sheet = sheet.masked()
	}
	return sheet, err
}

// Reveal is the whole sheet of a person of the space; that it was read is written down.
func (s *Service) Reveal(ctx context.Context, by actor.Actor, space, member id.ID) (Sheet, error) {
	if err := by.May("profile.reveal", space, "", nil); err != nil {
		return Sheet{}, err
	}
	var sheet Sheet
	err := s.db.Tx(ctx, func(ctx context.Context) (err error) {
		if sheet, err = s.here(ctx, space, member); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "profile.reveal", member, nil)
	})
	return sheet, fault.Wrap(err, "reveal %s", member)
}

// CheckAddress is a postal address tidied up, or what is wrong with it.
func CheckAddress(text string) (string, error) {
	p, err := Profile{}.apply(Change{Address: text})
	return p.Address, err
}

// BringAddress writes down where somebody lives of whom nobody has said so, as a file does.
func (s *Service) BringAddress(ctx context.Context, by actor.Actor, space, member id.ID, address string) error {
	if err := by.May("member.import", space, "", nil); err != nil {
		return err
	}
	return s.readdress(ctx, by, space, member, "", address)
}

// UnbringAddress takes away the address that BringAddress wrote, if it is still that.
func (s *Service) UnbringAddress(ctx context.Context, by actor.Actor, space, member id.ID, address string) error {
	if err := by.May("member.import_undo", space, "", nil); err != nil {
		return err
	}
	return s.readdress(ctx, by, space, member, address, "")
}

// readdress changes an address if it is the one that was known. A profile of which
// nothing is left is as if it had never been.
func (s *Service) readdress(ctx context.Context, by actor.Actor, space, member id.ID, was, now string) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "members", member); err != nil {
			return err
		}
		p, err := s.store.profile(ctx, member)
		if err != nil || p.Address != was {
			return err
		}
		if p.Address, err = CheckAddress(now); err != nil {
			return err
		}
		if p.blank() {
			err = s.store.drop(ctx, member)
		} else {
			err = s.store.save(ctx, p)
		}
		if err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "profile.edit", member, map[string]any{"version": p.Version + 1})
	}), "address of %s", member)
}

// here is the whole sheet of a person who is in the space.
func (s *Service) here(ctx context.Context, space, member id.ID) (Sheet, error) {
	p, err := s.people.Person(ctx, member)
	if err != nil {
		return Sheet{}, err
	}
	if _, in := p.Spaces[space]; !in {
		return Sheet{}, ErrNoSuchMember
	}
	return s.sheet(ctx, space, member, true)
}

func (s *Service) sheet(ctx context.Context, space, member id.ID, staff bool) (Sheet, error) {
	p, err := s.people.Person(ctx, member)
	if err != nil {
		return Sheet{}, err
	}
	sheet := Sheet{Name: p.Name}
	if sheet.Profile, err = s.store.profile(ctx, member); err != nil {
		return Sheet{}, fault.Wrap(err, "profile of %s", member)
	}
	fields, err := s.store.fields(ctx, space)
	if err != nil {
		return Sheet{}, fault.Wrap(err, "profile fields of %s", space)
	}
	given, err := s.store.answers(ctx, space, member)
	if err != nil {
		return Sheet{}, fault.Wrap(err, "answers of %s", member)
	}
	for _, f := range fields {
		value, answered := given[f.ID]
		if f.Archived() && !answered || !staff && f.SeenBy == ByStaff {
			continue
		}
		sheet.Answers = append(sheet.Answers, Answer{f, value})
	}
	return sheet, nil
}

// EditMine changes the actor's own sheet in a space.
func (s *Service) EditMine(ctx context.Context, by actor.Actor, space id.ID, c Change) error {
	if !by.SignedIn() {
		return actor.ErrSignIn
	}
	return s.edit(ctx, by, space, by.Member, c, false)
}

// Edit changes the sheet of a person of the space, the staff's fields too.
func (s *Service) Edit(ctx context.Context, by actor.Actor, space, member id.ID, c Change) error {
	if err := by.May("profile.edit", space, "", nil); err != nil {
		return err
	}
	if _, err := s.here(ctx, space, member); err != nil {
		return err
	}
	return s.edit(ctx, by, space, member, c, true)
}

func (s *Service) edit(ctx context.Context, by actor.Actor, space, member id.ID, c Change, staff bool) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "members", member); err != nil {
			return err
		}
		p, err := s.store.profile(ctx, member)
		if err != nil {
			return err
		}
		if p.Version != c.Version {
			return ErrStale
		}
		p, wrong := p.apply(c)
		answers, err := s.answered(ctx, space, member, c, staff)
		if err != nil {
			return both(wrong, err)
		}
		if wrong != nil {
			return wrong
		}
		if err := s.store.save(ctx, p); err != nil {
			return err
		}
		if err := s.store.setAnswers(ctx, member, answers, s.clock.Now()); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "profile.edit", member, map[string]any{"version": p.Version + 1})
	}), "profile of %s", member)
}

// both joins refusals; an error of our own comes through alone.
func both(a, b error) error {
	if fault.All(b) == nil {
		return b
	}
	var all fault.Many
	for _, f := range append(fault.All(a), fault.All(b)...) {
		all.Add(f)
	}
	return all.Err()
}

// answered are the answers of a change as they are kept, or everything that is wrong
// with them. Of the staff's fields only staff answers.
func (s *Service) answered(ctx context.Context, space, member id.ID, c Change, staff bool) (map[id.ID]string, error) {
	fields, err := s.store.fields(ctx, space)
	if err != nil {
		return nil, err
	}
	given, err := s.store.answers(ctx, space, member)
	if err != nil {
		return nil, err
	}
	answers := map[id.ID]string{}
	var wrong fault.Many
	for _, f := range fields {
		typed, said := c.Answers[f.ID]
		if f.Archived() || !staff && f.EditedBy == ByStaff {
			continue
		}
		if !said {
			typed = given[f.ID]
		}
		value, bad := f.answer(typed)
		switch on := "field-" + f.ID.String(); {
		case bad != nil:
			wrong.Add(bad.On(on))
		case value == "" && f.Required && f.EditedBy == ByMember && !staff:
			wrong.Add(ErrRequired.On(on))
		case said:
			answers[f.ID] = value
		}
	}
	return answers, wrong.Err()
}

// SetPortrait makes the uploaded file the actor's photograph; the one before is gone.
func (s *Service) SetPortrait(ctx context.Context, by actor.Actor, file io.Reader) error {
	if !by.SignedIn() {
		return actor.ErrSignIn
	}
	body, size, err := picture.Develop(file)
	if err != nil {
		return fault.Wrap(err, "portrait of %s", by.Member)
	}
	return s.hang(ctx, by, &Portrait{ID: id.New(), MemberID: by.Member, Body: body, Width: size.X, Height: size.Y, CreatedAt: s.clock.Now()})
}

// RemovePortrait leaves the actor without a photograph.
func (s *Service) RemovePortrait(ctx context.Context, by actor.Actor) error {
	if !by.SignedIn() {
		return actor.ErrSignIn
	}
	return s.hang(ctx, by, nil)
}

func (s *Service) hang(ctx context.Context, by actor.Actor, portrait *Portrait) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "members", by.Member); err != nil {
			return err
		}
		p, err := s.store.profile(ctx, by.Member)
		if err != nil {
			return err
		}
		if err := s.store.dropPortraits(ctx, by.Member); err != nil {
			return err
		}
		if p.PortraitID = ""; portrait != nil {
			p.PortraitID = portrait.ID
			if err := s.store.insertPortrait(ctx, *portrait); err != nil {
				return err
			}
		}
		if err := s.store.save(ctx, p); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, "", "profile.edit", by.Member, map[string]any{"portrait": p.PortraitID})
	}), "portrait of %s", by.Member)
}

// ErrNoSuchPortrait is the answer where there is no such photograph, or not for this actor.
var ErrNoSuchPortrait = fault.NotFound("profiles.no_such_portrait", "There is no such picture.")

// Small is how wide and high a portrait is at most where it stands beside a name.
const Small = 160

// Portrait finds a photograph: its own person sees it, the staff where that person
// is, and the other members where they are in the directory.
func (s *Service) Portrait(ctx context.Context, by actor.Actor, portrait id.ID) (Portrait, error) {
	if !by.SignedIn() && !by.IsHouse() {
		return Portrait{}, actor.ErrSignIn
	}
	p, err := s.store.portrait(ctx, portrait)
	if err != nil {
		return Portrait{}, fault.Wrap(err, "portrait %s", portrait)
	}
	sees, err := s.sees(ctx, by, p.MemberID)
	if err != nil {
		return Portrait{}, err
	}
	if !sees {
		return Portrait{}, ErrNoSuchPortrait
	}
	return p, nil
}

// sees reports whether the actor may see this person's photograph.
func (s *Service) sees(ctx context.Context, by actor.Actor, member id.ID) (bool, error) {
	if by.Member == member || by.IsHouse() {
		return true, nil
	}
	p, err := s.people.Person(ctx, member)
	if err != nil {
		return false, err
	}
	for space := range p.Spaces {
		if by.May("profile.read", space, "", nil) == nil {
			return true, nil
		}
		if by.May("directory.read", space, "", nil) != nil {
			continue
		}
		if listed, err := s.consents.IsListed(ctx, space, member); err != nil || listed {
			return listed, fault.Wrap(err, "directory of %s", space)
		}
	}
	return false, nil
}
