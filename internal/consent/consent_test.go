package consent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
	"guildhall/internal/testkit"
)

var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

// makerspace is a space with everybody in it, for one test.
type makerspace struct {
	*Service
	t      *testing.T
	ctx    context.Context
	clock  *clock.Movable
	space  id.ID
	people map[id.ID]Person

	mu      sync.Mutex
	waiting []jobs.Job
	letters []mail.Message

	manager, desk, maker, parent actor.Actor
}

func (h *makerspace) Space(context.Context, id.ID) (Space, error) {
	return Space{ID: h.space, Slug: "harbour", Name: i18n.Text{EN: "Harbour Makers", ZH: "港湾创客"}, Country: "DE", Zone: berlin}, nil
}

func (h *makerspace) Person(_ context.Context, space, member id.ID) (Person, error) {
	p, ok := h.people[member]
	if !ok || space != "" && member == h.parent.Member {
		return Person{}, ErrNoSuchMember
	}
	return p, nil
}

func (h *makerspace) Addresses(_ context.Context, member id.ID) ([]string, error) {
	return []string{h.people[member].Email}, nil
}

func (*makerspace) Record(context.Context, actor.Actor, id.ID, actor.Operation, id.ID, any) error {
	return nil
}

func (h *makerspace) Add(_ context.Context, job jobs.Job) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waiting = append(h.waiting, job)
	return nil
}

func (h *makerspace) Send(_ context.Context, m mail.Message) error {
	h.letters = append(h.letters, m)
	return nil
}

// deliver does every job that waits, and gives the letters that came of it.
func (h *makerspace) deliver() []mail.Message {
	h.t.Helper()
	h.letters = nil
	for len(h.waiting) > 0 {
		job := h.waiting[0]
		h.waiting = h.waiting[1:]
		switch j := job.(type) {
		case asked:
			h.must(h.writeAsked(h.ctx, j))
		case answered:
			h.must(h.writeAnswered(h.ctx, j))
		case copied:
			h.must(h.sendCopy(h.ctx, j))
		case renewed:
			h.must(h.fanOut(h.ctx, j))
		case reread:
			h.must(h.writeReread(h.ctx, j))
		}
	}
	return h.letters
}

// token is that of the link in a letter.
func (h *makerspace) token(m mail.Message) string {
	h.t.Helper()
	_, rest, ok := strings.Cut(m.Text, "token=")
	if !ok {
		h.t.Fatalf("no link in %q", m.Text)
	}
	token, _, _ := strings.Cut(rest, "\n")
	return token
}

func each(t *testing.T, fn func(t *testing.T, h *makerspace)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := &makerspace{t: t, ctx: t.Context(), clock: testkit.Clock(t, "2027-03-01 09:00"), space: id.New(), people: map[id.ID]Person{}}
		h.Service = New(Needs{DB: d, Clock: h.clock, Spaces: h, Members: h, Audit: h, Jobs: h, Mail: h, BaseURL: "https://harbour.example"})
		h.must(d.Tx(h.ctx, func(ctx context.Context) error {
			return d.In(ctx).Exec(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
				VALUES (?, 'harbour', '{}', '{}', '', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 1, 0, 1)`, h.space).Error
		}))
		h.manager, h.desk = h.join("Max Manager", actor.Manager), h.join("Dana Desk", actor.Desk)
		h.maker, h.parent = h.join("Mika Maker", actor.Member), h.join("Petra Parent", "")
		fn(t, h)
	})
}

func (h *makerspace) join(name string, role actor.Role) actor.Actor {
	h.t.Helper()
	p := Person{ID: id.New(), Name: name, Email: strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@example.org", Locale: "en", Confirmed: true}
	h.must(h.db.Tx(h.ctx, func(ctx context.Context) error {
		return h.db.In(ctx).Exec(`INSERT INTO members (id, email, email_key, name, search, locale, phone, created_at, version) VALUES (?, ?, ?, ?, '', 'en', '', 0, 1)`,
			p.ID, p.Email, p.Email, p.Name).Error
	}))
	h.people[p.ID] = p
	a := actor.Actor{Member: p.ID, Name: name, Locale: "en", Roles: map[id.ID]actor.Role{}}
	if role != "" {
		a.Roles[h.space] = role
	}
	return a
}

func (h *makerspace) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *makerspace) refused(err error, want *fault.Error) {
	h.t.Helper()
	if !errors.Is(err, want) {
		h.t.Fatalf("got %v, want %s", err, want.Code)
	}
}

// rules are house rules that everyone is asked to sign, published.
func (h *makerspace) rules(kind DocumentKind) Paper {
	h.t.Helper()
	p, err := h.Draft(h.ctx, h.manager, h.space, Details{
		Kind: kind, Audience: Everyone, Title: i18n.Text{EN: "House rules", ZH: "守则"}, Body: i18n.Text{EN: "# Be kind\r\nTie back your hair.", ZH: "请扎好长发。"},
	})
	h.must(err)
	p, err = h.Publish(h.ctx, h.manager, h.space, p.ID, 1, false)
	h.must(err)
	return p
}

func (h *makerspace) standing(member id.ID) Standing {
	h.t.Helper()
	st, err := h.Standing(h.ctx, h.space, member)
	h.must(err)
	return st
}

func signed(name string) Signature {
	return Signature{Name: name, Language: "en", Address: "192.0.2.7"}
}

func TestANewVersionAsksAgain(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		p := h.rules(Rules)
		if n := len(h.standing(h.maker.Member).Unsigned); n != 1 {
			t.Fatalf("%d documents are asked for, not 1", n)
		}
		a, err := h.Sign(h.ctx, h.maker, h.space, p.ID, p.Current.ID, signed("Mika Maker"))
		h.must(err)
		if want := digest("House rules\n\n# Be kind\nTie back your hair."); a.Hash != want {
			t.Errorf("the hash is %s, not that of the text that was shown", a.Hash)
		}
		again, err := h.Sign(h.ctx, h.maker, h.space, p.ID, p.Current.ID, signed("Mika Maker"))
		h.must(err)
		if again.ID != a.ID {
			t.Error("what counts already was signed twice")
		}
		if st := h.standing(h.maker.Member); len(st.Unsigned) != 0 {
			t.Errorf("still asked for: %v", st.Unsigned)
		}
		d := Details{Kind: Rules, Audience: Everyone, Title: p.Current.Title, Body: i18n.Text{EN: "Be kind, and quiet."}, Version: int(p.Document.Version)}
		next, err := h.Revise(h.ctx, h.manager, h.space, p.ID, d)
		h.must(err)
		if st := h.standing(h.maker.Member); len(st.Unsigned) != 0 {
			t.Error("a draft is asked for")
		}
		_, err = h.Revise(h.ctx, h.manager, h.space, p.ID, d)
		h.refused(err, ErrStale)
		if n, err := h.AskedAgain(h.ctx, h.manager, h.space, p.ID); err != nil || n != 1 {
			t.Errorf("%d people will be asked again, %v", n, err)
		}
		next, err = h.Publish(h.ctx, h.manager, h.space, p.ID, int(next.Document.Version), true)
		h.must(err)
		if st := h.standing(h.maker.Member); len(st.Unsigned) != 1 {
			t.Error("the new version is not asked for")
		}
		letters := h.deliver()
		if len(letters) != 2 || letters[0].Subject != "Your copy: House rules" || len(letters[1].Files) != 0 {
			t.Fatalf("letters: %v", letters)
		}
		letters = letters[1:]
		if letters[0].To != "mika.maker@example.org" || !strings.Contains(letters[0].Text, "/s/harbour/documents/"+p.ID.String()) {
			t.Errorf("letters: %v", letters)
		}
		_, err = h.Sign(h.ctx, h.maker, h.space, p.ID, p.Current.ID, signed("Mika Maker"))
		h.refused(err, ErrSuperseded)
		_, err = h.Sign(h.ctx, h.maker, h.space, p.ID, next.Current.ID, signed("Mika Maker"))
		h.must(err)
		list, err := h.Acceptances(h.ctx, h.maker, "", h.maker.Member)
		h.must(err)
		if len(list) != 2 || !list[0].Counts || list[1].Counts || list[1].Text.Number != 1 {
			t.Errorf("the two signatures read as %+v", list)
		}
		_, err = h.Publish(h.ctx, h.manager, h.space, p.ID, 0, false)
		h.refused(err, ErrNoDraft)
	})
}

func TestASignatureIsAskedAgainWhenItsTimeIsOver(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		p := h.rules(Rules)
		_, err := h.Revise(h.ctx, h.manager, h.space, p.ID, Details{Kind: Rules, Audience: Everyone, ValidMonths: 12, Title: p.Current.Title, Body: p.Current.Body})
		h.must(err)
		_, err = h.Sign(h.ctx, h.maker, h.space, p.ID, p.Current.ID, signed("Mika"))
		h.must(err)
		h.clock.Set(testkit.At(t, "2028-02-29 22:59"))
		if st := h.standing(h.maker.Member); len(st.Unsigned) != 0 {
			t.Error("asked again before the year was over")
		}
		h.clock.Set(testkit.At(t, "2028-02-29 23:00"))
		if st := h.standing(h.maker.Member); len(st.Unsigned) != 1 {
			t.Error("not asked again after a year")
		}
		_, err = h.Sign(h.ctx, h.maker, h.space, p.ID, p.Current.ID, signed("Mika"))
		h.must(err)
	})
}

// TestWhatWasSignedStays: no statement changes it, whoever sends it, but for the one
// that blanks a person.
func TestWhatWasSignedStays(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		p := h.rules(Rules)
		a, err := h.Sign(h.ctx, h.maker, h.space, p.ID, p.Current.ID, signed("Mika Maker"))
		h.must(err)
		h.must(h.Choose(h.ctx, h.maker, h.space, h.maker.Member, Photos, true, "en", "192.0.2.7"))
		for _, statement := range []string{
			"DELETE FROM acceptances", "UPDATE acceptances SET name = 'Somebody'", "UPDATE acceptances SET accepted_at = 1, name = '', drawing = '', address = '', note = ''",
			"UPDATE acceptances SET hash = 'x'", "DELETE FROM consent_choices", "UPDATE consent_choices SET given = NOT given",
			"UPDATE document_versions SET body = '{}'", "DELETE FROM document_versions",
		} {
			err := h.db.Tx(h.ctx, func(ctx context.Context) error { return h.db.In(ctx).Exec(statement).Error })
			if err == nil {
				t.Errorf("%s was let through", statement)
			}
		}
		h.must(h.Erase(h.ctx, h.maker.Member))
		got, err := h.Acceptance(h.ctx, h.manager, a.ID)
		h.must(err)
		want := a
		want.Name, want.Address = "", ""
		if diff := cmp.Diff(want, got.Acceptance); diff != "" {
			t.Errorf("after the erasure: %s", diff)
		}
	})
}

// TestWhoSignsHasACopyByMail: once for each signature, and the same file that can be
// fetched; nothing goes out for a signature that is refused.
func TestWhoSignsHasACopyByMail(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		p := h.rules(Rules)
		_, err := h.Sign(h.ctx, h.maker, h.space, p.ID, id.New(), signed("Mika Maker"))
		h.refused(err, ErrSuperseded)
		if letters := h.deliver(); len(letters) != 0 {
			t.Fatalf("a refused signature sent %v", letters)
		}
		sig := signed("陈美佳")
		sig.Language = "zh-CN"
		a, err := h.Sign(h.ctx, h.maker, h.space, p.ID, p.Current.ID, sig)
		h.must(err)
		_, err = h.Sign(h.ctx, h.maker, h.space, p.ID, p.Current.ID, sig)
		h.must(err)
		letters := h.deliver()
		if len(letters) != 1 || letters[0].To != "mika.maker@example.org" || len(letters[0].Files) != 1 {
			t.Fatalf("letters: %v", letters)
		}
		_, fetched, err := h.Copy(h.ctx, h.maker, a.ID)
		h.must(err)
		f := letters[0].Files[0]
		if f.Name != "守则 2027-03-01.pdf" || f.Type != "application/pdf" || !bytes.Equal(f.Body, fetched) {
			t.Errorf("attached %q (%s), %d bytes, of %d that can be fetched", f.Name, f.Type, len(f.Body), len(fetched))
		}
		if !strings.Contains(letters[0].Text, "https://harbour.example/me/documents") {
			t.Errorf("no way to the copy in %q", letters[0].Text)
		}
		_, err = h.RecordSignature(h.ctx, h.desk, h.space, p.ID, p.Current.ID, h.desk.Member, signed("Dana Desk"), Recording{How: OnPaper, Note: "Folder 3"})
		h.must(err)
		if letters := h.deliver(); len(letters) != 1 || letters[0].To != "dana.desk@example.org" {
			t.Errorf("of what was signed at the desk: %v", letters)
		}
	})
}

func TestWhoSeesASignature(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		p := h.rules(Rules)
		a, err := h.Sign(h.ctx, h.maker, h.space, p.ID, p.Current.ID, signed("Mika Maker"))
		h.must(err)
		for who, by := range map[string]actor.Actor{"the signer": h.maker, "the desk": h.desk, "a manager": h.manager} {
			if _, err := h.Acceptance(h.ctx, by, a.ID); err != nil {
				t.Errorf("%s: %v", who, err)
			}
		}
		other := h.join("Otto Other", actor.Member)
		_, err = h.Acceptance(h.ctx, other, a.ID)
		h.refused(err, ErrNoSuchAcceptance)
		_, err = h.Acceptances(h.ctx, other, h.space, h.maker.Member)
		h.refused(err, ErrNoSuchMember)
		_, err = h.Acceptance(h.ctx, actor.Actor{}, a.ID)
		h.refused(err, actor.ErrSignIn)
		_, err = h.RecordSignature(h.ctx, h.maker, h.space, p.ID, p.Current.ID, other.Member, signed("Otto"), Recording{How: OnPaper})
		h.refused(err, actor.ErrForbidden)
		a, err = h.RecordSignature(h.ctx, h.desk, h.space, p.ID, p.Current.ID, other.Member, signed("Otto"), Recording{How: OnPaper, Note: "Folder 3"})
		h.must(err)
		if a.RecordedBy != h.desk.Member || a.Note != "Folder 3" || len(h.standing(other.Member).Unsigned) != 0 {
			t.Errorf("recorded as %+v", a)
		}
	})
}

func TestASignatureIsANameOrADrawing(t *testing.T) {
	for path, want := range map[string]bool{
		"M10 20L11 22": true, "M0 0L600 200M5 5L6 6": true,
		"": false, "M10 20": false, "L1 1": false, "M10 20L601 1": false, "M10 20L1 201": false, "M1 1L2 2Z": false, "M1,1L2,2": false,
		"M1 1L-2 2": false, "M1 1L2 2\"><script>": false, "M1 1L2": false, "M1 1L2 2L": false, "M1 1" + strings.Repeat("L2 2", 6000): false,
	} {
		if _, ok := Strokes(path); ok != want {
			t.Errorf("%.40q is a drawing: %v", path, ok)
		}
	}
	for _, c := range []struct {
		sig  Signature
		want *fault.Error
	}{
		{Signature{Language: "en"}, ErrUnsigned},
		{Signature{Name: " \t", Language: "en"}, ErrUnsigned},
		{Signature{Name: "a\nb", Language: "en"}, ErrName},
		{Signature{Name: strings.Repeat("陈", 201), Language: "en"}, ErrName},
		{Signature{Name: "Mia", Language: "fr"}, ErrLanguage},
		{Signature{Name: "Mia", Drawing: "<svg>", Language: "en"}, ErrDrawing},
		{Signature{Name: strings.Repeat("陈", 200), Language: "zh-CN"}, nil},
		{Signature{Drawing: "M1 1L2 2", Language: "en"}, nil},
	} {
		_, err := c.sig.normal()
		if c.want == nil && err != nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%.40q: %v", c.sig.Name, err)
		}
	}
}

func TestATextKnowsLittleMarkup(t *testing.T) {
	got := Blocks("# Rules\nTie back\nyour hair. **Always**, **\n\n- one\n2. two\n<b>bold</b>\n请扎好\n长发")
	want := []Block{
		{Kind: Heading, Spans: []Span{{Text: "Rules"}}},
		{Spans: []Span{{Text: "Tie back your hair. "}, {"Always", true}, {Text: ", **"}}},
		{Kind: Bullet, Spans: []Span{{Text: "one"}}},
		{Kind: Numbered, Number: 2, Spans: []Span{{Text: "two"}}},
		{Spans: []Span{{Text: "<b>bold</b>请扎好长发"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSomebodyComesOfAgeOnTheirBirthday(t *testing.T) {
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		born clock.Day
		zone *time.Location
		want string
	}{
		{"2009-03-15", berlin, "2027-03-14 23:00"},
		{"2009-03-15", shanghai, "2027-03-14 16:00"},
		{"2009-03-28", berlin, "2027-03-27 23:00"}, // the clocks go forward on this day
		{"2008-02-29", berlin, "2026-02-28 23:00"}, // 1 March: 2026 has no 29 February
		{"2008-02-28", berlin, "2026-02-27 23:00"},
		{"1990-02-29", berlin, ""},
	} {
		if c.want == "" {
			if born(c.born, "2027-01-01") {
				t.Errorf("%s is taken for a birthday", c.born)
			}
			continue
		}
		if got := Adult(c.born, c.zone); !got.Equal(testkit.At(t, c.want)) {
			t.Errorf("%s in %s: %v, want %s", c.born, c.zone, got, c.want)
		}
	}
	for day, age := range map[clock.Day]int{"2027-02-28": 18, "2027-03-01": 19, "2028-02-28": 19, "2028-02-29": 20} {
		if got := Age("2008-02-29", day); got != age {
			t.Errorf("born on 29 February 2008, on %s: %d, want %d", day, got, age)
		}
	}
}

// minor makes somebody of 16 who was born on this day.
func (h *makerspace) minor(born clock.Day) actor.Actor {
	h.t.Helper()
	kid := h.join("Kim Kid", actor.Member)
	h.must(h.SayBirthday(h.ctx, kid, h.space, kid.Member, born, ""))
	return kid
}

func TestAGuardianConsentsByALink(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		waiver := h.rules(Waiver)
		kid := h.minor("2010-06-01")
		h.refused(h.SayBirthday(h.ctx, kid, h.space, kid.Member, "2000-06-01", ""), ErrBirthdayKnown)
		_, err := h.Sign(h.ctx, kid, h.space, waiver.ID, waiver.Current.ID, signed("Kim"))
		h.refused(err, ErrGuardianSigns)
		_, err = h.AskGuardian(h.ctx, kid, h.space, kid.Member, Invitation{Name: "Me", Email: "Kim.Kid@example.org"})
		h.refused(err, ErrGuardianEmail)
		_, err = h.AskGuardian(h.ctx, h.maker, h.space, h.maker.Member, Invitation{Name: "Petra", Email: "petra.parent@example.org"})
		h.refused(err, ErrNotMinor)
		_, err = h.AskGuardian(h.ctx, kid, h.space, kid.Member, Invitation{Name: "Petra Parent", Email: "Petra.Parent@example.org", Locale: "en"})
		h.must(err)
		if st := h.standing(kid.Member); !st.Minor || !st.Invited || st.Consented {
			t.Fatalf("after asking: %+v", st)
		}
		door := Door{Token: h.token(h.deliver()[0])}
		child, err := h.At(h.ctx, actor.Actor{}, door, "en")
		h.must(err)
		if len(child.Papers) != 1 || child.Minor.Name != "Kim Kid" || !strings.Contains(child.Statement, "Kim Kid") {
			t.Fatalf("behind the link: %+v", child)
		}
		_, err = h.Consent(h.ctx, kid, door, signed("Petra Parent"), nil)
		h.refused(err, ErrOwnGuardian)
		g, err := h.Consent(h.ctx, actor.Actor{}, door, signed("Petra Parent"), []id.ID{waiver.Current.ID})
		h.must(err)
		if g.Wording != Wording || g.Hash != digest(child.Statement) || g.Address != "192.0.2.7" || g.Signature != "Petra Parent" {
			t.Errorf("kept as %+v", g)
		}
		if st := h.standing(kid.Member); !st.Consented || len(st.Unsigned) != 0 {
			t.Fatalf("after the consent: %+v", st)
		}
		letters := h.deliver()
		if len(letters) != 4 || letters[0].To != "kim.kid@example.org" {
			t.Fatalf("letters: %v", letters)
		}
		for n, to := range []string{"kim.kid@example.org", "Petra.Parent@example.org"} {
			m := letters[2+n]
			if m.To != to || len(m.Files) != 1 || m.Files[0].Name != "House rules 2027-03-01.pdf" || !bytes.HasPrefix(m.Files[0].Body, []byte("%PDF-")) {
				t.Errorf("the copy for %s went to %s as %q with %d files", to, m.To, m.Subject, len(m.Files))
			}
		}
		children, err := h.Children(h.ctx, h.parent, "en")
		h.must(err)
		if len(children) != 1 || children[0].MemberID != kid.Member {
			t.Errorf("the guardian sees %+v", children)
		}
		_, err = h.At(h.ctx, actor.Actor{}, door, "en") // the page that is still open
		h.must(err)
		later := Door{Token: h.token(letters[1])} // the letter that says so has a link of its own
		_, err = h.At(h.ctx, actor.Actor{}, later, "en")
		h.must(err)
		_, err = h.Decline(h.ctx, actor.Actor{}, door)
		h.must(err)
		if st := h.standing(kid.Member); st.Consented || st.Invited {
			t.Errorf("after the withdrawal: %+v", st)
		}
		_, err = h.Decline(h.ctx, actor.Actor{}, door)
		h.refused(err, ErrAnswered)
		_, err = h.Consent(h.ctx, actor.Actor{}, door, signed("Petra"), nil)
		h.refused(err, ErrAnswered)
		if letters := h.deliver(); len(letters) != 2 {
			t.Errorf("letters: %v", letters)
		}
	})
}

func TestALetterToAGuardianIsNotSentTwiceAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		kid := h.minor("2010-06-01")
		g, err := h.AskGuardian(h.ctx, kid, h.space, kid.Member, Invitation{Name: "Petra", Email: "petra.parent@example.org"})
		h.must(err)
		old := h.token(h.deliver()[0])
		h.refused(h.Resend(h.ctx, kid, h.space, kid.Member, g.ID), ErrSentAlready)
		h.clock.Advance(10 * time.Minute)
		h.must(h.Resend(h.ctx, kid, h.space, kid.Member, g.ID))
		fresh := h.token(h.deliver()[0])
		_, err = h.At(h.ctx, actor.Actor{}, Door{Token: old}, "en")
		h.refused(err, ErrNoSuchGuardian)
		h.clock.Advance(InviteFor + time.Second)
		_, err = h.Consent(h.ctx, actor.Actor{}, Door{Token: fresh}, signed("Petra"), nil)
		h.refused(err, ErrInviteOld)
		_, err = h.Consent(h.ctx, h.parent, Door{Guardianship: g.ID}, signed("Petra"), nil) // signed in it is open still
		h.must(err)
		stranger := h.join("Sven Stranger", actor.Member)
		_, err = h.Decline(h.ctx, stranger, Door{Guardianship: g.ID})
		h.refused(err, ErrNoSuchGuardian)
	})
}

// TestItAllEndsAtEighteen: the consent, what the guardian signed and chose, and what
// the guardian sees.
func TestItAllEndsAtEighteen(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		waiver := h.rules(Waiver)
		kid := h.minor("2009-03-15")
		_, err := h.RecordConsent(h.ctx, h.desk, h.space, kid.Member, Invitation{Name: "Petra Parent", Email: "petra.parent@example.org"}, "", "")
		h.refused(err, ErrVerified)
		_, err = h.RecordConsent(h.ctx, h.desk, h.space, kid.Member, Invitation{Name: "Petra Parent", Email: "petra.parent@example.org"}, "Identity card seen", "")
		h.must(err)
		_, err = h.RecordSignature(h.ctx, h.desk, h.space, waiver.ID, waiver.Current.ID, kid.Member, signed("Petra Parent"), Recording{How: AtDesk})
		h.must(err)
		h.must(h.Choose(h.ctx, h.parent, h.space, kid.Member, Photos, true, "en", ""))
		h.refused(h.Choose(h.ctx, h.parent, h.space, kid.Member, Directory, true, "en", ""), ErrNotForMinors)
		h.deliver()
		h.clock.Set(testkit.At(t, "2027-03-14 22:59"))
		h.must(h.ComeOfAge(h.ctx))
		if st := h.standing(kid.Member); !st.Minor || len(st.Unsigned) != 0 || len(h.deliver()) != 0 {
			t.Fatalf("a minute before midnight: %+v", st)
		}
		h.clock.Set(testkit.At(t, "2027-03-14 23:00"))
		if st := h.standing(kid.Member); st.Minor || len(st.Unsigned) != 1 || st.Unsigned[0].Guardian {
			t.Fatalf("on the birthday: %+v", st)
		}
		if given, err := h.Consented(h.ctx, kid.Member, h.space, Photos); err != nil || given {
			t.Errorf("what the guardian allowed goes on: %v, %v", given, err)
		}
		if children, err := h.Children(h.ctx, h.parent, "en"); err != nil || len(children) != 0 {
			t.Errorf("the guardian still sees %v, %v", children, err)
		}
		h.must(h.ComeOfAge(h.ctx))
		h.must(h.ComeOfAge(h.ctx))
		if letters := h.deliver(); len(letters) != 2 || !strings.Contains(letters[0].Subject, "of age") {
			t.Errorf("letters: %v", letters)
		}
		_, err = h.Sign(h.ctx, kid, h.space, waiver.ID, waiver.Current.ID, signed("Kim Kid"))
		h.must(err)
	})
}

func TestChoicesAreTakenBackAsEasilyAsGiven(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		for _, given := range []bool{true, true, false, true} {
			h.must(h.Choose(h.ctx, h.maker, h.space, h.maker.Member, Marketing, given, "zh-CN", "192.0.2.7"))
			if now, err := h.Consented(h.ctx, h.maker.Member, h.space, Marketing); err != nil || now != given {
				t.Fatalf("chose %v, and it is %v, %v", given, now, err)
			}
		}
		c, err := h.Choices(h.ctx, h.maker, h.space, h.maker.Member)
		h.must(err)
		if len(c.History) != 3 || c.History[0].Hash != digest(Marketing.Words("zh-CN")) || c.Given[Photos] {
			t.Errorf("the history is %+v", c.History)
		}
		h.refused(h.Choose(h.ctx, h.maker, h.space, h.desk.Member, Marketing, true, "en", ""), ErrNoSuchMember)
		young := h.minor("2012-06-01") // 14: too young to choose in Germany
		h.refused(h.Choose(h.ctx, young, h.space, young.Member, Photos, true, "en", ""), ErrGuardianChooses)
		h.refused(h.Choose(h.ctx, young, h.space, young.Member, "moon", true, "en", ""), ErrChoiceKind)
	})
}

func TestSupervisedHoursAreAWeek(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		week := []Window{{Weekday: 6, OpensMin: 600, ClosesMin: 840}, {Weekday: 3, OpensMin: 900, ClosesMin: 1080}}
		terms, err := h.Supervise(h.ctx, h.manager, h.space, Terms{AsksBirthday: true}, week)
		h.must(err)
		_, got, err := h.Supervised(h.ctx, h.maker, h.space)
		h.must(err)
		if len(got) != 2 || got[0].Weekday != 3 {
			t.Errorf("the week is %+v", got)
		}
		if st := h.standing(h.maker.Member); !st.AsksBirthday {
			t.Error("the day of birth is not asked for")
		}
		_, err = h.Supervise(h.ctx, h.manager, h.space, Terms{}, week)
		h.refused(err, ErrStale)
		_, err = h.Supervise(h.ctx, h.manager, h.space, terms, append(week, Window{Weekday: 3, OpensMin: 1000, ClosesMin: 1100}))
		h.refused(err, ErrWindows)
		_, err = h.Supervise(h.ctx, h.manager, h.space, terms, []Window{{Weekday: 8, OpensMin: 1, ClosesMin: 2}})
		h.refused(err, ErrWindow)
		_, err = h.Supervise(h.ctx, h.desk, h.space, terms, nil)
		h.refused(err, actor.ErrForbidden)
	})
}

// TestTwentySignAtOnce: the same person from twenty windows has one signature.
func TestTwentySignAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *makerspace) {
		p := h.rules(Rules)
		var wg sync.WaitGroup
		for n := range 20 {
			wg.Go(func() {
				if _, err := h.Sign(h.ctx, h.maker, h.space, p.ID, p.Current.ID, signed(fmt.Sprint("Mika ", n))); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		list, err := h.Acceptances(h.ctx, h.maker, h.space, h.maker.Member)
		h.must(err)
		if len(list) != 1 {
			t.Errorf("%d signatures", len(list))
		}
	})
}

// A signature counts as long as the list of those who have not signed says so.
func TestSinceWhenASignatureCounts(t *testing.T) {
	d := Document{ValidMonths: 6}
	for on, first := range map[string]string{"2026-08-31": "2026-03-01", "2026-09-01": "2026-03-02", "2027-02-28": "2026-09-01"} {
		day, err := clock.ParseDay(on)
		if err != nil {
			t.Fatal(err)
		}
		now := day.Start(berlin).Add(12 * time.Hour)
		since := d.CountsSince(now, berlin)
		if got := string(clock.DayOf(since, berlin)); got != first {
			t.Errorf("on %s since %s, want %s", on, got, first)
		}
		for at, want := range map[clock.Instant]bool{since: true, since.Add(-time.Second): false} {
			if got := now.Before(Acceptance{AcceptedAt: at}.until(d, berlin)); got != want {
				t.Errorf("on %s one of %s counts: %v", on, at, got)
			}
		}
	}
}
