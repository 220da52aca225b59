/*
 * content_launch.h - a launch of what was selected in the picker
 *
 * Layer  app
 * Gives  the content that a link names, as it is now; its custom parameters
 *        among those that the LMS signed
 * Owns   nothing
 * Fails  CONTENT_GONE: removed; as db.h
 *
 * The LMS keeps a link that names the content alone, and those custom
 * parameters that only the LMS can fill in ($Context.id): what is changed here
 * changes in every course.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_CONTENT_LAUNCH_H
#define APP_CONTENT_LAUNCH_H

#include "store/content.h"

struct cx;
struct gateway;
struct json_t;

/* target: target_link_uri. out->id is empty when it names no content. Whose
 * it is is for the caller to judge. */
enum fault content_launch_find(struct gateway *gateway, struct cx *cx,
    struct span target, struct content *out) MUST_USE;

/* signed_custom: the claim, or NULL. */
const struct json_t *content_launch_custom(struct cx *cx,
    const struct json_t *signed_custom, const struct content *content);

/* The other way: what the LMS is given to keep. NULL: nothing. */
const struct json_t *content_launch_variables(
    struct cx *cx, const struct content *content);
struct span content_launch_url(
    struct gateway *gateway, struct cx *cx, const struct content *content);

#endif
