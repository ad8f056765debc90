-- Teams, companies and families: who is in which, who administers it, who pays,
-- what they may spend, and who is invited.

-- +goose Up

CREATE TABLE teams (
    id              TEXT   NOT NULL,
    space_id        TEXT   NOT NULL,
    kind            TEXT   NOT NULL, -- team | company | family
    name            TEXT   NOT NULL,
    search          TEXT   NOT NULL, -- lower-case name and billing name, for LIKE
    billing_name    TEXT   NOT NULL,
    billing_address TEXT   NOT NULL,
    tax_id          TEXT   NOT NULL,
    seats           BIGINT NOT NULL,
    at_once         BIGINT NOT NULL, -- of all together; 0: no limit, here and below
    week_min        BIGINT NOT NULL, -- minutes
    month_min       BIGINT NOT NULL,
    spend_minor     BIGINT NOT NULL, -- a month
    currency        TEXT   NOT NULL,
    archived_at     BIGINT,
    created_at      BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    CONSTRAINT teams_pkey PRIMARY KEY (id),
    CONSTRAINT teams_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT teams_kind_check CHECK (kind IN ('team', 'company', 'family')),
    CONSTRAINT teams_seats_check CHECK (seats >= 1),
    CONSTRAINT teams_limits_check CHECK (at_once >= 0 AND week_min >= 0 AND month_min >= 0 AND spend_minor >= 0)
)${strict};
CREATE INDEX teams_space_idx ON teams (space_id, search, id);

-- One row for each time that somebody is in a team. Somebody is in one team of a
-- space at a time, and one of its members pays.
CREATE TABLE team_members (
    id          TEXT   NOT NULL,
    team_id     TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    member_id   TEXT   NOT NULL,
    admin       ${bool} NOT NULL,
    payer       ${bool} NOT NULL,
    at_once     BIGINT NOT NULL, -- of this one alone
    week_min    BIGINT NOT NULL,
    month_min   BIGINT NOT NULL,
    spend_minor BIGINT NOT NULL,
    joined_at   BIGINT NOT NULL,
    left_at     BIGINT, -- NULL: is in it
    CONSTRAINT team_members_pkey PRIMARY KEY (id),
    CONSTRAINT team_members_team_fkey FOREIGN KEY (team_id) REFERENCES teams (id),
    CONSTRAINT team_members_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT team_members_limits_check CHECK (at_once >= 0 AND week_min >= 0 AND month_min >= 0 AND spend_minor >= 0)
)${strict};
CREATE UNIQUE INDEX team_members_one_key ON team_members (space_id, member_id) WHERE left_at IS NULL;
CREATE UNIQUE INDEX team_members_payer_key ON team_members (team_id) WHERE payer AND left_at IS NULL;
CREATE INDEX team_members_team_idx ON team_members (team_id, left_at);
CREATE INDEX team_members_member_idx ON team_members (member_id);

CREATE TABLE team_invitations (
    id           TEXT   NOT NULL,
    team_id      TEXT   NOT NULL,
    space_id     TEXT   NOT NULL,
    email        TEXT   NOT NULL,
    email_key    TEXT   NOT NULL, -- how addresses are compared
    hash         TEXT, -- SHA-256 of the link's token, hex; NULL until the letter is written
    admin        ${bool} NOT NULL,
    locale       TEXT   NOT NULL, -- of the letter, where the address is nobody's
    letters      BIGINT NOT NULL, -- how often it was sent
    invited_by   TEXT   NOT NULL, -- a member's id, or '' for the house
    member_id    TEXT   NOT NULL, -- who accepted, or ''
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    accepted_at  BIGINT,
    withdrawn_at BIGINT,
    CONSTRAINT team_invitations_pkey PRIMARY KEY (id),
    CONSTRAINT team_invitations_hash_key UNIQUE (hash),
    CONSTRAINT team_invitations_team_fkey FOREIGN KEY (team_id) REFERENCES teams (id)
)${strict};
CREATE UNIQUE INDEX team_invitations_open_key ON team_invitations (team_id, email_key) WHERE accepted_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX team_invitations_email_idx ON team_invitations (email_key);
CREATE INDEX team_invitations_member_idx ON team_invitations (member_id);

-- +goose Down
DROP TABLE team_invitations;
DROP TABLE team_members;
DROP TABLE teams;
