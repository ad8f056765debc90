package auth

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"guildhall/internal/clock"
	"guildhall/internal/id"
)

// attempt is one try at something that is limited.
type attempt struct {
	ID  id.ID
	Key string
	At  clock.Instant
}

// limit lets so many tries pass in a time. Whoever used them up waits from the last
// one on; tries that were refused do not count, so a wait always ends.
type limit struct {
	key    string
	tries  int
	within time.Duration
	wait   time.Duration
}

// attemptsFor is how long tries are remembered: longer than any limit looks back, or waits.
const attemptsFor = 25 * time.Hour

// signInLimits counts failed sign-ins. Nobody can be kept out by a stranger for good:
// the waits are short, and a device that has signed in before counts by itself.
func (s *Service) signInLimits(from From, email string, now clock.Instant) []limit {
	who := signInKey(email)
	if c, err := s.keys.read(deviceToken, from.Device, now); err == nil && c.Subject == digest(addressKey(email)) {
		return []limit{{who + "|device|" + c.ID, 10, 10 * time.Minute, 5 * time.Minute}}
	}
	return []limit{
		{who + "|" + network(from.Address), 5, 10 * time.Minute, 15 * time.Minute},
		{who, 30, 10 * time.Minute, 15 * time.Minute},
		{"sign_in|" + network(from.Address), 100, 10 * time.Minute, 10 * time.Minute},
	}
}

// signInKey is what the failed sign-ins to an address are counted under; those from one
// place or one device have more behind it.
func signInKey(email string) string { return "sign_in|" + digest(addressKey(email)) }

func letterLimits(what string, from From, email string) []limit {
	return []limit{
		{what + "|" + digest(addressKey(email)), 3, time.Hour, 15 * time.Minute},
		{what + "|" + network(from.Address), 20, 10 * time.Minute, 10 * time.Minute},
	}
}

func passwordLimits(member id.ID) []limit {
	return []limit{{"password|" + member.String(), 5, 10 * time.Minute, 15 * time.Minute}}
}

// codeLimits count guesses at the codes of someone who is known by their password, or
// signed in.
func codeLimits(member id.ID) []limit {
	return []limit{{"code|" + member.String(), 5, 10 * time.Minute, 15 * time.Minute}}
}

// try counts one try against all the limits, or refuses it with ErrTooMany. It is
// counted before it is known how it ends, so that many at one moment do not all
// pass; forgive takes it back.
func (s *Service) try(ctx context.Context, limits []limit) error {
	now := s.clock.Now()
	var wait time.Duration
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		wait = 0
		for _, l := range limits {
			if max(l.within, l.wait) > attemptsFor {
				return fmt.Errorf("the limit %s looks back for %s, and tries are remembered for %s", l.key, max(l.within, l.wait), attemptsFor)
			}
			if err := s.store.lock(ctx, l.key); err != nil {
				return err
			}
			at, err := s.store.latest(ctx, l.key, l.tries)
			if err != nil {
				return err
			}
			wait = max(wait, l.left(at, now))
		}
		if wait > 0 {
			return nil
		}
		for _, l := range limits {
			if err := s.store.addAttempt(ctx, attempt{ID: id.New(), Key: l.key, At: now}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || wait == 0 {
		return err
	}
	return ErrTooMany.With("Minutes", int(math.Ceil(wait.Minutes()))).After(int(math.Ceil(wait.Seconds())))
}

// left is how long someone must wait whose latest tries, the last one first, were at these moments.
func (l limit) left(at []clock.Instant, now clock.Instant) time.Duration {
	if len(at) < l.tries || at[0].Sub(at[len(at)-1]) > l.within {
		return 0
	}
	return max(0, at[0].Add(l.wait).Sub(now))
}

// forgive forgets the tries of the narrowest of the limits and the last one of the others.
func (s *Service) forgive(ctx context.Context, limits []limit) error {
	for i, l := range limits {
		forget := s.store.forgetLast
		if i == 0 {
			forget = s.store.forget
		}
		if err := forget(ctx, l.key); err != nil {
			return err
		}
	}
	return nil
}

// network is what is counted as one place: an address, or the 64 bits of IPv6 within
// which whoever has one has all.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() {
		return address
	}
	p, err := a.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// addressKey is how addresses are counted, so that writing one in another way does
// not give new tries.
func addressKey(email string) string {
	return strings.ToLower(norm.NFC.String(strings.TrimSpace(email)))
}
