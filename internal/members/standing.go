package members

import (
	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrRoleUnknown refuses a role that can't be given.
	ErrRoleUnknown = fault.Invalid("role", "members.role_unknown", "Choose a role: member, instructor, desk, manager or owner.")
	// ErrRoleTooHigh refuses a manager who gives or takes a role above front desk.
	ErrRoleTooHigh = fault.Forbidden("members.role_too_high", "A manager gives roles up to front desk. Ask an owner.").On("role")
	// ErrAbove refuses to change the profile of someone who is more.
	ErrAbove = fault.Forbidden("members.above", "This person has a higher role than you. They change their details themselves, or someone of their role does.")
	// ErrContactOnly refuses the front desk more than the phone.
	ErrContactOnly = fault.Forbidden("members.contact_only", "The front desk changes the phone number. For the name and the language, ask a manager.")
	// ErrLastOwner keeps a space from being left without an owner.
	ErrLastOwner = fault.Conflict("members.last_owner", "This is the last owner. Make someone else an owner first.").On("role")
	// ErrNotOneself refuses to suspend oneself.
	ErrNotOneself = fault.Forbidden("members.not_oneself", "You can't suspend yourself. Ask a colleague.")
	// ErrReasonMissing asks why.
	ErrReasonMissing = fault.Invalid("reason", "members.reason_missing", "Say why. The person will be told.")
	// ErrReasonTooLong refuses a reason of more than MaxReason characters.
	ErrReasonTooLong = fault.Invalid("reason", "members.reason_too_long", "Keep it to {{.Most}} characters.").With("Most", MaxReason)
	// ErrAlreadySuspended refuses a second suspension.
	ErrAlreadySuspended = fault.Conflict("members.already_suspended", "This person is suspended already.")
	// ErrNotSuspended refuses to reinstate someone who is not suspended.
	ErrNotSuspended = fault.Conflict("members.not_suspended", "This person is not suspended.")
)

// MaxReason is the most characters a reason or a note may have.
const MaxReason = 500

// Standing is what a person is in one space.
type Standing struct {
	SpaceID         id.ID
	MemberID        id.ID
	Role            actor.Role
	SuspendedAt     clock.Instant
	SuspendedReason string
	SuspendedUntil  clock.Instant // zero: until somebody ends it
	SuspendedBy     Suspender
	CountedFrom     clock.Instant // no-shows before this were answered for
	JoinedAt        clock.Instant
	LeftAt          clock.Instant // zero: still here
	LeftReason      string
}

// Suspended reports whether the person may not use this space for now.
func (s Standing) Suspended() bool { return !s.SuspendedAt.IsZero() }

// Left reports whether the person was here and is not any more.
func (s Standing) Left() bool { return !s.LeftAt.IsZero() }

// Removed reports whether it was the staff who ended it.
func (s Standing) Removed() bool { return s.Left() && s.LeftReason != "" }

// at is the standing as it is at a moment: a suspension that has run out is none,
// also before it is written down that it is over.
func (s Standing) at(now clock.Instant) Standing {
	if s.Suspended() && !s.SuspendedUntil.IsZero() && !s.SuspendedUntil.After(now) {
		s.SuspendedAt, s.SuspendedReason, s.SuspendedUntil, s.SuspendedBy = clock.Instant{}, "", clock.Instant{}, ""
	}
	return s
}

// Givable are the roles that someone of role by may give a person of role from; none
// where theirs is not by's to change.
func Givable(by, from actor.Role) []actor.Role {
	var roles []actor.Role
	for _, to := range actor.Roles {
		if maySetRole(by, from, to) == nil {
			roles = append(roles, to)
		}
	}
	return roles
}

// maySetRole says whether by may turn a person of role from into role to.
func maySetRole(by actor.Role, from, to actor.Role) error {
	switch to {
	case actor.Member, actor.Instructor, actor.Desk, actor.Manager, actor.Owner:
	default:
		return ErrRoleUnknown
	}
	if by == actor.Owner {
		return nil
	}
	for _, r := range []actor.Role{from, to} {
		if r == actor.Manager || r == actor.Owner {
			return ErrRoleTooHigh
		}
	}
	return nil
}
