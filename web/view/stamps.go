package view

import (
	"guildhall/internal/certifications"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

// StampsProps is what the page of somebody's stamps shows.
type StampsProps struct {
	Member   id.ID
	Card     certifications.Card
	Machines map[string]i18n.Text // what the kinds of resource are called
}

func (p StampsProps) own(f Frame) bool { return p.Member == f.Who.Member }

// looks reports whether the reader is led on to a grant: who grants, not oneself.
func (p StampsProps) looks(f Frame) bool { return f.May("certification.look") && !p.own(f) }

// CertifyProps is what the page shows on which somebody is certified.
type CertifyProps struct {
	Member            id.ID
	Name              string
	Kinds             []certifications.Kind // that the reader grants
	Kind, Note, Score string
	Back              string
	Errors            Errors
}

// GrantProps is what the page of one grant shows.
type GrantProps struct {
	Member           id.ID
	Name             string
	Grant            certifications.Held
	Depending        []certifications.Booked
	Reason, Bookings string
	Errors           Errors
}

// stampClass is how a state is stamped.
func stampClass(s certifications.State) string {
	switch s {
	case certifications.Expiring, certifications.Pending:
		return "pending"
	case certifications.Expired, certifications.Lapsed:
		return "expired"
	case certifications.Revoked:
		return "bad"
	}
	return ""
}

// stampDay is the day to know of a stamp.
func stampDay(f Frame, st certifications.Stamp) string {
	switch {
	case st.State == certifications.Pending:
		return f.Date(st.Course.StartsAt, f.Zone)
	case st.State == certifications.Revoked:
		return f.Date(st.Grant.RevokedAt, f.Zone)
	case st.EndsAt.IsZero():
		return f.Date(st.Grant.GrantedAt, f.Zone)
	}
	return f.LastDate(st.EndsAt, f.Zone)
}

// stampSays is the state of a stamp in a sentence.
func stampSays(f Frame, st certifications.Stamp) string {
	key := "stamps.state." + string(st.State)
	switch {
	case st.State == certifications.Valid && st.EndsAt.IsZero():
		key = "stamps.state.for_ever"
	case st.Unused && (st.State == certifications.Valid || st.State == certifications.Expiring):
		key += ".unused"
	}
	return f.T(key, "Day", stampDay(f, st), "Reason", st.Grant.RevokedReason)
}

// lackSays is what is missing, in a sentence.
func lackSays(f Frame, p StampsProps, l certifications.Lack) string {
	if len(l.AnyOf) > 0 {
		return f.T("stamps.lack.first", "Name", l.Names())
	}
	logged, need := l.Hours()
	have := f.Duration(logged)
	if logged == 0 {
		have = f.Number(0)
	}
	if len(l.On) == 0 {
		return f.T("stamps.lack.hours", "Have", have, "Need", need)
	}
	var names []string
	for _, kind := range l.On {
		name := kind
		if n, known := p.Machines[kind]; known {
			name = f.Words(n)
		}
		names = append(names, name)
	}
	return f.T("stamps.lack.hours_on", "Have", have, "Need", need, "Machines", f.List(names...))
}

// level names the level of a kind on its ladder; empty where it stands alone.
func level(f Frame, k certifications.Kind) string {
	if k.Ladder == "" {
		return ""
	}
	return f.T("certifications.level_of", "Level", k.Level)
}

// asks is what a kind asks for before it, in words.
func asks(f Frame, k certifications.Kind, kinds []certifications.Kind) []string {
	var all []string
	for _, group := range k.Requires {
		var l certifications.Lack
		for _, r := range group {
			for _, o := range kinds {
				if o.ID == r {
					l.AnyOf = append(l.AnyOf, o)
				}
			}
		}
		all = append(all, f.Words(l.Names()))
	}
	if k.HoursMin > 0 {
		_, need := certifications.Lack{Need: k.HoursMin}.Hours()
		all = append(all, f.T("certifications.asks_hours", "Hours", need))
	}
	if k.PassMark > 0 {
		all = append(all, f.T("certifications.asks_mark", "Mark", k.PassMark))
	}
	return all
}

func teachersSay(f Frame, st certifications.Step) string {
	return f.T("stamps.ask", "Names", f.List(st.Teachers...))
}

// historySays is what became of a grant.
func historySays(f Frame, h certifications.Held) string {
	from := f.Date(h.GrantedAt, f.Zone)
	switch {
	case h.Undone:
		return f.T("stamps.was.undone", "From", from)
	case !h.RevokedAt.IsZero() && h.RevokedByName != "":
		return f.T("stamps.was.revoked_by", "From", from, "Day", f.Date(h.RevokedAt, f.Zone), "Name", h.RevokedByName, "Reason", h.RevokedReason)
	case !h.RevokedAt.IsZero():
		return f.T("stamps.was.revoked", "From", from, "Day", f.Date(h.RevokedAt, f.Zone), "Reason", h.RevokedReason)
	case h.Lapsed:
		return f.T("stamps.was.lapsed", "From", from, "Day", f.LastDate(h.ExpiresAt, f.Zone))
	case h.ExpiresAt.IsZero():
		return f.T("stamps.was.endless", "From", from)
	}
	return f.T("stamps.was.until", "From", from, "Day", f.LastDate(h.ExpiresAt, f.Zone))
}
