// Package idempotency makes a request that is sent twice be done once: the first
// with a key does the work, the others with the same key and content get the very
// same answer. It owns the keys and their stored answers for a day. Both the API
// (header Idempotency-Key) and the pages' forms (a hidden field, new with every
// showing of the form) go through Do. What the work is, it does not know; it is
// not for answers that hold a secret, such as a token, since it stores them.
package idempotency

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// The refusals.
var (
	// ErrKey refuses a key that is no key.
	ErrKey = fault.Invalid("Idempotency-Key", "idempotency.key", "An idempotency key is 1 to 200 visible ASCII characters, for example a UUID.")
	// ErrOtherBody refuses a key that was used for something else.
	ErrOtherBody = fault.Invalid("Idempotency-Key", "idempotency.other_body", "This idempotency key was used for a different request. Send a new key with a new request.")
	// ErrInFlight says that the first request with this key has not been answered yet.
	ErrInFlight = fault.Conflict("idempotency.in_flight", "The same request is still being worked on. Ask again in a few seconds.").After(5)
	// ErrDone says that the work was done, but the program was stopped before it could store the answer.
	ErrDone = fault.Conflict("idempotency.done", "This was done already, but its answer was lost. Look at what is there before you do it again.")
)

// How long things last: a stored answer, a record whose program may have died, and
// the patience of those who wait for the first.
const (
	keptFor     = 24 * time.Hour
	inFlightFor = time.Minute
	waitFor     = 15 * time.Second
)

// ReplayedHeader is set to "true" on an answer that was given before.
const ReplayedHeader = "Idempotent-Replayed"

// Key names a request: whose it is (a member's id, or what stands for a stranger),
// what it was sent to ("POST /api/v1/bookings"), and the key they chose.
type Key struct {
	Actor string
	Route string
	Key   string
}

// Answer is what was answered. Header holds only what is to be given again.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// final reports whether the same request would be answered so again: not what is
// our own fault, and not "sign in first" or "wait a little".
func (a Answer) final() bool {
	switch a.Status {
	case http.StatusUnauthorized, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return a.Status >= 200 && a.Status < 500
}

// Hash is the fingerprint of a request's content, by which another body under the same key is told.
func Hash(parts ...[]byte) string {
	h := sha256.New()
	for _, part := range parts {
		size := [8]byte{}
		for i, n := 0, len(part); i < 8; i, n = i+1, n>>8 {
			size[i] = byte(n)
		}
		h.Write(size[:])
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Keys remembers which requests were done.
type Keys struct {
	db    *db.DB
	clock clock.Clock
	log   *slog.Logger
}

// New makes the memory of a database.
func New(d *db.DB, c clock.Clock, log *slog.Logger) *Keys {
	if log == nil {
		log = slog.Default()
	}
	return &Keys{db: d, clock: c, log: log}
}

// Do does the work once for each key. The first caller's work is done, and its
// answer stored if it is final (2xx, 3xx, most of 4xx); an error of work, a 5xx and
// a panic leave the key free again, unless a transaction of the work was committed:
// then the key answers ErrDone from then on. A caller with the same key and hash
// waits for the first and gets its stored answer with replayed true; with another
// hash it is ErrOtherBody. work must use the ctx it is given.
func (k *Keys) Do(ctx context.Context, key Key, hash string, work func(ctx context.Context) (Answer, error)) (answer Answer, replayed bool, err error) {
	if !key.valid() {
		return Answer{}, false, ErrKey
	}
	mine, stored, err := k.claim(ctx, key, hash)
	if err != nil {
		return Answer{}, false, fault.Wrap(err, "claim an idempotency key")
	}
	if !mine {
		return stored, true, nil
	}
	// Whoever asked may be gone by now; the key is to be settled all the same.
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), inFlightFor)
	defer cancel()
	answered := false
	defer func() {
		if !answered {
			k.settle(settle, key, k.release)
		}
	}()
	answer, err = work(k.db.Along(ctx, func(ctx context.Context) error { return k.markDone(ctx, key) }))
	switch {
	case err != nil || answer.Status >= 500:
	case answer.final():
		answered = true
		k.settle(settle, key, func(ctx context.Context, key Key) error { return k.store(ctx, key, answer) })
	default:
		answered = true
		k.settle(settle, key, k.forget)
	}
	return answer, false, err
}

// settle writes what became of the key. The work is done or not by now, so an error
// here is logged and does not change the answer.
func (k *Keys) settle(ctx context.Context, key Key, write func(context.Context, Key) error) {
	if err := write(ctx, key); err != nil {
		k.log.ErrorContext(ctx, "an idempotency key was not settled", "route", key.Route, "err", err)
	}
}

// claim takes the key, or waits for the answer of whoever has it.
func (k *Keys) claim(ctx context.Context, key Key, hash string) (mine bool, stored Answer, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, waitFor, ErrInFlight)
	defer cancel()
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		r, err := k.find(ctx, key)
		switch {
		case errors.Is(err, db.ErrNone):
			if mine, err = k.begin(ctx, key, hash); mine || err != nil {
				return mine, Answer{}, err
			}
			continue
		case ctx.Err() != nil:
			return false, Answer{}, context.Cause(ctx)
		case err != nil:
			return false, Answer{}, err
		case r.RequestHash != hash:
			return false, Answer{}, ErrOtherBody
		case r.Status > done:
			stored, err = r.answer()
			return false, stored, err
		}
		if k.clock.Now().Sub(r.CreatedAt) >= inFlightFor {
			if r.Status == done {
				return false, Answer{}, ErrDone
			}
			if mine, err = k.takeOver(ctx, key, r); mine || err != nil {
				return mine, Answer{}, err
			}
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return false, Answer{}, context.Cause(ctx)
		}
	}
}

// Forget drops the answers that are older than a day. It is periodic work.
func (k *Keys) Forget(ctx context.Context) error {
	return fault.Wrap(k.deleteBefore(ctx, k.clock.Now().Add(-keptFor)), "forget old idempotency keys")
}

func (k Key) valid() bool {
	if len(k.Key) < 1 || len(k.Key) > 200 {
		return false
	}
	for _, c := range []byte(k.Key) {
		if c < '!' || c > '~' {
			return false
		}
	}
	return true
}

// Erase forgets what an actor was answered, but for the request that is being
// answered. It is asked in the transaction that erases the person.
func (k *Keys) Erase(ctx context.Context, actor id.ID) error {
	return fault.Wrap(k.deleteOf(ctx, actor.String()), "erase the answers to %s", actor)
}
