package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"guildhall/internal/actor"
	"guildhall/internal/audit"
	"guildhall/internal/auth"
	"guildhall/internal/billing"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/equipment"
	"guildhall/internal/fault"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/money"
	"guildhall/internal/plans"
	"guildhall/internal/spaces"
)

// Here domains meet. Each asks in its own words (its service.go declares them),
// and an adapter answers with what another one knows. An adapter holds the App
// and not the service it asks, for that may be made later than the one that asks.

// auth asks members -----------------------------------------------------------

// people tells auth who there is.
type people struct{ a *App }

// OwnsAll looks at every space that there is.
func (p people) OwnsAll(ctx context.Context, member id.ID) (bool, error) {
	all, err := p.a.Spaces.Spaces(ctx, actor.House)
	if err != nil {
		return false, err
	}
	who, err := p.a.Members.Actor(ctx, member)
	return !slices.ContainsFunc(all, func(s spaces.Space) bool { return who.Role(s.ID) != actor.Owner }), err
}

func (p people) ByEmail(ctx context.Context, email string) (auth.Person, bool, error) {
	m, err := p.a.Members.ByEmail(ctx, email)
	if errors.Is(err, members.ErrNoSuchMember) {
		return auth.Person{}, false, nil
	}
	if err != nil {
		return auth.Person{}, false, err
	}
	known, err := p.person(ctx, m)
	return known, err == nil, err
}

func (p people) ByID(ctx context.Context, member id.ID) (auth.Person, error) {
	m, err := p.a.Members.Member(ctx, member)
	if err != nil {
		return auth.Person{}, err
	}
	return p.person(ctx, m)
}

func (p people) person(ctx context.Context, m members.Member) (auth.Person, error) {
	who, err := p.a.Members.Actor(ctx, m.ID)
	if err != nil {
		return auth.Person{}, err
	}
	known := auth.Person{ID: m.ID, Email: m.Email, Name: m.Name, Locale: m.Locale, Confirmed: m.Confirmed()}
	for _, role := range who.Roles {
		known.Manages = known.Manages || role == actor.Manager || role == actor.Owner
		known.Staff = known.Staff || known.Manages || role == actor.Desk
	}
	return known, nil
}

// door lets newcomers in: whoever signs up is a member of every space of the house.
type door struct{ a *App }

func (d door) Check(n auth.Newcomer) error { return registration(n, nil).Check() }

func (d door) Enrol(ctx context.Context, n auth.Newcomer) (auth.Person, error) {
	all, err := d.a.Spaces.Spaces(ctx, actor.House)
	if err != nil {
		return auth.Person{}, err
	}
	m, err := d.a.Members.Register(ctx, registration(n, all))
	if err != nil {
		return auth.Person{}, err
	}
	return people(d).person(ctx, m)
}

func (d door) Confirm(ctx context.Context, member id.ID) error {
	return d.a.Members.Confirm(ctx, member)
}

func (d door) Readdress(ctx context.Context, member id.ID, email string) error {
	return d.a.Members.Readdress(ctx, member, email)
}

func (d door) Unaddress(ctx context.Context, member id.ID) error {
	return d.a.Members.Unaddress(ctx, member)
}

// accountDiary is the audit as auth asks for it.
type accountDiary struct{ *audit.Log }

func (d accountDiary) Account(ctx context.Context, by actor.Actor, limit int) ([]auth.Event, error) {
	entries, err := d.Log.Account(ctx, by, limit)
	var events []auth.Event
	for _, e := range entries {
		event := auth.Event{At: e.At, Operation: actor.Operation(e.Operation)}
		if err := json.Unmarshal([]byte(e.Detail), &event); err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, err
}

func registration(n auth.Newcomer, in []spaces.Space) members.Registration {
	r := members.Registration{Email: n.Email, Name: n.Name, Locale: n.Locale}
	for _, s := range in {
		r.Spaces = append(r.Spaces, s.ID)
	}
	return r
}

// members asks spaces ---------------------------------------------------------

// memberSpaces tells members where a standing is.
type memberSpaces struct{ a *App }

func (m memberSpaces) Space(ctx context.Context, space id.ID) (members.Space, error) {
	s, err := m.a.Spaces.Space(ctx, actor.House, space)
	return members.Space{Name: s.Name, Address: s.Address, Email: s.Email, Zone: s.Location()}, err
}

// members asks plans, and plans members ---------------------------------------

// memberPlans tells members what a newcomer can begin with.
type memberPlans struct{ a *App }

func (m memberPlans) Start(ctx context.Context, by actor.Actor, space, member, plan id.ID, p members.Proof) error {
	_, err := m.a.Plans.Subscribe(ctx, by, plans.Start{Space: space, Member: member, Plan: plan, Proof: p.Seen, ProofUntil: p.Until})
	return err
}

// planPeople tells plans who is who.
type planPeople struct{ a *App }

func (p planPeople) Person(ctx context.Context, space, member id.ID) (plans.Person, error) {
	m, err := p.a.Members.Person(ctx, actor.House, space, member)
	return plans.Person{ID: member, Name: m.Member.Name, Email: m.Member.Email, Locale: m.Member.Locale}, err
}

func (p planPeople) Names(ctx context.Context, space id.ID, of []id.ID) (map[id.ID]string, error) {
	return p.a.names(ctx, space, of)
}

// plans asks spaces and billing -------------------------------------------------

// planSpaces tells plans where and when.
type planSpaces struct{ a *App }

func (p planSpaces) Space(ctx context.Context, space id.ID) (plans.Space, error) {
	s, err := p.a.Spaces.Space(ctx, actor.House, space)
	return plans.Space{Slug: s.Slug, Name: s.Name, Address: s.Address, Email: s.Email, Zone: s.Location(), Currency: s.Currency}, err
}

// planBookings does with bookings what a membership's end asks for. Booking is made
// later than plans.
type planBookings struct{ a *App }

func (p planBookings) Lapse(ctx context.Context, space, member id.ID, from clock.Instant, cancel bool) error {
	return p.a.Booking.Lapse(ctx, space, member, from, cancel)
}

func (p planBookings) Unmark(ctx context.Context, space, member id.ID) error {
	return p.a.Booking.Unmark(ctx, space, member)
}

// planBilling brings what is due for memberships to billing.
type planBilling struct{ a *App }

func (p planBilling) Charge(ctx context.Context, c plans.Charge) error {
	owed := billing.Charge{
		SpaceID: c.Space, MemberID: c.Payer, BeneficiaryID: c.Member, Kind: billing.Fee, Stream: billing.Fees, Minor: c.Amount.Minor, Currency: c.Amount.Currency,
		Cause: c.Cause, CauseID: c.CauseID, PeriodFrom: c.From, PeriodTo: c.To, DueOn: c.DueOn,
	}
	if c.Deposit {
		owed.Kind, owed.Stream = billing.Deposit, ""
	}
	if c.Payer == "" {
		paid := "membership"
		if c.Settles {
			paid = "membership.deposit"
		}
		who, err := p.a.Billing.Charged(ctx, paid, c.CauseID)
		if err != nil {
			return err
		}
		owed.MemberID = cmp.Or(who, c.Member)
	}
	for _, l := range c.Lines {
		owed.Lines = append(owed.Lines, billing.Line{Code: l.Code, Name: l.Name, From: l.From, To: l.To, Days: l.Days, Of: l.Of, Minor: l.Amount.Minor})
	}
	return p.a.Billing.Charge(ctx, owed)
}

func (p planBilling) Charged(ctx context.Context, cause id.ID) ([]plans.Charge, error) {
	all, err := p.a.Billing.ChargedFor(ctx, cause)
	list := make([]plans.Charge, len(all))
	for i, c := range all {
		list[i] = plans.Charge{
			Space: c.SpaceID, Member: c.BeneficiaryID, Payer: c.MemberID, Deposit: c.Kind == billing.Deposit, Amount: c.Amount(),
			Cause: c.Cause, CauseID: c.CauseID, From: c.PeriodFrom, To: c.PeriodTo, DueOn: c.DueOn,
		}
		for _, l := range c.Lines {
			list[i].Lines = append(list[i].Lines, plans.Line{Code: l.Code, Name: l.Name, From: l.From, To: l.To, Days: l.Days, Of: l.Of, Amount: money.Of(l.Minor, c.Currency)})
		}
	}
	return list, err
}

func (p planBilling) Reverse(ctx context.Context, cause id.ID, on clock.Day) error {
	return p.a.Billing.Reverse(ctx, cause, on)
}

// spaces asks members, auth, equipment and booking ----------------------------

// accounts makes the owner of a space.
type accounts struct{ a *App }

func (c accounts) CheckOwner(o spaces.OwnerAccount) error {
	var wrong fault.Many
	for _, err := range []error{
		members.Registration{Email: o.Email, Name: o.Name, Locale: o.Locale}.Check(), auth.Check(o.Password, o.Name, o.Email),
	} {
		for _, f := range fault.All(err) {
			wrong.Add(f.On("owner_" + f.Field))
		}
	}
	return wrong.Err()
}

func (c accounts) MakeOwner(ctx context.Context, space id.ID, o spaces.OwnerAccount) (id.ID, error) {
	m, err := c.a.Members.Register(ctx, members.Registration{Email: o.Email, Name: o.Name, Locale: o.Locale, Spaces: []id.ID{space}})
	if err != nil {
		return "", err
	}
	if err := c.a.Members.Confirm(ctx, m.ID); err != nil {
		return "", err
	}
	if err := c.a.Auth.Give(ctx, actor.House, o.Password, m.ID); err != nil {
		return "", err
	}
	return m.ID, c.a.Members.SetRole(ctx, actor.House, space, m.ID, actor.Owner)
}

func (c accounts) Appoint(ctx context.Context, space, member id.ID) error {
	if err := c.admit(ctx, space, member); err != nil {
		return err
	}
	return c.a.Members.SetRole(ctx, actor.House, space, member, actor.Owner)
}

// admit makes somebody whom the house knows a member of the space.
func (c accounts) admit(ctx context.Context, space, member id.ID) error {
	m, err := c.a.Members.Member(ctx, member)
	if err != nil {
		return err
	}
	_, err = c.a.Members.Enrol(ctx, actor.House, space, members.Enrolment{Email: m.Email, Name: m.Name, Phone: m.Phone, Locale: m.Locale})
	return err
}

// priced tells spaces what is counted in money.
type priced struct{ a *App }

func (p priced) Priced(ctx context.Context, space id.ID, currency string) (bool, error) {
	plans, err := p.a.Plans.Plans(ctx, space)
	if err != nil {
		return false, err
	}
	for _, plan := range plans {
		if plan.PriceMinor > 0 && plan.Currency == currency {
			return true, nil
		}
	}
	return p.a.Booking.Priced(ctx, space, currency)
}

// founder furnishes a new space from its blueprint.
type founder struct{ a *App }

func (f founder) Furnish(ctx context.Context, by actor.Actor, space spaces.Space, b spaces.Blueprint) error {
	if err := f.rules(ctx, by, space.ID); err != nil {
		return err
	}
	if err := f.house(ctx, by, space.ID, b.House); err != nil {
		return err
	}
	if err := f.offer(ctx, by, space, b.Plans); err != nil {
		return err
	}
	certifications, err := f.certifications(ctx, by, space.ID, b.Certifications)
	if err != nil {
		return err
	}
	areas := map[string]id.ID{}
	for i, area := range b.Areas {
		made, err := f.a.Equipment.AddArea(ctx, by, space.ID, equipment.AreaDetails{
			Slug: area.Slug, Name: area.Name, Family: equipment.Family(area.Family), Position: i,
		})
		if err != nil {
			return err
		}
		areas[area.Slug] = made.ID
	}
	made := map[string]id.ID{}
	for _, r := range b.Resources {
		d := equipment.Details{
			AreaID: areas[r.Area], ParentID: made[r.Parent], Slug: r.Slug, Type: equipment.Type(r.Type), Kind: r.Kind,
			Name: r.Name, About: r.About, Materials: r.Materials, Hazards: r.Hazards,
			Units: r.Units, Sharing: equipment.Sharing(r.Sharing), Bookable: !r.Fixed,
		}
		for _, group := range r.Certifications {
			var any []id.ID
			for _, code := range group {
				any = append(any, certifications[code])
			}
			d.Certifications = append(d.Certifications, any)
		}
		thing, err := f.a.Equipment.Add(ctx, by, space.ID, d)
		if err != nil {
			return err
		}
		made[r.Slug] = thing.ID
		if r.Fixed {
			continue
		}
		r.Prices = b.PricesOf(r)
		if err := f.terms(ctx, by, space, thing.ID, r); err != nil {
			return err
		}
	}
	return nil
}

func (f founder) offer(ctx context.Context, by actor.Actor, space spaces.Space, all []spaces.Plan) error {
	for i, p := range all {
		price := p.Price.In(space.Currency)
		worth := func(w spaces.Worth) int64 { return w.In(space.Currency).Minor }
		plan := plans.Plan{
			SpaceID: space.ID, Code: p.Code, Name: p.Name, About: p.About, PriceGroup: p.Group, KeyHolder: p.KeyHolder,
			PriceMinor: price.Minor, Currency: price.Currency, Position: int64(i), FreePrice: p.FreePrice, FloorMinor: worth(p.Floor),
			SetupMinor: worth(p.Setup), DepositMinor: worth(p.Deposit), Period: plans.Unit(p.Period), PeriodCount: int64(p.Count),
			MinPeriods: int64(p.MinPeriods), NoticeDays: int64(p.NoticeDays), TrialDays: int64(p.TrialDays), Renews: !p.Ends,
			Audience: plans.Audience(p.Audience), Approval: p.Approval, Most: int64(p.Most), PauseDays: int64(p.PauseDays), PauseLongest: int64(p.PauseMost),
			Includes: includesOf(p.Includes),
		}
		for _, g := range p.Prices {
			plan.Prices = append(plan.Prices, plans.Price{Group: g.Group, Minor: worth(g.Price)})
		}
		if _, err := f.a.Plans.AddPlan(ctx, by, plan); err != nil {
			return err
		}
	}
	return nil
}

func includesOf(i spaces.Includes) plans.Includes {
	in := plans.Includes{
		Kinds: i.Kinds, FromMin: i.From * 60, ToMin: i.To * 60, AheadDays: i.Ahead, Minutes: i.Minutes, Guests: i.Guests, Seats: i.Seats, Network: i.Network,
	}
	for _, weekday := range i.Weekdays {
		in.Weekdays |= 1 << (weekday - 1)
	}
	return in
}

// house are the rules of the whole space.
func (f founder) house(ctx context.Context, by actor.Actor, space id.ID, h spaces.HouseRules) error {
	scope := booking.Scope{Space: space}
	var rules []booking.Rule
	add := func(kind booking.Kind, wanted bool, p booking.Params) {
		if wanted {
			rules = append(rules, booking.Rule{Scope: scope, Kind: kind, ToMin: 24 * 60, Params: p})
		}
	}
	add(booking.PersonalRule, h.Outstanding > 0 || h.AtOnce > 0, booking.Params{Outstanding: h.Outstanding, AtOnce: h.AtOnce})
	add(booking.NoticeRule, h.Cancel > 0, booking.Params{CancelMin: h.Cancel, ChangeMin: h.Cancel})
	add(booking.CheckInRule, h.Release > 0, booking.Params{ReleaseMin: h.Release})
	return f.a.Booking.SetRules(ctx, by, scope, rules)
}

// terms are the rules and prices that a resource begins with.
func (f founder) terms(ctx context.Context, by actor.Actor, space spaces.Space, resource id.ID, r spaces.Resource) error {
	scope := booking.Scope{Space: space.ID, Resource: resource}
	var rules []booking.Rule
	add := func(kind booking.Kind, wanted bool, p booking.Params) {
		if wanted {
			rules = append(rules, booking.Rule{Scope: scope, Kind: kind, ToMin: 24 * 60, Params: p})
		}
	}
	add(booking.GridRule, r.Rules.Step > 0, booking.Params{StepMin: r.Rules.Step})
	add(booking.LengthRule, r.Rules.Min > 0 || r.Rules.Max > 0, booking.Params{MinMin: r.Rules.Min, MaxMin: r.Rules.Max})
	add(booking.AheadRule, r.Rules.Ahead > 0, booking.Params{Days: r.Rules.Ahead})
	add(booking.BufferRule, r.Rules.Buffer > 0, booking.Params{AfterMin: r.Rules.Buffer})
	if err := f.a.Booking.SetRules(ctx, by, scope, rules); err != nil {
		return err
	}
	var prices []booking.Price
	for _, p := range r.Prices {
		prices = append(prices, booking.Price{
			Group: p.Group, ToMin: 24 * 60, Form: booking.Form(p.Form), StepMin: p.Step, Amount: p.Amount.In(space.Currency),
		})
	}
	return f.a.Booking.SetPrices(ctx, by, resource, prices)
}

// equipment asks certifications ------------------------------------------------

// certificationCodes tells equipment what a member can be certified for.
type certificationCodes struct{ a *App }

func (c certificationCodes) Codes(ctx context.Context, space id.ID) (map[string]id.ID, error) {
	kinds, err := c.a.Certifications.Kinds(ctx, space)
	if err != nil {
		return nil, err
	}
	codes := make(map[string]id.ID, len(kinds))
	for _, k := range kinds {
		codes[k.Code] = k.ID
	}
	return codes, nil
}

// booking asks spaces, members, certifications, equipment and events --------------------------

// bookingSpaces tells booking where and when.
type bookingSpaces struct {
	a     *App
	hours *db.Memory[someDays, booking.Hours]
}

// someDays are days of a space, the last not among them.
type someDays struct {
	space    id.ID
	from, to clock.Day
}

func newBookingSpaces(a *App) bookingSpaces {
	return bookingSpaces{a, db.NewMemory[someDays, booking.Hours](a.DB, "spaces", "opening_hours", "holidays")}
}

func (b bookingSpaces) Space(ctx context.Context, space id.ID) (booking.Space, error) {
	s, err := b.a.Spaces.Space(ctx, actor.House, space)
	return booking.Space{ID: s.ID, Slug: s.Slug, Name: s.Name, Address: s.Address, Email: s.Email, Zone: s.Location(), Currency: s.Currency}, err
}

func (b bookingSpaces) Hours(ctx context.Context, space id.ID, from, to clock.Instant) (booking.Hours, error) {
	c, err := b.a.Spaces.Calendar(ctx, space)
	if err != nil {
		return booking.Hours{}, err
	}
	days := someDays{space, clock.DayOf(from, c.Zone), clock.DayOf(to, c.Zone).Add(1)}
	return b.hours.Recall(ctx, days, func(ctx context.Context) (booking.Hours, error) {
		c, err := b.a.Spaces.Calendar(ctx, space) // read within: the one above may be older than what is remembered
		return hoursOf(c, days), err
	})
}

func hoursOf(c spaces.Calendar, days someDays) booking.Hours {
	from, to := days.from.Start(c.Zone), days.to.Start(c.Zone)
	h := booking.Hours{Everyone: asSpans(c.Between(from, to, false)), KeyHolders: asSpans(c.Between(from, to, true))}
	for day := range clock.Days(from, to, c.Zone) {
		if holiday, ok := c.Holidays[day]; ok {
			whole := booking.Span{StartsAt: day.Start(c.Zone), EndsAt: day.Add(1).Start(c.Zone)}
			h.Holidays = append(h.Holidays, booking.Feast{Span: whole, Name: holiday.Name})
		}
	}
	return h
}

func asSpans(open []spaces.Span) []booking.Span {
	var all []booking.Span
	for _, s := range open {
		all = append(all, booking.Span{StartsAt: s.From, EndsAt: s.To})
	}
	return all
}

// bookingMembers tells booking who.
type bookingMembers struct{ a *App }

func (b bookingMembers) Holder(ctx context.Context, space, member id.ID) (booking.Holder, error) {
	p, err := b.a.Members.Person(ctx, actor.House, space, member)
	if err != nil {
		return booking.Holder{}, err
	}
	h := booking.Holder{
		ID: member, Name: p.Member.Name, Email: p.Member.Email, Locale: p.Member.Locale,
		Role: p.Standing.Role, Confirmed: p.Member.Confirmed(), Suspended: p.Standing.Suspended() || p.Standing.Left(),
	}
	if h.Plans, err = b.plans(ctx, space, member); err != nil {
		return booking.Holder{}, err
	}
	if h.Certificates, err = b.certificates(ctx, space, member); err != nil {
		return h, err
	}
	err = b.consents(ctx, space, &h)
	return h, err
}

// bookingEquipment tells booking what.
type bookingEquipment struct{ a *App }

func (b bookingEquipment) Resource(ctx context.Context, resource id.ID) (booking.Resource, error) {
	r, err := b.a.Equipment.Resource(ctx, actor.House, resource)
	if err != nil {
		return booking.Resource{}, err
	}
	all, err := b.around(ctx, r)
	if err != nil {
		return booking.Resource{}, err
	}
	return all[0], nil
}

func (b bookingEquipment) OfKind(ctx context.Context, space id.ID, kind string) ([]booking.Resource, error) {
	all, err := b.a.Equipment.Resources(ctx, actor.House, space, equipment.Filter{Kind: kind})
	if err != nil {
		return nil, err
	}
	return b.around(ctx, all...)
}

// around is each of these resources of one space with the room it stands in and
// what stands in it. Where none has either, nothing more is read.
func (b bookingEquipment) around(ctx context.Context, resources ...equipment.Resource) ([]booking.Resource, error) {
	var rooms []id.ID
	for _, r := range resources {
		switch {
		case r.ParentID != "":
			rooms = append(rooms, r.ParentID)
		case r.Type == equipment.Room:
			rooms = append(rooms, r.ID)
		}
	}
	var all []equipment.Resource
	var err error
	if len(rooms) > 0 {
		if all, err = b.a.Equipment.Resources(ctx, actor.House, resources[0].SpaceID, equipment.Filter{Rooms: rooms}); err != nil {
			return nil, err
		}
	}
	names, err := b.certifications(ctx, resources)
	if err != nil {
		return nil, err
	}
	list := make([]booking.Resource, len(resources))
	for i, r := range resources {
		list[i] = asBooked(r, names)
		for _, other := range all {
			switch {
			case other.ID == r.ParentID:
				list[i].Around = append(list[i].Around, asBooked(other, nil))
			case other.ParentID == r.ID:
				list[i].Within = append(list[i].Within, asBooked(other, nil))
			}
		}
	}
	return list, nil
}

// certifications are those that the resources ask for, by their names; most ask for none.
func (b bookingEquipment) certifications(ctx context.Context, resources []equipment.Resource) (map[id.ID]booking.Certification, error) {
	i := slices.IndexFunc(resources, func(r equipment.Resource) bool { return len(r.Certifications) > 0 })
	if i < 0 {
		return nil, nil
	}
	kinds, err := b.a.Certifications.Kinds(ctx, resources[i].SpaceID)
	if err != nil {
		return nil, err
	}
	names := make(map[id.ID]booking.Certification, len(kinds))
	for _, k := range kinds {
		names[k.ID] = booking.Certification{ID: k.ID, Name: k.Name}
	}
	return names, nil
}

// asBooked is a resource as booking sees it, with the certifications that have a
// name here: none for what only stands around the one that is booked.
func asBooked(r equipment.Resource, names map[id.ID]booking.Certification) booking.Resource {
	b := booking.Resource{
		ID: r.ID, SpaceID: r.SpaceID, AreaID: r.AreaID, Slug: r.Slug, Kind: r.Kind, Name: r.Name,
		Units: r.Units, Places: r.Sharing == equipment.Places, Bookable: r.Bookable, Machine: r.Type == equipment.Machine,
		Out: r.Status == equipment.OutOfService, OutUntil: r.OutUntil, OutReason: r.OutReason,
	}
	if names == nil {
		return b
	}
	for _, group := range r.Certifications {
		var any []booking.Certification
		for _, c := range group {
			any = append(any, names[c])
		}
		b.Certifications = append(b.Certifications, any)
	}
	return b
}

// bookingCourses tells booking how one becomes certified.
type bookingCourses struct{ a *App }

func (b bookingCourses) Next(ctx context.Context, certifications []id.ID, after clock.Instant) ([]booking.Course, error) {
	sessions, err := b.a.Events.Next(ctx, certifications, after)
	courses := make([]booking.Course, len(sessions))
	for i, s := range sessions {
		courses[i] = booking.Course{
			Session: s.ID, Certification: s.Certification(), Title: s.Title, StartsAt: s.StartsAt, SeatsLeft: int(s.Left()),
		}
	}
	return courses, err
}
