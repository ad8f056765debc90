package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"guildhall/internal/app"
	"guildhall/internal/clock"
	"guildhall/internal/config"
	"guildhall/internal/spaces"
)

// Each blueprint is chosen in the set-up form as an owner does, and leaves a space
// whose public page and plans are there in both languages.
func TestEachBlueprintIsChosenInTheSetUpForm(t *testing.T) {
	for _, b := range spaces.Blueprints {
		t.Run(b.Slug, func(t *testing.T) {
			t.Parallel()
			a, err := app.New(context.Background(), config.Config{Data: t.TempDir()}, clock.Frozen(afternoon))
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			server := httptest.NewServer(a.Handler())
			defer server.Close()
			link, err := a.SetupLink(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			_, token, _ := strings.Cut(link, "?token=")
			owner := visitorAt(t, server.URL)
			form := filled(owner.shown("/setup?token=" + token).Find("form[action='/setup']"))
			for field, value := range map[string]string{
				"name_en": "Tin Shed", "name_zh": "铁皮屋", "slug": "tin-shed", "blueprint": b.Slug, "country": "CN", "zone": "Asia/Shanghai", "currency": "CNY",
				"owner_name": "陈力", "owner_email": "chen@tin.example", "owner_password": "steel rule and ink",
			} {
				form.Set(field, value)
			}
			if page, status, to := owner.post("/setup", form); status != http.StatusSeeOther {
				t.Fatalf("set up: %d to %q: %s", status, to, text(page.Find("[role=alert]")))
			} else if to != "/s/tin-shed/today" {
				t.Errorf("the new owner is sent to %q", to)
			}
			if _, _, to := owner.get("/s/tin-shed/today"); to != "/me/enrol" {
				t.Errorf("the new owner, who is signed in, is sent on to %q, not to a second factor", to)
			}
			if _, _, to := owner.post("/me/authenticator/begin", url.Values{}); to != "/me/authenticator" {
				t.Errorf("setting a second factor up leads the new owner to %q: they were not signed in a moment ago", to)
			}
			for locale, c := range map[string]struct{ headline, worth string }{"en": {b.Headline.EN, "CN¥"}, "zh-CN": {b.Headline.ZH, "¥"}} {
				p := visitorAt(t, server.URL)
				if _, status, _ := p.post("/preferences", url.Values{"locale": {locale}}); status != http.StatusSeeOther {
					t.Fatalf("speak %s: %d", locale, status)
				}
				if got := text(p.shown("/").Find("main")); !strings.Contains(got, c.headline) {
					t.Errorf("in %s the front page does not say %q", locale, c.headline)
				}
				page := p.shown("/s/tin-shed/plans")
				cards := page.Find(".offers .name")
				said := text(page.Find("main"))
				shown := 0
				for _, plan := range b.Plans {
					open := plan.Audience == "" || plan.Audience == "everyone" || plan.Audience == "concession"
					if name := plan.Name.In(locale); open {
						shown++
						if !strings.Contains(said, name) || !strings.Contains(said, plan.About.In(locale)) {
							t.Errorf("in %s the plans do not name %q or say what it is", locale, name)
						}
					}
				}
				if cards.Length() != shown || shown < 2 {
					t.Errorf("%d plans are shown of the %d that are for everyone", cards.Length(), shown)
				}
				if strings.Contains(said, "hot-desk") || strings.Contains(said, "plans.") {
					t.Errorf("in %s the plans show words of the program: %s", locale, said)
				}
			}
		})
	}
}
