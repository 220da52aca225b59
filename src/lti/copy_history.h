/*
 * copy_history.h - what a course or a link was copied from
 *
 * Layer  lti (pure)
 * Gives  the custom parameters that ask an LMS for it, and its answer as a
 *        list, the latest copy first
 * Owns   nothing: what is written lives in the arena
 * Fails  never: what an LMS left as it was asked is no history
 * Spec   LTI Core 1.3, custom variables: Context.id.history and
 *        ResourceLink.id.history, ids between commas, each URL-encoded
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_COPY_HISTORY_H
#define LTI_COPY_HISTORY_H

struct cx;
struct json_t;

enum copy_history { COPY_HISTORY_CONTEXT, COPY_HISTORY_RESOURCE_LINK };

enum { COPY_HISTORY_MAX = 1000 }; /* as many as Canvas tells */

/* Adds the parameters that are not there yet, for the variables that the LMS
 * lists (with or without "$"); a list that is empty, or none, says nothing,
 * and an LMS leaves a variable that it does not know as it is. */
void copy_history_ask(struct json_t *custom, const struct json_t *variables);

/* Member "history" of thing; none where nothing was copied. */
void copy_history_write(struct cx *cx, const struct json_t *custom,
    enum copy_history which, struct json_t *thing);

#endif
