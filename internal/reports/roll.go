package reports

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// Enrolled is somebody whom a space knows, with all that they were given there.
type Enrolled struct {
	Member    id.ID
	EmailKey  string
	Name      string
	Version   int64
	Role      string
	Suspended bool
	Gone      bool    // they left the space
	Plans     []Given `gorm:"-"` // runs of plans, ever
	Grants    []Given `gorm:"-"` // of certifications, ever
	Tags      []id.ID `gorm:"-"`
	Facts     []Fact  `gorm:"-"`
}

// Fact is what is noted about somebody: a phone number, an address, a day of birth, a
// badge, a note; and profile, where a profile tells more than an address.
type Fact struct {
	Kind   string // phone, address, profile, birthday, badge, note
	ID     id.ID  // of the badge or note; else of the person
	Member id.ID
	Text   string // of a badge, as its number is compared
	Gone   bool   // ended, struck out or pinned: it was changed since it was noted
}

// Given is a run of a plan or a grant of a certification.
type Given struct {
	ID      id.ID
	Member  id.ID
	Gift    id.ID // the plan, or the kind of certification
	From    clock.Instant
	Until   clock.Instant // zero: open
	Revoked bool          // or, of a plan: paused or cancelled
	Used    string        // the table of what came of it since: charges, bookings; empty: nothing
}

// Enrolled are the people of a space with what they were given: all of them, or those
// that are named. Who asks has been asked already whether they may know.
func (s *Service) Enrolled(ctx context.Context, space id.ID, people ...id.ID) ([]Enrolled, error) {
	all, err := s.store.enrolled(ctx, space, people)
	return all, fault.Wrap(err, "the people of %s", space)
}

func (s store) enrolled(ctx context.Context, space id.ID, people []id.ID) ([]Enrolled, error) {
	only := func(column string) (string, []any) {
		if len(people) == 0 {
			return "", []any{space}
		}
		return " AND " + column + " IN ?", []any{space, people}
	}
	and, args := only("s.member_id")
	all, err := gorm.G[Enrolled](s.db.In(ctx)).Raw(`
		SELECT m.id AS member, m.email_key, m.name, m.version, s.role, s.suspended_at IS NOT NULL AS suspended, s.left_at IS NOT NULL AS gone
		FROM standings s JOIN members m ON m.id = s.member_id WHERE s.space_id = ?`+and+" ORDER BY m.id", args...).Find(ctx)
	if err != nil {
		return nil, err
	}
	at := make(map[id.ID]int, len(all))
	for i, e := range all {
		at[e.Member] = i
	}
	and, args = only("ms.member_id")
	runs, err := gorm.G[Given](s.db.In(ctx)).Raw(`
		SELECT ms.id, ms.member_id AS member, ms.plan_id AS gift, ms.starts_at AS "from", ms.ends_at AS until,
			(ms.cancelled_at IS NOT NULL OR EXISTS (SELECT 1 FROM membership_pauses mp WHERE mp.membership_id = ms.id)) AS revoked,
			CASE WHEN EXISTS (SELECT 1 FROM charges ch WHERE ch.cause_id = ms.id) THEN 'charges'
				WHEN EXISTS (SELECT 1 FROM bookings b WHERE b.member_id = ms.member_id AND b.space_id = ms.space_id AND b.status <> 'cancelled'
					AND b.created_at >= ms.created_at AND b.ends_at > ms.starts_at AND (ms.ends_at IS NULL OR b.starts_at < ms.ends_at)) THEN 'bookings'
				ELSE '' END AS used
		FROM memberships ms WHERE ms.space_id = ?`+and+" ORDER BY ms.id", args...).Find(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		if i, here := at[r.Member]; here {
			all[i].Plans = append(all[i].Plans, r)
		}
	}
	and, args = only("g.member_id")
	grants, err := gorm.G[Given](s.db.In(ctx)).Raw(`
		SELECT g.id, g.member_id AS member, g.certification_id AS gift, g.granted_at AS "from", g.expires_at AS until, g.revoked_at IS NOT NULL AS revoked,
			CASE WHEN EXISTS (SELECT 1 FROM bookings b JOIN resource_certifications rc ON rc.resource_id = b.resource_id AND rc.certification_id = g.certification_id
				WHERE b.member_id = g.member_id AND b.status <> 'cancelled' AND b.created_at >= g.granted_at) THEN 'bookings' ELSE '' END AS used
		FROM certification_grants g JOIN certifications c ON c.id = g.certification_id WHERE c.space_id = ?`+and+" ORDER BY g.id", args...).Find(ctx)
	for _, g := range grants {
		if i, here := at[g.Member]; here {
			all[i].Grants = append(all[i].Grants, g)
		}
	}
	if err != nil {
		return nil, err
	}
	return all, s.noted(ctx, space, people, all, at)
}

// noted adds the tags of people, and what is noted about them.
func (s store) noted(ctx context.Context, space id.ID, people []id.ID, all []Enrolled, at map[id.ID]int) error {
	var parts []string
	var args []any
	and := ""
	if len(people) > 0 {
		and = " AND s.member_id IN ?"
	}
	for _, part := range []string{
		"SELECT 'phone' AS kind, m.id AS id, m.id AS member, m.phone AS text, FALSE AS gone FROM standings s JOIN members m ON m.id = s.member_id WHERE m.phone <> '' AND s.space_id = ?",
		"SELECT 'address', p.member_id, p.member_id, p.address, FALSE FROM standings s JOIN profiles p ON p.member_id = s.member_id WHERE p.address <> '' AND s.space_id = ?",
		"SELECT 'profile', p.member_id, p.member_id, '', FALSE FROM standings s JOIN profiles p ON p.member_id = s.member_id WHERE " + tellsMore + " AND s.space_id = ?",
		"SELECT 'birthday', b.member_id, b.member_id, b.day, FALSE FROM standings s JOIN birthdays b ON b.member_id = s.member_id WHERE s.space_id = ?",
		"SELECT 'badge', s.id, s.member_id, s.number_key, s.ended_at IS NOT NULL FROM badges s WHERE s.space_id = ?",
		"SELECT 'note', s.id, s.member_id, s.text, s.struck_by <> '' OR s.pinned FROM notes s WHERE s.space_id = ?",
		"SELECT 'tag', s.tag_id, s.member_id, '', FALSE FROM member_tags s JOIN tags t ON t.id = s.tag_id WHERE t.space_id = ?",
	} {
		if parts, args = append(parts, part+and), append(args, space); and != "" {
			args = append(args, people)
		}
	}
	facts, err := gorm.G[Fact](s.db.In(ctx)).Raw(strings.Join(parts, " UNION ALL "), args...).Find(ctx)
	for _, f := range facts {
		i, here := at[f.Member]
		switch {
		case !here:
		case f.Kind == "tag":
			all[i].Tags = append(all[i].Tags, f.ID)
		default:
			all[i].Facts = append(all[i].Facts, f)
		}
	}
	return err
}

// tellsMore is where a profile tells more than the address that a file may bring.
const tellsMore = "(p.address = '' OR p.contact_name <> '' OR p.makes <> '' OR p.skills <> '' OR p.portrait_id <> '')"

// imported are the tables in which an import leaves rows of people itself; what stands
// in any other that has a member_id shows that somebody was there.
var imported = map[string]bool{"standings": true, "memberships": true, "certification_grants": true, "import_items": true, "import_identities": true,
	"birthdays": true, "profiles": true, "badges": true, "notes": true, "member_tags": true}

// Traces names, of those of the people who have left one, a table in which they have:
// a booking, a seat, a password, a sign-in, a charge. Every table that has a column
// member_id is looked into, also those that came after this was written. A standing
// in another space is one, too.
func (s *Service) Traces(ctx context.Context, space id.ID, people []id.ID) (map[id.ID]string, error) {
	traces, err := s.store.traces(ctx, space, people)
	return traces, fault.Wrap(err, "traces of people")
}

func (s store) traces(ctx context.Context, space id.ID, people []id.ID) (map[id.ID]string, error) {
	tables, err := s.tablesOfPeople(ctx)
	if err != nil || len(people) == 0 {
		return nil, err
	}
	parts := []string{
		"SELECT 'elsewhere' AS what, member_id FROM standings WHERE space_id <> ? AND member_id IN ?",
		"SELECT 'profiles', p.member_id FROM profiles p WHERE " + tellsMore + " AND p.member_id IN ?",
	}
	args := []any{space, people, people}
	for _, t := range tables {
		if !imported[t] {
			parts = append(parts, "SELECT '"+t+"', member_id FROM "+t+" WHERE member_id IN ?")
			args = append(args, people)
		}
	}
	rows, err := gorm.G[struct {
		What     string
		MemberID id.ID
	}](s.db.In(ctx)).Raw(strings.Join(parts, " UNION "), args...).Find(ctx)
	traces := map[id.ID]string{}
	for _, r := range rows {
		if was := traces[r.MemberID]; was == "" || weight(r.What) > weight(was) || weight(r.What) == weight(was) && r.What < was {
			traces[r.MemberID] = r.What
		}
	}
	return traces, err
}

// weight is how much a trace says: a booking more than a letter, and anything more than
// that something was written down.
func weight(table string) int {
	if table == "audit_entries" {
		return -1
	}
	return 1 + slices.Index([]string{"elsewhere", "one_time_tokens", "passwords", "sessions", "registrations", "bookings"}, table)
}

// tablesOfPeople are those that have a column member_id, of this program's own.
func (s store) tablesOfPeople(ctx context.Context) ([]string, error) {
	source := `SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'member_id' ORDER BY m.name`
	if s.db.Dialect() == db.Postgres {
		source = `SELECT c.table_name AS name FROM information_schema.columns c JOIN information_schema.tables t
			ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'
			WHERE c.table_schema = current_schema() AND c.column_name = 'member_id' ORDER BY c.table_name`
	}
	rows, err := gorm.G[struct{ Name string }](s.db.In(ctx)).Raw(source).Find(ctx)
	names := make([]string, len(rows))
	for i, r := range rows {
		names[i] = r.Name
	}
	return names, err
}
