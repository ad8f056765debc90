package teams

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
	"guildhall/internal/testkit"
)

// house is a space with somebody at the desk. What other packages know of it is
// written down here.
type house struct {
	*Service
	t     *testing.T
	ctx   context.Context
	clock *clock.Movable
	space id.ID
	desk  actor.Actor

	mu      sync.Mutex
	people  map[id.ID]Person
	jobs    []jobs.Job
	letters []mail.Message
	given   []id.ID         // who gave up their bookings
	seats   map[id.ID]int64 // of the plans of who pays
}

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, ctx: t.Context(), clock: testkit.Clock(t, "2027-03-01 09:00"), space: id.New(), people: map[id.ID]Person{}}
		h.Service = New(Needs{DB: d, Clock: h.clock, People: h, Door: h, Spaces: h, Plans: h, Bookings: h, Audit: h, Jobs: queue{h}, Mail: h, BaseURL: "https://hall.example"})
		h.exec(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
			VALUES (?, ?, '{}', '{}', '', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 1, 0, 1)`, h.space, h.space)
		h.desk = h.join("Dana", actor.Desk)
		fn(h)
	})
}

func (h *house) exec(statement string, args ...any) {
	h.t.Helper()
	if err := h.DB.Tx(h.ctx, func(ctx context.Context) error { return h.DB.In(ctx).Exec(statement, args...).Error }); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) note(ctx context.Context, name, email string, here bool) (Person, error) {
	p := Person{ID: id.New(), Name: name, Email: email, Locale: "en", Confirmed: true, Here: here}
	err := h.DB.Tx(ctx, func(ctx context.Context) error {
		return h.DB.In(ctx).Exec(`INSERT INTO members (id, email, email_key, name, search, locale, phone, created_at, version) VALUES (?, ?, ?, ?, ?, 'en', '', 0, 1)`,
			p.ID, email, p.ID, name, strings.ToLower(name)).Error
	})
	h.mu.Lock()
	defer h.mu.Unlock()
	h.people[p.ID] = p
	return p, err
}

func (h *house) join(name string, role actor.Role) actor.Actor {
	h.t.Helper()
	p, err := h.note(h.ctx, name, strings.ToLower(name)+"@example.org", true)
	h.must(err)
	return actor.Actor{Member: p.ID, Name: name, Locale: "en", Confirmed: true, Roles: map[id.ID]actor.Role{h.space: role}}
}

// stranger is known to the house and not in the space.
func (h *house) stranger(name string) actor.Actor {
	h.t.Helper()
	p, err := h.note(h.ctx, name, strings.ToLower(name)+"@example.org", false)
	h.must(err)
	return actor.Actor{Member: p.ID, Name: name, Locale: "en", Confirmed: true}
}

// as is an actor with the teams they lead now, as a request has them.
func (h *house) as(a actor.Actor) actor.Actor {
	h.t.Helper()
	var err error
	a.Leads, err = h.Led(h.ctx, a.Member)
	h.must(err)
	return a
}

func (h *house) found(kind Kind, seats int64, admin actor.Actor) Team {
	h.t.Helper()
	team, err := h.Found(h.ctx, h.desk, h.space, NewTeam{Details: Details{Kind: kind, Name: "Nordlicht", Seats: seats}, Member: admin.Member})
	h.must(err)
	return team
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) refused(err error, want *fault.Error) {
	h.t.Helper()
	if !errors.Is(err, want) {
		h.t.Fatalf("got %v, want %s", err, want.Code)
	}
}

// deliver works every job and gives the letters that came of it.
func (h *house) deliver() []mail.Message {
	h.t.Helper()
	h.letters = nil
	for _, job := range h.jobs {
		switch j := job.(type) {
		case invited:
			h.must(h.writeInvited(h.ctx, j))
		case accepted:
			h.must(h.writeAccepted(h.ctx, j))
		case removed:
			h.must(h.writeRemoved(h.ctx, j))
		}
	}
	h.jobs = nil
	return h.letters
}

var berlin = mustZone("Europe/Berlin")

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return zone
}

var link = regexp.MustCompile(`token=(\S+)`)

// invite sends an invitation and gives the token of its letter.
func (h *house) invite(by actor.Actor, team Team, email string) string {
	h.t.Helper()
	_, err := h.Invite(h.ctx, h.as(by), h.space, team.ID, email, false)
	h.must(err)
	letters := h.deliver()
	if len(letters) != 1 || letters[0].To != email {
		h.t.Fatalf("letters: %v", letters)
	}
	if until := i18n.For("en").Moment(h.clock.Now().Add(InviteFor), berlin); !strings.Contains(letters[0].Text, until) {
		h.t.Errorf("not said to hold until %s: %s", until, letters[0].Text)
	}
	return link.FindStringSubmatch(letters[0].Text)[1]
}

// What the other packages know.

func (h *house) Person(_ context.Context, _, member id.ID) (Person, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	p, ok := h.people[member]
	if !ok {
		return p, fault.NotFound("members.none", "nobody")
	}
	return p, nil
}

func (h *house) ByEmail(_ context.Context, _ id.ID, email string) (Person, bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, p := range h.people {
		if strings.EqualFold(p.Email, email) {
			return p, true, nil
		}
	}
	return Person{}, false, nil
}

func (h *house) Key(email string) (string, error) {
	if !strings.Contains(email, "@") {
		return "", fault.Invalid("email", "members.email_bad", "no address")
	}
	return strings.ToLower(email), nil
}

func (h *house) Admit(_ context.Context, _, member id.ID) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.people[member]
	p.Here = true
	h.people[member] = p
	return nil
}

func (h *house) Note(ctx context.Context, _ actor.Actor, _ id.ID, name, _ string) (Person, error) {
	return h.note(ctx, name, "", true)
}

func (h *house) Space(context.Context, id.ID) (Space, error) {
	return Space{Name: i18n.Text{EN: "Harbour Makers", ZH: "港湾创客"}, Slug: "harbour", Currency: "EUR", Zone: berlin}, nil
}

func (h *house) GiveUp(_ context.Context, _, member id.ID, _ string) (int, error) {
	h.given = append(h.given, member)
	return 2, nil
}

func (h *house) Record(context.Context, actor.Actor, id.ID, actor.Operation, id.ID, any) error {
	return nil
}

// queue takes jobs.
type queue struct{ h *house }

func (q queue) Add(_ context.Context, job jobs.Job) error {
	h := q.h
	h.mu.Lock()
	defer h.mu.Unlock()
	h.jobs = append(h.jobs, job)
	return nil
}

func (h *house) Send(_ context.Context, m mail.Message) error {
	h.letters = append(h.letters, m)
	return nil
}

// Join is invited, and then accepted by whoever holds the link: once, within two
// weeks, and as a member of the space from then on.
func TestAnInvitationIsAcceptedInASecondStep(t *testing.T) {
	each(t, func(h *house) {
		anna, newcomer := h.join("Anna", actor.Member), h.stranger("Nils")
		team := h.found(Company, 3, anna)
		token := h.invite(anna, team, "nils@example.org")
		if _, err := h.Invite(h.ctx, h.as(anna), h.space, team.ID, "NILS@example.org", false); !errors.Is(err, ErrInvited) {
			t.Errorf("invited twice: %v", err)
		}
		v, err := h.Invitation(h.ctx, token)
		if err != nil || v.Team != "Nordlicht" || v.By != "Anna" {
			t.Errorf("behind the link: %+v, %v", v, err)
		}
		if _, err := h.Accept(h.ctx, actor.Actor{}, token); !errors.Is(err, actor.ErrSignIn) {
			t.Errorf("nobody accepts: %v", err)
		}
		_, err = h.Accept(h.ctx, newcomer, token)
		h.must(err)
		if p, _ := h.Person(h.ctx, h.space, newcomer.Member); !p.Here {
			t.Error("the newcomer is no member of the space")
		}
		if letters := h.deliver(); len(letters) != 1 || letters[0].To != "anna@example.org" || !strings.Contains(letters[0].Text, "2 of 3") {
			t.Errorf("the administrator is told: %v", letters)
		}
		_, err = h.Accept(h.ctx, h.stranger("Third"), token)
		h.refused(err, ErrLink)
		_, err = h.Invite(h.ctx, h.as(anna), h.space, team.ID, "nils@example.org", false)
		h.refused(err, ErrIn)
	})
}

func TestALinkEndsWhenItIsSentAgainWithdrawnOrOld(t *testing.T) {
	each(t, func(h *house) {
		anna, newcomer := h.join("Anna", actor.Member), h.stranger("Nils")
		team := h.found(Plain, 5, anna)
		first := h.invite(anna, team, "nils@example.org")
		sheet, err := h.Team(h.ctx, h.as(anna), h.space, team.ID)
		h.must(err)
		invitation := sheet.Invitations[0].ID
		_, err = h.Resend(h.ctx, h.as(anna), h.space, team.ID, invitation)
		h.must(err)
		second := link.FindStringSubmatch(h.deliver()[0].Text)[1]
		_, err = h.Accept(h.ctx, newcomer, first)
		h.refused(err, ErrLink)
		h.clock.Advance(InviteFor)
		_, err = h.Accept(h.ctx, newcomer, second)
		h.refused(err, ErrLinkOld)
		third := h.invite(anna, team, "nils@example.org") // one that has expired is in nobody's way
		sheet, err = h.Team(h.ctx, h.as(anna), h.space, team.ID)
		h.must(err)
		h.must(h.Withdraw(h.ctx, h.as(anna), h.space, team.ID, sheet.Invitations[0].ID))
		_, err = h.Accept(h.ctx, newcomer, third)
		h.refused(err, ErrLink)
		h.refused(h.Withdraw(h.ctx, h.as(anna), h.space, team.ID, sheet.Invitations[0].ID), ErrNoSuchInvitation)
	})
}

// Of two who accept the last seat at once one gets it, also where one of them holds a
// link twice.
func TestTheLastSeatGoesToOne(t *testing.T) {
	each(t, func(h *house) {
		anna := h.join("Anna", actor.Member)
		team := h.found(Company, 3, anna)
		var racers []actor.Actor
		var tokens []string
		for _, name := range []string{"Ben", "Cem", "Dag", "Eva"} {
			racers = append(racers, h.stranger(name))
			tokens = append(tokens, h.invite(anna, team, strings.ToLower(name)+"@example.org"))
		}
		results := make(chan error, 2*len(racers))
		var start sync.WaitGroup
		start.Add(1)
		for i := range racers {
			for range 2 {
				go func() {
					start.Wait()
					_, err := h.Accept(h.ctx, racers[i], tokens[i])
					results <- err
				}()
			}
		}
		start.Done()
		got := 0
		for range 2 * len(racers) {
			switch err := <-results; {
			case err == nil:
				got++
			case !errors.Is(err, ErrFull) && !errors.Is(err, ErrLink):
				t.Errorf("refused with %v", err)
			}
		}
		sheet, err := h.Team(h.ctx, h.desk, h.space, team.ID)
		h.must(err)
		if got != 2 || len(sheet.Mates) != 3 {
			t.Errorf("%d got a seat, %d are in", got, len(sheet.Mates))
		}
	})
}

// Somebody who is in two teams' letters at once is in one of them.
func TestSomebodyIsInOneTeam(t *testing.T) {
	each(t, func(h *house) {
		anna, bert, nils := h.join("Anna", actor.Member), h.join("Bert", actor.Member), h.stranger("Nils")
		one, other := h.found(Plain, 5, anna), h.found(Company, 5, bert)
		tokens := []string{h.invite(anna, one, "nils@example.org"), h.invite(bert, other, "nils@example.org")}
		results := make(chan error, 2)
		for _, token := range tokens {
			go func() {
				_, err := h.Accept(h.ctx, nils, token)
				results <- err
			}()
		}
		a, b := <-results, <-results
		if (a == nil) == (b == nil) {
			t.Errorf("%v and %v", a, b)
		}
		for _, err := range []error{a, b} {
			if err != nil {
				h.refused(err, ErrElsewhereYou)
			}
		}
	})
}

func TestATeamKeepsAnAdministratorAndAPayer(t *testing.T) {
	each(t, func(h *house) {
		anna, bert := h.join("Anna", actor.Member), h.join("Bert", actor.Member)
		team := h.found(Company, 5, anna)
		h.must(h.Add(h.ctx, h.desk, h.space, team.ID, bert.Member))
		no, yes := false, true
		h.refused(h.Remove(h.ctx, h.as(anna), h.space, team.ID, anna.Member, false), ErrLastAdmin)
		h.refused(h.SetMate(h.ctx, h.as(anna), h.space, team.ID, anna.Member, MateChange{Admin: &no}), ErrLastAdmin)
		h.must(h.SetMate(h.ctx, h.as(anna), h.space, team.ID, bert.Member, MateChange{Admin: &yes}))
		h.refused(h.Remove(h.ctx, h.as(anna), h.space, team.ID, anna.Member, false), ErrPays)
		h.refused(h.SetMate(h.ctx, h.as(anna), h.space, team.ID, bert.Member, MateChange{Payer: true}), ErrPayer)
		h.must(h.SetMate(h.ctx, h.as(bert), h.space, team.ID, bert.Member, MateChange{Payer: true}))
		share, err := h.Share(h.ctx, h.space, anna.Member)
		if err != nil || share.Payer != bert.Member {
			t.Errorf("Anna's payer is %s, %v", share.Payer, err)
		}
		h.must(h.Remove(h.ctx, h.as(anna), h.space, team.ID, anna.Member, false))
		if share, _ := h.Share(h.ctx, h.space, anna.Member); share.Payer != "" {
			t.Error("who has left does not pay for herself")
		}
		if h.as(anna).LedAnywhere() {
			t.Error("who has left administers the team still")
		}
		if len(h.deliver()) != 0 {
			t.Error("who leaves is written to")
		}
	})
}

// Two administrators who take the role from each other at once leave one.
func TestTwoAdministratorsDemoteEachOther(t *testing.T) {
	each(t, func(h *house) {
		anna, bert := h.join("Anna", actor.Member), h.join("Bert", actor.Member)
		team := h.found(Company, 5, anna)
		h.must(h.Add(h.ctx, h.desk, h.space, team.ID, bert.Member))
		yes, no := true, false
		h.must(h.SetMate(h.ctx, h.desk, h.space, team.ID, bert.Member, MateChange{Admin: &yes}))
		results := make(chan error, 2)
		for _, pair := range [][2]actor.Actor{{h.as(anna), bert}, {h.as(bert), anna}} {
			go func() { results <- h.SetMate(h.ctx, pair[0], h.space, team.ID, pair[1].Member, MateChange{Admin: &no}) }()
		}
		a, b := <-results, <-results
		sheet, err := h.Team(h.ctx, h.desk, h.space, team.ID)
		h.must(err)
		if (a == nil) == (b == nil) || len(sheet.Admins()) != 1 {
			t.Errorf("%v and %v leave %v", a, b, sheet.Admins())
		}
	})
}

func TestWhoIsRemovedKeepsTheirAccount(t *testing.T) {
	each(t, func(h *house) {
		anna, bert, carl := h.join("Anna", actor.Member), h.join("Bert", actor.Member), h.join("Carl", actor.Member)
		team := h.found(Company, 5, anna)
		for _, m := range []actor.Actor{bert, carl} {
			h.must(h.Add(h.ctx, h.desk, h.space, team.ID, m.Member))
		}
		h.must(h.Remove(h.ctx, h.as(anna), h.space, team.ID, bert.Member, false))
		h.must(h.Remove(h.ctx, h.as(anna), h.space, team.ID, carl.Member, true))
		if len(h.given) != 1 || h.given[0] != carl.Member {
			t.Errorf("gave up their bookings: %v", h.given)
		}
		letters := h.deliver()
		if len(letters) != 2 || letters[0].To != "bert@example.org" || !strings.Contains(letters[1].Text, "cancelled (2)") {
			t.Errorf("letters: %v", letters)
		}
		if share, err := h.Share(h.ctx, h.space, bert.Member); err != nil || share.Team != "" {
			t.Errorf("Bert has a share: %+v, %v", share, err)
		}
		h.must(h.Add(h.ctx, h.desk, h.space, team.ID, bert.Member)) // and may come back
	})
}

// What is changed of a team at one time is changed all of it, or nothing is.
func TestATeamIsAmendedWholeOrNotAtAll(t *testing.T) {
	each(t, func(h *house) {
		anna := h.join("Anna", actor.Member)
		team := h.found(Company, 5, anna)
		amend := func(name string, l Limits) (Team, error) {
			return h.Amend(h.ctx, h.as(anna), h.space, team.ID, 0, func(now Team) Amendment {
				return Amendment{Limits: &l, Details: &Details{Kind: now.Kind, Name: name}}
			})
		}
		_, err := amend("", Limits{AtOnce: 3})
		h.refused(err, ErrNameMissing)
		_, err = amend("Südlicht", Limits{AtOnce: -1})
		if err == nil {
			h.t.Error("less than nothing at once")
		}
		if sheet, err := h.Team(h.ctx, h.as(anna), h.space, team.ID); err != nil || sheet.Name != "Nordlicht" || sheet.Limits != (Limits{}) || sheet.Version != team.Version {
			h.t.Errorf("half of it is there: %+v, %v", sheet.Team, err)
		}
		now, err := amend("Südlicht", Limits{AtOnce: 3})
		if err != nil || now.Name != "Südlicht" || now.Limits.AtOnce != 3 || now.Seats != 5 || now.Version != team.Version+1 {
			h.t.Errorf("%+v, %v", now, err)
		}
	})
}

// A team is seen and changed by staff, its administrators and, what there is to see
// for them, its members; to everybody else it does not exist.
func TestWhoMayDoWhatWithATeam(t *testing.T) {
	each(t, func(h *house) {
		anna, bert, carl := h.join("Anna", actor.Member), h.join("Bert", actor.Member), h.join("Carl", actor.Member)
		team, other := h.found(Company, 5, anna), h.found(Plain, 5, carl)
		h.must(h.Add(h.ctx, h.desk, h.space, team.ID, bert.Member))
		sheet, err := h.Team(h.ctx, h.as(bert), h.space, team.ID)
		if err != nil || sheet.Leads || len(sheet.Mates) != 2 || sheet.Mates[0].Email != "" {
			t.Errorf("Bert sees %+v, %v", sheet, err)
		}
		_, err = h.Team(h.ctx, h.as(carl), h.space, team.ID)
		h.refused(err, ErrNoSuchTeam)
		_, err = h.Invite(h.ctx, h.as(carl), h.space, team.ID, "x@example.org", false)
		h.refused(err, ErrNoSuchTeam)
		_, err = h.Invite(h.ctx, h.as(bert), h.space, team.ID, "x@example.org", false)
		h.refused(err, actor.ErrForbidden)
		h.refused(h.Remove(h.ctx, h.as(carl), h.space, team.ID, bert.Member, false), ErrNoSuchTeam)
		_, err = h.Edit(h.ctx, h.as(anna), h.space, team.ID, 0, Details{Kind: Company, Name: "Südlicht", Seats: 50})
		h.refused(err, ErrSeatsStaff)
		_, err = h.Edit(h.ctx, h.desk, h.space, team.ID, 0, Details{Kind: Company, Name: "Südlicht", Seats: 1})
		h.refused(err, ErrSeatsTaken)
		_, err = h.Edit(h.ctx, h.as(anna), h.space, team.ID, 99, Details{Kind: Company, Name: "Südlicht"})
		h.refused(err, ErrStale)
		now, err := h.Edit(h.ctx, h.as(anna), h.space, team.ID, team.Version, Details{Kind: Company, Name: "Südlicht"})
		if err != nil || now.Name != "Südlicht" || now.Seats != 5 {
			t.Errorf("%+v, %v", now, err)
		}
		_, err = h.Archive(h.ctx, h.as(anna), h.space, team.ID, 0)
		h.refused(err, actor.ErrForbidden)
		_, err = h.Archive(h.ctx, h.desk, h.space, other.ID, 0)
		h.must(err)
		if h.as(carl).LedAnywhere() {
			t.Error("an archived team is administered")
		}
		roll, err := h.Find(h.ctx, h.desk, h.space, Query{Text: "südlicht"})
		if err != nil || roll.Total != 1 || roll.Teams[0].Taken != 2 || roll.Teams[0].PayerName != "Anna" {
			t.Errorf("found %+v, %v", roll, err)
		}
	})
}

func TestAFamilyHasPeopleWithoutAnAddress(t *testing.T) {
	each(t, func(h *house) {
		anna := h.join("Anna", actor.Member)
		family := h.found(Family, 2, anna)
		child, err := h.AddDependant(h.ctx, h.as(anna), h.space, family.ID, "Lotte")
		h.must(err)
		if share, _ := h.Share(h.ctx, h.space, child.ID); share.Payer != anna.Member {
			t.Error("nobody pays for the child")
		}
		yes := true
		h.refused(h.SetMate(h.ctx, h.desk, h.space, family.ID, child.ID, MateChange{Admin: &yes}), ErrDependant)
		_, err = h.AddDependant(h.ctx, h.as(anna), h.space, family.ID, "Max")
		h.refused(err, ErrFull)
		h.must(h.Remove(h.ctx, h.as(anna), h.space, family.ID, child.ID, false))
		if letters := h.deliver(); len(letters) != 0 {
			t.Errorf("letters to nobody: %v", letters)
		}
		company := h.found(Company, 2, h.join("Bert", actor.Member))
		_, err = h.AddDependant(h.ctx, h.desk, h.space, company.ID, "Max")
		h.refused(err, ErrNoFamily)
	})
}

func TestNamesComeOutAsTheyWentIn(t *testing.T) {
	each(t, func(h *house) {
		anna := h.join("Anna", actor.Member)
		for _, name := range []string{"A", "创客团队", strings.Repeat("团", MaxName), "=cmd|' /C calc'!A0", "نور", "🛠️"} {
			team, err := h.Found(h.ctx, h.desk, h.space, NewTeam{Details: Details{Kind: Plain, Name: name, Seats: 1}, Email: "x@example.org"})
			h.must(err)
			sheet, err := h.Team(h.ctx, h.desk, h.space, team.ID)
			if err != nil || sheet.Name != name {
				t.Errorf("%q came out as %q, %v", name, sheet.Name, err)
			}
		}
		for name, want := range map[string]*fault.Error{"": ErrNameMissing, " ": ErrNameMissing, strings.Repeat("x", MaxName+1): ErrNameTooLong, "a\x00b": ErrNameBad} {
			_, err := h.Found(h.ctx, h.desk, h.space, NewTeam{Details: Details{Kind: Plain, Name: name, Seats: 1}, Member: anna.Member})
			h.refused(err, want)
		}
		for _, seats := range []int64{-1, 0, MaxSeats + 1} {
			_, err := h.Found(h.ctx, h.desk, h.space, NewTeam{Details: Details{Kind: Plain, Name: "x", Seats: seats}, Member: anna.Member})
			h.refused(err, ErrSeats)
		}
	})
}

// Seats are those of the plan of whoever pays.
func (h *house) Seats(_ context.Context, _, member id.ID) (int64, error) { return h.seats[member], nil }

func TestATeamHasTheSeatsOfThePlanOfWhoPays(t *testing.T) {
	each(t, func(h *house) {
		anna, bert, carl := h.join("Anna", actor.Member), h.join("Bert", actor.Member), h.join("Carl", actor.Member)
		team := h.found(Company, 50, anna)
		h.seats = map[id.ID]int64{anna.Member: 2}
		h.must(h.Add(h.ctx, h.desk, h.space, team.ID, bert.Member))
		h.refused(h.Add(h.ctx, h.desk, h.space, team.ID, carl.Member), ErrFull)
		_, err := h.Invite(h.ctx, h.as(anna), h.space, team.ID, "dora@example.org", false)
		h.refused(err, ErrFull)
		_, err = h.Edit(h.ctx, h.desk, h.space, team.ID, 0, Details{Kind: Company, Name: "Nordlicht", Seats: 3})
		h.refused(err, ErrSeatsPlan)
		sheet, err := h.Team(h.ctx, h.as(anna), h.space, team.ID)
		h.must(err)
		if sheet.Room() != 2 || sheet.Free() != 0 || sheet.Seats != 50 {
			t.Errorf("%d seats, %d free, %d of its own", sheet.Room(), sheet.Free(), sheet.Seats)
		}
		roll, err := h.Find(h.ctx, h.desk, h.space, Query{})
		if err != nil || len(roll.Teams) != 1 || roll.Teams[0].Room() != 2 {
			t.Errorf("%+v, %v", roll.Teams, err)
		}
		h.seats[anna.Member] = 3 // a larger plan
		h.must(h.Add(h.ctx, h.desk, h.space, team.ID, carl.Member))
		for member, want := range map[id.ID]int{anna.Member: 0, bert.Member: 2, carl.Member: 3} {
			if seat, err := h.Seat(h.ctx, h.space, member); err != nil || seat.Number != want || want > 0 && (seat.Payer != anna.Member || seat.PayerName != "Anna") {
				t.Errorf("%+v, %v, want number %d", seat, err, want)
			}
		}
	})
}

func TestATeamInvitesSoManyADay(t *testing.T) {
	each(t, func(h *house) {
		anna := h.join("Anna", actor.Member)
		team := h.found(Company, 100, anna)
		for i := range mostInvited {
			_, err := h.Invite(h.ctx, h.as(anna), h.space, team.ID, fmt.Sprintf("guest%d@example.org", i), false)
			h.must(err)
		}
		_, err := h.Invite(h.ctx, h.as(anna), h.space, team.ID, "onemore@example.org", false)
		h.refused(err, ErrInvitedMany)
		h.clock.Advance(25 * time.Hour)
		_, err = h.Invite(h.ctx, h.as(anna), h.space, team.ID, "onemore@example.org", false)
		h.must(err)
	})
}
