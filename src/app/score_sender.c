/* score_sender.c - sends the scores that wait
 *
 *   clerk:   platforms with something due -> those that may be asked ->
 *            leases -> jobs
 *   senders: a job -> one try -> what came of it on disk -> the LMS's health
 *
 * A lease is on disk before anything is sent, the outcome after: whoever dies
 * in between leaves a lease that ends by itself, and the score goes again with
 * the time it had.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/score_sender.h"

#include <pthread.h>
#include <time.h>

#include "app/gateway.h"
#include "app/journal.h"
#include "app/lms_health.h"
#include "app/outcome.h"
#include "app/score_outcome.h"
#include "app/scoring.h"
#include "base/clock.h"
#include "base/cx.h"
#include "base/test_hooks.h"
#include "crypto/random.h"
#include "store/db.h"

static const char LINE[] = "scores";

enum {
	EXPIRE_BATCH = 100,
	EXPIRE_EVERY = 10, /* seconds */
	FORGET_BATCH = 500,
	LOOK_EVERY_MS = 1000, /* for rests and waits that end */
};

struct job {
	struct job *next;
	struct arena *arena; /* of the row */
	struct score_row row;
};

struct score_sender {
	struct gateway *gateway;
	pthread_mutex_t lock;
	pthread_cond_t clerk_wake, work;
	pthread_t clerk, senders[SCORE_SENDERS];
	unsigned sender_count;
	unsigned held; /* leased and not finished */
	struct job *first, **last;
	struct lms_health *health;
	int64_t expired_at; /* on cx->now: when this was last looked for */
	bool news;
	atomic_bool stopping; /* nothing more is begun */
	bool closing;         /* the clerk is gone, too: no more jobs come */
};

/* --- one score ----------------------------------------------------------- */

struct finish {
	const struct score_row *row;
	int status; /* HTTP, of the LMS; or 0 */
};

static enum fault
journal_end(struct db_session *session, struct cx *cx,
    const struct score_row *row, int status)
{
	bool delivered = span_is(row->state, "delivered");
	const struct journal_entry entry = {
	    .level = delivered ? LOG_INFO : LOG_WARN,
	    .kind = "score",
	    .message =
		arena_printf(cx->arena, "score %.*s", SPAN_ARGS(row->state)).at,
	    .platform_id = row->platform_id,
	    .organization_id =
		row->organization_id.at ? row->organization_id : SPAN(""),
	    .fields = {{"id", row->id},
		{"tries",
		    arena_printf(cx->arena, "%lld", (long long)row->tried)},
		{status ? "lmsStatus" : NULL,
		    arena_printf(cx->arena, "%d", status)}},
	};
	return journal_add(session, cx, &entry);
}

static enum fault
finish(struct db_session *session, struct cx *cx, void *arg)
{
	const struct finish *finish = arg;
	bool done;
	enum fault which = scores_finish(session, cx, finish->row, &done);

	if (which || !done || span_is(finish->row->state, "waiting"))
		return which;
	return journal_end(session, cx, finish->row, finish->status);
}

static void
run(struct score_sender *sender, struct cx *cx, struct job *job)
{
	struct gateway *gateway = sender->gateway;
	struct fetch_answer answer;

	test_point("score-leased");
	enum fault which = scoring_try(gateway, cx, &job->row, &answer);
	test_point("score-sent");
	cx_wake(cx);
	int64_t rest = lms_health_learn(sender->health, job->row.platform_id,
	    cx->now, score_outcome_is_word(which), cx->note.retry_after);
	score_outcome_judge(cx, which, rest, &job->row);
	struct finish args = {
	    .row = &job->row, .status = cx->note.external_status};
	const struct outcome outcome = {
	    .line = LINE,
	    .work = finish,
	    .arg = &args,
	    .leased_until = job->row.leased_until,
	    .stopping = &sender->stopping,
	};
	outcome_keep(gateway->db, cx, &outcome);
	test_point("score-finished");
	LOG_FOR(cx, LOG_DEBUG, "score tried", {"id", job->row.id},
	    {"state", job->row.state},
	    {"fault", span_of(which ? fault_text(which)->name : "none")});
}

static enum fault
unlease(struct db_session *session, struct cx *cx, void *arg)
{
	return scores_give_back(session, cx, arg);
}

/* Not begun when the program ends: at once for the next. */
static void
give_back(struct score_sender *sender, struct cx *cx, struct job *job)
{
	outcome_tell(
	    cx, LINE, db_claim(sender->gateway->db, cx, unlease, &job->row));
}

/* --- the senders --------------------------------------------------------- */

static struct job *
take_job(struct score_sender *sender)
{
	struct job *job;

	pthread_mutex_lock(&sender->lock);
	while (!sender->first && !sender->closing)
		pthread_cond_wait(&sender->work, &sender->lock);
	job = sender->first;
	if (job)
		sender->first = job->next;
	if (!sender->first)
		sender->last = &sender->first;
	pthread_mutex_unlock(&sender->lock);
	return job;
}

static void
end_job(struct score_sender *sender, struct job *job)
{
	lms_health_let_go(sender->health, job->row.platform_id);
	pthread_mutex_lock(&sender->lock);
	sender->held--;
	sender->news = true;
	pthread_cond_signal(&sender->clerk_wake);
	pthread_mutex_unlock(&sender->lock);
	arena_close(job->arena);
	memory_give_back(job);
}

static void *
send_scores(void *arg)
{
	struct score_sender *sender = arg;
	struct job *job;
	struct cx cx;

	cx_init(&cx, random_bytes);
	for (job = take_job(sender); job; job = take_job(sender)) {
		cx_reset(&cx);
		if (atomic_load(&sender->stopping))
			give_back(sender, &cx, job);
		else
			run(sender, &cx, job);
		end_job(sender, job);
	}
	cx_release(&cx);
	return NULL;
}

/* --- the clerk ----------------------------------------------------------- */

struct lease {
	struct span platform_id;
	unsigned max;
	struct score_list rows;
};

static enum fault
lease(struct db_session *session, struct cx *cx, void *arg)
{
	struct lease *lease = arg;
	return scores_lease(session, cx, lease->platform_id, lease->max,
	    cx->now + SCORE_LEASE, &lease->rows);
}

static enum fault
find_due(struct db_session *session, struct cx *cx, void *arg)
{
	return scores_due(session, cx, arg);
}

static struct score_row
copy_row(struct arena *arena, const struct score_row *from)
{
	struct score_row to = *from;
	struct span *const texts[] = {&to.id, &to.platform_id,
	    &to.deployment_id, &to.organization_id, &to.pair, &to.line_item,
	    &to.user, &to.scopes, &to.body_sealed, &to.state, &to.tries};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_copy(arena, *texts[i]);
	return to;
}

/* One for each score that is held: none waits here behind one that hangs while
 * its lease runs out. */
static void
add_sender(struct score_sender *sender)
{
	if (sender->sender_count >= sender->held)
		return;
	if (pthread_create(&sender->senders[sender->sender_count], NULL,
		send_scores, sender) == 0)
		sender->sender_count++;
}

static void
add_job(struct score_sender *sender, const struct score_row *row)
{
	struct job *job = memory_take(sizeof *job);

	job->arena = arena_open();
	job->row = copy_row(job->arena, row);
	lms_health_hold(sender->health, row->platform_id);
	pthread_mutex_lock(&sender->lock);
	sender->held++;
	*sender->last = job;
	sender->last = &job->next;
	add_sender(sender);
	pthread_cond_signal(&sender->work);
	pthread_mutex_unlock(&sender->lock);
}

static enum fault
lease_some(struct score_sender *sender, struct cx *cx, struct span platform_id)
{
	struct lease args = {.platform_id = platform_id};

	args.max = lms_health_room(sender->health, platform_id, cx->now);
	pthread_mutex_lock(&sender->lock);
	unsigned left = sender->stopping ? 0 : SCORE_SENDERS - sender->held;
	pthread_mutex_unlock(&sender->lock);
	if (args.max > left)
		args.max = left;
	if (args.max == 0)
		return FAULT_NONE;
	enum fault which = db_claim(sender->gateway->db, cx, lease, &args);
	for (size_t i = 0; !which && i < args.rows.count; i++)
		add_job(sender, &args.rows.at[i]);
	return which;
}

static enum fault
expire(struct db_session *session, struct cx *cx, void *arg)
{
	struct score_list *rows = arg;
	enum fault which = scores_expire(
	    session, cx, cx->now - SCORE_LIFE, EXPIRE_BATCH, rows);

	for (size_t i = 0; !which && i < rows->count; i++)
		which = journal_end(session, cx, &rows->at[i], 0);
	return which;
}

struct forget {
	int64_t before;
	size_t deleted;
};

static enum fault
forget(struct db_session *session, struct cx *cx, void *arg)
{
	struct forget *args = arg;
	return scores_forget(
	    session, cx, args->before, FORGET_BATCH, &args->deleted);
}

/* What is over names a person: it goes when its launch would. */
static void
clear_up(struct score_sender *sender, struct cx *cx)
{
	struct db *db = sender->gateway->db;
	struct forget over = {
	    .before = cx->now - sender->gateway->keep_launches};
	struct score_list rows = {0};
	enum fault which;

	if (cx->now >= sender->expired_at &&
	    cx->now < sender->expired_at + EXPIRE_EVERY)
		return;
	sender->expired_at = cx->now;
	do {
		which = db_write(db, cx, expire, &rows);
		outcome_tell(cx, LINE, which);
	} while (!which && rows.count == EXPIRE_BATCH);
	do {
		which = db_write(db, cx, forget, &over);
		outcome_tell(cx, LINE, which);
	} while (!which && over.deleted == FORGET_BATCH);
}

static void
look_round(struct score_sender *sender, struct cx *cx)
{
	struct score_platform_list due = {0};

	clear_up(sender, cx);
	outcome_tell(
	    cx, LINE, db_read(sender->gateway->db, cx, find_due, &due));
	for (size_t i = 0; i < due.count; i++)
		outcome_tell(cx, LINE, lease_some(sender, cx, due.at[i]));
}

/* Until there is news, or a look is due. */
static bool
wait_for_news(struct score_sender *sender)
{
	int64_t end_ms = clock_monotonic_ms() + LOOK_EVERY_MS;
	const struct timespec until = {
	    .tv_sec = end_ms / 1000, .tv_nsec = end_ms % 1000 * 1000000};

	pthread_mutex_lock(&sender->lock);
	if (!sender->news && !sender->stopping)
		pthread_cond_timedwait(
		    &sender->clerk_wake, &sender->lock, &until);
	sender->news = false;
	bool on = !sender->stopping;
	pthread_mutex_unlock(&sender->lock);
	return on;
}

static void *
keep_the_line(void *arg)
{
	struct score_sender *sender = arg;
	struct cx cx;

	cx_init(&cx, random_bytes);
	do {
		cx_reset(&cx);
		look_round(sender, &cx);
	} while (wait_for_news(sender));
	cx_release(&cx);
	return NULL;
}

/* --- start and stop ------------------------------------------------------ */

static void
release(struct score_sender *sender)
{
	lms_health_close(sender->health);
	pthread_cond_destroy(&sender->clerk_wake);
	pthread_cond_destroy(&sender->work);
	pthread_mutex_destroy(&sender->lock);
	memory_give_back(sender);
}

struct score_sender *
score_sender_start(struct gateway *gateway)
{
	struct score_sender *sender = memory_take(sizeof *sender);
	pthread_condattr_t monotonic;

	sender->gateway = gateway;
	sender->health = lms_health_open();
	sender->last = &sender->first;
	pthread_mutex_init(&sender->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&sender->clerk_wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&sender->work, NULL);
	if (pthread_create(&sender->clerk, NULL, keep_the_line, sender) != 0) {
		release(sender);
		return NULL;
	}
	return sender;
}

void
score_sender_stop(struct score_sender *sender)
{
	if (!sender)
		return;
	pthread_mutex_lock(&sender->lock);
	sender->stopping = true;
	pthread_cond_signal(&sender->clerk_wake);
	pthread_mutex_unlock(&sender->lock);
	pthread_join(sender->clerk, NULL);
	pthread_mutex_lock(&sender->lock);
	sender->closing = true;
	pthread_cond_broadcast(&sender->work);
	pthread_mutex_unlock(&sender->lock);
	for (unsigned i = 0; i < sender->sender_count; i++)
		pthread_join(sender->senders[i], NULL);
	release(sender);
}

void
score_sender_wake(struct score_sender *sender)
{
	if (!sender)
		return;
	pthread_mutex_lock(&sender->lock);
	sender->news = true;
	pthread_cond_signal(&sender->clerk_wake);
	pthread_mutex_unlock(&sender->lock);
}
