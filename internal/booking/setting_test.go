package booking

import (
	"errors"
	"sync"
	"testing"

	"guildhall/internal/actor"
	"guildhall/internal/db"
	"guildhall/internal/testkit"
)

func TestOfTwoWhoReviseAListOneIsToldThatItChanged(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, manager := h.machine("laser", nil), h.staff(actor.Manager)
		for name, c := range map[string]list{
			"rules of a machine": rulesIn(t, h, manager, Scope{Space: h.space.ID, Resource: laser.ID}),
			"rules of a space":   rulesIn(t, h, manager, Scope{Space: h.space.ID}),
			"prices": {
				func() (Mark, int) {
					prices, err := h.Prices(t.Context(), manager, laser.ID)
					if err != nil {
						t.Fatal(err)
					}
					return MarkOfPrices(prices), len(prices)
				},
				func(seen Mark) error {
					return h.RevisePrices(t.Context(), manager, laser.ID, seen, []Price{{Form: PerHour, Amount: eur(1200)}})
				},
			},
		} {
			t.Run(name, func(t *testing.T) {
				for range 3 {
					seen, _ := c.state()
					var refused [2]error
					var both sync.WaitGroup
					for i := range refused {
						both.Go(func() { refused[i] = c.revise(seen) })
					}
					both.Wait()
					if (refused[0] == nil) == (refused[1] == nil) || !errors.Is(errors.Join(refused[:]...), ErrListStale) {
						t.Errorf("refused %v", refused)
					}
					if _, n := c.state(); n != 1 {
						t.Fatalf("%d rows are left of lists of one", n)
					}
					for range 2 { // whoever has seen none is not asked
						both.Go(func() {
							if err := c.revise(""); err != nil {
								t.Error(err)
							}
						})
					}
					both.Wait()
					if _, n := c.state(); n != 1 {
						t.Fatalf("%d rows are left of lists of one", n)
					}
				}
			})
		}
	})
}

// list is one that two may set at once.
type list struct {
	state  func() (seen Mark, rows int)
	revise func(seen Mark) error // to one row
}

func rulesIn(t *testing.T, h *house, by actor.Actor, scope Scope) list {
	return list{
		func() (Mark, int) {
			rules, err := h.Rules(t.Context(), by, scope)
			if err != nil {
				t.Fatal(err)
			}
			return MarkOfRules(rules), len(rules)
		},
		func(seen Mark) error {
			return h.ReviseRules(t.Context(), by, scope, seen, []Rule{{Kind: AheadRule, Params: Params{Days: 9}}})
		},
	}
}
