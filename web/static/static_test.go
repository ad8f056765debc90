package static_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"guildhall/web/static"
	"guildhall/web/static/digest"
)

func TestDistIsBuiltFromTheSources(t *testing.T) {
	want, err := digest.Of(".")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("dist/sources.txt")
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(got)) != want {
		t.Error("web/static/dist is older than its sources: run go generate ./web/static")
	}
}

func TestAFileIsSentCompressedAndKeptForEver(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, static.URL("app.css"), nil)
	r.Header.Set("Accept-Encoding", "gzip, br")
	w := httptest.NewRecorder()
	static.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("%d %v, want 200 and gzip", w.Code, w.Header())
	}
	if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("Cache-Control %q", got)
	}
}

func TestAStaleAddressIsNotFound(t *testing.T) {
	w := httptest.NewRecorder()
	static.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/static/app.00000000.css", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("%d, want 404", w.Code)
	}
}

// The style sheet may name only addresses that are served.
func TestTheStyleSheetNamesServedFiles(t *testing.T) {
	w := httptest.NewRecorder()
	static.ServeHTTP(w, httptest.NewRequest(http.MethodGet, static.URL("app.css"), nil))
	found := regexp.MustCompile(`/static/[^")]+`).FindAllString(w.Body.String(), -1)
	if len(found) < 2 {
		t.Fatalf("the style sheet names %v, want both fonts", found)
	}
	for _, address := range found {
		w := httptest.NewRecorder()
		static.ServeHTTP(w, httptest.NewRequest(http.MethodGet, address, nil))
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", address, w.Code)
		}
	}
}

// What a view asks for is in the icon sheet.
func TestEveryIconUsedIsInTheSheet(t *testing.T) {
	sheet, err := os.ReadFile("dist/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`(?:Icon\(|Icon: *|Badge\("[a-z]*", *|Empty\()"([a-z0-9-]*[a-z0-9])"`)
	for _, pattern := range []string{"../view/*.templ", "../*.go", "../view/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range used.FindAllStringSubmatch(string(text), -1) {
				if !strings.Contains(string(sheet), `<symbol id="`+m[1]+`"`) {
					t.Errorf("%s uses the icon %q, which is not in src/icons", name, m[1])
				}
			}
		}
	}
}
