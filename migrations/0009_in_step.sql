-- 0009_in_step.sql - what each LMS was told of the tool, and what it would be
-- told now

-- What a registration is made of besides the settings: of the LMS's
-- configuration what is asked by it, and what was said at completion. Many
-- platforms share one. basis_id is the digest of basis_document; expected is
-- that of the request as the settings would make it now, settings_mark names
-- those settings.
CREATE TABLE registration_bases (
	basis_id text PRIMARY KEY,
	basis_document text NOT NULL,
	expected text NOT NULL,
	settings_mark text NOT NULL
);

-- sent: the digest of the request that the LMS last took; the request itself
-- is in the platform's report. managed: the LMS takes changes from the tool.
-- update_state: done, asked (an administrator of the LMS has to accept
-- waiting), or failed, and why. busy_until: an update is under way.
CREATE TABLE registered_with (
	platform_id text PRIMARY KEY
		REFERENCES platforms (id) ON DELETE CASCADE,
	basis text NOT NULL,
	sent text NOT NULL,
	managed bigint NOT NULL,
	update_state text NOT NULL,
	update_problem text NOT NULL,
	waiting text NOT NULL,
	updated_at bigint NOT NULL,
	busy_until bigint NOT NULL
);

-- All that tells who is behind.
CREATE INDEX registered_with_basis ON registered_with (basis, sent,
	platform_id);
