/* like.c - a text that people search for, as a pattern of LIKE
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/like.h"

#include "base/cx.h"
#include "base/text.h"

enum { SEARCH_MAX = 200 };

struct span
like_pattern(struct cx *cx, struct span text)
{
	struct span wanted = span_first(text, SEARCH_MAX);
	struct text out = text_begin(cx->arena, 2 * SEARCH_MAX + 2);

	if (wanted.length == 0)
		return SPAN("");
	text_add(&out, SPAN("%"));
	for (size_t i = 0; i < wanted.length; i++) {
		char c = wanted.at[i];
		if (c == '%' || c == '_' || c == '!')
			text_add(&out, SPAN("!"));
		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		text_add(&out, span_from(&c, 1));
	}
	text_add(&out, SPAN("%"));
	return text_span(&out);
}
