/* service_url_fuzz.c - what is taken for an LMS's own is where libcurl goes
 *
 * Input: a URL, what the launch named, and a value, a line each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "base/percent.h"
#include "fuzz.h"
#include "lti/service_url.h"
#include "lti/web_url.h"
#include "net/url_guard.h"

static bool
read_both(struct cx *cx, struct span url, struct span named, struct url *to,
    struct url *top)
{
	static const struct network any = {{{0}}, 0};
	const struct url_policy all = {{&any, 1}};

	return !url_read(cx, &all, url, to) && !url_read(cx, &all, named, top);
}

static void
check_host(const struct url *to, const struct url *top)
{
	must(to->https == top->https && to->port == top->port);
	must(span_equal(to->host, top->host));
	must(span_equal(to->authority, top->authority));
}

/* Decoded as often as somebody may, nothing climbs or hides an end. */
static void
check_path(struct cx *cx, struct span path, struct span top)
{
	struct span below = span_from_offset(path, top.length), part;

	for (size_t i = 0; i < 3; i++)
		must(percent_decode(cx->arena, below, PERCENT_PATH, &below));
	must(!span_has_control(below));
	must(!memchr(below.at, '\\', below.length));
	must(!memchr(below.at, '?', below.length));
	must(!memchr(below.at, '#', below.length));
	must(below.length > 0);
	while (span_next(&below, '/', &part)) {
		struct span name = SPAN("");
		span_next(&part, ';', &name);
		must(!span_is(name, "..") && !span_is(name, "."));
	}
}

static void
check_item(struct cx *cx, struct span url, struct span container)
{
	struct url to, top;

	must(url.length <= SERVICE_URL_MAX && web_url_is(url));
	must(!service_url_is_item(cx, container, url));
	must(!service_url_is_page(cx, url, container));
	check_path(cx, web_url_path(url), web_url_path(container));
	if (!read_both(cx, url, container, &to, &top))
		return;
	check_host(&to, &top);
	must(to.path.length > top.path.length);
	must(span_starts(to.path, arena_cstr(cx->arena, top.path)));
	/* What is made of an item is an item yet. */
	if (url.length + 16 > SERVICE_URL_MAX)
		return;
	must(service_url_is_item(
	    cx, service_url_append(cx, url, "/scores"), container));
	must(service_url_is_item(
	    cx, service_url_with(cx, url, "limit", SPAN("5")), container));
}

/* Not one of the launch's own parameters can be given another value. */
static void
check_page(struct cx *cx, struct span url, struct span named)
{
	static const char *const none[] = {NULL};
	struct span own = web_url_without(cx, web_url_query(named), none);
	struct span part, name = SPAN("");
	struct url to, top;

	must(url.length <= SERVICE_URL_MAX && web_url_is(url));
	must(service_url_is_page(cx, url, url));
	while (own.length && span_next(&own, '&', &part)) {
		(void)span_next(&part, '=', &name);
		struct span other = service_url_with(
		    cx, url, arena_cstr(cx->arena, name), SPAN("\xf0"));
		must(!service_url_is_page(cx, other, named));
	}
	if (!read_both(cx, url, named, &to, &top))
		return;
	check_host(&to, &top);
	must(span_equal(to.path, top.path));
}

static void
check_making(struct cx *cx, struct span url, struct span value)
{
	struct span scores = service_url_append(cx, url, "/scores");
	struct span with = service_url_with(cx, url, "limit", value), decoded;

	must(span_equal(web_url_origin(scores), web_url_origin(url)));
	must(span_equal(web_url_query(scores), web_url_query(url)));
	must(span_ends(web_url_path(scores), "/scores"));
	must(!memchr(scores.at, '#', scores.length));
	if (value.length == 0) {
		must(span_equal(with, url));
		return;
	}
	struct span given = web_url_parameter(web_url_query(with), "limit");
	must(given.at != NULL && !memchr(with.at, '#', with.length));
	must(span_equal(web_url_path(with), web_url_path(url)));
	if (percent_decode(cx->arena, given, PERCENT_FORM, &decoded))
		must(span_equal(decoded, value));
	must(span_equal(service_url_with(cx, with, "limit", value), with));
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
	if (web_url_is(parts[0]))
		check_making(&cx, parts[0], parts[2]);
	if (service_url_is_item(&cx, parts[0], parts[1]))
		check_item(&cx, parts[0], parts[1]);
	if (service_url_is_page(&cx, parts[0], parts[1]))
		check_page(&cx, parts[0], parts[1]);
	cx_release(&cx);
	return 0;
}
