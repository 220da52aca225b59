/* platforms.c - LMSs registered with us
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/platforms.h"

#include "base/cx.h"
#include "base/text.h"
#include "store/db.h"
#include "store/versions.h"

#define COLUMNS                                                                \
	"id, issuer, client_id, name, active, origin, authorization_endpoint," \
	" token_endpoint, audience, key_method, key_value, organization_id,"   \
	" claimed_organization, family, version, tool_key, targets, metadata," \
	" extra, report, management_sealed, target, first_launch,"             \
	" created_at, changed_at"

/* The names of these columns are found in no two of the tables. */
#define SELECT                                                                 \
	"SELECT " COLUMNS ", CASE WHEN expected IS NULL THEN 0 ELSE 1 END,"    \
	" CASE WHEN expected = sent THEN 1 ELSE 0 END, managed, update_state," \
	" update_problem, updated_at FROM platforms"                           \
	" LEFT JOIN registered_with ON platform_id = id"                       \
	" LEFT JOIN registration_bases ON basis_id = basis"

/* In the order of COLUMNS; text NULL and empty text are the same to us. */
#define VALUES(p)                                                              \
	DB_TEXT((p)->id), DB_TEXT((p)->issuer), DB_TEXT((p)->client_id),       \
	    DB_TEXT((p)->name), DB_INTEGER((p)->active), DB_TEXT((p)->origin), \
	    DB_TEXT((p)->authorization_endpoint),                              \
	    DB_TEXT((p)->token_endpoint), DB_TEXT((p)->audience),              \
	    DB_TEXT((p)->key_method), DB_TEXT((p)->key_value),                 \
	    DB_TEXT_OR_NULL((p)->organization_id),                             \
	    DB_TEXT((p)->claimed_organization), DB_TEXT((p)->family),          \
	    DB_TEXT((p)->version), DB_TEXT_OR_NULL((p)->tool_key),             \
	    DB_TEXT((p)->targets), DB_TEXT((p)->metadata),                     \
	    DB_TEXT((p)->extra), DB_TEXT((p)->report),                         \
	    DB_TEXT((p)->management_sealed), DB_TEXT((p)->target),             \
	    DB_TEXT((p)->first_launch), DB_INTEGER((p)->created_at),           \
	    DB_INTEGER((p)->changed_at)

static struct platform
from_row(const struct db_rows *rows, size_t row)
{
	return (struct platform){
	    .id = db_text(rows, row, 0),
	    .issuer = db_text(rows, row, 1),
	    .client_id = db_text(rows, row, 2),
	    .name = db_text(rows, row, 3),
	    .active = db_integer(rows, row, 4),
	    .origin = db_text(rows, row, 5),
	    .authorization_endpoint = db_text(rows, row, 6),
	    .token_endpoint = db_text(rows, row, 7),
	    .audience = db_text(rows, row, 8),
	    .key_method = db_text(rows, row, 9),
	    .key_value = db_text(rows, row, 10),
	    .organization_id = db_text(rows, row, 11),
	    .claimed_organization = db_text(rows, row, 12),
	    .family = db_text(rows, row, 13),
	    .version = db_text(rows, row, 14),
	    .tool_key = db_text(rows, row, 15),
	    .targets = db_text(rows, row, 16),
	    .metadata = db_text(rows, row, 17),
	    .extra = db_text(rows, row, 18),
	    .report = db_text(rows, row, 19),
	    .management_sealed = db_text(rows, row, 20),
	    .target = db_text(rows, row, 21),
	    .first_launch = db_text(rows, row, 22),
	    .created_at = db_integer(rows, row, 23),
	    .changed_at = db_integer(rows, row, 24),
	    .step = {.known = db_integer(rows, row, 25),
		.in_step = db_integer(rows, row, 26),
		.managed = db_integer(rows, row, 27),
		.state = db_text(rows, row, 28),
		.problem = db_text(rows, row, 29),
		.updated_at = db_integer(rows, row, 30)},
	};
}

/* One issuer and, where the tool was registered once for all, one client id:
 * each school has a deployment. */
#define SHARED_ISSUER "https://blackboard.com"

static struct platform_list
from_rows(struct cx *cx, const struct db_rows *rows)
{
	struct platform *list =
	    arena_list(cx->arena, rows->count, sizeof *list);

	for (size_t i = 0; i < rows->count; i++)
		list[i] = from_row(rows, i);
	return (struct platform_list){list, rows->count};
}

static enum fault
pair_taken(struct cx *cx, enum fault which)
{
	if (which != FAULT_STORE_CONFLICT)
		return which;
	return fault(cx, FAULT_PLATFORM_EXISTS, "(issuer, client id) is taken");
}

enum fault
platforms_add(
    struct db_session *session, struct cx *cx, const struct platform *platform)
{
	return pair_taken(cx,
	    DB_RUN(session, cx, NULL,
		"INSERT INTO platforms (" COLUMNS ") VALUES ($1, $2, $3, $4,"
		" $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
		" $18, $19, $20, $21, $22, $23, $24, $25)",
		VALUES(platform)));
}

static enum fault
one(struct cx *cx, const struct db_rows *rows, struct platform *out)
{
	if (rows->count == 0)
		return fault(cx, FAULT_NO_PLATFORM, "no such platform");
	*out = from_row(rows, 0);
	return FAULT_NONE;
}

enum fault
platforms_find(struct db_session *session, struct cx *cx, struct span id,
    struct platform *out)
{
	struct db_rows rows;
	enum fault which =
	    DB_RUN(session, cx, &rows, SELECT " WHERE id = $1", DB_TEXT(id));

	return which ? which : one(cx, &rows, out);
}

enum fault
platforms_find_pair(struct db_session *session, struct cx *cx,
    struct span issuer, struct span client_id, struct platform *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    SELECT " WHERE issuer = $1 AND client_id = $2", DB_TEXT(issuer),
	    DB_TEXT(client_id));

	return which ? which : one(cx, &rows, out);
}

enum fault
platforms_find_issuer(struct db_session *session, struct cx *cx,
    struct span issuer, struct platform *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    SELECT " WHERE issuer = $1"
		   " ORDER BY client_id LIMIT 2",
	    DB_TEXT(issuer));

	if (!which && rows.count > 1)
		return fault(cx, FAULT_CLIENT_ID_NEEDED,
		    "this issuer has several client ids here");
	return which ? which : one(cx, &rows, out);
}

enum fault
platforms_has_name(
    struct db_session *session, struct cx *cx, struct span name, bool *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT 1 FROM platforms WHERE name = $1 LIMIT 1", DB_TEXT(name));

	if (!which)
		*out = rows.count > 0;
	return which;
}

/* --- lists --------------------------------------------------------------- */

#define MATCHING                                                               \
	" FROM platforms WHERE ($1 = '' OR id = $1)"                           \
	" AND ($2 = '' OR issuer = $2) AND ($3 = '' OR client_id = $3)"        \
	" AND ($4 = '' OR organization_id = $4)"                               \
	" AND ($5 = '' OR lower(name) LIKE lower($5) ESCAPE '\\'"              \
	" OR lower(issuer) LIKE lower($5) ESCAPE '\\'"                         \
	" OR lower(client_id) LIKE lower($5) ESCAPE '\\')"                     \
	" AND ($6 < 0 OR active = $6)"                                         \
	" AND ($7 = '' OR organization_id IN (SELECT organization_id FROM"     \
	" organization_people WHERE user_id = $7) OR id IN (SELECT"            \
	" platform_id FROM deployments WHERE organization_id IN (SELECT"       \
	" organization_id FROM organization_people WHERE user_id = $7)))"      \
	" AND ($10 = 0 OR id IN (SELECT platform_id FROM registered_with"      \
	" JOIN registration_bases ON basis_id = basis WHERE expected <> "      \
	"sent))"
/* Chosen by the index that has all this, then read. By lower(issuer), for the
 * order of (issuer, client_id) would lead through the rows. */
#define SORTED(by)                                                             \
	SELECT " WHERE id IN (SELECT id" MATCHING " ORDER BY " by              \
	       " LIMIT $8 OFFSET $9) ORDER BY " by

static const char *const lists[PLATFORM_SORT_COUNT] = {
    [PLATFORM_SORT_AGE] = SORTED("created_at, id"),
    [PLATFORM_SORT_AGE_DOWN] = SORTED("created_at DESC, id DESC"),
    [PLATFORM_SORT_NAME] = SORTED("lower(name), id"),
    [PLATFORM_SORT_NAME_DOWN] = SORTED("lower(name) DESC, id DESC"),
    [PLATFORM_SORT_ISSUER] = SORTED("lower(issuer), client_id, id"),
    [PLATFORM_SORT_ISSUER_DOWN] =
	SORTED("lower(issuer) DESC, client_id DESC, id DESC"),
};

static const int64_t states[] = {
    [PLATFORM_ANY] = -1, [PLATFORM_ACTIVE] = 1, [PLATFORM_INACTIVE] = 0};

static struct span
pattern_of(struct cx *cx, struct span search)
{
	struct text pattern =
	    text_begin(cx->arena, (size_t)2 * search.length + 2);

	if (!search.length)
		return SPAN("");
	text_add_char(&pattern, '%');
	text_add_pattern(&pattern, search);
	text_add_char(&pattern, '%');
	return text_span(&pattern);
}

static enum fault
run_list(struct db_session *session, struct cx *cx, const char *sql,
    const struct platform_filter *filter, struct db_rows *out)
{
	return DB_RUN(session, cx, out, sql, DB_TEXT(filter->id),
	    DB_TEXT(filter->issuer), DB_TEXT(filter->client_id),
	    DB_TEXT(filter->organization_id),
	    DB_TEXT(pattern_of(cx, filter->search)),
	    DB_INTEGER(states[filter->state]), DB_TEXT(filter->reader),
	    DB_INTEGER(filter->limit ? filter->limit : DB_ROWS_MAX),
	    DB_INTEGER(filter->offset), DB_INTEGER(filter->behind));
}

enum fault
platforms_list(struct db_session *session, struct cx *cx,
    const struct platform_filter *filter, struct platform_list *out)
{
	struct db_rows rows;
	enum fault which =
	    run_list(session, cx, lists[filter->sort], filter, &rows);

	if (!which)
		*out = from_rows(cx, &rows);
	return which;
}

bool
platforms_is_shared(const struct platform *platform)
{
	return platform->active && !platform->organization_id.length &&
	       span_is(platform->issuer, SHARED_ISSUER);
}

enum fault
platforms_list_shared(
    struct db_session *session, struct cx *cx, struct platform_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    SELECT
	    " WHERE organization_id IS NULL AND active = 1 AND issuer = $1"
	    " ORDER BY name, id LIMIT 50",
	    DB_TEXT(SPAN(SHARED_ISSUER)));

	if (!which)
		*out = from_rows(cx, &rows);
	return which;
}

enum fault
platforms_count(struct db_session *session, struct cx *cx,
    const struct platform_filter *filter, int64_t *out)
{
	struct db_rows rows;
	enum fault which =
	    run_list(session, cx, "SELECT count(*)" MATCHING, filter, &rows);

	if (!which)
		*out = db_integer(&rows, 0, 0);
	return which;
}

/* --- changes ------------------------------------------------------------- */

enum fault
platforms_change(
    struct db_session *session, struct cx *cx, const struct platform *platform)
{
	struct db_rows rows;
	enum fault which = pair_taken(cx,
	    DB_RUN(session, cx, &rows,
		"UPDATE platforms SET issuer = $2, client_id = $3, name = $4,"
		" active = $5, origin = $6, authorization_endpoint = $7,"
		" token_endpoint = $8, audience = $9, key_method = $10,"
		" key_value = $11, organization_id = $12,"
		" claimed_organization = $13, family = $14, version = $15,"
		" tool_key = $16, targets = $17, metadata = $18, extra = $19,"
		" report = $20, management_sealed = $21, target = $22,"
		" first_launch = $23, created_at = $24, changed_at = $25"
		" WHERE id = $1 RETURNING id",
		VALUES(platform)));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_PLATFORM, "no platform to change");
	return which ? which : versions_raise(session, cx, platform->id);
}

enum fault
platforms_remove(struct db_session *session, struct cx *cx, struct span id)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM platforms WHERE id = $1 RETURNING id", DB_TEXT(id));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_PLATFORM, "no platform to remove");
	return which ? which : versions_raise(session, cx, id);
}

enum fault
platforms_keep_first_launch(struct db_session *session, struct cx *cx,
    struct span id, struct span first_launch)
{
	return DB_LATER(session, cx, FAULT_NONE, NULL,
	    "UPDATE platforms SET first_launch = $2"
	    " WHERE id = $1 AND first_launch = ''",
	    DB_TEXT(id), DB_TEXT(first_launch));
}
