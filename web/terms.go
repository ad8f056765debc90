package web

import (
	"cmp"
	"errors"
	"maps"
	"regexp"
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
	errShortest  = fault.Invalid("longest", "terms.shortest", "The longest booking is shorter than the shortest. Give a longer one, or leave it empty.")
	errNumber    = fault.Invalid("value", "terms.number", "Give a whole number.")
	errMeasure   = fault.Invalid("measure", "terms.measure", "Choose what the rule is about.")
	errCondition = fault.Invalid("audience", "terms.condition", "Say for whom, on which days or at which hours; what is for everyone and always stands above.")
	errStarts    = fault.Invalid("starts", "terms.starts", "Write the starts with a comma between them, such as 09:00, 13:00.")
	errWhole     = fault.Invalid("step", "terms.whole", "Whole days have no steps and no starts. Leave both empty, or untick them.")
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

// rulebook lists the rules of the space, and of its areas and kinds.
func (s *Server) rulebook(c echo.Context) error {
	ctx, f := c.Request().Context(), s.frame(c)
	rules, err := s.Booking.AllRules(ctx, by(c), f.Space.ID)
	if err != nil {
		return err
	}
	areas, err := s.Equipment.Areas(ctx, by(c), f.Space.ID)
	if err != nil {
		return err
	}
	resources, err := s.Equipment.Resources(ctx, by(c), f.Space.ID, equipment.Filter{})
	if err != nil {
		return err
	}
	of := func(name string, scope booking.Scope) view.ScopeRules {
		scope.Space = f.Space.ID
		listed := view.ScopeRules{Scope: scope, Name: name}
		for _, r := range rules {
			if r.Scope == scope {
				listed.Says = append(listed.Says, r.Sentence(f.Printer))
			}
		}
		return listed
	}
	p := view.RulebookProps{Space: of(f.Words(f.Space.Name), booking.Scope{})}
	for _, a := range areas {
		p.Areas = append(p.Areas, of(f.Words(a.Name), booking.Scope{Area: a.ID}))
	}
	for _, kind := range kinds(resources, rules) {
		listed := of(kind, booking.Scope{Kind: kind})
		listed.Holds = namesOf(f, resources, kind)
		p.Kinds = append(p.Kinds, listed)
	}
	return s.page(c, f.Titled(f.T("terms.rulebook")), view.Rulebook(f, p))
}

// kinds are those that several resources are of, and those that have rules.
func kinds(resources []equipment.Resource, rules []booking.Rule) []string {
	count := map[string]int{}
	for _, r := range resources {
		count[r.Kind]++
	}
	for _, r := range rules {
		if r.Scope.Kind != "" {
			count[r.Scope.Kind] += 2
		}
	}
	maps.DeleteFunc(count, func(kind string, n int) bool { return kind == "" || n < 2 })
	return slices.Sorted(maps.Keys(count))
}

// namesOf are the names of the resources of a kind.
func namesOf(f view.Frame, resources []equipment.Resource, kind string) string {
	var names []string
	for _, r := range resources {
		if r.Kind == kind {
			names = append(names, f.Words(r.Name))
		}
	}
	return f.List(names...)
}

// rules is the page of the rules of a resource, or of a scope further out.
func (s *Server) rules(c echo.Context) error {
	p, _, err := s.rulesProps(c)
	if err != nil {
		return err
	}
	f := s.rulesFrame(c, p)
	return s.page(c, f, view.Rules(f, p))
}

func (s *Server) rulesFrame(c echo.Context, p view.RulesProps) view.Frame {
	if p.Resource.ID != "" {
		return s.resourceFrame(c, p.Resource)
	}
	f := s.frame(c)
	return f.Titled(f.T("terms.rules_of", "Name", p.Name)).Under(f.At("rules"))
}

// rulesProps are the rules that the address is about, and those that are its own.
func (s *Server) rulesProps(c echo.Context) (p view.RulesProps, own []booking.Rule, err error) {
	ctx, f := c.Request().Context(), s.frame(c)
	resources, err := s.Equipment.Resources(ctx, by(c), f.Space.ID, equipment.Filter{})
	if err != nil {
		return p, nil, err
	}
	var all []booking.Rule
	if c.Param("scope") != "" {
		if p.Scope, p.Name, err = s.scopeHere(c, f); err != nil {
			return p, nil, err
		}
		all, err = s.Booking.AllRules(ctx, by(c), f.Space.ID)
		whole := booking.Scope{Space: f.Space.ID}
		all = slices.DeleteFunc(all, func(r booking.Rule) bool { return r.Scope != p.Scope && r.Scope != whole })
	} else {
		if p.Resource, err = s.resourceHere(c); err != nil {
			return p, nil, err
		}
		p.Scope, p.Name = scopeOf(p.Resource), f.Words(p.Resource.Name)
		all, err = s.Booking.RulesFor(ctx, by(c), p.Resource.ID)
	}
	if err != nil {
		return p, nil, err
	}
	for _, r := range all {
		p.All = append(p.All, view.RuleLineOf(f, r, p.Scope))
		if r.Scope == p.Scope {
			own = append(own, r)
		}
	}
	if p.Scope.Kind != "" && !slices.Contains(kinds(resources, own), p.Scope.Kind) {
		return p, nil, equipment.ErrNoSuchResource
	}
	p.Seen = booking.MarkOfRules(own)
	p.Others = slices.DeleteFunc(resources, func(r equipment.Resource) bool { return p.Scope.Covers(r.ID, r.AreaID, r.Kind) })
	p.Plain, p.Further = plainRules(own)
	p.Whom, err = s.audiences(c, "")
	return p, own, err
}

// scopeHere is the scope of the address, "space", "area-" with an id or "kind-"
// with its word, and what it is called.
func (s *Server) scopeHere(c echo.Context, f view.Frame) (booking.Scope, string, error) {
	scope := booking.Scope{Space: f.Space.ID}
	of, which, named := strings.Cut(c.Param("scope"), "-")
	switch {
	case of == "space" && !named:
		return scope, f.Words(f.Space.Name), nil
	case of == "kind":
		scope.Kind = which
		return scope, which, nil
	case of != "area":
		return scope, "", equipment.ErrNoSuchArea
	}
	a, err := s.Equipment.Area(c.Request().Context(), by(c), f.Space.ID, id.ID(which))
	scope.Area = a.ID
	return scope, f.Words(a.Name), err
}

func scopeOf(r equipment.Resource) booking.Scope {
	return booking.Scope{Space: r.SpaceID, Resource: r.ID}
}

// plainRules takes apart the rules of a scope: what holds for everyone and always,
// and the rules with a condition. Of two plain ones of a kind the second is further.
func plainRules(own []booking.Rule) (numbers map[string]string, further []booking.Rule) {
	numbers = map[string]string{"need": "whole"}
	seen := map[booking.Kind]bool{}
	for _, r := range own {
		always := r.Audience == "" && (r.Weekdays == 0 || r.Weekdays == 0b111_1111) && r.FromMin == 0 && r.ToMin == 24*60
		if !always || seen[r.Kind] {
			further = append(further, r)
			continue
		}
		seen[r.Kind] = true
		switch r.Kind {
		case booking.HoursRule:
			numbers["need"] = r.Params.Need
		case booking.FirstRule:
			numbers["first"] = r.Params.Resource.String()
		case booking.GridRule:
			if r.Params.WholeDays {
				numbers["whole_days"] = "on"
			}
			numbers["starts"] = startsText(r.Params.StartsMin)
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
	plans, err := s.Plans.Plans(c.Request().Context(), f.Space.ID)
	options := []view.Option{{Label: f.T("terms.everyone"), Selected: chosen == ""}}
	add := func(value, label string) {
		if !slices.ContainsFunc(options, func(o view.Option) bool { return o.Value == value }) {
			options = append(options, view.Option{Value: value, Label: label, Selected: value == chosen})
		}
	}
	for _, role := range []actor.Role{actor.Member, actor.Instructor} {
		add("role:"+string(role), f.T("rule.says.for_role", "Who", f.Word("role", string(role))))
	}
	for _, p := range plans {
		add("group:"+p.PriceGroup, f.T("rule.says.for_group", "Who", f.Word("price_group", p.PriceGroup)))
	}
	for _, p := range plans {
		add("plan:"+p.Code, f.T("rule.says.for_plan", "Who", f.Words(p.Name)))
	}
	return options, err
}

// rulesSave replaces the plain rules and leaves the others.
func (s *Server) rulesSave(c echo.Context) error {
	p, _, err := s.rulesProps(c)
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
	p.Plain = map[string]string{
		"need": c.FormValue("need"), "first": c.FormValue("first"), "whole_days": c.FormValue("whole_days"), "starts": strings.TrimSpace(c.FormValue("starts")),
	}
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
	if l := params[booking.LengthRule]; l != nil && l.MaxMin > 0 && l.MinMin > l.MaxMin {
		wrong.Add(errShortest)
	}
	if need := p.Plain["need"]; need != "whole" {
		of(booking.HoursRule).Need = need
	}
	if first := p.Plain["first"]; first != "" {
		of(booking.FirstRule).Resource = id.ID(first)
	}
	if typed := p.Plain["starts"]; typed != "" {
		starts, ok := parseStarts(typed)
		if !ok {
			wrong.Add(errStarts)
		}
		grid := of(booking.GridRule)
		grid.StartsMin, grid.StepMin = starts, cmp.Or(grid.StepMin, stepOf(starts))
	}
	if p.Plain["whole_days"] != "" {
		if p.Plain["step"] != "" || p.Plain["starts"] != "" {
			wrong.Add(errWhole)
		}
		*of(booking.GridRule) = booking.Params{WholeDays: true}
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
	p, own, err := s.rulesProps(c)
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
	return s.rulesSet(c, p, seen(c), append(own, r), wrong)
}

// ruleFrom is what a form means.
func ruleFrom(form view.RuleForm) (booking.Rule, fault.Many) {
	r := booking.Rule{Audience: form.Whom, ToMin: 24 * 60}
	var wrong fault.Many
	need, aboutHours := strings.CutPrefix(form.Measure, "hours_")
	first, aboutAnother := strings.CutPrefix(form.Measure, "first_")
	starts, areStarts := parseStarts(form.Value)
	m, known := measures[form.Measure]
	switch n, err := strconv.Atoi(strings.TrimSpace(form.Value)); {
	case aboutHours && slices.Contains(view.Needs, need):
		r.Kind, r.Params.Need = booking.HoursRule, need
	case aboutAnother:
		r.Kind, r.Params.Resource = booking.FirstRule, id.ID(first)
	case form.Measure == "whole_days":
		r.Kind, r.Params.WholeDays = booking.GridRule, true
	case form.Measure == "starts" && !areStarts:
		wrong.Add(errStarts.On("value"))
	case form.Measure == "starts":
		r.Kind, r.Params = booking.GridRule, booking.Params{StartsMin: starts, StepMin: stepOf(starts)}
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

// parseStarts reads times of the day, at least one: "9, 13:30". They are put in order.
func parseStarts(text string) (starts []int, ok bool) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;，；、 ", r) }) {
		m := startText.FindStringSubmatch(part)
		if m == nil {
			return nil, false
		}
		hour, _ := strconv.Atoi(m[1])
		minute, _ := strconv.Atoi(m[2])
		if hour > 23 || minute > 59 {
			return nil, false
		}
		starts = append(starts, hour*60+minute)
	}
	slices.Sort(starts)
	return slices.Compact(starts), len(starts) > 0
}

var startText = regexp.MustCompile(`^(\d{1,2})(?:[:.：](\d{2}))?$`)

// startsText writes times of the day as they are typed.
func startsText(starts []int) string {
	texts := make([]string, len(starts))
	for i, m := range starts {
		texts[i] = wallText(m)
	}
	return strings.Join(texts, ", ")
}

// stepOf is the longest step, up to an hour, that leads from one start to the next.
func stepOf(starts []int) int {
	step := 60
	for _, m := range starts {
		for m != 0 {
			step, m = m, step%m
		}
	}
	return step
}

// ruleRemove takes one of the own rules away. One that is not there was removed, or
// the list was set anew, since the page was opened.
func (s *Server) ruleRemove(c echo.Context) error {
	p, own, err := s.rulesProps(c)
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

// rulesSet sets the rules that the page is about and that were seen in a state, or
// shows the page again.
func (s *Server) rulesSet(c echo.Context, p view.RulesProps, state booking.Mark, rules []booking.Rule, wrong fault.Many) error {
	err := wrong.Err()
	if err == nil {
		err = s.Booking.ReviseRules(c.Request().Context(), by(c), p.Scope, state, rules)
	}
	if errors.Is(err, booking.ErrListStale) {
		var failed error
		if p, _, failed = s.rulesProps(c); failed != nil {
			return failed
		}
	}
	f := s.rulesFrame(c, p)
	if err == nil {
		return s.redirect(c, view.RulesAt(f, p.Scope), view.Flash{Text: f.T("terms.rules_saved", "Name", p.Name)})
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
	plans, err := s.Plans.Plans(c.Request().Context(), r.SpaceID)
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
		said := "terms.prices_saved"
		if len(list) == 0 {
			said = "terms.prices_gone"
		}
		return s.redirect(c, f.At("equipment", p.Resource.ID.String(), "prices"), view.Flash{Text: f.T(said, "Name", p.Resource.Name)})
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
			wrong.Add(errMomentNeeded.On(field))
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
		if p.Hit, err = s.named(c, hit.Bookings); err != nil {
			return err
		}
		err = hit
	}
	return s.again(c, err, f, func(f view.Frame, e view.Errors) templ.Component {
		p.Errors = e
		return view.Closures(f, p)
	})
}

// named are bookings with the names of those whose they are.
func (s *Server) named(c echo.Context, bookings []booking.Booking) ([]view.Named, error) {
	all := make([]view.Named, len(bookings))
	for i, b := range bookings {
		m, err := s.Members.Member(c.Request().Context(), b.MemberID)
		if err != nil {
			return nil, err
		}
		all[i] = view.Named{Booking: b, Name: m.Name}
	}
	return all, nil
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
