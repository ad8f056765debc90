package proofs

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
	"guildhall/internal/testkit"
)

// counter is where proofs are handed in, for one test; it is everybody whom proofs asks.
type counter struct {
	*Service
	t       *testing.T
	mu      sync.Mutex
	space   id.ID
	jobs    []jobs.Job
	letters []mail.Message

	manager, desk, maker, other actor.Actor
}

func (c *counter) Record(context.Context, actor.Actor, id.ID, actor.Operation, id.ID, any) error {
	return nil
}

func (c *counter) Person(_ context.Context, _, member id.ID) (Person, error) {
	if member == c.maker.Member || member == c.desk.Member {
		return Person{Name: "Mika", Email: "mika@example.org", Locale: "en"}, nil
	}
	return Person{}, ErrNoSuchMember
}

func (c *counter) Space(context.Context, id.ID) (Space, error) {
	return Space{Name: i18n.Text{EN: "Harbour"}, Zone: time.UTC}, nil
}

func (c *counter) Add(_ context.Context, j jobs.Job) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jobs = append(c.jobs, j)
	return nil
}

func (c *counter) Send(_ context.Context, m mail.Message) error {
	c.letters = append(c.letters, m)
	return nil
}

func each(t *testing.T, fn func(t *testing.T, c *counter)) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		c := &counter{t: t, space: id.New()}
		c.Service = New(Needs{DB: d, Clock: testkit.Clock(t, "2027-03-01 09:00"), Audit: c, People: c, Spaces: c, Jobs: c, Mail: c})
		c.must(d.Tx(t.Context(), func(ctx context.Context) error {
			return d.In(ctx).Exec(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
				VALUES (?, 'harbour', '{}', '{}', '', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 1, 0, 1)`, c.space).Error
		}))
		join := func(role actor.Role) actor.Actor {
			a := actor.Actor{Member: id.New(), Roles: map[id.ID]actor.Role{c.space: role}}
			c.must(d.Tx(t.Context(), func(ctx context.Context) error {
				return d.In(ctx).Exec(`INSERT INTO members (id, email, email_key, name, search, locale, phone, created_at, version) VALUES (?, ?, ?, 'x', '', 'en', '', 0, 1)`, a.Member, a.Member, a.Member).Error
			}))
			return a
		}
		c.manager, c.desk, c.maker, c.other = join(actor.Manager), join(actor.Desk), join(actor.Member), join(actor.Member)
		fn(t, c)
	})
}

func (c *counter) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *counter) refused(err error, want *fault.Error) {
	c.t.Helper()
	if !errors.Is(err, want) {
		c.t.Errorf("got %v, want %s", err, want.Code)
	}
}

const pdf = "%PDF-1.7\n…"

func (c *counter) hand(by actor.Actor, name, file string) (Proof, error) {
	return c.HandIn(c.t.Context(), by, c.space, c.maker.Member, "student", name, strings.NewReader(file))
}

func TestWhatIsHandedInIsWhatItsFirstBytesSay(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		for _, file := range []string{"", "<html>", "MZ\x90", "GIF89a", " %PDF-1.7", "\x89PNG\r\n\x1a\n", "\xFF\xD8\xFF"} {
			_, err := c.hand(c.maker, "card.pdf", file)
			if f, ok := fault.As(err); !ok || f.Field != "file" {
				t.Errorf("%q: %v", file, err)
			}
		}
		_, err := c.hand(c.maker, "card.pdf", pdf+strings.Repeat("x", MaxBytes))
		c.refused(err, ErrSize)
		_, err = c.HandIn(t.Context(), c.maker, c.space, c.maker.Member, "poem", "card.pdf", strings.NewReader(pdf))
		c.refused(err, ErrKind)
		for sent, want := range map[string]string{
			`C:\Users\ada\学生证.exe`: "学生证.pdf", "../../etc/passwd": "passwd.pdf", "": "proof.pdf", "a\r\nb.pdf": "proof.pdf",
			strings.Repeat("力", 300) + ".pdf": strings.Repeat("力", maxName) + ".pdf",
		} {
			if p, err := c.hand(c.maker, sent, pdf); err != nil || p.Name != want || p.MediaType != "application/pdf" {
				t.Errorf("%q became %q, %v", sent, p.Name, err)
			}
		}
		for range MostFiles - 5 {
			_, err := c.hand(c.desk, "x", pdf)
			c.must(err)
		}
		_, err = c.hand(c.maker, "x", pdf)
		c.refused(err, ErrQuota)
	})
}

func TestADocumentIsLookedAtOnceAndItsPersonIsTold(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		ctx := t.Context()
		p, err := c.hand(c.maker, "card.pdf", pdf)
		c.must(err)
		review := func(by actor.Actor, v Verdict) error { _, err := c.Review(ctx, by, c.space, p.ID, v); return err }
		c.refused(review(c.maker, Verdict{Accept: true}), actor.ErrForbidden)
		c.refused(review(c.desk, Verdict{}), ErrReason)
		c.refused(review(c.desk, Verdict{Accept: true, ExpiresOn: "2027-02-28"}), ErrExpired)
		c.refused(review(c.desk, Verdict{Accept: true, ExpiresOn: "soon"}), ErrExpired)
		if q, total, err := c.Waiting(ctx, c.desk, c.space, 0, 0); err != nil || total != 1 || len(q) != 1 || q[0].MemberName != "x" {
			t.Errorf("%+v %v", q, err)
		}
		var looked sync.WaitGroup
		errs := make([]error, 2)
		for i, v := range []Verdict{{Accept: true, ExpiresOn: "2027-09-30"}, {Accept: true, ExpiresOn: "2027-09-30"}} {
			looked.Go(func() { errs[i] = review(c.desk, v) })
		}
		looked.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("both or neither looked: %v", errs)
		}
		for _, j := range c.jobs {
			c.must(c.tell(ctx, j.(reviewed)))
		}
		if len(c.letters) != 1 || !strings.Contains(c.letters[0].Text, "30 Sep 2027") {
			t.Errorf("%+v", c.letters)
		}
		own, err := c.Proofs(ctx, c.maker, c.space, c.maker.Member)
		if err != nil || len(own) != 1 || !own[0].Counts("2027-09-30") || own[0].Counts("2027-10-01") || own[0].Body != nil {
			t.Errorf("%+v %v", own, err)
		}
		c.refused(c.Remove(ctx, c.maker, c.space, c.maker.Member, p.ID), ErrKept)
		mine, err := c.HandIn(ctx, c.desk, c.space, c.desk.Member, "identity", "id.png", snapshot(t))
		c.must(err)
		_, err = c.Review(ctx, c.desk, c.space, mine.ID, Verdict{Accept: true})
		c.refused(err, ErrNotOneself)
		c.must(c.Remove(ctx, c.manager, c.space, c.maker.Member, p.ID))
	})
}

func TestADocumentIsForItsPersonAndTheStaffOfThatSpace(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		p, err := c.hand(c.maker, "card.pdf", pdf)
		c.must(err)
		open := func(by actor.Actor) error { _, err := c.Open(t.Context(), by, p.ID); return err }
		c.must(open(c.maker))
		c.must(open(c.desk))
		c.refused(open(c.other), ErrNoSuchProof)
		c.refused(open(actor.Actor{Member: id.New(), Roles: map[id.ID]actor.Role{id.New(): actor.Owner}}), ErrNoSuchProof)
		_, err = c.Proofs(t.Context(), c.other, c.space, c.maker.Member)
		c.refused(err, ErrNoSuchMember)
		_, err = c.HandIn(t.Context(), c.other, c.space, c.maker.Member, "other", "x", strings.NewReader(pdf))
		c.refused(err, ErrNoSuchMember)
		c.refused(c.Remove(t.Context(), c.other, c.space, c.maker.Member, p.ID), ErrNoSuchProof)
	})
}

// snapshot is a photograph that tells in its Exif block where it was taken.
func snapshot(t *testing.T) io.Reader {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 60, 40)), nil); err != nil {
		t.Fatal(err)
	}
	block := []byte("Exif\x00\x00GPS 53.09N 8.77E")
	head := append([]byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(block) + 2)}, block...)
	return bytes.NewReader(append(head, b.Bytes()[2:]...))
}

func TestAPictureDoesNotTellWhereItWasTaken(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		p, err := c.HandIn(t.Context(), c.maker, c.space, c.maker.Member, "identity", "card.png", snapshot(t))
		c.must(err)
		p, err = c.Open(t.Context(), c.maker, p.ID)
		c.must(err)
		if p.Name != "card.jpg" || p.MediaType != "image/jpeg" || bytes.Contains(p.Body, []byte("GPS")) || int64(len(p.Body)) != p.Size {
			t.Errorf("%s, %s, %d bytes of %d: %q", p.Name, p.MediaType, len(p.Body), p.Size, p.Body[:40])
		}
	})
}

func TestOfWhoIsErasedNoFileIsLeft(t *testing.T) {
	each(t, func(t *testing.T, c *counter) {
		_, err := c.hand(c.maker, "card.pdf", pdf)
		c.must(err)
		theirs, err := c.HandIn(t.Context(), c.desk, c.space, c.desk.Member, "identity", "card.pdf", strings.NewReader(pdf))
		c.must(err)
		c.must(c.Erase(t.Context(), c.maker.Member))
		var left []id.ID
		c.must(c.db.In(t.Context()).Raw("SELECT id FROM proofs").Scan(&left).Error)
		if len(left) != 1 || left[0] != theirs.ID {
			t.Errorf("%v are left", left)
		}
	})
}
