package consent

import (
	"context"
	"strings"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
	"guildhall/internal/jobs"
	"guildhall/internal/mail"
)

// The jobs of this package.
type (
	// asked writes to a guardian and asks for their consent.
	asked struct {
		Guardianship id.ID `json:"guardianship"`
	}
	// answered tells the minor, or else the guardian, what became of the guardian's consent.
	answered struct {
		Guardianship id.ID   `json:"guardianship"`
		What         outcome `json:"what"`
		Guardian     bool    `json:"guardian,omitempty"`
	}
	// copied sends a signature as a paper to whom it is about, or to the guardian who answers for them.
	copied struct {
		Acceptance   id.ID `json:"acceptance"`
		Guardianship id.ID `json:"guardianship,omitempty"` // empty: to the member
	}
	// exported tells a minor that their guardian asked for all that is known of them.
	exported struct {
		Guardianship id.ID `json:"guardianship"`
	}
	// renewed writes to everyone who signed a text that a new one has replaced.
	renewed struct {
		Version id.ID `json:"version"`
		Before  id.ID `json:"before"`
	}
	// reread tells one person that there is a new text to sign.
	reread struct {
		Version id.ID `json:"version"`
		Member  id.ID `json:"member"`
	}
)

// outcome is what became of a guardian's consent; it is a part of the catalogue's keys.
type outcome string

const (
	consented outcome = "consented"
	declined  outcome = "declined"
	withdrawn outcome = "withdrawn"
	grown     outcome = "grown" // the minor has come of age
	gone      outcome = "gone"  // the guardian's account was erased
)

// Kind names the job.
func (asked) Kind() string { return "consent.asked" }

// Kind names the job.
func (answered) Kind() string { return "consent.answered" }

// Kind names the job.
func (copied) Kind() string { return "consent.copied" }

// Kind names the job.
func (exported) Kind() string { return "consent.exported" }

// Kind names the job.
func (renewed) Kind() string { return "consent.renewed" }

// Kind names the job.
func (reread) Kind() string { return "consent.reread" }

// Work has the queue's jobs of this package done.
func (s *Service) Work(q *jobs.Queue) {
	jobs.Handle(q, s.writeAsked)
	jobs.Handle(q, s.writeAnswered)
	jobs.Handle(q, s.sendCopy)
	jobs.Handle(q, s.writeExported)
	jobs.Handle(q, s.fanOut)
	jobs.Handle(q, s.writeReread)
}

// writeAsked writes the letter with the link. The token is made here, so that it is
// never stored but as its hash; a letter that is sent again has another.
func (s *Service) writeAsked(ctx context.Context, j asked) error {
	g, err := s.store.guardianship(ctx, j.Guardianship)
	if err != nil || !g.Open() {
		return fault.Wrap(err, "guardian %s", j.Guardianship)
	}
	c, err := s.child(ctx, g, g.Locale)
	if err != nil || !c.Standing.Minor {
		return err
	}
	link, err := s.link(ctx, g)
	if err != nil {
		return err
	}
	return s.send(ctx, g.Email, g.Locale, "asked", c, nil, "Link", link, "Lasts", InviteFor)
}

// link makes a new link for a guardian, in the place of the one before.
func (s *Service) link(ctx context.Context, g Guardianship) (string, error) {
	token := newToken()
	hash := digest(token)
	err := s.db.Tx(ctx, func(ctx context.Context) error { return s.store.setToken(ctx, g.ID, hash) })
	return s.base + "/guardian?token=" + token, fault.Wrap(err, "a link for guardian %s", g.ID)
}

// tell adds a letter for the minor, and one for the guardian where an address is known.
func (s *Service) tell(ctx context.Context, g Guardianship, what outcome) error {
	err := s.jobs.Add(ctx, answered{Guardianship: g.ID, What: what})
	if err == nil && g.Email != "" {
		err = s.jobs.Add(ctx, answered{g.ID, what, true})
	}
	return err
}

// writeAnswered writes one of them.
func (s *Service) writeAnswered(ctx context.Context, j answered) error {
	g, err := s.store.guardianship(ctx, j.Guardianship)
	if err != nil {
		return fault.Wrap(err, "guardian %s", j.Guardianship)
	}
	if j.What == consented && !g.Runs() {
		return nil // taken back meanwhile: that has its own letter
	}
	c, err := s.child(ctx, g, g.Locale)
	if err != nil {
		return err
	}
	if !j.Guardian {
		if c.Minor.Email == "" || j.What == gone && !c.Standing.Minor {
			return nil // there is nowhere to write, or nobody answers for them any more
		}
		return s.send(ctx, c.Minor.Email, c.Minor.Locale, "minor_"+string(j.What), c, nil, "Link", s.base+"/me/guardian")
	}
	if g.Email == "" {
		return nil // erased meanwhile
	}
	link := s.base + "/me/children"
	if j.What == consented {
		if link, err = s.link(ctx, g); err != nil { // by which it is taken back as easily
			return err
		}
	}
	return s.send(ctx, g.Email, g.Locale, string(j.What), c, nil, "Link", link)
}

// sendCopies adds a letter with the paper for each who has a right to it: the member,
// and where a guardian signed the guardians who answer for them.
func (s *Service) sendCopies(ctx context.Context, a Acceptance, guardians []Guardianship) error {
	err := s.jobs.Add(ctx, copied{Acceptance: a.ID})
	if !a.Guardian {
		return err
	}
	for _, g := range guardians {
		if err == nil && g.Runs() && g.Email != "" {
			err = s.jobs.Add(ctx, copied{a.ID, g.ID})
		}
	}
	return err
}

// sendCopy sends one of them.
func (s *Service) sendCopy(ctx context.Context, j copied) error {
	a, file, err := s.Copy(ctx, actor.House, j.Acceptance)
	if err != nil {
		return err
	}
	sp, err := s.spaces.Space(ctx, a.SpaceID)
	if err != nil {
		return err
	}
	minor, err := s.members.Person(ctx, "", a.MemberID)
	if err != nil {
		return err
	}
	c, letter, to, locale, link := Child{Minor: minor, Space: sp}, "copy", minor.Email, minor.Locale, s.base+"/me/documents"
	if j.Guardianship != "" {
		if c.Guardianship, err = s.store.guardianship(ctx, j.Guardianship); err != nil {
			return fault.Wrap(err, "guardian %s", j.Guardianship)
		}
		letter, to, locale, link = "copy_guardian", c.Guardianship.Email, c.Guardianship.Locale, s.base+"/me/children"
	}
	return s.send(ctx, to, locale, letter, c, []mail.File{{Name: a.FileName(sp.Zone), Type: "application/pdf", Body: file}},
		"Title", a.Text.Title, "At", i18n.For(locale).Moment(a.AcceptedAt, sp.Zone), "Link", link)
}

// fanOut adds a letter for each person who signed the text before.
func (s *Service) fanOut(ctx context.Context, j renewed) error {
	people, err := s.store.whoSigned(ctx, j.Before)
	if err != nil {
		return fault.Wrap(err, "who signed %s", j.Before)
	}
	return s.db.Tx(ctx, func(ctx context.Context) error {
		for _, member := range people {
			if err := s.jobs.Add(ctx, reread{j.Version, member}); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeReread tells a person about a new text, unless they have signed it meanwhile or
// are no longer here.
func (s *Service) writeReread(ctx context.Context, j reread) error {
	v, err := s.store.version(ctx, j.Version)
	if err != nil {
		return fault.Wrap(err, "version %s", j.Version)
	}
	p, err := s.members.Person(ctx, v.SpaceID, j.Member)
	if refusal, ok := fault.As(err); ok && refusal.Kind == fault.KindNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	st, err := s.Standing(ctx, v.SpaceID, j.Member)
	if err != nil {
		return err
	}
	for _, a := range st.Unsigned {
		if a.Document != v.DocumentID {
			continue
		}
		sp, err := s.spaces.Space(ctx, v.SpaceID)
		if err != nil {
			return err
		}
		link := s.base + "/s/" + sp.Slug + "/documents/" + v.DocumentID.String()
		return s.send(ctx, p.Email, p.Locale, "renewed", Child{Minor: p, Space: sp}, nil, "Title", v.Title, "Link", link)
	}
	return nil
}

// send writes one of the letters of the catalogue.
func (s *Service) send(ctx context.Context, to, locale, letter string, c Child, files []mail.File, args ...any) error {
	p := i18n.For(locale).In(c.Space.Zone)
	args = append(args, "Space", c.Space.Name, "Minor", c.Minor.Name, "Guardian", c.Guardianship.Name)
	lines := []string{p.T("consent.letter."+letter+".text", args...), "", c.Space.Name.In(p.Locale)}
	for _, line := range []string{c.Space.Address, c.Space.Email} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return fault.Wrap(s.mail.Send(ctx, mail.Message{
		To: to, Subject: p.T("consent.letter."+letter+".subject", args...), Text: strings.Join(lines, "\n") + "\n", Files: files,
	}), "send a letter")
}
