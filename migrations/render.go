package migrations

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"testing/fstest"

	"guildhall/internal/db"
)

// macros are the words that the engines spell differently.
var macros = map[db.Dialect]map[string]string{
	db.SQLite:   {"strict": " STRICT", "bool": "INTEGER", "blob": "BLOB"},
	db.Postgres: {"strict": "", "bool": "BOOLEAN", "blob": "BYTEA"},
}

var (
	macro  = regexp.MustCompile(`\$\{(\w*)\}`)
	bigint = regexp.MustCompile(`\bBIGINT\b`)
)

// render gives every migration as this engine reads it: macros replaced, BIGINT as
// SQLite's INTEGER, and of the blocks
//
//	--@sqlite
//	…
//	--@postgres
//	…
//	--@end
//
// only the engine's own. An unknown macro, an unknown block or one left open is an error.
func render(source fs.FS, dialect db.Dialect) (fs.FS, error) {
	names, err := fs.Glob(source, "[0-9]*.sql")
	if err != nil {
		return nil, err
	}
	rendered := fstest.MapFS{}
	for _, name := range names {
		text, err := fs.ReadFile(source, name)
		if err != nil {
			return nil, err
		}
		out, err := renderFile(string(text), dialect)
		if err != nil {
			return nil, fmt.Errorf("migrations: %s:%w", name, err)
		}
		rendered[name] = &fstest.MapFile{Data: []byte(out)}
	}
	return rendered, nil
}

func renderFile(text string, dialect db.Dialect) (string, error) {
	var out strings.Builder
	block := "" // the engine whose block we are in
	for i, line := range strings.SplitAfter(text, "\n") {
		if mark, ok := strings.CutPrefix(strings.TrimSpace(line), "--@"); ok {
			switch {
			case mark == "end" && block != "":
				block = ""
			case mark == string(db.SQLite) || mark == string(db.Postgres):
				block = mark
			default:
				return "", fmt.Errorf("%d: --@%s does not fit here", i+1, mark)
			}
			out.WriteString("\n") // so that line numbers stay
			continue
		}
		if block != "" && block != string(dialect) {
			out.WriteString("\n")
			continue
		}
		var unknown string
		line = macro.ReplaceAllStringFunc(line, func(m string) string {
			word, ok := macros[dialect][m[2:len(m)-1]]
			if !ok {
				unknown = m
			}
			return word
		})
		if unknown != "" {
			return "", fmt.Errorf("%d: unknown macro %s", i+1, unknown)
		}
		if dialect == db.SQLite {
			line = bigint.ReplaceAllString(line, "INTEGER")
		}
		out.WriteString(line)
	}
	if block != "" {
		return "", fmt.Errorf(" the block --@%s is not ended", block)
	}
	return out.String(), nil
}
