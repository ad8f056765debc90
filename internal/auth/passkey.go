package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrPasskey is the answer to a passkey that is unknown here or does not prove what was asked.
	ErrPasskey = fault.Invalid("passkey", "auth.passkey", "This passkey is not known here, or did not answer as it should. Try once more, or sign in with your password.")
	// ErrNoPasskey is the answer where there is no such passkey, or it is another's.
	ErrNoPasskey = fault.NotFound("auth.no_passkey", "There is no such passkey among yours.")
	// ErrNoPasskeysHere says that this address can't have passkeys: browsers want a name, and TLS.
	ErrNoPasskeysHere = fault.Unavailable("auth.no_passkeys_here", "Passkeys need this house to be reached by a name and over TLS. Whoever runs the server can set that up.")
	// ErrPasskeyName refuses a name that is no name.
	ErrPasskeyName = fault.Invalid("name", "auth.passkey_name", "Give the passkey a name of 1 to 100 characters, such as the device it is on.")
	// ErrManyPasskeys refuses one more than anybody needs.
	ErrManyPasskeys = fault.Conflict("auth.many_passkeys", "You have {{.Most}} passkeys. Remove one you no longer use first.").With("Most", maxPasskeys)
)

const (
	maxPasskeys = 20
	maxName     = 100 // characters of what a person names
)

// Passkey is a key on somebody's device, of which this house knows the public half.
type Passkey struct {
	ID         id.ID
	MemberID   id.ID
	Handle     string // the credential's id, base64url
	Name       string
	Credential string // JSON, as the library keeps it
	CreatedAt  clock.Instant
	UsedAt     clock.Instant // zero: never since
}

// Ask is what a browser is to ask a device; Token goes back with the answer.
type Ask struct {
	Token   string          `json:"token"`
	Options json.RawMessage `json:"options"`
}

// relying is who passkeys are made for: the host of the base URL, and the pages there.
// Nil where browsers would not make any: an address without a name. A number of this
// machine stands for localhost.
func relying(base string) *webauthn.WebAuthn {
	u, err := url.Parse(base)
	if err != nil {
		return nil
	}
	host := u.Hostname()
	if a, err := netip.ParseAddr(host); err == nil {
		if !a.IsLoopback() {
			return nil
		}
		host = "localhost"
		u.Host = strings.Replace(u.Host, u.Hostname(), host, 1)
		if a.Is6() {
			u.Host = host + ":" + u.Port()
		}
	}
	if u.Scheme != "https" && host != "localhost" {
		return nil
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "Guildhall", RPOrigins: []string{u.Scheme + "://" + u.Host}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil
	}
	return w
}

// PasskeysAt is the address at which passkeys can be had; empty if nowhere.
func (s *Service) PasskeysAt() string {
	if s.relying == nil {
		return ""
	}
	return s.relying.Config.RPOrigins[0]
}

// bearer is a person as the library knows them.
type bearer struct {
	Person
	keys []webauthn.Credential
}

func (b bearer) WebAuthnID() []byte                         { return []byte(b.ID) }
func (b bearer) WebAuthnName() string                       { return b.Email }
func (b bearer) WebAuthnDisplayName() string                { return b.Name }
func (b bearer) WebAuthnCredentials() []webauthn.Credential { return b.keys }

func (s *Service) bearer(ctx context.Context, member id.ID) (bearer, error) {
	person, err := s.people.ByID(ctx, member)
	if err != nil {
		return bearer{}, err
	}
	b := bearer{Person: person}
	keys, err := s.store.passkeys(ctx, member)
	for _, k := range keys {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(k.Credential), &c); err != nil {
			return bearer{}, err
		}
		b.keys = append(b.keys, c)
	}
	return b, err
}

// What a passkey is asked for.
const (
	toRegister = "register"
	toSignIn   = "sign_in"
	toProve    = "prove"
)

// BeginPasskey asks by's device to make a passkey.
func (s *Service) BeginPasskey(ctx context.Context, by actor.Actor) (Ask, error) {
	if err := s.fresh(by); err != nil {
		return Ask{}, err
	}
	if s.relying == nil {
		return Ask{}, ErrNoPasskeysHere
	}
	b, err := s.bearer(ctx, by.Member)
	if err != nil {
		return Ask{}, fault.Wrap(err, "begin a passkey")
	}
	if len(b.keys) >= maxPasskeys {
		return Ask{}, ErrManyPasskeys
	}
	options, state, err := s.relying.BeginRegistration(b, webauthn.WithExclusions(webauthn.Credentials(b.keys).CredentialDescriptors()))
	if err != nil {
		return Ask{}, fault.Wrap(err, "begin a passkey")
	}
	a, err := s.askDevice(ctx, toRegister, by.Member, options, state)
	return a, fault.Wrap(err, "begin a passkey")
}

func (s *Service) askDevice(ctx context.Context, what string, member id.ID, options, state any) (Ask, error) {
	text, err := json.Marshal(options)
	if err != nil {
		return Ask{}, err
	}
	token := newToken()
	return Ask{Token: token, Options: text}, s.ask(ctx, what, token, member, state)
}

// FinishPasskey takes the passkey that by's device has made. by's other sessions end.
// The recovery codes come back where by had no second factor before.
func (s *Service) FinishPasskey(ctx context.Context, by actor.Actor, token, name string, answer []byte) ([]string, error) {
	if err := s.fresh(by); err != nil {
		return nil, err
	}
	if s.relying == nil {
		return nil, ErrNoPasskeysHere
	}
	name, wrong := named(name, ErrPasskeyName)
	if wrong != nil {
		return nil, wrong
	}
	var state webauthn.SessionData
	member, err := s.answered(ctx, toRegister, token, &state)
	if err != nil {
		return nil, fault.Wrap(err, "finish a passkey")
	}
	if member != by.Member {
		return nil, ErrCeremony
	}
	b, err := s.bearer(ctx, by.Member)
	if err != nil {
		return nil, fault.Wrap(err, "finish a passkey")
	}
	made, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, ErrPasskey.Because(err)
	}
	credential, err := s.relying.CreateCredential(b, state, made)
	if err != nil {
		return nil, ErrPasskey.Because(err)
	}
	text, err := json.Marshal(credential)
	if err != nil {
		return nil, fault.Wrap(err, "finish a passkey")
	}
	return s.enrolled(ctx, by, aboutPasskeyAdded, name, nil, func(ctx context.Context) error {
		handle := handleOf(credential.ID)
		if _, err := s.store.passkey(ctx, handle); err == nil {
			return ErrPasskey
		}
		return s.store.addPasskey(ctx, Passkey{
			ID: id.New(), MemberID: by.Member, Handle: handle, Name: name, Credential: string(text), CreatedAt: s.clock.Now(),
		})
	})
}

func handleOf(credential []byte) string { return base64.RawURLEncoding.EncodeToString(credential) }

// named is a name as it is kept.
func named(name string, refusal *fault.Error) (string, *fault.Error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > maxName {
		return "", refusal
	}
	return name, nil
}

// BeginPasskeySignIn asks any device for a passkey of this house, whoever's it may be.
func (s *Service) BeginPasskeySignIn(ctx context.Context, from From) (Ask, error) {
	if s.relying == nil {
		return Ask{}, ErrNoPasskeysHere
	}
	if err := s.try(ctx, []limit{{"passkey|" + network(from.Address), 60, 10 * time.Minute, 10 * time.Minute}}); err != nil {
		return Ask{}, err
	}
	options, state, err := s.relying.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ask{}, fault.Wrap(err, "begin a sign-in by passkey")
	}
	a, err := s.askDevice(ctx, toSignIn, "", options, state)
	return a, fault.Wrap(err, "begin a sign-in by passkey")
}

// SignInByPasskey begins a session of whoever the passkey belongs to. It is a second
// factor by itself: the device has asked for a finger or a PIN.
func (s *Service) SignInByPasskey(ctx context.Context, from From, token string, answer []byte) (Tokens, error) {
	if s.relying == nil {
		return Tokens{}, ErrNoPasskeysHere
	}
	person, use, err := s.shown(ctx, toSignIn, "", token, answer)
	if err != nil {
		return Tokens{}, fault.Wrap(err, "sign in by passkey")
	}
	tokens, err := s.admit(ctx, from, person, nil, use, "passkey")
	return tokens, fault.Wrap(err, "sign in by passkey")
}

// BeginPasskeyProof asks for one of by's passkeys, to prove that it is still they.
func (s *Service) BeginPasskeyProof(ctx context.Context, by actor.Actor) (Ask, error) {
	if err := own(by); err != nil {
		return Ask{}, err
	}
	if s.relying == nil {
		return Ask{}, ErrNoPasskeysHere
	}
	options, state, err := s.relying.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return Ask{}, fault.Wrap(err, "begin a proof by passkey")
	}
	a, err := s.askDevice(ctx, toProve, by.Member, options, state)
	return a, fault.Wrap(err, "begin a proof by passkey")
}

// ProveByPasskey takes one of by's passkeys as proof of who by is.
func (s *Service) ProveByPasskey(ctx context.Context, by actor.Actor, token string, answer []byte) (clock.Instant, error) {
	if err := own(by); err != nil {
		return clock.Instant{}, err
	}
	if s.relying == nil {
		return clock.Instant{}, ErrNoPasskeysHere
	}
	_, use, err := s.shown(ctx, toProve, by.Member, token, answer)
	if err != nil {
		return clock.Instant{}, fault.Wrap(err, "prove by passkey")
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := use(ctx); err != nil {
			return err
		}
		return s.proven(ctx, by.Session, true)
	})
	return s.clock.Now().Add(actor.FreshFor), fault.Wrap(err, "prove by passkey")
}

// shown is whose passkey has answered what was asked, and what notes its use.
func (s *Service) shown(ctx context.Context, what string, member id.ID, token string, answer []byte) (Person, func(ctx context.Context) error, error) {
	var state webauthn.SessionData
	asked, err := s.answered(ctx, what, token, &state)
	if err != nil {
		return Person{}, nil, err
	}
	got, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil || asked != member {
		return Person{}, nil, ErrPasskey.Because(err)
	}
	key, err := s.store.passkey(ctx, handleOf(got.RawID))
	if err != nil || member != "" && key.MemberID != member {
		return Person{}, nil, instead(orNone(err), db.ErrNone, ErrPasskey)
	}
	b, err := s.bearer(ctx, key.MemberID)
	if err != nil {
		return Person{}, nil, err
	}
	credential, err := s.relying.ValidateDiscoverableLogin(func(_, handle []byte) (webauthn.User, error) {
		if id.ID(handle) != b.ID {
			return nil, ErrPasskey
		}
		return b, nil
	}, state, got)
	if err != nil {
		return Person{}, nil, ErrPasskey.Because(err)
	}
	if credential.Authenticator.CloneWarning {
		return Person{}, nil, ErrPasskey
	}
	text, err := json.Marshal(credential)
	key.Credential, key.UsedAt = string(text), s.clock.Now()
	return b.Person, func(ctx context.Context) error {
		return instead(s.store.usePasskey(ctx, key), db.ErrNone, ErrPasskey)
	}, err
}

// orNone is err, or db.ErrNone in the place of none.
func orNone(err error) error {
	if err == nil {
		return db.ErrNone
	}
	return err
}

// RenamePasskey gives one of by's passkeys another name.
func (s *Service) RenamePasskey(ctx context.Context, by actor.Actor, passkey id.ID, name string) error {
	if err := own(by); err != nil {
		return err
	}
	name, wrong := named(name, ErrPasskeyName)
	if wrong != nil {
		return wrong
	}
	err := s.db.Tx(ctx, func(ctx context.Context) error { return s.store.renamePasskey(ctx, by.Member, passkey, name) })
	return fault.Wrap(instead(err, db.ErrNone, ErrNoPasskey), "rename a passkey")
}

// RemovePasskey takes one of by's passkeys away; who must have a second factor keeps the last.
func (s *Service) RemovePasskey(ctx context.Context, by actor.Actor, passkey id.ID) error {
	if err := s.fresh(by); err != nil {
		return err
	}
	all, err := s.store.passkeys(ctx, by.Member)
	if err != nil {
		return fault.Wrap(err, "remove a passkey")
	}
	for _, k := range all {
		if k.ID == passkey {
			return s.removeFactor(ctx, by, aboutPasskeyRemoved, k.Name, func(ctx context.Context) error {
				return instead(s.store.dropPasskey(ctx, by.Member, passkey), db.ErrNone, ErrNoPasskey)
			})
		}
	}
	return ErrNoPasskey
}
