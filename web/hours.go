package web

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/spaces"
	"guildhall/web/view"
)

// errHoursText refuses what can't be read as hours.
var errHoursText = fault.Invalid("hours", "hours.text", "Write opening hours such as 14:00–21:00, with a comma between two of a day.")

var errOneSpan = fault.Invalid("opens", "hours.one_span", "A special day has one opening, such as 10:00–14:00. Give the longest.")

// hours is where a manager says when the space is open.
func (s *Server) hours(c echo.Context) error {
	f := s.hoursFrame(c)
	p, err := s.hoursProps(c, f)
	if err != nil {
		return err
	}
	return s.page(c, f, view.Hours(f, p))
}

func (s *Server) hoursFrame(c echo.Context) view.Frame {
	f := s.frame(c)
	return f.Titled(f.T("hours.title"))
}

func (s *Server) hoursProps(c echo.Context, f view.Frame) (view.HoursProps, error) {
	ctx, space := c.Request().Context(), here(c)
	week, err := s.Spaces.Hours(ctx, by(c), space.ID)
	if err != nil {
		return view.HoursProps{}, err
	}
	today := clock.DayOf(f.Now, f.Zone)
	days, err := s.Spaces.Holidays(ctx, by(c), space.ID, today)
	if err != nil {
		return view.HoursProps{}, err
	}
	return view.HoursProps{
		Version: space.Version, Week: weekText(week), Days: days, Today: today,
		Offered: spaces.NationalHolidays(space.Country, today, days),
	}, nil
}

func (s *Server) hoursSet(c echo.Context) error {
	f := s.hoursFrame(c)
	version := number[int](c, "version")
	typed, week, wrong := readWeek(c, spaces.Everyone, spaces.KeyHolders)
	err := append(wrong, fault.All(spaces.CheckHours(week))...).Err()
	if err == nil {
		err = s.Spaces.SetHours(c.Request().Context(), by(c), here(c).ID, version, week)
	}
	if err == nil {
		said := "hours.saved"
		if !slices.ContainsFunc(week, func(h spaces.Hours) bool { return h.Audience == spaces.Everyone }) {
			said = "hours.saved_shut"
		}
		return s.redirect(c, f.At("hours"), view.Flash{Text: f.T(said)})
	}
	p, loadErr := s.hoursProps(c, f)
	if loadErr != nil {
		return loadErr
	}
	p.Week, p.Version = typed, version
	return s.again(c, err, f, func(f view.Frame, e view.Errors) templ.Component {
		p.Errors = e
		return view.Hours(f, p)
	})
}

// holidayAdd makes one day special, or several that were offered.
func (s *Server) holidayAdd(c echo.Context) error {
	f := s.hoursFrame(c)
	form, err := c.FormParams()
	if err != nil {
		return err
	}
	if offered := form["offered"]; len(offered) > 0 {
		return s.holidaysOffered(c, f, offered)
	}
	typed := view.DayForm{Day: form.Get("day"), NameEN: form.Get("holiday_name_en"), NameZH: form.Get("holiday_name_zh"), Hours: form.Get("opens")}
	h := spaces.Holiday{Day: clock.Day(typed.Day), Name: i18n.Text{EN: strings.TrimSpace(typed.NameEN), ZH: strings.TrimSpace(typed.NameZH)}}
	spans, ok := parseHours(typed.Hours)
	switch {
	case !ok:
		err = errHoursText.On("opens")
	case len(spans) > 1:
		err = errOneSpan
	case len(spans) == 1:
		h.OpensMin, h.ClosesMin = &spans[0][0], &spans[0][1]
	}
	if err == nil {
		h, err = s.Spaces.AddHoliday(c.Request().Context(), by(c), here(c).ID, h)
	}
	if err == nil {
		return s.redirect(c, f.At("hours"), view.Flash{Text: f.T("hours.day_added", "Name", h.Name, "Day", f.DateOf(h.Day))})
	}
	p, loadErr := s.hoursProps(c, f)
	if loadErr != nil {
		return loadErr
	}
	p.Form = typed
	return s.again(c, err, f, func(f view.Frame, e view.Errors) templ.Component {
		p.Errors = e
		return view.Hours(f, p)
	})
}

// holidaysOffered takes over national holidays by their day.
func (s *Server) holidaysOffered(c echo.Context, f view.Frame, chosen []string) error {
	p, err := s.hoursProps(c, f)
	if err != nil {
		return err
	}
	added := 0
	for _, h := range p.Offered {
		for _, day := range chosen {
			if day != string(h.Day) {
				continue
			}
			if _, err := s.Spaces.AddHoliday(c.Request().Context(), by(c), here(c).ID, h); err != nil {
				return err
			}
			added++
		}
	}
	return s.redirect(c, f.At("hours"), view.Flash{Text: f.T("hours.days_added", "Count", added)})
}

func (s *Server) holidayRemove(c echo.Context) error {
	f := s.hoursFrame(c)
	was, err := s.Spaces.RemoveHoliday(c.Request().Context(), by(c), here(c).ID, id.ID(c.Param("holiday")))
	if err != nil {
		return err
	}
	said := view.Flash{Text: f.T("hours.day_removed", "Day", was.Day)}
	if was.Day >= clock.DayOf(f.Now, f.Zone) {
		again := url.Values{"day": {string(was.Day)}, "holiday_name_en": {was.Name.EN}, "holiday_name_zh": {was.Name.ZH}}
		if !was.Closed() {
			again.Set("opens", wallText(*was.OpensMin)+"–"+wallText(*was.ClosesMin))
		}
		said.Undo = f.At("holidays") + "?" + again.Encode()
	}
	return s.redirect(c, f.At("hours"), said)
}

// readWeek takes the openings of a week as they were typed, and what they mean.
func readWeek(c echo.Context, audiences ...spaces.Audience) (map[string]string, []spaces.Hours, fault.Many) {
	typed, week := map[string]string{}, []spaces.Hours{}
	var wrong fault.Many
	for _, audience := range audiences {
		for weekday := 1; weekday <= 7; weekday++ {
			name := spaces.HoursField(weekday, audience)
			typed[name] = c.FormValue(name)
			spans, ok := parseHours(typed[name])
			if !ok {
				wrong.Add(errHoursText.On(name))
			}
			for _, span := range spans {
				week = append(week, spaces.Hours{Weekday: weekday, OpensMin: span[0], ClosesMin: span[1], Audience: audience})
			}
		}
	}
	return typed, week, wrong
}

var spanText = regexp.MustCompile(`^(\d{1,2})(?:[:.：](\d{2}))?\s*(?:-|–|—|~|～|至|到|to)\s*(\d{1,2})(?:[:.：](\d{2}))?$`)

// parseHours reads "14:00–21:00" or "9-12, 13:00-18:00"; nothing is no opening.
// Closing at 00:00 is midnight. Whether the times make sense is the domain's to say.
func parseHours(text string) (spans [][2]int, ok bool) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;，；、", r) })
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		m := spanText.FindStringSubmatch(part)
		if m == nil {
			return nil, false
		}
		minute := func(hour, rest string) int {
			h, _ := strconv.Atoi(hour)
			n, _ := strconv.Atoi(rest)
			if n > 59 {
				ok = false
			}
			return h*60 + n
		}
		ok = true
		span := [2]int{minute(m[1], m[2]), minute(m[3], m[4])}
		if !ok {
			return nil, false
		}
		if span[1] == 0 {
			span[1] = 24 * 60
		}
		spans = append(spans, span)
	}
	return spans, true
}

// weekText writes openings as they are typed.
func weekText(week []spaces.Hours) map[string]string {
	text := map[string]string{}
	for _, h := range week {
		name := spaces.HoursField(h.Weekday, h.Audience)
		if text[name] != "" {
			text[name] += ", "
		}
		text[name] += wallText(h.OpensMin) + "–" + wallText(h.ClosesMin)
	}
	return text
}

func wallText(minute int) string {
	return strconv.Itoa(minute/600) + strconv.Itoa(minute/60%10) + ":" + strconv.Itoa(minute%60/10) + strconv.Itoa(minute%10)
}
