package web

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/internal/plans"
	"guildhall/web/view"
)

var (
	errPlanNumber = fault.Invalid("number", "plans.whole", "Write a whole number, or nothing.")
	errPlanFree   = fault.Invalid("price", "plans.price_missing", "Give a price; 0 if it costs nothing.")
	errPlanPrices = fault.Invalid("prices", "plans.price_lines", "Write a group and its price on each line: student 19.00")
)

// plansPage is what a space offers to everybody, and to its staff what they start.
func (s *Server) plansPage(c echo.Context) error {
	f := s.frame(c)
	all, err := s.Plans.Offered(c.Request().Context(), f.Space.ID, clock.DayOf(f.Now, f.Zone))
	if err != nil {
		return err
	}
	own, err := s.ownPlan(c)
	if err != nil {
		return err
	}
	kinds, err := s.kindNames(c)
	if err != nil {
		return err
	}
	f = f.Titled(f.T("plans.title"))
	p := view.PlansProps{Own: own, Kinds: kinds}
	p.Plans, p.Pager = view.PlansPage(all, number[int](c, "page"), f.At("plans"))
	return s.page(c, f, view.Plans(f, p))
}

// kindNames are what there is of each kind of resource here.
func (s *Server) kindNames(c echo.Context) (view.KindNames, error) {
	all, err := s.Equipment.Resources(c.Request().Context(), by(c), here(c).ID, equipment.Filter{})
	names := view.KindNames{}
	for _, r := range all {
		if !slices.Contains(names[r.Kind], r.Name) {
			names[r.Kind] = append(names[r.Kind], r.Name)
		}
	}
	return names, err
}

// ownPlan is what the reader has here of plans, and what they have asked for.
func (s *Server) ownPlan(c echo.Context) (own view.OwnPlan, err error) {
	who, space := by(c), here(c).ID
	if _, known := who.Roles[space]; !known {
		return own, nil
	}
	runs, err := s.Plans.Runs(c.Request().Context(), who, space, who.Member)
	if err != nil {
		return own, err
	}
	if r, on := plans.Current(runs, s.Clock.Now()); on {
		own.Plan = r.PlanID.String()
	}
	asked, _, err := s.waitsFor(c, who.Member)
	if asked != nil {
		own.Asked = *asked
	}
	return own, err
}

// waitsFor is what somebody has asked for and waits for, with the plan that it is; nil
// where they wait for nothing.
func (s *Server) waitsFor(c echo.Context, member id.ID) (*plans.Application, plans.Plan, error) {
	ctx, space := c.Request().Context(), here(c).ID
	all, err := s.Plans.Applications(ctx, by(c), space, member)
	i := slices.IndexFunc(all, plans.Application.Waits)
	if err != nil || i < 0 {
		return nil, plans.Plan{}, err
	}
	wish, err := s.Plans.Plan(ctx, space, all[i].PlanID.String())
	return &all[i], wish, err
}

// planHere is the plan of the address.
func (s *Server) planHere(c echo.Context) (plans.Plan, error) {
	return s.Plans.Plan(c.Request().Context(), here(c).ID, c.Param("plan"))
}

// planPage is one plan. What is not for everyone is seen by the staff, and by whoever has its link.
func (s *Server) planPage(c echo.Context) error {
	f := s.frame(c)
	p, err := s.planHere(c)
	if err != nil {
		return err
	}
	code := c.QueryParam("code")
	if !shownTo(f, p, code) {
		return plans.ErrNoSuchPlan
	}
	own, err := s.ownPlan(c)
	if err != nil {
		return err
	}
	kinds, err := s.kindNames(c)
	if err != nil {
		return err
	}
	f = f.Titled(f.Words(p.Name)).Under(f.At("plans"))
	return s.page(c, f, view.OnePlan(f, p, own, code, kinds))
}

// shownTo reports whether the reader may know of a plan: it is shown to everybody, they work
// here, or they have its link.
func shownTo(f view.Frame, p plans.Plan, code string) bool {
	today := clock.DayOf(f.Now, f.Zone)
	return p.Shown(today) || f.May("membership.edit") || p.Audience == plans.Invitation && p.Open(today, code) == nil
}

// joining is what a form or an address says of how somebody joins.
func (s *Server) joining(c echo.Context, p plans.Plan) (plans.Joining, error) {
	j := plans.Joining{
		Space: here(c).ID, Plan: p.ID, Group: c.FormValue("group"), StartsOn: clock.Day(c.FormValue("starts_on")), Code: c.FormValue("code"), Note: c.FormValue("note"),
	}
	amount, err := amountOf(c, "amount", p.Currency)
	j.Amount = amount
	return j, err
}

// amountOf is an amount that was typed, or nil where nothing was.
func amountOf(c echo.Context, field, currency string) (*int64, error) {
	typed := strings.TrimSpace(c.FormValue(field))
	if typed == "" {
		return nil, nil
	}
	a, err := money.Parse(typed, currency)
	if refusal, ok := fault.As(err); ok {
		return nil, refusal.On(field)
	}
	return &a.Minor, err
}

// planJoinPage says what joining costs, before one does.
func (s *Server) planJoinPage(c echo.Context) error {
	if c.QueryParam("plan") == "" {
		return c.Redirect(http.StatusSeeOther, s.frame(c).At("plans"))
	}
	return s.planJoinAgain(c, nil)
}

func (s *Server) planJoinAgain(c echo.Context, refused error) error {
	f := s.frame(c)
	plan, err := s.Plans.Plan(c.Request().Context(), f.Space.ID, c.FormValue("plan"))
	if err == nil && !shownTo(f, plan, c.FormValue("code")) {
		err = plans.ErrNoSuchPlan
	}
	if err != nil {
		return err
	}
	p := view.JoinPlanProps{
		Plan: plan, Group: c.FormValue("group"), Amount: c.FormValue("amount"), StartsOn: c.FormValue("starts_on"), Code: c.FormValue("code"), Note: c.FormValue("note"),
	}
	if p.Kinds, err = s.kindNames(c); err != nil {
		return err
	}
	if refused == nil {
		var j plans.Joining
		if j, err = s.joining(c, plan); err == nil {
			p.Bill, err = s.Plans.PreviewJoin(c.Request().Context(), by(c), j)
		}
		if err != nil && fault.All(err) == nil {
			return err
		}
	} else {
		err = refused
		j := plans.Joining{Space: f.Space.ID, Plan: plan.ID, Group: p.Group, Code: p.Code}
		if amount, wrong := amountOf(c, "amount", plan.Currency); wrong == nil {
			j.Amount = amount
		}
		if p.Bill, _ = s.Plans.PreviewJoin(c.Request().Context(), by(c), j); len(p.Bill.Lines) > 0 {
			p.Errors = view.Refused(f, err)
		}
	}
	if err != nil && p.Errors == nil {
		if refusal, ok := fault.As(err); ok && refusal.Kind == fault.KindInvalid {
			p.Errors = view.Refused(f, err)
		} else {
			p.Against, p.Prove = f.Fault(fault.All(err)[0]), errors.Is(err, plans.ErrNoProof)
			if p.Change, p.Final, err = s.insteadOfJoining(c, plan, p.Code, err); err != nil {
				return err
			}
		}
	}
	f = f.Titled(f.T("join.title")).Under(f.At("plans"))
	return s.show(c, refusedStatus(refused), f, view.JoinPlan(f, p))
}

// insteadOfJoining is what whoever can't join does: they change the plan that they have
// where it is that; final where nothing in the form helps.
func (s *Server) insteadOfJoining(c echo.Context, p plans.Plan, code string, against error) (change string, final bool, err error) {
	switch {
	case errors.Is(against, plans.ErrSamePlan), errors.Is(against, plans.ErrWaiting):
		return "", true, nil
	case !errors.Is(against, plans.ErrRuns):
		return "", false, nil
	}
	runs, err := s.Plans.Runs(c.Request().Context(), by(c), here(c).ID, by(c).Member)
	r, on := plans.Current(runs, s.Clock.Now())
	if !on {
		return "", false, err // another begins on the day that was asked for
	}
	return view.ChangeTo(p, code), r.EndsAt.IsZero(), err
}

// planJoin joins, or asks to.
func (s *Server) planJoin(c echo.Context) error {
	plan, err := s.Plans.Plan(c.Request().Context(), here(c).ID, c.FormValue("plan"))
	if err != nil {
		return err
	}
	j, err := s.joining(c, plan)
	var done plans.Joined
	if err == nil {
		done, err = s.Plans.Join(c.Request().Context(), by(c), j)
	}
	switch f := s.frame(c); {
	case err != nil && fault.All(err) == nil:
		return err
	case err != nil:
		return s.planJoinAgain(c, err)
	case done.Waits():
		return s.redirect(c, "/me/membership", view.Flash{Text: f.T("join.asked")})
	case j.StartsOn > clock.DayOf(f.Now, f.Zone):
		return s.redirect(c, "/me/membership", view.Flash{Text: f.T("join.done_later", "Name", plan.Name, "Day", j.StartsOn)})
	default:
		return s.redirect(c, "/me/membership", view.Flash{Text: f.T("join.done", "Name", plan.Name)})
	}
}

// managePlans is where plans are set up.
func (s *Server) managePlans(c echo.Context) error { return s.managePlansAgain(c, nil) }

func (s *Server) managePlansAgain(c echo.Context, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	p := view.ManageProps{Counts: map[string]int64{}, Errors: view.Refused(f, refused)}
	var err error
	if p.Plans, err = s.Plans.AllPlans(ctx, f.Space.ID); err != nil {
		return err
	}
	slices.SortStableFunc(p.Plans, func(a, b plans.Plan) int {
		switch {
		case a.Archived() == b.Archived():
			return 0
		case b.Archived():
			return -1
		}
		return 1
	})
	p.Plans, p.Pager = view.PlansPage(p.Plans, number[int](c, "page"), f.At("plans", "edit"))
	counts, err := s.Plans.Counts(ctx, by(c), f.Space.ID)
	if err != nil {
		return err
	}
	for plan, n := range counts {
		p.Counts[plan.String()] = n
	}
	if p.Waiting, err = s.Plans.WaitingCount(ctx, by(c), f.Space.ID); err != nil {
		return err
	}
	if p.Settings, err = s.Plans.Settings(ctx, f.Space.ID); err != nil {
		return err
	}
	f = f.Titled(f.T("plans.setup_title"))
	return s.show(c, refusedStatus(refused), f, view.ManagePlans(f, p))
}

func (s *Server) planSettings(c echo.Context) error {
	days, err := strconv.ParseInt(strings.TrimSpace(c.FormValue("reminder_days")), 10, 32)
	if err != nil {
		days = -1
	}
	err = s.Plans.Set(c.Request().Context(), by(c), plans.Settings{SpaceID: here(c).ID, OnLapse: c.FormValue("on_lapse"), ReminderDays: days})
	if fault.All(err) != nil {
		return s.managePlansAgain(c, err)
	}
	if err != nil {
		return err
	}
	f := s.frame(c)
	return s.redirect(c, f.At("plans", "edit"), view.Flash{Text: f.T("plans.said.settings")})
}

func (s *Server) planNew(c echo.Context) error {
	f := s.frame(c)
	return s.planForm(c, f, plans.Plan{
		PriceGroup: "member", Currency: f.Space.Currency, Period: plans.Month, PeriodCount: 1, Renews: true, Audience: plans.Everyone,
	}, nil)
}

func (s *Server) planEditPage(c echo.Context) error {
	f := s.frame(c)
	p, err := s.planHere(c)
	if err != nil {
		return err
	}
	return s.planForm(c, f, p, nil)
}

func (s *Server) planForm(c echo.Context, f view.Frame, p plans.Plan, refused error) error {
	title := f.Words(p.Name)
	if p.ID == "" {
		title = f.T("plans.new")
	}
	props := view.PlanFormProps{Plan: p, Chosen: p.Includes.Kinds, Errors: view.Refused(f, refused)}
	if refused != nil {
		props.Typed, props.Chosen = c.FormValue, c.Request().PostForm["kinds"]
	}
	var err error
	if props.Kinds, err = s.kindNames(c); err != nil {
		return err
	}
	if p.Audience == plans.Invitation && p.Invite != "" {
		props.Invite = view.With(s.origin(c.Request())+f.At("plans", p.ID.String()), "code", p.Invite)
	}
	f = f.Titled(title).Under(f.At("plans", "edit"))
	return s.show(c, refusedStatus(refused), f, view.PlanForm(f, props))
}

func (s *Server) planCreate(c echo.Context) error {
	f := s.frame(c)
	p, err := planFrom(c, plans.Plan{SpaceID: f.Space.ID, Code: c.FormValue("code"), Currency: f.Space.Currency, Position: 1000})
	if err == nil {
		p, err = s.Plans.AddPlan(c.Request().Context(), by(c), p)
	}
	if fault.All(err) != nil {
		p.ID = ""
		return s.planForm(c, f, p, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, f.At("plans", p.ID.String(), "edit"), view.Flash{Text: f.T("plans.said.added", "Name", p.Name)})
}

func (s *Server) planEdit(c echo.Context) error {
	f := s.frame(c)
	was, err := s.planHere(c)
	if err != nil {
		return err
	}
	p, err := planFrom(c, was)
	p.Version = number[int64](c, "version")
	if err == nil {
		_, err = s.Plans.EditPlan(c.Request().Context(), by(c), p)
	}
	if fault.All(err) != nil {
		return s.planForm(c, f, was, err)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, f.At("plans", "edit"), view.Flash{Text: f.T("plans.said.saved", "Name", p.Name)})
}

// planFrom is a plan as a form says it.
func planFrom(c echo.Context, p plans.Plan) (plans.Plan, error) {
	var wrong fault.Many
	amount := func(field string) int64 {
		minor, err := amountOf(c, field, p.Currency)
		if refusal, ok := fault.As(err); ok {
			wrong.Add(refusal)
		}
		if minor == nil {
			return 0
		}
		return *minor
	}
	number := func(field string) int64 {
		typed := strings.TrimSpace(c.FormValue(field))
		if typed == "" {
			return 0
		}
		n, err := strconv.ParseInt(typed, 10, 64)
		if err != nil {
			wrong.Add(errPlanNumber.On(field))
		}
		return n
	}
	if strings.TrimSpace(c.FormValue("price")) == "" {
		wrong.Add(errPlanFree)
	}
	p.Name, p.About = textOf(c, "name"), textOf(c, "about")
	p.PriceGroup, p.KeyHolder = strings.TrimSpace(c.FormValue("price_group")), c.FormValue("key_holder") != ""
	p.PriceMinor, p.FloorMinor, p.SetupMinor, p.DepositMinor = amount("price"), amount("floor"), amount("setup"), amount("deposit")
	p.FreePrice, p.Renews, p.Approval = c.FormValue("free_price") != "", c.FormValue("renews") != "", c.FormValue("approval") != ""
	p.Period, p.PeriodCount = plans.Unit(c.FormValue("period")), number("period_count")
	p.TrialDays, p.MinPeriods, p.NoticeDays = number("trial"), number("min_periods"), number("notice")
	p.PauseDays, p.PauseLongest, p.Most = number("pause_days"), number("pause_longest"), number("most")
	p.Audience = plans.Audience(c.FormValue("audience"))
	p.SoldFrom, p.SoldTo = clock.Day(c.FormValue("sold_from")), clock.Day(c.FormValue("sold_to"))
	p.Includes = plans.Includes{
		Kinds:     c.Request().PostForm["kinds"],
		AheadDays: int(number("ahead")), Minutes: int(number("minutes")), Guests: int(number("guests")), Seats: int(number("seats")), Network: c.FormValue("network") != "",
	}
	for day := 1; day <= 7; day++ {
		if c.FormValue("day-"+strconv.Itoa(day)) != "" {
			p.Includes.Weekdays |= 1 << (day - 1)
		}
	}
	if from, to, ok := parseWindow(c.FormValue("hours")); !ok {
		wrong.Add(plans.ErrHoursBad)
	} else if strings.TrimSpace(c.FormValue("hours")) != "" {
		p.Includes.FromMin, p.Includes.ToMin = from, to
	}
	p.Prices = nil
	for _, line := range strings.Split(c.FormValue("prices"), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		price, err := money.Parse(words[len(words)-1], p.Currency)
		if len(words) < 2 || err != nil {
			wrong.Add(errPlanPrices)
			continue
		}
		p.Prices = append(p.Prices, plans.Price{Group: strings.Join(words[:len(words)-1], " "), Minor: price.Minor})
	}
	return p, wrong.Err()
}

// planArchive takes a plan off sale, or offers it again.
func (s *Server) planArchive(c echo.Context) error {
	p, err := s.planHere(c)
	if err != nil {
		return err
	}
	f, said := s.frame(c), "plans.said.archived"
	if c.FormValue("back") != "" {
		said = "plans.said.unarchived"
		p, err = s.Plans.Unarchive(c.Request().Context(), by(c), f.Space.ID, p.ID)
	} else {
		p, err = s.Plans.Archive(c.Request().Context(), by(c), f.Space.ID, p.ID)
	}
	return s.planDone(c, err, f.T(said, "Name", p.Name))
}

func (s *Server) planMove(c echo.Context) error {
	p, err := s.planHere(c)
	if err != nil {
		return err
	}
	err = s.Plans.Reorder(c.Request().Context(), by(c), here(c).ID, p.ID, c.FormValue("up") != "")
	return s.planDone(c, err, s.frame(c).T("plans.said.moved", "Name", p.Name))
}

func (s *Server) planInvite(c echo.Context) error {
	p, err := s.planHere(c)
	if err != nil {
		return err
	}
	_, err = s.Plans.NewInvite(c.Request().Context(), by(c), here(c).ID, p.ID)
	f := s.frame(c)
	if err != nil {
		return err
	}
	return s.redirect(c, f.At("plans", p.ID.String(), "edit"), view.Flash{Text: f.T("plans.said.invite")})
}

// planDone goes back to the list with a word about what was done or refused.
func (s *Server) planDone(c echo.Context, err error, said string) error {
	f := s.frame(c)
	flash := view.Flash{Text: said}
	if refusals := fault.All(err); refusals != nil {
		flash = view.Flash{Text: f.Fault(refusals[0]), Bad: true}
	} else if err != nil {
		return err
	}
	return s.redirect(c, f.At("plans", "edit"), flash)
}

// plansWaiting are those whom the staff says yes or no to.
func (s *Server) plansWaiting(c echo.Context) error { return s.plansWaitingAgain(c, nil) }

func (s *Server) plansWaitingAgain(c echo.Context, refused error) error {
	f := s.frame(c)
	page := max(number[int](c, "page"), 1)
	waiting, total, err := s.Plans.Waiting(c.Request().Context(), by(c), f.Space.ID, (page-1)*plans.ApplicationsPage, plans.ApplicationsPage)
	if err != nil {
		return err
	}
	p := view.WaitingProps{Waiting: waiting, Total: total, Page: page, Form: c.Param("application"), Errors: view.Refused(f, refused), Typed: c.FormValue}
	f = f.Titled(f.T("plans.waiting.title")).Under(f.At("people"))
	return s.show(c, refusedStatus(refused), f, view.WaitingForPlans(f, p))
}

func (s *Server) planApprove(c echo.Context) error {
	_, err := s.Plans.Approve(c.Request().Context(), by(c), here(c).ID, id.ID(c.Param("application")), c.FormValue("proof") != "", clock.Day(c.FormValue("proof_until")))
	return s.decided(c, err, "plans.said.approved")
}

func (s *Server) planDecline(c echo.Context) error {
	err := s.Plans.Decline(c.Request().Context(), by(c), here(c).ID, id.ID(c.Param("application")), c.FormValue("reason"))
	return s.decided(c, err, "plans.said.declined")
}

func (s *Server) decided(c echo.Context, err error, said string) error {
	switch f := s.frame(c); {
	case err == nil:
		return s.redirect(c, f.At("plans", "waiting"), view.Flash{Text: f.T(said)})
	case fault.All(err) == nil, statusOf(err) == http.StatusNotFound:
		return err
	}
	return s.plansWaitingAgain(c, err)
}

// membershipSpot is whose membership a page is about, and its address.
func (s *Server) membershipSpot(c echo.Context) (base string, member id.ID, staff bool) {
	if c.Param("member") != "" {
		return s.frame(c).At("people", memberOf(c).String(), "membership"), memberOf(c), true
	}
	return "/me/membership", by(c).Member, false
}

// membershipPage is what somebody has, until when, and what can be done about it.
func (s *Server) membershipPage(c echo.Context) error { return s.membershipAgain(c, "", nil) }

func (s *Server) membershipAgain(c echo.Context, form string, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	base, member, staff := s.membershipSpot(c)
	p := view.MembershipProps{
		Base: base, Staff: staff, Charges: "/me/charges", Names: map[string]plans.Plan{}, Form: form, Errors: view.Refused(f, refused), Typed: c.FormValue,
		Key: rand.Text(),
	}
	if staff {
		p.Charges = f.At("people", member.String(), "charges")
	}
	var err error
	if p.Runs, err = s.Plans.Runs(ctx, by(c), f.Space.ID, member); err != nil {
		return err
	}
	if p.Applications, err = s.Plans.Applications(ctx, by(c), f.Space.ID, member); err != nil {
		return err
	}
	all, err := s.Plans.AllPlans(ctx, f.Space.ID)
	if err != nil {
		return err
	}
	for _, plan := range all {
		p.Names[plan.ID.String()] = plan
	}
	if p.Due, err = s.Billing.Due(ctx, by(c), f.Space.ID, member); err != nil {
		return err
	}
	if p.Kinds, err = s.kindNames(c); err != nil {
		return err
	}
	if p.Balances, err = s.Booking.Balances(ctx, by(c), f.Space.ID, member); err != nil {
		return err
	}
	if r, on := plans.Current(p.Runs, f.Now); on && !r.PeriodTo.IsZero() {
		at := plans.Space{Zone: f.Zone}
		p.Soonest, p.End = plans.Soonest(r.Membership, at, f.Now)
		p.PauseLeft = plans.PauseLeft(r, at, clock.DayOf(f.Now, f.Zone))
	}
	f = f.Titled(f.T("membership.title")).Under("/me")
	if staff {
		person, err := s.Members.Person(ctx, by(c), f.Space.ID, member)
		if err != nil {
			return err
		}
		f = f.Titled(f.T("membership.of", "Name", person.Member.Name)).Under(f.At("people", member.String()))
	}
	return s.show(c, refusedStatus(refused), f, view.Membership(f, p))
}

// membershipDone ends a post of one of the page's forms.
func (s *Server) membershipDone(c echo.Context, form string, err error) error {
	base, _, _ := s.membershipSpot(c)
	switch {
	case err == nil:
		return s.redirect(c, base, view.Flash{Text: s.frame(c).T("membership.said." + form)})
	case fault.All(err) == nil, statusOf(err) == http.StatusNotFound:
		return err
	}
	return s.membershipAgain(c, form, err)
}

func (s *Server) membershipPause(c echo.Context) error {
	_, err := s.Plans.Pause(c.Request().Context(), by(c), here(c).ID, id.ID(c.FormValue("membership")), plans.Pausing{
		From: clock.Day(c.FormValue("from")), Until: clock.Day(c.FormValue("until")), Reason: c.FormValue("reason"),
	})
	return s.membershipDone(c, "pause", err)
}

func (s *Server) membershipResume(c echo.Context) error {
	_, err := s.Plans.Resume(c.Request().Context(), by(c), here(c).ID, id.ID(c.FormValue("membership")))
	return s.membershipDone(c, "resume", err)
}

func (s *Server) membershipRenew(c echo.Context) error {
	_, err := s.once(c, func(ctx context.Context) (string, error) {
		r, err := s.Plans.Renew(ctx, by(c), here(c).ID, id.ID(c.FormValue("membership")))
		return r.ID.String(), err
	})
	return s.membershipDone(c, "renew", err)
}

func (s *Server) membershipKeep(c echo.Context) error {
	_, err := s.Plans.Keep(c.Request().Context(), by(c), here(c).ID, id.ID(c.FormValue("membership")))
	return s.membershipDone(c, "keep", err)
}

func (s *Server) membershipCancel(c echo.Context) error {
	_, err := s.Plans.CancelMembership(c.Request().Context(), by(c), here(c).ID, id.ID(c.FormValue("membership")), plans.Cancellation{
		Now: c.FormValue("now") != "", Aside: c.FormValue("aside") != "", Credit: c.FormValue("credit") != "", Reason: c.FormValue("reason"),
	})
	return s.membershipDone(c, "cancel", err)
}

func (s *Server) membershipGift(c echo.Context) error {
	days, err := strconv.Atoi(strings.TrimSpace(c.FormValue("days")))
	if err != nil {
		days = 0
	}
	_, err = s.once(c, func(ctx context.Context) (string, error) {
		r, err := s.Plans.Gift(ctx, by(c), here(c).ID, id.ID(c.FormValue("membership")), days, c.FormValue("reason"))
		return r.ID.String(), err
	})
	return s.membershipDone(c, "gift", err)
}

func (s *Server) membershipDeposit(c echo.Context) error {
	_, err := s.Plans.KeepDeposit(c.Request().Context(), by(c), here(c).ID, id.ID(c.FormValue("membership")), c.FormValue("reason"))
	return s.membershipDone(c, "deposit", err)
}

func (s *Server) membershipWithdraw(c echo.Context) error {
	err := s.Plans.Withdraw(c.Request().Context(), by(c), here(c).ID, id.ID(c.FormValue("application")))
	return s.membershipDone(c, "withdraw", err)
}

// changePage shows what another plan would cost.
func (s *Server) changePage(c echo.Context) error { return s.changeAgain(c, nil) }

func (s *Server) changing(c echo.Context) (plans.Changing, error) {
	amount, err := amountOf(c, "amount", here(c).Currency)
	return plans.Changing{
		Plan: id.ID(c.FormValue("plan")), On: clock.Day(c.FormValue("on")), Group: c.FormValue("group"), Amount: amount, Code: c.FormValue("code"), Proof: c.FormValue("proof") != "",
		Until: clock.Day(c.FormValue("proof_until")), Note: c.FormValue("note"),
	}, err
}

func (s *Server) changeAgain(c echo.Context, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	base, member, staff := s.membershipSpot(c)
	p := view.ChangeProps{
		Base: base, Staff: staff, Membership: c.FormValue("membership"), Plan: c.FormValue("plan"), Group: c.FormValue("group"), Amount: c.FormValue("amount"),
		On: c.FormValue("on"), Code: c.FormValue("code"), Proof: c.FormValue("proof") != "", Note: c.FormValue("note"),
	}
	runs, err := s.Plans.Runs(ctx, by(c), f.Space.ID, member)
	if err != nil {
		return err
	}
	r, on := plans.Current(runs, f.Now)
	if !on {
		return s.redirect(c, base)
	}
	if p.Membership == "" {
		p.Membership = r.ID.String()
	}
	if p.Plans, err = s.Plans.Plans(ctx, f.Space.ID); err != nil {
		return err
	}
	today := clock.DayOf(f.Now, f.Zone)
	p.Plans = slices.DeleteFunc(p.Plans, func(plan plans.Plan) bool {
		return plan.ID == r.PlanID || !staff && !plan.Shown(today) && plan.ID.String() != p.Plan
	})
	p.Until = c.FormValue("proof_until")
	if p.Asked, p.Wish, err = s.waitsFor(c, member); err != nil {
		return err
	}
	err = refused
	if p.Plan != "" && (err == nil || errors.Is(err, plans.ErrNoteLong)) {
		p.Errors = view.Refused(f, err)
		var ch plans.Changing
		if ch, err = s.changing(c); err == nil {
			p.Bill, err = s.Plans.PreviewChange(ctx, by(c), f.Space.ID, id.ID(p.Membership), ch)
		}
		if err != nil && (fault.All(err) == nil || statusOf(err) == http.StatusNotFound) {
			return err
		}
		p.Ready = err == nil
	}
	if p.Errors == nil {
		p.Errors = view.Refused(f, err)
	}
	p.Prove = errors.Is(err, plans.ErrNoProof)
	f = f.Titled(f.T("change.title")).Under(base)
	return s.show(c, refusedStatus(refused), f, view.ChangePlan(f, p))
}

func (s *Server) membershipChange(c echo.Context) error {
	ch, err := s.changing(c)
	var done plans.Joined
	if err == nil {
		done, _, err = s.Plans.Change(c.Request().Context(), by(c), here(c).ID, id.ID(c.FormValue("membership")), ch)
	}
	base, _, _ := s.membershipSpot(c)
	switch {
	case err == nil && done.Waits():
		return s.redirect(c, base, view.Flash{Text: s.frame(c).T("join.asked")})
	case err == nil:
		return s.redirect(c, base, view.Flash{Text: s.frame(c).T("membership.said.change")})
	case fault.All(err) == nil, statusOf(err) == http.StatusNotFound:
		return err
	}
	return s.changeAgain(c, err)
}

// startPage is where the staff starts a plan for somebody, with what it will cost.
func (s *Server) startPage(c echo.Context) error { return s.startAgain(c, nil) }

// starting is a start as a form says it.
func (s *Server) starting(c echo.Context) (plans.Start, error) {
	f := s.frame(c)
	st := plans.Start{
		Space: f.Space.ID, Member: memberOf(c), Plan: id.ID(c.FormValue("plan")), Group: c.FormValue("group"), Reason: c.FormValue("reason"),
		Proof: c.FormValue("proof") != "", ProofUntil: clock.Day(c.FormValue("proof_until")),
	}
	var wrong fault.Many
	amount, err := amountOf(c, "amount", f.Space.Currency)
	if refusal, ok := fault.As(err); ok {
		wrong.Add(refusal)
	}
	st.Amount = amount
	days := func(field string) *int64 {
		typed := strings.TrimSpace(c.FormValue(field))
		if typed == "" {
			return nil
		}
		n, err := strconv.ParseInt(typed, 10, 32)
		if err != nil {
			wrong.Add(errPlanNumber.On(field))
		}
		return &n
	}
	st.Trial = days("trial")
	if n := days("gift"); n != nil {
		st.Gift = int(*n)
	}
	if day := clock.Day(c.FormValue("starts_on")); day != "" && day != clock.DayOf(f.Now, f.Zone) {
		if !day.Valid() || day < clock.DayOf(f.Now, f.Zone) {
			wrong.Add(plans.ErrStartsBad)
		} else {
			st.From = day.Start(f.Zone)
		}
	}
	return st, wrong.Err()
}

func (s *Server) startAgain(c echo.Context, refused error) error {
	ctx, f := c.Request().Context(), s.frame(c)
	person, err := s.Members.Person(ctx, by(c), f.Space.ID, memberOf(c))
	if err != nil {
		return err
	}
	p := view.StartProps{Base: f.At("people", memberOf(c).String(), "membership", "start"), Value: c.FormValue}
	if p.Plans, err = s.Plans.Plans(ctx, f.Space.ID); err != nil {
		return err
	}
	if i := slices.IndexFunc(p.Plans, func(plan plans.Plan) bool { return plan.ID.String() == c.FormValue("plan") }); i >= 0 {
		p.Plan = p.Plans[i]
		st, wrong := s.starting(c)
		if err = wrong; err == nil {
			p.Bill, err = s.Plans.Preview(ctx, by(c), st)
		}
		if err != nil && fault.All(err) == nil {
			return err
		}
		p.Ready = err == nil
	}
	if refused != nil {
		err = refused
	}
	p.Errors = view.Refused(f, err)
	f = f.Titled(f.T("start.title", "Name", person.Member.Name)).Under(f.At("people", memberOf(c).String()))
	return s.show(c, refusedStatus(refused), f, view.StartPlan(f, p))
}

// membershipStart starts it.
func (s *Server) membershipStart(c echo.Context) error {
	st, err := s.starting(c)
	if err == nil {
		_, err = s.Plans.Subscribe(c.Request().Context(), by(c), st)
	}
	switch f := s.frame(c); {
	case err == nil:
		said := f.T("people.said.plan")
		if !st.From.IsZero() {
			said = f.T("people.said.plan_later", "Day", clock.DayOf(st.From, f.Zone))
		}
		return s.redirect(c, f.At("people", memberOf(c).String(), "membership"), view.Flash{Text: said})
	case fault.All(err) == nil, errors.Is(err, plans.ErrNoSuchMember):
		return err
	}
	return s.startAgain(c, err)
}

// chargesPage is what somebody owes, and why.
func (s *Server) chargesPage(c echo.Context) error {
	ctx, f := c.Request().Context(), s.frame(c)
	_, member, staff := s.membershipSpot(c)
	p := view.ChargesProps{Base: c.Request().URL.Path}
	var err error
	if staff {
		if _, err = s.Members.Person(ctx, by(c), f.Space.ID, member); err != nil {
			return err
		}
	}
	if p.Page, err = s.Billing.Charges(ctx, by(c), f.Space.ID, member, 0, c.QueryParam("cursor")); err != nil {
		return err
	}
	if p.Due, err = s.Billing.Due(ctx, by(c), f.Space.ID, member); err != nil {
		return err
	}
	if p.Names, err = s.Reports.Beneficiaries(ctx, by(c), f.Space.ID, member); err != nil {
		return err
	}
	seat, err := s.Teams.Seat(ctx, f.Space.ID, member)
	if err != nil {
		return err
	}
	p.Payer, p.Team = seat.PayerName, seat.Name
	back := "/me/membership"
	if staff {
		back = f.At("people", member.String(), "membership")
	}
	f = f.Titled(f.T("charges.title")).Under(back)
	return s.page(c, f, view.Charges(f, p))
}

// planRoutes are the addresses of plans, memberships and what is owed for them.
func (s *Server) planRoutes() {
	s.get("/s/:space/plans", s.plansPage, "plan.read")
	s.get("/s/:space/plans/:plan", s.planPage, "plan.read")
	s.get("/s/:space/plans/edit", s.managePlans, "plan.edit")
	s.get("/s/:space/plans/new", s.planNew, "plan.edit")
	s.post("/s/:space/plans", s.planCreate, "plan.edit")
	s.post("/s/:space/plans/settings", s.planSettings, "plan.edit")
	s.get("/s/:space/plans/:plan/edit", s.planEditPage, "plan.edit")
	s.post("/s/:space/plans/:plan", s.planEdit, "plan.edit")
	s.post("/s/:space/plans/:plan/archive", s.planArchive, "plan.edit")
	s.post("/s/:space/plans/:plan/move", s.planMove, "plan.edit")
	s.post("/s/:space/plans/:plan/invite", s.planInvite, "plan.edit")
	s.get("/s/:space/plans/waiting", s.plansWaiting, "membership.edit")
	s.post("/s/:space/plans/waiting/:application/approve", s.planApprove, "membership.edit")
	s.post("/s/:space/plans/waiting/:application/decline", s.planDecline, "membership.edit")

	s.get("/s/:space/join", s.planJoinPage, "membership.own")
	s.post("/s/:space/join", s.planJoin, "membership.own")
	for base, op := range map[string]actor.Operation{"/me/membership": "membership.own", "/s/:space/people/:member/membership": "membership.edit"} {
		s.get(base, s.membershipPage, op)
		s.get(base+"/change", s.changePage, op)
		s.post(base+"/change", s.membershipChange, op)
		s.post(base+"/pause", s.membershipPause, op)
		s.post(base+"/resume", s.membershipResume, op)
		s.post(base+"/renew", s.membershipRenew, op)
		s.post(base+"/keep", s.membershipKeep, op)
		s.post(base+"/cancel", s.membershipCancel, op)
	}
	s.post("/me/membership/withdraw", s.membershipWithdraw, "membership.own")
	s.get("/s/:space/people/:member/membership/start", s.startPage, "membership.edit")
	s.post("/s/:space/people/:member/membership/start", s.membershipStart, "membership.edit")
	s.post("/s/:space/people/:member/membership/gift", s.membershipGift, "membership.edit")
	s.post("/s/:space/people/:member/membership/deposit", s.membershipDeposit, "membership.edit")
	s.get("/me/charges", s.chargesPage, "charge.read")
	s.get("/s/:space/people/:member/charges", s.chargesPage, "charge.read")
}
