/*
 * tool.h - the settings, as they stand
 *
 * Layer  app
 * Gives  the whole settings document, with every default filled in; its
 *        replacement
 * Owns   nothing
 * Fails  as db.h; as tool_settings_check
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_TOOL_H
#define APP_TOOL_H

#include "base/fault.h"

struct cx;
struct gateway;
struct json_t;

enum fault tool_find(
    struct gateway *gateway, struct cx *cx, const struct json_t **out) MUST_USE;
enum fault tool_replace(struct gateway *gateway, struct cx *cx,
    const struct json_t *settings, const struct json_t **out) MUST_USE;

#endif
