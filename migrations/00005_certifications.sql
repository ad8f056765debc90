-- Certifications with levels, prerequisites, logged hours, validity in months,
-- expiry by disuse, reminders, teachers and evidence.

-- +goose Up
ALTER TABLE certifications ADD COLUMN ladder TEXT NOT NULL DEFAULT ''; -- what it is a level of; '' stands alone
ALTER TABLE certifications ADD COLUMN level BIGINT NOT NULL DEFAULT 1; -- a higher one of a ladder counts as the lower
ALTER TABLE certifications ADD COLUMN valid_months BIGINT NOT NULL DEFAULT 0; -- of the calendar, instead of valid_days
ALTER TABLE certifications ADD COLUMN disuse_days BIGINT NOT NULL DEFAULT 0; -- unused for so long it ends; 0: never
ALTER TABLE certifications ADD COLUMN remind_days BIGINT NOT NULL DEFAULT 30; -- before the end; 0: no letter
ALTER TABLE certifications ADD COLUMN pass_mark BIGINT NOT NULL DEFAULT 0; -- of 100; 0: no score is asked
ALTER TABLE certifications ADD COLUMN hours_min BIGINT NOT NULL DEFAULT 0; -- minutes on machines that are asked
ALTER TABLE certifications ADD COLUMN hours_on TEXT NOT NULL DEFAULT '[]'; -- JSON: kinds of resource; none: all that ask a certification

-- What must be held to be granted another: those of one number are a choice, all numbers are asked.
CREATE TABLE certification_prerequisites (
    certification_id TEXT   NOT NULL,
    requires_id      TEXT   NOT NULL,
    choice           BIGINT NOT NULL,
    CONSTRAINT certification_prerequisites_pkey PRIMARY KEY (certification_id, requires_id),
    CONSTRAINT certification_prerequisites_certification_fkey FOREIGN KEY (certification_id) REFERENCES certifications (id),
    CONSTRAINT certification_prerequisites_requires_fkey FOREIGN KEY (requires_id) REFERENCES certifications (id),
    CONSTRAINT certification_prerequisites_self_check CHECK (certification_id <> requires_id)
)${strict};
CREATE INDEX certification_prerequisites_requires_idx ON certification_prerequisites (requires_id);

-- Which instructors grant what.
CREATE TABLE certification_teachers (
    certification_id TEXT NOT NULL,
    member_id        TEXT NOT NULL,
    CONSTRAINT certification_teachers_pkey PRIMARY KEY (certification_id, member_id),
    CONSTRAINT certification_teachers_certification_fkey FOREIGN KEY (certification_id) REFERENCES certifications (id),
    CONSTRAINT certification_teachers_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
)${strict};
CREATE INDEX certification_teachers_member_idx ON certification_teachers (member_id);

-- Until now every instructor granted everything: they go on, and managers take away.
INSERT INTO certification_teachers (certification_id, member_id)
    SELECT c.id, s.member_id FROM certifications c JOIN standings s ON s.space_id = c.space_id WHERE s.role = 'instructor';

ALTER TABLE certification_grants ADD COLUMN score BIGINT; -- of 100; NULL: none was taken
ALTER TABLE certification_grants ADD COLUMN revoked_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE certification_grants ADD COLUMN undone ${bool} NOT NULL DEFAULT FALSE; -- revoked as a slip, minutes after
ALTER TABLE certification_grants ADD COLUMN lapsed ${bool} NOT NULL DEFAULT FALSE; -- expired for want of use
ALTER TABLE certification_grants ADD COLUMN reminded_at BIGINT;
ALTER TABLE certification_grants ADD COLUMN photo_id TEXT;
CREATE INDEX certification_grants_kind_idx ON certification_grants (certification_id, granted_at);
CREATE INDEX certification_grants_expiry_idx ON certification_grants (expires_at) WHERE revoked_at IS NULL;

-- What a grant rests on, as a photograph. It is never shown to others than its
-- member and those who work in the space.
CREATE TABLE certification_photos (
    id         TEXT   NOT NULL,
    space_id   TEXT   NOT NULL,
    member_id  TEXT   NOT NULL,
    media_type TEXT   NOT NULL,
    body       ${blob} NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT certification_photos_pkey PRIMARY KEY (id),
    CONSTRAINT certification_photos_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT certification_photos_member_fkey FOREIGN KEY (member_id) REFERENCES members (id)
)${strict};
CREATE INDEX certification_photos_member_idx ON certification_photos (member_id);

-- +goose Down
DROP TABLE certification_photos;
DROP INDEX certification_grants_expiry_idx;
DROP INDEX certification_grants_kind_idx;
ALTER TABLE certification_grants DROP COLUMN photo_id;
ALTER TABLE certification_grants DROP COLUMN reminded_at;
ALTER TABLE certification_grants DROP COLUMN lapsed;
ALTER TABLE certification_grants DROP COLUMN undone;
ALTER TABLE certification_grants DROP COLUMN revoked_reason;
ALTER TABLE certification_grants DROP COLUMN score;
DROP TABLE certification_teachers;
DROP TABLE certification_prerequisites;
ALTER TABLE certifications DROP COLUMN hours_on;
ALTER TABLE certifications DROP COLUMN hours_min;
ALTER TABLE certifications DROP COLUMN pass_mark;
ALTER TABLE certifications DROP COLUMN remind_days;
ALTER TABLE certifications DROP COLUMN disuse_days;
ALTER TABLE certifications DROP COLUMN valid_months;
ALTER TABLE certifications DROP COLUMN level;
ALTER TABLE certifications DROP COLUMN ladder;
