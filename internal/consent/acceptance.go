package consent

import (
	"context"
	"unicode/utf8"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrGuardianSigns refuses a minor's own name where a guardian has to sign.
	ErrGuardianSigns = fault.Forbidden("consent.guardian_signs", "You are not of age yet: your guardian signs this for you.")
	// ErrHow refuses a way to sign that is none.
	ErrHow = fault.Invalid("how", "consent.how", "Say whether it was signed on paper or on the screen of the desk.")
	// ErrPaperName asks who signed the paper.
	ErrPaperName = fault.Invalid("name", "consent.paper_name", "Write the name of who signed the paper.")
)

// How is the way in which something was signed.
type How string

// The ways.
const (
	Online  How = "online" // by themselves
	AtDesk  How = "desk"   // on the screen of the desk
	OnPaper How = "paper"  // on paper, which the space keeps
)

// Acceptance is somebody's name under a text. It is never changed.
type Acceptance struct {
	ID         id.ID
	SpaceID    id.ID
	DocumentID id.ID
	VersionID  id.ID
	MemberID   id.ID // for whom it counts
	SignedBy   id.ID // empty: a guardian without an account
	RecordedBy id.ID // staff; empty: whoever signed sent it themselves
	Guardian   bool  // a guardian signed
	How        How
	Name       string
	Drawing    string
	Language   string
	Hash       string // of Version.Text in Language
	Address    string
	Note       string
	AcceptedAt clock.Instant
}

// Sign puts the actor's name under a document as it was shown in this version. Signing
// again what counts already gives what was signed before. A text that was replaced
// meanwhile is ErrSuperseded; what a guardian has to sign is ErrGuardianSigns.
func (s *Service) Sign(ctx context.Context, by actor.Actor, space, document, version id.ID, sig Signature) (Acceptance, error) {
	if !by.SignedIn() {
		return Acceptance{}, actor.ErrSignIn
	}
	if err := by.May("document.sign", space, by.Member, ErrNoSuchDocument); err != nil {
		return Acceptance{}, err
	}
	sig, err := sig.normal()
	if err != nil {
		return Acceptance{}, err
	}
	var a Acceptance
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.members.Person(ctx, space, by.Member); err != nil {
			return err
		}
		a, err = s.accept(ctx, document, version, Acceptance{
			SpaceID: space, MemberID: by.Member, SignedBy: by.Member, How: Online,
			Name: sig.Name, Drawing: sig.Drawing, Language: sig.Language, Address: sig.Address,
		})
		return err
	})
	return a, fault.Wrap(err, "sign %s", document)
}

// Recording is what staff writes down of a signature.
type Recording struct {
	How  How
	Note string // where the paper lies
}

// RecordSignature writes down that somebody signed a document at the desk: on paper, or on its
// screen. Of a minor it is the guardian who signed.
func (s *Service) RecordSignature(ctx context.Context, by actor.Actor, space, document, version, member id.ID, sig Signature, r Recording) (Acceptance, error) {
	if err := by.May("acceptance.record", space, "", nil); err != nil {
		return Acceptance{}, err
	}
	r.Note = line(r.Note)
	var wrong fault.Many
	switch {
	case r.How != AtDesk && r.How != OnPaper:
		wrong.Add(ErrHow)
	case r.How == OnPaper && line(sig.Name) == "":
		wrong.Add(ErrPaperName)
	}
	if utf8.RuneCountInString(r.Note) > maxNote {
		wrong.Add(ErrNote)
	}
	if err := wrong.Err(); err != nil {
		return Acceptance{}, err
	}
	if r.How == OnPaper {
		sig.Drawing = ""
	}
	sig, err := sig.normal()
	if err != nil {
		return Acceptance{}, err
	}
	var a Acceptance
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if _, err := s.members.Person(ctx, space, member); err != nil {
			return err
		}
		st, err := s.Standing(ctx, space, member)
		if err != nil {
			return err
		}
		a = Acceptance{
			SpaceID: space, MemberID: member, SignedBy: member, RecordedBy: by.Member, Guardian: st.Minor, How: r.How,
			Name: sig.Name, Drawing: sig.Drawing, Language: sig.Language, Address: sig.Address, Note: r.Note,
		}
		if st.Minor {
			a.SignedBy = ""
		}
		if a, err = s.accept(ctx, document, version, a); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "acceptance.record", member, map[string]any{"document": document, "acceptance": a.ID, "how": r.How})
	})
	return a, fault.Wrap(err, "record a signature of %s", document)
}

// accept writes an acceptance of the present version, unless one that counts is there.
func (s *Service) accept(ctx context.Context, document, version id.ID, a Acceptance) (Acceptance, error) {
	if err := s.db.Lock(ctx, "documents", document); err != nil {
		return a, err
	}
	d, err := s.store.paper(ctx, a.SpaceID, document)
	if err != nil {
		return a, err
	}
	sp, err := s.spaces.Space(ctx, a.SpaceID)
	if err != nil {
		return a, err
	}
	h, err := s.store.house(ctx, a.SpaceID)
	if err != nil {
		return a, err
	}
	p, err := s.store.file(ctx, a.SpaceID, a.MemberID)
	if err != nil {
		return a, err
	}
	now := s.clock.Now()
	st := standing(sp, h, p, now)
	switch {
	case d.Current.ID == "":
		return a, ErrNoSuchDocument
	case d.Retired():
		return a, ErrRetired
	case version != d.Current.ID:
		return a, ErrSuperseded
	case d.Current.Language(a.Language) != a.Language:
		return a, ErrLanguage
	case st.Minor && !a.Guardian && (d.Kind == Waiver || !st.Mature):
		return a, ErrGuardianSigns
	}
	for _, was := range p.acceptances {
		if was.Guardian == a.Guardian && st.counts(sp, d, was, now) {
			return was, nil
		}
	}
	a.ID, a.DocumentID, a.VersionID = id.New(), document, version
	a.Hash, a.AcceptedAt = d.Current.Hash(a.Language), now
	if err := s.store.insertAcceptance(ctx, a); err != nil {
		return a, err
	}
	return a, s.sendCopies(ctx, a, p.guardians)
}

// Signed is an acceptance with what was signed.
type Signed struct {
	Acceptance
	Document Document
	Text     Version
	Until    clock.Instant // when it is asked again; zero: not before the text changes
	Counts   bool          // it counts now
}

// Acceptances lists what somebody signed in a space, the latest first: one's own, or
// to staff anybody's. With an empty space it is what the actor signed anywhere.
func (s *Service) Acceptances(ctx context.Context, by actor.Actor, space, member id.ID) ([]Signed, error) {
	if member != by.Member || !by.SignedIn() {
		if err := by.May("acceptance.read", space, member, ErrNoSuchMember); err != nil {
			return nil, err
		}
		if _, err := s.members.Person(ctx, space, member); err != nil {
			return nil, err
		}
	}
	all, err := s.store.acceptances(ctx, space, member)
	if err != nil {
		return nil, fault.Wrap(err, "acceptances of %s", member)
	}
	return s.signed(ctx, all)
}

func (s *Service) signed(ctx context.Context, all []Acceptance) ([]Signed, error) {
	list := make([]Signed, len(all))
	now := s.clock.Now()
	for i, a := range all {
		sp, err := s.spaces.Space(ctx, a.SpaceID)
		if err != nil {
			return nil, err
		}
		d, err := s.store.paper(ctx, a.SpaceID, a.DocumentID)
		if err != nil {
			return nil, fault.Wrap(err, "document %s", a.DocumentID)
		}
		text, err := s.store.version(ctx, a.VersionID)
		if err != nil {
			return nil, fault.Wrap(err, "version %s", a.VersionID)
		}
		st, err := s.Standing(ctx, a.SpaceID, a.MemberID)
		if err != nil {
			return nil, err
		}
		list[i] = Signed{a, d.Document, text, a.until(d.Document, sp.Zone), d.Asks() && st.counts(sp, d, a, now)}
	}
	return list, nil
}

// Acceptance is one signature: one's own, a child's, or to staff anybody's in the space.
func (s *Service) Acceptance(ctx context.Context, by actor.Actor, acceptance id.ID) (Signed, error) {
	if !by.SignedIn() && !by.IsHouse() {
		return Signed{}, actor.ErrSignIn
	}
	a, err := s.store.acceptance(ctx, acceptance)
	if err != nil {
		return Signed{}, fault.Wrap(err, "acceptance %s", acceptance)
	}
	if a.MemberID != by.Member && by.Scope("acceptance.read", a.SpaceID) != actor.Any {
		guards, err := s.Guards(ctx, by, a.SpaceID, a.MemberID)
		if err != nil {
			return Signed{}, err
		}
		if !guards {
			return Signed{}, ErrNoSuchAcceptance
		}
	}
	list, err := s.signed(ctx, []Acceptance{a})
	if err != nil {
		return Signed{}, err
	}
	return list[0], nil
}

// Signatures are the acceptances of a document, the latest first, a part at a time.
func (s *Service) Signatures(ctx context.Context, by actor.Actor, space, document id.ID, cursor string, limit int) (list []Acceptance, next string, err error) {
	if err := by.May("acceptance.list", space, "", nil); err != nil {
		return nil, "", err
	}
	if _, err := s.store.paper(ctx, space, document); err != nil {
		return nil, "", fault.Wrap(err, "document %s", document)
	}
	var after Acceptance
	if cursor != "" {
		if after, err = s.store.acceptance(ctx, id.ID(cursor)); err != nil || after.DocumentID != document {
			return nil, "", ErrCursor
		}
	}
	list, err = s.store.signatures(ctx, document, after, limit+1)
	if err != nil {
		return nil, "", fault.Wrap(err, "signatures of %s", document)
	}
	if len(list) > limit {
		list = list[:limit]
		next = list[limit-1].ID.String()
	}
	return list, next, nil
}

// TakeSigners notes that somebody takes the list of a space's people with them, with who
// has signed a document. Like every list of people it asks for a fresh proof.
func (s *Service) TakeSigners(ctx context.Context, by actor.Actor, space, document id.ID) error {
	if err := by.May("member.export", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		return s.audit.Record(ctx, by, space, "member.export", document, nil)
	}), "take the signers of %s", document)
}
