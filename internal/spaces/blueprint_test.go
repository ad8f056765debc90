package spaces_test

import (
	"slices"
	"testing"

	"guildhall/internal/i18n"
	"guildhall/internal/money"
	"guildhall/internal/spaces"
)

func TestTenBlueprintsAreWhole(t *testing.T) {
	if n := len(spaces.Blueprints); n != 10 {
		t.Fatalf("%d blueprints, want the ten ways to run a makerspace", n)
	}
	both := func(t *testing.T, what string, x i18n.Text) {
		t.Helper()
		if x.EN == "" || x.ZH == "" {
			t.Errorf("%s is not in both languages: %+v", what, x)
		}
	}
	seen := map[string]bool{}
	for _, b := range spaces.Blueprints {
		t.Run(b.Slug, func(t *testing.T) {
			if seen[b.Slug] {
				t.Error("twice")
			}
			seen[b.Slug] = true
			both(t, "name", b.Name)
			both(t, "about", b.About)
			if len(b.Plans) < 3 || len(b.Resources) < 5 || len(b.Areas) == 0 {
				t.Errorf("%d plans, %d areas, %d resources: too little to work with the same day", len(b.Plans), len(b.Areas), len(b.Resources))
			}
			names := map[string]bool{}
			once := func(kind, name string) {
				if names[kind+name] {
					t.Errorf("%s %s is there twice", kind, name)
				}
				names[kind+name] = true
			}
			for _, p := range b.Plans {
				once("plan ", p.Code)
				both(t, "plan "+p.Code, p.Name)
				if p.Group == "" || p.Price < 0 {
					t.Errorf("plan %s: group %q, price %d", p.Code, p.Group, p.Price)
				}
			}
			for _, a := range b.Areas {
				once("area ", a.Slug)
				both(t, "area "+a.Slug, a.Name)
				if !slices.Contains([]string{"laser", "wood", "metal", "print", "electronics", "textile", "rooms"}, a.Family) {
					t.Errorf("area %q has family %q", a.Slug, a.Family)
				}
			}
			for _, c := range b.Certifications {
				once("certification ", c.Code)
				both(t, "certification "+c.Code, c.Name)
				both(t, "what "+c.Code+" is about", c.About)
			}
			for _, r := range b.Resources {
				once("resource ", r.Slug)
				both(t, "resource "+r.Slug, r.Name)
				checkPart(t, r, names)
			}
		})
	}
}

// checkPart holds a resource against what came before it in its blueprint.
func checkPart(t *testing.T, r spaces.Resource, names map[string]bool) {
	t.Helper()
	if !names["area "+r.Area] || r.Parent != "" && !names["resource "+r.Parent] {
		t.Errorf("%s: area %q or parent %q is not in the blueprint before it", r.Slug, r.Area, r.Parent)
	}
	if !slices.Contains([]string{"machine", "desk", "room"}, r.Type) || r.Units < 1 || r.Kind == "" || (r.Sharing != "units" && r.Sharing != "places") {
		t.Errorf("%s: type %q, %d units, kind %q, sharing %q", r.Slug, r.Type, r.Units, r.Kind, r.Sharing)
	}
	for _, group := range r.Certifications {
		for _, code := range group {
			if !names["certification "+code] {
				t.Errorf("%s asks %s, which is not in the blueprint", r.Slug, code)
			}
		}
	}
	if r.Fixed {
		return
	}
	if s := r.Rules; s.Step == 0 || s.Min%s.Step != 0 || s.Max%s.Step != 0 || s.Max < s.Min || s.Ahead == 0 {
		t.Errorf("%s: rules %+v", r.Slug, s)
	}
	if len(r.Prices) == 0 || r.Prices[len(r.Prices)-1].Group != "" {
		t.Errorf("%s: the last price is not for everyone: %+v", r.Slug, r.Prices)
	}
	for _, p := range r.Prices {
		if p.Form != "per_hour" && p.Form != "flat" && (p.Form != "per_step" || p.Step == 0) {
			t.Errorf("%s: price %+v", r.Slug, p)
		}
	}
}

func TestWorthIsSaidInTheSpacesCurrency(t *testing.T) {
	for code, want := range map[string]int64{"EUR": 1250, "USD": 1250, "CNY": 8750, "JPY": 1875, "KWD": 12500} {
		if got := spaces.Worth(1250).In(code); got != money.Of(want, code) {
			t.Errorf("12.50 in %s is %v, want %d minor units", code, got, want)
		}
	}
}
