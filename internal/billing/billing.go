// Package billing keeps what people owe and why: a charge for each amount that
// becomes due, with the lines it came about by and what caused it. It owns the
// charges. What is asked for, and when, is worked out by whoever charges: plans
// for memberships. Charges are written once; a mistake is put right by one of the
// opposite.
package billing

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// Stream is the income that an amount belongs to. A deposit has none: it stays the
// member's money.
type Stream string

// Fees are what memberships and day passes bring.
const Fees Stream = "fees"

// Kind is what a charge is.
type Kind string

// The kinds of charges.
const (
	Fee     Kind = "fee"
	Deposit Kind = "deposit"
	Payment Kind = "payment" // below zero: what was paid at the desk
)

var (
	// ErrNoSuchMember is the answer where charges are somebody else's.
	ErrNoSuchMember = fault.NotFound("billing.no_such_member", "There is no such person here.")
	// ErrCursor refuses a cursor that was not given out.
	ErrCursor = fault.Invalid("cursor", "billing.cursor", "This place in the list is not known. Begin again without a cursor.")
)

// Charge is an amount that is due; below zero it is owed to who pays.
type Charge struct {
	ID            id.ID
	SpaceID       id.ID
	MemberID      id.ID // who pays
	BeneficiaryID id.ID // whom it is for
	Kind          Kind
	Stream        Stream
	Minor         int64
	Currency      string
	Lines         Lines
	Cause         string // what it is for, with the id of that
	CauseID       id.ID
	PeriodFrom    clock.Day // the days it is for
	PeriodTo      clock.Day // the day after the last
	DueOn         clock.Day
	CreatedAt     clock.Instant
}

// Amount is what is due.
func (c Charge) Amount() money.Amount { return money.Of(c.Minor, c.Currency) }

// Line is one step of how an amount came about. Its code is the end of the
// catalogue's key "charge.line.<code>".
type Line struct {
	Code  string    `json:"code"`
	Name  i18n.Text `json:"name,omitzero"`
	From  clock.Day `json:"from,omitempty"`
	To    clock.Day `json:"to,omitempty"` // the day after the last
	Days  int64     `json:"days,omitempty"`
	Of    int64     `json:"of,omitempty"`
	Minor int64     `json:"minor"`
}

// Lines are stored as JSON.
type Lines []Line

// GormDataType says that the column is TEXT.
func (Lines) GormDataType() string { return "text" }

// Value stores JSON.
func (l Lines) Value() (driver.Value, error) {
	b, err := json.Marshal([]Line(l))
	return string(b), err
}

// Scan reads JSON.
func (l *Lines) Scan(v any) error {
	*l = nil
	switch x := v.(type) {
	case string:
		return json.Unmarshal([]byte(x), (*[]Line)(l))
	case []byte:
		return json.Unmarshal(x, (*[]Line)(l))
	}
	return fmt.Errorf("billing: lines from %T", v)
}

// Service is what one can do with charges. Make it with New.
type Service struct {
	db    *db.DB
	clock clock.Clock
	store store
}

// New makes the service on a migrated database.
func New(d *db.DB, c clock.Clock) *Service { return &Service{db: d, clock: c, store: store{d}} }

// Charge writes what is due, in the transaction of whoever asks. What was charged
// already for the same cause and period is left as it is; that it was another amount, or
// for other days, is an error and no second time. Whoever pays is whom it is for where
// nobody else is named.
func (s *Service) Charge(ctx context.Context, c Charge) error {
	c.ID, c.CreatedAt = id.New(), s.clock.Now()
	if c.BeneficiaryID == "" {
		c.BeneficiaryID = c.MemberID
	}
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error { return s.store.add(ctx, c) }), "charge %s %s", c.Cause, c.CauseID)
}

// Charged is who was charged last for a cause, to whom it is to be given back, also where
// what they had paid before made that nothing or less; empty where nobody was.
func (s *Service) Charged(ctx context.Context, cause string, of id.ID) (id.ID, error) {
	all, err := s.store.of(ctx, of)
	for _, c := range slices.Backward(all) {
		if c.Cause == cause {
			return c.MemberID, nil
		}
	}
	return "", fault.Wrap(err, "who was charged for %s %s", cause, of)
}

// ChargedFor is everything that was charged for a cause, the first first, for the parts of
// the house that have asked already who may see it.
func (s *Service) ChargedFor(ctx context.Context, cause id.ID) ([]Charge, error) {
	all, err := s.store.of(ctx, cause)
	return all, fault.Wrap(err, "charged for %s", cause)
}

// Reverse takes back everything that was charged for a cause, by charges of the
// opposite. A second time changes nothing.
func (s *Service) Reverse(ctx context.Context, cause id.ID, on clock.Day) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		all, err := s.store.of(ctx, cause)
		if err != nil {
			return err
		}
		for _, c := range all {
			c.Cause, c.CauseID, c.Minor, c.DueOn = "reversal", c.ID, -c.Minor, on
			lines := make(Lines, len(c.Lines))
			for i, l := range c.Lines {
				l.Minor = -l.Minor
				lines[i] = l
			}
			c.Lines, c.ID, c.CreatedAt = lines, id.New(), s.clock.Now()
			if err := s.store.add(ctx, c); err != nil {
				return err
			}
		}
		return nil
	}), "reverse %s", cause)
}

// Page is a part of a list, the latest charges first. Next is the cursor of the
// following part, empty at the end.
type Page struct {
	Items []Charge
	Next  string
}

// PageSize is how many charges a page has, and MaxPage the most there may be.
const (
	PageSize = 50
	MaxPage  = 200
)

// Charges are what a member was charged in a space, for them and for the front desk.
func (s *Service) Charges(ctx context.Context, by actor.Actor, space, member id.ID, limit int, cursor string) (Page, error) {
	if err := by.May("charge.read", space, member, ErrNoSuchMember); err != nil {
		return Page{}, err
	}
	if limit <= 0 {
		limit = PageSize
	}
	limit = min(limit, MaxPage)
	after := id.ID("")
	if cursor != "" {
		var ok bool
		if after, ok = id.Parse(cursor); !ok {
			return Page{}, ErrCursor
		}
	}
	items, err := s.store.list(ctx, space, member, after, limit+1)
	p := Page{Items: items}
	if len(items) > limit {
		p.Items, p.Next = items[:limit], items[limit-1].ID.String()
	}
	return p, fault.Wrap(err, "charges of %s", member)
}

// Due is what somebody's charges in a space come to, less what was paid for them, for
// them and for the front desk: a deposit is due too, until it is given back. A space
// that has changed its currency has one sum for each.
func (s *Service) Due(ctx context.Context, by actor.Actor, space, member id.ID) ([]money.Amount, error) {
	if err := by.May("charge.read", space, member, ErrNoSuchMember); err != nil {
		return nil, err
	}
	sums, err := s.store.sums(ctx, space, member)
	return sums, fault.Wrap(err, "charges of %s", member)
}
