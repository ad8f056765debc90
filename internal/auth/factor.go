package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrSecond asks for the second factor of someone whose password was right.
	ErrSecond = fault.Unauthorized("auth.second", "The password is right. Now give the code of your authenticator, or a recovery code.")
	// ErrCode is the answer to a code that is wrong, too old, or used already.
	ErrCode = fault.Invalid("code", "auth.code", "This code is not right, or was used already. Wait for the next one, or take a recovery code.")
	// ErrNoSetup is the answer to a first code where no authenticator is being set up.
	ErrNoSetup = fault.Conflict("auth.no_setup", "There is no authenticator being set up. Begin once more.")
	// ErrHasAuthenticator refuses a second authenticator.
	ErrHasAuthenticator = fault.Conflict("auth.has_authenticator", "You have an authenticator already. Remove it first, then set up the new one.")
	// ErrLastFactor refuses to take away the last factor of who must have one.
	ErrLastFactor = fault.Conflict("auth.last_factor", "In your role you need a second factor. Add another one first, then remove this.")
	// ErrLastWay refuses to take away the only way by which someone gets in.
	ErrLastWay = fault.Conflict("auth.last_way", "This is the only way you have to sign in. Set a password or make a passkey first.")
	// ErrNoFactor is the answer where someone has no second factor and the act is about it.
	ErrNoFactor = fault.Conflict("auth.no_factor", "You have no second factor yet. Set up an authenticator or a passkey first.")
)

const (
	stepFor       = 30 * time.Second // how long a code is shown
	recoveryCodes = 10               // how many are made at once
)

// codes is how an authenticator computes, RFC 6238 with what every app knows.
var codes = hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}

// Factors are what someone has beside a password.
type Factors struct {
	Authenticator clock.Instant // since when; zero: none
	Recovery      int           // recovery codes that are left
	Passkeys      []Passkey
}

// Any reports whether there is a second factor.
func (f Factors) Any() bool { return !f.Authenticator.IsZero() || len(f.Passkeys) > 0 }

// Setup is an authenticator that waits for its first code.
type Setup struct {
	Secret string // to type by hand
	URL    string // otpauth://, to scan
}

// Factors says what second factors by has.
func (s *Service) Factors(ctx context.Context, by actor.Actor) (Factors, error) {
	if err := own(by); err != nil {
		return Factors{}, err
	}
	f, err := s.factors(ctx, by.Member)
	return f, fault.Wrap(err, "list second factors")
}

func (s *Service) factors(ctx context.Context, member id.ID) (f Factors, err error) {
	a, err := s.store.authenticator(ctx, member)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return f, err
	}
	f.Authenticator = a.ActiveAt
	if f.Passkeys, err = s.store.passkeys(ctx, member); err != nil {
		return f, err
	}
	f.Recovery, err = s.store.recoveryLeft(ctx, member)
	return f, err
}

// BeginAuthenticator makes the secret of by's authenticator. It counts from its first
// code on. Beginning again makes another.
func (s *Service) BeginAuthenticator(ctx context.Context, by actor.Actor) (Setup, error) {
	if err := s.fresh(by); err != nil {
		return Setup{}, err
	}
	raw := make([]byte, 20)
	rand.Read(raw)
	secret := base32.StdEncoding.EncodeToString(raw)
	sealed, err := s.keys.seal(secret, "authenticator "+by.Member.String())
	if err != nil {
		return Setup{}, fault.Wrap(err, "begin an authenticator")
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lock(ctx, "factors|"+by.Member.String()); err != nil {
			return err
		}
		switch old, err := s.store.authenticator(ctx, by.Member); {
		case errors.Is(err, db.ErrNone):
		case err != nil:
			return err
		case !old.ActiveAt.IsZero():
			return ErrHasAuthenticator
		}
		return s.store.setAuthenticator(ctx, authenticator{MemberID: by.Member, Secret: sealed, CreatedAt: s.clock.Now()})
	})
	if err != nil {
		return Setup{}, fault.Wrap(err, "begin an authenticator")
	}
	return s.setup(ctx, by.Member, secret)
}

// GiveAuthenticator sets somebody's authenticator to a key that is known, without a code:
// for the demo, whose sign-ins are everybody's.
func (s *Service) GiveAuthenticator(ctx context.Context, by actor.Actor, member id.ID, secret string) error {
	if !by.IsHouse() {
		return actor.ErrForbidden
	}
	sealed, err := s.keys.seal(secret, "authenticator "+member.String())
	if err != nil {
		return fault.Wrap(err, "give an authenticator")
	}
	now := s.clock.Now()
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		return s.store.setAuthenticator(ctx, authenticator{MemberID: member, Secret: sealed, CreatedAt: now, ActiveAt: now})
	}), "give an authenticator")
}

// PendingAuthenticator is the authenticator that by is setting up, or ErrNoSetup.
func (s *Service) PendingAuthenticator(ctx context.Context, by actor.Actor) (Setup, error) {
	if err := s.fresh(by); err != nil {
		return Setup{}, err
	}
	a, err := s.store.authenticator(ctx, by.Member)
	if errors.Is(err, db.ErrNone) || err == nil && !a.ActiveAt.IsZero() {
		return Setup{}, ErrNoSetup
	}
	if err != nil {
		return Setup{}, fault.Wrap(err, "look an authenticator up")
	}
	secret, err := s.keys.open(a.Secret, "authenticator "+by.Member.String())
	if err != nil {
		return Setup{}, ErrNoSetup.Because(err)
	}
	return s.setup(ctx, by.Member, secret)
}

func (s *Service) setup(ctx context.Context, member id.ID, secret string) (Setup, error) {
	person, err := s.people.ByID(ctx, member)
	if err != nil {
		return Setup{}, fault.Wrap(err, "begin an authenticator")
	}
	u := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/Guildhall:" + person.Email,
		RawQuery: url.Values{"secret": {secret}, "issuer": {"Guildhall"}}.Encode(),
	}
	return Setup{Secret: secret, URL: u.String()}, nil
}

// FinishAuthenticator takes the first code as proof that the authenticator works. It
// counts from now on; by's other sessions end. The recovery codes come back where by
// had no second factor before, and are shown this once.
func (s *Service) FinishAuthenticator(ctx context.Context, by actor.Actor, code string) ([]string, error) {
	if err := s.fresh(by); err != nil {
		return nil, err
	}
	limits := codeLimits(by.Member)
	if err := s.try(ctx, limits); err != nil {
		return nil, err
	}
	a, err := s.store.authenticator(ctx, by.Member)
	if errors.Is(err, db.ErrNone) || err == nil && !a.ActiveAt.IsZero() {
		return nil, ErrNoSetup
	}
	if err != nil {
		return nil, fault.Wrap(err, "finish an authenticator")
	}
	step, err := s.stepOf(a, code)
	if err != nil {
		return nil, err
	}
	return s.enrolled(ctx, by, aboutFactorOn, "", limits, func(ctx context.Context) error {
		return instead(s.store.activate(ctx, a, step, s.clock.Now()), db.ErrNone, ErrNoSetup)
	})
}

// enrolled adds a factor by add, in the one transaction that ends by's other sessions,
// makes the recovery codes if these are by's first, and tells by of it.
func (s *Service) enrolled(ctx context.Context, by actor.Actor, what about, name string, limits []limit, add func(ctx context.Context) error) ([]string, error) {
	texts, rows, err := s.firstRecovery(ctx, by.Member)
	if err != nil {
		return nil, fault.Wrap(err, "add a second factor")
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lock(ctx, "factors|"+by.Member.String()); err != nil {
			return err
		}
		if err := add(ctx); err != nil {
			return err
		}
		left, err := s.store.recoveryLeft(ctx, by.Member)
		if err != nil {
			return err
		}
		if left > 0 {
			texts, rows = nil, nil // another factor came first at the same moment, and brought codes
		}
		if err := s.store.addRecovery(ctx, rows); err != nil {
			return err
		}
		if err := s.forgive(ctx, limits); err != nil {
			return err
		}
		if _, err := s.store.endAll(ctx, by.Member, by.Session, s.clock.Now()); err != nil {
			return err
		}
		if err := s.proven(ctx, by.Session, true); err != nil {
			return err
		}
		return s.tell(ctx, by, what, name)
	})
	if err != nil {
		return nil, fault.Wrap(err, "add a second factor")
	}
	return texts, nil
}

// firstRecovery makes recovery codes for who has none: before the transaction that keeps
// them, for their hashes take half a second.
func (s *Service) firstRecovery(ctx context.Context, member id.ID) ([]string, []recoveryCode, error) {
	left, err := s.store.recoveryLeft(ctx, member)
	if err != nil || left > 0 {
		return nil, nil, err
	}
	return s.makeRecovery(ctx, member)
}

// RemoveAuthenticator takes by's authenticator away. Who must have a second factor
// keeps the last one.
func (s *Service) RemoveAuthenticator(ctx context.Context, by actor.Actor) error {
	return s.removeFactor(ctx, by, aboutFactorOff, "", func(ctx context.Context) error {
		return instead(s.store.dropAuthenticator(ctx, by.Member), db.ErrNone, ErrNoFactor)
	})
}

func (s *Service) removeFactor(ctx context.Context, by actor.Actor, what about, name string, remove func(ctx context.Context) error) error {
	if err := s.fresh(by); err != nil {
		return err
	}
	person, err := s.people.ByID(ctx, by.Member)
	if err != nil {
		return fault.Wrap(err, "remove a second factor")
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lock(ctx, "factors|"+by.Member.String()); err != nil {
			return err
		}
		if err := remove(ctx); err != nil {
			return err
		}
		left, err := s.factors(ctx, by.Member)
		if err != nil {
			return err
		}
		if !left.Any() {
			required, err := s.store.factorRequired(ctx)
			if err != nil {
				return err
			}
			if required && person.Staff {
				return ErrLastFactor
			}
			if err := s.store.dropRecovery(ctx, by.Member); err != nil {
				return err
			}
		}
		if err := s.getsIn(ctx, by.Member); err != nil {
			return err
		}
		return s.tell(ctx, by, what, name)
	})
	return fault.Wrap(err, "remove a second factor")
}

// getsIn refuses to leave a member without any way to sign in.
func (s *Service) getsIn(ctx context.Context, member id.ID) error {
	password, err := s.store.password(ctx, member)
	if err != nil || password != "" {
		return err
	}
	identities, err := s.store.identities(ctx, member)
	if err != nil || len(identities) > 0 {
		return err
	}
	keys, err := s.store.passkeys(ctx, member)
	if err == nil && len(keys) == 0 {
		err = ErrLastWay
	}
	return err
}

// NewRecoveryCodes makes by's recovery codes anew; the ones before are void. They are
// shown this once.
func (s *Service) NewRecoveryCodes(ctx context.Context, by actor.Actor) ([]string, error) {
	if err := s.fresh(by); err != nil {
		return nil, err
	}
	f, err := s.factors(ctx, by.Member)
	if err != nil {
		return nil, fault.Wrap(err, "make recovery codes")
	}
	if !f.Any() {
		return nil, ErrNoFactor
	}
	texts, rows, err := s.makeRecovery(ctx, by.Member)
	if err != nil {
		return nil, fault.Wrap(err, "make recovery codes")
	}
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lock(ctx, "factors|"+by.Member.String()); err != nil {
			return err
		}
		if err := s.store.dropRecovery(ctx, by.Member); err != nil {
			return err
		}
		if err := s.store.addRecovery(ctx, rows); err != nil {
			return err
		}
		return s.tell(ctx, by, aboutCodesMade, "")
	})
	return texts, fault.Wrap(err, "make recovery codes")
}

// makeRecovery makes ten codes as they are shown, and as they are kept. The two
// characters that each begins with tell it from the other nine.
func (s *Service) makeRecovery(ctx context.Context, member id.ID) ([]string, []recoveryCode, error) {
	var texts []string
	var rows []recoveryCode
	seen := map[string]bool{}
	for len(rows) < recoveryCodes {
		text := strings.ToLower(rand.Text()[:12])
		if seen[text[:2]] {
			continue
		}
		seen[text[:2]] = true
		hash, err := s.hasher.hash(ctx, text)
		if err != nil {
			return nil, nil, err
		}
		texts = append(texts, text[:4]+"-"+text[4:8]+"-"+text[8:])
		rows = append(rows, recoveryCode{ID: id.New(), MemberID: member, Hint: text[:2], Hash: hash, CreatedAt: s.clock.Now()})
	}
	return texts, rows, nil
}

// second checks the code of a second factor, and gives what uses it up, to be called
// within the transaction that the code is good for. Of two that bring the same code at
// once, one gets ErrCode there.
func (s *Service) second(ctx context.Context, member id.ID, code string) (spend func(ctx context.Context) error, err error) {
	code = strings.ToLower(strings.NewReplacer(" ", "", "-", "").Replace(code))
	if len(code) == int(otp.DigitsSix) {
		return s.bySecret(ctx, member, code)
	}
	row, err := s.store.recovery(ctx, member, code[:min(2, len(code))])
	if err != nil {
		return nil, instead(err, db.ErrNone, ErrCode)
	}
	right, _, err := s.hasher.verify(ctx, code, row.Hash)
	if err != nil {
		return nil, err
	}
	if !right {
		return nil, ErrCode
	}
	return func(ctx context.Context) error {
		if err := s.store.useRecovery(ctx, row.ID, s.clock.Now()); err != nil {
			return instead(err, db.ErrNone, ErrCode)
		}
		return s.tell(ctx, actor.Actor{Member: member}, aboutCodeUsed, "")
	}, nil
}

func (s *Service) bySecret(ctx context.Context, member id.ID, code string) (func(ctx context.Context) error, error) {
	a, err := s.store.authenticator(ctx, member)
	if errors.Is(err, db.ErrNone) || err == nil && a.ActiveAt.IsZero() {
		return nil, ErrCode
	}
	if err != nil {
		return nil, err
	}
	step, err := s.stepOf(a, code)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		return instead(s.store.useStep(ctx, member, step), db.ErrNone, ErrCode)
	}, nil
}

// stepOf is the step whose code this is: the present one, the one before or the one
// after, and later than the last that was used.
func (s *Service) stepOf(a authenticator, code string) (int64, error) {
	secret, err := s.keys.open(a.Secret, "authenticator "+a.MemberID.String())
	if err != nil {
		return 0, ErrCode.Because(err)
	}
	now := s.clock.Now().Unix() / int64(stepFor.Seconds())
	found := int64(0)
	for step := now - 1; step <= now+1; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), codes)
		if err != nil {
			return 0, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(strings.TrimSpace(code))) == 1 && step > a.Step {
			found = step
		}
	}
	if found == 0 {
		return 0, ErrCode
	}
	return found, nil
}

// FactorRequired reports whether owners, managers and the front desk must have a second factor.
func (s *Service) FactorRequired(ctx context.Context) (bool, error) {
	required, err := s.store.factorRequired(ctx)
	return required, fault.Wrap(err, "look up whether a second factor is required")
}

// ErrNotWholeHouse refuses what holds in every space to who owns only some of them.
var ErrNotWholeHouse = fault.Forbidden("auth.not_whole_house", "This holds in every space of the house, and you do not own all of them. Ask whoever owns the others.")

// MayRequireFactor refuses who does not own every space of the house.
func (s *Service) MayRequireFactor(ctx context.Context, by actor.Actor) error {
	if by.IsHouse() {
		return nil
	}
	if by.Highest() != actor.Owner {
		return actor.ErrForbidden
	}
	all, err := s.people.OwnsAll(ctx, by.Member)
	if err == nil && !all {
		err = ErrNotWholeHouse
	}
	return fault.Wrap(err, "what %s owns", by.Member)
}

// RequireFactor says whether they must, from their next request on.
func (s *Service) RequireFactor(ctx context.Context, by actor.Actor, required bool) error {
	if err := s.MayRequireFactor(ctx, by); err != nil {
		return err
	}
	if !by.IsHouse() {
		if err := s.fresh(by); err != nil {
			return err
		}
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.requireFactor(ctx, required); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, "", "security.edit", "", map[string]any{"factor_required": required})
	}), "require a second factor")
}

// ResetFactor takes all second factors of someone away who has lost them, ends their
// sessions and tells them. Only the house does so, on the command line.
func (s *Service) ResetFactor(ctx context.Context, by actor.Actor, member id.ID) error {
	if !by.IsHouse() {
		return actor.ErrForbidden
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.lock(ctx, "factors|"+member.String()); err != nil {
			return err
		}
		if err := s.store.dropFactors(ctx, member); err != nil {
			return err
		}
		if _, err := s.store.endAll(ctx, member, "", s.clock.Now()); err != nil {
			return err
		}
		if err := s.jobs.Add(ctx, Letter{About: aboutFactorOff, Member: member}); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, "", "auth.reset_factor", member, nil)
	}), "reset a second factor")
}

// tell writes to by of a change to their account, and records it.
func (s *Service) tell(ctx context.Context, by actor.Actor, what about, name string) error {
	if err := s.jobs.Add(ctx, Letter{About: what, Member: by.Member, Name: name}); err != nil {
		return err
	}
	var detail any
	if name != "" {
		detail = map[string]any{"name": name}
	}
	return s.audit.Record(ctx, by, "", actor.Operation("auth."+string(what)), by.Member, detail)
}

// reseal seals the secrets again that an older key sealed, so that it can be taken away.
func (s *Service) reseal(ctx context.Context) error {
	old, err := s.store.sealedOtherwise(ctx, s.keys[0].ID)
	if err != nil {
		return err
	}
	for _, a := range old {
		secret, err := s.keys.open(a.Secret, "authenticator "+a.MemberID.String())
		if err != nil {
			continue // its key is gone; recovery codes and the command line remain
		}
		sealed, err := s.keys.seal(secret, "authenticator "+a.MemberID.String())
		if err != nil {
			return err
		}
		if err := s.store.reseal(ctx, a, sealed); err != nil {
			return err
		}
	}
	return nil
}
