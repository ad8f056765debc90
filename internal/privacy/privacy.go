// Package privacy is a person's hold on what the house knows of them: all of it in
// a file, and that it is forgotten. Who answers for a minor has the same hold on what
// is known of them. It owns the files while they wait to be fetched
// and the list of who was erased. What there is about a person is gathered by
// reports; forgetting is done by each owner of something in one transaction, and
// what the law has a space keep (bookings, charges) stays without a name.
package privacy

import (
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrInTheMaking refuses a second file while the first is made.
	ErrInTheMaking = fault.Conflict("privacy.in_the_making", "Your file is being put together. It is ready in a minute.")
	// ErrNoSuchExport is the answer where there is no such file, or it is somebody else's.
	ErrNoSuchExport = fault.NotFound("privacy.no_such_export", "There is no such file. Ask for a new one.")
	// ErrFetched refuses to give a file a second time.
	ErrFetched = fault.Conflict("privacy.fetched", "This file was fetched already, and each is given once. Ask for a new one.")
	// ErrNotReady refuses a file that is still in the making.
	ErrNotReady = fault.Conflict("privacy.not_ready", "This file is not ready yet. It is in a minute.")
	// ErrNoSuchMember is the answer where there is no such person, or not for this actor.
	ErrNoSuchMember = fault.NotFound("privacy.no_such_member", "There is no such person here.")
	// ErrConfirm asks that the address be typed by whoever wants the account gone.
	ErrConfirm = fault.Invalid("confirm", "privacy.confirm", "Type what the account is known as, as it stands above.")
	// ErrErased refuses to erase for a second time.
	ErrErased = fault.Conflict("privacy.erased", "This person was erased already.")
	// ErrInUse refuses while a machine is in use.
	ErrInUse = fault.Conflict("privacy.in_use", "A machine is in use by this person. End that first, then erase.")
)

// KeptFor is how long a file waits to be fetched.
const KeptFor = 7 * 24 * time.Hour

// Export is a file of everything about a person: a ZIP, given once.
type Export struct {
	ID         id.ID
	MemberID   id.ID
	AskedBy    id.ID // themselves, or the guardian who answers for them: the one who may fetch it
	AskedAt    clock.Instant
	Steps      int64 // parts that it is made of; 0: not begun
	Done       int64 // parts that are gathered
	FinishedAt clock.Instant
	Size       int64 // bytes
	FetchedAt  clock.Instant
	ExpiresAt  clock.Instant
}

// Status is where an export is.
type Status string

// The statuses.
const (
	InTheMaking Status = "in_the_making"
	Ready       Status = "ready"
	Fetched     Status = "fetched"
	Expired     Status = "expired"
)

// Status is where it is at this moment.
func (e Export) Status(now clock.Instant) Status {
	switch {
	case !e.FetchedAt.IsZero():
		return Fetched
	case !now.Before(e.ExpiresAt):
		return Expired
	case !e.FinishedAt.IsZero():
		return Ready
	}
	return InTheMaking
}

// Percent is how much of it is done, 0 to 100.
func (e Export) Percent() int {
	if e.Steps == 0 {
		return 0
	}
	return int(100 * e.Done / e.Steps)
}

// Erasure says that a person was erased.
type Erasure struct {
	ID       id.ID
	MemberID id.ID
	ErasedBy id.ID // empty: the house
	At       clock.Instant
}
