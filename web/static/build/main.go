// Command build makes web/static/dist from web/static/src: the style sheet and
// the scripts by esbuild, the icon sheet from the icons' own files. It leaves
// the digest of what it built from in dist/sources.txt, by which a test finds
// stale output. It runs in web/static.
package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"guildhall/web/static/digest"
)

func main() {
	log.SetFlags(0)
	must(os.MkdirAll("dist", 0o755))
	esbuild("--bundle", "--minify", "--target=chrome111,firefox115,safari16.4", "--external:/static/*",
		"src/css/app.css", "--outfile=dist/app.css")
	esbuild("--bundle", "--minify", "--format=iife", "--target=es2022", "--legal-comments=none",
		"src/js/app.js", "--outfile=dist/app.js")
	esbuild("--bundle", "--minify", "--format=iife", "--target=es2022",
		"src/js/sw.js", "--outfile=dist/sw.js")
	must(os.WriteFile("dist/icons.svg", sprite("src/icons/lucide", "src/icons/family"), 0o644))
	manifest, err := os.ReadFile("src/manifest.webmanifest")
	must(err)
	must(os.WriteFile("dist/manifest.webmanifest", manifest, 0o644))
	sum, err := digest.Of(".")
	must(err)
	must(os.WriteFile("dist/sources.txt", []byte(sum+"\n"), 0o644))
}

func esbuild(args ...string) {
	args = append([]string{"tool", "-modfile=../../tools.mod", "esbuild", "--log-level=warning"}, args...)
	cmd := exec.Command("go", args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	must(cmd.Run())
}

var (
	comment = regexp.MustCompile(`(?s)<!--.*?-->`)
	opening = regexp.MustCompile(`(?s)<svg[^>]*>`)
	space   = regexp.MustCompile(`\s+`)
)

// sprite puts every icon of the folders into one sheet, each a <symbol> named after its file.
func sprite(dirs ...string) []byte {
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	for _, dir := range dirs {
		names, err := filepath.Glob(filepath.Join(dir, "*.svg"))
		must(err)
		sort.Strings(names)
		for _, name := range names {
			text, err := os.ReadFile(name)
			must(err)
			inner := opening.ReplaceAllString(comment.ReplaceAllString(string(text), ""), "")
			inner = strings.Replace(inner, "</svg>", "", 1)
			inner = strings.ReplaceAll(space.ReplaceAllString(strings.TrimSpace(inner), " "), "> <", "><")
			fmt.Fprintf(&b, `<symbol id="%s" viewBox="0 0 24 24">%s</symbol>`,
				strings.TrimSuffix(filepath.Base(name), ".svg"), strings.ReplaceAll(inner, " />", "/>"))
		}
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

func must(err error) {
	if err != nil {
		log.Fatal("build: ", err)
	}
}
