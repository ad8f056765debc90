// Package desk is the front desk's book of who came in: each visit with the pass that
// was sold for it, the wristband that was handed out, and when they left. It owns the
// visits, and sees to it that somebody new at the door is written down, signs, is sold
// a pass and pays in one go, or none of it. Who people are is members', what a pass
// costs is plans', what is owed is billing's, what is signed is consent's.
package desk

import (
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

var (
	// ErrNoSuchVisit is the answer where a space has no such visit.
	ErrNoSuchVisit = fault.NotFound("desk.no_such_visit", "There is no such visit here.")
	// ErrHere refuses to let somebody in twice.
	ErrHere = fault.Conflict("desk.here", "{{.Name}} is here already, since {{.Since}}.")
	// ErrLeft refuses to let somebody go twice.
	ErrLeft = fault.Conflict("desk.left", "They have left already.")
	// ErrSuspended refuses to let in whoever is kept out.
	ErrSuspended = fault.Forbidden("desk.suspended", "{{.Name}} may not use the space for now. Open their page to see why.")
	// ErrReach asks for a way to reach somebody.
	ErrReach = fault.Invalid("contact", "desk.reach", "Write a phone number or an e-mail address.")
	// ErrKnown says that somebody here has this number or address: choose them, or say that it is somebody else.
	ErrKnown = fault.Conflict("desk.known", "Somebody here has this number or address. Choose them below, or say that it is somebody else.").On("contact")
	// ErrPass asks which pass it shall be.
	ErrPass = fault.Invalid("pass", "desk.pass", "Choose a pass.")
	// ErrHasPlan refuses to sell a pass in the place of the plan that somebody has.
	ErrHasPlan = fault.Conflict("desk.has_plan", "They have a plan already: {{.Plan}}. A pass would end it. Let them in without one, from their page.").On("pass")
	// ErrPaid asks how it is paid.
	ErrPaid = fault.Invalid("paid", "desk.paid", "Say how it is paid: cash, card or later.")
	// ErrUnsigned asks for the signature.
	ErrUnsigned = fault.Invalid("signature", "desk.unsigned", "Nobody has signed yet. Have them sign with a finger, or type the full name.")
)

// Paid is how a pass was paid.
type Paid string

// The ways; Nothing where no pass was sold, or one that is free.
const (
	Nothing Paid = ""
	Cash    Paid = "cash"
	Card    Paid = "card"
	Later   Paid = "later" // it stays on what they owe
)

// Visit is one person's time in the space, from the door to the door.
type Visit struct {
	ID           id.ID
	SpaceID      id.ID
	MemberID     id.ID
	ArrivedAt    clock.Instant
	LeftAt       clock.Instant // zero: still here
	MembershipID id.ID         // the pass that was sold for it; empty: none
	BadgeID      id.ID         // the wristband that was handed out; empty: none
	Wristband    string        // its number, as it is printed
	Paid         Paid
	Minor        int64 // what the pass came to
	Currency     string
	RecordedBy   id.ID // of the staff
}

// Amount is what the pass came to; zero where none was sold.
func (v Visit) Amount() money.Amount { return money.Of(v.Minor, v.Currency) }

// Here reports whether they have not left.
func (v Visit) Here() bool { return v.LeftAt.IsZero() }
