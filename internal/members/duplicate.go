package members

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Likeness is why two accounts may be of one person.
type Likeness string

// The likenesses.
const (
	SamePhone Likeness = "phone"
	SameName  Likeness = "name"
	LikeEmail Likeness = "email"
)

// Pair is two accounts that may be of one person; A is the older.
type Pair struct {
	A, B Member
	Why  []Likeness
}

// likely is how much speaks for one person, more for what fewer people share. A name
// alone says little of two who have each a phone of their own.
func (p Pair) likely() int {
	sum := 0
	for _, why := range p.Why {
		switch why {
		case SamePhone:
			sum += 4
		case LikeEmail:
			sum += 3
		case SameName:
			sum++
			if p.A.Phone == "" || p.B.Phone == "" {
				sum++
			}
		}
	}
	return sum
}

// MostPairs is how many pairs Duplicates gives at most.
const MostPairs = 100

// mostAlike is how many people may share something before it tells nothing any more.
const mostAlike = 20

// Duplicates are the accounts of a space that are likely of one person: with the same
// phone, the same name however it is spelt, or nearly the same address. The likeliest
// stand first.
func (s *Service) Duplicates(ctx context.Context, by actor.Actor, space id.ID) ([]Pair, error) {
	if err := by.May("member.duplicates", space, "", nil); err != nil {
		return nil, err
	}
	all, err := s.store.everybodyHere(ctx, space)
	return alike(all), fault.Wrap(err, "duplicates in %s", space)
}

func alike(all []Member) []Pair {
	type key struct {
		why  Likeness
		text string
	}
	groups := map[key][]int{}
	for i, m := range all {
		seen := map[key]bool{}
		add := func(why Likeness, text string) {
			if k := (key{why, text}); text != "" && !seen[k] {
				seen[k] = true
				groups[k] = append(groups[k], i)
			}
		}
		if phone := digits(m.Phone); len(phone) >= 7 {
			add(SamePhone, phone[max(0, len(phone)-9):])
		}
		for _, name := range sounds(m.Name) {
			add(SameName, name)
		}
		add(LikeEmail, mailbox(m.EmailKey))
	}
	why := map[[2]int][]Likeness{}
	for k, group := range groups {
		if len(group) < 2 || len(group) > mostAlike {
			continue
		}
		for i, a := range group {
			for _, b := range group[i+1:] {
				if pair := [2]int{a, b}; !slices.Contains(why[pair], k.why) {
					why[pair] = append(why[pair], k.why)
				}
			}
		}
	}
	var pairs []Pair
	for pair, reasons := range why {
		slices.Sort(reasons)
		pairs = append(pairs, Pair{all[pair[0]], all[pair[1]], reasons})
	}
	slices.SortFunc(pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(b.likely(), a.likely()), strings.Compare(string(a.A.ID), string(b.A.ID)), strings.Compare(string(a.B.ID), string(b.B.ID)))
	})
	return pairs[:min(len(pairs), MostPairs)]
}

// sounds are the ways a name may be written by two people who mean the same: its words in
// any order without marks, and a Chinese one as it is spelt.
func sounds(name string) []string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return ' '
	}, norm.NFKD.String(name))
	words := strings.Fields(plain)
	slices.Sort(words)
	all := []string{strings.Join(words, "")}
	if spelt := strings.Fields(spelt(name)); len(spelt) > 0 {
		syllables := []rune(spelt[0])
		slices.Sort(syllables) // "Li Chen" and "Chen Li" are 陈力, too
		all = append(all, "pinyin "+string(syllables))
	} else if letters := []rune(strings.Join(words, "")); len(letters) >= 4 {
		slices.Sort(letters)
		all = append(all, "pinyin "+string(letters))
	}
	if len(all[0]) < 4 { // a short name is many people's
		all = all[1:]
	}
	return all
}

// mailbox is an address without what makes it look different: dots, what follows a plus,
// and where it is kept.
func mailbox(key string) string {
	local, _, _ := strings.Cut(key, "@")
	local, _, _ = strings.Cut(local, "+")
	local = strings.NewReplacer(".", "", "_", "", "-", "").Replace(local)
	if len(local) < 6 {
		return ""
	}
	return local
}
