/*
 * content_record.h - from content as it is written to what is kept
 *
 * Layer  app
 * Gives  the filling of a struct content from a checked body
 * Owns   nothing
 * Fails  never: the body was checked (lti/content_body.h)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_CONTENT_RECORD_H
#define APP_CONTENT_RECORD_H

#include "store/content.h"

struct cx;
struct json_t;

/* Title, description, URL, parameters and line item; position, if given. */
void content_record_take(
    struct cx *cx, const struct json_t *body, struct content *content);

#endif
