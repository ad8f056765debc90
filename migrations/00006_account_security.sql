-- What makes an account safe: when its person last proved who they are, the second
-- factor, passkeys, identities of other services, and tokens for programs.

-- +goose Up

-- When the person of a session last proved that it is they, and when they last
-- showed a second factor in it.
ALTER TABLE sessions ADD COLUMN proved_at BIGINT;
ALTER TABLE sessions ADD COLUMN strong_at BIGINT;
ALTER TABLE sessions ADD COLUMN locked_at BIGINT; -- NULL: open
UPDATE sessions SET proved_at = created_at;

CREATE TABLE authenticators (
    member_id  TEXT   NOT NULL,
    secret     TEXT   NOT NULL, -- sealed with a key of the installation's
    created_at BIGINT NOT NULL,
    active_at  BIGINT,          -- NULL until a first code has shown that it works
    step       BIGINT NOT NULL DEFAULT 0, -- the last step whose code was used
    CONSTRAINT authenticators_pkey PRIMARY KEY (member_id)
)${strict};

CREATE TABLE recovery_codes (
    id         TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    hint       TEXT   NOT NULL, -- what it begins with
    hash       TEXT   NOT NULL, -- Argon2id, PHC string
    created_at BIGINT NOT NULL,
    used_at    BIGINT,
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (id)
)${strict};
CREATE INDEX recovery_codes_member_idx ON recovery_codes (member_id);

CREATE TABLE passkeys (
    id         TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    handle     TEXT   NOT NULL, -- the credential's id, base64url
    name       TEXT   NOT NULL,
    credential TEXT   NOT NULL, -- JSON: the public key and what goes with it
    created_at BIGINT NOT NULL,
    used_at    BIGINT,
    CONSTRAINT passkeys_pkey PRIMARY KEY (id),
    CONSTRAINT passkeys_handle_key UNIQUE (handle)
)${strict};
CREATE INDEX passkeys_member_idx ON passkeys (member_id, created_at);

-- What a browser was asked and has not answered yet: the challenge of a passkey, a
-- sign-in that another service is to vouch for. Each is answered once.
CREATE TABLE ceremonies (
    id         TEXT   NOT NULL,
    hash       TEXT   NOT NULL, -- SHA-256, hex, of what the browser holds
    purpose    TEXT   NOT NULL,
    member_id  TEXT   NOT NULL, -- '' where it is to be found out
    detail     TEXT   NOT NULL, -- JSON
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT ceremonies_pkey PRIMARY KEY (id),
    CONSTRAINT ceremonies_hash_key UNIQUE (hash)
)${strict};
CREATE INDEX ceremonies_expiry_idx ON ceremonies (expires_at);
CREATE INDEX ceremonies_member_idx ON ceremonies (member_id);

CREATE TABLE identities (
    id         TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    issuer     TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    email      TEXT   NOT NULL, -- as the service told it when it was linked
    created_at BIGINT NOT NULL,
    used_at    BIGINT,
    CONSTRAINT identities_pkey PRIMARY KEY (id),
    CONSTRAINT identities_subject_key UNIQUE (issuer, subject)
)${strict};
CREATE INDEX identities_member_idx ON identities (member_id, created_at);

CREATE TABLE api_tokens (
    id         TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    hash       TEXT   NOT NULL, -- SHA-256, hex
    scopes     TEXT   NOT NULL, -- their names, a space between them
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT,
    revoked_at BIGINT,
    CONSTRAINT api_tokens_pkey PRIMARY KEY (id),
    CONSTRAINT api_tokens_hash_key UNIQUE (hash)
)${strict};
CREATE INDEX api_tokens_member_idx ON api_tokens (member_id, created_at);

CREATE TABLE email_changes (
    id           TEXT   NOT NULL,
    member_id    TEXT   NOT NULL,
    old_email    TEXT   NOT NULL,
    new_email    TEXT   NOT NULL,
    confirm_hash TEXT,            -- SHA-256, hex; NULL until its letter is written
    undo_hash    TEXT,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL, -- until when it can be confirmed
    confirmed_at BIGINT,
    undone_at    BIGINT,
    CONSTRAINT email_changes_pkey PRIMARY KEY (id),
    CONSTRAINT email_changes_confirm_key UNIQUE (confirm_hash),
    CONSTRAINT email_changes_undo_key UNIQUE (undo_hash)
)${strict};
CREATE INDEX email_changes_member_idx ON email_changes (member_id, created_at);

-- +goose Down
DROP TABLE email_changes;
DROP TABLE api_tokens;
DROP TABLE identities;
DROP TABLE ceremonies;
DROP TABLE passkeys;
DROP TABLE recovery_codes;
DROP TABLE authenticators;
ALTER TABLE sessions DROP COLUMN locked_at;
ALTER TABLE sessions DROP COLUMN strong_at;
ALTER TABLE sessions DROP COLUMN proved_at;
