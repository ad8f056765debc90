package members

import (
	"context"
	"testing"
)

func TestAChineseNameIsSpelt(t *testing.T) {
	for name, want := range map[string]string{
		"陈力": "chenli\ncl\n", "欧阳 娜娜": "ouyangnana\noynn\n", "Ada Lovelace": "", "Li 娜": "lina\nlin\n", "": "", "😀": "",
	} {
		if got := spelt(name); got != want {
			t.Errorf("%s is spelt %q, want %q", name, got, want)
		}
	}
}

func TestAChineseNameIsFoundByItsSpelling(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.enrol("陈力", "someone@example.cn", "")
		find := func(when string) {
			t.Helper()
			for _, typed := range []string{"chenli", "ChenLi", "cl", "陈力", "chen"} {
				if r, err := h.Find(h.ctx, h.desk, h.space, Query{Text: typed}); err != nil || r.Total != 1 {
					t.Errorf("%s, %q finds %d, %v", when, typed, r.Total, err)
				}
			}
		}
		find("written now")
		h.must(h.db.Tx(h.ctx, func(ctx context.Context) error {
			return h.db.In(ctx).Exec("UPDATE members SET search = name WHERE name = '陈力'").Error
		}))
		if r, err := h.Find(h.ctx, h.desk, h.space, Query{Text: "chenli"}); err != nil || r.Total != 0 {
			t.Fatalf("before it is spelt it is found: %d, %v", r.Total, err)
		}
		h.must(h.Spell(h.ctx))
		find("spelt afterwards")
	})
}
