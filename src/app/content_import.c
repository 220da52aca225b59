/* content_import.c - content that comes in many at once
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/content_import.h"

#include <string.h>

#include "app/content_record.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "lti/content_body.h"
#include "store/content.h"
#include "json/jread.h"
#include "json/jwrite.h"

struct work {
	struct db_session *session;
	struct cx *cx;
	struct content_import *import;
	/* The course that was looked for last: rows stand in their course's
	 * order. */
	struct span course, course_id;
	/* The place behind all in this course; at == NULL: not asked yet. */
	struct span parent_id;
	int64_t position;
	int64_t room; /* for so many more */
};

static void
skip(struct work *work, const struct content_draft *draft, const char *why)
{
	struct json_t *row = jwrite_push_object(work->import->skipped);

	jwrite_integer(row, "line", draft->line);
	jwrite_text(row, "why", span_of(why));
}

static enum fault
find_position(struct work *work, const struct content *content)
{
	if (work->parent_id.at &&
	    span_equal(work->parent_id, content->parent_id))
		return FAULT_NONE;
	enum fault which = content_last_position(work->session, work->cx,
	    content->organization_id, content->parent_id, &work->position);
	work->parent_id =
	    content->parent_id.length ? content->parent_id : SPAN("");
	return which;
}

static enum fault
add(struct work *work, struct content *content)
{
	struct cx *cx = work->cx;
	enum fault which = find_position(work, content);

	if (which)
		return which;
	if (work->room-- <= 0)
		return fault(cx, FAULT_CONTENT_FULL, "%d rows", CONTENT_MAX);
	content->id = random_id(cx);
	content->position = work->position++;
	content->created_at = content->changed_at = cx->now;
	work->import->added++;
	return content_add(work->session, cx, content);
}

/* What the table has no column for stays as it is. */
static void
lay_over(const struct content_drafts *drafts, const struct content *wish,
    struct content *content)
{
	if (!drafts->no_description)
		content->description = wish->description;
	if (!drafts->no_url)
		content->url = wish->url;
	if (!drafts->no_custom)
		content->custom_parameters = wish->custom_parameters;
	if (!drafts->no_score)
		content->line_item = wish->line_item;
}

static bool
is_same(const struct content *a, const struct content *b)
{
	return span_equal(a->description, b->description) &&
	       span_equal(a->url, b->url) &&
	       span_equal(a->custom_parameters, b->custom_parameters) &&
	       span_equal(a->line_item, b->line_item);
}

static enum fault
put(struct work *work, struct content *wish)
{
	struct cx *cx = work->cx;
	struct content found;
	enum fault which = content_find_title(work->session, cx, wish, &found);

	if (which == FAULT_NO_CONTENT)
		return add(work, wish);
	if (which)
		return which;
	struct content content = found;
	lay_over(&work->import->drafts, wish, &content);
	if (is_same(&found, &content)) {
		work->import->unchanged++;
		return FAULT_NONE;
	}
	content.changed_at = cx->now;
	work->import->changed++;
	return content_change(work->session, cx, &content);
}

/* An assignment's course, made if it is not there. */
static enum fault
find_course(struct work *work, struct span title, struct span *id)
{
	struct content found;
	struct content wish = {
	    .organization_id = work->import->organization_id,
	    .parent_id = SPAN(""),
	    .is_course = true,
	    .title = title,
	    .description = SPAN(""),
	    .url = SPAN(""),
	    .custom_parameters = SPAN(""),
	    .line_item = SPAN(""),
	};

	if (work->course_id.length && span_equal(work->course, title)) {
		*id = work->course_id;
		return FAULT_NONE;
	}
	enum fault which =
	    content_find_title(work->session, work->cx, &wish, &found);
	if (which == FAULT_NO_CONTENT)
		which = add(work, &wish);
	else if (!which)
		wish.id = found.id;
	if (which)
		return which;
	work->course = title;
	work->course_id = *id = wish.id;
	return FAULT_NONE;
}

/* The title of a course that a row names is judged as a course's own. */
static enum fault
check(struct work *work, const struct content_draft *draft)
{
	const struct content_import *import = work->import;
	enum fault which =
	    content_body_check(work->cx, import->settings, draft->body);

	if (which || !draft->course.length || import->parent_id.length)
		return which;
	struct json_t *course = jwrite_object(work->cx);
	jwrite_text(course, "kind", SPAN("course"));
	jwrite_text(course, "title", draft->course);
	return content_body_check(work->cx, import->settings, course);
}

static enum fault
take(struct work *work, const struct content_draft *draft)
{
	struct content_import *import = work->import;
	struct content wish = {
	    .organization_id = import->organization_id,
	    .parent_id = import->parent_id,
	    .is_course = span_is(
		jread_text_or(jread_member(draft->body, "kind"), SPAN("")),
		"course"),
	};
	enum fault which = FAULT_NONE;

	if (wish.is_course && import->parent_id.length) {
		skip(work, draft, "a course stands in no other course");
		return FAULT_NONE;
	}
	content_record_take(work->cx, draft->body, &wish);
	if (draft->course.length && !import->parent_id.length)
		which = find_course(work, draft->course, &wish.parent_id);
	return which ? which : put(work, &wish);
}

enum fault
content_import_run(
    struct db_session *session, struct cx *cx, struct content_import *import)
{
	struct work work = {.session = session, .cx = cx, .import = import};

	enum fault which =
	    content_find_room(session, cx, import->organization_id, &work.room);

	import->added = import->changed = import->unchanged = 0;
	import->skipped = jwrite_array(cx);
	for (size_t i = 0; !which && i < import->drafts.count; i++) {
		const struct content_draft *draft = &import->drafts.at[i];
		if (draft->why)
			skip(&work, draft, draft->why);
		else if (check(&work, draft))
			skip(&work, draft, cx->note.telling);
		else
			which = take(&work, draft);
	}
	/* What was wrong with a row is told in its place. */
	if (!which)
		memset(&cx->note, 0, sizeof cx->note);
	return which;
}
