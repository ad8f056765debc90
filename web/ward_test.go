package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/config"
	"guildhall/internal/consent"
	"guildhall/internal/id"
)

const father = "falk@example.org"

// ward is a minor, mia, in a hall, and the one consent that the father gave for her at the desk.
func (h *hall) ward() (child, guardianship id.ID) {
	h.t.Helper()
	ctx := h.t.Context()
	child = h.member(mia)
	h.member(father)
	day := clock.DayOf(h.now.Now(), h.space.Location())
	if err := h.Consent.SayBirthday(ctx, actor.House, h.space.ID, child, consent.On(day.Add(3), -consent.OfAge), "Identity card seen"); err != nil {
		h.t.Fatal(err)
	}
	g, err := h.Consent.RecordConsent(ctx, actor.House, h.space.ID, child, consent.Invitation{Name: "Falk Father", Email: father, Locale: "en"}, "Identity card seen", "")
	if err != nil {
		h.t.Fatal(err)
	}
	return child, g.ID
}

// From the list of his children to the ZIP, and that is for him alone; then the child is erased.
func TestAGuardianHasTheDataOfTheirChildInHand(t *testing.T) {
	h := openHall(t, config.Config{})
	child, guardianship := h.ward()
	b := h.browser()
	b.signIn(father, good)
	at := "/me/children/" + guardianship.String()
	if b.page("/me/children").Find("main a[href='"+at+"']").Length() == 0 || b.page(at).Find("main a[href='"+at+"/data']").Length() != 1 {
		t.Fatal("nothing leads there")
	}
	if got := text(b.page(at + "/data").Find("h1")); got != "Mia Tanaka: data" {
		t.Errorf("headed %q", got)
	}

	if got := text(b.page(at).Find("main")); !strings.Contains(got, "What is allowed for Mia Tanaka") {
		t.Errorf("the choices are whose? %q", got)
	}

	leads(t, b.post(at+"/data"), at+"/data")
	w := b.get(at + "/data")
	page := document(t, w)
	if w.Header().Get("Refresh") == "" || page.Find("form[action='"+at+"/data']").Length() != 0 {
		t.Error("while the file is made, the page is not asked for anew, or another can be asked for")
	}
	if got := text(page.Find("main")); !strings.Contains(got, "waiting for its turn") {
		t.Errorf("before it is begun: %q", got)
	}
	leads(t, b.post(at+"/data"), at+"/data")
	if got := text(b.page(at + "/data").Find(".flash")); !strings.Contains(got, "put together") {
		t.Errorf("asked twice: %q", got)
	}
	if err := h.Jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
	fetch := b.page(at+"/data").Find("form[action$='/fetch']").AttrOr("action", "")
	if !strings.HasPrefix(fetch, at+"/data/") {
		t.Fatalf("it is fetched at %q", fetch)
	}

	others := map[string]*browser{"somebody else": h.browser(), "the child": h.browser(), "the owner": h.browser()}
	h.member("eve@example.org")
	others["somebody else"].signIn("eve@example.org", good)
	others["the child"].signIn(mia, good)
	others["the owner"].signIn(ingrid, good)
	for who, other := range others {
		for _, w := range []int{other.get(at + "/data").Code, other.post(at + "/data").Code, other.post(fetch).Code, other.post(at+"/data/erase", "confirm", mia).Code} {
			if w != http.StatusNotFound {
				t.Errorf("%s is answered %d", who, w)
			}
		}
	}
	if w := h.browser().get(at + "/data"); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in?") {
		t.Errorf("a visitor: %d to %q", w.Code, w.Header().Get("Location"))
	}

	zip := b.post(fetch)
	if zip.Code != http.StatusOK || zip.Header().Get("Content-Type") != "application/zip" || !strings.HasPrefix(zip.Body.String(), "PK") {
		t.Fatalf("the ZIP: %d %v", zip.Code, zip.Header())
	}
	leads(t, b.post(fetch), at+"/data")

	wrong := b.post(at+"/data/erase", "confirm", father)
	if page := document(t, wrong); wrong.Code != http.StatusUnprocessableEntity || page.Find("input[name=confirm]").AttrOr("value", "") != father {
		t.Errorf("with another address: %d, and what was typed is gone", wrong.Code)
	}
	h.now.Advance(actor.FreshFor + time.Second)
	if w := b.post(at+"/data/erase", "confirm", mia); w.Code != http.StatusForbidden {
		t.Errorf("on an old proof: %d", w.Code)
	}
	b.post("/me/again", "next", at+"/data", "again_password", good)
	leads(t, b.post(at+"/data/erase", "confirm", mia), "/me/children")
	if m, err := h.Members.Member(t.Context(), child); err == nil && (m.Email != "" || m.Name == "Mia Tanaka") {
		t.Errorf("she is still %+v", m)
	}
	if w := b.get(at + "/data"); w.Code == http.StatusOK {
		t.Error("there is still a page about her")
	}
}

// What the pages do, a program of the guardian's does too, until the consent ends or the
// child is of age.
func TestAGuardiansProgramFetchesTheFileUntilItIsOver(t *testing.T) {
	for name, end := range map[string]func(h *hall, b *browser, at string){
		"taken back": func(h *hall, b *browser, at string) { leads(h.t, b.post(at+"/withdraw"), "/me/children") },
		"of age":     func(h *hall, _ *browser, _ string) { h.now.Advance(4 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			h := openHall(t, config.Config{})
			child, guardianship := h.ward()
			p := h.program(father, good)
			var children struct {
				Items []struct {
					ID, MemberID, Name string
					Answers            bool
				}
			}
			p.into(p.ask(http.MethodGet, "/api/v1/me/children", nil), &children)
			if len(children.Items) != 1 || children.Items[0].ID != guardianship.String() || !children.Items[0].Answers || children.Items[0].Name != "Mia Tanaka" {
				t.Fatalf("the children: %+v", children)
			}
			exports := "/api/v1/me/children/" + guardianship.String() + "/exports"
			if w := p.ask(http.MethodPost, exports, nil); w.Code != http.StatusAccepted {
				t.Fatalf("ask: %d %s", w.Code, w.Body)
			}
			if w := p.ask(http.MethodPost, exports, nil); w.Code != http.StatusConflict {
				t.Errorf("asked twice: %d %s", w.Code, w.Body)
			}
			if err := h.Jobs.RunDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			var list struct {
				Items []struct {
					Fetch string `json:"fetch_with"`
				}
			}
			p.into(p.ask(http.MethodGet, exports, nil), &list)
			if len(list.Items) != 1 {
				t.Fatalf("the files: %+v", list)
			}
			if w := h.program(mia, good).ask(http.MethodPost, list.Items[0].Fetch, nil); w.Code != http.StatusNotFound {
				t.Errorf("the child fetches it: %d", w.Code)
			}

			b := h.browser()
			b.signIn(father, good)
			end(h, b, "/me/children/"+guardianship.String())
			p, b = h.program(father, good), h.browser()
			b.signIn(father, good)
			for what, w := range map[string]int{
				"the list": p.ask(http.MethodGet, exports, nil).Code, "another": p.ask(http.MethodPost, exports, nil).Code,
				"the file": p.ask(http.MethodPost, list.Items[0].Fetch, nil).Code,
				"to erase": p.ask(http.MethodPost, "/api/v1/me/children/"+guardianship.String()+"/erase", map[string]string{"confirm": mia}).Code,
				"the page": b.get("/me/children/" + guardianship.String() + "/data").Code,
			} {
				if w != http.StatusConflict {
					t.Errorf("%s is answered %d", what, w)
				}
			}
			if m, err := h.Members.Member(t.Context(), child); err != nil || m.Email != mia {
				t.Errorf("she is %+v, %v", m, err)
			}
		})
	}
}

// What can't be left empty is not called optional: the guardian's address where a
// letter goes to it, and a name where a drawing would do as well. And who consents to
// supervised hours sees them.
func TestAGuardianIsToldWhatIsNeededAndWhen(t *testing.T) {
	h := openHall(t, config.Config{})
	ctx := t.Context()
	h.ward()
	week := []consent.Window{{Weekday: 3, OpensMin: 15 * 60, ClosesMin: 19 * 60}}
	if _, err := h.Consent.Supervise(ctx, actor.House, h.space.ID, consent.Terms{}, week); err != nil {
		t.Fatal(err)
	}
	kid := h.browser()
	kid.signIn(mia, good)
	if got := text(kid.page("/me/guardian").Find("label[for=email]")); got != "E-mail of the guardian" {
		t.Errorf("the address is labelled %q", got)
	}
	const mother = "maja@example.org"
	h.member(mother)
	leads(t, kid.post("/me/guardian", "guardian_name", "Maja Mother", "email", mother, "letter", "en"), "/me/guardian")
	b := h.browser()
	b.signIn(mother, good)
	asked := b.page("/me/children").Find("main a[href^='/me/children/']").AttrOr("href", "")
	page := b.page(asked)
	if got := text(page.Find("label[for=name]")); got != "Your full name" {
		t.Errorf("the name is labelled %q", got)
	}
	if got := text(page.Find("form.sign")); !strings.Contains(got, "Wednesday 15:00–19:00") {
		t.Errorf("the hours are not told: %q", got)
	}
}
