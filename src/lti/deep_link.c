/* deep_link.c - the answer to a deep linking request
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/deep_link.h"

#include "base/cx.h"
#include "base/text.h"
#include "lti/content_item.h"
#include "lti/names.h"
#include "lti/web_url.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { MESSAGE_MAX = 10000 };

/* --- what the tool says -------------------------------------------------- */

static const struct jshape options_shape[] = {
    {.name = "message",
	.type = JSHAPE_TEXT,
	.max = MESSAGE_MAX,
	.about = "shown to the person by the LMS"},
    {.name = "log", .type = JSHAPE_TEXT, .max = MESSAGE_MAX},
    {.name = "errMessage",
	.type = JSHAPE_TEXT,
	.max = MESSAGE_MAX,
	.about = "the same for an error; no items are sent then"},
    {.name = "errLog", .type = JSHAPE_TEXT, .max = MESSAGE_MAX},
    {0},
};

const struct jshape deep_link_shape[] = {
    {.name = "contentItems",
	.type = JSHAPE_OBJECTS,
	.required = true,
	.members = content_item_shape,
	.about = "may be empty: nothing was chosen"},
    {.name = "options", .type = JSHAPE_OBJECT, .members = options_shape},
    {0},
};

/* Items are checked one by one, for what the LMS alone knows passes. */
static const struct jshape outer_shape[] = {
    {.name = "options", .type = JSHAPE_OBJECT, .members = options_shape},
    {0},
};

static const struct {
	const char *option, *claim;
	bool error;
} messages[] = {
    {"message", CLAIM_DL_MESSAGE, false},
    {"log", CLAIM_DL_LOG, false},
    {"errMessage", CLAIM_DL_ERROR_MESSAGE, true},
    {"errLog", CLAIM_DL_ERROR_LOG, true},
};

enum { MESSAGES = sizeof messages / sizeof *messages };

static bool
says(const struct json_t *body, bool error)
{
	const struct json_t *options = jread_member(body, "options");

	for (size_t i = 0; i < MESSAGES; i++)
		if (messages[i].error == error &&
		    jread_member(options, messages[i].option))
			return true;
	return false;
}

/* An error of no words is none. */
static bool
is_error(const struct json_t *body)
{
	const struct json_t *options = jread_member(body, "options");

	for (size_t i = 0; i < MESSAGES; i++)
		if (messages[i].error &&
		    jread_text_or(
			jread_member(options, messages[i].option), SPAN(""))
			.length)
			return true;
	return false;
}

static enum fault
check_body(struct cx *cx, const struct deep_link_args *args)
{
	const struct json_t *items = jread_member(args->body, "contentItems");
	enum fault fault = jshape_check(cx, args->body, outer_shape);

	if (fault)
		return fault;
	if (says(args->body, false) && says(args->body, true))
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "options cannot have message or log together with "
		    "errMessage or errLog");
	if (!jread_is_array(items))
		return fault_tell(cx, FAULT_CONTENT_ITEM_REFUSED,
		    "contentItems must be an array, not %s", jread_type(items));
	for (size_t i = 0; i < jread_count(items) && !fault; i++)
		fault = content_item_check(
		    cx, jread_at(items, i), i, args->launch_url);
	return fault;
}

/* --- what the LMS takes -------------------------------------------------- */

/* Absent, accept_multiple means one: an LMS that takes one alone may refuse
 * the whole answer for a second. */
static const char *
reason_against(const struct deep_link_args *args, const struct json_t *settings,
    const struct json_t *item, size_t kept)
{
	if (is_error(args->body))
		return "An error is answered instead";
	if (!jread_holds(jread_member(settings, "accept_types"),
		content_item_type(item)))
		return "The LMS does not take this type here";
	if (kept && !content_item_setting_is(
			jread_member(settings, "accept_multiple"), true))
		return "The LMS takes one item alone here";
	return NULL;
}

static void
write_items(struct cx *cx, const struct deep_link_args *args,
    const struct json_t *settings, struct deep_link *out)
{
	const struct json_t *items = jread_member(args->body, "contentItems");
	struct json_t *list = jwrite_inner_array(out->message, CLAIM_DL_ITEMS);

	for (size_t i = 0; i < jread_count(items); i++) {
		const struct json_t *item = jread_at(items, i);
		const char *reason =
		    reason_against(args, settings, item, out->sent);
		if (reason) {
			content_item_drop(out->dropped, item, i, NULL, reason);
			continue;
		}
		jwrite_push(list,
		    content_item_trim(cx, item, i, settings, out->dropped));
		out->sent++;
	}
}

/* --- the message --------------------------------------------------------- */

static void
write_claims(const struct deep_link_args *args, struct json_t *message)
{
	jwrite_text(message, "iss", args->client_id);
	jwrite_text(message, "aud", args->issuer);
	jwrite_integer(message, "iat", args->now);
	jwrite_integer(message, "exp", args->now + DEEP_LINK_LIFE);
	jwrite_text(message, "nonce", args->nonce);
	jwrite_value(message, CLAIM_DEPLOYMENT,
	    jread_member(args->claims, CLAIM_DEPLOYMENT));
	jwrite_text(message, CLAIM_MESSAGE, SPAN(MESSAGE_DEEP_LINKING_REPLY));
	jwrite_text(message, CLAIM_VERSION, SPAN(LTI_VERSION));
}

static void
write_messages(const struct json_t *body, struct json_t *message)
{
	const struct json_t *options = jread_member(body, "options");

	for (size_t i = 0; i < MESSAGES; i++)
		jwrite_text_if(message, messages[i].claim,
		    jread_text_or(
			jread_member(options, messages[i].option), SPAN("")));
}

/* What a JWT or LTI means by a name is ours to say; "data" among it, which
 * must be the LMS's own or none. */
static bool
is_ours(struct span name)
{
	static const char *const names[] = {"contentItems", "options", "iss",
	    "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "azp", NULL};

	for (const char *const *row = names; *row; row++)
		if (span_is(name, *row))
			return true;
	return span_starts(name, CLAIM_FAMILY);
}

/* Canvas reads members of its own beside the items (.../lti/module_name). */
static void
write_extras(const struct json_t *body, struct json_t *message)
{
	const struct json_t *value;
	struct span name;
	void *walk = NULL;

	while (jread_next(body, &walk, &name, &value))
		if (!is_ours(name))
			jwrite_named(message, name, value);
}

enum fault
deep_link_write(
    struct cx *cx, const struct deep_link_args *args, struct deep_link *out)
{
	const struct json_t *settings =
	    jread_member(args->claims, CLAIM_DL_SETTINGS);
	const struct json_t *data = jread_member(settings, "data");
	struct deep_link link = {
	    .message = jwrite_object(cx),
	    .return_url = jread_text_or(
		jread_member(settings, "deep_link_return_url"), SPAN("")),
	    .dropped = jwrite_array(cx),
	};
	struct span text;

	if (!span_is(jread_text_or(
			 jread_member(args->claims, CLAIM_MESSAGE), SPAN("")),
		MESSAGE_DEEP_LINKING) ||
	    !web_url_is(link.return_url))
		return fault(cx, FAULT_SERVICE_NOT_IN_CONTEXT,
		    "no deep linking request, or no URL to answer to");
	enum fault fault = check_body(cx, args);
	if (fault)
		return fault;
	write_claims(args, link.message);
	write_items(cx, args, settings, &link);
	if (jread_text(data, &text))
		jwrite_value(link.message, CLAIM_DL_DATA, data);
	write_messages(args->body, link.message);
	write_extras(args->body, link.message);
	*out = link;
	return FAULT_NONE;
}

/* --- the form ------------------------------------------------------------ */

static const char form_begin[] = "<form id=\"ltiaas_dl\" action=\"";
static const char form_middle[] =
    "\" method=\"POST\"><input type=\"hidden\" name=\"JWT\" value=\"";
/* The button is named by nothing: a member "submit" of the form would hide
 * its method of that name. */
static const char form_end[] =
    "\"><noscript><button type=\"submit\">Continue</button></noscript></form>"
    "<script>document.getElementById(\"ltiaas_dl\").submit()</script>";

enum { ESCAPE_MAX = sizeof "&quot;" - 1 };

struct span
deep_link_form(struct cx *cx, struct span return_url, struct span jwt)
{
	/* Room for all of it, whatever must be escaped: a form cut short
	 * would post a token cut short. */
	struct text out = text_begin(cx->arena,
	    sizeof form_begin + sizeof form_middle + sizeof form_end +
		(return_url.length + jwt.length) * ESCAPE_MAX);

	text_add_cstr(&out, form_begin);
	text_add_escaped(&out, return_url);
	text_add_cstr(&out, form_middle);
	text_add_escaped(&out, jwt);
	text_add_cstr(&out, form_end);
	return text_span(&out);
}
