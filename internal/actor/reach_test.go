package actor

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"guildhall/internal/id"
)

// Every right of a token on every address: it opens those that need it, and no other.
func TestATokenReachesWhatItWasGiven(t *testing.T) {
	for op, rule := range Table {
		for _, route := range rule.Routes {
			method, path, _ := strings.Cut(route, " ")
			if !strings.HasPrefix(path, "/api/") {
				continue
			}
			need := rule.Needs(method)
			for _, given := range Reaches {
				by := Actor{Member: id.New(), Token: id.New(), Given: []Reach{given}}
				got := rule.Reaches(by, method)
				switch {
				case op == "auth.public" || need == given:
					if got != nil {
						t.Errorf("%s (%s) with %s: %v", route, op, given, got)
					}
				case need == "" && !errors.Is(got, ErrNoToken), need != "" && !errors.Is(got, ErrReach):
					t.Errorf("%s (%s) with %s: %v", route, op, given, got)
				}
			}
			if need == ToRead && method != http.MethodGet {
				t.Errorf("%s changes something, and needs the right to read", route)
			}
		}
	}
	for op, want := range map[Operation]Reach{
		"booking.create": ToBook, "member.edit": ToPeople, "equipment.edit": ToHouse,
		"account.own": "", "account.factor": "", "account.prove": "", "security.edit": "", "member.roles": "", "member.export": "",
	} {
		if got := Table[op].Needs(http.MethodPost); got != want {
			t.Errorf("%s needs %q, want %q", op, got, want)
		}
	}
	if err := Table["account.own"].Reaches(Actor{Member: id.New()}, http.MethodPost); err != nil {
		t.Errorf("a person in a session: %v", err)
	}
}
