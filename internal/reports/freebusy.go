package reports

import (
	"context"
	"time"

	"gorm.io/gorm"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// lately is how far back a machine's use makes it a favourite.
const lately = 90 * 24 * time.Hour

// Held is a time in which one unit of a resource is not to be had, buffers
// included. It says nothing of who has it, but whether it is the asker.
type Held struct {
	Resource id.ID
	Unit     int
	StartsAt clock.Instant
	EndsAt   clock.Instant
	Closure  bool
	Mine     id.ID // the asker's own booking, or empty
}

// FreeBusy is what is held between two instants, by resource and then in the
// order of units and time: of the whole space, or of one resource.
func (s *Service) FreeBusy(ctx context.Context, by actor.Actor, space, resource id.ID, from, to clock.Instant) (map[id.ID][]Held, error) {
	if err := by.May("availability.read", space, "", ErrNoSuchSpace); err != nil {
		return nil, err
	}
	rows, err := s.store.held(ctx, by.Member, space, resource, from, to)
	if err != nil {
		return nil, fault.Wrap(err, "free and busy of %s", space)
	}
	of := map[id.ID][]Held{}
	for _, h := range rows {
		of[h.Resource] = append(of[h.Resource], h)
	}
	return of, nil
}

// Favourites are the resources that the asker used most lately in this
// space, or is about to, the most used first.
func (s *Service) Favourites(ctx context.Context, by actor.Actor, space id.ID, limit int) ([]id.ID, error) {
	if err := by.May("booking.read", space, by.Member, ErrNoSuchSpace); err != nil {
		return nil, err
	}
	used, err := s.store.favourites(ctx, by.Member, space, s.clock.Now().Add(-lately), limit)
	return used, fault.Wrap(err, "favourites in %s", space)
}

// units are the tables n and u of a WITH RECURSIVE: u has every unit of the
// resources r of a space for which the condition holds. It takes the space twice.
func units(condition string) string {
	return `n(unit) AS (
			SELECT 1 UNION ALL
			SELECT unit + 1 FROM n WHERE unit < (SELECT max(units) FROM resources WHERE space_id = ?)),
		u AS (
			SELECT r.id AS resource, n.unit FROM resources r JOIN n ON n.unit <= r.units
			WHERE r.space_id = ? AND ` + condition + `)`
}

// What is held of a unit u in a window is what starts within it, and the
// predecessor of its start if that reaches into it: as nothing is held twice, no
// other row can. Both are steps into the index of the overlap guard, however much
// is stored.
const (
	within = `ON o.resource_id = u.resource AND o.unit = u.unit AND o.starts_at >= ? AND o.starts_at < ?`
	before = `ON o.id = (SELECT p.id FROM occupancies p
		WHERE p.resource_id = u.resource AND p.unit = u.unit AND p.starts_at < ? ORDER BY p.starts_at DESC LIMIT 1)`
)

func (s store) held(ctx context.Context, member, space, resource id.ID, from, to clock.Instant) ([]Held, error) {
	const columns = `u.resource AS resource, u.unit AS unit, o.starts_at AS starts_at, o.ends_at, o.cause = 'closure' AS closure,
		CASE WHEN b.member_id = ? THEN b.id ELSE '' END AS mine`
	return gorm.G[Held](s.db.In(ctx)).Raw(`
		WITH RECURSIVE `+units("(r.id = ? OR ? = '')")+`
		SELECT `+columns+` FROM u JOIN occupancies o `+within+` LEFT JOIN bookings b ON b.id = o.cause_id
		UNION ALL
		SELECT `+columns+` FROM u JOIN occupancies o `+before+` LEFT JOIN bookings b ON b.id = o.cause_id
			WHERE o.ends_at > ?
		ORDER BY resource, unit, starts_at`,
		space, space, resource, resource, member, from, to, member, from, from).Find(ctx)
}

func (s store) favourites(ctx context.Context, member, space id.ID, since clock.Instant, limit int) ([]id.ID, error) {
	type row struct{ Resource id.ID }
	rows, err := gorm.G[row](s.db.In(ctx)).Raw(`
		SELECT b.resource_id AS resource FROM bookings b JOIN resources r ON r.id = b.resource_id
		WHERE b.member_id = ? AND b.space_id = ? AND b.starts_at >= ? AND r.bookable
			AND b.status IN ('pending', 'confirmed', 'in_use', 'done')
		GROUP BY b.resource_id ORDER BY count(*) DESC, max(b.starts_at) DESC, b.resource_id LIMIT ?`,
		member, space, since, limit).Find(ctx)
	ids := make([]id.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.Resource
	}
	return ids, err
}
