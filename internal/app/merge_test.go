package app

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"gorm.io/gorm"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/config"
	"guildhall/internal/consent"
	"guildhall/internal/db"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/members"
	"guildhall/internal/plans"
	"guildhall/internal/teams"
	"guildhall/internal/testkit"
)

// staysBehind are columns that go on naming an account that became another's, and why.
var staysBehind = map[string]string{
	"audit_entries.member_id":        "the log says what happened, to whom it did",
	"erasures.member_id":             "of people of whom nothing else is known",
	"erasures.erased_by":             "the record of an erasure is never changed",
	"document_versions.published_by": "a published text is never changed",
	"standings.suspended_by":         "staff or rule, no person",
	"profile_fields.seen_by":         "a role, no person",
	"profile_fields.edited_by":       "a role, no person",
}

// person is how columns are called that hold the id of a person.
var person = regexp.MustCompile(`^(.*_)?member_id$|^guardian_id$|^payer_id$|^actor_id$|_by$`)

// TestNothingGoesOnBelongingToAnAccountThatEnded merges an account away and demands that
// every column that names people was written, and that no row that was made to name the
// account, of every table in which the demo has rows, does so afterwards.
func TestNothingGoesOnBelongingToAnAccountThatEnded(t *testing.T) {
	eachDemo(t, func(t *testing.T, a *App) {
		ctx := t.Context()
		s, err := a.Spaces.SpaceAt(ctx, actor.House, "harbour")
		if err != nil {
			t.Fatal(err)
		}
		from, into := somebodyNew(t, a, s.ID, "Gone Gull"), somebodyNew(t, a, s.ID, "Staying Stork")
		columns, placed := personColumns(t, a), 0
		for _, c := range columns {
			if place(t, a, c, from) {
				placed++
			}
		}
		if placed < 20 {
			t.Fatalf("only %d columns were filled: this test looks in the wrong place", placed)
		}
		written := listen(t, a)
		if err := a.Members.Merge(ctx, actor.House, s.ID, from, into, "Gone Gull"); err != nil {
			t.Fatal(err)
		}
		for _, c := range columns {
			var n int64
			if err := a.DB.In(ctx).Raw(`SELECT count(*) FROM "`+c.Table+`" WHERE "`+c.Name+`" = ?`, from).Scan(&n).Error; err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				t.Errorf("%s.%s still names the account that ended", c.Table, c.Name)
			}
			if !written[c] && !written[column{c.Table, "*"}] {
				t.Errorf("%s.%s was not written: hand it over, or say why it stays", c.Table, c.Name)
			}
		}
		if found, err := a.Verify(ctx); err != nil || len(found) > 0 {
			t.Errorf("verify: %v, %v", found, err)
		}
	})
}

var (
	updates = regexp.MustCompile(`(?i)^UPDATE "?(\w+)"? SET "?(\w+)"? = `)
	deletes = regexp.MustCompile(`(?i)^DELETE FROM "?(\w+)"? `)
)

// listen gathers the columns that are written from now on; "*" where whole rows go.
func listen(t *testing.T, a *App) map[column]bool {
	t.Helper()
	written := map[column]bool{}
	hear := func(db *gorm.DB) {
		sql := strings.NewReplacer("`", "").Replace(db.Statement.SQL.String())
		if m := updates.FindStringSubmatch(sql); m != nil {
			written[column{m[1], m[2]}] = true
		} else if m := deletes.FindStringSubmatch(sql); m != nil {
			written[column{m[1], "*"}] = true
		}
	}
	err := a.DB.Tx(t.Context(), func(ctx context.Context) error {
		on := a.DB.In(ctx).Callback()
		return errors.Join(on.Raw().After("gorm:raw").Register("test:raw", hear),
			on.Update().After("gorm:update").Register("test:update", hear), on.Delete().After("gorm:delete").Register("test:delete", hear))
	})
	if err != nil {
		t.Fatal(err)
	}
	return written
}

// eachDemo is the demo, on both databases.
func eachDemo(t *testing.T, fn func(t *testing.T, a *App)) {
	t.Helper()
	for name, cfg := range map[string]func(t *testing.T) config.Config{
		"sqlite": func(t *testing.T) config.Config { return config.Config{Data: t.TempDir(), Listen: "127.0.0.1:0"} },
		"postgres": func(t *testing.T) config.Config {
			return config.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Database: testkit.PostgresURL(t)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := cfg(t)
			if _, err := Demo(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			fn(t, open(t, cfg, clock.System{}))
		})
	}
}

func somebodyNew(t *testing.T, a *App, space id.ID, name string) id.ID {
	t.Helper()
	m, err := a.Members.Enrol(t.Context(), actor.House, space, members.Enrolment{
		Name: name, Email: strings.ReplaceAll(strings.ToLower(name), " ", ".") + "@example.org",
	})
	if err != nil {
		t.Fatal(err)
	}
	return m.ID
}

type column struct{ Table, Name string }

// personColumns are the columns that hold the id of a person, but for those that stay.
func personColumns(t *testing.T, a *App) []column {
	t.Helper()
	source := `SELECT m.name AS "table", c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'river%' ORDER BY 1, 2`
	if a.DB.Dialect() == db.Postgres {
		source = `SELECT table_name AS "table", column_name AS name FROM information_schema.columns
			WHERE table_schema = 'public' AND table_name NOT LIKE 'river%' ORDER BY 1, 2`
	}
	var all, people []column
	if err := a.DB.In(t.Context()).Raw(source).Scan(&all).Error; err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if person.MatchString(c.Name) && staysBehind[c.Table+"."+c.Name] == "" {
			people = append(people, c)
		}
	}
	return people
}

// place writes somebody into a column of one row that names somebody else there, where
// there is one.
func place(t *testing.T, a *App, c column, who id.ID) bool {
	t.Helper()
	if c == (column{"standings", "member_id"}) { // they have one
		return true
	}
	row := "rowid"
	if a.DB.Dialect() == db.Postgres {
		row = "ctid"
	}
	done := false
	err := a.DB.Tx(t.Context(), func(ctx context.Context) error {
		in := a.DB.In(ctx)
		var was id.ID
		one := `SELECT "` + c.Name + `" FROM "` + c.Table + `" WHERE "` + c.Name + `" <> '' AND "` + c.Name + `" <> ? LIMIT 1`
		if err := in.Raw(one, who).Scan(&was).Error; err != nil || was == "" {
			return err
		}
		// What is evidence lets its people be changed only for the account that took theirs over.
		if err := in.Exec(`UPDATE members SET merged_into = ? WHERE id = ?`, who, was).Error; err != nil {
			return err
		}
		at := `(SELECT ` + row + ` FROM "` + c.Table + `" WHERE "` + c.Name + `" = ? LIMIT 1)`
		r := in.Exec(`UPDATE "`+c.Table+`" SET "`+c.Name+`" = ? WHERE `+row+` = `+at, who, was)
		done = r.RowsAffected == 1
		if r.Error != nil {
			return r.Error
		}
		return in.Exec(`UPDATE members SET merged_into = '' WHERE id = ?`, was).Error
	})
	if err != nil {
		t.Fatalf("%s.%s: %v", c.Table, c.Name, err)
	}
	return done
}

// birdsAddress is that of birdOf.
const birdsAddress = "canaria@zwitscher.example"

// twice is a space in which one person is known twice: with a booking and a password by
// the first account, and by another.
type twice struct {
	*App
	t           *testing.T
	ctx         context.Context
	owner, bird actor.Actor
	space, into id.ID
}

func eachTwice(t *testing.T, fn func(w twice)) {
	t.Helper()
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		w := twice{App: a, t: t, ctx: t.Context()}
		w.owner, w.bird = birdOf(t, a)
		for space := range w.owner.Roles {
			w.space = space
		}
		w.into = somebodyNew(t, a, w.space, "Canaria Z")
		w.must(a.Auth.Give(w.ctx, actor.House, "another phrase of hers", w.into))
		w.must(a.Members.Confirm(w.ctx, w.into))
		fn(w)
	})
}

func (w twice) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w twice) merge() error {
	return w.Members.Merge(w.ctx, w.owner, w.space, w.bird.Member, w.into, canary)
}

func TestWhoWasKnownTwiceIsOne(t *testing.T) {
	eachTwice(t, func(w twice) {
		paper, err := w.Consent.Draft(w.ctx, actor.House, w.space, consent.Details{
			Kind: consent.Rules, Audience: consent.Everyone, Title: i18n.Text{EN: "House rules"}, Body: i18n.Text{EN: "Wear glasses."},
		})
		w.must(err)
		paper, err = w.Consent.Publish(w.ctx, actor.House, w.space, paper.ID, 0, false)
		w.must(err)
		if s, err := w.Consent.Standing(w.ctx, w.space, w.into); err != nil || len(s.Unsigned) != 1 {
			t.Fatalf("nothing is to sign: %+v, %v", s, err)
		}
		_, err = w.Consent.RecordSignature(w.ctx, actor.House, w.space, paper.ID, paper.Current.ID, w.bird.Member,
			consent.Signature{Name: canary, Language: "en"}, consent.Recording{How: consent.OnPaper})
		w.must(err)
		tokens, err := w.Auth.SignIn(w.ctx, auth.From{Address: "192.0.2.8"}, auth.Credentials{Email: birdsAddress, Password: "steel rule and ink"})
		w.must(err)

		w.must(w.merge())
		w.must(w.Jobs.RunDue(w.ctx))

		if _, err := w.Auth.Authenticate(w.ctx, tokens.Access); !errors.Is(err, auth.ErrSession) {
			t.Errorf("the session of the account that ended: %v", err)
		}
		if _, err := w.Auth.SignIn(w.ctx, auth.From{Address: "192.0.2.8"}, auth.Credentials{Email: birdsAddress, Password: "steel rule and ink"}); !errors.Is(err, auth.ErrWrong) {
			t.Errorf("its password: %v", err)
		}
		if who := signedIn(t, w.App, birdsAddress, "another phrase of hers"); who.Member != w.into {
			t.Errorf("its address and the other password sign in %s", who.Member)
		}
		if list, err := w.Booking.Bookings(w.ctx, actor.House, booking.Filter{Space: w.space, Member: w.into, Limit: 10}); err != nil || len(list.Items) != 1 {
			t.Errorf("bookings: %+v, %v", list, err)
		}
		if s, err := w.Consent.Standing(w.ctx, w.space, w.into); err != nil || len(s.Unsigned) != 0 {
			t.Errorf("what was signed does not count: %+v, %v", s.Unsigned, err)
		}
		// What is evidence is for nobody else to have.
		if err := w.DB.Tx(w.ctx, func(ctx context.Context) error {
			return w.DB.In(ctx).Exec(`UPDATE acceptances SET member_id = ?`, w.owner.Member).Error
		}); err == nil || !strings.Contains(err.Error(), "acceptances_immutable") {
			t.Errorf("a signature changed hands: %v", err)
		}
		w.must(w.Privacy.Erase(w.ctx, w.owner, w.space, w.into, "canaria.z@example.org"))
		for _, word := range []string{"Canaria", "canaria", "zwitscher", "9988776"} {
			for _, place := range mentions(t, w.App, word) {
				t.Errorf("after the erasure %q is still in %s", word, place)
			}
		}
	})
}

func TestWhoCanNotBeOnePersonIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		make func(w twice)
		want error
	}{
		"two plans": {func(w twice) {
			p, err := w.Plans.AddPlan(w.ctx, actor.House, plans.Plan{
				SpaceID: w.space, Code: "garage", Name: i18n.Text{EN: "Garage"}, PriceGroup: "member", PriceMinor: 4900, Currency: "EUR", Period: plans.Month, PeriodCount: 1, Renews: true,
			})
			w.must(err)
			for _, member := range []id.ID{w.bird.Member, w.into} {
				_, err := w.Plans.Subscribe(w.ctx, actor.House, plans.Start{Space: w.space, Member: member, Plan: p.ID})
				w.must(err)
			}
		}, plans.ErrBothRun},
		"two teams": {func(w twice) {
			for i, member := range []id.ID{w.bird.Member, w.into} {
				_, err := w.Teams.Found(w.ctx, actor.House, w.space, teams.NewTeam{Details: teams.Details{Kind: teams.Plain, Name: []string{"Wrens", "Larks"}[i], Seats: 3}, Member: member})
				w.must(err)
			}
		}, teams.ErrBothIn},
		"two days of birth": {func(w twice) {
			w.must(w.Consent.SayBirthday(w.ctx, actor.House, w.space, w.bird.Member, "1987-03-28", "passport"))
			w.must(w.Consent.SayBirthday(w.ctx, actor.House, w.space, w.into, "1987-03-29", "passport"))
		}, consent.ErrTwoBirthdays},
	} {
		t.Run(name, func(t *testing.T) {
			eachTwice(t, func(w twice) {
				c.make(w)
				if err := w.Members.MayMerge(w.ctx, w.owner, w.space, w.bird.Member, w.into); !errors.Is(err, c.want) {
					t.Errorf("may: %v", err)
				}
				if err := w.merge(); !errors.Is(err, c.want) {
					t.Errorf("merge: %v", err)
				}
				if who := signedIn(t, w.App, birdsAddress, "steel rule and ink"); who.Member != w.bird.Member {
					t.Error("the account ended all the same")
				}
			})
		})
	}
}

// A manager finds the demo's duplicates, compares them, is refused the wrong name, and
// merges them; the front desk does none of it.
func TestAManagerMergesDuplicatesOnThePage(t *testing.T) {
	a := theDemo(t)
	h := a.Handler()
	manager, desk := signIn(t, h, "manager@demo.example"), signIn(t, h, "desk@demo.example")
	if got := ask(h, http.MethodGet, "/s/harbour/duplicates", desk, nil); got.status != http.StatusForbidden {
		t.Errorf("the desk: %d", got.status)
	}
	var spaces struct{ Items []struct{ ID string } }
	decode(t, ask(h, http.MethodGet, "/api/v1/spaces", "", nil), &spaces)
	var pairs struct {
		Items []struct {
			Members []string `json:"member_ids"`
			Names   []string
			Why     []string
		}
	}
	decode(t, ask(h, http.MethodGet, "/api/v1/members/duplicates?space_id="+spaces.Items[0].ID, manager, nil), &pairs)
	var from, into string
	for _, p := range pairs.Items {
		if p.Names[1] == "Chen Li" {
			into, from = p.Members[0], p.Members[1]
		}
	}
	if from == "" {
		t.Fatalf("Chen Li is not found twice: %+v", pairs)
	}
	page := "/s/harbour/people/" + from + "/merge"
	if got := ask(h, http.MethodGet, "/s/harbour/duplicates", manager, nil); got.status != http.StatusOK || !strings.Contains(string(got.body), page+"?into="+into) {
		t.Errorf("the list: %d", got.status)
	}
	if got := ask(h, http.MethodGet, page+"?find=member007", manager, nil); !strings.Contains(string(got.body), page+"?into="+into) {
		t.Errorf("looked for: %d %s", got.status, got.body)
	}
	if got := ask(h, http.MethodGet, page+"?into="+into, manager, nil); got.status != http.StatusOK || !strings.Contains(string(got.body), `name="confirm"`) {
		t.Errorf("compared: %d %s", got.status, got.body)
	}
	for _, nobody := range []string{"/s/harbour/people/nobody/merge", page + "?into=nobody-at-all"} {
		if got := ask(h, http.MethodGet, nobody, manager, nil); got.status != http.StatusNotFound && got.status != http.StatusOK {
			t.Errorf("%s: %d", nobody, got.status)
		}
	}
	var preview struct {
		Allowed bool
		Moves   []struct{ Kind string }
	}
	at := "/api/v1/members/" + from + "/merge?space_id=" + spaces.Items[0].ID
	decode(t, ask(h, http.MethodGet, at+"&into="+into, manager, nil), &preview)
	if !preview.Allowed || len(preview.Moves) == 0 {
		t.Errorf("the preview: %+v", preview)
	}
	if got := form(h, page, manager, "into="+into+"&confirm=Chen"); got.status != http.StatusUnprocessableEntity || !strings.Contains(string(got.body), "Type the name") {
		t.Errorf("the wrong name: %d", got.status)
	}
	got := form(h, page, manager, "into="+into+"&confirm=Chen+Li")
	if got.status != http.StatusSeeOther || got.header.Get("Location") != "/s/harbour/people/"+into {
		t.Fatalf("merge: %d %s %s", got.status, got.header.Get("Location"), got.body)
	}
	if got := form(h, page, manager, "into="+into+"&confirm=Chen+Li"); got.status != http.StatusNotFound {
		t.Errorf("a second time: %d %s", got.status, got.body)
	}
	if got := ask(h, http.MethodPost, at, manager, map[string]string{"space_id": spaces.Items[0].ID, "into": into, "confirm": "Chen Li"}); got.status != http.StatusNotFound {
		t.Errorf("a second time over the API: %d %s", got.status, got.body)
	}
	if m, err := a.Members.ByEmail(t.Context(), "chen.li@demo.example"); err != nil || m.Name != "陈力" {
		t.Errorf("the address finds %+v, %v", m, err)
	}
}
