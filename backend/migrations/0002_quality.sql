-- Quality reports that were made once; what is lost is made again.
CREATE TABLE quality (
    cache_key VARCHAR(64) NOT NULL PRIMARY KEY,
    digest VARCHAR(64) NOT NULL,
    report TEXT NOT NULL,
    made_at BIGINT NOT NULL
);
