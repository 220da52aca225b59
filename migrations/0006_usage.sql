-- 0006_usage.sql - whose an event is, what was used, what waits to be told

-- Empty: nobody's, for the tool's own people alone.
ALTER TABLE events ADD COLUMN organization_id text NOT NULL DEFAULT '';

UPDATE events SET organization_id = COALESCE((SELECT organization_id
	FROM platforms WHERE platforms.id = events.platform_id), '')
	WHERE platform_id <> '';

CREATE INDEX events_by_organization ON events (organization_id, id);

-- What is looked for is what is not a launch that went well; to keep those out
-- costs a launch nothing.
CREATE INDEX events_by_kind ON events (kind, id) WHERE kind <> 'launch';
CREATE INDEX events_by_level ON events (level, id) WHERE level <> 'info';
CREATE INDEX events_by_owner_kind ON events (organization_id, kind, id)
	WHERE kind <> 'launch';
CREATE INDEX events_by_owner_level ON events (organization_id, level, id)
	WHERE level <> 'info';

-- All that a page of platforms is chosen by: their rows are long, and ten
-- thousand of them need not be read for fifty.
CREATE INDEX platforms_to_choose ON platforms (lower(name), id, name, issuer,
	client_id, organization_id, active, created_at);
CREATE INDEX deployments_by_organization ON deployments (organization_id);

-- How much, by the hour and by the day (step; at is where it begins). The
-- organisation '' is nobody, '*' is all of them and nobody.
CREATE TABLE usage_counts (
	step text NOT NULL,
	at bigint NOT NULL,
	organization_id text NOT NULL,
	launches bigint NOT NULL,
	people bigint NOT NULL,
	registrations bigint NOT NULL,
	failures bigint NOT NULL,
	PRIMARY KEY (step, organization_id, at)
);

CREATE INDEX usage_counts_over ON usage_counts (step, at);

CREATE TABLE usage_faults (
	step text NOT NULL,
	at bigint NOT NULL,
	organization_id text NOT NULL,
	fault text NOT NULL,
	count bigint NOT NULL,
	PRIMARY KEY (step, organization_id, at, fault)
);

CREATE INDEX usage_faults_over ON usage_faults (step, at);

-- Who was counted already in an hour or a day that is not over: a keyed digest,
-- never the person.
CREATE TABLE usage_people (
	step text NOT NULL,
	at bigint NOT NULL,
	organization_id text NOT NULL,
	person text NOT NULL,
	PRIMARY KEY (step, at, organization_id, person)
);

-- One row for each way in which something is told. notice is the same for all
-- of them; state: waiting, then delivered or given-up.
CREATE TABLE notifications (
	id text PRIMARY KEY,
	notice text NOT NULL,
	channel text NOT NULL,
	recipient text NOT NULL,
	type text NOT NULL,
	body text NOT NULL,
	state text NOT NULL,
	tried bigint NOT NULL,
	next_try_at bigint NOT NULL,
	leased_until bigint NOT NULL,
	fault text NOT NULL,
	created_at bigint NOT NULL,
	finished_at bigint NOT NULL
);

CREATE INDEX notifications_waiting ON notifications (channel, next_try_at, id)
	WHERE state = 'waiting';
CREATE INDEX notifications_over ON notifications (finished_at)
	WHERE state <> 'waiting';
