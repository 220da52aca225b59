/* audit.c - what an administrative change changed
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/audit.h"

#include "base/cx.h"
#include "base/text.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { DEPTH_MAX = 2, NAME_MAX_BYTES = 100 };

struct audit {
	struct cx *cx;
	struct json_t *details, *changes;
	int64_t count;
};

static bool
holds(struct span whole, const char *word)
{
	size_t length = span_of(word).length;

	for (size_t i = 0; i + length <= whole.length; i++)
		if (span_equal_nocase(
			span_from(whole.at + i, length), span_of(word)))
			return true;
	return false;
}

/* What the tool's back end keeps with a platform is its own business. */
static bool
is_hidden(struct span name)
{
	static const char *const words[] = {
	    "secret", "password", "token", "private", "credential", "metadata"};

	if (span_ends(name, "Endpoint"))
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (holds(name, words[i]))
			return true;
	return false;
}

/* In a text or in JSON: what stands between the question mark of a URL and its
 * end may open something. */
static struct span
without_queries(struct cx *cx, struct span text)
{
	struct text out = text_begin(cx->arena, text.length + 8);
	bool in_url = false, in_query = false;

	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i];
		if (c == '"' || c == ' ')
			in_url = in_query = false;
		in_url =
		    in_url || span_starts(span_from_offset(text, i), "://");
		if (!in_query)
			text_add_char(&out, c);
		in_query = in_query || (in_url && c == '?');
	}
	return text_span(&out);
}

static void
put_value(struct audit *audit, struct json_t *change, const char *name,
    const struct json_t *value, bool hidden)
{
	struct cx *cx = audit->cx;
	struct span text;
	bool is_number = jread_type(value) && !jread_text(value, &text) &&
			 !jread_is_object(value) && !jread_is_array(value);

	if (hidden) {
		jwrite_text(change, name, SPAN("(not told)"));
		return;
	}
	if (is_number) {
		jwrite_value(change, name, value);
		return;
	}
	if (!jread_text(value, &text))
		text = jwrite_bytes(cx, value);
	text = without_queries(cx, text);
	struct span cut = span_cut(text, AUDIT_VALUE_MAX);
	jwrite_text(change, name,
	    arena_printf(cx->arena, "%.*s%s", SPAN_ARGS(cut),
		cut.length < text.length ? "..." : ""));
}

static void
put(struct audit *audit, struct span name, const struct json_t *before,
    const struct json_t *after)
{
	bool hidden = is_hidden(name);

	if (audit->count++ >= AUDIT_CHANGES_MAX) {
		jwrite_integer(audit->details, "moreChanges",
		    audit->count - AUDIT_CHANGES_MAX);
		return;
	}
	struct json_t *change = jwrite_inner_object(audit->changes,
	    arena_cstr(audit->cx->arena, span_cut(name, NAME_MAX_BYTES)));
	if (before)
		put_value(audit, change, "from", before, hidden);
	if (after)
		put_value(audit, change, "to", after, hidden);
}

static bool
is_same(struct cx *cx, const struct json_t *before, const struct json_t *after)
{
	return before && after &&
	       span_equal(jwrite_bytes(cx, before), jwrite_bytes(cx, after));
}

/* Two lists in turn: what is there now, and what is there no more. */
static void
compare(struct audit *audit, struct span prefix, const struct json_t *before,
    const struct json_t *after, int depth)
{
	struct arena *arena = audit->cx->arena;
	const struct json_t *now, *was;
	struct span name;
	void *place = NULL;

	while (jread_next(after, &place, &name, &now)) {
		struct span path = arena_printf(
		    arena, "%.*s%.*s", SPAN_ARGS(prefix), SPAN_ARGS(name));
		was = jread_member(before, arena_cstr(arena, name));
		if (is_same(audit->cx, was, now))
			continue;
		if (depth < DEPTH_MAX && !is_hidden(path) &&
		    jread_is_object(now) && jread_is_object(was))
			compare(audit,
			    arena_printf(arena, "%.*s.", SPAN_ARGS(path)), was,
			    now, depth + 1);
		else
			put(audit, path, was, now);
	}
	place = NULL;
	while (jread_next(before, &place, &name, &was))
		if (!jread_member(after, arena_cstr(arena, name)))
			put(audit,
			    arena_printf(arena, "%.*s%.*s", SPAN_ARGS(prefix),
				SPAN_ARGS(name)),
			    was, NULL);
}

void
audit_write(struct cx *cx, struct json_t *details, const struct json_t *before,
    const struct json_t *after)
{
	struct audit audit = {.cx = cx,
	    .details = details,
	    .changes = jwrite_inner_object(details, "changes")};
	const struct json_t *none = jwrite_object(cx);

	compare(
	    &audit, SPAN(""), before ? before : none, after ? after : none, 1);
	if (!audit.count)
		jwrite_remove(details, "changes");
}
