package i18n

import "testing"

func TestTextComesBackAsItWasStored(t *testing.T) {
	for _, want := range []Text{{}, {EN: "Laser"}, {ZH: "激光"}, {EN: "Laser \"A\"", ZH: "激光切割机 A"}} {
		v, err := want.Value()
		if err != nil {
			t.Fatal(err)
		}
		for _, stored := range []any{v, []byte(v.(string))} {
			got := Text{EN: "old", ZH: "old"}
			if err := got.Scan(stored); err != nil || got != want {
				t.Errorf("%v comes back as %v, %v", want, got, err)
			}
		}
	}
}

func TestTextOfNothingIsEmpty(t *testing.T) {
	for _, stored := range []any{nil, "", []byte{}, "{}"} {
		got := Text{EN: "old"}
		if err := got.Scan(stored); err != nil || !got.Empty() {
			t.Errorf("%#v is %v, %v", stored, got, err)
		}
	}
	for _, stored := range []any{"not JSON", 7} {
		if err := new(Text).Scan(stored); err == nil {
			t.Errorf("%#v is taken", stored)
		}
	}
}

func TestTextFallsBackToTheOtherLanguage(t *testing.T) {
	for _, c := range []struct {
		text            Text
		locale          string
		want, wantsLang string
	}{
		{Text{EN: "Laser", ZH: "激光"}, "en", "Laser", "en"},
		{Text{EN: "Laser", ZH: "激光"}, "zh-CN", "激光", "zh-CN"},
		{Text{EN: "Laser"}, "zh-CN", "Laser", "en"},
		{Text{ZH: "激光"}, "en", "激光", "zh-CN"},
	} {
		if got, lang := c.text.In(c.locale), c.text.Lang(c.locale); got != c.want || lang != c.wantsLang {
			t.Errorf("%v in %s is %q in %s, want %q in %s", c.text, c.locale, got, lang, c.want, c.wantsLang)
		}
	}
}

func TestANameIsOneLineInTheOrderItIsWritten(t *testing.T) {
	for _, good := range []string{"", "Laser A", "激光切割机", "Zoë O’Brien-Ünal", "חנה", "👩‍🔧 bench", "a\u200eb"} {
		if !Line(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{"two\nlines", "a\u2028b", "a\x00b", "a\x1b[31m", "abc\u202egnp.exe", "a\u2066b\u2069", "a\u202ab", "\xff", "a\u0085b"} {
		if Line(bad) || (Text{EN: "Laser", ZH: bad}).Line() {
			t.Errorf("%q is taken", bad)
		}
	}
}
