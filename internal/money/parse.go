package money

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// signs may stand before or after an amount; which currency it is, is known already.
var signs = []string{"¥", "€", "$", "£", "元"}

// Parse reads what a person typed as an amount of this currency, digit by
// digit: "4.85", "4,85", "¥4.85", full-width "￥４．８５", "-4.85", "1,234.50",
// "1.234,50". A single mark is the decimal mark, so "1,234" has three decimals
// and is refused for euros; marks that part thousands are read where they
// can't be anything else.
func Parse(s, currency string) (Amount, error) {
	exponent, ok := Exponent(currency)
	if !ok {
		return Amount{}, ErrCurrency
	}
	s = strings.TrimSpace(norm.NFKC.String(s))
	s, minus := cutMinus(s)
	s = trimSign(s, currency)
	if !minus {
		s, minus = cutMinus(s) // "€ -4.85"
	}
	major, decimals, ok := cutDecimals(s)
	if !ok || strings.Trim(major+decimals, "0123456789") != "" {
		return Amount{}, ErrNotAmount
	}
	if len(decimals) > exponent {
		return Amount{}, ErrDecimals
	}
	var minor int64
	for _, d := range major + decimals + strings.Repeat("0", exponent-len(decimals)) {
		if minor = minor*10 + int64(d-'0'); minor > Max {
			return Amount{}, ErrTooLarge
		}
	}
	if minus {
		minor = -minor
	}
	return Amount{Minor: minor, Currency: currency}, nil
}

func cutMinus(s string) (rest string, minus bool) {
	for _, sign := range []string{"-", "−"} {
		if rest, ok := strings.CutPrefix(s, sign); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return s, false
}

func trimSign(s, currency string) string {
	for _, sign := range append([]string{currency}, signs...) {
		if rest, ok := strings.CutPrefix(s, sign); ok {
			return strings.TrimSpace(rest)
		}
		if rest, ok := strings.CutSuffix(s, sign); ok {
			return strings.TrimSpace(rest)
		}
	}
	return s
}

// cutDecimals parts the digits before the decimal mark from those after it.
func cutDecimals(s string) (major, decimals string, ok bool) {
	marks := strings.Map(func(r rune) rune {
		if r == '.' || r == ',' {
			return r
		}
		return -1
	}, s)
	switch {
	case marks == "":
		return s, "", s != ""
	case len(marks) == 1:
		major, decimals, _ = strings.Cut(s, marks)
		return major, decimals, major != "" && decimals != ""
	}
	thousands, last := marks[:1], marks[len(marks)-1:]
	if last != thousands {
		i := strings.LastIndex(s, last)
		s, decimals, marks = s[:i], s[i+1:], marks[:len(marks)-1]
		if decimals == "" {
			return "", "", false
		}
	}
	if strings.Trim(marks, thousands) != "" {
		return "", "", false
	}
	groups := strings.Split(s, thousands)
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && (len(g) == 0 || len(g) > 3) {
			return "", "", false
		}
	}
	return strings.Join(groups, ""), decimals, true
}
