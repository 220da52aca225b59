/* tool_settings_fuzz.c - settings that pass give a request that every LMS takes
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "lti/canvas_config.h"
#include "lti/platform_doc.h"
#include "lti/tool_doc.h"
#include "lti/tool_settings.h"
#include "json/jread.h"
#include "json/jwrite.h"

static void
use(struct cx *cx, const struct json_t *settings)
{
	struct platform_doc platform = {.family = SPAN("canvas")};
	struct tool_doc doc;
	struct json_t *config;
	const struct json_t *again;
	const struct tool_doc_args args = {
	    .platform = &platform,
	    .settings = settings,
	    .overrides = settings,
	    .public_url = SPAN("https://lti.tool.example"),
	    .domain = SPAN("lti.tool.example"),
	    .key_set_url = SPAN("https://lti.tool.example/lti/keys"),
	};
	const struct canvas_config_args canvas = {
	    .settings = settings,
	    .public_url = args.public_url,
	    .domain = args.domain,
	    .key_set_url = args.key_set_url,
	};

	if (!tool_doc_write(cx, &args, &doc) &&
	    jread_parse(cx, jwrite_bytes(cx, doc.document), &again))
		abort();
	if (!canvas_config_write(cx, &canvas, &config) &&
	    jread_parse(cx, jwrite_bytes(cx, config), &again))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	const struct json_t *given;

	cx_init(&cx, no_random);
	if (!jread_parse(&cx, span_from(bytes, length), &given)) {
		if (!tool_settings_check(&cx, given)) {
			struct json_t *whole = tool_settings_whole(&cx, given);
			/* What was accepted stays acceptable when whole. */
			if (tool_settings_check(&cx, whole))
				abort();
			use(&cx, whole);
		} else if (!cx.note.telling[0])
			abort();
	}
	cx_release(&cx);
	return 0;
}
