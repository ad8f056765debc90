package actor

import (
	"net/http"
	"strings"

	"guildhall/internal/fault"
)

// Reach is a part of what a person may do that they can give to a program.
type Reach string

// What a program can be given: each reaches as far as its person does, and no further.
const (
	ToRead   Reach = "read"   // see what they see
	ToBook   Reach = "book"   // book, move, cancel, check in, sign up for events
	ToPeople Reach = "people" // look after members: enrol, edit, certify, memberships
	ToHouse  Reach = "house"  // everything else: equipment, rules, plans, the space
)

// Reaches lists them in the order in which they are offered.
var Reaches = []Reach{ToRead, ToBook, ToPeople, ToHouse}

// ErrReach is the answer to a program that was not given this.
var ErrReach = fault.Forbidden("auth.reach", "This token was not given the right to do this. Make one that has “{{.Scope}}”, or sign in.")

// ErrNoToken is the answer to a program with a token where a person must act.
var ErrNoToken = fault.Forbidden("auth.no_token", "No token can do this. Sign in for it.")

// byGroup is where the operations of a group belong, but for reading.
var byGroup = map[string]Reach{
	"booking": ToBook, "waiting": ToBook, "event.register": ToBook,
	"member": ToPeople, "membership": ToPeople, "certification.grant": ToPeople, "document": ToPeople, "consent": ToPeople, "team": ToPeople, "guardian": ToPeople,
	"note": ToPeople, "tag": ToPeople, "badge": ToPeople,
}

// Needs is what a program needs for an operation, asked for by this method; "" where no
// token is enough: one's own account and its safety, and what asks for a fresh proof.
func (r Rule) Needs(method string) Reach {
	group, _, _ := strings.Cut(string(r.Operation), ".")
	switch {
	case r.Operation == "account.read":
	case group == "auth", group == "account", group == "security", group == "dev", r.Operation == "space.setup":
		return ""
	}
	for _, role := range Roles {
		if r.Fresh[role] {
			return ""
		}
	}
	if method == http.MethodGet || method == http.MethodHead {
		return ToRead
	}
	if reach, ok := byGroup[string(r.Operation)]; ok {
		return reach
	}
	if reach, ok := byGroup[group]; ok {
		return reach
	}
	return ToHouse
}

// Reaches refuses a program whose token was not given what the rule needs. A person in
// a session may do all that they may.
func (r Rule) Reaches(by Actor, method string) error {
	if by.Token == "" || r.Operation == "auth.public" {
		return nil
	}
	need := r.Needs(method)
	if need == "" {
		return ErrNoToken
	}
	for _, given := range by.Given {
		if given == need {
			return nil
		}
	}
	return ErrReach.With("Scope", string(need))
}
