package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// screen is what a visitor looks at.
type screen struct {
	name          string
	width, height int64
	touch         bool
}

var (
	desk    = screen{name: "desk", width: 1280, height: 800}
	phone   = screen{name: "phone", width: 390, height: 844, touch: true}
	screens = []screen{desk, phone}
)

// patience is how long a visitor waits for what they expect to see; the
// machine may be busy with everything else.
const patience = 20 * time.Second

// visitor is a person in front of a browser of their own: nothing in it is
// known to another visitor. Everything that a page did and should not have
// done fails the test when it ends.
type visitor struct {
	t      *testing.T
	ctx    context.Context
	home   string // http://127.0.0.1:port
	screen screen
	taps   int // clicks, taps, and keys that press a control
	typed  int // characters

	mu       sync.Mutex
	pending  map[network.RequestID]bool
	status   map[string]int64 // of documents, by address
	bytes    float64          // that came over the wire since the last visit
	requests int
	problems []string
}

// newVisitor opens a fresh profile at a screen. home is where the program answers.
func newVisitor(t *testing.T, home string, s screen) *visitor {
	t.Helper()
	v := &visitor{t: t, home: home, pending: map[network.RequestID]bool{}, status: map[string]int64{}}
	ctx, closeTab := chromedp.NewContext(browser(t), chromedp.WithNewBrowserContext(), chromedp.WithListener(v.hear))
	v.ctx = ctx
	t.Cleanup(closeTab)
	t.Cleanup(v.complain)
	v.do(chromedp.Steps())
	v.at(s)
	return v
}

// at puts the visitor in front of another screen.
func (v *visitor) at(s screen) {
	v.t.Helper()
	v.screen = s
	var options []chromedp.EmulateViewportOption
	if s.touch {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	v.do(chromedp.EmulateViewport(s.width, s.height, options...))
}

// hear is called for everything the browser tells about this tab.
func (v *visitor) hear(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		v.pending[e.RequestID] = true
		v.requests++
		if u, err := url.Parse(e.Request.URL); err == nil && strings.HasPrefix(u.Scheme, "http") && !strings.HasPrefix(e.Request.URL, v.home+"/") {
			v.problems = append(v.problems, "asks a foreign host: "+e.Request.URL)
		}
	case *network.EventResponseReceived:
		switch {
		case e.Type == network.ResourceTypeDocument:
			v.status[e.Response.URL] = e.Response.Status
		case e.Response.Status >= 400 && e.Type != network.ResourceTypeFetch && e.Type != network.ResourceTypeXHR:
			v.problems = append(v.problems, fmt.Sprintf("%d for %s", e.Response.Status, e.Response.URL))
		}
		if e.Response.Status >= 500 {
			v.problems = append(v.problems, fmt.Sprintf("%d for %s", e.Response.Status, e.Response.URL))
		}
	case *network.EventLoadingFinished:
		delete(v.pending, e.RequestID)
		v.bytes += e.EncodedDataLength
	case *network.EventLoadingFailed:
		delete(v.pending, e.RequestID)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			v.problems = append(v.problems, "console: "+consoleText(e.Args))
		}
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		v.problems = append(v.problems, "exception: "+text)
	case *log.EventEntryAdded:
		// Answers with an error status are judged above, by what was asked for.
		if e.Entry.Level != log.EntryLevelError || e.Entry.Source == log.EntrySourceNetwork {
			return
		}
		v.problems = append(v.problems, fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL))
	}
}

func consoleText(args []*runtime.RemoteObject) string {
	var words []string
	for _, a := range args {
		words = append(words, strings.TrimSpace(a.Description+" "+string(a.Value)))
	}
	return strings.Join(words, " ")
}

// complain fails the test for everything that went wrong behind the page.
func (v *visitor) complain() {
	for _, p := range v.takeProblems() {
		v.t.Errorf("behind the page: %s", p)
	}
}

func (v *visitor) takeProblems() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	problems := v.problems
	v.problems = nil
	slices.Sort(problems)
	return slices.Compact(problems)
}

// do carries out steps, or ends the test.
func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if err := chromedp.Do(v.ctx, steps...); err != nil {
		v.t.Fatalf("the browser: %v", err)
	}
}

// call sends one command to the browser, or ends the test.
func call[P, R any](v *visitor, command cdp.Command[P, R], params P) R {
	v.t.Helper()
	r, err := chromedp.Run(v.ctx, func(ctx context.Context, t *chromedp.Target) (R, error) { return cdp.Call(ctx, t, command, params) })
	if err != nil {
		v.t.Fatalf("%s: %v", command.Method, err)
	}
	return r
}

// eval is the value of a JavaScript expression, which may be a promise. It works with scripts switched off, too.
func eval[T any](v *visitor, expression string) T {
	v.t.Helper()
	value, err := chromedp.Run(v.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		v.t.Fatalf("%s: %v", firstLine(expression), err)
	}
	return value
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// theme makes it day ("light") or night ("dark") for pages that follow the machine.
func (v *visitor) theme(name string) {
	v.t.Helper()
	call(v, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: name},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// withoutScripts switches JavaScript off.
func (v *visitor) withoutScripts() {
	v.t.Helper()
	call(v, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// forgetCache empties what the browser has kept, as on a first visit.
func (v *visitor) forgetCache() {
	v.t.Helper()
	call(v, network.ClearBrowserCache, cdp.Empty{})
	call(v, network.SetBypassServiceWorker, network.SetBypassServiceWorkerParams{Bypass: true})
}

// visit opens an address of the program and returns the status of its answer.
func (v *visitor) visit(path string) int64 {
	v.t.Helper()
	v.mu.Lock()
	clear(v.status)
	v.bytes, v.requests = 0, 0
	v.mu.Unlock()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(v.home+path)); err != nil {
		v.t.Fatalf("visit %s: %v", path, err)
	}
	v.settle()
	return v.answered()
}

// answered is the status of the page that is shown.
func (v *visitor) answered() int64 {
	address := v.address()
	v.mu.Lock()
	defer v.mu.Unlock()
	for a, s := range v.status {
		if without, _, _ := strings.Cut(a, "#"); without == v.home+address {
			return s
		}
	}
	return 0
}

// address is the path and query of the page that is shown.
func (v *visitor) address() string {
	v.t.Helper()
	return eval[string](v, "location.pathname + location.search")
}

// settle waits until the page has come and nothing is being fetched.
func (v *visitor) settle() {
	v.t.Helper()
	quiet := 0
	v.until("the page comes to rest", func() bool {
		v.mu.Lock()
		busy := len(v.pending) > 0
		v.mu.Unlock()
		if !busy {
			ready, err := chromedp.Run(v.ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && !document.querySelector(".htmx-request")`))
			busy = err != nil || !ready
		}
		if busy {
			quiet = 0
			return false
		}
		quiet++
		return quiet >= 3
	})
}

// until waits for something to become true, or ends the test saying what did not.
func (v *visitor) until(what string, true func() bool) {
	v.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(25 * time.Millisecond) {
		if true() {
			return
		}
		if err := v.ctx.Err(); err != nil {
			v.t.Fatalf("waiting until %s: %v", what, err)
		}
		if time.Now().After(deadline) {
			v.t.Fatalf("waited %s in vain until %s; at %s the page says:\n%s", patience, what, v.address(), v.text("body"))
		}
	}
}

// sees waits until the page shows these words.
func (v *visitor) sees(words string) {
	v.t.Helper()
	v.until("the page says "+words, func() bool {
		text, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
		return err == nil && strings.Contains(text, words)
	})
}

// finds waits until the page has a visible element for a CSS selector.
func (v *visitor) finds(selector string) {
	v.t.Helper()
	v.until("there is "+selector, func() bool {
		there, err := chromedp.Run(v.ctx, chromedp.Evaluate[bool](`(() => { `+visible+` return [...document.querySelectorAll(`+quoted(selector)+`)].some(visible) })()`))
		return err == nil && there
	})
}

// has reports whether the page has a visible element for a CSS selector now.
func (v *visitor) has(selector string) bool {
	v.t.Helper()
	return eval[bool](v, `(() => { `+visible+` return [...document.querySelectorAll(`+quoted(selector)+`)].some(visible) })()`)
}

// count is how many elements a CSS selector has.
func (v *visitor) count(selector string) int {
	v.t.Helper()
	return eval[int](v, `document.querySelectorAll(`+quoted(selector)+`).length`)
}

// text is what the first element shows, with its line breaks.
func (v *visitor) text(selector string) string {
	v.t.Helper()
	return eval[string](v, `(document.querySelector(`+quoted(selector)+`) || {innerText: ""}).innerText`)
}

// attribute is an attribute of the first element, "" without one.
func (v *visitor) attribute(selector, name string) string {
	v.t.Helper()
	return eval[string](v, `((document.querySelector(`+quoted(selector)+`) || document.documentElement).getAttribute(`+quoted(name)+`)) || ""`)
}

// visible is a JavaScript function: does a person see this element?
const visible = `const visible = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true}) && e.getClientRects().length > 0;`

// tap presses the first visible element for the selector once, with a finger
// on a phone and with a mouse at a desk, and waits until the page is at rest.
// It counts.
func (v *visitor) tap(selector string) {
	v.t.Helper()
	v.finds(selector)
	v.taps++
	v.press(selector)
	v.settle()
}

// press is a tap that does not wait for what comes of it.
func (v *visitor) press(selector string) {
	v.t.Helper()
	spot := eval[*struct {
		X, Y float64
		Over string
	}](v, `(async () => { `+visible+`
		const e = [...document.querySelectorAll(`+quoted(selector)+`)].find(visible);
		if (!e) return null;
		const middle = () => { const r = e.getClientRects()[0]; return {X: r.x + r.width / 2, Y: r.y + r.height / 2} };
		const onTop = at => { const top = document.elementFromPoint(at.X, at.Y);
			return top && (e.contains(top) || top.contains(e) || [...(e.labels || [])].some(l => l.contains(top))) ? "" : (top ? top.outerHTML.slice(0, 200) : "nothing") };
		let at = middle();
		if (onTop(at) !== "") { e.scrollIntoView({block: "center", behavior: "instant"}); at = middle(); }
		return {...at, Over: onTop(at)};
	})()`)
	if spot == nil {
		v.t.Fatalf("nothing to press for %s at %s", selector, v.address())
	}
	if spot.Over != "" {
		v.t.Fatalf("%s can't be pressed at %s: over it lies %s", selector, v.address(), spot.Over)
	}
	if v.screen.touch {
		v.do(chromedp.TapXY(spot.X, spot.Y))
	} else {
		v.do(chromedp.MouseClickXY(spot.X, spot.Y))
	}
}

// fill types into a field; what stood there is replaced. Typing is counted in characters.
func (v *visitor) fill(selector, words string) {
	v.t.Helper()
	v.finds(selector)
	v.typed += len([]rune(words))
	// A date is typed differently in every country; what counts is the value that it becomes.
	typed := eval[bool](v, `(() => { const e = document.querySelector(`+quoted(selector)+`); e.scrollIntoView({block: "center", behavior: "instant"}); e.focus();
		if (["date", "time", "datetime-local", "month"].includes(e.type)) { e.value = `+quoted(words)+`;
			e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); return true }
		if (e.select) e.select(); return false })()`)
	if !typed {
		call(v, input.InsertText, input.InsertTextParams{Text: words})
	}
}

// choose picks an option of a select by its value.
func (v *visitor) choose(selector, value string) {
	v.t.Helper()
	v.finds(selector)
	eval[chromedp.Void](v, `(() => { const e = document.querySelector(`+quoted(selector)+`); e.value = `+quoted(value)+`;
		if (e.value !== `+quoted(value)+`) throw new Error("no such option: " + `+quoted(value)+`);
		e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); })()`)
	v.taps++
}

// keys presses keys one after the other, wherever the focus is.
func (v *visitor) keys(keys string) {
	v.t.Helper()
	v.do(chromedp.KeyEvent(keys))
}

// tabTo presses Tab until the focus is on an element for the selector, and
// demands on the way that the focus can be seen.
func (v *visitor) tabTo(selector string) {
	v.t.Helper()
	for range 80 {
		v.keys("\t")
		at := eval[struct {
			There, Seen bool
			What        string
		}](v, `(() => { const e = document.activeElement; const r = e.getBoundingClientRect();
			const s = getComputedStyle(e), l = e.labels && e.labels[0] ? getComputedStyle(e.labels[0]) : s;
			const own = ["date", "time", "datetime-local", "month"].includes(e.type); // the browser marks the part of it
			const ring = c => own || (c.outlineStyle !== "none" && parseFloat(c.outlineWidth) >= 1) || c.boxShadow !== "none";
			const shown = [e, ...(e.labels || [])].find(x => { const b = x.getBoundingClientRect(); return b.width > 4 && b.height > 4 });
			const b = (shown || e).getBoundingClientRect();
			const top = document.elementFromPoint(Math.min(Math.max(b.x + b.width / 2, 1), innerWidth - 1), Math.min(Math.max(b.y + b.height / 2, 1), innerHeight - 1));
			const free = top && (e.contains(top) || top.contains(e) || [...(e.labels || [])].some(l => l.contains(top)));
			return {There: e.matches(`+quoted(selector)+`), Seen: (ring(s) || ring(l)) && !!shown && !!free, What: e.outerHTML.slice(0, 160)} })()`)
		if !at.Seen {
			v.t.Errorf("the focus can't be seen, or is covered, at %s on %s", v.address(), at.What)
		}
		if at.There {
			return
		}
	}
	v.t.Fatalf("80 tabs did not reach %s at %s", selector, v.address())
}
