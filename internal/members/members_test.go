package members

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
	diary *diary
	post  *post
	plans *offers
	space id.ID
	other id.ID // a second space, to which nobody here belongs

	owner, manager, desk, instructor, maker actor.Actor
}

// diary is an audit log that a test can look into.
type diary struct {
	mu      sync.Mutex
	entries []string
}

func (d *diary) Record(_ context.Context, _ actor.Actor, _ id.ID, operation actor.Operation, subject id.ID, _ any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries = append(d.entries, string(operation)+" "+string(subject))
	return nil
}

func (d *diary) has(entry string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.entries {
		if e == entry {
			return true
		}
	}
	return false
}

// post takes jobs and letters, and keeps them. It is where letters are from, too.
type post struct {
	mu      sync.Mutex
	jobs    []jobs.Job
	letters []mail.Message
	missed  []NoShow
	left    []string
	taken   []string
	refuses error // to take over
	taught  map[id.ID]bool
}

func (p *post) Teaches(_ context.Context, _, _, member id.ID) (bool, error) {
	return p.taught[member], nil
}

func (p *post) Add(_ context.Context, job jobs.Job) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.jobs = append(p.jobs, job)
	return nil
}

func (p *post) AddAt(ctx context.Context, job jobs.Job, _ clock.Instant) error {
	return p.Add(ctx, job)
}

func (p *post) Send(_ context.Context, m mail.Message) error {
	p.letters = append(p.letters, m)
	return nil
}

func (*post) Space(context.Context, id.ID) (Space, error) {
	return Space{Name: i18n.Text{EN: "Harbour Makers", ZH: "港湾创客"}, Email: "desk@harbour.example", Zone: time.UTC}, nil
}

// deliver does every job that is waiting and gives the letters that came of it.
func (h *house) deliver() []mail.Message {
	h.t.Helper()
	h.post.letters = nil
	for _, job := range h.post.jobs {
		switch j := job.(type) {
		case suspended:
			h.must(h.writeSuspended(h.ctx, j))
		case reinstated:
			h.must(h.writeReinstated(h.ctx, j))
		case merged:
			h.must(h.writeMerged(h.ctx, j))
		case stragglers:
			h.must(h.bringStragglers(h.ctx, j))
		}
	}
	h.post.jobs = nil
	return h.post.letters
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, ctx: t.Context(), db: d, clock: testkit.Clock(t, "2027-03-01 09:00"), diary: &diary{}, post: &post{}, plans: &offers{started: map[id.ID]id.ID{}}}
		h.Service = New(Needs{
			DB: d, Clock: h.clock, Audit: h.diary, Spaces: h.post, Plans: h.plans,
			Jobs: h.post, Mail: h.post, Bookings: h.post, Pupils: h.post, Others: h.post,
		})
		h.space, h.other = h.found("harbour"), h.found("shanghai")
		h.owner = h.join("Olga Owner", actor.Owner)
		h.manager = h.join("Max Manager", actor.Manager)
		h.desk = h.join("Dana Desk", actor.Desk)
		h.instructor = h.join("Ines Instructor", actor.Instructor)
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

// join registers someone and gives them a role, as the house does at set-up.
func (h *house) join(name string, role actor.Role) actor.Actor {
	h.t.Helper()
	m, err := h.Register(h.ctx, Registration{
		Email: strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@example.org", Name: name, Spaces: []id.ID{h.space},
	})
	h.must(err)
	h.must(h.Confirm(h.ctx, m.ID))
	h.must(h.SetRole(h.ctx, actor.House, h.space, m.ID, role))
	return h.acts(m.ID)
}

func (h *house) acts(member id.ID) actor.Actor {
	h.t.Helper()
	a, err := h.Actor(h.ctx, member)
	h.must(err)
	return a
}

// plan puts a plan on offer.
func (h *house) plan(code string) id.ID {
	h.t.Helper()
	plan := id.New()
	h.must(h.db.Tx(h.ctx, func(ctx context.Context) error {
		return h.db.In(ctx).Exec(`INSERT INTO plans (id, space_id, code, name, price_group, key_holder, price_minor, currency, position)
			VALUES (?, ?, ?, ?, 'member', FALSE, 4900, 'EUR', ?)`, plan, h.space, code, `{"en":"`+strings.ToUpper(code)+`"}`, len(code)).Error
	}))
	h.plans.all = append(h.plans.all, plan)
	return plan
}

// runs has somebody's plan run from now on.
func (h *house) runs(member, plan id.ID) {
	h.t.Helper()
	h.must(h.db.Tx(h.ctx, func(ctx context.Context) error {
		return h.db.In(ctx).Exec(`INSERT INTO memberships (id, member_id, space_id, plan_id, starts_at, created_at) VALUES (?, ?, ?, ?, ?, ?)`,
			id.New(), member, h.space, plan, h.clock.Now(), h.clock.Now()).Error
	}))
}

// offers is what a newcomer can begin with, and who began with what.
type offers struct {
	all     []id.ID
	started map[id.ID]id.ID
}

var errNoOffer = fault.NotFound("test.no_offer", "There is no such plan.")

func (o *offers) Start(_ context.Context, _ actor.Actor, _, member, plan id.ID, _ Proof) error {
	if !slices.Contains(o.all, plan) {
		return errNoOffer
	}
	o.started[member] = plan
	return nil
}

func TestAnAddressIsOnePersonHoweverItIsWritten(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m, err := h.Register(h.ctx, Registration{Email: " Jörg.Müller@Example.ORG ", Name: "  Jörg   Müller ", Locale: "zh-cn", Phone: "（+49）151 2345-6789"})
		h.must(err)
		if m.Name != "Jörg Müller" || m.Email != "Jörg.Müller@Example.ORG" || m.Locale != "zh-CN" || m.Phone != "(+49)151 2345-6789" {
			t.Errorf("tidied into %+v", m)
		}
		for _, spelling := range []string{"jörg.müller@example.org", "JO\u0308RG.MU\u0308LLER@EXAMPLE.ORG"} {
			_, err := h.Register(h.ctx, Registration{Email: spelling, Name: "Another"})
			h.refused(err, ErrEmailTaken)
			found, err := h.ByEmail(h.ctx, spelling)
			h.must(err)
			if found.ID != m.ID {
				t.Errorf("%q is someone else", spelling)
			}
		}
		_, err = h.ByEmail(h.ctx, "nobody@example.org")
		h.refused(err, ErrNoSuchMember)
	})
}

func TestWhatIsWrongWithARegistrationIsSaidAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		r    Registration
		want []*fault.Error
	}{
		"nothing":               {Registration{}, []*fault.Error{ErrEmailBad, ErrNameMissing}},
		"no @":                  {Registration{Email: "ada", Name: "Ada"}, []*fault.Error{ErrEmailBad}},
		"a name in the address": {Registration{Email: "Ada <ada@example.org>", Name: "Ada"}, []*fault.Error{ErrEmailBad}},
		"no dot in the domain":  {Registration{Email: "ada@localhost", Name: "Ada"}, []*fault.Error{ErrEmailBad}},
		"a header in the mail":  {Registration{Email: "ada@example.org\r\nBcc: x@example.org", Name: "Ada"}, []*fault.Error{ErrEmailBad}},
		"a header in the name":  {Registration{Email: "ada@example.org", Name: "Ada\r\nBcc: x@example.org"}, []*fault.Error{ErrNameBad}},
		"turned writing":        {Registration{Email: "ada@example.org", Name: "Ada\u202egnp"}, []*fault.Error{ErrNameBad}},
		"201 characters":        {Registration{Email: "ada@example.org", Name: strings.Repeat("力", 201)}, []*fault.Error{ErrNameTooLong}},
		"a word as a phone":     {Registration{Email: "ada@example.org", Name: "Ada", Phone: "call me"}, []*fault.Error{ErrPhoneBad}},
		"a plus in the middle":  {Registration{Email: "ada@example.org", Name: "Ada", Phone: "123+456789"}, []*fault.Error{ErrPhoneBad}},
		"Klingon":               {Registration{Email: "ada@example.org", Name: "Ada", Locale: "tlh"}, []*fault.Error{ErrLocaleUnknown}},
		"200 characters, 👩‍🔧 right to left, an apostrophe": {Registration{Email: "o'neill+x@sub.example.org", Name: "מרים O’Neill 👩‍🔧" + strings.Repeat("x", 180)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.r.normal()
			var got, want []string
			for _, f := range fault.All(err) {
				got = append(got, f.Code)
			}
			for _, f := range c.want {
				want = append(want, f.Code)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTwentyWhoRegisterOneAddressAtOnceMakeOnePerson(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		made, refusals := atOnce(20, func(i int) error {
			_, err := h.Register(h.ctx, Registration{Email: "race@example.org", Name: fmt.Sprint("Racer ", i), Spaces: []id.ID{h.space}})
			return err
		}, ErrEmailTaken)
		if made != 1 || refusals != 19 {
			t.Errorf("%d made, %d refused; want 1 and 19", made, refusals)
		}
	})
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

func TestAPersonActsInTheRolesTheyHoldNow(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if h.maker.Role(h.space) != actor.Member || h.maker.Role(h.other) != actor.Visitor || !h.maker.Confirmed {
			t.Errorf("the maker acts as %+v", h.maker)
		}
		h.must(h.SetRole(h.ctx, h.owner, h.space, h.maker.Member, actor.Instructor))
		h.must(h.Suspend(h.ctx, h.manager, h.space, h.maker.Member, "Left the laser running."))
		now := h.acts(h.maker.Member)
		if now.Roles[h.space] != actor.Instructor || now.Role(h.space) != actor.Member || !now.Suspended[h.space] || now.Suspended[h.other] {
			t.Errorf("after the change they act as %+v", now)
		}
		_, err := h.Actor(h.ctx, id.New())
		h.refused(err, ErrNoSuchMember)
	})
}

func TestTheDeskEnrolsSomeoneWithAPlan(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		maker := h.plan("maker")
		m, err := h.Enrol(h.ctx, h.desk, h.space, Enrolment{Email: "ada@example.org", Name: "Ada", Plan: maker})
		h.must(err)
		p, err := h.Person(h.ctx, h.desk, h.space, m.ID)
		h.must(err)
		if p.Standing.Role != actor.Member || h.plans.started[m.ID] != maker || p.Member.Confirmed() {
			t.Errorf("enrolled as %+v with %s", p.Standing, h.plans.started[m.ID])
		}
		if !h.diary.has("member.create " + string(m.ID)) {
			t.Error("the audit log knows nothing of it")
		}
		_, err = h.Enrol(h.ctx, h.desk, h.space, Enrolment{Email: "ADA@example.org", Name: "Ada again"})
		h.refused(err, ErrEmailTaken)
		_, err = h.Enrol(h.ctx, h.desk, h.space, Enrolment{Email: "bob@example.org", Name: "Bob", Plan: id.New()})
		h.refused(err, errNoOffer)
		if _, err := h.ByEmail(h.ctx, "bob@example.org"); !errors.Is(err, ErrNoSuchMember) {
			t.Errorf("an enrolment that was refused left a person behind: %v", err)
		}
		_, err = h.Enrol(h.ctx, h.maker, h.space, Enrolment{Email: "carl@example.org", Name: "Carl"})
		h.refused(err, actor.ErrForbidden)
	})
}

func TestSomeoneKnownInAnotherSpaceKeepsTheirName(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		was, err := h.Register(h.ctx, Registration{Email: "ada@example.org", Name: "Ada L.", Spaces: []id.ID{h.other}})
		h.must(err)
		is, err := h.Enrol(h.ctx, h.desk, h.space, Enrolment{Email: "ada@example.org", Name: "Someone else"})
		h.must(err)
		if is.ID != was.ID || is.Name != "Ada L." {
			t.Errorf("enrolled %s %q, want %s Ada L.", is.ID, is.Name, was.ID)
		}
	})
}

func TestAChangeToWhatSomeoneElseChangedIsRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m, err := h.Member(h.ctx, h.maker.Member)
		h.must(err)
		_, err = h.Edit(h.ctx, h.manager, h.space, m.ID, Change{Name: "Mika M.", Phone: "030 123456", Locale: "en", Version: m.Version})
		h.must(err)
		_, err = h.EditMe(h.ctx, h.maker, Change{Name: "Mika Maker", Version: m.Version})
		h.refused(err, ErrStale)
		now, err := h.Me(h.ctx, h.maker)
		h.must(err)
		if now.Name != "Mika M." || now.Version != m.Version+1 {
			t.Errorf("now %q version %d", now.Name, now.Version)
		}
		made, refusals := atOnce(8, func(i int) error {
			_, err := h.Edit(h.ctx, h.manager, h.space, m.ID, Change{Name: fmt.Sprint("Mika ", i), Locale: "en", Version: now.Version})
			return err
		}, ErrStale)
		if made != 1 || refusals != 7 {
			t.Errorf("of eight changes to one version %d were made and %d refused", made, refusals)
		}
	})
}

func TestTheFrontDeskChangesThePhoneAlone(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		m, err := h.Member(h.ctx, h.maker.Member)
		h.must(err)
		same := Change{Name: m.Name, Phone: m.Phone, Locale: m.Locale, Version: m.Version}
		renamed, spoken, called := same, same, same
		renamed.Name, spoken.Locale, called.Phone = "Mika X.", "zh-CN", "030 123456"
		for _, c := range []Change{renamed, spoken} {
			_, err = h.Edit(h.ctx, h.desk, h.space, m.ID, c)
			h.refused(err, ErrContactOnly)
		}
		_, err = h.Edit(h.ctx, h.desk, h.space, m.ID, called)
		h.must(err)
		_, err = h.EditMe(h.ctx, h.desk, Change{Name: "Dana D.", Version: 1})
		h.must(err)
	})
}

func TestWhoIsMoreElsewhereIsNotRenamedHere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		far, err := h.Register(h.ctx, Registration{Email: "far@example.org", Name: "Far Away", Spaces: []id.ID{h.other, h.space}})
		h.must(err)
		h.must(h.SetRole(h.ctx, actor.House, h.other, far.ID, actor.Owner))
		_, err = h.Edit(h.ctx, h.manager, h.space, far.ID, Change{Name: "Near By", Version: far.Version})
		h.refused(err, ErrAbove)
	})
}

func TestWhoMayEditWhom(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		change := func(by actor.Actor, member id.ID) error {
			m, err := h.Member(h.ctx, member)
			h.must(err)
			_, err = h.Edit(h.ctx, by, h.space, member, Change{Name: m.Name, Locale: m.Locale, Version: m.Version})
			return err
		}
		h.must(change(h.desk, h.maker.Member))
		h.must(change(h.desk, h.desk.Member))
		h.must(change(h.manager, h.desk.Member))
		h.must(change(h.owner, h.manager.Member))
		h.must(change(h.maker, h.maker.Member))
		h.refused(change(h.desk, h.manager.Member), ErrAbove)
		h.refused(change(h.desk, h.owner.Member), ErrAbove)
		h.refused(change(h.manager, h.owner.Member), ErrAbove)
		h.refused(change(h.maker, h.desk.Member), ErrNoSuchMember)
		h.refused(change(h.instructor, h.maker.Member), ErrNoSuchMember)
		h.refused(change(actor.Actor{}, h.maker.Member), actor.ErrSignIn)
		stranger, err := h.Register(h.ctx, Registration{Email: "far@example.org", Name: "Far Away", Spaces: []id.ID{h.other}})
		h.must(err)
		h.refused(change(h.manager, stranger.ID), ErrNoSuchMember)
		_, err = h.Person(h.ctx, h.manager, h.space, stranger.ID)
		h.refused(err, ErrNoSuchMember)
	})
}

func TestWhoGivesWhichRole(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.must(h.SetRole(h.ctx, h.manager, h.space, h.maker.Member, actor.Desk))
		h.must(h.SetRole(h.ctx, h.manager, h.space, h.maker.Member, actor.Member))
		h.refused(h.SetRole(h.ctx, h.manager, h.space, h.maker.Member, actor.Manager), ErrRoleTooHigh)
		h.refused(h.SetRole(h.ctx, h.manager, h.space, h.owner.Member, actor.Member), ErrRoleTooHigh)
		h.refused(h.SetRole(h.ctx, h.manager, h.space, h.manager.Member, actor.Owner), ErrRoleTooHigh)
		h.refused(h.SetRole(h.ctx, h.desk, h.space, h.maker.Member, actor.Desk), actor.ErrForbidden)
		h.refused(h.SetRole(h.ctx, h.owner, h.space, h.maker.Member, "king"), ErrRoleUnknown)
		h.refused(h.SetRole(h.ctx, h.owner, h.space, h.maker.Member, actor.Visitor), ErrRoleUnknown)
		h.refused(h.SetRole(h.ctx, h.owner, h.space, h.owner.Member, actor.Member), ErrLastOwner)
		h.refused(h.SetRole(h.ctx, h.owner, h.other, h.maker.Member, actor.Desk), actor.ErrForbidden)
		h.must(h.SetRole(h.ctx, h.owner, h.space, h.manager.Member, actor.Owner))
		h.must(h.SetRole(h.ctx, h.owner, h.space, h.owner.Member, actor.Member))
	})
}

func TestTwoOwnersWhoDemoteEachOtherLeaveOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		second := h.join("Otto Owner", actor.Owner)
		both := []actor.Actor{h.owner, second}
		made, refusals := atOnce(2, func(i int) error {
			return h.SetRole(h.ctx, both[i], h.space, both[1-i].Member, actor.Member)
		}, ErrLastOwner)
		if made != 1 || refusals != 1 {
			t.Errorf("%d made, %d refused; want one of each", made, refusals)
		}
	})
}

func TestASpaceKeepsAnOwnerWhoIsNotSuspended(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		second := h.join("Otto Owner", actor.Owner)
		h.must(h.Suspend(h.ctx, h.owner, h.space, second.Member, "Took the till home."))
		h.refused(h.SetRole(h.ctx, h.owner, h.space, h.owner.Member, actor.Member), ErrLastOwner)
		h.refused(h.Suspend(h.ctx, actor.House, h.space, h.owner.Member, "Took it too."), ErrLastOwner)
		h.must(h.SetRole(h.ctx, h.owner, h.space, second.Member, actor.Member))
	})
}

func TestTwoOwnersWhoSuspendEachOtherLeaveOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		both := []actor.Actor{h.owner, h.join("Otto Owner", actor.Owner)}
		made, refusals := atOnce(2, func(i int) error {
			return h.Suspend(h.ctx, both[i], h.space, both[1-i].Member, "They started it.")
		}, ErrLastOwner)
		if made != 1 || refusals != 1 {
			t.Errorf("%d made, %d refused; want one of each", made, refusals)
		}
	})
}

func TestASuspensionHasAReasonAndAnEnd(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		maker := h.maker.Member
		h.refused(h.Suspend(h.ctx, h.manager, h.space, maker, "  "), ErrReasonMissing)
		h.refused(h.Suspend(h.ctx, h.manager, h.space, maker, strings.Repeat("x", 501)), ErrReasonTooLong)
		h.refused(h.Suspend(h.ctx, h.manager, h.space, h.manager.Member, "Oops."), ErrNotOneself)
		h.refused(h.Suspend(h.ctx, h.manager, h.space, h.owner.Member, "Coup."), ErrRoleTooHigh)
		h.refused(h.Suspend(h.ctx, h.desk, h.space, maker, "No."), actor.ErrForbidden)
		h.refused(h.Reinstate(h.ctx, h.manager, h.space, maker, ""), ErrNotSuspended)
		h.must(h.Suspend(h.ctx, h.manager, h.space, maker, "Left the laser running."))
		h.refused(h.Suspend(h.ctx, h.manager, h.space, maker, "Again."), ErrAlreadySuspended)
		p, err := h.Person(h.ctx, h.maker, h.space, maker)
		h.must(err)
		if p.Standing.SuspendedReason != "Left the laser running." || !p.Standing.SuspendedAt.Equal(h.clock.Now()) {
			t.Errorf("suspended: %+v", p.Standing)
		}
		h.must(h.Reinstate(h.ctx, h.manager, h.space, maker, "Talked it over."))
		p, err = h.Person(h.ctx, h.maker, h.space, maker)
		h.must(err)
		if p.Standing.Suspended() || p.Standing.SuspendedReason != "" {
			t.Errorf("reinstated: %+v", p.Standing)
		}
	})
}

// Whoever is suspended is told why and what to do, and told again when it is over.
func TestASuspensionIsToldInThePersonsLanguage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		chen, err := h.Register(h.ctx, Registration{Email: "chen@example.org", Name: "陈力", Locale: "zh-CN", Spaces: []id.ID{h.space}})
		h.must(err)
		for member, want := range map[id.ID][]string{
			h.maker.Member: {"mika.maker@example.org", "You can't use Harbour Makers for now", "Left the laser running.", "front desk", "desk@harbour.example"},
			chen.ID:        {"chen@example.org", "你暂时不能使用港湾创客", "Left the laser running.", "请联系前台", "desk@harbour.example"},
		} {
			h.must(h.Suspend(h.ctx, h.manager, h.space, member, "Left the laser running."))
			if got := h.deliver(); len(got) != 1 || !says(got[0], want) {
				t.Errorf("told of the suspension: %+v", got)
			}
			h.must(h.Reinstate(h.ctx, h.manager, h.space, member, "Talked it over."))
			if got := h.deliver(); len(got) != 1 || got[0].To != want[0] || got[0].Subject == want[1] || strings.Contains(got[0].Text, "Talked") {
				t.Errorf("told that it is over: %+v", got)
			}
		}
	})
}

func says(m mail.Message, all []string) bool {
	for _, part := range all {
		if !strings.Contains(m.To+"\n"+m.Subject+"\n"+m.Text, part) {
			return false
		}
	}
	return true
}

func TestASuspensionThatEndedMeanwhileIsNotTold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.must(h.Suspend(h.ctx, h.manager, h.space, h.maker.Member, "Left the laser running."))
		h.clock.Advance(time.Minute)
		h.must(h.Reinstate(h.ctx, h.manager, h.space, h.maker.Member, "Wrong person."))
		if got := h.deliver(); len(got) != 1 || !strings.Contains(got[0].Subject, "again") {
			t.Errorf("told %+v", got)
		}
	})
}
