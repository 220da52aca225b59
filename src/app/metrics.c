/* metrics.c - what /metrics tells besides what was counted
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/metrics.h"

#include "app/directory.h"
#include "app/gateway.h"
#include "app/secret_record.h"
#include "app/tool_keys.h"
#include "base/counters.h"
#include "base/cx.h"
#include "base/process.h"
#include "store/keys.h"
#include "store/notifications.h"
#include "store/scores.h"

struct seen {
	int64_t secret_since;
	int64_t count[2], oldest[2]; /* by queue */
};

static enum fault
look(struct db_session *session, struct cx *cx, void *arg)
{
	struct seen *seen = arg;
	enum fault which = scores_count(session, cx, METRICS_QUEUE_MAX,
	    &seen->count[QUEUES_SCORES], &seen->oldest[QUEUES_SCORES]);

	if (!which)
		which = notifications_count(session, cx, METRICS_QUEUE_MAX,
		    &seen->count[QUEUES_NOTIFICATIONS],
		    &seen->oldest[QUEUES_NOTIFICATIONS]);
	return which ? which
		     : secret_record_since(session, cx, &seen->secret_since);
}

/* The next key signs KEY_LEAD after it was published, which is done when the
 * one before it is KEY_LIFE old. */
static void
note_keys(const struct tool_key_list *keys)
{
	int64_t since = 0, next = 0;

	for (size_t i = 0; i < keys->count; i++) {
		if (span_is(keys->at[i].state, "active"))
			since = keys->at[i].changed_at;
		if (span_is(keys->at[i].state, "next"))
			next = keys->at[i].changed_at + KEY_LEAD;
	}
	if (since && !next)
		next = since + KEY_LIFE + KEY_LEAD;
	counters_set(COUNTERS_OF(KEY_SINCE), since);
	counters_set(COUNTERS_OF(KEY_NEXT), next);
}

enum fault
metrics_look(struct gateway *gateway, struct cx *cx)
{
	struct tool_key_list keys;
	struct seen seen = {0};
	enum fault which = tool_keys_list(gateway, cx, &keys);

	if (!which)
		which = db_read(gateway->db, cx, look, &seen);
	if (which)
		return which;
	note_keys(&keys);
	counters_set(COUNTERS_OF(SECRET_SINCE), seen.secret_since);
	for (unsigned i = 0; i < 2; i++) {
		counters_set(COUNTERS_AT(QUEUE, i), seen.count[i]);
		counters_set(COUNTERS_AT(QUEUE_OLDEST, i), seen.oldest[i]);
	}
	counters_set(COUNTERS_OF(LOOKED_AT), cx->now);
	return FAULT_NONE;
}

static void
note_process(void)
{
	struct process process;

	process_look(&process);
	counters_set(COUNTERS_OF(RESIDENT), process.resident);
	counters_set(COUNTERS_OF(VIRTUAL), process.virtual);
	counters_set(COUNTERS_OF(OPEN_FDS), process.open_fds);
	counters_set(COUNTERS_OF(MAX_FDS), process.max_fds);
	counters_set(COUNTERS_OF(THREADS), process.threads);
	/* The first answer: a clock that is set would move the start. */
	if (!counters_get(COUNTERS_OF(STARTED)))
		counters_set(COUNTERS_OF(STARTED), process.started_at);
	counters_set(COUNTERS_OF(CPU), process.cpu_us);
}

struct span
metrics_write(struct gateway *gateway, struct cx *cx, bool open_metrics)
{
	note_process();
	counters_set(COUNTERS_OF(PLATFORMS),
	    (int64_t)directory_count(gateway->directory));
	counters_set(COUNTERS_OF(STOPPING), atomic_load(&gateway->stopping));
	return counters_write(cx->arena, open_metrics);
}
