package intake

import (
	"context"
	"slices"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/sheet"
)

// wording is what the words of a file mean in a space.
type wording struct {
	set     Settings
	plans   []Gift
	kinds   []Gift
	labels  []Gift // the tags, archived ones too
	nothing []string
}

func (s *Service) words(ctx context.Context, space id.ID, set Settings) (w wording, err error) {
	w.set = set
	if w.plans, err = s.plans.All(ctx, space); err != nil {
		return w, err
	}
	if w.kinds, err = s.certifications.All(ctx, space); err != nil {
		return w, err
	}
	if w.labels, err = s.tags.All(ctx, space); err != nil {
		return w, err
	}
	for _, p := range Presets {
		if p.Key == set.Source {
			w.nothing = append(w.nothing, p.Nothing...)
		}
	}
	return w, nil
}

// plan is the id of the plan that a word means, None, or empty where nobody knows.
func (w wording) plan(word string) string {
	if slices.Contains(w.nothing, strings.ToLower(word)) {
		return None
	}
	return among(w.plans, word, w.set.Plans)
}

func (w wording) certification(word string) string { return among(w.kinds, word, w.set.Certifications) }

// tag is the id of the tag that a word means, None, Made where nothing is called so, or
// empty where the one that is called so is archived.
func (w wording) tag(word string) string {
	means := among(w.labels, word, w.set.Tags)
	switch {
	case means == "":
		return Made
	case slices.ContainsFunc(w.labels, func(g Gift) bool { return string(g.ID) == means && g.Archived }):
		return ""
	}
	return means
}

// isNew reports whether nothing is called so here.
func (w wording) isNew(word string) bool { return among(w.labels, word, nil) == "" }

// role is the role that a word means, in any language; empty where nobody knows.
func (w wording) role(word string) string {
	if said, ok := w.set.Roles[word]; ok && slices.Contains(actor.Roles[1:], actor.Role(said)) {
		return said
	}
	return roleWords[strings.ToLower(word)]
}

// roleWords are the roles as they are said in any language.
var roleWords = func() map[string]string {
	words := map[string]string{}
	for _, r := range actor.Roles[1:] {
		words[string(r)] = string(r)
		for _, l := range i18n.Locales {
			words[strings.ToLower(i18n.For(l).T("role."+string(r)))] = string(r)
		}
	}
	return words
}()

// among is what somebody said that a word means, or else the gift of that code or name.
func among(gifts []Gift, word string, said map[string]string) string {
	if means, ok := said[word]; ok {
		if means == None || slices.ContainsFunc(gifts, func(g Gift) bool { return string(g.ID) == means }) {
			return means
		}
	}
	for _, g := range gifts {
		if strings.EqualFold(g.Code, word) || strings.EqualFold(g.Name.EN, word) || g.Name.ZH != "" && g.Name.ZH == word {
			return string(g.ID)
		}
	}
	return ""
}

// of are the different words of a file in the columns of this field, as they come up.
func (w wording) of(t sheet.Table, f Field, means func(string) string) []Word {
	var found []Word
	at := map[string]int{}
	for _, r := range t.Rows {
		for i, of := range w.set.Columns {
			if of != f || i >= len(r.Cells) {
				continue
			}
			list := []string{r.Cells[i]}
			if slices.Contains(lists, f) {
				list = several(r.Cells[i])
			}
			for _, word := range list {
				if word == "" {
					continue
				}
				if n, known := at[word]; known {
					found[n].Lines++
				} else if len(found) < mostWords {
					at[word] = len(found)
					found = append(found, Word{Text: word, Means: means(word), Lines: 1})
				}
			}
		}
	}
	return found
}

// several is what stands in a cell of a list: a line each, or else with commas,
// semicolons or bars between.
func several(cell string) []string {
	between := ",;|，；、"
	if strings.Contains(cell, "\n") {
		between = "\r\n"
	}
	var parts []string
	for _, p := range strings.FieldsFunc(cell, func(r rune) bool { return strings.ContainsRune(between, r) }) {
		if p = strings.TrimSpace(p); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}
