package booking

import (
	"maps"
	"strings"
	"time"

	"guildhall/internal/clock"
	"guildhall/internal/i18n"
)

// Sentence is the violation as a person reads it: what is so, and why.
func (v Violation) Sentence(p i18n.Printer, zone *time.Location) string {
	args := v.Args
	if until, ok := args["Until"].(clock.Instant); ok && v.Code == Unsupervised { // on the day it begins
		args = maps.Clone(args)
		args["Until"] = p.Clock(until, zone)
	}
	key := "rule." + v.Code
	if ends, ok := v.Ends(); ok {
		key = "rule.certification_ends"
		args = maps.Clone(args)
		args["Day"] = p.LastDate(ends, zone)
	}
	return say(p.In(zone), key, args)
}

// Ends is when the certification ends that is held now and will not be at the start.
func (v Violation) Ends() (clock.Instant, bool) {
	ends, ok := v.Args["Ends"].(clock.Instant)
	return ends, ok && v.Code == CertificationAsked
}

// Sentence is the remedy as a person reads it: the one thing to do next.
func (r Remedy) Sentence(p i18n.Printer, zone *time.Location) string {
	args := r.Args
	if times, ok := args["Times"].([]clock.Instant); ok {
		args = map[string]any{"Times": timesOf(p, times, args["Asked"].(clock.Instant), zone)}
	}
	return say(p.In(zone), "remedy."+r.Code, args)
}

// timesOf are moments beside the one that was asked for: the clock's time on the same
// day, with the day on another.
func timesOf(p i18n.Printer, times []clock.Instant, asked clock.Instant, zone *time.Location) []string {
	list := make([]string, len(times))
	for i, at := range times {
		if clock.DayOf(at, zone) == clock.DayOf(asked, zone) {
			list[i] = p.Clock(at, zone)
		} else {
			list[i] = p.DateShort(at, zone) + " " + p.Clock(at, zone)
		}
	}
	return list
}

func say(p i18n.Printer, key string, args map[string]any) string {
	pairs := make([]any, 0, 2*len(args))
	for name, value := range args {
		pairs = append(pairs, name, value)
	}
	return strings.TrimSpace(p.T(key, pairs...)) // a reason may be missing
}
