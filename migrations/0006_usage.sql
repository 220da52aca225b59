-- 0006_usage.sql - what was used, what waits to be told

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
