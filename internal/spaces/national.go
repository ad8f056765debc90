package spaces

import (
	"slices"
	"strings"

	"guildhall/internal/clock"
	"guildhall/internal/i18n"
)

// NationalHolidays are the holidays of a whole country in the twelve months from
// this day on that the space does not have among its special days yet: an offer,
// no more. China's move with the moon and are known up to 2028; countries other
// than China and Germany have none here.
func NationalHolidays(country string, from clock.Day, have []Holiday) []Holiday {
	until := from.Add(365)
	var offered []Holiday
	for _, h := range nationalHolidays(country, from) {
		taken := slices.ContainsFunc(have, func(o Holiday) bool { return o.Day == h.Day })
		if h.Day >= from && h.Day < until && !taken {
			offered = append(offered, h)
		}
	}
	slices.SortFunc(offered, func(a, b Holiday) int { return strings.Compare(string(a.Day), string(b.Day)) })
	return offered
}

func nationalHolidays(country string, from clock.Day) []Holiday {
	var all []Holiday
	add := func(day clock.Day, en, zh string) {
		all = append(all, Holiday{Day: day, Name: i18n.Text{EN: en, ZH: zh}})
	}
	this := from.Year()
	for year := this; year <= this+1; year++ {
		on := func(month, day int) clock.Day { return clock.DayOn(year, month, day) }
		switch country {
		case "DE":
			easter := easterSunday(year)
			add(on(1, 1), "New Year's Day", "元旦")
			add(easter.Add(-2), "Good Friday", "耶稣受难日")
			add(easter.Add(1), "Easter Monday", "复活节星期一")
			add(on(5, 1), "Labour Day", "劳动节")
			add(easter.Add(39), "Ascension Day", "耶稣升天节")
			add(easter.Add(50), "Whit Monday", "圣灵降临节星期一")
			add(on(10, 3), "Day of German Unity", "德国统一日")
			add(on(12, 25), "Christmas Day", "圣诞节")
			add(on(12, 26), "Second Christmas Day", "圣诞节次日")
		case "CN":
			add(on(1, 1), "New Year's Day", "元旦")
			add(on(5, 1), "Labour Day", "劳动节")
			add(on(5, 2), "Labour Day", "劳动节")
			for day := 1; day <= 3; day++ {
				add(on(10, day), "National Day", "国庆节")
			}
			moon, known := chineseMoon[year]
			if !known {
				continue
			}
			for day := -1; day <= 2; day++ {
				add(moon.spring.Add(day), "Spring Festival", "春节")
			}
			add(moon.qingming, "Tomb-Sweeping Day", "清明节")
			add(moon.dragon, "Dragon Boat Festival", "端午节")
			add(moon.autumn, "Mid-Autumn Festival", "中秋节")
		}
	}
	return all
}

// chineseMoon holds the days that follow the moon and the sun: the first day of
// the lunar year, Qingming, the fifth of the fifth and the fifteenth of the eighth month.
var chineseMoon = map[int]struct{ spring, qingming, dragon, autumn clock.Day }{
	2026: {"2026-02-17", "2026-04-05", "2026-06-19", "2026-09-25"},
	2027: {"2027-02-06", "2027-04-05", "2027-06-09", "2027-09-15"},
	2028: {"2028-01-26", "2028-04-04", "2028-05-28", "2028-10-03"},
}

// easterSunday is Easter of the Gregorian calendar, by the rule of Meeus.
func easterSunday(year int) clock.Day {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	month := (h + l - 7*m + 114) / 31
	day := (h+l-7*m+114)%31 + 1
	return clock.DayOn(year, month, day)
}
