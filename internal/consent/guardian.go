package consent

import (
	"context"
	"crypto/rand"
	"errors"
	netmail "net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// How long a letter to a guardian is good for, and between two of them.
const (
	InviteFor   = 30 * 24 * time.Hour
	resendAfter = 10 * time.Minute
)

// mostGuardians may answer, or have answered, for one minor at a time.
const mostGuardians = 4

var (
	// ErrNoSuchGuardian is the answer where no guardian of this id, or with this link, is known.
	ErrNoSuchGuardian = fault.NotFound("consent.no_such_guardian", "This link is not valid, or a newer one was sent. Look for the latest letter.")
	// ErrNotMinor refuses a guardian for somebody who is of age, or whose age is not known.
	ErrNotMinor = fault.Conflict("consent.not_minor", "A guardian answers only for somebody who is under 18. Give the day of birth first.")
	// ErrTooManyGuardians refuses more guardians than a minor has.
	ErrTooManyGuardians = fault.Conflict("consent.too_many_guardians", "At most {{.Most}} guardians can be asked at a time.").With("Most", mostGuardians)
	// ErrGuardianEmail refuses what is no address, or the minor's own.
	ErrGuardianEmail = fault.Invalid("email", "consent.guardian_email", "Give the e-mail address of your guardian, not your own.")
	// ErrGuardianName asks for the guardian's name.
	ErrGuardianName = fault.Invalid("guardian_name", "consent.guardian_name", "Give the guardian's name as one line of at most {{.Most}} characters.").With("Most", MaxName)
	// ErrVerified asks how the guardian was verified.
	ErrVerified = fault.Invalid("verified", "consent.verified", "Say how you know that this is the guardian: an identity card, say. At most {{.Most}} characters.").With("Most", maxNote)
	// ErrSentAlready refuses to write to a guardian again at once.
	ErrSentAlready = fault.TooMany("consent.sent_already", "A letter is on its way. Wait ten minutes before you send another.")
	// ErrAnswered refuses to answer for a second time.
	ErrAnswered = fault.Conflict("consent.answered", "This has been answered already.")
	// ErrOwnGuardian refuses somebody who answers for themselves.
	ErrOwnGuardian = fault.Forbidden("consent.own_guardian", "Nobody is their own guardian. Sign out, and let your guardian open the link.")
	// ErrInviteOld refuses a link that was sent too long ago.
	ErrInviteOld = fault.Conflict("consent.invite_old", "This link has grown too old. Ask for a new letter.")
	// ErrNotGuarding refuses what is for a guardian whose consent runs.
	ErrNotGuarding = fault.Conflict("consent.not_guarding", "You don't answer for them: you have not consented, or you took it back.")
	// ErrGrown refuses to answer for somebody who has come of age.
	ErrGrown = fault.Conflict("consent.grown", "They have come of age and answer for themselves now.")
)

// Guardianship is somebody who was asked to answer for a minor in a space, and what
// they answered.
type Guardianship struct {
	ID         id.ID
	SpaceID    id.ID
	MemberID   id.ID // the minor
	Name       string
	Email      string
	EmailKey   string
	GuardianID id.ID   // their account, once they used it to answer
	TokenHash  *string // of the link in the last letter
	// AnsweredHash is that of the link by which the guardian consented. It stays good
	// when the letter that confirms it brings another.
	AnsweredHash *string
	Locale       string
	AskedBy      id.ID
	AskedAt      clock.Instant
	SentAt       clock.Instant
	RecordedBy   id.ID // staff; empty: the guardian answered themselves
	Verified     string
	Signature    string
	Wording      int64
	Hash         string
	Language     string
	Address      string
	ConsentedAt  clock.Instant
	EndedAt      clock.Instant // withdrawn or declined
	EndedBy      id.ID
}

// Open reports whether the guardian has not answered yet.
func (g Guardianship) Open() bool { return g.ConsentedAt.IsZero() && g.EndedAt.IsZero() }

// Runs reports whether the guardian has consented and not withdrawn it. That the minor
// comes of age ends it, too; that is the Standing's to say.
func (g Guardianship) Runs() bool { return !g.ConsentedAt.IsZero() && g.EndedAt.IsZero() }

// Invitation is who is to be asked.
type Invitation struct {
	Name   string
	Email  string
	Locale string // of the letter
}

func emailKey(email string) string { return strings.ToLower(norm.NFC.String(strings.TrimSpace(email))) }

// normal is the invitation tidied up; a letter needs an address, a consent that is
// written down at the desk does not.
func (i Invitation) normal(needed bool) (Invitation, error) {
	var wrong fault.Many
	i.Name, i.Email = line(i.Name), strings.TrimSpace(i.Email)
	if i.Name == "" || !i18n.Line(i.Name) || utf8.RuneCountInString(i.Name) > MaxName {
		wrong.Add(ErrGuardianName)
	}
	if i.Email != "" || needed {
		a, err := netmail.ParseAddress(i.Email)
		if err != nil || a.Address != i.Email || len(i.Email) > 254 || !strings.Contains(i.Email[strings.LastIndex(i.Email, "@")+1:], ".") {
			wrong.Add(ErrGuardianEmail)
		}
	}
	i.Locale = i18n.Match(i.Locale)
	return i, wrong.Err()
}

// recorded is what is written down at the desk of a guardian tidied up, or everything
// that is wrong with it.
func (i Invitation) recorded(verified string) (Invitation, string, error) {
	i, err := i.normal(false)
	wrong := fault.Many(fault.All(err))
	if verified = line(verified); verified == "" || utf8.RuneCountInString(verified) > maxNote {
		wrong.Add(ErrVerified)
	}
	return i, verified, wrong.Err()
}

// CheckGuardian is everything that is wrong with what is said of somebody who was born
// on this day and of their guardian. Who is of age needs none.
func (s *Service) CheckGuardian(ctx context.Context, space id.ID, birthday clock.Day, i Invitation, verified string) error {
	sp, err := s.spaces.Space(ctx, space)
	if err != nil {
		return fault.Wrap(err, "space %s", space)
	}
	now := s.clock.Now()
	if err := CheckBirthday(birthday, clock.DayOf(now, sp.Zone)); err != nil {
		return err
	}
	if !now.Before(Adult(birthday, sp.Zone)) {
		return nil
	}
	_, _, err = i.recorded(verified)
	return err
}

// AskGuardian writes to a minor's guardian and asks for their consent: the minor does
// that, or staff for them. Asking an address again sends the letter again.
func (s *Service) AskGuardian(ctx context.Context, by actor.Actor, space, member id.ID, i Invitation) (Guardianship, error) {
	if err := by.May("guardian.ask", space, member, ErrNoSuchMember); err != nil {
		return Guardianship{}, err
	}
	i, err := i.normal(true)
	if err != nil {
		return Guardianship{}, err
	}
	var g Guardianship
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		known, err := s.minor(ctx, space, member, i)
		if err != nil {
			return err
		}
		old, waits, err := s.unanswered(ctx, known, emailKey(i.Email))
		if err != nil {
			return err
		}
		if waits {
			g = old
			return s.resend(ctx, &g)
		}
		now := s.clock.Now()
		g = Guardianship{
			ID: id.New(), SpaceID: space, MemberID: member, Name: i.Name, Email: i.Email, EmailKey: emailKey(i.Email),
			Locale: i.Locale, AskedBy: by.Member, AskedAt: now, SentAt: now,
		}
		if err := s.store.insertGuardianship(ctx, g); err != nil {
			return err
		}
		if err := s.jobs.Add(ctx, asked{g.ID}); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "guardian.ask", member, map[string]any{"guardianship": g.ID})
	})
	return g, fault.Wrap(err, "ask the guardian of %s", member)
}

// minor locks a minor and gives the guardians that answer or may answer for them, or
// says why there can't be one more.
func (s *Service) minor(ctx context.Context, space, member id.ID, i Invitation) ([]Guardianship, error) {
	p, err := s.members.Person(ctx, space, member)
	if err != nil {
		return nil, err
	}
	if err := s.db.Lock(ctx, "members", member); err != nil {
		return nil, err
	}
	st, err := s.Standing(ctx, space, member)
	switch {
	case err != nil:
		return nil, err
	case !st.Minor:
		return nil, ErrNotMinor
	case i.Email != "" && emailKey(p.Email) == emailKey(i.Email):
		return nil, ErrGuardianEmail
	}
	all, err := s.store.guardians(ctx, space, member)
	live := slices.DeleteFunc(slices.Clone(all), func(g Guardianship) bool { return !g.EndedAt.IsZero() })
	if err == nil && len(live) >= mostGuardians && !slices.ContainsFunc(live, func(g Guardianship) bool { return i.Email != "" && g.EmailKey == emailKey(i.Email) }) {
		err = ErrTooManyGuardians
	}
	return live, err
}

// unanswered is the one of a minor's guardians who has this address and is still to
// answer, locked; false if there is none, or they answered at this moment.
func (s *Service) unanswered(ctx context.Context, known []Guardianship, key string) (Guardianship, bool, error) {
	for _, old := range known {
		if key == "" || old.EmailKey != key || !old.Open() {
			continue
		}
		g, err := s.lockedGuardianship(ctx, old.ID)
		if err != nil || g.Open() {
			return g, err == nil, err
		}
	}
	return Guardianship{}, false, nil
}

// resend sends the letter again, with a link that works in the place of the one before.
func (s *Service) resend(ctx context.Context, g *Guardianship) error {
	now := s.clock.Now()
	if wait := g.SentAt.Add(resendAfter).Sub(now); wait > 0 {
		return ErrSentAlready.After(int(wait / time.Second))
	}
	g.SentAt = now
	if err := s.store.updateGuardianship(ctx, *g); err != nil {
		return err
	}
	return s.jobs.Add(ctx, asked{g.ID})
}

// Resend writes to a guardian again who has not answered.
func (s *Service) Resend(ctx context.Context, by actor.Actor, space, member, guardianship id.ID) error {
	if err := by.May("guardian.ask", space, member, ErrNoSuchGuardian); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		g, err := s.lockedGuardianship(ctx, guardianship)
		switch {
		case err != nil:
			return err
		case g.SpaceID != space || g.MemberID != member || g.Email == "":
			return ErrNoSuchGuardian
		case !g.Open():
			return ErrAnswered
		}
		return s.resend(ctx, &g)
	}), "write to guardian %s again", guardianship)
}

func (s *Service) lockedGuardianship(ctx context.Context, guardianship id.ID) (Guardianship, error) {
	if err := s.db.Lock(ctx, "guardianships", guardianship); err != nil {
		return Guardianship{}, err
	}
	return s.store.guardianship(ctx, guardianship)
}

// Guardians are those who were asked to answer for somebody in a space, the latest
// first: for the minor themselves and for staff.
func (s *Service) Guardians(ctx context.Context, by actor.Actor, space, member id.ID) ([]Guardianship, error) {
	if err := by.May("guardian.read", space, member, ErrNoSuchMember); err != nil {
		return nil, err
	}
	all, err := s.store.guardians(ctx, space, member)
	return all, fault.Wrap(err, "guardians of %s", member)
}

// Door is how a guardian comes to answer: with the link of a letter, or signed in with
// the address that was asked.
type Door struct {
	Token        string
	Guardianship id.ID
}

// Child is a minor for whom somebody answers, or is asked to.
type Child struct {
	Guardianship
	Minor     Person
	Space     Space
	Standing  Standing
	Statement string  // what the guardian consents to, in the language asked for
	Papers    []Paper // what is left for the guardian to sign
}

// At opens a door: the child behind it, with the statement in this language.
func (s *Service) At(ctx context.Context, by actor.Actor, d Door, language string) (Child, error) {
	g, err := s.behind(ctx, by, d)
	if err != nil {
		return Child{}, err
	}
	return s.child(ctx, g, language)
}

func (s *Service) behind(ctx context.Context, by actor.Actor, d Door) (Guardianship, error) {
	if d.Token != "" {
		g, err := s.store.guardianshipByToken(ctx, digest(d.Token))
		return g, fault.Wrap(err, "guardian by link")
	}
	if !by.SignedIn() {
		return Guardianship{}, actor.ErrSignIn
	}
	g, err := s.store.guardianship(ctx, d.Guardianship)
	if err != nil {
		return g, fault.Wrap(err, "guardian %s", d.Guardianship)
	}
	key, err := s.keyOf(ctx, by)
	if err == nil && !g.of(by.Member, key) {
		err = ErrNoSuchGuardian
	}
	return g, err
}

// of reports whether the guardian is this member, by account or by confirmed address.
func (g Guardianship) of(member id.ID, key string) bool {
	return g.MemberID != member && (g.GuardianID == member || key != "" && g.EmailKey == key)
}

// keyOf is the actor's address, if it is known to be theirs.
func (s *Service) keyOf(ctx context.Context, by actor.Actor) (string, error) {
	p, err := s.members.Person(ctx, "", by.Member)
	if err != nil || !p.Confirmed {
		return "", err
	}
	return emailKey(p.Email), nil
}

func (s *Service) child(ctx context.Context, g Guardianship, language string) (Child, error) {
	c := Child{Guardianship: g}
	var err error
	if c.Space, err = s.spaces.Space(ctx, g.SpaceID); err != nil {
		return c, err
	}
	if c.Minor, err = s.members.Person(ctx, "", g.MemberID); err != nil {
		return c, err
	}
	if c.Standing, err = s.Standing(ctx, g.SpaceID, g.MemberID); err != nil {
		return c, err
	}
	c.Statement = statement(language, c.Minor, c.Space)
	for _, a := range c.Standing.Unsigned {
		if a.Guardian {
			p, err := s.store.paper(ctx, g.SpaceID, a.Document)
			if err != nil {
				return c, fault.Wrap(err, "document %s", a.Document)
			}
			c.Papers = append(c.Papers, p)
		}
	}
	return c, nil
}

// statement is what a guardian consents to, in a language.
func statement(language string, minor Person, sp Space) string {
	return i18n.For(language).T("consent.statement", "Minor", minor.Name, "Space", sp.Name)
}

// Children are the minors for whom the actor answers or is asked to, the latest asked
// first. What they ended, and those who have come of age, are not among them.
func (s *Service) Children(ctx context.Context, by actor.Actor, language string) ([]Child, error) {
	if !by.SignedIn() {
		return nil, actor.ErrSignIn
	}
	key, err := s.keyOf(ctx, by)
	if err != nil {
		return nil, err
	}
	all, err := s.store.guardianshipsOf(ctx, by.Member, []string{key})
	if err != nil {
		return nil, fault.Wrap(err, "children of %s", by.Member)
	}
	var children []Child
	for _, g := range all {
		if !g.of(by.Member, key) || !g.EndedAt.IsZero() {
			continue
		}
		c, err := s.child(ctx, g, language)
		if err != nil {
			return nil, err
		}
		if c.Standing.Minor {
			children = append(children, c)
		}
	}
	return children, nil
}

// Guards reports whether the actor's consent runs for a minor of this space.
func (s *Service) Guards(ctx context.Context, by actor.Actor, space, member id.ID) (bool, error) {
	all, err := s.store.guardians(ctx, space, member)
	if err != nil || len(all) == 0 {
		return false, fault.Wrap(err, "guardians of %s", member)
	}
	key, err := s.keyOf(ctx, by)
	if err != nil {
		return false, err
	}
	st, err := s.Standing(ctx, space, member)
	return st.Minor && slices.ContainsFunc(all, func(g Guardianship) bool { return g.Runs() && g.of(by.Member, key) }), err
}

// Consent is a guardian's yes: the minor may come and book from now on. The same
// signature stands under every document in papers, which are the versions that were
// shown; a document that was not among them is signed later.
func (s *Service) Consent(ctx context.Context, by actor.Actor, d Door, sig Signature, papers []id.ID) (Guardianship, error) {
	sig, err := sig.normal()
	if err != nil {
		return Guardianship{}, err
	}
	var g Guardianship
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		c, err := s.answering(ctx, by, d)
		if err != nil {
			return err
		}
		g = c.Guardianship
		switch now := s.clock.Now(); {
		case !g.EndedAt.IsZero():
			return ErrAnswered
		case g.Open() && now.After(g.SentAt.Add(InviteFor)) && d.Token != "":
			return ErrInviteOld
		case g.Open():
			if by.SignedIn() {
				g.GuardianID = by.Member
			}
			g.Signature, g.Address = sig.Name, sig.Address
			if g.Signature == "" {
				g.Signature = g.Name
			}
			if d.Token != "" {
				hash := digest(d.Token)
				g.AnsweredHash = &hash
			}
			g.state(c, sig.Language, now)
			if err := s.store.updateGuardianship(ctx, g); err != nil {
				return err
			}
			if err := s.tell(ctx, g, consented); err != nil {
				return err
			}
			if err := s.audit.Record(ctx, by, g.SpaceID, "guardian.answer", g.MemberID, map[string]any{"guardianship": g.ID, "consented": true}); err != nil {
				return err
			}
		}
		return s.signFor(ctx, by, c, sig, papers)
	})
	return g, fault.Wrap(err, "consent of a guardian")
}

// state writes the words into a guardianship that are consented to.
func (g *Guardianship) state(c Child, language string, now clock.Instant) {
	g.Wording, g.Language, g.Hash, g.ConsentedAt = Wording, language, digest(statement(language, c.Minor, c.Space)), now
}

// answering is the child behind a door, locked, for whoever may answer.
func (s *Service) answering(ctx context.Context, by actor.Actor, d Door) (Child, error) {
	g, err := s.behind(ctx, by, d)
	if err != nil {
		return Child{}, err
	}
	if g.MemberID == by.Member {
		return Child{}, ErrOwnGuardian
	}
	if g, err = s.lockedGuardianship(ctx, g.ID); err != nil {
		return Child{}, err
	}
	c, err := s.child(ctx, g, g.Locale)
	if err == nil && !c.Standing.Minor {
		err = ErrGrown
	}
	return c, err
}

// signFor puts a guardian's signature under the documents that a child is asked for.
func (s *Service) signFor(ctx context.Context, by actor.Actor, c Child, sig Signature, papers []id.ID) error {
	for _, p := range c.Papers {
		if !slices.Contains(papers, p.Current.ID) {
			continue
		}
		language := p.Current.Language(sig.Language)
		if _, err := s.accept(ctx, p.Document.ID, p.Current.ID, Acceptance{
			SpaceID: c.SpaceID, MemberID: c.MemberID, SignedBy: by.Member, Guardian: true, How: Online,
			Name: sig.Name, Drawing: sig.Drawing, Language: language, Address: sig.Address,
		}); err != nil {
			return err
		}
	}
	return nil
}

// Decline is a guardian's no, or the withdrawal of their yes. It ends what the minor
// may do at the next request.
func (s *Service) Decline(ctx context.Context, by actor.Actor, d Door) (Guardianship, error) {
	var g Guardianship
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		c, err := s.answering(ctx, by, d)
		if err != nil {
			return err
		}
		g = c.Guardianship
		return s.end(ctx, by, &g)
	})
	return g, fault.Wrap(err, "withdraw a consent")
}

func (s *Service) end(ctx context.Context, by actor.Actor, g *Guardianship) error {
	if !g.EndedAt.IsZero() {
		return ErrAnswered
	}
	what := declined
	if g.Runs() {
		what = withdrawn
	}
	g.EndedAt, g.EndedBy = s.clock.Now(), by.Member
	if err := s.store.updateGuardianship(ctx, *g); err != nil {
		return err
	}
	if err := s.tell(ctx, *g, what); err != nil {
		return err
	}
	return s.audit.Record(ctx, by, g.SpaceID, "guardian.answer", g.MemberID, map[string]any{"guardianship": g.ID, "ended": true})
}

// RecordConsent writes down at the desk that a guardian consents, with how it was seen
// who they are.
func (s *Service) RecordConsent(ctx context.Context, by actor.Actor, space, member id.ID, i Invitation, verified, address string) (Guardianship, error) {
	if err := by.May("guardian.record", space, "", nil); err != nil {
		return Guardianship{}, err
	}
	i, verified, err := i.recorded(verified)
	if err != nil {
		return Guardianship{}, err
	}
	var g Guardianship
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		known, err := s.minor(ctx, space, member, i)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		g = Guardianship{
			ID: id.New(), SpaceID: space, MemberID: member, Name: i.Name, Email: i.Email, EmailKey: emailKey(i.Email),
			Locale: i.Locale, AskedBy: by.Member, AskedAt: now,
		}
		old, waits, err := s.unanswered(ctx, known, g.EmailKey)
		if err != nil {
			return err
		}
		if waits {
			g = old
		}
		c := Child{}
		if c.Space, err = s.spaces.Space(ctx, space); err != nil {
			return err
		}
		if c.Minor, err = s.members.Person(ctx, space, member); err != nil {
			return err
		}
		g.RecordedBy, g.Verified, g.Signature, g.Address = by.Member, verified, i.Name, address
		g.state(c, g.Locale, now)
		write := s.store.insertGuardianship
		if waits {
			write = s.store.updateGuardianship
		}
		if err := write(ctx, g); err != nil {
			return err
		}
		if err := s.tell(ctx, g, consented); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "guardian.record", member, map[string]any{"guardianship": g.ID, "verified": verified})
	})
	return g, fault.Wrap(err, "record the consent of a guardian of %s", member)
}

// RecordEnd writes down at the desk that a guardian takes their consent back.
func (s *Service) RecordEnd(ctx context.Context, by actor.Actor, space, member, guardianship id.ID) error {
	if err := by.May("guardian.record", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		g, err := s.lockedGuardianship(ctx, guardianship)
		if err != nil {
			return err
		}
		if g.SpaceID != space || g.MemberID != member {
			return ErrNoSuchGuardian
		}
		return s.end(ctx, by, &g)
	}), "end guardianship %s", guardianship)
}

// Minors are those of these people who are not of age in a space now.
func (s *Service) Minors(ctx context.Context, space id.ID, people []id.ID) ([]id.ID, error) {
	sp, err := s.spaces.Space(ctx, space)
	if err != nil {
		return nil, err
	}
	today := clock.DayOf(s.clock.Now(), sp.Zone)
	days, err := s.store.birthdays(ctx, people)
	var young []id.ID
	for _, b := range days {
		if On(b.Day, OfAge) > today {
			young = append(young, b.MemberID)
		}
	}
	return young, fault.Wrap(err, "birthdays")
}

// ComeOfAge tells everybody whose 18th birthday has come in all spaces that they have
// a guardian in, and the guardians, that it is now theirs to sign and to choose.
func (s *Service) ComeOfAge(ctx context.Context) error {
	due, err := s.store.untold(ctx, On(clock.DayOf(s.clock.Now().Add(24*time.Hour), time.UTC), -OfAge))
	if err != nil {
		return fault.Wrap(err, "who comes of age")
	}
	for _, b := range due {
		if err := s.comeOfAge(ctx, b); err != nil {
			return fault.Wrap(err, "%s comes of age", b.MemberID)
		}
	}
	return nil
}

func (s *Service) comeOfAge(ctx context.Context, b Birthday) error {
	all, err := s.store.guardians(ctx, "", b.MemberID)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	for _, g := range all {
		sp, err := s.spaces.Space(ctx, g.SpaceID)
		if err != nil {
			return err
		}
		if now.Before(Adult(b.Day, sp.Zone)) {
			return nil // tomorrow, where the day has not begun yet
		}
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		if fresh, err := s.store.told(ctx, b.MemberID, now); err != nil || !fresh {
			return err
		}
		type reader struct {
			space id.ID
			key   string // empty: the minor
		}
		told := map[reader]bool{}
		for _, g := range all {
			for _, key := range []string{"", g.EmailKey} {
				if !g.Runs() || told[reader{g.SpaceID, key}] {
					continue
				}
				told[reader{g.SpaceID, key}] = true
				if err := s.jobs.Add(ctx, answered{g.ID, grown, key != ""}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func newToken() string { return rand.Text() }

// missing turns a row that is not there into a refusal.
func missing(err error, none error, refusal *fault.Error) error {
	if errors.Is(err, none) {
		return refusal
	}
	return err
}
