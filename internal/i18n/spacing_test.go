package i18n

import (
	"testing"
	"time"
)

func TestChineseIsSpacedByWhatFillsThePlace(t *testing.T) {
	p := For("zh-CN")
	for _, c := range []struct {
		key  string
		args []any
		want string
	}{
		{"rule.says.check_in", []any{"Release", 30 * time.Minute}, "开始后 30 分钟无人签到即释放"},
		{"rule.says.notice_cancel", []any{"Notice", 2 * time.Hour}, "至少提前 2 小时取消"},
		{"rule.says.step", []any{"Step", 15 * time.Minute}, "以 15 分钟为一格"},
		{"rule.out_of_service", []any{"Name", "数控铣床", "Reason", "主轴损坏"}, "数控铣床停用中。主轴损坏"},
		{"rule.out_of_service", []any{"Name", "Laser A", "Reason", ""}, "Laser A 停用中。"},
		{"terms.closed", []any{"Name", "Laser A"}, "Laser A 已关闭该时段。"},
		{"terms.closed", []any{"Name", "激光 A（大）"}, "激光 A（大）已关闭该时段。"},
	} {
		if got := p.T(c.key, c.args...); got != c.want {
			t.Errorf("%s: %q, want %q", c.key, got, c.want)
		}
	}
}

func TestAnEnglishMessageStaysAsItIs(t *testing.T) {
	if got, want := For("en").T("rule.says.for_role", "Who", "会员"), "for 会员"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAWordThatASpaceMadeIsShownAsItIs(t *testing.T) {
	for word, want := range map[string]string{"guest": "访客", "students": "students"} {
		if got := For("zh-CN").Word("price_group", word); got != want {
			t.Errorf("%s is %q, want %q", word, got, want)
		}
	}
}
