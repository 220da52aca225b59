/* notice_sender.c - sends the notifications that wait
 *
 * A lease is on disk before anything is sent, the outcome after: whoever dies
 * in between leaves a lease that ends by itself, and it is told once more,
 * under the same id.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/notice_sender.h"

#include <pthread.h>
#include <time.h>

#include "app/gateway.h"
#include "app/journal.h"
#include "app/notify.h"
#include "app/outcome.h"
#include "base/clock.h"
#include "base/cx.h"
#include "base/test_hooks.h"
#include "crypto/random.h"
#include "store/db.h"
#include "store/notifications.h"

static const char LINE[] = "notifications";

enum {
	FORGET_BATCH = 500,
	FORGET_EVERY = 60, /* seconds */
	LOOK_EVERY_MS = 1000,
	CHANNELS = 2,
};

struct channel {
	struct notice_sender *sender;
	struct span name;
	pthread_t thread;
	bool runs;
	bool news;
	int64_t forgot_at;
};

struct notice_sender {
	struct gateway *gateway;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	atomic_bool stopping;
	struct channel channels[CHANNELS];
};

/* --- one try ------------------------------------------------------------- */

static void
judge(struct cx *cx, enum fault which, struct notification *row)
{
	int64_t wait = NOTICE_FIRST, end = row->created_at + NOTICE_LIFE;

	if (!which) {
		row->state = SPAN("delivered");
		row->fault = SPAN("");
		return;
	}
	row->fault = arena_copy(cx->arena, span_of(cx->note.detail));
	if (cx->now >= end) {
		row->state = SPAN("given-up");
		return;
	}
	for (int64_t i = 1; i < row->tried && wait < NOTICE_LONGEST; i++)
		wait *= 2;
	if (wait > NOTICE_LONGEST)
		wait = NOTICE_LONGEST;
	if (wait < cx->note.retry_after)
		wait = cx->note.retry_after;
	/* The last one when its time is over. */
	row->next_try_at = cx->now + wait < end ? cx->now + wait : end;
}

static enum fault
finish(struct db_session *session, struct cx *cx, void *arg)
{
	const struct notification *row = arg;
	const struct journal_entry entry = {
	    .level = LOG_WARN,
	    .kind = "notification",
	    .message = "notification given up",
	    .organization_id = SPAN(""),
	    .fields = {{"id", row->notice}, {"type", row->type},
		{"channel", row->channel}, {"detail", row->fault}},
	};
	bool done;
	enum fault which = notifications_finish(session, cx, row, &done);

	if (which || !done || !span_is(row->state, "given-up"))
		return which;
	return journal_add(session, cx, &entry);
}

static void
run(struct notice_sender *sender, struct cx *cx, struct notification *row)
{
	test_point("notice-leased");
	enum fault which = notify_send(sender->gateway, cx, row);
	test_point("notice-sent");
	cx_wake(cx);
	judge(cx, which, row);
	LOG_FOR(cx, which ? LOG_WARN : LOG_INFO,
	    which ? "notification not delivered" : "notification delivered",
	    {"id", row->notice}, {"type", row->type}, {"channel", row->channel},
	    {"state", row->state}, {"detail", row->fault});
	const struct outcome outcome = {
	    .line = LINE,
	    .work = finish,
	    .arg = row,
	    .leased_until = row->leased_until,
	    .stopping = &sender->stopping,
	};
	outcome_keep(sender->gateway->db, cx, &outcome);
	test_point("notice-finished");
}

/* --- the line ------------------------------------------------------------ */

struct lease {
	struct span channel;
	bool due, found;
	struct notification row;
};

static enum fault
find_due(struct db_session *session, struct cx *cx, void *arg)
{
	struct lease *lease = arg;
	return notifications_due(session, cx, lease->channel, &lease->due);
}

static enum fault
take_lease(struct db_session *session, struct cx *cx, void *arg)
{
	struct lease *lease = arg;
	return notifications_lease(session, cx, lease->channel,
	    cx->now + NOTICE_LEASE, &lease->row, &lease->found);
}

struct forget {
	size_t deleted;
};

static enum fault
forget(struct db_session *session, struct cx *cx, void *arg)
{
	struct forget *forget = arg;
	return notifications_forget(
	    session, cx, cx->now - NOTICE_KEPT, FORGET_BATCH, &forget->deleted);
}

static void
clear_up(struct channel *channel, struct cx *cx)
{
	struct forget over;
	enum fault which;

	if (cx->now >= channel->forgot_at &&
	    cx->now < channel->forgot_at + FORGET_EVERY)
		return;
	channel->forgot_at = cx->now;
	do {
		which =
		    db_write(channel->sender->gateway->db, cx, forget, &over);
		outcome_tell(cx, LINE, which);
	} while (!which && over.deleted == FORGET_BATCH);
}

/* True: there may be another at once. */
static bool
look(struct channel *channel, struct cx *cx)
{
	struct gateway *gateway = channel->sender->gateway;
	struct lease lease = {.channel = channel->name};

	clear_up(channel, cx);
	enum fault which = db_read(gateway->db, cx, find_due, &lease);
	if (!which && lease.due)
		which = db_claim(gateway->db, cx, take_lease, &lease);
	outcome_tell(cx, LINE, which);
	/* What is not on disk is not ours. */
	if (which || !lease.found)
		return false;
	run(channel->sender, cx, &lease.row);
	return true;
}

static bool
wait_for_news(struct channel *channel, bool more)
{
	struct notice_sender *sender = channel->sender;
	int64_t end_ms = clock_monotonic_ms() + LOOK_EVERY_MS;
	const struct timespec until = {
	    .tv_sec = end_ms / 1000, .tv_nsec = end_ms % 1000 * 1000000};
	int late = 0;

	pthread_mutex_lock(&sender->lock);
	while (!more && !channel->news && !sender->stopping && late == 0)
		late = pthread_cond_timedwait(
		    &sender->wake, &sender->lock, &until);
	channel->news = false;
	bool on = !sender->stopping;
	pthread_mutex_unlock(&sender->lock);
	return on;
}

static void *
keep_the_line(void *arg)
{
	struct channel *channel = arg;
	struct cx cx;
	bool more;

	cx_init(&cx, random_bytes);
	do {
		cx_reset(&cx);
		more = look(channel, &cx);
	} while (wait_for_news(channel, more));
	cx_release(&cx);
	return NULL;
}

/* --- start and stop ------------------------------------------------------ */

struct notice_sender *
notice_sender_start(struct gateway *gateway)
{
	const struct span names[CHANNELS] = {SPAN("webhook"), SPAN("mail")};
	const bool wished[CHANNELS] = {notify_has_webhook(gateway->notify),
	    notify_has_mail(gateway->notify)};
	struct notice_sender *sender = memory_take(sizeof *sender);
	pthread_condattr_t monotonic;

	sender->gateway = gateway;
	pthread_mutex_init(&sender->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&sender->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	for (int i = 0; i < CHANNELS; i++) {
		struct channel *channel = &sender->channels[i];
		channel->sender = sender;
		channel->name = names[i];
		channel->runs =
		    wished[i] && pthread_create(&channel->thread, NULL,
				     keep_the_line, channel) == 0;
	}
	return sender;
}

void
notice_sender_stop(struct notice_sender *sender)
{
	if (!sender)
		return;
	pthread_mutex_lock(&sender->lock);
	sender->stopping = true;
	pthread_cond_broadcast(&sender->wake);
	pthread_mutex_unlock(&sender->lock);
	for (int i = 0; i < CHANNELS; i++)
		if (sender->channels[i].runs)
			pthread_join(sender->channels[i].thread, NULL);
	pthread_cond_destroy(&sender->wake);
	pthread_mutex_destroy(&sender->lock);
	memory_give_back(sender);
}

void
notice_sender_wake(struct notice_sender *sender)
{
	if (!sender)
		return;
	pthread_mutex_lock(&sender->lock);
	for (int i = 0; i < CHANNELS; i++)
		sender->channels[i].news = true;
	pthread_cond_broadcast(&sender->wake);
	pthread_mutex_unlock(&sender->lock);
}
