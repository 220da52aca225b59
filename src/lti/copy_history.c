/* copy_history.c - what a course or a link was copied from
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/copy_history.h"

#include "base/cx.h"
#include "base/percent.h"
#include "lti/launch_rules.h"
#include "json/jread.h"
#include "json/jwrite.h"

static const struct {
	const char *parameter;
	/* Some LMSs name the parameter after the variable. */
	const char *variable;
	const char *asked;
} histories[] = {
    [COPY_HISTORY_CONTEXT] = {"context_id_history", "Context.id.history",
	"$Context.id.history"},
    [COPY_HISTORY_RESOURCE_LINK] = {"resource_link_id_history",
	"ResourceLink.id.history", "$ResourceLink.id.history"},
};

enum { HISTORIES = sizeof histories / sizeof *histories };

void
copy_history_ask(struct json_t *custom, const struct json_t *variables)
{
	for (size_t i = 0; i < HISTORIES; i++) {
		bool listed =
		    jread_holds(variables, span_of(histories[i].variable)) ||
		    jread_holds(variables, span_of(histories[i].asked));
		if ((listed || jread_count(variables) == 0) &&
		    !jread_member(custom, histories[i].parameter))
			jwrite_text(custom, histories[i].parameter,
			    span_of(histories[i].asked));
	}
}

/* Empty: no id that a launch could have had. */
static struct span
id_of(struct cx *cx, struct span part)
{
	struct span id;

	part = span_trim(part);
	if (!percent_decode(cx->arena, part, PERCENT_PATH, &id))
		id = part;
	return id.length <= LAUNCH_ID_MAX && !span_has_control(id) ? id
								   : SPAN("");
}

static void
push_ids(struct cx *cx, struct span line, struct json_t *list)
{
	struct span part;

	while (jread_count(list) < COPY_HISTORY_MAX &&
	       span_next(&line, ',', &part)) {
		/* Canvas ends so a list that is longer than it tells. */
		bool cut = line.length == 0 && jread_count(list) &&
			   span_is(span_trim(part), "truncated");
		struct span id = id_of(cx, part);
		if (id.length && !cut && !jread_holds(list, id))
			jwrite_push_text(list, id);
	}
}

void
copy_history_write(struct cx *cx, const struct json_t *custom,
    enum copy_history which, struct json_t *thing)
{
	const char *const names[] = {
	    histories[which].parameter, histories[which].variable};
	struct json_t *list = jwrite_array(cx);

	for (size_t i = 0; i < 2 && !jread_count(list); i++) {
		struct span line =
		    jread_text_or(jread_member(custom, names[i]), SPAN(""));
		if (!span_is(line, histories[which].asked))
			push_ids(cx, line, list);
	}
	if (jread_count(list))
		jwrite_value(thing, "history", list);
}
