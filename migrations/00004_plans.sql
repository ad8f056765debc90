-- Plans say for how long they run, what they cost whom and what they include;
-- memberships know what was agreed when they were bought and in which period they
-- are; what is due for them is charged.

-- +goose Up
ALTER TABLE plans ADD COLUMN about TEXT NOT NULL DEFAULT '{}';
ALTER TABLE plans ADD COLUMN period TEXT NOT NULL DEFAULT 'month' CONSTRAINT plans_period_check CHECK (period IN ('day', 'week', 'month', 'year'));
ALTER TABLE plans ADD COLUMN period_count BIGINT NOT NULL DEFAULT 1 CONSTRAINT plans_period_count_check CHECK (period_count > 0);
ALTER TABLE plans ADD COLUMN prices TEXT NOT NULL DEFAULT '[]'; -- JSON: the price of a period for groups of buyers
ALTER TABLE plans ADD COLUMN setup_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN deposit_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN min_periods BIGINT NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN notice_days BIGINT NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN trial_days BIGINT NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN renews ${bool} NOT NULL DEFAULT TRUE;
ALTER TABLE plans ADD COLUMN includes TEXT NOT NULL DEFAULT '{}'; -- JSON: what the plan includes
ALTER TABLE plans ADD COLUMN audience TEXT NOT NULL DEFAULT 'everyone' CONSTRAINT plans_audience_check CHECK (audience IN ('everyone', 'concession', 'staff', 'invitation'));
ALTER TABLE plans ADD COLUMN invite TEXT NOT NULL DEFAULT '';
ALTER TABLE plans ADD COLUMN approval ${bool} NOT NULL DEFAULT FALSE;
ALTER TABLE plans ADD COLUMN most BIGINT NOT NULL DEFAULT 0; -- memberships at once; 0: no limit
ALTER TABLE plans ADD COLUMN sold_from TEXT NOT NULL DEFAULT ''; -- a day of the space
ALTER TABLE plans ADD COLUMN sold_to TEXT NOT NULL DEFAULT '';
ALTER TABLE plans ADD COLUMN free_price ${bool} NOT NULL DEFAULT FALSE; -- pay what you can
ALTER TABLE plans ADD COLUMN floor_minor BIGINT NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN pause_days BIGINT NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN pause_longest BIGINT NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN archived_at BIGINT;

ALTER TABLE memberships ADD COLUMN buyer_group TEXT NOT NULL DEFAULT '';
ALTER TABLE memberships ADD COLUMN price_minor BIGINT NOT NULL DEFAULT 0; -- of a period, as agreed
ALTER TABLE memberships ADD COLUMN currency TEXT NOT NULL DEFAULT '';
ALTER TABLE memberships ADD COLUMN period TEXT NOT NULL DEFAULT 'month';
ALTER TABLE memberships ADD COLUMN period_count BIGINT NOT NULL DEFAULT 1;
ALTER TABLE memberships ADD COLUMN renews ${bool} NOT NULL DEFAULT TRUE;
ALTER TABLE memberships ADD COLUMN notice_days BIGINT NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN term_ends_at BIGINT; -- the end of the minimum term
ALTER TABLE memberships ADD COLUMN anchor TEXT NOT NULL DEFAULT ''; -- the day that periods are counted from
ALTER TABLE memberships ADD COLUMN turn BIGINT NOT NULL DEFAULT 0; -- periods from the anchor to period_to
ALTER TABLE memberships ADD COLUMN period_from BIGINT;
ALTER TABLE memberships ADD COLUMN period_to BIGINT; -- NULL: not counted yet
ALTER TABLE memberships ADD COLUMN period_days BIGINT NOT NULL DEFAULT 0; -- that were paid in this period
ALTER TABLE memberships ADD COLUMN period_minor BIGINT NOT NULL DEFAULT 0; -- what was charged for them
ALTER TABLE memberships ADD COLUMN trial_ends_at BIGINT;
ALTER TABLE memberships ADD COLUMN setup_due BIGINT NOT NULL DEFAULT 0; -- charged with the first period that is paid
ALTER TABLE memberships ADD COLUMN deposit_due BIGINT NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN deposit_minor BIGINT NOT NULL DEFAULT 0; -- charged with it
ALTER TABLE memberships ADD COLUMN deposit_settled_at BIGINT; -- given back or kept
ALTER TABLE memberships ADD COLUMN deposit_kept TEXT NOT NULL DEFAULT ''; -- why it was not given back
ALTER TABLE memberships ADD COLUMN cancelled_at BIGINT;
ALTER TABLE memberships ADD COLUMN cancel_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE memberships ADD COLUMN reminded_at BIGINT; -- of the end of which period
ALTER TABLE memberships ADD COLUMN lapsed_at BIGINT; -- when its end was seen to
UPDATE memberships SET
    price_minor = (SELECT p.price_minor FROM plans p WHERE p.id = memberships.plan_id),
    currency = (SELECT p.currency FROM plans p WHERE p.id = memberships.plan_id),
    renews = (ends_at IS NULL);
CREATE INDEX memberships_due_idx ON memberships (period_to);
CREATE INDEX memberships_ending_idx ON memberships (ends_at);
CREATE INDEX memberships_plan_idx ON memberships (plan_id, ends_at);

CREATE TABLE membership_pauses (
    id            TEXT   NOT NULL,
    membership_id TEXT   NOT NULL,
    starts_at     BIGINT NOT NULL,
    ends_at       BIGINT NOT NULL,
    reason        TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    CONSTRAINT membership_pauses_pkey PRIMARY KEY (id),
    CONSTRAINT membership_pauses_membership_fkey FOREIGN KEY (membership_id) REFERENCES memberships (id),
    CONSTRAINT membership_pauses_span_check CHECK (ends_at >= starts_at)
)${strict};
CREATE INDEX membership_pauses_membership_idx ON membership_pauses (membership_id, starts_at);

CREATE TABLE plan_applications (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    member_id   TEXT   NOT NULL,
    plan_id     TEXT   NOT NULL,
    buyer_group TEXT   NOT NULL,
    price_minor BIGINT NOT NULL, -- of a period, as it was when they asked
    currency    TEXT   NOT NULL,
    starts_on   TEXT   NOT NULL, -- a day of the space; empty: when it is approved
    note        TEXT   NOT NULL,
    asked_at    BIGINT NOT NULL,
    decided_at  BIGINT,
    decided_by  TEXT   NOT NULL,
    approved    ${bool} NOT NULL,
    reason      TEXT   NOT NULL,
    CONSTRAINT plan_applications_pkey PRIMARY KEY (id),
    CONSTRAINT plan_applications_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT plan_applications_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT plan_applications_plan_fkey FOREIGN KEY (plan_id) REFERENCES plans (id)
)${strict};
CREATE INDEX plan_applications_waiting_idx ON plan_applications (space_id, decided_at, asked_at);
CREATE INDEX plan_applications_member_idx ON plan_applications (member_id, space_id);

CREATE TABLE plan_settings (
    space_id      TEXT   NOT NULL,
    on_lapse      TEXT   NOT NULL, -- what becomes of bookings when a membership has ended
    reminder_days BIGINT NOT NULL,
    CONSTRAINT plan_settings_pkey PRIMARY KEY (space_id),
    CONSTRAINT plan_settings_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT plan_settings_lapse_check CHECK (on_lapse IN ('cancel', 'flag'))
)${strict};

ALTER TABLE bookings ADD COLUMN flag TEXT NOT NULL DEFAULT ''; -- membership_ended: it was booked with a membership that has ended
ALTER TABLE bookings ADD COLUMN included_min BIGINT NOT NULL DEFAULT 0; -- of machine time that a plan includes
ALTER TABLE bookings ADD COLUMN included_of TEXT NOT NULL DEFAULT ''; -- the member whose plan that is
CREATE INDEX bookings_included_idx ON bookings (included_of, starts_at) WHERE included_min > 0;

CREATE TABLE charges (
    id          TEXT   NOT NULL,
    space_id    TEXT   NOT NULL,
    member_id   TEXT   NOT NULL, -- who pays
    kind        TEXT   NOT NULL,
    stream      TEXT   NOT NULL, -- the income that it is; empty for a deposit, which is none
    minor       BIGINT NOT NULL, -- below zero: owed to the member
    currency    TEXT   NOT NULL,
    lines       TEXT   NOT NULL, -- JSON: how the amount came about
    cause       TEXT   NOT NULL,
    cause_id    TEXT   NOT NULL,
    period_from TEXT   NOT NULL, -- days of the space
    period_to   TEXT   NOT NULL,
    due_on      TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    CONSTRAINT charges_pkey PRIMARY KEY (id),
    CONSTRAINT charges_cause_key UNIQUE (cause, cause_id, period_from),
    CONSTRAINT charges_space_fkey FOREIGN KEY (space_id) REFERENCES spaces (id),
    CONSTRAINT charges_member_fkey FOREIGN KEY (member_id) REFERENCES members (id),
    CONSTRAINT charges_kind_check CHECK (kind IN ('fee', 'deposit', 'payment'))
)${strict};
CREATE INDEX charges_member_idx ON charges (member_id, space_id, id);
CREATE INDEX charges_cause_idx ON charges (cause_id);

-- +goose Down
DROP TABLE charges;
DROP INDEX bookings_included_idx;
ALTER TABLE bookings DROP COLUMN included_of;
ALTER TABLE bookings DROP COLUMN included_min;
ALTER TABLE bookings DROP COLUMN flag;
DROP TABLE plan_settings;
DROP TABLE plan_applications;
DROP TABLE membership_pauses;
DROP INDEX memberships_plan_idx;
DROP INDEX memberships_ending_idx;
DROP INDEX memberships_due_idx;
ALTER TABLE memberships DROP COLUMN lapsed_at;
ALTER TABLE memberships DROP COLUMN reminded_at;
ALTER TABLE memberships DROP COLUMN cancel_reason;
ALTER TABLE memberships DROP COLUMN cancelled_at;
ALTER TABLE memberships DROP COLUMN deposit_kept;
ALTER TABLE memberships DROP COLUMN deposit_settled_at;
ALTER TABLE memberships DROP COLUMN deposit_minor;
ALTER TABLE memberships DROP COLUMN deposit_due;
ALTER TABLE memberships DROP COLUMN setup_due;
ALTER TABLE memberships DROP COLUMN trial_ends_at;
ALTER TABLE memberships DROP COLUMN period_minor;
ALTER TABLE memberships DROP COLUMN period_days;
ALTER TABLE memberships DROP COLUMN period_to;
ALTER TABLE memberships DROP COLUMN period_from;
ALTER TABLE memberships DROP COLUMN turn;
ALTER TABLE memberships DROP COLUMN anchor;
ALTER TABLE memberships DROP COLUMN term_ends_at;
ALTER TABLE memberships DROP COLUMN notice_days;
ALTER TABLE memberships DROP COLUMN renews;
ALTER TABLE memberships DROP COLUMN period_count;
ALTER TABLE memberships DROP COLUMN period;
ALTER TABLE memberships DROP COLUMN currency;
ALTER TABLE memberships DROP COLUMN price_minor;
ALTER TABLE memberships DROP COLUMN buyer_group;
ALTER TABLE plans DROP COLUMN archived_at;
ALTER TABLE plans DROP COLUMN pause_longest;
ALTER TABLE plans DROP COLUMN pause_days;
ALTER TABLE plans DROP COLUMN floor_minor;
ALTER TABLE plans DROP COLUMN free_price;
ALTER TABLE plans DROP COLUMN sold_to;
ALTER TABLE plans DROP COLUMN sold_from;
ALTER TABLE plans DROP COLUMN most;
ALTER TABLE plans DROP COLUMN approval;
ALTER TABLE plans DROP COLUMN invite;
ALTER TABLE plans DROP COLUMN audience;
ALTER TABLE plans DROP COLUMN includes;
ALTER TABLE plans DROP COLUMN renews;
ALTER TABLE plans DROP COLUMN trial_days;
ALTER TABLE plans DROP COLUMN notice_days;
ALTER TABLE plans DROP COLUMN min_periods;
ALTER TABLE plans DROP COLUMN deposit_minor;
ALTER TABLE plans DROP COLUMN setup_minor;
ALTER TABLE plans DROP COLUMN prices;
ALTER TABLE plans DROP COLUMN period_count;
ALTER TABLE plans DROP COLUMN period;
ALTER TABLE plans DROP COLUMN about;
