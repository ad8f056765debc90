package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "guildhall/"

// The storeys, from the cellar up. A package may import those beneath its own, and
// of its own only where it says so.
var (
	// foundation knows no makerspace.
	foundation = words("db jobs mail fault actor id money clock config i18n audit idempotency imports sheet pdf picture outbound")
	// domains are what a makerspace is. They don't know each other.
	domains = words("spaces members intake teams plans certifications equipment booking billing events shop incubation access auth consent desk privacy profiles proofs")
)

func words(s string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(s) {
		set["internal/"+w] = true
	}
	return set
}

// storey is where a package of ours stands.
func storey(pkg string) string {
	switch {
	case pkg == "internal/arch": // this
		return "arch"
	case foundation[pkg]:
		return "foundation"
	case domains[pkg]:
		return "domain"
	case pkg == "migrations", pkg == "internal/reports", pkg == "internal/app", pkg == "internal/demo", pkg == "internal/testkit":
		return path.Base(pkg)
	case pkg == "web/view":
		return "view"
	case pkg == "web/static", strings.HasPrefix(pkg, "web/static/"):
		return "static"
	case pkg == "web", strings.HasPrefix(pkg, "web/"):
		return "web"
	case strings.HasPrefix(pkg, "cmd/"):
		return "cmd"
	case pkg == "e2e", strings.HasPrefix(pkg, "e2e/"), pkg == "bench", strings.HasPrefix(pkg, "bench/"):
		return "proof" // looks at the house from outside, and may look anywhere
	}
	return ""
}

// picture says what each storey may import of ours.
var picture = map[string]string{
	"cmd":        "app config clock",
	"app":        "web static view demo reports domain foundation migrations",
	"demo":       "domain foundation",
	"web":        "web view static reports domain foundation",
	"view":       "static reports domain foundation",
	"static":     "static",
	"reports":    "foundation",
	"domain":     "foundation",
	"foundation": "foundation",
	"migrations": "db",
	"testkit":    "migrations foundation",
	"proof":      "proof app demo reports domain foundation migrations config web view static",
}

// within reports whether one storey's package may import the other package.
func within(from, to string) bool {
	for _, allowed := range strings.Fields(picture[storey(from)]) {
		if storey(to) == allowed || to == "internal/"+allowed {
			return true
		}
	}
	return false
}

// libraries are those that one place owns: nobody else may import them.
var libraries = []struct {
	prefix string
	may    func(file source) bool
	who    string
}{
	{"gorm.io/", func(f source) bool {
		return f.name == "store.go" || f.pkg == "internal/db" || f.pkg == "internal/reports"
	}, "store.go, db, and reports, which is nothing but queries"},
	{"github.com/mattn/go-sqlite3", in("internal/db", "bench", "bench/place"), "db, and the floor that bench measures"},
	{"github.com/jackc/pgx", in("internal/db", "internal/testkit"), "db and testkit"},
	{"github.com/riverqueue/", in("internal/jobs", "migrations"), "jobs and migrations"},
	{"github.com/pressly/goose", in("migrations"), "migrations"},
	{"github.com/labstack/echo", under("web"), "web"},
	{"github.com/danielgtaylor/huma", under("web"), "web/api"},
	{"github.com/a-h/templ", under("web"), "web and web/view"},
	{"github.com/golang-jwt/", in("internal/auth"), "auth"},
	{"codeberg.org/go-pdf/fpdf", in("internal/pdf"), "pdf"},
	{"github.com/wneessen/go-mail", in("internal/mail"), "mail"},
	{"github.com/nicksnyder/go-i18n", in("internal/i18n"), "i18n"},
	{"github.com/bojanz/currency", in("internal/i18n", "internal/money"), "i18n and money"},
	{"github.com/alecthomas/kong", in("cmd/server", "internal/config"), "cmd/server and config"},
	{"github.com/chromedp/", under("e2e"), "e2e"},
}

func in(pkgs ...string) func(source) bool {
	return func(f source) bool { return slices.Contains(pkgs, f.pkg) }
}

func under(pkg string) func(source) bool {
	return func(f source) bool { return f.pkg == pkg || strings.HasPrefix(f.pkg, pkg+"/") }
}

// measuring are the files that may ask the machine's clock, and why: they measure
// how long something takes and decide nothing of the trade by it.
var measuring = map[string]string{
	"internal/clock/clock.go":      "it is the clock",
	"internal/db/group.go":         "how long a group is open",
	"internal/db/postgres.go":      "what is slow",
	"internal/db/log.go":           "what is slow",
	"internal/testkit/postgres.go": "until the server has started",
	"web/middleware.go":            "how long a request took",
}

// source is a Go file of ours that is no test and not generated.
type source struct {
	pkg, name string // "internal/db", "group.go"
	file      *ast.File
	fset      *token.FileSet
}

func (f source) path() string { return f.pkg + "/" + f.name }

func (f source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", f.path(), f.fset.Position(n.Pos()).Line)
}

// imports lists ours and others', without the module's name in ours.
func (f source) imports() (ours, others []string) {
	for _, spec := range f.file.Imports {
		p := strings.Trim(spec.Path.Value, `"`)
		if own, ok := strings.CutPrefix(p, module); ok {
			ours = append(ours, own)
		} else {
			others = append(others, p)
		}
	}
	return ours, others
}

const root = "../.."

// files walks the tree, leaving out what the go tool leaves out.
func files(t *testing.T, suffix string, each func(path string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && p != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "node_modules"):
			return fs.SkipDir
		case !d.IsDir() && strings.HasSuffix(p, suffix):
			each(filepath.ToSlash(strings.TrimPrefix(p, root+string(filepath.Separator))))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	files(t, ".go", func(p string) {
		if strings.HasSuffix(p, "_test.go") {
			return
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, filepath.Join(root, p), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if ast.IsGenerated(file) || constrained(file, "deps") {
			return
		}
		all = append(all, source{path.Dir(p), path.Base(p), file, fset})
	})
	if len(all) < 50 {
		t.Fatalf("only %d files found: this test looks in the wrong place", len(all))
	}
	return all
}

func constrained(file *ast.File, tag string) bool {
	for _, group := range file.Comments {
		if group.Pos() < file.Package && strings.Contains(group.List[0].Text, "//go:build "+tag) {
			return true
		}
	}
	return false
}

func TestArrowsGoDownOnly(t *testing.T) {
	for _, f := range sources(t) {
		if storey(f.pkg) == "" {
			t.Errorf("%s: %s has no place in the picture; give it one", f.path(), f.pkg)
			continue
		}
		ours, _ := f.imports()
		for _, to := range ours {
			if !within(f.pkg, to) {
				t.Errorf("%s imports %s: a %s may not", f.path(), to, storey(f.pkg))
			}
		}
	}
}

func TestThePictureIsTheOneOfTheHouse(t *testing.T) {
	for _, c := range []struct {
		from, to string
		may      bool
	}{
		{"internal/booking", "internal/members", false}, // no sideways arrows
		{"internal/booking", "internal/reports", false},
		{"internal/booking", "internal/app", false},
		{"internal/booking", "web", false},
		{"internal/booking", "internal/db", true},
		{"internal/db", "internal/booking", false},
		{"internal/db", "internal/fault", true},
		{"internal/reports", "internal/booking", false},
		{"internal/app", "internal/booking", true},
		{"internal/app", "web", true},
		{"web", "internal/app", false},
		{"web", "internal/booking", true},
		{"web", "internal/testkit", false},
		{"web/view", "web", false},
		{"web/api", "web/view", true},
		{"cmd/server", "internal/app", true},
		{"cmd/server", "internal/booking", false},
		{"e2e", "internal/app", true},
	} {
		if within(c.from, c.to) != c.may {
			t.Errorf("%s imports %s: allowed %v, want %v", c.from, c.to, !c.may, c.may)
		}
	}
}

func TestEveryLibraryHasOneOwner(t *testing.T) {
	for _, f := range sources(t) {
		_, others := f.imports()
		for _, to := range others {
			for _, l := range libraries {
				if strings.HasPrefix(to, l.prefix) && !l.may(f) {
					t.Errorf("%s imports %s, which only %s may", f.path(), to, l.who)
				}
			}
		}
	}
}

func TestADomainIsNotTiedToHTTP(t *testing.T) {
	for _, f := range sources(t) {
		_, others := f.imports()
		if storey(f.pkg) == "domain" && slices.Contains(others, "net/http") {
			t.Errorf("%s imports net/http", f.path())
		}
	}
}

// A view is given data and fetches nothing.
func TestViewsAskNoService(t *testing.T) {
	for _, f := range sources(t) {
		if storey(f.pkg) != "view" {
			continue
		}
		selectors(f, func(s *ast.SelectorExpr, x string) {
			if s.Sel.Name == "Service" {
				t.Errorf("%s: %s.Service", f.at(s), x)
			}
		})
	}
}

func TestTimeIsHandedIn(t *testing.T) {
	for _, f := range sources(t) {
		if storey(f.pkg) == "proof" || storey(f.pkg) == "cmd" || measuring[f.path()] != "" {
			continue
		}
		selectors(f, func(s *ast.SelectorExpr, x string) {
			if x == "time" && slices.Contains([]string{"Now", "Since", "Until"}, s.Sel.Name) {
				t.Errorf("%s: time.%s; ask a clock.Clock", f.at(s), s.Sel.Name)
			}
		})
	}
	for p := range measuring {
		if _, err := os.Stat(filepath.Join(root, p)); err != nil {
			t.Errorf("the list of those who measure names %s, which is not there", p)
		}
	}
}

func TestMoneyIsNeverAFloat(t *testing.T) {
	for _, f := range sources(t) {
		if f.pkg != "internal/money" && f.pkg != "internal/billing" {
			continue
		}
		ast.Inspect(f.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				if n.Name == "float64" || n.Name == "float32" {
					t.Errorf("%s: %s", f.at(n), n.Name)
				}
			case *ast.BasicLit:
				if n.Kind == token.FLOAT {
					t.Errorf("%s: %s", f.at(n), n.Value)
				}
			}
			return true
		})
	}
}

// Save re-inserts a row that was deleted; AutoMigrate rebuilds tables and drops triggers.
func TestGORMsTrapsAreNotSteppedIn(t *testing.T) {
	for _, f := range sources(t) {
		ast.Inspect(f.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && (s.Sel.Name == "Save" || s.Sel.Name == "AutoMigrate") {
				t.Errorf("%s: .%s(", f.at(s), s.Sel.Name)
			}
			return true
		})
	}
}

// A handle of GORM goes round without its import; SQL is in store.go all the same,
// but for reports, which is nothing but queries.
func TestSQLIsInTheStoreAlone(t *testing.T) {
	for _, f := range sources(t) {
		if f.name == "store.go" || f.pkg == "internal/db" || !slices.Contains([]string{"foundation", "domain", "app", "demo"}, storey(f.pkg)) {
			continue
		}
		ast.Inspect(f.file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains([]string{"Exec", "Raw", "ExecContext", "QueryContext", "QueryRowContext"}, s.Sel.Name) {
				t.Errorf("%s: .%s", f.at(s), s.Sel.Name)
			}
			return true
		})
	}
}

// Files are split by noun. What belongs to no noun belongs nowhere.
func TestFilesAreNamedByNouns(t *testing.T) {
	kinds := []string{"types.go", "utils.go", "util.go", "errors.go", "helpers.go", "common.go", "models.go", "consts.go", "interfaces.go"}
	for _, f := range sources(t) {
		if storey(f.pkg) == "domain" && slices.Contains(kinds, f.name) {
			t.Errorf("%s is named by kind", f.path())
		}
		if slices.Contains([]string{"utils", "util", "common", "models", "helpers"}, path.Base(f.pkg)) {
			t.Errorf("%s: a package that is named by kind", f.pkg)
		}
	}
}

// The content security policy lets nothing inline through, so it would not work anyway.
func TestPagesHaveNothingInline(t *testing.T) {
	inline := []*regexp.Regexp{
		regexp.MustCompile(`\sstyle=`),
		regexp.MustCompile(`<style[\s>]`),
		regexp.MustCompile(`\son[a-z]+=["{]`),
		regexp.MustCompile(`<script>|<script\s+(?:type="[^"]*"\s*)?>`),
		regexp.MustCompile(`javascript:`),
	}
	n := 0
	files(t, ".templ", func(p string) {
		n++
		text, err := os.ReadFile(filepath.Join(root, p))
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			for _, re := range inline {
				if found := re.FindString(line); found != "" && !strings.HasPrefix(strings.TrimSpace(line), "//") {
					t.Errorf("%s:%d: %q", p, i+1, found)
				}
			}
		}
	})
	if n == 0 {
		t.Fatal("no templ files found: this test looks in the wrong place")
	}
}

// A package says what it owns, and an exported name what it is.
func TestWhatIsExportedIsExplained(t *testing.T) {
	explained := map[string]bool{}
	all := sources(t)
	for _, f := range all {
		explained[f.pkg] = explained[f.pkg] || f.file.Doc != nil
		for _, decl := range f.file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
					t.Errorf("%s: %s has no comment", f.at(d), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if name := exportedName(spec); name != "" && d.Doc == nil && specDoc(spec) == nil {
						t.Errorf("%s: %s has no comment", f.at(spec), name)
					}
				}
			}
		}
	}
	for _, f := range all {
		if !explained[f.pkg] {
			explained[f.pkg] = true
			t.Errorf("package %s has no comment", f.pkg)
		}
	}
}

func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	kind := d.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	name, ok := kind.(*ast.Ident)
	return ok && name.IsExported()
}

func exportedName(spec ast.Spec) string {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() {
			return s.Name.Name
		}
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() {
				return name.Name
			}
		}
	}
	return ""
}

// specDoc is the comment above or behind one line of a group.
func specDoc(spec ast.Spec) *ast.CommentGroup {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		return s.Doc
	case *ast.ValueSpec:
		if s.Doc != nil {
			return s.Doc
		}
		return s.Comment
	}
	return nil
}

// selectors calls each for every x.Sel of a file whose x is a plain name.
func selectors(f source, each func(s *ast.SelectorExpr, x string)) {
	ast.Inspect(f.file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				each(s, x.Name)
			}
		}
		return true
	})
}
