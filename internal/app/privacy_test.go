package app

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/auth"
	"guildhall/internal/booking"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/equipment"
	"guildhall/internal/members"
	"guildhall/internal/privacy"
)

// notInTheDossier are tables that name a person and that no dossier shows, and why.
var notInTheDossier = map[string]string{
	"idempotency_keys": "answers that were given already, kept for a day against sending twice",
	"attempts":         "tries to sign in, by a fingerprint of the address, kept for a day",
	"refresh_tokens":   "secrets of a session; the session is in the dossier",
	"ceremonies":       "challenges of a passkey, kept for minutes",
	"erasures":         "of people of whom nothing else is known",
	"occupancies":      "the time of a booking, which is in the dossier",
	"closures":         "what staff closed, which is about a machine",
	"rules":            "what binds everybody",
}

// namesPeople reports whether a column holds the id of a person.
func namesPeople(column string) bool {
	return column == "member_id" || strings.HasSuffix(column, "_member_id") || column == "guardian_id" || column == "payer_id"
}

func TestEveryTableThatNamesAPersonIsInTheDossierOrHasAReason(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		shown := map[string]bool{}
		for n := range a.Reports.Sections() {
			s, err := a.Reports.Section(t.Context(), actor.House, "nobody", n)
			if err != nil {
				t.Fatal(err)
			}
			shown[s.Name] = true
		}
		source := `SELECT m.name AS "table", c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`
		if a.DB.Dialect() == db.Postgres {
			source = `SELECT table_name AS "table", column_name AS name FROM information_schema.columns WHERE table_schema = 'public'`
		}
		var columns []struct{ Table, Name string }
		if err := a.DB.In(t.Context()).Raw(source).Scan(&columns).Error; err != nil {
			t.Fatal(err)
		}
		if len(columns) < 100 {
			t.Fatalf("only %d columns: this test looks in the wrong place", len(columns))
		}
		for _, c := range columns {
			if namesPeople(c.Name) && !shown[c.Table] && notInTheDossier[c.Table] == "" {
				t.Errorf("%s.%s: neither in the dossier nor on the list with a reason", c.Table, c.Name)
			}
		}
	})
}

// fresh is somebody who proved a moment ago who they are.
func fresh(a *App, by actor.Actor) actor.Actor {
	by.ProvedAt = a.Clock.Now()
	return by
}

const canary = "Canaria Zwitscher"

// birdOf is the owner of a new space, and a member of it whose words stand in many places.
func birdOf(t *testing.T, a *App) (owner, bird actor.Actor) {
	t.Helper()
	ctx := t.Context()
	space := setUp(t, a, "community")
	owner = fresh(a, signedIn(t, a, ingrid.Email, ingrid.Password))
	m, err := a.Members.Enrol(ctx, owner, space.ID, members.Enrolment{Name: canary, Email: "canaria@zwitscher.example", Phone: "+49 171 9988776", Locale: "en"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Members.Confirm(ctx, m.ID); err != nil {
		t.Fatal(err)
	}
	if err := a.Auth.Give(ctx, actor.House, "steel rule and ink", m.ID); err != nil {
		t.Fatal(err)
	}
	bird = fresh(a, signedIn(t, a, "canaria@zwitscher.example", "steel rule and ink"))
	things, err := a.Equipment.Resources(ctx, owner, space.ID, equipment.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(things, func(r equipment.Resource) bool { return r.Bookable && len(r.Certifications) == 0 })
	slots, err := a.Booking.Availability(ctx, bird, booking.Window{
		Space: space.ID, Resource: things[at].ID, Member: bird.Member, From: a.Clock.Now(), To: a.Clock.Now().Add(48 * time.Hour), Length: 60,
	})
	if err != nil {
		t.Fatal(err)
	}
	free := slices.IndexFunc(slots, func(s booking.Slot) bool { return s.Bookable })
	if free < 0 {
		t.Fatalf("nothing is offered: %+v", slots)
	}
	if _, err := a.Booking.Book(ctx, bird, booking.Request{
		Space: space.ID, Resource: things[at].ID, StartsAt: slots[free].StartsAt, EndsAt: slots[free].EndsAt, Note: "for " + canary,
	}); err != nil {
		t.Fatal(err)
	}
	return owner, bird
}

func TestAPersonGetsEverythingInOneFileOnce(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx := t.Context()
		owner, bird := birdOf(t, a)
		stale := bird
		stale.ProvedAt = clock.Instant{}
		e, err := a.Privacy.Ask(ctx, bird)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Privacy.Ask(ctx, bird); !errors.Is(err, privacy.ErrInTheMaking) {
			t.Errorf("a second while the first is made: %v", err)
		}
		if _, err := a.Privacy.Fetch(ctx, bird, e.ID); !errors.Is(err, privacy.ErrNotReady) {
			t.Errorf("before it is ready: %v", err)
		}
		if err := a.Jobs.RunDue(ctx); err != nil {
			t.Fatal(err)
		}
		list, err := a.Privacy.Exports(ctx, bird)
		if err != nil || len(list) != 1 || list[0].Status(now.Now()) != privacy.Ready || list[0].Percent() != 100 {
			t.Fatalf("%+v, %v", list, err)
		}
		if _, err := a.Privacy.Fetch(ctx, owner, e.ID); !errors.Is(err, privacy.ErrNoSuchExport) {
			t.Errorf("somebody else's file: %v", err)
		}
		body, err := a.Privacy.Fetch(ctx, bird, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		files := unzip(t, body)
		var all struct {
			Members  []map[string]any `json:"members"`
			Bookings []map[string]any `json:"bookings"`
		}
		if err := json.Unmarshal(files["data.json"], &all); err != nil {
			t.Fatal(err)
		}
		if len(all.Members) != 1 || all.Members[0]["name"] != canary || len(all.Bookings) != 1 || all.Bookings[0]["note"] != "for "+canary {
			t.Errorf("data.json: %s", files["data.json"])
		}
		if !bytes.Contains(files["csv/bookings.csv"], []byte("for "+canary)) || !bytes.Contains(files["bookings.ics"], []byte("BEGIN:VEVENT")) {
			t.Errorf("tables: %s calendar: %s", files["csv/bookings.csv"], files["bookings.ics"])
		}
		for name, file := range files {
			if bytes.Contains(file, []byte("$argon2id$")) {
				t.Errorf("%s holds the hash of a password", name)
			}
		}
		if _, err := a.Privacy.Fetch(ctx, bird, e.ID); !errors.Is(err, privacy.ErrFetched) {
			t.Errorf("a second time: %v", err)
		}
		now.Advance(privacy.KeptFor)
		if err := a.Privacy.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if list, err := a.Privacy.Exports(ctx, bird); err != nil || len(list) != 0 {
			t.Errorf("after a week: %+v, %v", list, err)
		}
	})
}

func unzip(t *testing.T, body []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		r.Close()
	}
	return files
}

func TestWhoIsErasedIsGone(t *testing.T) {
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		ctx := t.Context()
		owner, bird := birdOf(t, a)
		if err := a.Privacy.Erase(ctx, bird, "", bird.Member, "someone@else.example"); !errors.Is(err, privacy.ErrConfirm) {
			t.Errorf("with another address: %v", err)
		}
		if err := a.Privacy.Erase(ctx, owner, "", owner.Member, ingrid.Email); !errors.Is(err, members.ErrLastOwner) {
			t.Errorf("the last owner: %v", err)
		}
		if err := a.Privacy.Erase(ctx, bird, "", bird.Member, " Canaria@zwitscher.example "); err != nil {
			t.Fatal(err)
		}
		if err := a.Jobs.RunDue(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Auth.SignIn(ctx, auth.From{Address: "192.0.2.7"}, auth.Credentials{Email: "canaria@zwitscher.example", Password: "steel rule and ink"}); !errors.Is(err, auth.ErrWrong) {
			t.Errorf("they still sign in: %v", err)
		}
		if who, err := a.Members.Actor(ctx, bird.Member); err != nil || len(who.Roles) != 0 || who.Name == canary {
			t.Errorf("they are still %+v, %v", who, err)
		}
		for _, word := range []string{"Canaria", "canaria", "zwitscher", "9988776"} {
			for _, place := range mentions(t, a, word) {
				t.Errorf("%q is still in %s", word, place)
			}
		}
		if found, err := a.Verify(ctx); err != nil || len(found) > 0 {
			t.Errorf("verify: %v, %v", found, err)
		}
		if err := a.Privacy.Erase(ctx, bird, "", bird.Member, "canaria@zwitscher.example"); err == nil {
			t.Error("erased a second time")
		}
	})
}

// mentions are the columns in which a word stands anywhere.
func mentions(t *testing.T, a *App, word string) []string {
	t.Helper()
	source := `SELECT m.name AS "table", c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`
	if a.DB.Dialect() == db.Postgres {
		source = `SELECT table_name AS "table", column_name AS name FROM information_schema.columns WHERE table_schema = 'public'`
	}
	var columns []struct{ Table, Name string }
	if err := a.DB.In(t.Context()).Raw(source).Scan(&columns).Error; err != nil {
		t.Fatal(err)
	}
	var places []string
	for _, c := range columns {
		var n int64
		if err := a.DB.In(t.Context()).Raw(`SELECT COUNT(*) FROM "`+c.Table+`" WHERE CAST("`+c.Name+`" AS TEXT) LIKE ?`, "%"+word+"%").Scan(&n).Error; err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			places = append(places, c.Table+"."+c.Name)
		}
	}
	return places
}

// An older copy of the data, put back, does not bring anybody back.
func TestARestoredCopyForgetsAgain(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		ctx := t.Context()
		_, bird := birdOf(t, a)
		file := filepath.Join(a.Config.Folder(), erasuresFile)
		if err := os.WriteFile(file, []byte(bird.Member.String()+"\nnobody-ever\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{1, 0} {
			if n, err := a.Privacy.Remember(ctx); err != nil || n != want {
				t.Errorf("erased %d again, want %d: %v", n, want, err)
			}
		}
		if places := mentions(t, a, "Canaria"); len(places) > 0 {
			t.Errorf("still in %v", places)
		}
	})
}

func TestOnlyTheRightOneErases(t *testing.T) {
	each(t, func(t *testing.T, a *App, _ *clock.Movable) {
		owner, bird := birdOf(t, a)
		for space := range owner.Roles {
			if err := a.Privacy.Erase(t.Context(), bird, space, owner.Member, ingrid.Email); !errors.Is(err, actor.ErrForbidden) {
				t.Errorf("a member, of the owner: %v", err)
			}
			if err := a.Privacy.Erase(t.Context(), owner, space, bird.Member, "canaria@zwitscher.example"); err != nil {
				t.Errorf("the owner, of a member: %v", err)
			}
		}
	})
}
