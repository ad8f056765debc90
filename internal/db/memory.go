package db

import (
	"context"
	"sync"
)

// Memory keeps what was read from some tables until one of them is written to:
// what every request asks for and hardly anybody changes, such as a machine or
// the rules of a space, is read once. What it gives is never older than the last
// commit that was answered.
//
// A transaction that changed one of the tables reads each time, and so does everybody
// on PostgreSQL, where other servers write too. What it gives is shared: look at it,
// don't change it.
type Memory[K comparable, V any] struct {
	db     *DB
	tables []string

	mu   sync.Mutex
	as   uint64 // the state of the tables that kept was read in
	kept map[K]V
}

// mostKept is how many values a Memory keeps before it begins anew.
const mostKept = 10_000

// NewMemory makes the memory of what is read from these tables of a database.
func NewMemory[K comparable, V any](d *DB, tables ...string) *Memory[K, V] {
	return &Memory[K, V]{db: d, tables: tables}
}

// Recall is the value of a key: as it was kept, or as read finds it now. read asks
// no other tables than those of the memory; its error is passed on and not kept.
func (m *Memory[K, V]) Recall(ctx context.Context, key K, read func(ctx context.Context) (V, error)) (V, error) {
	if m.db.group == nil {
		return read(ctx)
	}
	if t := m.db.turn(ctx); t != nil && !t.untouched(m.tables) {
		return read(ctx)
	}
	state := m.db.writes.state(m.tables) // before reading: a commit in between makes the value one to forget
	if v, ok := m.recall(state, key); ok {
		return v, nil
	}
	v, err := read(ctx)
	if err == nil {
		m.keep(state, key, v)
	}
	return v, err
}

func (m *Memory[K, V]) recall(state uint64, key K) (v V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.as == state {
		v, ok = m.kept[key]
	}
	return v, ok
}

func (m *Memory[K, V]) keep(state uint64, key K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case state < m.as: // others have read something newer
		return
	case state > m.as || m.kept == nil || len(m.kept) >= mostKept:
		m.as, m.kept = state, map[K]V{}
	}
	m.kept[key] = v
}

// writes counts the commits that changed each table.
type writes struct {
	mu sync.RWMutex
	of map[string]uint64
}

// anywhere is the table of a statement that does not say which it changes.
const anywhere = ""

// state is a number that grows with every commit that changed one of the tables.
func (w *writes) state(tables []string) uint64 {
	w.mu.RLock()
	defer w.mu.RUnlock()
	sum := w.of[anywhere]
	for _, table := range tables {
		sum += w.of[table]
	}
	return sum
}

// committed counts a commit that changed these tables.
func (w *writes) committed(tables map[string]bool) {
	if len(tables) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.of == nil {
		w.of = map[string]uint64{}
	}
	for table := range tables {
		w.of[table]++
	}
}
