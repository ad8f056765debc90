-- What the migrations come to. Made by a test: go test ./migrations -update

-- SQLite ------------------------------------------------------------------

CREATE TABLE acceptances (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    document_id TEXT   NOT NULL,
    version_id  TEXT   NOT NULL,
    member_id   TEXT   NOT NULL, -- for whom it counts
    signed_by   TEXT   NOT NULL, -- a member: themselves or their guardian; empty: a guardian without an account
    recorded_by TEXT   NOT NULL, -- staff that wrote it down; empty: nobody but the one who signed
    guardian    INTEGER NOT NULL, -- a guardian signed
    how         TEXT   NOT NULL, -- online | desk | paper
    name        TEXT   NOT NULL, -- as it was typed
    drawing     TEXT   NOT NULL, -- a path on 600 × 200; empty: not drawn
    language    TEXT   NOT NULL, -- of the text that was shown
    hash        TEXT   NOT NULL, -- SHA-256 of that text
    address     TEXT   NOT NULL, -- the network's
    note        TEXT   NOT NULL, -- where the paper lies
    accepted_at INTEGER NOT NULL,
    CONSTRAINT acceptances_pkey PRIMARY KEY (id),
    CONSTRAINT acceptances_version_fkey FOREIGN KEY (version_id) REFERENCES document_versions (id),
    CONSTRAINT acceptances_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT acceptances_how_check CHECK (how IN ('online', 'desk', 'paper'))
) STRICT;

CREATE INDEX acceptances_document_idx ON acceptances (document_id, member_id, accepted_at);

CREATE INDEX acceptances_member_idx ON acceptances (member_id, space_id, accepted_at);

CREATE INDEX acceptances_version_idx ON acceptances (version_id, member_id);

CREATE TRIGGER acceptances_no_delete BEFORE DELETE ON acceptances
BEGIN SELECT RAISE(ABORT, 'acceptances_immutable'); END;

CREATE TRIGGER acceptances_no_update BEFORE UPDATE ON acceptances WHEN NOT (
    NEW.id = OLD.id AND NEW.space_id = OLD.space_id AND NEW.document_id = OLD.document_id AND NEW.version_id = OLD.version_id AND NEW.guardian = OLD.guardian AND
    NEW.how = OLD.how AND NEW.language = OLD.language AND NEW.hash = OLD.hash AND NEW.accepted_at = OLD.accepted_at
    AND (NEW.member_id = OLD.member_id OR EXISTS (SELECT 1 FROM members WHERE id = OLD.member_id AND merged_into = NEW.member_id))
    AND (NEW.signed_by = OLD.signed_by OR EXISTS (SELECT 1 FROM members WHERE id = OLD.signed_by AND merged_into = NEW.signed_by))
    AND (NEW.recorded_by = OLD.recorded_by OR EXISTS (SELECT 1 FROM members WHERE id = OLD.recorded_by AND merged_into = NEW.recorded_by))
    AND (NEW.name = OLD.name AND NEW.drawing = OLD.drawing AND NEW.address = OLD.address AND NEW.note = OLD.note
        OR NEW.name = '' AND NEW.drawing = '' AND NEW.address = '' AND NEW.note = ''))
BEGIN SELECT RAISE(ABORT, 'acceptances_immutable'); END;

CREATE TABLE api_tokens (
    id         TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    hash       TEXT   NOT NULL, -- SHA-256, hex
    scopes     TEXT   NOT NULL, -- their names, a space between them
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    revoked_at INTEGER,
    CONSTRAINT api_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT api_tokens_hash_key UNIQUE (hash)
) STRICT;

CREATE INDEX api_tokens_member_idx ON api_tokens (member_id, created_at);

CREATE TABLE areas (
    id       TEXT   NOT NULL,
    space_id TEXT   NOT NULL,
    slug     TEXT   NOT NULL,
    name     TEXT   NOT NULL,
    family   TEXT   NOT NULL, -- laser | wood | metal | print | electronics | textile | rooms
    position INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    CONSTRAINT areas_pkey PRIMARY KEY (id),
    CONSTRAINT areas_slug_key UNIQUE (space_id, slug),
    CONSTRAINT areas_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id)
) STRICT;

CREATE TABLE attempts (
    id   TEXT   NOT NULL,
    key  TEXT   NOT NULL, -- what is limited, for whom: sign_in|<address hash>|<ip>
    at   INTEGER NOT NULL,
    CONSTRAINT attempts_pkey PRIMARY KEY (id)
) STRICT;

CREATE INDEX attempts_at_idx ON attempts (at);

CREATE INDEX attempts_key_idx ON attempts (key, at);

CREATE TABLE audit_entries (
    id        TEXT   NOT NULL,
    at        INTEGER NOT NULL,
    member_id TEXT   NOT NULL, -- who did it; '' the house
    space_id  TEXT   NOT NULL, -- '' the installation
    operation TEXT   NOT NULL,
    subject   TEXT   NOT NULL, -- the id it was done to
    detail    TEXT   NOT NULL, -- JSON
    CONSTRAINT audit_entries_pkey PRIMARY KEY (id)
) STRICT;

CREATE INDEX audit_entries_space_idx ON audit_entries (space_id, at);

CREATE INDEX audit_entries_subject_idx ON audit_entries (subject, at);

CREATE TABLE authenticators (
    member_id  TEXT   NOT NULL,
    secret     TEXT   NOT NULL, -- sealed with a key of the installation's
    created_at INTEGER NOT NULL,
    active_at  INTEGER,          -- NULL until a first code has shown that it works
    step       INTEGER NOT NULL DEFAULT 0, -- the last step whose code was used
    CONSTRAINT authenticators_pkey PRIMARY KEY (member_id)
) STRICT;

CREATE TABLE badges (
    id         TEXT   NOT NULL,
    space_id   TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    number     TEXT   NOT NULL, -- as it is printed
    number_key TEXT   NOT NULL, -- as it is compared: digits and letters, upper case
    given_at   INTEGER NOT NULL,
    ended_at   INTEGER, -- NULL: in use
    ended      TEXT   NOT NULL, -- '' | returned | lost
    CONSTRAINT badges_pkey PRIMARY KEY (id),
    CONSTRAINT badges_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT badges_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT badges_ended_check CHECK (ended IN ('', 'returned', 'lost'))
) STRICT;

CREATE INDEX badges_member_idx ON badges (member_id, space_id);

CREATE UNIQUE INDEX badges_number_key ON badges (space_id, number_key) WHERE ended_at IS NULL;

CREATE TABLE birthdays (
    member_id TEXT   NOT NULL,
    day       TEXT   NOT NULL, -- 2009-02-28
    said_by   TEXT   NOT NULL, -- who wrote it down; the member themselves, or staff
    said_at   INTEGER NOT NULL,
    verified  TEXT   NOT NULL, -- how it was seen to be so; empty: not
    told_at   INTEGER, -- when they were told that they are of age, or were so already
    CONSTRAINT birthdays_pkey PRIMARY KEY (member_id),
    CONSTRAINT birthdays_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
) STRICT;

CREATE INDEX birthdays_untold_idx ON birthdays (day) WHERE told_at IS NULL;

CREATE TABLE bookings (
    id              TEXT   NOT NULL,
    space_id        TEXT   NOT NULL,
    resource_id     TEXT   NOT NULL,
    unit            INTEGER NOT NULL, -- the first, where it takes several
    places          INTEGER NOT NULL,
    member_id       TEXT   NOT NULL,
    booked_by       TEXT   NOT NULL,
    status          TEXT   NOT NULL,
    starts_at       INTEGER NOT NULL,
    ends_at         INTEGER NOT NULL,
    note            TEXT   NOT NULL,
    price_minor     INTEGER NOT NULL,
    currency        TEXT   NOT NULL,
    price_lines     TEXT   NOT NULL, -- JSON: how the price came about
    overrides       TEXT   NOT NULL, -- JSON: codes of the rules that were set aside
    override_reason TEXT   NOT NULL,
    held_until      INTEGER,
    checked_in_at   INTEGER,
    checked_out_at  INTEGER,
    cancelled_at    INTEGER,
    cancelled_by    TEXT,
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    sequence        INTEGER NOT NULL, -- RFC 5545 SEQUENCE
    version         INTEGER NOT NULL, flag TEXT NOT NULL DEFAULT '', included_min INTEGER NOT NULL DEFAULT 0, included_of TEXT NOT NULL DEFAULT '',
    CONSTRAINT bookings_pkey PRIMARY KEY (id),
    CONSTRAINT bookings_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT bookings_resource_fkey FOREIGN KEY (resource_id) REFERENCES resources (id),
    CONSTRAINT bookings_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT bookings_span_check CHECK (ends_at > starts_at),
    CONSTRAINT bookings_places_check CHECK (places >= 1),
    CONSTRAINT bookings_price_check CHECK (price_minor >= 0),
    CONSTRAINT bookings_status_check CHECK (status IN ('held', 'pending', 'confirmed', 'in_use', 'done', 'cancelled', 'declined', 'expired', 'no_show'))
) STRICT;

CREATE INDEX bookings_board_idx ON bookings (space_id, starts_at);

CREATE INDEX bookings_held_idx ON bookings (held_until) WHERE status = 'held';

CREATE INDEX bookings_included_idx ON bookings (included_of, starts_at) WHERE included_min > 0;

CREATE INDEX bookings_long_idx ON bookings (space_id, ends_at) WHERE ends_at - starts_at > 172800;

CREATE INDEX bookings_member_idx ON bookings (member_id, starts_at);

CREATE INDEX bookings_open_idx ON bookings (starts_at) WHERE status IN ('confirmed', 'in_use');

CREATE INDEX bookings_resource_idx ON bookings (resource_id, starts_at);

CREATE INDEX bookings_running_idx ON bookings (space_id, status) WHERE status = 'in_use';

CREATE INDEX bookings_undone_idx ON bookings (space_id, status, starts_at) WHERE status <> 'done';

CREATE TABLE calendar_tokens (
    hash       TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT calendar_tokens_pkey PRIMARY KEY (hash),
    CONSTRAINT calendar_tokens_member_key UNIQUE (member_id)
) STRICT;

CREATE TABLE ceremonies (
    id         TEXT   NOT NULL,
    hash       TEXT   NOT NULL, -- SHA-256, hex, of what the browser holds
    purpose    TEXT   NOT NULL,
    member_id  TEXT   NOT NULL, -- '' where it is to be found out
    detail     TEXT   NOT NULL, -- JSON
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    CONSTRAINT ceremonies_pkey PRIMARY KEY (id),
    CONSTRAINT ceremonies_hash_key UNIQUE (hash)
) STRICT;

CREATE INDEX ceremonies_expiry_idx ON ceremonies (expires_at);

CREATE INDEX ceremonies_member_idx ON ceremonies (member_id);

CREATE TABLE certification_grants (
    id               TEXT   NOT NULL,
    member_id        TEXT   NOT NULL,
    certification_id TEXT   NOT NULL,
    granted_by       TEXT   NOT NULL,
    granted_at       INTEGER NOT NULL,
    expires_at       INTEGER,
    revoked_at       INTEGER,
    revoked_by       TEXT,
    note             TEXT   NOT NULL, score INTEGER, revoked_reason TEXT NOT NULL DEFAULT '', undone INTEGER NOT NULL DEFAULT FALSE, lapsed INTEGER NOT NULL DEFAULT FALSE, reminded_at INTEGER, photo_id TEXT,
    CONSTRAINT certification_grants_pkey PRIMARY KEY (id),
    CONSTRAINT certification_grants_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT certification_grants_certification_fkey FOREIGN KEY (certification_id) REFERENCES certifications (id)
) STRICT;

CREATE INDEX certification_grants_expiry_idx ON certification_grants (expires_at) WHERE revoked_at IS NULL;

CREATE INDEX certification_grants_kind_idx ON certification_grants (certification_id, granted_at);

CREATE INDEX certification_grants_member_idx ON certification_grants (member_id, certification_id);

CREATE TABLE certification_photos (
    id         TEXT   NOT NULL,
    space_id   TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    media_type TEXT   NOT NULL,
    body       BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT certification_photos_pkey PRIMARY KEY (id),
    CONSTRAINT certification_photos_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT certification_photos_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
) STRICT;

CREATE INDEX certification_photos_member_idx ON certification_photos (member_id);

CREATE TABLE certification_prerequisites (
    certification_id TEXT   NOT NULL,
    requires_id      TEXT   NOT NULL,
    choice           INTEGER NOT NULL,
    CONSTRAINT certification_prerequisites_pkey PRIMARY KEY (certification_id, requires_id),
    CONSTRAINT certification_prerequisites_certification_fkey FOREIGN KEY (certification_id) REFERENCES certifications (id),
    CONSTRAINT certification_prerequisites_requires_fkey FOREIGN KEY (requires_id) REFERENCES certifications (id),
    CONSTRAINT certification_prerequisites_self_check CHECK (certification_id <> requires_id)
) STRICT;

CREATE INDEX certification_prerequisites_requires_idx ON certification_prerequisites (requires_id);

CREATE TABLE certification_teachers (
    certification_id TEXT NOT NULL,
    member_id        TEXT NOT NULL,
    CONSTRAINT certification_teachers_pkey PRIMARY KEY (certification_id, member_id),
    CONSTRAINT certification_teachers_certification_fkey FOREIGN KEY (certification_id) REFERENCES certifications (id),
    CONSTRAINT certification_teachers_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
) STRICT;

CREATE INDEX certification_teachers_member_idx ON certification_teachers (member_id);

CREATE TABLE certifications (
    id         TEXT   NOT NULL,
    space_id   TEXT   NOT NULL,
    code       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    valid_days INTEGER NOT NULL, -- 0: for ever
    position   INTEGER NOT NULL,
    version    INTEGER NOT NULL, ladder TEXT NOT NULL DEFAULT '', level INTEGER NOT NULL DEFAULT 1, valid_months INTEGER NOT NULL DEFAULT 0, disuse_days INTEGER NOT NULL DEFAULT 0, remind_days INTEGER NOT NULL DEFAULT 30, pass_mark INTEGER NOT NULL DEFAULT 0, hours_min INTEGER NOT NULL DEFAULT 0, hours_on TEXT NOT NULL DEFAULT '[]',
    CONSTRAINT certifications_pkey PRIMARY KEY (id),
    CONSTRAINT certifications_code_key UNIQUE (space_id, code),
    CONSTRAINT certifications_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id)
) STRICT;

CREATE TABLE charges (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    member_id   TEXT   NOT NULL, -- who pays
    kind        TEXT   NOT NULL,
    stream      TEXT   NOT NULL, -- the income that it is; empty for a deposit, which is none
    minor       INTEGER NOT NULL, -- below zero: owed to the member
    currency    TEXT   NOT NULL,
    lines       TEXT   NOT NULL, -- JSON: how the amount came about
    cause       TEXT   NOT NULL,
    cause_id    TEXT   NOT NULL,
    period_from TEXT   NOT NULL, -- days of the space
    period_to   TEXT   NOT NULL,
    due_on      TEXT   NOT NULL,
    created_at  INTEGER NOT NULL, beneficiary_id TEXT NOT NULL DEFAULT '',
    CONSTRAINT charges_pkey PRIMARY KEY (id),
    CONSTRAINT charges_cause_key UNIQUE (cause, cause_id, period_from),
    CONSTRAINT charges_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT charges_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT charges_kind_check CHECK (kind IN ('fee', 'deposit', 'payment'))
) STRICT;

CREATE INDEX charges_beneficiary_idx ON charges (beneficiary_id, space_id);

CREATE INDEX charges_cause_idx ON charges (cause_id);

CREATE INDEX charges_member_idx ON charges (member_id, space_id, id);

CREATE TABLE closures (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    resource_id TEXT   NOT NULL,
    starts_at   INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL,
    reason      TEXT   NOT NULL,
    created_by  TEXT   NOT NULL,
    created_at  INTEGER NOT NULL,
    lifted_at   INTEGER,
    CONSTRAINT closures_pkey PRIMARY KEY (id),
    CONSTRAINT closures_resource_fkey FOREIGN KEY (resource_id) REFERENCES resources (id),
    CONSTRAINT closures_span_check CHECK (ends_at > starts_at)
) STRICT;

CREATE INDEX closures_resource_idx ON closures (resource_id, ends_at);

CREATE INDEX closures_space_idx ON closures (space_id, ends_at);

CREATE TABLE consent_choices (
    id        TEXT   NOT NULL,
    space_id  TEXT   NOT NULL,
    member_id TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    given     INTEGER NOT NULL, -- false: withdrawn
    guardian  INTEGER NOT NULL, -- a guardian chose
    chosen_by TEXT   NOT NULL, -- a member
    wording   INTEGER NOT NULL, -- the version of the words that were shown
    hash      TEXT   NOT NULL, -- SHA-256 of those words
    language  TEXT   NOT NULL,
    address   TEXT   NOT NULL,
    chosen_at INTEGER NOT NULL,
    CONSTRAINT consent_choices_pkey PRIMARY KEY (id),
    CONSTRAINT consent_choices_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT consent_choices_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT consent_choices_kind_check CHECK (kind IN ('marketing', 'photos', 'directory', 'third_parties', 'cross_border'))
) STRICT;

CREATE INDEX consent_choices_member_idx ON consent_choices (member_id, space_id, kind, chosen_at);

CREATE TRIGGER consent_choices_no_delete BEFORE DELETE ON consent_choices
BEGIN SELECT RAISE(ABORT, 'consent_choices_immutable'); END;

CREATE TRIGGER consent_choices_no_update BEFORE UPDATE ON consent_choices WHEN NOT (
    NEW.id = OLD.id AND NEW.space_id = OLD.space_id AND NEW.kind = OLD.kind AND NEW.given = OLD.given AND NEW.guardian = OLD.guardian AND
    NEW.wording = OLD.wording AND NEW.hash = OLD.hash AND NEW.language = OLD.language AND NEW.chosen_at = OLD.chosen_at
    AND (NEW.member_id = OLD.member_id OR EXISTS (SELECT 1 FROM members WHERE id = OLD.member_id AND merged_into = NEW.member_id))
    AND (NEW.chosen_by = OLD.chosen_by OR EXISTS (SELECT 1 FROM members WHERE id = OLD.chosen_by AND merged_into = NEW.chosen_by))
    AND (NEW.address = OLD.address OR NEW.address = ''))
BEGIN SELECT RAISE(ABORT, 'consent_choices_immutable'); END;

CREATE TABLE demographics (
    member_id    TEXT   NOT NULL,
    age          TEXT   NOT NULL,
    gender       TEXT   NOT NULL,
    student      TEXT   NOT NULL,
    returnee     TEXT   NOT NULL,
    education    TEXT   NOT NULL,
    purpose      TEXT   NOT NULL,
    consented_at INTEGER NOT NULL,
    CONSTRAINT demographics_pkey PRIMARY KEY (member_id),
    CONSTRAINT demographics_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
) STRICT;

CREATE TABLE document_versions (
    id           TEXT   NOT NULL,
    document_id  TEXT   NOT NULL,
    space_id     TEXT   NOT NULL,
    number       INTEGER NOT NULL, -- 1, 2, … within the document
    title        TEXT   NOT NULL,
    body         TEXT   NOT NULL,
    created_at   INTEGER NOT NULL,
    published_at INTEGER, -- NULL: a draft
    published_by TEXT   NOT NULL,
    version      INTEGER NOT NULL,
    CONSTRAINT document_versions_pkey PRIMARY KEY (id),
    CONSTRAINT document_versions_number_key UNIQUE (document_id, number),
    CONSTRAINT document_versions_document_fkey FOREIGN KEY (document_id) REFERENCES documents (id)
) STRICT;

CREATE UNIQUE INDEX document_versions_draft_key ON document_versions (document_id) WHERE published_at IS NULL;

CREATE INDEX document_versions_space_idx ON document_versions (space_id, document_id);

CREATE TRIGGER document_versions_no_delete BEFORE DELETE ON document_versions WHEN OLD.published_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'document_versions_published'); END;

CREATE TRIGGER document_versions_no_update BEFORE UPDATE ON document_versions WHEN OLD.published_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'document_versions_published'); END;

CREATE TABLE documents (
    id           TEXT   NOT NULL,
    space_id     TEXT   NOT NULL,
    kind         TEXT   NOT NULL, -- waiver | rules | privacy
    audience     TEXT   NOT NULL, -- everyone | minors | users: of the kinds and areas
    kinds        TEXT   NOT NULL, -- JSON list of kinds of resources
    areas        TEXT   NOT NULL, -- JSON list of work areas
    valid_months INTEGER NOT NULL, -- 0: until a new version
    position     INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    retired_at   INTEGER, -- no longer asked for
    version      INTEGER NOT NULL,
    CONSTRAINT documents_pkey PRIMARY KEY (id),
    CONSTRAINT documents_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT documents_kind_check CHECK (kind IN ('waiver', 'rules', 'privacy')),
    CONSTRAINT documents_audience_check CHECK (audience IN ('everyone', 'minors', 'users')),
    CONSTRAINT documents_months_check CHECK (valid_months BETWEEN 0 AND 120)
) STRICT;

CREATE INDEX documents_space_idx ON documents (space_id, position);

CREATE TABLE email_changes (
    id           TEXT   NOT NULL,
    member_id    TEXT   NOT NULL,
    old_email    TEXT   NOT NULL,
    new_email    TEXT   NOT NULL,
    confirm_hash TEXT,            -- SHA-256, hex; NULL until its letter is written
    undo_hash    TEXT,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL, -- until when it can be confirmed
    confirmed_at INTEGER,
    undone_at    INTEGER,
    CONSTRAINT email_changes_pkey PRIMARY KEY (id),
    CONSTRAINT email_changes_confirm_key UNIQUE (confirm_hash),
    CONSTRAINT email_changes_undo_key UNIQUE (undo_hash)
) STRICT;

CREATE INDEX email_changes_member_idx ON email_changes (member_id, created_at);

CREATE TABLE erasures (
    id        TEXT   NOT NULL,
    member_id TEXT   NOT NULL, -- whose row knows nothing of them any more
    erased_by TEXT   NOT NULL, -- themselves, or a manager; '' the house
    at        INTEGER NOT NULL,
    CONSTRAINT erasures_pkey PRIMARY KEY (id),
    CONSTRAINT erasures_member_key UNIQUE (member_id)
) STRICT;

CREATE TABLE event_sessions (
    id               TEXT   NOT NULL,
    space_id         TEXT   NOT NULL,
    certification_id TEXT, -- what passing it leads to
    title            TEXT   NOT NULL,
    place            TEXT   NOT NULL,
    starts_at        INTEGER NOT NULL,
    ends_at          INTEGER NOT NULL,
    seats            INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    cancelled_at     INTEGER, -- NULL: it takes place
    version          INTEGER NOT NULL,
    CONSTRAINT event_sessions_pkey PRIMARY KEY (id),
    CONSTRAINT event_sessions_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT event_sessions_certification_fkey FOREIGN KEY (certification_id) REFERENCES certifications (id),
    CONSTRAINT event_sessions_span_check CHECK (ends_at > starts_at),
    CONSTRAINT event_sessions_seats_check CHECK (seats >= 1)
) STRICT;

CREATE INDEX event_sessions_certification_idx ON event_sessions (certification_id, starts_at);

CREATE INDEX event_sessions_end_idx ON event_sessions (space_id, ends_at) WHERE cancelled_at IS NULL;

CREATE INDEX event_sessions_space_idx ON event_sessions (space_id, starts_at);

CREATE TABLE exports (
    id          TEXT   NOT NULL,
    member_id   TEXT   NOT NULL,
    asked_at    INTEGER NOT NULL,
    steps       INTEGER NOT NULL, -- parts that it is made of; 0: not begun
    done        INTEGER NOT NULL, -- parts that are gathered
    finished_at INTEGER,
    body        BLOB, -- the ZIP; NULL before it is finished and after it was fetched
    size        INTEGER NOT NULL, -- of the ZIP, in bytes
    fetched_at  INTEGER,
    expires_at  INTEGER NOT NULL, asked_by TEXT NOT NULL DEFAULT '',
    CONSTRAINT exports_pkey PRIMARY KEY (id),
    CONSTRAINT exports_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT exports_steps_check CHECK (done >= 0 AND done <= steps)
) STRICT;

CREATE INDEX exports_asker_idx ON exports (asked_by);

CREATE INDEX exports_expiry_idx ON exports (expires_at);

CREATE INDEX exports_member_idx ON exports (member_id, asked_at);

CREATE TABLE guardianships (
    id           TEXT   NOT NULL,
    space_id     TEXT   NOT NULL,
    member_id    TEXT   NOT NULL, -- the minor
    name         TEXT   NOT NULL, -- of the guardian
    email        TEXT   NOT NULL,
    email_key    TEXT   NOT NULL, -- as addresses are compared; empty: none was given
    guardian_id  TEXT   NOT NULL, -- the guardian's account (a member), once they signed in to answer; empty: none
    token_hash   TEXT, -- of the link in the letter; NULL until it is written
    locale       TEXT   NOT NULL, -- of the letter
    asked_by     TEXT   NOT NULL, -- a member: the minor, or staff
    asked_at     INTEGER NOT NULL,
    sent_at      INTEGER, -- when the last letter was asked for
    recorded_by  TEXT   NOT NULL, -- staff that wrote the consent down; empty: the guardian gave it themselves
    verified     TEXT   NOT NULL, -- how it was seen who they are
    signature    TEXT   NOT NULL, -- as it was typed
    wording      INTEGER NOT NULL, -- the version of the words that were shown; 0: none yet
    hash         TEXT   NOT NULL,
    language     TEXT   NOT NULL,
    address      TEXT   NOT NULL,
    consented_at INTEGER,
    ended_at     INTEGER, -- withdrawn or declined
    ended_by     TEXT   NOT NULL, answered_hash TEXT, -- a member; empty: the guardian, by the link
    CONSTRAINT guardianships_pkey PRIMARY KEY (id),
    CONSTRAINT guardianships_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT guardianships_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id)
) STRICT;

CREATE INDEX guardianships_email_idx ON guardianships (email_key);

CREATE INDEX guardianships_guardian_idx ON guardianships (guardian_id);

CREATE INDEX guardianships_member_idx ON guardianships (member_id, space_id);

CREATE UNIQUE INDEX guardianships_token_key ON guardianships (token_hash) WHERE token_hash IS NOT NULL;

CREATE TABLE holidays (
    id         TEXT   NOT NULL,
    space_id   TEXT   NOT NULL,
    day        TEXT   NOT NULL, -- 2027-01-01, in the space's zone
    name       TEXT   NOT NULL,
    opens_min  INTEGER, -- both NULL: closed all day; else the hours of that day
    closes_min INTEGER,
    CONSTRAINT holidays_pkey PRIMARY KEY (id),
    CONSTRAINT holidays_day_key UNIQUE (space_id, day),
    CONSTRAINT holidays_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id)
) STRICT;

CREATE TABLE idempotency_keys (
    actor_id     TEXT   NOT NULL,
    route        TEXT   NOT NULL,
    key          TEXT   NOT NULL,
    request_hash TEXT   NOT NULL,
    status       INTEGER NOT NULL, -- 0: in flight
    headers      TEXT   NOT NULL, -- JSON
    body         BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor_id, route, key)
) STRICT;

CREATE INDEX idempotency_keys_created_idx ON idempotency_keys (created_at);

CREATE TABLE identities (
    id         TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    issuer     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    email      TEXT   NOT NULL, -- as the service told it when it was linked
    created_at INTEGER NOT NULL,
    used_at    INTEGER,
    CONSTRAINT identities_pkey PRIMARY KEY (id),
    CONSTRAINT identities_subject_key UNIQUE (issuer, subject)
) STRICT;

CREATE INDEX identities_member_idx ON identities (member_id, created_at);

CREATE TABLE import_identities (
    space_id    TEXT   NOT NULL,
    source      TEXT   NOT NULL, -- fab-manager | cobot | nexudus | empty: not said
    external_id TEXT   NOT NULL,
    member_id   TEXT   NOT NULL,
    CONSTRAINT import_identities_pkey PRIMARY KEY (space_id, source, external_id),
    CONSTRAINT import_identities_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id)
) STRICT;

CREATE INDEX import_identities_member_idx ON import_identities (member_id, space_id);

CREATE TABLE import_items (
    import_id  TEXT   NOT NULL,
    line       INTEGER NOT NULL,
    kind       TEXT   NOT NULL, -- member | standing | membership | grant | …
    subject_id TEXT   NOT NULL,
    member_id  TEXT   NOT NULL, -- whom it was made for
    mark       TEXT   NOT NULL, -- how it was made, so that a later change is seen
    stays      TEXT   NOT NULL, -- why it was not taken back; empty: it was, or nobody asked
    undone_at  INTEGER,          -- when it was asked to be taken back
    CONSTRAINT import_items_pkey PRIMARY KEY (import_id, line, kind, subject_id),
    CONSTRAINT import_items_import_fkey FOREIGN KEY (import_id) REFERENCES imports (id)
) STRICT;

CREATE INDEX import_items_member_idx ON import_items (member_id);

CREATE TABLE import_mappings (
    space_id   TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    headings   TEXT   NOT NULL, -- SHA-256 of them, hex
    settings   TEXT   NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT import_mappings_pkey PRIMARY KEY (space_id, kind, headings),
    CONSTRAINT import_mappings_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id)
) STRICT;

CREATE TABLE import_refusals (
    import_id  TEXT   NOT NULL,
    line       INTEGER NOT NULL,
    place      INTEGER NOT NULL, -- among those of the line
    field      TEXT   NOT NULL, -- empty: the whole line
    code       TEXT   NOT NULL, -- of the refusal
    args       TEXT   NOT NULL, -- JSON: what fills its sentence
    CONSTRAINT import_refusals_pkey PRIMARY KEY (import_id, line, place),
    CONSTRAINT import_refusals_import_fkey FOREIGN KEY (import_id) REFERENCES imports (id)
) STRICT;

CREATE TABLE imports (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    kind        TEXT   NOT NULL, -- members | resources
    member_id   TEXT   NOT NULL, -- who brought it
    file_name   TEXT   NOT NULL,
    body        TEXT   NOT NULL, -- the CSV as it came
    created_at  INTEGER NOT NULL,
    done_at     INTEGER,
    created     INTEGER NOT NULL, -- rows made by it
    unchanged   INTEGER NOT NULL, content BLOB, settings TEXT NOT NULL DEFAULT '{}', state TEXT NOT NULL DEFAULT 'kept'
    CONSTRAINT imports_state_check CHECK (state IN ('kept', 'running', 'stopped', 'done', 'undoing', 'undone')), total INTEGER NOT NULL DEFAULT 0, position INTEGER NOT NULL DEFAULT 0, gained INTEGER NOT NULL DEFAULT 0, refused INTEGER NOT NULL DEFAULT 0, started_at INTEGER, run_by TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '', undone_at INTEGER, taken INTEGER NOT NULL DEFAULT 0, stayed INTEGER NOT NULL DEFAULT 0, -- rows that were there already
    CONSTRAINT imports_pkey PRIMARY KEY (id),
    CONSTRAINT imports_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT imports_kind_check CHECK (kind IN ('members', 'resources'))
) STRICT;

CREATE INDEX imports_space_idx ON imports (space_id, created_at);

CREATE TABLE mails (
    id         TEXT   NOT NULL,
    recipient  TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    body       TEXT   NOT NULL, -- plain text
    calendar   TEXT   NOT NULL, -- an iCalendar attachment, or ''
    created_at INTEGER NOT NULL,
    sent_at    INTEGER, -- NULL: kept, for want of a server
    CONSTRAINT mails_pkey PRIMARY KEY (id)
) STRICT;

CREATE INDEX mails_created_idx ON mails (created_at);

CREATE TABLE member_tags (
    tag_id    TEXT   NOT NULL,
    member_id TEXT   NOT NULL,
    given_at  INTEGER NOT NULL,
    CONSTRAINT member_tags_pkey PRIMARY KEY (tag_id, member_id),
    CONSTRAINT member_tags_tag_fkey FOREIGN KEY (tag_id) REFERENCES tags (id),
    CONSTRAINT member_tags_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
) STRICT;

CREATE INDEX member_tags_member_idx ON member_tags (member_id);

CREATE TABLE members (
    id           TEXT   NOT NULL,
    email        TEXT   NOT NULL,
    email_key    TEXT   NOT NULL, -- how addresses are compared: trimmed, NFC, lower case
    name         TEXT   NOT NULL,
    search       TEXT   NOT NULL, -- lower-case name, e-mail and phone, for LIKE
    locale       TEXT   NOT NULL,
    phone        TEXT   NOT NULL,
    confirmed_at INTEGER,
    created_at   INTEGER NOT NULL,
    version      INTEGER NOT NULL, merged_into TEXT NOT NULL DEFAULT '',
    CONSTRAINT members_pkey PRIMARY KEY (id),
    CONSTRAINT members_email_key UNIQUE (email_key)
) STRICT;

CREATE INDEX members_merged_idx ON members (merged_into) WHERE merged_into <> '';

CREATE INDEX members_name_idx ON members (name, id);

CREATE TABLE membership_pauses (
    id            TEXT   NOT NULL,
    membership_id TEXT   NOT NULL,
    starts_at     INTEGER NOT NULL,
    ends_at       INTEGER NOT NULL,
    reason        TEXT   NOT NULL,
    created_at    INTEGER NOT NULL,
    CONSTRAINT membership_pauses_pkey PRIMARY KEY (id),
    CONSTRAINT membership_pauses_membership_fkey FOREIGN KEY (membership_id) REFERENCES memberships (id),
    CONSTRAINT membership_pauses_span_check CHECK (ends_at >= starts_at)
) STRICT;

CREATE INDEX membership_pauses_membership_idx ON membership_pauses (membership_id, starts_at);

CREATE TABLE memberships (
    id         TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    space_id   TEXT   NOT NULL,
    plan_id    TEXT   NOT NULL,
    starts_at  INTEGER NOT NULL,
    ends_at    INTEGER, -- NULL: until it is ended
    created_at INTEGER NOT NULL, buyer_group TEXT NOT NULL DEFAULT '', price_minor INTEGER NOT NULL DEFAULT 0, currency TEXT NOT NULL DEFAULT '', period TEXT NOT NULL DEFAULT 'month', period_count INTEGER NOT NULL DEFAULT 1, renews INTEGER NOT NULL DEFAULT TRUE, notice_days INTEGER NOT NULL DEFAULT 0, term_ends_at INTEGER, anchor TEXT NOT NULL DEFAULT '', turn INTEGER NOT NULL DEFAULT 0, period_from INTEGER, period_to INTEGER, period_days INTEGER NOT NULL DEFAULT 0, period_minor INTEGER NOT NULL DEFAULT 0, trial_ends_at INTEGER, setup_due INTEGER NOT NULL DEFAULT 0, deposit_due INTEGER NOT NULL DEFAULT 0, deposit_minor INTEGER NOT NULL DEFAULT 0, deposit_settled_at INTEGER, deposit_kept TEXT NOT NULL DEFAULT '', cancelled_at INTEGER, cancel_reason TEXT NOT NULL DEFAULT '', reminded_at INTEGER, lapsed_at INTEGER, proved_by TEXT NOT NULL DEFAULT '', proved_until TEXT NOT NULL DEFAULT '', ends_without INTEGER,
    CONSTRAINT memberships_pkey PRIMARY KEY (id),
    CONSTRAINT memberships_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT memberships_plan_fkey FOREIGN KEY (plan_id) REFERENCES plans (id),
    CONSTRAINT memberships_span_check CHECK (ends_at IS NULL OR ends_at > starts_at)
) STRICT;

CREATE INDEX memberships_due_idx ON memberships (period_to);

CREATE INDEX memberships_ending_idx ON memberships (ends_at);

CREATE INDEX memberships_member_idx ON memberships (member_id, space_id, starts_at);

CREATE INDEX memberships_plan_idx ON memberships (plan_id, ends_at);

CREATE TABLE minor_terms (
    space_id       TEXT   NOT NULL,
    asks_birthday  INTEGER NOT NULL, -- of everyone who books
    consent_age    INTEGER NOT NULL, -- 0: that of the country
    version        INTEGER NOT NULL,
    CONSTRAINT minor_terms_pkey PRIMARY KEY (space_id),
    CONSTRAINT minor_terms_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT minor_terms_age_check CHECK (consent_age BETWEEN 0 AND 18)
) STRICT;

CREATE TABLE notes (
    id           TEXT   NOT NULL,
    space_id     TEXT   NOT NULL,
    member_id    TEXT   NOT NULL, -- whom it is about
    text         TEXT   NOT NULL,
    pinned       INTEGER NOT NULL, -- shown at the desk before anything else
    written_by   TEXT   NOT NULL,
    written_at   INTEGER NOT NULL,
    struck_by    TEXT   NOT NULL, -- '' it stands
    struck_at    INTEGER,
    CONSTRAINT notes_pkey PRIMARY KEY (id),
    CONSTRAINT notes_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT notes_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
) STRICT;

CREATE INDEX notes_member_idx ON notes (member_id, space_id, written_at);

CREATE TABLE occupancies (
    id          TEXT   NOT NULL,
    resource_id TEXT   NOT NULL,
    unit        INTEGER NOT NULL,
    starts_at   INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL,
    cause       TEXT   NOT NULL, -- booking | closure
    cause_id    TEXT   NOT NULL,
    CONSTRAINT occupancies_pkey PRIMARY KEY (id),
    CONSTRAINT occupancies_resource_fkey FOREIGN KEY (resource_id) REFERENCES resources (id),
    CONSTRAINT occupancies_span_check CHECK (ends_at > starts_at),
    CONSTRAINT occupancies_unit_check CHECK (unit >= 1),
    CONSTRAINT occupancies_cause_check CHECK (cause IN ('booking', 'closure'))
) STRICT;

CREATE INDEX occupancies_cause_idx ON occupancies (cause_id);

CREATE UNIQUE INDEX occupancies_start_key ON occupancies (resource_id, unit, starts_at);

CREATE TRIGGER occupancies_no_overlap_insert BEFORE INSERT ON occupancies
BEGIN
    SELECT RAISE(ABORT, 'occupancies_no_overlap')
    WHERE COALESCE((SELECT o.ends_at FROM occupancies o
        WHERE o.resource_id = NEW.resource_id AND o.unit = NEW.unit AND o.starts_at < NEW.ends_at
        ORDER BY o.starts_at DESC LIMIT 1), 0) > NEW.starts_at;
END;

CREATE TRIGGER occupancies_no_overlap_update BEFORE UPDATE OF resource_id, unit, starts_at, ends_at ON occupancies
BEGIN
    SELECT RAISE(ABORT, 'occupancies_no_overlap')
    WHERE COALESCE((SELECT o.ends_at FROM occupancies o
        WHERE o.resource_id = NEW.resource_id AND o.unit = NEW.unit AND o.starts_at < NEW.ends_at AND o.id <> OLD.id
        ORDER BY o.starts_at DESC LIMIT 1), 0) > NEW.starts_at;
END;

CREATE TABLE one_time_tokens (
    id         TEXT   NOT NULL,
    hash       TEXT, -- SHA-256, hex; NULL until the letter that brings it is written
    purpose    TEXT   NOT NULL, -- confirm | reset
    member_id  TEXT   NOT NULL,
    password   TEXT   NOT NULL, -- the hash that using it puts in force; '' none
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    CONSTRAINT one_time_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT one_time_tokens_hash_key UNIQUE (hash)
) STRICT;

CREATE INDEX one_time_tokens_expiry_idx ON one_time_tokens (expires_at);

CREATE INDEX one_time_tokens_member_idx ON one_time_tokens (member_id, purpose);

CREATE TABLE opening_hours (
    id         TEXT   NOT NULL,
    space_id   TEXT   NOT NULL,
    weekday    INTEGER NOT NULL, -- 1 Monday … 7 Sunday, ISO 8601
    opens_min  INTEGER NOT NULL, -- minutes on the wall since midnight
    closes_min INTEGER NOT NULL, -- up to 1440
    audience   TEXT   NOT NULL, -- everyone | key_holders
    CONSTRAINT opening_hours_pkey PRIMARY KEY (id),
    CONSTRAINT opening_hours_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT opening_hours_weekday_check CHECK (weekday BETWEEN 1 AND 7),
    CONSTRAINT opening_hours_span_check CHECK (opens_min >= 0 AND closes_min <= 1440 AND opens_min < closes_min),
    CONSTRAINT opening_hours_audience_check CHECK (audience IN ('everyone', 'key_holders'))
) STRICT;

CREATE INDEX opening_hours_space_idx ON opening_hours (space_id, weekday);

CREATE TABLE passkeys (
    id         TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    handle     TEXT   NOT NULL, -- the credential's id, base64url
    name       TEXT   NOT NULL,
    credential TEXT   NOT NULL, -- JSON: the public key and what goes with it
    created_at INTEGER NOT NULL,
    used_at    INTEGER,
    CONSTRAINT passkeys_pkey PRIMARY KEY (id),
    CONSTRAINT passkeys_handle_key UNIQUE (handle)
) STRICT;

CREATE INDEX passkeys_member_idx ON passkeys (member_id, created_at);

CREATE TABLE passwords (
    member_id  TEXT   NOT NULL,
    hash       TEXT   NOT NULL, -- Argon2id, PHC string
    changed_at INTEGER NOT NULL,
    CONSTRAINT passwords_pkey PRIMARY KEY (member_id)
) STRICT;

CREATE TABLE pictures (
    id         TEXT   NOT NULL,
    space_id   TEXT   NOT NULL,
    media_type TEXT   NOT NULL,
    body       BLOB NOT NULL,
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT pictures_pkey PRIMARY KEY (id),
    CONSTRAINT pictures_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id)
) STRICT;

CREATE TABLE plan_applications (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    member_id   TEXT   NOT NULL,
    plan_id     TEXT   NOT NULL,
    buyer_group TEXT   NOT NULL,
    price_minor INTEGER NOT NULL, -- of a period, as it was when they asked
    currency    TEXT   NOT NULL,
    starts_on   TEXT   NOT NULL, -- a day of the space; empty: when it is approved
    note        TEXT   NOT NULL,
    asked_at    INTEGER NOT NULL,
    decided_at  INTEGER,
    decided_by  TEXT   NOT NULL,
    approved    INTEGER NOT NULL,
    reason      TEXT   NOT NULL, membership_id TEXT NOT NULL DEFAULT '',
    CONSTRAINT plan_applications_pkey PRIMARY KEY (id),
    CONSTRAINT plan_applications_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT plan_applications_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT plan_applications_plan_fkey FOREIGN KEY (plan_id) REFERENCES plans (id)
) STRICT;

CREATE INDEX plan_applications_member_idx ON plan_applications (member_id, space_id);

CREATE INDEX plan_applications_waiting_idx ON plan_applications (space_id, decided_at, asked_at);

CREATE TABLE plan_settings (
    space_id      TEXT   NOT NULL,
    on_lapse      TEXT   NOT NULL, -- what becomes of bookings when a membership has ended
    reminder_days INTEGER NOT NULL,
    CONSTRAINT plan_settings_pkey PRIMARY KEY (space_id),
    CONSTRAINT plan_settings_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT plan_settings_lapse_check CHECK (on_lapse IN ('cancel', 'flag'))
) STRICT;

CREATE TABLE plans (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    code        TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    price_group TEXT   NOT NULL, -- which prices its holders pay: guest | member | …
    key_holder  INTEGER NOT NULL,
    price_minor INTEGER NOT NULL, -- a month
    currency    TEXT   NOT NULL,
    position    INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1, about TEXT NOT NULL DEFAULT '{}', period TEXT NOT NULL DEFAULT 'month' CONSTRAINT plans_period_check CHECK (period IN ('day', 'week', 'month', 'year')), period_count INTEGER NOT NULL DEFAULT 1 CONSTRAINT plans_period_count_check CHECK (period_count > 0), prices TEXT NOT NULL DEFAULT '[]', setup_minor INTEGER NOT NULL DEFAULT 0, deposit_minor INTEGER NOT NULL DEFAULT 0, min_periods INTEGER NOT NULL DEFAULT 0, notice_days INTEGER NOT NULL DEFAULT 0, trial_days INTEGER NOT NULL DEFAULT 0, renews INTEGER NOT NULL DEFAULT TRUE, includes TEXT NOT NULL DEFAULT '{}', audience TEXT NOT NULL DEFAULT 'everyone' CONSTRAINT plans_audience_check CHECK (audience IN ('everyone', 'concession', 'staff', 'invitation')), invite TEXT NOT NULL DEFAULT '', approval INTEGER NOT NULL DEFAULT FALSE, most INTEGER NOT NULL DEFAULT 0, sold_from TEXT NOT NULL DEFAULT '', sold_to TEXT NOT NULL DEFAULT '', free_price INTEGER NOT NULL DEFAULT FALSE, floor_minor INTEGER NOT NULL DEFAULT 0, pause_days INTEGER NOT NULL DEFAULT 0, pause_longest INTEGER NOT NULL DEFAULT 0, archived_at INTEGER,
    CONSTRAINT plans_pkey PRIMARY KEY (id),
    CONSTRAINT plans_code_key UNIQUE (space_id, code),
    CONSTRAINT plans_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id)
) STRICT;

CREATE TABLE portraits (
    id         TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    body       BLOB NOT NULL, -- JPEG
    width      INTEGER NOT NULL,
    height     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT portraits_pkey PRIMARY KEY (id),
    CONSTRAINT portraits_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
) STRICT;

CREATE INDEX portraits_member_idx ON portraits (member_id);

CREATE TABLE prices (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    resource_id TEXT   NOT NULL,
    position    INTEGER NOT NULL, -- the first that fits is taken
    price_group TEXT   NOT NULL, -- '' every group
    weekdays    INTEGER NOT NULL,
    from_min    INTEGER NOT NULL,
    to_min      INTEGER NOT NULL,
    form        TEXT   NOT NULL, -- per_hour | per_step | flat
    step_min    INTEGER NOT NULL, -- for per_step
    minor       INTEGER NOT NULL,
    currency    TEXT   NOT NULL,
    CONSTRAINT prices_pkey PRIMARY KEY (id),
    CONSTRAINT prices_resource_fkey FOREIGN KEY (resource_id) REFERENCES resources (id),
    CONSTRAINT prices_form_check CHECK (form IN ('per_hour', 'per_step', 'flat')),
    CONSTRAINT prices_step_check CHECK (form <> 'per_step' OR step_min > 0),
    CONSTRAINT prices_minor_check CHECK (minor >= 0)
) STRICT;

CREATE INDEX prices_resource_idx ON prices (resource_id, position);

CREATE TABLE profile_answers (
    field_id   TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    value      TEXT   NOT NULL, -- text; the number of a choice; 2027-03-28; 12.5; yes | no
    updated_at INTEGER NOT NULL,
    CONSTRAINT profile_answers_pkey PRIMARY KEY (field_id, member_id),
    CONSTRAINT profile_answers_field_fkey FOREIGN KEY (field_id) REFERENCES profile_fields (id),
    CONSTRAINT profile_answers_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
) STRICT;

CREATE INDEX profile_answers_member_idx ON profile_answers (member_id);

CREATE TABLE profile_fields (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    label       TEXT   NOT NULL, -- {"en":…,"zh":…}
    hint        TEXT   NOT NULL, -- {"en":…,"zh":…}
    kind        TEXT   NOT NULL,
    choices     TEXT   NOT NULL, -- [{"en":…,"zh":…},…]
    required    INTEGER NOT NULL,
    seen_by     TEXT   NOT NULL,
    edited_by   TEXT   NOT NULL,
    position    INTEGER NOT NULL,
    archived_at INTEGER,
    version     INTEGER NOT NULL,
    CONSTRAINT profile_fields_pkey PRIMARY KEY (id),
    CONSTRAINT profile_fields_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT profile_fields_kind_check CHECK (kind IN ('text', 'choice', 'date', 'number', 'yes_no')),
    CONSTRAINT profile_fields_seen_check CHECK (seen_by IN ('member', 'staff')),
    CONSTRAINT profile_fields_edited_check CHECK (edited_by IN ('member', 'staff'))
) STRICT;

CREATE INDEX profile_fields_space_idx ON profile_fields (space_id, position);

CREATE TABLE profiles (
    member_id        TEXT   NOT NULL,
    address          TEXT   NOT NULL,
    contact_name     TEXT   NOT NULL, -- whom to call in an emergency
    contact_phone    TEXT   NOT NULL,
    contact_relation TEXT   NOT NULL,
    makes            TEXT   NOT NULL, -- for the directory
    skills           TEXT   NOT NULL, -- for the directory, a comma between
    portrait_id      TEXT   NOT NULL, -- '' none
    version          INTEGER NOT NULL,
    CONSTRAINT profiles_pkey PRIMARY KEY (member_id),
    CONSTRAINT profiles_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
) STRICT;

CREATE TABLE proofs (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    member_id   TEXT   NOT NULL, -- whose it is
    kind        TEXT   NOT NULL,
    name        TEXT   NOT NULL, -- of the file, as it was sent
    media_type  TEXT   NOT NULL,
    size        INTEGER NOT NULL, -- bytes
    body        BLOB NOT NULL,
    sent_by     TEXT   NOT NULL,
    sent_at     INTEGER NOT NULL,
    status      TEXT   NOT NULL,
    reason      TEXT   NOT NULL, -- why it was refused
    reviewed_by TEXT   NOT NULL, -- '' nobody yet
    reviewed_at INTEGER,
    expires_on  TEXT   NOT NULL, -- the last day it counts; '' always
    version     INTEGER NOT NULL,
    CONSTRAINT proofs_pkey PRIMARY KEY (id),
    CONSTRAINT proofs_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT proofs_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT proofs_kind_check CHECK (kind IN ('student', 'insurance', 'identity', 'other')),
    CONSTRAINT proofs_status_check CHECK (status IN ('waiting', 'accepted', 'refused'))
) STRICT;

CREATE INDEX proofs_member_idx ON proofs (member_id, space_id, sent_at);

CREATE INDEX proofs_waiting_idx ON proofs (space_id, sent_at) WHERE status = 'waiting';

CREATE TABLE recovery_codes (
    id         TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    hint       TEXT   NOT NULL, -- what it begins with
    hash       TEXT   NOT NULL, -- Argon2id, PHC string
    created_at INTEGER NOT NULL,
    used_at    INTEGER,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (id)
) STRICT;

CREATE INDEX recovery_codes_member_idx ON recovery_codes (member_id);

CREATE TABLE refresh_tokens (
    hash       TEXT   NOT NULL, -- SHA-256, hex
    session_id TEXT   NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (hash),
    CONSTRAINT refresh_tokens_session_fkey FOREIGN KEY (session_id) REFERENCES sessions (id)
) STRICT;

CREATE INDEX refresh_tokens_expiry_idx ON refresh_tokens (expires_at);

CREATE INDEX refresh_tokens_session_idx ON refresh_tokens (session_id);

CREATE TABLE registrations (
    id         TEXT   NOT NULL,
    session_id TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT registrations_pkey PRIMARY KEY (id),
    CONSTRAINT registrations_seat_key UNIQUE (session_id, member_id),
    CONSTRAINT registrations_session_fkey FOREIGN KEY (session_id) REFERENCES event_sessions (id),
    CONSTRAINT registrations_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
) STRICT;

CREATE INDEX registrations_member_idx ON registrations (member_id);

CREATE TABLE resource_certifications (
    resource_id      TEXT   NOT NULL,
    certification_id TEXT   NOT NULL,
    choice           INTEGER NOT NULL, -- those of one number: any of them; all numbers are asked
    CONSTRAINT resource_certifications_pkey PRIMARY KEY (resource_id, certification_id),
    CONSTRAINT resource_certifications_resource_fkey FOREIGN KEY (resource_id) REFERENCES resources (id),
    CONSTRAINT resource_certifications_certification_fkey FOREIGN KEY (certification_id) REFERENCES certifications (id)
) STRICT;

CREATE TABLE resources (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    area_id     TEXT   NOT NULL,
    parent_id   TEXT, -- the room it stands in, when that room is booked as a whole
    slug        TEXT   NOT NULL,
    type        TEXT   NOT NULL, -- machine | desk | room
    kind        TEXT   NOT NULL, -- what sort of it: co2-laser-100w; resources of one kind stand in for each other
    name        TEXT   NOT NULL,
    model       TEXT   NOT NULL,
    about       TEXT   NOT NULL,
    materials   TEXT   NOT NULL,
    hazards     TEXT   NOT NULL,
    picture_id  TEXT,
    units       INTEGER NOT NULL, -- more than one: a pool
    sharing     TEXT   NOT NULL, -- units: a booking takes one; places: it takes one for each person
    bookable    INTEGER NOT NULL, -- false: shown, but let in another way
    status      TEXT   NOT NULL,
    out_until   INTEGER, -- NULL while out of service: until further notice
    out_reason  TEXT   NOT NULL,
    position    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    CONSTRAINT resources_pkey PRIMARY KEY (id),
    CONSTRAINT resources_slug_key UNIQUE (space_id, slug),
    CONSTRAINT resources_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT resources_area_fkey FOREIGN KEY (area_id) REFERENCES areas (id),
    CONSTRAINT resources_parent_fkey FOREIGN KEY (parent_id) REFERENCES resources (id),
    CONSTRAINT resources_picture_fkey FOREIGN KEY (picture_id) REFERENCES pictures (id),
    CONSTRAINT resources_type_check CHECK (type IN ('machine', 'desk', 'room')),
    CONSTRAINT resources_sharing_check CHECK (sharing IN ('units', 'places')),
    CONSTRAINT resources_units_check CHECK (units BETWEEN 1 AND 500),
    CONSTRAINT resources_status_check CHECK (status IN ('in_service', 'out_of_service'))
) STRICT;

CREATE INDEX resources_kind_idx ON resources (space_id, kind);

CREATE INDEX resources_parent_idx ON resources (parent_id);

CREATE INDEX resources_space_idx ON resources (space_id, position, id);

CREATE TABLE rules (
    id            TEXT   NOT NULL,
    space_id      TEXT   NOT NULL,
    kind          TEXT   NOT NULL,
    area_id       TEXT, -- at most one of the next three; none: the whole space
    resource_kind TEXT,
    resource_id   TEXT,
    audience      TEXT   NOT NULL, -- '' everyone | role:member | group:guest | plan:pro
    weekdays      INTEGER NOT NULL, -- bit 0 Monday … bit 6 Sunday; 0: every day
    from_min      INTEGER NOT NULL, -- the hours of the wall it speaks of
    to_min        INTEGER NOT NULL,
    params        TEXT   NOT NULL, -- JSON, by kind
    CONSTRAINT rules_pkey PRIMARY KEY (id),
    CONSTRAINT rules_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT rules_window_check CHECK (from_min >= 0 AND to_min <= 1440 AND from_min < to_min)
) STRICT;

CREATE INDEX rules_space_idx ON rules (space_id);

CREATE TABLE sessions (
    id         TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    agent      TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    ended_at   INTEGER, proved_at INTEGER, strong_at INTEGER, locked_at INTEGER,
    CONSTRAINT sessions_pkey PRIMARY KEY (id)
) STRICT;

CREATE INDEX sessions_ended_idx ON sessions (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX sessions_expiry_idx ON sessions (expires_at);

CREATE INDEX sessions_member_idx ON sessions (member_id, expires_at);

CREATE TABLE settings (
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    CONSTRAINT settings_pkey PRIMARY KEY (key)
) STRICT;

CREATE TABLE spaces (
    id         TEXT   NOT NULL,
    slug       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    about      TEXT   NOT NULL,
    blueprint  TEXT   NOT NULL,
    country    TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    email      TEXT   NOT NULL,
    phone      TEXT   NOT NULL,
    zone       TEXT   NOT NULL,
    currency   TEXT   NOT NULL,
    position   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    version    INTEGER NOT NULL, headline TEXT NOT NULL DEFAULT '{}', sections TEXT NOT NULL DEFAULT 'make,free,plans,desks,events', streams  TEXT NOT NULL DEFAULT 'fees,sponsorship,courses,events,sales,equipment,equity',
    CONSTRAINT spaces_pkey PRIMARY KEY (id),
    CONSTRAINT spaces_slug_key UNIQUE (slug)
) STRICT;

CREATE TABLE standings (
    member_id         TEXT   NOT NULL,
    space_id          TEXT   NOT NULL,
    role              TEXT   NOT NULL,
    suspended_at      INTEGER,
    suspended_reason  TEXT   NOT NULL,
    joined_at         INTEGER NOT NULL, suspended_until INTEGER, suspended_by TEXT NOT NULL DEFAULT '', counted_from INTEGER, left_at INTEGER, left_reason TEXT NOT NULL DEFAULT '',
    CONSTRAINT standings_pkey PRIMARY KEY (space_id, member_id),
    CONSTRAINT standings_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT standings_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT standings_role_check CHECK (role IN ('member', 'instructor', 'desk', 'manager', 'owner'))
) STRICT;

CREATE INDEX standings_member_idx ON standings (member_id);

CREATE INDEX standings_until_idx ON standings (suspended_until) WHERE suspended_until IS NOT NULL;

CREATE TABLE supervised_hours (
    id         TEXT   NOT NULL,
    space_id   TEXT   NOT NULL,
    weekday    INTEGER NOT NULL, -- 1 Monday … 7 Sunday, ISO 8601
    opens_min  INTEGER NOT NULL, -- minutes on the wall since midnight
    closes_min INTEGER NOT NULL, -- up to 1440
    CONSTRAINT supervised_hours_pkey PRIMARY KEY (id),
    CONSTRAINT supervised_hours_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT supervised_hours_weekday_check CHECK (weekday BETWEEN 1 AND 7),
    CONSTRAINT supervised_hours_span_check CHECK (opens_min >= 0 AND closes_min <= 1440 AND opens_min < closes_min)
) STRICT;

CREATE INDEX supervised_hours_space_idx ON supervised_hours (space_id, weekday);

CREATE TABLE suspension_rules (
    space_id     TEXT   NOT NULL,
    enabled      INTEGER NOT NULL,
    no_shows     INTEGER NOT NULL,
    within_days  INTEGER NOT NULL,
    suspend_days INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    CONSTRAINT suspension_rules_pkey PRIMARY KEY (space_id),
    CONSTRAINT suspension_rules_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT suspension_rules_span_check CHECK (no_shows BETWEEN 1 AND 50 AND within_days BETWEEN 1 AND 365 AND suspend_days BETWEEN 1 AND 365)
) STRICT;

CREATE TABLE tags (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    name        TEXT   NOT NULL, -- {"en":…,"zh":…}
    position    INTEGER NOT NULL,
    archived_at INTEGER,
    version     INTEGER NOT NULL,
    CONSTRAINT tags_pkey PRIMARY KEY (id),
    CONSTRAINT tags_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id)
) STRICT;

CREATE INDEX tags_space_idx ON tags (space_id, position);

CREATE TABLE team_invitations (
    id           TEXT   NOT NULL,
    team_id      TEXT   NOT NULL,
    space_id     TEXT   NOT NULL,
    email        TEXT   NOT NULL,
    email_key    TEXT   NOT NULL, -- how addresses are compared
    hash         TEXT, -- SHA-256 of the link's token, hex; NULL until the letter is written
    admin        INTEGER NOT NULL,
    locale       TEXT   NOT NULL, -- of the letter, where the address is nobody's
    letters      INTEGER NOT NULL, -- how often it was sent
    invited_by   TEXT   NOT NULL, -- a member's id, or '' for the house
    member_id    TEXT   NOT NULL, -- who accepted, or ''
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    accepted_at  INTEGER,
    withdrawn_at INTEGER,
    CONSTRAINT team_invitations_pkey PRIMARY KEY (id),
    CONSTRAINT team_invitations_hash_key UNIQUE (hash),
    CONSTRAINT team_invitations_team_fkey FOREIGN KEY (team_id) REFERENCES teams (id)
) STRICT;

CREATE INDEX team_invitations_email_idx ON team_invitations (email_key);

CREATE INDEX team_invitations_member_idx ON team_invitations (member_id);

CREATE UNIQUE INDEX team_invitations_open_key ON team_invitations (team_id, email_key) WHERE accepted_at IS NULL AND withdrawn_at IS NULL;

CREATE INDEX team_invitations_team_idx ON team_invitations (team_id, created_at);

CREATE TABLE team_members (
    id          TEXT   NOT NULL,
    team_id     TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    member_id   TEXT   NOT NULL,
    admin       INTEGER NOT NULL,
    payer       INTEGER NOT NULL,
    at_once     INTEGER NOT NULL, -- of this one alone
    week_min    INTEGER NOT NULL,
    month_min   INTEGER NOT NULL,
    spend_minor INTEGER NOT NULL,
    joined_at   INTEGER NOT NULL,
    left_at     INTEGER, -- NULL: is in it
    CONSTRAINT team_members_pkey PRIMARY KEY (id),
    CONSTRAINT team_members_team_fkey FOREIGN KEY (team_id) REFERENCES teams (id),
    CONSTRAINT team_members_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT team_members_limits_check CHECK (at_once >= 0 AND week_min >= 0 AND month_min >= 0 AND spend_minor >= 0)
) STRICT;

CREATE INDEX team_members_member_idx ON team_members (member_id);

CREATE UNIQUE INDEX team_members_one_key ON team_members (space_id, member_id) WHERE left_at IS NULL;

CREATE UNIQUE INDEX team_members_payer_key ON team_members (team_id) WHERE payer AND left_at IS NULL;

CREATE INDEX team_members_team_idx ON team_members (team_id, left_at);

CREATE TABLE teams (
    id              TEXT   NOT NULL,
    space_id        TEXT   NOT NULL,
    kind            TEXT   NOT NULL, -- team | company | family
    name            TEXT   NOT NULL,
    search          TEXT   NOT NULL, -- lower-case name and billing name, for LIKE
    billing_name    TEXT   NOT NULL,
    billing_address TEXT   NOT NULL,
    tax_id          TEXT   NOT NULL,
    seats           INTEGER NOT NULL,
    at_once         INTEGER NOT NULL, -- of all together; 0: no limit, here and below
    week_min        INTEGER NOT NULL, -- minutes
    month_min       INTEGER NOT NULL,
    spend_minor     INTEGER NOT NULL, -- a month
    currency        TEXT   NOT NULL,
    archived_at     INTEGER,
    created_at      INTEGER NOT NULL,
    version         INTEGER NOT NULL,
    CONSTRAINT teams_pkey PRIMARY KEY (id),
    CONSTRAINT teams_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT teams_kind_check CHECK (kind IN ('team', 'company', 'family')),
    CONSTRAINT teams_seats_check CHECK (seats >= 1),
    CONSTRAINT teams_limits_check CHECK (at_once >= 0 AND week_min >= 0 AND month_min >= 0 AND spend_minor >= 0)
) STRICT;

CREATE INDEX teams_space_idx ON teams (space_id, search, id);

CREATE TABLE visits (
    id            TEXT   NOT NULL,
    space_id      TEXT   NOT NULL,
    member_id     TEXT   NOT NULL,
    arrived_at    INTEGER NOT NULL,
    left_at       INTEGER, -- NULL: still here
    membership_id TEXT   NOT NULL, -- the pass that was sold for it; empty: none
    badge_id      TEXT   NOT NULL, -- the wristband that was handed out; empty: none
    wristband     TEXT   NOT NULL, -- its number, as it is printed
    paid          TEXT   NOT NULL, -- how the pass was paid
    minor         INTEGER NOT NULL, -- what it came to
    currency      TEXT   NOT NULL,
    recorded_by   TEXT   NOT NULL,
    CONSTRAINT visits_pkey PRIMARY KEY (id),
    CONSTRAINT visits_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT visits_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT visits_paid_check CHECK (paid IN ('', 'cash', 'card', 'later')),
    CONSTRAINT visits_span_check CHECK (left_at IS NULL OR left_at >= arrived_at)
) STRICT;

CREATE INDEX visits_day_idx ON visits (space_id, arrived_at);

CREATE UNIQUE INDEX visits_here_key ON visits (space_id, member_id) WHERE left_at IS NULL;

CREATE INDEX visits_member_idx ON visits (member_id, space_id);

CREATE INDEX visits_open_idx ON visits (id) WHERE left_at IS NULL;

-- PostgreSQL: the same, but --------------------------------------------------

ALTER TABLE occupancies ADD CONSTRAINT occupancies_no_overlap EXCLUDE USING gist (resource_id WITH =, unit WITH =, int8range(starts_at, ends_at, '[)'::text) WITH &&);
