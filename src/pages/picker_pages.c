/* picker_pages.c - the pages in which somebody selects content
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pages/picker_pages.h"

#include <string.h>

#include "base/cx.h"
#include "pages/page.h"

#define MARK(condition) ((condition) ? SPAN("1") : SPAN(""))

static struct span
number(struct cx *cx, int64_t value)
{
	return arena_printf(cx->arena, "%lld", (long long)value);
}

/* --- rows ---------------------------------------------------------------- */

/* What a row of the list is headed by: a course's own row by itself; an
 * assignment, when its course stands on another page or was not found, by its
 * course. *at: the course that what came before stands in. */
static struct span
heading_of(const struct picker_row *row, struct span *at)
{
	struct span before = *at;

	*at = row->is_course ? row->id : row->parent_id;
	if (row->is_course)
		return row->title;
	if (span_equal(row->parent_id, before))
		return SPAN("");
	return row->parent_id.length ? row->course : SPAN("In no course");
}

static const struct page_field *
write_row(
    struct cx *cx, const struct picker_page *page, size_t i, struct span *at)
{
	const struct picker_row *row = &page->rows[i];
	bool goes_on = i == 0 && page->page > 0 && row->parent_id.length;
	const struct page_field fields[] = {
	    {"heading", heading_of(row, at)},
	    {"about", row->is_course ? row->text : SPAN("")},
	    {"goes_on", MARK(goes_on)},
	    {"id", row->can_be_taken ? row->id : SPAN("")},
	    {"kind", page->many ? SPAN("checkbox") : SPAN("radio")},
	    {"selected", MARK(row->selected)},
	    {"name", row->title},
	    {"whole", MARK(row->is_course)},
	    {"text", row->is_course ? SPAN("") : row->text},
	    {"score", row->score},
	    {0},
	};
	struct page_field *kept = arena_take(cx->arena, sizeof fields);

	memcpy(kept, fields, sizeof fields);
	return kept;
}

static struct page_rows
write_rows(struct cx *cx, const struct picker_page *page)
{
	const struct page_field **list =
	    arena_list(cx->arena, page->row_count, sizeof *list);
	struct span at = SPAN("");

	for (size_t i = 0; i < page->row_count; i++)
		list[i] = write_row(cx, page, i, &at);
	return (struct page_rows){"rows", list, page->row_count};
}

/* --- pages --------------------------------------------------------------- */

void
picker_page_list(
    struct cx *cx, const struct picker_page *page, struct response *response)
{
	bool several = page->pages > 1;
	const struct page_rows lists[] = {write_rows(cx, page), {0}};
	const struct page_field fields[] = {
	    {"title", SPAN("Select content")},
	    {"picker", SPAN("1")},
	    {"tool", page->tool},
	    {"course", page->course},
	    {"action", page->action},
	    {"token", page->token},
	    {"search", page->search},
	    {"kept", page->kept},
	    {"kept_count", page->kept_count
			       ? number(cx, (int64_t)page->kept_count)
			       : SPAN("")},
	    {"told", page->told ? span_of(page->told) : SPAN("")},
	    {"nothing_yet", MARK(page->nothing_yet)},
	    {"not_found", MARK(!page->nothing_yet && !page->row_count)},
	    {"pages", several ? number(cx, page->pages) : SPAN("")},
	    {"page", number(cx, page->page + 1)},
	    {"before", page->page > 0 ? number(cx, page->page) : SPAN("")},
	    {"after", page->page + 1 < page->pages ? number(cx, page->page + 2)
						   : SPAN("")},
	    {"many", MARK(page->many)},
	    {0},
	};
	const struct page own = {.name = "picker.html",
	    .status = 200,
	    .fields = fields,
	    .lists = lists,
	    .http_ancestors = page->http_ancestors,
	    .forms = PAGE_FORM_LEADS_ON};
	page_write(cx, &own, response);
}

void
picker_page_answer(struct cx *cx, struct span return_url, struct span jwt,
    bool http_ancestors, struct response *response)
{
	const struct page_field fields[] = {
	    {"title", SPAN("Going back to the LMS")},
	    {"action", return_url},
	    {"jwt", jwt},
	    {0},
	};
	const struct page page = {.name = "picker_answer.html",
	    .status = 200,
	    .fields = fields,
	    .http_ancestors = http_ancestors,
	    .forms = PAGE_FORM_LEADS_ON};
	page_write(cx, &page, response);
}
