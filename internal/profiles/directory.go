package profiles

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Entry is a member as the others find them.
type Entry struct {
	MemberID   id.ID
	Name       string
	Makes      string
	Skills     []string
	PortraitID id.ID
}

// DirectoryPage is how many entries a page of the directory has where nothing else is asked for.
const DirectoryPage = 50

// Directory lists the members of a space who agreed to be found, by name: those whose
// name, work or skills have all the words in them. A page of limit entries from offset
// on, and how many there are in all.
func (s *Service) Directory(ctx context.Context, by actor.Actor, space id.ID, words string, offset, limit int) ([]Entry, int, error) {
	if err := by.May("directory.read", space, "", nil); err != nil {
		return nil, 0, err
	}
	listed, err := s.consents.Listed(ctx, space)
	if err != nil {
		return nil, 0, fault.Wrap(err, "directory of %s", space)
	}
	told, err := s.store.profiles(ctx, listed)
	if err != nil {
		return nil, 0, fault.Wrap(err, "profiles in the directory of %s", space)
	}
	names, err := s.people.Names(ctx, space, listed)
	if err != nil {
		return nil, 0, fault.Wrap(err, "names in the directory of %s", space)
	}
	var entries []Entry
	for member, name := range names {
		e := Entry{MemberID: member, Name: name, Makes: told[member].Makes, Skills: skills(told[member].Skills), PortraitID: told[member].PortraitID}
		if e.has(words) {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(string(a.MemberID), string(b.MemberID)))
	})
	if limit <= 0 {
		limit = DirectoryPage
	}
	total := len(entries)
	offset = min(max(offset, 0), total)
	return entries[offset:min(offset+limit, total)], total, nil
}

// has reports whether every word is in the entry.
func (e Entry) has(words string) bool {
	in := strings.ToLower(e.Name + "\n" + e.Makes + "\n" + strings.Join(e.Skills, "\n"))
	for _, w := range strings.Fields(strings.ToLower(words)) {
		if !strings.Contains(in, w) {
			return false
		}
	}
	return true
}

// skills are what stands between the commas.
func skills(text string) []string {
	var all []string
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;，、；", r) }) {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}
