-- 0001_first.sql - the store as it begins
--
-- One text for SQLite and PostgreSQL: text and bigint only, times in seconds
-- since the epoch, booleans 0 and 1, documents as JSON in text. A "sealed"
-- column holds src/crypto/seal.h's form.

CREATE TABLE settings (
	name text PRIMARY KEY,
	document text NOT NULL,
	changed_at bigint NOT NULL
);

CREATE TABLE api_keys (
	id text PRIMARY KEY,
	name text NOT NULL,
	hash text NOT NULL UNIQUE,
	hint text NOT NULL,
	created_at bigint NOT NULL
);

CREATE TABLE organizations (
	id text PRIMARY KEY,
	name text NOT NULL UNIQUE,
	created_at bigint NOT NULL
);

CREATE TABLE registration_links (
	id text PRIMARY KEY,
	organization_id text NOT NULL
		REFERENCES organizations (id) ON DELETE CASCADE,
	token_hash text NOT NULL UNIQUE,
	label text NOT NULL,
	once bigint NOT NULL,
	activate bigint NOT NULL,
	uses bigint NOT NULL,
	expires_at bigint NOT NULL,
	created_at bigint NOT NULL
);

-- state: spare (made ahead), next, active, retiring (the tool's own set), or
-- platform (one platform's pair; key_set is then its public name).
CREATE TABLE tool_keys (
	id text PRIMARY KEY,
	state text NOT NULL,
	key_set text UNIQUE,
	private_sealed text NOT NULL,
	public_jwk text NOT NULL,
	public_pem text NOT NULL,
	created_at bigint NOT NULL,
	changed_at bigint NOT NULL
);

CREATE TABLE platforms (
	id text PRIMARY KEY,
	issuer text NOT NULL,
	client_id text NOT NULL,
	name text NOT NULL,
	active bigint NOT NULL,
	origin text NOT NULL,
	authorization_endpoint text NOT NULL,
	token_endpoint text NOT NULL,
	audience text NOT NULL,
	key_method text NOT NULL,
	key_value text NOT NULL,
	organization_id text REFERENCES organizations (id),
	claimed_organization text NOT NULL,
	family text NOT NULL,
	version text NOT NULL,
	tool_key text REFERENCES tool_keys (id),
	target text NOT NULL DEFAULT '',
	targets text NOT NULL,
	metadata text NOT NULL,
	extra text NOT NULL,
	report text NOT NULL,
	management_sealed text NOT NULL,
	first_launch text NOT NULL DEFAULT '',
	created_at bigint NOT NULL,
	changed_at bigint NOT NULL,
	UNIQUE (issuer, client_id)
);

CREATE INDEX platforms_by_name ON platforms (name);
CREATE INDEX platforms_by_organization ON platforms (organization_id);

-- All that a page of platforms is chosen by: their rows are long, and ten
-- thousand of them need not be read for fifty.
CREATE INDEX platforms_to_choose ON platforms (lower(name), id, name, issuer,
	client_id, organization_id, active, created_at);

-- inherits: without an organisation of its own it is its platform's.
CREATE TABLE deployments (
	platform_id text NOT NULL
		REFERENCES platforms (id) ON DELETE CASCADE,
	deployment_id text NOT NULL,
	organization_id text REFERENCES organizations (id),
	allowed bigint NOT NULL,
	inherits bigint NOT NULL DEFAULT 1,
	origin text NOT NULL,
	first_seen_at bigint NOT NULL,
	PRIMARY KEY (platform_id, deployment_id)
);

CREATE INDEX deployments_by_organization ON deployments (organization_id);

-- state: waiting (for approval), sent (the request is on its way to the LMS
-- or was, and no answer was read), completed, rejected, refused (by the LMS,
-- or the answer could not be used). replay is there while the LMS's token
-- must not be used again: unique, so that of two at once one wins. step: empty
-- (the tool's own page decides), confirm (a person decides in the LMS's frame),
-- approval (somebody else was asked). person_id: who signed in beside the
-- frame; code: what both windows show meanwhile.
CREATE TABLE registrations (
	id_hash text PRIMARY KEY,
	handle text NOT NULL UNIQUE,
	state text NOT NULL,
	replay text UNIQUE,
	token_hash text NOT NULL,
	reference text NOT NULL,
	issuer text NOT NULL,
	family text NOT NULL,
	version text NOT NULL,
	sealed text NOT NULL,
	privacy_level text NOT NULL,
	organization_id text,
	claimed_organization text NOT NULL,
	link_id text,
	started_from text NOT NULL,
	close_hash text UNIQUE,
	platform_id text,
	client_id text NOT NULL,
	fault text NOT NULL,
	step text NOT NULL DEFAULT '',
	person_id text NOT NULL DEFAULT '',
	code text NOT NULL DEFAULT '',
	created_at bigint NOT NULL,
	changed_at bigint NOT NULL,
	expires_at bigint NOT NULL
);

CREATE INDEX registrations_by_state ON registrations (state, expires_at);
CREATE INDEX registrations_by_token ON registrations (token_hash);
-- Housekeeping looks for what is over every few seconds.
CREATE INDEX registrations_by_expiry ON registrations (expires_at);

-- organization_id: whose it is; empty: nobody's, for the tool's own people alone.
CREATE TABLE events (
	id text PRIMARY KEY,
	at bigint NOT NULL,
	level text NOT NULL,
	kind text NOT NULL,
	reference text NOT NULL,
	platform_id text NOT NULL,
	message text NOT NULL,
	details text NOT NULL,
	organization_id text NOT NULL DEFAULT ''
);

CREATE INDEX events_by_reference ON events (reference);
CREATE INDEX events_by_platform ON events (platform_id, id);
CREATE INDEX events_by_organization ON events (organization_id, id);

-- What is looked for is what is not a launch that went well; to keep those out
-- costs a launch nothing.
CREATE INDEX events_by_kind ON events (kind, id) WHERE kind <> 'launch';
CREATE INDEX events_by_level ON events (level, id) WHERE level <> 'info';
CREATE INDEX events_by_owner_kind ON events (organization_id, kind, id)
	WHERE kind <> 'launch';
CREATE INDEX events_by_owner_level ON events (organization_id, level, id)
	WHERE level <> 'info';
