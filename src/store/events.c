/* events.c - what happened, for support and the portal's logs
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/events.h"

#include <stdlib.h>
#include <string.h>

#include "base/cx.h"
#include "base/text.h"
#include "crypto/random.h"
#include "store/db.h"

#define COLUMNS                                                                \
	"id, at, level, kind, reference, platform_id, message, details,"       \
	" organization_id"

enum { SEARCH_MAX = 200 };

/* --- adding -------------------------------------------------------------- */

#define VALUES(e)                                                              \
	DB_TEXT(random_sortable(cx)), DB_INTEGER(cx->now),                     \
	    DB_TEXT((e)->level), DB_TEXT((e)->kind), DB_TEXT((e)->reference),  \
	    DB_TEXT((e)->platform_id), DB_TEXT((e)->message),                  \
	    DB_TEXT((e)->details.length ? (e)->details : SPAN("{}"))

enum fault
events_add(struct db_session *session, struct cx *cx, const struct event *event)
{
	if (event->deployment_id.length)
		return DB_LATER(session, cx, FAULT_NONE, NULL,
		    "INSERT INTO events (" COLUMNS ") SELECT $1, $2, $3, $4,"
		    " $5, $6, $7, $8, CASE WHEN d.organization_id IS NULL"
		    " AND d.inherits = 1 THEN $9 ELSE"
		    " COALESCE(d.organization_id, '') END FROM deployments d"
		    " WHERE d.platform_id = $6 AND d.deployment_id = $10"
		    " AND d.allowed = 1",
		    VALUES(event), DB_TEXT(event->organization_id),
		    DB_TEXT(event->deployment_id));
	if (event->organization_id.at || !event->platform_id.length)
		return DB_LATER(session, cx, FAULT_NONE, NULL,
		    "INSERT INTO events (" COLUMNS ")"
		    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		    VALUES(event), DB_TEXT(event->organization_id));
	return DB_LATER(session, cx, FAULT_NONE, NULL,
	    "INSERT INTO events (" COLUMNS ")"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, COALESCE((SELECT"
	    " organization_id FROM platforms WHERE id = $6), ''))",
	    VALUES(event));
}

/* --- listing ------------------------------------------------------------- */

/* A list is led by the index that leaves least to look at; what else is asked
 * for is looked at event by event. Where there is something else, the list
 * ends after so many: `floor` finds that place by the index alone. */
enum lead {
	LEAD_NONE,
	LEAD_REFERENCE,
	LEAD_PLATFORM,
	LEAD_KIND,
	LEAD_LEVEL,
	LEAD_OWNER,
	LEAD_OWNER_KIND,
	LEAD_OWNER_LEVEL,
};

#define WITHIN " AND id > $3 AND id < $4"
#define LED(lead)                                                              \
	"SELECT " COLUMNS " FROM events WHERE " lead WITHIN                    \
	" AND ($5 = '' OR platform_id = $5) AND ($6 = '' OR kind = $6)"        \
	" AND ($7 = '' OR level = $7) AND ($8 = '' OR organization_id = $8)"   \
	" AND ($9 = '' OR organization_id IN (SELECT organization_id"          \
	" FROM organization_people WHERE user_id = $9))"                       \
	" AND ($10 = '' OR lower(message) LIKE lower($10) ESCAPE '\\'"         \
	" OR lower(details) LIKE lower($10) ESCAPE '\\')"                      \
	" ORDER BY id DESC LIMIT $11"
#define FLOOR(lead)                                                            \
	"SELECT id FROM events WHERE " lead WITHIN                             \
	" ORDER BY id DESC LIMIT 2 OFFSET $5"
#define STATEMENTS(lead)                                                       \
	{                                                                      \
		LED(lead), FLOOR(lead)                                         \
	}

/* The conditions of the partial indexes stand here word for word. */
static const struct {
	const char *list, *floor;
} statements[] = {
    [LEAD_NONE] = STATEMENTS("$1 = '' AND $2 = ''"),
    [LEAD_REFERENCE] = STATEMENTS("reference = $1 AND $2 = ''"),
    [LEAD_PLATFORM] = STATEMENTS("platform_id = $1 AND $2 = ''"),
    [LEAD_KIND] = STATEMENTS("kind = $1 AND kind <> 'launch' AND $2 = ''"),
    [LEAD_LEVEL] = STATEMENTS("level = $1 AND level <> 'info' AND $2 = ''"),
    [LEAD_OWNER] = STATEMENTS("organization_id = $1 AND $2 = ''"),
    [LEAD_OWNER_KIND] =
	STATEMENTS("organization_id = $1 AND kind = $2 AND kind <> 'launch'"),
    [LEAD_OWNER_LEVEL] =
	STATEMENTS("organization_id = $1 AND level = $2 AND level <> 'info'"),
};

/* One way through an index. */
struct lane {
	const struct event_filter *filter;
	enum lead lead;
	struct span first, second; /* what leads */
	struct span lower, upper;  /* ids, both without */
	struct span pattern;       /* of LIKE; or empty */
	bool exact;                /* nothing is asked for but what leads */
	int64_t max;               /* events looked at, else */
};

static bool
is_rare_kind(const struct event_filter *filter)
{
	return filter->kind.length && !span_is(filter->kind, "launch");
}

static bool
is_rare_level(const struct event_filter *filter)
{
	return filter->level.length && !span_is(filter->level, "info");
}

/* owner: whose events this lane is for; empty: anybody's. */
static void
choose(struct lane *lane, struct span owner)
{
	const struct event_filter *f = lane->filter;
	bool owned = owner.length > 0;

	lane->second = SPAN("");
	if (f->reference.length) {
		lane->lead = LEAD_REFERENCE;
		lane->first = f->reference;
	} else if (is_rare_kind(f)) {
		lane->lead = owned ? LEAD_OWNER_KIND : LEAD_KIND;
		lane->first = owned ? owner : f->kind;
		lane->second = owned ? f->kind : SPAN("");
	} else if (f->platform_id.length) {
		lane->lead = LEAD_PLATFORM;
		lane->first = f->platform_id;
	} else if (is_rare_level(f)) {
		lane->lead = owned ? LEAD_OWNER_LEVEL : LEAD_LEVEL;
		lane->first = owned ? owner : f->level;
		lane->second = owned ? f->level : SPAN("");
	} else {
		lane->lead = owned ? LEAD_OWNER : LEAD_NONE;
		lane->first = owner;
	}
}

/* What leads is one or two of these. */
static bool
is_exact(const struct lane *lane, bool owned)
{
	const struct event_filter *f = lane->filter;
	size_t asked = (f->reference.length > 0) + (f->kind.length > 0) +
		       (f->platform_id.length > 0) + (f->level.length > 0) +
		       owned + (lane->pattern.length > 0);
	size_t led = lane->lead == LEAD_NONE   ? 0
		     : lane->second.length > 0 ? 2
					       : 1;

	return asked == led;
}

static struct lane
lane_for(struct cx *cx, const struct event_filter *filter, struct span owner)
{
	struct text pattern = text_begin(cx->arena, (size_t)4 * SEARCH_MAX);
	struct lane lane = {.filter = filter,
	    .lower = filter->after,
	    /* Ids are hexadecimal: everything is below this. */
	    .upper = filter->before.length ? filter->before : SPAN("g"),
	    .max = EVENTS_SEARCHED_MAX};

	if (filter->search.length) {
		text_add_char(&pattern, '%');
		text_add_pattern(
		    &pattern, span_first(filter->search, SEARCH_MAX));
		text_add_char(&pattern, '%');
	}
	lane.pattern = text_span(&pattern);
	choose(&lane, owner);
	lane.exact =
	    is_exact(&lane, owner.length > 0 || filter->reader.length > 0);
	return lane;
}

static int
compare(struct span a, struct span b)
{
	size_t length = a.length < b.length ? a.length : b.length;
	int order = length ? memcmp(a.at, b.at, length) : 0;

	return order ? order : (a.length > b.length) - (a.length < b.length);
}

/* Ids begin with the time (random_sortable). */
static void
bound_by_time(struct cx *cx, struct lane *lane)
{
	const struct event_filter *f = lane->filter;
	struct span since =
	    arena_printf(cx->arena, "%010llx", (unsigned long long)f->since);
	struct span until =
	    arena_printf(cx->arena, "%010llx", (unsigned long long)f->until);

	if (f->since && compare(since, lane->lower) > 0)
		lane->lower = since;
	if (f->until && compare(until, lane->upper) < 0)
		lane->upper = until;
}

static struct event
from_row(const struct db_rows *rows, size_t row)
{
	return (struct event){
	    .id = db_text(rows, row, 0),
	    .at = db_integer(rows, row, 1),
	    .level = db_text(rows, row, 2),
	    .kind = db_text(rows, row, 3),
	    .reference = db_text(rows, row, 4),
	    .platform_id = db_text(rows, row, 5),
	    .message = db_text(rows, row, 6),
	    .details = db_text(rows, row, 7),
	    .organization_id = db_text(rows, row, 8),
	};
}

/* Raises lane->lower to where looking ends. */
static enum fault
find_floor(struct db_session *session, struct cx *cx, struct lane *lane,
    struct span *searched_until)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    statements[lane->lead].floor, DB_TEXT(lane->first),
	    DB_TEXT(lane->second), DB_TEXT(lane->lower), DB_TEXT(lane->upper),
	    DB_INTEGER(lane->max - 1));

	if (which || rows.count < 2)
		return which;
	lane->lower = db_text(&rows, 1, 0);
	if (compare(db_text(&rows, 0, 0), *searched_until) > 0)
		*searched_until = db_text(&rows, 0, 0);
	return FAULT_NONE;
}

/* Adds what the lane has to the list. */
static enum fault
run_lane(struct db_session *session, struct cx *cx, struct lane *lane,
    struct event *list, struct event_list *out)
{
	const struct event_filter *f = lane->filter;
	struct db_rows rows;
	enum fault which = FAULT_NONE;

	bound_by_time(cx, lane);
	if (!lane->exact)
		which = find_floor(session, cx, lane, &out->searched_until);
	if (!which)
		which = DB_RUN(session, cx, &rows, statements[lane->lead].list,
		    DB_TEXT(lane->first), DB_TEXT(lane->second),
		    DB_TEXT(lane->lower), DB_TEXT(lane->upper),
		    DB_TEXT(f->platform_id), DB_TEXT(f->kind),
		    DB_TEXT(f->level), DB_TEXT(f->organization_id),
		    DB_TEXT(f->reader), DB_TEXT(lane->pattern),
		    DB_INTEGER(f->limit));
	for (size_t i = 0; !which && i < rows.count; i++)
		list[out->count++] = from_row(&rows, i);
	return which;
}

static int
youngest_first(const void *a, const void *b)
{
	return compare(
	    ((const struct event *)b)->id, ((const struct event *)a)->id);
}

/* Of a lane that went further than another nothing is told that the other has
 * not looked at. */
static void
merge(struct event *list, int64_t limit, struct event_list *out)
{
	qsort(list, out->count, sizeof *list, youngest_first);
	while (out->count &&
	       compare(list[out->count - 1].id, out->searched_until) < 0)
		out->count--;
	if (out->count < (size_t)limit)
		return;
	out->count = (size_t)limit;
	out->searched_until = SPAN("");
}

static enum fault
list_owners(struct db_session *session, struct cx *cx, struct span reader,
    struct db_rows *out)
{
	return DB_RUN(session, cx, out,
	    "SELECT organization_id FROM organization_people"
	    " WHERE user_id = $1 ORDER BY organization_id LIMIT $2",
	    DB_TEXT(reader), DB_INTEGER(EVENTS_READER_MAX + 1));
}

/* A person's organisations are a lane each: one that is small among many is
 * found without looking at what is not theirs. */
enum fault
events_list(struct db_session *session, struct cx *cx,
    const struct event_filter *f, struct event_list *out)
{
	struct event_list found = {.searched_until = SPAN("")};
	struct db_rows owners = {.count = 0};
	enum fault which = FAULT_NONE;
	struct lane lane = lane_for(cx, f, f->organization_id);
	bool by_owner = f->reader.length && !f->organization_id.length &&
			lane.lead != LEAD_REFERENCE &&
			lane.lead != LEAD_PLATFORM;

	if (by_owner)
		which = list_owners(session, cx, f->reader, &owners);
	by_owner = by_owner && owners.count <= EVENTS_READER_MAX;
	size_t lanes = by_owner ? owners.count : 1;
	struct event *list =
	    arena_list(cx->arena, lanes * (size_t)f->limit, sizeof *list);
	for (size_t i = 0; !which && i < lanes; i++) {
		if (by_owner)
			lane = lane_for(cx, f, db_text(&owners, i, 0));
		lane.max = EVENTS_SEARCHED_MAX / (int64_t)lanes;
		which = run_lane(session, cx, &lane, list, &found);
	}
	if (which)
		return which;
	merge(list, f->limit, &found);
	found.at = list;
	*out = found;
	return FAULT_NONE;
}

/* --- forgetting ---------------------------------------------------------- */

/* By the id, too: what is old is found without looking at what is not. */
enum fault
events_expire(struct db_session *session, struct cx *cx, int64_t before,
    int64_t max, size_t *deleted)
{
	struct db_rows rows;
	struct span first =
	    arena_printf(cx->arena, "%010llx", (unsigned long long)before);
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM events WHERE id IN (SELECT id FROM events"
	    " WHERE id < $1 ORDER BY id LIMIT $2) RETURNING 1",
	    DB_TEXT(first), DB_INTEGER(max));

	if (!which)
		*deleted = rows.count;
	return which;
}
