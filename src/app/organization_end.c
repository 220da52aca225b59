/* organization_end.c - an organisation leaves, with everything
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/organization_end.h"

#include "app/gateway.h"
#include "app/journal.h"
#include "base/cx.h"
#include "store/db.h"
#include "store/launches.h"
#include "store/organization_rows.h"
#include "store/organizations.h"

enum { BATCH = 500, HOUR = 3600 };

struct ending {
	struct span id;
	int64_t hour;
	size_t count; /* of what went last */
	int64_t launches, events;
};

static enum fault
look(struct db_session *session, struct cx *cx, void *arg)
{
	const struct ending *ending = arg;
	struct organization row;
	return organizations_find(session, cx, ending->id, &row);
}

static enum fault
blank_hour(struct db_session *session, struct cx *cx, void *arg)
{
	struct ending *ending = arg;
	return launches_blank_hour(
	    session, cx, ending->hour, ending->id, &ending->count);
}

/* The hour of a launch is that of its login, a little before it came. */
static enum fault
end_launches(struct gateway *gateway, struct cx *cx, struct ending *ending)
{
	int64_t first = (cx->now - gateway->keep_launches) / HOUR - 1;
	enum fault which = FAULT_NONE;

	for (ending->hour = first; !which && ending->hour <= cx->now / HOUR;
	     ending->hour++) {
		which = db_write(gateway->db, cx, blank_hour, ending);
		ending->launches += which ? 0 : (int64_t)ending->count;
	}
	return which;
}

static enum fault
expire(struct db_session *session, struct cx *cx, void *arg)
{
	struct ending *ending = arg;
	return organization_rows_expire(
	    session, cx, ending->id, BATCH, &ending->count);
}

static enum fault
end_events(struct gateway *gateway, struct cx *cx, struct ending *ending)
{
	enum fault which;

	do {
		which = db_write(gateway->db, cx, expire, ending);
		ending->events += which ? 0 : (int64_t)ending->count;
	} while (!which && ending->count == BATCH);
	return which;
}

/* Who it was is not said any more. */
static enum fault
end_rows(struct db_session *session, struct cx *cx, void *arg)
{
	const struct ending *ending = arg;
	size_t platforms;
	enum fault which =
	    organization_rows_remove(session, cx, ending->id, &platforms);
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "organisation",
	    .message = "organisation removed with everything",
	    .organization_id = SPAN(""),
	    .fields = {{"id", ending->id},
		{"platforms", arena_printf(cx->arena, "%zu", platforms)},
		{"launches", arena_printf(cx->arena, "%lld",
				 (long long)ending->launches)},
		{"events", arena_printf(
			       cx->arena, "%lld", (long long)ending->events)}},
	};
	return which ? which : journal_add(session, cx, &entry);
}

enum fault
organization_end(struct gateway *gateway, struct cx *cx, struct span id)
{
	struct ending ending = {.id = id};
	enum fault which = db_read(gateway->db, cx, look, &ending);

	if (!which)
		which = end_launches(gateway, cx, &ending);
	if (!which)
		which = end_events(gateway, cx, &ending);
	return which ? which : db_write(gateway->db, cx, end_rows, &ending);
}
