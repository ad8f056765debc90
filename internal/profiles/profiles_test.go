package profiles

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/testkit"
)

// hall is a space with some people, for one test; it is everybody whom profiles asks.
type hall struct {
	*Service
	t       *testing.T
	space   id.ID
	people  map[id.ID]Person
	listed  []id.ID
	entries []string

	manager, desk, maker, other actor.Actor
}

func (h *hall) Record(_ context.Context, _ actor.Actor, _ id.ID, op actor.Operation, subject id.ID, _ any) error {
	h.entries = append(h.entries, string(op)+" "+string(subject))
	return nil
}

func (h *hall) Person(_ context.Context, member id.ID) (Person, error) {
	p, ok := h.people[member]
	if !ok {
		return Person{}, ErrNoSuchMember
	}
	return p, nil
}

func (h *hall) Names(_ context.Context, space id.ID, members []id.ID) (map[id.ID]string, error) {
	names := map[id.ID]string{}
	for _, m := range members {
		if p, ok := h.people[m]; ok && p.Spaces[space] != "" {
			names[m] = p.Name
		}
	}
	return names, nil
}

func (h *hall) Listed(context.Context, id.ID) ([]id.ID, error) { return slices.Clone(h.listed), nil }

func (h *hall) IsListed(_ context.Context, _, member id.ID) (bool, error) {
	return slices.Contains(h.listed, member), nil
}

func each(t *testing.T, fn func(t *testing.T, h *hall)) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := &hall{t: t, space: id.New(), people: map[id.ID]Person{}}
		h.Service = New(Needs{DB: d, Clock: testkit.Clock(t, "2027-03-01 09:00"), Audit: h, People: h, Consents: h})
		h.must(d.Tx(t.Context(), func(ctx context.Context) error {
			return d.In(ctx).Exec(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
				VALUES (?, 'harbour', '{}', '{}', '', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 1, 0, 1)`, h.space).Error
		}))
		join := func(name string, role actor.Role) actor.Actor {
			a := actor.Actor{Member: id.New(), Name: name, Roles: map[id.ID]actor.Role{h.space: role}}
			h.people[a.Member] = Person{Name: name, Spaces: a.Roles}
			h.must(d.Tx(t.Context(), func(ctx context.Context) error {
				return d.In(ctx).Exec(`INSERT INTO members (id, email, email_key, name, search, locale, phone, created_at, version) VALUES (?, ?, ?, ?, '', 'en', '', 0, 1)`,
					a.Member, a.Member, a.Member, name).Error
			}))
			return a
		}
		h.manager, h.desk = join("Max", actor.Manager), join("Dana", actor.Desk)
		h.maker, h.other = join("Mika", actor.Member), join("陈力", actor.Member)
		fn(t, h)
	})
}

func (h *hall) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) refused(err error, want *fault.Error) {
	h.t.Helper()
	if !errors.Is(err, want) {
		h.t.Errorf("got %v, want %s", err, want.Code)
	}
}

func TestTheDeskSeesAProfileCoveredAndRevealsItOnTheRecord(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		h.refused(h.EditMine(ctx, h.maker, h.space, Change{ContactName: "Ada"}), ErrContact)
		h.refused(h.EditMine(ctx, h.maker, h.space, Change{ContactName: "Ada", ContactPhone: "call"}), ErrPhone)
		h.refused(h.EditMine(ctx, h.maker, h.space, Change{Address: strings.Repeat("力", MaxText+1)}), ErrTooLong)
		mine := Change{Address: "Quay 4\nBremen", ContactName: "Ada", ContactPhone: "+49 421 1234", Makes: "Clocks"}
		h.must(h.EditMine(ctx, h.maker, h.space, mine))
		h.refused(h.EditMine(ctx, h.maker, h.space, mine), ErrStale)
		seen, err := h.Sheet(ctx, h.desk, h.space, h.maker.Member)
		if err != nil || !seen.Masked || seen.Profile.Address != Covered || seen.Profile.ContactPhone != Covered || seen.Profile.Makes != "Clocks" {
			t.Errorf("the desk sees %+v, %v", seen, err)
		}
		if whole, err := h.Reveal(ctx, h.desk, h.space, h.maker.Member); err != nil || whole.Profile.Address != "Quay 4\nBremen" {
			t.Errorf("revealed %+v, %v", whole, err)
		}
		if !slices.Contains(h.entries, "profile.reveal "+string(h.maker.Member)) {
			t.Error("nobody knows that it was revealed")
		}
		if whole, err := h.Sheet(ctx, h.manager, h.space, h.maker.Member); err != nil || whole.Masked {
			t.Errorf("the manager sees %+v, %v", whole, err)
		}
		for _, err := range []error{
			func() error { _, err := h.Sheet(ctx, h.other, h.space, h.maker.Member); return err }(),
			func() error { _, err := h.Reveal(ctx, h.other, h.space, h.maker.Member); return err }(),
			h.Edit(ctx, h.desk, h.space, h.maker.Member, Change{}),
		} {
			h.refused(err, actor.ErrForbidden)
		}
	})
}

func TestAFieldTakesItsKindOfAnswerFromWhomItIsFor(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		add := func(f Field) Field {
			f.SpaceID, f.Label = h.space, i18n.Text{EN: "Question"}
			made, err := h.AddField(ctx, h.manager, f)
			h.must(err)
			return made
		}
		shoes := add(Field{Kind: Choice, Choices: Choices{{EN: "small"}, {EN: "large"}}, Required: true})
		day, number, yes := add(Field{Kind: Date}), add(Field{Kind: Number}), add(Field{Kind: YesNo})
		secret := add(Field{Kind: Text, SeenBy: ByStaff, EditedBy: ByStaff})
		for want, f := range map[*fault.Error]Field{
			ErrLabel: {SpaceID: h.space, Kind: Text}, ErrKind: {SpaceID: h.space, Label: i18n.Text{EN: "x"}},
			ErrChoices: {SpaceID: h.space, Label: i18n.Text{EN: "x"}, Kind: Choice},
			ErrWhose:   {SpaceID: h.space, Label: i18n.Text{EN: "x"}, Kind: Text, SeenBy: ByStaff},
		} {
			_, err := h.AddField(ctx, h.manager, f)
			h.refused(err, want)
		}
		h.refused(h.EditMine(ctx, h.maker, h.space, Change{}), ErrRequired)
		for field, bad := range map[id.ID]string{shoes.ID: "2", day.ID: "yesterday", number.ID: "1e9", yes.ID: "perhaps"} {
			h.refused(h.EditMine(ctx, h.maker, h.space, Change{Answers: map[id.ID]string{shoes.ID: "0", field: bad}}), ErrAnswer)
		}
		h.must(h.EditMine(ctx, h.maker, h.space, Change{Answers: map[id.ID]string{
			shoes.ID: "1", day.ID: "2027-02-28", number.ID: "-1.5", yes.ID: "no", secret.ID: "I wrote this myself", id.New(): "x",
		}}))
		own, err := h.Mine(ctx, h.maker, h.space)
		h.must(err)
		if len(own.Answers) != 4 || own.Answers[0].Said(i18n.For("en")) != "large" {
			t.Errorf("one sees %+v", own.Answers)
		}
		all, err := h.Sheet(ctx, h.manager, h.space, h.maker.Member)
		h.must(err)
		if len(all.Answers) != 5 || all.Answers[4].Value != "" {
			t.Errorf("the manager sees %+v", all.Answers)
		}
		h.must(h.Edit(ctx, h.manager, h.space, h.maker.Member, Change{Version: all.Profile.Version, Answers: map[id.ID]string{secret.ID: "VIP"}}))
		shoes.Choices = shoes.Choices[:1]
		_, err = h.EditField(ctx, h.manager, shoes, false)
		h.refused(err, ErrChoices)
		shoes.Choices, shoes.Kind = nil, Text
		_, err = h.EditField(ctx, h.manager, shoes, false)
		h.refused(err, ErrKindKept)
		number.ArchivedAt = clock.Instant{}
		_, err = h.EditField(ctx, h.manager, number, true)
		h.must(err)
		_, err = h.EditField(ctx, h.manager, number, true)
		h.refused(err, ErrStale)
	})
}

func TestAPhotographIsSeenByThoseWhomItIsFor(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		var file bytes.Buffer
		h.must(png.Encode(&file, image.NewRGBA(image.Rect(0, 0, 40, 30))))
		h.must(h.SetPortrait(ctx, h.maker, &file))
		if err := h.SetPortrait(ctx, h.maker, strings.NewReader("<script>")); fault.All(err) == nil {
			t.Errorf("a page was taken for a picture: %v", err)
		}
		own, err := h.Mine(ctx, h.maker, h.space)
		h.must(err)
		look := func(by actor.Actor) error { _, err := h.Portrait(ctx, by, own.Profile.PortraitID); return err }
		h.must(look(h.maker))
		h.must(look(h.desk))
		h.refused(look(h.other), ErrNoSuchPortrait)
		h.refused(look(actor.Actor{}), actor.ErrSignIn)
		h.listed = []id.ID{h.maker.Member}
		h.must(look(h.other))
		h.listed = nil
		h.refused(look(h.other), ErrNoSuchPortrait)
		h.must(h.RemovePortrait(ctx, h.maker))
		h.refused(look(h.maker), ErrNoSuchPortrait)
	})
}

func TestTheDirectoryShowsThoseWhoAgreedAndAreHere(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		h.must(h.EditMine(ctx, h.maker, h.space, Change{Makes: "Clocks", Skills: "welding，enamel, "}))
		names := func(words string) []string {
			entries, _, err := h.Directory(ctx, h.other, h.space, words, 0, 0)
			h.must(err)
			var names []string
			for _, e := range entries {
				names = append(names, e.Name)
			}
			return names
		}
		if got := names(""); len(got) != 0 {
			t.Errorf("nobody agreed, and there are %v", got)
		}
		h.listed = []id.ID{h.other.Member, h.maker.Member}
		if got := names(""); !slices.Equal(got, []string{"Mika", "陈力"}) {
			t.Errorf("%v", got)
		}
		if got := names("CLOCK weld"); !slices.Equal(got, []string{"Mika"}) {
			t.Errorf("%v", got)
		}
		h.people[h.maker.Member] = Person{Name: "Mika"} // has left
		if got := names(""); !slices.Equal(got, []string{"陈力"}) {
			t.Errorf("%v", got)
		}
		_, _, err := h.Directory(ctx, actor.Actor{Member: id.New()}, h.space, "", 0, 0)
		h.refused(err, actor.ErrForbidden)
	})
}

func TestNothingIsCountedWithoutAgreementAndNothingStaysWithoutIt(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		h.refused(h.TellAboutMe(ctx, h.maker, false, map[string]string{"age": "16_30"}), ErrConsent)
		h.refused(h.TellAboutMe(ctx, h.maker, true, map[string]string{"age": "17"}), ErrOption)
		h.must(h.TellAboutMe(ctx, h.maker, true, map[string]string{"age": "16_30", "purpose": "founding"}))
		h.must(h.TellAboutMe(ctx, h.maker, true, map[string]string{"age": "31_44"}))
		if d, err := h.AboutMe(ctx, h.maker); err != nil || d.Age != "31_44" || d.Purpose != "" || d.ConsentedAt.IsZero() {
			t.Errorf("%+v %v", d, err)
		}
		h.must(h.WithdrawAboutMe(ctx, h.maker))
		h.must(h.WithdrawAboutMe(ctx, h.maker))
		if d, err := h.AboutMe(ctx, h.maker); err != nil || d.Age != "" || !d.ConsentedAt.IsZero() {
			t.Errorf("%+v %v", d, err)
		}
	})
}

func TestOfWhoIsErasedNothingTheyToldIsLeft(t *testing.T) {
	each(t, func(t *testing.T, h *hall) {
		ctx := t.Context()
		f, err := h.AddField(ctx, h.manager, Field{SpaceID: h.space, Label: i18n.Text{EN: "Question"}, Kind: Text})
		h.must(err)
		for _, by := range []actor.Actor{h.maker, h.other} {
			var file bytes.Buffer
			h.must(png.Encode(&file, image.NewRGBA(image.Rect(0, 0, 4, 3))))
			h.must(h.SetPortrait(ctx, by, &file))
			h.must(h.EditMine(ctx, by, h.space, Change{Address: "Quay 4", Answers: map[id.ID]string{f.ID: "yes"}, Version: 1}))
			h.must(h.TellAboutMe(ctx, by, true, map[string]string{"age": "16_30"}))
		}
		h.must(h.Erase(ctx, h.maker.Member))
		for _, table := range []string{"profiles", "profile_answers", "portraits", "demographics"} {
			var of []id.ID
			h.must(h.db.In(ctx).Raw("SELECT member_id FROM " + table).Scan(&of).Error)
			if !slices.Equal(of, []id.ID{h.other.Member}) {
				t.Errorf("%s is of %v", table, of)
			}
		}
	})
}
