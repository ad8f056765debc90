package migrations_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/db"
	"guildhall/internal/testkit"
	"guildhall/migrations"
)

// rows are those of one table, by the names of their columns.
type rows []map[string]any

// TestMigrationsKeepEveryRow migrates a database that was lived in: every row it
// had under version 3 is there afterwards, with the values it had.
func TestMigrationsKeepEveryRow(t *testing.T) {
	before := readRows(t, "testdata/00003.json")
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		if err := migrations.Down(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		if err := migrations.RunTo(t.Context(), d, 3); err != nil {
			t.Fatal(err)
		}
		for _, c := range columns(t, d) {
			if len(before[c.Table]) == 0 {
				t.Fatalf("the data from before has no row of %s", c.Table)
			}
		}
		fill(t, d, before)
		if err := migrations.Run(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		for table, want := range before {
			if diff := cmp.Diff(sorted(want), sorted(stored(t, d, table, want))); diff != "" {
				t.Errorf("%s (-before +after):\n%s", table, diff)
			}
		}
		if broken, err := d.Check(t.Context()); err != nil || len(broken) > 0 {
			t.Errorf("the database finds broken: %v (%v)", broken, err)
		}
	})
}

func readRows(t *testing.T, file string) map[string]rows {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var all map[string]rows
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	for _, table := range all {
		for _, row := range table {
			for name, value := range row {
				row[name] = read(t, value)
			}
		}
	}
	return all
}

// read is a value of the file as a database has it.
func read(t *testing.T, value any) any {
	t.Helper()
	switch v := value.(type) {
	case json.Number:
		n, err := v.Int64()
		if err != nil {
			t.Fatal(err)
		}
		return n
	case map[string]any:
		blob, err := base64.StdEncoding.DecodeString(v["base64"].(string))
		if err != nil {
			t.Fatal(err)
		}
		return blob
	}
	return value
}

// fill writes the rows as they are, in whatever order: what refers to what is
// asked again at the end.
func fill(t *testing.T, d *db.DB, all map[string]rows) {
	t.Helper()
	conn, err := d.SQL().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	run := func(statement string, values ...any) {
		t.Helper()
		if _, err := conn.ExecContext(t.Context(), statement, values...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	anyOrder, checked := "PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"
	if d.Dialect() == db.Postgres {
		anyOrder, checked = "SET session_replication_role = replica", "SET session_replication_role = origin"
	}
	flags := map[string]bool{}
	for _, c := range query[struct{ Name string }](t, d, booleans(d)) {
		flags[c.Name] = true
	}
	run(anyOrder)
	for table, list := range all {
		for _, row := range list {
			names := names(row)
			values, places := make([]any, len(names)), make([]string, len(names))
			for i, name := range names {
				values[i], places[i] = row[name], fmt.Sprintf("$%d", i+1)
				if flags[table+"."+name] {
					values[i] = row[name] == int64(1)
				}
			}
			run("INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES ("+strings.Join(places, ", ")+")", values...)
		}
	}
	run(checked)
}

// booleans lists the columns that hold yes or no; SQLite has numbers for that.
func booleans(d *db.DB) string {
	if d.Dialect() == db.SQLite {
		return "SELECT '' AS name WHERE false"
	}
	return "SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'boolean'"
}

// stored are the rows of a table now, as far as the columns go that it had.
func stored(t *testing.T, d *db.DB, table string, like rows) rows {
	t.Helper()
	names := names(like[0])
	found, err := d.SQL().QueryContext(t.Context(), "SELECT "+strings.Join(names, ", ")+" FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	var all rows
	for found.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := map[string]any{}
		for i, name := range names {
			row[name] = plain(values[i])
		}
		all = append(all, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func plain(value any) any {
	if yes, ok := value.(bool); ok {
		if yes {
			return int64(1)
		}
		return int64(0)
	}
	return value
}

func names(row map[string]any) []string {
	var all []string
	for name := range row {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

func sorted(list rows) rows {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b map[string]any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return list
}
