/* picker_calls.c - /lti/content: somebody selects content
 *
 * GET shows the list and has no effect. Every button of the page posts the
 * whole form: what is ticked on this page stands in the fields "pick", what
 * was ticked on others in "kept", and nothing is stored in between.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/browser_call.h"
#include "api/routes.h"
#include "app/directory.h"
#include "app/gateway.h"
#include "app/picker.h"
#include "base/cx.h"
#include "base/log.h"
#include "base/text.h"
#include "lti/names.h"
#include "pages/picker_pages.h"
#include "json/jread.h"

enum { SEARCH_MAX = 200, PAGE_MAX = 100000, ID_MAX = 40, TEXT_SHOWN = 300 };

struct visit {
	struct call *call;
	struct picker picker;
	struct span token, search, kept, page, go, what;
	struct span ids[PICKER_MAX]; /* selected, here and elsewhere */
	size_t count;
	bool too_many;
	const char *told;
	int64_t at; /* page, from 0 */
};

/* --- what was posted ----------------------------------------------------- */

static void
add_id(struct visit *visit, struct span id)
{
	for (size_t i = 0; i < visit->count; i++)
		if (span_equal(visit->ids[i], id))
			return;
	if (!id.length || id.length > ID_MAX)
		return;
	if (visit->count == PICKER_MAX)
		visit->too_many = true;
	else
		visit->ids[visit->count++] = id;
}

/* Of a radio button there is one: what was selected elsewhere gives way. */
static void
read_selected(struct visit *visit, const struct form *form)
{
	struct span rest = visit->kept, id;

	for (size_t i = 0; i < form->count; i++)
		if (span_is(form->fields[i].name, "pick"))
			add_id(visit, form->fields[i].value);
	if (visit->count && !visit->picker.many)
		visit->count = 1;
	else
		while (span_next(&rest, '.', &id))
			add_id(visit, id);
}

static enum fault
read_visit(struct visit *visit, struct form *form)
{
	struct call *call = visit->call;
	const struct {
		const char *name;
		struct span *out;
	} fields[] = {{"token", &visit->token}, {"search", &visit->search},
	    {"kept", &visit->kept}, {"page", &visit->page}, {"go", &visit->go},
	    {"do", &visit->what}};
	enum fault which = browser_call_form(call, form);

	for (size_t i = 0; !which && i < sizeof fields / sizeof *fields; i++)
		which =
		    form_find(call->cx, form, fields[i].name, fields[i].out);
	return which;
}

/* A search begins at its first page. */
static void
read_page(struct visit *visit)
{
	struct span wish = visit->go.at ? visit->go : visit->page;
	int64_t page = 1;

	visit->search = span_cut(span_trim(visit->search), SEARCH_MAX);
	if (!span_is(visit->what, "search"))
		(void)span_number(wish, PAGE_MAX, &page);
	visit->at = page > 0 ? page - 1 : 0;
}

/* --- the list ------------------------------------------------------------ */

static bool
take_off(struct visit *visit, struct span id)
{
	for (size_t i = 0; i < visit->count; i++) {
		if (!span_equal(visit->ids[i], id))
			continue;
		visit->ids[i] = visit->ids[--visit->count];
		return true;
	}
	return false;
}

static struct span
score_of(struct visit *visit, const struct content *content)
{
	struct cx *cx = visit->call->cx;
	const struct json_t *item = NULL;
	double score = 0;

	if (!visit->picker.graded || !content->line_item.length ||
	    jread_parse(cx, content->line_item, &item) ||
	    !jread_number(jread_member(item, "scoreMaximum"), &score))
		return SPAN("");
	return arena_printf(cx->arena, "%.15g", score);
}

static struct span
shown_text(struct cx *cx, struct span text)
{
	if (text.length <= TEXT_SHOWN)
		return text;
	return arena_printf(
	    cx->arena, "%.*s ...", SPAN_ARGS(span_cut(text, TEXT_SHOWN)));
}

static struct picker_row *
make_rows(struct visit *visit, const struct content_list *list)
{
	struct picker_row *rows =
	    arena_list(visit->call->cx->arena, list->count, sizeof *rows);

	for (size_t i = 0; i < list->count; i++) {
		const struct content *content = &list->at[i];
		rows[i] = (struct picker_row){
		    .is_course = content->is_course,
		    .can_be_taken = picker_takes(&visit->picker, content),
		    .selected = take_off(visit, content->id),
		    .id = content->id,
		    .title = content->title,
		    .text = shown_text(visit->call->cx, content->description),
		    .parent_id = content->parent_id,
		    .course = content->course,
		    .score = score_of(visit, content),
		};
	}
	return rows;
}

static struct span
write_kept(const struct visit *visit)
{
	struct text out =
	    text_begin(visit->call->cx->arena, PICKER_MAX * (ID_MAX + 1));

	for (size_t i = 0; i < visit->count; i++) {
		if (i)
			text_add_char(&out, '.');
		text_add(&out, visit->ids[i]);
	}
	return text_span(&out);
}

/* Rows were removed meanwhile: the last page there is. */
static enum fault
find_rows(struct visit *visit, struct content_list *list)
{
	struct call *call = visit->call;
	enum fault which = picker_list(call->gateway, call->cx, &visit->picker,
	    visit->search, visit->at, list);

	if (which || list->count || !list->total)
		return which;
	visit->at = (list->total - 1) / PICKER_ROWS;
	return picker_list(call->gateway, call->cx, &visit->picker,
	    visit->search, visit->at, list);
}

static enum fault
show(struct visit *visit)
{
	struct call *call = visit->call;
	const struct json_t *settings;
	struct content_list list;
	enum fault which =
	    directory_settings(call->gateway, call->cx, &settings);

	if (!which)
		which = find_rows(visit, &list);
	if (which)
		return which;
	struct span tool =
	    jread_text_or(jread_member(settings, "name"), SPAN(""));
	struct picker_page page = {
	    .tool = tool.length ? tool : SPAN("this tool"),
	    .course = visit->picker.course,
	    .action = browser_call_url(call, "/lti/content"),
	    .token = picker_token(call->gateway, call->cx, &visit->picker),
	    .search = visit->search,
	    .many = visit->picker.many,
	    .nothing_yet = !list.total && !visit->search.length,
	    .told = visit->told,
	    .rows = make_rows(visit, &list),
	    .row_count = list.count,
	    .page = visit->at,
	    .pages = (list.total + PICKER_ROWS - 1) / PICKER_ROWS,
	    .http_ancestors = call->http_ancestors,
	};
	/* What is left of them is not on this page. */
	page.kept = write_kept(visit);
	page.kept_count = visit->count;
	picker_page_list(call->cx, &page, call->response);
	return FAULT_NONE;
}

/* --- the answer ---------------------------------------------------------- */

static enum fault
answer(struct visit *visit)
{
	struct call *call = visit->call;
	bool cancel = span_is(visit->what, "cancel");
	size_t count = cancel ? 0 : visit->count, found = 0;
	struct linking_answer linking;

	if (!cancel && visit->too_many)
		visit->told = "At most 50 can be added at once. Add these "
			      "first, then select again";
	else if (!cancel && !count)
		visit->told = "Nothing is selected yet. Select something "
			      "first, or cancel";
	if (visit->told)
		return show(visit);
	enum fault which = picker_answer(call->gateway, call->cx,
	    &visit->picker, visit->ids, count, &found, &linking);
	if (which)
		return which;
	if (count && !found) {
		visit->told = "What you selected is not there any more. "
			      "Select something else, or cancel";
		return show(visit);
	}
	picker_page_answer(call->cx, linking.return_url, linking.jwt,
	    call->http_ancestors, call->response);
	return FAULT_NONE;
}

static enum fault
run(struct visit *visit)
{
	struct call *call = visit->call;
	struct form form;
	enum fault which = read_visit(visit, &form);

	if (!which)
		which = picker_open(
		    call->gateway, call->cx, visit->token, &visit->picker);
	if (which)
		return which;
	read_selected(visit, &form);
	read_page(visit);
	bool ends =
	    call->request->method == HTTP_POST &&
	    (span_is(visit->what, "add") || span_is(visit->what, "cancel"));
	return ends ? answer(visit) : show(visit);
}

enum fault
picker_call(struct call *call)
{
	struct visit *visit = arena_take(call->cx->arena, sizeof *visit);

	visit->call = call;
	visit->picker.launch.platform.id = SPAN("");
	enum fault which = run(visit);
	if (which) {
		const struct log_field fields[] = {
		    {"type", SPAN(MESSAGE_DEEP_LINKING)}, {0}};
		const struct browser_refusal refusal = {
		    .platform_id = visit->picker.launch.platform.id,
		    .fields = fields,
		};
		browser_call_note_refusal(call, which, &refusal);
	}
	return which;
}
