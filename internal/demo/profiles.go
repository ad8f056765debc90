package demo

import (
	"context"
	"fmt"
	"strconv"

	"guildhall/internal/actor"
	"guildhall/internal/consent"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/profiles"
)

// Of the numbered members, the first listed are in the directory, a photo of every
// other one; the first counted told what they agreed to have counted.
const (
	listed  = 24
	counted = 90
)

// trades are what people make, in their language, with their skills.
var trades = []struct{ en, enSkills, zh, zhSkills string }{
	{"Lamps of birch plywood, and boxes for everything.", "laser, vector drawing", "桦木胶合板灯具，以及各种盒子。", "激光切割，矢量绘图"},
	{"I repair synthesizers from the seventies.", "soldering, PCB layout, oscilloscope", "修复七十年代的合成器。", "焊接，PCB 设计，示波器"},
	{"Kitchen knives, from the billet to the handle.", "grinding, heat treatment", "从钢坯到刀柄，手工做厨刀。", "打磨，热处理"},
	{"Prostheses for dogs, printed and sewn.", "CAD, 3D printing, sewing", "给狗做义肢：打印加缝制。", "CAD，3D 打印，缝纫"},
	{"A wooden kayak, plank by plank. Ask me about steam bending.", "joinery, steam bending", "一块一块拼的木质皮划艇。想聊蒸汽弯木就找我。", "木工，蒸汽弯木"},
	{"Sensors for community gardens.", "firmware, LoRa, enclosures", "为社区花园做传感器。", "固件，LoRa，外壳设计"},
}

var questions = []profiles.Field{
	{Label: i18n.Text{EN: "Safety shoes, size", ZH: "安全鞋尺码"}, Hint: i18n.Text{EN: "So that we have your size at the desk.", ZH: "前台会备好你的尺码。"}, Kind: profiles.Choice,
		Choices: profiles.Choices{{EN: "36 to 38", ZH: "36–38 码"}, {EN: "39 to 41", ZH: "39–41 码"}, {EN: "42 to 44", ZH: "42–44 码"}, {EN: "45 and larger", ZH: "45 码及以上"}}},
	{Label: i18n.Text{EN: "Trained in first aid", ZH: "受过急救培训"}, Kind: profiles.YesNo},
	{Label: i18n.Text{EN: "How did you hear of us?", ZH: "你从哪里知道我们？"}, Kind: profiles.Text},
	{Label: i18n.Text{EN: "Locker", ZH: "储物柜"}, Kind: profiles.Number, SeenBy: profiles.ByMember, EditedBy: profiles.ByStaff},
}

// introduce has people tell of themselves.
func (s *seeder) introduce(ctx context.Context, at *site) error {
	var asked []id.ID
	for _, q := range questions {
		q.SpaceID = at.space
		made, err := s.Profiles.AddField(ctx, actor.House, q)
		if err != nil {
			return err
		}
		asked = append(asked, made.ID)
	}
	people := []string{"maker@" + Domain, "instructor@" + Domain}
	for n := 1; n <= listed; n++ {
		people = append(people, numberedAt(n))
	}
	for n, email := range people {
		who, err := s.Members.Actor(ctx, s.people[email])
		if err != nil {
			return err
		}
		if err := s.introduced(ctx, at, who, n, asked); err != nil {
			return fmt.Errorf("%s tells: %w", email, err)
		}
	}
	return s.count(ctx)
}

// introduced is one person's profile, the n-th.
func (s *seeder) introduced(ctx context.Context, at *site, who actor.Actor, n int, asked []id.ID) error {
	t, relation := trades[n%len(trades)], "partner"
	c := profiles.Change{Makes: t.en, Skills: t.enSkills, Address: fmt.Sprintf("Am Speicher %d\n28217 Bremen", n+3)}
	if i18n.Match(who.Locale) != "en" {
		relation, c.Makes, c.Skills = "家人", t.zh, t.zhSkills
	}
	c.ContactName, c.ContactPhone, c.ContactRelation = someone(n+200, s.random).name, fmt.Sprintf("+49 421 555%04d", n*83%10000), relation
	c.Answers = map[id.ID]string{asked[0]: strconv.Itoa(n % 4), asked[1]: []string{"yes", "no"}[n%2]}
	if err := s.Profiles.EditMine(ctx, who, at.space, c); err != nil {
		return err
	}
	if n%2 == 0 {
		file, err := face(n)
		if err != nil {
			return err
		}
		if err := s.Profiles.SetPortrait(ctx, who, file); err != nil {
			return err
		}
	}
	return s.Consent.Choose(ctx, who, at.space, who.Member, consent.Directory, true, i18n.Match(who.Locale), "192.0.2.17")
}

// count has people say what may be counted of them.
func (s *seeder) count(ctx context.Context) error {
	for n := 1; n <= counted; n++ {
		answers := map[string]string{}
		for i, q := range profiles.Questions {
			options := profiles.Options[q]
			if pick := s.random.IntN(10 + 2*i); pick > 0 { // the further down, the fewer answer
				answers[q] = options[pick*pick%len(options)]
			}
		}
		if err := s.Profiles.TellAboutMe(ctx, actor.Actor{Member: s.people[numberedAt(n)]}, true, answers); err != nil {
			return err
		}
	}
	return nil
}
