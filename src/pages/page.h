/*
 * page.h - what a person sees in the LMS's frame
 *
 * Layer  pages
 * Gives  a whole page from a template with holes, with the headers that let
 *        it be framed and keep it harmless
 * Owns   nothing: templates are part of the program
 * Fails  never: a hole without a field is empty
 *
 * In a template {{name}} is escaped text, {{#name}}...{{/name}} is there when
 * the field is not empty, {{^name}}...{{/name}} when it is, and
 * {{*name}}...{{/name}} once for each of its rows, whose fields stand before
 * those outside. Sections of one name do not stand in each other. Holes stand
 * in text and between double quotes only; scripts and styles have none but
 * the nonce. Text that others wrote cannot get out of where it stands.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PAGES_PAGE_H
#define PAGES_PAGE_H

#include "base/span.h"

struct cx;
struct response;

struct page_field {
	const char *name;
	struct span value;
};

struct page_rows {
	const char *name;
	const struct page_field *const *at; /* each ends with a NULL name */
	size_t count;
};

enum page_forms {
	PAGE_NO_FORM,
	PAGE_FORM_TO_US,
	PAGE_FORM_LEADS_ON /* to us, and from there elsewhere */
};

/* fields and lists end with a NULL name. http_ancestors: frames of plain http
 * are allowed too (development and intranets). */
struct page {
	const char *name; /* "failure.html" */
	int status;
	const struct page_field *fields;
	const struct page_rows *lists; /* or NULL */
	bool http_ancestors;
	enum page_forms forms;
	bool own_window; /* no frame may show it */
	bool asks;       /* its script asks us whether there is news */
};

void page_write(
    struct cx *cx, const struct page *page, struct response *response);

/* The body alone, for tests. */
struct span page_render(struct cx *cx, const char *name,
    const struct page_field *fields, const struct page_rows *lists);

#endif
