// Package actor is who acts: a person signed in, a stranger, or the house
// itself. It owns the authorisation table (authz.csv) and answers what an actor
// may do; whether an object is theirs is told by the service that asks. It does
// not own members or sessions.
package actor

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Role is what a person is in one space.
type Role string

// The roles, from least to most. Visitor is everyone who is not known in the space.
const (
	Visitor    Role = "visitor"
	Member     Role = "member"
	Instructor Role = "instructor"
	Desk       Role = "desk"
	Manager    Role = "manager"
	Owner      Role = "owner"
)

// Roles lists them in the order of the table's columns.
var Roles = []Role{Visitor, Member, Instructor, Desk, Manager, Owner}

// Staff reports whether the role works for the space.
func (r Role) Staff() bool { return r == Instructor || r == Desk || r == Manager || r == Owner }

// Above reports whether r is the higher of the two.
func (r Role) Above(o Role) bool { return slices.Index(Roles, r) > slices.Index(Roles, o) }

// Scope is a cell of the table: how far an operation reaches for a role.
type Scope string

// The scopes, as authz.csv writes them. A 2 behind one, as in "A2", asks for a fresh
// proof of who acts.
const (
	None   Scope = "-" // denied
	Own    Scope = "O" // what is theirs
	Team   Scope = "T" // what is theirs, and what belongs to the members of the team that they administer
	Any    Scope = "A" // everything in the space
	Public Scope = "P" // what everyone may see
)

// A cell "T" is for those alone who administer a team in the space, and None for
// everybody else of the role; "OT" is Own for these.
const ownOrTeam Scope = "OT"

// Operation names a row of the table: "booking.create".
type Operation string

// Actor is the one who acts. The zero Actor is a stranger.
type Actor struct {
	Member    id.ID
	Name      string
	Session   id.ID
	Locale    string         // "en" or "zh-CN"
	Roles     map[id.ID]Role // by space, as given; Role says what they are worth
	Confirmed bool           // the e-mail address is theirs
	Suspended map[id.ID]bool // by space
	Leads     map[id.ID]Led  // the team they administer, by space
	ProvedAt  clock.Instant  // when they last proved who they are, in this session; zero for a program's token
	Locked    bool           // their screen was left alone, or locked: until they prove that it is they, they do nothing else
	Weak      bool           // owes the house a second factor: until then they do nothing but set one up
	Token     id.ID          // of the program that acts in their name; empty in a session
	Given     []Reach        // what that program may do
	house     bool
}

// Led is a team that somebody administers.
type Led struct {
	Team    id.ID
	Members map[id.ID]bool
}

// FreshFor is how long a proof of who someone is counts for what must not be done by
// whoever finds an open screen.
const FreshFor = 10 * time.Minute

// Fresh reports whether the actor has proved who they are a moment ago. The house
// always has.
func (a Actor) Fresh(now clock.Instant) bool {
	return a.house || !a.ProvedAt.IsZero() && now.Sub(a.ProvedAt) <= FreshFor
}

// House is the program itself: jobs and the command line. It may do everything.
var House = Actor{Name: "guildhall", Locale: "en", house: true}

// SignedIn reports whether it is a known person.
func (a Actor) SignedIn() bool { return a.Member != "" }

// IsHouse reports whether it is the program itself.
func (a Actor) IsHouse() bool { return a.house }

// Role is what the actor is in this space; a person known elsewhere is a
// visitor here until they are given a standing, and staff that is suspended here is
// no more than a member. What belongs to no space, such as one's own account, has
// the empty space: there every known person is a member.
func (a Actor) Role(space id.ID) Role {
	if a.house {
		return Owner
	}
	if space == "" && a.SignedIn() {
		return Member
	}
	r, ok := a.Roles[space]
	switch {
	case !ok:
		return Visitor
	case a.Suspended[space]:
		return Member
	}
	return r
}

// Led is the team that the actor administers in this space; none for whoever is
// suspended there, or has left.
func (a Actor) Led(space id.ID) (Led, bool) {
	led, ok := a.Leads[space]
	_, here := a.Roles[space]
	return led, ok && here && !a.Suspended[space]
}

// LedAnywhere reports whether the actor administers a team in any space.
func (a Actor) LedAnywhere() bool {
	for space := range a.Leads {
		if _, ok := a.Led(space); ok {
			return true
		}
	}
	return false
}

// Highest is the actor's highest role in any space.
func (a Actor) Highest() Role {
	if a.house {
		return Owner
	}
	best := 0
	for space := range a.Roles {
		best = max(best, slices.Index(Roles, a.Role(space)))
	}
	return Roles[best]
}

var (
	// ErrSignIn is the answer to a stranger who wants what needs a name.
	ErrSignIn = fault.Unauthorized("auth.sign_in", "Sign in to do this.")
	// ErrForbidden is the answer to a role that may not.
	ErrForbidden = fault.Forbidden("auth.forbidden", "Your role in this space does not allow this. Ask a manager.")
	// ErrFresh is the answer to whoever has not proved lately who they are.
	ErrFresh = fault.Forbidden("auth.fresh", "This needs a fresh proof that it is you. Give your password or a code once more, then do it again.")
)

// ErrLocked is the answer to whoever finds a screen that was left alone.
var ErrLocked = fault.Forbidden("auth.locked", "This screen was left alone and is locked. Prove that it is you, then go on.")

// unlocking are the operations of whoever finds a locked screen.
var unlocking = []Operation{"shell.read", "auth.public", "account.prove"}

// ErrEnrol is the answer to who must set up a second factor first.
var ErrEnrol = fault.Forbidden("auth.enrol", "In your role you need a second factor. Set up an authenticator or a passkey, then go on.")

// enrolling are the operations of who must set up a second factor first.
var enrolling = []Operation{"shell.read", "auth.public", "account.prove", "account.enrol"}

//go:embed authz.csv
var table string

// Rule is a row of the table.
type Rule struct {
	Operation Operation
	Routes    []string       // "POST /bookings", as the router has them
	Scopes    map[Role]Scope // as the table has them: ask Scope
	Fresh     map[Role]bool  // who must have proved a moment ago that it is they
}

// Admit refuses an actor whom the table denies the operation in this role, and one who
// must prove anew who they are.
func (r Rule) Admit(by Actor, role Role, leads bool, now clock.Instant) error {
	scope := r.Scope(role, leads)
	switch {
	case by.house:
		return nil
	case by.Locked && !slices.Contains(unlocking, r.Operation):
		return ErrLocked
	case by.Weak && !slices.Contains(enrolling, r.Operation):
		return ErrEnrol
	case scope == None && !by.SignedIn():
		return ErrSignIn
	case scope == None:
		return ErrForbidden
	case r.Fresh[role] && !by.Fresh(now):
		return ErrFresh
	}
	return nil
}

// Table is authz.csv, parsed once.
var Table = mustParse(table)

// Scope is how far the operation reaches for this actor in this space.
func (a Actor) Scope(op Operation, space id.ID) Scope {
	r, ok := Table[op]
	if !ok {
		return None
	}
	if a.house {
		return Any
	}
	_, leads := a.Led(space)
	return r.Scope(a.Role(space), leads)
}

// Scope is how far the operation reaches for a role; leads says whether its bearer
// administers a team there.
func (r Rule) Scope(role Role, leads bool) Scope {
	switch s := r.Scopes[role]; {
	case s != Team && s != ownOrTeam:
		return s
	case leads:
		return Team
	case s == ownOrTeam:
		return Own
	}
	return None
}

// May refuses unless the operation is the actor's in this space. owner is the
// member the object belongs to, empty where there is none: a role with scope
// Own that is not the owner is told that no such thing exists (missing), and so
// is one with scope Team that neither is the owner nor administers their team.
func (a Actor) May(op Operation, space, owner id.ID, missing *fault.Error) error {
	switch a.Scope(op, space) {
	case Any, Public:
		return nil
	case Own:
		if owner == "" || owner == a.Member {
			return nil
		}
		return missing
	case Team:
		led, _ := a.Led(space)
		if owner == "" || owner == a.Member || led.Members[owner] {
			return nil
		}
		return missing
	}
	if !a.SignedIn() {
		return ErrSignIn
	}
	return ErrForbidden
}

func mustParse(text string) map[Operation]Rule {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		panic("actor: authz.csv: " + err.Error())
	}
	rules := make(map[Operation]Rule, len(rows))
	for _, row := range rows[1:] {
		rule := Rule{Operation: Operation(row[0]), Routes: strings.Split(row[1], " | "), Scopes: map[Role]Scope{}, Fresh: map[Role]bool{}}
		for i, role := range Roles {
			cell, fresh := strings.CutSuffix(row[2+i], "2")
			rule.Fresh[role] = fresh
			switch s := Scope(cell); s {
			case None, Own, Team, ownOrTeam, Any, Public:
				rule.Scopes[role] = s
			default:
				panic(fmt.Sprintf("actor: authz.csv: %s: scope %q", row[0], s))
			}
		}
		rules[rule.Operation] = rule
	}
	return rules
}
