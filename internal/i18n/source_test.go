package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// source calls visit for every file of the project with this suffix that is not a test.
func source(t *testing.T, suffix string, visit func(name string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "node_modules" || len(d.Name()) > 2 && d.Name()[0] == '.') {
			return fs.SkipDir
		}
		if strings.HasSuffix(name, suffix) && !strings.HasSuffix(name, "_test.go") {
			visit(name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// calls parses the project and calls visit for each call in it.
func calls(t *testing.T, visit func(at string, imports map[string]string, call *ast.CallExpr)) {
	t.Helper()
	fset := token.NewFileSet()
	source(t, ".go", func(name string) {
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		imports := map[string]string{}
		for _, i := range f.Imports {
			where, _ := strconv.Unquote(i.Path.Value)
			as := where[strings.LastIndex(where, "/")+1:]
			if i.Name != nil {
				as = i.Name.Name
			}
			imports[as] = where
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				visit(fset.Position(call.Pos()).String(), imports, call)
			}
			return true
		})
	})
}

// literal is the string that e is written as; whole is false when it only begins so.
func literal(e ast.Expr) (s string, whole, ok bool) {
	switch x := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(x.Value)
		return s, true, err == nil && x.Kind == token.STRING
	case *ast.BinaryExpr:
		s, _, ok := literal(x.X)
		return s, false, ok
	}
	return "", false, false
}

func TestEveryRefusalHasItsSentence(t *testing.T) {
	position := map[string]int{"Invalid": 1, "NotFound": 0, "Conflict": 0, "Forbidden": 0, "Unauthorized": 0, "TooMany": 0, "Unavailable": 0}
	seen := 0
	calls(t, func(at string, imports map[string]string, call *ast.CallExpr) {
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return
		}
		pkg, ok := f.X.(*ast.Ident)
		if !ok || imports[pkg.Name] != "guildhall/internal/fault" {
			return
		}
		i, ok := position[f.Sel.Name]
		if !ok {
			return
		}
		seen++
		code, whole, ok := literal(call.Args[i])
		if !ok || !whole {
			t.Errorf("%s: the code of a refusal must be written out", at)
			return
		}
		english, written, _ := literal(call.Args[i+1])
		for _, locale := range Locales {
			m, ok := loaded().messages[locale]["fault."+code]
			if !ok {
				t.Errorf("%s: fault.%s is not in %s", at, code, locale)
			} else if locale == "en" && written && m.Other != english {
				t.Errorf("%s: fault.%s: the source says %q, the catalogue %q", at, code, english, m.Other)
			}
		}
	})
	if seen == 0 {
		t.Error("no refusals found: the test looks in the wrong place")
	}
}

func TestEveryKeyThatIsUsedExists(t *testing.T) {
	known := loaded().messages["en"]
	seen := 0
	calls(t, func(at string, _ map[string]string, call *ast.CallExpr) {
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || f.Sel.Name != "T" || len(call.Args) == 0 {
			return
		}
		key, whole, ok := literal(call.Args[0])
		if !ok {
			return
		}
		seen++
		if !whole {
			for k := range known {
				if strings.HasPrefix(k, key) {
					return
				}
			}
			t.Errorf("%s: no key begins with %s", at, key)
			return
		}
		m, ok := known[key]
		if !ok {
			t.Errorf("%s: %s is not in the catalogue", at, key)
			return
		}
		if call.Ellipsis.IsValid() {
			return
		}
		var given []string
		for i := 1; i < len(call.Args); i += 2 {
			name, _, ok := literal(call.Args[i])
			if !ok || i+1 == len(call.Args) {
				t.Errorf("%s: %s: the arguments are names and values by turns", at, key)
				return
			}
			given = append(given, name)
		}
		for _, name := range placesOf(m.Other) {
			if !slices.Contains(given, name) {
				t.Errorf("%s: %s: {{.%s}} is not given", at, key, name)
			}
		}
	})
	if seen == 0 {
		t.Error("no keys found: the test looks in the wrong place")
	}
}

// The views' source is looked at too, for a generated file may be out of date.
func TestEveryKeyInTheViewsExists(t *testing.T) {
	key := regexp.MustCompile(`\.T\("([^"]+)"\s*[,)]`)
	source(t, ".templ", func(name string) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(b), -1) {
			if _, ok := loaded().messages["en"][m[1]]; !ok {
				t.Errorf("%s: %s is not in the catalogue", name, m[1])
			}
		}
	})
}

// A key is used where the source writes it out, or its beginning before what is put
// together with it. The views are looked at as they are generated.
func TestNoKeyIsLeftOver(t *testing.T) {
	written, beginnings := map[string]bool{}, []string{}
	fset := token.NewFileSet()
	source(t, ".go", func(name string) {
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.BasicLit:
				if s, _, ok := literal(x); ok {
					written[s], written["fault."+s] = true, true
				}
			case *ast.BinaryExpr:
				if s, whole, ok := literal(x); ok && !whole && strings.Contains(s, ".") {
					beginnings = append(beginnings, s)
				}
			case *ast.CallExpr:
				if f, ok := x.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Word" {
					if s, whole, ok := literal(x.Args[0]); ok && whole {
						beginnings = append(beginnings, s+".")
					}
				}
			}
			return true
		})
	})
	for key := range loaded().messages["en"] {
		if !written[key] && !slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(key, b) }) {
			t.Errorf("%s is said nowhere", key)
		}
	}
}

// What is recorded about somebody's account, which is in no space, is listed to them in
// words: "security.event." and the operation, without the auth that most begin with.
func TestWhatHappensToAnAccountHasItsWords(t *testing.T) {
	others := []string{"security.edit", "auth.end_session", "privacy.erase"} // about the house, about a session, and nobody is left to read it
	seen := 0
	calls(t, func(at string, _ map[string]string, call *ast.CallExpr) {
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || f.Sel.Name != "Record" || len(call.Args) != 6 {
			return
		}
		space, whole, written := literal(call.Args[2])
		operation, said, _ := literal(call.Args[3])
		if !whole || !written || space != "" || !said || slices.Contains(others, operation) {
			return
		}
		seen++
		if _, ok := loaded().messages["en"]["security.event."+strings.TrimPrefix(operation, "auth.")]; !ok {
			t.Errorf("%s: %s has no words for the one whose account it is", at, operation)
		}
	})
	if seen == 0 {
		t.Error("nothing is recorded: the test looks in the wrong place")
	}
}
