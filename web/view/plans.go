package view

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"guildhall/internal/billing"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/internal/plans"
)

// PlansProps is what the page of a space's plans shows.
type PlansProps struct {
	Plans []plans.Plan
	Own   OwnPlan
	Kinds KindNames
	Pager PagerProps
}

// OwnPlan is what the reader has of the plans that are shown, and what they have asked for.
type OwnPlan struct {
	Plan    string // its id; empty: none
	Running id.ID  // the membership
	Asked   plans.Application
}

// asked reports whether the reader waits for this plan.
func (o OwnPlan) asked(p plans.Plan) bool { return o.Asked.ID != "" && o.Asked.PlanID == p.ID }

// plansAtOnce is how many plans a page shows.
const plansAtOnce = 30

// PlansPage is the part of a list of plans that a page shows, and the way to the others.
func PlansPage(all []plans.Plan, page int, at string) ([]plans.Plan, PagerProps) {
	pages := pagesOf(len(all), plansAtOnce)
	page = min(max(page, 1), pages)
	pager := pagerOf(int64(len(all)), page, pages, func(n int) string { return With(at, "page", itoa(n)) })
	if pages == 1 {
		pager.Total = -1 // they are seen at a glance
	}
	return all[(page-1)*plansAtOnce : min(page*plansAtOnce, len(all))], pager
}

// KindNames are what there is of each kind of resource in a space, by the names that
// people know.
type KindNames map[string][]i18n.Text

// list is what may be booked with a plan, in words.
func (k KindNames) list(f Frame, kinds []string) string {
	var words []string
	for _, kind := range kinds {
		if len(k[kind]) == 0 {
			words = append(words, kind)
		}
		for _, name := range k[kind] {
			words = append(words, f.Words(name))
		}
	}
	return f.List(words...)
}

// per is a period in words: "a month", "for 3 months". Of one unit no language needs
// the number.
func per(f Frame, unit plans.Unit, count int64) string {
	if count == 1 {
		return f.T("plans.per.one_" + string(unit))
	}
	return f.T("plans.per."+string(unit), "Count", count)
}

// every is how often something is had that comes with each period: "each month".
func every(f Frame, unit plans.Unit, count int64) string { return unit.Each(f.Printer, count) }

// planPrice is a price with its period.
func planPrice(f Frame, price money.Amount, unit plans.Unit, count int64) string {
	return f.T("plans.price", "Price", f.Price(price), "Per", per(f, unit, count))
}

// groupName is a group of buyers in words.
func groupName(f Frame, group string) string {
	if group == "" {
		group = "standard"
	}
	return f.Word("buyer", group)
}

// included says what a plan includes and asks, a line for each.
func included(f Frame, p plans.Plan, kinds KindNames) []string {
	var lines []string
	add := func(wanted bool, key string, args ...any) {
		if wanted {
			lines = append(lines, f.T("plans.has."+key, args...))
		}
	}
	in := p.Includes
	add(p.KeyHolder, "keys")
	add(len(in.Kinds) > 0, "kinds", "Kinds", kinds.list(f, in.Kinds))
	if in.Weekdays != 0 && in.Weekdays != 127 {
		var days []string
		for day := 1; day <= 7; day++ {
			if in.Weekdays>>(day-1)&1 == 1 {
				days = append(days, longWeekday(f, day))
			}
		}
		add(true, "days", "Days", f.List(days...))
	}
	if in.FromMin != 0 || in.ToMin != 0 {
		to := in.ToMin
		if to == 0 {
			to = 24 * 60
		}
		add(true, "hours", "From", f.Wall(in.FromMin), "To", f.Wall(to))
	}
	add(in.AheadDays > 0, "ahead", "Count", in.AheadDays)
	add(in.Minutes > 0, "minutes", "Time", f.Hours(int64(in.Minutes)), "Each", every(f, p.Period, p.PeriodCount))
	add(in.Guests > 0, "guests", "Count", in.Guests)
	add(in.Seats > 0, "seats", "Count", in.Seats)
	add(in.Network, "network")
	add(p.TrialDays > 0, "trial", "Count", p.TrialDays)
	add(p.SetupMinor > 0, "setup", "Price", money.Of(p.SetupMinor, p.Currency))
	add(p.DepositMinor > 0, "deposit", "Price", money.Of(p.DepositMinor, p.Currency))
	add(p.MinPeriods > 0, "term", "Per", f.T("plans.per."+string(p.Period), "Count", p.MinPeriods*p.PeriodCount))
	add(p.NoticeDays > 0, "notice", "Count", p.NoticeDays)
	add(p.PauseDays > 0, "pause", "Count", p.PauseDays)
	add(p.PauseDays > 0 && p.PauseLongest > 0 && p.PauseLongest < p.PauseDays, "pause_longest", "Count", p.PauseLongest)
	add(p.Approval, "approval")
	add(!p.Renews, "ends")
	return lines
}

// chargeLine puts a line of a charge into words.
func chargeLine(f Frame, l billing.Line) string {
	return f.T("charge.line."+l.Code, "Plan", l.Name, "From", f.DateShortOf(l.From), "To", f.DateShortOf(l.To.Add(-1)), "Days", l.Days, "Of", l.Of)
}

// billLines are the lines of a bill as Lines shows them.
func billLines(f Frame, b plans.Bill) []Line {
	var lines []Line
	for _, l := range b.Lines {
		lines = append(lines, Line{Label: l.In(f.Printer), Amount: l.Amount})
	}
	return lines
}

// reckons are the attributes of a form that says what something costs: with scripts it
// says it anew as soon as anything is changed, so that nobody is charged for what they
// had chosen before.
func reckons(path string) templ.Attributes {
	return templ.Attributes{
		"data-hx-get": path, "data-hx-trigger": "submit, change", "data-hx-target": "#reckoned", "data-hx-select": "#reckoned", "data-hx-swap": "outerHTML",
	}
}

// JoinPlanProps is the page on which somebody joins.
type JoinPlanProps struct {
	Plan                                plans.Plan
	Group, Amount, StartsOn, Code, Note string
	Bill                                plans.Bill
	Against                             string // what stands against it; empty: nothing
	Prove                               bool   // a proof is missing
	Change                              string // where the plan that runs is changed to this one instead; empty: that is not what stands against it
	Final                               bool   // nothing that can be filled in here helps
	Kinds                               KindNames
	Errors                              Errors
}

// buyerOptions are the prices that a plan has.
func buyerOptions(f Frame, p plans.Plan, chosen string) []Option {
	options := []Option{{Value: "", Label: groupName(f, "") + ", " + f.Price(p.Price()), Selected: chosen == ""}}
	for _, price := range p.Prices {
		options = append(options, Option{
			Value: price.Group, Label: groupName(f, price.Group) + ", " + f.Price(money.Of(price.Minor, p.Currency)), Selected: chosen == price.Group,
		})
	}
	return options
}

// PlanFormProps is the form of a plan. Values are as typed.
type PlanFormProps struct {
	Plan   plans.Plan // zero ID: a new one
	Typed  func(field string) string
	Kinds  KindNames // that there are here
	Chosen []string  // of the kinds
	Invite string    // the link, where the plan is by invitation
	Errors Errors
}

func (p PlanFormProps) value(field, is string) string {
	if p.Typed != nil {
		return p.Typed(field)
	}
	return is
}

// kinds are those that there are here, and those that the plan has of others.
func (p PlanFormProps) kinds() []string {
	all := slices.Sorted(maps.Keys(p.Kinds))
	for _, kind := range p.Chosen {
		if !slices.Contains(all, kind) {
			all = append(all, kind)
		}
	}
	return all
}

// money is the label of an amount, with what it is in.
func (p PlanFormProps) money(label string) string { return label + " (" + p.Plan.Currency + ")" }

func (p PlanFormProps) number(field string, is int64) string {
	if is == 0 {
		return p.value(field, "")
	}
	return p.value(field, strconv.FormatInt(is, 10))
}

func (p PlanFormProps) amount(field string, minor int64) string {
	if minor == 0 && field != "price" {
		return p.value(field, "")
	}
	if p.Plan.ID == "" {
		return p.value(field, "")
	}
	return p.value(field, money.Of(minor, p.Plan.Currency).Decimal())
}

func (p PlanFormProps) on(field string, is bool) bool {
	if p.Typed != nil {
		return p.Typed(field) != ""
	}
	return is
}

func (p PlanFormProps) prices() string {
	var lines []string
	for _, price := range p.Plan.Prices {
		lines = append(lines, price.Group+" "+money.Of(price.Minor, p.Plan.Currency).Decimal())
	}
	return p.value("prices", strings.Join(lines, "\n"))
}

func (p PlanFormProps) hours() string {
	in := p.Plan.Includes
	if in.FromMin == 0 && in.ToMin == 0 {
		return p.value("hours", "")
	}
	to := in.ToMin
	if to == 0 {
		to = 24 * 60
	}
	return p.value("hours", wallOf(in.FromMin)+"-"+wallOf(to))
}

func wallOf(min int) string {
	if min%60 == 0 {
		return strconv.Itoa(min / 60)
	}
	return strconv.Itoa(min/60) + ":" + strconv.Itoa(100 + min%60)[1:]
}

func unitOptions(f Frame, chosen string) []Option {
	var options []Option
	for _, u := range plans.Units {
		options = append(options, Option{Value: string(u), Label: f.T("plans.unit." + string(u)), Selected: chosen == string(u)})
	}
	return options
}

func planAudiences(f Frame, chosen string) []Option {
	var options []Option
	for _, a := range plans.Audiences {
		options = append(options, Option{Value: string(a), Label: f.T("plans.audience." + string(a)), Selected: chosen == string(a)})
	}
	return options
}

// ManageProps is the page on which plans are set up.
type ManageProps struct {
	Plans    []plans.Plan
	Counts   map[string]int64
	Waiting  int64
	Pager    PagerProps
	Settings plans.Settings
	Errors   Errors
}

// MembershipProps is a membership with what can be done about it. Base is the
// address of its page.
type MembershipProps struct {
	Base         string
	Staff        bool
	Charges      string // the address of what is owed
	Runs         []plans.Run
	Applications []plans.Application
	Names        map[string]plans.Plan // by id
	Kinds        KindNames
	Balances     []booking.Balance // of machine time
	Soonest, End clock.Day
	PauseLeft    int64
	Due          []money.Amount
	Form         string
	Errors       Errors
	Typed        func(field string) string
	Key          string // of this showing of the page: sent twice, something is done once
}

func (p MembershipProps) errors(form string) Errors {
	if p.Form == form {
		return p.Errors
	}
	return nil
}

func (p MembershipProps) value(form, field, otherwise string) string {
	if p.Form == form && p.Typed != nil {
		return p.Typed(field)
	}
	return otherwise
}

// loose reports whether the form that was refused stands on the page no more, so that
// the refusal is said above everything else.
func (p MembershipProps) loose(f Frame, r plans.Run) bool {
	_, coming := r.Coming(f.Now)
	switch {
	case p.Form == "":
		return false
	case r.StartsAt.After(f.Now):
		return true
	}
	switch p.Form {
	case "pause":
		return coming || r.Over(f.Now) || !p.Staff && r.Plan.PauseDays == 0
	case "resume":
		return !coming
	case "renew":
		return r.EndsAt.IsZero() || r.Renews && !r.Over(f.Now)
	case "keep":
		return r.EndsAt.IsZero() || !r.Renews || r.Over(f.Now)
	case "cancel":
		return r.Over(f.Now) || !p.Staff && !r.EndsAt.IsZero()
	case "deposit":
		return r.Deposit().Minor == 0
	}
	return r.Over(f.Now)
}

// shown is the run that the page is about: the one that is on, else the latest.
func (p MembershipProps) shown(now clock.Instant) (plans.Run, bool) {
	if r, on := plans.Current(p.Runs, now); on {
		return r, true
	}
	if len(p.Runs) > 0 {
		return p.Runs[0], true
	}
	return plans.Run{}, false
}

// state is how a run stands at this moment.
func runState(f Frame, r plans.Run) (kind, icon, label string) {
	_, paused := r.Paused(f.Now)
	switch {
	case r.Over(f.Now):
		return "", "", f.T("membership.state.ended")
	case r.StartsAt.After(f.Now):
		return "info", "clock", f.T("membership.state.coming")
	case paused:
		return "warn", "clock", f.T("membership.state.paused")
	case r.Trial(f.Now):
		return "info", "clock", f.T("membership.state.trial")
	case !r.CancelledAt.IsZero():
		return "warn", "clock", f.T("membership.state.cancelled")
	}
	return "ok", "ticket", f.T("membership.state.active")
}

// depositSays is how the deposit of a run stands.
func depositSays(f Frame, r plans.Run) string {
	price := money.Of(r.DepositMinor, r.Currency)
	switch {
	case r.DepositKept != "":
		return f.T("membership.deposit.kept", "Price", price, "Reason", r.DepositKept)
	case !r.DepositSettledAt.IsZero():
		return f.T("membership.deposit.back", "Price", price, "Day", dated(f, r.DepositSettledAt))
	}
	return f.T("membership.deposit.held", "Price", price)
}

// balanceOf says of how much machine time something is left, until when and for whom.
func balanceOf(f Frame, b booking.Balance) string {
	args := []any{"All", f.Hours(int64(b.Minutes)), "Day", f.DateOf(clock.DayOf(b.Period.EndsAt, f.Zone).Add(-1))}
	if b.Shared != "" {
		return f.T("membership.minutes.shared", append(args, "Team", b.Shared)...)
	}
	return f.T("membership.minutes.of", args...)
}

// ChangeProps is the page on which a plan is changed, with what it would cost.
type ChangeProps struct {
	Base, Membership                    string
	Plans                               []plans.Plan
	Plan, Group, Amount, On, Code, Note string
	Until                               string             // the last day of the proof
	Asked                               *plans.Application // that waits already; nil: none
	Wish                                plans.Plan         // that it asks for
	Staff, Proof                        bool
	Prove                               bool // a proof is missing
	Ready                               bool // Bill is what it would cost
	Bill                                plans.Bill
	Errors                              Errors
}

// askedAt is where somebody's request is answered.
func askedAt(f Frame, a plans.Application) string {
	return f.At("plans", "waiting") + "#asked-" + a.ID.String()
}

// ChangeTo is where the reader's plan is changed to another one.
func ChangeTo(p plans.Plan, code string) string {
	return withCode(With("/me/membership/change", "plan", p.ID.String()), code)
}

// withCode adds the code of an invitation to an address, where there is one.
func withCode(address, code string) string {
	if code == "" {
		return address
	}
	return With(address, "code", code)
}

// suggested is what stands in the field of an amount that one chooses oneself.
func suggested(p plans.Plan, typed string) string {
	if typed == "" {
		return p.Price().Decimal()
	}
	return typed
}

// chosen is the plan that it is changed to; zero while none is chosen.
func (p ChangeProps) chosen() plans.Plan {
	for _, plan := range p.Plans {
		if plan.ID.String() == p.Plan {
			return plan
		}
	}
	return plans.Plan{}
}

// StartProps is the page on which the staff starts a plan for somebody.
type StartProps struct {
	Base   string
	Plans  []plans.Plan
	Plan   plans.Plan // the one that is chosen; zero: none yet
	Value  func(field string) string
	Ready  bool // Bill is what it will cost
	Bill   plans.Bill
	Errors Errors
}

// asked are the fields of the page that its button sends again.
func (p StartProps) asked() []string {
	return []string{"plan", "starts_on", "group", "amount", "proof", "proof_until", "trial", "gift", "reason"}
}

// trialHint says what an open field for the days to try a plan out means.
func trialHint(f Frame, p plans.Plan) string {
	if p.TrialDays == 0 {
		return ""
	}
	return f.T("start.trial.hint", "Count", p.TrialDays)
}

// ChargesProps is what somebody owes, and why.
type ChargesProps struct {
	Page  billing.Page
	Due   []money.Amount
	Names map[id.ID]string // of the others whom charges are for
	Payer string           // the name of who pays instead; empty: nobody
	Team  string           // the team that they pay for
	Base  string
}

// WaitingProps are those who wait for the staff.
type WaitingProps struct {
	Waiting []plans.Applicant
	Total   int64
	Page    int
	Form    string // the id of the one whose answer was refused
	Errors  Errors
	Typed   func(field string) string
}

func (p WaitingProps) pager(f Frame) PagerProps {
	return pagerOf(p.Total, p.Page, pagesOf(p.Total, plans.ApplicationsPage), func(n int) string { return With(f.At("plans", "waiting"), "page", itoa(n)) })
}

// against is what stands against a yes, in words.
func (p WaitingProps) against(f Frame, a plans.Applicant) string {
	return f.Fault(fault.All(a.Against)[0])
}

// value is what was typed of an answer that was refused.
func (p WaitingProps) value(a plans.Applicant, field string) string {
	if p.Form != a.ID.String() {
		return ""
	}
	return p.Typed(field)
}

// on is the refusal at a field of somebody's answer.
func (p WaitingProps) on(a plans.Applicant, field string) string {
	if p.Form != a.ID.String() {
		return ""
	}
	return p.Errors.On(field)
}
