package app

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"gorm.io/gorm"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/config"
	"guildhall/internal/db"
	"guildhall/internal/id"
	"guildhall/internal/members"
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
		"sqlite":   func(t *testing.T) config.Config { return config.Config{Data: t.TempDir(), Listen: "127.0.0.1:0"} },
		"postgres": func(t *testing.T) config.Config { return config.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Database: testkit.PostgresURL(t)} },
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
