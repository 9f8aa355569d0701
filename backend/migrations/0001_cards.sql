-- What data/atrium.db knows. The cards of the data sets are the truth; this is what can be asked about all of them at once,
-- and what a user said of an instrument, which outlives its data sets. SQL that PostgreSQL reads as well.
CREATE TABLE instrument (
    symbol VARCHAR(32) NOT NULL PRIMARY KEY,
    currency VARCHAR(8) NOT NULL,
    tick_size DOUBLE PRECISION NOT NULL,
    lot_size DOUBLE PRECISION NOT NULL,
    multiplier DOUBLE PRECISION NOT NULL,
    min_quantity DOUBLE PRECISION NOT NULL,
    min_notional DOUBLE PRECISION NOT NULL,
    calendar VARCHAR(16) NOT NULL,
    security_type VARCHAR(16) NOT NULL,
    exchange VARCHAR(32) NOT NULL,
    time_zone VARCHAR(64) NOT NULL,
    -- microseconds since 1970 in UTC, as every time here
    changed_at BIGINT NOT NULL
);

-- Every import that changed something; those of a data set that was removed stay.
CREATE TABLE import (
    data_set VARCHAR(64) NOT NULL,
    number BIGINT NOT NULL,
    imported_at BIGINT NOT NULL,
    source TEXT NOT NULL,
    sha256 VARCHAR(64),
    added BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    unchanged BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    PRIMARY KEY (data_set, imported_at, number)
);

CREATE TABLE data_set (
    name VARCHAR(64) NOT NULL PRIMARY KEY,
    symbol VARCHAR(32) NOT NULL,
    bar_interval VARCHAR(16) NOT NULL,
    row_count BIGINT NOT NULL,
    first_start BIGINT NOT NULL,
    last_start BIGINT NOT NULL,
    digest VARCHAR(64) NOT NULL,
    simulated BOOLEAN NOT NULL,
    -- the whole card as JSON, to tell whether it differs
    card TEXT NOT NULL
);
