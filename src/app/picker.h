/*
 * picker.h - somebody selects content for a course, in the LMS's frame
 *
 * Layer  app
 * Gives  where a deep linking launch goes; what the LMS takes of what the
 *        organisation has; the signed answer
 * Owns   nothing
 * Fails  PICKER_EXPIRED, PICKER_ROLE_REFUSED, PICKER_WITHOUT_OWNER,
 *        PICKER_TYPES_REFUSED; cx->note.way_back is set once the launch is
 *        known; as db.h and linking.h
 * Spec   LTI Deep Linking 2.0, 4.4 (settings) and 4.5 (response)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_PICKER_H
#define APP_PICKER_H

#include "app/linking.h"
#include "app/ltik.h"
#include "store/content.h"

enum {
	PICKER_ROWS = 25, /* on a page */
	PICKER_MAX = 50,  /* selected at once */
};

/* The page that begins it, for the browser. */
struct span picker_url(
    struct gateway *gateway, struct cx *cx, struct launch_key key);

struct picker {
	struct ltik_launch launch;
	struct launch_key key;
	bool many;          /* the LMS takes more than one */
	bool graded;        /* and line items */
	bool as_link;       /* it takes no launches, but plain links */
	struct span course; /* the LMS's, by name; or empty */
};

enum fault picker_open(struct gateway *gateway, struct cx *cx,
    struct span token, struct picker *out) MUST_USE;
/* For the next page. */
struct span picker_token(
    struct gateway *gateway, struct cx *cx, const struct picker *picker);

/* page: from 0. */
enum fault picker_list(struct gateway *gateway, struct cx *cx,
    const struct picker *picker, struct span search, int64_t page,
    struct content_list *out) MUST_USE;
/* Something there is to be selected in it. */
bool picker_takes(const struct picker *picker, const struct content *content);

/* With no ids: nothing was selected. *found: how many of them are there. */
enum fault picker_answer(struct gateway *gateway, struct cx *cx,
    const struct picker *picker, const struct span *ids, size_t count,
    size_t *found, struct linking_answer *out) MUST_USE;

#endif
