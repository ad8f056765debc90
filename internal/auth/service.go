package auth

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/webauthn"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
)

// What auth needs of others, in its own words.
type (
	// People knows who there is.
	People interface {
		// ByEmail is whose address this is, in whatever way it is written; false if nobody's.
		ByEmail(ctx context.Context, email string) (Person, bool, error)
		// ByID is one person, or a NotFound.
		ByID(ctx context.Context, member id.ID) (Person, error)
		// OwnsAll reports whether somebody owns every space of the house.
		OwnsAll(ctx context.Context, member id.ID) (bool, error)
	}
	// Door lets people in.
	Door interface {
		// Check refuses a newcomer whose name, address or language can't be so.
		Check(Newcomer) error
		// Enrol adds a newcomer, whose address is not proven yet. An address that is
		// known already is a Conflict.
		Enrol(ctx context.Context, n Newcomer) (Person, error)
		// Confirm takes it that the address is theirs. Doing so again changes nothing.
		Confirm(ctx context.Context, member id.ID) error
		// Readdress gives somebody another address, which is proven theirs. One that
		// is another's is a Conflict.
		Readdress(ctx context.Context, member id.ID, email string) error
		// Unaddress takes somebody's address away, and that it was proven theirs.
		Unaddress(ctx context.Context, member id.ID) error
	}
	// Jobs does later what the transaction makes true.
	Jobs interface {
		Add(ctx context.Context, job jobs.Job) error
	}
	// Mail brings a letter.
	Mail interface {
		Send(ctx context.Context, m mail.Message) error
	}
	// Audit keeps who did what.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
		// Account lists what happened to by's account, the newest first.
		Account(ctx context.Context, by actor.Actor, limit int) ([]Event, error)
	}
)

// Config is what a Service is made of. All of it is needed but the Provider.
type Config struct {
	DB      *db.DB
	Clock   clock.Clock
	Keys    Keys
	People  People
	Door    Door
	Jobs    Jobs
	Mail    Mail
	Audit   Audit
	BaseURL string // what letters' links begin with: "https://hall.example"

	Provider Provider // another service that signs people in; may be left away
}

// Service is who lets people in. It is safe for many goroutines.
type Service struct {
	db     *db.DB
	clock  clock.Clock
	store  store
	keys   Keys
	hasher *hasher
	people People
	door   Door
	jobs   Jobs
	mail   Mail
	audit  Audit
	base   string

	relying  *webauthn.WebAuthn // nil where there can be no passkeys
	vouching *vouching          // nil where no other service signs people in
}

// New makes a Service. It computes one hash, about 50 ms.
func New(c Config) (*Service, error) {
	h, err := newHasher(present)
	if err != nil {
		return nil, err
	}
	s := &Service{
		db: c.DB, clock: c.Clock, store: newStore(c.DB), keys: c.Keys, hasher: h,
		people: c.People, door: c.Door, jobs: c.Jobs, mail: c.Mail, audit: c.Audit, base: strings.TrimSuffix(c.BaseURL, "/"),
		relying: relying(c.BaseURL),
	}
	if c.Provider.Issuer != "" {
		s.vouching = &vouching{Provider: c.Provider}
	}
	return s, nil
}

// SignUp adds a person and writes to them to prove that the address is theirs. The
// password is in force from when that letter's link is used, not before. For an
// address that is known it does as much and answers the same, but whoever is
// confirmed is told by another letter that they have an account already. So neither
// signing up nor then trying that password, which SignIn answers with ErrUnconfirmed
// for both, tells who is a member, and nobody takes over an address that is not theirs.
func (s *Service) SignUp(ctx context.Context, from From, n SignUp) error {
	var wrong fault.Many
	for _, err := range append(fault.All(s.door.Check(n.Newcomer)), fault.All(Check(n.Password, n.Email, n.Name))...) {
		wrong.Add(err)
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	if err := s.try(ctx, letterLimits("sign_up", from, n.Email)); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, n.Password)
	if err != nil {
		return err
	}
	err = s.signUp(ctx, n.Newcomer, hash)
	if refusal, ok := fault.As(err); ok && refusal.Kind == fault.KindConflict {
		err = s.signUp(ctx, n.Newcomer, hash) // someone signed up with this address at the same moment; now it is known
	}
	return fault.Wrap(err, "sign up")
}

func (s *Service) signUp(ctx context.Context, n Newcomer, hash string) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		person, known, err := s.people.ByEmail(ctx, n.Email)
		if err != nil {
			return err
		}
		if !known {
			if person, err = s.door.Enrol(ctx, n); err != nil {
				return err
			}
			if err := s.record(ctx, person.ID, "auth.sign_up"); err != nil {
				return err
			}
		}
		return s.invite(ctx, person, hash)
	})
}

// invite writes to someone to prove that the address is theirs; the password of this
// hash, if there is one, will be in force from then on. Who is confirmed is told that
// they have an account, and has nothing to prove: then the row, which no link leads to,
// only lets SignIn answer that password as it answers it anywhere else.
func (s *Service) invite(ctx context.Context, person Person, hash string) error {
	now := s.clock.Now()
	token := oneTimeToken{ID: id.New(), Purpose: toConfirm, MemberID: person.ID, Password: hash, CreatedAt: now, ExpiresAt: now.Add(ConfirmFor)}
	if err := s.store.addToken(ctx, token); err != nil {
		return err
	}
	if person.Confirmed {
		return s.jobs.Add(ctx, Letter{About: aboutKnown, Member: person.ID})
	}
	return s.jobs.Add(ctx, Letter{About: aboutConfirm, Member: person.ID, Token: token.ID})
}

// Confirm takes the token of a letter as proof that the address is theirs. The
// password of the sign-up that asked for this very letter is in force from then on,
// unless the address was proven in another way meanwhile: then its owner has one.
func (s *Service) Confirm(ctx context.Context, token string) error {
	now := s.clock.Now()
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		t, err := s.store.token(ctx, toConfirm, digest(token), now)
		if err != nil {
			return err
		}
		if err := s.store.useToken(ctx, t.ID, now); err != nil {
			return err
		}
		if err := s.store.voidTokens(ctx, toConfirm, t.MemberID, now); err != nil {
			return err
		}
		if err := s.enforce(ctx, t); err != nil {
			return err
		}
		if err := s.door.Confirm(ctx, t.MemberID); err != nil {
			return err
		}
		return s.record(ctx, t.MemberID, "auth.confirm")
	})
	return fault.Wrap(instead(err, db.ErrNone, ErrLink), "confirm an address")
}

// enforce puts the password of a sign-up in force, if it came with one and the address
// was not proven before; whoever was signed in is out.
func (s *Service) enforce(ctx context.Context, t oneTimeToken) error {
	person, err := s.people.ByID(ctx, t.MemberID)
	if err != nil || t.Password == "" || person.Confirmed {
		return err
	}
	now := s.clock.Now()
	if err := s.store.setPassword(ctx, t.MemberID, t.Password, now); err != nil {
		return err
	}
	_, err = s.store.endAll(ctx, t.MemberID, "", now)
	return err
}

// AskConfirm writes to by once more to prove that the address is theirs. It does
// nothing for whoever has proven it.
func (s *Service) AskConfirm(ctx context.Context, by actor.Actor, from From) error {
	if err := own(by); err != nil {
		return err
	}
	person, err := s.people.ByID(ctx, by.Member)
	if err != nil || person.Confirmed {
		return fault.Wrap(err, "ask to confirm an address")
	}
	if err := s.try(ctx, letterLimits("confirm", from, person.Email)); err != nil {
		return err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error { return s.invite(ctx, person, "") })
	return fault.Wrap(err, "ask to confirm an address")
}

// LetterAgain has the letter of a sign-up sent once more to whoever knows its password.
// One that is not right is ErrWrong, as it is to SignIn; the address of whoever is in
// already gets no letter.
func (s *Service) LetterAgain(ctx context.Context, from From, c Credentials) error {
	limits := s.signInLimits(from, c.Email, s.clock.Now())
	if err := s.try(ctx, limits); err != nil {
		return err
	}
	knock, err := s.knock(ctx, c)
	if errors.Is(err, ErrUnconfirmed) {
		return s.letterAgain(ctx, from, knock.waits)
	}
	if err == nil {
		err = s.db.Tx(ctx, func(ctx context.Context) error { return s.forgive(ctx, limits) })
	}
	return fault.Wrap(err, "ask for the letter again")
}

// LetterByStep is LetterAgain by the Step that came with ErrUnconfirmed.
func (s *Service) LetterByStep(ctx context.Context, from From, step string) error {
	c, err := s.keys.read(letterToken, step, s.clock.Now())
	if err != nil {
		return ErrStep.Because(err)
	}
	waits, err := s.store.tokenByID(ctx, id.ID(c.Subject))
	if err != nil {
		return fault.Wrap(instead(err, db.ErrNone, ErrStep), "ask for the letter again")
	}
	return s.letterAgain(ctx, from, waits)
}

func (s *Service) letterAgain(ctx context.Context, from From, waits oneTimeToken) error {
	person, err := s.people.ByID(ctx, waits.MemberID)
	if err != nil {
		return fault.Wrap(err, "ask for the letter again")
	}
	if err := s.try(ctx, letterLimits("confirm", from, person.Email)); err != nil {
		return err
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error { return s.invite(ctx, person, waits.Password) })
	return fault.Wrap(err, "ask for the letter again")
}

// SignIn begins a session. An unknown address and a wrong password take the same work
// and get the same answer, ErrWrong; too many of them ErrTooMany. The password of a
// sign-up whose letter waits is ErrUnconfirmed, whoever has the address: the Tokens then
// hold the Step by which LetterByStep sends it again. Who has a second factor and gave
// no code is asked for it by ErrSecond, with the Step that SignInSecond goes on from.
func (s *Service) SignIn(ctx context.Context, from From, c Credentials) (Tokens, error) {
	limits := s.signInLimits(from, c.Email, s.clock.Now())
	if err := s.try(ctx, limits); err != nil {
		return Tokens{}, err
	}
	knock, err := s.knock(ctx, c)
	if errors.Is(err, ErrUnconfirmed) {
		step, failed := s.keys.sign(letterToken, knock.waits.ID.String(), "", s.clock.Now(), StepFor)
		if failed != nil {
			return Tokens{}, fault.Wrap(failed, "sign in")
		}
		return Tokens{Step: step}, err
	}
	if err != nil {
		return Tokens{}, fault.Wrap(err, "sign in")
	}
	person, stored := knock.person, knock.stored
	factors, err := s.factors(ctx, person.ID)
	switch {
	case err != nil:
		return Tokens{}, fault.Wrap(err, "sign in")
	case !factors.Any():
		tokens, err := s.admit(ctx, from, person, limits, nil, "")
		return tokens, fault.Wrap(err, "sign in")
	case c.Code == "":
		step, err := s.keys.sign(stepToken, stepSubject(person.ID, stored), "", s.clock.Now(), StepFor)
		if err == nil {
			err = s.db.Tx(ctx, func(ctx context.Context) error { return s.forgive(ctx, limits) })
		}
		if err != nil {
			return Tokens{}, fault.Wrap(err, "sign in")
		}
		return Tokens{Step: step}, ErrSecond
	}
	tokens, err := s.bySecond(ctx, from, person, c.Code, limits)
	return tokens, fault.Wrap(err, "sign in")
}

// knock is who gave an address and a password.
type knock struct {
	person Person
	stored string       // the hash of the password that is in force
	waits  oneTimeToken // the sign-up that the password is of, with ErrUnconfirmed
}

// knock finds out who gave the right password. What is not right takes two hashes,
// whether the address is known, and whether a sign-up waits, or not.
func (s *Service) knock(ctx context.Context, c Credentials) (knock, error) {
	var k knock
	var known bool
	var err error
	if k.person, known, err = s.people.ByEmail(ctx, c.Email); err != nil {
		return k, err
	}
	var waits oneTimeToken
	if known {
		if k.stored, err = s.store.password(ctx, k.person.ID); err != nil {
			return k, err
		}
		if waits, err = s.store.waiting(ctx, k.person.ID); err != nil {
			return k, err
		}
	}
	right, outdated, err := s.hasher.verify(ctx, c.Password, k.stored)
	if err != nil {
		return k, err
	}
	if right {
		if outdated {
			err = s.strengthen(ctx, k.person.ID, c.Password, k.stored)
		}
		return k, err
	}
	right, _, err = s.hasher.verify(ctx, c.Password, waits.Password)
	if err != nil {
		return k, err
	}
	if !right {
		return k, ErrWrong
	}
	k.waits = waits
	return k, ErrUnconfirmed
}

// SignInSecond goes on from the Step of a sign-in whose password was right, with the
// code of an authenticator or a recovery code.
func (s *Service) SignInSecond(ctx context.Context, from From, step, code string) (Tokens, error) {
	person, err := s.stepped(ctx, step)
	if err != nil {
		return Tokens{}, err
	}
	tokens, err := s.bySecond(ctx, from, person, code, nil)
	return tokens, fault.Wrap(err, "sign in with a second factor")
}

// stepSubject names who has taken the first step, by which password; another one since
// then makes it void.
func stepSubject(member id.ID, stored string) string {
	return member.String() + " " + digest(stored)[:16]
}

// stepped is who has taken the first step of a sign-in.
func (s *Service) stepped(ctx context.Context, step string) (Person, error) {
	c, err := s.keys.read(stepToken, step, s.clock.Now())
	if err != nil {
		return Person{}, ErrStep.Because(err)
	}
	member, _, _ := strings.Cut(c.Subject, " ")
	stored, err := s.store.password(ctx, id.ID(member))
	if err != nil {
		return Person{}, fault.Wrap(err, "sign in with a second factor")
	}
	if c.Subject != stepSubject(id.ID(member), stored) {
		return Person{}, ErrStep
	}
	person, err := s.people.ByID(ctx, id.ID(member))
	return person, fault.Wrap(err, "sign in with a second factor")
}

func (s *Service) bySecond(ctx context.Context, from From, person Person, code string, limits []limit) (Tokens, error) {
	guesses := codeLimits(person.ID)
	if err := s.try(ctx, guesses); err != nil {
		return Tokens{}, err
	}
	spend, err := s.second(ctx, person.ID, code)
	if err != nil {
		return Tokens{}, err
	}
	return s.admit(ctx, from, person, append(guesses, limits...), spend, "code")
}

// admit begins a session of someone who has shown who they are; spend, if set, uses up
// the second factor by which they did, and makes the session a strong one.
func (s *Service) admit(ctx context.Context, from From, person Person, limits []limit, spend func(ctx context.Context) error, how string) (Tokens, error) {
	var tokens Tokens
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.forgive(ctx, limits); err != nil {
			return err
		}
		if spend != nil {
			if err := spend(ctx); err != nil {
				return err
			}
		}
		var err error
		if tokens, err = s.begin(ctx, from, person, spend != nil); err != nil {
			return err
		}
		detail := map[string]any{"agent": cut(from.Agent, 300), "address": from.Address}
		if how != "" {
			detail["with"] = how
		}
		return s.audit.Record(ctx, actor.Actor{Member: person.ID}, "", "auth.sign_in", person.ID, detail)
	})
	if err != nil {
		return Tokens{}, err
	}
	tokens.Device, err = s.device(from, person.Email)
	return tokens, err
}

// strengthen puts a stronger hash of the same password in the place of an outdated one.
func (s *Service) strengthen(ctx context.Context, member id.ID, password, stored string) error {
	stronger, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context) error { return s.store.rehash(ctx, member, stored, stronger) })
}

// begin begins a session, and ends the one used longest ago if there are too many.
func (s *Service) begin(ctx context.Context, from From, p Person, strong bool) (Tokens, error) {
	now := s.clock.Now()
	if err := s.store.lock(ctx, "sessions|"+p.ID.String()); err != nil {
		return Tokens{}, err
	}
	live, err := s.store.live(ctx, p.ID, now)
	if err != nil {
		return Tokens{}, err
	}
	for _, old := range live[min(len(live), MaxSessions-1):] {
		if _, err := s.store.end(ctx, p.ID, now, old.ID); err != nil {
			return Tokens{}, err
		}
	}
	session := Session{ID: id.New(), MemberID: p.ID, Agent: cut(from.Agent, 300), Address: from.Address, CreatedAt: now, SeenAt: now, ProvedAt: now}
	if strong {
		session.StrongAt = now
	}
	session.ExpiresAt = session.until(now, p)
	if err := s.store.addSession(ctx, session); err != nil {
		return Tokens{}, err
	}
	return s.grant(ctx, session, newToken())
}

// grant makes the tokens of a session and stores the refresh token among them.
func (s *Service) grant(ctx context.Context, session Session, refresh string) (Tokens, error) {
	now := s.clock.Now()
	err := s.store.addRefresh(ctx, refreshToken{Hash: digest(refresh), SessionID: session.ID, CreatedAt: now, ExpiresAt: session.ExpiresAt})
	if err != nil {
		return Tokens{}, err
	}
	return s.tokens(session, refresh)
}

func (s *Service) tokens(session Session, refresh string) (Tokens, error) {
	access, err := s.keys.sign(accessToken, session.MemberID.String(), session.ID, s.clock.Now(), AccessFor)
	return Tokens{Access: access, Refresh: refresh, Session: session}, err
}

// device is the token of a browser that has signed in to this address.
func (s *Service) device(from From, email string) (string, error) {
	who, now := digest(addressKey(email)), s.clock.Now()
	if c, err := s.keys.read(deviceToken, from.Device, now); err == nil && c.Subject == who {
		return from.Device, nil
	}
	return s.keys.sign(deviceToken, who, "", now, DeviceFor)
}

// Authenticate says whose access token this is. It looks the session up each time, so
// one that was ended a moment ago is ErrSession.
func (s *Service) Authenticate(ctx context.Context, access string) (Session, error) {
	now := s.clock.Now()
	c, err := s.keys.read(accessToken, access, now)
	if err != nil {
		return Session{}, ErrSession.Because(err)
	}
	session, err := s.store.session(ctx, c.Session)
	if errors.Is(err, db.ErrNone) {
		return Session{}, ErrSession
	}
	if err != nil {
		return Session{}, fault.Wrap(err, "look a session up")
	}
	if !session.Live(now) || session.MemberID.String() != c.Subject {
		return Session{}, ErrSession
	}
	return session, nil
}

// Refresh gives a new pair of tokens for a refresh token, once. One that comes a
// second time was copied: its session ends, for whoever holds any token of it.
func (s *Service) Refresh(ctx context.Context, from From, token string) (Tokens, error) {
	return s.refresh(ctx, from, token, 0)
}

// together is how far apart the requests of one browser may be that bring the same
// token: tabs that open at once, or a try again after an answer that got lost.
const together = 20 * time.Second

// Resume is Refresh for a browser, whose tabs share one cookie. For twenty seconds
// after its use a token that comes again from the same browser at the same address
// gives the same successor once more, never a second one; after that it counts as
// copied.
func (s *Service) Resume(ctx context.Context, from From, token string) (Tokens, error) {
	return s.refresh(ctx, from, token, together)
}

func (s *Service) refresh(ctx context.Context, from From, token string, grace time.Duration) (Tokens, error) {
	var tokens Tokens
	var refused error // told apart from err: what ends a session must be committed
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		tokens, refused = Tokens{}, nil
		now, hash := s.clock.Now(), digest(token)
		first, err := s.store.useRefresh(ctx, hash, now)
		if err != nil {
			return err
		}
		used, err := s.store.refresh(ctx, hash)
		if errors.Is(err, db.ErrNone) {
			refused = ErrSession
			return nil
		}
		if err != nil {
			return err
		}
		session, err := s.store.session(ctx, used.SessionID)
		if err != nil {
			return err
		}
		if !session.Live(now) {
			refused = ErrSession
			return nil
		}
		if !first {
			if now.Sub(used.UsedAt) < grace && session.Agent == cut(from.Agent, 300) && session.Address == from.Address {
				tokens, err = s.tokens(session, s.keys.successor(token))
				return err
			}
			refused = ErrSession
			return s.endCopied(ctx, session)
		}
		person, err := s.people.ByID(ctx, session.MemberID)
		if err != nil {
			return err
		}
		if !person.desk() || !session.leftAlone(now) { // a token that is renewed opens no locked screen
			session.SeenAt = now
		}
		session.Agent, session.Address = cut(from.Agent, 300), from.Address
		session.ExpiresAt = session.until(now, person)
		switch err := s.store.touch(ctx, session); {
		case errors.Is(err, db.ErrNone), err == nil && !session.Live(now):
			refused = ErrSession
			return nil
		case err != nil:
			return err
		}
		tokens, err = s.grant(ctx, session, s.keys.successor(token))
		return err
	})
	if err == nil {
		err = refused
	}
	return tokens, fault.Wrap(err, "refresh a session")
}

// endCopied ends a session of which a token was copied, and tells its owner.
func (s *Service) endCopied(ctx context.Context, session Session) error {
	if _, err := s.store.end(ctx, session.MemberID, s.clock.Now(), session.ID); err != nil {
		return err
	}
	if err := s.jobs.Add(ctx, Letter{About: aboutCopied, Member: session.MemberID}); err != nil {
		return err
	}
	return s.record(ctx, session.MemberID, "auth.token_copied")
}

// SignOut ends the session that by acts in.
func (s *Service) SignOut(ctx context.Context, by actor.Actor) error {
	return s.End(ctx, by, by.Session)
}

// Sessions lists by's sessions that count, the one used last first.
func (s *Service) Sessions(ctx context.Context, by actor.Actor) ([]Session, error) {
	if err := own(by); err != nil {
		return nil, err
	}
	live, err := s.store.live(ctx, by.Member, s.clock.Now())
	return live, fault.Wrap(err, "list sessions")
}

// End ends one of by's sessions. Another's is ErrNoSuchSession.
func (s *Service) End(ctx context.Context, by actor.Actor, session id.ID) error {
	if err := own(by); err != nil {
		return err
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		ended, err := s.store.end(ctx, by.Member, s.clock.Now(), session)
		if err != nil {
			return err
		}
		if ended == 0 {
			return ErrNoSuchSession
		}
		return s.audit.Record(ctx, by, "", "auth.end_session", session, nil)
	})
	return fault.Wrap(err, "end session %s", session)
}

// EndOthers ends all of by's sessions but the one that by acts in, and says how many.
func (s *Service) EndOthers(ctx context.Context, by actor.Actor) (int, error) {
	if err := own(by); err != nil {
		return 0, err
	}
	var ended int
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		var err error
		if ended, err = s.store.endAll(ctx, by.Member, by.Session, s.clock.Now()); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, "", "auth.end_others", by.Member, nil)
	})
	return ended, fault.Wrap(err, "end other sessions")
}

// RequestReset writes to an address with a link to set a new password, if it is a
// member's. It answers the same whether it is or not.
func (s *Service) RequestReset(ctx context.Context, from From, email string) error {
	if err := s.try(ctx, letterLimits("reset", from, email)); err != nil {
		return err
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		return s.jobs.Add(ctx, Letter{About: aboutReset, Email: cut(strings.TrimSpace(email), 254)})
	})
	return fault.Wrap(err, "ask for a new password")
}

// Reset sets a new password by the token of a letter, which also proves the address,
// and ends every session and the tokens of all programs. A password that is refused leaves the token as it was.
func (s *Service) Reset(ctx context.Context, token, password string) error {
	now := s.clock.Now()
	t, err := s.store.token(ctx, toReset, digest(token), now)
	if err != nil {
		return fault.Wrap(instead(err, db.ErrNone, ErrLink), "set a new password")
	}
	person, err := s.people.ByID(ctx, t.MemberID)
	if err != nil {
		return fault.Wrap(err, "set a new password")
	}
	if err := Check(password, person.Email, person.Name); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return fault.Wrap(err, "set a new password")
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.useToken(ctx, t.ID, now); err != nil {
			return err
		}
		if err := s.store.voidTokens(ctx, toReset, person.ID, now); err != nil {
			return err
		}
		if !person.Confirmed { // what was chosen at a sign-up will never be in force now
			if err := s.store.dropWaiting(ctx, person.ID); err != nil {
				return err
			}
		}
		if err := s.door.Confirm(ctx, person.ID); err != nil {
			return err
		}
		if err := s.store.forgetAll(ctx, signInKey(person.Email)); err != nil {
			return err
		}
		if err := s.store.revokeProgramTokens(ctx, person.ID, now); err != nil {
			return err
		}
		return s.change(ctx, actor.Actor{Member: person.ID, Name: person.Name}, hash, aboutResetDone, "auth.reset")
	})
	return fault.Wrap(instead(err, db.ErrNone, ErrLink), "set a new password")
}

// ChangePassword sets a new password for by, who knows the present one, and ends all
// other sessions.
func (s *Service) ChangePassword(ctx context.Context, by actor.Actor, present, password string) error {
	if err := own(by); err != nil {
		return err
	}
	person, err := s.people.ByID(ctx, by.Member)
	if err != nil {
		return fault.Wrap(err, "change a password")
	}
	limits := passwordLimits(by.Member)
	if err := s.try(ctx, limits); err != nil {
		return err
	}
	stored, err := s.store.password(ctx, by.Member)
	if err != nil {
		return fault.Wrap(err, "change a password")
	}
	right, _, err := s.hasher.verify(ctx, present, stored)
	if err != nil {
		return fault.Wrap(err, "change a password")
	}
	wrong := fault.Many(fault.All(Check(password, person.Email, person.Name)))
	if right { // who knows it has not guessed, however weak the new one is
		err = s.db.Tx(ctx, func(ctx context.Context) error { return s.forgive(ctx, limits) })
		if err != nil {
			return fault.Wrap(err, "change a password")
		}
	} else {
		wrong.Add(ErrOldPassword)
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return fault.Wrap(err, "change a password")
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		return s.change(ctx, by, hash, aboutChanged, "auth.change_password")
	})
	return fault.Wrap(err, "change a password")
}

// change puts a password in force, ends by's other sessions, and writes to them that it was done.
func (s *Service) change(ctx context.Context, by actor.Actor, hash string, what about, operation actor.Operation) error {
	now := s.clock.Now()
	if err := s.store.setPassword(ctx, by.Member, hash, now); err != nil {
		return err
	}
	if _, err := s.store.endAll(ctx, by.Member, by.Session, now); err != nil {
		return err
	}
	if err := s.jobs.Add(ctx, Letter{About: what, Member: by.Member}); err != nil {
		return err
	}
	return s.audit.Record(ctx, by, "", operation, by.Member, nil)
}

// Give gives members this password, hashed once for all of them, whatever they had.
// Only the house does so: at set-up, for the demo, and on the command line. No person
// sets another's password. Whether it is a good one is the caller's to Check.
func (s *Service) Give(ctx context.Context, by actor.Actor, password string, members ...id.ID) error {
	if !by.IsHouse() {
		return actor.ErrForbidden
	}
	hash, err := s.hasher.hash(ctx, password)
	if err != nil {
		return fault.Wrap(err, "give a password")
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		for _, m := range members {
			if err := s.store.setPassword(ctx, m, hash, s.clock.Now()); err != nil {
				return err
			}
			if _, err := s.store.endAll(ctx, m, "", s.clock.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	return fault.Wrap(err, "give a password")
}

// deadFor is how long what has ended is kept, so that a copied token is still known as one.
const deadFor = 30 * 24 * time.Hour

// Sweep deletes what nobody can use any more: old tries, letters and sessions. What an
// older key sealed it seals with the present one.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.clock.Now()
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.reseal(ctx); err != nil {
			return err
		}
		return s.store.sweep(ctx, now, now.Add(-attemptsFor), now.Add(-deadFor))
	}), "sweep old sessions")
}

// Event is something that happened to an account: a sign-in, a change of how one signs in.
type Event struct {
	At        clock.Instant
	Operation actor.Operation
	Name      string // of what it was about, if it has one
	Agent     string // the program that someone signed in with
	Address   string // and from where
}

// Events lists what happened to by's account lately, the newest first.
func (s *Service) Events(ctx context.Context, by actor.Actor) ([]Event, error) {
	if err := own(by); err != nil {
		return nil, err
	}
	all, err := s.audit.Account(ctx, by, 20)
	return all, fault.Wrap(err, "list what happened to an account")
}

func (s *Service) record(ctx context.Context, member id.ID, operation actor.Operation) error {
	return s.audit.Record(ctx, actor.Actor{Member: member}, "", operation, member, nil)
}

// own refuses a stranger: what belongs to one's account belongs to no space.
func own(by actor.Actor) error {
	return by.May("account.own", "", by.Member, actor.ErrForbidden)
}

// instead is refusal if err is that error, or err.
func instead(err, that error, refusal *fault.Error) error {
	if errors.Is(err, that) {
		return refusal
	}
	return err
}

// cut is at most n bytes of s, whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
