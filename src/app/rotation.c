/* rotation.c - another secret, while the gateways run
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/rotation.h"

#include <string.h>
#include <time.h>

#include "app/gateway.h"
#include "app/instance.h"
#include "app/journal.h"
#include "app/reseal.h"
#include "app/secret_file.h"
#include "base/clock.h"
#include "base/cx.h"
#include "base/test_hooks.h"
#include "store/db.h"
#include "store/launches.h"

enum {
	HOUR = 3600, /* states, clocks, who notices late */
	DAY = 86400, /* watching frames; people are counted by the day */
	TOLD_EVERY = 10,
};

struct run {
	struct gateway *gateway;
	struct secret_file *file;
	const struct rotation *args;
	struct rotation_report *report;
	struct secret_record record;
	struct secret_contents contents; /* of the file */
	struct secret next;              /* that is to seal */
	struct span next_check;
};

static enum fault
find_record(struct db_session *session, struct cx *cx, void *arg)
{
	return secret_record_find(session, cx, arg);
}

static enum fault
look(struct run *run, struct cx *cx)
{
	enum fault which =
	    db_read(run->gateway->db, cx, find_record, &run->record);

	return which ? which
		     : secret_file_contents(run->file, cx, &run->contents);
}

static enum fault
refuse_other(struct cx *cx)
{
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "Another rotation was begun elsewhere meanwhile; run this again");
}

/* Nobody else moved the rotation on since we looked. */
static enum fault
check_unmoved(struct db_session *session, struct cx *cx, const struct run *run)
{
	struct secret_record now;
	enum fault which = secret_record_find(session, cx, &now);

	if (which)
		return which;
	return span_equal(now.sealing, run->record.sealing) &&
		       now.phase == run->record.phase &&
		       span_equal(now.other, run->record.other)
		   ? FAULT_NONE
		   : refuse_other(cx);
}

/* --- the next secret ----------------------------------------------------- */

static enum fault
announce(struct db_session *session, struct cx *cx, void *arg)
{
	const struct run *run = arg;
	struct secret_record record = {
	    .sealing = run->record.sealing,
	    .phase = SECRET_NEXT,
	    .other = run->next_check,
	};
	enum fault which = check_unmoved(session, cx, run);

	return which ? which : secret_record_keep(session, cx, &record);
}

/* What the file holds besides is replaced when the store names it, or was to
 * be the next one: another may be another store's. */
static enum fault
check_replaceable(struct cx *cx, const struct run *run)
{
	if (run->contents.count < 2 || run->record.phase == SECRET_NEXT ||
	    secret_file_find(cx, &run->contents, run->record.other))
		return FAULT_NONE;
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "The secret file %s holds a second secret that this store does not "
	    "know: look whether another store needs it, and bring a file of "
	    "the present one's 32 bytes here",
	    run->file->path);
}

/* The store is told first: a second secret in the file that it does not name is
 * never one of ours. */
static enum fault
make_next(struct run *run, struct cx *cx)
{
	const struct secret *own =
	    secret_file_find(cx, &run->contents, run->record.sealing);
	struct secret_contents contents = {.count = 2};
	enum fault which = check_replaceable(cx, run);

	if (which)
		return which;
	if (!own)
		return refuse_other(cx);
	cx->random(run->next.bytes, sizeof run->next.bytes);
	run->next_check = secrets_check_text(cx, &run->next);
	contents.at[0] = *own;
	contents.at[1] = run->next;
	which = db_write(run->gateway->db, cx, announce, run);
	test_point("rotate-announced");
	if (!which)
		which = secret_file_write(
		    run->file, cx, &contents, run->args->at_once);
	test_point("rotate-made");
	run->contents = contents;
	secrets_clear(&contents, sizeof contents);
	run->record.phase = SECRET_NEXT;
	run->record.other = run->next_check;
	return which;
}

/* One that a rotation before this put there is as good. */
static enum fault
take_next(struct run *run, struct cx *cx)
{
	const struct secret *there =
	    secret_file_find(cx, &run->contents, run->record.other);

	if (run->record.phase != SECRET_NEXT || !there)
		return make_next(run, cx);
	run->next = *there;
	run->next_check = run->record.other;
	return FAULT_NONE;
}

/* --- waiting ------------------------------------------------------------- */

struct question {
	struct span check;
	enum instance_need need;
	struct instance_lag lag;
};

static enum fault
ask(struct db_session *session, struct cx *cx, void *arg)
{
	struct question *question = arg;
	return instance_lag(
	    session, cx, question->check, question->need, &question->lag);
}

static enum fault
give_up(const struct run *run, struct cx *cx, const struct question *question)
{
	if (question->need == INSTANCE_SEALS)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The new secret seals, but not yet at %.*s. Nothing is "
		    "lost: look at their logs, then run this again",
		    SPAN_ARGS(question->lag.names));
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "The next secret is not known to %.*s. Copy %s to their machines "
	    "(they read it within %d seconds), then run this again; until then "
	    "the old secret seals, and nothing has changed",
	    SPAN_ARGS(question->lag.names), run->file->path, INSTANCE_RENEW);
}

static void
tell_lag(const struct run *run, struct cx *cx, const struct question *question)
{
	const char *what = question->need == INSTANCE_KNOWS
			       ? "know the next secret; on another machine: "
				 "copy the secret file there"
			       : "seal with it";

	run->args->tell(arena_printf(cx->arena,
	    "waiting for %zu of the gateways to %s: %.*s", question->lag.count,
	    what, SPAN_ARGS(question->lag.names))
			    .at);
}

static enum fault
wait_for(const struct run *run, struct cx *cx, enum instance_need need)
{
	int64_t began = clock_monotonic_ms(), told = 0;
	const int64_t wait_ms = run->args->wait_seconds * 1000;

	for (;;) {
		struct question question = {
		    .check = run->next_check, .need = need};
		cx_wake(cx);
		enum fault which =
		    db_read(run->gateway->db, cx, ask, &question);
		if (which || !question.lag.count)
			return which;
		int64_t now = clock_monotonic_ms();
		if (now >= began + wait_ms)
			return give_up(run, cx, &question);
		if (!told || now >= told + TOLD_EVERY * 1000) {
			tell_lag(run, cx, &question);
			told = now;
		}
		nanosleep(&(struct timespec){1, 0}, NULL);
	}
}

/* --- the change ---------------------------------------------------------- */

static enum fault
note_change(struct db_session *session, struct cx *cx, const struct run *run,
    int64_t until)
{
	struct span time = SPAN("never");
	char text[CLOCK_TEXT_SIZE];

	if (until) {
		clock_write(until, text);
		time = arena_copy(cx->arena, span_of(text));
	}
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "secret",
	    .message = "secret rotated",
	    .fields = {{"way", run->args->at_once ? SPAN("at once")
						  : SPAN("running")},
		{"oldOpensUntil", time}},
	};
	return journal_add(session, cx, &entry);
}

struct change {
	struct run *run;
	struct instance_lag lag;
	struct secret_record record;
};

/* Who came meanwhile without the next secret is seen here: to come and to
 * change over cannot both succeed. */
static enum fault
change_over(struct db_session *session, struct cx *cx, void *arg)
{
	struct change *change = arg;
	struct run *run = change->run;
	int64_t kept = run->gateway->keep_launches;
	enum fault which = check_unmoved(session, cx, run);

	if (!which)
		which = instance_lag(
		    session, cx, run->next_check, INSTANCE_KNOWS, &change->lag);
	if (which || change->lag.count)
		return which;
	change->record = (struct secret_record){
	    .sealing = run->next_check,
	    .phase = SECRET_CHANGING,
	    .other = run->record.sealing,
	    .changed_at = cx->now,
	    .until = cx->now + (kept > DAY ? kept : DAY) + HOUR,
	};
	which = secret_record_keep(session, cx, &change->record);
	return which ? which
		     : note_change(session, cx, run, change->record.until);
}

/* The file may have been replaced while we waited. */
static enum fault
check_file(struct run *run, struct cx *cx)
{
	enum fault which = secret_file_contents(run->file, cx, &run->contents);

	if (which)
		return which;
	if (secret_file_find(cx, &run->contents, run->next_check) &&
	    secret_file_find(cx, &run->contents, run->record.sealing))
		return FAULT_NONE;
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "The secret file %s was changed meanwhile; run this again",
	    run->file->path);
}

static enum fault
change_running(struct run *run, struct cx *cx)
{
	struct change change = {.run = run};
	enum fault which;

	do {
		which = wait_for(run, cx, INSTANCE_KNOWS);
		if (!which)
			which = check_file(run, cx);
		test_point("rotate-known");
		if (!which)
			which = db_write(
			    run->gateway->db, cx, change_over, &change);
	} while (!which && change.lag.count);
	test_point("rotate-stored");
	if (!which)
		run->record = change.record;
	return which;
}

/* --- sealing anew -------------------------------------------------------- */

static enum fault
move_on(struct db_session *session, struct cx *cx, void *arg)
{
	const struct secret_record *next = arg;
	struct secret_record now;
	enum fault which = secret_record_find(session, cx, &now);

	if (which || !span_equal(now.sealing, next->sealing) ||
	    !span_equal(now.other, next->other) || now.phase > next->phase)
		return which;
	return secret_record_keep(session, cx, next);
}

/* Without the one before there is nothing that could be brought over. */
static enum fault
reseal_known(
    struct gateway *gateway, struct cx *cx, struct rotation_report *report)
{
	struct secret_pair pair;

	secrets_copy(gateway->secrets, &pair);
	struct reseal reseal = {
	    .from = {pair.other}, .to = pair.own, .from_count = 1};
	enum fault which =
	    pair.has_other ? reseal_all(gateway->db, cx, &reseal) : FAULT_NONE;
	report->resealed = reseal.changed;
	report->unopened = reseal.unopened;
	secrets_clear(&pair, sizeof pair);
	secrets_clear(&reseal, sizeof reseal);
	return which;
}

static enum fault
finish(struct run *run, struct cx *cx)
{
	enum fault which = secret_file_refresh(run->file, cx);

	run->next_check = run->record.sealing;
	if (!which)
		which = wait_for(run, cx, INSTANCE_SEALS);
	if (!which)
		which = reseal_known(run->gateway, cx, run->report);
	test_point("rotate-resealed");
	if (which)
		return which;
	run->report->until = run->record.until;
	run->record.phase = SECRET_BEFORE;
	return db_write(run->gateway->db, cx, move_on, &run->record);
}

/* --- the end of the one before ------------------------------------------- */

static enum fault
forget_before(
    struct gateway *gateway, struct cx *cx, struct secret_record *record)
{
	struct rotation_report report;
	enum fault which = reseal_known(gateway, cx, &report);

	record->phase = SECRET_GONE;
	return which ? which : db_write(gateway->db, cx, move_on, record);
}

static bool
is_over(const struct secret_record *record, const struct cx *cx)
{
	return (record->phase == SECRET_CHANGING ||
		   record->phase == SECRET_BEFORE) &&
	       cx->now >= record->until;
}

enum fault
rotation_tidy(struct gateway *gateway, struct cx *cx)
{
	struct secret_record record;

	if (!is_over(&gateway->secret_file->record, cx))
		return FAULT_NONE;
	enum fault which = db_read(gateway->db, cx, find_record, &record);
	if (!which && is_over(&record, cx))
		which = forget_before(gateway, cx, &record);
	return which ? which : secret_file_refresh(gateway->secret_file, cx);
}

static enum fault
check_before(struct run *run, struct cx *cx)
{
	char until[CLOCK_TEXT_SIZE];

	if (run->record.phase != SECRET_BEFORE)
		return FAULT_NONE;
	if (is_over(&run->record, cx))
		return forget_before(run->gateway, cx, &run->record);
	clock_write(run->record.until, until);
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "The secret before the present one opens what it signed until %s; "
	    "rotate after that, or stop every gateway and rotate with "
	    "--at-once, which ends all launches",
	    until);
}

/* --- at once ------------------------------------------------------------- */

static enum fault
check_stopped(struct db_session *session, struct cx *cx, void *arg)
{
	size_t others = 0;
	enum fault which = instance_count(session, cx, &others);

	(void)arg;
	if (!which && others)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "A gateway is running on this store; stop it first. One "
		    "that was killed counts for %d seconds more",
		    INSTANCE_LEASE + CLOCK_SKEW);
	return which;
}

static enum fault
change_stopped(struct db_session *session, struct cx *cx, void *arg)
{
	struct run *run = arg;
	struct secret_record record = {
	    .sealing = run->next_check,
	    .phase = SECRET_GONE,
	    .other = run->record.sealing,
	    .changed_at = cx->now,
	};
	struct reseal reseal = {.to = run->next};
	struct secret_pair pair;
	enum fault which = check_stopped(session, cx, NULL);

	secrets_copy(run->gateway->secrets, &pair);
	reseal.from[reseal.from_count++] = pair.own;
	if (pair.has_other)
		reseal.from[reseal.from_count++] = pair.other;
	if (!which)
		which = check_unmoved(session, cx, run);
	if (!which)
		which = reseal_within(session, cx, &reseal);
	run->report->resealed = reseal.changed;
	run->report->unopened = reseal.unopened;
	secrets_clear(&pair, sizeof pair);
	secrets_clear(&reseal, sizeof reseal);
	/* Nobody's ltik holds any more: what they opened goes with them. */
	if (!which)
		which = launches_forget(session, cx);
	if (!which)
		which = secret_record_keep(session, cx, &record);
	return which ? which : note_change(session, cx, run, 0);
}

/* Never with a next secret that lay in the file: whoever has read that has
 * both. */
static enum fault
run_stopped(struct run *run, struct cx *cx)
{
	struct secret_contents alone = {.count = 1};
	enum fault which = secret_file_seclude(run->file, cx);

	/* Here for who forgot; change_stopped sees who came meanwhile. */
	if (!which)
		which = db_read(run->gateway->db, cx, check_stopped, NULL);
	if (!which)
		which = make_next(run, cx);
	if (!which)
		which = db_write(run->gateway->db, cx, change_stopped, run);
	test_point("rotate-stored");
	if (which)
		return which;
	alone.at[0] = run->next;
	which = secret_file_write(run->file, cx, &alone, true);
	secrets_clear(&alone, sizeof alone);
	return which;
}

/* --- the whole ----------------------------------------------------------- */

static enum fault
run_running(struct run *run, struct cx *cx)
{
	enum fault which = check_before(run, cx);

	if (!which && run->record.phase != SECRET_CHANGING) {
		which = take_next(run, cx);
		if (!which)
			which = change_running(run, cx);
	}
	return which ? which : finish(run, cx);
}

enum fault
rotation_run(struct gateway *gateway, struct cx *cx,
    const struct rotation *rotation, struct rotation_report *out)
{
	struct run run = {
	    .gateway = gateway,
	    .file = gateway->secret_file,
	    .args = rotation,
	    .report = out,
	};
	int reserved;
	enum fault which = secret_file_reserve(run.file, cx, &reserved);

	*out = (struct rotation_report){0};
	if (which)
		return which;
	which = look(&run, cx);
	if (!which)
		which = rotation->at_once ? run_stopped(&run, cx)
					  : run_running(&run, cx);
	secrets_clear(&run.contents, sizeof run.contents);
	secrets_clear(&run.next, sizeof run.next);
	secret_file_unreserve(reserved);
	return which;
}
