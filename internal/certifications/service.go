package certifications

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

// undoFor is how long a grant can be taken back as a slip.
const undoFor = 10 * time.Minute

// What certifications needs of others, in its own words.
type (
	// Audit is where it is written who did what: in the transaction that did it.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
	}
	// People knows who somebody is.
	People interface {
		// Person is somebody as this space knows them; ErrNoSuchHolder if it does not.
		Person(ctx context.Context, space, member id.ID) (Person, error)
	}
	// Spaces knows where it is.
	Spaces interface {
		Space(ctx context.Context, space id.ID) (Space, error)
	}
	// Usage knows what somebody did on machines.
	Usage interface {
		// Minutes are those of bookings that are done, by the kind of resource.
		Minutes(ctx context.Context, space, member id.ID) (Minutes, error)
		// LastUse is when somebody last checked in at a machine that asks for each
		// certification, of those that they ever did for.
		LastUse(ctx context.Context, space, member id.ID) (map[id.ID]clock.Instant, error)
	}
	// Bookings knows what somebody has booked.
	Bookings interface {
		// Ahead are their bookings that are not begun and hold a machine that asks for
		// a certification.
		Ahead(ctx context.Context, space, member id.ID) ([]Booked, error)
		// Cancel cancels one of them, in the transaction that ctx carries.
		Cancel(ctx context.Context, booking id.ID, reason string) error
	}
	// Courses knows how one becomes certified.
	Courses interface {
		// Next is the first session with a free seat after a moment for each of these
		// kinds that has one.
		Next(ctx context.Context, kinds []id.ID, after clock.Instant) ([]Course, error)
		// Seats are the sessions to come in which somebody has a seat.
		Seats(ctx context.Context, space, member id.ID) ([]Course, error)
	}
	// Jobs does later what the transaction makes true.
	Jobs interface {
		Add(ctx context.Context, job jobs.Job) error
		// AddAt adds a job that is due at a moment.
		AddAt(ctx context.Context, job jobs.Job, at clock.Instant) error
	}
	// Mail brings a letter.
	Mail interface {
		Send(ctx context.Context, m mail.Message) error
	}
)

// Person is somebody who can be certified, or who certifies.
type Person struct {
	Name   string
	Email  string
	Locale string
	Role   actor.Role
}

// Space is a space as a letter names it, with its zone.
type Space struct {
	Name    i18n.Text
	Address string
	Email   string
	Zone    *time.Location
}

// Minutes are those on machines by the kind of resource, and on all together that
// ask for a certification.
type Minutes struct {
	OfKind    map[string]int64
	Certified int64
}

// on is how many count for these kinds of resource, or for all certified ones if none is named.
func (m Minutes) on(kinds Words) int64 {
	if len(kinds) == 0 {
		return m.Certified
	}
	var n int64
	for _, k := range kinds {
		n += m.OfKind[k]
	}
	return n
}

// Booked is a booking with the certifications that its machine asks for.
type Booked struct {
	ID       id.ID
	Name     i18n.Text // of the machine
	StartsAt clock.Instant
	EndsAt   clock.Instant
	Asks     [][]id.ID // one of each group
}

// Course is a session that leads to a kind.
type Course struct {
	Session   id.ID
	Kind      id.ID
	Title     i18n.Text
	StartsAt  clock.Instant
	SeatsLeft int64
}

// Needs is what a Service is made of. All of it is needed.
type Needs struct {
	DB       *db.DB
	Clock    clock.Clock
	Audit    Audit
	People   People
	Spaces   Spaces
	Usage    Usage
	Bookings Bookings
	Courses  Courses
	Jobs     Jobs
	Mail     Mail
	BaseURL  string // what links in letters begin with
}

// Service is what one can do with certifications. Make it with New.
type Service struct {
	Needs
	store store
}

// New makes the service on a migrated database.
func New(n Needs) *Service { return &Service{Needs: n, store: newStore(n.DB)} }

// Kinds lists the kinds that a space knows, in its order.
func (s *Service) Kinds(ctx context.Context, space id.ID) ([]Kind, error) {
	ks, err := s.store.kinds(ctx, space)
	return ks, fault.Wrap(err, "certifications of %s", space)
}

// Kind is one kind that a space knows; ErrNoSuchKind if it does not.
func (s *Service) Kind(ctx context.Context, by actor.Actor, space, kind id.ID) (Kind, error) {
	if err := by.May("certification.read", space, "", nil); err != nil {
		return Kind{}, err
	}
	k, err := s.store.kind(ctx, space, kind)
	return k, fault.Wrap(err, "certification %s", kind)
}

// Knows reports whether the space knows a kind.
func (s *Service) Knows(ctx context.Context, space, kind id.ID) (bool, error) {
	_, err := s.store.kind(ctx, space, kind)
	if errors.Is(err, ErrNoSuchKind) {
		return false, nil
	}
	return err == nil, fault.Wrap(err, "certification %s", kind)
}

// Add adds a kind to what a space knows: at its Position, or after all others if
// that is zero. The ID is made here if there is none.
func (s *Service) Add(ctx context.Context, by actor.Actor, k Kind) (Kind, error) {
	if err := by.May("certification.edit", k.SpaceID, "", nil); err != nil {
		return k, err
	}
	k, err := k.normal()
	if err != nil {
		return k, err
	}
	if k.ID == "" {
		k.ID = id.New()
	}
	k.Version = 1
	err = s.write(ctx, by, &k, func(ctx context.Context, kinds []Kind) error {
		if k.Position == 0 {
			for _, o := range kinds {
				k.Position = max(k.Position, o.Position+1)
			}
		}
		return s.store.insertKind(ctx, k)
	})
	return k, fault.Wrap(err, "add a certification")
}

// Edit changes a kind. Grants that were made keep their expiry: a proof that was
// given is not shortened behind someone's back. ErrStale if it changed since
// k.Version was looked at.
func (s *Service) Edit(ctx context.Context, by actor.Actor, k Kind) (Kind, error) {
	if err := by.May("certification.edit", k.SpaceID, "", nil); err != nil {
		return k, err
	}
	k, err := k.normal()
	if err != nil {
		return k, err
	}
	err = s.write(ctx, by, &k, func(ctx context.Context, kinds []Kind) error {
		was, known := kindOf(kinds, k.ID)
		switch {
		case !known:
			return ErrNoSuchKind
		case was.Version != k.Version:
			return ErrStale
		}
		if err := s.store.updateKind(ctx, k); err != nil {
			return err
		}
		k.Version++
		return nil
	})
	return k, fault.Wrap(err, "edit certification %s", k.ID)
}

// write writes a kind and what belongs to it, once it fits the others. Two who
// write at once must not make a circle together, so it is one at a time in a space.
func (s *Service) write(ctx context.Context, by actor.Actor, k *Kind, row func(ctx context.Context, kinds []Kind) error) error {
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.DB.Lock(ctx, "spaces", k.SpaceID); err != nil {
			return err
		}
		kinds, err := s.store.kinds(ctx, k.SpaceID)
		if err != nil {
			return err
		}
		if err := row(ctx, kinds); err != nil {
			return err
		}
		if err := k.fits(kinds); err != nil {
			return err
		}
		was, _ := kindOf(kinds, k.ID)
		if err := s.canTeach(ctx, k.SpaceID, without(k.Teachers, was.Teachers)); err != nil {
			return err
		}
		if err := s.store.setRequires(ctx, *k); err != nil {
			return err
		}
		if err := s.store.setTeachers(ctx, *k); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, k.SpaceID, "certification.edit", k.ID, k)
	})
}

// without are those that are not among the others.
func without(list, others []id.ID) []id.ID {
	return slices.DeleteFunc(slices.Clone(list), func(i id.ID) bool { return slices.Contains(others, i) })
}

// canTeach refuses who is no instructor, manager or owner of the space.
func (s *Service) canTeach(ctx context.Context, space id.ID, teachers []id.ID) error {
	for _, t := range teachers {
		p, err := s.People.Person(ctx, space, t)
		if errors.Is(err, ErrNoSuchHolder) || err == nil && !p.Role.Above(actor.Member) || p.Role == actor.Desk {
			return ErrTeachers
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// teaches refuses who may not grant or revoke a kind: an instructor who was not
// named for it. Managers and owners may for any.
func teaches(by actor.Actor, k Kind) error {
	if by.Role(k.SpaceID) == actor.Instructor && !slices.Contains(k.Teachers, by.Member) {
		return ErrNotTeacher.With("Name", k.Name)
	}
	return nil
}

// Teaches reports whether by may grant a kind.
func (k Kind) Teaches(by actor.Actor) bool {
	return by.May("certification.grant", k.SpaceID, "", nil) == nil && teaches(by, k) == nil
}

// Certify grants a member a certification from now on, until a moment that its
// kind allows (ErrUntil) or for as long as the kind is valid. Nobody certifies
// themselves, and an instructor only what they teach. What is missing is refused,
// all of it at once: prerequisites, hours on machines, a score. One that is held
// and expires is granted anew; one that never expires is ErrAlreadyHeld. The
// person is told when it can't be taken back as a slip any more. The house, at a
// set-up, is not asked for what is missing.
func (s *Service) Certify(ctx context.Context, by actor.Actor, space id.ID, a Award) (Grant, error) {
	if err := by.May("certification.grant", space, "", nil); err != nil {
		return Grant{}, err
	}
	if a.Member == by.Member {
		return Grant{}, ErrCertifyOneself
	}
	body, err := develop(a.Photo)
	if err != nil {
		return Grant{}, err
	}
	var g Grant
	err = s.DB.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.People.Person(ctx, space, a.Member); err != nil {
			return err
		}
		k, err := s.store.kind(ctx, space, a.Kind)
		if err != nil {
			return err
		}
		if err := teaches(by, k); err != nil {
			return err
		}
		if g, err = s.certify(ctx, by, k, a, !by.IsHouse()); err != nil {
			return err
		}
		if err := s.attach(ctx, space, &g, body); err != nil {
			return err
		}
		if !by.IsHouse() {
			if err := s.Jobs.AddAt(ctx, granted{Space: space, Member: a.Member, Grant: g.ID}, g.UndoUntil()); err != nil {
				return err
			}
		}
		return s.Audit.Record(ctx, by, space, "certification.grant", a.Member, map[string]any{"grant": g.ID, "certification": k.Code, "score": g.Score})
	})
	return g, fault.Wrap(err, "certify %s", a.Member)
}

// Bring grants what a file says that somebody holds, for as long as the kind is
// valid, inside the transaction of the import, which is what is audited. What they
// held elsewhere is not asked for its prerequisites again; the note says where it is from.
func (s *Service) Bring(ctx context.Context, by actor.Actor, space, member, kind id.ID, note string) (Grant, error) {
	if err := by.May("member.import", space, "", nil); err != nil {
		return Grant{}, err
	}
	if member == by.Member {
		return Grant{}, ErrCertifyOneself
	}
	var g Grant
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		k, err := s.store.kind(ctx, space, kind)
		if err != nil {
			return err
		}
		g, err = s.certify(ctx, by, k, Award{Member: member, Kind: kind, Note: note}, false)
		return err
	})
	return g, fault.Wrap(err, "certify %s from a file", member)
}

// Unbring takes away a grant that Bring made, with the import that is taken back: as
// if it had never been. It is the one way in which a grant goes.
func (s *Service) Unbring(ctx context.Context, by actor.Actor, space, member, grant id.ID) error {
	if err := by.May("member.import_undo", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		held, err := s.store.grants(ctx, space, member)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(held, func(h Held) bool { return h.ID == grant }) {
			return ErrNoSuchGrant
		}
		return s.store.deleteGrant(ctx, grant)
	}), "take back the grant %s", grant)
}

// certify writes a grant of k, if nothing is missing where that is asked.
func (s *Service) certify(ctx context.Context, by actor.Actor, k Kind, a Award, strict bool) (Grant, error) {
	// Two who certify one person at once must not both succeed.
	if err := s.DB.Lock(ctx, "members", a.Member); err != nil {
		return Grant{}, err
	}
	space, err := s.Spaces.Space(ctx, k.SpaceID)
	if err != nil {
		return Grant{}, err
	}
	now := s.Clock.Now()
	g := Grant{
		ID: id.New(), MemberID: a.Member, CertificationID: k.ID, GrantedBy: by.Member,
		GrantedAt: now, ExpiresAt: k.Expiry(now, space.Zone), Score: a.Score,
	}
	if !a.Until.IsZero() {
		if !a.Until.After(now) || !g.ExpiresAt.IsZero() && a.Until.After(g.ExpiresAt) {
			return g, ErrUntil
		}
		g.ExpiresAt = a.Until
	}
	held, err := s.store.grants(ctx, k.SpaceID, a.Member)
	if err != nil {
		return g, err
	}
	for _, h := range held {
		endless := h.ExpiresAt.IsZero() && h.Kind.DisuseDays == 0
		fresh := now.Before(h.UndoUntil()) // one of two who did it at once, or twice
		if h.CertificationID == k.ID && h.Valid(now) && (endless || fresh) {
			return g, ErrAlreadyHeld
		}
	}
	if strict {
		if err := s.complete(ctx, k, &a, held, now); err != nil {
			return g, err
		}
	}
	g.Note = a.Note
	return g, s.store.insertGrant(ctx, g)
}

// complete refuses an award for everything that is missing of it.
func (s *Service) complete(ctx context.Context, k Kind, a *Award, held []Held, now clock.Instant) error {
	wrong := a.check(k)
	kinds, err := s.store.kinds(ctx, k.SpaceID)
	if err != nil {
		return err
	}
	worth, err := s.worth(ctx, k.SpaceID, a.Member, kinds, held)
	if err != nil {
		return err
	}
	logged, err := s.logged(ctx, k.SpaceID, a.Member, k)
	if err != nil {
		return err
	}
	for _, l := range lacks(kinds, k, worth, logged, now) {
		wrong.Add(l.refusal(k))
	}
	return wrong.Err()
}

// logged are somebody's minutes on machines, if any of these kinds asks for them.
func (s *Service) logged(ctx context.Context, space, member id.ID, kinds ...Kind) (Minutes, error) {
	if !slices.ContainsFunc(kinds, func(k Kind) bool { return k.HoursMin > 0 }) {
		return Minutes{}, nil
	}
	return s.Usage.Minutes(ctx, space, member)
}

// worth is what grants are worth, with disuse looked up where it matters.
func (s *Service) worth(ctx context.Context, space, member id.ID, kinds []Kind, held []Held) ([]Certificate, error) {
	used, err := s.used(ctx, space, member, held)
	return certificates(kinds, held, used), err
}

// used is the last use of each kind, if any of these grants can lapse.
func (s *Service) used(ctx context.Context, space, member id.ID, held []Held) (map[id.ID]clock.Instant, error) {
	if !slices.ContainsFunc(held, func(h Held) bool { return h.Kind.DisuseDays > 0 && h.RevokedAt.IsZero() && !h.Lapsed }) {
		return nil, nil
	}
	return s.Usage.LastUse(ctx, space, member)
}

// Certificates are what somebody's grants in a space are worth: of each kind and
// of what counts as it, from and until when. What was revoked is left out.
func (s *Service) Certificates(ctx context.Context, space, member id.ID) ([]Certificate, error) {
	grants, err := s.store.grants(ctx, space, member)
	if err != nil || len(grants) == 0 {
		return nil, fault.Wrap(err, "certifications of %s", member)
	}
	kinds, err := s.store.kinds(ctx, space)
	if err != nil {
		return nil, fault.Wrap(err, "certifications of %s", space)
	}
	all, err := s.worth(ctx, space, member, kinds, grants)
	return all, fault.Wrap(err, "certifications of %s", member)
}

// Held lists the kinds of a space that a member holds at all of these moments
// (now and when the machine is to start, say), or now if none is named.
func (s *Service) Held(ctx context.Context, member, space id.ID, at ...clock.Instant) ([]id.ID, error) {
	if len(at) == 0 {
		at = []clock.Instant{s.Clock.Now()}
	}
	all, err := s.Certificates(ctx, space, member)
	var ids []id.ID
	for _, c := range all {
		always := !slices.Contains(ids, c.Kind)
		for _, t := range at {
			always = always && holds(all, c.Kind, t)
		}
		if always {
			ids = append(ids, c.Kind)
		}
	}
	return ids, err
}

// Holders are those of these people who hold a kind now, or one that counts as it.
func (s *Service) Holders(ctx context.Context, space, kind id.ID, people []id.ID) ([]id.ID, error) {
	kinds, err := s.store.kinds(ctx, space)
	if err != nil {
		return nil, fault.Wrap(err, "certifications of %s", space)
	}
	holders, err := s.store.holders(ctx, counting(kinds, kind), people, s.Clock.Now())
	return holders, fault.Wrap(err, "holders of %s", kind)
}

// Grants lists what a member was granted in a space, the latest first, with what was revoked or has expired.
func (s *Service) Grants(ctx context.Context, by actor.Actor, space, member id.ID) ([]Held, error) {
	if err := by.May("member.read", space, member, ErrNoSuchHolder); err != nil {
		return nil, err
	}
	grants, err := s.store.grants(ctx, space, member)
	return slices.Clone(grants), fault.Wrap(err, "grants of %s", member)
}

// minutes is a number of minutes as a time.
func minutes(n int64) time.Duration { return time.Duration(n) * time.Minute }

// Erase takes away what was written about a person's grants. That they were granted
// stays, of somebody without a name. It is asked in the transaction that erases them.
func (s *Service) Erase(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error { return s.store.unsay(ctx, member) }), "erase the grants of %s", member)
}
