/*
 * confirm_pages.h - the pages of a registration that a person confirms
 *
 * Layer  pages
 * Gives  the page of each step
 * Owns   nothing
 * Fails  never
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PAGES_CONFIRM_PAGES_H
#define PAGES_CONFIRM_PAGES_H

#include "app/confirm.h"

struct cx;
struct response;

struct confirm_page {
	const struct confirm_view *view;
	struct span base;     /* public URL */
	struct span provider; /* one may sign in there too; or empty */
	struct span problem;  /* with the last form; or empty */
	int status;
	bool http_ancestors;
};

void confirm_page_write(
    struct cx *cx, const struct confirm_page *page, struct response *response);

#endif
