package booking

import (
	"slices"
	"testing"

	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/testkit"
)

// TestWhoIsAskedForPapersAndAge asks for hours of Tuesday the 24th and Wednesday the
// 25th; minors are supervised on Wednesdays from 15 to 18.
func TestWhoIsAskedForPapersAndAge(t *testing.T) {
	rules := Paper{Document: id.New(), Name: i18n.Text{EN: "House rules"}}
	supervised := []WeekTime{{Weekday: 3, FromMin: 900, ToMin: 1020}, {Weekday: 3, FromMin: 1020, ToMin: 1080}}
	minor := func(until string, consented bool) func(*Holder) {
		return func(p *Holder) {
			p.Birthday = Birthday{Adult: at(t, until), Consented: consented, Supervised: supervised}
		}
	}
	papers := func(change func(*Paper)) func(*Holder) {
		return func(p *Holder) {
			paper := rules
			change(&paper)
			p.Unsigned = []Paper{paper}
		}
	}
	for _, c := range []struct {
		name     string
		who      func(*Holder)
		from, to string
		want     []string
		remedy   string
	}{
		{"the rules are not signed", papers(func(*Paper) {}), "24 10:00", "24 11:00", []string{WaiverUnsigned}, SignDocument},
		{"a guardian signs them", papers(func(p *Paper) { p.Guardian = true }), "24 10:00", "24 11:00", []string{WaiverUnsigned}, GuardianSigns},
		{"of users of another kind", papers(func(p *Paper) { p.Kinds = []string{"laser"} }), "24 10:00", "24 11:00", nil, ""},
		{"of users of this kind", papers(func(p *Paper) { p.Kinds = []string{"saw"} }), "24 10:00", "24 11:00", []string{WaiverUnsigned}, SignDocument},
		{"of users of another area", papers(func(p *Paper) { p.Areas = []id.ID{id.New()} }), "24 10:00", "24 11:00", nil, ""},
		{"of minors only", papers(func(p *Paper) { p.Minors = true }), "24 10:00", "24 11:00", nil, ""},
		{"the age is asked", func(p *Holder) { p.Birthday.Asked = true }, "24 10:00", "24 11:00", []string{BirthdayAsked}, GiveBirthday},
		{"a minor in supervised hours", minor("2027-01-01 00:00", true), "25 15:00", "25 18:00", nil, ""},
		{"a minor outside of them", minor("2027-01-01 00:00", true), "25 17:00", "25 19:00", []string{Unsupervised}, ChooseTime},
		{"a minor on another day", minor("2027-01-01 00:00", true), "24 15:00", "24 16:00", []string{Unsupervised}, ChooseTime},
		{"a minor without consent", minor("2027-01-01 00:00", false), "25 15:00", "25 16:00", []string{GuardianMissing}, AskGuardian},
		{"of age at the start", minor("2026-11-24 00:00", false), "24 10:00", "24 11:00", nil, ""},
		{"a minor until that night", minor("2026-11-25 00:00", true), "24 10:00", "24 11:00", []string{Unsupervised}, ChooseTime},
		{"never supervised", func(p *Holder) { p.Birthday = Birthday{Adult: at(t, "2027-01-01 00:00"), Consented: true} },
			"25 15:00", "25 16:00", []string{NeverSupervised}, TalkToDesk},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t, testkit.DB(t))
			saw := h.machine("saw", nil)
			who := h.person("maker", c.who)
			_, err := h.Book(t.Context(), who, Request{Resource: saw.ID, StartsAt: at(t, "2026-11-"+c.from), EndsAt: at(t, "2026-11-"+c.to)})
			refusal, _ := err.(Refusal)
			if got := refusal.Codes(); !slices.Equal(got, c.want) && len(got)+len(c.want) > 0 || err != nil && c.want == nil {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if len(c.want) == 0 {
				return
			}
			v := refusal.Violations[0]
			if v.Remedy == nil || v.Remedy.Code != c.remedy || v.Overridable {
				t.Errorf("remedy %+v, overridable %v; want %s", v.Remedy, v.Overridable, c.remedy)
			}
			for _, locale := range i18n.Locales {
				if v.Sentence(i18n.For(locale), berlin) == "" || v.Remedy.Sentence(i18n.For(locale), berlin) == "" {
					t.Errorf("%s is not said in %s", v.Code, locale)
				}
			}
		})
	}
}

// TestAWithdrawnConsentEndsAtTheNextRequest: what was booked can't be begun, and a
// text that was published meanwhile does not keep anybody from what they have.
func TestAWithdrawnConsentEndsAtTheNextRequest(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	saw := h.machine("saw", nil)
	kid := h.person("kid", func(p *Holder) {
		p.Birthday = Birthday{Adult: at(t, "2027-01-01 00:00"), Consented: true, Supervised: []WeekTime{{Weekday: 3, FromMin: 900, ToMin: 1080}}}
	})
	b, err := h.Book(t.Context(), kid, Request{Resource: saw.ID, StartsAt: at(t, "2026-11-25 15:00"), EndsAt: at(t, "2026-11-25 16:00")})
	if err != nil {
		t.Fatal(err)
	}
	h.clock.Set(at(t, "2026-11-25 15:00"))
	p := h.holders[kid.Member]
	p.Unsigned = []Paper{{Document: id.New(), Name: i18n.Text{EN: "House rules"}}}
	withdrawn := p
	withdrawn.Birthday.Consented = false
	h.holders[kid.Member] = withdrawn
	_, err = h.CheckIn(t.Context(), kid, b.ID)
	is(t, err, fault.Forbidden("booking."+GuardianMissing, ""))
	h.holders[kid.Member] = p
	if _, err = h.CheckIn(t.Context(), kid, b.ID); err != nil {
		t.Fatal(err)
	}
}

// The end of supervised hours is on the day they begin, and is not said with its date.
func TestSupervisedHoursAreSaidShortly(t *testing.T) {
	v := Violation{Code: Unsupervised, Args: map[string]any{"From": at(t, "2026-11-25 15:00"), "Until": at(t, "2026-11-25 18:00")}}
	for locale, want := range map[string]string{
		"en":    "Under 18 you book within supervised hours. The next: Wed 25 Nov 2026, 15:00–18:00.",
		"zh-CN": "未满 18 岁只能在有人看护的时段预约。最近一段：2026年11月25日 周三 15:00–18:00。",
	} {
		if got := v.Sentence(i18n.For(locale), berlin); got != want {
			t.Errorf("%s: %q", locale, got)
		}
	}
}
