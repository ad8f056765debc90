// Package audit remembers who did what to which thing: who overrode a rule, gave a
// role, suspended a member. It owns the entries, which are written in the
// transaction of what they tell of and never changed. What is worth an entry is
// decided by whoever does it.
package audit

import (
	"context"
	"encoding/json"
	"fmt"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// ErrCursor refuses a cursor that no list has given.
var ErrCursor = fault.Invalid("cursor", "audit.cursor", "This page of the list is not known. Begin at the first.")

// Entry is one thing that was done.
type Entry struct {
	ID        id.ID
	At        clock.Instant
	MemberID  id.ID // who did it; empty: the house
	SpaceID   id.ID // where; empty: it concerns the whole installation
	Operation string
	Subject   id.ID  // what it was done to
	Detail    string // JSON: what a person would ask next
}

// TableName is where GORM finds it.
func (Entry) TableName() string { return "audit_entries" }

// Log takes entries and shows them.
type Log struct {
	db    *db.DB
	clock clock.Clock
}

// New makes the log of a database.
func New(d *db.DB, c clock.Clock) *Log { return &Log{db: d, clock: c} }

// Record adds an entry to the transaction in ctx, so that it is there exactly when
// what it tells of is. detail is stored as JSON; nil is an empty object. No secrets.
func (l *Log) Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error {
	if detail == nil {
		detail = struct{}{}
	}
	text, err := json.Marshal(detail)
	if err != nil {
		return fmt.Errorf("record %s: %w", operation, err)
	}
	e := Entry{
		ID: id.New(), At: l.clock.Now(), MemberID: by.Member, SpaceID: space,
		Operation: string(operation), Subject: subject, Detail: string(text),
	}
	return fault.Wrap(l.insert(ctx, &e), "record %s", operation)
}

// Filter says which entries are wanted: those of a space, and there those of one
// subject if it is set. The zero Cursor is the newest; Limit 0 means 50.
type Filter struct {
	Space   id.ID
	Subject id.ID
	Cursor  string
	Limit   int
}

// Entries lists what was done, the newest first, and the cursor of what follows,
// empty at the end. Only who may read the space's audit gets it.
func (l *Log) Entries(ctx context.Context, by actor.Actor, f Filter) (entries []Entry, next string, err error) {
	if err := by.May("audit.read", f.Space, "", nil); err != nil {
		return nil, "", err
	}
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	if f.Cursor != "" {
		if _, ok := id.Parse(f.Cursor); !ok {
			return nil, "", ErrCursor
		}
	}
	entries, err = l.list(ctx, f)
	if err != nil {
		return nil, "", fault.Wrap(err, "list the audit of %s", f.Space)
	}
	if len(entries) > f.Limit {
		entries = entries[:f.Limit]
		next = entries[f.Limit-1].ID.String()
	}
	return entries, next, nil
}

// Account lists what happened to by's own account, which is in no space: the newest
// first, limit at most.
func (l *Log) Account(ctx context.Context, by actor.Actor, limit int) ([]Entry, error) {
	if err := by.May("account.security", "", by.Member, actor.ErrForbidden); err != nil {
		return nil, err
	}
	entries, err := l.list(ctx, Filter{Subject: by.Member, Limit: limit - 1})
	return entries, fault.Wrap(err, "list the audit of an account")
}
