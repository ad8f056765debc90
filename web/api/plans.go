package api

import (
	"context"
	"net/http"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/internal/plans"
	"guildhall/internal/spaces"
)

// PlanPrice is what a group of buyers pays for a period.
type PlanPrice struct {
	Group string `json:"group" minLength:"1" maxLength:"40"`
	Price Money  `json:"price"`
}

// PlanIncludes is what a plan includes. What is left out limits nothing and adds nothing.
type PlanIncludes struct {
	Kinds    []string `json:"kinds,omitempty" doc:"Of resources that may be booked; none: all."`
	Weekdays []int    `json:"weekdays,omitempty" doc:"1 is Monday; none: all."`
	FromMin  int      `json:"from_min,omitempty" doc:"Hours of the day, in minutes after midnight."`
	ToMin    int      `json:"to_min,omitempty"`
	Ahead    int      `json:"ahead_days,omitempty" doc:"How many days ahead may be booked; 0: no limit of the plan."`
	Minutes  int      `json:"machine_minutes,omitempty" doc:"At machines, each period."`
	Guests   int      `json:"guests,omitempty"`
	Seats    int      `json:"seats,omitempty" doc:"For the people of a team."`
	Network  bool     `json:"network,omitempty" doc:"Good in all spaces of this installation."`
}

// Plan is what can be subscribed in a space.
type Plan struct {
	ID           id.ID        `json:"id"`
	SpaceID      id.ID        `json:"space_id"`
	Code         string       `json:"code"`
	Name         i18n.Text    `json:"name"`
	About        i18n.Text    `json:"about"`
	PriceGroup   string       `json:"price_group" doc:"Which prices its holders pay for bookings."`
	KeyHolder    bool         `json:"key_holder"`
	Price        Money        `json:"price" doc:"A period; what is suggested where one pays what one can."`
	Prices       []PlanPrice  `json:"prices" doc:"A period, for groups of buyers."`
	FreePrice    bool         `json:"free_price" doc:"Pay what you can."`
	Floor        Money        `json:"floor" doc:"The least, where one pays what one can."`
	Setup        Money        `json:"setup_fee"`
	Deposit      Money        `json:"deposit"`
	Period       string       `json:"period" enum:"day,week,month,year"`
	PeriodCount  int          `json:"period_count"`
	MinPeriods   int          `json:"min_periods"`
	NoticeDays   int          `json:"notice_days"`
	TrialDays    int          `json:"trial_days"`
	Renews       bool         `json:"renews"`
	Includes     PlanIncludes `json:"includes"`
	Audience     string       `json:"audience" enum:"everyone,concession,staff,invitation"`
	Approval     bool         `json:"approval" doc:"The staff says yes to each who joins by themselves."`
	Most         int          `json:"most" doc:"Memberships at once; 0: no limit."`
	SoldFrom     string       `json:"sold_from" doc:"A day of the space; empty: no limit."`
	SoldTo       string       `json:"sold_to"`
	PauseDays    int          `json:"pause_days" doc:"In twelve months."`
	PauseLongest int          `json:"pause_longest" doc:"Days in one go; 0: as pause_days allows."`
	Archived     bool         `json:"archived"`
	Position     int          `json:"position"`
	Version      int          `json:"version"`
}

// Membership is a run of a plan.
type Membership struct {
	ID       id.ID         `json:"id"`
	MemberID id.ID         `json:"member_id"`
	PlanID   id.ID         `json:"plan_id"`
	StartsAt clock.Instant `json:"starts_at"`
	EndsAt   clock.Instant `json:"ends_at" nullable:"true"`

	Status     string        `json:"status" enum:"waiting,coming,active,paused,ended" doc:"waiting: the staff says yes first, and id is that of the request."`
	Group      string        `json:"group" doc:"Of buyers, whose price was agreed; empty: everyone's."`
	Price      Money         `json:"price" doc:"Of a period, as agreed when it began."`
	Renews     bool          `json:"renews"`
	PeriodFrom clock.Instant `json:"period_from" nullable:"true"`
	PeriodTo   clock.Instant `json:"period_to" nullable:"true" doc:"When the next period begins, or it ends."`
	InTrial    bool          `json:"in_trial" doc:"It is being tried out, until trial_ends_at: nothing was charged yet."`
	TrialEnds  clock.Instant `json:"trial_ends_at" nullable:"true"`
	Cancelled  clock.Instant `json:"cancelled_at" nullable:"true"`
	Pauses     []Pause       `json:"pauses"`
}

// Pause is a time in which a membership does not run.
type Pause struct {
	StartsAt clock.Instant `json:"starts_at"`
	EndsAt   clock.Instant `json:"ends_at"`
}

// PlanTerms are what can be said of a plan. What is left out stays as it is, or
// is as a plain plan has it.
type PlanTerms struct {
	About        *i18n.Text    `json:"about,omitempty"`
	KeyHolder    *bool         `json:"key_holder,omitempty"`
	Prices       *[]PlanPrice  `json:"prices,omitempty"`
	FreePrice    *bool         `json:"free_price,omitempty"`
	Floor        *Money        `json:"floor,omitempty"`
	Setup        *Money        `json:"setup_fee,omitempty"`
	Deposit      *Money        `json:"deposit,omitempty"`
	Period       *string       `json:"period,omitempty" enum:"day,week,month,year"`
	PeriodCount  *int          `json:"period_count,omitempty" minimum:"1"`
	MinPeriods   *int          `json:"min_periods,omitempty" minimum:"0"`
	NoticeDays   *int          `json:"notice_days,omitempty" minimum:"0"`
	TrialDays    *int          `json:"trial_days,omitempty" minimum:"0"`
	Renews       *bool         `json:"renews,omitempty" doc:"Unless said otherwise it does."`
	Includes     *PlanIncludes `json:"includes,omitempty"`
	Audience     *string       `json:"audience,omitempty" enum:"everyone,concession,staff,invitation"`
	Approval     *bool         `json:"approval,omitempty"`
	Most         *int          `json:"most,omitempty" minimum:"0"`
	SoldFrom     *string       `json:"sold_from,omitempty"`
	SoldTo       *string       `json:"sold_to,omitempty"`
	PauseDays    *int          `json:"pause_days,omitempty" minimum:"0"`
	PauseLongest *int          `json:"pause_longest,omitempty" minimum:"0"`
	Position     *int          `json:"position,omitempty"`
}

// on is the plan with what was said.
func (t PlanTerms) on(p plans.Plan, s spaces.Space) (plans.Plan, error) {
	for _, m := range []struct {
		said *Money
		to   *int64
	}{{t.Floor, &p.FloorMinor}, {t.Setup, &p.SetupMinor}, {t.Deposit, &p.DepositMinor}} {
		if m.said == nil {
			continue
		}
		amount, err := inCurrency(s, *m.said)
		if err != nil {
			return p, err
		}
		*m.to = amount.Minor
	}
	for _, n := range []struct {
		said *int
		to   *int64
	}{
		{t.PeriodCount, &p.PeriodCount}, {t.MinPeriods, &p.MinPeriods}, {t.NoticeDays, &p.NoticeDays}, {t.TrialDays, &p.TrialDays}, {t.Most, &p.Most},
		{t.PauseDays, &p.PauseDays}, {t.PauseLongest, &p.PauseLongest}, {t.Position, &p.Position},
	} {
		if n.said != nil {
			*n.to = int64(*n.said)
		}
	}
	p.About, p.KeyHolder, p.FreePrice = deref(t.About, p.About), deref(t.KeyHolder, p.KeyHolder), deref(t.FreePrice, p.FreePrice)
	p.Period, p.Audience = plans.Unit(deref(t.Period, string(p.Period))), plans.Audience(deref(t.Audience, string(p.Audience)))
	p.Renews, p.Approval = deref(t.Renews, p.Renews), deref(t.Approval, p.Approval)
	p.SoldFrom, p.SoldTo = clock.Day(deref(t.SoldFrom, string(p.SoldFrom))), clock.Day(deref(t.SoldTo, string(p.SoldTo)))
	if t.Prices != nil {
		p.Prices = nil
		for _, price := range *t.Prices {
			amount, err := inCurrency(s, price.Price)
			if err != nil {
				return p, err
			}
			p.Prices = append(p.Prices, plans.Price{Group: price.Group, Minor: amount.Minor})
		}
	}
	if t.Includes != nil {
		p.Includes = t.Includes.plain()
	}
	return p, nil
}

func (i PlanIncludes) plain() plans.Includes {
	in := plans.Includes{
		Kinds: i.Kinds, FromMin: i.FromMin, ToMin: i.ToMin, AheadDays: i.Ahead, Minutes: i.Minutes, Guests: i.Guests, Seats: i.Seats, Network: i.Network,
	}
	for _, day := range i.Weekdays {
		if day < 1 || day > 7 {
			day = 8 // which a plan refuses
		}
		in.Weekdays |= 1 << (day - 1)
	}
	return in
}

func includes(in plans.Includes) PlanIncludes {
	i := PlanIncludes{
		Kinds: in.Kinds, FromMin: in.FromMin, ToMin: in.ToMin, Ahead: in.AheadDays, Minutes: in.Minutes, Guests: in.Guests, Seats: in.Seats, Network: in.Network,
	}
	for day := 1; day <= 7; day++ {
		if in.Weekdays>>(day-1)&1 == 1 {
			i.Weekdays = append(i.Weekdays, day)
		}
	}
	return i
}

type newPlanInput struct {
	Caller
	Body struct {
		SpaceID    id.ID     `json:"space_id,omitempty"`
		Code       string    `json:"code" minLength:"1" maxLength:"40"`
		Name       i18n.Text `json:"name"`
		PriceGroup string    `json:"price_group" minLength:"1" maxLength:"40"`
		Price      Money     `json:"price" doc:"A period, in the currency of the space."`
		PlanTerms
	}
}

type editPlanInput struct {
	Caller
	Of
	Seen
	ID   id.ID `path:"id"`
	Body struct {
		Name       *i18n.Text `json:"name,omitempty"`
		PriceGroup *string    `json:"price_group,omitempty" minLength:"1" maxLength:"40"`
		Price      *Money     `json:"price,omitempty"`
		Archived   *bool      `json:"archived,omitempty"`
		Version    int        `json:"version,omitempty"`
		PlanTerms
	}
}

type membershipsInput struct {
	Caller
	Of
	Whose
}

// Whose says whom a list is about.
type Whose struct {
	MemberID id.ID `query:"member_id" doc:"Without it, the caller."`
}

func (w Whose) of(by actor.Actor) id.ID {
	if w.MemberID == "" {
		return by.Member
	}
	return w.MemberID
}

type subscribeInput struct {
	Caller
	Body struct {
		SpaceID  id.ID  `json:"space_id,omitempty"`
		MemberID id.ID  `json:"member_id"`
		PlanID   id.ID  `json:"plan_id"`
		StartsOn string `json:"starts_on,omitempty" format:"date" doc:"A day of the space; without it, now."`
		Group    string `json:"group,omitempty" doc:"Of buyers, whose price is asked for."`
		Amount   *int64 `json:"amount,omitempty" doc:"Of a period in minor units, where one pays what one can."`
		Code     string `json:"code,omitempty" doc:"Of an invitation."`
		Note     string `json:"note,omitempty" maxLength:"500"`
		Proof    bool   `json:"proof,omitempty" doc:"The staff has seen the proof of a concession. One that was handed in and accepted needs none."`
		Until    string `json:"proof_until,omitempty" format:"date" doc:"The last day on which that counts; without it, always."`
		Trial    *int64 `json:"trial_days,omitempty" doc:"By the staff, to try it out; without it, as the plan says."`
		Gift     int    `json:"gift_days,omitempty" doc:"By the staff: so many days longer, for nothing."`
		Reason   string `json:"reason,omitempty" maxLength:"500" doc:"Of the days that are given."`
	}
}

// plans has what can be subscribed, and who has.
func (a *API) plans() {
	register(a, "public.read", http.MethodGet, "/plans", "The plans of a space that everybody is shown; for the staff, all that are not archived", http.StatusOK,
		func(ctx context.Context, in *listInput) (*body[List[Plan]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			all, err := a.Plans.Offered(ctx, s.ID, clock.DayOf(a.Clock.Now(), s.Location()))
			if in.who.by.May("membership.edit", s.ID, "", nil) == nil {
				all, err = a.Plans.Plans(ctx, s.ID)
			}
			if err != nil {
				return nil, err
			}
			return part(each(all, plan), in.Part, func(p Plan) string { return p.ID.String() })
		})
	register(a, "plan.edit", http.MethodPost, "/plans", "Add a plan", http.StatusCreated,
		func(ctx context.Context, in *newPlanInput) (*body[Plan], error) {
			b := in.Body
			s, err := a.space(ctx, in.who.by, b.SpaceID)
			if err != nil {
				return nil, err
			}
			price, err := inCurrency(s, b.Price)
			if err != nil {
				return nil, err
			}
			p, err := b.on(plans.Plan{
				SpaceID: s.ID, Code: b.Code, Name: b.Name, PriceGroup: b.PriceGroup, PriceMinor: price.Minor, Currency: price.Currency, Renews: true,
			}, s)
			if err == nil {
				p, err = a.Plans.AddPlan(ctx, in.who.by, p)
			}
			return said(plan(p)), err
		})
	register(a, "plan.edit", http.MethodPatch, "/plans/{id}", "Change a plan", http.StatusOK, a.editPlan)
	register(a, "member.read", http.MethodGet, "/memberships", "The runs of plans that a person has here, the latest first", http.StatusOK,
		func(ctx context.Context, in *membershipsInput) (*body[List[Membership]], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			runs, err := a.Plans.Runs(ctx, in.who.by, s.ID, in.of(in.who.by))
			return list(each(runs, func(r plans.Run) Membership { return membership(r, a.Clock.Now()) }), ""), err
		})
	register(a, "membership.own", http.MethodPost, "/memberships", "Start a run of a plan, or ask for it", http.StatusCreated, a.subscribe)
	register(a, "membership.edit", http.MethodPost, "/memberships/preview", "See what starting a plan for somebody costs", http.StatusOK, a.previewStart)
}

func (a *API) editPlan(ctx context.Context, in *editPlanInput) (*body[Plan], error) {
	s, err := a.space(ctx, in.who.by, in.SpaceID)
	if err != nil {
		return nil, err
	}
	all, err := a.Plans.AllPlans(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(p plans.Plan) bool { return p.ID == in.ID })
	if i < 0 {
		return nil, plans.ErrNoSuchPlan
	}
	p, b := all[i], in.Body
	seen, err := in.version(b.Version)
	if err != nil {
		return nil, err
	}
	if seen != 0 {
		p.Version = int64(seen)
	}
	price, err := inCurrency(s, deref(b.Price, moneyOf(money.Of(p.PriceMinor, s.Currency))))
	if err != nil {
		return nil, err
	}
	p.Name, p.PriceGroup, p.PriceMinor, p.Currency = deref(b.Name, p.Name), deref(b.PriceGroup, p.PriceGroup), price.Minor, price.Currency
	if p, err = b.on(p, s); err != nil {
		return nil, err
	}
	if p, err = a.Plans.EditPlan(ctx, in.who.by, p); err != nil || b.Archived == nil || *b.Archived == p.Archived() {
		return said(plan(p)), err
	}
	if *b.Archived {
		p, err = a.Plans.Archive(ctx, in.who.by, s.ID, p.ID)
	} else {
		p, err = a.Plans.Unarchive(ctx, in.who.by, s.ID, p.ID)
	}
	return said(plan(p)), err
}

// inCurrency is a price, which is in the currency of its space.
func inCurrency(s spaces.Space, m Money) (money.Amount, error) {
	if m.Currency != s.Currency {
		return money.Amount{}, booking.ErrPriceCurrency.On("price.currency")
	}
	return money.Of(m.Amount, m.Currency), nil
}

// subscribe starts a plan for somebody where the staff asks, and lets everybody else join.
func (a *API) subscribe(ctx context.Context, in *subscribeInput) (*body[Membership], error) {
	by, b := in.who.by, in.Body
	s, err := a.space(ctx, by, b.SpaceID)
	if err != nil {
		return nil, err
	}
	if b.StartsOn != "" {
		if _, err := dayOf("starts_on", b.StartsOn); err != nil {
			return nil, err
		}
	}
	now := a.Clock.Now()
	var m plans.Membership
	if by.May("membership.edit", s.ID, "", nil) == nil {
		m, err = a.Plans.Subscribe(ctx, by, in.start(s, now))
	} else if b.MemberID != by.Member {
		return nil, plans.ErrNoSuchMember
	} else {
		done, err := a.Plans.Join(ctx, by, plans.Joining{
			Space: s.ID, Plan: b.PlanID, Group: b.Group, Amount: b.Amount, StartsOn: clock.Day(b.StartsOn), Code: b.Code, Note: b.Note,
		})
		return said(a.joined(done)), err
	}
	return said(membership(plans.Run{Membership: m}, now)), err
}

// joined is what came of a wish for a plan: a membership, or a request that waits.
func (a *API) joined(done plans.Joined) Membership {
	if w := done.Application; done.Waits() {
		return Membership{ID: w.ID, MemberID: w.MemberID, PlanID: w.PlanID, Status: "waiting", Group: w.BuyerGroup, Price: moneyOf(w.Price()), Pauses: []Pause{}}
	}
	return membership(plans.Run{Membership: done.Membership}, a.Clock.Now())
}

// start is what the staff starts.
func (in *subscribeInput) start(s spaces.Space, now clock.Instant) plans.Start {
	b := in.Body
	st := plans.Start{Space: s.ID, Member: b.MemberID, Plan: b.PlanID, Group: b.Group, Amount: b.Amount, Proof: b.Proof, ProofUntil: clock.Day(b.Until), Trial: b.Trial, Gift: b.Gift, Reason: b.Reason}
	if b.StartsOn != "" && clock.Day(b.StartsOn) != clock.DayOf(now, s.Location()) {
		st.From = clock.Day(b.StartsOn).Start(s.Location())
	}
	return st
}

// previewStart is what starting a plan for somebody would cost.
func (a *API) previewStart(ctx context.Context, in *subscribeInput) (*body[Change], error) {
	s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
	if err != nil {
		return nil, err
	}
	if in.Body.StartsOn != "" {
		if _, err := dayOf("starts_on", in.Body.StartsOn); err != nil {
			return nil, err
		}
	}
	bill, err := a.Plans.Preview(ctx, in.who.by, in.start(s, a.Clock.Now()))
	if err != nil {
		return nil, err
	}
	return said(reckoned(Change{Preview: true}, bill)), nil
}

func plan(p plans.Plan) Plan {
	in := func(minor int64) Money { return moneyOf(money.Of(minor, p.Currency)) }
	return Plan{
		ID: p.ID, SpaceID: p.SpaceID, Code: p.Code, Name: p.Name, About: p.About, PriceGroup: p.PriceGroup, KeyHolder: p.KeyHolder,
		Price: moneyOf(p.Price()), Prices: each(p.Prices, func(price plans.Price) PlanPrice { return PlanPrice{price.Group, in(price.Minor)} }),
		FreePrice: p.FreePrice, Floor: in(p.FloorMinor), Setup: in(p.SetupMinor), Deposit: in(p.DepositMinor),
		Period: string(p.Period), PeriodCount: int(p.PeriodCount), MinPeriods: int(p.MinPeriods), NoticeDays: int(p.NoticeDays), TrialDays: int(p.TrialDays),
		Renews: p.Renews, Includes: includes(p.Includes), Audience: string(p.Audience), Approval: p.Approval, Most: int(p.Most),
		SoldFrom: string(p.SoldFrom), SoldTo: string(p.SoldTo), PauseDays: int(p.PauseDays), PauseLongest: int(p.PauseLongest),
		Archived: p.Archived(), Position: int(p.Position), Version: int(p.Version),
	}
}

// membership is a run as a program reads it, at a moment.
func membership(r plans.Run, now clock.Instant) Membership {
	m := Membership{
		ID: r.ID, MemberID: r.MemberID, PlanID: r.PlanID, StartsAt: r.StartsAt, EndsAt: r.EndsAt, Status: "active", Group: r.BuyerGroup,
		Price: moneyOf(r.Price()), Renews: r.Renews, PeriodFrom: r.PeriodFrom, PeriodTo: r.PeriodTo, InTrial: r.Runs(now) && r.Trial(now), TrialEnds: r.TrialEndsAt, Cancelled: r.CancelledAt,
		Pauses: each(r.Pauses, func(p plans.Pause) Pause { return Pause{p.StartsAt, p.EndsAt} }),
	}
	_, paused := r.Paused(now)
	switch {
	case r.Over(now):
		m.Status = "ended"
	case r.StartsAt.After(now):
		m.Status = "coming"
	case paused:
		m.Status = "paused"
	}
	return m
}

// PlanSettings are what a space has chosen about its memberships.
type PlanSettings struct {
	SpaceID      id.ID  `json:"space_id,omitempty"`
	OnLapse      string `json:"on_lapse" enum:"cancel,flag" doc:"What becomes of bookings when a membership has ended."`
	ReminderDays int    `json:"reminder_days" doc:"A letter comes so many days before a period ends; 0: none."`
}

type movePlanInput struct {
	Caller
	ID   id.ID `path:"id"`
	Body struct {
		SpaceID id.ID `json:"space_id,omitempty"`
		Up      bool  `json:"up,omitempty" doc:"One place up; else one down."`
	}
}

type planSettingsInput struct {
	Caller
	Body PlanSettings
}

// planOrder has the order of a space's plans, and what it has chosen about memberships.
func (a *API) planOrder() {
	register(a, "plan.edit", http.MethodPost, "/plans/{id}/move", "Put a plan one place further up or down", http.StatusOK,
		func(ctx context.Context, in *movePlanInput) (*body[List[Plan]], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			if err := a.Plans.Reorder(ctx, in.who.by, s.ID, in.ID, in.Body.Up); err != nil {
				return nil, err
			}
			all, err := a.Plans.Plans(ctx, s.ID)
			return list(each(all, plan), ""), err
		})
	register(a, "plan.edit", http.MethodGet, "/plan-settings", "What a space has chosen about its memberships", http.StatusOK,
		func(ctx context.Context, in *ofSpaceInput) (*body[PlanSettings], error) {
			s, err := a.space(ctx, in.who.by, in.SpaceID)
			if err != nil {
				return nil, err
			}
			set, err := a.Plans.Settings(ctx, s.ID)
			return said(PlanSettings{SpaceID: s.ID, OnLapse: set.OnLapse, ReminderDays: int(set.ReminderDays)}), err
		})
	register(a, "plan.edit", http.MethodPut, "/plan-settings", "Choose about memberships", http.StatusOK,
		func(ctx context.Context, in *planSettingsInput) (*body[PlanSettings], error) {
			s, err := a.space(ctx, in.who.by, in.Body.SpaceID)
			if err != nil {
				return nil, err
			}
			set := plans.Settings{SpaceID: s.ID, OnLapse: in.Body.OnLapse, ReminderDays: int64(in.Body.ReminderDays)}
			in.Body.SpaceID = s.ID
			return said(in.Body), a.Plans.Set(ctx, in.who.by, set)
		})
}
