package spaces

import (
	_ "embed"
	"strings"
)

// zones.tsv lists the zones of the IANA database by country, each country's most
// populous first (zone.tab, which is in the public domain).
//
//go:embed zones.tsv
var zoneTable string

// Zones are the names of all zones that a place can choose.
var Zones, zonesOf = readZones()

// ZoneOf is the zone that most people of a country live in; "" for a country without one.
func ZoneOf(country string) string { return zonesOf[country] }

func readZones() (all []string, first map[string]string) {
	first = map[string]string{}
	for line := range strings.Lines(zoneTable) {
		country, zone, _ := strings.Cut(strings.TrimSpace(line), "\t")
		all = append(all, zone)
		if first[country] == "" {
			first[country] = zone
		}
	}
	return all, first
}
