package plans

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// house is a space with everybody who works there, for one test.
type house struct {
	*Service
	t     *testing.T
	ctx   context.Context
	db    *db.DB
	clock *clock.Movable
	space id.ID
	known map[id.ID]Person

	mu      sync.Mutex
	charges []Charge
	jobs    []jobs.Job
	letters []mail.Message
	lapses  []string
	proofs  map[id.ID]Shown // of whom, that they study
	payers  map[id.ID]Payer // of whom, who else pays

	manager, desk, maker actor.Actor
}

// Record is an audit log that nobody reads.
func (h *house) Record(context.Context, actor.Actor, id.ID, actor.Operation, id.ID, any) error {
	return nil
}

func (h *house) Person(_ context.Context, space, member id.ID) (Person, error) {
	p, ok := h.known[member]
	if !ok || space != h.space {
		return p, ErrNoSuchMember
	}
	return p, nil
}

func (h *house) Names(_ context.Context, _ id.ID, of []id.ID) (map[id.ID]string, error) {
	names := map[id.ID]string{}
	for _, m := range of {
		names[m] = h.known[m].Name
	}
	return names, nil
}

func (h *house) Space(context.Context, id.ID) (Space, error) {
	zone, err := time.LoadLocation("Europe/Berlin")
	return Space{Slug: "harbour", Name: i18n.Text{EN: "Harbour Makers", ZH: "港湾创客"}, Zone: zone, Currency: "EUR", Email: "desk@harbour.example"}, err
}

// Charge keeps a charge once for each cause and period, as billing does.
func (h *house) Charge(_ context.Context, c Charge) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, was := range h.charges {
		if was.Cause == c.Cause && was.CauseID == c.CauseID && was.From == c.From {
			if was.Amount != c.Amount || was.To != c.To {
				return fmt.Errorf("%+v is charged already, not %+v", was, c)
			}
			return nil
		}
	}
	h.charges = append(h.charges, c)
	return nil
}

// Charged is what was charged for a cause.
func (h *house) Charged(_ context.Context, cause id.ID) ([]Charge, error) {
	return slices.DeleteFunc(slices.Clone(h.charges), func(c Charge) bool { return c.CauseID != cause || c.Cause == "reversal" }), nil
}

// Paid is who was charged last for a run.
func (h *house) Paid(_ context.Context, r Run) (Payer, error) {
	paid := Payer{Member: r.MemberID}
	for _, c := range h.charges {
		if c.CauseID == r.ID && c.Cause == "membership" {
			paid = Payer{Member: c.Payer}
		}
	}
	return paid, nil
}

// Payer is who pays: the member, but for those in payers.
func (h *house) Payer(_ context.Context, _, member id.ID) (Payer, error) {
	if p, other := h.payers[member]; other {
		return p, nil
	}
	return Payer{Member: member}, nil
}

func (h *house) Reverse(_ context.Context, cause id.ID, _ clock.Day) error {
	for _, c := range h.charges {
		if c.CauseID == cause {
			c.Amount, c.Cause = c.Amount.Neg(), "reversal"
			h.charges = append(h.charges, c)
		}
	}
	return nil
}

func (h *house) Add(_ context.Context, job jobs.Job) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.jobs = append(h.jobs, job)
	return nil
}

func (h *house) Send(_ context.Context, m mail.Message) error {
	h.letters = append(h.letters, m)
	return nil
}

func (h *house) Lapse(_ context.Context, _, member id.ID, from clock.Instant, cancel bool) error {
	h.lapses = append(h.lapses, fmt.Sprint(member, " ", from.Format(time.RFC3339), " ", cancel))
	return nil
}

func (*house) Unmark(context.Context, id.ID, id.ID) error { return nil }

// Shown knows who studies, and who may have a plan that is a concession.
func (h *house) Shown(_ context.Context, _, member id.ID, group string, on clock.Day) (Shown, error) {
	if group != "" && group != "student" {
		return Shown{}, nil
	}
	seen, had := h.proofs[member]
	seen.Handed, seen.Counts = true, had && (seen.Until == "" || seen.Until >= on)
	return seen, nil
}

// deliver does every job that waits and gives the subjects of the letters that came of it.
func (h *house) deliver() []string {
	h.t.Helper()
	h.letters = nil
	for _, job := range h.jobs {
		h.must(h.tell(h.ctx, job.(news)))
	}
	h.jobs = nil
	var subjects []string
	for _, m := range h.letters {
		subjects = append(subjects, m.Subject)
		if strings.Contains(m.Text, "plans.mail") || strings.Contains(m.Text, "{{") {
			h.t.Errorf("a letter without words: %s", m.Text)
		}
	}
	return subjects
}

// owed are the amounts charged since the last time it was asked, in minor units.
func (h *house) owed() []int64 {
	var minor []int64
	for _, c := range h.charges {
		minor = append(minor, c.Amount.Minor)
		total := int64(0)
		for _, l := range c.Lines {
			total += l.Amount.Minor
		}
		if total != c.Amount.Minor && c.Cause != "reversal" {
			h.t.Errorf("lines of %d for %d: %+v", total, c.Amount.Minor, c.Lines)
		}
	}
	h.charges = nil
	return minor
}

// moves sets the clock to a wall time of the space.
func (h *house) at(wall string) {
	h.t.Helper()
	zone, _ := time.LoadLocation("Europe/Berlin")
	t, err := time.ParseInLocation("2006-01-02 15:04", wall, zone)
	h.must(err)
	h.clock.Set(clock.At(t))
}

// offers puts a plan on offer, changed as a test needs it.
func (h *house) offers(code string, minor int64, change func(*Plan)) Plan {
	h.t.Helper()
	p := Plan{SpaceID: h.space, Code: code, Name: i18n.Text{EN: code, ZH: code}, PriceGroup: "member", PriceMinor: minor, Currency: "EUR", Renews: true}
	if change != nil {
		change(&p)
	}
	p, err := h.AddPlan(h.ctx, h.manager, p)
	h.must(err)
	return p
}

func (h *house) subscribes(member id.ID, p Plan) Membership {
	h.t.Helper()
	m, err := h.Subscribe(h.ctx, h.desk, Start{Space: h.space, Member: member, Plan: p.ID, Proof: true})
	h.must(err)
	return m
}

// change changes a plan that nobody has to say yes to.
func (h *house) change(by actor.Actor, space, membership id.ID, c Changing) (Membership, Bill, error) {
	done, bill, err := h.Change(h.ctx, by, space, membership, c)
	if done.Waits() {
		h.t.Errorf("the change waits for the staff: %+v", done.Application)
	}
	return done.Membership, bill, err
}

func (h *house) now(m Membership) Run {
	h.t.Helper()
	r, err := h.Run(h.ctx, h.desk, h.space, m.ID)
	h.must(err)
	return r
}

// until is the day after the last of the period that a membership is in.
func (h *house) until(m Membership) clock.Day {
	h.t.Helper()
	at, _ := h.Space(h.ctx, h.space)
	return clock.DayOf(h.now(m).PeriodTo, at.Zone)
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, ctx: t.Context(), db: d, clock: testkit.Clock(t, "2027-03-01 09:00"), known: map[id.ID]Person{}, proofs: map[id.ID]Shown{}, payers: map[id.ID]Payer{}}
		h.Service = New(Needs{DB: d, Clock: h.clock, Audit: h, People: h, Spaces: h, Bookings: h, Billing: h, Payers: h, Proofs: h, Jobs: h, Mail: h, BaseURL: "https://harbour.example"})
		h.space = h.found("harbour")
		h.manager = h.join("Max Manager", actor.Manager)
		h.desk = h.join("Dana Desk", actor.Desk)
		h.maker = h.join("Mika Maker", actor.Member)
		fn(t, h)
	})
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// refused demands this refusal.
func (h *house) refused(err error, want *fault.Error) {
	h.t.Helper()
	if !errors.Is(err, want) {
		h.t.Errorf("got %v, want %s", err, want.Code)
	}
}

func (h *house) found(slug string) id.ID {
	h.t.Helper()
	space := id.New()
	h.must(h.db.Tx(h.ctx, func(ctx context.Context) error {
		return h.db.In(ctx).Exec(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
			VALUES (?, ?, '{}', '{}', '', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 1, 0, 1)`, space, slug).Error
	}))
	return space
}

// join makes somebody known here in a role.
func (h *house) join(name string, role actor.Role) actor.Actor {
	h.t.Helper()
	p := Person{ID: id.New(), Name: name, Email: strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@example.org", Locale: "en"}
	h.must(h.db.Tx(h.ctx, func(ctx context.Context) error {
		return h.db.In(ctx).Exec(`INSERT INTO members (id, email, email_key, name, phone, locale, search, created_at, version)
			VALUES (?, ?, ?, ?, '', 'en', '', 0, 1)`, p.ID, p.Email, p.Email, p.Name).Error
	}))
	h.known[p.ID] = p
	return actor.Actor{Member: p.ID, Name: name, Locale: "en", Confirmed: true, Roles: map[id.ID]actor.Role{h.space: role}}
}

func (h *house) plan(code, group string, keys bool) Plan {
	h.t.Helper()
	p, err := h.AddPlan(h.ctx, actor.House, Plan{
		SpaceID: h.space, Code: code, Name: i18n.Text{EN: strings.ToUpper(code)}, PriceGroup: group, KeyHolder: keys, Renews: true,
		PriceMinor: 4900, Currency: "EUR", Position: int64(len(code)),
	})
	h.must(err)
	return p
}

// atOnce calls do n times at the same time and counts what came of it; any
// other error counts as neither.
func atOnce(n int, do func(i int) error, refusal *fault.Error) (done, refused int) {
	var wg sync.WaitGroup
	errs := make([]error, n)
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	wg.Wait()
	for _, err := range errs {
		switch {
		case err == nil:
			done++
		case errors.Is(err, refusal):
			refused++
		}
	}
	return done, refused
}

func TestAPersonHasOnePlanAtATime(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		student, maker, pro := h.plan("student", "member", false), h.plan("maker", "member", false), h.plan("pro", "pro", true)
		member, now := h.maker.Member, h.clock.Now()
		_, err := h.Subscribe(h.ctx, h.desk, Start{Space: h.space, Member: member, Plan: student.ID, From: now})
		h.must(err)
		later := now.Add(30 * 24 * time.Hour)
		run, err := h.Subscribe(h.ctx, h.desk, Start{Space: h.space, Member: member, Plan: pro.ID, From: later, Until: later.Add(30 * 24 * time.Hour)})
		h.must(err)

		want := func(at clock.Instant, code, group string, keys bool) {
			t.Helper()
			terms, err := h.Terms(h.ctx, member, h.space, at)
			h.must(err)
			if terms.PlanCode != code || terms.PriceGroup != group || terms.KeyHolder != keys {
				t.Errorf("at %s: %+v, want %s %s %v", at, terms, code, group, keys)
			}
		}
		want(now.Add(-time.Second), "", Guest, false)
		want(now, "student", "member", false)
		want(later.Add(-time.Second), "student", "member", false)
		want(later, "pro", "pro", true)
		want(run.EndsAt, "", Guest, false)

		_, err = h.Subscribe(h.ctx, h.desk, Start{Space: h.space, Member: member, Plan: maker.ID, From: now.Add(time.Hour)})
		h.refused(err, ErrRunLater)
		_, err = h.Subscribe(h.ctx, h.desk, Start{Space: h.space, Member: member, Plan: maker.ID, From: now.Add(time.Hour), Until: now})
		h.refused(err, ErrRunEnds)
		_, err = h.Subscribe(h.ctx, h.desk, Start{Space: h.space, Member: member, Plan: id.New(), From: now})
		h.refused(err, ErrNoSuchPlan)
		_, err = h.Subscribe(h.ctx, h.maker, Start{Space: h.space, Member: member, Plan: pro.ID, From: now})
		h.refused(err, actor.ErrForbidden)

		h.must(h.Unsubscribe(h.ctx, h.desk, h.space, run.ID, later.Add(time.Hour)))
		want(later.Add(time.Hour), "", Guest, false)
		h.refused(h.Unsubscribe(h.ctx, h.desk, h.space, run.ID, later.Add(2*time.Hour)), ErrRunEnded)
		h.must(h.Unsubscribe(h.ctx, h.desk, h.space, run.ID, now))
		runs, err := h.Runs(h.ctx, h.desk, h.space, member)
		h.must(err)
		if len(runs) != 1 || runs[0].Plan.Code != "student" {
			t.Errorf("a run that never started is still there: %+v", runs)
		}
	})
}

func TestAPlanIsEditedWithWhatWasSeen(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		maker := h.plan("maker", "member", false)
		_, err := h.Subscribe(h.ctx, h.desk, Start{Space: h.space, Member: h.maker.Member, Plan: maker.ID, From: h.clock.Now()})
		h.must(err)
		edit := maker
		edit.Code, edit.Name.EN, edit.PriceGroup, edit.KeyHolder, edit.PriceMinor, edit.Position = "other", "Maker plus", "pro", true, 5900, 1
		_, err = h.EditPlan(h.ctx, h.desk, edit)
		h.refused(err, actor.ErrForbidden)
		now, err := h.EditPlan(h.ctx, h.manager, edit)
		h.must(err)
		plans, err := h.Plans(h.ctx, h.space)
		h.must(err)
		if diff := cmp.Diff([]Plan{now}, plans); diff != "" || now.Code != "maker" || now.Version != 2 {
			t.Errorf("%+v: %s", now, diff)
		}
		terms, err := h.Terms(h.ctx, h.maker.Member, h.space, h.clock.Now())
		h.must(err)
		if terms.PriceGroup != "pro" || !terms.KeyHolder {
			t.Errorf("who has it has %+v", terms)
		}
		_, err = h.EditPlan(h.ctx, h.manager, edit)
		h.refused(err, ErrStale)
		wrong := now
		wrong.Name, wrong.PriceMinor = i18n.Text{}, -1
		_, err = h.EditPlan(h.ctx, h.manager, wrong)
		h.refused(err, ErrPlanBad)
		h.refused(err, ErrPlanPrice)
		wrong.ID = id.New()
		_, err = h.EditPlan(h.ctx, h.manager, wrong)
		h.refused(err, ErrNoSuchPlan)
	})
}

func TestTwentyPlansAtOnceLeaveOneRunning(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.plan("maker", "member", false)
		now := h.clock.Now()
		made, _ := atOnce(20, func(i int) error {
			_, err := h.Subscribe(h.ctx, h.desk, Start{Space: h.space, Member: h.maker.Member, Plan: p.ID, From: now})
			return err
		}, ErrSamePlan)
		runs, err := h.Runs(h.ctx, h.desk, h.space, h.maker.Member)
		h.must(err)
		if made != 1 || len(runs) != 1 || len(h.owed()) != 1 {
			t.Errorf("%d subscribed, %d runs are left; want 1 of each, charged once", made, len(runs))
		}
	})
}
