/*
 * picker_pages.h - the pages in which somebody selects content
 *
 * Layer  pages
 * Gives  the list to select from, and the form that takes the answer back
 * Owns   nothing
 * Fails  never
 *
 * They work without scripts and without cookies: every button posts the form,
 * which carries what was selected on other pages of the list.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PAGES_PICKER_PAGES_H
#define PAGES_PICKER_PAGES_H

#include "base/span.h"

struct cx;
struct response;

struct picker_row {
	bool is_course;
	bool can_be_taken; /* else a heading alone */
	bool selected;
	struct span id, title, text;
	struct span parent_id, course; /* of an assignment; or empty */
	struct span score;             /* it is graded: of how many points */
};

struct picker_page {
	struct span tool, course; /* names; course may be empty */
	struct span action, token;
	struct span search;
	struct span kept; /* ids selected elsewhere, dots between */
	size_t kept_count;
	bool many;
	bool nothing_yet; /* the organisation has nothing at all */
	const char *told; /* what was wrong with the last try; or NULL */
	const struct picker_row *rows;
	size_t row_count;
	int64_t page, pages; /* from 0; how many */
	bool http_ancestors;
};

void picker_page_list(
    struct cx *cx, const struct picker_page *page, struct response *response);

void picker_page_answer(struct cx *cx, struct span return_url, struct span jwt,
    bool http_ancestors, struct response *response);

#endif
