package demo

import (
	"context"
	"fmt"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/consent"
	"guildhall/internal/i18n"
)

// Who of the numbered members is not of age, and who answers for them both.
const (
	minor       = 150
	almostAdult = 152 // comes of age next week
	guardian    = 151
)

// unsignedOne in so many of those beyond the certified has not signed the rules.
const unsignedOne = 12

var workshopRules = consent.Details{
	Kind: consent.Rules, Audience: consent.Users, ValidMonths: 12,
	Title: i18n.Text{EN: "Workshop rules", ZH: "车间守则"},
	Body: i18n.Text{
		EN: "These rules hold in the wood and metal workshops.\n\n# Before you start\n- Tie back long hair. Take off scarves, gloves and rings.\n- Wear safety glasses. **Always.**\n- Look at the machine: what is damaged stays off, and is reported.\n\n# While it runs\n- Stay with the machine until it stands still.\n- One person at the machine. Whoever helps does only what you say.\n- If you are tired, stop.\n\n# Afterwards\n1. Switch off and wait until it stands.\n2. Clean the machine and the floor around it.\n3. Note what is broken or used up.\n\nWhoever breaks these rules may have to leave. In an emergency press the red button, then call 112.",
		ZH: "本守则适用于木工与金工车间。\n\n# 开始之前\n- 扎好长发，摘下围巾、手套和戒指。\n- 佩戴护目镜。**任何时候都要。**\n- 检查设备：有损坏就不开机，并报告。\n\n# 运行期间\n- 设备停稳之前不离开。\n- 一台设备一个人操作，帮忙的人只按你说的做。\n- 累了就停下。\n\n# 结束之后\n1. 关机，等待停稳。\n2. 清洁设备和周围地面。\n3. 记下损坏或用完的物品。\n\n违反守则的人可能要离开。紧急情况先按红色按钮，再拨打 112。",
	},
}

// papers publishes the rules of the workshops, has nearly everybody sign them, and
// gives two minors their guardian.
func (s *seeder) papers(ctx context.Context, at *site) error {
	d := workshopRules
	areas, err := s.Equipment.Areas(ctx, actor.House, at.space)
	if err != nil {
		return err
	}
	for _, a := range areas {
		if a.Slug == "wood" || a.Slug == "metal" {
			d.Areas = append(d.Areas, a.ID.String())
		}
	}
	paper, err := s.Consent.Draft(ctx, actor.House, at.space, d)
	if err != nil {
		return err
	}
	if paper, err = s.Consent.Publish(ctx, actor.House, at.space, paper.ID, 0, false); err != nil {
		return err
	}
	var everybody []string
	for _, p := range Staff {
		everybody = append(everybody, p.Email)
	}
	for n := 1; n <= People; n++ {
		if n <= Certified || n%unsignedOne != 0 {
			everybody = append(everybody, numberedAt(n))
		}
	}
	for _, email := range everybody {
		who, err := s.Members.Actor(ctx, s.people[email])
		if err != nil {
			return err
		}
		sig := consent.Signature{Name: who.Name, Language: i18n.Match(who.Locale), Address: "192.0.2.17"}
		if _, err := s.Consent.Sign(ctx, who, at.space, paper.ID, paper.Current.ID, sig); err != nil {
			return fmt.Errorf("%s signs: %w", email, err)
		}
	}
	return s.young(ctx, at)
}

// numberedAt is the address of the n-th member.
func numberedAt(n int) string { return fmt.Sprintf("member%03d@%s", n, Domain) }

// young sets supervised hours, and gives the minors their guardian.
func (s *seeder) young(ctx context.Context, at *site) error {
	week := []consent.Window{{Weekday: 3, OpensMin: 15 * 60, ClosesMin: 19 * 60}, {Weekday: 6, OpensMin: 11 * 60, ClosesMin: 16 * 60}}
	if _, err := s.Consent.Supervise(ctx, actor.House, at.space, consent.Terms{}, week); err != nil {
		return err
	}
	parent, err := s.Members.Member(ctx, s.people[numberedAt(guardian)])
	if err != nil {
		return err
	}
	zone, err := time.LoadLocation(at.zone)
	if err != nil {
		return err
	}
	today := clock.DayOf(s.now, zone)
	for n, day := range map[int]clock.Day{minor: consent.On(today, -16).Add(-100), almostAdult: consent.On(today.Add(7), -consent.OfAge)} {
		member := s.people[numberedAt(n)]
		if err := s.Consent.SayBirthday(ctx, actor.House, at.space, member, day, "Identity card seen"); err != nil {
			return err
		}
		i := consent.Invitation{Name: parent.Name, Email: parent.Email, Locale: parent.Locale}
		if _, err := s.Consent.RecordConsent(ctx, actor.House, at.space, member, i, "Identity card seen at the desk", ""); err != nil {
			return err
		}
	}
	return nil
}
