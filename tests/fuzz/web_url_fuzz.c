/* web_url_fuzz.c - URLs of links: what is below is where libcurl goes too
 *
 * Input: a URL, a prefix, and parameters to add, a line each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "lti/web_url.h"
#include "net/url_guard.h"

static const char *const names[] = {"ltik", "to", NULL};

static bool
ends_in(struct span whole, struct span tail)
{
	return whole.length >= tail.length &&
	       span_equal(
		   span_from_offset(whole, whole.length - tail.length), tail);
}

static void
check_url(struct span url)
{
	struct span origin = web_url_origin(url);

	must(origin.length > 7 && span_starts(url, "http"));
	must(!span_has_control(url) && !memchr(url.at, '"', url.length));
	must(!memchr(origin.at + 8, '/', origin.length - 8));
	must(web_url_query(url).length < url.length);
}

/* What was taken out is not there, what was added is, and nothing else
 * changed. */
static void
check_parameters(struct cx *cx, struct span url, struct span more)
{
	struct span query = web_url_query(url);
	struct span less = web_url_drop(cx, url, names);
	struct span left = web_url_query(less);
	const char *mark = memchr(url.at, '#', url.length);
	struct span fragment =
	    mark ? span_from_offset(url, (size_t)(mark - url.at)) : SPAN("");

	must(span_equal(left, web_url_without(cx, query, names)));
	must(less.length <= url.length);
	must(!web_url_parameter(left, "ltik").at);
	must(!web_url_parameter(left, "to").at);
	must(span_equal(left, web_url_without(cx, left, names)));
	must(span_equal(web_url_origin(less), web_url_origin(url)));
	struct span whole = web_url_add(cx, less, SPAN("ltik=x"));
	must(span_is(web_url_parameter(web_url_query(whole), "ltik"), "x"));
	must(ends_in(whole, fragment));
	must(span_equal(web_url_drop(cx, whole, names), less));
	if (more.length == 0 || *more.at == '&' ||
	    memchr(more.at, '#', more.length))
		return;
	must(ends_in(web_url_query(web_url_add(cx, url, more)), more));
}

/* libcurl resolves dots and reads user information as other clients do. */
static void
check_below(struct cx *cx, struct span url, struct span prefix)
{
	static const struct network any = {{{0}}, 0};
	const struct url_policy all = {{&any, 1}};
	struct url to, top;

	must(web_url_is(url) && web_url_is(prefix));
	if (url_read(cx, &all, url, &to) || url_read(cx, &all, prefix, &top))
		return;
	must(to.https == top.https && to.port == top.port);
	must(span_equal(to.host, top.host));
	must(span_starts(to.path, arena_cstr(cx->arena, top.path)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span rest = span_from(bytes, length), parts[3];

	cx_init(&cx, no_random);
	rest = arena_copy(cx.arena, rest);
	for (size_t i = 0; i < 3; i++)
		if (!span_next(&rest, '\n', &parts[i]))
			parts[i] = SPAN("");
	if (web_url_is(parts[0])) {
		check_url(parts[0]);
		check_parameters(&cx, parts[0], parts[2]);
	} else {
		(void)web_url_drop(&cx, parts[0], names);
		(void)web_url_add(&cx, parts[0], parts[2]);
	}
	if (web_url_is_below(parts[0], parts[1]))
		check_below(&cx, parts[0], parts[1]);
	cx_release(&cx);
	return 0;
}
