package e2e

import (
	_ "embed"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

//go:embed testdata/axe/axe.min.js
var axe string

// judge is everything that is wrong with the page as it stands: what axe finds
// (WCAG 2.2 A and AA and best practice), sideways scrolling, targets under
// 24 px, and words that no person wrote.
func (v *visitor) judge() []string {
	v.t.Helper()
	if !eval[bool](v, `typeof axe === "object"`) {
		v.do(chromedp.Evaluate[chromedp.Void](axe + "; undefined"))
	}
	faults := eval[[]string](v, `(async () => {
		const r = await axe.run(document, {resultTypes: ["violations"],
			runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]});
		return r.violations.flatMap(x => x.nodes.slice(0, 3).map(n => "axe " + x.id + " (" + x.impact + "): " + n.target.join(" ") + ": " +
			n.html.slice(0, 160) + " " + [...n.any, ...n.all, ...n.none].map(c => c.message).join("; ").slice(0, 240)));
	})()`)
	return append(faults, eval[[]string](v, shape)...)
}

// shape looks at what axe does not.
const shape = `(() => { ` + visible + `
	const wrong = [];
	const doc = document.documentElement;
	if (doc.scrollWidth > doc.clientWidth) {
		const wide = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > doc.clientWidth + 1 && visible(e));
		wrong.push("scrolls sideways: " + doc.scrollWidth + " in " + doc.clientWidth + " px, by " + (wide[0] ? wide[0].outerHTML.slice(0, 160) : "?"));
	}
	for (const e of document.querySelectorAll("a[href], button, summary, select, textarea, input:not([type=hidden])")) {
		if (!visible(e)) continue;
		if (e.matches("a") && getComputedStyle(e).display === "inline") continue; // words that lead on: axe judges their distance
		const boxes = [e, ...(e.labels || [])].map(x => x.getBoundingClientRect());
		const r = boxes.find(b => b.width >= 23.5 && b.height >= 23.5) || boxes[0];
		if (r.bottom < 0 || r.right < 0 || r.width <= 1) continue; // out of sight until it has the focus: a skip link
		if (r.width < 23.5 || r.height < 23.5) wrong.push("a target of " + Math.round(r.width) + " x " + Math.round(r.height) + " px: " + e.outerHTML.slice(0, 160));
	}
	const words = document.body.innerText + " " + document.title;
	const raw = words.match(/\{\{|<no value>|%!|\bundefined\b|\bNaN\b|\[object |\b(?:auth|booking|common|equipment|event|fault|home|member|nav|page|remedy|report|rule|session|setup|space|state)\.[a-z]+_?[a-z_.]+\b(?!\.(?:com|org|net))/);
	if (raw) wrong.push("words that no person wrote: " + words.slice(Math.max(0, raw.index - 30), raw.index + 60).replace(/\s+/g, " "));
	if (!document.title.trim()) wrong.push("no title");
	if (!doc.lang) wrong.push("no language");
	const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
	const twice = ids.find((id, i) => ids.indexOf(id) !== i);
	if (twice) wrong.push("the id " + twice + " is given twice");
	return wrong;
})()`

// TestJudgeSeesWhatIsWrong holds the judge and the ear behind the page against a page that does everything wrong.
func TestJudgeSeesWhatIsWrong(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", "script-src 'self' 'unsafe-inline'; style-src 'none'")
		fmt.Fprint(w, `<!doctype html><html lang="en"><head><title>Bad</title><link rel="icon" href="data:,"></head><body>
			<img src="/gone.png"><img alt="" src="http://foreign.invalid/x.png">
			<button style="color:#eee">ok</button> <a href="#x" id="x">.</a> <p id="x">{{.Name}}</p>
			<pre>`+strings.Repeat("wide", 500)+`</pre>
			<script>console.error("oh no"); throw new Error("thrown")</script></body></html>`)
	}))
	defer server.Close()

	v := newVisitor(t, server.URL, desk)
	if status := v.visit("/"); status != 200 {
		t.Errorf("the status is %d, not 200", status)
	}
	found := strings.Join(append(v.judge(), v.takeProblems()...), "\n")
	for _, want := range []string{
		"axe image-alt", "axe landmark-one-main", "scrolls sideways", "a target of", "words that no person wrote: ",
		"the id x is given twice", "asks a foreign host: http://foreign.invalid/x.png", "404 for " + server.URL + "/gone.png",
		"console: ", "exception: ", "security: ",
	} {
		if !strings.Contains(found, want) {
			t.Errorf("not seen: %s", want)
		}
	}
	if t.Failed() {
		t.Log(found)
	}
	if status := v.visit("/nowhere"); status != 404 {
		t.Errorf("the status of what is not there is %d, not 404", status)
	}
	v.takeProblems()
}

// TestVisitorTapsTypesAndWorksWithoutScripts holds the visitor's hands against a small form.
func TestVisitorTapsTypesAndWorksWithoutScripts(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><head><title>Form</title><link rel="icon" href="data:,"></head><body><main><h1>Form</h1>
			<p id="said">said %s at %s</p><p id="scripts">off</p>
			<form method="post"><label>Word <input name="word" value="old"></label><label>Day <input type="date" name="day"></label>
			<button id="send">Send</button></form></main><script>document.getElementById("scripts").textContent = "on"</script></body></html>`,
			r.FormValue("word"), r.FormValue("day"))
	}))
	defer server.Close()

	for _, scripts := range []string{"on", "off"} {
		for _, s := range screens {
			v := newVisitor(t, server.URL, s)
			if scripts == "off" {
				v.withoutScripts()
			}
			v.visit("/")
			if got := v.text("#scripts"); got != scripts {
				t.Errorf("scripts are %s, not %s", got, scripts)
			}
			v.fill("[name=word]", "匠馆")
			v.fill("[name=day]", "2027-03-28")
			v.tap("#send")
			v.sees("said 匠馆 at 2027-03-28")
			if v.taps != 1 || v.typed != 12 {
				t.Errorf("counted %d taps and %d characters, not 1 and 12", v.taps, v.typed)
			}
		}
	}

	v := newVisitor(t, server.URL, desk)
	v.visit("/")
	v.tabTo("#send")
	v.keys("\r")
	v.sees("said old at")
}
