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

// The scopes, as authz.csv writes them.
const (
	None   Scope = "-" // denied
	Own    Scope = "O" // what is theirs
	Any    Scope = "A" // everything in the space
	Public Scope = "P" // what everyone may see
)

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
	house     bool
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
)

//go:embed authz.csv
var table string

// Rule is a row of the table.
type Rule struct {
	Operation Operation
	Routes    []string // "POST /bookings", as the router has them
	Scopes    map[Role]Scope
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
	return r.Scopes[a.Role(space)]
}

// May refuses unless the operation is the actor's in this space. owner is the
// member the object belongs to, empty where there is none: a role with scope
// Own that is not the owner is told that no such thing exists (missing).
func (a Actor) May(op Operation, space, owner id.ID, missing *fault.Error) error {
	switch a.Scope(op, space) {
	case Any, Public:
		return nil
	case Own:
		if owner == "" || owner == a.Member {
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
		rule := Rule{Operation: Operation(row[0]), Routes: strings.Split(row[1], " | "), Scopes: map[Role]Scope{}}
		for i, role := range Roles {
			switch s := Scope(row[2+i]); s {
			case None, Own, Any, Public:
				rule.Scopes[role] = s
			default:
				panic(fmt.Sprintf("actor: authz.csv: %s: scope %q", row[0], s))
			}
		}
		rules[rule.Operation] = rule
	}
	return rules
}
