/*
 * launch_pages.h - the pages of a launch
 *
 * Layer  pages
 * Gives  the pages that bind a launch to a browser, what is shown while there
 *        is no launch URL, and the page of a launch that failed
 * Owns   nothing
 * Fails  never
 * Spec   LTI Client Side postMessages 0.1; LTI OIDC Login with postMessages
 *        0.1 (lti.put_data, lti.get_data)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef PAGES_LAUNCH_PAGES_H
#define PAGES_LAUNCH_PAGES_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct login_request;
struct response;

/* The frame of the LMS that keeps a secret for us. */
struct storage_frame {
	struct span target; /* its name, or _parent */
	struct span origin; /* of the LMS's authorization endpoint */
	struct span key, secret;
};

/* What a login page has to carry on with. */
struct login_page {
	const struct login_request *request;
	struct span tool;   /* its name */
	struct span action; /* our login URL */
	bool http_ancestors;
};

/* Puts the secret into the frame, then goes to url; without an answer it
 * tries the cookie. */
void launch_page_store(struct cx *cx, const struct login_page *page,
    const struct storage_frame *frame, struct span url,
    struct response *response);
/* A button that begins again in a new window. */
void launch_page_window(
    struct cx *cx, const struct login_page *page, struct response *response);

/* Asks the frame for the secret and posts the launch again. */
struct posted_launch {
	struct span action; /* our launch URL */
	struct span id_token, state;
	bool http_ancestors;
};
void launch_page_fetch(struct cx *cx, const struct posted_launch *posted,
    const struct storage_frame *frame, struct response *response);

struct shown_launch {
	struct span platform, message, person, context, link;
	bool http_ancestors;
};
void launch_page_shown(
    struct cx *cx, const struct shown_launch *shown, struct response *response);

/* cx->note.way_back, if set, becomes a link back to the LMS. */
void launch_page_failed(struct cx *cx, enum fault why, bool http_ancestors,
    struct response *response);

#endif
