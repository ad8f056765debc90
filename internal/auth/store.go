package auth

import (
	"context"
	"errors"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"guildhall/internal/clock"
	"guildhall/internal/db"
	"guildhall/internal/id"
)

// The rows that are nobody's business outside.
type (
	passwordRow struct {
		MemberID  id.ID `gorm:"primaryKey"`
		Hash      string
		ChangedAt clock.Instant
	}
	refreshToken struct {
		Hash      string `gorm:"primaryKey"`
		SessionID id.ID
		CreatedAt clock.Instant
		ExpiresAt clock.Instant
		UsedAt    clock.Instant
	}
	oneTimeToken struct {
		ID        id.ID
		Hash      *string // nil until the letter that brings it is written
		Purpose   purpose
		MemberID  id.ID
		Password  string // the hash that using it puts in force; empty if none
		CreatedAt clock.Instant
		ExpiresAt clock.Instant
		UsedAt    clock.Instant
	}
	authenticator struct {
		MemberID  id.ID  `gorm:"primaryKey"`
		Secret    string // sealed
		CreatedAt clock.Instant
		ActiveAt  clock.Instant // zero until a first code has shown that it works
		Step      int64         // the last one whose code was used
	}
	recoveryCode struct {
		ID        id.ID
		MemberID  id.ID
		Hint      string // what it begins with
		Hash      string
		CreatedAt clock.Instant
		UsedAt    clock.Instant
	}
	setting struct {
		Key   string `gorm:"primaryKey"`
		Value string
	}
	calendarToken struct {
		Hash      string `gorm:"primaryKey"`
		MemberID  id.ID
		CreatedAt clock.Instant
	}
)

func (passwordRow) TableName() string   { return "passwords" }
func (refreshToken) TableName() string  { return "refresh_tokens" }
func (oneTimeToken) TableName() string  { return "one_time_tokens" }
func (calendarToken) TableName() string { return "calendar_tokens" }
func (authenticator) TableName() string { return "authenticators" }
func (recoveryCode) TableName() string  { return "recovery_codes" }
func (setting) TableName() string       { return "settings" }

type store struct {
	db *db.DB

	sessions *db.Memory[id.ID, Session]
	settings *db.Memory[string, bool]
}

func newStore(d *db.DB) store {
	return store{db: d, sessions: db.NewMemory[id.ID, Session](d, "sessions"), settings: db.NewMemory[string, bool](d, "settings")}
}

// lock makes transactions that name the same key wait for one another.
func (s store) lock(ctx context.Context, key string) error {
	if s.db.Dialect() == db.SQLite {
		return nil // the one writer is the lock
	}
	return s.db.In(ctx).Exec("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", key).Error
}

// attempts ---------------------------------------------------------------

func (s store) latest(ctx context.Context, key string, n int) ([]clock.Instant, error) {
	rows, err := gorm.G[attempt](s.db.In(ctx)).Where("key = ?", key).Order("at DESC, id DESC").Limit(n).Find(ctx)
	at := make([]clock.Instant, len(rows))
	for i, row := range rows {
		at[i] = row.At
	}
	return at, err
}

func (s store) addAttempt(ctx context.Context, a attempt) error {
	return gorm.G[attempt](s.db.In(ctx)).Create(ctx, &a)
}

func (s store) forget(ctx context.Context, key string) error {
	_, err := gorm.G[attempt](s.db.In(ctx)).Where("key = ?", key).Delete(ctx)
	return err
}

// forgetAll forgets the tries under a key and under every key that goes on after it.
func (s store) forgetAll(ctx context.Context, key string) error {
	_, err := gorm.G[attempt](s.db.In(ctx)).Where(`key = ? OR key LIKE ? ESCAPE '\'`, key, strings.ReplaceAll(key, "_", `\_`)+"|%").Delete(ctx)
	return err
}

func (s store) forgetLast(ctx context.Context, key string) error {
	_, err := gorm.G[attempt](s.db.In(ctx)).
		Where("id = (SELECT id FROM attempts WHERE key = ? ORDER BY at DESC, id DESC LIMIT 1)", key).Delete(ctx)
	return err
}

// passwords --------------------------------------------------------------

// password is the hash of a member's password, empty if they have none.
func (s store) password(ctx context.Context, member id.ID) (string, error) {
	row, err := gorm.G[passwordRow](s.db.In(ctx)).Where("member_id = ?", member).Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return "", nil
	}
	return row.Hash, err
}

func (s store) setPassword(ctx context.Context, member id.ID, hash string, now clock.Instant) error {
	return gorm.G[passwordRow](s.db.In(ctx), clause.OnConflict{
		Columns:   []clause.Column{{Name: "member_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"hash", "changed_at"}),
	}).Create(ctx, &passwordRow{MemberID: member, Hash: hash, ChangedAt: now})
}

// dropPassword leaves a member without one: a letter brings the next.
func (s store) dropPassword(ctx context.Context, member id.ID) error {
	_, err := gorm.G[passwordRow](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx)
	return err
}

// rehash puts a stronger hash of the same password in the place of the one that was read.
func (s store) rehash(ctx context.Context, member id.ID, from, to string) error {
	_, err := gorm.G[passwordRow](s.db.In(ctx)).Where("member_id = ? AND hash = ?", member, from).Update(ctx, "hash", to)
	return err
}

// sessions ---------------------------------------------------------------

func (s store) addSession(ctx context.Context, session Session) error {
	return gorm.G[Session](s.db.In(ctx)).Create(ctx, &session)
}

func (s store) session(ctx context.Context, session id.ID) (Session, error) {
	return s.sessions.Recall(ctx, session, func(ctx context.Context) (Session, error) {
		return gorm.G[Session](s.db.In(ctx)).Where("id = ?", session).Take(ctx)
	})
}

// live lists the sessions of a member that count, the one used last first.
func (s store) live(ctx context.Context, member id.ID, now clock.Instant) ([]Session, error) {
	return gorm.G[Session](s.db.In(ctx)).Where("member_id = ? AND expires_at > ? AND ended_at IS NULL", member, now).
		Order("seen_at DESC, id DESC").Find(ctx)
}

// touch says that a session was used, unless it has ended meanwhile (db.ErrNone).
func (s store) touch(ctx context.Context, session Session) error {
	return db.One(gorm.G[Session](s.db.In(ctx)).Where("id = ? AND ended_at IS NULL", session.ID).
		Select("seen_at", "expires_at", "agent", "address").Updates(ctx, session))
}

// prove notes when the person of a session proved who they are, and showed a second factor.
func (s store) prove(ctx context.Context, session Session) error {
	return db.One(gorm.G[Session](s.db.In(ctx)).Where("id = ? AND ended_at IS NULL", session.ID).
		Select("proved_at", "strong_at", "seen_at", "locked_at").Updates(ctx, session))
}

// seen notes that a session was used, unless it was locked or has ended meanwhile (false).
func (s store) seen(ctx context.Context, session id.ID, now clock.Instant) (bool, error) {
	n, err := gorm.G[Session](s.db.In(ctx)).Where("id = ? AND ended_at IS NULL AND locked_at IS NULL", session).Update(ctx, "seen_at", now)
	return n == 1, err
}

// lockScreen notes that the screen of a session is locked, unless it has ended (db.ErrNone).
func (s store) lockScreen(ctx context.Context, session id.ID, now clock.Instant) error {
	return db.One(gorm.G[Session](s.db.In(ctx)).Where("id = ? AND ended_at IS NULL", session).Update(ctx, "locked_at", now))
}

// end ends a member's sessions with these ids and reports how many of them lasted.
func (s store) end(ctx context.Context, member id.ID, now clock.Instant, sessions ...id.ID) (int, error) {
	return gorm.G[Session](s.db.In(ctx)).Where("member_id = ? AND id IN ? AND ended_at IS NULL", member, sessions).
		Update(ctx, "ended_at", now)
}

// endAll ends a member's sessions but one, which may be empty.
func (s store) endAll(ctx context.Context, member, but id.ID, now clock.Instant) (int, error) {
	return gorm.G[Session](s.db.In(ctx)).Where("member_id = ? AND id <> ? AND expires_at > ? AND ended_at IS NULL", member, but, now).
		Update(ctx, "ended_at", now)
}

func (s store) addRefresh(ctx context.Context, t refreshToken) error {
	return gorm.G[refreshToken](s.db.In(ctx)).Create(ctx, &t)
}

func (s store) refresh(ctx context.Context, hash string) (refreshToken, error) {
	return gorm.G[refreshToken](s.db.In(ctx)).Where("hash = ?", hash).Take(ctx)
}

// useRefresh marks a refresh token as used and reports whether it was not before: of two at once, one.
func (s store) useRefresh(ctx context.Context, hash string, now clock.Instant) (bool, error) {
	n, err := gorm.G[refreshToken](s.db.In(ctx)).Where("hash = ? AND used_at IS NULL", hash).Update(ctx, "used_at", now)
	return n == 1, err
}

// one-time tokens --------------------------------------------------------

func (s store) addToken(ctx context.Context, t oneTimeToken) error {
	return gorm.G[oneTimeToken](s.db.In(ctx)).Create(ctx, &t)
}

// token finds one that can still be used.
func (s store) token(ctx context.Context, p purpose, hash string, now clock.Instant) (oneTimeToken, error) {
	return gorm.G[oneTimeToken](s.db.In(ctx)).Where("hash = ? AND purpose = ? AND used_at IS NULL AND expires_at > ?", hash, p, now).Take(ctx)
}

// waiting is the latest sign-up of a member whose letter was not used, however old; zero if there is none.
func (s store) waiting(ctx context.Context, member id.ID) (oneTimeToken, error) {
	t, err := gorm.G[oneTimeToken](s.db.In(ctx)).Where("member_id = ? AND purpose = ? AND used_at IS NULL AND password <> ''", member, toConfirm).
		Order("created_at DESC, id DESC").Take(ctx)
	if errors.Is(err, db.ErrNone) {
		return oneTimeToken{}, nil
	}
	return t, err
}

// dropWaiting forgets the passwords that a member's sign-ups chose; their letters still prove the address.
func (s store) dropWaiting(ctx context.Context, member id.ID) error {
	_, err := gorm.G[oneTimeToken](s.db.In(ctx)).Where("member_id = ? AND purpose = ? AND used_at IS NULL", member, toConfirm).Update(ctx, "password", "")
	return err
}

// tokenByID is one that was not used.
func (s store) tokenByID(ctx context.Context, token id.ID) (oneTimeToken, error) {
	return gorm.G[oneTimeToken](s.db.In(ctx)).Where("id = ? AND used_at IS NULL", token).Take(ctx)
}

// issue gives a token the hash by which it will be found, unless it was used meanwhile (db.ErrNone).
func (s store) issue(ctx context.Context, token id.ID, hash string, expires clock.Instant) error {
	return db.One(gorm.G[oneTimeToken](s.db.In(ctx)).Where("id = ? AND used_at IS NULL", token).
		Select("hash", "expires_at").Updates(ctx, oneTimeToken{Hash: &hash, ExpiresAt: expires}))
}

// useToken marks a token as used: of two at once, one; the other gets db.ErrNone.
func (s store) useToken(ctx context.Context, token id.ID, now clock.Instant) error {
	return db.One(gorm.G[oneTimeToken](s.db.In(ctx)).Where("id = ? AND used_at IS NULL", token).Update(ctx, "used_at", now))
}

// voidTokens makes a member's other tokens of this purpose useless.
func (s store) voidTokens(ctx context.Context, p purpose, member id.ID, now clock.Instant) error {
	_, err := gorm.G[oneTimeToken](s.db.In(ctx)).Where("member_id = ? AND purpose = ? AND used_at IS NULL", member, p).Update(ctx, "used_at", now)
	return err
}

// second factors ---------------------------------------------------------

func (s store) authenticator(ctx context.Context, member id.ID) (authenticator, error) {
	return gorm.G[authenticator](s.db.In(ctx)).Where("member_id = ?", member).Take(ctx)
}

func (s store) setAuthenticator(ctx context.Context, a authenticator) error {
	return gorm.G[authenticator](s.db.In(ctx), clause.OnConflict{
		Columns:   []clause.Column{{Name: "member_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"secret", "created_at", "active_at", "step"}),
	}).Create(ctx, &a)
}

// activate makes an authenticator count, unless it does or is another by now (db.ErrNone).
func (s store) activate(ctx context.Context, a authenticator, step int64, now clock.Instant) error {
	return db.One(gorm.G[authenticator](s.db.In(ctx)).Where("member_id = ? AND secret = ? AND active_at IS NULL", a.MemberID, a.Secret).
		Select("active_at", "step").Updates(ctx, authenticator{ActiveAt: now, Step: step}))
}

// useStep notes the step of a code, unless it or a later one was used (db.ErrNone).
func (s store) useStep(ctx context.Context, member id.ID, step int64) error {
	return db.One(gorm.G[authenticator](s.db.In(ctx)).Where("member_id = ? AND step < ?", member, step).Update(ctx, "step", step))
}

func (s store) dropAuthenticator(ctx context.Context, member id.ID) error {
	return db.One(gorm.G[authenticator](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx))
}

// sealedOtherwise lists those whose secret another key has sealed.
func (s store) sealedOtherwise(ctx context.Context, key string) ([]authenticator, error) {
	return gorm.G[authenticator](s.db.In(ctx)).Where("secret NOT LIKE ?", key+".%").Find(ctx)
}

func (s store) reseal(ctx context.Context, a authenticator, sealed string) error {
	_, err := gorm.G[authenticator](s.db.In(ctx)).Where("member_id = ? AND secret = ?", a.MemberID, a.Secret).Update(ctx, "secret", sealed)
	return err
}

func (s store) addRecovery(ctx context.Context, rows []recoveryCode) error {
	for i := range rows {
		if err := gorm.G[recoveryCode](s.db.In(ctx)).Create(ctx, &rows[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s store) recovery(ctx context.Context, member id.ID, hint string) (recoveryCode, error) {
	return gorm.G[recoveryCode](s.db.In(ctx)).Where("member_id = ? AND hint = ? AND used_at IS NULL", member, hint).Take(ctx)
}

func (s store) recoveryLeft(ctx context.Context, member id.ID) (int, error) {
	n, err := gorm.G[recoveryCode](s.db.In(ctx)).Where("member_id = ? AND used_at IS NULL", member).Count(ctx, "id")
	return int(n), err
}

// useRecovery marks a code as used: of two at once, one; the other gets db.ErrNone.
func (s store) useRecovery(ctx context.Context, code id.ID, now clock.Instant) error {
	return db.One(gorm.G[recoveryCode](s.db.In(ctx)).Where("id = ? AND used_at IS NULL", code).Update(ctx, "used_at", now))
}

func (s store) dropRecovery(ctx context.Context, member id.ID) error {
	_, err := gorm.G[recoveryCode](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx)
	return err
}

func (s store) dropFactors(ctx context.Context, member id.ID) error {
	if _, err := gorm.G[authenticator](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx); err != nil {
		return err
	}
	if _, err := gorm.G[Passkey](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx); err != nil {
		return err
	}
	return s.dropRecovery(ctx, member)
}

// factorKey is the setting that says whether staff must have a second factor; they must, where it is not set.
const factorKey = "auth.second_factor"

func (s store) factorRequired(ctx context.Context) (bool, error) {
	return s.settings.Recall(ctx, factorKey, func(ctx context.Context) (bool, error) {
		row, err := gorm.G[setting](s.db.In(ctx)).Where("key = ?", factorKey).Take(ctx)
		if errors.Is(err, db.ErrNone) {
			return true, nil
		}
		return row.Value != "optional", err
	})
}

func (s store) requireFactor(ctx context.Context, required bool) error {
	row := setting{Key: factorKey, Value: "optional"}
	if required {
		row.Value = "required"
	}
	return gorm.G[setting](s.db.In(ctx), clause.OnConflict{
		Columns:   []clause.Column{{Name: "key"}},
		DoUpdates: clause.AssignmentColumns([]string{"value"}),
	}).Create(ctx, &row)
}

// passkeys ---------------------------------------------------------------

func (s store) passkeys(ctx context.Context, member id.ID) ([]Passkey, error) {
	return gorm.G[Passkey](s.db.In(ctx)).Where("member_id = ?", member).Order("created_at, id").Find(ctx)
}

func (s store) passkey(ctx context.Context, handle string) (Passkey, error) {
	return gorm.G[Passkey](s.db.In(ctx)).Where("handle = ?", handle).Take(ctx)
}

func (s store) addPasskey(ctx context.Context, p Passkey) error {
	return gorm.G[Passkey](s.db.In(ctx)).Create(ctx, &p)
}

func (s store) usePasskey(ctx context.Context, p Passkey) error {
	return db.One(gorm.G[Passkey](s.db.In(ctx)).Where("id = ?", p.ID).Select("credential", "used_at").Updates(ctx, p))
}

func (s store) renamePasskey(ctx context.Context, member, passkey id.ID, name string) error {
	return db.One(gorm.G[Passkey](s.db.In(ctx)).Where("id = ? AND member_id = ?", passkey, member).Update(ctx, "name", name))
}

func (s store) dropPasskey(ctx context.Context, member, passkey id.ID) error {
	return db.One(gorm.G[Passkey](s.db.In(ctx)).Where("id = ? AND member_id = ?", passkey, member).Delete(ctx))
}

// identities -------------------------------------------------------------

func (s store) identity(ctx context.Context, issuer, subject string) (Identity, error) {
	return gorm.G[Identity](s.db.In(ctx)).Where("issuer = ? AND subject = ?", issuer, subject).Take(ctx)
}

func (s store) identities(ctx context.Context, member id.ID) ([]Identity, error) {
	return gorm.G[Identity](s.db.In(ctx)).Where("member_id = ?", member).Order("created_at, id").Find(ctx)
}

func (s store) addIdentity(ctx context.Context, i Identity) error {
	return gorm.G[Identity](s.db.In(ctx)).Create(ctx, &i)
}

func (s store) useIdentity(ctx context.Context, identity id.ID, now clock.Instant) error {
	_, err := gorm.G[Identity](s.db.In(ctx)).Where("id = ?", identity).Update(ctx, "used_at", now)
	return err
}

func (s store) dropIdentity(ctx context.Context, member, identity id.ID) error {
	return db.One(gorm.G[Identity](s.db.In(ctx)).Where("id = ? AND member_id = ?", identity, member).Delete(ctx))
}

// tokens of programs -----------------------------------------------------

func (s store) programTokens(ctx context.Context, member id.ID, now clock.Instant) ([]ProgramToken, error) {
	return gorm.G[ProgramToken](s.db.In(ctx)).Where("member_id = ? AND revoked_at IS NULL AND expires_at > ?", member, now).Order("created_at DESC, id DESC").Find(ctx)
}

func (s store) programToken(ctx context.Context, hash string, now clock.Instant) (ProgramToken, error) {
	return gorm.G[ProgramToken](s.db.In(ctx)).Where("hash = ? AND revoked_at IS NULL AND expires_at > ?", hash, now).Take(ctx)
}

func (s store) addProgramToken(ctx context.Context, t ProgramToken) error {
	return gorm.G[ProgramToken](s.db.In(ctx)).Create(ctx, &t)
}

func (s store) useProgramToken(ctx context.Context, token id.ID, now clock.Instant) error {
	_, err := gorm.G[ProgramToken](s.db.In(ctx)).Where("id = ?", token).Update(ctx, "used_at", now)
	return err
}

func (s store) revokeProgramToken(ctx context.Context, member, token id.ID, now clock.Instant) error {
	return db.One(gorm.G[ProgramToken](s.db.In(ctx)).Where("id = ? AND member_id = ? AND revoked_at IS NULL", token, member).Update(ctx, "revoked_at", now))
}

// revokeProgramTokens makes all of a member's tokens useless.
func (s store) revokeProgramTokens(ctx context.Context, member id.ID, now clock.Instant) error {
	_, err := gorm.G[ProgramToken](s.db.In(ctx)).Where("member_id = ? AND revoked_at IS NULL", member).Update(ctx, "revoked_at", now)
	return err
}

// ceremonies -------------------------------------------------------------

func (s store) addCeremony(ctx context.Context, c ceremony) error {
	return gorm.G[ceremony](s.db.In(ctx)).Create(ctx, &c)
}

// takeCeremony takes one away: of two that answer it at once, one; the other gets db.ErrNone.
func (s store) takeCeremony(ctx context.Context, what, hash string, now clock.Instant) (ceremony, error) {
	c, err := gorm.G[ceremony](s.db.In(ctx)).Where("hash = ? AND purpose = ? AND expires_at > ?", hash, what, now).Take(ctx)
	if err != nil {
		return c, err
	}
	return c, db.One(gorm.G[ceremony](s.db.In(ctx)).Where("id = ?", c.ID).Delete(ctx))
}

// calendar ---------------------------------------------------------------

func (s store) calendar(ctx context.Context, column string, value any) (calendarToken, error) {
	return gorm.G[calendarToken](s.db.In(ctx)).Where(clause.Eq{Column: column, Value: value}).Take(ctx)
}

func (s store) setCalendar(ctx context.Context, t calendarToken) error {
	return gorm.G[calendarToken](s.db.In(ctx), clause.OnConflict{
		Columns:   []clause.Column{{Name: "member_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"hash", "created_at"}),
	}).Create(ctx, &t)
}

func (s store) dropCalendar(ctx context.Context, member id.ID) error {
	_, err := gorm.G[calendarToken](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx)
	return err
}

// sweep deletes what nobody can use any more.
func (s store) sweep(ctx context.Context, now, attempts, dead clock.Instant) error {
	if _, err := gorm.G[ceremony](s.db.In(ctx)).Where("expires_at < ?", now).Delete(ctx); err != nil {
		return err
	}
	if _, err := gorm.G[attempt](s.db.In(ctx)).Where("at < ?", attempts).Delete(ctx); err != nil {
		return err
	}
	if _, err := gorm.G[oneTimeToken](s.db.In(ctx)).Where("expires_at < ?", dead).Delete(ctx); err != nil {
		return err
	}
	if _, err := gorm.G[refreshToken](s.db.In(ctx)).
		Where("session_id IN (SELECT id FROM sessions WHERE expires_at < ? OR ended_at < ?)", dead, dead).Delete(ctx); err != nil {
		return err
	}
	if _, err := gorm.G[ProgramToken](s.db.In(ctx)).Where("expires_at < ? OR revoked_at < ?", dead, dead).Delete(ctx); err != nil {
		return err
	}
	_, err := gorm.G[Session](s.db.In(ctx)).Where("expires_at < ? OR ended_at < ?", dead, dead).Delete(ctx)
	return err
}

// erasure ----------------------------------------------------------------

// waysIn are the tables of what one proves oneself with, and of what was begun with it.
var waysIn = []string{
	"passwords", "one_time_tokens", "calendar_tokens", "authenticators", "recovery_codes", "passkeys", "ceremonies",
	"identities", "api_tokens",
}

func (s store) erase(ctx context.Context, member id.ID) error {
	if err := s.shut(ctx, member); err != nil {
		return err
	}
	_, err := gorm.G[emailChange](s.db.In(ctx)).Where("member_id = ?", member).Delete(ctx)
	return err
}

// shut takes every way of signing in as a member away.
func (s store) shut(ctx context.Context, member id.ID) error {
	in := s.db.In(ctx)
	if err := in.Exec("DELETE FROM refresh_tokens WHERE session_id IN (SELECT id FROM sessions WHERE member_id = ?)", member).Error; err != nil {
		return err
	}
	for _, table := range append([]string{"sessions"}, waysIn...) {
		if err := in.Exec("DELETE FROM "+table+" WHERE member_id = ?", member).Error; err != nil {
			return err
		}
	}
	return nil
}

// shutSince takes a member's password away, and every way of signing in or of acting in
// their name that was added since then.
func (s store) shutSince(ctx context.Context, member id.ID, since clock.Instant) error {
	if err := s.dropPassword(ctx, member); err != nil {
		return err
	}
	in := s.db.In(ctx)
	if err := in.Exec("DELETE FROM authenticators WHERE member_id = ? AND (created_at >= ? OR active_at >= ?)", member, since, since).Error; err != nil {
		return err
	}
	for _, table := range []string{"passkeys", "recovery_codes", "identities", "api_tokens", "calendar_tokens"} {
		if err := in.Exec("DELETE FROM "+table+" WHERE member_id = ? AND created_at >= ?", member, since).Error; err != nil {
			return err
		}
	}
	return nil
}

// changes of address -----------------------------------------------------

func (s store) addEmail(ctx context.Context, c emailChange) error {
	return gorm.G[emailChange](s.db.In(ctx)).Create(ctx, &c)
}

// emailChanges are those of a member, the latest first.
func (s store) emailChanges(ctx context.Context, member id.ID) ([]emailChange, error) {
	return gorm.G[emailChange](s.db.In(ctx)).Where("member_id = ?", member).Order("created_at DESC, id DESC").Find(ctx)
}

// voidEmails makes what a member asked for before, and did not confirm, unconfirmable.
func (s store) voidEmails(ctx context.Context, member id.ID, now clock.Instant) error {
	_, err := gorm.G[emailChange](s.db.In(ctx)).Where("member_id = ? AND confirmed_at IS NULL AND expires_at > ?", member, now).Update(ctx, "expires_at", now)
	return err
}

func (s store) emailToConfirm(ctx context.Context, hash string, now clock.Instant) (emailChange, error) {
	return gorm.G[emailChange](s.db.In(ctx)).Where("confirm_hash = ? AND confirmed_at IS NULL AND undone_at IS NULL AND expires_at > ?", hash, now).Take(ctx)
}

func (s store) emailToUndo(ctx context.Context, hash string, since clock.Instant) (emailChange, error) {
	return gorm.G[emailChange](s.db.In(ctx)).Where("undo_hash = ? AND undone_at IS NULL AND created_at > ?", hash, since).Take(ctx)
}

// markEmail notes that a change was confirmed or undone: of two at once, one; the other gets db.ErrNone.
func (s store) markEmail(ctx context.Context, change id.ID, column string, now clock.Instant) error {
	return db.One(gorm.G[emailChange](s.db.In(ctx)).Where("id = ? AND "+column+" IS NULL AND undone_at IS NULL", change).Update(ctx, column, now))
}

// issueEmail gives a change the hash by which it is confirmed, unless it is off meanwhile (db.ErrNone).
func (s store) issueEmail(ctx context.Context, change id.ID, hash string, now clock.Instant) error {
	return db.One(gorm.G[emailChange](s.db.In(ctx)).Where("id = ? AND confirmed_at IS NULL AND undone_at IS NULL AND expires_at > ?", change, now).
		Select("confirm_hash", "expires_at").Updates(ctx, emailChange{ConfirmHash: &hash, ExpiresAt: now.Add(EmailFor)}))
}

func (s store) issueUndo(ctx context.Context, change id.ID, hash string) error {
	return db.One(gorm.G[emailChange](s.db.In(ctx)).Where("id = ? AND undone_at IS NULL", change).Update(ctx, "undo_hash", hash))
}

// closeEmails lets no letter about a change of a member's address do anything any more.
func (s store) closeEmails(ctx context.Context, member id.ID, now clock.Instant) error {
	if err := s.voidEmails(ctx, member, now); err != nil {
		return err
	}
	_, err := gorm.G[emailChange](s.db.In(ctx)).Where("member_id = ?", member).Update(ctx, "undo_hash", nil)
	return err
}
