package app

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/internal/plans"
	"guildhall/internal/spaces"
	"guildhall/internal/teams"
)

// sales are the first membership that each blueprint sells: to somebody who joins by
// themselves, for how much, and what they may book with it and what not.
var sales = map[string]struct {
	plan       string
	owed       int64 // in cents, deposit left out
	books      string
	price      int64 // of an hour of it
	not        string
	lines      int
	needsStaff string // a plan that waits for the staff
}{
	"community":     {plan: "community", owed: 2500, books: "sewing-machine", price: 0, not: "co2-laser-100w", lines: 1},
	"open-office":   {plan: "flex", owed: 12000, books: "meeting-room", price: 800, not: "fdm-printer", lines: 1, needsStaff: "team-5"},
	"venture":       {plan: "founder", owed: 8000, books: "stage", price: 3000, not: "co2-laser-40w", lines: 1, needsStaff: "venture"},
	"education":     {plan: "student", owed: 1900, books: "vinyl-cutter", price: 0, not: "meeting-room", lines: 1, needsStaff: "school"},
	"maker-service": {plan: "bench", owed: 2900, books: "sewing-machine", price: 0, not: "classroom", lines: 1, needsStaff: "company"},
	"corporate":     {plan: "founder", owed: 6000, books: "meeting-room", price: 1200, not: "stage", lines: 1, needsStaff: "partner"},
	"specialist":    {plan: "associate", owed: 9900, books: "meeting-room", price: 800, not: "cnc-mill", lines: 2, needsStaff: "lab"},
	"fab-lab":       {plan: "open", owed: 0, books: "vinyl-cutter", price: 400, not: "classroom", lines: 1},
	"commercial":    {plan: "desk", owed: 4900, books: "sewing-machine", price: 0, not: "classroom", lines: 1},
	"donation":      {plan: "friend", owed: 0, books: "classroom", price: 4500, not: "vinyl-cutter", lines: 1},
}

func TestEveryBlueprintSellsItsFirstMembership(t *testing.T) {
	if len(sales) != len(spaces.Blueprints) {
		t.Fatalf("%d sales for %d blueprints", len(sales), len(spaces.Blueprints))
	}
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx := context.Background()
		first := setUp(t, a, spaces.Blueprints[0].Slug)
		owner := signedIn(t, a, ingrid.Email, ingrid.Password)
		for i, b := range spaces.Blueprints {
			space := first
			if i > 0 { // the owner sets up one more; a newcomer is a member of each
				var err error
				space, err = a.Spaces.Create(ctx, owner, spaces.NewSpace{
					Name: first.Name, Slug: b.Slug + "-2", Blueprint: b.Slug, Country: "DE", Zone: "Europe/Berlin", Currency: "EUR", Hours: week(),
				})
				if err != nil {
					t.Fatalf("set up a space from %s: %v", b.Slug, err)
				}
				if owner, err = a.Members.Actor(ctx, owner.Member); err != nil {
					t.Fatal(err)
				}
			}
			sellsItsFirstMembership(t, a, now, owner, space, b)
		}
	})
}

// enrolled is somebody who signs up, confirms their address.
func enrolled(t *testing.T, a *App, email string) actor.Actor {
	t.Helper()
	ctx := context.Background()
	who, err := door{a}.Enrol(ctx, auth.Newcomer{Email: email, Name: "陈力", Locale: "zh-CN"})
	if err == nil {
		err = a.Members.Confirm(ctx, who.ID)
	}
	if err != nil {
		t.Fatal(err)
	}
	by, err := a.Members.Actor(ctx, who.ID)
	if err != nil {
		t.Fatal(err)
	}
	return by
}

func sellsItsFirstMembership(t *testing.T, a *App, now *clock.Movable, owner actor.Actor, space spaces.Space, b spaces.Blueprint) {
	t.Helper()
	ctx := context.Background()
	sale, known := sales[b.Slug]
	if !known {
		t.Fatalf("nobody knows what %s sells", b.Slug)
	}
	maker := enrolled(t, a, b.Slug+"@maker.example")
	plan, err := a.Plans.Plan(ctx, space.ID, sale.plan)
	if err != nil {
		t.Fatalf("%s: plan %s: %v", b.Slug, sale.plan, err)
	}
	if !slices.Contains(space.Streams, spaces.Stream(billingStream)) {
		t.Errorf("%s takes no membership fees: %v", b.Slug, space.Streams)
	}
	done, err := a.Plans.Join(ctx, maker, plans.Joining{Space: space.ID, Plan: plan.ID})
	if err != nil || done.Waits() {
		t.Fatalf("%s: join %s: %+v, %v", b.Slug, sale.plan, done, err)
	}
	charges, err := a.Billing.Charges(ctx, maker, space.ID, maker.Member, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, c := range charges.Items {
		if c.Kind != "fee" || c.Stream != billingStream || c.Currency != "EUR" || c.MemberID != maker.Member || len(c.Lines) != sale.lines {
			t.Errorf("%s charged %+v", b.Slug, c)
		}
		total += c.Minor
	}
	if total != sale.owed || (len(charges.Items) == 0) != (sale.owed == 0) {
		t.Errorf("%s charged %d in %d charges, want %d", b.Slug, total, len(charges.Items), sale.owed)
	}

	things, err := a.Equipment.Resources(ctx, owner, space.ID, equipment.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	thing := func(slug string) equipment.Resource {
		i := slices.IndexFunc(things, func(r equipment.Resource) bool { return r.Slug == slug })
		if i < 0 {
			t.Fatalf("%s has no %s", b.Slug, slug)
		}
		return things[i]
	}
	from := now.Now().Add(50 * time.Hour) // Wednesday at 11 in Berlin
	booked, err := a.Booking.Book(ctx, maker, booking.Request{
		Space: space.ID, Resource: thing(sale.books).ID, StartsAt: from, EndsAt: from.Add(time.Hour),
	})
	if err != nil || booked.Price() != money.Of(sale.price, "EUR") {
		t.Errorf("%s: with %s an hour of %s costs %v, %v; want %d", b.Slug, sale.plan, sale.books, booked.Price(), err, sale.price)
	}
	_, err = a.Booking.Book(ctx, maker, booking.Request{
		Space: space.ID, Resource: thing(sale.not).ID, StartsAt: from.Add(2 * time.Hour), EndsAt: from.Add(3 * time.Hour),
	})
	var refused booking.Refusal
	if !errors.As(err, &refused) || !refused.Has(booking.PlanKind) {
		t.Errorf("%s: %s is not in %s, but: %v", b.Slug, sale.not, sale.plan, err)
	}
	if sale.needsStaff == "" {
		return
	}
	other := enrolled(t, a, b.Slug+"-team@maker.example")
	waits, err := a.Plans.Plan(ctx, space.ID, sale.needsStaff)
	if err != nil {
		t.Fatal(err)
	}
	asked, err := a.Plans.Join(ctx, other, plans.Joining{Space: space.ID, Plan: waits.ID})
	if err != nil || !asked.Waits() {
		t.Fatalf("%s: %s waits for the staff, but: %+v, %v", b.Slug, sale.needsStaff, asked, err)
	}
	if _, err := a.Plans.Approve(ctx, owner, space.ID, asked.Application.ID, false, ""); err != nil {
		t.Fatalf("%s: approve %s: %v", b.Slug, sale.needsStaff, err)
	}
	due, err := a.Billing.Charges(ctx, owner, space.ID, other.Member, 0, "")
	if err != nil {
		t.Fatal(err)
	}
	owed, kept := int64(0), int64(0)
	for _, c := range due.Items {
		if c.Kind == "deposit" {
			kept += c.Minor
		} else {
			owed += c.Minor
		}
	}
	if owed != waits.PriceMinor+waits.SetupMinor || kept != waits.DepositMinor {
		t.Errorf("%s: %s charges %d and a deposit of %d", b.Slug, sale.needsStaff, owed, kept)
	}
}

const billingStream = "fees"

// What a blueprint promises of its groups of prices, seats and free gifts holds.
func TestBlueprintsPriceTheirOwnGroups(t *testing.T) {
	ctx := context.Background()
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		space := setUp(t, a, "corporate")
		owner := signedIn(t, a, ingrid.Email, ingrid.Password)
		staff := enrolled(t, a, "staff@maker.example")
		plan, err := a.Plans.Plan(ctx, space.ID, "staff")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Plans.Join(ctx, staff, plans.Joining{Space: space.ID, Plan: plan.ID}); !errors.Is(err, plans.ErrStaffStarts) {
			t.Errorf("somebody makes themselves staff: %v", err)
		}
		if _, err := a.Plans.Subscribe(ctx, owner, plans.Start{Space: space.ID, Member: staff.Member, Plan: plan.ID}); err != nil {
			t.Fatal(err)
		}
		room, err := a.Equipment.Resources(ctx, owner, space.ID, equipment.Filter{Kind: "meeting-room"})
		if err != nil || len(room) != 1 {
			t.Fatalf("%v, %v", room, err)
		}
		from := now.Now().Add(26 * time.Hour)
		for who, want := range map[id.ID]int64{staff.Member: 0, owner.Member: 1500} {
			q, err := a.Booking.Quote(ctx, owner, booking.Request{Space: space.ID, Resource: room[0].ID, Member: who, StartsAt: from, EndsAt: from.Add(time.Hour)})
			if err != nil || q.Price != money.Of(want, "EUR") {
				t.Errorf("an hour costs %v, %v; want %d", q.Price, err, want)
			}
		}
	})
}

// A membership of the network is good in the other spaces of the house, at their
// members' prices; a plain one is not.
func TestAMemberOfTheNetworkIsWelcomeInTheOtherSpaces(t *testing.T) {
	ctx := context.Background()
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		here := setUp(t, a, "fab-lab")
		owner := signedIn(t, a, ingrid.Email, ingrid.Password)
		there, err := a.Spaces.Create(ctx, owner, spaces.NewSpace{
			Name: here.Name, Slug: "second-lab", Blueprint: "fab-lab", Country: "DE", Zone: "Europe/Berlin", Currency: "EUR", Hours: week(),
		})
		if err != nil {
			t.Fatal(err)
		}
		cutters, err := a.Equipment.Resources(ctx, owner, there.ID, equipment.Filter{Kind: "vinyl-cutter"})
		if err != nil {
			t.Fatal(err)
		}
		from := now.Now().Add(26 * time.Hour)
		for code, want := range map[string]int64{"network": 0, "member": 400} {
			who := enrolled(t, a, code+"@maker.example")
			plan, err := a.Plans.Plan(ctx, here.ID, code)
			if err == nil {
				_, err = a.Plans.Join(ctx, who, plans.Joining{Space: here.ID, Plan: plan.ID})
			}
			if err != nil {
				t.Fatal(err)
			}
			q, err := a.Booking.Quote(ctx, who, booking.Request{Space: there.ID, Resource: cutters[0].ID, StartsAt: from, EndsAt: from.Add(time.Hour)})
			if err != nil || q.Price != money.Of(want, "EUR") || !q.Bookable() {
				t.Errorf("with %s an hour there costs %v, %v, %v; want %d", code, q.Price, q.Violations, err, want)
			}
		}
	})
}

// A seat in a team is as good as the membership of the one who pays: its kinds, its
// prices and a share of its machine time; without it, guest prices.
func TestASeatInATeamIsTheMembershipOfWhoPays(t *testing.T) {
	ctx := context.Background()
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		space := setUp(t, a, "commercial")
		owner := signedIn(t, a, ingrid.Email, ingrid.Password)
		payer, mate, guest := enrolled(t, a, "payer@maker.example"), enrolled(t, a, "mate@maker.example"), enrolled(t, a, "guest@maker.example")
		plan, err := a.Plans.Plan(ctx, space.ID, "family")
		if err == nil {
			_, err = a.Plans.Join(ctx, payer, plans.Joining{Space: space.ID, Plan: plan.ID})
		}
		if err != nil {
			t.Fatal(err)
		}
		team, err := a.Teams.Found(ctx, owner, space.ID, teams.NewTeam{Details: teams.Details{Kind: teams.Family, Name: "Weber", Seats: 50}, Member: payer.Member})
		if err == nil {
			err = a.Teams.Add(ctx, owner, space.ID, team.ID, mate.Member)
		}
		if err != nil {
			t.Fatal(err)
		}
		printers, err := a.Equipment.Resources(ctx, owner, space.ID, equipment.Filter{Kind: "vacuum-former"})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range printers { // nobody here is certified
			d := r.Details()
			d.Certifications = nil
			if _, err := a.Equipment.Edit(ctx, owner, r.ID, d); err != nil {
				t.Fatal(err)
			}
		}
		book := func(who actor.Actor, in, hours int) (booking.Booking, error) {
			from := now.Now().Add(time.Duration(in) * time.Hour)
			return a.Booking.Book(ctx, who, booking.Request{Space: space.ID, Resource: printers[0].ID, StartsAt: from, EndsAt: from.Add(time.Duration(hours) * time.Hour)})
		}
		// Ten hours are shared: six for the mate, four of six for the payer, and guests have none.
		b, err := book(mate, 26, 6)
		if err != nil || b.Price().Minor != 0 || b.IncludedMin != 360 || b.IncludedOf != payer.Member {
			t.Errorf("the mate pays %v with %d minutes of %s: %v", b.Price(), b.IncludedMin, b.IncludedOf, err)
		}
		if b, err = book(payer, 50, 6); err != nil || b.Price().Minor != 2*500 || b.IncludedMin != 240 {
			t.Errorf("the payer pays %v with %d minutes: %v", b.Price(), b.IncludedMin, err)
		}
		if b, err = book(guest, 74, 2); err != nil || b.Price().Minor != 2*1000 {
			t.Errorf("a guest pays %v: %v", b.Price(), err)
		}
		left, err := a.Booking.Balances(ctx, mate, space.ID, mate.Member)
		if err != nil || len(left) != 1 || left[0].Left() != 0 || left[0].Shared == "" {
			t.Errorf("left: %+v, %v", left, err)
		}
		charged, err := a.Billing.Charges(ctx, owner, space.ID, mate.Member, 0, "")
		if err != nil || len(charged.Items) != 0 {
			t.Errorf("the mate is charged: %+v, %v", charged.Items, err)
		}
		sheet, err := a.Teams.Team(ctx, owner, space.ID, team.ID)
		if err != nil || sheet.Room() != 4 {
			t.Errorf("%d seats, %v", sheet.Room(), err)
		}
		takesAtTheExpenseOf(t, a, now, space.ID, mate, payer, owner)
	})
}

// takesAtTheExpenseOf has somebody of a team take a plan of their own: who pays for the
// team is charged, and gets the deposit back though another pays by then.
func takesAtTheExpenseOf(t *testing.T, a *App, now *clock.Movable, space id.ID, mate, payer, staff actor.Actor) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	p, err := a.Plans.AddPlan(ctx, staff, plans.Plan{SpaceID: space, Code: "locker", PriceGroup: "member", Name: i18n.Text{EN: "Locker", ZH: "储物柜"}, PriceMinor: 700, Currency: "EUR",
		Period: plans.Month, PeriodCount: 1, DepositMinor: 2000, Renews: true, Audience: plans.Everyone})
	must(err)
	share, err := a.Teams.Share(ctx, space, mate.Member)
	must(err)
	must(a.Teams.SetMate(ctx, staff, space, share.Team, mate.Member, teams.MateChange{Limits: &teams.Limits{SpendMinor: 100}}))
	if _, err := a.Plans.Join(ctx, mate, plans.Joining{Space: space, Plan: p.ID}); !errors.Is(err, plans.ErrTeamLimits) {
		t.Errorf("who is limited spends: %v", err)
	}
	must(a.Teams.SetMate(ctx, staff, space, share.Team, mate.Member, teams.MateChange{Limits: &teams.Limits{}}))
	bill, err := a.Plans.PreviewJoin(ctx, mate, plans.Joining{Space: space, Plan: p.ID})
	if err != nil || bill.Payer.Member != payer.Member || !bill.Payer.Other() {
		t.Errorf("the preview says that %+v pays: %v", bill.Payer, err)
	}
	before, err := a.Billing.Due(ctx, payer, space, payer.Member)
	must(err)
	joined, err := a.Plans.Join(ctx, mate, plans.Joining{Space: space, Plan: p.ID})
	must(err)
	after, err := a.Billing.Due(ctx, payer, space, payer.Member)
	must(err)
	if got := after[0].Minor - before[0].Minor; got != 2700 {
		t.Errorf("who pays owes %d more, want 2700", got)
	}
	if due, err := a.Billing.Due(ctx, mate, space, mate.Member); err != nil || len(due) != 0 {
		t.Errorf("the mate owes %v: %v", due, err)
	}
	names, err := a.Reports.Beneficiaries(ctx, payer, space, payer.Member)
	if err != nil || len(names) != 1 || names[mate.Member] == "" {
		t.Errorf("for whom: %v, %v", names, err)
	}
	must(a.Teams.SetMate(ctx, staff, space, share.Team, mate.Member, teams.MateChange{Payer: true}))
	shelf, err := a.Plans.AddPlan(ctx, staff, plans.Plan{SpaceID: space, Code: "shelf", PriceGroup: "member", Name: i18n.Text{EN: "Shelf", ZH: "货架"}, PriceMinor: 300, Currency: "EUR",
		Period: plans.Month, PeriodCount: 1, Renews: true, Audience: plans.Everyone})
	must(err)
	now.Set(now.Now().Add(time.Hour))
	bill, err = a.Plans.PreviewChange(ctx, staff, space, joined.Membership.ID, plans.Changing{Plan: shelf.ID})
	if err != nil || bill.BackTo.Member != payer.Member || bill.BackTo.Name == "" || bill.Back.Amount.Minor != -700 || bill.Total.Minor != 300 {
		t.Errorf("a change once another pays says %+v: %v", bill, err)
	}
	_, err = a.Plans.CancelMembership(ctx, staff, space, joined.Membership.ID, plans.Cancellation{Now: true, Aside: true, Reason: "moved away"})
	must(err)
	now.Set(now.Now().Add(time.Hour))
	must(a.Plans.RenewDue(ctx))
	if due, err := a.Billing.Due(ctx, payer, space, payer.Member); err != nil || due[0].Minor != after[0].Minor-2000 {
		t.Errorf("who paid the deposit owes %v of %v: %v", due, after, err)
	}
}
