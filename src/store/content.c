/* content.c - what a tool offers in its picker
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/content.h"

#include "base/cx.h"
#include "base/fold.h"
#include "base/text.h"
#include "store/db.h"

#define KIND(c) ((c)->is_course ? SPAN("course") : SPAN("assignment"))

#define SELECT                                                                 \
	"SELECT c.id, c.organization_id, c.parent_id, c.kind, c.title,"        \
	" c.description, c.url, c.custom_parameters, c.line_item, c.position," \
	" c.created_at, c.changed_at, coalesce(p.title, ''),"                  \
	" (SELECT count(*) FROM content a WHERE a.parent_id = c.id)"           \
	" FROM content c LEFT JOIN content p ON p.id = c.parent_id "

static struct content
from_row(const struct db_rows *rows, size_t row)
{
	return (struct content){
	    .id = db_text(rows, row, 0),
	    .organization_id = db_text(rows, row, 1),
	    .parent_id = db_text(rows, row, 2),
	    .is_course = span_is(db_text(rows, row, 3), "course"),
	    .title = db_text(rows, row, 4),
	    .description = db_text(rows, row, 5),
	    .url = db_text(rows, row, 6),
	    .custom_parameters = db_text(rows, row, 7),
	    .line_item = db_text(rows, row, 8),
	    .position = db_integer(rows, row, 9),
	    .created_at = db_integer(rows, row, 10),
	    .changed_at = db_integer(rows, row, 11),
	    .course = db_text(rows, row, 12),
	    .count = db_integer(rows, row, 13),
	};
}

/* --- one ----------------------------------------------------------------- */

static struct span
folded(struct cx *cx, const struct content *content)
{
	return fold_case(cx->arena,
	    arena_printf(cx->arena, "%.*s\n%.*s", SPAN_ARGS(content->title),
		SPAN_ARGS(content->description)));
}

enum fault
content_find_room(struct db_session *session, struct cx *cx,
    struct span organization_id, int64_t *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT count(*) FROM content WHERE organization_id = $1",
	    DB_TEXT(organization_id));

	if (!which)
		*out = CONTENT_MAX - db_integer(&rows, 0, 0);
	return which;
}

enum fault
content_last_position(struct db_session *session, struct cx *cx,
    struct span organization_id, struct span parent_id, int64_t *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT coalesce(max(position) + 1, 0) FROM content"
	    " WHERE organization_id = $1 AND parent_id IS NOT DISTINCT FROM $2",
	    DB_TEXT(organization_id), DB_TEXT_OR_NULL(parent_id));

	if (!which)
		*out = db_integer(&rows, 0, 0);
	return which;
}

enum fault
content_add(
    struct db_session *session, struct cx *cx, const struct content *content)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO content (id, organization_id,"
	    " parent_id, kind, title, folded, description, url,"
	    " custom_parameters, line_item, position,"
	    " created_at, changed_at) VALUES ($1, $2, $3, $4,"
	    " $5, $6, $7, $8, $9, $10, $11, $12, $13)",
	    DB_TEXT(content->id), DB_TEXT(content->organization_id),
	    DB_TEXT_OR_NULL(content->parent_id), DB_TEXT(KIND(content)),
	    DB_TEXT(content->title), DB_TEXT(folded(cx, content)),
	    DB_TEXT(content->description), DB_TEXT(content->url),
	    DB_TEXT(content->custom_parameters), DB_TEXT(content->line_item),
	    DB_INTEGER(content->position), DB_INTEGER(content->created_at),
	    DB_INTEGER(content->changed_at));
}

static enum fault
one(struct cx *cx, const struct db_rows *rows, struct content *out)
{
	if (rows->count == 0)
		return fault(cx, FAULT_NO_CONTENT, "no such content");
	*out = from_row(rows, 0);
	return FAULT_NONE;
}

enum fault
content_find(struct db_session *session, struct cx *cx, struct span id,
    struct content *out)
{
	struct db_rows rows;
	enum fault which =
	    DB_RUN(session, cx, &rows, SELECT "WHERE c.id = $1", DB_TEXT(id));

	return which ? which : one(cx, &rows, out);
}

enum fault
content_find_title(struct db_session *session, struct cx *cx,
    const struct content *like, struct content *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    SELECT "WHERE c.organization_id = $1 AND c.title = $2"
		   " AND c.kind = $3 AND c.parent_id IS NOT DISTINCT FROM $4"
		   " ORDER BY c.position, c.id LIMIT 1",
	    DB_TEXT(like->organization_id), DB_TEXT(like->title),
	    DB_TEXT(KIND(like)), DB_TEXT_OR_NULL(like->parent_id));

	return which ? which : one(cx, &rows, out);
}

enum fault
content_change(
    struct db_session *session, struct cx *cx, const struct content *content)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE content SET parent_id = $2, title = $3,"
	    " folded = $4, description = $5, url = $6,"
	    " custom_parameters = $7, line_item = $8, position = $9,"
	    " changed_at = $10 WHERE id = $1 RETURNING id",
	    DB_TEXT(content->id), DB_TEXT_OR_NULL(content->parent_id),
	    DB_TEXT(content->title), DB_TEXT(folded(cx, content)),
	    DB_TEXT(content->description), DB_TEXT(content->url),
	    DB_TEXT(content->custom_parameters), DB_TEXT(content->line_item),
	    DB_INTEGER(content->position), DB_INTEGER(content->changed_at));
	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_CONTENT, "none to change");
	return which;
}

enum fault
content_remove(struct db_session *session, struct cx *cx, struct span id)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM content WHERE id = $1 RETURNING id", DB_TEXT(id));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_CONTENT, "none to remove");
	return which;
}

/* --- many ---------------------------------------------------------------- */

/* $6 is a pattern; $7 is 1 for what has a URL alone. */
#define WHERE                                                                  \
	"WHERE ($1 = '' OR c.organization_id = $1)"                            \
	" AND ($2 = '' OR c.organization_id IN (SELECT organization_id"        \
	" FROM organization_people WHERE user_id = $2))"                       \
	" AND ($3 = 0 OR ($3 = 1 AND c.parent_id IS NULL)"                     \
	" OR c.parent_id = $4)"                                                \
	" AND ($5 = 0 OR c.folded LIKE $6 ESCAPE '!'"                          \
	" OR p.folded LIKE $6 ESCAPE '!')"                                     \
	" AND ($7 = 0 OR c.url <> '' OR c.kind = 'course') "

/* %what is searched%, its own wildcards escaped. */
static struct span
pattern_of(struct cx *cx, struct span search)
{
	struct span text = fold_case(cx->arena, search);
	struct text out = text_begin(cx->arena, 2 * text.length + 2);

	text_add_char(&out, '%');
	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i];
		if (c == '%' || c == '_' || c == '!')
			text_add_char(&out, '!');
		text_add_char(&out, c);
	}
	text_add_char(&out, '%');
	return text_span(&out);
}

#define VALUES(f, pattern)                                                     \
	DB_TEXT((f)->organization_id), DB_TEXT((f)->reader),                   \
	    DB_INTEGER((f)->place), DB_TEXT((f)->parent_id),                   \
	    DB_INTEGER((f)->search.length > 0), DB_TEXT(pattern),              \
	    DB_INTEGER((f)->with_url)

static enum fault
count_all(struct db_session *session, struct cx *cx,
    const struct content_filter *filter, struct span pattern, int64_t *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT count(*) FROM content c"
	    " LEFT JOIN content p ON p.id = c.parent_id " WHERE,
	    VALUES(filter, pattern));

	if (!which)
		*out = db_integer(&rows, 0, 0);
	return which;
}

enum fault
content_list(struct db_session *session, struct cx *cx,
    const struct content_filter *filter, struct content_list *out)
{
	struct span pattern = pattern_of(cx, filter->search);
	struct db_rows rows;
	int64_t total = 0;
	enum fault which = count_all(session, cx, filter, pattern, &total);

	if (!which)
		which = DB_RUN(session, cx, &rows,
		    SELECT WHERE
		    "ORDER BY c.organization_id,"
		    " coalesce(p.position, c.position),"
		    " coalesce(p.title, c.title), coalesce(p.id, c.id),"
		    " CASE WHEN c.parent_id IS NULL THEN 0 ELSE 1 END,"
		    " c.position, c.title, c.id LIMIT $8 OFFSET $9",
		    VALUES(filter, pattern), DB_INTEGER(filter->limit),
		    DB_INTEGER(filter->offset));
	if (which)
		return which;
	struct content *list = arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = from_row(&rows, i);
	*out = (struct content_list){list, rows.count, total};
	return FAULT_NONE;
}
