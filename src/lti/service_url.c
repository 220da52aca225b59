/* service_url.c - the addresses of an LMS's services
 *
 * What an address is asked with is the LMS's access token, so that one is
 * believed only when every program on the way must read it as we do: proxies,
 * servlet containers and PHP each decode, split and normalise in their own
 * manner. Hence no character that hides a slash, a dot or the end of a path,
 * once or twice encoded, and no parameter that another program may take for
 * one of the launch's own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/service_url.h"

#include <string.h>

#include "base/cx.h"
#include "base/percent.h"
#include "lti/web_url.h"

/* --- making -------------------------------------------------------------- */

static size_t
length_until(struct span text, const char *stops)
{
	size_t length = 0;

	while (length < text.length &&
	       (text.at[length] == '\0' || !strchr(stops, text.at[length])))
		length++;
	return length;
}

struct span
service_url_append(struct cx *cx, struct span url, const char *path)
{
	struct span whole = span_first(url, length_until(url, "#"));
	struct span bare = span_first(whole, length_until(whole, "?"));
	struct span query = span_from_offset(whole, bare.length);

	if (*path == '/' && span_ends(bare, "/"))
		bare.length--;
	return arena_printf(
	    cx->arena, "%.*s%s%.*s", SPAN_ARGS(bare), path, SPAN_ARGS(query));
}

struct span
service_url_with(
    struct cx *cx, struct span url, const char *name, struct span value)
{
	const char *const names[] = {name, NULL};
	struct span whole = span_first(url, length_until(url, "#"));

	if (value.length == 0)
		return url;
	struct span encoded = percent_encode(cx->arena, value);
	return web_url_add(cx, web_url_drop(cx, whole, names),
	    arena_printf(cx->arena, "%s=%.*s", name, SPAN_ARGS(encoded)));
}

/* --- judging ------------------------------------------------------------- */

static bool
is_sound(struct span url)
{
	struct span origin = web_url_origin(url);

	if (!web_url_is(url) || url.length > SERVICE_URL_MAX ||
	    memchr(origin.at, '@', origin.length))
		return false;
	for (size_t i = 0; i < url.length; i++)
		if ((unsigned char)url.at[i] >= 0x80 || url.at[i] == '#')
			return false;
	return true;
}

/* "..;x" is ".." to servlet containers, ".. " and "..." may be to Windows; a
 * percent sign that is left is a character encoded twice. */
static bool
is_plain(struct cx *cx, struct span part)
{
	struct span text;

	if (!percent_decode(cx->arena, part, PERCENT_PATH, &text) ||
	    span_has_control(text) ||
	    length_until(text, "/\\?#%") < text.length)
		return false;
	text.length = length_until(text, ";");
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] != '.' && text.at[i] != ' ')
			return true;
	return false;
}

bool
service_url_is_item(struct cx *cx, struct span url, struct span container)
{
	struct span top = web_url_path(container), part;

	if (!is_sound(url) || !is_sound(container) ||
	    !web_url_is_below(url, container))
		return false;
	struct span below = span_from_offset(web_url_path(url), top.length);
	if (!span_ends(top, "/"))
		below = span_from_offset(below, 1);
	if (span_ends(below, "/"))
		below.length--;
	while (span_next(&below, '/', &part))
		if (!is_plain(cx, part))
			return false;
	return true;
}

/* --- pages --------------------------------------------------------------- */

/* No service has that many; and each is compared with each. */
enum { PARAMETERS_MAX = 64 };

struct parameter {
	struct span name, value; /* decoded */
};

struct parameters {
	struct parameter at[PARAMETERS_MAX];
	size_t count;
};

static bool
read_parameter(struct cx *cx, struct span part, struct parameter *out)
{
	size_t end = length_until(part, "=");

	return percent_decode(cx->arena, span_first(part, end), PERCENT_FORM,
		   &out->name) &&
	       percent_decode(cx->arena, span_from_offset(part, end + 1),
		   PERCENT_FORM, &out->value) &&
	       !span_has_control(out->name);
}

static bool
read_parameters(struct cx *cx, struct span query, const char *separators,
    struct parameters *out)
{
	out->count = 0;
	while (query.length) {
		struct span part =
		    span_first(query, length_until(query, separators));
		query = span_from_offset(query, part.length + 1);
		if (part.length == 0)
			continue;
		if (out->count == PARAMETERS_MAX ||
		    !read_parameter(cx, part, &out->at[out->count++]))
			return false;
	}
	return true;
}

static char
fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
}

/* PHP reads type.id, " type id" and type_id[x] as type_id; others do not mind
 * the case of letters. */
static struct span
stem(struct span name)
{
	name = span_trim(name);
	return span_first(name, length_until(name, "["));
}

static bool
may_be_same(struct span left, struct span right)
{
	struct span a = stem(left), b = stem(right);

	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (fold(a.at[i]) != fold(b.at[i]))
			return false;
	return true;
}

static bool
holds(const struct parameters *all, const struct parameter *one)
{
	for (size_t i = 0; i < all->count; i++)
		if (span_equal(all->at[i].name, one->name) &&
		    span_equal(all->at[i].value, one->value))
			return true;
	return false;
}

/* One that has a name of the launch's, or may pass for it, must be its. */
static bool
is_harmless(const struct parameters *own, const struct parameter *one)
{
	for (size_t i = 0; i < own->count; i++)
		if (may_be_same(own->at[i].name, one->name))
			return holds(own, one);
	return true;
}

/* Between '&' as everyone reads them, then between ';' too as some do. */
static bool
keeps_parameters(struct cx *cx, struct span query, struct span own_query)
{
	struct parameters *given = arena_take(cx->arena, sizeof *given);
	struct parameters *own = arena_take(cx->arena, sizeof *own);

	if (!read_parameters(cx, query, "&", given) ||
	    !read_parameters(cx, own_query, "&", own))
		return false;
	for (size_t i = 0; i < own->count; i++)
		if (!holds(given, &own->at[i]))
			return false;
	if (!read_parameters(cx, query, "&;", given) ||
	    !read_parameters(cx, own_query, "&;", own))
		return false;
	for (size_t i = 0; i < given->count; i++)
		if (!is_harmless(own, &given->at[i]))
			return false;
	return true;
}

/* An LMS behind a proxy may write the port that its scheme has anyway. */
static struct span
plain_origin(struct span url)
{
	struct span origin = web_url_origin(url);
	struct span port =
	    span_starts(url, "https:") ? SPAN(":443") : SPAN(":80");

	if (span_ends(origin, port.at))
		origin.length -= port.length;
	return origin;
}

bool
service_url_is_page(struct cx *cx, struct span url, struct span named)
{
	return is_sound(url) && is_sound(named) &&
	       span_equal_nocase(plain_origin(url), plain_origin(named)) &&
	       span_equal(web_url_path(url), web_url_path(named)) &&
	       keeps_parameters(cx, web_url_query(url), web_url_query(named));
}
