package members

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"guildhall/internal/actor"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

func (h *house) enrol(name, email, phone string) Member {
	h.t.Helper()
	m, err := h.Enrol(h.ctx, h.desk, h.space, Enrolment{Name: name, Email: email, Phone: phone})
	h.must(err)
	return m
}

func (h *house) names(q Query) []string {
	h.t.Helper()
	r, err := h.Find(h.ctx, h.desk, h.space, q)
	h.must(err)
	var names []string
	for _, p := range r.People {
		names = append(names, p.Name)
	}
	return names
}

func TestPeopleAreFoundByNameAddressAndTheEndOfTheirPhone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.enrol("陈力", "chenli@example.cn", "+86 138 0013 8000")
		h.enrol("Zoë O’Brien", "zoe@example.org", "030 555 01 38")
		h.enrol("100% Percy_", "percy@example.org", "")
		h.enrol(`Back\slash`, "back@example.org", "")
		for text, want := range map[string][]string{
			"陈":            {"陈力"},
			"ZOË":          {"Zoë O’Brien"},
			"o’bri zoe@":   {"Zoë O’Brien"},
			"example.cn":   {"陈力"},
			"8000":         {"陈力"},
			"0138":         {"Zoë O’Brien"}, // the end of her number, the middle of his
			"01-38":        {"Zoë O’Brien"},
			"100":          {"100% Percy_"},
			"100%":         {"100% Percy_"},
			"%":            {"100% Percy_"},
			"_":            {"100% Percy_"},
			`\`:            {`Back\slash`},
			"nobody":       nil,
			"'; DROP --":   nil,
			"desk maker":   nil,
			"dana desk":    {"Dana Desk"},
			" Dana  Desk ": {"Dana Desk"},
		} {
			if diff := cmp.Diff(want, h.names(Query{Text: text})); diff != "" {
				t.Errorf("%q: %s", text, diff)
			}
		}
		if _, err := h.Find(h.ctx, h.maker, h.space, Query{}); err == nil {
			t.Error("a member searches the members")
		}
		if _, err := h.Find(h.ctx, h.desk, h.other, Query{}); err == nil {
			t.Error("the desk searches a space that is not theirs")
		}
	})
}

// Who is just what was typed stands first, on every page, whatever else is found.
func TestWhoIsExactlyMeantIsFoundFirst(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		li := h.enrol("陈力", "chenli@example.cn", "+86 138 0013 8472")
		h.enrol("Ann Clarke", "clarke@example.org", "030 8472 111")
		h.enrol("Clara Chenlin", "clara.chenlin@example.org", "030 555 1122")
		h.enrol("Bob 8472", "bob8472@example.org", "030 555 1123")
		h.enrol("Aloïs Ender", "alois@cl.example", "030 555 1124")
		_, err := h.GiveBadge(h.ctx, h.desk, h.space, li.ID, "CLA-7")
		h.must(err)
		for _, text := range []string{"cl", "CL", "chenli", "chen li", "Chen Li", "力", "陈力", "8472", "chenli@example.cn", "chenli@", "cla-7", "CLA7"} {
			q := Query{Text: text, Limit: 1}
			seen := map[string]int{}
			for n := 0; n < 10; n++ {
				r, err := h.Find(h.ctx, h.desk, h.space, q)
				h.must(err)
				if n == 0 && (len(r.People) == 0 || r.People[0].ID != li.ID) {
					t.Errorf("%q finds %v first", text, r.People)
				}
				for _, p := range r.People {
					seen[p.Name]++
				}
				if q.Cursor = r.Next; q.Cursor == "" {
					break
				}
			}
			all := h.names(Query{Text: text})
			if len(seen) != len(all) || all[0] != "陈力" {
				t.Errorf("%q: page by page %v, at once %q", text, seen, all)
			}
			for name, n := range seen {
				if n != 1 {
					t.Errorf("%q: %s is there %d times", text, name, n)
				}
			}
		}
		if got := h.names(Query{Text: "bob8472@example.org"}); len(got) != 1 || got[0] != "Bob 8472" {
			t.Errorf("an address finds %q", got)
		}
	})
}

// Who holds a higher level of a ladder holds the lower ones, and so is found by them.
func TestTheListIsFilteredByWhatALevelIsWorth(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		first, second, third, apart := h.kind("laser-l1"), h.kind("laser-l2"), h.kind("laser-l3"), h.kind("kiln")
		h.must(h.db.Tx(h.ctx, func(ctx context.Context) error {
			for level, c := range []certification{first, second, third} {
				if err := h.db.In(ctx).Exec("UPDATE certifications SET ladder = 'laser', level = ? WHERE id = ?", level+1, c.ID).Error; err != nil {
					return err
				}
			}
			return nil
		}))
		for _, g := range []struct {
			who  actor.Actor
			what certification
		}{{h.desk, first}, {h.maker, second}, {h.instructor, third}, {h.owner, apart}} {
			h.must(proofs{h}.Bring(h.ctx, h.manager, h.space, g.who.Member, g.what.ID))
		}
		found := func(c certification, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, h.names(Query{Certification: c.ID})); diff != "" {
				t.Errorf("%s: %s", c.Code, diff)
			}
		}
		found(first, "Dana Desk", "Ines Instructor", "Mika Maker")
		found(second, "Ines Instructor", "Mika Maker")
		found(third, "Ines Instructor")
		found(apart, "Olga Owner")
		r, err := h.Find(h.ctx, h.desk, h.space, Query{Text: "ines"})
		h.must(err)
		if len(r.People) != 1 || r.People[0].Certifications != 3 {
			t.Errorf("who holds the third level holds %+v, want all three", r.People)
		}
		h.must(h.db.Tx(h.ctx, func(ctx context.Context) error {
			return h.db.In(ctx).Exec("UPDATE certification_grants SET revoked_at = ? WHERE member_id = ?", h.clock.Now(), h.instructor.Member).Error
		}))
		found(first, "Dana Desk", "Mika Maker")
		if names, err := h.Find(h.ctx, actor.House, h.other, Query{Certification: first.ID}); err != nil || names.Total != 0 {
			t.Errorf("in another space: %+v, %v", names, err)
		}
	})
}

func TestTheListIsFilteredAndSorted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		pro, student := h.plan("pro"), h.plan("student")
		laser := h.kind("laser-l1")
		h.runs(h.maker.Member, pro)
		h.runs(h.desk.Member, student)
		h.must(proofs{h}.Bring(h.ctx, h.manager, h.space, h.maker.Member, laser.ID))
		h.must(h.Suspend(h.ctx, h.manager, h.space, h.instructor.Member, "Absent."))

		for name, c := range map[string]struct {
			q    Query
			want []string
		}{
			"everybody":   {Query{}, []string{"Dana Desk", "Ines Instructor", "Max Manager", "Mika Maker", "Olga Owner"}},
			"by role":     {Query{Sort: ByRole}, []string{"Olga Owner", "Max Manager", "Dana Desk", "Ines Instructor", "Mika Maker"}},
			"by plan":     {Query{Sort: ByPlan}, []string{"Mika Maker", "Dana Desk", "Ines Instructor", "Max Manager", "Olga Owner"}},
			"the desk":    {Query{Role: actor.Desk}, []string{"Dana Desk"}},
			"on pro":      {Query{Plan: pro}, []string{"Mika Maker"}},
			"no plan":     {Query{Plan: NoPlan}, []string{"Ines Instructor", "Max Manager", "Olga Owner"}},
			"certified":   {Query{Certification: laser.ID}, []string{"Mika Maker"}},
			"suspended":   {Query{Suspended: true}, []string{"Ines Instructor"}},
			"an odd sort": {Query{Sort: "name; DROP TABLE members"}, []string{"Dana Desk", "Ines Instructor", "Max Manager", "Mika Maker", "Olga Owner"}},
		} {
			if diff := cmp.Diff(c.want, h.names(c.q)); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		r, err := h.Find(h.ctx, h.desk, h.space, Query{Text: "mika"})
		h.must(err)
		if p := r.People[0]; p.PlanName.EN != "PRO" || p.Certifications != 1 || p.Role != actor.Member || p.Suspended() {
			t.Errorf("listed as %+v", p)
		}
	})
}

// Who had a plan, whose is paused, and whose ends without another are found.
func TestTheListKnowsHowAPlanStands(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		pro, now := h.plan("pro"), h.clock.Now()
		write := func(sql string, args ...any) {
			h.must(h.db.Tx(h.ctx, func(ctx context.Context) error { return h.db.In(ctx).Exec(sql, args...).Error }))
		}
		run := func(member id.ID, from, to time.Duration) id.ID {
			run := id.New()
			write(`INSERT INTO memberships (id, member_id, space_id, plan_id, starts_at, ends_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
				run, member, h.space, pro, now.Add(from), now.Add(to), now)
			return run
		}
		run(h.owner.Member, -2*time.Hour, -time.Hour)
		run(h.manager.Member, -time.Hour, time.Hour)
		run(h.manager.Member, time.Hour, 2*time.Hour)
		run(h.desk.Member, -time.Hour, time.Hour)
		paused := run(h.maker.Member, -time.Hour, 900*time.Hour)
		write("INSERT INTO membership_pauses (id, membership_id, starts_at, ends_at, reason, created_at) VALUES (?, ?, ?, ?, '', ?)", id.New(), paused, now, now.Add(time.Hour), now)
		for state, want := range map[id.ID][]string{
			NoPlan: {"Ines Instructor", "Olga Owner"}, Lapsed: {"Olga Owner"}, Paused: {"Mika Maker"}, Ending: {"Dana Desk", "Mika Maker"},
		} {
			if diff := cmp.Diff(want, h.names(Query{Plan: state})); diff != "" {
				t.Errorf("%s: %s", state, diff)
			}
		}
	})
}

func TestPagesShowEverybodyOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for i := range 20 {
			h.enrol(fmt.Sprintf("Same Name %d", i%3), fmt.Sprintf("same%d@example.org", i), "")
		}
		byNumber, byCursor := map[id.ID]int{}, map[id.ID]int{}
		for page := 1; page <= 4; page++ {
			r, err := h.Find(h.ctx, h.desk, h.space, Query{Limit: 7, Page: page})
			h.must(err)
			if r.Total != 25 || r.Pages() != 4 {
				t.Fatalf("%d people on %d pages", r.Total, r.Pages())
			}
			for _, p := range r.People {
				byNumber[p.ID]++
			}
		}
		q := Query{Limit: 7}
		for pages := 0; ; pages++ {
			r, err := h.Find(h.ctx, h.desk, h.space, q)
			h.must(err)
			for _, p := range r.People {
				byCursor[p.ID]++
			}
			if q.Cursor = r.Next; q.Cursor == "" {
				break
			}
			if pages > 10 {
				t.Fatal("the cursor goes round in a circle")
			}
		}
		for name, seen := range map[string]map[id.ID]int{"numbers": byNumber, "cursors": byCursor} {
			if len(seen) != 25 {
				t.Errorf("by %s: %d people, want 25", name, len(seen))
			}
			for who, n := range seen {
				if n != 1 {
					t.Errorf("by %s: %s is there %d times", name, who, n)
				}
			}
		}
		_, err := h.Find(h.ctx, h.desk, h.space, Query{Cursor: "made-up"})
		h.refused(err, ErrCursor)
	})
}

func TestTheExportIsWhatIsSeenAndRunsNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.enrol("=cmd|' /C calc'!A0", "formula@example.org", "+49 30 123456")
		var b bytes.Buffer
		h.must(h.Export(h.ctx, h.manager, h.space, Query{Text: "formula"}, i18n.For("en"), &b))
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b.Bytes(), []byte("\uFEFF")))).ReadAll()
		h.must(err)
		if len(rows) != 2 || rows[1][0] != "'=cmd|' /C calc'!A0" || rows[1][2] != "'+49 30 123456" {
			t.Errorf("exported %q", rows)
		}
		if !h.diary.has("member.export " + string(h.space)) {
			t.Error("the audit log knows nothing of it")
		}
		h.refused(h.Export(h.ctx, h.desk, h.space, Query{}, i18n.For("en"), &b), actor.ErrForbidden)
	})
}

func TestAFileOfManyHasEverybodyOnceInTheOrderThatIsSeen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var first, last Member
		for i := range MaxPage + 3 {
			last = h.enrol(fmt.Sprintf("Holder %03d", i), fmt.Sprintf("m%d@example.org", i), "")
			if i == 0 {
				first = last
			}
		}
		for sort, want := range map[Sort][2]Member{ByName: {first, last}, ByJoined: {last, first}} {
			var b bytes.Buffer
			h.must(h.Export(h.ctx, h.manager, h.space, Query{Text: "holder", Sort: sort}, i18n.For("en"), &b))
			rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b.Bytes(), []byte("\uFEFF")))).ReadAll()
			h.must(err)
			seen := map[string]bool{}
			for _, row := range rows[1:] {
				seen[row[1]] = true
			}
			if len(rows) != MaxPage+4 || len(seen) != MaxPage+3 {
				t.Fatalf("by %s: %d rows of %d people", sort, len(rows)-1, len(seen))
			}
			if rows[1][1] != want[0].Email || rows[len(rows)-1][1] != want[1].Email {
				t.Errorf("by %s: from %s to %s", sort, rows[1][1], rows[len(rows)-1][1])
			}
		}
	})
}

func TestALongSearchFindsNobodyAndBreaksNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, text := range []string{strings.Repeat("qx ", 2000), strings.Repeat("陈", 60_000)} {
			if got := h.names(Query{Text: text}); len(got) != 0 {
				t.Errorf("%d characters find %v", len(text), got)
			}
		}
	})
}
