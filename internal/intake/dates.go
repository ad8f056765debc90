package intake

import (
	"strconv"
	"strings"

	"guildhall/internal/clock"
)

// numbers are the three numbers of a date, and whether the first is the year. What
// follows a space or a T is a time, and is passed over.
func numbers(s string) (parts []int, yearFirst bool) {
	s = strings.TrimSpace(s)
	if at := strings.IndexAny(s, " T"); at >= 6 {
		s = s[:at]
	}
	fields := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("-/. 年月日", r) })
	if len(fields) != 3 {
		return nil, false
	}
	for _, f := range fields {
		n, err := strconv.Atoi(f)
		if err != nil || n < 1 {
			return nil, false
		}
		parts = append(parts, n)
	}
	return parts, len(fields[0]) == 4
}

// birthday is a date on which somebody was born: one with a short year that would be
// to come was in the century before.
func birthday(s string, as Dates, today clock.Day) (clock.Day, bool) {
	d, ok := day(s, as)
	if ok && d > today && !strings.Contains(s, strconv.Itoa(d.Year())) {
		d = clock.Day(strconv.Itoa(d.Year()-100)) + d[4:]
	}
	return d, ok
}

// day reads a date. Excel's number of days since 1899 is one, too, between 1954 and 2064.
func day(s string, as Dates) (clock.Day, bool) {
	if n, err := strconv.Atoi(s); err == nil && n >= 20000 && n <= 60000 {
		return clock.DayOn(1899, 12, 30+n), true
	}
	p, yearFirst := numbers(s)
	if len(p) != 3 {
		return "", false
	}
	var y, m, d int
	switch {
	case yearFirst:
		y, m, d = p[0], p[1], p[2]
	case as == MonthFirst:
		m, d, y = p[0], p[1], p[2]
	case as == DayFirst:
		d, m, y = p[0], p[1], p[2]
	default:
		y, m, d = p[0], p[1], p[2]
	}
	if y < 100 {
		y += 2000
	}
	if m > 12 || d > 31 || y < 1900 || y > 2200 {
		return "", false
	}
	at := clock.DayOn(y, m, d)
	if clock.DayOn(y, m, 1)[:7] != at[:7] { // 31 April
		return "", false
	}
	return at, true
}
