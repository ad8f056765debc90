package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"guildhall/internal/actor"
	"guildhall/internal/billing"
	"guildhall/internal/booking"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/equipment"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/imports"
	"guildhall/internal/intake"
	"guildhall/internal/members"
	"guildhall/internal/plans"
	"guildhall/internal/profiles"
	"guildhall/internal/sheet"
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

// told is what is known of somebody, in the order of the fields.
func (w *importing) told(email string) (k struct {
	Tags, Badges, Notes int
	Phone, Address      string
	Born                clock.Day
	Renews              clock.Instant
}) {
	w.t.Helper()
	m, err := w.Members.ByEmail(w.ctx, email)
	w.must(err)
	all, err := w.Reports.Enrolled(w.ctx, w.space, m.ID)
	w.must(err)
	k.Tags = len(all[0].Tags)
	for _, f := range all[0].Facts {
		switch f.Kind {
		case "phone":
			k.Phone = f.Text
		case "address":
			k.Address = f.Text
		case "birthday":
			k.Born = clock.Day(f.Text)
		case "badge":
			k.Badges++
		case "note":
			k.Notes++
		}
	}
	runs, err := w.Plans.Held(w.ctx, w.space, m.ID)
	w.must(err)
	if len(runs) > 0 {
		k.Renews = runs[0].PeriodTo
	}
	return k
}

func TestAFileTellsMoreOfPeopleAndIsTakenBackWithIt(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		_, err := w.Members.AddTag(w.ctx, actor.House, w.space, i18n.Text{EN: "Volunteer", ZH: "志愿者"})
		w.must(err)
		w.run("name,email,phone\nKnown,known@example.org,\nDana,dana@example.org,0421 1000\n")
		// Days are written in two ways; the badge on line 5 is somebody's of the file.
		file := "name,email,phone,date of birth,tags,badge number,notes,plan,next invoice date\n" +
			"Known,known@example.org,0421 2000,28.03.87,volunteer,04:A3:FF,Came with the old system,garage,28.03.2027\n" +
			"New,new@example.org,0421 3000,1990-05-01,志愿者,B-7,,garage,\n" +
			"Dana,dana@example.org,0421 9999,,,,,,\n" +
			"Thief,thief@example.org,,,,04a3ff,,,\n" +
			"Unborn,unborn@example.org,,2090-01-01,sailor,,,,\n"
		p := w.bring(file)
		if got := fates(p); got != "gain create unchanged refused refused" || len(p.Lines[4].Problems) != 1 || len(p.Lines[0].Adds) != 5 {
			t.Fatalf("the preview: %s %+v", got, p.Lines)
		}
		first, err := w.Intake.Run(w.ctx, w.by, w.space, p.Import.ID, true)
		w.must(err)
		known, fresh := w.told("known@example.org"), w.told("new@example.org")
		if known.Phone != "0421 2000" || known.Born != "1987-03-28" || known.Tags != 1 || known.Badges != 1 || known.Notes != 1 || known.Renews.IsZero() ||
			clock.DayOf(known.Renews, w.zone()) != "2027-03-28" {
			t.Errorf("who was known: %+v", known)
		}
		if fresh.Phone != "0421 3000" || fresh.Born != "1990-05-01" || fresh.Tags != 1 || fresh.Badges != 1 || fresh.Notes != 0 {
			t.Errorf("who is new: %+v", fresh)
		}
		if got := w.told("dana@example.org").Phone; got != "0421 1000" {
			t.Errorf("a number that was known is overwritten: %q", got)
		}
		again, err := w.Intake.Run(w.ctx, w.by, w.space, w.bring(file).Import.ID, true)
		w.must(err)
		if again.Created+again.Gained != 0 || again.Unchanged != 3 || again.Refused != 2 {
			t.Errorf("again: %+v", again)
		}
		wrong, err := w.Intake.Mistakes(w.ctx, w.by, w.space, first.ID)
		w.must(err)
		if len(wrong.Lines) != 2 || wrong.Lines[0].Cells[0] != "Thief" || wrong.Lines[1].Number != 6 || len(wrong.Lines[1].Problems) != 1 {
			t.Errorf("what was left out: %+v", wrong)
		}
		// What was noted by hand since keeps who is new; who was known goes back.
		m, err := w.Members.ByEmail(w.ctx, "new@example.org")
		w.must(err)
		_, err = w.Members.WriteNote(w.ctx, w.by, w.space, m.ID, "Is often here", false)
		w.must(err)
		done, err := w.Intake.Undo(w.ctx, w.by, w.space, first.ID)
		w.must(err)
		if known = w.told("known@example.org"); known.Phone != "" || known.Born != "" || known.Tags+known.Badges+known.Notes != 0 || !known.Renews.IsZero() {
			t.Errorf("who was known keeps %+v", known)
		}
		if done.Taken != 1 || done.Stayed != 1 || w.told("new@example.org").Badges != 1 {
			t.Errorf("the undo: %+v", done)
		}
	})
}

func (w *importing) zone() *time.Location {
	w.t.Helper()
	s, err := w.Spaces.Space(w.ctx, actor.House, w.space)
	w.must(err)
	return s.Location()
}

// A program that is killed while it works goes on with the next batch when it is
// started again: nobody is made twice, and nobody is passed over.
func TestAnImportSurvivesThatTheProgramIsKilled(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		before, p := w.people(), w.bring(lot(600))
		_, err := w.Intake.Run(w.ctx, w.by, w.space, p.Import.ID, false)
		w.must(err)
		for killed := 0; ; killed++ {
			ctx, kill := context.WithCancel(w.ctx)
			watched := make(chan struct{})
			was, err := w.Intake.Progress(w.ctx, w.by, w.space, p.Import.ID)
			w.must(err)
			go func() { // kills it once it has come further
				defer close(watched)
				for ctx.Err() == nil {
					if i, err := w.Intake.Progress(w.ctx, w.by, w.space, p.Import.ID); err != nil || i.Position > was.Position {
						kill()
					}
				}
			}()
			_ = w.Jobs.RunDue(ctx) // does not live to tell what came of it
			kill()
			<-watched
			i, err := w.Intake.Progress(w.ctx, w.by, w.space, p.Import.ID)
			w.must(err)
			if i.State == imports.Ran {
				if killed == 0 || i.Created != 600 || w.people() != before+600 {
					t.Errorf("killed %d times: %+v, %d people", killed, i, w.people())
				}
				break
			}
			if killed > 100 {
				t.Fatalf("does not go on: %+v", i)
			}
			w.must(w.DB.Tx(w.ctx, func(ctx context.Context) error { // as the queue does when it starts
				return w.DB.In(ctx).Exec("UPDATE river_job SET state = 'available' WHERE state = 'running'").Error
			}))
		}
	})
}

func TestWhoIsErasedIsForgottenByFiles(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		ran := w.run("name,email\nBird,Canaria@example.org\nDog,dog@example.org\n")
		kept, other := w.bring("name,email\nBird,CANARIA@example.org\n"), w.bring("name,email\nDog,dog@example.org\n")
		bird, err := w.Members.ByEmail(w.ctx, "canaria@example.org")
		w.must(err)
		w.must(w.Privacy.Erase(w.ctx, w.by, w.space, bird.ID, "canaria@example.org"))
		_, err = w.Intake.Run(w.ctx, w.by, w.space, kept.Import.ID, false)
		w.refused(err, imports.ErrForgotten)
		_, err = w.Intake.Mistakes(w.ctx, w.by, w.space, ran.ID)
		w.refused(err, imports.ErrForgotten)
		_, err = w.Intake.Preview(w.ctx, w.by, w.space, other.Import.ID)
		w.must(err)
		w.now.Advance(31 * 24 * time.Hour)
		w.must(w.Imports.Forget(w.ctx))
		_, err = w.Intake.Preview(w.ctx, w.by, w.space, other.Import.ID)
		w.refused(err, imports.ErrForgotten)
	})
}

// A line that looked right and is refused when it is worked is left out, and the others are not.
func TestAWorkedLineThatIsRefusedIsPassedOver(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		// Known here as a member, who owns another space: their number is out of reach.
		m, err := w.Members.Enrol(w.ctx, actor.House, w.space, members.Enrolment{Name: "Olaf", Email: "olaf@example.org"})
		w.must(err)
		elsewhere := id.New()
		w.must(w.DB.Tx(w.ctx, func(ctx context.Context) error {
			return w.DB.In(ctx).Exec(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
				VALUES (?, 'annex', '{"en":"Annex","zh":""}', '{}', 'school', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 9, ?, 1)`, elsewhere, w.now.Now()).Error
		}))
		_, err = w.Members.Enrol(w.ctx, actor.House, elsewhere, members.Enrolment{Name: "Olaf", Email: "olaf@example.org"})
		w.must(err)
		w.must(w.Members.SetRole(w.ctx, actor.House, elsewhere, m.ID, actor.Owner))
		p := w.bring("name,email,phone\nOlaf,olaf@example.org,0421 1000\nAda,ada@example.org,\n")
		_, err = w.Intake.Run(w.ctx, w.by, w.space, p.Import.ID, false)
		w.must(err)
		if i := w.after(p.Import.ID); i.State != imports.Ran || i.Created != 1 || i.Refused != 1 {
			t.Errorf("the run: %+v", i)
		}
		wrong, err := w.Intake.Mistakes(w.ctx, w.by, w.space, p.Import.ID)
		w.must(err)
		if len(wrong.Lines) != 1 || !errors.Is(wrong.Lines[0].Problems[0].Fault, members.ErrAbove) {
			t.Errorf("what is wrong: %+v", wrong)
		}
	})
}

// tags are the names of the tags of the space, in its order.
func (w *importing) tags() (names []string) {
	w.t.Helper()
	all, err := w.Members.Tags(w.ctx, w.by, w.space)
	w.must(err)
	for _, t := range all {
		names = append(names, t.Name.In("en"))
	}
	return names
}

func TestAnAddressComesWithAFile(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		w.run("name,email\nKnown,known@example.org\nMoved,moved@example.org\n")
		moved, err := w.Members.ByEmail(w.ctx, "moved@example.org")
		w.must(err)
		w.must(w.Profiles.Edit(w.ctx, w.by, w.space, moved.ID, profiles.Change{Address: "Am Wall 1\n28195 Bremen"}))
		file := "Name,Email,Street,ZIP,City\nKnown,known@example.org,Deich 4,28199,Bremen\nMoved,moved@example.org,Deich 5,28199,Bremen\n" +
			"New,new@example.org,Deich 6,,Bremen\nNewer,newer@example.org,Deich 7,,\nLong,long@example.org," + strings.Repeat("x", 501) + ",,\n"
		p := w.bring(file)
		if got := fates(p); got != "gain unchanged create create refused" || p.Lines[4].Problems[0].Column != "address" {
			t.Fatalf("the preview: %s %+v", got, p.Lines)
		}
		if n := p.Lines[1].Notes; len(n) != 1 || n[0].Args["Text"] != "Am Wall 1\n28195 Bremen" {
			t.Errorf("that another address stays is not said: %+v", n)
		}
		i, err := w.Intake.Run(w.ctx, w.by, w.space, p.Import.ID, true)
		w.must(err)
		for email, want := range map[string]string{
			"known@example.org": "Deich 4\n28199\nBremen", "moved@example.org": "Am Wall 1\n28195 Bremen", "new@example.org": "Deich 6\nBremen", "newer@example.org": "Deich 7",
		} {
			if got := w.told(email).Address; got != want {
				t.Errorf("%s lives at %q, want %q", email, got, want)
			}
		}
		// Whose profile tells more since stays; the others go back to what they were.
		fresh, err := w.Members.ByEmail(w.ctx, "new@example.org")
		w.must(err)
		who, err := w.Members.Actor(w.ctx, fresh.ID)
		w.must(err)
		w.must(w.Profiles.EditMine(w.ctx, who, w.space, profiles.Change{Address: "Deich 6\nBremen", Makes: "Chairs", Version: 1}))
		done, err := w.Intake.Undo(w.ctx, w.by, w.space, i.ID)
		w.must(err)
		if done.Taken != 2 || done.Stayed != 1 || w.told("known@example.org").Address != "" || w.told("new@example.org").Address == "" {
			t.Errorf("the undo: %+v", done)
		}
		_, err = w.Members.ByEmail(w.ctx, "newer@example.org")
		w.refused(err, members.ErrNoSuchMember)
	})
}

func TestATagThatIsNotHereIsMadeAndUnmade(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		old, err := w.Members.AddTag(w.ctx, w.by, w.space, i18n.Text{EN: "Founder"})
		w.must(err)
		_, err = w.Members.EditTag(w.ctx, w.by, w.space, old.ID, old.Name, true, old.Version)
		w.must(err)
		before := w.tags()
		m, err := w.Intake.Bring(w.ctx, w.by, w.space, "tags.csv", []byte("name,email,tags\nAda,ada@example.org,Sailor; 木工\nBob,bob@example.org,sailor\n"+
			"Cleo,cleo@example.org,founder\nDan,dan@example.org,"+strings.Repeat("x", 41)+"\n"))
		w.must(err)
		if !m.Open() { // what an archived tag is here has to be said
			t.Error("nobody is asked what the archived tag means")
		}
		p, err := w.Intake.Preview(w.ctx, w.by, w.space, m.Import.ID)
		w.must(err)
		if got := fates(p); got != "create create refused refused" || len(p.Lines[0].Adds) != 2 || p.Lines[1].Adds[0] != (imports.Added{Field: intake.NewTag, Text: "Sailor"}) {
			t.Fatalf("the preview: %s %+v", got, p.Lines)
		}
		if !errors.Is(p.Lines[2].Problems[0].Fault, intake.ErrTagArchived) || !errors.Is(p.Lines[3].Problems[0].Fault, members.ErrTagName) {
			t.Errorf("the refusals: %+v", p.Problems())
		}
		if got := w.tags(); !slices.Equal(got, before) {
			t.Errorf("looking makes tags: %q", got)
		}
		i, err := w.Intake.Run(w.ctx, w.by, w.space, p.Import.ID, true)
		w.must(err)
		if got := w.tags(); !slices.Equal(got, append(before, "Sailor", "木工")) {
			t.Errorf("the tags: %q", got)
		}
		if w.told("ada@example.org").Tags != 2 || w.told("bob@example.org").Tags != 1 {
			t.Error("who was to have them has not")
		}
		// The tag that somebody was given by hand stays, and the other goes with the file.
		w.run("name,email,tags\nEve,eve@example.org,木工\n")
		_, err = w.Intake.Undo(w.ctx, w.by, w.space, i.ID)
		w.must(err)
		if got := w.tags(); !slices.Equal(got, append(before, "木工")) {
			t.Errorf("the tags after the undo: %q", got)
		}
	})
}

func TestNoMoreTagsAreMadeThanASpaceMayHave(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		var words []string
		for n := range members.MostTags + 1 - len(w.tags()) {
			words = append(words, fmt.Sprintf("tag %d", n))
		}
		p := w.bring("name,email,tags\nAda,ada@example.org," + strings.Join(words, "|") + "\n")
		if len(p.Lines[0].Problems) != 1 || !errors.Is(p.Lines[0].Problems[0].Fault, members.ErrTooManyTags) {
			t.Errorf("the preview: %+v", p.Lines)
		}
	})
}

// Who has done something since stays with all of the line, and the reason is named.
func TestWhyALineStaysIsSaid(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		paper, err := w.Consent.Draft(w.ctx, actor.House, w.space, consent.Details{
			Kind: consent.Rules, Audience: consent.Everyone, Title: i18n.Text{EN: "House rules"}, Body: i18n.Text{EN: "Wear glasses."},
		})
		w.must(err)
		paper, err = w.Consent.Publish(w.ctx, actor.House, w.space, paper.ID, 0, false)
		w.must(err)
		i := w.run("name,email,plan,address,tags\nSigner,signer@example.org,garage,Deich 1,crew\nStudent,student@example.org,garage,,\nTeller,teller@example.org,,Deich 2,\nGoes,goes@example.org,garage,Deich 3,crew\n")
		who := func(email string) actor.Actor {
			m, err := w.Members.ByEmail(w.ctx, email)
			w.must(err)
			by, err := w.Members.Actor(w.ctx, m.ID)
			w.must(err)
			return by
		}
		_, err = w.Consent.RecordSignature(w.ctx, actor.House, w.space, paper.ID, paper.Current.ID, who("signer@example.org").Member,
			consent.Signature{Name: "Signer", Language: "en"}, consent.Recording{How: consent.OnPaper})
		w.must(err)
		student := who("student@example.org")
		_, err = w.Proofs.HandIn(w.ctx, student, w.space, student.Member, "student", "card.pdf", strings.NewReader("%PDF-1.4\n%%EOF\n"))
		w.must(err)
		w.must(w.Profiles.EditMine(w.ctx, who("teller@example.org"), w.space, profiles.Change{Address: "Deich 2", ContactName: "Mum", ContactPhone: "0421 1000", Version: 1}))
		u, err := w.Intake.PreviewUndo(w.ctx, w.by, w.space, i.ID)
		w.must(err)
		var why []string
		for _, s := range u.Stays {
			why = append(why, s.Name+": "+s.Why)
		}
		if want := []string{"Signer: acceptances", "Student: proofs", "Teller: profiles"}; u.Taken != 1 || !slices.Equal(why, want) {
			t.Errorf("the preview: %d taken, stay %q", u.Taken, why)
		}
		done, err := w.Intake.Undo(w.ctx, w.by, w.space, i.ID)
		w.must(err)
		if done.Taken != 1 || done.Stayed != 3 || !slices.Contains(w.tags(), "crew") {
			t.Errorf("the undo: %+v, tags %q", done, w.tags())
		}
		if k := w.told("signer@example.org"); k.Tags != 1 || k.Address != "Deich 1" || k.Renews.IsZero() {
			t.Errorf("of a line that stays something is gone: %+v", k)
		}
	})
}

// A month after a file was brought nothing of it is kept, however far it was run.
func TestNothingOfAFileOutlivesAMonth(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		const canary = "Canariensis"
		file := func(n int) string { return lot(n) + "x," + canary + ",no address,,\n" }
		looked := w.bring(file(1)).Import.ID
		ran := w.bring(file(2)).Import.ID
		_, err := w.Intake.Run(w.ctx, w.by, w.space, ran, true)
		w.must(err)
		running := w.bring(file(300)).Import.ID
		_, err = w.Intake.Run(w.ctx, w.by, w.space, running, true) // its job is not worked
		w.must(err)
		held := func() (n int64) {
			w.must(w.DB.In(w.ctx).Raw(`SELECT (SELECT COUNT(*) FROM imports WHERE content IS NOT NULL OR body <> '' OR settings <> '{}') +
				(SELECT COUNT(*) FROM import_refusals)`).Scan(&n).Error)
			return n
		}
		w.now.Advance(30*24*time.Hour - time.Minute)
		w.must(w.Imports.Forget(w.ctx))
		if held() != 4 {
			t.Fatalf("%d rows tell of the files before a month has gone by", held())
		}
		w.now.Advance(time.Minute)
		w.must(w.Imports.Forget(w.ctx))
		if held() != 0 {
			t.Errorf("%d rows tell of the files after a month", held())
		}
		for _, gone := range []id.ID{looked, ran} {
			_, err := w.Intake.Mistakes(w.ctx, w.by, w.space, gone)
			w.refused(err, imports.ErrForgotten)
		}
		if i := w.after(running); i.State != imports.Stopped || !i.Forgotten() {
			t.Errorf("what ran: %+v", i)
		}
		_, err = w.Intake.Undo(w.ctx, w.by, w.space, ran) // needs nothing of it
		w.must(err)
	})
}

// However a file is written, the people in it are read right, or it is said what is wrong
// with it: at once, and nothing of it is kept.
func TestAFileThatIsWrittenOddly(t *testing.T) {
	utf16 := func(s string) string {
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	chinese := func(s string) string {
		text, err := simplifiedchinese.GB18030.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	long := strings.Repeat("Who looks after the keys of the upper workshop ", 2)
	read := map[string]string{
		"UTF-16 with a mark":        utf16("姓名\t邮箱\r\n陈力\tli@example.cn\r\n"),
		"GBK":                       chinese("姓名,邮箱,标签\r\n陈力,li@example.cn,木工\r\n"),
		"GB 18030, of four bytes":   chinese("姓名,邮箱,备注\n陈力,li@example.cn,㐀㑇陈力来自合肥的创客空间\n"),
		"semicolons":                "Name;E-Mail\n陈力;li@example.cn\n",
		"tabs":                      "name\temail\n陈力\tli@example.cn\n",
		"Windows' line ends":        "name,email\r\n陈力,li@example.cn\r\n",
		"an old Mac's":              "name,email\r陈力,li@example.cn\r",
		"no line end":               "name,email\n陈力,li@example.cn",
		"empty lines":               "\n\nname,email\n\n陈力,li@example.cn\n,\n\n",
		"two columns of one name":   "name,email,email\n陈力,li@example.cn,another@example.cn\n",
		"a heading of 94 letters":   "name,email," + long + "\n陈力,li@example.cn,nobody\n",
		"a heading without a name":  "name,,email\n陈力,x,li@example.cn\n",
		"more headings than cells":  "name,email,phone,tags\n陈力,li@example.cn\n",
		"a line in quotes":          "name,email,note\n\"陈力\",\"li@example.cn\",\"Said \"\"hello\"\",\nand went\"\n",
		"11 MB of what is left out": "name,email,log\n陈力,li@example.cn," + strings.Repeat(strings.Repeat("x", 10_000)+"\n"+",,", 1100) + "\n",
	}
	wrong := map[string]struct {
		body string
		want error
	}{
		"nothing":               {"", sheet.ErrEmpty},
		"empty lines alone":     {"\r\n\r\n ,\r\n", sheet.ErrEmpty},
		"a header alone":        {"name,email\n", sheet.ErrEmpty},
		"a quote that is open":  {"name,email\nAda,ada@example.org\n\"Bob,bob@example.org\n", sheet.ErrQuotes},
		"a quote in the middle": {"name,email\nAda \"Countess\" Lovelace,ada@example.org\n", sheet.ErrQuotes},
		"100,000 lines":         {"name,email\n" + strings.Repeat("Ada,ada@example.org\n", 100_000), sheet.ErrTooLong},
		"26 MB":                 {"name,email\n" + strings.Repeat("x", 26<<20), sheet.ErrTooLarge},
		"a photo":               {"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + strings.Repeat("\x00\xb7\x02\x0a", 4000), sheet.ErrNoText},
		"a workbook":            {"PK\x03\x04\x14\x00\x06\x00", sheet.ErrNoText},
	}
	eachImporting(t, func(t *testing.T, w *importing) {
		for name, body := range read { // and nobody is imported: they may all be one
			p := w.bring(body)
			if len(p.Lines) == 0 || p.Lines[0].Title != "陈力" || p.Lines[0].Detail != "li@example.cn" || p.Lines[0].Fate != imports.Create {
				t.Errorf("%s: %+v", name, p.Lines)
			}
		}
		kept := func() (n int64) {
			w.must(w.DB.In(w.ctx).Raw("SELECT COUNT(*) FROM imports").Scan(&n).Error)
			return n
		}
		before := kept()
		for name, c := range wrong {
			if _, err := w.Intake.Bring(w.ctx, w.by, w.space, "people.csv", []byte(c.body)); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if got := kept(); got != before {
			t.Errorf("%d of the files that could not be read are kept", got-before)
		}
	})
}

// What came of a plan or a certification that a file gave is not taken from under those
// who use it, were they here before or not; what is only held goes.
func TestWhatWasUsedSinceStays(t *testing.T) {
	eachImporting(t, func(t *testing.T, w *importing) {
		s, err := w.Spaces.Space(w.ctx, actor.House, w.space)
		w.must(err)
		things, err := w.Equipment.Resources(w.ctx, actor.House, w.space, equipment.Filter{})
		w.must(err)
		asks := things[slices.IndexFunc(things, func(r equipment.Resource) bool { return r.Bookable && len(r.Certifications) == 1 })]
		kinds, err := w.Certifications.Kinds(w.ctx, w.space)
		w.must(err)
		asked := kinds[slices.IndexFunc(kinds, func(k certifications.Kind) bool { return k.ID == asks.Certifications[0][0] })]
		w.run("name,email\nHolder,holder@example.org\nBooker,booker@example.org\nPayer,payer@example.org\nCutter,cutter@example.org\nTagged,tagged@example.org\nTwice,twice@example.org\n")
		i := w.run("name,email,plan,certifications,tags\nHolder,holder@example.org,garage,,\nBooker,booker@example.org,garage,,\nPayer,payer@example.org,garage,,\n" +
			"Cutter,cutter@example.org,," + asked.Code + ",\nTagged,tagged@example.org,,,crew\nTwice,twice@example.org,garage,,\nNew,new@example.org,garage,,\n")
		who := func(email string) actor.Actor {
			m, err := w.Members.ByEmail(w.ctx, email)
			w.must(err)
			by, err := w.Members.Actor(w.ctx, m.ID)
			w.must(err)
			return by
		}
		from := w.now.Now().Add(5 * time.Hour)
		book := func(email string, resource id.ID) booking.Booking {
			w.must(w.Members.Confirm(w.ctx, who(email).Member))
			b, err := w.Booking.Book(w.ctx, actor.House, booking.Request{Space: w.space, Resource: resource, Member: who(email).Member, StartsAt: from, EndsAt: from.Add(time.Hour)})
			w.must(err)
			from = from.Add(time.Hour)
			return b
		}
		sewing := thing(t, w.App, s, "sewing-machine")
		book("booker@example.org", sewing)
		book("cutter@example.org", asks.ID)
		book("tagged@example.org", sewing) // uses nothing that the file gave
		book("new@example.org", sewing)
		undone := book("twice@example.org", sewing)
		_, err = w.Booking.Cancel(w.ctx, actor.House, booking.Cancellation{Booking: undone.ID})
		w.must(err)
		payer := who("payer@example.org").Member
		runs, err := w.Plans.Held(w.ctx, w.space, payer)
		w.must(err)
		w.must(w.DB.Tx(w.ctx, func(ctx context.Context) error {
			return w.Billing.Charge(ctx, billing.Charge{
				SpaceID: w.space, MemberID: payer, BeneficiaryID: payer, Kind: billing.Fee, Stream: billing.Fees, Minor: 4900, Currency: "EUR", Cause: "membership", CauseID: runs[0].ID,
				PeriodFrom: "2027-03-22", PeriodTo: "2027-04-22", DueOn: "2027-03-22",
			})
		}))

		u, err := w.Intake.PreviewUndo(w.ctx, w.by, w.space, i.ID)
		w.must(err)
		var why []string
		for _, s := range u.Stays {
			why = append(why, s.Name+": "+s.Why)
		}
		if want := []string{"Booker: bookings", "Payer: charges", "Cutter: bookings", "New: bookings"}; u.Taken != 3 || !slices.Equal(why, want) {
			t.Errorf("the preview: %d taken, stay %q", u.Taken, why)
		}
		done, err := w.Intake.Undo(w.ctx, w.by, w.space, i.ID)
		w.must(err)
		if done.Taken != 3 || done.Stayed != 4 {
			t.Errorf("the undo: %+v", done)
		}
		for email, plans := range map[string]int{"holder@example.org": 0, "twice@example.org": 0, "booker@example.org": 1, "payer@example.org": 1, "new@example.org": 1} {
			if runs, err := w.Plans.Held(w.ctx, w.space, who(email).Member); err != nil || len(runs) != plans {
				t.Errorf("%s has %d plans, want %d (%v)", email, len(runs), plans, err)
			}
		}
	})
}
