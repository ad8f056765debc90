package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"guildhall/internal/actor"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/intake"
	"guildhall/internal/members"
	"guildhall/internal/plans"
)

// desk is a space into which files are brought, by its owner.
type importing struct {
	*App
	t     *testing.T
	ctx   context.Context
	now   *clock.Movable
	space id.ID
	by    actor.Actor
	plan  plans.Plan
	laser certifications.Kind
}

func eachImporting(t *testing.T, fn func(t *testing.T, w *importing)) {
	t.Helper()
	each(t, func(t *testing.T, a *App, now *clock.Movable) {
		w := &importing{App: a, t: t, ctx: t.Context(), now: now, space: setUp(t, a, "community").ID}
		m, err := a.Members.Enrol(w.ctx, actor.House, w.space, members.Enrolment{Name: "Olga Owner", Email: "olga@example.org"})
		w.must(err)
		w.must(a.Members.SetRole(w.ctx, actor.House, w.space, m.ID, actor.Manager))
		w.by, err = a.Members.Actor(w.ctx, m.ID)
		w.must(err)
		w.plan, err = a.Plans.AddPlan(w.ctx, actor.House, plans.Plan{
			SpaceID: w.space, Code: "garage", Name: i18n.Text{EN: "Garage", ZH: "车库"}, PriceGroup: "member", PriceMinor: 4900, Currency: "EUR", Period: plans.Month, PeriodCount: 1, Renews: true,
		})
		w.must(err)
		w.laser, err = a.Certifications.Add(w.ctx, actor.House, certifications.Kind{SpaceID: w.space, Code: "laser-x", Name: i18n.Text{EN: "Laser X"}})
		w.must(err)
		fn(t, w)
	})
}

func (w *importing) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *importing) refused(err, want error) {
	w.t.Helper()
	if !errors.Is(err, want) {
		w.t.Errorf("got %v, want %v", err, want)
	}
}

// bring brings a file and looks at it.
func (w *importing) bring(body string) imports.Preview {
	w.t.Helper()
	m, err := w.Intake.Bring(w.ctx, w.by, w.space, "people.csv", []byte(body))
	w.must(err)
	p, err := w.Intake.Preview(w.ctx, w.by, w.space, m.Import.ID)
	w.must(err)
	return p
}

// run brings a file and runs it, jobs and all.
func (w *importing) run(body string) imports.Import {
	w.t.Helper()
	p := w.bring(body)
	_, err := w.Intake.Run(w.ctx, w.by, w.space, p.Import.ID, false)
	w.must(err)
	return w.after(p.Import.ID)
}

// after is an import once all jobs are done.
func (w *importing) after(file id.ID) imports.Import {
	w.t.Helper()
	w.must(w.Jobs.RunDue(w.ctx))
	i, err := w.Intake.Progress(w.ctx, w.by, w.space, file)
	w.must(err)
	return i
}

// people is how many the space has.
func (w *importing) people() int {
	w.t.Helper()
	all, err := w.Reports.Enrolled(w.ctx, w.space)
	w.must(err)
	return len(all)
}

func fates(p imports.Preview) string {
	var all []string
	for _, l := range p.Lines {
		all = append(all, string(l.Fate))
	}
	return strings.Join(all, " ")
}

func lot(n int) string {
	var b strings.Builder
	b.WriteString("id,name,email,plan,certifications\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,Person %d,person%d@example.org,garage,laser-x\n", i, i, i)
	}
	return b.String()
}

func TestASecondImportChangesNothing(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		first := w.run("id,name,email,plan,certifications\n1,陈力,chenli@example.cn,garage,laser-x\n2,Ada Lovelace,ada@example.org,,\n")
		if first.Created != 2 || first.State != imports.Ran {
			t.Fatalf("the first: %+v", first)
		}
		// Another order, other headings, another address under the same id, another case.
		second := w.run("E-Mail;Membership;Trainings;Member ID;Full name\nADA@example.org;;;2;Countess\nchen@elsewhere.example;车库;Laser X;1;Chen\n")
		if second.Created+second.Gained != 0 || second.Unchanged != 2 {
			t.Errorf("the second: %+v", second)
		}
		m, err := w.Members.ByEmail(w.ctx, "chenli@example.cn")
		w.must(err)
		// What ended or was revoked since does not come back either.
		runs, err := w.Plans.Held(w.ctx, w.space, m.ID)
		w.must(err)
		w.now.Advance(3600e9)
		w.must(w.Plans.Unsubscribe(w.ctx, w.by, w.space, runs[0].ID, w.now.Now()))
		grants, err := w.Certifications.Grants(w.ctx, w.by, w.space, m.ID)
		w.must(err)
		_, err = w.Certifications.Revoke(w.ctx, w.by, w.space, certifications.Revocation{Member: m.ID, Grant: grants[0].ID, Reason: "It was somebody else's"})
		w.must(err)
		third := w.run("name,email,plan,certifications\nChen,chenli@example.cn,garage,laser-x\n")
		if third.Unchanged != 1 {
			t.Errorf("the third: %+v", third)
		}
	})
}

func TestAKnownPersonIsGivenWhatTheyNeverHad(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		w.run("name,email\nAda,ada@example.org\n")
		p := w.bring("name,email,plan,certifications\nAda,ada@example.org,garage,laser-x\nNew,new@example.org,,\nBad,bad@,gold,\n")
		if got := fates(p); got != "gain create refused" || len(p.Lines[0].Gives) != 2 {
			t.Errorf("the preview: %s %+v", got, p.Lines[0])
		}
		_, err := w.Intake.Run(w.ctx, w.by, w.space, p.Import.ID, false)
		w.refused(err, imports.ErrProblems)
		done, err := w.Intake.Run(w.ctx, w.by, w.space, p.Import.ID, true)
		w.must(err)
		if done.Created != 1 || done.Gained != 1 || done.Refused != 1 || done.State != imports.Ran {
			t.Errorf("the run: %+v", done)
		}
		_, err = w.Intake.Run(w.ctx, w.by, w.space, p.Import.ID, true)
		w.refused(err, imports.ErrDone)
	})
}

func TestAnImportIsTakenBackAsFarAsNobodyTouchedIt(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		w.run("name,email\nKnown,known@example.org\n")
		before := w.people()
		i := w.run("name,email,plan,certifications\nGoes,goes@example.org,garage,laser-x\nStays,stays@example.org,garage,\nEdited,edited@example.org,,\nKnown,known@example.org,garage,laser-x\n")
		stays, err := w.Members.ByEmail(w.ctx, "stays@example.org")
		w.must(err)
		w.must(w.Auth.Give(w.ctx, actor.House, "a long enough passphrase 7", stays.ID))
		edited, err := w.Members.ByEmail(w.ctx, "edited@example.org")
		w.must(err)
		_, err = w.Members.Edit(w.ctx, w.by, w.space, edited.ID, members.Change{Name: "Edited By Hand", Locale: "en", Version: 1})
		w.must(err)

		u, err := w.Intake.PreviewUndo(w.ctx, w.by, w.space, i.ID)
		w.must(err)
		var why []string
		for _, s := range u.Stays {
			why = append(why, s.Name+": "+s.Why)
		}
		if want := []string{"Stays: passwords", "Edited By Hand: changed"}; u.Taken != 2 || !slices.Equal(why, want) {
			t.Errorf("the preview: %d taken, stay %q", u.Taken, why)
		}
		done, err := w.Intake.Undo(w.ctx, w.by, w.space, i.ID)
		w.must(err)
		if done.Taken != 2 || done.Stayed != 2 || done.State != imports.Undone {
			t.Errorf("the undo: %+v", done)
		}
		if _, err := w.Members.ByEmail(w.ctx, "goes@example.org"); !errors.Is(err, members.ErrNoSuchMember) {
			t.Errorf("who was to go is here: %v", err)
		}
		if got := w.people(); got != before+2 {
			t.Errorf("%d people, want %d", got, before+2)
		}
		known, err := w.Members.ByEmail(w.ctx, "known@example.org")
		w.must(err)
		all, err := w.Reports.Enrolled(w.ctx, w.space, known.ID)
		w.must(err)
		if len(all[0].Plans)+len(all[0].Grants) != 0 {
			t.Errorf("who was known keeps what the import gave: %+v", all[0])
		}
		_, err = w.Intake.Undo(w.ctx, w.by, w.space, i.ID)
		w.refused(err, imports.ErrUndone)
		u, err = w.Intake.PreviewUndo(w.ctx, w.by, w.space, i.ID)
		w.must(err)
		if len(u.Stays) != 2 {
			t.Errorf("what stayed is not told afterwards: %+v", u)
		}
		again := w.run("name,email,plan,certifications\nGoes,goes@example.org,garage,laser-x\n")
		if again.Created != 1 {
			t.Errorf("who was taken back can't come again: %+v", again)
		}
	})
}

func TestALargeFileIsRunByJobsAndGoesOnWhereItStopped(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		p := w.bring(lot(1000))
		i, err := w.Intake.Run(w.ctx, w.by, w.space, p.Import.ID, false)
		w.must(err)
		if i.State != imports.Running || i.Total != 1000 || i.Position != 0 {
			t.Fatalf("begun: %+v", i)
		}
		_, err = w.Intake.Run(w.ctx, w.by, w.space, p.Import.ID, false)
		w.refused(err, imports.ErrDone)
		w.must(w.Intake.Stop(w.ctx, w.by, w.space, p.Import.ID))
		w.refused(w.Intake.Stop(w.ctx, w.by, w.space, p.Import.ID), imports.ErrNotRunning)
		if i = w.after(p.Import.ID); i.State != imports.Stopped || i.Position != 0 {
			t.Errorf("stopped: %+v", i)
		}
		_, err = w.Intake.Run(w.ctx, w.by, w.space, p.Import.ID, false)
		w.must(err)
		if i = w.after(p.Import.ID); i.State != imports.Ran || i.Created != 1000 {
			t.Errorf("run: %+v", i)
		}
		if again := w.run(lot(1000)); again.Unchanged != 1000 {
			t.Errorf("again: %+v", again)
		}
		_, err = w.Intake.Undo(w.ctx, w.by, w.space, p.Import.ID)
		w.must(err)
		if i = w.after(p.Import.ID); i.State != imports.Undone || i.Taken != 1000 {
			t.Errorf("taken back: %+v", i)
		}
	})
}

func TestAnImportStopsWhenItsPersonMayNoLonger(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		p := w.bring(lot(300))
		_, err := w.Intake.Run(w.ctx, w.by, w.space, p.Import.ID, false)
		w.must(err)
		w.must(w.Members.SetRole(w.ctx, actor.House, w.space, w.by.Member, actor.Desk))
		w.must(w.Jobs.RunDue(w.ctx))
		i, err := w.Intake.Progress(w.ctx, actor.House, w.space, p.Import.ID)
		w.must(err)
		if i.State != imports.Stopped || i.Reason != actor.ErrForbidden.Code || i.Position != 0 {
			t.Errorf("it goes on: %+v", i)
		}
	})
}

func TestTheWordsOfAFileAreToldOnceAndRemembered(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		file := "name,email,plan,certifications\nAda,ada@example.org,Gold,\"CO2 laser; Sewing\"\nBob,bob@example.org,Basic,\n"
		m, err := w.Intake.Bring(w.ctx, w.by, w.space, "people.csv", []byte(file))
		w.must(err)
		if !m.Open() || len(m.Plans) != 2 || len(m.Certifications) != 2 {
			t.Errorf("the words: %+v", m)
		}
		set := m.Settings
		set.Plans = map[string]string{"Gold": w.plan.ID.String(), "Basic": intake.None}
		set.Certifications = map[string]string{"CO2 laser": w.laser.ID.String(), "Sewing": intake.None}
		w.must(w.Intake.Settle(w.ctx, w.by, w.space, m.Import.ID, set))
		next := w.bring(file)
		if got := fates(next); got != "create create" || len(next.Lines[0].Gives) != 2 || len(next.Lines[1].Gives) != 0 {
			t.Errorf("the next file: %s %+v", got, next.Lines)
		}
		set.Columns = []intake.Field{intake.Email, intake.Email, intake.Plan, intake.LeftOut}
		w.refused(w.Intake.Settle(w.ctx, w.by, w.space, m.Import.ID, set), intake.ErrFieldTwice)
	})
}

func TestOnlyWhoMayImportsAndOnlyHere(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		m, err := w.Intake.Bring(w.ctx, w.by, w.space, "people.csv", []byte(lot(1)))
		w.must(err)
		stranger := actor.Actor{}
		_, err = w.Intake.Bring(w.ctx, stranger, w.space, "people.csv", []byte(lot(1)))
		w.refused(err, actor.ErrSignIn)
		_, err = w.Intake.Undo(w.ctx, stranger, w.space, m.Import.ID)
		w.refused(err, actor.ErrSignIn)
		_, err = w.Intake.Undo(w.ctx, w.by, w.space, m.Import.ID)
		w.refused(err, imports.ErrNotDone)
		_, err = w.Intake.Run(w.ctx, actor.House, id.New(), m.Import.ID, false)
		w.refused(err, imports.ErrNoSuchImport)
	})
}
