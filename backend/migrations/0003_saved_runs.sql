-- Runs that somebody saved: a link with a name and a note. Nothing else holds them.
CREATE TABLE saved_run (
    id VARCHAR(32) NOT NULL PRIMARY KEY,
    name VARCHAR(480) NOT NULL,
    note TEXT NOT NULL,
    link TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
