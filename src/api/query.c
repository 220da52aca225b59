/* query.c - query parameters that are more than text
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/query.h"

#include "api/call.h"
#include "base/clock.h"
#include "base/cx.h"
#include "base/text.h"

enum fault
query_number(
    struct call *call, const char *name, int64_t min, int64_t max, int64_t *out)
{
	struct span text = SPAN_NONE;
	int64_t number;
	enum fault which = call_query(call, name, &text);

	if (which || !text.length)
		return which;
	if (!span_number(text, max, &number) || number < min)
		return fault_tell(call->cx, FAULT_PARAMETER_REFUSED,
		    "%s must be a whole number from %lld to %lld", name,
		    (long long)min, (long long)max);
	*out = number;
	return FAULT_NONE;
}

enum fault
query_time(struct call *call, const char *name, int64_t *out)
{
	struct span text = SPAN_NONE;
	enum fault which = call_query(call, name, &text);

	if (which || !text.length)
		return which;
	if (!clock_read(text, out))
		return fault_tell(call->cx, FAULT_PARAMETER_REFUSED,
		    "%s must be a time such as 2026-11-21T03:46:05Z", name);
	return FAULT_NONE;
}

static struct span
list_choices(struct cx *cx, const char *const *choices)
{
	struct text list = text_begin(cx->arena, 500);

	for (int i = 0; choices[i]; i++)
		text_printf(&list, "%s%s", i ? ", " : "", choices[i]);
	return text_span(&list);
}

enum fault
query_choice(
    struct call *call, const char *name, const char *const *choices, int *out)
{
	struct span text = SPAN_NONE;
	enum fault which = call_query(call, name, &text);

	if (which || !text.length)
		return which;
	for (int i = 0; choices[i]; i++)
		if (span_is(text, choices[i])) {
			*out = i;
			return FAULT_NONE;
		}
	return fault_tell(call->cx, FAULT_PARAMETER_REFUSED,
	    "%s must be one of %.*s", name,
	    SPAN_ARGS(list_choices(call->cx, choices)));
}

enum fault
query_organization(struct call *call, struct span *out)
{
	struct span id = SPAN_NONE;
	enum fault which = call_query(call, "organizationId", &id);

	if (which || !id.length)
		return which;
	*out = id;
	return rights_check_in(
	    call->cx, &call->caller, RIGHT_SEE, id, FAULT_NO_ORGANIZATION);
}
