package members

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/actor"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/sheet"
)

const file = "name,email,phone,locale,role,plan,certifications\r\n" +
	"陈力,chenli@example.cn,+86 138 0013 8000,zh-CN,,maker,\"laser-l1, wood-l1\"\r\n" +
	"Ada Lovelace,ada@example.org,,,instructor,,\r\n"

func (h *house) stock() {
	h.plan("maker")
	h.kind("laser-l1")
	h.kind("wood-l1")
}

func TestAFileIsLookedAtAndThenRunOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.stock()
		p, err := h.PreviewImport(h.ctx, h.manager, h.space, `C:\Users\me\members.csv`, []byte(file))
		h.must(err)
		if p.Count(imports.Create) != 2 || p.Import.FileName != "members.csv" || p.Import.Done() {
			t.Errorf("the preview: %+v", p)
		}
		if _, err := h.ByEmail(h.ctx, "ada@example.org"); !errors.Is(err, ErrNoSuchMember) {
			t.Errorf("looking at it imported it: %v", err)
		}
		done, err := h.RunImport(h.ctx, h.manager, h.space, p.Import.ID)
		h.must(err)
		if done.Created != 2 || done.Unchanged != 0 || !done.Done() {
			t.Errorf("the run: %+v", done)
		}
		m, err := h.ByEmail(h.ctx, "chenli@example.cn")
		h.must(err)
		person, err := h.Person(h.ctx, h.manager, h.space, m.ID)
		h.must(err)
		if m.Locale != "zh-CN" || h.plans.started[m.ID] == "" || h.grants(m.ID) != 2 || person.Standing.Role != actor.Member {
			t.Errorf("imported as %+v", person)
		}
		_, err = h.RunImport(h.ctx, h.manager, h.space, p.Import.ID)
		h.refused(err, imports.ErrDone)

		again, err := h.PreviewImport(h.ctx, h.manager, h.space, "members.csv", []byte(file))
		h.must(err)
		if again.Count(imports.Unchanged) != 2 {
			t.Errorf("the same file again: %+v", again.Lines)
		}
		done, err = h.RunImport(h.ctx, h.manager, h.space, again.Import.ID)
		h.must(err)
		if done.Created != 0 || done.Unchanged != 2 {
			t.Errorf("the same file again made %d", done.Created)
		}
		person, err = h.Person(h.ctx, h.manager, h.space, m.ID)
		h.must(err)
		if h.grants(m.ID) != 2 || len(h.plans.started) != 1 {
			t.Errorf("the same file again gave %d grants and %d runs", h.grants(m.ID), len(h.plans.started))
		}
	})
}

func TestAFileRunTwentyTimesAtOnceIsImportedOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.stock()
		p, err := h.PreviewImport(h.ctx, h.manager, h.space, "members.csv", []byte(file))
		h.must(err)
		before, err := h.Find(h.ctx, h.manager, h.space, Query{})
		h.must(err)
		done, refused := atOnce(20, func(int) error {
			_, err := h.RunImport(h.ctx, h.manager, h.space, p.Import.ID)
			return err
		}, imports.ErrDone)
		after, err := h.Find(h.ctx, h.manager, h.space, Query{})
		h.must(err)
		if done != 1 || refused != 19 || after.Total != before.Total+2 {
			t.Errorf("%d ran, %d refused, %d people more; want 1, 19, 2", done, refused, after.Total-before.Total)
		}
	})
}

func TestEveryMistakeInAFileHasItsLine(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.stock()
		p, err := h.PreviewImport(h.ctx, h.manager, h.space, "members.csv", []byte("\uFEFFname;email;role;plan;certifications\n"+
			"Good;good@example.org;;;\n"+
			"Bad Mail;bad@;;;\n"+
			strings.Repeat("n", 201)+";long@example.org;;;\n"+
			"Twice;GOOD@example.org;;;\n"+
			"\n"+
			"Three;three@example.org;king;gold;\"laser-l1,juggling\"\n"+
			"High;high@example.org;owner;;\n"+
			"Wide;wide@example.org;;;;more\n"))
		h.must(err)
		var got []string
		for _, w := range p.Problems() {
			got = append(got, fmt.Sprintf("%d %s %s", w.Line, w.Column, w.Fault.Code))
		}
		want := []string{
			"3 email members.email_bad",
			"4 name members.name_too_long",
			"5 email members.twice_in_file",
			"7 role members.role_unknown",
			"7 plan members.plan_unknown",
			"7 certifications members.certification_unknown",
			"8 role members.role_too_high",
			"9  members.too_many_cells",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if p.Count(imports.Create) != 1 || p.Count(imports.Refused) != 6 {
			t.Errorf("%d to create, %d refused", p.Count(imports.Create), p.Count(imports.Refused))
		}
		_, err = h.RunImport(h.ctx, h.manager, h.space, p.Import.ID)
		h.refused(err, imports.ErrProblems)
		if _, err := h.ByEmail(h.ctx, "good@example.org"); !errors.Is(err, ErrNoSuchMember) {
			t.Errorf("a line of a file that was refused came in: %v", err)
		}
	})
}

func TestAnExportThatComesBackChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.stock()
		p, err := h.PreviewImport(h.ctx, h.manager, h.space, "members.csv", []byte(file))
		h.must(err)
		_, err = h.RunImport(h.ctx, h.manager, h.space, p.Import.ID)
		h.must(err)
		for _, locale := range i18n.Locales {
			var b bytes.Buffer
			h.must(h.Export(h.ctx, h.manager, h.space, Query{}, i18n.For(locale), &b))
			all, err := h.Find(h.ctx, h.manager, h.space, Query{})
			h.must(err)
			p, err := h.PreviewImport(h.ctx, h.manager, h.space, "people.csv", b.Bytes())
			h.must(err)
			if len(p.Problems()) != 0 || p.Count(imports.Unchanged) != int(all.Total) || len(p.Ignored) != 3 {
				t.Errorf("%s: of %d people %d unchanged, passed over %q, mistakes %+v", locale, all.Total, p.Count(imports.Unchanged), p.Ignored, p.Problems())
			}
			elsewhere := strings.NewReplacer("chenli@", "twin@", "ada@", "countess@").Replace(b.String())
			p, err = h.PreviewImport(h.ctx, h.manager, h.space, "people.csv", []byte(elsewhere))
			h.must(err)
			if len(p.Problems()) != 0 || p.Count(imports.Create) != 2 {
				t.Errorf("%s: words of an export are not read: %+v", locale, p.Problems())
			}
		}
	})
}

func TestAFileIsTheirsWhoMayImportHere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.stock()
		_, err := h.PreviewImport(h.ctx, h.desk, h.space, "members.csv", []byte(file))
		h.refused(err, actor.ErrForbidden)
		_, err = h.PreviewImport(h.ctx, h.manager, h.space, "members.csv", []byte("name,email\nA\x00da,j@example.org\n"))
		h.refused(err, sheet.ErrNoText)
		_, err = h.PreviewImport(h.ctx, h.manager, h.space, "members.csv", make([]byte, sheet.MaxBytes+1))
		h.refused(err, sheet.ErrTooLarge)
		p, err := h.PreviewImport(h.ctx, h.manager, h.space, "members.csv", []byte(file))
		h.must(err)
		_, err = h.Import(h.ctx, actor.House, h.other, p.Import.ID)
		h.refused(err, imports.ErrNoSuchImport)
		_, err = h.RunImport(h.ctx, actor.House, h.other, p.Import.ID)
		h.refused(err, imports.ErrNoSuchImport)
		_, err = h.RunImport(h.ctx, h.manager, h.space, id.New())
		h.refused(err, imports.ErrNoSuchImport)
	})
}

func TestAnImportDoesNotCertifyWhoBringsIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.stock()
		p, err := h.PreviewImport(h.ctx, h.manager, h.space, "members.csv",
			[]byte("name,email,certifications\nMax,max.manager@example.org,laser-l1\n"))
		h.must(err)
		_, err = h.RunImport(h.ctx, h.manager, h.space, p.Import.ID)
		h.must(err)
		if n := h.grants(h.manager.Member); n != 0 {
			t.Errorf("the manager imported %d certifications for themselves", n)
		}
	})
}
