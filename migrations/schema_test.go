package migrations_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/db"
	"guildhall/internal/testkit"
	"guildhall/migrations"
)

var update = flag.Bool("update", false, "rewrite schema.golden.sql")

// column is a column as both engines see it.
type column struct {
	Table, Name string
	Type        string // text | integer | boolean | blob
	Nullable    bool
}

// ours leaves out the tables of goose and River.
func ours(table string) bool {
	return !strings.HasPrefix(table, "goose_") && !strings.HasPrefix(table, "river_") && !strings.HasPrefix(table, "sqlite_")
}

func query[T any](t *testing.T, d *db.DB, sql string) []T {
	t.Helper()
	var rows []T
	if err := d.In(t.Context()).Raw(sql).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}

func columns(t *testing.T, d *db.DB) []column {
	t.Helper()
	source := `SELECT m.name AS "table", c.name, lower(c.type) AS type, c."notnull" = 0 AS nullable
		FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`
	if d.Dialect() == db.Postgres {
		source = `SELECT table_name AS "table", column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable
			FROM information_schema.columns WHERE table_schema = 'public'`
	}
	var all []column
	for _, c := range query[column](t, d, source) {
		if !ours(c.Table) {
			continue
		}
		switch c.Type {
		case "bigint", "boolean": // SQLite has one kind of number
			c.Type = "integer"
		case "bytea":
			c.Type = "blob"
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b column) int { return strings.Compare(a.Table+"."+a.Name, b.Table+"."+b.Name) })
	return all
}

// constraint is a promise of the schema by its name.
type constraint struct{ Table, Name string }

func indexes(t *testing.T, d *db.DB) []string {
	t.Helper()
	source := `SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND name NOT LIKE 'river_%' ORDER BY name`
	if d.Dialect() == db.Postgres {
		source = `SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE 'river_%' AND indexname NOT LIKE 'goose_%'
			AND indexname NOT IN (SELECT conname FROM pg_constraint) ORDER BY indexname`
	}
	return query[string](t, d, source)
}

func TestBothEnginesHaveTheSameTables(t *testing.T) {
	lite, pg := testkit.DB(t), testkit.Postgres(t)
	if diff := cmp.Diff(columns(t, lite), columns(t, pg)); diff != "" {
		t.Errorf("columns (-sqlite +postgres):\n%s", diff)
	}
	if diff := cmp.Diff(indexes(t, lite), indexes(t, pg)); diff != "" {
		t.Errorf("indexes (-sqlite +postgres):\n%s", diff)
	}
	// Every named constraint of PostgreSQL is in SQLite's text, but the wall against
	// overlap, which is a trigger there.
	text := strings.Join(query[string](t, lite, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"), "\n")
	for _, c := range query[constraint](t, pg, `SELECT conrelid::regclass::text AS "table", conname AS name FROM pg_constraint WHERE conrelid <> 0 AND connamespace = 'public'::regnamespace`) {
		if ours(c.Table) && !strings.Contains(text, c.Name) {
			t.Errorf("SQLite has no %s of %s", c.Name, c.Table)
		}
	}
}

func TestTablesAreStrictOnSQLite(t *testing.T) {
	for _, name := range query[string](t, testkit.DB(t), "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0") {
		if ours(name) {
			t.Errorf("%s takes text where a number is meant", name)
		}
	}
}

// TestSchema holds schema.golden.sql, which is for people to read, to what the
// migrations come to. Rewrite it with: go test ./migrations -update
func TestSchema(t *testing.T) {
	var b strings.Builder
	b.WriteString("-- What the migrations come to. Made by a test: go test ./migrations -update\n\n-- SQLite ------------------------------------------------------------------\n")
	type object struct{ Table, SQL string }
	for _, o := range query[object](t, testkit.DB(t), `SELECT tbl_name AS "table", sql FROM sqlite_master WHERE sql IS NOT NULL
		ORDER BY tbl_name, CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 ELSE 3 END, name`) {
		if ours(o.Table) {
			fmt.Fprintf(&b, "\n%s;\n", o.SQL)
		}
	}
	b.WriteString("\n-- PostgreSQL: the same, but --------------------------------------------------\n\n")
	for _, line := range query[string](t, testkit.Postgres(t), `SELECT format('ALTER TABLE %s ADD CONSTRAINT %s %s;', conrelid::regclass, conname, pg_get_constraintdef(oid))
		FROM pg_constraint WHERE contype = 'x' ORDER BY conname`) {
		b.WriteString(line + "\n")
	}
	const file = "schema.golden.sql"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s is stale; if this is meant, run go test ./migrations -update:\n%s", file, diff)
	}
}

func TestMigrationsCanBeTakenBackAndRunAgain(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		before := columns(t, d)
		if err := migrations.Down(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if left := columns(t, d); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
		if has, newest, err := migrations.Version(t.Context(), d); err != nil || has != 0 || newest < 1 {
			t.Errorf("version %d of %d (%v)", has, newest, err)
		}
		for range 2 { // the second time there is nothing to do
			if err := migrations.Run(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(before, columns(t, d)); diff != "" {
			t.Errorf("not as before:\n%s", diff)
		}
		if has, newest, err := migrations.Version(t.Context(), d); err != nil || has != newest {
			t.Errorf("version %d of %d (%v)", has, newest, err)
		}
	})
}

func TestSeveralProgramsMayMigrateAtOnce(t *testing.T) {
	url := testkit.PostgresURL(t)
	first := testkit.Open(t, db.Config{URL: url})
	if err := migrations.Down(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		d := testkit.Open(t, db.Config{URL: url})
		wg.Go(func() {
			if err := migrations.Run(t.Context(), d); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if has, newest, err := migrations.Version(t.Context(), first); err != nil || has != newest {
		t.Errorf("version %d of %d (%v)", has, newest, err)
	}
}
