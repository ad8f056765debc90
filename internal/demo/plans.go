package demo

import (
	"context"
	"fmt"
	"time"

	"guildhall/internal/actor"
	"guildhall/internal/id"
	"guildhall/internal/plans"
)

// planTerms is what there is to say of plans beyond their price.
var planTerms = map[string]func(*plans.Plan){
	"day-pass": func(p *plans.Plan) {
		p.Period, p.Renews = plans.Day, false
		p.Prices = plans.Prices{{Group: "student", Minor: p.PriceMinor * 2 / 3}}
		p.About = both("One day in the space, with guest prices at the machines.", "在空间里的一天，设备按访客价格。")
	},
	"community": func(p *plans.Plan) {
		p.About = both("Evenings and weekends at the benches, and the events.", "晚上和周末使用工作台，参加活动。")
		p.PauseDays, p.PauseLongest = 60, 31
	},
	"maker": func(p *plans.Plan) {
		p.About = both("All machines at member prices, all week.", "整周以会员价格使用所有设备。")
		p.NoticeDays, p.PauseDays, p.PauseLongest, p.TrialDays = 14, 60, 31, 7
		p.Includes.Minutes, p.Includes.Guests = 120, 1
		p.Prices = plans.Prices{{Group: "student", Minor: p.PriceMinor / 2}, {Group: "concession", Minor: p.PriceMinor * 6 / 10}}
	},
	"pro": func(p *plans.Plan) {
		p.About = both("For those who work here: the key, the longer hours, a shelf.", "适合在此工作的人：钥匙、更长的开放时间、储物架。")
		p.MinPeriods, p.NoticeDays, p.DepositMinor, p.Most = 3, 30, p.PriceMinor, 60
		p.Includes.Minutes, p.Includes.Guests = 600, 2
	},
	"student": func(p *plans.Plan) {
		p.Audience = plans.Concession
		p.About = both("For students, with the card of their school.", "面向学生，需学生证。")
	},
	"family":  func(p *plans.Plan) { p.Audience, p.Includes.Seats = plans.StaffOnly, 4 },
	"youth":   func(p *plans.Plan) { p.Audience = plans.StaffOnly },
	"company": func(p *plans.Plan) { p.Approval, p.Includes.Seats = true, 5 },
	"supporter": func(p *plans.Plan) {
		p.Period, p.FreePrice, p.FloorMinor = plans.Year, true, p.PriceMinor/2
		p.About = both("For friends of the space, who give what they can.", "面向支持空间的朋友，量力支付。")
	},
}

// renew brings every membership into the period of now.
func (s *seeder) renew(ctx context.Context) error { return s.Plans.RenewDue(ctx) }

// wishes are requests for a plan that the desk says yes to first, which wait: of somebody
// who has a plan and of somebody who has none.
var wishes = []struct {
	runs bool
	from int // the first numbered member who may be meant
	ago  time.Duration
	note string
}{
	{true, 27, 26 * time.Hour, "We are three now, and build enclosures for sensors. Two desks would do."},
	{false, 200, 3 * time.Hour, "我们是五人的初创团队，想从下个月起使用。"},
}

// ask has them ask.
func (s *seeder) ask(ctx context.Context, at *site) error {
	defer s.Clock.Set(s.Clock.Now())
	for _, w := range wishes {
		s.Clock.Set(s.now.Add(-w.ago))
		who, run, err := s.meant(ctx, at, w.from, w.runs)
		if err != nil {
			return err
		}
		if w.runs {
			_, _, err = s.Plans.Change(ctx, who, at.space, run, plans.Changing{Plan: at.plans["company"], Note: w.note})
		} else {
			_, err = s.Plans.Join(ctx, who, plans.Joining{Space: at.space, Plan: at.plans["company"], Note: w.note})
		}
		if err != nil {
			return fmt.Errorf("%s asks for a plan: %w", who.Name, err)
		}
	}
	return nil
}

// meant is the first of the numbered members, from one on, of whom a plan runs, or of whom none does.
func (s *seeder) meant(ctx context.Context, at *site, from int, runs bool) (actor.Actor, id.ID, error) {
	for n := from; n <= People; n++ {
		who, err := s.Members.Actor(ctx, s.people[numberedAt(n)])
		if err != nil {
			return who, "", err
		}
		if _, known := who.Roles[at.space]; !known {
			continue
		}
		all, err := s.Plans.Runs(ctx, who, at.space, who.Member)
		if err != nil {
			return who, "", err
		}
		r, on := plans.Current(all, s.Clock.Now())
		if on == runs && r.EndsAt.IsZero() {
			return who, r.ID, nil
		}
	}
	return actor.Actor{}, "", fmt.Errorf("nobody from member %d on asks for a plan", from)
}
