package reports

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"guildhall/internal/actor"
	"guildhall/internal/fault"
	"guildhall/internal/id"
)

// holding is a table that knows something of a person: the columns that tell it and
// the condition by which their rows are found, in which every ? is the person.
type holding struct {
	table   string
	columns string // with spaces between
	where   string
}

// holdings are everything that the house keeps about a person, in the order in
// which a dossier shows it. What is secret even to them (hashes, keys) is no column
// of it. A test holds the list against the schema.
var holdings = []holding{
	{"members", "id email name phone locale confirmed_at created_at merged_into", "id = ? OR merged_into = ?"},
	{"profiles", "*", "member_id = ?"},
	{"profile_answers", "*", "member_id = ?"},
	{"portraits", "id width height created_at", "member_id = ?"},
	{"proofs", "id space_id kind name media_type size sent_by sent_at status reason reviewed_by reviewed_at expires_on", "member_id = ?"},
	{"demographics", "*", "member_id = ?"},
	{"birthdays", "*", "member_id = ?"},
	{"standings", "*", "member_id = ?"},
	{"notes", "*", "member_id = ?"},
	{"member_tags", "*", "member_id = ?"},
	{"badges", "*", "member_id = ?"},
	{"memberships", "*", "member_id = ?"},
	{"membership_pauses", "*", "membership_id IN (SELECT id FROM memberships WHERE member_id = ?)"},
	{"plan_applications", "*", "member_id = ?"},
	{"charges", "*", "member_id = ? OR beneficiary_id = ?"},
	{"certification_grants", "*", "member_id = ?"},
	{"certification_photos", "id space_id media_type created_at", "member_id = ?"},
	{"certification_teachers", "*", "member_id = ?"},
	{"bookings", "*", "member_id = ?"},
	{"visits", "*", "member_id = ?"},
	{"registrations", "*", "member_id = ?"},
	{"team_members", "*", "member_id = ?"},
	{"team_invitations", "id team_id space_id email locale created_at expires_at accepted_at withdrawn_at", "member_id = ?"},
	{"acceptances", "*", "member_id = ?"},
	{"consent_choices", "*", "member_id = ?"},
	{"guardianships", "id space_id member_id name email guardian_id locale asked_by asked_at sent_at recorded_by verified signature consented_at ended_at ended_by",
		"member_id = ? OR guardian_id = ? OR email_key IN (SELECT email_key FROM members WHERE (id = ? OR merged_into = ?) AND confirmed_at IS NOT NULL)"},
	{"passwords", "changed_at", "member_id = ?"},
	{"authenticators", "created_at active_at", "member_id = ?"},
	{"recovery_codes", "created_at used_at", "member_id = ?"},
	{"passkeys", "id name created_at used_at", "member_id = ?"},
	{"identities", "id issuer subject email created_at used_at", "member_id = ?"},
	{"api_tokens", "id name scopes created_at expires_at used_at revoked_at", "member_id = ?"},
	{"email_changes", "id old_email new_email created_at expires_at confirmed_at undone_at", "member_id = ?"},
	{"sessions", "id agent address created_at seen_at expires_at ended_at", "member_id = ?"},
	{"one_time_tokens", "purpose created_at expires_at used_at", "member_id = ?"},
	{"calendar_tokens", "created_at", "member_id = ?"},
	{"imports", "id space_id kind file_name created_at done_at created unchanged", "member_id = ?"},
	{"import_items", "*", "member_id = ?"},
	{"import_identities", "*", "member_id = ?"},
	{"mails", "subject body calendar created_at sent_at", "recipient IN (SELECT email FROM members WHERE id = ? OR merged_into = ?) OR EXISTS (SELECT 1 FROM email_changes c WHERE c.member_id = ? AND c.old_email = recipient AND mails.created_at <= c.confirmed_at)"},
	{"audit_entries", "at space_id operation subject detail", "member_id IN (SELECT id FROM members WHERE id = ? OR merged_into = ?) OR subject IN (SELECT id FROM members WHERE id = ? OR merged_into = ?)"},
	{"exports", "member_id asked_by asked_at finished_at fetched_at expires_at size", "member_id = ? OR asked_by = ?"},
}

// Upload is a file that is kept about a person.
type Upload struct {
	ID        id.ID
	Name      string
	MediaType string
	Body      []byte
}

// Uploads are the files that are kept about a person: their portrait, and what they
// or staff brought.
func (s *Service) Uploads(ctx context.Context, by actor.Actor, member id.ID) ([]Upload, error) {
	if err := by.May("privacy.own", "", member, ErrNoSuchPerson); err != nil {
		return nil, err
	}
	list, err := s.store.uploads(ctx, member)
	return list, fault.Wrap(err, "uploads of %s", member)
}

func (s store) uploads(ctx context.Context, member id.ID) ([]Upload, error) {
	return gorm.G[Upload](s.db.In(ctx)).Raw(`
		SELECT id, 'portrait.jpg' AS name, 'image/jpeg' AS media_type, body FROM portraits WHERE member_id = ?
		UNION ALL SELECT id, name, media_type, body FROM proofs WHERE member_id = ?
		UNION ALL SELECT id, 'evidence.jpg', media_type, body FROM certification_photos WHERE member_id = ? ORDER BY 1`, member, member, member).Find(ctx)
}

// Section is what one table knows of a person.
type Section struct {
	Name    string // of the table
	Columns []string
	Rows    [][]any // int64, string, bool, []byte or nil, as the columns have it
}

// Sections is how many a dossier has.
func (s *Service) Sections() int { return len(holdings) }

// Section is one of the sections of a person's dossier, counted from 0.
func (s *Service) Section(ctx context.Context, by actor.Actor, member id.ID, n int) (Section, error) {
	if err := by.May("privacy.own", "", member, ErrNoSuchPerson); err != nil {
		return Section{}, err
	}
	h := holdings[n]
	section, err := s.store.holding(ctx, h, member)
	return section, fault.Wrap(err, "what %s knows of %s", h.table, member)
}

// query is what reads the holding, and how often it names the person.
func (h holding) query() (sql string, times int) {
	return "SELECT " + strings.Join(strings.Fields(h.columns), ", ") + " FROM " + h.table + " WHERE " + h.where + " ORDER BY 1",
		strings.Count(h.where, "?")
}

// holding reads rows of whatever columns there are.
func (s store) holding(ctx context.Context, h holding, member id.ID) (Section, error) {
	query, times := h.query()
	args := make([]any, times)
	for i := range args {
		args[i] = member
	}
	rows, err := s.db.In(ctx).Raw(query, args...).Rows()
	if err != nil {
		return Section{}, err
	}
	defer rows.Close()
	section := Section{Name: h.table}
	if section.Columns, err = rows.Columns(); err != nil {
		return section, err
	}
	for rows.Next() {
		values, into := make([]any, len(section.Columns)), make([]any, len(section.Columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return section, err
		}
		section.Rows = append(section.Rows, values)
	}
	return section, rows.Err()
}
