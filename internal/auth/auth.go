// Package auth decides whether someone is who they say: passwords, sessions, the
// tokens that stand for them, and the letters that prove an address. It owns these
// tables and the limits on guessing. It knows people by their id only and asks
// members for the rest; what a person may do is the actor's table to say, and how a
// browser keeps its tokens is the web's.
//
// A session is a row. An access token names it and lives ten minutes, but counts
// only while the row does, looked up on every request. A refresh token buys the
// next pair, once: one that comes a second time was copied, and ends the session
// for the thief and for its owner.
package auth

import (
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

var (
	// ErrWrong is the one answer to an unknown address and to a wrong password.
	ErrWrong = fault.Unauthorized("auth.wrong", "The e-mail address or the password is not right. Try again, or set a new password.")
	// ErrUnconfirmed is the answer to the right password of a sign-up whose letter waits.
	ErrUnconfirmed = fault.Unauthorized("auth.unconfirmed", "Confirm your e-mail address first: press the link in the letter we sent you.")
	// ErrSession is the answer to a token that is unknown, used up, out of time or of an ended session.
	ErrSession = fault.Unauthorized("auth.session", "Your session has ended. Sign in again.")
	// ErrStep is the answer to a second step whose first was too long ago.
	ErrStep = fault.Unauthorized("auth.step", "That took too long. Give your address and your password once more.")
	// ErrLink is the answer to the token of a letter that is unknown, used or out of time.
	ErrLink = fault.Invalid("token", "auth.link", "This link has been used or is too old. Ask for a new one.")
	// ErrTooMany asks to wait; Minutes says for how long.
	ErrTooMany = fault.TooMany("auth.too_many", "Too many tries. Wait {{.Minutes}} min, then try again.")
	// ErrNoSuchSession is the answer where there is no such session, or it is another's.
	ErrNoSuchSession = fault.NotFound("auth.no_such_session", "This session has ended already, or never was yours.")
	// ErrOldPassword refuses to change a password for someone who does not know it.
	ErrOldPassword = fault.Invalid("old_password", "auth.old_password", "This is not your present password.")
	// ErrNoCalendar is the answer to a calendar address that is unknown or was revoked.
	ErrNoCalendar = fault.NotFound("auth.no_calendar", "There is no calendar at this address. It may have been replaced by a new one.")
)

// How long things last.
const (
	AccessFor  = 10 * time.Minute // an access token
	ConfirmFor = 24 * time.Hour   // the link that confirms an address
	ResetFor   = 30 * time.Minute // the link that sets a new password
	StepFor    = 10 * time.Minute // from the password to the second factor, or to another letter
	DeviceFor  = 365 * 24 * time.Hour

	memberIdle     = 14 * 24 * time.Hour
	memberAbsolute = 90 * 24 * time.Hour
	staffAbsolute  = 12 * time.Hour   // a shift; at the front desk idle, too
	managerIdle    = 30 * time.Minute // since the session was refreshed, at most AccessFor before its last use

	// LockAfter is how long a screen of the front desk is left alone before it locks.
	LockAfter = 5 * time.Minute
	seenEvery = time.Minute // at the front desk; elsewhere when a session is refreshed

	// MaxSessions is how many sessions a person may have; one more ends the oldest.
	MaxSessions = 10
)

// Person is what auth asks of a member.
type Person struct {
	ID        id.ID
	Email     string
	Name      string
	Locale    string // "en" or "zh-CN"
	Confirmed bool   // the address is theirs
	// Staff is true of owners, managers and the front desk of any space: their
	// sessions last a shift.
	Staff bool
	// Manages is true of owners and managers of any space: their sessions end soon
	// after they were left alone.
	Manages bool
}

// desk reports whether somebody works at a front desk, and manages no space.
func (p Person) desk() bool { return p.Staff && !p.Manages }

// Newcomer is what someone tells of themselves when they sign up.
type Newcomer struct {
	Email  string
	Name   string
	Locale string
}

// SignUp is a newcomer with the password they chose.
type SignUp struct {
	Newcomer
	Password string
}

// Credentials are what someone signs in with.
type Credentials struct {
	Email    string
	Password string
	Code     string // of a second factor, where there is one; may come in a second step
}

// From is where a request comes from: what the list of sessions shows, and what
// the limits count by.
type From struct {
	Address string // the network address of the client
	Agent   string // its User-Agent
	// Device is the token that an earlier sign-in gave this browser, if it has one. A
	// known device is counted by itself, so that a stranger who tries an address
	// again and again does not keep its owner out.
	Device string
}

// Tokens are what signing in gives.
type Tokens struct {
	Access  string // a JWT for the Authorization header
	Refresh string // buys the next pair, once
	Device  string // for From.Device of later sign-ins; empty from Refresh
	Session Session
	Step    string // in the place of all others, where a second factor or a letter is still waited for
}

// Session is one sign-in of one person on one device.
type Session struct {
	ID        id.ID
	MemberID  id.ID
	Agent     string
	Address   string
	CreatedAt clock.Instant
	SeenAt    clock.Instant // to about ten minutes
	ExpiresAt clock.Instant // unless it is used before
	EndedAt   clock.Instant // zero while it lasts
	ProvedAt  clock.Instant // when its person last proved who they are
	StrongAt  clock.Instant // when they last showed a second factor; zero: not in this session
	LockedAt  clock.Instant // when its screen was locked; zero: it is open
}

// Live reports whether the session counts at this moment.
func (s Session) Live(now clock.Instant) bool {
	return s.EndedAt.IsZero() && now.Before(s.ExpiresAt)
}

// until is when a session of p's ends if it is not used again.
func (s Session) until(now clock.Instant, p Person) clock.Instant {
	idle, absolute := memberIdle, memberAbsolute
	switch {
	case p.Manages:
		idle, absolute = managerIdle, staffAbsolute
	case p.Staff:
		idle, absolute = staffAbsolute, staffAbsolute
	}
	last := s.CreatedAt.Add(absolute)
	if next := now.Add(idle); next.Before(last) {
		return next
	}
	return last
}
