package spaces_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/actor"
	"guildhall/internal/db"
	"guildhall/internal/i18n"
	"guildhall/internal/spaces"
	"guildhall/internal/testkit"
)

func TestABlueprintSaysHowTheSpaceShowsItself(t *testing.T) {
	for _, b := range spaces.Blueprints {
		if b.Headline.EN == "" || b.Headline.ZH == "" || len(b.Sections) == 0 || len(b.Streams) < 2 || b.House == (spaces.HouseRules{}) {
			t.Errorf("%s: headline %+v, sections %v, streams %v, rules %+v", b.Slug, b.Headline, b.Sections, b.Streams, b.House)
		}
	}
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := service(t, d)
		sp := made(t, s)
		b, _ := spaces.BlueprintOf("community")
		if sp.Headline != b.Headline || !slices.Equal(sp.Sections, b.Sections) || !slices.Equal(sp.Streams, b.Streams) {
			t.Errorf("made with %+v %v %v", sp.Headline, sp.Sections, sp.Streams)
		}
	})
}

func TestTheFrontIsChangedAsItWasSeen(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, w := service(t, d)
		sp := made(t, s)
		manager := as(actor.Manager, sp.ID)
		want := spaces.Front{
			Version: sp.Version, Headline: i18n.Text{EN: "  Come in ", ZH: "进来吧"},
			Sections: []spaces.Section{spaces.Events, spaces.Make}, Streams: []spaces.Stream{spaces.Equity, spaces.Fees},
		}
		if _, err := s.SetFront(t.Context(), manager, sp.ID, want); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(w.written, "front.edit") {
			t.Error("nobody wrote down who did it")
		}
		got, err := s.Space(t.Context(), manager, sp.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Headline.EN != "Come in" || !slices.Equal(got.Sections, want.Sections) {
			t.Errorf("headline %q, sections %v", got.Headline.EN, got.Sections)
		}
		if diff := cmp.Diff([]string{"fees", "equity"}, got.Streams.Words()); diff != "" {
			t.Errorf("streams (-want +got), which keep their order:\n%s", diff)
		}
		if _, err := s.SetFront(t.Context(), manager, sp.ID, want); !errors.Is(err, spaces.ErrStale) {
			t.Errorf("an old copy: %v", err)
		}
		if _, err := s.SetFront(t.Context(), as(actor.Desk, sp.ID), sp.ID, want); !errors.Is(err, actor.ErrForbidden) {
			t.Errorf("the front desk: %v", err)
		}
	})
}

func TestOfTwoWhoChangeTheFrontAtOnceOneIsTold(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := service(t, d)
		sp := made(t, s)
		var wg sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = s.SetFront(t.Context(), as(actor.Manager, sp.ID), sp.ID, spaces.Front{Version: sp.Version, Streams: spaces.Streams})
			})
		}
		wg.Wait()
		done := 0
		for _, err := range errs {
			switch {
			case err == nil:
				done++
			case !errors.Is(err, spaces.ErrStale):
				t.Error(err)
			}
		}
		if done != 1 {
			t.Errorf("%d of %d changed it", done, len(errs))
		}
	})
}

func TestWhatCantBeOfAFront(t *testing.T) {
	s, _ := service(t, testkit.DB(t))
	sp := made(t, s)
	for name, c := range map[string]struct {
		front spaces.Front
		field string
	}{
		"a headline of two lines": {spaces.Front{Headline: i18n.Text{EN: "a\nb"}, Streams: spaces.Streams}, "headline"},
		"a headline too long":     {spaces.Front{Headline: i18n.Text{ZH: strings.Repeat("长", 121)}, Streams: spaces.Streams}, "headline"},
		"a section twice":         {spaces.Front{Sections: []spaces.Section{spaces.Make, spaces.Make}, Streams: spaces.Streams}, "sections"},
		"a section of no kind":    {spaces.Front{Sections: []spaces.Section{"make,free"}, Streams: spaces.Streams}, "sections"},
		"no stream":               {spaces.Front{}, "streams"},
		"a stream of no kind":     {spaces.Front{Streams: []spaces.Stream{"tips"}}, "streams"},
	} {
		t.Run(name, func(t *testing.T) {
			c.front.Version = sp.Version
			_, err := s.SetFront(t.Context(), as(actor.Manager, sp.ID), sp.ID, c.front)
			if diff := cmp.Diff([]string{c.field}, fields(err)); diff != "" {
				t.Errorf("(-want +got) %v:\n%s", err, diff)
			}
		})
	}
}
