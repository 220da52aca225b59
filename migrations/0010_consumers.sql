-- 0010_consumers.sql - LTI 1.1 keys that the tool had given to its customers

-- The secret proves, in a launch of an LMS that has moved on, that the LMS is
-- the one that had the key.
CREATE TABLE consumers (
	id text PRIMARY KEY,
	consumer_key text NOT NULL UNIQUE,
	label text NOT NULL,
	secret_sealed text NOT NULL,
	created_at bigint NOT NULL
);
