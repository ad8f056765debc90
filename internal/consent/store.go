package consent

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
)

type store struct {
	db *db.DB

	houses *db.Memory[id.ID, house]
	files  *db.Memory[place, file]
}

// place is a person in a space.
type place struct{ space, member id.ID }

// house is what a space asks of everybody. It is shared: look at it, don't change it.
type house struct {
	papers  []Paper // retired ones too, in the space's order
	terms   Terms
	windows []Window
}

// file is what is known of a person in a space. It is shared, too.
type file struct {
	birthday    Birthday
	acceptances []Acceptance
	guardians   []Guardianship
}

func newStore(d *db.DB) store {
	return store{
		db:     d,
		houses: db.NewMemory[id.ID, house](d, "documents", "document_versions", "minor_terms", "supervised_hours"),
		files:  db.NewMemory[place, file](d, "birthdays", "acceptances", "guardianships"),
	}
}

func (s store) house(ctx context.Context, space id.ID) (house, error) {
	return s.houses.Recall(ctx, space, func(ctx context.Context) (h house, err error) {
		if h.papers, err = s.papers(ctx, space); err != nil {
			return h, err
		}
		if h.terms, err = s.terms(ctx, space); err != nil {
			return h, err
		}
		h.windows, err = gorm.G[Window](s.db.In(ctx)).Where("space_id = ?", space).Order("weekday, opens_min").Find(ctx)
		return h, err
	})
}

func (s store) file(ctx context.Context, space, member id.ID) (file, error) {
	return s.files.Recall(ctx, place{space, member}, func(ctx context.Context) (f file, err error) {
		if f.birthday, _, err = s.birthday(ctx, member); err != nil {
			return f, err
		}
		if f.acceptances, err = s.acceptances(ctx, space, member); err != nil {
			return f, err
		}
		f.guardians, err = s.guardians(ctx, space, member)
		return f, err
	})
}

// documents ----------------------------------------------------------------

func (s store) papers(ctx context.Context, space id.ID) ([]Paper, error) {
	documents, err := gorm.G[Document](s.db.In(ctx)).Where("space_id = ?", space).Order("position, id").Find(ctx)
	if err != nil || len(documents) == 0 {
		return nil, err
	}
	versions, err := gorm.G[Version](s.db.In(ctx)).Where("space_id = ?", space).Order("number").Find(ctx)
	if err != nil {
		return nil, err
	}
	papers := make([]Paper, len(documents))
	for i, d := range documents {
		papers[i].Document = d
		for _, v := range versions {
			papers[i].take(v)
		}
	}
	return papers, nil
}

// take puts a version of the document, told in their order, where it belongs.
func (p *Paper) take(v Version) {
	switch {
	case v.DocumentID != p.ID:
	case v.Published():
		p.Current = v
	default:
		p.Draft = v
	}
}

func (s store) paper(ctx context.Context, space, document id.ID) (Paper, error) {
	h, err := s.house(ctx, space)
	for _, p := range h.papers {
		if p.ID == document {
			return p, nil
		}
	}
	if err == nil {
		err = ErrNoSuchDocument
	}
	return Paper{}, err
}

func (s store) document(ctx context.Context, document id.ID) (Document, error) {
	d, err := gorm.G[Document](s.db.In(ctx)).Where("id = ?", document).Take(ctx)
	return d, missing(err, db.ErrNone, ErrNoSuchDocument)
}

func (s store) lastPosition(ctx context.Context, space id.ID) (int64, error) {
	all, err := gorm.G[Document](s.db.In(ctx)).Where("space_id = ?", space).Order("position DESC").Limit(1).Find(ctx)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	return all[0].Position, nil
}

func (s store) insertDocument(ctx context.Context, d Document) error {
	return gorm.G[Document](s.db.In(ctx)).Create(ctx, &d)
}

// updateDocument writes what may change, and counts the change.
func (s store) updateDocument(ctx context.Context, d Document) error {
	was := d.Version
	d.Version++
	err := db.One(gorm.G[Document](s.db.In(ctx)).Where("id = ? AND version = ?", d.ID, was).
		Select("kind", "audience", "kinds", "areas", "valid_months", "retired_at", "version").Updates(ctx, d))
	return missing(err, db.ErrNone, ErrStale)
}

func (s store) insertVersion(ctx context.Context, v Version) error {
	return gorm.G[Version](s.db.In(ctx)).Create(ctx, &v)
}

func (s store) updateDraft(ctx context.Context, v Version) error {
	return db.One(gorm.G[Version](s.db.In(ctx)).Where("id = ? AND published_at IS NULL", v.ID).Select("title", "body").Updates(ctx, v))
}

func (s store) deleteDraft(ctx context.Context, draft id.ID) error {
	return db.One(gorm.G[Version](s.db.In(ctx)).Where("id = ? AND published_at IS NULL", draft).Delete(ctx))
}

func (s store) publish(ctx context.Context, v Version) error {
	return db.One(gorm.G[Version](s.db.In(ctx)).Where("id = ? AND published_at IS NULL", v.ID).
		Select("published_at", "published_by").Updates(ctx, v))
}

func (s store) version(ctx context.Context, version id.ID) (Version, error) {
	v, err := gorm.G[Version](s.db.In(ctx)).Where("id = ?", version).Take(ctx)
	return v, missing(err, db.ErrNone, ErrNoSuchDocument)
}

func (s store) versions(ctx context.Context, document id.ID) ([]Version, error) {
	return gorm.G[Version](s.db.In(ctx)).Where("document_id = ?", document).Order("number DESC").Find(ctx)
}

// acceptances ----------------------------------------------------------------

func (s store) insertAcceptance(ctx context.Context, a Acceptance) error {
	return gorm.G[Acceptance](s.db.In(ctx)).Create(ctx, &a)
}

// acceptances are those of a member in a space (empty: in all), the latest first.
func (s store) acceptances(ctx context.Context, space, member id.ID) ([]Acceptance, error) {
	q := gorm.G[Acceptance](s.db.In(ctx)).Where("member_id = ?", member)
	if space != "" {
		q = q.Where("space_id = ?", space)
	}
	return q.Order("accepted_at DESC, id DESC").Find(ctx)
}

func (s store) acceptance(ctx context.Context, acceptance id.ID) (Acceptance, error) {
	a, err := gorm.G[Acceptance](s.db.In(ctx)).Where("id = ?", acceptance).Take(ctx)
	return a, missing(err, db.ErrNone, ErrNoSuchAcceptance)
}

// signatures are those of a document that come after one of them, the latest first.
func (s store) signatures(ctx context.Context, document id.ID, after Acceptance, limit int) ([]Acceptance, error) {
	q := gorm.G[Acceptance](s.db.In(ctx)).Where("document_id = ?", document)
	if after.ID != "" {
		q = q.Where("accepted_at < ? OR (accepted_at = ? AND id < ?)", after.AcceptedAt, after.AcceptedAt, after.ID)
	}
	return q.Order("accepted_at DESC, id DESC").Limit(limit).Find(ctx)
}

func (s store) signers(ctx context.Context, version id.ID) (int64, error) {
	people, err := s.whoSigned(ctx, version)
	return int64(len(people)), err
}

func (s store) whoSigned(ctx context.Context, version id.ID) ([]id.ID, error) {
	var people []id.ID
	err := s.db.In(ctx).Raw("SELECT DISTINCT member_id FROM acceptances WHERE version_id = ? ORDER BY member_id", version).Scan(&people).Error
	return people, err
}

// choices --------------------------------------------------------------------

func (s store) insertChoice(ctx context.Context, c Choice) error {
	return gorm.G[Choice](s.db.In(ctx)).Create(ctx, &c)
}

// agreed are those whose last word about something in a space, their own, was yes.
func (s store) agreed(ctx context.Context, space id.ID, kind ChoiceKind) ([]id.ID, error) {
	rows, err := gorm.G[Choice](s.db.In(ctx)).Raw(`SELECT c.member_id FROM consent_choices c
		WHERE c.space_id = ? AND c.kind = ? AND c.given AND NOT c.guardian AND NOT EXISTS (SELECT 1 FROM consent_choices l
			WHERE l.member_id = c.member_id AND l.space_id = c.space_id AND l.kind = c.kind
				AND (l.chosen_at > c.chosen_at OR l.chosen_at = c.chosen_at AND l.id > c.id))`, space, kind).Find(ctx)
	people := make([]id.ID, len(rows))
	for i, r := range rows {
		people[i] = r.MemberID
	}
	return people, err
}

func (s store) choices(ctx context.Context, space, member id.ID) ([]Choice, error) {
	return gorm.G[Choice](s.db.In(ctx)).Where("member_id = ? AND space_id = ?", member, space).Order("chosen_at DESC, id DESC").Find(ctx)
}

// ages -----------------------------------------------------------------------

func (s store) birthday(ctx context.Context, member id.ID) (b Birthday, known bool, err error) {
	all, err := gorm.G[Birthday](s.db.In(ctx)).Where("member_id = ?", member).Find(ctx)
	if err != nil || len(all) == 0 {
		return b, false, err
	}
	return all[0], true, nil
}

func (s store) deleteBirthday(ctx context.Context, member id.ID) error {
	_, err := gorm.G[Birthday](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx)
	return err
}

// birthdaysAtOnce is how many people a statement asks about: both engines count its values.
const birthdaysAtOnce = 500

func (s store) birthdays(ctx context.Context, people []id.ID) ([]Birthday, error) {
	var all []Birthday
	for len(people) > 0 {
		n := min(len(people), birthdaysAtOnce)
		some, err := gorm.G[Birthday](s.db.In(ctx)).Where("member_id IN ?", people[:n]).Find(ctx)
		if err != nil {
			return nil, err
		}
		all, people = append(all, some...), people[n:]
	}
	return all, nil
}

func (s store) putBirthday(ctx context.Context, b Birthday, known bool) error {
	if !known {
		return gorm.G[Birthday](s.db.In(ctx)).Create(ctx, &b)
	}
	return db.One(gorm.G[Birthday](s.db.In(ctx)).Where("member_id = ?", b.MemberID).
		Select("day", "said_by", "said_at", "verified", "told_at").Updates(ctx, b))
}

// untold are those born until this day who were not told that they are of age.
func (s store) untold(ctx context.Context, until clock.Day) ([]Birthday, error) {
	return gorm.G[Birthday](s.db.In(ctx)).Where("told_at IS NULL AND day <= ?", until).Order("day").Limit(1000).Find(ctx)
}

func (s store) told(ctx context.Context, member id.ID, at clock.Instant) (fresh bool, err error) {
	rows, err := gorm.G[Birthday](s.db.In(ctx)).Where("member_id = ? AND told_at IS NULL", member).Update(ctx, "told_at", at)
	return rows == 1, err
}

func (s store) terms(ctx context.Context, space id.ID) (Terms, error) {
	all, err := gorm.G[Terms](s.db.In(ctx)).Where("space_id = ?", space).Find(ctx)
	if err != nil || len(all) == 0 {
		return Terms{SpaceID: space}, err
	}
	return all[0], nil
}

func (s store) putTerms(ctx context.Context, t Terms) error {
	return gorm.G[Terms](s.db.In(ctx), clause.OnConflict{
		Columns: []clause.Column{{Name: "space_id"}}, DoUpdates: clause.AssignmentColumns([]string{"asks_birthday", "consent_age", "version"}),
	}).Create(ctx, &t)
}

func (s store) putWindows(ctx context.Context, space id.ID, week []Window) error {
	if _, err := gorm.G[Window](s.db.In(ctx)).Where("space_id = ?", space).Delete(ctx); err != nil {
		return err
	}
	for _, w := range week {
		if err := gorm.G[Window](s.db.In(ctx)).Create(ctx, &w); err != nil {
			return err
		}
	}
	return nil
}

// guardians ------------------------------------------------------------------

func (s store) insertGuardianship(ctx context.Context, g Guardianship) error {
	return gorm.G[Guardianship](s.db.In(ctx)).Create(ctx, &g)
}

// updateGuardianship writes what may change, but for the link.
func (s store) updateGuardianship(ctx context.Context, g Guardianship) error {
	return db.One(gorm.G[Guardianship](s.db.In(ctx)).Where("id = ?", g.ID).
		Select("guardian_id", "sent_at", "recorded_by", "verified", "signature", "wording", "hash", "language", "address", "consented_at", "ended_at", "ended_by", "answered_hash").
		Updates(ctx, g))
}

func (s store) setToken(ctx context.Context, guardianship id.ID, hash string) error {
	return db.One(gorm.G[Guardianship](s.db.In(ctx)).Where("id = ?", guardianship).Update(ctx, "token_hash", hash))
}

func (s store) guardianship(ctx context.Context, guardianship id.ID) (Guardianship, error) {
	g, err := gorm.G[Guardianship](s.db.In(ctx)).Where("id = ?", guardianship).Take(ctx)
	return g, missing(err, db.ErrNone, ErrNoSuchGuardian)
}

func (s store) guardianshipByToken(ctx context.Context, hash string) (Guardianship, error) {
	g, err := gorm.G[Guardianship](s.db.In(ctx)).Where("token_hash = ? OR answered_hash = ?", hash, hash).Take(ctx)
	return g, missing(err, db.ErrNone, ErrNoSuchGuardian)
}

// guardians are those of a minor in a space (empty: in all), the latest asked first.
func (s store) guardians(ctx context.Context, space, member id.ID) ([]Guardianship, error) {
	q := gorm.G[Guardianship](s.db.In(ctx)).Where("member_id = ?", member)
	if space != "" {
		q = q.Where("space_id = ?", space)
	}
	return q.Order("asked_at DESC, id DESC").Find(ctx)
}

// guardianshipsOf are those in which somebody is the guardian, by account or address.
func (s store) guardianshipsOf(ctx context.Context, guardian id.ID, keys []string) ([]Guardianship, error) {
	return gorm.G[Guardianship](s.db.In(ctx)).Where("guardian_id = ? OR (email_key <> '' AND email_key IN ?)", guardian, keys).
		Order("asked_at DESC, id DESC").Find(ctx)
}

// erase blanks what names a member, known by these addresses too, in the one way that the
// triggers let through.
func (s store) erase(ctx context.Context, member id.ID, keys []string) error {
	if _, err := gorm.G[Acceptance](s.db.In(ctx)).Where("member_id = ?", member).
		Select("name", "drawing", "address", "note").Updates(ctx, Acceptance{}); err != nil {
		return err
	}
	if _, err := gorm.G[Choice](s.db.In(ctx)).Where("member_id = ?", member).Update(ctx, "address", ""); err != nil {
		return err
	}
	if _, err := gorm.G[Guardianship](s.db.In(ctx)).Where("member_id = ? OR guardian_id = ? OR (email_key <> '' AND email_key IN ?)", member, member, keys).
		Select("name", "email", "email_key", "token_hash", "answered_hash", "signature", "address", "verified").Updates(ctx, Guardianship{}); err != nil {
		return err
	}
	_, err := gorm.G[Birthday](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx)
	return err
}

// related reports whether one of two people is the other's guardian.
func (s store) related(ctx context.Context, a, b id.ID) (bool, error) {
	n, err := gorm.G[Guardianship](s.db.In(ctx)).Where("member_id = ? AND guardian_id = ? OR member_id = ? AND guardian_id = ?", a, b, b, a).Count(ctx, "*")
	return n > 0, err
}
