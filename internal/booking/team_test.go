package booking

import (
	"context"
	"errors"
	"strings"
	"testing"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/testkit"
)

// gathered puts people into a team with these limits.
func (h *house) gathered(together, alone TeamLimits, people ...actor.Actor) Team {
	h.t.Helper()
	team := Team{ID: id.New(), Name: "Nordlicht", Admins: []string{"Anna"}, Together: together, Alone: alone, Currency: "EUR", Joined: map[id.ID]clock.Instant{}}
	for _, p := range people {
		team.Joined[p.Member] = at(h.t, "2026-11-01 00:00")
	}
	h.exec(`INSERT INTO teams (id, space_id, kind, name, search, billing_name, billing_address, tax_id, seats, at_once, week_min, month_min, spend_minor, currency, created_at, version)
		VALUES (?, ?, 'team', 'Nordlicht', '', '', '', '', 9, 0, 0, 0, 0, 'EUR', 0, 1)`, team.ID, h.space.ID)
	if h.teams == nil {
		h.teams = map[id.ID]Team{}
	}
	for _, p := range people {
		h.teams[p.Member] = team
	}
	return team
}

// What a team may book is counted over all in it, what one may for that one, and each
// refusal says who can be asked.
func TestATeamsLimitsAreRules(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser, saw := h.machine("laser", nil), h.machine("saw", nil)
		h.priced(laser, Price{ToMin: 24 * 60, Form: PerHour, Amount: eur(1000)})
		for _, c := range []struct {
			what            string
			together, alone TeamLimits
			code            string
		}{
			{"at once, all", TeamLimits{AtOnce: 1}, TeamLimits{}, TeamAtOnce},
			{"at once, one: the other's does not count", TeamLimits{}, TeamLimits{AtOnce: 1}, ""},
			{"a week, all", TeamLimits{WeekMin: 119}, TeamLimits{}, TeamWeek},
			{"a week, enough", TeamLimits{WeekMin: 120}, TeamLimits{}, ""},
			{"a week, one", TeamLimits{}, TeamLimits{WeekMin: 59}, TeamWeek + "_alone"},
			{"a month, all", TeamLimits{MonthMin: 90}, TeamLimits{}, TeamMonth},
			{"spending, all", TeamLimits{SpendMinor: 1999}, TeamLimits{}, TeamSpend},
			{"spending, enough", TeamLimits{SpendMinor: 2000}, TeamLimits{}, ""},
			{"spending, one", TeamLimits{}, TeamLimits{SpendMinor: 999}, TeamSpend + "_alone"},
		} {
			t.Run(c.what, func(t *testing.T) {
				anna, bert := h.person("Anna", nil), h.person("Bert", nil)
				h.teams = nil
				other := saw
				if strings.HasPrefix(c.code, TeamSpend) || c.what == "spending, enough" {
					other = h.machine("laser two", nil)
					h.priced(other, Price{ToMin: 24 * 60, Form: PerHour, Amount: eur(1000)})
				}
				first := h.book(bert, other, "10:00", "11:00")
				h.gathered(c.together, c.alone, anna, bert)
				b, err := h.Book(context.Background(), anna, h.request(laser, "10:00", "11:00"))
				if c.code == "" {
					if err != nil {
						t.Fatal(err)
					}
				} else {
					v := refused(t, err, c.code).Violations[0]
					if v.Overridable || v.Remedy == nil || v.Remedy.Code != AskTeam || !strings.Contains(v.Remedy.Sentence(i18n.For("en"), berlin), "Anna") {
						t.Errorf("%+v", v)
					}
				}
				for _, made := range []id.ID{first.ID, b.ID} {
					if made == "" {
						continue
					}
					if _, err := h.Cancel(context.Background(), actor.House, Cancellation{Booking: made}); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	})
}

// Of those in a team who book the last hour at the same moment one gets it, whatever
// machine each wants.
func TestTheLastHourOfATeamGoesToOne(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		people := h.people(6)
		h.gathered(TeamLimits{WeekMin: 60}, TeamLimits{}, people...)
		var machines []Resource
		for range people {
			machines = append(machines, h.machine("machine", nil))
		}
		results := make(chan error, len(people))
		for i, p := range people {
			req := h.request(machines[i], "10:00", "11:00")
			go func() {
				_, err := h.Book(context.Background(), p, req)
				results <- err
			}()
		}
		got := 0
		for range people {
			var r Refusal
			switch err := <-results; {
			case err == nil:
				got++
			case !errors.As(err, &r) || !r.Has(TeamWeek):
				t.Errorf("refused with %v", err)
			}
		}
		if got != 1 {
			t.Errorf("%d got the last hour", got)
		}
		h.sound()
	})
}
