/* platform_doc_fuzz.c - an LMS's configuration, and the request that follows
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "lti/platform_doc.h"
#include "lti/tool_doc.h"
#include "lti/tool_settings.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* What is sent must be sound whatever the LMS says of itself. */
static void
answer(struct cx *cx, const struct platform_doc *platform)
{
	const struct json_t *settings;
	const struct json_t *again;
	struct tool_doc doc;

	if (jread_parse(cx,
		SPAN("{\"name\":\"Lab\",\"messages\":["
		     "{\"type\":\"LtiResourceLinkRequest\","
		     "\"placements\":[\"ContentArea\",\"a\"]},"
		     "{\"type\":\"LtiDeepLinkingRequest\"}]}"),
		&settings))
		abort();
	const struct tool_doc_args args = {
	    .platform = platform,
	    .settings = tool_settings_whole(cx, settings),
	    .public_url = SPAN("https://lti.tool.example"),
	    .domain = SPAN("lti.tool.example"),
	    .key_set_url = SPAN("https://lti.tool.example/lti/keys"),
	};
	if (tool_doc_write(cx, &args, &doc))
		abort(); /* deep linking is always offered */
	if (jread_parse(cx, jwrite_bytes(cx, doc.document), &again) ||
	    !jread_text_or(jread_member(again, "client_name"), SPAN("")).length)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct platform_doc doc;

	cx_init(&cx, no_random);
	if (!platform_doc_read(&cx, span_from(bytes, length), &doc)) {
		if (!doc.issuer.length || span_has_control(doc.issuer) ||
		    !doc.registration_endpoint.length ||
		    !platform_doc_audience(&doc).length)
			abort();
		answer(&cx, &doc);
	} else if (!cx.note.telling[0])
		abort();
	cx_release(&cx);
	return 0;
}
