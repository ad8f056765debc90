// Package clock hands in the time. Nothing else in the house asks the machine
// what time it is, so a test (or /dev/clock) can move it. An Instant is what is
// stored: UTC, cut to the second. Local rules are worked out in a space's zone
// by whoever owns the rule.
package clock

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface {
	Now() Instant
}

// Instant is a moment in UTC, whole seconds, stored as a BIGINT of Unix seconds
// on both databases. The zero Instant means "not set" and is stored as NULL.
type Instant struct{ time.Time }

// At cuts t to the second and turns it to UTC.
func At(t time.Time) Instant {
	if t.IsZero() {
		return Instant{}
	}
	return Instant{t.UTC().Truncate(time.Second)}
}

// Unix is the Instant of so many seconds since 1970.
func Unix(s int64) Instant { return Instant{time.Unix(s, 0).UTC()} }

// Add is the Instant d later.
func (i Instant) Add(d time.Duration) Instant { return At(i.Time.Add(d)) }

// Before, After and Sub compare Instants.
func (i Instant) Before(o Instant) bool { return i.Time.Before(o.Time) }

// After reports whether i is later than o.
func (i Instant) After(o Instant) bool { return i.Time.After(o.Time) }

// Sub is the time from o to i.
func (i Instant) Sub(o Instant) time.Duration { return i.Time.Sub(o.Time) }

// Equal reports whether both are the same moment.
func (i Instant) Equal(o Instant) bool { return i.Time.Equal(o.Time) }

// GormDataType says that the column is a BIGINT.
func (Instant) GormDataType() string { return "bigint" }

// Value stores Unix seconds, or NULL.
func (i Instant) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return i.Unix(), nil
}

// Scan reads Unix seconds, or NULL.
func (i *Instant) Scan(v any) error {
	switch x := v.(type) {
	case nil:
		*i = Instant{}
	case int64:
		*i = Unix(x)
	default:
		return fmt.Errorf("clock: an instant from %T", v)
	}
	return nil
}

// MarshalJSON writes RFC 3339, or null.
func (i Instant) MarshalJSON() ([]byte, error) {
	if i.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(i.Time.Format(time.RFC3339))
}

// UnmarshalJSON reads RFC 3339, or null.
func (i *Instant) UnmarshalJSON(b []byte) error {
	var t *time.Time
	if err := json.Unmarshal(b, &t); err != nil {
		return err
	}
	if t == nil {
		*i = Instant{}
		return nil
	}
	*i = At(*t)
	return nil
}

// System is the machine's own clock.
type System struct{}

// Now is the machine's time, cut to the second.
func (System) Now() Instant { return At(time.Now()) }

// Movable is a clock that can be set: it runs on from where it was put. The
// zero Movable runs with the machine.
type Movable struct {
	mu     sync.Mutex
	offset time.Duration
	frozen Instant
}

// Frozen is a clock that stands at t until it is moved; tests use it.
func Frozen(t Instant) *Movable { return &Movable{frozen: t} }

// Now is the time this clock shows.
func (m *Movable) Now() Instant {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.frozen.IsZero() {
		return m.frozen
	}
	return At(time.Now().Add(m.offset))
}

// Set puts the clock to t. A frozen clock stays frozen there; another runs on.
func (m *Movable) Set(t Instant) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.frozen.IsZero() {
		m.frozen = t
		return
	}
	m.offset = time.Until(t.Time)
}

// Advance moves the clock by d.
func (m *Movable) Advance(d time.Duration) { m.Set(m.Now().Add(d)) }
