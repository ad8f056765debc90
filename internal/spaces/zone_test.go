package spaces_test

import (
	"testing"
	"time"

	"guildhall/internal/spaces"
)

func TestEveryZoneOfferedIsKnown(t *testing.T) {
	if len(spaces.Zones) < 400 {
		t.Errorf("only %d zones are offered", len(spaces.Zones))
	}
	for _, name := range spaces.Zones {
		if _, err := time.LoadLocation(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for country, want := range map[string]string{"DE": "Europe/Berlin", "CN": "Asia/Shanghai", "US": "America/New_York", "XX": ""} {
		if got := spaces.ZoneOf(country); got != want {
			t.Errorf("the zone of %s is %q, want %q", country, got, want)
		}
	}
}
