package money

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in, currency string
		want         int64
		err          error
	}{
		{"4.85", "EUR", 485, nil},
		{"4,85", "EUR", 485, nil},
		{"￥4.85", "CNY", 485, nil},
		{"￥４．８５", "CNY", 485, nil},
		{"¥4.85", "CNY", 485, nil},
		{"４，８５", "EUR", 485, nil},
		{"€ 4.85", "EUR", 485, nil},
		{"4,85 €", "EUR", 485, nil},
		{"4.85 EUR", "EUR", 485, nil},
		{"30 元", "CNY", 3000, nil},
		{"-4.85", "EUR", -485, nil},
		{"−€4.85", "EUR", -485, nil},
		{"€ -4.85", "EUR", -485, nil},
		{"4.8", "EUR", 480, nil},
		{"4", "EUR", 400, nil},
		{" 0 ", "EUR", 0, nil},
		{"007", "EUR", 700, nil},
		{"1,234.50", "EUR", 123450, nil},
		{"1.234,50", "EUR", 123450, nil},
		{"1.234.567,5", "EUR", 123456750, nil},
		{"1,234,567", "EUR", 123456700, nil},
		{"500", "JPY", 500, nil},
		{"1.234", "KWD", 1234, nil},
		{"1,234", "KWD", 1234, nil},
		{"10000000000000.00", "EUR", Max, nil},

		{"", "EUR", 0, ErrNotAmount},
		{"-", "EUR", 0, ErrNotAmount},
		{"€", "EUR", 0, ErrNotAmount},
		{".", "EUR", 0, ErrNotAmount},
		{".50", "EUR", 0, ErrNotAmount},
		{"4.", "EUR", 0, ErrNotAmount},
		{"4.8.5", "EUR", 0, ErrNotAmount},
		{"1,23.50", "EUR", 0, ErrNotAmount},
		{"1,234.567,50", "EUR", 0, ErrNotAmount},
		{"1234,567.00", "EUR", 0, ErrNotAmount},
		{"1,234.", "EUR", 0, ErrNotAmount},
		{"4.85x", "EUR", 0, ErrNotAmount},
		{"4e2", "EUR", 0, ErrNotAmount},
		{"--4", "EUR", 0, ErrNotAmount},
		{"٤", "EUR", 0, ErrNotAmount},
		{"4.855", "EUR", 0, ErrDecimals},
		{"1,234", "EUR", 0, ErrDecimals},
		{"500.0", "JPY", 0, ErrDecimals},
		{"1.2345", "KWD", 0, ErrDecimals},
		{"10000000000000.01", "EUR", 0, ErrTooLarge},
		{strings.Repeat("9", 400), "EUR", 0, ErrTooLarge},
		{"4.85", "XYZ", 0, ErrCurrency},
		{"4.85", "", 0, ErrCurrency},
	} {
		got, err := Parse(c.in, c.currency)
		if !errors.Is(err, c.err) {
			t.Errorf("Parse(%q, %s): %v, want %v", c.in, c.currency, err, c.err)
		} else if err == nil && got != Of(c.want, c.currency) {
			t.Errorf("Parse(%q, %s) = %v, want %d", c.in, c.currency, got, c.want)
		}
	}
}

func TestDecimal(t *testing.T) {
	for _, c := range []struct {
		a    Amount
		want string
	}{
		{Of(485, "EUR"), "4.85"}, {Of(5, "EUR"), "0.05"}, {Of(-5, "EUR"), "-0.05"}, {Of(0, "EUR"), "0.00"},
		{Of(500, "JPY"), "500"}, {Of(-1, "JPY"), "-1"}, {Of(1, "KWD"), "0.001"}, {Of(123456, "KWD"), "123.456"},
	} {
		if got := c.a.Decimal(); got != c.want {
			t.Errorf("%v.Decimal() = %q, want %q", c.a, got, c.want)
		}
	}
}

// amounts draws one of any size the house knows, in a currency of any exponent.
func amounts() *rapid.Generator[Amount] {
	return rapid.Custom(func(t *rapid.T) Amount {
		currency := rapid.SampledFrom([]string{"EUR", "CNY", "JPY", "KWD"}).Draw(t, "currency")
		return Of(rapid.Int64Range(-Max, Max).Draw(t, "minor"), currency)
	})
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := amounts().Draw(t, "a")
		if got, err := Parse(a.Decimal(), a.Currency); err != nil || got != a {
			t.Fatalf("%v is written %q and read %v, %v", a, a.Decimal(), got, err)
		}
	})
}

func TestAdd(t *testing.T) {
	for _, c := range []struct {
		a, b, want Amount
		err        error
	}{
		{Of(485, "EUR"), Of(15, "EUR"), Of(500, "EUR"), nil},
		{Of(485, "EUR"), Of(-500, "EUR"), Of(-15, "EUR"), nil},
		{Of(0, "EUR"), Of(0, "EUR"), Of(0, "EUR"), nil},
		{Amount{}, Of(15, "EUR"), Of(15, "EUR"), nil},
		{Of(15, "EUR"), Amount{}, Of(15, "EUR"), nil},
		{Of(0, "EUR"), Of(15, "CNY"), Amount{}, ErrCurrencies},
		{Of(Max, "EUR"), Of(1, "EUR"), Amount{}, ErrTooLarge},
		{Of(-Max, "EUR"), Of(-1, "EUR"), Amount{}, ErrTooLarge},
		{Of(math.MaxInt64, "EUR"), Of(math.MaxInt64, "EUR"), Amount{}, ErrTooLarge},
		{Of(math.MinInt64, "EUR"), Of(math.MinInt64, "EUR"), Amount{}, ErrTooLarge},
	} {
		got, err := c.a.Add(c.b)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%v + %v = %v, %v, want %v, %v", c.a, c.b, got, err, c.want, c.err)
		}
	}
}

// exact is minor × num ÷ den rounded half away from zero, by big integers.
func exact(minor, num, den int64) *big.Int {
	n := new(big.Int).Mul(big.NewInt(minor), big.NewInt(num))
	sign := int64(n.Sign())
	n.Abs(n).Mul(n, big.NewInt(2)).Add(n, big.NewInt(den))
	n.Quo(n, new(big.Int).Mul(big.NewInt(den), big.NewInt(2)))
	return n.Mul(n, big.NewInt(sign))
}

func checkScale(t interface{ Fatalf(string, ...any) }, minor, num, den int64) {
	got, err := Of(minor, "EUR").Scale(num, den)
	want := exact(minor, num, den)
	if new(big.Int).Abs(want).Cmp(big.NewInt(Max)) > 0 {
		if !errors.Is(err, ErrTooLarge) {
			t.Fatalf("%d × %d ÷ %d = %v, %v, want it refused", minor, num, den, got, err)
		}
		return
	}
	if err != nil || got.Minor != want.Int64() {
		t.Fatalf("%d × %d ÷ %d = %v, %v, want %v", minor, num, den, got, err, want)
	}
}

func TestScaleIsExactOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		checkScale(t, rapid.Int64().Draw(t, "minor"), rapid.Int64().Draw(t, "num"), rapid.Int64Range(1, math.MaxInt64).Draw(t, "den"))
	})
}

func FuzzScale(f *testing.F) {
	f.Add(int64(1), int64(1), int64(2))
	f.Add(int64(math.MinInt64), int64(math.MinInt64), int64(math.MaxInt64))
	f.Add(int64(Max), int64(1_000_000), int64(1_000_000))
	f.Fuzz(func(t *testing.T, minor, num, den int64) {
		if den <= 0 {
			if _, err := Of(minor, "EUR").Scale(num, den); err == nil {
				t.Fatalf("a denominator of %d is taken", den)
			}
			return
		}
		checkScale(t, minor, num, den)
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"4.85", "4,85", "￥４．８５", "1,234.50", "-€4", "..", "元", "9999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, currency := range []string{"EUR", "JPY", "KWD"} {
			a, err := Parse(s, currency)
			if err != nil {
				continue
			}
			if a.Minor > Max || a.Minor < -Max || a.Currency != currency {
				t.Fatalf("%q is read as %v", s, a)
			}
			if again, err := Parse(a.Decimal(), currency); err != nil || again != a {
				t.Fatalf("%q is %v, written %q, read again %v, %v", s, a, a.Decimal(), again, err)
			}
		}
	})
}

func TestRounding(t *testing.T) {
	for _, c := range []struct {
		minor int64
		rate  Rate
		want  int64
	}{
		{1, Percent(50), 1}, {-1, Percent(50), -1}, {3, Percent(50), 2}, {-3, Percent(50), -2},
		{100, Percent(19), 19}, {29900, 60_000, 1794}, {1, 499_999, 0}, {1, 500_000, 1}, {0, Percent(19), 0},
	} {
		if got, err := Of(c.minor, "CNY").Share(c.rate); err != nil || got != Of(c.want, "CNY") {
			t.Errorf("%d ppm of %d = %v, %v, want %d", c.rate, c.minor, got, err, c.want)
		}
	}
}

func TestAllocate(t *testing.T) {
	for _, c := range []struct {
		minor  int64
		shares []int64
		want   []int64
	}{
		{10000, []int64{1, 1, 1}, []int64{3334, 3333, 3333}},
		{-10000, []int64{1, 1, 1}, []int64{-3334, -3333, -3333}},
		{5, []int64{3, 7}, []int64{2, 3}},
		{100, []int64{0, 1, 0}, []int64{0, 100, 0}},
		{2, []int64{1, 1, 1, 1}, []int64{1, 1, 0, 0}},
		{0, []int64{1, 2}, []int64{0, 0}},
		{Max, []int64{Max - 1, 1}, []int64{Max - 1, 1}},
	} {
		got, err := Of(c.minor, "EUR").Allocate(c.shares...)
		if err != nil {
			t.Errorf("%d by %v: %v", c.minor, c.shares, err)
			continue
		}
		minors := make([]int64, len(got))
		for i, a := range got {
			minors[i] = a.Minor
		}
		if diff := cmp.Diff(c.want, minors); diff != "" {
			t.Errorf("%d by %v (-want +got):\n%s", c.minor, c.shares, diff)
		}
	}
	for name, c := range map[string]struct {
		a      Amount
		shares []int64
		want   error
	}{
		"no shares":        {Of(1, "EUR"), nil, ErrShares},
		"all zero":         {Of(1, "EUR"), []int64{0, 0}, ErrShares},
		"a negative share": {Of(1, "EUR"), []int64{2, -1}, ErrShares},
		"shares too large": {Of(1, "EUR"), []int64{Max, 1}, ErrTooLarge},
		"a share too wide": {Of(1, "EUR"), []int64{math.MaxInt64, math.MaxInt64, 3}, ErrTooLarge},
		"amount too large": {Of(Max+1, "EUR"), []int64{1}, ErrTooLarge},
	} {
		if _, err := c.a.Allocate(c.shares...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestAllocateLosesNothingAndIsFair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := amounts().Draw(t, "a")
		shares := rapid.SliceOfN(rapid.Int64Range(0, 1_000_000), 1, 40).Draw(t, "shares")
		var total int64
		for _, s := range shares {
			total += s
		}
		if total == 0 {
			t.Skip("nothing to split by")
		}
		parts, err := a.Allocate(shares...)
		if err != nil {
			t.Fatal(err)
		}
		opposite, err := a.Neg().Allocate(shares...)
		if err != nil {
			t.Fatal(err)
		}
		sum := Amount{}
		for i, p := range parts {
			if sum, err = sum.Add(p); err != nil {
				t.Fatal(err)
			}
			if opposite[i] != p.Neg() {
				t.Fatalf("part %d is %v, of the opposite amount %v", i, p, opposite[i])
			}
			// |part × total − amount × share| < total: less than one unit off.
			off := new(big.Int).Sub(new(big.Int).Mul(big.NewInt(p.Minor), big.NewInt(total)), new(big.Int).Mul(big.NewInt(a.Minor), big.NewInt(shares[i])))
			if off.Abs(off).Cmp(big.NewInt(total)) >= 0 {
				t.Fatalf("part %d of %v by %v is %v: a unit or more off", i, a, shares, p)
			}
		}
		if sum != a {
			t.Fatalf("%v by %v sums to %v", a, shares, sum)
		}
	})
}

func TestAmountInJSON(t *testing.T) {
	b, err := json.Marshal(Of(1250, "EUR"))
	if err != nil || string(b) != `{"amount":1250,"currency":"EUR"}` {
		t.Errorf("%s, %v", b, err)
	}
}

func TestNoFloatTouchesMoney(t *testing.T) {
	float := regexp.MustCompile(`\bfloat(32|64)\b|ParseFloat`)
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if strings.HasSuffix(n.Name(), "_test.go") || !strings.HasSuffix(n.Name(), ".go") {
			continue
		}
		b, err := os.ReadFile(n.Name())
		if err != nil {
			t.Fatal(err)
		}
		if found := float.Find(b); found != nil {
			t.Errorf("%s: %s", n.Name(), found)
		}
	}
}
