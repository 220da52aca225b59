/*
 * content_json.h - content as the API writes it
 *
 * Layer  api
 * Gives  struct content as JSON
 * Owns   nothing
 * Fails  never
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_CONTENT_JSON_H
#define API_CONTENT_JSON_H

#include "store/content.h"

struct cx;
struct json_t;

void content_json_write(
    struct cx *cx, struct json_t *item, const struct content *content);

#endif
