package booking

import (
	"slices"

	"guildhall/internal/clock"
)

// papers must have been signed, as they stand now, when the booking is made.
func (w *wish) papers() {
	for _, p := range w.holder.Unsigned {
		if !p.speaksOf(w.resource) || p.Minors && !w.minor() {
			continue
		}
		remedy := &Remedy{SignDocument, args("Document", p.Document, "Name", p.Name)}
		if p.Guardian {
			remedy.Code = GuardianSigns
		}
		w.breaks(WaiverUnsigned, remedy, "Document", p.Document, "Name", p.Name)
	}
}

// speaksOf reports whether the use of a resource asks for the paper: its own kind and
// area, or those of what stands in it.
func (p Paper) speaksOf(r Resource) bool {
	if len(p.Kinds) == 0 && len(p.Areas) == 0 {
		return true
	}
	return slices.ContainsFunc(append([]Resource{r}, r.Within...), func(r Resource) bool {
		return slices.Contains(p.Kinds, r.Kind) || slices.Contains(p.Areas, r.AreaID)
	})
}

// minor reports whether the holder is under age when the booking starts.
func (w *wish) minor() bool { return w.StartsAt.Before(w.holder.Birthday.Adult) }

// age asks a minor for a guardian and a supervised hour. They are judged by the age
// they have at the start.
func (w *wish) age() {
	of := w.holder.Birthday
	if of.Asked {
		w.breaks(BirthdayAsked, &Remedy{Code: GiveBirthday}, "Space", w.space.Name)
	}
	if !w.minor() {
		return
	}
	if !of.Consented {
		remedy := &Remedy{Code: AskGuardian}
		if of.Invited {
			remedy.Code = AwaitGuardian
		}
		w.breaks(GuardianMissing, remedy)
	}
	if len(of.Supervised) == 0 {
		w.breaks(NeverSupervised, &Remedy{Code: TalkToDesk}, "Space", w.space.Name)
		return
	}
	day := clock.DayOf(w.StartsAt, w.zone)
	if !covers(w.supervised(day), w.underAge()) {
		next := w.nextSupervised()
		w.breaks(Unsupervised, nil, "From", next.StartsAt, "Until", next.EndsAt)
	}
}

// underAge is the part of the booking before the holder comes of age.
func (w *wish) underAge() Span {
	s := w.Span
	if s.EndsAt.After(w.holder.Birthday.Adult) {
		s.EndsAt = w.holder.Birthday.Adult
	}
	return s
}

// supervised are the hours of a day in which minors are supervised: those that touch
// are one.
func (w *wish) supervised(day clock.Day) []Span {
	var spans []Span
	for _, window := range w.holder.Birthday.Supervised {
		if window.Weekday != day.Weekday() {
			continue
		}
		from, _, _ := day.At(window.FromMin, w.zone)
		_, to, _ := day.At(window.ToMin, w.zone)
		if n := len(spans); n > 0 && spans[n-1].EndsAt.Equal(from) {
			spans[n-1].EndsAt = to
		} else if from.Before(to) {
			spans = append(spans, Span{from, to})
		}
	}
	return spans
}

// nextSupervised are the first supervised hours that end after the wish starts, and after now.
func (w *wish) nextSupervised() Span {
	from := later(w.StartsAt, w.now)
	day := clock.DayOf(from, w.zone)
	for n := range 8 {
		for _, s := range w.supervised(day.Add(n)) {
			if s.EndsAt.After(from) && !s.StartsAt.Equal(w.StartsAt) {
				return s
			}
		}
	}
	return w.supervised(day)[0] // there is none but the hours it starts with, which are too short
}
