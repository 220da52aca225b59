/* launch_target.c - where a launch goes
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/launch_target.h"

#include "base/arena.h"
#include "base/cx.h"
#include "lti/names.h"
#include "lti/tool_doc.h"
#include "lti/web_url.h"
#include "json/jread.h"

static struct span
text_of(const struct json_t *object, const char *name)
{
	return jread_text_or(jread_member(object, name), SPAN(""));
}

/* --- what is allowed ----------------------------------------------------- */

static bool
is_below(struct span url, struct span prefix)
{
	return prefix.length && web_url_is_below(url, prefix);
}

bool
launch_target_is_allowed(const struct json_t *settings, struct span url)
{
	const struct json_t *more = jread_member(settings, "allowedUrls");
	const struct json_t *messages = jread_member(settings, "messages");

	if (is_below(url, text_of(settings, "launchUrl")) ||
	    is_below(url, text_of(settings, "deepLinkingUrl")) ||
	    is_below(url, text_of(settings, "submissionReviewUrl")))
		return true;
	for (size_t i = 0; i < jread_count(more); i++)
		if (is_below(url, jread_text_or(jread_at(more, i), SPAN(""))))
			return true;
	for (size_t i = 0; i < jread_count(messages); i++)
		if (is_below(
			url, text_of(jread_at(messages, i), "targetLinkUri")))
			return true;
	return false;
}

/* --- what is wished ------------------------------------------------------ */

static struct span
key_of(struct cx *cx, const struct json_t *message)
{
	struct span url = text_of(message, "targetLinkUri");
	return url.length ? tool_doc_target_key(cx, url) : SPAN("");
}

/* A key that the platform was registered with, or one that the settings give
 * today (Canvas's JSON, links made by hand). */
static struct span
by_key(struct cx *cx, const struct launch_target_args *args, struct span key)
{
	const struct json_t *messages =
	    jread_member(args->settings, "messages");
	struct span url = text_of(args->targets, arena_cstr(cx->arena, key));

	for (size_t i = 0; !url.length && i < jread_count(messages); i++) {
		const struct json_t *message = jread_at(messages, i);
		if (key.length && span_equal(key_of(cx, message), key))
			url = text_of(message, "targetLinkUri");
	}
	return url;
}

static struct span
by_message(const struct launch_target_args *args)
{
	const struct json_t *messages =
	    jread_member(args->settings, "messages");

	for (size_t i = 0; i < jread_count(messages); i++) {
		const struct json_t *message = jread_at(messages, i);
		struct span url = text_of(message, "targetLinkUri");
		if (url.length &&
		    span_equal(text_of(message, "type"), args->message))
			return url;
	}
	return SPAN("");
}

static struct span
by_default(const struct launch_target_args *args)
{
	struct span url = SPAN("");

	if (span_is(args->message, MESSAGE_DEEP_LINKING))
		url = text_of(args->settings, "deepLinkingUrl");
	else if (span_is(args->message, MESSAGE_SUBMISSION_REVIEW))
		url = text_of(args->settings, "submissionReviewUrl");
	return url.length ? url : text_of(args->settings, "launchUrl");
}

static bool
is_ours(const struct launch_target_args *args)
{
	return web_url_is_below(args->target, args->public_url);
}

/* Neither to us nor to where launches may go. */
static bool
leads_elsewhere(const struct launch_target_args *args)
{
	return args->target.length && !is_ours(args) &&
	       !launch_target_is_allowed(args->settings, args->target);
}

/* Empty: nothing in particular. */
static struct span
wish(struct cx *cx, const struct launch_target_args *args)
{
	struct span key = web_url_parameter(web_url_query(args->target), "to");

	if (args->item.length)
		return args->item;
	if (!is_ours(args) &&
	    launch_target_is_allowed(args->settings, args->target))
		return args->target;
	if (is_ours(args) && key.length) {
		struct span url = by_key(cx, args, key);
		if (url.length)
			return url;
	}
	return args->own.length ? args->own : by_message(args);
}

struct span
launch_target_content(struct span public_url, struct span target)
{
	struct span key = web_url_parameter(web_url_query(target), "to");

	if (!span_starts(key, LAUNCH_TARGET_CONTENT) ||
	    !web_url_is_below(target, public_url))
		return SPAN("");
	return span_from_offset(key, sizeof LAUNCH_TARGET_CONTENT - 1);
}

enum fault
launch_target_find(struct cx *cx, const struct launch_target_args *args,
    struct launch_target *out)
{
	static const char *const ours[] = {"to", "ltik", NULL};
	static const char *const token[] = {"ltik", NULL};
	struct span url = wish(cx, args);
	bool wished = url.length > 0;
	bool allowed = wished && launch_target_is_allowed(args->settings, url);

	if (!allowed)
		url = by_default(args);
	if (url.length == 0)
		return fault(
		    cx, FAULT_NO_LAUNCH_URL, "the setting launchUrl is empty");
	struct span query = web_url_query(args->target);
	/* The link's own query, unless the link is the URL itself. */
	if (span_equal(url, args->target))
		url = web_url_drop(cx, url, token);
	else
		url = web_url_add(cx, url, web_url_without(cx, query, ours));
	*out = (struct launch_target){
	    url, (wished && !allowed) || leads_elsewhere(args)};
	return FAULT_NONE;
}
