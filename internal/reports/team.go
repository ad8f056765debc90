package reports

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// ErrNoSuchTeam is the answer about a team that is not the asker's.
var ErrNoSuchTeam = fault.NotFound("reports.no_such_team", "There is no such team here.")

// MateUse is what somebody in a team booked between two instants, by the start of
// their bookings, while they were in it.
type MateUse struct {
	MemberID   id.ID
	Bookings   int64
	Minutes    int64
	SpentMinor int64
}

// MateStamp is a certification that somebody in a team holds, by its name alone.
type MateStamp struct {
	MemberID id.ID
	Name     i18n.Text
}

// MateTicket is a booking that somebody in a team has before them.
type MateTicket struct {
	Ahead    `gorm:"embedded"`
	MemberID id.ID
	Member   string
}

// TeamUse is what each in the team booked between two instants: to staff and to who
// administers it everybody, to others themselves. Who booked nothing is left out.
func (s *Service) TeamUse(ctx context.Context, by actor.Actor, space, team id.ID, from, to clock.Instant) (map[id.ID]MateUse, error) {
	only, err := leadsOrSelf(by, space, team)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.teamUse(ctx, space, team, only, from, to)
	use := make(map[id.ID]MateUse, len(rows))
	for _, r := range rows {
		use[r.MemberID] = r
	}
	return use, fault.Wrap(err, "use of team %s", team)
}

// TeamStamps are the names of the certifications that those in the team hold now.
func (s *Service) TeamStamps(ctx context.Context, by actor.Actor, space, team id.ID) (map[id.ID][]i18n.Text, error) {
	only, err := leadsOrSelf(by, space, team)
	if err != nil {
		return nil, err
	}
	rows, err := s.store.teamStamps(ctx, space, team, only, s.clock.Now())
	stamps := map[id.ID][]i18n.Text{}
	for _, r := range rows {
		stamps[r.MemberID] = append(stamps[r.MemberID], r.Name)
	}
	return stamps, fault.Wrap(err, "certifications of team %s", team)
}

// TeamAhead are the bookings that those in the team have before them, the next
// first, at most so many.
func (s *Service) TeamAhead(ctx context.Context, by actor.Actor, space, team id.ID, limit int) ([]MateTicket, error) {
	only, err := leadsOrSelf(by, space, team)
	if err != nil {
		return nil, err
	}
	list, err := s.store.teamAhead(ctx, space, team, only, s.clock.Now(), limit)
	return list, fault.Wrap(err, "bookings of team %s", team)
}

// leadsOrSelf is empty for whoever may see everybody in the team, and else the
// asker, who sees themselves.
func leadsOrSelf(by actor.Actor, space, team id.ID) (only id.ID, err error) {
	switch led, _ := by.Led(space); by.Scope("booking.read", space) {
	case actor.Any:
		return "", nil
	case actor.Team:
		if led.Team == team {
			return "", nil
		}
	case actor.None:
		return "", ErrNoSuchTeam
	}
	return by.Member, nil
}
