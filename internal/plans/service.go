// Package plans is what can be subscribed in a space and who has subscribed it:
// plans with their prices and what they include, and memberships, which are a
// member's runs of a plan, from the day somebody asks to join to the day it ends.
// It owns the plans, the memberships, their pauses and who waits for one. Who a
// person is belongs to members, what they may book to booking, and what becomes of
// an amount that is due to billing.
package plans

import (
	"context"
	"slices"
	"strings"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
)

// What plans needs of others, in its own words.
type (
	// Audit is where it is written who did what: in the transaction that did it.
	Audit interface {
		Record(ctx context.Context, by actor.Actor, space id.ID, operation actor.Operation, subject id.ID, detail any) error
	}
	// People knows who is who in a space.
	People interface {
		// Person is somebody as this space knows them, or a NotFound.
		Person(ctx context.Context, space, member id.ID) (Person, error)
		// Names are those of many.
		Names(ctx context.Context, space id.ID, of []id.ID) (map[id.ID]string, error)
	}
	// Spaces knows what time it is in a space.
	Spaces interface {
		Space(ctx context.Context, space id.ID) (Space, error)
	}
	// Bookings are what somebody has booked.
	Bookings interface {
		// Lapse cancels what they have booked from a moment on, or marks it as booked
		// with a membership that has ended.
		Lapse(ctx context.Context, space, member id.ID, from clock.Instant, cancel bool) error
		// Unmark takes the marks off again.
		Unmark(ctx context.Context, space, member id.ID) error
	}
	// Jobs does later what the transaction makes true.
	Jobs interface {
		Add(ctx context.Context, job jobs.Job) error
	}
	// Mail brings a letter.
	Mail interface {
		Send(ctx context.Context, m mail.Message) error
	}
)

// Person is the one a membership is for.
type Person struct {
	ID     id.ID
	Name   string
	Email  string
	Locale string
}

// Space is a space as plans sees it.
type Space struct {
	Slug     string
	Name     i18n.Text
	Address  string
	Email    string
	Zone     *time.Location
	Currency string
}

// Needs is what a Service is made of. All of it is needed.
type Needs struct {
	DB       *db.DB
	Clock    clock.Clock
	Audit    Audit
	People   People
	Spaces   Spaces
	Bookings Bookings
	Billing  Billing
	Payers   Payers
	Proofs   Proofs
	Jobs     Jobs
	Mail     Mail
	BaseURL  string // what addresses in letters begin with
}

// Service is what one can do with plans and memberships. Make it with New.
type Service struct {
	Needs
	store store
}

// New makes the service on a migrated database.
func New(n Needs) *Service { return &Service{Needs: n, store: newStore(n.DB)} }

// Plans lists what a space offers, in its order: to everyone, to some or through
// the staff alone. What is archived is not among it.
func (s *Service) Plans(ctx context.Context, space id.ID) ([]Plan, error) {
	all, err := s.AllPlans(ctx, space)
	return slices.DeleteFunc(all, Plan.Archived), err
}

// Offered are the plans that everybody is shown on a day.
func (s *Service) Offered(ctx context.Context, space id.ID, day clock.Day) ([]Plan, error) {
	all, err := s.Plans(ctx, space)
	return slices.DeleteFunc(all, func(p Plan) bool { return !p.Shown(day) }), err
}

// AllPlans is Plans with those that are archived.
func (s *Service) AllPlans(ctx context.Context, space id.ID) ([]Plan, error) {
	all, err := s.store.plans(ctx, space)
	return all, fault.Wrap(err, "plans of %s", space)
}

// Plan finds a plan of a space by its code or id; ErrNoSuchPlan if there is none.
func (s *Service) Plan(ctx context.Context, space id.ID, name string) (Plan, error) {
	all, err := s.AllPlans(ctx, space)
	if err != nil {
		return Plan{}, err
	}
	for _, is := range []func(Plan) bool{func(p Plan) bool { return p.Code == name }, func(p Plan) bool { return p.ID.String() == name }} {
		if i := slices.IndexFunc(all, is); i >= 0 {
			return all[i], nil
		}
	}
	return Plan{}, ErrNoSuchPlan
}

// AddPlan adds a plan to what a space offers, at the end unless it says where. The
// ID is made here if there is none.
func (s *Service) AddPlan(ctx context.Context, by actor.Actor, p Plan) (Plan, error) {
	if err := by.May("plan.edit", p.SpaceID, "", nil); err != nil {
		return Plan{}, err
	}
	p = p.normal()
	if err := p.check(); err != nil {
		return Plan{}, err
	}
	if strings.Trim(p.Code, codeLetters) != "" { // one from before stays as it is
		return Plan{}, ErrPlanCode
	}
	if p.ID == "" {
		p.ID = id.New()
	}
	p.Version, p.ArchivedAt = 1, clock.Instant{}
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.insertPlan(ctx, p); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, p.SpaceID, "plan.edit", p.ID, map[string]any{"code": p.Code})
	})
	return p, fault.Wrap(err, "add a plan")
}

// EditPlan changes what a plan is called, costs and gives. What it gives changes
// for those who have it too; what they pay stays as they agreed, and so does its
// code. ErrStale if it changed since p.Version was looked at.
func (s *Service) EditPlan(ctx context.Context, by actor.Actor, p Plan) (Plan, error) {
	return s.rewrite(ctx, by, p.SpaceID, p.ID, func(was Plan) (Plan, error) {
		p.Code, p.ArchivedAt = was.Code, was.ArchivedAt
		if p.Invite == "" {
			p.Invite = was.Invite
		}
		return p, nil
	})
}

// Archive takes a plan off sale for good. Memberships of it go on.
func (s *Service) Archive(ctx context.Context, by actor.Actor, space, plan id.ID) (Plan, error) {
	return s.rewrite(ctx, by, space, plan, func(p Plan) (Plan, error) {
		if p.Archived() {
			return p, ErrArchivedAlready
		}
		p.ArchivedAt = s.Clock.Now()
		return p, nil
	})
}

// Unarchive offers an archived plan again.
func (s *Service) Unarchive(ctx context.Context, by actor.Actor, space, plan id.ID) (Plan, error) {
	return s.rewrite(ctx, by, space, plan, func(p Plan) (Plan, error) {
		if !p.Archived() {
			return p, ErrNotArchived
		}
		p.ArchivedAt = clock.Instant{}
		return p, nil
	})
}

// NewInvite makes the link to a plan anew; the one before leads nowhere any more.
func (s *Service) NewInvite(ctx context.Context, by actor.Actor, space, plan id.ID) (Plan, error) {
	return s.rewrite(ctx, by, space, plan, func(p Plan) (Plan, error) {
		p.Invite = ""
		return p.normal(), nil
	})
}

func (s *Service) rewrite(ctx context.Context, by actor.Actor, space, plan id.ID, change func(Plan) (Plan, error)) (p Plan, err error) {
	if err := by.May("plan.edit", space, "", nil); err != nil {
		return Plan{}, err
	}
	err = s.DB.Tx(ctx, func(ctx context.Context) error {
		was, err := s.store.plan(ctx, space, plan)
		if err != nil {
			return err
		}
		if p, err = change(was); err != nil {
			return err
		}
		p = p.normal()
		if err := p.check(); err != nil {
			return err
		}
		if err := s.store.updatePlan(ctx, p); err != nil {
			return err
		}
		p.Version++
		return s.Audit.Record(ctx, by, space, "plan.edit", plan, map[string]any{"before": was, "after": p})
	})
	return p, fault.Wrap(err, "edit plan %s", plan)
}

// Reorder puts a plan one place further up or down among those that are on offer.
func (s *Service) Reorder(ctx context.Context, by actor.Actor, space, plan id.ID, up bool) error {
	if err := by.May("plan.edit", space, "", nil); err != nil {
		return err
	}
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.DB.Lock(ctx, "spaces", space); err != nil {
			return err
		}
		all, err := s.Plans(ctx, space)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(p Plan) bool { return p.ID == plan })
		j := i + 1
		if up {
			j = i - 1
		}
		if i < 0 {
			return ErrNoSuchPlan
		}
		if j < 0 || j >= len(all) {
			return nil
		}
		all[i], all[j] = all[j], all[i]
		for at, p := range all {
			if err := s.store.place(ctx, p.ID, int64(at)); err != nil {
				return err
			}
		}
		return s.Audit.Record(ctx, by, space, "plan.edit", plan, map[string]any{"position": j})
	}), "reorder plan %s", plan)
}

// Settings are what a space has chosen about its memberships.
type Settings struct {
	SpaceID      id.ID
	OnLapse      string // Cancel or Flag: what becomes of bookings when a membership has ended
	ReminderDays int64  // a letter comes so many days before a period ends
}

// TableName is where GORM finds it.
func (Settings) TableName() string { return "plan_settings" }

// What becomes of bookings when a membership has ended.
const (
	Cancel = "cancel"
	Flag   = "flag"
)

// ErrLapseBad refuses a choice that is not known.
var ErrLapseBad = fault.Invalid("on_lapse", "plans.lapse_bad", "Choose whether bookings are cancelled or marked.")

// Settings are those of a space: a letter a week before, and marks, until it chooses otherwise.
func (s *Service) Settings(ctx context.Context, space id.ID) (Settings, error) {
	set, err := s.store.settings(ctx, space)
	return set, fault.Wrap(err, "settings of %s", space)
}

// Set changes the settings of a space.
func (s *Service) Set(ctx context.Context, by actor.Actor, set Settings) error {
	if err := by.May("plan.edit", set.SpaceID, "", nil); err != nil {
		return err
	}
	var wrong fault.Many
	if set.OnLapse != Cancel && set.OnLapse != Flag {
		wrong.Add(ErrLapseBad)
	}
	if set.ReminderDays < 0 || set.ReminderDays > 60 {
		wrong.Add(ErrNumberBad.With("Most", 60).On("reminder_days"))
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.store.set(ctx, set); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, set.SpaceID, "plan.edit", set.SpaceID, set)
	}), "settings of %s", set.SpaceID)
}

// Counts is how many memberships of each plan run now, paused ones among them.
func (s *Service) Counts(ctx context.Context, by actor.Actor, space id.ID) (map[id.ID]int64, error) {
	if err := by.May("plan.edit", space, "", nil); err != nil {
		return nil, err
	}
	counts, err := s.store.counts(ctx, space, s.Clock.Now())
	return counts, fault.Wrap(err, "count memberships of %s", space)
}

// Terms are what a member has of their plan in a space at a moment.
func (s *Service) Terms(ctx context.Context, member, space id.ID, at clock.Instant) (Terms, error) {
	runs, err := s.store.runs(ctx, space, member)
	return TermsOf(runs, at), fault.Wrap(err, "terms of %s", member)
}

// Abroad are a person's runs in other spaces of plans that are good in every space of
// the installation, for the parts of the house that have asked already who may see them.
func (s *Service) Abroad(ctx context.Context, space, member id.ID) ([]Run, error) {
	spaces, err := s.store.spacesOf(ctx, member)
	if err != nil {
		return nil, fault.Wrap(err, "memberships of %s", member)
	}
	var abroad []Run
	for _, other := range spaces {
		if other == space {
			continue
		}
		runs, err := s.store.runs(ctx, other, member)
		if err != nil {
			return nil, fault.Wrap(err, "memberships of %s", member)
		}
		for _, r := range runs {
			if r.Plan.Includes.Network {
				abroad = append(abroad, r)
			}
		}
	}
	return abroad, nil
}

// Held are a person's runs of plans, the latest first, for the parts of the house
// that have asked already who may see them. The list is shared by all who ask.
func (s *Service) Held(ctx context.Context, space, member id.ID) ([]Run, error) {
	runs, err := s.store.runs(ctx, space, member)
	return runs, fault.Wrap(err, "memberships of %s", member)
}

// Runs are all runs of plans that a member has in a space, the latest first. The
// list is shared by all who ask.
func (s *Service) Runs(ctx context.Context, by actor.Actor, space, member id.ID) ([]Run, error) {
	if err := by.May("member.read", space, member, ErrNoSuchMember); err != nil {
		return nil, err
	}
	if _, err := s.People.Person(ctx, space, member); err != nil {
		return nil, err
	}
	return s.Held(ctx, space, member)
}

// Run is one of them by its id, for its member and for staff; ErrNoSuchMembership
// if there is none to be seen.
func (s *Service) Run(ctx context.Context, by actor.Actor, space, membership id.ID) (Run, error) {
	m, err := s.store.membership(ctx, space, membership)
	if err != nil {
		return Run{}, fault.Wrap(err, "membership %s", membership)
	}
	if err := by.May("membership.own", space, m.MemberID, ErrNoSuchMembership); err != nil {
		return Run{}, err
	}
	return s.run(ctx, m)
}

// run is a membership with what belongs to it.
func (s *Service) run(ctx context.Context, m Membership) (Run, error) {
	runs, err := s.store.runs(ctx, m.SpaceID, m.MemberID)
	if err != nil {
		return Run{}, fault.Wrap(err, "memberships of %s", m.MemberID)
	}
	i := slices.IndexFunc(runs, func(r Run) bool { return r.ID == m.ID })
	if i < 0 {
		return Run{}, ErrNoSuchMembership
	}
	return runs[i], nil
}

// staff reports whether by may set the rules of a plan aside here.
func staff(by actor.Actor, space id.ID) bool { return by.May("membership.edit", space, "", nil) == nil }

// hold locks a member, so that what happens to their memberships happens one after
// the other, and gives the membership as it is then.
func (s *Service) hold(ctx context.Context, by actor.Actor, space, membership id.ID) (Run, Space, error) {
	r, err := s.Run(ctx, by, space, membership)
	if err != nil {
		return r, Space{}, err
	}
	if err := s.DB.Lock(ctx, "members", r.MemberID); err != nil {
		return r, Space{}, err
	}
	m, err := s.store.membership(ctx, space, membership) // it may have changed while we waited
	if err != nil {
		return r, Space{}, err
	}
	at, err := s.Spaces.Space(ctx, space)
	if err != nil {
		return r, at, err
	}
	if r, err = s.run(ctx, m); err == nil && r.PeriodTo.IsZero() {
		r.Membership = r.counted(s.Clock.Now(), at.Zone)
	}
	return r, at, err
}
