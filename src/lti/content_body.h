/*
 * content_body.h - content as it is written: by the API, in a table, in a
 *                  cartridge
 *
 * Layer  lti (pure)
 * Gives  the shape of a course or assignment, and the rules between members
 * Owns   nothing
 * Fails  PARAMETER_REFUSED, told by member
 * Spec   LTI Deep Linking 2.0, 3.1.4 (ltiResourceLink: custom, lineItem)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_CONTENT_BODY_H
#define LTI_CONTENT_BODY_H

#include "base/fault.h"
#include "json/jshape.h"

struct cx;
struct json_t;

extern const struct jshape content_body_shape[];
extern const struct jshape content_line_item_shape[];

/* settings: tool_settings_whole; a URL leads where launches may go. */
enum fault content_body_check(struct cx *cx, const struct json_t *settings,
    const struct json_t *body) MUST_USE;

#endif
