package view

import (
	"slices"

	"guildhall/internal/spaces"
)

// sectionPlaces are the places that a section of the public page can have, from the
// top, or none.
func sectionPlaces(f Frame, chosen []spaces.Section, section spaces.Section) []Option {
	at := slices.Index(chosen, section) + 1
	options := []Option{{Value: "", Label: f.T("front.not_shown"), Selected: at == 0}}
	for n := 1; n <= len(spaces.Sections); n++ {
		options = append(options, Option{Value: itoa(n), Label: f.Number(int64(n)), Selected: n == at})
	}
	return options
}

func streamOn(chosen []spaces.Stream, stream spaces.Stream) bool {
	return slices.Contains(chosen, stream)
}

// streamNames are the streams of income in words.
func streamNames(f Frame, streams []spaces.Stream) []string {
	names := make([]string, len(streams))
	for i, stream := range streams {
		names[i] = f.T("stream." + string(stream))
	}
	return names
}

// placeOf is the field that says where a section stands.
func placeOf(section spaces.Section) string { return "place_" + string(section) }
