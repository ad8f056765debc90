package web

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/actor"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/web/view"
)

var (
	errNumber    = fault.Invalid("value", "terms.number", "Give a whole number.")
	errMeasure   = fault.Invalid("measure", "terms.measure", "Choose what the rule is about.")
	errCondition = fault.Invalid("audience", "terms.condition", "Say for whom, on which days or at which hours; what is for everyone and always stands above.")
	errWindow    = fault.Invalid("hours", "terms.window", "Write one span of hours, such as 18:00–21:00, or nothing for the whole day.")
)

// blankPrices is how many empty rows the list of prices ends with.
const blankPrices = 2

// measured sets and reads one number of a rule.
type measured struct {
	kind booking.Kind
	at   func(*booking.Params) *int
}

// measures are the numbers of view.Measures.
var measures = map[string]measured{
	"step":        {booking.GridRule, func(p *booking.Params) *int { return &p.StepMin }},
	"shortest":    {booking.LengthRule, func(p *booking.Params) *int { return &p.MinMin }},
	"longest":     {booking.LengthRule, func(p *booking.Params) *int { return &p.MaxMin }},
	"before":      {booking.BufferRule, func(p *booking.Params) *int { return &p.BeforeMin }},
	"after":       {booking.BufferRule, func(p *booking.Params) *int { return &p.AfterMin }},
	"people":      {booking.PeopleRule, func(p *booking.Params) *int { return &p.AtLeast }},
	"ahead":       {booking.AheadRule, func(p *booking.Params) *int { return &p.Days }},
	"create":      {booking.NoticeRule, func(p *booking.Params) *int { return &p.CreateMin }},
	"change":      {booking.NoticeRule, func(p *booking.Params) *int { return &p.ChangeMin }},
	"cancel":      {booking.NoticeRule, func(p *booking.Params) *int { return &p.CancelMin }},
	"release":     {booking.CheckInRule, func(p *booking.Params) *int { return &p.ReleaseMin }},
	"outstanding": {booking.PersonalRule, func(p *booking.Params) *int { return &p.Outstanding }},
	"at_once":     {booking.PersonalRule, func(p *booking.Params) *int { return &p.AtOnce }},
	"gap":         {booking.PersonalRule, func(p *booking.Params) *int { return &p.GapMin }},
}

// rules is the page of a resource's rules.
func (s *Server) rules(c echo.Context) error {
	p, err := s.rulesProps(c)
	if err != nil {
		return err
	}
	f := s.resourceFrame(c, p.Resource)
	return s.page(c, f, view.Rules(f, p))
}

func (s *Server) rulesProps(c echo.Context) (view.RulesProps, error) {
	r, err := s.resourceHere(c)
	if err != nil {
		return view.RulesProps{}, err
	}
	ctx := c.Request().Context()
	p := view.RulesProps{Resource: r}
	if p.All, err = s.Booking.RulesFor(ctx, by(c), r.ID); err != nil {
		return p, err
	}
	own, err := s.Booking.Rules(ctx, by(c), scopeOf(r))
	if err != nil {
		return p, err
	}
	p.Seen = booking.MarkOfRules(own)
	p.Plain, p.Further = plainRules(own)
	p.Whom, err = s.audiences(c, "")
	return p, err
}

func scopeOf(r equipment.Resource) booking.Scope {
	return booking.Scope{Space: r.SpaceID, Resource: r.ID}
}

// plainRules takes apart a resource's rules: the numbers for everyone and always,
// and the rules with a condition. Of two plain ones of a kind the second is further.
func plainRules(own []booking.Rule) (numbers map[string]string, further []booking.Rule) {
	numbers = map[string]string{"need": "whole"}
	seen := map[booking.Kind]bool{}
	for _, r := range own {
		always := r.Audience == "" && (r.Weekdays == 0 || r.Weekdays == 0b111_1111) && r.FromMin == 0 && r.ToMin == 24*60
		simple := r.Kind != booking.FirstRule && !r.Params.WholeDays && len(r.Params.StartsMin) == 0
		if !always || !simple || seen[r.Kind] {
			further = append(further, r)
			continue
		}
		seen[r.Kind] = true
		if r.Kind == booking.HoursRule {
			numbers["need"] = r.Params.Need
		}
		for name, m := range measures {
			if n := *m.at(&r.Params); m.kind == r.Kind && (n != 0 || r.Kind == booking.AheadRule) {
				numbers[name] = strconv.Itoa(n)
			}
		}
	}
	return numbers, further
}

// audiences are whom a rule can be for.
func (s *Server) audiences(c echo.Context, chosen string) ([]view.Option, error) {
	f := s.frame(c)
	plans, err := s.Members.Plans(c.Request().Context(), f.Space.ID)
	options := []view.Option{{Label: f.T("terms.everyone"), Selected: chosen == ""}}
	add := func(value, label string) {
		if !slices.ContainsFunc(options, func(o view.Option) bool { return o.Value == value }) {
			options = append(options, view.Option{Value: value, Label: label, Selected: value == chosen})
		}
	}
	for _, role := range []actor.Role{actor.Member, actor.Instructor} {
		add("role:"+string(role), f.T("rule.says.for_role", "Who", string(role)))
	}
	for _, p := range plans {
		add("group:"+p.PriceGroup, f.T("rule.says.for_group", "Who", p.PriceGroup))
	}
	for _, p := range plans {
		add("plan:"+p.Code, f.T("rule.says.for_plan", "Who", f.Words(p.Name)))
	}
	return options, err
}

// rulesSave replaces the plain rules and leaves the others.
func (s *Server) rulesSave(c echo.Context) error {
	p, err := s.rulesProps(c)
	if err != nil {
		return err
	}
	var wrong fault.Many
	params := map[booking.Kind]*booking.Params{}
	var kinds []booking.Kind
	of := func(kind booking.Kind) *booking.Params {
		if params[kind] == nil {
			params[kind] = &booking.Params{}
			kinds = append(kinds, kind)
		}
		return params[kind]
	}
	p.Plain = map[string]string{"need": c.FormValue("need")}
	for _, m := range view.Measures {
		typed := strings.TrimSpace(c.FormValue(m.Name))
		p.Plain[m.Name] = typed
		if typed == "" {
			continue
		}
		n, err := strconv.Atoi(typed)
		if err != nil || n < 0 {
			wrong.Add(errNumber.On(m.Name))
			continue
		}
		if n > 0 || m.Name == "ahead" {
			*measures[m.Name].at(of(measures[m.Name].kind)) = n
		}
	}
	if need := p.Plain["need"]; need != "whole" {
		of(booking.HoursRule).Need = need
	}
	rules := slices.Clone(p.Further)
	for _, kind := range kinds {
		rules = append(rules, booking.Rule{Kind: kind, Params: *params[kind]})
	}
	return s.rulesSet(c, p, seen(c), rules, wrong)
}

// seen is the state of the list that a form was filled in on.
func seen(c echo.Context) booking.Mark { return booking.Mark(c.FormValue("seen")) }

// ruleAdd adds a rule with a condition.
func (s *Server) ruleAdd(c echo.Context) error {
	p, err := s.rulesProps(c)
	if err != nil {
		return err
	}
	values, err := c.FormParams()
	if err != nil {
		return err
	}
	p.Form = view.RuleForm{Measure: values.Get("measure"), Value: values.Get("value"), Whom: values.Get("whom"), Hours: values.Get("hours"), Days: map[int]bool{}}
	for _, day := range values["day"] {
		if n, err := strconv.Atoi(day); err == nil {
			p.Form.Days[n] = true
		}
	}
	if p.Whom, err = s.audiences(c, p.Form.Whom); err != nil {
		return err
	}
	r, wrong := ruleFrom(p.Form)
	own, err := s.Booking.Rules(c.Request().Context(), by(c), scopeOf(p.Resource))
	if err != nil {
		return err
	}
	return s.rulesSet(c, p, seen(c), append(own, r), wrong)
}

// ruleFrom is what a form means.
func ruleFrom(form view.RuleForm) (booking.Rule, fault.Many) {
	r := booking.Rule{Audience: form.Whom, ToMin: 24 * 60}
	var wrong fault.Many
	need, aboutHours := strings.CutPrefix(form.Measure, "hours_")
	m, known := measures[form.Measure]
	switch n, err := strconv.Atoi(strings.TrimSpace(form.Value)); {
	case aboutHours && slices.Contains(view.Needs, need):
		r.Kind, r.Params.Need = booking.HoursRule, need
	case !known:
		wrong.Add(errMeasure)
	case err != nil || n < 0:
		wrong.Add(errNumber)
	default:
		r.Kind = m.kind
		*m.at(&r.Params) = n
	}
	for day := range form.Days {
		if day >= 1 && day <= 7 {
			r.Weekdays |= 1 << (day - 1)
		}
	}
	var ok bool
	if r.FromMin, r.ToMin, ok = parseWindow(form.Hours); !ok {
		wrong.Add(errWindow)
	}
	if r.Audience == "" && r.Weekdays == 0 && r.FromMin == 0 && r.ToMin == 24*60 {
		wrong.Add(errCondition)
	}
	return r, wrong
}

// parseWindow reads one span of hours; nothing is the whole day.
func parseWindow(text string) (from, to int, ok bool) {
	spans, ok := parseHours(text)
	switch {
	case !ok || len(spans) > 1:
		return 0, 0, false
	case len(spans) == 0:
		return 0, 24 * 60, true
	}
	return spans[0][0], spans[0][1], true
}

// ruleRemove takes one of a resource's own rules away. One that is not there was
// removed, or the list was set anew, since the page was opened.
func (s *Server) ruleRemove(c echo.Context) error {
	p, err := s.rulesProps(c)
	if err != nil {
		return err
	}
	own, err := s.Booking.Rules(c.Request().Context(), by(c), scopeOf(p.Resource))
	if err != nil {
		return err
	}
	state := booking.MarkOfRules(own)
	i := slices.IndexFunc(own, func(r booking.Rule) bool { return r.ID.String() == c.Param("rule") })
	if i < 0 {
		return s.rulesSet(c, p, state, own, fault.Many{booking.ErrListStale})
	}
	return s.rulesSet(c, p, state, slices.Delete(own, i, i+1), nil)
}

// rulesSet sets the rules of a resource that was seen in a state, or shows the page again.
func (s *Server) rulesSet(c echo.Context, p view.RulesProps, state booking.Mark, rules []booking.Rule, wrong fault.Many) error {
	err := wrong.Err()
	if err == nil {
		err = s.Booking.ReviseRules(c.Request().Context(), by(c), scopeOf(p.Resource), state, rules)
	}
	if errors.Is(err, booking.ErrListStale) {
		var failed error
		if p, failed = s.rulesProps(c); failed != nil {
			return failed
		}
	}
	f := s.resourceFrame(c, p.Resource)
	if err == nil {
		return s.redirect(c, f.At("equipment", p.Resource.ID.String(), "rules"), view.Flash{Text: f.T("terms.rules_saved", "Name", p.Resource.Name)})
	}
	return s.again(c, err, f, func(f view.Frame, e view.Errors) templ.Component {
		p.Errors = e
		return view.Rules(f, p)
	})
}

// prices is the page of a resource's prices.
func (s *Server) prices(c echo.Context) error {
	p, err := s.pricesProps(c)
	if err == nil {
		err = s.pricesStored(c, &p)
	}
	if err != nil {
		return err
	}
	f := s.resourceFrame(c, p.Resource)
	return s.page(c, f, view.Prices(f, p))
}

// pricesStored fills the rows with what is stored, and some to write in.
func (s *Server) pricesStored(c echo.Context, p *view.PricesProps) error {
	list, err := s.Booking.Prices(c.Request().Context(), by(c), p.Resource.ID)
	p.Seen, p.Rows = booking.MarkOfPrices(list), nil
	for _, price := range list {
		p.Rows = append(p.Rows, view.PriceFormOf(price))
	}
	p.Rows = append(p.Rows, make([]view.PriceForm, blankPrices)...)
	return err
}

func (s *Server) pricesProps(c echo.Context) (view.PricesProps, error) {
	r, err := s.resourceHere(c)
	if err != nil {
		return view.PricesProps{}, err
	}
	p := view.PricesProps{Resource: r, Currency: here(c).Currency}
	plans, err := s.Members.Plans(c.Request().Context(), r.SpaceID)
	for _, plan := range plans {
		if !slices.Contains(p.Groups, plan.PriceGroup) {
			p.Groups = append(p.Groups, plan.PriceGroup)
		}
	}
	return p, err
}

func (s *Server) pricesSave(c echo.Context) error {
	p, err := s.pricesProps(c)
	if err != nil {
		return err
	}
	values, err := c.FormParams()
	if err != nil {
		return err
	}
	p.Seen = seen(c)
	var list []booking.Price
	var wrong fault.Many
	for i := 0; values.Has("form-" + strconv.Itoa(i)); i++ {
		n := strconv.Itoa(i)
		row := view.PriceForm{
			Group: values.Get("group-" + n), Form: values.Get("form-" + n), Step: strings.TrimSpace(values.Get("step-" + n)),
			Amount: strings.TrimSpace(values.Get("amount-" + n)), Days: values.Get("days-" + n), Hours: values.Get("hours-" + n),
		}
		p.Rows = append(p.Rows, row)
		if row.Amount == "" {
			continue
		}
		price, refused := priceFrom(row, p.Currency, n)
		wrong, list = append(wrong, refused...), append(list, price)
	}
	err = wrong.Err()
	if err == nil {
		err = s.Booking.RevisePrices(c.Request().Context(), by(c), p.Resource.ID, p.Seen, list)
	}
	if errors.Is(err, booking.ErrListStale) {
		if failed := s.pricesStored(c, &p); failed != nil {
			return failed
		}
	}
	f := s.resourceFrame(c, p.Resource)
	if err == nil {
		return s.redirect(c, f.At("equipment", p.Resource.ID.String(), "prices"), view.Flash{Text: f.T("terms.prices_saved", "Name", p.Resource.Name)})
	}
	return s.again(c, err, f, func(f view.Frame, e view.Errors) templ.Component {
		p.Errors = e
		return view.Prices(f, p)
	})
}

// priceFrom is what row n means. A step counts only where the price is by steps.
func priceFrom(row view.PriceForm, currency, n string) (booking.Price, fault.Many) {
	var wrong fault.Many
	p := booking.Price{Group: row.Group, Form: booking.Form(row.Form)}
	amount, err := money.Parse(row.Amount, currency)
	if refusal, ok := fault.As(err); ok {
		wrong.Add(refusal.On("amount-" + n))
	}
	p.Amount = amount
	if amount.Minor < 0 {
		wrong.Add(booking.ErrPriceAmount.On("amount-" + n))
	}
	if p.Form == booking.PerStep {
		if p.StepMin, err = strconv.Atoi(row.Step); err != nil || p.StepMin < 1 || p.StepMin > 24*60 {
			wrong.Add(booking.ErrPriceStep.On("step-" + n))
		}
	}
	if mask, err := strconv.Atoi(row.Days); err == nil && mask >= 0 && mask < 128 {
		p.Weekdays = uint8(mask)
	}
	var ok bool
	if p.FromMin, p.ToMin, ok = parseWindow(row.Hours); !ok || p.FromMin >= p.ToMin {
		wrong.Add(errWindow.On("hours-" + n))
	}
	return p, wrong
}

// closures is the page of the times in which a resource is closed.
func (s *Server) closures(c echo.Context) error {
	p, err := s.closuresProps(c)
	if err != nil {
		return err
	}
	f := s.resourceFrame(c, p.Resource)
	return s.page(c, f, view.Closures(f, p))
}

func (s *Server) closuresProps(c echo.Context) (view.ClosuresProps, error) {
	r, err := s.resourceHere(c)
	if err != nil {
		return view.ClosuresProps{}, err
	}
	all, err := s.Booking.Closures(c.Request().Context(), by(c), r.SpaceID, s.Clock.Now())
	all = slices.DeleteFunc(all, func(closure booking.Closure) bool { return closure.ResourceID != r.ID })
	slices.SortFunc(all, func(a, b booking.Closure) int { return cmp.Compare(a.StartsAt.Unix(), b.StartsAt.Unix()) })
	return view.ClosuresProps{Resource: r, Closures: all}, err
}

func (s *Server) closureAdd(c echo.Context) error {
	p, err := s.closuresProps(c)
	if err != nil {
		return err
	}
	p.Form = view.ClosureForm{
		FromDay: c.FormValue("starts_at_day"), FromTime: c.FormValue("starts_at_time"), ToDay: c.FormValue("ends_at_day"), ToTime: c.FormValue("ends_at_time"),
		ReasonEN: c.FormValue("reason_en"), ReasonZH: c.FormValue("reason_zh"),
	}
	var wrong fault.Many
	moment := func(field, day, wall string) clock.Instant {
		at, err := momentOf(here(c).Location(), day, wall)
		if err != nil || at.IsZero() {
			wrong.Add(errMoment.On(field))
		}
		return at
	}
	span := booking.Span{StartsAt: moment("starts_at", p.Form.FromDay, p.Form.FromTime), EndsAt: moment("ends_at", p.Form.ToDay, p.Form.ToTime)}
	f := s.resourceFrame(c, p.Resource)
	if err = wrong.Err(); err == nil {
		_, err = s.Booking.Close(c.Request().Context(), by(c), p.Resource.ID, span, textOf(c, "reason"))
	}
	if err == nil {
		return s.redirect(c, f.At("equipment", p.Resource.ID.String(), "closures"), view.Flash{Text: f.T("terms.closed", "Name", p.Resource.Name)})
	}
	var hit booking.InTheWay
	if errors.As(err, &hit) {
		p.Hit = hit.Bookings
	}
	return s.again(c, err, f, func(f view.Frame, e view.Errors) templ.Component {
		p.Errors = e
		return view.Closures(f, p)
	})
}

func (s *Server) closureLift(c echo.Context) error {
	r, err := s.resourceHere(c)
	if err != nil {
		return err
	}
	if _, err := s.Booking.Lift(c.Request().Context(), by(c), id.ID(c.Param("closure"))); err != nil {
		return err
	}
	f := s.frame(c)
	return s.redirect(c, f.At("equipment", r.ID.String(), "closures"), view.Flash{Text: f.T("terms.lifted", "Name", r.Name)})
}
