package actor

import (
	"testing"

	"guildhall/internal/id"
)

// Whoever is suspended may do what a member may, whatever they are otherwise; and
// where they are not suspended, all that their role may.
func TestSuspensionOverridesTheRole(t *testing.T) {
	here, there := id.New(), id.New()
	for _, role := range Roles[1:] {
		a := Actor{Member: id.New(), Roles: map[id.ID]Role{here: role, there: role}, Suspended: map[id.ID]bool{here: true}}
		for op, rule := range Table {
			if got := a.Scope(op, here); got != rule.Scopes[Member] {
				t.Errorf("a suspended %s has %s: %s, want a member's %s", role, op, got, rule.Scopes[Member])
			}
			if got := a.Scope(op, there); got != rule.Scopes[role] {
				t.Errorf("a %s who is suspended elsewhere has %s: %s, want %s", role, op, got, rule.Scopes[role])
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
