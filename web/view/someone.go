package view

import "guildhall/internal/id"

// Someone is a person to do something for; nil is the reader.
type Someone struct {
	ID   id.ID
	Name string
	More string
	Href string // where to go on with them, or their page
}

// With is an address that goes on for this person.
func (s *Someone) With(address string) string {
	if s == nil {
		return address
	}
	return With(address, "for", s.ID.String())
}

// chips are the same filters, for this person.
func (s *Someone) chips(all []Chip) []Chip {
	for i := range all {
		all[i].Href = s.With(all[i].Href)
	}
	return all
}

// ForWhomProps is the page that asks for whom. Next is where it leads on to.
type ForWhomProps struct {
	Find  string
	Found []Someone
	Next  string
}

// forWhomAt is where to choose for whom, and to come back from to this address.
func forWhomAt(f Frame, next string) string {
	return With(f.At("for"), "next", With(next, "for", ""))
}
