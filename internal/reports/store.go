package reports

import (
	"context"
	"time"

	"gorm.io/gorm"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

// longest is the span within which a booking is found by its start; longer ones have an index of their own.
const longest = 48 * time.Hour

type store struct{ db *db.DB }

func (s store) resources(ctx context.Context, space id.ID) ([]BoardRow, error) {
	return gorm.G[BoardRow](s.db.In(ctx)).Raw(`
		SELECT r.id AS resource, r.slug, r.name, r.area_id AS area, a.name AS area_name, a.family, r.units,
			r.status, r.out_until, r.out_reason
		FROM resources r JOIN areas a ON a.id = r.area_id
		WHERE r.space_id = ? AND r.bookable
		ORDER BY a.position, r.position, r.id`, space).Find(ctx)
}

// ticketRow is a Ticket that still knows whose row it belongs to.
type ticketRow struct {
	Ticket
	Resource id.ID
}

// tickets reads what touches [from, to). Bookings are found by their start,
// which may lie up to two days before; the few longer ones have their own index.
func (s store) tickets(ctx context.Context, space id.ID, from, to clock.Instant) ([]ticketRow, error) {
	const columns = `b.id, b.resource_id AS resource, false AS closure, b.unit, b.places, b.member_id AS member,
		m.name, NULL AS reason, b.status, b.starts_at, b.ends_at`
	const shown = `b.status IN ('held', 'pending', 'confirmed', 'in_use', 'done', 'no_show')`
	return gorm.G[ticketRow](s.db.In(ctx)).Raw(`
		SELECT `+columns+` FROM bookings b JOIN members m ON m.id = b.member_id
			WHERE b.space_id = ? AND b.starts_at >= ? AND b.starts_at < ? AND b.ends_at > ? AND `+shown+`
		UNION
		SELECT `+columns+` FROM bookings b JOIN members m ON m.id = b.member_id
			WHERE b.space_id = ? AND b.ends_at > ? AND b.starts_at < ? AND b.ends_at - b.starts_at > 172800 AND `+shown+`
		UNION ALL
		SELECT c.id, c.resource_id, true, 1, 1, '', '', c.reason, 'closed', c.starts_at, c.ends_at FROM closures c
			WHERE c.space_id = ? AND c.ends_at > ? AND c.starts_at < ? AND c.lifted_at IS NULL
		ORDER BY starts_at, id`,
		space, from.Add(-longest), to, from,
		space, from, to,
		space, from, to).Find(ctx)
}

func (s store) counts(ctx context.Context, space id.ID, from, evening, to clock.Instant) (Counts, error) {
	type row struct {
		Bookings, InUse, People, FreeAfter int
		Minor                              int64
		Currency                           string
	}
	r, err := gorm.G[row](s.db.In(ctx)).Raw(`
		WITH RECURSIVE `+units("r.bookable AND (r.status = 'in_service' OR r.out_until <= ?)")+`
		SELECT s.currency,
			(SELECT count(*) FROM bookings b WHERE b.space_id = s.id AND b.starts_at >= ? AND b.starts_at < ?
				AND b.status IN ('pending', 'confirmed', 'in_use', 'done', 'no_show')) AS bookings,
			(SELECT COALESCE(sum(b.price_minor), 0) FROM bookings b WHERE b.space_id = s.id AND b.starts_at >= ? AND b.starts_at < ?
				AND b.status IN ('confirmed', 'in_use', 'done', 'no_show')) AS minor,
			(SELECT count(*) FROM bookings b WHERE b.space_id = s.id AND b.status = 'in_use') AS in_use,
			(SELECT count(DISTINCT b.member_id) FROM bookings b WHERE b.space_id = s.id AND b.status = 'in_use') AS people,
			(SELECT count(DISTINCT u.resource) FROM u WHERE u.resource NOT IN (
				SELECT u.resource FROM u JOIN occupancies o `+within+`
				UNION ALL
				SELECT u.resource FROM u JOIN occupancies o `+before+` WHERE o.ends_at > ?)) AS free_after
		FROM spaces s WHERE s.id = ?`,
		space, space, evening, from, to, from, to, evening, to, evening, evening, space).Take(ctx)
	return Counts{Bookings: r.Bookings, InUse: r.InUse, People: r.People, FreeAfter: r.FreeAfter,
		Worth: money.Of(r.Minor, r.Currency)}, err
}

func (s store) needs(ctx context.Context, space id.ID, now clock.Instant, limit int) ([]Need, error) {
	return gorm.G[Need](s.db.In(ctx)).Raw(`
		SELECT * FROM (
			SELECT 1 AS urgency, CASE b.status WHEN 'confirmed' THEN 'late' ELSE 'overrun' END AS kind, b.id AS subject, b.version,
				m.name AS member, r.name AS resource, r.slug, r.out_reason AS reason, b.starts_at, b.ends_at, 0 AS count
			FROM bookings b JOIN members m ON m.id = b.member_id JOIN resources r ON r.id = b.resource_id
			WHERE b.space_id = ? AND b.starts_at >= ? AND b.starts_at < ?
				AND ((b.status = 'confirmed' AND b.starts_at < ? AND b.ends_at > ?) OR (b.status = 'in_use' AND b.ends_at < ?))
			UNION ALL
			SELECT 2, 'lapsed', m.id, 0, m.name, '{}', '', '{}', min(b.starts_at), max(b.ends_at), count(*)
			FROM bookings b JOIN members m ON m.id = b.member_id
			WHERE b.space_id = ? AND b.status <> 'done' AND b.status = 'confirmed' AND b.starts_at >= ? AND b.flag = 'membership_ended'
			GROUP BY m.id, m.name
			UNION ALL
			SELECT 3, 'out', r.id, r.version, '', r.name, r.slug, r.out_reason, NULL, r.out_until,
				(SELECT count(*) FROM bookings b WHERE b.resource_id = r.id AND b.starts_at >= ? AND (r.out_until IS NULL OR b.starts_at < r.out_until)
					AND b.ends_at > ? AND b.status IN ('held', 'pending', 'confirmed'))
			FROM resources r WHERE r.space_id = ? AND r.status = 'out_of_service' AND (r.out_until IS NULL OR r.out_until > ?)
		) n WHERE urgency = 1 OR ends_at IS NULL OR count > 0 ORDER BY urgency, starts_at, subject LIMIT ?`,
		space, now.Add(-longest), now, now.Add(-LateAfter*time.Second), now, now, space, now, now.Add(-longest), now, space, now, limit).Find(ctx)
}

// standing reads the bookings that stand between two instants; no second instant is no end.
func (s store) standing(ctx context.Context, space, resource id.ID, from, to clock.Instant, limit int) ([]Ticket, error) {
	return gorm.G[Ticket](s.db.In(ctx)).Raw(`
		SELECT b.id, b.unit, b.places, b.member_id AS member, m.name, b.status, b.starts_at, b.ends_at
		FROM bookings b JOIN members m ON m.id = b.member_id
		WHERE b.space_id = ? AND b.resource_id = ? AND b.starts_at >= ? AND (? OR b.starts_at < ?)
			AND b.ends_at > ? AND b.status IN ('held', 'pending', 'confirmed')
		ORDER BY b.starts_at, b.id LIMIT ?`,
		space, resource, from.Add(-longest), to.IsZero(), to, from, limit).Find(ctx)
}

func (s store) ahead(ctx context.Context, space, member id.ID, now clock.Instant, limit int) ([]Ahead, error) {
	return gorm.G[Ahead](s.db.In(ctx)).Raw(`
		SELECT b.id, r.name, a.family, b.status, b.flag, b.starts_at, b.ends_at
		FROM bookings b JOIN resources r ON r.id = b.resource_id JOIN areas a ON a.id = r.area_id
		WHERE b.member_id = ? AND b.space_id = ? AND b.ends_at > ? AND b.status IN ('pending', 'confirmed', 'in_use')
		ORDER BY b.starts_at, b.id LIMIT ?`, member, space, now, limit).Find(ctx)
}

func (s store) behind(ctx context.Context, space, member id.ID, now clock.Instant, limit, offset int) ([]Ahead, error) {
	return gorm.G[Ahead](s.db.In(ctx)).Raw(`
		SELECT b.id, r.name, a.family, b.status, b.starts_at, b.ends_at
		FROM bookings b JOIN resources r ON r.id = b.resource_id JOIN areas a ON a.id = r.area_id
		WHERE b.member_id = ? AND b.space_id = ? AND b.ends_at <= ? AND b.status IN ('confirmed', 'in_use', 'done', 'no_show')
		ORDER BY b.starts_at DESC, b.id DESC LIMIT ? OFFSET ?`, member, space, now, limit, offset).Find(ctx)
}

// mates are the bookings of whoever is in a team, from when they came into it.
const mates = `
	FROM team_members tm JOIN bookings b ON b.member_id = tm.member_id AND b.space_id = tm.space_id AND b.starts_at >= tm.joined_at
	WHERE tm.team_id = ? AND tm.space_id = ? AND tm.left_at IS NULL AND (CAST(? AS TEXT) = '' OR tm.member_id = ?)`

func (s store) teamUse(ctx context.Context, space, team, only id.ID, from, to clock.Instant) ([]MateUse, error) {
	return gorm.G[MateUse](s.db.In(ctx)).Raw(`
		SELECT tm.member_id, COUNT(*) AS bookings, CAST(SUM(b.ends_at - b.starts_at) / 60 AS BIGINT) AS minutes, CAST(SUM(b.price_minor) AS BIGINT) AS spent_minor`+mates+`
			AND b.starts_at >= ? AND b.starts_at < ? AND b.status IN ('pending', 'confirmed', 'in_use', 'done')
		GROUP BY tm.member_id`, team, space, only, only, from, to).Find(ctx)
}

func (s store) teamAhead(ctx context.Context, space, team, only id.ID, now clock.Instant, limit int) ([]MateTicket, error) {
	return gorm.G[MateTicket](s.db.In(ctx)).Raw(`
		SELECT b.id, r.name, a.family, b.status, b.starts_at, b.ends_at, tm.member_id, m.name AS member
		FROM team_members tm JOIN bookings b ON b.member_id = tm.member_id AND b.space_id = tm.space_id AND b.starts_at >= tm.joined_at
		JOIN resources r ON r.id = b.resource_id JOIN areas a ON a.id = r.area_id JOIN members m ON m.id = tm.member_id
		WHERE tm.team_id = ? AND tm.space_id = ? AND tm.left_at IS NULL AND (CAST(? AS TEXT) = '' OR tm.member_id = ?)
			AND b.ends_at > ? AND b.status IN ('pending', 'confirmed', 'in_use')
		ORDER BY b.starts_at, b.id LIMIT ?`, team, space, only, only, now, limit).Find(ctx)
}

func (s store) teamStamps(ctx context.Context, space, team, only id.ID, now clock.Instant) ([]MateStamp, error) {
	return gorm.G[MateStamp](s.db.In(ctx)).Raw(`
		SELECT DISTINCT tm.member_id, c.name, c.position, c.code
		FROM team_members tm JOIN certification_grants g ON g.member_id = tm.member_id JOIN certifications c ON c.id = g.certification_id AND c.space_id = tm.space_id
		WHERE tm.team_id = ? AND tm.space_id = ? AND tm.left_at IS NULL AND (CAST(? AS TEXT) = '' OR tm.member_id = ?)
			AND g.revoked_at IS NULL AND g.granted_at <= ? AND (g.expires_at IS NULL OR g.expires_at > ?)
		ORDER BY c.position, c.code`, team, space, only, only, now, now).Find(ctx)
}

func (s store) lastUse(ctx context.Context, space, member id.ID) (map[id.ID]clock.Instant, error) {
	type row struct {
		CertificationID id.ID
		UsedAt          clock.Instant
	}
	rows, err := gorm.G[row](s.db.In(ctx)).Raw(`
		SELECT a.certification_id, MAX(b.checked_in_at) AS used_at
		FROM bookings b JOIN resource_certifications a ON a.resource_id = b.resource_id
		WHERE b.member_id = ? AND b.space_id = ? AND b.checked_in_at IS NOT NULL GROUP BY a.certification_id`, member, space).Find(ctx)
	used := make(map[id.ID]clock.Instant, len(rows))
	for _, r := range rows {
		used[r.CertificationID] = r.UsedAt
	}
	return used, err
}

func (s store) logged(ctx context.Context, space, member id.ID) ([]Logged, error) {
	return gorm.G[Logged](s.db.In(ctx)).Raw(`
		SELECT r.kind, EXISTS (SELECT 1 FROM resource_certifications a WHERE a.resource_id = r.id) AS certified,
			CAST(SUM(COALESCE(b.checked_out_at, b.ends_at) - COALESCE(b.checked_in_at, b.starts_at)) / 60 AS BIGINT) AS minutes
		FROM bookings b JOIN resources r ON r.id = b.resource_id
		WHERE b.member_id = ? AND b.space_id = ? AND b.status = 'done' GROUP BY r.kind, r.id`, member, space).Find(ctx)
}

func (s store) seats(ctx context.Context, space, member id.ID, now clock.Instant) ([]Seat, error) {
	return gorm.G[Seat](s.db.In(ctx)).Raw(`
		SELECT e.id AS session, e.certification_id, e.title, e.starts_at
		FROM registrations g JOIN event_sessions e ON e.id = g.session_id
		WHERE g.member_id = ? AND e.space_id = ? AND e.starts_at > ? AND e.cancelled_at IS NULL AND e.certification_id IS NOT NULL
			AND e.certification_id <> '' ORDER BY e.starts_at, e.id`, member, space, now).Find(ctx)
}

// makers is how many people of a space agreed to be counted.
func (s store) makers(ctx context.Context, space id.ID) (int, error) {
	row, err := gorm.G[struct{ N int }](s.db.In(ctx)).Raw("SELECT count(*) AS n "+counted, space).Take(ctx)
	return row.N, err
}

// makerGroups counts the answers to one of MakerQuestions.
func (s store) makerGroups(ctx context.Context, space id.ID, question string) ([]Group, error) {
	return gorm.G[Group](s.db.In(ctx)).Raw("SELECT d."+question+" AS answer, count(*) AS people "+counted+" GROUP BY d."+question, space).Find(ctx)
}

const counted = "FROM demographics d JOIN standings s ON s.member_id = d.member_id WHERE s.space_id = ? AND s.left_at IS NULL"

// arriving is a day of a space, as it is looked at now.
type arriving struct {
	space         id.ID
	from, to, now clock.Instant
}

// list is everybody who comes on the day. A visit is a row of its own only where nobody
// expected it: else it says of the booking or the seat that its person is here.
func (a arriving) list() (sql string, args []any) {
	late := a.now.Add(-LateAfter * time.Second)
	return `
		SELECT 'booking' AS kind, b.id AS subject, b.version, b.member_id AS member, b.starts_at, b.ends_at, r.name AS what, '' AS wristband,
			CASE WHEN b.status = 'in_use' THEN 'here' WHEN b.status = 'done' THEN 'done' WHEN b.status = 'no_show' OR b.ends_at <= ? THEN 'missed'
				WHEN v.id IS NOT NULL THEN 'here' WHEN b.starts_at < ? AND b.ends_at - b.starts_at < ? THEN 'late' ELSE 'expected' END AS state, COALESCE(v.id, '') AS visit, b.status = 'in_use' AS in_use
			FROM bookings b JOIN resources r ON r.id = b.resource_id
			LEFT JOIN visits v ON v.space_id = b.space_id AND v.member_id = b.member_id AND v.left_at IS NULL
			WHERE b.space_id = ? AND b.starts_at >= ? AND b.starts_at < ? AND b.status IN ('confirmed', 'in_use', 'done', 'no_show')
		UNION ALL
		SELECT 'event', e.id, e.version, g.member_id, e.starts_at, e.ends_at, e.title, '',
			CASE WHEN v.id IS NOT NULL AND e.ends_at > ? THEN 'here' WHEN came.member_id IS NOT NULL THEN 'done' WHEN e.ends_at <= ? THEN 'missed'
				WHEN e.starts_at < ? THEN 'late' ELSE 'expected' END, COALESCE(v.id, ''), FALSE
			FROM event_sessions e JOIN registrations g ON g.session_id = e.id
			LEFT JOIN visits v ON v.space_id = e.space_id AND v.member_id = g.member_id AND v.left_at IS NULL
			LEFT JOIN (SELECT DISTINCT member_id FROM visits WHERE space_id = ? AND arrived_at >= ? AND arrived_at < ?) came ON came.member_id = g.member_id
			WHERE e.space_id = ? AND e.starts_at >= ? AND e.starts_at < ? AND e.cancelled_at IS NULL
		UNION ALL
		SELECT 'visit', v.id, 0, v.member_id, v.arrived_at, v.left_at, NULL, v.wristband,
			CASE WHEN v.left_at IS NULL THEN 'here' ELSE 'done' END, CASE WHEN v.left_at IS NULL THEN v.id ELSE '' END, FALSE
			FROM visits v WHERE v.space_id = ? AND v.arrived_at >= ? AND v.arrived_at < ?
			AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.member_id = v.member_id AND b.space_id = v.space_id AND b.starts_at >= ? AND b.starts_at < ?
				AND b.status IN ('confirmed', 'in_use', 'done', 'no_show'))
			AND NOT EXISTS (SELECT 1 FROM registrations g JOIN event_sessions e ON e.id = g.session_id WHERE g.member_id = v.member_id
				AND e.space_id = v.space_id AND e.starts_at >= ? AND e.starts_at < ? AND e.cancelled_at IS NULL)`,
		[]any{
			a.now, late, dayLong, a.space, a.from, a.to,
			a.now, a.now, late, a.space, a.from, a.to, a.space, a.from, a.to,
			a.space, a.from, a.to, a.from, a.to, a.from, a.to,
		}
}

func (s store) arrivalCounts(ctx context.Context, a arriving) (map[ArrivalState]int, error) {
	type row struct {
		State ArrivalState
		N     int
	}
	list, args := a.list()
	rows, err := gorm.G[row](s.db.In(ctx)).Raw("SELECT state, COUNT(*) AS n FROM ("+list+") l GROUP BY state", args...).Find(ctx)
	counts := map[ArrivalState]int{}
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, err
}

func (s store) arrivals(ctx context.Context, a arriving, state ArrivalState, limit, offset int) ([]Arrival, error) {
	list, args := a.list()
	return gorm.G[Arrival](s.db.In(ctx)).Raw(`
		SELECT l.*, m.name,
			s.suspended_at IS NOT NULL AND (s.suspended_until IS NULL OR s.suspended_until > ?) AS suspended,
			EXISTS (SELECT 1 FROM notes n WHERE n.member_id = l.member AND n.space_id = ? AND n.pinned AND n.struck_at IS NULL) AS pinned,
			NOT EXISTS (SELECT 1 FROM memberships ms WHERE ms.member_id = l.member AND ms.space_id = ? AND ms.starts_at <= ?
				AND (ms.ends_at IS NULL OR ms.ends_at > ?)) AS no_plan
		FROM (`+list+`) l JOIN members m ON m.id = l.member JOIN standings s ON s.member_id = l.member AND s.space_id = ?
		WHERE CAST(? AS TEXT) = '' OR l.state = ?
		ORDER BY l.starts_at, l.subject, l.member LIMIT ? OFFSET ?`,
		append(append([]any{a.now, a.space, a.space, a.now, a.now}, args...), a.space, state, state, limit, offset)...).Find(ctx)
}
