/* instance.c - this process among others on the same store
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/instance.h"

#include "app/gateway.h"
#include "app/secret_file.h"
#include "base/cx.h"
#include "base/log.h"
#include "store/db.h"
#include "store/leases.h"

#define COUNTED "instance "
#define HOUSE "housekeeping"

struct work {
	const struct gateway *gateway;
	struct span name; /* given up; empty: all */
	bool keeps_house;
};

/* The secret is looked at in the same transaction: a rotation that finds
 * nobody here and a process that comes cannot both succeed. */
static enum fault
be_there(struct db_session *session, struct cx *cx, const struct work *work)
{
	const struct gateway *gateway = work->gateway;
	const struct lease lease = {
	    .name = arena_printf(
		cx->arena, COUNTED "%.*s", SPAN_ARGS(gateway->instance)),
	    .holder = gateway->instance,
	    .seconds = INSTANCE_LEASE,
	};
	bool mine;
	enum fault which = secret_file_check(session, cx, &gateway->secret);

	return which ? which : leases_take(session, cx, &lease, &mine);
}

static enum fault
join(struct db_session *session, struct cx *cx, void *arg)
{
	return be_there(session, cx, arg);
}

enum fault
instance_join(struct gateway *gateway, struct cx *cx)
{
	struct work work = {.gateway = gateway};

	return db_write(gateway->db, cx, join, &work);
}

static enum fault
renew(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	const struct lease house = {
	    .name = SPAN(HOUSE),
	    .holder = work->gateway->instance,
	    .seconds = INSTANCE_LEASE,
	};
	enum fault which = be_there(session, cx, work);

	return which ? which
		     : leases_take(session, cx, &house, &work->keeps_house);
}

enum fault
instance_renew(struct gateway *gateway, struct cx *cx, bool *keeps_house)
{
	struct work work = {.gateway = gateway};
	enum fault which = db_write(gateway->db, cx, renew, &work);

	if (!which)
		*keeps_house = work.keeps_house;
	return which;
}

static enum fault
give_up(struct db_session *session, struct cx *cx, void *arg)
{
	const struct work *work = arg;
	return leases_give_up(session, cx, work->name, work->gateway->instance);
}

/* What is not given up lapses. */
static void
end(struct gateway *gateway, struct cx *cx, struct span name)
{
	struct work work = {.gateway = gateway, .name = name};

	if (db_write(gateway->db, cx, give_up, &work))
		LOG_FOR(cx, LOG_WARN, "a lease could not be given up",
		    {"detail", span_of(cx->note.detail)});
}

void
instance_rest(struct gateway *gateway, struct cx *cx)
{
	end(gateway, cx, SPAN(HOUSE));
}

void
instance_leave(struct gateway *gateway, struct cx *cx)
{
	end(gateway, cx, SPAN(""));
}

enum fault
instance_count(struct db_session *session, struct cx *cx, int64_t *out)
{
	return leases_count(session, cx, SPAN(COUNTED), out);
}
