package events

import (
	"context"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// What events needs of others, in its own words.
type (
	// Certifications knows which certifications a space has.
	Certifications interface {
		// Knows reports whether the space knows it.
		Knows(ctx context.Context, space, certification id.ID) (bool, error)
	}
	// Audit is where it is written who did what: in the transaction that did it.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
	}
)

// Service is what one can do with sessions. Make it with New.
type Service struct {
	db             *db.DB
	clock          clock.Clock
	certifications Certifications
	audit          Audit
	store          store
}

// New makes the service on a migrated database.
func New(d *db.DB, c clock.Clock, certifications Certifications, log Audit) *Service {
	return &Service{db: d, clock: c, certifications: certifications, audit: log, store: store{d}}
}

// Announce adds a session to what a space has to offer.
func (s *Service) Announce(ctx context.Context, by actor.Actor, space id.ID, a Announcement) (Session, error) {
	if err := by.May("event.edit", space, "", nil); err != nil {
		return Session{}, err
	}
	a, err := a.normal(s.clock.Now())
	if err != nil {
		return Session{}, err
	}
	e := Session{ID: id.New(), SpaceID: space, CreatedAt: s.clock.Now(), Version: 1}
	e.say(a)
	err = s.db.Tx(ctx, func(ctx context.Context) error {
		if err := s.leads(ctx, space, a.Certification); err != nil {
			return err
		}
		if err := s.store.insert(ctx, e); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "event.edit", e.ID, a)
	})
	return e, fault.Wrap(err, "announce a session")
}

// Edit changes what was announced. It never leaves fewer seats than are taken.
// ErrStale if it changed since version was looked at.
func (s *Service) Edit(ctx context.Context, by actor.Actor, space, session id.ID, version int64, a Announcement) (Session, error) {
	if err := by.May("event.edit", space, "", nil); err != nil {
		return Session{}, err
	}
	a, err := a.normal(s.clock.Now())
	if err != nil {
		return Session{}, err
	}
	var e Session
	err = s.change(ctx, by, space, session, func(ctx context.Context, now Session) (Session, error) {
		if now.Version != version {
			return now, ErrStale
		}
		if err := s.leads(ctx, space, a.Certification); err != nil {
			return now, err
		}
		taken, err := s.store.taken(ctx, session)
		if err != nil {
			return now, err
		}
		if a.Seats < taken {
			return now, ErrSeatsTaken.With("Count", taken)
		}
		e = now
		e.say(a)
		return e, nil
	})
	e.Version++
	return e, fault.Wrap(err, "edit session %s", session)
}

// Cancel says that a session does not take place. Those who had a seat keep
// their row, so that they can be told.
func (s *Service) Cancel(ctx context.Context, by actor.Actor, space, session id.ID) error {
	if err := by.May("event.edit", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.change(ctx, by, space, session, func(_ context.Context, e Session) (Session, error) {
		e.CancelledAt = s.clock.Now()
		return e, nil
	}), "cancel session %s", session)
}

// change locks a session that takes place, and writes what fn makes of it.
func (s *Service) change(ctx context.Context, by actor.Actor, space, session id.ID, fn func(context.Context, Session) (Session, error)) error {
	return s.db.Tx(ctx, func(ctx context.Context) error {
		e, err := s.locked(ctx, session)
		if err != nil {
			return err
		}
		if e.SpaceID != space {
			return ErrNoSuchSession
		}
		if e.Cancelled() {
			return ErrCancelled
		}
		if e, err = fn(ctx, e); err != nil {
			return err
		}
		if err := s.store.update(ctx, e); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, space, "event.edit", session, map[string]any{"cancelled": e.Cancelled(), "starts": e.StartsAt, "seats": e.Seats})
	})
}

// Register takes a seat for a member, who is by unless by works at the desk.
// Whoever has one keeps it: a second time changes nothing. Of those who come at
// once for the last seat one gets it, the others get ErrFull.
func (s *Service) Register(ctx context.Context, by actor.Actor, session, member id.ID) (Registration, error) {
	var r Registration
	err := s.db.Tx(ctx, func(ctx context.Context) error {
		e, err := s.locked(ctx, session)
		if err != nil {
			return err
		}
		if err := by.May("event.register", e.SpaceID, member, ErrNoSuchSession); err != nil {
			return err
		}
		switch {
		case member == by.Member && by.Suspended[e.SpaceID]:
			return ErrSuspended
		case member == by.Member && !by.Confirmed:
			return ErrUnconfirmed
		case e.Cancelled():
			return ErrCancelled
		case !s.clock.Now().Before(e.StartsAt):
			return ErrBegun
		}
		var has bool
		if r, has, err = s.store.seat(ctx, session, member); err != nil || has {
			return err
		}
		taken, err := s.store.taken(ctx, session)
		if err != nil {
			return err
		}
		if taken >= e.Seats {
			return ErrFull
		}
		r = Registration{ID: id.New(), SessionID: session, MemberID: member, CreatedAt: s.clock.Now()}
		if err := s.store.insertSeat(ctx, r); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, e.SpaceID, "event.register", session, map[string]any{"member": member})
	})
	return r, fault.Wrap(err, "register for %s", session)
}

// Leave gives a seat back, as long as the session has not begun.
func (s *Service) Leave(ctx context.Context, by actor.Actor, session, member id.ID) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		e, err := s.locked(ctx, session)
		if err != nil {
			return err
		}
		if err := by.May("event.register", e.SpaceID, member, ErrNoSuchSession); err != nil {
			return err
		}
		if !s.clock.Now().Before(e.StartsAt) {
			return ErrBegun
		}
		if err := s.store.deleteSeat(ctx, session, member); err != nil {
			return err
		}
		return s.audit.Record(ctx, by, e.SpaceID, "event.register", session, map[string]any{"member": member, "left": true})
	}), "leave %s", session)
}

// locked is the session, kept from others until the transaction ends.
func (s *Service) locked(ctx context.Context, session id.ID) (Session, error) {
	if err := s.db.Lock(ctx, "event_sessions", session); err != nil {
		return Session{}, err
	}
	return s.store.session(ctx, session)
}

// leads refuses a certification that the space does not know.
func (s *Service) leads(ctx context.Context, space, certification id.ID) error {
	if certification == "" {
		return nil
	}
	known, err := s.certifications.Knows(ctx, space, certification)
	if err == nil && !known {
		return ErrCertification
	}
	return err
}

// Session is one session with its seats, as by sees them.
func (s *Service) Session(ctx context.Context, by actor.Actor, space, session id.ID) (Seated, error) {
	if err := by.May("event.read", space, "", nil); err != nil {
		return Seated{}, err
	}
	e, err := s.store.seated(ctx, by.Member, "e.id = ? AND e.space_id = ?", session, space)
	if err == nil && len(e) == 0 {
		return Seated{}, ErrNoSuchSession
	}
	if err != nil {
		return Seated{}, fault.Wrap(err, "session %s", session)
	}
	return e[0], nil
}

// Upcoming lists the sessions of a space that have not ended and take place, the
// next first, a page at a time. A limit of 0 is 50; there are at most 200.
func (s *Service) Upcoming(ctx context.Context, by actor.Actor, space id.ID, cursor string, limit int) (Page, error) {
	if err := by.May("event.read", space, "", nil); err != nil {
		return Page{}, err
	}
	after, err := parseCursor(cursor)
	if err != nil {
		return Page{}, err
	}
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 200)
	es, err := s.store.upcoming(ctx, by.Member, space, s.clock.Now(), after, limit+1)
	if err != nil || len(es) <= limit {
		return Page{Sessions: es}, fault.Wrap(err, "sessions of %s", space)
	}
	return Page{Sessions: es[:limit], Next: es[limit-1].cursor()}, nil
}

// Next is for each of these certifications the earliest session after a moment
// that takes place, has a seat left and leads to it, in the order of their start;
// a certification to which none leads has none.
func (s *Service) Next(ctx context.Context, certifications []id.ID, at clock.Instant) ([]Seated, error) {
	if len(certifications) == 0 {
		return nil, nil
	}
	es, err := s.store.next(ctx, certifications, at)
	return es, fault.Wrap(err, "the next sessions")
}

// Roster lists who has a seat, in the order they took it.
func (s *Service) Roster(ctx context.Context, by actor.Actor, space, session id.ID) ([]Seat, error) {
	if err := by.May("event.roster", space, "", nil); err != nil {
		return nil, err
	}
	seats, err := s.store.roster(ctx, space, session)
	return seats, fault.Wrap(err, "roster of %s", session)
}

// Left gives back the seats that somebody who leaves a space has in its sessions to come,
// in the transaction in which they leave.
func (s *Service) Left(ctx context.Context, space, member id.ID) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		return s.store.deleteSeatsIn(ctx, space, member, s.clock.Now())
	}), "give back the seats of %s", member)
}

// Erase gives back the seats that a person has in sessions to come. Where they were
// stays, of somebody without a name. It is asked in the transaction that erases them.
func (s *Service) Erase(ctx context.Context, member id.ID) error {
	return fault.Wrap(s.db.Tx(ctx, func(ctx context.Context) error {
		return s.store.deleteSeats(ctx, member, s.clock.Now())
	}), "erase the seats of %s", member)
}
