-- Consent: what people have read and signed, what they allow, and who answers for
-- those who are not of age.

-- +goose Up

-- A person's day of birth, known only where age matters. Once it is there only staff
-- changes it.
CREATE TABLE birthdays (
    member_id TEXT   NOT NULL,
    day       TEXT   NOT NULL, -- 2009-02-28
    said_by   TEXT   NOT NULL, -- who wrote it down; the member themselves, or staff
    said_at   BIGINT NOT NULL,
    verified  TEXT   NOT NULL, -- how it was seen to be so; empty: not
    told_at   BIGINT, -- when they were told that they are of age, or were so already
    CONSTRAINT birthdays_pkey PRIMARY KEY (member_id),
    CONSTRAINT birthdays_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
)${strict};
CREATE INDEX birthdays_untold_idx ON birthdays (day) WHERE told_at IS NULL;

-- What a space asks for age by.
CREATE TABLE minor_terms (
    space_id       TEXT   NOT NULL,
    asks_birthday  ${bool} NOT NULL, -- of everyone who books
    consent_age    BIGINT NOT NULL, -- 0: that of the country
    version        BIGINT NOT NULL,
    CONSTRAINT minor_terms_pkey PRIMARY KEY (space_id),
    CONSTRAINT minor_terms_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT minor_terms_age_check CHECK (consent_age BETWEEN 0 AND 18)
)${strict};

CREATE TABLE supervised_hours (
    id         TEXT   NOT NULL,
    space_id   TEXT   NOT NULL,
    weekday    BIGINT NOT NULL, -- 1 Monday … 7 Sunday, ISO 8601
    opens_min  BIGINT NOT NULL, -- minutes on the wall since midnight
    closes_min BIGINT NOT NULL, -- up to 1440
    CONSTRAINT supervised_hours_pkey PRIMARY KEY (id),
    CONSTRAINT supervised_hours_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT supervised_hours_weekday_check CHECK (weekday BETWEEN 1 AND 7),
    CONSTRAINT supervised_hours_span_check CHECK (opens_min >= 0 AND closes_min <= 1440 AND opens_min < closes_min)
)${strict};
CREATE INDEX supervised_hours_space_idx ON supervised_hours (space_id, weekday);

-- documents --------------------------------------------------------------

CREATE TABLE documents (
    id           TEXT   NOT NULL,
    space_id     TEXT   NOT NULL,
    kind         TEXT   NOT NULL, -- waiver | rules | privacy
    audience     TEXT   NOT NULL, -- everyone | minors | users: of the kinds and areas
    kinds        TEXT   NOT NULL, -- JSON list of kinds of resources
    areas        TEXT   NOT NULL, -- JSON list of work areas
    valid_months BIGINT NOT NULL, -- 0: until a new version
    position     BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    retired_at   BIGINT, -- no longer asked for
    version      BIGINT NOT NULL,
    CONSTRAINT documents_pkey PRIMARY KEY (id),
    CONSTRAINT documents_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT documents_kind_check CHECK (kind IN ('waiver', 'rules', 'privacy')),
    CONSTRAINT documents_audience_check CHECK (audience IN ('everyone', 'minors', 'users')),
    CONSTRAINT documents_months_check CHECK (valid_months BETWEEN 0 AND 120)
)${strict};
CREATE INDEX documents_space_idx ON documents (space_id, position);

CREATE TABLE document_versions (
    id           TEXT   NOT NULL,
    document_id  TEXT   NOT NULL,
    space_id     TEXT   NOT NULL,
    number       BIGINT NOT NULL, -- 1, 2, … within the document
    title        TEXT   NOT NULL,
    body         TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    published_at BIGINT, -- NULL: a draft
    published_by TEXT   NOT NULL,
    version      BIGINT NOT NULL,
    CONSTRAINT document_versions_pkey PRIMARY KEY (id),
    CONSTRAINT document_versions_number_key UNIQUE (document_id, number),
    CONSTRAINT document_versions_document_fkey FOREIGN KEY (document_id) REFERENCES documents (id)
)${strict};
CREATE UNIQUE INDEX document_versions_draft_key ON document_versions (document_id) WHERE published_at IS NULL;
CREATE INDEX document_versions_space_idx ON document_versions (space_id, document_id);

CREATE TABLE acceptances (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    document_id TEXT   NOT NULL,
    version_id  TEXT   NOT NULL,
    member_id   TEXT   NOT NULL, -- for whom it counts
    signed_by   TEXT   NOT NULL, -- a member: themselves or their guardian; empty: a guardian without an account
    recorded_by TEXT   NOT NULL, -- staff that wrote it down; empty: nobody but the one who signed
    guardian    ${bool} NOT NULL, -- a guardian signed
    how         TEXT   NOT NULL, -- online | desk | paper
    name        TEXT   NOT NULL, -- as it was typed
    drawing     TEXT   NOT NULL, -- a path on 600 × 200; empty: not drawn
    language    TEXT   NOT NULL, -- of the text that was shown
    hash        TEXT   NOT NULL, -- SHA-256 of that text
    address     TEXT   NOT NULL, -- the network's
    note        TEXT   NOT NULL, -- where the paper lies
    accepted_at BIGINT NOT NULL,
    CONSTRAINT acceptances_pkey PRIMARY KEY (id),
    CONSTRAINT acceptances_version_fkey FOREIGN KEY (version_id) REFERENCES document_versions (id),
    CONSTRAINT acceptances_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT acceptances_how_check CHECK (how IN ('online', 'desk', 'paper'))
)${strict};
CREATE INDEX acceptances_member_idx ON acceptances (member_id, space_id, accepted_at);
CREATE INDEX acceptances_document_idx ON acceptances (document_id, member_id, accepted_at);
CREATE INDEX acceptances_version_idx ON acceptances (version_id, member_id);

-- what one allows ----------------------------------------------------------

CREATE TABLE consent_choices (
    id        TEXT   NOT NULL,
    space_id  TEXT   NOT NULL,
    member_id TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    given     ${bool} NOT NULL, -- false: withdrawn
    guardian  ${bool} NOT NULL, -- a guardian chose
    chosen_by TEXT   NOT NULL, -- a member
    wording   BIGINT NOT NULL, -- the version of the words that were shown
    hash      TEXT   NOT NULL, -- SHA-256 of those words
    language  TEXT   NOT NULL,
    address   TEXT   NOT NULL,
    chosen_at BIGINT NOT NULL,
    CONSTRAINT consent_choices_pkey PRIMARY KEY (id),
    CONSTRAINT consent_choices_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT consent_choices_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT consent_choices_kind_check CHECK (kind IN ('marketing', 'photos', 'directory', 'third_parties', 'cross_border'))
)${strict};
CREATE INDEX consent_choices_member_idx ON consent_choices (member_id, space_id, kind, chosen_at);

-- who answers for minors ----------------------------------------------------

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
    asked_at     BIGINT NOT NULL,
    sent_at      BIGINT, -- when the last letter was asked for
    recorded_by  TEXT   NOT NULL, -- staff that wrote the consent down; empty: the guardian gave it themselves
    verified     TEXT   NOT NULL, -- how it was seen who they are
    signature    TEXT   NOT NULL, -- as it was typed
    wording      BIGINT NOT NULL, -- the version of the words that were shown; 0: none yet
    hash         TEXT   NOT NULL,
    language     TEXT   NOT NULL,
    address      TEXT   NOT NULL,
    consented_at BIGINT,
    ended_at     BIGINT, -- withdrawn or declined
    ended_by     TEXT   NOT NULL, -- a member; empty: the guardian, by the link
    CONSTRAINT guardianships_pkey PRIMARY KEY (id),
    CONSTRAINT guardianships_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT guardianships_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id)
)${strict};
CREATE INDEX guardianships_member_idx ON guardianships (member_id, space_id);
CREATE INDEX guardianships_email_idx ON guardianships (email_key);
CREATE INDEX guardianships_guardian_idx ON guardianships (guardian_id);
CREATE UNIQUE INDEX guardianships_token_key ON guardianships (token_hash) WHERE token_hash IS NOT NULL;

-- What was signed stays as it was. Only an erasure blanks what names the person:
-- the name, the drawing, the address and the note.

--@sqlite
-- +goose StatementBegin
CREATE TRIGGER acceptances_no_delete BEFORE DELETE ON acceptances
BEGIN SELECT RAISE(ABORT, 'acceptances_immutable'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER acceptances_no_update BEFORE UPDATE ON acceptances
WHEN NEW.id <> OLD.id OR NEW.space_id <> OLD.space_id OR NEW.document_id <> OLD.document_id OR NEW.version_id <> OLD.version_id
    OR NEW.member_id <> OLD.member_id OR NEW.signed_by <> OLD.signed_by OR NEW.recorded_by <> OLD.recorded_by
    OR NEW.guardian <> OLD.guardian OR NEW.how <> OLD.how OR NEW.language <> OLD.language OR NEW.hash <> OLD.hash
    OR NEW.accepted_at <> OLD.accepted_at OR NEW.name <> '' OR NEW.drawing <> '' OR NEW.address <> '' OR NEW.note <> ''
BEGIN SELECT RAISE(ABORT, 'acceptances_immutable'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER consent_choices_no_delete BEFORE DELETE ON consent_choices
BEGIN SELECT RAISE(ABORT, 'consent_choices_immutable'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER consent_choices_no_update BEFORE UPDATE ON consent_choices
WHEN NEW.id <> OLD.id OR NEW.space_id <> OLD.space_id OR NEW.member_id <> OLD.member_id OR NEW.kind <> OLD.kind OR NEW.given <> OLD.given
    OR NEW.guardian <> OLD.guardian OR NEW.chosen_by <> OLD.chosen_by OR NEW.wording <> OLD.wording OR NEW.hash <> OLD.hash
    OR NEW.language <> OLD.language OR NEW.chosen_at <> OLD.chosen_at OR NEW.address <> ''
BEGIN SELECT RAISE(ABORT, 'consent_choices_immutable'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER document_versions_no_update BEFORE UPDATE ON document_versions WHEN OLD.published_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'document_versions_published'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER document_versions_no_delete BEFORE DELETE ON document_versions WHEN OLD.published_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'document_versions_published'); END;
-- +goose StatementEnd
--@end

--@postgres
-- +goose StatementBegin
CREATE FUNCTION consent_refuse() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION '%_immutable', TG_TABLE_NAME; END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER acceptances_no_delete BEFORE DELETE ON acceptances FOR EACH ROW EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER acceptances_no_update BEFORE UPDATE ON acceptances FOR EACH ROW
    WHEN (NEW.id <> OLD.id OR NEW.space_id <> OLD.space_id OR NEW.document_id <> OLD.document_id OR NEW.version_id <> OLD.version_id
    OR NEW.member_id <> OLD.member_id OR NEW.signed_by <> OLD.signed_by OR NEW.recorded_by <> OLD.recorded_by
    OR NEW.guardian <> OLD.guardian OR NEW.how <> OLD.how OR NEW.language <> OLD.language OR NEW.hash <> OLD.hash
    OR NEW.accepted_at <> OLD.accepted_at OR NEW.name <> '' OR NEW.drawing <> '' OR NEW.address <> '' OR NEW.note <> '')
    EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER consent_choices_no_delete BEFORE DELETE ON consent_choices FOR EACH ROW EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER consent_choices_no_update BEFORE UPDATE ON consent_choices FOR EACH ROW
    WHEN (NEW.id <> OLD.id OR NEW.space_id <> OLD.space_id OR NEW.member_id <> OLD.member_id OR NEW.kind <> OLD.kind OR NEW.given <> OLD.given
    OR NEW.guardian <> OLD.guardian OR NEW.chosen_by <> OLD.chosen_by OR NEW.wording <> OLD.wording OR NEW.hash <> OLD.hash
    OR NEW.language <> OLD.language OR NEW.chosen_at <> OLD.chosen_at OR NEW.address <> '')
    EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER document_versions_no_update BEFORE UPDATE ON document_versions FOR EACH ROW
    WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER document_versions_no_delete BEFORE DELETE ON document_versions FOR EACH ROW
    WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION consent_refuse();
--@end

-- +goose Down
DROP TABLE guardianships;
DROP TABLE consent_choices;
DROP TABLE acceptances;
DROP TABLE document_versions;
DROP TABLE documents;
DROP TABLE supervised_hours;
DROP TABLE minor_terms;
DROP TABLE birthdays;
--@postgres
DROP FUNCTION consent_refuse();
--@end
