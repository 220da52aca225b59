/* confirm_pages.c - the pages of a registration that a person confirms
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pages/confirm_pages.h"

#include "base/cx.h"
#include "pages/page.h"
#include "pages/register_pages.h"

/* Titles and words of the steps; those of an end need no form. */
static const struct {
	const char *file, *title, *what, *advice;
	bool form, closes;
} steps[] = {
    [CONFIRM_SIGN_IN] = {"register_sign_in.html", "Sign in", "", "", true,
	false},
    [CONFIRM_CHOOSE] = {"register_choose.html", "For which organisation?", "",
	"", true, false},
    [CONFIRM_QUESTION] = {"register_question.html", "Register?", "", "", true,
	false},
    [CONFIRM_NO_RIGHT] = {"register_no_right.html", "You may not register", "",
	"", true, false},
    [CONFIRM_BESIDE] = {"register_beside.html", "Is this you?", "", "", true,
	false},
    [CONFIRM_BESIDE_DONE] = {"register_told.html", "You are signed in",
	"The page in the LMS goes on by itself.",
	"Close this window and go back to the LMS.", false, false},
    [CONFIRM_WAITS] = {"register_waits.html", "Waiting for approval", "", "",
	false, false},
    [CONFIRM_DONE] = {"register_told.html", "", "", "", false, false},
    [CONFIRM_DECLINED] = {"register_told.html", "Nothing was registered",
	"You said no. The LMS was told nothing.",
	"You can close this window, and begin again in the LMS at any time.",
	false, true},
    [CONFIRM_REJECTED] = {"register_told.html",
	"The registration was not approved",
	"The provider of the tool decided against it. The LMS was told "
	"nothing.",
	"Ask the provider for the reason; tell them the reference below.",
	false, false},
    [CONFIRM_FAILED] = {"register_told.html",
	"The registration did not succeed",
	"It was approved, but the LMS did not accept it.",
	"Look at the list of tools in your LMS. If the tool is not there, "
	"begin again; if it happens again, send the reference below to the "
	"provider of the tool.",
	false, false},
    [CONFIRM_OVER] = {"register_told.html", "This registration is over",
	"Nobody approved it within an hour, or it has ended otherwise.",
	"Begin again in the LMS.", false, false},
};

enum { ROW_FIELDS = 4 };

/* One row for each organisation, the claimed one chosen. */
static struct page_rows
organization_rows(struct cx *cx, const struct confirm_view *view)
{
	size_t count = view->list.count;
	const struct page_field **rows =
	    arena_list(cx->arena, count, sizeof *rows);

	for (size_t i = 0; i < count; i++) {
		const struct organization *one = &view->list.at[i];
		struct page_field *row =
		    arena_list(cx->arena, ROW_FIELDS, sizeof *row);
		row[0] = (struct page_field){"id", one->id};
		row[1] = (struct page_field){"name", one->name};
		row[2] = (struct page_field){"chosen",
		    span_equal(one->id, view->chosen) ? SPAN("1") : SPAN("")};
		rows[i] = row;
	}
	return (struct page_rows){"organizations", rows, count};
}

static void
write_done(
    struct cx *cx, const struct confirm_page *page, struct response *response)
{
	const struct complete_result *result = &page->view->completed;
	const struct registered_page facts = {
	    .tool = page->view->tool,
	    .issuer = result->platform_name,
	    .client_id = result->client_id,
	    .active = result->active,
	    .updated = result->updated,
	};

	register_page_done(cx, &facts, page->http_ancestors, response);
}

/* The mark of a page that tells an end; who said no is told none. */
static const char *
mood_of(enum confirm_step step)
{
	if (step == CONFIRM_DECLINED)
		return "";
	return step == CONFIRM_BESIDE_DONE ? "good" : "bad";
}

/* The provider's button leads away from us. */
static enum page_forms
form_of(const struct confirm_page *page)
{
	if (!steps[page->view->step].form)
		return PAGE_NO_FORM;
	return page->view->step == CONFIRM_SIGN_IN && page->provider.length
		   ? PAGE_FORM_LEADS_ON
		   : PAGE_FORM_TO_US;
}

void
confirm_page_write(
    struct cx *cx, const struct confirm_page *page, struct response *response)
{
	const struct confirm_view *view = page->view;
	const struct span mood = span_of(mood_of(view->step));
	const struct page_rows lists[] = {
	    organization_rows(cx, view), {NULL, NULL, 0}};
	const struct page_field fields[] = {
	    {"title", span_of(steps[view->step].title)},
	    {"what", span_of(steps[view->step].what)},
	    {"advice", span_of(steps[view->step].advice)},
	    {"closes", steps[view->step].closes ? SPAN("1") : SPAN("")},
	    {"mood", mood},
	    {"good", span_is(mood, "good") ? mood : SPAN("")},
	    {"bad", span_is(mood, "bad") ? mood : SPAN("")},
	    {"tool", view->tool},
	    {"lms", view->issuer},
	    {"base", page->base},
	    {"ticket", view->ticket},
	    {"email", view->email},
	    {"person", view->person},
	    {"code", view->code},
	    {"provider", page->provider},
	    {"problem", page->problem},
	    {"nobodys", view->may_be_nobodys ? SPAN("1") : SPAN("")},
	    {"organization", view->organization.name},
	    {"reference_told", view->reference},
	    {0},
	};
	const struct page whole = {
	    .name = steps[view->step].file,
	    .status = page->status,
	    .fields = fields,
	    .lists = lists,
	    .http_ancestors = page->http_ancestors,
	    .own_window = view->step == CONFIRM_BESIDE ||
			  view->step == CONFIRM_BESIDE_DONE,
	    .forms = form_of(page),
	    .asks = view->step == CONFIRM_WAITS || page->provider.length,
	};

	if (view->step == CONFIRM_DONE)
		write_done(cx, page, response);
	else
		page_write(cx, &whole, response);
}
