/* fault.c - everything that can go wrong, by name
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/fault.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cx.h"

static const struct fault_text texts[FAULT_COUNT] = {
    [FAULT_NONE] = {"NONE", 200, "OK", "", ""},
#define FAULT(name, status, error, message, description)                       \
	[FAULT_##name] = {#name, status, error, message, description},
#include "base/faults.def"
#undef FAULT
};

const struct fault_text *
fault_text(enum fault fault)
{
	assert((unsigned)fault < FAULT_COUNT);
	return &texts[fault];
}

/* Whatever a foreign side put into a text, a log line stays one line. */
static void
flatten(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = ' ';
}

enum fault
fault(struct cx *cx, enum fault which, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(cx->note.detail, sizeof cx->note.detail, format, args);
	va_end(args);
	flatten(cx->note.detail);
	cx->note.telling[0] = '\0';
	return which;
}

enum fault
fault_tell(struct cx *cx, enum fault which, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(cx->note.detail, sizeof cx->note.detail, format, args);
	va_end(args);
	flatten(cx->note.detail);
	memcpy(cx->note.telling, cx->note.detail, sizeof cx->note.telling);
	return which;
}

enum fault
fault_as(struct cx *cx, enum fault which)
{
	cx->note.telling[0] = '\0';
	return which;
}
