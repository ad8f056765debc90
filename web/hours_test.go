package web

import "testing"

func TestOpeningHoursAreWrittenAsPeopleWriteThem(t *testing.T) {
	for typed, want := range map[string][][2]int{
		"": nil, "14:00–21:00": {{840, 1260}}, "9-12, 13:30-18": {{540, 720}, {810, 1080}}, "20:00 - 0:00": {{1200, 1440}},
		"9：00至12：00；14.00~18.00": {{540, 720}, {840, 1080}}, "9 to 17": {{540, 1020}},
	} {
		got, ok := parseHours(typed)
		if !ok || len(got) != len(want) {
			t.Errorf("%q is %v, %v; want %v", typed, got, ok, want)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%q is %v, want %v", typed, got, want)
			}
		}
	}
	for _, typed := range []string{"soon", "14:00", "14:00–", "9:75-10:00", "14:00–21:00 and so on"} {
		if got, ok := parseHours(typed); ok {
			t.Errorf("%q passes for %v", typed, got)
		}
	}
}
