// Package e2e walks through the whole program as people do: in a real Chromium,
// at a phone and at a desk, in both languages, by day and by night, with the
// keyboard alone, without JavaScript, and without a network. It owns the
// manual's pictures. It does not own what pages say; the pages' own tests do.
package e2e

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(logFile(), nil)))
	code := m.Run()
	stopBrowser()
	stopDemo()
	dropSeed()
	os.Exit(code)
}

// One Chromium serves all tests; each visitor has a profile of their own in it.
var (
	startBrowser = sync.OnceValues(launch)
	stopBrowser  = func() {}
)

func launch() (context.Context, error) {
	flags := append(chromedp.DefaultExecAllocatorOptions[:len(chromedp.DefaultExecAllocatorOptions):len(chromedp.DefaultExecAllocatorOptions)],
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("font-render-hinting", "none"),
		chromedp.Flag("lang", "en-GB"),
	)
	if os.Getuid() == 0 { // Chromium refuses its sandbox to root
		flags = append(flags, chromedp.NoSandbox)
	}
	allocator, freed := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, closed := chromedp.NewContext(allocator)
	stopBrowser = func() { closed(); freed() }
	if err := chromedp.Do(ctx); err != nil {
		return nil, fmt.Errorf("these tests need Chromium (Debian's package chromium): %w", err)
	}
	return ctx, nil
}

// browser is the one Chromium. Without one the test fails: a check that did not run has not passed.
func browser(t *testing.T) context.Context {
	t.Helper()
	ctx, err := startBrowser()
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}
