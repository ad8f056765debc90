package spaces_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/spaces"
	"guildhall/internal/testkit"
)

// world stands in for the domains that spaces asks, and remembers.
type world struct {
	mu        sync.Mutex
	furnished []string
	owners    []string
	appointed []id.ID
	written   []actor.Operation
	fail      error
	priced    map[string]bool // currencies in which something is
}

func (w *world) Priced(_ context.Context, _ id.ID, currency string) (bool, error) {
	return w.priced[currency], nil
}

func (w *world) Furnish(_ context.Context, _ actor.Actor, _ spaces.Space, b spaces.Blueprint) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.furnished = append(w.furnished, b.Slug)
	return w.fail
}

func (w *world) CheckOwner(o spaces.OwnerAccount) error {
	if o.Password == "short" {
		return fault.Invalid("owner_password", "x", "too short")
	}
	return nil
}

func (w *world) MakeOwner(_ context.Context, _ id.ID, o spaces.OwnerAccount) (id.ID, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.owners = append(w.owners, o.Email)
	return id.New(), nil
}

func (w *world) Appoint(_ context.Context, _, member id.ID) error {
	w.appointed = append(w.appointed, member)
	return nil
}

func (w *world) Record(_ context.Context, _ actor.Actor, _ id.ID, op actor.Operation, _ id.ID, _ any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.written = append(w.written, op)
	return nil
}

func service(t *testing.T, d *db.DB) (*spaces.Service, *world) {
	w := &world{}
	return spaces.New(d, testkit.Clock(t, "2027-03-01 08:00"), w, w, w, w), w
}

func harbour() spaces.NewSpace {
	return spaces.NewSpace{
		Name: i18n.Text{EN: "Harbour Makers", ZH: "港湾创客"}, Blueprint: "community",
		Country: "DE", Zone: "Europe/Berlin", Currency: "EUR", Hours: daily(840, 1260, spaces.Everyone),
	}
}

func details(s spaces.Space) spaces.Details {
	return spaces.Details{
		Version: s.Version, Name: s.Name, About: s.About, Slug: s.Slug, Country: s.Country, Address: s.Address, Email: s.Email,
		Phone: s.Phone, Zone: s.Zone, Currency: s.Currency,
	}
}

func as(role actor.Role, space id.ID) actor.Actor {
	return actor.Actor{Member: id.New(), Roles: map[id.ID]actor.Role{space: role}}
}

func made(t *testing.T, s *spaces.Service) spaces.Space {
	t.Helper()
	sp, err := s.Create(t.Context(), actor.House, harbour())
	if err != nil {
		t.Fatal(err)
	}
	return sp
}

// fields are those that err is about.
func fields(err error) []string {
	var names []string
	for _, e := range fault.All(err) {
		names = append(names, e.Field)
	}
	return names
}

func TestSetupMakesTheFirstSpaceOnce(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, w := service(t, d)
		ctx := t.Context()
		old, err := s.SetupToken(ctx)
		if err != nil {
			t.Fatal(err)
		}
		token, err := s.SetupToken(ctx)
		if err != nil || token == "" || token == old {
			t.Fatalf("a new token: %q, %v", token, err)
		}
		for _, wrong := range []string{"", "guess", old} {
			if err := s.CheckSetup(ctx, wrong); !errors.Is(err, spaces.ErrSetupToken) {
				t.Errorf("the token %q: %v", wrong, err)
			}
			if _, err := s.Setup(ctx, wrong, harbour(), spaces.OwnerAccount{}); !errors.Is(err, spaces.ErrSetupToken) {
				t.Errorf("set-up with the token %q: %v", wrong, err)
			}
		}
		if err := s.CheckSetup(ctx, token); err != nil {
			t.Fatal(err)
		}

		bad := harbour()
		bad.Zone = "Local"
		if _, err := s.Setup(ctx, token, bad, spaces.OwnerAccount{}); !cmp.Equal(fields(err), []string{"zone"}) {
			t.Errorf("set-up with a bad zone: %v", err)
		}
		if _, err := s.Setup(ctx, token, bad, spaces.OwnerAccount{Password: "short"}); !cmp.Equal(fields(err), []string{"zone", "owner_password"}) {
			t.Errorf("a bad zone and a bad password are not both named: %v", err)
		}
		w.fail = errors.New("no room for the machines")
		if _, err := s.Setup(ctx, token, harbour(), spaces.OwnerAccount{}); !errors.Is(err, w.fail) {
			t.Errorf("set-up that can't be furnished: %v", err)
		}
		w.fail = nil
		w.furnished = nil

		sp, err := s.Setup(ctx, token, harbour(), spaces.OwnerAccount{Email: "owner@example.org"})
		if err != nil {
			t.Fatal("what failed before must leave the token good: ", err)
		}
		if sp.Slug != "harbour-makers" || sp.Version != 1 || sp.CreatedAt.IsZero() {
			t.Errorf("made %+v", sp)
		}
		if diff := cmp.Diff([]string{"community"}, w.furnished); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"owner@example.org"}, w.owners); diff != "" {
			t.Error(diff)
		}
		if _, err := s.Setup(ctx, token, harbour(), spaces.OwnerAccount{}); !errors.Is(err, spaces.ErrSetupDone) {
			t.Errorf("a second set-up: %v", err)
		}
		if token, err := s.SetupToken(ctx); token != "" || err != nil {
			t.Errorf("a token after the set-up: %q, %v", token, err)
		}
		hours, err := s.Hours(ctx, actor.Actor{}, sp.ID)
		if err != nil || len(hours) != 7 {
			t.Errorf("a stranger sees %d openings, %v", len(hours), err)
		}
	})
}

func TestOfTwentyWhoSetUpOneGetsASpace(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, w := service(t, d)
		token, err := s.SetupToken(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		errs := make([]error, 20)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = s.Setup(t.Context(), token, harbour(), spaces.OwnerAccount{Email: "owner@example.org"})
			})
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, spaces.ErrSetupDone) && !errors.Is(err, spaces.ErrSetupToken):
				t.Errorf("a loser is told %v", err)
			}
		}
		all, err := s.Spaces(t.Context(), actor.House)
		if err != nil || won != 1 || len(all) != 1 {
			t.Errorf("%d won, %d spaces, %v", won, len(all), err)
		}
		if len(w.owners) < 1 {
			t.Error("nobody owns it")
		}
	})
}

func TestAnOwnerMakesAnotherSpaceAndOwnsIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, w := service(t, d)
		first := made(t, s)
		owner := as(actor.Owner, first.ID)
		n := harbour()
		if _, err := s.Create(t.Context(), owner, n); !errors.Is(err, spaces.ErrSlugTaken) {
			t.Errorf("a second space of the same name: %v", err)
		}
		n.Name = i18n.Text{ZH: "港湾创客上海"}
		second, err := s.Create(t.Context(), owner, n)
		if err != nil {
			t.Fatal(err)
		}
		if second.Position != 1 || second.Slug == "" || !cmp.Equal(w.appointed, []id.ID{owner.Member}) {
			t.Errorf("made %+v, owners %v", second, w.appointed)
		}
		for who, want := range map[actor.Role]error{actor.Manager: actor.ErrForbidden, actor.Member: actor.ErrForbidden} {
			if _, err := s.Create(t.Context(), as(who, first.ID), n); !errors.Is(err, want) {
				t.Errorf("a %s makes a space: %v", who, err)
			}
		}
		if _, err := s.Create(t.Context(), actor.Actor{}, n); !errors.Is(err, actor.ErrSignIn) {
			t.Errorf("a stranger makes a space: %v", err)
		}
	})
}

func TestASpaceIsEditedWithWhatWasSeen(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := service(t, d)
		sp := made(t, s)
		manager := as(actor.Manager, sp.ID)
		change := details(sp)
		change.Address, change.Email, change.Zone, change.Currency, change.Country = "  Quay 3 ", "hello@example.org", "Asia/Shanghai", "CNY", "CN"
		now, err := s.Edit(t.Context(), manager, sp.ID, change)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := s.SpaceAt(t.Context(), actor.Actor{}, "harbour-makers")
		if err != nil || stored.Version != 2 || stored.Address != "Quay 3" || stored.Location().String() != "Asia/Shanghai" {
			t.Errorf("stored %+v, %v", stored, err)
		}
		if diff := cmp.Diff(now, stored); diff != "" {
			t.Error(diff)
		}
		if _, err := s.Edit(t.Context(), manager, sp.ID, change); !errors.Is(err, spaces.ErrStale) {
			t.Errorf("an old copy: %v", err)
		}
		if _, err := s.Edit(t.Context(), as(actor.Desk, sp.ID), sp.ID, details(now)); !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("the front desk edits: %v", err)
		}
		if _, err := s.Edit(t.Context(), as(actor.Manager, "elsewhere"), sp.ID, details(now)); !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("another space's manager edits: %v", err)
		}
		wrong := spaces.Details{Version: 2, Slug: "Å", Country: "XX", Zone: "UTC+1", Currency: "eur", Email: "a@b", Phone: "call me"}
		_, err = s.Edit(t.Context(), manager, sp.ID, wrong)
		want := []string{"name", "slug", "country", "zone", "currency", "email", "phone"}
		if diff := cmp.Diff(want, fields(err)); diff != "" {
			t.Errorf("not every wrong field is named: %s", diff)
		}
	})
}

func TestTheCurrencyStaysWhileThingsArePricedInIt(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, w := service(t, d)
		sp := made(t, s)
		w.priced = map[string]bool{"EUR": true}
		change := details(sp)
		change.Address = "Quay 3"
		sp, err := s.Edit(t.Context(), actor.House, sp.ID, change)
		if err != nil {
			t.Fatalf("the address alone: %v", err)
		}
		change = details(sp)
		change.Currency = "CNY"
		if _, err := s.Edit(t.Context(), actor.House, sp.ID, change); !errors.Is(err, spaces.ErrPriced) {
			t.Errorf("another currency: %v", err)
		}
		w.priced["EUR"] = false
		if sp, err = s.Edit(t.Context(), actor.House, sp.ID, change); err != nil || sp.Currency != "CNY" {
			t.Errorf("with nothing priced: %s, %v", sp.Currency, err)
		}
	})
}

func TestHoursAreReplacedWhole(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, w := service(t, d)
		sp := made(t, s)
		manager := as(actor.Manager, sp.ID)
		week := []spaces.Hours{
			{Weekday: 2, OpensMin: 840, ClosesMin: 1260, Audience: spaces.Everyone},
			{Weekday: 2, OpensMin: 540, ClosesMin: 840, Audience: spaces.Everyone},
			{Weekday: 2, OpensMin: 360, ClosesMin: 1440, Audience: spaces.KeyHolders},
		}
		if err := s.SetHours(t.Context(), manager, sp.ID, sp.Version, week); err != nil {
			t.Fatal(err)
		}
		hours, err := s.Hours(t.Context(), manager, sp.ID)
		if err != nil || len(hours) != 3 || hours[0].OpensMin != 360 || hours[0].SpaceID != sp.ID {
			t.Errorf("stored %+v, %v", hours, err)
		}
		if err := s.SetHours(t.Context(), manager, sp.ID, sp.Version, week); !errors.Is(err, spaces.ErrStale) {
			t.Errorf("hours on an old copy: %v", err)
		}
		wrong := []spaces.Hours{
			{Weekday: 1, OpensMin: 600, ClosesMin: 720, Audience: spaces.Everyone},
			{Weekday: 1, OpensMin: 719, ClosesMin: 800, Audience: spaces.Everyone},
			{Weekday: 3, OpensMin: 800, ClosesMin: 800, Audience: spaces.KeyHolders},
			{Weekday: 8, OpensMin: 600, ClosesMin: 720, Audience: spaces.Everyone},
			{Weekday: 4, OpensMin: 600, ClosesMin: 1441, Audience: spaces.Everyone},
			{Weekday: 5, OpensMin: 600, ClosesMin: 700, Audience: "cats"},
		}
		err = s.SetHours(t.Context(), manager, sp.ID, 2, wrong)
		want := []string{"hours", "hours", "hours-everyone-1", "hours-everyone-4", "hours-key_holders-3"}
		if diff := cmp.Diff(want, fields(err), cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" {
			t.Errorf("not every wrong opening is named: %s", diff)
		}
		if err := s.SetHours(t.Context(), as(actor.Instructor, sp.ID), sp.ID, 2, nil); !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("an instructor sets hours: %v", err)
		}
		if got := w.written[len(w.written)-1]; got != "space.edit" {
			t.Errorf("the audit log ends with %s", got)
		}
	})
}

func TestAHolidayClosesTheCalendarUntilItIsRemoved(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := service(t, d)
		sp := made(t, s)
		manager := as(actor.Manager, sp.ID)
		h, err := s.AddHoliday(t.Context(), manager, sp.ID, spaces.Holiday{Day: "2027-05-01", Name: i18n.Text{EN: "Labour Day"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.AddHoliday(t.Context(), manager, sp.ID, spaces.Holiday{Day: "2027-05-01", Name: i18n.Text{EN: "Again"}}); !errors.Is(err, spaces.ErrDayTaken) {
			t.Errorf("the same day twice: %v", err)
		}
		short, err := s.AddHoliday(t.Context(), manager, sp.ID, spaces.Holiday{
			Day: "2027-12-31", Name: i18n.Text{EN: "New Year's Eve"}, OpensMin: minutes(600), ClosesMin: minutes(840),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.AddHoliday(t.Context(), manager, sp.ID, spaces.Holiday{Day: "2027-02-30", OpensMin: minutes(600)})
		if diff := cmp.Diff([]string{"day", "holiday_name", "opens"}, fields(err)); diff != "" {
			t.Errorf("not every wrong field is named: %s", diff)
		}
		cal, err := s.Calendar(t.Context(), sp.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got := said(cal.Day("2027-05-01", true)); got != nil {
			t.Errorf("on Labour Day it is open %s", got)
		}
		if holiday, closed := cal.ClosedOn("2027-05-01"); !closed || holiday.Name.EN != "Labour Day" {
			t.Errorf("closed on Labour Day: %v, %q", closed, holiday.Name)
		}
		if diff := cmp.Diff([]string{"2027-12-31 09:00 to 2027-12-31 13:00"}, said(cal.Day("2027-12-31", false))); diff != "" {
			t.Error(diff)
		}
		if _, err := s.AddHoliday(t.Context(), manager, sp.ID, spaces.Holiday{Day: "2027-02-28", Name: i18n.Text{EN: "Yesterday"}}); !slices.Equal(fields(err), []string{"day"}) {
			t.Errorf("a day that is over: %v", err)
		}
		later, err := s.Holidays(t.Context(), actor.Actor{}, sp.ID, "2027-06-01")
		if err != nil || len(later) != 1 || later[0].ID != short.ID {
			t.Errorf("from June on: %+v, %v", later, err)
		}
		if _, err := s.RemoveHoliday(t.Context(), as(actor.Member, sp.ID), sp.ID, h.ID); !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("a member removes it: %v", err)
		}
		if was, err := s.RemoveHoliday(t.Context(), manager, sp.ID, h.ID); err != nil || was.Day != h.Day || was.Name != h.Name {
			t.Fatalf("removed %+v, %v", was, err)
		}
		if _, err := s.RemoveHoliday(t.Context(), manager, sp.ID, h.ID); !errors.Is(err, spaces.ErrNoSuchHoliday) {
			t.Errorf("removed twice: %v", err)
		}
		cal, err = s.Calendar(t.Context(), sp.ID)
		if err != nil || len(cal.Day(clock.Day("2027-05-01"), false)) != 1 {
			t.Errorf("after that it is closed still, %v", err)
		}
	})
}

func TestWhatIsNotThereIsSaidSo(t *testing.T) {
	s, _ := service(t, testkit.DB(t))
	if _, err := s.Space(t.Context(), actor.Actor{}, id.New()); !errors.Is(err, spaces.ErrNoSuchSpace) {
		t.Errorf("space: %v", err)
	}
	if _, err := s.SpaceAt(t.Context(), actor.Actor{}, "nowhere"); !errors.Is(err, spaces.ErrNoSuchSpace) {
		t.Errorf("space by its address: %v", err)
	}
	if _, err := s.Calendar(t.Context(), id.New()); !errors.Is(err, spaces.ErrNoSuchSpace) {
		t.Errorf("calendar: %v", err)
	}
	if err := s.SetHours(t.Context(), actor.House, id.New(), 1, nil); !errors.Is(err, spaces.ErrNoSuchSpace) {
		t.Errorf("hours: %v", err)
	}
}
