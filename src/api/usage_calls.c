/* usage_calls.c - how much the tool is used
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/query.h"
#include "api/routes.h"
#include "app/gateway.h"
#include "base/cx.h"
#include "store/db.h"
#include "store/usage_counts.h"
#include "json/jwrite.h"

enum { HOUR = 3600, DAY = 86400 };

static const char *const range_names[] = {"1d", "7d", "30d", "all", NULL};

static const struct {
	const char *step;
	int64_t length, points; /* points 0: from the first on */
} ranges[] = {
    {"hour", HOUR, 24},
    {"hour", HOUR, 168},
    {"day", DAY, 30},
    {"day", DAY, 0},
};

struct wish {
	struct usage_filter filter;
	struct usage_point_list points;
	struct usage_fault_list faults;
};

static enum fault
find(struct db_session *session, struct cx *cx, void *arg)
{
	struct wish *wish = arg;
	enum fault which =
	    usage_counts_list(session, cx, &wish->filter, &wish->points);

	return which ? which
		     : usage_counts_list_faults(
			   session, cx, &wish->filter, &wish->faults);
}

static void
write_counts(struct json_t *to, const struct usage_counts *counts)
{
	jwrite_integer(to, "launches", counts->launches);
	jwrite_integer(to, "people", counts->people);
	jwrite_integer(to, "registrations", counts->registrations);
	jwrite_integer(to, "failures", counts->failures);
}

/* A point for each hour or day, also where nothing was. */
static struct usage_counts
write_points(struct json_t *list, const struct usage_point_list *points,
    int64_t from, int64_t until, int64_t length)
{
	struct usage_counts sum = {0};
	size_t next = 0;

	for (int64_t at = from; at <= until; at += length) {
		struct json_t *item = jwrite_push_object(list);
		struct usage_counts counts = {0};
		if (next < points->count && points->at[next].at == at)
			counts = points->at[next++].counts;
		call_write_time(item, "at", at);
		write_counts(item, &counts);
		sum.launches += counts.launches;
		sum.people += counts.people;
		sum.registrations += counts.registrations;
		sum.failures += counts.failures;
	}
	return sum;
}

static void
answer(struct call *call, const struct wish *wish, int64_t from, int64_t until,
    int64_t length)
{
	struct json_t *whole = jwrite_object(call->cx);

	jwrite_text(whole, "step", span_of(wish->filter.step));
	const struct usage_counts sum =
	    write_points(jwrite_inner_array(whole, "points"), &wish->points,
		from, until, length);
	write_counts(jwrite_inner_object(whole, "totals"), &sum);
	struct json_t *faults = jwrite_inner_array(whole, "faults");
	for (size_t i = 0; i < wish->faults.count; i++) {
		struct json_t *item = jwrite_push_object(faults);
		jwrite_text(item, "fault", wish->faults.at[i].fault);
		jwrite_integer(item, "count", wish->faults.at[i].count);
	}
	call_answer(call, 200, whole);
}

enum fault
usage_call(struct call *call)
{
	struct wish wish = {.filter = {.organization_id = SPAN("")}};
	int range = 0;
	enum fault which = query_choice(call, "range", range_names, &range);

	if (!which)
		which = query_organization(call, &wish.filter.organization_id);
	if (which)
		return which;
	const int64_t length = ranges[range].length;
	const int64_t now = call->cx->now - call->cx->now % length;
	const int64_t first = now - (ranges[range].points - 1) * length;
	wish.filter.step = ranges[range].step;
	wish.filter.from = ranges[range].points ? first : 0;
	/* Who sees some organisations sees their sum. */
	if (!wish.filter.organization_id.length) {
		wish.filter.organization_id = SPAN(USAGE_ALL);
		wish.filter.reader = rights_reader(&call->caller);
	}
	which = db_read(call->gateway->db, call->cx, find, &wish);
	if (which)
		return which;
	/* One clock may be ahead of another: nothing is left out. */
	size_t count = wish.points.count;
	int64_t last = count ? wish.points.at[count - 1].at : now;
	answer(call, &wish,
	    ranges[range].points ? first
	    : count              ? wish.points.at[0].at
				 : now,
	    last > now ? last : now, length);
	return FAULT_NONE;
}
