package billing

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/money"
	"guildhall/internal/testkit"
)

// house is a space with somebody at the desk and two members.
type house struct {
	*Service
	t             *testing.T
	ctx           context.Context
	db            *db.DB
	space         id.ID
	desk          actor.Actor
	maker, friend actor.Actor
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := &house{t: t, ctx: t.Context(), db: d, space: id.New(), Service: New(d, testkit.Clock(t, "2027-02-01 09:00"))}
		h.must(d.Tx(h.ctx, func(ctx context.Context) error {
			return d.In(ctx).Exec(`INSERT INTO spaces (id, slug, name, about, blueprint, country, address, email, phone, zone, currency, position, created_at, version)
				VALUES (?, 'harbour', '{}', '{}', '', 'DE', '', '', '', 'Europe/Berlin', 'EUR', 1, 0, 1)`, h.space).Error
		}))
		h.desk, h.maker, h.friend = h.join(actor.Desk), h.join(actor.Member), h.join(actor.Member)
		fn(t, h)
	})
}

func (h *house) join(role actor.Role) actor.Actor {
	h.t.Helper()
	member := id.New()
	h.must(h.db.Tx(h.ctx, func(ctx context.Context) error {
		return h.db.In(ctx).Exec(`INSERT INTO members (id, email, email_key, name, phone, locale, search, created_at, version)
			VALUES (?, ?, ?, '', '', 'en', '', 0, 1)`, member, member, member).Error
	}))
	return actor.Actor{Member: member, Confirmed: true, Roles: map[id.ID]actor.Role{h.space: role}}
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// month is what a membership costs for a period that begins on this day.
func (h *house) month(who actor.Actor, cause id.ID, from clock.Day, minor int64) Charge {
	return Charge{
		SpaceID: h.space, MemberID: who.Member, Kind: Fee, Stream: Fees, Minor: minor, Currency: "EUR", Cause: "membership", CauseID: cause,
		PeriodFrom: from, PeriodTo: from.Add(28), DueOn: from,
		Lines: Lines{{Code: "period", Name: i18n.Text{EN: "Maker", ZH: "创客"}, From: from, To: from.Add(28), Minor: minor}},
	}
}

func (h *house) owes(who actor.Actor, want ...money.Amount) {
	h.t.Helper()
	due, err := h.Due(h.ctx, who, h.space, who.Member)
	h.must(err)
	if diff := cmp.Diff(want, due, cmpopts.EquateEmpty()); diff != "" {
		h.t.Error(diff)
	}
}

func TestAChargeIsKeptOnceWithHowItCameAbout(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		cause := id.New()
		var wg sync.WaitGroup
		for range 8 { // whoever charges may be a job that runs twice
			wg.Go(func() {
				if err := h.Charge(h.ctx, h.month(h.maker, cause, "2027-02-01", 4900)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		h.must(h.Charge(h.ctx, h.month(h.maker, cause, "2027-03-01", 4900)))
		h.owes(h.maker, money.Of(9800, "EUR"))
		h.owes(h.friend)
		page, err := h.Charges(h.ctx, h.maker, h.space, h.maker.Member, 0, "")
		h.must(err)
		if len(page.Items) != 2 || page.Items[0].PeriodFrom != "2027-03-01" {
			t.Fatalf("%+v", page.Items)
		}
		want := h.month(h.maker, cause, "2027-02-01", 4900)
		got := page.Items[1]
		want.ID, want.CreatedAt, want.BeneficiaryID = got.ID, got.CreatedAt, h.maker.Member
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAChargeIsPartOfTheTransactionThatMakesIt(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		nothing := errors.New("it came to nothing")
		err := h.db.Tx(h.ctx, func(ctx context.Context) error {
			if err := h.Charge(ctx, h.month(h.maker, id.New(), "2027-02-01", 4900)); err != nil {
				return err
			}
			return nothing
		})
		if !errors.Is(err, nothing) {
			t.Fatal(err)
		}
		h.owes(h.maker)
	})
}

func TestWhatIsReversedIsOwedNoMoreAndOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		cause := id.New()
		h.must(h.Charge(h.ctx, h.month(h.maker, cause, "2027-02-01", 4900)))
		deposit := h.month(h.maker, cause, "2027-02-01", 10000)
		deposit.Kind, deposit.Stream, deposit.Cause = Deposit, "", "membership.deposit"
		h.must(h.Charge(h.ctx, deposit))
		h.must(h.Charge(h.ctx, h.month(h.maker, id.New(), "2027-02-01", 100))) // of something else
		h.owes(h.maker, money.Of(15000, "EUR"))
		h.must(h.Reverse(h.ctx, cause, "2027-02-03"))
		h.must(h.Reverse(h.ctx, cause, "2027-02-04"))
		h.owes(h.maker, money.Of(100, "EUR"))
		page, err := h.Charges(h.ctx, h.desk, h.space, h.maker.Member, 0, "")
		h.must(err)
		if len(page.Items) != 5 {
			t.Fatalf("%d charges", len(page.Items))
		}
		for _, c := range page.Items[:2] {
			if c.Cause != "reversal" || c.Minor >= 0 || c.DueOn != "2027-02-03" || c.Lines[0].Minor != c.Minor || (c.Kind == Deposit) != (c.Stream == "") {
				t.Errorf("%+v", c)
			}
		}
	})
}

func TestChargesAreReadByTheirMemberAndTheDeskInPages(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		day := clock.Day("2027-02-01")
		for n := range 7 {
			h.must(h.Charge(h.ctx, h.month(h.maker, id.New(), day.Add(n), int64(n))))
		}
		seen := map[id.ID]bool{}
		cursor, pages := "", 0
		for {
			page, err := h.Charges(h.ctx, h.desk, h.space, h.maker.Member, 3, cursor)
			h.must(err)
			for _, c := range page.Items {
				seen[c.ID] = true
			}
			pages++
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(seen) != 7 || pages != 3 {
			t.Errorf("%d charges on %d pages", len(seen), pages)
		}
		for who, by := range map[string]actor.Actor{"a friend": h.friend, "a stranger": {}} {
			if _, err := h.Charges(h.ctx, by, h.space, h.maker.Member, 0, ""); err == nil {
				t.Errorf("%s reads them", who)
			}
			if _, err := h.Due(h.ctx, by, h.space, h.maker.Member); err == nil {
				t.Errorf("%s reads their sum", who)
			}
		}
		if _, err := h.Charges(h.ctx, h.desk, h.space, h.maker.Member, 0, "guess"); !errors.Is(err, ErrCursor) {
			t.Errorf("a guessed cursor: %v", err)
		}
	})
}

func TestSumsAreKeptApartByCurrency(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		yen := h.month(h.maker, id.New(), "2027-02-01", 500)
		yen.Currency = "JPY"
		h.must(h.Charge(h.ctx, yen))
		h.must(h.Charge(h.ctx, h.month(h.maker, id.New(), "2027-02-01", 4900)))
		credit := h.month(h.maker, id.New(), "2027-02-02", -900)
		h.must(h.Charge(h.ctx, credit))
		h.owes(h.maker, money.Of(4000, "EUR"), money.Of(500, "JPY"))
	})
}

func TestWhatIsGivenBackGoesToWhoPaidLast(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		cause := id.New()
		h.must(h.Charge(h.ctx, h.month(h.maker, cause, "2027-02-01", 4900)))
		h.must(h.Charge(h.ctx, h.month(h.friend, cause, "2027-03-01", 4900)))
		less := h.month(h.maker, cause, "2027-03-15", -900) // what somebody else gets back for the run before
		less.Cause = "membership.unused"
		h.must(h.Charge(h.ctx, less))
		changed := id.New()
		h.must(h.Charge(h.ctx, h.month(h.friend, changed, "2027-03-15", -1607))) // it costs less than what was paid before
		if got, err := h.Charged(h.ctx, "membership", changed); err != nil || got != h.friend.Member {
			t.Errorf("who had paid more before is not known: %s, %v", got, err)
		}
		for what, want := range map[string]id.ID{"membership": h.friend.Member, "membership.deposit": ""} {
			if got, err := h.Charged(h.ctx, what, cause); err != nil || got != want {
				t.Errorf("%s: %s, %v", what, got, err)
			}
		}
	})
}

// A charge that is not the one that is kept is not dropped in silence.
func TestAnotherChargeOfTheSamePeriodIsAnError(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		cause := id.New()
		h.must(h.Charge(h.ctx, h.month(h.maker, cause, "2027-02-01", 4900)))
		longer := h.month(h.maker, cause, "2027-02-01", 4900)
		longer.PeriodTo = "2027-04-01"
		for _, c := range []Charge{h.month(h.maker, cause, "2027-02-01", 5900), longer} {
			if err := h.Charge(h.ctx, c); err == nil {
				t.Errorf("%+v is taken for the one before", c)
			}
		}
		h.owes(h.maker, money.Of(4900, "EUR"))
	})
}
