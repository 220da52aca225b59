/* deep_link_fuzz.c - what a tool answers a deep linking request with
 *
 * The input is the request's settings and the body, a line feed between them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "lti/content_item.h"
#include "lti/deep_link.h"
#include "lti/names.h"
#include "json/jread.h"
#include "json/jwrite.h"

static struct span
text_of(const struct json_t *object, const char *name)
{
	return jread_text_or(jread_member(object, name), SPAN_NONE);
}

/* Nothing that the tool says may speak for us, or reach the LMS against what
 * the LMS takes. */
static void
check_message(const struct deep_link_args *args, const struct deep_link *link)
{
	const struct json_t *items =
	    jread_member(link->message, CLAIM_DL_ITEMS);
	const struct json_t *settings =
	    jread_member(args->claims, CLAIM_DL_SETTINGS);

	if (!span_is(text_of(link->message, "iss"), "client") ||
	    !span_is(text_of(link->message, "aud"), "https://lms.example") ||
	    !span_is(text_of(link->message, "nonce"), "fresh") ||
	    jread_member(link->message, "sub") ||
	    !span_equal(text_of(link->message, CLAIM_DL_DATA),
		text_of(settings, "data")) ||
	    jread_count(items) != link->sent)
		abort();
	for (size_t i = 0; i < link->sent; i++)
		if (!jread_holds(jread_member(settings, "accept_types"),
			content_item_type(jread_at(items, i))))
			abort();
	if (link->sent > 1 &&
	    !content_item_setting_is(
		jread_member(settings, "accept_multiple"), true))
		abort();
}

static void
check_form(struct cx *cx, const struct deep_link *link)
{
	struct span form = deep_link_form(cx, link->return_url,
	    jwrite_bytes(cx, link->message)); /* worse than any token */
	size_t marks = 0;

	for (size_t i = 0; i < form.length; i++)
		marks += form.at[i] == '<';
	/* form, input, noscript and its end, button and its end, the end of
	 * form, script and its end */
	if (marks != 9 || !span_ends(form, ".submit()</script>"))
		abort();
}

static void
answer(struct cx *cx, struct span settings_text, struct span body_text)
{
	const struct json_t *settings;
	struct json_t *claims = jwrite_object(cx);
	struct deep_link_args args = {
	    .claims = claims,
	    .issuer = SPAN("https://lms.example"),
	    .client_id = SPAN("client"),
	    .launch_url = SPAN("https://lti.tool.example/lti/launch"),
	    .nonce = SPAN("fresh"),
	    .now = 1,
	};
	struct deep_link link;

	if (jread_parse(cx, settings_text, &settings) ||
	    jread_parse(cx, body_text, &args.body))
		return;
	jwrite_text(claims, CLAIM_MESSAGE, SPAN(MESSAGE_DEEP_LINKING));
	jwrite_value(claims, CLAIM_DL_SETTINGS, settings);
	enum fault fault = deep_link_write(cx, &args, &link);
	if (fault && fault != FAULT_SERVICE_NOT_IN_CONTEXT &&
	    !cx->note.telling[0])
		abort();
	if (fault)
		return;
	check_message(&args, &link);
	check_form(cx, &link);
	(void)jwrite_bytes(cx, link.dropped);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span rest = span_from(bytes, length);
	struct span settings;

	cx_init(&cx, no_random);
	if (length && span_next(&rest, '\n', &settings))
		answer(&cx, settings, rest);
	cx_release(&cx);
	return 0;
}
