package plans

import (
	"context"
	"errors"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

type store struct {
	db *db.DB

	offers *db.Memory[id.ID, []Plan]
	had    *db.Memory[place, []Run]
	where  *db.Memory[id.ID, []id.ID]
}

// place is a person in a space.
type place struct{ space, member id.ID }

func newStore(d *db.DB) store {
	return store{
		db:     d,
		where:  db.NewMemory[id.ID, []id.ID](d, "memberships"),
		offers: db.NewMemory[id.ID, []Plan](d, "plans"),
		had:    db.NewMemory[place, []Run](d, "plans", "memberships", "membership_pauses"),
	}
}

// plans ------------------------------------------------------------------

func (s store) plans(ctx context.Context, space id.ID) ([]Plan, error) {
	list, err := s.offers.Recall(ctx, space, func(ctx context.Context) ([]Plan, error) {
		return gorm.G[Plan](s.db.In(ctx)).Where("space_id = ?", space).Order("position, code").Find(ctx)
	})
	return slices.Clone(list), err
}

func (s store) plan(ctx context.Context, space, plan id.ID) (Plan, error) {
	p, err := gorm.G[Plan](s.db.In(ctx)).Where("id = ? AND space_id = ?", plan, space).Take(ctx)
	return p, missing(err, ErrNoSuchPlan)
}

func (s store) insertPlan(ctx context.Context, p Plan) error {
	return taken(gorm.G[Plan](s.db.In(ctx)).Create(ctx, &p), "plans_code_key", ErrPlanCodeTaken)
}

// updatePlan writes what can be changed and counts the version up; a version that
// is no longer the stored one is ErrStale.
func (s store) updatePlan(ctx context.Context, p Plan) error {
	was := p.Version
	p.Version++
	err := db.One(gorm.G[Plan](s.db.In(ctx)).Where("id = ? AND version = ?", p.ID, was).
		Select("name", "about", "price_group", "key_holder", "price_minor", "currency", "prices", "free_price", "floor_minor", "setup_minor",
			"deposit_minor", "period", "period_count", "min_periods", "notice_days", "trial_days", "renews", "includes", "audience", "invite",
			"approval", "most", "sold_from", "sold_to", "pause_days", "pause_longest", "archived_at", "position", "version").Updates(ctx, p))
	return missing(err, ErrStale)
}

func (s store) place(ctx context.Context, plan id.ID, position int64) error {
	return db.One(gorm.G[Plan](s.db.In(ctx)).Where("id = ?", plan).Update(ctx, "position", position))
}

// taken is how many memberships of a plan have not ended at a moment.
func (s store) taken(ctx context.Context, plan id.ID, at clock.Instant) (int64, error) {
	return gorm.G[Membership](s.db.In(ctx)).Where("plan_id = ? AND (ends_at IS NULL OR ends_at > ?)", plan, at).Count(ctx, "*")
}

func (s store) counts(ctx context.Context, space id.ID, now clock.Instant) (map[id.ID]int64, error) {
	type row struct {
		PlanID id.ID
		N      int64
	}
	rows, err := gorm.G[row](s.db.In(ctx)).Raw(`SELECT plan_id, COUNT(*) AS n FROM memberships
		WHERE space_id = ? AND starts_at <= ? AND (ends_at IS NULL OR ends_at > ?) GROUP BY plan_id`, space, now, now).Find(ctx)
	counts := map[id.ID]int64{}
	for _, r := range rows {
		counts[r.PlanID] = r.N
	}
	return counts, err
}

func (s store) settings(ctx context.Context, space id.ID) (Settings, error) {
	set, err := gorm.G[Settings](s.db.In(ctx)).Where("space_id = ?", space).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return Settings{SpaceID: space, OnLapse: Flag, ReminderDays: 7}, nil
	}
	return set, err
}

func (s store) set(ctx context.Context, set Settings) error {
	return gorm.G[Settings](s.db.In(ctx), clause.OnConflict{
		Columns: []clause.Column{{Name: "space_id"}}, DoUpdates: clause.AssignmentColumns([]string{"on_lapse", "reminder_days"}),
	}).Create(ctx, &set)
}

// memberships ------------------------------------------------------------

// spacesOf are the spaces in which somebody has or had a plan.
func (s store) spacesOf(ctx context.Context, member id.ID) ([]id.ID, error) {
	return s.where.Recall(ctx, member, func(ctx context.Context) ([]id.ID, error) {
		type row struct{ SpaceID id.ID }
		rows, err := gorm.G[row](s.db.In(ctx)).Raw("SELECT DISTINCT space_id FROM memberships WHERE member_id = ? ORDER BY space_id", member).Find(ctx)
		spaces := make([]id.ID, len(rows))
		for i, r := range rows {
			spaces[i] = r.SpaceID
		}
		return spaces, err
	})
}

// runs are shared by all who ask.
func (s store) runs(ctx context.Context, space, member id.ID) ([]Run, error) {
	return s.had.Recall(ctx, place{space, member}, func(ctx context.Context) ([]Run, error) {
		return s.readRuns(ctx, space, member)
	})
}

func (s store) readRuns(ctx context.Context, space, member id.ID) ([]Run, error) {
	rows, err := gorm.G[Membership](s.db.In(ctx)).Where("member_id = ? AND space_id = ?", member, space).Order("starts_at DESC, id DESC").Find(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	offered, err := s.plans(ctx, space)
	if err != nil {
		return nil, err
	}
	plans := make(map[id.ID]Plan, len(offered))
	for _, p := range offered {
		plans[p.ID] = p
	}
	ids := make([]id.ID, len(rows))
	for i, m := range rows {
		ids[i] = m.ID
	}
	pauses, err := gorm.G[Pause](s.db.In(ctx)).Where("membership_id IN ? AND ends_at > starts_at", ids).Order("starts_at").Find(ctx)
	runs := make([]Run, len(rows))
	for i, m := range rows {
		runs[i] = Run{Membership: m, Plan: plans[m.PlanID]}
		for _, p := range pauses {
			if p.MembershipID == m.ID {
				runs[i].Pauses = append(runs[i].Pauses, p)
			}
		}
	}
	return runs, err
}

func (s store) membership(ctx context.Context, space, membership id.ID) (Membership, error) {
	m, err := gorm.G[Membership](s.db.In(ctx)).Where("id = ? AND space_id = ?", membership, space).Take(ctx)
	return m, missing(err, ErrNoSuchMembership)
}

func (s store) insertMembership(ctx context.Context, m Membership) error {
	return gorm.G[Membership](s.db.In(ctx)).Create(ctx, &m)
}

// updateMembership writes everything that moves in a membership.
func (s store) updateMembership(ctx context.Context, m Membership) error {
	return db.One(gorm.G[Membership](s.db.In(ctx)).Where("id = ?", m.ID).
		Select("ends_at", "renews", "term_ends_at", "anchor", "turn", "period_from", "period_to", "period_days", "period_minor", "trial_ends_at",
			"buyer_group", "price_minor", "proved_by", "proved_until",
			"setup_due", "deposit_due", "deposit_minor", "deposit_settled_at", "deposit_kept", "cancelled_at", "cancel_reason", "reminded_at", "lapsed_at", "ends_without").Updates(ctx, m))
}

func (s store) deleteMembership(ctx context.Context, membership id.ID) error {
	if _, err := gorm.G[Pause](s.db.In(ctx)).Where("membership_id = ?", membership).Delete(ctx); err != nil {
		return err
	}
	return db.One(gorm.G[Membership](s.db.In(ctx)).Where("id = ?", membership).Delete(ctx))
}

func (s store) insertPause(ctx context.Context, p Pause) error {
	return gorm.G[Pause](s.db.In(ctx)).Create(ctx, &p)
}

func (s store) endPause(ctx context.Context, p Pause) error {
	return db.One(gorm.G[Pause](s.db.In(ctx)).Where("id = ?", p.ID).Update(ctx, "ends_at", p.EndsAt))
}

// due are memberships that go on and whose period is over, or not counted yet.
func (s store) due(ctx context.Context, now clock.Instant, skip int) ([]Membership, error) {
	return gorm.G[Membership](s.db.In(ctx)).Where(`renews AND (period_to <= ? OR period_to IS NULL AND starts_at <= ?)
		AND (ends_at IS NULL OR ends_at > period_to)`, now, now).Order("period_to, id").Offset(skip).Limit(batch).Find(ctx)
}

// lapsing are memberships that have ended and that nobody has seen to.
func (s store) lapsing(ctx context.Context, now clock.Instant, skip int) ([]Membership, error) {
	return gorm.G[Membership](s.db.In(ctx)).Where("ends_at <= ? AND lapsed_at IS NULL", now).Order("ends_at, id").Offset(skip).Limit(batch).Find(ctx)
}

// ending are memberships whose period ends within the days that their space writes
// before, and that it has not written of.
func (s store) ending(ctx context.Context, now clock.Instant, skip int) ([]Membership, error) {
	return gorm.G[Membership](s.db.In(ctx)).Raw(`SELECT m.* FROM memberships m LEFT JOIN plan_settings p ON p.space_id = m.space_id
		WHERE m.period_to > ? AND m.period_to <= ? + 86400 * COALESCE(p.reminder_days, 7)
			AND (m.reminded_at IS NULL OR m.reminded_at <> m.period_to) AND (m.ends_at IS NULL OR m.ends_at >= m.period_to)
		ORDER BY m.period_to, m.id LIMIT ? OFFSET ?`, now, now, batch, skip).Find(ctx)
}

// applications -----------------------------------------------------------

func (s store) insertApplication(ctx context.Context, a Application) error {
	return gorm.G[Application](s.db.In(ctx)).Create(ctx, &a)
}

func (s store) application(ctx context.Context, space, application id.ID) (Application, error) {
	a, err := gorm.G[Application](s.db.In(ctx)).Where("id = ? AND space_id = ?", application, space).Take(ctx)
	return a, missing(err, ErrNoSuchApplication)
}

func (s store) applications(ctx context.Context, space, member id.ID) ([]Application, error) {
	return gorm.G[Application](s.db.In(ctx)).Where("member_id = ? AND space_id = ?", member, space).Order("asked_at DESC, id DESC").Limit(20).Find(ctx)
}

func (s store) waiting(ctx context.Context, space id.ID, offset, limit int) ([]Application, error) {
	return gorm.G[Application](s.db.In(ctx)).Where("space_id = ? AND decided_at IS NULL", space).Order("asked_at, id").Offset(offset).Limit(limit).Find(ctx)
}

func (s store) waitingCount(ctx context.Context, space id.ID) (int64, error) {
	return gorm.G[Application](s.db.In(ctx)).Where("space_id = ? AND decided_at IS NULL", space).Count(ctx, "*")
}

// decide writes an answer once; a second one is ErrDecided.
func (s store) decide(ctx context.Context, a Application) error {
	err := db.One(gorm.G[Application](s.db.In(ctx)).Where("id = ? AND decided_at IS NULL", a.ID).
		Select("decided_at", "decided_by", "approved", "reason").Updates(ctx, a))
	return missing(err, ErrDecided)
}

// grant closes what somebody asks for once they have it by another way.
func (s store) grant(ctx context.Context, m Membership, by id.ID, now clock.Instant) error {
	_, err := gorm.G[Application](s.db.In(ctx)).Where("member_id = ? AND space_id = ? AND plan_id = ? AND decided_at IS NULL", m.MemberID, m.SpaceID, m.PlanID).
		Select("decided_at", "decided_by", "approved").Updates(ctx, Application{DecidedAt: now, DecidedBy: by, Approved: true})
	return err
}

// missing turns "no such row" into the refusal that it means here.
func missing(err error, refusal *fault.Error) error {
	if errors.Is(err, db.ErrNone) {
		return refusal
	}
	return err
}

// taken turns a duplicate of this constraint into the refusal that it means here.
func taken(err error, constraint string, refusal *fault.Error) error {
	if db.IsDuplicate(err, constraint) {
		return refusal
	}
	return err
}

// deposits are a person's memberships, in any space, of which the deposit is held.
func (s store) deposits(ctx context.Context, member id.ID) ([]Membership, error) {
	return gorm.G[Membership](s.db.In(ctx)).Where("member_id = ? AND deposit_minor > 0 AND deposit_settled_at IS NULL", member).Order("id").Find(ctx)
}

// erasure ----------------------------------------------------------------

// endAll ends every membership of a person at a moment, takes away those that would only
// have begun, and lets nothing wait that they asked for.
func (s store) endAll(ctx context.Context, member id.ID, now clock.Instant) error {
	for _, statement := range []string{
		"DELETE FROM membership_pauses WHERE membership_id IN (SELECT id FROM memberships WHERE member_id = ? AND starts_at >= ?)",
		"DELETE FROM memberships WHERE member_id = ? AND starts_at >= ?",
	} {
		if err := s.db.In(ctx).Exec(statement, member, now).Error; err != nil {
			return err
		}
	}
	if err := s.db.In(ctx).Exec("UPDATE plan_applications SET decided_at = ? WHERE member_id = ? AND decided_at IS NULL", now, member).Error; err != nil {
		return err
	}
	return s.db.In(ctx).Exec(`UPDATE memberships SET ends_at = ?, renews = FALSE, lapsed_at = ?
		WHERE member_id = ? AND (ends_at IS NULL OR ends_at > ?)`, now, now, member, now).Error
}

// unsay takes the words away that were written about a person's memberships.
func (s store) unsay(ctx context.Context, member id.ID) error {
	for _, statement := range []string{
		"UPDATE memberships SET cancel_reason = '', deposit_kept = '' WHERE member_id = ?",
		"UPDATE membership_pauses SET reason = '' WHERE membership_id IN (SELECT id FROM memberships WHERE member_id = ?)",
		"UPDATE plan_applications SET note = '', reason = '' WHERE member_id = ?",
	} {
		if err := s.db.In(ctx).Exec(statement, member).Error; err != nil {
			return err
		}
	}
	return nil
}

// taking over -------------------------------------------------------------

// bothRun reports whether two people each have a plan in one space that runs or is to come.
func (s store) bothRun(ctx context.Context, a, b id.ID, now clock.Instant) (bool, error) {
	n, err := gorm.G[Membership](s.db.In(ctx)).Where(`member_id = ? AND (ends_at IS NULL OR ends_at > ?) AND EXISTS (
		SELECT 1 FROM memberships o WHERE o.member_id = ? AND o.space_id = memberships.space_id AND (o.ends_at IS NULL OR o.ends_at > ?))`, a, now, b, now).Count(ctx, "*")
	return n > 0, err
}

// askOnce closes what one person asks for in a space where another, who they become, asks too.
func (s store) askOnce(ctx context.Context, from, to id.ID, now clock.Instant) error {
	return s.db.In(ctx).Exec(`UPDATE plan_applications SET decided_at = ?, decided_by = ? WHERE member_id = ? AND decided_at IS NULL AND space_id IN (
		SELECT o.space_id FROM plan_applications o WHERE o.member_id = ? AND o.decided_at IS NULL)`, now, to, from, to).Error
}
