package events

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
)

type store struct{ db *db.DB }

func (s store) insert(ctx context.Context, e Session) error {
	return gorm.G[Session](s.db.In(ctx)).Create(ctx, &e)
}

func (s store) session(ctx context.Context, session id.ID) (Session, error) {
	e, err := gorm.G[Session](s.db.In(ctx)).Where("id = ?", session).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return Session{}, ErrNoSuchSession
	}
	return e, err
}

func (s store) update(ctx context.Context, e Session) error {
	was := e.Version
	e.Version++
	err := db.One(gorm.G[Session](s.db.In(ctx)).Where("id = ? AND version = ?", e.ID, was).
		Select("certification_id", "title", "place", "starts_at", "ends_at", "seats", "cancelled_at", "version").Updates(ctx, e))
	if errors.Is(err, db.ErrNone) {
		return ErrStale
	}
	return err
}

// upcoming are sessions that take place and have not ended at a moment, after one
// in their order (the zero place: from the first), so many of them.
func (s store) upcoming(ctx context.Context, member, space id.ID, now clock.Instant, after place, limit int) ([]Seated, error) {
	condition, args := upcoming, []any{space, now}
	if after != (place{}) {
		condition, args = condition+" AND (starts_at, id) > (?, ?)", append(args, after.at, after.session)
	}
	return s.seated(ctx, member, "e.id IN ("+condition+" ORDER BY starts_at, id LIMIT ?)", append(args, limit)...)
}

const upcoming = "SELECT id FROM event_sessions WHERE space_id = ? AND ends_at > ? AND cancelled_at IS NULL"

// next is of each certification the first session after a moment that has a seat left.
func (s store) next(ctx context.Context, certifications []id.ID, at clock.Instant) ([]Seated, error) {
	return s.seated(ctx, "", `e.id IN (SELECT id FROM (
		SELECT s.id, ROW_NUMBER() OVER (PARTITION BY s.certification_id ORDER BY s.starts_at, s.id) AS place FROM event_sessions s
		WHERE s.certification_id IN ? AND s.starts_at > ? AND s.cancelled_at IS NULL
			AND s.seats > (SELECT COUNT(*) FROM registrations r WHERE r.session_id = s.id)) AS first WHERE place = 1)`, certifications, at)
}

// seated lists the sessions that the condition means, in the order of their start.
func (s store) seated(ctx context.Context, member id.ID, condition string, args ...any) ([]Seated, error) {
	type row struct {
		Session `gorm:"embedded"`
		Taken   int64
		Mine    int64
	}
	rows, err := gorm.G[row](s.db.In(ctx)).Raw(`SELECT e.*,
			(SELECT COUNT(*) FROM registrations r WHERE r.session_id = e.id) AS taken,
			(SELECT COUNT(*) FROM registrations r WHERE r.session_id = e.id AND r.member_id = ?) AS mine
		FROM event_sessions e WHERE `+condition+` ORDER BY e.starts_at, e.id`, append([]any{member}, args...)...).Find(ctx)
	seated := make([]Seated, len(rows))
	for i, r := range rows {
		seated[i] = Seated{Session: r.Session, Taken: r.Taken, Mine: r.Mine > 0}
	}
	return seated, err
}

func (s store) taken(ctx context.Context, session id.ID) (int64, error) {
	return gorm.G[Registration](s.db.In(ctx)).Where("session_id = ?", session).Count(ctx, "*")
}

func (s store) seat(ctx context.Context, session, member id.ID) (r Registration, has bool, err error) {
	r, err = gorm.G[Registration](s.db.In(ctx)).Where("session_id = ? AND member_id = ?", session, member).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return Registration{}, false, nil
	}
	return r, err == nil, err
}

func (s store) insertSeat(ctx context.Context, r Registration) error {
	return gorm.G[Registration](s.db.In(ctx)).Create(ctx, &r)
}

func (s store) deleteSeat(ctx context.Context, session, member id.ID) error {
	err := db.One(gorm.G[Registration](s.db.In(ctx)).Where("session_id = ? AND member_id = ?", session, member).Delete(ctx))
	if errors.Is(err, db.ErrNone) {
		return ErrNoSeat
	}
	return err
}

func (s store) roster(ctx context.Context, space, session id.ID) ([]Seat, error) {
	return gorm.G[Seat](s.db.In(ctx)).Raw(`SELECT r.member_id, m.name, r.created_at
		FROM registrations r JOIN members m ON m.id = r.member_id JOIN event_sessions e ON e.id = r.session_id
		WHERE r.session_id = ? AND e.space_id = ? ORDER BY r.created_at, r.id`, session, space).Find(ctx)
}

// deleteSeats gives back what is still to come.
func (s store) deleteSeats(ctx context.Context, member id.ID, now clock.Instant) error {
	_, err := gorm.G[Registration](s.db.In(ctx)).
		Where("member_id = ? AND session_id IN (SELECT id FROM event_sessions WHERE starts_at > ?)", member, now).Delete(ctx)
	return err
}

// deleteSeatsIn gives back what is still to come in a space.
func (s store) deleteSeatsIn(ctx context.Context, space, member id.ID, now clock.Instant) error {
	_, err := gorm.G[Registration](s.db.In(ctx)).
		Where("member_id = ? AND session_id IN (SELECT id FROM event_sessions WHERE space_id = ? AND starts_at > ?)", member, space, now).Delete(ctx)
	return err
}
