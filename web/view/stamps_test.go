package view

import (
	"testing"

	"guildhall/internal/certifications"
	"guildhall/internal/i18n"
)

func TestWhatIsLoggedIsSaidInHours(t *testing.T) {
	for have, want := range map[int64][2]string{
		0:   {"0 of 10 h on machines", "0"},
		30:  {"30 min of 10 h on machines", "30 分钟"},
		150: {"2 h 30 min of 10 h on machines", "2 小时 30 分钟"},
	} {
		lack := certifications.Lack{Have: have, Need: 600}
		if got := lackSays(Frame{Printer: i18n.For("en")}, StampsProps{}, lack); got != want[0] {
			t.Errorf("%d minutes: %q, want %q", have, got, want[0])
		}
		if got, zero := lackSays(Frame{Printer: i18n.For("zh-CN")}, StampsProps{}, lack), i18n.For("zh-CN").T("stamps.lack.hours", "Have", want[1], "Need", "10 小时"); got != zero {
			t.Errorf("%d minutes: %q, want %q", have, got, zero)
		}
	}
}
