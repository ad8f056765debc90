package proofs

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
	"guildhall/internal/picture"
)

// What proofs needs of others, in its own words.
type (
	// Audit is where it is written who did what: in the transaction that did it.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
	}
	// People knows who is in a space; ErrNoSuchMember if they are not.
	People interface {
		Person(ctx context.Context, space, member id.ID) (Person, error)
	}
	// Spaces knows where a proof was handed in.
	Spaces interface {
		Space(ctx context.Context, space id.ID) (Space, error)
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

// Person is whom a letter goes to.
type Person struct {
	Name   string
	Email  string // empty: they have none
	Locale string
}

// Space is a space as a letter names it.
type Space struct {
	Name    i18n.Text
	Address string
	Email   string
	Zone    *time.Location
}

// Needs is what a Service is made of. All of it is needed.
type Needs struct {
	DB     *db.DB
	Clock  clock.Clock
	Audit  Audit
	People People
	Spaces Spaces
	Jobs   Jobs
	Mail   Mail
}

// Service is what one can do with proofs. Make it with New.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	audit  Audit
	people People
	spaces Spaces
	jobs   Jobs
	mail   Mail
	store  store
}

// New makes the service on a migrated database.
func New(n Needs) *Service {
	return &Service{db: n.DB, clock: n.Clock, audit: n.Audit, people: n.People, spaces: n.Spaces, jobs: n.Jobs, mail: n.Mail, store: store{n.DB}}
}

// HandIn keeps a file of a person, waiting to be looked at. Its type is what its first
// bytes say.
func (s *Service) HandIn(ctx context.Context, by actor.Actor, space, member id.ID, kind Kind, name string, file io.Reader) (Proof, error) {
	if err := by.May("proof.send", space, member, ErrNoSuchMember); err != nil {
		return Proof{}, err
	}
	if _, err := s.people.Person(ctx, space, member); err != nil {
		return Proof{}, err
	}
	if !slices.Contains(Kinds, kind) {
		return Proof{}, ErrKind
	}
	body, media, err := read(file)
	if err != nil {
		return Proof{}, fault.Wrap(err, "read a proof")
	}
	p := Proof{
		ID: id.New(), SpaceID: space, MemberID: member, Kind: kind, Name: fileName(name, media), MediaType: media, Size: int64(len(body)), Body: body,
		SentBy: by.Member, SentAt: s.clock.Now(), Status: Waiting, Version: 1,
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "members", member); err != nil {
			return err
		}
		files, bytes, err := s.store.held(ctx, space, member)
		if err != nil {
			return err
		}
		if files >= MostFiles || bytes+p.Size > Quota {
			return ErrQuota
		}
		if err := s.store.insert(ctx, p); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "proof.send", member, map[string]any{"proof": p.ID, "kind": kind})
	})
	return p, fault.Wrap(err, "hand in for %s", member)
}

// read takes a file in, and says what it is. A picture is printed anew: what a camera
// wrote into it, such as the place, is nobody's to know.
func read(file io.Reader) (body []byte, media string, err error) {
	if body, err = io.ReadAll(io.LimitReader(file, MaxBytes+1)); err != nil {
		return nil, "", err
	}
	if len(body) > MaxBytes {
		return nil, "", ErrSize
	}
	switch media = mediaType(body); media {
	case "":
		return nil, "", ErrType
	case "application/pdf":
		return body, media, nil
	}
	if body, _, err = picture.Develop(bytes.NewReader(body)); err != nil {
		if f, refused := fault.As(err); refused {
			err = f.On("file")
		}
		return nil, "", err
	}
	return body, "image/jpeg", nil
}

// Proofs are the proofs of a person in a space, the latest first, without their files.
func (s *Service) Proofs(ctx context.Context, by actor.Actor, space, member id.ID) ([]Proof, error) {
	if err := by.May("proof.read", space, member, ErrNoSuchMember); err != nil {
		return nil, err
	}
	list, err := s.store.of(ctx, space, member)
	return list, fault.Wrap(err, "proofs of %s", member)
}

// PageSize is how many proofs that wait are listed where nothing else is asked for.
const PageSize = 25

// Waiting are proofs of a space that nobody has looked at, the oldest first: limit
// of them from offset on, and how many there are in all.
func (s *Service) Waiting(ctx context.Context, by actor.Actor, space id.ID, offset, limit int) ([]Queued, int, error) {
	if err := by.May("proof.review", space, "", nil); err != nil {
		return nil, 0, err
	}
	if limit <= 0 {
		limit = PageSize
	}
	list, total, err := s.store.waiting(ctx, space, max(offset, 0), limit)
	return list, total, fault.Wrap(err, "proofs that wait in %s", space)
}

// WithProofs are the people of whom the space has a proof in this state.
func (s *Service) WithProofs(ctx context.Context, by actor.Actor, space id.ID, status Status) ([]id.ID, error) {
	if err := by.May("proof.review", space, "", nil); err != nil {
		return nil, err
	}
	people, err := s.store.people(ctx, space, status)
	return people, fault.Wrap(err, "people with proofs in %s", space)
}

// Open is a proof with its file. That staff opened it is written down.
func (s *Service) Open(ctx context.Context, by actor.Actor, proof id.ID) (Proof, error) {
	p, err := s.store.proof(ctx, proof)
	if err != nil {
		return Proof{}, fault.Wrap(err, "proof %s", proof)
	}
	if by.Role(p.SpaceID) == actor.Visitor && !by.IsHouse() {
		return Proof{}, ErrNoSuchProof
	}
	if err := by.May("proof.read", p.SpaceID, p.MemberID, ErrNoSuchProof); err != nil {
		return Proof{}, err
	}
	if p.MemberID == by.Member {
		return p, nil
	}
	return p, fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		return s.audit.Record(ctx, by, p.SpaceID, "proof.read", p.MemberID, map[string]any{"proof": proof})
	}), "open %s", proof)
}

// Verdict is what somebody who looked at a proof says of it.
type Verdict struct {
	Accept    bool
	Reason    string    // where it is refused
	ExpiresOn clock.Day // where it is accepted: the last day it counts; empty: always
	Version   int64
}

// Review accepts or refuses a proof, once; its person is told.
func (s *Service) Review(ctx context.Context, by actor.Actor, space, proof id.ID, v Verdict) (Proof, error) {
	if err := by.May("proof.review", space, "", nil); err != nil {
		return Proof{}, err
	}
	here, err := s.spaces.Space(ctx, space)
	if err != nil {
		return Proof{}, fault.Wrap(err, "space %s", space)
	}
	v.Reason = strings.TrimSpace(v.Reason)
	switch {
	case !v.Accept && (v.Reason == "" || utf8.RuneCountInString(v.Reason) > MaxReason):
		return Proof{}, ErrReason
	case v.Accept && v.ExpiresOn != "" && (!v.ExpiresOn.Valid() || v.ExpiresOn < clock.DayOf(s.clock.Now(), here.Zone)):
		return Proof{}, ErrExpired
	}
	var p Proof
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.db.Lock(ctx, "proofs", proof); err != nil {
			return err
		}
		if p, err = s.store.proof(ctx, proof); err != nil {
			return err
		}
		switch {
		case p.SpaceID != space:
			return ErrNoSuchProof
		case p.MemberID == by.Member:
			return ErrNotOneself
		case p.Status != Waiting, v.Version != 0 && v.Version != p.Version:
			return ErrReviewed
		}
		p.Status, p.Reason, p.ExpiresOn = Refused, v.Reason, ""
		if v.Accept {
			p.Status, p.Reason, p.ExpiresOn = Accepted, "", v.ExpiresOn
		}
		p.ReviewedBy, p.ReviewedAt = by.Member, s.clock.Now()
		if err := s.store.review(ctx, p); err != nil {
			return err
		}
		if err := s.jobs.Add(ctx, reviewed{p.ID}); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "proof.review", p.MemberID, map[string]any{"proof": p.ID, "status": p.Status, "reason": p.Reason})
	})
	p.Body = nil
	return p, fault.Wrap(err, "review %s", proof)
}

// Remove deletes a proof and its file: staff any, a person their own that was not accepted.
func (s *Service) Remove(ctx context.Context, by actor.Actor, space, member, proof id.ID) error {
	if err := by.May("proof.send", space, member, ErrNoSuchProof); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		p, err := s.store.proof(ctx, proof)
		switch {
		case err != nil:
			return err
		case p.SpaceID != space || p.MemberID != member:
			return ErrNoSuchProof
		case p.Status == Accepted && by.May("proof.review", space, "", nil) != nil:
			return ErrKept
		}
		if err := s.store.remove(ctx, proof); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "proof.send", member, map[string]any{"removed": proof})
	}), "remove %s", proof)
}

// reviewed is the job that tells a person what became of a proof.
type reviewed struct {
	Proof id.ID `json:"proof"`
}

// Kind names the job.
func (reviewed) Kind() string { return "proofs.reviewed" }

// Work has the queue's jobs of this package done.
func (s *Service) Work(q *jobs.Queue) { jobs.Handle(q, s.tell) }

func (s *Service) tell(ctx context.Context, j reviewed) error {
	p, err := s.store.proof(ctx, j.Proof)
	if fault.All(err) != nil {
		return nil // it was removed meanwhile
	}
	if err != nil {
		return fault.Wrap(err, "proof %s", j.Proof)
	}
	who, err := s.people.Person(ctx, p.SpaceID, p.MemberID)
	if fault.All(err) != nil || err == nil && who.Email == "" {
		return nil
	}
	if err != nil {
		return fault.Wrap(err, "person %s", p.MemberID)
	}
	space, err := s.spaces.Space(ctx, p.SpaceID)
	if err != nil {
		return fault.Wrap(err, "space %s", p.SpaceID)
	}
	l := i18n.For(who.Locale)
	kind := l.T("proofs.kind." + string(p.Kind))
	lines := []string{l.T("proofs.mail."+string(p.Status)+".text", "Kind", kind, "Space", space.Name, "Reason", p.Reason), ""}
	if p.ExpiresOn != "" {
		lines = append(lines, l.T("proofs.mail.until", "Day", l.DateOf(p.ExpiresOn)), "")
	}
	lines = append(lines, space.Name.In(l.Locale))
	for _, line := range []string{space.Address, space.Email} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return s.mail.Send(ctx, mail.Message{
		To: who.Email, Subject: l.T("proofs.mail."+string(p.Status)+".subject", "Kind", kind), Text: strings.Join(lines, "\n") + "\n",
	})
}
