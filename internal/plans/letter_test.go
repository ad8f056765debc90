package plans

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// said is what the one letter that waits says, down to its link.
func (h *house) said() string {
	h.t.Helper()
	if subjects := h.deliver(); len(subjects) != 1 {
		h.t.Fatalf("want one letter, got %q", subjects)
	}
	text, _, ok := strings.Cut(h.letters[0].Text, "https://")
	if !ok {
		h.t.Errorf("a letter that leads nowhere: %s", h.letters[0].Text)
	}
	return h.letters[0].Subject + "\n" + strings.TrimSpace(text[:strings.LastIndex(strings.TrimSpace(text), "\n")])
}

// A letter says what happened, what it costs with the sums that were charged, and what comes next.
func TestALetterSaysWhatWasChargedAndWhatComesNext(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		maker, pro := h.offers("maker", 3500, func(p *Plan) { p.SetupMinor, p.DepositMinor, p.PauseDays = 1000, 5000, 60 }), h.offers("pro", 6000, func(p *Plan) { p.DepositMinor = 5000 })
		m := h.subscribes(h.maker.Member, maker)
		says := func(what, want string) {
			t.Helper()
			if diff := cmp.Diff(want, h.said()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		says("joined", `Your membership maker has begun
Welcome. Your membership maker begins on Mon 1 Feb 2027. This period runs until Sun 28 Feb 2027.

maker, 1 Feb – 28 Feb: €35.00
Set-up fee, once: €10.00
In all: €45.00
And €50.00 as a deposit, given back at the end.
Then €35.00 each month, the next on Mon 1 Mar 2027.`)

		h.at("2027-02-11 09:00")
		m, _, err := h.change(h.maker, h.space, m.ID, Changing{Plan: pro.ID})
		h.must(err)
		says("changed", `Your plan changed: pro
From Thu 11 Feb 2027 on you have pro instead of maker. This period runs until Sun 28 Feb 2027. What the change costs:

maker, not used: 18 of 28 days: −€22.50
pro, 18 of 28 days from 11 Feb: €38.57
In all: €16.07
Then €60.00 each month, the next on Mon 1 Mar 2027.`)

		h.at("2027-02-21 09:00")
		m, _, err = h.change(h.maker, h.space, m.ID, Changing{Plan: maker.ID})
		h.must(err)
		says("changed to what costs less", `Your plan changed: maker
From Sun 21 Feb 2027 on you have maker instead of pro. This period runs until Sun 28 Feb 2027. What the change costs:

pro, not used: 8 of 18 days: −€17.14
maker, 8 of 28 days from 21 Feb: €10.00
In all: −€7.14
You get €7.14 back.
Then €35.00 each month, the next on Mon 1 Mar 2027.`)

		h.at("2027-02-25 09:00")
		h.must(h.RenewDue(h.ctx))
		says("renews soon", `Your membership maker renews soon
Your membership maker renews on Mon 1 Mar 2027. Nothing is to be done. This is what you will be charged:

maker, 1 Mar – 31 Mar: €35.00
In all: €35.00
Then €35.00 each month, the next on Thu 1 Apr 2027.`)

		h.at("2027-03-01 09:00")
		h.must(h.RenewDue(h.ctx))
		says("renewed", `Your membership maker is renewed
Your membership maker is renewed and runs until Wed 31 Mar 2027. What you were charged:

maker, 1 Mar – 31 Mar: €35.00
In all: €35.00
Then €35.00 each month, the next on Thu 1 Apr 2027.`)

		_, err = h.Pause(h.ctx, h.maker, h.space, m.ID, Pausing{From: "2027-03-05", Until: "2027-03-15"})
		h.must(err)
		says("paused", `Your membership maker is paused
Your membership maker is paused from Fri 5 Mar 2027 and runs again on Mon 15 Mar 2027. The period it is in now ends on Sun 11 Apr 2027. The pause costs nothing.

Then €35.00 each month, the next on Sun 11 Apr 2027.`)

		h.at("2027-03-10 09:00")
		_, err = h.Resume(h.ctx, h.maker, h.space, m.ID)
		h.must(err)
		says("resumed", `Your membership maker runs again
The pause has ended: your membership maker runs from Wed 10 Mar 2027. The period it is in now ends on Tue 6 Apr 2027. Coming back costs nothing.

Then €35.00 each month, the next on Tue 6 Apr 2027.`)

		_, err = h.Gift(h.ctx, h.desk, h.space, m.ID, 4, "The laser was broken.")
		h.must(err)
		says("days given", `Days given to you: maker
The front desk gives you days of maker for nothing: 4. The period now runs until Fri 9 Apr 2027.

Then €35.00 each month, the next on Sat 10 Apr 2027.`)

		_, err = h.CancelMembership(h.ctx, h.maker, h.space, m.ID, Cancellation{})
		h.must(err)
		says("cancelled", `Your membership maker is cancelled
Your membership maker is cancelled and ends on Sat 10 Apr 2027. From then on nothing more is charged for it.`)
		_, err = h.Renew(h.ctx, h.maker, h.space, m.ID)
		h.refused(err, ErrKeep)
		_, err = h.Keep(h.ctx, h.maker, h.space, m.ID)
		h.must(err)
		says("kept", `Your membership maker goes on
Your cancellation is taken back: maker goes on as before, and nothing is charged for that.

Then €35.00 each month, the next on Sat 10 Apr 2027.`)

		next, _, err := h.change(h.maker, h.space, m.ID, Changing{Plan: pro.ID, On: "2027-03-20"})
		h.must(err)
		if subjects := h.deliver(); len(subjects) != 1 || subjects[0] != "Your plan changes on Sat 20 Mar 2027: pro" {
			t.Errorf("a change to come: %q", subjects)
		}
		_, err = h.CancelMembership(h.ctx, h.maker, h.space, next.ID, Cancellation{})
		h.must(err)
		says("called off", `pro is called off
pro, which would have begun on Sat 20 Mar 2027, is called off. What was charged for it is taken back.

Your plan maker goes on.
Then €35.00 each month, the next on Sat 10 Apr 2027.`)

		_, err = h.CancelMembership(h.ctx, h.desk, h.space, m.ID, Cancellation{Now: true, Aside: true, Credit: true, Reason: "Moved away."})
		h.must(err)
		says("cancelled at once", `Your membership maker is cancelled
Your membership maker is cancelled and ends on Wed 10 Mar 2027. From then on nothing more is charged for it.

maker, not used: 31 of 31 days: −€35.00
In all: −€35.00
You get €35.00 back.`)
		h.at("2027-03-10 09:10")
		h.must(h.RenewDue(h.ctx))
		says("ended", `Your membership maker has ended
Your membership maker ended on Wed 10 Mar 2027. You are welcome back whenever you like.

Your deposit of €50.00 is given back.`)

		h.at("2027-05-01 09:00")
		_, err = h.Renew(h.ctx, h.maker, h.space, m.ID)
		h.must(err)
		says("came back", `Welcome back: maker
Welcome back. Your membership maker begins again on Sat 1 May 2027. This period runs until Mon 31 May 2027.

maker, 1 May – 31 May: €35.00
In all: €35.00
And €50.00 as a deposit, given back at the end.
Then €35.00 each month, the next on Tue 1 Jun 2027.`)
	})
}

func TestALetterOfATrialSaysWhatItWillCost(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-03-01 09:00")
		p := h.offers("maker", 3500, func(p *Plan) { p.TrialDays, p.SetupMinor, p.DepositMinor = 21, 1000, 5000 })
		_, err := h.Join(h.ctx, h.maker, Joining{Space: h.space, Plan: p.ID})
		h.must(err)
		costs := `

maker, 22 Mar – 21 Apr: €35.00
Set-up fee, once: €10.00
In all: €45.00
And €50.00 as a deposit, given back at the end.
Then €35.00 each month, the next on Thu 22 Apr 2027.`
		want := `Your trial of maker
You can try maker out, free, from Mon 1 Mar 2027 until Sun 21 Mar 2027. Unless you cancel by then, it goes on from Mon 22 Mar 2027, and this is what you will be charged:` + costs
		if diff := cmp.Diff(want, h.said()); diff != "" {
			t.Error(diff)
		}
		h.at("2027-03-16 09:00")
		h.must(h.RenewDue(h.ctx))
		want = `Your trial of maker ends soon
Your trial of maker ends on Mon 22 Mar 2027. Unless you cancel before, it goes on from then, and this is what you will be charged:` + costs
		if diff := cmp.Diff(want, h.said()); diff != "" {
			t.Error(diff)
		}
		h.at("2027-03-22 00:00")
		h.must(h.RenewDue(h.ctx))
		want = `Your membership maker is renewed
Your membership maker is renewed and runs until Wed 21 Apr 2027. What you were charged:` + costs
		if diff := cmp.Diff(want, h.said()); diff != "" {
			t.Error(diff)
		}
	})
}

// Who is written to reads who pays, and who gets back what was paid before.
func TestALetterNamesWhoPays(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		small, big := h.offers("small", 3500, nil), h.offers("big", 6000, nil)
		chief := h.join("Cleo Chief", "member").Member
		m := h.subscribes(h.maker.Member, small)
		h.payers[h.maker.Member] = Payer{Member: chief, Name: "Cleo Chief", Team: "Chiefs"}
		h.deliver()
		h.at("2027-02-11 09:00")
		_, _, err := h.change(h.desk, h.space, m.ID, Changing{Plan: big.ID})
		h.must(err)
		got := h.said()
		for _, want := range []string{"big, 18 of 28 days from 11 Feb: €38.57", "In all: €38.57", "Cleo Chief pays this.", "small, not used: 18 of 28 days: −€22.50", "You get €22.50 back."} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in:\n%s", want, got)
			}
		}
	})
}

// Every letter has its words in Chinese too.
func TestLettersAreWrittenInTheirReadersLanguage(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.at("2027-02-01 09:00")
		p := h.known[h.maker.Member]
		p.Locale = "zh-CN"
		h.known[h.maker.Member] = p
		maker, pro := h.offers("maker", 3500, nil), h.offers("pro", 6000, nil)
		m := h.subscribes(h.maker.Member, maker)
		h.deliver()
		h.at("2027-02-11 09:00")
		_, _, err := h.change(h.maker, h.space, m.ID, Changing{Plan: pro.ID})
		h.must(err)
		want := `你的方案已更改：pro
从 2027年2月11日 周四起，你的方案由“maker”改为“pro”，本期到 2027年2月28日 周日为止。更改的费用：

maker，未使用：18/28 天：−€22.50
pro，2月11日起 18/28 天：€38.57
合计：€16.07
之后每月 €60.00，下一次为 2027年3月1日 周一。`
		if diff := cmp.Diff(want, h.said()); diff != "" {
			t.Error(diff)
		}
	})
}
