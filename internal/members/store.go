package members

import (
	"context"
	"errors"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"guildhall/internal/actor"
	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/i18n"
	"guildhall/internal/id"
)

type store struct {
	db *db.DB

	byID  *db.Memory[id.ID, Member]
	roles *db.Memory[id.ID, []Standing]
	whole *db.Memory[place, Person]
}

// place is a person in a space.
type place struct{ space, member id.ID }

func newStore(d *db.DB) store {
	return store{
		db:    d,
		byID:  db.NewMemory[id.ID, Member](d, "members"),
		roles: db.NewMemory[id.ID, []Standing](d, "standings"),
		whole: db.NewMemory[place, Person](d, "members", "standings"),
	}
}

// members ----------------------------------------------------------------

// insertMember writes a person, or nothing and ErrEmailTaken: a duplicate that
// was raised would break a PostgreSQL transaction that means to go on.
func (s store) insertMember(ctx context.Context, m Member) error {
	done := gorm.WithResult()
	err := gorm.G[Member](s.db.In(ctx), done, clause.OnConflict{Columns: []clause.Column{{Name: "email_key"}}, DoNothing: true}).Create(ctx, &m)
	if err == nil && done.RowsAffected == 0 {
		return ErrEmailTaken
	}
	return err
}

func (s store) member(ctx context.Context, member id.ID) (Member, error) {
	return s.byID.Recall(ctx, member, func(ctx context.Context) (Member, error) {
		m, err := gorm.G[Member](s.db.In(ctx)).Where("id = ?", member).Take(ctx)
		return m, missing(err, ErrNoSuchMember)
	})
}

// byEmail finds the account that took over the one with this address, where one did.
func (s store) byEmail(ctx context.Context, key string) (Member, error) {
	m, err := gorm.G[Member](s.db.In(ctx)).Where("email_key = ?", key).Take(ctx)
	if err == nil && m.MergedInto != "" {
		return s.member(ctx, m.MergedInto)
	}
	return m, missing(err, ErrNoSuchMember)
}

func (s store) updateMember(ctx context.Context, m Member) error {
	was := m.Version
	m.Version++
	err := db.One(gorm.G[Member](s.db.In(ctx)).Where("id = ? AND version = ?", m.ID, was).
		Select("name", "phone", "locale", "search", "version").Updates(ctx, m))
	return missing(err, ErrStale)
}

// readdress writes the address; ErrEmailTaken where somebody took it meanwhile.
func (s store) readdress(ctx context.Context, m Member) error {
	m.Version++
	err := db.One(gorm.G[Member](s.db.In(ctx)).Where("id = ?", m.ID).Select("email", "email_key", "confirmed_at", "search", "version").Updates(ctx, m))
	return taken(err, "members_email_key", ErrEmailTaken)
}

func (s store) membersAfter(ctx context.Context, after id.ID, limit int) ([]Member, error) {
	return gorm.G[Member](s.db.In(ctx)).Where("id > ?", after).Order("id").Limit(limit).Find(ctx)
}

// setSearch writes what a search looks through, unless the person was changed meanwhile.
func (s store) setSearch(ctx context.Context, m Member, search string) error {
	_, err := gorm.G[Member](s.db.In(ctx)).Where("id = ? AND version = ?", m.ID, m.Version).Update(ctx, "search", search)
	return err
}

func (s store) confirm(ctx context.Context, member id.ID, at clock.Instant) error {
	rows, err := gorm.G[Member](s.db.In(ctx)).Where("id = ? AND confirmed_at IS NULL", member).Update(ctx, "confirmed_at", at)
	if err == nil && rows == 0 {
		_, err = s.member(ctx, member)
	}
	return err
}

// standings --------------------------------------------------------------

func (s store) insertStanding(ctx context.Context, st Standing) error {
	return gorm.G[Standing](s.db.In(ctx)).Create(ctx, &st)
}

// addStanding is insertStanding that leaves one that is there as it is, but for one
// who had left: they are back.
func (s store) addStanding(ctx context.Context, st Standing) (fresh bool, err error) {
	done := gorm.WithResult()
	err = gorm.G[Standing](s.db.In(ctx), done, clause.OnConflict{DoNothing: true}).Create(ctx, &st)
	if err != nil || done.RowsAffected == 1 {
		return err == nil, err
	}
	back, err := gorm.G[Standing](s.db.In(ctx)).Where("space_id = ? AND member_id = ? AND left_at IS NOT NULL", st.SpaceID, st.MemberID).
		Select("role", "left_at", "left_reason").Updates(ctx, st)
	return back == 1, err
}

func (s store) standing(ctx context.Context, space, member id.ID) (Standing, error) {
	st, err := gorm.G[Standing](s.db.In(ctx)).Where("space_id = ? AND member_id = ?", space, member).Take(ctx)
	return st, missing(err, ErrNoSuchMember)
}

func (s store) standings(ctx context.Context, member id.ID) ([]Standing, error) {
	return s.roles.Recall(ctx, member, func(ctx context.Context) ([]Standing, error) {
		return gorm.G[Standing](s.db.In(ctx)).Where("member_id = ?", member).Find(ctx)
	})
}

// person is everything about somebody in a space but for what depends on the hour.
func (s store) person(ctx context.Context, space, member id.ID) (Person, error) {
	return s.whole.Recall(ctx, place{space, member}, func(ctx context.Context) (p Person, err error) {
		if p.Standing, err = s.standing(ctx, space, member); err != nil {
			return p, err
		}
		p.Member, err = s.member(ctx, member)
		return p, err
	})
}

// owners is how many owners of the space are not suspended.
func (s store) owners(ctx context.Context, space id.ID) (int64, error) {
	return gorm.G[Standing](s.db.In(ctx)).Where("space_id = ? AND role = ? AND suspended_at IS NULL AND left_at IS NULL", space, actor.Owner).Count(ctx, "*")
}

func (s store) setRole(ctx context.Context, space, member id.ID, role actor.Role) error {
	return db.One(gorm.G[Standing](s.db.In(ctx)).Where("space_id = ? AND member_id = ?", space, member).Update(ctx, "role", role))
}

func (s store) setSuspended(ctx context.Context, st Standing) error {
	return db.One(gorm.G[Standing](s.db.In(ctx)).Where("space_id = ? AND member_id = ?", st.SpaceID, st.MemberID).
		Select("suspended_at", "suspended_reason", "suspended_until", "suspended_by", "counted_from").Updates(ctx, st))
}

// over are standings whose suspension has run out, of those that are still written down.
func (s store) over(ctx context.Context, now clock.Instant, limit int) ([]Standing, error) {
	return gorm.G[Standing](s.db.In(ctx)).Where("suspended_until IS NOT NULL AND suspended_until <= ? AND left_at IS NULL", now).
		Order("suspended_until").Limit(limit).Find(ctx)
}

func (s store) setLeft(ctx context.Context, st Standing) error {
	return db.One(gorm.G[Standing](s.db.In(ctx)).Where("space_id = ? AND member_id = ?", st.SpaceID, st.MemberID).
		Select("role", "left_at", "left_reason").Updates(ctx, st))
}

func (s store) deleteStanding(ctx context.Context, space, member id.ID) error {
	return db.One(gorm.G[Standing](s.db.In(ctx)).Where("space_id = ? AND member_id = ?", space, member).Delete(ctx))
}

func (s store) deleteMember(ctx context.Context, member id.ID) error {
	return db.One(gorm.G[Member](s.db.In(ctx)).Where("id = ?", member).Delete(ctx))
}

// heldCodes are the codes of what each of these people holds in the space now, in its order.
func (s store) heldCodes(ctx context.Context, space id.ID, people []Listed, now clock.Instant) (map[id.ID][]string, error) {
	who := make([]id.ID, len(people))
	for i, p := range people {
		who[i] = p.ID
	}
	type row struct {
		MemberID id.ID
		Code     string
	}
	rows, err := gorm.G[row](s.db.In(ctx)).Raw(`
		SELECT DISTINCT g.member_id, c.code, c.position FROM certification_grants g JOIN certifications c ON c.id = g.certification_id
		WHERE c.space_id = ? AND g.member_id IN ? AND g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > ?)
		ORDER BY c.position, c.code`, space, who, now).Find(ctx)
	codes := map[id.ID][]string{}
	for _, r := range rows {
		codes[r.MemberID] = append(codes[r.MemberID], r.Code)
	}
	return codes, err
}

// the list ---------------------------------------------------------------

// matching is whom a query means, as a FROM and what it binds.
func (q Query) matching(space id.ID, now clock.Instant) (from string, args []any) {
	from = `
		FROM standings s JOIN members m ON m.id = s.member_id
		LEFT JOIN memberships ms ON ms.member_id = s.member_id AND ms.space_id = s.space_id
			AND ms.starts_at <= ? AND (ms.ends_at IS NULL OR ms.ends_at > ?)
		LEFT JOIN plans p ON p.id = ms.plan_id
		WHERE s.space_id = ?`
	args = []any{now, now, space}
	and := func(condition string, values ...any) {
		from += " AND " + condition
		args = append(args, values...)
	}
	for _, word := range strings.Fields(strings.ToLower(q.Text)) {
		patterns := searchPatterns(word)
		and("("+strings.Repeat(`m.search LIKE ? ESCAPE '\' OR `, len(patterns))+`s.member_id IN (SELECT b.member_id FROM badges b
			WHERE b.space_id = s.space_id AND b.number_key = ? AND b.ended_at IS NULL))`, append(patterns, badgeKey(word))...)
	}
	if q.among != nil {
		and("m.id IN ?", q.among)
	}
	if q.Role != "" {
		and("s.role = ?", q.Role)
	}
	switch q.Plan {
	case "":
	case NoPlan:
		and("p.id IS NULL")
	case Lapsed:
		and(`p.id IS NULL AND EXISTS (SELECT 1 FROM memberships o WHERE o.member_id = s.member_id AND o.space_id = s.space_id AND o.ends_at <= ?)`, now)
	case Paused:
		and("EXISTS (SELECT 1 FROM membership_pauses mp WHERE mp.membership_id = ms.id AND mp.starts_at <= ? AND mp.ends_at > ?)", now, now)
	case Ending:
		and(`ms.ends_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM memberships l
			WHERE l.member_id = s.member_id AND l.space_id = s.space_id AND l.starts_at >= ms.ends_at)`)
	default:
		and("p.id = ?", q.Plan)
	}
	if q.Certification != "" {
		// Who holds a higher level of a ladder holds the lower ones.
		and(`EXISTS (SELECT 1 FROM certifications o
			JOIN certifications c ON c.space_id = o.space_id AND (c.id = o.id OR c.ladder <> '' AND c.ladder = o.ladder AND c.level >= o.level)
			JOIN certification_grants g ON g.certification_id = c.id
			WHERE o.id = ? AND o.space_id = s.space_id AND g.member_id = s.member_id
			AND g.revoked_at IS NULL AND g.granted_at <= ? AND (g.expires_at IS NULL OR g.expires_at > ?))`, q.Certification, now, now)
	}
	if q.Suspended {
		and("s.suspended_at IS NOT NULL AND (s.suspended_until IS NULL OR s.suspended_until > ?)", now)
	}
	if q.Left {
		and("s.left_at IS NOT NULL")
	} else {
		and("s.left_at IS NULL")
	}
	if q.Pinned {
		and("EXISTS (SELECT 1 FROM notes n WHERE n.member_id = s.member_id AND n.space_id = s.space_id AND n.pinned AND n.struck_at IS NULL)")
	}
	if q.Unconfirmed {
		and("m.confirmed_at IS NULL")
	}
	if q.Tag != "" {
		and("EXISTS (SELECT 1 FROM member_tags mt WHERE mt.member_id = s.member_id AND mt.tag_id = ?)", q.Tag)
	}
	if q.Among != nil {
		and("s.member_id IN ?", q.Among)
	}
	return from, args
}

// list is a page of them, and how many there are on all.
func (s store) list(ctx context.Context, space id.ID, q Query, now clock.Instant) (rows []Listed, total int64, err error) {
	from, args := q.matching(space, now)
	counted, err := gorm.G[struct{ N int64 }](s.db.In(ctx)).Raw("SELECT COUNT(*) AS n"+from, args...).Take(ctx)
	if err != nil {
		return nil, 0, err
	}
	place, typed := exactly(q)
	if q.Cursor != "" {
		after, ok := decodeCursor(q.Cursor)
		if !ok {
			return nil, 0, ErrCursor
		}
		from += " AND (" + place + " > ? OR " + place + " = ? AND (m.search > ? OR (m.search = ? AND m.id > ?)))"
		args = slices.Concat(args, typed, []any{after.Place}, typed, []any{after.Place, after.Search, after.Search, after.ID})
	}
	rows, err = s.listed(ctx, q, from+" ORDER BY "+orders[q.Sort]+" LIMIT ? OFFSET ?", append(args, q.Limit, q.offset()), now)
	return rows, counted.N, err
}

// listed are the rows of the list that a FROM of a query's matching, and what follows it, gives.
func (s store) listed(ctx context.Context, q Query, from string, args []any, now clock.Instant) ([]Listed, error) {
	place, typed := exactly(q)
	return gorm.G[Listed](s.db.In(ctx)).Raw(`SELECT m.id, m.name, m.email, m.phone, m.search, m.confirmed_at, s.role, s.joined_at, s.left_at,
			CASE WHEN s.suspended_until IS NULL OR s.suspended_until > ? THEN s.suspended_at END AS suspended_at,
			p.id AS plan_id, p.name AS plan_name, `+place+` AS place,
			(SELECT COUNT(DISTINCT o.id) FROM certifications o
				JOIN certifications c ON c.space_id = o.space_id AND (c.id = o.id OR c.ladder <> '' AND c.ladder = o.ladder AND c.level >= o.level)
				JOIN certification_grants g ON g.certification_id = c.id
				WHERE o.space_id = s.space_id AND g.member_id = s.member_id
				AND g.revoked_at IS NULL AND g.granted_at <= ? AND (g.expires_at IS NULL OR g.expires_at > ?)) AS certifications`+
		from, slices.Concat([]any{now}, typed, []any{now, now}, args)...).Find(ctx)
}

// those are these of the people who are here, or who left, in their order.
func (s store) those(ctx context.Context, space id.ID, left bool, who []id.ID, now clock.Instant) ([]Listed, error) {
	q := Query{Left: left, among: who}
	from, args := q.matching(space, now)
	people, err := s.listed(ctx, q, from, args, now)
	place := make(map[id.ID]int, len(who))
	for i, member := range who {
		place[member] = i
	}
	slices.SortFunc(people, func(a, b Listed) int { return place[a.ID] - place[b.ID] })
	return people, err
}

// everyone is whom a query means, all of them in its order.
func (s store) everyone(ctx context.Context, space id.ID, q Query, now clock.Instant) ([]id.ID, error) {
	from, args := q.matching(space, now)
	place, typed := exactly(q)
	rows, err := gorm.G[struct{ ID id.ID }](s.db.In(ctx)).Raw("SELECT m.id, "+place+" AS place"+from+" ORDER BY "+orders[q.Sort], slices.Concat(typed, args)...).Find(ctx)
	list := make([]id.ID, len(rows))
	for i, r := range rows {
		list[i] = r.ID
	}
	return list, err
}

// exactly is the place of a row among those that were found, as SQL, and what it asks
// for: 0 where what was typed is a whole line of what a search looks through, with its
// spaces or without, the last four digits of the phone, or a badge; 1 for all others.
func exactly(q Query) (sql string, args []any) {
	words := strings.Fields(strings.ToLower(q.Text))
	if len(words) == 0 || q.Sort != ByName {
		return "1", nil
	}
	var lines []string
	for _, text := range []string{strings.Join(words, " "), strings.Join(words, "")} {
		lines = append(lines, "%\n"+escaped(text)+"\n%")
	}
	args = []any{"\n", "\n", lines[0], "\n", "\n", lines[1], badgeKey(q.Text)}
	sql = `? || m.search || ? LIKE ? ESCAPE '\' OR ? || m.search || ? LIKE ? ESCAPE '\'
		OR s.member_id IN (SELECT b.member_id FROM badges b WHERE b.space_id = s.space_id AND b.number_key = ? AND b.ended_at IS NULL)`
	if end := digits(q.Text); len(end) == lastDigits && len(words) == 1 && end == words[0] {
		sql += " OR m.search LIKE ?"
		args = append(args, "%"+end)
	}
	return "CASE WHEN " + sql + " THEN 0 ELSE 1 END", args
}

// lastDigits of a phone number are what people say when they are asked for it.
const lastDigits = 4

// orders are the ways to sort the list. Each ends in what makes it total.
var orders = map[Sort]string{
	ByName:   "place, m.search, m.id",
	ByJoined: "s.joined_at DESC, m.id DESC",
	ByRole:   "CASE s.role WHEN 'owner' THEN 1 WHEN 'manager' THEN 2 WHEN 'desk' THEN 3 WHEN 'instructor' THEN 4 ELSE 5 END, m.search, m.id",
	ByPlan:   "CASE WHEN p.id IS NULL THEN 1 ELSE 0 END, p.position, p.code, m.search, m.id",
}

// missing turns "no such row" into the refusal that it means here.
func missing(err error, refusal *fault.Error) error {
	if errors.Is(err, db.ErrNone) {
		return refusal
	}
	return err
}

// taken turns a duplicate of this constraint into the refusal that it means here.
func taken(err error, constraint string, refusal *fault.Error) error {
	if db.IsDuplicate(err, constraint) {
		return refusal
	}
	return err
}

// notes ------------------------------------------------------------------

func (s store) insertNote(ctx context.Context, n Note) error {
	return gorm.G[Note](s.db.In(ctx)).Create(ctx, &n)
}

func (s store) note(ctx context.Context, space, member, note id.ID) (Note, error) {
	n, err := gorm.G[Note](s.db.In(ctx)).Where("id = ? AND space_id = ? AND member_id = ?", note, space, member).Take(ctx)
	return n, missing(err, ErrNoSuchNote)
}

// notes are the notes about somebody, the latest first; of one author where author is set.
func (s store) notes(ctx context.Context, space, member, author id.ID) ([]Noted, error) {
	type row struct {
		Note        `gorm:"embedded"`
		AuthorName  string
		StrikerName string
	}
	sql, args := `SELECT n.*, COALESCE(w.name, '') AS author_name, COALESCE(k.name, '') AS striker_name
		FROM notes n LEFT JOIN members w ON w.id = n.written_by LEFT JOIN members k ON k.id = n.struck_by
		WHERE n.member_id = ? AND n.space_id = ?`, []any{member, space}
	if author != "" {
		sql, args = sql+" AND n.written_by = ?", append(args, author)
	}
	rows, err := gorm.G[row](s.db.In(ctx)).Raw(sql+" ORDER BY n.written_at DESC, n.id DESC", args...).Find(ctx)
	list := make([]Noted, len(rows))
	for i, r := range rows {
		list[i] = Noted(r)
	}
	return list, err
}

func (s store) deleteNote(ctx context.Context, space, member, note id.ID) error {
	return missing(db.One(gorm.G[Note](s.db.In(ctx)).Where("id = ? AND space_id = ? AND member_id = ?", note, space, member).Delete(ctx)), ErrNoSuchNote)
}

func (s store) markNote(ctx context.Context, n Note) error {
	return db.One(gorm.G[Note](s.db.In(ctx)).Where("id = ?", n.ID).Select("pinned", "struck_by", "struck_at").Updates(ctx, n))
}

// tags -------------------------------------------------------------------

func (s store) tags(ctx context.Context, space id.ID) ([]Tag, error) {
	return gorm.G[Tag](s.db.In(ctx)).Where("space_id = ?", space).Order("position, id").Find(ctx)
}

func (s store) tag(ctx context.Context, space, tag id.ID) (Tag, error) {
	t, err := gorm.G[Tag](s.db.In(ctx)).Where("id = ? AND space_id = ?", tag, space).Take(ctx)
	return t, missing(err, ErrNoSuchTag)
}

func (s store) insertTag(ctx context.Context, t Tag) error {
	return gorm.G[Tag](s.db.In(ctx)).Create(ctx, &t)
}

func (s store) updateTag(ctx context.Context, t Tag) error {
	was := t.Version
	t.Version++
	return missing(db.One(gorm.G[Tag](s.db.In(ctx)).Where("id = ? AND version = ?", t.ID, was).
		Select("name", "position", "archived_at", "version").Updates(ctx, t)), ErrStale)
}

func (s store) tagsOf(ctx context.Context, space, member id.ID) ([]Tag, error) {
	return gorm.G[Tag](s.db.In(ctx)).Raw(`SELECT t.* FROM tags t JOIN member_tags mt ON mt.tag_id = t.id
		WHERE mt.member_id = ? AND t.space_id = ? ORDER BY t.position, t.id`, member, space).Find(ctx)
}

// tagsOfAll are the tags of several people of a space.
func (s store) tagsOfAll(ctx context.Context, space id.ID, people []Listed) (map[id.ID][]i18n.Text, error) {
	who := make([]id.ID, len(people))
	for i, p := range people {
		who[i] = p.ID
	}
	type row struct {
		MemberID id.ID
		Name     i18n.Text
	}
	rows, err := gorm.G[row](s.db.In(ctx)).Raw(`SELECT mt.member_id, t.name FROM member_tags mt JOIN tags t ON t.id = mt.tag_id
		WHERE t.space_id = ? AND mt.member_id IN ? ORDER BY t.position, t.id`, space, who).Find(ctx)
	tags := map[id.ID][]i18n.Text{}
	for _, r := range rows {
		tags[r.MemberID] = append(tags[r.MemberID], r.Name)
	}
	return tags, err
}

func (s store) giveTag(ctx context.Context, g memberTag) error {
	return gorm.G[memberTag](s.db.In(ctx), clause.OnConflict{DoNothing: true}).Create(ctx, &g)
}

// deleteUnusedTag deletes a tag that nobody has and nobody has edited, and says whether it did.
func (s store) deleteUnusedTag(ctx context.Context, space, tag id.ID) (bool, error) {
	n, err := gorm.G[Tag](s.db.In(ctx)).
		Where("id = ? AND space_id = ? AND version = 1 AND NOT EXISTS (SELECT 1 FROM member_tags mt WHERE mt.tag_id = tags.id)", tag, space).Delete(ctx)
	return n > 0, err
}

func (s store) takeTag(ctx context.Context, tag, member id.ID) error {
	_, err := gorm.G[memberTag](s.db.In(ctx)).Where("tag_id = ? AND member_id = ?", tag, member).Delete(ctx)
	return err
}

// badges -----------------------------------------------------------------

func (s store) badges(ctx context.Context, space, member id.ID) ([]Badge, error) {
	return gorm.G[Badge](s.db.In(ctx)).Where("member_id = ? AND space_id = ?", member, space).Order("given_at DESC, id DESC").Find(ctx)
}

func (s store) badge(ctx context.Context, space, member, badge id.ID) (Badge, error) {
	b, err := gorm.G[Badge](s.db.In(ctx)).Where("id = ? AND space_id = ? AND member_id = ?", badge, space, member).Take(ctx)
	return b, missing(err, ErrNoSuchBadge)
}

// holderOf is who has the badge of this number; empty: nobody.
func (s store) holderOf(ctx context.Context, space id.ID, key string) (id.ID, error) {
	b, err := gorm.G[Badge](s.db.In(ctx)).Where("space_id = ? AND number_key = ? AND ended_at IS NULL", space, key).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return b.MemberID, err
}

func (s store) insertBadge(ctx context.Context, b Badge) error {
	return taken(gorm.G[Badge](s.db.In(ctx)).Create(ctx, &b), "badges_number_key", ErrBadgeTaken)
}

func (s store) deleteBadge(ctx context.Context, space, member, badge id.ID) error {
	return missing(db.One(gorm.G[Badge](s.db.In(ctx)).Where("id = ? AND space_id = ? AND member_id = ?", badge, space, member).Delete(ctx)), ErrNoSuchBadge)
}

func (s store) endBadge(ctx context.Context, b Badge) error {
	return missing(db.One(gorm.G[Badge](s.db.In(ctx)).Where("id = ? AND ended_at IS NULL", b.ID).
		Select("ended_at", "ended").Updates(ctx, b)), ErrBadgeEnded)
}

// suspension by rule -----------------------------------------------------

func (s store) noShowRule(ctx context.Context, space id.ID) (NoShowRule, error) {
	r, err := gorm.G[NoShowRule](s.db.In(ctx)).Where("space_id = ?", space).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return defaultNoShowRule(space), nil
	}
	return r, err
}

func (s store) noShowRules(ctx context.Context) ([]NoShowRule, error) {
	return gorm.G[NoShowRule](s.db.In(ctx)).Where("enabled").Order("space_id").Find(ctx)
}

// saveNoShowRule writes the rule; ErrStale where another version than r's is there.
func (s store) saveNoShowRule(ctx context.Context, r NoShowRule) error {
	was := r.Version
	r.Version++
	if was == 0 {
		done := gorm.WithResult()
		err := gorm.G[NoShowRule](s.db.In(ctx), done, clause.OnConflict{DoNothing: true}).Create(ctx, &r)
		if err == nil && done.RowsAffected == 0 {
			return ErrStale
		}
		return err
	}
	return missing(db.One(gorm.G[NoShowRule](s.db.In(ctx)).Where("space_id = ? AND version = ?", r.SpaceID, was).
		Select("enabled", "no_shows", "within_days", "suspend_days", "version").Updates(ctx, r)), ErrStale)
}

// erasure ----------------------------------------------------------------

// personal are the tables of this package that tell something of a person.
var personal = []string{
	"standings", "notes", "member_tags", "badges",
}

// deleteAbout takes away everything about a person but the row that says there was one.
func (s store) deleteAbout(ctx context.Context, member id.ID) error {
	for _, table := range personal {
		if err := s.db.In(ctx).Exec("DELETE FROM "+table+" WHERE member_id = ?", member).Error; err != nil {
			return err
		}
	}
	return nil
}

// mergedInto are the rows that were found to be this person, and became them.
func (s store) mergedInto(ctx context.Context, member id.ID) ([]Member, error) {
	return gorm.G[Member](s.db.In(ctx)).Where("merged_into = ?", member).Find(ctx)
}

// overwrite writes everything that tells who a person is.
func (s store) overwrite(ctx context.Context, m Member) error {
	m.Version++
	m.ConfirmedAt = clock.Instant{}
	return db.One(gorm.G[Member](s.db.In(ctx)).Where("id = ?", m.ID).
		Select("email", "email_key", "name", "phone", "search", "confirmed_at", "version").Updates(ctx, m))
}

// merging ----------------------------------------------------------------

// everybodyHere is what tells whether two people of a space may be one.
func (s store) everybodyHere(ctx context.Context, space id.ID) ([]Member, error) {
	return gorm.G[Member](s.db.In(ctx)).Raw(`SELECT m.id, m.name, m.email, m.email_key, m.phone FROM standings s JOIN members m ON m.id = s.member_id
		WHERE s.space_id = ? ORDER BY m.id`, space).Find(ctx)
}

// becomes makes one member's record, with those that became it before, another's.
func (s store) becomes(ctx context.Context, from Member, to id.ID) error {
	if _, err := gorm.G[Member](s.db.In(ctx)).Where("merged_into = ?", from.ID).Update(ctx, "merged_into", to); err != nil {
		return err
	}
	return db.One(gorm.G[Member](s.db.In(ctx)).Where("id = ? AND version = ? AND merged_into = ''", from.ID, from.Version).
		Select("merged_into", "phone", "search", "version").Updates(ctx, Member{MergedInto: to, Version: from.Version + 1}))
}

// unaddress takes the address from a record, so that another may have it.
func (s store) unaddress(ctx context.Context, m Member) error {
	return db.One(gorm.G[Member](s.db.In(ctx)).Where("id = ?", m.ID).
		Select("email", "email_key").Updates(ctx, Member{EmailKey: noAddress(m.ID)}))
}

func (s store) putStanding(ctx context.Context, st Standing) error {
	return db.One(gorm.G[Standing](s.db.In(ctx)).Where("space_id = ? AND member_id = ?", st.SpaceID, st.MemberID).
		Select("suspended_at", "suspended_reason", "suspended_until", "suspended_by", "counted_from", "joined_at", "left_at", "left_reason").Updates(ctx, st))
}

// takeOver gives what this package keeps about one member to another.
func (s store) takeOver(ctx context.Context, from, to id.ID) error {
	return s.db.Reassign(ctx, from, to,
		db.Column{Table: "notes", Name: "member_id"}, db.Column{Table: "notes", Name: "written_by"}, db.Column{Table: "notes", Name: "struck_by"},
		db.Column{Table: "member_tags", Name: "member_id", Per: "tag_id"}, db.Column{Table: "badges", Name: "member_id"},
		db.Column{Table: "standings", Name: "member_id", Per: "space_id"},
	)
}
