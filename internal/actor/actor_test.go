package actor

import (
	"errors"
	"testing"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Whoever is suspended may do what a member may, whatever they are otherwise; and
// where they are not suspended, all that their role may.
func TestSuspensionOverridesTheRole(t *testing.T) {
	here, there := id.New(), id.New()
	for _, role := range Roles[1:] {
		a := Actor{Member: id.New(), Roles: map[id.ID]Role{here: role, there: role}, Suspended: map[id.ID]bool{here: true}}
		for op, rule := range Table {
			if got := a.Scope(op, here); got != rule.Scope(Member, false) {
				t.Errorf("a suspended %s has %s: %s, want a member's %s", role, op, got, rule.Scope(Member, false))
			}
			if got := a.Scope(op, there); got != rule.Scope(role, false) {
				t.Errorf("a %s who is suspended elsewhere has %s: %s, want %s", role, op, got, rule.Scope(role, false))
			}
		}
		if got := a.Highest(); got != role {
			t.Errorf("a %s who is suspended in one of two spaces is %s at most", role, got)
		}
		a.Suspended[there] = true
		if got := a.Highest(); got != Member {
			t.Errorf("a %s who is suspended everywhere is %s at most", role, got)
		}
	}
}

// Whoever administers a team reaches what belongs to its members, there and nowhere
// else, and not while they are suspended; to everybody else it does not exist.
func TestATeamIsItsAdministrators(t *testing.T) {
	missing := fault.NotFound("actor.none", "There is none.")
	here, there, mate, stranger := id.New(), id.New(), id.New(), id.New()
	a := Actor{
		Member: id.New(), Roles: map[id.ID]Role{here: Member, there: Member}, Suspended: map[id.ID]bool{},
		Leads: map[id.ID]Led{here: {Team: id.New(), Members: map[id.ID]bool{mate: true}}},
	}
	may := func(a Actor, space, owner id.ID) bool { return a.May("booking.read", space, owner, missing) == nil }
	for _, c := range []struct {
		what         string
		space, owner id.ID
		want         bool
	}{
		{"their own", here, a.Member, true}, {"a mate's", here, mate, true}, {"a stranger's", here, stranger, false},
		{"a mate's elsewhere", there, mate, false}, {"their own elsewhere", there, a.Member, true},
	} {
		if got := may(a, c.space, c.owner); got != c.want {
			t.Errorf("%s: %t, want %t", c.what, got, c.want)
		}
	}
	if err := a.May("booking.change", here, mate, missing); !errors.Is(err, missing) {
		t.Errorf("what the table does not give to a team: %v", err)
	}
	if !a.LedAnywhere() {
		t.Error("leads nowhere")
	}
	a.Suspended[here] = true
	if may(a, here, mate) || a.LedAnywhere() {
		t.Error("a suspended administrator reaches a mate's")
	}
}

// What asks for a fresh proof is refused without one, to the roles of which it is asked
// and to no other; a stranger is asked to sign in first.
func TestAFreshProofIsAskedOfWhomTheTableSays(t *testing.T) {
	now := clock.Unix(1_800_000_000)
	space := id.New()
	rule := Table["member.roles"]
	for name, c := range map[string]struct {
		role Role
		ago  time.Duration
		want error
	}{
		"an owner who proved it at once":         {Owner, 0, nil},
		"an owner, ten minutes ago":              {Owner, FreshFor, nil},
		"an owner, a second more":                {Owner, FreshFor + time.Second, ErrFresh},
		"a manager, of whom it is not asked":     {Manager, time.Hour, nil},
		"a member, who may not in the first way": {Member, 0, ErrForbidden},
	} {
		by := Actor{Member: id.New(), Roles: map[id.ID]Role{space: c.role}, ProvedAt: now.Add(-c.ago)}
		if got := rule.Admit(by, c.role, false, now); !errors.Is(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if got := rule.Admit(Actor{Member: id.New(), Roles: map[id.ID]Role{space: Owner}}, Owner, false, now); !errors.Is(got, ErrFresh) {
		t.Errorf("a program's token, which proves nothing: %v", got)
	}
	if got := rule.Admit(Actor{}, Visitor, false, now); !errors.Is(got, ErrSignIn) {
		t.Errorf("a stranger: %v", got)
	}
	if got := rule.Admit(House, Visitor, false, now); got != nil {
		t.Errorf("the house: %v", got)
	}
}
