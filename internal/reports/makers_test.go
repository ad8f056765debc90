package reports

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// Whatever the groups: none of fewer than five is shown, and what is hidden is either
// nobody told of, or at least two groups of five people or more together.
func TestNoSmallGroupIsShownOrCanBeWorkedOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(1, 12), 1, 7).Draw(t, "sizes")
		total, groups := 0, []Group(nil)
		for i, n := range sizes {
			total += n
			groups = append(groups, Group{Answer: fmt.Sprint(i), People: n})
		}
		shown, hidden, small := 0, 0, false
		for _, n := range sizes {
			small = small || n < FewestShown
		}
		for _, g := range concealed(groups) {
			switch {
			case g.Hidden && g.People != 0:
				t.Fatalf("%+v is hidden and tells its size", g)
			case g.Hidden:
				hidden++
			case g.People < FewestShown:
				t.Fatalf("%+v is shown", g)
			default:
				shown += g.People
			}
		}
		if !small && hidden > 0 {
			t.Fatalf("of %v some are hidden for no reason", sizes)
		}
		if small && total >= FewestShown && len(sizes) > 1 && (hidden < 2 || total-shown < FewestShown) {
			t.Fatalf("of %v, %d in all, %d groups hide %d", sizes, total, hidden, total-shown)
		}
	})
}
