package demo

import (
	"context"
	"fmt"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/certifications"
	"guildhall/internal/clock"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// lesson is what a certification takes, by its code.
type lesson struct {
	code, ladder     string
	level            int64
	months, disuse   int64
	mark, hours      int64
	on               []string
	requires         [][]string
	taught, brandNew bool // by the instructor; not among those that a place begins with
	name, about      i18n.Text
}

// lessons are those of the harbour. What members could hold from the beginning
// stays valid for all who have it.
var lessons = []lesson{
	{code: "laser-l1", ladder: "laser", level: 1, disuse: 365, taught: true, about: both("Materials, focus, extraction and what to do when it burns. Two hours.", "材料、对焦、排烟，以及起火时怎么办。两小时。")},
	{code: "laser-l2", ladder: "laser", level: 2, months: 24, mark: 80, hours: 10, on: []string{"co2-laser-100w", "co2-laser-40w"}, requires: [][]string{{"laser-l1"}}, taught: true, brandNew: true,
		name: both("Laser L2", "激光 L2"), about: both("Thick sheets, the rotary axis and running on your own after hours.", "厚板、旋转轴，以及闭馆后独立操作。")},
	{code: "3d-l1", ladder: "print", level: 1, months: 24, taught: true, about: both("Slicing, levelling, filament and removing a print. One hour.", "切片、调平、耗材和取件。一小时。")},
	{code: "3d-l2", ladder: "print", level: 2, requires: [][]string{{"3d-l1"}}, taught: true, about: both("Resin: gloves, ventilation, washing and curing.", "光敏树脂：手套、通风、清洗和固化。")},
	{code: "wood-l1", months: 36, taught: true, about: both("Table saw, bandsaw and planer: guards, push sticks, kickback.", "台锯、带锯和刨床：护罩、推杆与反弹。")},
	{code: "cnc-l2", ladder: "cnc", level: 2, mark: 80, requires: [][]string{{"wood-l1", "metal-l2"}}, taught: true, about: both("Drawing to toolpath, workholding and zero, and a part of your own.", "从图纸到刀路、装夹和对零，并完成一个自己的零件。")},
	{code: "casting-l1", disuse: 100, brandNew: true, name: both("Metal casting L1", "金属铸造 L1"), about: both("Sand moulds, the crucible and what to wear.", "砂型、坩埚与防护装备。")},
	{code: "spray-l1", months: 12, mark: 70, about: both("Masks, filters and what must never be sprayed here.", "面罩、滤网，以及哪些东西不能在这里喷。")},
}

// teach says what the certifications of a space take, and who teaches them.
func (s *seeder) teach(ctx context.Context, at *site) error {
	instructor := s.people["instructor@"+Domain]
	for _, l := range lessons {
		k := certifications.Kind{SpaceID: at.space, Code: l.code, Name: l.name}
		if !l.brandNew {
			var err error
			if k, err = s.Certifications.Kind(ctx, actor.House, at.space, at.certifications[l.code]); err != nil {
				return err
			}
		}
		k.RemindDays = 30
		k.About, k.Ladder, k.Level, k.ValidMonths, k.DisuseDays = l.about, l.ladder, l.level, l.months, l.disuse
		k.PassMark, k.HoursMin, k.HoursOn = l.mark, l.hours*60, l.on
		for _, group := range l.requires {
			var any []id.ID
			for _, code := range group {
				any = append(any, at.certifications[code])
			}
			k.Requires = append(k.Requires, any)
		}
		if l.taught {
			k.Teachers = []id.ID{instructor}
		}
		write := s.Certifications.Edit
		if l.brandNew {
			write = s.Certifications.Add
		}
		made, err := write(ctx, actor.House, k)
		if err != nil {
			return fmt.Errorf("%s: %w", l.code, err)
		}
		at.certifications[l.code] = made.ID
	}
	return nil
}

// stamp gives the maker a stamp of every state, besides those that they use.
func (s *seeder) stamp(ctx context.Context, at *site) error {
	maker := s.people["maker@"+Domain]
	until := func(days int) clock.Instant { return s.now.Add(time.Duration(days) * 24 * time.Hour) }
	score := int64(86)
	for _, a := range []certifications.Award{
		{Kind: at.certifications["textile-l1"], Until: until(12), Note: "Threads the machine blindfolded."},   // ends soon
		{Kind: at.certifications["spray-l1"], Until: until(-20), Score: &score, Note: "Even coat, no drips."}, // is over
		{Kind: at.certifications["casting-l1"], Note: "Cast a bronze hook."},                                  // lapsed unused
		{Kind: at.certifications["weld-l1"], Note: "First bead was fine."},                                    // taken back, below
	} {
		a.Member = maker
		g, err := s.Certifications.Certify(ctx, actor.House, at.space, a)
		if err != nil {
			return err
		}
		if a.Kind != at.certifications["weld-l1"] {
			continue
		}
		_, err = s.Certifications.Revoke(ctx, actor.House, at.space, certifications.Revocation{
			Member: maker, Grant: g.ID, Reason: "Welded without the screen, twice.", Cancel: true,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// enlist gives the maker a seat in the course that leads to the next thing they want.
func (s *seeder) enlist(ctx context.Context, at *site) error {
	next, err := s.Events.Next(ctx, []id.ID{at.certifications["cnc-l2"]}, s.now)
	if err != nil || len(next) == 0 {
		return err
	}
	_, err = s.Events.Register(ctx, actor.House, next[0].ID, s.people["maker@"+Domain])
	return err
}
