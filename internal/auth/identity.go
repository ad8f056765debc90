package auth

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/outbound"
)

var (
	// ErrProvider says that the other service can't be asked now, or answered what can't be believed.
	ErrProvider = fault.Unavailable("auth.provider", "{{.Name}} could not vouch for you just now. Try again, or sign in with your password.")
	// ErrNoProvider is the answer where no other service is known.
	ErrNoProvider = fault.NotFound("auth.no_provider", "No other service signs people in here.")
	// ErrUnverified refuses an address that the other service does not vouch for. It says the
	// same whether somebody here has that address or not.
	ErrUnverified = fault.Conflict("auth.unverified", "{{.Name}} does not say that your e-mail address is yours. Sign in or sign up with your address and a password, then link {{.Name}} to your account.")
	// ErrKnownHere asks someone to prove the account of an address before it is linked.
	ErrKnownHere = fault.Conflict("auth.known_here", "There is an account with this address. Sign in to it once with your password, then {{.Name}} is linked.")
	// ErrLinkedElsewhere refuses an identity that is linked to another account.
	ErrLinkedElsewhere = fault.Conflict("auth.linked_elsewhere", "This account at {{.Name}} is linked to somebody else here.")
	// ErrStaleVouch refuses the word of another service that does not say when somebody signed in there, or not lately.
	ErrStaleVouch = fault.Conflict("auth.stale_vouch", "{{.Name}} does not say that you signed in there just now, so this proves nothing. Set a password here by letter, then prove it is you with that.")
	// ErrOtherVouched refuses who signed in to the other service as somebody else.
	ErrOtherVouched = fault.Conflict("auth.other_vouched", "That is not the account at {{.Name}} that is linked here. Sign in there as the one that is.")
	// ErrNoIdentity is the answer where there is no such link, or it is another's.
	ErrNoIdentity = fault.NotFound("auth.no_identity", "This is not linked to your account.")
)

// providerWithin is how long the other service has for each answer.
const providerWithin = 10 * time.Second

// Provider is another service that signs people in, by OpenID Connect.
type Provider struct {
	Issuer string // "https://accounts.example.org"; empty: none
	Client string // who we are there
	Secret string
	Name   string // on the button
}

// Identity is somebody's account at another service that signs them in here.
type Identity struct {
	ID        id.ID
	MemberID  id.ID
	Issuer    string
	Subject   string
	Email     string // as the service told it when it was linked
	CreatedAt clock.Instant
	UsedAt    clock.Instant
}

// TableName is where GORM finds it.
func (Identity) TableName() string { return "identities" }

// vouching is the provider as it describes itself, asked for when it is first needed and
// kept once it has answered.
type vouching struct {
	Provider

	mu    sync.Mutex
	found *oidc.Provider
}

// asking is ctx for what is asked over HTTP.
func asking(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, outbound.Client(providerWithin))
}

func (v *vouching) provider(ctx context.Context) (*oidc.Provider, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.found == nil {
		// Its keys are fetched later with the client of this context, so it outlives the request.
		p, err := oidc.NewProvider(asking(context.WithoutCancel(ctx)), v.Issuer)
		if err != nil {
			return nil, ErrProvider.With("Name", v.Name).Because(err)
		}
		v.found = p
	}
	return v.found, nil
}

func (s *Service) oauth(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: s.vouching.Client, ClientSecret: s.vouching.Secret, Endpoint: p.Endpoint(),
		RedirectURL: s.base + "/sign-in/back", Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// ProviderName is what the other service is called; empty if there is none.
func (s *Service) ProviderName() string {
	if s.vouching == nil {
		return ""
	}
	return s.vouching.Name
}

// asked is what is kept of someone who was sent to the other service.
type asked struct {
	Nonce, Verifier, Next string
	At                    int64 // Unix seconds
}

// What the other service is asked for, and what waits until someone has proved an account.
const (
	toVouch      = "vouch"
	toLink       = "link"
	toVouchAgain = "confirm" // that it is still they
	toBeLinked   = "pending"
)

// GoVouch is where to send someone so that the other service vouches for them, and what
// their browser keeps meanwhile. With somebody signed in, who has just proved who they
// are, it is to be linked to their account.
func (s *Service) GoVouch(ctx context.Context, by actor.Actor, from From, next string) (to, keep string, err error) {
	if s.vouching == nil {
		return "", "", ErrNoProvider
	}
	what := toVouch
	if by.SignedIn() {
		if err := s.fresh(by); err != nil {
			return "", "", err
		}
		what = toLink
	}
	return s.send(ctx, what, by, from, next)
}

// send is where to send someone, for this, and what their browser keeps meanwhile.
func (s *Service) send(ctx context.Context, what string, by actor.Actor, from From, next string, more ...oauth2.AuthCodeOption) (to, keep string, err error) {
	if err := s.try(ctx, []limit{{"vouch|" + network(from.Address), 60, 10 * time.Minute, 10 * time.Minute}}); err != nil {
		return "", "", err
	}
	p, err := s.vouching.provider(ctx)
	if err != nil {
		return "", "", err
	}
	state, keep, a := newToken(), newToken(), asked{Nonce: newToken(), Verifier: oauth2.GenerateVerifier(), Next: next, At: s.clock.Now().Unix()}
	if err := s.ask(ctx, what, state+keep, by.Member, a); err != nil {
		return "", "", fault.Wrap(err, "ask another service")
	}
	more = append(more, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier))
	return s.oauth(p).AuthCodeURL(state, more...), keep, nil
}

// Vouched is how somebody came back from the other service: signed in by Tokens, asked for
// a second factor by Tokens.Step, linked, or proved to be still they, or, with ErrKnownHere, with what their browser
// keeps until they have proved the account of their address.
type Vouched struct {
	Tokens Tokens
	Linked bool
	Proved bool // that is what it was for, also where it is refused
	Keep   string
	Next   string
}

// told is what the other service says of somebody.
type told struct {
	Subject  string `json:"sub"`
	Email    string `json:"email"`
	Verified bool   `json:"email_verified"`
	Name     string `json:"name"`
	Nickname string `json:"preferred_username"`

	// When they last signed in there, in Unix seconds; not every service says so.
	SignedInAt json.RawMessage `json:"auth_time,omitempty"`
}

// ComeBack takes what somebody brings back from the other service. An address that it
// does not vouch for opens nothing, and one it does vouch for opens no account that was
// here before: that is linked once its owner has signed in to it. Who is new gets an
// account, whose address is taken to be theirs.
func (s *Service) ComeBack(ctx context.Context, by actor.Actor, from From, locale, state, keep, code string) (Vouched, error) {
	if s.vouching == nil {
		return Vouched{}, ErrNoProvider
	}
	what := toVouch
	if by.SignedIn() {
		what = toLink
	}
	var a asked
	member, err := s.answered(ctx, what, state+keep, &a)
	if by.SignedIn() && errors.Is(err, ErrCeremony) {
		what = toVouchAgain
		member, err = s.answered(ctx, what, state+keep, &a)
	}
	if err != nil {
		return Vouched{}, fault.Wrap(err, "come back from another service")
	}
	v := Vouched{Next: a.Next, Proved: what == toVouchAgain}
	who, err := s.told(ctx, a, code)
	if err != nil {
		return v, err
	}
	switch what {
	case toVouchAgain:
		if member != by.Member {
			return v, ErrCeremony
		}
		return v, s.confirmed(ctx, by, a, who)
	case toLink:
		if member != by.Member {
			return v, ErrCeremony
		}
		v.Linked = true
		return v, s.link(ctx, by, who)
	}
	return s.vouched(ctx, from, locale, v, who)
}

// told asks the other service whom it vouches for.
func (s *Service) told(ctx context.Context, a asked, code string) (told, error) {
	bad := ErrProvider.With("Name", s.vouching.Name)
	p, err := s.vouching.provider(ctx)
	if err != nil {
		return told{}, err
	}
	ctx = asking(ctx)
	got, err := s.oauth(p).Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return told{}, bad.Because(err)
	}
	raw, _ := got.Extra("id_token").(string)
	token, err := p.VerifierContext(ctx, &oidc.Config{ClientID: s.vouching.Client, Now: func() time.Time { return s.clock.Now().Time }}).Verify(ctx, raw)
	if err != nil {
		return told{}, bad.Because(err)
	}
	var who told
	if err := token.Claims(&who); err != nil {
		return told{}, bad.Because(err)
	}
	if token.Nonce != a.Nonce || who.Subject == "" {
		return told{}, bad
	}
	return who, nil
}

func (s *Service) vouched(ctx context.Context, from From, locale string, v Vouched, who told) (Vouched, error) {
	known, err := s.store.identity(ctx, s.vouching.Issuer, who.Subject)
	if err == nil {
		return s.inBy(ctx, from, v, known)
	}
	if !errors.Is(err, db.ErrNone) {
		return v, fault.Wrap(err, "look an identity up")
	}
	if !who.Verified || who.Email == "" {
		return v, ErrUnverified.With("Name", s.vouching.Name)
	}
	person, here, err := s.people.ByEmail(ctx, who.Email)
	if err != nil {
		return v, fault.Wrap(err, "look an address up")
	}
	if here {
		return s.waits(ctx, v, person, who)
	}
	return s.welcome(ctx, from, locale, v, who)
}

// inBy signs somebody in by an identity that is linked to their account, as far as their
// second factor allows.
func (s *Service) inBy(ctx context.Context, from From, v Vouched, known Identity) (Vouched, error) {
	person, err := s.people.ByID(ctx, known.MemberID)
	if err != nil {
		return v, fault.Wrap(err, "sign in by another service")
	}
	factors, err := s.factors(ctx, person.ID)
	if err != nil {
		return v, fault.Wrap(err, "sign in by another service")
	}
	use := func(ctx context.Context) error { return s.store.useIdentity(ctx, known.ID, s.clock.Now()) }
	if factors.Any() {
		stored, err := s.store.password(ctx, person.ID)
		if err == nil {
			v.Tokens.Step, err = s.keys.sign(stepToken, stepSubject(person.ID, stored), "", s.clock.Now(), StepFor)
		}
		if err == nil {
			err = s.db.Tx(ctx, use)
		}
		if err != nil {
			return v, fault.Wrap(err, "sign in by another service")
		}
		return v, ErrSecond
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := use(ctx); err != nil {
			return err
		}
		var err error
		v.Tokens, err = s.admit(ctx, from, person, nil, nil, s.vouching.Name)
		return err
	})
	return v, fault.Wrap(err, "sign in by another service")
}

// waits keeps an identity until the owner of its address has proved the account.
func (s *Service) waits(ctx context.Context, v Vouched, person Person, who told) (Vouched, error) {
	v.Keep = newToken()
	if err := s.ask(ctx, toBeLinked, v.Keep, person.ID, who); err != nil {
		return v, fault.Wrap(err, "keep an identity")
	}
	return v, ErrKnownHere.With("Name", s.vouching.Name)
}

// welcome makes an account for somebody who is new here, and signs them in.
func (s *Service) welcome(ctx context.Context, from From, locale string, v Vouched, who told) (Vouched, error) {
	name := strings.TrimSpace(who.Name)
	if name == "" {
		name = strings.TrimSpace(who.Nickname)
	}
	if name == "" {
		name, _, _ = strings.Cut(who.Email, "@")
	}
	n := Newcomer{Email: who.Email, Name: cut(name, 200), Locale: locale}
	if err := s.door.Check(n); err != nil {
		return v, err
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lock(ctx, "identity|"+who.Subject); err != nil {
			return err
		}
		person, err := s.door.Enrol(ctx, n)
		if err != nil {
			return err
		}
		if err := s.door.Confirm(ctx, person.ID); err != nil {
			return err
		}
		person.Confirmed = true
		if err := s.record(ctx, person.ID, "auth.sign_up"); err != nil {
			return err
		}
		if err := s.store.addIdentity(ctx, s.identity(person.ID, who)); err != nil {
			return err
		}
		v.Tokens, err = s.admit(ctx, from, person, nil, nil, s.vouching.Name)
		return err
	})
	return v, fault.Wrap(err, "welcome somebody whom another service vouches for")
}

func (s *Service) identity(member id.ID, who told) Identity {
	return Identity{
		ID: id.New(), MemberID: member, Issuer: s.vouching.Issuer, Subject: who.Subject, Email: cut(who.Email, 254),
		CreatedAt: s.clock.Now(), UsedAt: s.clock.Now(),
	}
}

// LinkKept links the identity that by's browser kept while by proved the account of its
// address: whoever signed in to another account is refused.
func (s *Service) LinkKept(ctx context.Context, by actor.Actor, keep string) error {
	if err := s.fresh(by); err != nil {
		return err
	}
	if s.vouching == nil {
		return ErrNoProvider
	}
	var who told
	member, err := s.answered(ctx, toBeLinked, keep, &who)
	if err != nil {
		return fault.Wrap(err, "link an identity")
	}
	if member != by.Member {
		return ErrCeremony
	}
	return s.link(ctx, by, who)
}

func (s *Service) link(ctx context.Context, by actor.Actor, who told) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lock(ctx, "identity|"+who.Subject); err != nil {
			return err
		}
		switch known, err := s.store.identity(ctx, s.vouching.Issuer, who.Subject); {
		case err == nil && known.MemberID == by.Member:
			return nil
		case err == nil:
			return ErrLinkedElsewhere.With("Name", s.vouching.Name)
		case !errors.Is(err, db.ErrNone):
			return err
		}
		if err := s.store.addIdentity(ctx, s.identity(by.Member, who)); err != nil {
			return err
		}
		return s.tell(ctx, by, aboutLinked, s.vouching.Name)
	}), "link an identity")
}

// Identities lists what by can sign in with at other services.
func (s *Service) Identities(ctx context.Context, by actor.Actor) ([]Identity, error) {
	if err := own(by); err != nil {
		return nil, err
	}
	all, err := s.store.identities(ctx, by.Member)
	return all, fault.Wrap(err, "list identities")
}

// Unlink takes one of by's identities away, but never the last way in.
func (s *Service) Unlink(ctx context.Context, by actor.Actor, identity id.ID) error {
	if err := s.fresh(by); err != nil {
		return err
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lock(ctx, "factors|"+by.Member.String()); err != nil {
			return err
		}
		if err := s.store.dropIdentity(ctx, by.Member, identity); err != nil {
			return instead(err, db.ErrNone, ErrNoIdentity)
		}
		if err := s.getsIn(ctx, by.Member); err != nil {
			return err
		}
		name := "OpenID Connect"
		if s.vouching != nil {
			name = s.vouching.Name
		}
		return s.tell(ctx, by, aboutUnlinked, name)
	}), "unlink an identity")
}
