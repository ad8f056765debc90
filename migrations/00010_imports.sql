-- An import is mapped on screen, run in batches by a job, and can be taken back.

-- +goose Up
ALTER TABLE imports ADD COLUMN content ${blob};                          -- the file as it came; null: see body, or no longer kept
ALTER TABLE imports ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';      -- JSON: what the columns and their words mean
ALTER TABLE imports ADD COLUMN state TEXT NOT NULL DEFAULT 'kept'
    CONSTRAINT imports_state_check CHECK (state IN ('kept', 'running', 'stopped', 'done', 'undoing', 'undone'));
ALTER TABLE imports ADD COLUMN total BIGINT NOT NULL DEFAULT 0;          -- lines to be worked, or things to be taken back
ALTER TABLE imports ADD COLUMN position BIGINT NOT NULL DEFAULT 0;       -- of these, worked
ALTER TABLE imports ADD COLUMN gained BIGINT NOT NULL DEFAULT 0;         -- known before, and given something
ALTER TABLE imports ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;        -- lines left out for their mistakes
ALTER TABLE imports ADD COLUMN started_at BIGINT;
ALTER TABLE imports ADD COLUMN run_by TEXT NOT NULL DEFAULT '';          -- in whose name it runs or is taken back
ALTER TABLE imports ADD COLUMN reason TEXT NOT NULL DEFAULT '';          -- the code of the refusal that stopped it
ALTER TABLE imports ADD COLUMN undone_at BIGINT;
ALTER TABLE imports ADD COLUMN taken BIGINT NOT NULL DEFAULT 0;          -- lines taken back
ALTER TABLE imports ADD COLUMN stayed BIGINT NOT NULL DEFAULT 0;         -- lines that could not be
UPDATE imports SET state = 'done' WHERE done_at IS NOT NULL;

-- What an import made, line by line.
CREATE TABLE import_items (
    import_id  TEXT   NOT NULL,
    line       BIGINT NOT NULL,
    kind       TEXT   NOT NULL, -- member | standing | membership | grant | …
    subject_id TEXT   NOT NULL,
    member_id  TEXT   NOT NULL, -- whom it was made for
    mark       TEXT   NOT NULL, -- how it was made, so that a later change is seen
    stays      TEXT   NOT NULL, -- why it was not taken back; empty: it was, or nobody asked
    undone_at  BIGINT,          -- when it was asked to be taken back
    CONSTRAINT import_items_pkey PRIMARY KEY (import_id, line, kind, subject_id),
    CONSTRAINT import_items_import_fkey FOREIGN KEY (import_id) REFERENCES imports (id)
)${strict};
CREATE INDEX import_items_member_idx ON import_items (member_id);

-- What was wrong with the lines that an import left out; gone with its content.
CREATE TABLE import_refusals (
    import_id  TEXT   NOT NULL,
    line       BIGINT NOT NULL,
    place      BIGINT NOT NULL, -- among those of the line
    field      TEXT   NOT NULL, -- empty: the whole line
    code       TEXT   NOT NULL, -- of the refusal
    args       TEXT   NOT NULL, -- JSON: what fills its sentence
    CONSTRAINT import_refusals_pkey PRIMARY KEY (import_id, line, place),
    CONSTRAINT import_refusals_import_fkey FOREIGN KEY (import_id) REFERENCES imports (id)
)${strict};

-- What a space chose for the columns of a file, for the next with the same headings.
CREATE TABLE import_mappings (
    space_id   TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    headings   TEXT   NOT NULL, -- SHA-256 of them, hex
    settings   TEXT   NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT import_mappings_pkey PRIMARY KEY (space_id, kind, headings),
    CONSTRAINT import_mappings_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id)
)${strict};

-- Who somebody is in the program that they came from.
CREATE TABLE import_identities (
    space_id    TEXT   NOT NULL,
    source      TEXT   NOT NULL, -- fab-manager | cobot | nexudus | empty: not said
    external_id TEXT   NOT NULL,
    member_id   TEXT   NOT NULL,
    CONSTRAINT import_identities_pkey PRIMARY KEY (space_id, source, external_id),
    CONSTRAINT import_identities_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id)
)${strict};
CREATE INDEX import_identities_member_idx ON import_identities (member_id, space_id);

-- +goose Down
DROP TABLE import_identities;
DROP TABLE import_mappings;
DROP TABLE import_refusals;
DROP TABLE import_items;
ALTER TABLE imports DROP COLUMN stayed;
ALTER TABLE imports DROP COLUMN taken;
ALTER TABLE imports DROP COLUMN undone_at;
ALTER TABLE imports DROP COLUMN reason;
ALTER TABLE imports DROP COLUMN run_by;
ALTER TABLE imports DROP COLUMN started_at;
ALTER TABLE imports DROP COLUMN refused;
ALTER TABLE imports DROP COLUMN gained;
ALTER TABLE imports DROP COLUMN position;
ALTER TABLE imports DROP COLUMN total;
ALTER TABLE imports DROP COLUMN state;
ALTER TABLE imports DROP COLUMN settings;
ALTER TABLE imports DROP COLUMN content;
