// Package money holds amounts: whole minor units with their ISO 4217 currency,
// never a float. It owns parsing, checked arithmetic, rounding and fair
// splitting; laying an amount out for a person is i18n's, what is owed billing's.
package money

import (
	"errors"
	"math/bits"
	"strconv"
	"strings"

	"github.com/bojanz/currency"

	"guildhall/internal/fault"
)

// Max is the largest number of minor units an amount may have, either way.
const Max = 1_000_000_000_000_000

// What can't be an amount.
var (
	ErrNotAmount  = fault.Invalid("", "money.not_amount", "This is not an amount. Write it like 4.85.")
	ErrDecimals   = fault.Invalid("", "money.decimals", "This currency has fewer digits after the point.")
	ErrTooLarge   = fault.Invalid("", "money.too_large", "This amount is too large.")
	ErrCurrency   = fault.Invalid("", "money.currency", "There is no such currency.")
	ErrCurrencies = fault.Invalid("", "money.two_currencies", "Amounts of two currencies can't be added.")
)

// ErrShares is a mistake of the program: shares that are negative, or none above zero.
var ErrShares = errors.New("money: shares must not be negative and not all be zero")

// Amount is so many minor units (cents, fen) of a currency. The zero Amount is
// nothing in no currency yet: a sum may begin with it.
type Amount struct {
	Minor    int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Of makes an Amount.
func Of(minor int64, currency string) Amount { return Amount{Minor: minor, Currency: currency} }

// Exponent is the number of digits after the point in this currency, by ISO
// 4217: JPY 0, EUR 2, KWD 3. An unknown currency has ok false.
func Exponent(code string) (digits int, ok bool) {
	d, ok := currency.GetDigits(code)
	return int(d), ok
}

// IsZero reports whether there is nothing, in whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Neg is the opposite amount.
func (a Amount) Neg() Amount { return Amount{Minor: -a.Minor, Currency: a.Currency} }

// Add is the sum of two amounts of one currency.
func (a Amount) Add(b Amount) (Amount, error) {
	switch {
	case a == Amount{}:
		a.Currency = b.Currency
	case b == Amount{}:
		b.Currency = a.Currency
	}
	if a.Currency != b.Currency {
		return Amount{}, ErrCurrencies
	}
	sum := a.Minor + b.Minor
	if (sum > a.Minor) != (b.Minor > 0) && b.Minor != 0 {
		return Amount{}, ErrTooLarge
	}
	return within(sum, a.Currency)
}

// Sub is a without b.
func (a Amount) Sub(b Amount) (Amount, error) { return a.Add(b.Neg()) }

// Mul is n times the amount, exactly.
func (a Amount) Mul(n int64) (Amount, error) { return a.Scale(n, 1) }

// Rate is a share in millionths: 190_000 is 19 percent.
type Rate int64

// Percent is the Rate of so many percent.
func Percent(n int64) Rate { return Rate(n * 10_000) }

// Share is the part of the amount that the rate says, rounded as Scale rounds.
func (a Amount) Share(r Rate) (Amount, error) { return a.Scale(int64(r), 1_000_000) }

// Scale is the amount times num over den. This is the one place where money is
// rounded: to the nearest minor unit, a half away from zero. den must be above zero.
func (a Amount) Scale(num, den int64) (Amount, error) {
	if den <= 0 {
		return Amount{}, errors.New("money: a scale's denominator must be above zero")
	}
	minus := (a.Minor < 0) != (num < 0)
	d := uint64(den)
	hi, lo := bits.Mul64(magnitude(a.Minor), magnitude(num))
	if hi >= d {
		return Amount{}, ErrTooLarge
	}
	n, rest := bits.Div64(hi, lo, d)
	if n > Max {
		return Amount{}, ErrTooLarge
	}
	if rest >= d-rest {
		n++
	}
	if minus {
		return within(-int64(n), a.Currency)
	}
	return within(int64(n), a.Currency)
}

// Allocate splits the amount by shares without losing a unit: each gets its
// part rounded toward zero, and the units left over go, one each, to the
// largest remainders, the earlier share first where they are the same. Shares
// must not be negative nor all be zero, and must sum to at most Max.
func (a Amount) Allocate(shares ...int64) ([]Amount, error) {
	var total uint64
	for _, s := range shares {
		if s < 0 {
			return nil, ErrShares
		}
		if total += uint64(s); s > Max || total > Max {
			return nil, ErrTooLarge
		}
	}
	if total == 0 {
		return nil, ErrShares
	}
	if _, err := within(a.Minor, a.Currency); err != nil {
		return nil, err
	}
	whole := magnitude(a.Minor)
	parts, rests := make([]uint64, len(shares)), make([]uint64, len(shares))
	left := whole
	for i, s := range shares {
		hi, lo := bits.Mul64(whole, uint64(s))
		parts[i], rests[i] = bits.Div64(hi, lo, total)
		left -= parts[i]
	}
	for ; left > 0; left-- {
		most := 0
		for i, r := range rests {
			if r > rests[most] {
				most = i
			}
		}
		parts[most]++
		rests[most] = 0
	}
	amounts := make([]Amount, len(shares))
	for i, p := range parts {
		amounts[i] = Amount{Minor: int64(p), Currency: a.Currency}
		if a.Minor < 0 {
			amounts[i] = amounts[i].Neg()
		}
	}
	return amounts, nil
}

func within(minor int64, currency string) (Amount, error) {
	if minor > Max || minor < -Max {
		return Amount{}, ErrTooLarge
	}
	return Amount{Minor: minor, Currency: currency}, nil
}

// magnitude is |n|, also for the least int64.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// Decimal is the amount in major units for a machine or an input field:
// "4.85", "-4.85", "500" for yen, with neither currency nor grouping.
func (a Amount) Decimal() string {
	exponent, _ := Exponent(a.Currency)
	minus := ""
	digits := strconv.FormatInt(a.Minor, 10)
	if rest, ok := strings.CutPrefix(digits, "-"); ok {
		digits, minus = rest, "-"
	}
	if exponent == 0 {
		return minus + digits
	}
	if short := exponent + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	point := len(digits) - exponent
	return minus + digits[:point] + "." + digits[point:]
}
