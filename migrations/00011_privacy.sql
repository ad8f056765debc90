-- What people ask about their own data: all of it, in a file, or that it is erased.

-- +goose Up
CREATE TABLE exports (
    id          TEXT   NOT NULL,
    member_id   TEXT   NOT NULL,
    asked_at    BIGINT NOT NULL,
    steps       BIGINT NOT NULL, -- parts that it is made of; 0: not begun
    done        BIGINT NOT NULL, -- parts that are gathered
    finished_at BIGINT,
    body        ${blob}, -- the ZIP; NULL before it is finished and after it was fetched
    size        BIGINT NOT NULL, -- of the ZIP, in bytes
    fetched_at  BIGINT,
    expires_at  BIGINT NOT NULL,
    CONSTRAINT exports_pkey PRIMARY KEY (id),
    CONSTRAINT exports_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT exports_steps_check CHECK (done >= 0 AND done <= steps)
)${strict};
CREATE INDEX exports_member_idx ON exports (member_id, asked_at);
CREATE INDEX exports_expiry_idx ON exports (expires_at);

CREATE TABLE erasures (
    id        TEXT   NOT NULL,
    member_id TEXT   NOT NULL, -- whose row knows nothing of them any more
    erased_by TEXT   NOT NULL, -- themselves, or a manager; '' the house
    at        BIGINT NOT NULL,
    CONSTRAINT erasures_pkey PRIMARY KEY (id),
    CONSTRAINT erasures_member_key UNIQUE (member_id)
)${strict};

-- +goose Down
DROP TABLE erasures;
DROP TABLE exports;
