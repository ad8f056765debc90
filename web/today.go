package web

import (
	"github.com/labstack/echo/v4"

	"guildhall/internal/clock"
	"guildhall/internal/jobs"
	"guildhall/internal/spaces"
	"guildhall/web/view"
)

// needsShown is how much of what waits for a manager stands beside the board.
const needsShown = 20

// today is the manager's board: the day it is, or another one, by day, week or agenda.
func (s *Server) today(c echo.Context) error {
	ctx, f := c.Request().Context(), s.frame(c)
	p := view.TodayProps{Today: clock.DayOf(f.Now, f.Zone), View: "day", NowMin: -1, Search: f.May("member.search")}
	var err error
	if p.Day, err = dayOf(c, p.Today); err != nil {
		return err
	}
	if v := c.QueryParam("view"); v == "week" || v == "agenda" {
		p.View = v
	}
	from, to := p.Day, p.Day.Add(1)
	if p.View == "week" {
		from = p.Day.Add(1 - p.Day.Weekday())
		to = from.Add(7)
	}
	if p.Board, err = s.Reports.Board(ctx, by(c), f.Space.ID, from.Start(f.Zone), to.Start(f.Zone)); err != nil {
		return err
	}
	evening, _, _ := p.Day.At(18*60, f.Zone)
	if p.Counts, err = s.Reports.Counts(ctx, by(c), f.Space.ID, from.Start(f.Zone), evening, to.Start(f.Zone)); err != nil {
		return err
	}
	if p.Needs, err = s.Reports.Needs(ctx, by(c), f.Space.ID, needsShown); err != nil {
		return err
	}
	if f.May("jobs.read") {
		failures, _, err := s.Jobs.Failed(ctx, jobs.Page{Limit: needsShown})
		if err != nil {
			return err
		}
		p.Failed = len(failures)
	}
	if f.May("membership.edit") {
		if p.Asked, err = s.Plans.WaitingCount(ctx, by(c), f.Space.ID); err != nil {
			return err
		}
	}
	p.Counts.Needs = len(p.Needs) + min(1, p.Failed) + int(min(1, p.Asked))
	if p.Calendar, err = s.Spaces.Calendar(ctx, f.Space.ID); err != nil {
		return err
	}
	p.FromMin, p.ToMin = window(p, f, p.Calendar.Day(p.Day, false))
	if now := clock.MinuteOf(f.Now, f.Zone); p.Day == p.Today && now >= p.FromMin && now < p.ToMin {
		p.NowMin = now
	}
	if p.Begin, err = s.begin(c, f); err != nil {
		return err
	}
	f = f.Titled(f.DateLong(p.Day.Start(f.Zone), f.Zone))
	if p.View == "week" {
		f = f.Titled(f.Days(from, to.Add(-1)))
	}
	if f.May("member.search") {
		f.Action = view.Item{Label: f.T("board.book_for"), Icon: "plus", Href: f.At("for"), Key: "n"}
	}
	return s.page(c, f, view.Today(f, p))
}

// window is the part of the day to show, in whole hours: the opening hours and
// whatever begins or ends outside them, and at least ten hours.
func window(p view.TodayProps, f view.Frame, open []spaces.Span) (from, to int) {
	from, to = 10*60, 18*60
	widen := func(first, last int) { from, to = min(from, first), max(to, last) }
	dayStart, dayEnd := p.Day.Start(f.Zone), p.Day.Add(1).Start(f.Zone)
	part := func(a, b clock.Instant) {
		first, last := 24*60, 0
		if !a.Before(dayStart) && a.Before(dayEnd) {
			first = clock.MinuteOf(a, f.Zone)
		}
		if b.After(dayStart) && b.Before(dayEnd) {
			last = clock.MinuteOf(b, f.Zone)
		} else if first < 24*60 {
			last = 24 * 60
		}
		widen(first, last)
	}
	for _, span := range open {
		part(span.From, span.To)
	}
	for _, row := range p.Board.Rows {
		for _, t := range row.Tickets {
			if t.EndsAt.Sub(t.StartsAt) < 12*60*60*1e9 {
				part(t.StartsAt, t.EndsAt)
			}
		}
	}
	from, to = from/60*60, (to+59)/60*60
	if to-from < 600 {
		to = min(from+600, 1440)
		from = to - 600
	}
	return from, to
}
