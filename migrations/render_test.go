package migrations

import (
	"strings"
	"testing"

	"guildhall/internal/db"
)

func TestOneSourceIsRenderedForEachEngine(t *testing.T) {
	const source = `CREATE TABLE t (
    id BIGINT NOT NULL, -- BIGINTs
    ok ${bool} NOT NULL,
    body ${blob}
)${strict};
--@sqlite
PRAGMA foreign_keys;
--@postgres
CREATE EXTENSION btree_gist;
--@end
DROP TABLE t;
`
	for dialect, want := range map[db.Dialect]string{
		db.SQLite: `CREATE TABLE t (
    id INTEGER NOT NULL, -- BIGINTs
    ok INTEGER NOT NULL,
    body BLOB
) STRICT;

PRAGMA foreign_keys;



DROP TABLE t;
`,
		db.Postgres: `CREATE TABLE t (
    id BIGINT NOT NULL, -- BIGINTs
    ok BOOLEAN NOT NULL,
    body BYTEA
);



CREATE EXTENSION btree_gist;

DROP TABLE t;
`,
	} {
		got, err := renderFile(source, dialect)
		if err != nil || got != want {
			t.Errorf("%s: %v\n%s", dialect, err, got)
		}
	}
}

func TestWhatRenderDoesNotKnowIsAnErrorWithItsLine(t *testing.T) {
	for source, want := range map[string]string{
		"a\n${json}\n":                 "2: unknown macro ${json}",
		"${}":                          "1: unknown macro ${}",
		"a\nb\n--@mysql\n":             "3: --@mysql",
		"--@end\n":                     "1: --@end",
		"--@sqlite\nPRAGMA x;\n":       "--@sqlite is not ended",
		"--@postgres\n${json}\n--@end": "unknown macro",
	} {
		if _, err := renderFile(source, db.Postgres); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", source, err, want)
		}
	}
}
