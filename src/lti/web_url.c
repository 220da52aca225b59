/* web_url.c - URLs that a browser may be sent to
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/web_url.h"

#include <string.h>

#include "base/cx.h"
#include "base/percent.h"
#include "base/text.h"

static size_t
scheme_length(struct span url)
{
	if (span_starts(url, "https://"))
		return 8;
	return span_starts(url, "http://") ? 7 : 0;
}

static bool
ends_authority(char c)
{
	return c == '/' || c == '?' || c == '#';
}

bool
web_url_is(struct span text)
{
	size_t start = scheme_length(text);

	if (start == 0 || text.length == start ||
	    ends_authority(text.at[start]))
		return false;
	for (size_t i = start; i < text.length; i++)
		if ((unsigned char)text.at[i] <= ' ' || text.at[i] == 0x7f ||
		    strchr("\\\"<>", text.at[i]))
			return false;
	return true;
}

struct span
web_url_origin(struct span url)
{
	size_t end = scheme_length(url);

	while (end < url.length && !ends_authority(url.at[end]))
		end++;
	return span_first(url, end);
}

static struct span
without_fragment(struct span url)
{
	const char *mark = url.length ? memchr(url.at, '#', url.length) : NULL;

	return mark ? span_first(url, (size_t)(mark - url.at)) : url;
}

struct span
web_url_query(struct span url)
{
	struct span whole = without_fragment(url);
	const char *mark =
	    whole.length ? memchr(whole.at, '?', whole.length) : NULL;

	return mark ? span_from_offset(whole, (size_t)(mark - whole.at) + 1)
		    : SPAN("");
}

static struct span
name_of(struct span parameter)
{
	struct span name = SPAN("");

	span_next(&parameter, '=', &name);
	return name;
}

struct span
web_url_parameter(struct span query, const char *name)
{
	struct span part;

	while (span_next(&query, '&', &part))
		if (span_is(name_of(part), name))
			return part.length > strlen(name)
				   ? span_from_offset(part, strlen(name) + 1)
				   : SPAN("");
	return SPAN_NONE;
}

struct span
web_url_add(struct cx *cx, struct span url, struct span more)
{
	struct text out = text_begin(cx->arena, url.length + more.length + 2);
	struct span whole = without_fragment(url);
	bool marked = whole.length && memchr(whole.at, '?', whole.length);
	struct span query = web_url_query(url);

	if (more.length == 0)
		return url;
	text_add(&out, whole);
	if (!marked)
		text_add_char(&out, '?');
	else if (query.length && !span_ends(query, "&"))
		text_add_char(&out, '&');
	if (span_starts(more, "&"))
		more = span_from_offset(more, 1);
	text_add(&out, more);
	text_add(&out, span_from_offset(url, whole.length));
	return text_span(&out);
}

/* "%6Ctik" is ltik to whoever decodes it. */
static bool
is_named(struct cx *cx, struct span name, const char *const *names)
{
	struct span plain;

	if (percent_decode(cx->arena, name, PERCENT_FORM, &plain))
		name = plain;
	for (; *names; names++)
		if (span_is(name, *names))
			return true;
	return false;
}

struct span
web_url_without(struct cx *cx, struct span query, const char *const *names)
{
	struct text out = text_begin(cx->arena, query.length);
	struct span part;

	while (span_next(&query, '&', &part)) {
		if (part.length == 0 || is_named(cx, name_of(part), names))
			continue;
		if (out.length)
			text_add_char(&out, '&');
		text_add(&out, part);
	}
	return text_span(&out);
}

struct span
web_url_drop(struct cx *cx, struct span url, const char *const *names)
{
	struct span whole = without_fragment(url), query = web_url_query(url);
	const char *mark =
	    whole.length ? memchr(whole.at, '?', whole.length) : NULL;
	struct span bare =
	    mark ? span_first(whole, (size_t)(mark - whole.at)) : whole;
	struct span kept = web_url_without(cx, query, names);

	return arena_printf(cx->arena, "%.*s%s%.*s%.*s", SPAN_ARGS(bare),
	    kept.length ? "?" : "", SPAN_ARGS(kept),
	    SPAN_ARGS(span_from_offset(url, whole.length)));
}

/* "/a/../b" is below "/a" in writing alone. */
static bool
climbs(struct span path)
{
	struct span part;

	while (span_next(&path, '/', &part))
		if (span_is(part, "..") || span_is(part, ".") ||
		    span_equal_nocase(part, SPAN("%2e%2e")) ||
		    span_equal_nocase(part, SPAN(".%2e")) ||
		    span_equal_nocase(part, SPAN("%2e.")) ||
		    span_equal_nocase(part, SPAN("%2e")))
			return true;
	return false;
}

struct span
web_url_path(struct span url)
{
	struct span rest = span_from_offset(url, web_url_origin(url).length);
	size_t end = 0;

	while (end < rest.length && rest.at[end] != '?' && rest.at[end] != '#')
		end++;
	return end ? span_first(rest, end) : SPAN("/");
}

bool
web_url_is_below(struct span url, struct span prefix)
{
	struct span path = web_url_path(url), top = web_url_path(prefix);

	if (!web_url_is(url) || !web_url_is(prefix) ||
	    !span_equal_nocase(web_url_origin(url), web_url_origin(prefix)) ||
	    climbs(path))
		return false;
	if (path.length < top.length ||
	    !span_equal(span_first(path, top.length), top))
		return false;
	return path.length == top.length || span_ends(top, "/") ||
	       path.at[top.length] == '/';
}
