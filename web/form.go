package web

import (
	"errors"
	"time"

	"github.com/labstack/echo/v4"

	"guildhall/internal/clock"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
)

// textOf is a text that was typed in both languages.
func textOf(c echo.Context, name string) i18n.Text {
	return i18n.Text{EN: c.FormValue(name + "_en"), ZH: c.FormValue(name + "_zh")}
}

var errDay = fault.Invalid("day", "form.day", "Write the day as 2027-03-28.")

// dayOf is the day that an address or a form asks for, or otherwise where it asks for none.
func dayOf(c echo.Context, otherwise clock.Day) (clock.Day, error) {
	text := c.FormValue("day")
	if text == "" {
		return otherwise, nil
	}
	day, err := clock.ParseDay(text)
	if err != nil && !errors.Is(err, clock.ErrYear) {
		err = errDay
	}
	return day, err
}

var (
	errMoment = fault.Invalid("until", "form.moment", "Give a day and a time, or neither.")
	// errMomentNeeded refuses a form that must say when and does not.
	errMomentNeeded = fault.Invalid("until", "form.moment_needed", "Give a day and a time.")
)

// momentOf is when the clocks of zone show this day and time; the zero Instant if
// neither was given. Midnight is meant where only the day was. A time that the
// clocks skip is the moment they do.
func momentOf(zone *time.Location, day, wall string) (clock.Instant, error) {
	if day == "" && wall == "" {
		return clock.Instant{}, nil
	}
	d, err := clock.ParseDay(day)
	switch {
	case errors.Is(err, clock.ErrYear):
		return clock.Instant{}, clock.ErrYear.On(errMoment.Field)
	case err != nil:
		return clock.Instant{}, errMoment
	}
	minute := 0
	if wall != "" {
		at, err := time.Parse("15:04", wall)
		if err != nil {
			return clock.Instant{}, errMoment
		}
		minute = at.Hour()*60 + at.Minute()
	}
	first, _, _ := d.At(minute, zone)
	return first, nil
}
