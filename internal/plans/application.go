package plans

import (
	"context"
	"crypto/subtle"
	"slices"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/money"
)

var (
	// ErrWaiting refuses to ask a second time for what one waits for.
	ErrWaiting = fault.Conflict("plans.waiting", "You have asked for a plan already. Take that request back first, or wait for the answer.").On("plan")
	// ErrNoSuchApplication is the answer where nobody has asked so.
	ErrNoSuchApplication = fault.NotFound("plans.no_such_application", "There is no such request here.")
	// ErrDecided refuses to decide twice.
	ErrDecided = fault.Conflict("plans.decided", "This request has been answered already.")
	// ErrReasonMissing refuses to decline, or to set something aside, without a reason.
	ErrReasonMissing = fault.Invalid("reason", "plans.reason_missing", "Give a reason.")
)

// Application is somebody's wish to join, or to change to another plan, which waits for
// the staff: because the plan asks for their yes, or for the proof of a concession.
// Somebody has one at a time in a space.
type Application struct {
	ID           id.ID
	SpaceID      id.ID
	MemberID     id.ID
	PlanID       id.ID
	MembershipID id.ID // that it takes the place of; empty: they had no plan when they asked
	BuyerGroup   string
	PriceMinor   int64 // of a period, as it was when they asked
	Currency     string
	StartsOn     clock.Day // empty: when it is approved
	Note         string    // what they say of themselves, or of their proof
	AskedAt      clock.Instant
	DecidedAt    clock.Instant
	DecidedBy    id.ID
	Approved     bool
	Reason       string
}

// TableName is where GORM finds it.
func (Application) TableName() string { return "plan_applications" }

// Price is what a period will cost.
func (a Application) Price() money.Amount { return money.Of(a.PriceMinor, a.Currency) }

// Waits reports whether nobody has decided.
func (a Application) Waits() bool { return a.DecidedAt.IsZero() }

// Applicant is an application with whose it is, and what comes of it where the staff
// says yes now.
type Applicant struct {
	Application
	Name    string // the person's
	Plan    Plan
	Was     Plan // that they have now; zero: none
	Bill    Bill
	Against error // a yes, as things are; nil: nothing
}

// Joining is how somebody joins by themselves.
type Joining struct {
	Space    id.ID
	Plan     id.ID
	Group    string
	Amount   *int64    // of a period, where one pays what one can
	StartsOn clock.Day // empty: now
	Code     string    // of an invitation
	Note     string
}

// Joined is what came of it: a membership, or an application that waits.
type Joined struct {
	Membership  Membership
	Application Application
}

// Waits reports whether the staff has to say yes first.
func (j Joined) Waits() bool { return j.Application.ID != "" }

// Open refuses what somebody may not join by themselves on this day.
func (p Plan) Open(day clock.Day, code string) error {
	switch {
	case p.Archived():
		return ErrArchived
	case p.Audience == StaffOnly:
		return ErrStaffStarts
	case p.Audience == Invitation && subtle.ConstantTimeCompare([]byte(p.Invite), []byte(code)) != 1:
		return ErrInvitation
	case !p.OnSale(day):
		return ErrNotOnSale
	}
	return nil
}

// Join starts a plan for the one who acts, or asks the staff for it. A plan that runs
// is changed (Change), not joined over.
func (s *Service) Join(ctx context.Context, by actor.Actor, j Joining) (Joined, error) {
	var done Joined
	if err := by.May("membership.own", j.Space, by.Member, ErrNoSuchMember); err != nil {
		return done, err
	}
	if err := note(j.Note); err != nil {
		return done, err
	}
	err := s.DB.Tx(ctx, func(ctx context.Context) error {
		p, st, asks, err := s.joining(ctx, by, j)
		if err != nil {
			return err
		}
		if !asks {
			done.Membership, _, err = s.begin(ctx, by, p, st)
			return err
		}
		done.Application, _, err = s.apply(ctx, by, p, st, Application{StartsOn: j.StartsOn, Note: strings.TrimSpace(j.Note)})
		return err
	})
	return done, fault.Wrap(err, "join %s", j.Plan)
}

// PreviewJoin is what Join would charge, or what stands against it.
func (s *Service) PreviewJoin(ctx context.Context, by actor.Actor, j Joining) (Bill, error) {
	if err := by.May("membership.own", j.Space, by.Member, ErrNoSuchMember); err != nil {
		return Bill{}, err
	}
	p, st, asks, err := s.joining(ctx, by, j)
	if err != nil {
		return Bill{}, fault.Wrap(err, "preview %s", j.Plan)
	}
	bill, err := s.foresee(ctx, p, st, asks)
	return bill, fault.Wrap(err, "preview %s", j.Plan)
}

// foresee is what a start by oneself would be charged, or what stands against it.
func (s *Service) foresee(ctx context.Context, p Plan, st Start, asks bool) (Bill, error) {
	w, err := s.weigh(ctx, p, st)
	if w.bill.Asks = asks; err != nil {
		return w.bill, err
	}
	if asks { // who waits may wait for a place as well
		return w.bill, s.noneWaits(ctx, st)
	}
	return w.bill, s.roomIn(ctx, p, w.membership.StartsAt)
}

// noneWaits refuses a second request while the first one waits.
func (s *Service) noneWaits(ctx context.Context, st Start) error {
	all, err := s.store.applications(ctx, st.Space, st.Member)
	if slices.ContainsFunc(all, Application.Waits) {
		return ErrWaiting
	}
	return err
}

// joining is a start as somebody wishes it, and whether the staff has to say yes first,
// or what stands against it.
func (s *Service) joining(ctx context.Context, by actor.Actor, j Joining) (p Plan, st Start, asks bool, err error) {
	st = Start{Space: j.Space, Member: by.Member, Plan: j.Plan, Group: j.Group, Amount: j.Amount}
	if p, err = s.store.plan(ctx, j.Space, j.Plan); err != nil {
		return p, st, false, err
	}
	at, err := s.Spaces.Space(ctx, j.Space)
	if err != nil {
		return p, st, false, err
	}
	if st.From, err = s.startsOn(j.StartsOn, at); err != nil {
		return p, st, false, err
	}
	if err := p.Open(clock.DayOf(s.Clock.Now(), at.Zone), j.Code); err != nil {
		return p, st, false, err
	}
	runs, err := s.store.runs(ctx, j.Space, by.Member)
	if err != nil {
		return p, st, false, err
	}
	if r, runs := Current(runs, st.From); runs {
		if r.PlanID == p.ID {
			return p, st, false, ErrSamePlan
		}
		return p, st, false, ErrRuns
	}
	if _, known := p.PriceFor(st.Group); !known {
		return p, st, false, ErrNoSuchGroup
	}
	if err := s.mayOwe(ctx, by, p, st); err != nil {
		return p, st, false, err
	}
	st, asks, err = s.ask(ctx, by, p, st)
	return p, st, asks, err
}

// ask is a start by oneself with the proof of its concession, and whether the staff
// has to say yes: because the plan has it so, or because nobody hands in proofs of
// what this group of buyers is.
func (s *Service) ask(ctx context.Context, by actor.Actor, p Plan, st Start) (Start, bool, error) {
	seen, err := s.shown(ctx, p, st)
	if err != nil {
		return st, false, err
	}
	if p.Conceded(st.Group) && !seen.Handed && !seen.Counts {
		return st, true, nil
	}
	st, err = s.attest(ctx, by, p, st)
	return st, p.Approval, err
}

// apply asks the staff for a start, of which a says when and why.
func (s *Service) apply(ctx context.Context, by actor.Actor, p Plan, st Start, a Application) (Application, Bill, error) {
	if err := s.DB.Lock(ctx, "members", by.Member); err != nil {
		return a, Bill{}, err
	}
	bill, err := s.foresee(ctx, p, st, true) // it is refused now what could not be approved
	if err != nil {
		return a, bill, err
	}
	a.ID, a.SpaceID, a.MemberID, a.PlanID, a.AskedAt = id.New(), st.Space, by.Member, p.ID, s.Clock.Now()
	a.BuyerGroup, a.PriceMinor, a.Currency = st.Group, bill.Price.Minor, p.Currency
	if err := s.store.insertApplication(ctx, a); err != nil {
		return a, bill, err
	}
	return a, bill, s.Audit.Record(ctx, by, st.Space, "membership.own", by.Member, map[string]any{"asks_for": p.ID, "group": st.Group, "instead_of": a.MembershipID})
}

// ApplicationsPage is how many who wait are listed where nothing else is asked for, and
// MaxApplications the most there may be.
const (
	ApplicationsPage = 25
	MaxApplications  = 200
)

// Waiting are those who wait for the staff, the first who asked first: limit of them
// from offset on, and how many there are in all.
func (s *Service) Waiting(ctx context.Context, by actor.Actor, space id.ID, offset, limit int) ([]Applicant, int64, error) {
	total, err := s.WaitingCount(ctx, by, space)
	if err != nil {
		return nil, 0, err
	}
	if limit <= 0 {
		limit = ApplicationsPage
	}
	all, err := s.store.waiting(ctx, space, max(offset, 0), min(limit, MaxApplications))
	if err != nil {
		return nil, 0, fault.Wrap(err, "applications of %s", space)
	}
	list, err := s.applicants(ctx, space, all)
	return list, total, fault.Wrap(err, "applicants of %s", space)
}

// WaitingCount is how many wait for the staff.
func (s *Service) WaitingCount(ctx context.Context, by actor.Actor, space id.ID) (int64, error) {
	if err := by.May("membership.edit", space, "", nil); err != nil {
		return 0, err
	}
	n, err := s.store.waitingCount(ctx, space)
	return n, fault.Wrap(err, "applications of %s", space)
}

// applicants are applications with whose and for what they are.
func (s *Service) applicants(ctx context.Context, space id.ID, all []Application) ([]Applicant, error) {
	offered, err := s.store.plans(ctx, space)
	if err != nil {
		return nil, err
	}
	plans := map[id.ID]Plan{}
	for _, p := range offered {
		plans[p.ID] = p
	}
	who := make([]id.ID, len(all))
	for i, a := range all {
		who[i] = a.MemberID
	}
	names, err := s.People.Names(ctx, space, who)
	list := make([]Applicant, len(all))
	for i, a := range all {
		list[i] = Applicant{Application: a, Name: names[a.MemberID], Plan: plans[a.PlanID]}
		if err == nil {
			err = s.weighIn(ctx, &list[i])
		}
	}
	return list, err
}

// weighIn says of somebody who waits what a yes would charge them now, or what stands
// against it.
func (s *Service) weighIn(ctx context.Context, a *Applicant) error {
	p, st, err := s.granting(ctx, a.Application)
	if err != nil {
		return err
	}
	w, err := s.weigh(ctx, p, st)
	if w.old != nil {
		a.Was = w.old.Plan
	}
	if err == nil {
		err = s.roomIn(ctx, p, w.membership.StartsAt)
	}
	if a.Bill = w.bill; fault.All(err) == nil {
		return err
	}
	a.Against = err
	return nil
}

// granting is the start that an application asks for: on its day or else now, and at
// the price of when they asked, whatever the plan costs by now.
func (s *Service) granting(ctx context.Context, a Application) (Plan, Start, error) {
	st := Start{Space: a.SpaceID, Member: a.MemberID, Plan: a.PlanID, Group: a.BuyerGroup, Amount: &a.PriceMinor, Approved: true}
	p, err := s.store.plan(ctx, a.SpaceID, a.PlanID)
	if err != nil {
		return p, st, err
	}
	at, err := s.Spaces.Space(ctx, a.SpaceID)
	if a.StartsOn > clock.DayOf(s.Clock.Now(), at.Zone) {
		st.From = a.StartsOn.Start(at.Zone)
	}
	p.FreePrice, p.FloorMinor = true, 0
	return p, st, err
}

// Applications are somebody's in a space, the latest first.
func (s *Service) Applications(ctx context.Context, by actor.Actor, space, member id.ID) ([]Application, error) {
	if err := by.May("membership.own", space, member, ErrNoSuchMember); err != nil {
		return nil, err
	}
	all, err := s.store.applications(ctx, space, member)
	return all, fault.Wrap(err, "applications of %s", member)
}

// Approve lets somebody who waits join, or changes their plan, on the day they asked for
// or else now, at the price of when they asked; what is left of the period of the plan
// before is reckoned now. Where they asked for a concession and no proof of theirs
// counts, proof says that the staff has seen one, and until when it counts.
func (s *Service) Approve(ctx context.Context, by actor.Actor, space, application id.ID, proof bool, until clock.Day) (Membership, error) {
	var m Membership
	err := s.decide(ctx, by, space, application, func(ctx context.Context, a Application) (Application, error) {
		p, st, err := s.granting(ctx, a)
		if err != nil {
			return a, err
		}
		st.Proof, st.ProofUntil = proof, until
		if st, err = s.attest(ctx, by, p, st); err != nil {
			return a, err
		}
		m, _, err = s.begin(ctx, by, p, st)
		a.Approved = true
		return a, err
	})
	return m, fault.Wrap(err, "approve %s", application)
}

// Decline says no to somebody who waits, and why; they are told. What they have goes on.
func (s *Service) Decline(ctx context.Context, by actor.Actor, space, application id.ID, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return ErrReasonMissing
	}
	if err := note(reason); err != nil {
		return err
	}
	return fault.Wrap(s.decide(ctx, by, space, application, func(ctx context.Context, a Application) (Application, error) {
		a.Reason = reason
		return a, s.Jobs.Add(ctx, news{What: declined, Space: space, Application: a.ID})
	}), "decline %s", application)
}

// Withdraw takes back what the one who acts has asked for; the house, what anybody has.
func (s *Service) Withdraw(ctx context.Context, by actor.Actor, space, application id.ID) error {
	return fault.Wrap(s.DB.Tx(ctx, func(ctx context.Context) error {
		a, err := s.store.application(ctx, space, application)
		if err != nil {
			return err
		}
		if err := by.May("membership.own", space, a.MemberID, ErrNoSuchApplication); err != nil {
			return err
		}
		if a.MemberID != by.Member && !by.IsHouse() {
			return ErrNoSuchApplication
		}
		a.DecidedAt, a.DecidedBy = s.Clock.Now(), by.Member
		if err := s.store.decide(ctx, a); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "membership.own", a.MemberID, map[string]any{"withdrawn": a.ID})
	}), "withdraw %s", application)
}

func (s *Service) decide(ctx context.Context, by actor.Actor, space, application id.ID, answer func(context.Context, Application) (Application, error)) error {
	if err := by.May("membership.edit", space, "", nil); err != nil {
		return err
	}
	return s.DB.Tx(ctx, func(ctx context.Context) error {
		if err := s.DB.Lock(ctx, "plan_applications", application); err != nil {
			return err
		}
		a, err := s.store.application(ctx, space, application)
		if err != nil {
			return err
		}
		if !a.Waits() {
			return ErrDecided
		}
		if a.MemberID == by.Member && !by.IsHouse() {
			return ErrOneself
		}
		if a, err = answer(ctx, a); err != nil {
			return err
		}
		a.DecidedAt, a.DecidedBy = s.Clock.Now(), by.Member
		if err := s.store.decide(ctx, a); err != nil {
			return err
		}
		return s.Audit.Record(ctx, by, space, "membership.edit", a.MemberID, map[string]any{"application": a.ID, "approved": a.Approved, "reason": a.Reason})
	})
}

var (
	// ErrOneself refuses to decide about oneself.
	ErrOneself = fault.Forbidden("plans.oneself", "Someone else at the desk decides about your own request.")
	// ErrRuns refuses to join while a plan runs.
	ErrRuns = fault.Conflict("plans.runs", "You have a plan already. Change it instead.").On("plan")
)
