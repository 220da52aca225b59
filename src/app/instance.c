/* instance.c - this process among others on the same store
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/instance.h"

#include <unistd.h>

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

static struct span
host_name(struct cx *cx)
{
	char name[256] = "";

	if (gethostname(name, sizeof name - 1) != 0)
		name[0] = '\0';
	return arena_copy(cx->arena, span_of(name));
}

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
	    .host = host_name(cx),
	    .secrets = secrets_known(gateway->secrets, cx),
	};
	bool mine;
	enum fault which = secret_file_check(session, cx, gateway->secret_file);

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
	enum fault which = secret_file_refresh(gateway->secret_file, cx);

	if (!which)
		which = db_write(gateway->db, cx, renew, &work);
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
instance_count(struct db_session *session, struct cx *cx, size_t *out)
{
	struct lease_list list;
	enum fault which = leases_list(session, cx, SPAN(COUNTED), &list);

	if (!which)
		*out = list.count;
	return which;
}

static bool
fulfils(const struct lease *lease, struct span check, enum instance_need need)
{
	struct span rest = lease->secrets, known;

	while (span_next(&rest, ' ', &known)) {
		if (span_equal(known, check))
			return true;
		if (need == INSTANCE_SEALS)
			return false;
	}
	return false;
}

enum fault
instance_lag(struct db_session *session, struct cx *cx, struct span check,
    enum instance_need need, struct instance_lag *out)
{
	struct lease_list list;
	enum fault which = leases_list(session, cx, SPAN(COUNTED), &list);
	struct instance_lag lag = {0, SPAN("")};

	for (size_t i = 0; !which && i < list.count; i++)
		if (!fulfils(&list.at[i], check, need))
			lag.names = arena_printf(cx->arena, "%.*s%s%.*s (%.*s)",
			    SPAN_ARGS(lag.names), lag.count++ ? ", " : "",
			    SPAN_ARGS(list.at[i].host),
			    SPAN_ARGS(list.at[i].holder));
	if (!which)
		*out = lag;
	return which;
}
