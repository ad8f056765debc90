package demo

import (
	"context"
	"fmt"

	"guildhall/internal/actor"
	"guildhall/internal/teams"
)

// gatherTeams founds a company with five of eight seats and a family with a child
// who has no e-mail address.
func (s *seeder) gatherTeams(ctx context.Context, at *site) error {
	numbered := func(n int) string { return fmt.Sprintf("member%03d@%s", n, Domain) }
	company, err := s.Teams.Found(ctx, actor.House, at.space, teams.NewTeam{
		Details: teams.Details{
			Kind: teams.Company, Name: "Nordlicht Robotics", BillingName: "Nordlicht Robotics GmbH",
			BillingAddress: "Am Kai 12\n20457 Hamburg", TaxID: "DE 811 907 980", Seats: 8,
		},
		Member: s.people[numbered(2)],
	})
	if err != nil {
		return err
	}
	for _, n := range []int{3, 7, 12, 19} {
		if err := s.Teams.Add(ctx, actor.House, at.space, company.ID, s.people[numbered(n)]); err != nil {
			return err
		}
	}
	if _, err := s.Teams.SetLimits(ctx, actor.House, at.space, company.ID, 0, teams.Limits{AtOnce: 6, MonthMin: 120 * 60, SpendMinor: 60000}); err != nil {
		return err
	}
	limits := teams.Limits{WeekMin: 10 * 60}
	if err := s.Teams.SetMate(ctx, actor.House, at.space, company.ID, s.people[numbered(7)], teams.MateChange{Limits: &limits}); err != nil {
		return err
	}
	family, err := s.Teams.Found(ctx, actor.House, at.space, teams.NewTeam{
		Details: teams.Details{Kind: teams.Family, Name: "Familie Weber 韦伯家", Seats: 4}, Member: s.people[numbered(41)],
	})
	if err != nil {
		return err
	}
	if err := s.Teams.Add(ctx, actor.House, at.space, family.ID, s.people[numbered(42)]); err != nil {
		return err
	}
	_, err = s.Teams.AddDependant(ctx, actor.House, at.space, family.ID, "Lotte Weber")
	return err
}
