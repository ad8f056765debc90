-- Two accounts of one person become one: what was signed with the one that ends counts
-- for the one that stays. The account that ends keeps its address, so that it finds the
-- one that took it over; the table meant for that was never written to.

-- +goose Up

DROP TABLE member_aliases;

CREATE INDEX members_merged_idx ON members (merged_into) WHERE merged_into <> '';

--@sqlite
DROP TRIGGER acceptances_no_update;
DROP TRIGGER consent_choices_no_update;
-- +goose StatementBegin
CREATE TRIGGER acceptances_no_update BEFORE UPDATE ON acceptances WHEN NOT (
    NEW.id = OLD.id AND NEW.space_id = OLD.space_id AND NEW.document_id = OLD.document_id AND NEW.version_id = OLD.version_id AND NEW.guardian = OLD.guardian AND
    NEW.how = OLD.how AND NEW.language = OLD.language AND NEW.hash = OLD.hash AND NEW.accepted_at = OLD.accepted_at
    AND (NEW.member_id = OLD.member_id OR EXISTS (SELECT 1 FROM members WHERE id = OLD.member_id AND merged_into = NEW.member_id))
    AND (NEW.signed_by = OLD.signed_by OR EXISTS (SELECT 1 FROM members WHERE id = OLD.signed_by AND merged_into = NEW.signed_by))
    AND (NEW.recorded_by = OLD.recorded_by OR EXISTS (SELECT 1 FROM members WHERE id = OLD.recorded_by AND merged_into = NEW.recorded_by))
    AND (NEW.name = OLD.name AND NEW.drawing = OLD.drawing AND NEW.address = OLD.address AND NEW.note = OLD.note
        OR NEW.name = '' AND NEW.drawing = '' AND NEW.address = '' AND NEW.note = ''))
BEGIN SELECT RAISE(ABORT, 'acceptances_immutable'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER consent_choices_no_update BEFORE UPDATE ON consent_choices WHEN NOT (
    NEW.id = OLD.id AND NEW.space_id = OLD.space_id AND NEW.kind = OLD.kind AND NEW.given = OLD.given AND NEW.guardian = OLD.guardian AND
    NEW.wording = OLD.wording AND NEW.hash = OLD.hash AND NEW.language = OLD.language AND NEW.chosen_at = OLD.chosen_at
    AND (NEW.member_id = OLD.member_id OR EXISTS (SELECT 1 FROM members WHERE id = OLD.member_id AND merged_into = NEW.member_id))
    AND (NEW.chosen_by = OLD.chosen_by OR EXISTS (SELECT 1 FROM members WHERE id = OLD.chosen_by AND merged_into = NEW.chosen_by))
    AND (NEW.address = OLD.address OR NEW.address = ''))
BEGIN SELECT RAISE(ABORT, 'consent_choices_immutable'); END;
-- +goose StatementEnd
--@end

--@postgres
DROP TRIGGER acceptances_no_update ON acceptances;
DROP TRIGGER consent_choices_no_update ON consent_choices;
-- +goose StatementBegin
CREATE FUNCTION acceptances_fixed() RETURNS trigger AS $$
BEGIN
    IF NOT (
    NEW.id = OLD.id AND NEW.space_id = OLD.space_id AND NEW.document_id = OLD.document_id AND NEW.version_id = OLD.version_id AND NEW.guardian = OLD.guardian AND
    NEW.how = OLD.how AND NEW.language = OLD.language AND NEW.hash = OLD.hash AND NEW.accepted_at = OLD.accepted_at
    AND (NEW.member_id = OLD.member_id OR EXISTS (SELECT 1 FROM members WHERE id = OLD.member_id AND merged_into = NEW.member_id))
    AND (NEW.signed_by = OLD.signed_by OR EXISTS (SELECT 1 FROM members WHERE id = OLD.signed_by AND merged_into = NEW.signed_by))
    AND (NEW.recorded_by = OLD.recorded_by OR EXISTS (SELECT 1 FROM members WHERE id = OLD.recorded_by AND merged_into = NEW.recorded_by))
    AND (NEW.name = OLD.name AND NEW.drawing = OLD.drawing AND NEW.address = OLD.address AND NEW.note = OLD.note
        OR NEW.name = '' AND NEW.drawing = '' AND NEW.address = '' AND NEW.note = '')) THEN
        RAISE EXCEPTION 'acceptances_immutable';
    END IF;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER acceptances_no_update BEFORE UPDATE ON acceptances FOR EACH ROW EXECUTE FUNCTION acceptances_fixed();
-- +goose StatementBegin
CREATE FUNCTION consent_choices_fixed() RETURNS trigger AS $$
BEGIN
    IF NOT (
    NEW.id = OLD.id AND NEW.space_id = OLD.space_id AND NEW.kind = OLD.kind AND NEW.given = OLD.given AND NEW.guardian = OLD.guardian AND
    NEW.wording = OLD.wording AND NEW.hash = OLD.hash AND NEW.language = OLD.language AND NEW.chosen_at = OLD.chosen_at
    AND (NEW.member_id = OLD.member_id OR EXISTS (SELECT 1 FROM members WHERE id = OLD.member_id AND merged_into = NEW.member_id))
    AND (NEW.chosen_by = OLD.chosen_by OR EXISTS (SELECT 1 FROM members WHERE id = OLD.chosen_by AND merged_into = NEW.chosen_by))
    AND (NEW.address = OLD.address OR NEW.address = '')) THEN
        RAISE EXCEPTION 'consent_choices_immutable';
    END IF;
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER consent_choices_no_update BEFORE UPDATE ON consent_choices FOR EACH ROW EXECUTE FUNCTION consent_choices_fixed();
--@end

-- +goose Down
--@sqlite
DROP TRIGGER acceptances_no_update;
DROP TRIGGER consent_choices_no_update;
-- +goose StatementBegin
CREATE TRIGGER acceptances_no_update BEFORE UPDATE ON acceptances
WHEN NEW.id <> OLD.id OR NEW.space_id <> OLD.space_id OR NEW.document_id <> OLD.document_id OR NEW.version_id <> OLD.version_id
    OR NEW.member_id <> OLD.member_id OR NEW.signed_by <> OLD.signed_by OR NEW.recorded_by <> OLD.recorded_by
    OR NEW.guardian <> OLD.guardian OR NEW.how <> OLD.how OR NEW.language <> OLD.language OR NEW.hash <> OLD.hash
    OR NEW.accepted_at <> OLD.accepted_at OR NEW.name <> '' OR NEW.drawing <> '' OR NEW.address <> '' OR NEW.note <> ''
BEGIN SELECT RAISE(ABORT, 'acceptances_immutable'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER consent_choices_no_update BEFORE UPDATE ON consent_choices
WHEN NEW.id <> OLD.id OR NEW.space_id <> OLD.space_id OR NEW.member_id <> OLD.member_id OR NEW.kind <> OLD.kind OR NEW.given <> OLD.given
    OR NEW.guardian <> OLD.guardian OR NEW.chosen_by <> OLD.chosen_by OR NEW.wording <> OLD.wording OR NEW.hash <> OLD.hash
    OR NEW.language <> OLD.language OR NEW.chosen_at <> OLD.chosen_at OR NEW.address <> ''
BEGIN SELECT RAISE(ABORT, 'consent_choices_immutable'); END;
-- +goose StatementEnd
--@end

--@postgres
DROP TRIGGER acceptances_no_update ON acceptances;
DROP FUNCTION acceptances_fixed();
DROP TRIGGER consent_choices_no_update ON consent_choices;
DROP FUNCTION consent_choices_fixed();
CREATE TRIGGER acceptances_no_update BEFORE UPDATE ON acceptances FOR EACH ROW
    WHEN (NEW.id <> OLD.id OR NEW.space_id <> OLD.space_id OR NEW.document_id <> OLD.document_id OR NEW.version_id <> OLD.version_id
    OR NEW.member_id <> OLD.member_id OR NEW.signed_by <> OLD.signed_by OR NEW.recorded_by <> OLD.recorded_by
    OR NEW.guardian <> OLD.guardian OR NEW.how <> OLD.how OR NEW.language <> OLD.language OR NEW.hash <> OLD.hash
    OR NEW.accepted_at <> OLD.accepted_at OR NEW.name <> '' OR NEW.drawing <> '' OR NEW.address <> '' OR NEW.note <> '')
    EXECUTE FUNCTION consent_refuse();
CREATE TRIGGER consent_choices_no_update BEFORE UPDATE ON consent_choices FOR EACH ROW
    WHEN (NEW.id <> OLD.id OR NEW.space_id <> OLD.space_id OR NEW.member_id <> OLD.member_id OR NEW.kind <> OLD.kind OR NEW.given <> OLD.given
    OR NEW.guardian <> OLD.guardian OR NEW.chosen_by <> OLD.chosen_by OR NEW.wording <> OLD.wording OR NEW.hash <> OLD.hash
    OR NEW.language <> OLD.language OR NEW.chosen_at <> OLD.chosen_at OR NEW.address <> '')
    EXECUTE FUNCTION consent_refuse();
--@end

DROP INDEX members_merged_idx;

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
