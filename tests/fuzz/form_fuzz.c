/* form_fuzz.c - forms: what was read can be written and read again
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "http/form.h"

static void
check(struct cx *cx, const struct form *form)
{
	for (size_t i = 0; i < form->count; i++) {
		struct form again;
		struct span value;
		struct span text = arena_printf(cx->arena, "v=%.*s",
		    SPAN_ARGS(form_encode(cx->arena, form->fields[i].value)));
		if (form_read(cx, text, &again) || again.count != 1 ||
		    form_find(cx, &again, "v", &value) ||
		    !span_equal(value, form->fields[i].value) ||
		    memchr(value.at, '\0', value.length))
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct form form;

	cx_init(&cx, no_random);
	if (!form_read(&cx, span_from(bytes, length), &form))
		check(&cx, &form);
	cx_release(&cx);
	return 0;
}
