/* jread_fuzz.c - what was read can be asked, written and read again
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "json/jread.h"
#include "json/jwrite.h"

static void
ask(const struct json_t *value, int depth)
{
	const struct json_t *inner;
	struct span text;
	void *place = NULL;
	int64_t number;
	bool truth;

	if (depth > JREAD_DEPTH_MAX)
		abort();
	if (jread_text(value, &text) && memchr(text.at, '\0', text.length))
		abort();
	(void)jread_integer(value, &number);
	(void)jread_bool(value, &truth);
	(void)jread_type(value);
	if (jread_is_object(value) && jread_is_array(value))
		abort();
	for (size_t i = 0; i < jread_count(value); i++)
		ask(jread_at(value, i), depth + 1);
	if (jread_at(value, jread_count(value)))
		abort();
	while (jread_next(value, &place, &text, &inner)) {
		if (memchr(text.at, '\0', text.length) ||
		    jread_member(value, text.at) != inner)
			abort();
		ask(inner, depth + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	const struct json_t *value, *again;

	cx_init(&cx, no_random);
	if (!jread_parse(&cx, span_from(bytes, length), &value)) {
		ask(value, 0);
		struct span text = jwrite_bytes(&cx, value);
		if (jread_parse(&cx, text, &again) ||
		    !span_equal(jwrite_bytes(&cx, again), text))
			abort();
	} else if (cx.note.detail[0] == '\0' ||
		   span_has_control(span_of(cx.note.telling)))
		abort();
	cx_release(&cx);
	return 0;
}
