-- The front desk's book of who came in, with what pass, and when they left.

-- +goose Up
CREATE TABLE visits (
    id            TEXT   NOT NULL,
    space_id      TEXT   NOT NULL,
    member_id     TEXT   NOT NULL,
    arrived_at    BIGINT NOT NULL,
    left_at       BIGINT, -- NULL: still here
    membership_id TEXT   NOT NULL, -- the pass that was sold for it; empty: none
    badge_id      TEXT   NOT NULL, -- the wristband that was handed out; empty: none
    wristband     TEXT   NOT NULL, -- its number, as it is printed
    paid          TEXT   NOT NULL, -- how the pass was paid
    minor         BIGINT NOT NULL, -- what it came to
    currency      TEXT   NOT NULL,
    recorded_by   TEXT   NOT NULL,
    CONSTRAINT visits_pkey PRIMARY KEY (id),
    CONSTRAINT visits_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT visits_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT visits_paid_check CHECK (paid IN ('', 'cash', 'card', 'later')),
    CONSTRAINT visits_span_check CHECK (left_at IS NULL OR left_at >= arrived_at)
)${strict};
CREATE INDEX visits_day_idx ON visits (space_id, arrived_at);
CREATE INDEX visits_member_idx ON visits (member_id, space_id);
CREATE UNIQUE INDEX visits_here_key ON visits (space_id, member_id) WHERE left_at IS NULL;
CREATE INDEX visits_open_idx ON visits (id) WHERE left_at IS NULL;

-- +goose Down
DROP TABLE visits;
