package app

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/equipment"
	"guildhall/internal/events"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/plans"
	"guildhall/internal/spaces"
	"guildhall/internal/teams"
)

// company is a team of two in a space where a seat is worth the plan of who pays, and a
// machine that needs no certification.
type company struct {
	*App
	t                  *testing.T
	now                *clock.Movable
	space              spaces.Space
	owner, payer, mate actor.Actor
	team               teams.Team
	machine            id.ID
}

func (c *company) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func companyOf(t *testing.T, a *App, now *clock.Movable) *company {
	t.Helper()
	ctx := t.Context()
	c := &company{App: a, t: t, now: now, space: setUp(t, a, "commercial")}
	c.owner = fresh(a, signedIn(t, a, ingrid.Email, ingrid.Password))
	c.payer, c.mate = enrolled(t, a, "payer@maker.example"), enrolled(t, a, "mate@maker.example")
	plan, err := a.Plans.Plan(ctx, c.space.ID, "family")
	c.must(err)
	_, err = a.Plans.Join(ctx, c.payer, plans.Joining{Space: c.space.ID, Plan: plan.ID})
	c.must(err)
	c.team, err = a.Teams.Found(ctx, c.owner, c.space.ID, teams.NewTeam{Details: teams.Details{Kind: teams.Family, Name: "Weber", Seats: 50}, Member: c.payer.Member})
	c.must(err)
	c.must(a.Teams.Add(ctx, c.owner, c.space.ID, c.team.ID, c.mate.Member))
	formers, err := a.Equipment.Resources(ctx, c.owner, c.space.ID, equipment.Filter{Kind: "vacuum-former"})
	c.must(err)
	c.machine = formers[0].ID
	for _, r := range formers {
		d := r.Details()
		d.Certifications = nil
		_, err := a.Equipment.Edit(ctx, c.owner, r.ID, d)
		c.must(err)
	}
	return c
}

// request is an hour of the machine, so many hours from now.
func (c *company) request(in int) booking.Request {
	from := c.now.Now().Add(time.Duration(in) * time.Hour)
	return booking.Request{Space: c.space.ID, Resource: c.machine, StartsAt: from, EndsAt: from.Add(time.Hour)}
}

// acts is somebody as they are at the next request.
func (c *company) acts(who actor.Actor) actor.Actor {
	c.t.Helper()
	by, err := c.Members.Actor(c.t.Context(), who.Member)
	c.must(err)
	by.Leads, err = c.Teams.Led(c.t.Context(), who.Member)
	c.must(err)
	return by
}

// seatGives demands what somebody's seat is worth for an hour the day after tomorrow: the
// plan of who pays, or nothing any more.
func (c *company) seatGives(who actor.Actor, want bool) {
	c.t.Helper()
	q, err := c.Booking.Quote(c.t.Context(), c.acts(who), c.request(26))
	c.must(err)
	price := int64(1000) // of guests
	if want {
		price = 0
	}
	if q.Price.Minor != price {
		c.t.Errorf("an hour costs %v, want %d; %v", q.Price, price, q.Violations)
	}
	left, err := c.Booking.Balances(c.t.Context(), c.acts(who), c.space.ID, who.Member)
	c.must(err)
	if (len(left) > 0) != want {
		c.t.Errorf("what is left of machine time: %+v", left)
	}
	if seat, err := c.Teams.Seat(c.t.Context(), c.space.ID, who.Member); err != nil || (seat.Payer == c.payer.Member) != want {
		c.t.Errorf("the seat: %+v, %v", seat, err)
	}
}

func TestWhatASeatGivesEndsWithIt(t *testing.T) {
	for name, end := range map[string]func(c *company) error{
		"removed": func(c *company) error {
			return c.Teams.Remove(c.t.Context(), c.acts(c.payer), c.space.ID, c.team.ID, c.mate.Member, false)
		},
		"left": func(c *company) error {
			return c.Teams.Remove(c.t.Context(), c.acts(c.mate), c.space.ID, c.team.ID, c.mate.Member, false)
		},
		"the team is ended": func(c *company) error {
			_, err := c.Teams.Archive(c.t.Context(), c.owner, c.space.ID, c.team.ID, 0)
			return err
		},
		"who pays leaves the space": func(c *company) error {
			return c.Members.Leave(c.t.Context(), c.acts(c.payer), c.space.ID)
		},
		"who pays is removed from the space": func(c *company) error {
			return c.Members.Remove(c.t.Context(), c.owner, c.space.ID, c.payer.Member, "Moved away.")
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, a *App, now *clock.Movable) {
				c := companyOf(t, a, now)
				c.seatGives(c.mate, true)
				if _, leads := c.acts(c.payer).Led(c.space.ID); !leads {
					t.Fatal("who pays does not lead the team")
				}
				c.must(end(c))
				c.seatGives(c.mate, false)
			})
		})
	}
}

// Whoever leaves gives back what they hold, and holds nothing: what is to come of their
// plans, bookings, seats in sessions, what they asked for, and their place in a team.
func TestWhoLeavesASpaceHoldsNothingThere(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx := t.Context()
		c := companyOf(t, a, now)
		for _, in := range []int{26, 29, 50} {
			_, err := a.Booking.Book(ctx, c.acts(c.payer), c.request(in))
			c.must(err)
		}
		over, err := a.Booking.Book(ctx, c.acts(c.mate), c.request(74))
		c.must(err)
		later, err := a.Plans.AddPlan(ctx, c.owner, plans.Plan{SpaceID: c.space.ID, Code: "locker", PriceGroup: "member", Name: i18n.Text{EN: "Locker", ZH: "储物柜"}, PriceMinor: 700, Currency: "EUR",
			Period: plans.Month, PeriodCount: 1, Renews: true, Audience: plans.Everyone})
		c.must(err)
		_, err = a.Plans.Subscribe(ctx, c.owner, plans.Start{Space: c.space.ID, Member: c.payer.Member, Plan: later.ID, From: now.Now().Add(300 * 24 * time.Hour)})
		c.must(err)
		asked, err := a.Plans.AddPlan(ctx, c.owner, plans.Plan{SpaceID: c.space.ID, Code: "studio", PriceGroup: "member", Name: i18n.Text{EN: "Studio", ZH: "工作室"}, PriceMinor: 9000, Currency: "EUR",
			Period: plans.Month, PeriodCount: 1, Renews: true, Audience: plans.Everyone, Approval: true})
		c.must(err)
		joined, err := a.Plans.Join(ctx, c.acts(c.mate), plans.Joining{Space: c.space.ID, Plan: asked.ID})
		c.must(err)
		if !joined.Application.Waits() {
			t.Fatalf("it does not wait: %+v", joined)
		}
		session, err := a.Events.Announce(ctx, c.owner, c.space.ID, events.Announcement{Title: i18n.Text{EN: "Joinery", ZH: "木工"}, Place: i18n.Text{EN: "Wood", ZH: "木工区"},
			StartsAt: now.Now().Add(30 * time.Hour), EndsAt: now.Now().Add(32 * time.Hour), Seats: 4})
		c.must(err)
		for _, who := range []actor.Actor{c.payer, c.mate} {
			_, err = a.Events.Register(ctx, c.acts(who), session.ID, who.Member)
			c.must(err)
		}

		c.must(a.Members.Leave(ctx, c.acts(c.payer), c.space.ID))
		runs, err := a.Plans.Held(ctx, c.space.ID, c.payer.Member)
		c.must(err)
		for _, r := range runs {
			if r.EndsAt.IsZero() || r.EndsAt.After(now.Now()) && r.StartsAt.Before(r.EndsAt) {
				t.Errorf("%s runs on until %v", r.Plan.Code, r.EndsAt)
			}
		}
		page, err := a.Booking.Bookings(ctx, actor.House, booking.Filter{Space: c.space.ID, Member: c.payer.Member, From: now.Now(), Statuses: []booking.Status{booking.Held, booking.Pending, booking.Confirmed}, Limit: 10})
		if err != nil || len(page.Items) != 0 {
			t.Errorf("still booked: %d, %v", len(page.Items), err)
		}
		if b, err := a.Booking.Booking(ctx, actor.House, over.ID); err != nil || b.Status != booking.Confirmed {
			t.Errorf("the mate's booking is %s, %v", b.Status, err)
		}
		seats, err := a.Events.Roster(ctx, c.owner, c.space.ID, session.ID)
		if err != nil || len(seats) != 1 || seats[0].MemberID != c.mate.Member {
			t.Errorf("the seats of the session: %+v, %v", seats, err)
		}
		if _, leads := c.acts(c.payer).Led(c.space.ID); leads {
			t.Error("leads the team from outside")
		}
		sheet, err := a.Teams.Team(ctx, c.owner, c.space.ID, c.team.ID)
		if err != nil || len(sheet.Mates) != 1 || sheet.Mates[0].MemberID != c.mate.Member {
			t.Errorf("in the team: %+v, %v", sheet.Mates, err)
		}
		if found, err := a.Verify(ctx); err != nil || len(found) > 0 {
			t.Errorf("verify: %v, %v", found, err)
		}
		c.must(a.Members.Remove(ctx, c.owner, c.space.ID, c.mate.Member, "Moved away."))
		if waiting, err := a.Plans.WaitingCount(ctx, c.owner, c.space.ID); err != nil || waiting != 0 {
			t.Errorf("%d still ask, %v", waiting, err)
		}
		if b, err := a.Booking.Booking(ctx, actor.House, over.ID); err != nil || b.Status != booking.Cancelled {
			t.Errorf("who left still has a booking: %s, %v", b.Status, err)
		}
		// Back again, they begin with nothing.
		c.must(a.Members.Readmit(ctx, c.owner, c.space.ID, c.payer.Member))
		if share, err := a.Teams.Share(ctx, c.space.ID, c.payer.Member); err != nil || share.Team != "" {
			t.Errorf("the old seat is theirs again: %+v, %v", share, err)
		}
	})
}

// keys are the ways in of somebody who is signed in on a page and in a program, has a
// token for a script and an address for their calendar.
type keys struct {
	session, token, feed string
}

func keysOf(t *testing.T, a *App, who actor.Actor, email string) keys {
	t.Helper()
	ctx := t.Context()
	if err := a.Auth.Give(ctx, actor.House, "steel rule and ink", who.Member); err != nil {
		t.Fatal(err)
	}
	in, err := a.Auth.SignIn(ctx, auth.From{Address: "192.0.2.1"}, auth.Credentials{Email: email, Password: "steel rule and ink"})
	if err != nil {
		t.Fatal(err)
	}
	h := a.Handler()
	var made struct{ Token string }
	decode(t, ask(h, http.MethodPost, "/api/v1/auth/tokens", in.Access, map[string]any{"name": "Script", "scopes": []string{"read", "book"}}), &made)
	calendar, err := a.Auth.NewCalendar(ctx, actor.Actor{Member: who.Member})
	if err != nil {
		t.Fatal(err)
	}
	return keys{in.Access, made.Token, "/calendar/" + calendar + ".ics"}
}

// At the next request whoever is nowhere any more is refused in every way they had: the
// pages of the space, the API, the calendar and the token. Their own account they keep.
func TestAnExMemberIsRefusedAtTheNextRequest(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx, c := t.Context(), companyOf(t, a, now)
		k, h := keysOf(t, a, c.payer, "payer@maker.example"), a.Handler()
		b, err := a.Booking.Book(ctx, c.acts(c.payer), c.request(26))
		c.must(err)
		of := "?space_id=" + c.space.ID.String()
		wish := map[string]any{"resource_id": c.machine, "starts_at": c.now.Now().Add(50 * time.Hour), "ends_at": c.now.Now().Add(51 * time.Hour)}
		type request struct {
			what, method, at, key string
			body                  any
			before, after         int
		}
		page := "/s/" + c.space.Slug
		requests := []request{
			{"own booking", "GET", "/bookings/" + b.ID.String(), k.session, nil, 200, 404},
			{"the directory", "GET", page + "/directory", k.session, nil, 200, 403},
			{"the team", "GET", "/me/team", k.session, nil, 200, 200},
			{"own data", "GET", "/me", k.session, nil, 200, 200},
			{"own booking, by a program", "GET", "/api/v1/bookings/" + b.ID.String(), k.session, nil, 200, 404},
			{"the directory, by a program", "GET", "/api/v1/directory" + of, k.session, nil, 200, 403},
			{"the team, by a program", "GET", "/api/v1/teams/" + c.team.ID.String() + of, k.session, nil, 200, 403},
			{"the people of the team", "GET", "/api/v1/members" + of, k.session, nil, 200, 403},
			{"to book, by a program", "POST", "/api/v1/bookings/quote", k.session, wish, 200, 403},
			{"own bookings, by a token", "GET", "/api/v1/bookings", k.token, nil, 200, 401},
			{"to book, by a token", "POST", "/api/v1/bookings", k.token, wish, 201, 401},
			{"own self, by a token", "GET", "/api/v1/me", k.token, nil, 200, 401},
			{"the calendar", "GET", k.feed, "", nil, 200, 404},
		}
		for _, r := range requests {
			if got := ask(h, r.method, r.at, r.key, r.body); got.status != r.before {
				t.Errorf("%s, before: %d, want %d: %.300s", r.what, got.status, r.before, got.body)
			}
		}
		c.must(a.Members.Remove(ctx, c.owner, c.space.ID, c.payer.Member, "Moved away."))
		for _, r := range requests {
			if got := ask(h, r.method, r.at, r.key, r.body); got.status != r.after {
				t.Errorf("%s: %d, want %d: %.300s", r.what, got.status, r.after, got.body)
			}
		}
		if got := ask(h, http.MethodGet, "/me/team", k.session, nil); strings.Contains(string(got.body), "Weber") {
			t.Error("the team still shows itself")
		}
		// Nor does the calendar's address open again for who comes back.
		c.must(a.Members.Readmit(ctx, c.owner, c.space.ID, c.payer.Member))
		if got := ask(h, http.MethodGet, k.feed, "", nil); got.status != http.StatusNotFound {
			t.Errorf("the calendar of who came back: %d", got.status)
		}
	})
}

// Whoever is demoted while they are signed in is what they are now, at the next request.
func TestADemotionCountsAtTheNextRequest(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx, c := t.Context(), companyOf(t, a, now)
		page, of := "/s/"+c.space.Slug, "?space_id="+c.space.ID.String()
		for _, step := range []struct {
			from actor.Role
			at   []string // what that role reads and a member does not
		}{
			{actor.Manager, []string{page + "/plans/new", page + "/people", "/api/v1/plan-settings" + of, "/api/v1/members" + of}},
			{actor.Desk, []string{page + "/people", page + "/today", "/api/v1/members" + of, "/api/v1/proofs" + of}},
			{actor.Instructor, []string{page + "/today"}},
		} {
			who, email := c.mate, "mate@maker.example"
			c.must(a.Members.SetRole(ctx, c.owner, c.space.ID, who.Member, step.from))
			k, h := keysOf(t, a, who, email), a.Handler()
			note := "/api/v1/members/" + c.payer.Member.String() + "/suspend"
			for _, at := range step.at {
				if got := ask(h, http.MethodGet, at, k.session, nil); got.status != http.StatusOK {
					t.Errorf("a %s at %s: %d %.200s", step.from, at, got.status, got.body)
				}
			}
			c.must(a.Members.SetRole(ctx, c.owner, c.space.ID, who.Member, actor.Member))
			for _, at := range step.at {
				for name, key := range map[string]string{"session": k.session, "token": k.token} {
					if name == "token" && !strings.HasPrefix(at, "/api/") {
						continue
					}
					if got := ask(h, http.MethodGet, at, key, nil); got.status != http.StatusForbidden {
						t.Errorf("who was a %s, by a %s at %s: %d %.200s", step.from, name, at, got.status, got.body)
					}
				}
			}
			if got := ask(h, http.MethodPost, note, k.session, map[string]any{"space_id": c.space.ID, "reason": "Out."}); got.status != http.StatusForbidden {
				t.Errorf("who was a %s suspends somebody: %d %s", step.from, got.status, got.body)
			}
		}
		if who, err := a.Members.Actor(ctx, c.payer.Member); err != nil || len(who.Suspended) != 0 {
			t.Errorf("suspended by somebody who may not: %+v, %v", who, err)
		}
	})
}

// Who left by themselves comes back by an invitation of a team; whom the staff removed
// only through the staff.
func TestARemovalIsNotUndoneByATeam(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx := t.Context()
		c := companyOf(t, a, now)
		c.must(a.Members.Leave(ctx, c.acts(c.mate), c.space.ID))
		c.must(teamDoor{a}.Admit(ctx, c.space.ID, c.mate.Member))
		c.must(a.Members.Remove(ctx, c.owner, c.space.ID, c.mate.Member, "Broke the saw twice."))
		if err := (teamDoor{a}).Admit(ctx, c.space.ID, c.mate.Member); !errors.Is(err, members.ErrRemoved) {
			t.Errorf("a team lets in whom the staff removed: %v", err)
		}
		c.must(a.Members.Readmit(ctx, c.owner, c.space.ID, c.mate.Member))
		if who := c.acts(c.mate); who.Role(c.space.ID) != actor.Member {
			t.Errorf("let back in by the staff, they are %s", who.Role(c.space.ID))
		}
	})
}
