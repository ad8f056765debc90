package teams

import (
	"context"
	"errors"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// store owns teams, team_members and team_invitations. Of members it reads names
// and addresses.
type store struct {
	db *db.DB

	shares *db.Memory[place, Share]
	led    *db.Memory[id.ID, []ledTeam]
}

// place is a person in a space.
type place struct{ space, member id.ID }

// ledTeam is a team that somebody administers.
type ledTeam struct {
	space, team id.ID
	members     map[id.ID]bool
}

func newStore(d *db.DB) store {
	return store{
		db:     d,
		shares: db.NewMemory[place, Share](d, "teams", "team_members", "members"),
		led:    db.NewMemory[id.ID, []ledTeam](d, "teams", "team_members"),
	}
}

// teams ------------------------------------------------------------------

func (s store) insertTeam(ctx context.Context, t Team) error {
	return gorm.G[Team](s.db.In(ctx)).Create(ctx, &t)
}

func (s store) team(ctx context.Context, team id.ID) (Team, error) {
	t, err := gorm.G[Team](s.db.In(ctx)).Where("id = ?", team).Take(ctx)
	return t, missing(err, ErrNoSuchTeam)
}

// updateTeam writes what can be changed and counts the version up.
func (s store) updateTeam(ctx context.Context, t Team) error {
	was := t.Version
	t.Version++
	err := db.One(gorm.G[Team](s.db.In(ctx)).Where("id = ? AND version = ?", t.ID, was).
		Select("kind", "name", "search", "billing_name", "billing_address", "tax_id", "seats", "at_once", "week_min", "month_min",
			"spend_minor", "currency", "archived_at", "version").Updates(ctx, t))
	return missing(err, ErrStale)
}

// list is a page of the teams of a space and how many there are in all.
func (s store) list(ctx context.Context, space id.ID, q Query) (rows []Listed, total int64, err error) {
	condition := "t.space_id = ?"
	args := []any{space}
	and := func(more string, values ...any) {
		condition += " AND " + more
		args = append(args, values...)
	}
	for _, word := range strings.Fields(strings.ToLower(q.Text)) {
		escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(word)
		and(`t.search LIKE ? ESCAPE '\'`, "%"+escaped+"%")
	}
	if q.Kind != "" {
		and("t.kind = ?", q.Kind)
	}
	if q.Archived {
		and("t.archived_at IS NOT NULL")
	} else {
		and("t.archived_at IS NULL")
	}
	counted, err := gorm.G[struct{ N int64 }](s.db.In(ctx)).Raw("SELECT COUNT(*) AS n FROM teams t WHERE "+condition, args...).Take(ctx)
	if err != nil {
		return nil, 0, err
	}
	offset := (q.Page - 1) * q.Limit
	if q.Cursor != "" {
		search, after, ok := decodeCursor(q.Cursor)
		if !ok {
			return nil, 0, ErrSearchCursor
		}
		and("(t.search > ? OR (t.search = ? AND t.id > ?))", search, search, after)
		offset = 0
	}
	rows, err = gorm.G[Listed](s.db.In(ctx)).Raw(`SELECT t.*,
			(SELECT COUNT(*) FROM team_members tm WHERE tm.team_id = t.id AND tm.left_at IS NULL) AS taken,
			COALESCE((SELECT m.name FROM team_members tm JOIN members m ON m.id = tm.member_id
				WHERE tm.team_id = t.id AND tm.payer AND tm.left_at IS NULL), '') AS payer_name,
			COALESCE((SELECT tm.member_id FROM team_members tm WHERE tm.team_id = t.id AND tm.payer AND tm.left_at IS NULL), '') AS payer_id
		FROM teams t WHERE `+condition+` ORDER BY t.search, t.id LIMIT ? OFFSET ?`, append(args, q.Limit, offset)...).Find(ctx)
	return rows, counted.N, err
}

// members ----------------------------------------------------------------

// insertPlace writes that somebody is in a team, unless they are in one of this space.
func (s store) insertPlace(ctx context.Context, p Place) error {
	done := gorm.WithResult()
	err := gorm.G[Place](s.db.In(ctx), done, clause.OnConflict{DoNothing: true}).Create(ctx, &p)
	if err == nil && done.RowsAffected == 0 {
		return ErrElsewhere
	}
	return err
}

// mates are those in a team, the administrators first.
func (s store) mates(ctx context.Context, team id.ID) ([]Mate, error) {
	return gorm.G[Mate](s.db.In(ctx)).Raw(`SELECT tm.*, m.name, m.email, m.search FROM team_members tm JOIN members m ON m.id = tm.member_id
		WHERE tm.team_id = ? AND tm.left_at IS NULL ORDER BY CASE WHEN tm.admin THEN 0 ELSE 1 END, m.search, tm.id`, team).Find(ctx)
}

// placeOf is somebody's being in a team of a space now.
func (s store) placeOf(ctx context.Context, space, member id.ID) (Place, error) {
	p, err := gorm.G[Place](s.db.In(ctx)).Where("space_id = ? AND member_id = ? AND left_at IS NULL", space, member).Take(ctx)
	return p, missing(err, ErrNotIn)
}

func (s store) updatePlace(ctx context.Context, p Place) error {
	err := db.One(gorm.G[Place](s.db.In(ctx)).Where("id = ? AND left_at IS NULL", p.ID).
		Select("admin", "payer", "at_once", "week_min", "month_min", "spend_minor", "left_at").Updates(ctx, p))
	return missing(err, ErrNotIn)
}

func (s store) endPlaces(ctx context.Context, team id.ID, at clock.Instant) error {
	_, err := gorm.G[Place](s.db.In(ctx)).Where("team_id = ? AND left_at IS NULL", team).Update(ctx, "left_at", at)
	return err
}

func (s store) taken(ctx context.Context, team id.ID) (int64, error) {
	return gorm.G[Place](s.db.In(ctx)).Where("team_id = ? AND left_at IS NULL", team).Count(ctx, "*")
}

// invitedSince is how many invitations a team has sent from a moment on.
func (s store) invitedSince(ctx context.Context, team id.ID, from clock.Instant) (int64, error) {
	return gorm.G[Invitation](s.db.In(ctx)).Where("team_id = ? AND created_at > ?", team, from).Count(ctx, "*")
}

// ledBy are the teams that somebody administers, with who is in each.
func (s store) ledBy(ctx context.Context, member id.ID) ([]ledTeam, error) {
	return s.led.Recall(ctx, member, func(ctx context.Context) ([]ledTeam, error) {
		rows, err := gorm.G[Place](s.db.In(ctx)).Raw(`SELECT o.* FROM team_members a JOIN team_members o ON o.team_id = a.team_id AND o.left_at IS NULL
			WHERE a.member_id = ? AND a.admin AND a.left_at IS NULL ORDER BY o.team_id`, member).Find(ctx)
		var led []ledTeam
		for _, r := range rows {
			if n := len(led); n == 0 || led[n-1].team != r.TeamID {
				led = append(led, ledTeam{r.SpaceID, r.TeamID, map[id.ID]bool{}})
			}
			led[len(led)-1].members[r.MemberID] = true
		}
		return led, err
	})
}

// share is what somebody's team means for them; the zero Share where they are in none.
func (s store) share(ctx context.Context, space, member id.ID) (Share, error) {
	return s.shares.Recall(ctx, place{space, member}, func(ctx context.Context) (Share, error) {
		p, err := s.placeOf(ctx, space, member)
		if errors.Is(err, ErrNotIn) {
			return Share{}, nil
		}
		if err != nil {
			return Share{}, err
		}
		t, err := s.team(ctx, p.TeamID)
		if err != nil {
			return Share{}, err
		}
		mates, err := s.mates(ctx, t.ID)
		sh := Share{Team: t.ID, Name: t.Name, Admins: Sheet{Mates: mates}.Admins(), Together: t.Limits, Alone: p.Limits, Currency: t.Currency, Joined: map[id.ID]clock.Instant{}}
		for _, m := range mates {
			sh.Joined[m.MemberID] = m.JoinedAt
			if m.Payer {
				sh.Payer, sh.PaidBy = m.MemberID, m.Name
			}
		}
		return sh, err
	})
}

// invitations ------------------------------------------------------------

func (s store) insertInvitation(ctx context.Context, i Invitation) error {
	err := gorm.G[Invitation](s.db.In(ctx)).Create(ctx, &i)
	if db.IsDuplicate(err, "team_invitations_open_key") {
		return ErrInvited
	}
	return err
}

func (s store) updateInvitation(ctx context.Context, i Invitation) error {
	return db.One(gorm.G[Invitation](s.db.In(ctx)).Where("id = ?", i.ID).
		Select("hash", "letters", "member_id", "expires_at", "accepted_at", "withdrawn_at").Updates(ctx, i))
}

func (s store) invitation(ctx context.Context, invitation id.ID) (Invitation, error) {
	i, err := gorm.G[Invitation](s.db.In(ctx)).Where("id = ?", invitation).Take(ctx)
	return i, missing(err, ErrNoSuchInvitation)
}

func (s store) invitationBy(ctx context.Context, hash string) (Invitation, error) {
	i, err := gorm.G[Invitation](s.db.In(ctx)).Where("hash = ?", hash).Take(ctx)
	return i, missing(err, ErrLink)
}

// openFor is the open invitation of a team for an address; none: a zero one.
func (s store) openFor(ctx context.Context, team id.ID, key string) (Invitation, error) {
	i, err := gorm.G[Invitation](s.db.In(ctx)).Where("team_id = ? AND email_key = ? AND accepted_at IS NULL AND withdrawn_at IS NULL", team, key).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return Invitation{}, nil
	}
	return i, err
}

// openOf are the open invitations of a team, the latest first.
func (s store) openOf(ctx context.Context, team id.ID) ([]Invitation, error) {
	return gorm.G[Invitation](s.db.In(ctx)).Where("team_id = ? AND accepted_at IS NULL AND withdrawn_at IS NULL", team).Order("created_at DESC, id DESC").Find(ctx)
}

// goodFor are the invitations of an address that can be accepted.
func (s store) goodFor(ctx context.Context, key string, now clock.Instant) ([]Invitation, error) {
	return gorm.G[Invitation](s.db.In(ctx)).
		Where("email_key = ? AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > ?", key, now).Order("created_at, id").Find(ctx)
}

func (s store) withdrawAll(ctx context.Context, team id.ID, at clock.Instant) error {
	_, err := gorm.G[Invitation](s.db.In(ctx)).Where("team_id = ? AND accepted_at IS NULL AND withdrawn_at IS NULL", team).Update(ctx, "withdrawn_at", at)
	return err
}

// missing turns "no such row" into the refusal that it means here.
func missing(err error, refusal *fault.Error) error {
	if errors.Is(err, db.ErrNone) {
		return refusal
	}
	return err
}

// bothIn reports whether two people are each in a team of one space.
func (s store) bothIn(ctx context.Context, a, b id.ID) (bool, error) {
	n, err := gorm.G[Place](s.db.In(ctx)).Where(`member_id = ? AND left_at IS NULL AND EXISTS (
		SELECT 1 FROM team_members o WHERE o.member_id = ? AND o.space_id = team_members.space_id AND o.left_at IS NULL)`, a, b).Count(ctx, "*")
	return n > 0, err
}

// erasure ----------------------------------------------------------------

func (s store) leaveAll(ctx context.Context, member id.ID, at clock.Instant) error {
	_, err := gorm.G[Place](s.db.In(ctx)).Where("member_id = ? AND left_at IS NULL", member).Update(ctx, "left_at", at)
	return err
}

// unaddress takes the address out of the invitations that a person accepted.
func (s store) unaddress(ctx context.Context, member id.ID) error {
	return s.db.In(ctx).Exec("UPDATE team_invitations SET email = '', email_key = id WHERE member_id = ?", member).Error
}
