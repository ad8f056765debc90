package booking

import (
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"

	"guildhall/internal/actor"
	"guildhall/internal/db"
	"guildhall/internal/i18n"
	"guildhall/internal/testkit"
)

// events reads a calendar as a calendar program does.
func events(t *testing.T, text string) map[string]*ics.VEvent {
	t.Helper()
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 75 || strings.Contains(line, "\n") {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
	if !strings.Contains(text, "\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n") { // the library adds the parameter itself
		t.Errorf("the refresh interval is not told, or not well: %s", text)
	}
	c, err := ics.ParseCalendar(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*ics.VEvent{}
	for _, e := range c.Events() {
		found[e.Id()] = e
	}
	return found
}

func property(e *ics.VEvent, p ics.ComponentProperty) string {
	if v := e.GetProperty(p); v != nil {
		return v.Value
	}
	return ""
}

func TestTheFeedIsOnesOwnAndFollowsItsBookings(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser := h.machine("laser", func(r *Resource) {
			r.Name = i18n.Text{EN: "Laser A", ZH: "激光切割机 A，一台名字很长很长的设备，放在二号房间靠窗的位置"}
		})
		chen, other := h.person("陈力", nil), h.person("Odd Stranger", nil)
		chen.Locale = "zh-CN"
		b, off := h.book(chen, laser, "10:00", "11:00"), h.book(chen, laser, "12:00", "13:00")
		h.book(other, laser, "14:00", "15:00")
		if _, err := h.Hold(t.Context(), chen, h.request(laser, "16:00", "17:00")); err != nil {
			t.Fatal(err)
		}

		text, err := h.Feed(t.Context(), chen, chen.Member)
		if err != nil {
			t.Fatal(err)
		}
		list := events(t, text)
		uid := b.ID.String() + "@guildhall"
		if e := list[uid]; len(list) != 2 || property(e, ics.ComponentPropertySequence) != "0" ||
			property(e, ics.ComponentPropertyDtStart) != "20261124T090000Z" || property(e, ics.ComponentPropertyStatus) != "CONFIRMED" ||
			property(e, ics.ComponentPropertySummary) != laser.Name.ZH {
			t.Errorf("the feed is %s", text)
		}
		for _, name := range []string{"Odd", "陈力"} {
			if strings.Contains(text, name) {
				t.Errorf("the feed names %s", name)
			}
		}

		if _, err := h.Move(t.Context(), chen, Move{Booking: b.ID, StartsAt: at(t, "2026-11-24 18:00")}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Cancel(t.Context(), chen, Cancellation{Booking: off.ID}); err != nil {
			t.Fatal(err)
		}
		text, _ = h.Feed(t.Context(), chen, chen.Member)
		list = events(t, text)
		if e := list[uid]; property(e, ics.ComponentPropertySequence) != "1" || property(e, ics.ComponentPropertyDtStart) != "20261124T170000Z" {
			t.Errorf("after the move: %s", text)
		}
		if e := list[off.ID.String()+"@guildhall"]; property(e, ics.ComponentPropertyStatus) != "CANCELLED" || property(e, ics.ComponentPropertySequence) != "1" {
			t.Errorf("after the cancellation: %s", text)
		}
		h.clock.Advance(31 * 24 * time.Hour)
		text, _ = h.Feed(t.Context(), chen, chen.Member)
		if list = events(t, text); len(list) != 1 {
			t.Errorf("a month later the feed has %d", len(list))
		}
	})
}

func TestWholeDaysAreDatesInTheCalendar(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	h.opens("everyone", 0, 24*60)
	desk := h.machine("desk", nil)
	h.rules(desk, Rule{Kind: GridRule, Params: Params{WholeDays: true}})
	by := h.person("maker", nil)
	b, err := h.Book(t.Context(), by, Request{Resource: desk.ID, StartsAt: at(t, "2026-11-24 00:00"), EndsAt: at(t, "2026-11-26 00:00")})
	if err != nil {
		t.Fatal(err)
	}
	text, err := h.Calendar(t.Context(), by, b.ID)
	if err != nil || !strings.Contains(text, "DTSTART;VALUE=DATE:20261124\r\n") || !strings.Contains(text, "DTEND;VALUE=DATE:20261126\r\n") {
		t.Errorf("%s, %v", text, err)
	}
}

func TestEveryChangeIsWrittenToTheMemberInTheirLanguage(t *testing.T) {
	testkit.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouse(t, d)
		laser := h.machine("laser", func(r *Resource) { r.Name = i18n.Text{EN: "Laser A", ZH: "激光切割机 A"} })
		h.priced(laser, Price{Form: PerHour, Amount: eur(1200)})
		h.rules(laser, Rule{Kind: NoticeRule, Params: Params{CancelMin: 120}})
		chen := h.person("chen", func(p *Holder) { p.Locale = "zh-CN" })

		letters := func() []string {
			t.Helper()
			h.letters = nil
			if err := h.queue.RunDue(t.Context()); err != nil {
				t.Fatal(err)
			}
			var subjects []string
			for _, m := range h.letters {
				subjects = append(subjects, m.Subject)
			}
			return subjects
		}
		expect := func(want ...string) {
			t.Helper()
			if got := letters(); strings.Join(got, "|") != strings.Join(want, "|") {
				t.Errorf("letters %q, want %q", got, want)
			}
		}

		b := h.book(chen, laser, "14:00", "15:00")
		expect("激光切割机 A 已约：2026年11月24日 周二 14:00–15:00")
		m := h.letters[0]
		if m.To != "chen@example.org" || !strings.Contains(m.Text, "€12.00") || !strings.Contains(m.Text, "12:00 前可免费取消") {
			t.Errorf("%+v", m)
		}
		events(t, m.Calendar)

		h.book(chen, laser, "16:00", "17:00")
		if _, err := h.Move(t.Context(), chen, Move{Booking: b.ID, StartsAt: at(t, "2026-11-24 18:00")}); err != nil {
			t.Fatal(err)
		}
		expect("激光切割机 A 已约：2026年11月24日 周二 16:00–17:00", "预约已改为 2026年11月24日 周二 18:00–19:00：激光切割机 A")

		cancel := func() {
			t.Helper()
			if _, err := h.Cancel(t.Context(), chen, Cancellation{Booking: b.ID}); err != nil {
				t.Fatal(err)
			}
		}
		cancel()
		expect() // it can still be taken back
		if _, err := h.Restore(t.Context(), chen, b.ID); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(2 * time.Minute)
		expect()
		cancel()
		h.clock.Advance(2 * time.Minute)
		expect("已取消：激光切割机 A，2026年11月24日 周二 18:00–19:00")
		if e := events(t, h.letters[0].Calendar)[b.ID.String()+"@guildhall"]; property(e, ics.ComponentPropertySequence) != "4" ||
			!strings.Contains(h.letters[0].Calendar, "METHOD:CANCEL") {
			t.Errorf("the calendar is %s", h.letters[0].Calendar)
		}
	})
}

func TestTheDeskMayTakeACalendarOfABooking(t *testing.T) {
	h := newHouse(t, testkit.DB(t))
	b := h.book(h.person("maker", nil), h.machine("laser", nil), "10:00", "11:00")
	if _, err := h.Calendar(t.Context(), h.staff(actor.Desk), b.ID); err != nil {
		t.Error(err)
	}
}
