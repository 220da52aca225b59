/*
 * register_pages.h - the pages of a registration
 *
 * Layer  pages
 * Gives  done, failed, closing, and the start page
 * Owns   nothing
 * Fails  never
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PAGES_REGISTER_PAGES_H
#define PAGES_REGISTER_PAGES_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct response;

struct registered_page {
	struct span tool, issuer, client_id;
	bool active, updated;
};

void register_page_done(struct cx *cx, const struct registered_page *facts,
    bool http_ancestors, struct response *response);
void register_page_failed(struct cx *cx, enum fault why, bool http_ancestors,
    struct response *response);
void register_page_closing(
    struct cx *cx, bool http_ancestors, struct response *response);
/* Of the portal, in a window of its own. */
void register_page_sign_in_failed(
    struct cx *cx, enum fault why, struct span base, struct response *response);
void register_page_start(struct cx *cx, struct span tool, struct span base,
    struct response *response);

#endif
