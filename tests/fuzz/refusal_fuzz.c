/* refusal_fuzz.c - what an LMS says when it refuses is one bounded line
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "lti/refusal.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span body = span_from(bytes, length);

	cx_init(&cx, no_random);
	struct span line = refusal_read(&cx, body);
	struct span passed = refusal_body(body);
	if (line.length > REFUSAL_MAX)
		abort();
	for (size_t i = 0; i < line.length; i++)
		if ((unsigned char)line.at[i] < ' ')
			abort();
	if (passed.length > 2000 || cx.note.detail[0])
		abort();
	cx_release(&cx);
	return 0;
}
