-- People: what they tell of themselves, what the staff notes about them, how they
-- leave, and how two accounts of one person become one.

-- +goose Up

ALTER TABLE members ADD COLUMN merged_into TEXT NOT NULL DEFAULT ''; -- the account that took this one over; '' none

ALTER TABLE standings ADD COLUMN suspended_until BIGINT; -- NULL: until somebody ends it
ALTER TABLE standings ADD COLUMN suspended_by TEXT NOT NULL DEFAULT ''; -- staff | rule; '' before it was kept
ALTER TABLE standings ADD COLUMN counted_from BIGINT; -- no-shows before this were answered for
ALTER TABLE standings ADD COLUMN left_at BIGINT; -- NULL: still here
ALTER TABLE standings ADD COLUMN left_reason TEXT NOT NULL DEFAULT '';

CREATE INDEX standings_until_idx ON standings (suspended_until) WHERE suspended_until IS NOT NULL;

-- When no-shows suspend by themselves.
CREATE TABLE suspension_rules (
    space_id     TEXT   NOT NULL,
    enabled      ${bool} NOT NULL,
    no_shows     BIGINT NOT NULL,
    within_days  BIGINT NOT NULL,
    suspend_days BIGINT NOT NULL,
    version      BIGINT NOT NULL,
    CONSTRAINT suspension_rules_pkey PRIMARY KEY (space_id),
    CONSTRAINT suspension_rules_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT suspension_rules_span_check CHECK (no_shows BETWEEN 1 AND 50 AND within_days BETWEEN 1 AND 365 AND suspend_days BETWEEN 1 AND 365)
)${strict};

-- Every address an account was ever known by that was merged into another.
CREATE TABLE member_aliases (
    email_key TEXT   NOT NULL,
    email     TEXT   NOT NULL,
    member_id TEXT   NOT NULL, -- who has it now
    merged_id TEXT   NOT NULL, -- whose it was
    merged_at BIGINT NOT NULL,
    CONSTRAINT member_aliases_pkey PRIMARY KEY (email_key),
    CONSTRAINT member_aliases_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
)${strict};

CREATE INDEX member_aliases_member_idx ON member_aliases (member_id);

CREATE TABLE notes (
    id           TEXT   NOT NULL,
    space_id     TEXT   NOT NULL,
    member_id    TEXT   NOT NULL, -- whom it is about
    text         TEXT   NOT NULL,
    pinned       ${bool} NOT NULL, -- shown at the desk before anything else
    written_by   TEXT   NOT NULL,
    written_at   BIGINT NOT NULL,
    struck_by    TEXT   NOT NULL, -- '' it stands
    struck_at    BIGINT,
    CONSTRAINT notes_pkey PRIMARY KEY (id),
    CONSTRAINT notes_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT notes_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
)${strict};

CREATE INDEX notes_member_idx ON notes (member_id, space_id, written_at);

CREATE TABLE tags (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    name        TEXT   NOT NULL, -- {"en":…,"zh":…}
    position    BIGINT NOT NULL,
    archived_at BIGINT,
    version     BIGINT NOT NULL,
    CONSTRAINT tags_pkey PRIMARY KEY (id),
    CONSTRAINT tags_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id)
)${strict};

CREATE INDEX tags_space_idx ON tags (space_id, position);

CREATE TABLE member_tags (
    tag_id    TEXT   NOT NULL,
    member_id TEXT   NOT NULL,
    given_at  BIGINT NOT NULL,
    CONSTRAINT member_tags_pkey PRIMARY KEY (tag_id, member_id),
    CONSTRAINT member_tags_tag_fkey FOREIGN KEY (tag_id) REFERENCES tags (id),
    CONSTRAINT member_tags_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
)${strict};

CREATE INDEX member_tags_member_idx ON member_tags (member_id);

CREATE TABLE badges (
    id         TEXT   NOT NULL,
    space_id   TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    number     TEXT   NOT NULL, -- as it is printed
    number_key TEXT   NOT NULL, -- as it is compared: digits and letters, upper case
    given_at   BIGINT NOT NULL,
    ended_at   BIGINT, -- NULL: in use
    ended      TEXT   NOT NULL, -- '' | returned | lost
    CONSTRAINT badges_pkey PRIMARY KEY (id),
    CONSTRAINT badges_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT badges_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT badges_ended_check CHECK (ended IN ('', 'returned', 'lost'))
)${strict};

CREATE UNIQUE INDEX badges_number_key ON badges (space_id, number_key) WHERE ended_at IS NULL;
CREATE INDEX badges_member_idx ON badges (member_id, space_id);

-- What a person tells of themselves, for every space they are in.
CREATE TABLE profiles (
    member_id        TEXT   NOT NULL,
    address          TEXT   NOT NULL,
    contact_name     TEXT   NOT NULL, -- whom to call in an emergency
    contact_phone    TEXT   NOT NULL,
    contact_relation TEXT   NOT NULL,
    makes            TEXT   NOT NULL, -- for the directory
    skills           TEXT   NOT NULL, -- for the directory, a comma between
    portrait_id      TEXT   NOT NULL, -- '' none
    version          BIGINT NOT NULL,
    CONSTRAINT profiles_pkey PRIMARY KEY (member_id),
    CONSTRAINT profiles_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
)${strict};

CREATE TABLE portraits (
    id         TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    body       ${blob} NOT NULL, -- JPEG
    width      BIGINT NOT NULL,
    height     BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT portraits_pkey PRIMARY KEY (id),
    CONSTRAINT portraits_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
)${strict};

CREATE INDEX portraits_member_idx ON portraits (member_id);

-- The questions a space asks besides.
CREATE TABLE profile_fields (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    label       TEXT   NOT NULL, -- {"en":…,"zh":…}
    hint        TEXT   NOT NULL, -- {"en":…,"zh":…}
    kind        TEXT   NOT NULL,
    choices     TEXT   NOT NULL, -- [{"en":…,"zh":…},…]
    required    ${bool} NOT NULL,
    seen_by     TEXT   NOT NULL,
    edited_by   TEXT   NOT NULL,
    position    BIGINT NOT NULL,
    archived_at BIGINT,
    version     BIGINT NOT NULL,
    CONSTRAINT profile_fields_pkey PRIMARY KEY (id),
    CONSTRAINT profile_fields_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT profile_fields_kind_check CHECK (kind IN ('text', 'choice', 'date', 'number', 'yes_no')),
    CONSTRAINT profile_fields_seen_check CHECK (seen_by IN ('member', 'staff')),
    CONSTRAINT profile_fields_edited_check CHECK (edited_by IN ('member', 'staff'))
)${strict};

CREATE INDEX profile_fields_space_idx ON profile_fields (space_id, position);

CREATE TABLE profile_answers (
    field_id   TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    value      TEXT   NOT NULL, -- text; the number of a choice; 2027-03-28; 12.5; yes | no
    updated_at BIGINT NOT NULL,
    CONSTRAINT profile_answers_pkey PRIMARY KEY (field_id, member_id),
    CONSTRAINT profile_answers_field_fkey FOREIGN KEY (field_id) REFERENCES profile_fields (id),
    CONSTRAINT profile_answers_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
)${strict};

CREATE INDEX profile_answers_member_idx ON profile_answers (member_id);

-- What a person agreed to have counted. Withdrawn, the row is gone.
CREATE TABLE demographics (
    member_id    TEXT   NOT NULL,
    age          TEXT   NOT NULL,
    gender       TEXT   NOT NULL,
    student      TEXT   NOT NULL,
    returnee     TEXT   NOT NULL,
    education    TEXT   NOT NULL,
    purpose      TEXT   NOT NULL,
    consented_at BIGINT NOT NULL,
    CONSTRAINT demographics_pkey PRIMARY KEY (member_id),
    CONSTRAINT demographics_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
)${strict};

CREATE TABLE proofs (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    member_id   TEXT   NOT NULL, -- whose it is
    kind        TEXT   NOT NULL,
    name        TEXT   NOT NULL, -- of the file, as it was sent
    media_type  TEXT   NOT NULL,
    size        BIGINT NOT NULL, -- bytes
    body        ${blob} NOT NULL,
    sent_by     TEXT   NOT NULL,
    sent_at     BIGINT NOT NULL,
    status      TEXT   NOT NULL,
    reason      TEXT   NOT NULL, -- why it was refused
    reviewed_by TEXT   NOT NULL, -- '' nobody yet
    reviewed_at BIGINT,
    expires_on  TEXT   NOT NULL, -- the last day it counts; '' always
    version     BIGINT NOT NULL,
    CONSTRAINT proofs_pkey PRIMARY KEY (id),
    CONSTRAINT proofs_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT proofs_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT proofs_kind_check CHECK (kind IN ('student', 'insurance', 'identity', 'other')),
    CONSTRAINT proofs_status_check CHECK (status IN ('waiting', 'accepted', 'refused'))
)${strict};

CREATE INDEX proofs_member_idx ON proofs (member_id, space_id, sent_at);
CREATE INDEX proofs_waiting_idx ON proofs (space_id, sent_at) WHERE status = 'waiting';

-- +goose Down
DROP TABLE proofs;
DROP TABLE demographics;
DROP TABLE profile_answers;
DROP TABLE profile_fields;
DROP TABLE portraits;
DROP TABLE profiles;
DROP TABLE badges;
DROP TABLE member_tags;
DROP TABLE tags;
DROP TABLE notes;
DROP TABLE member_aliases;
DROP TABLE suspension_rules;
DROP INDEX standings_until_idx;
ALTER TABLE standings DROP COLUMN left_reason;
ALTER TABLE standings DROP COLUMN left_at;
ALTER TABLE standings DROP COLUMN counted_from;
ALTER TABLE standings DROP COLUMN suspended_by;
ALTER TABLE standings DROP COLUMN suspended_until;
ALTER TABLE members DROP COLUMN merged_into;
