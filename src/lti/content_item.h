/*
 * content_item.h - one thing that a tool gives an LMS to keep
 *
 * Layer  lti (pure)
 * Gives  the check of an item; a copy of it without what this LMS does not
 *        take
 * Owns   nothing: a copy shares values with the item
 * Fails  CONTENT_ITEM_REFUSED, told: "contentItems[0].url ..."
 * Spec   LTI Deep Linking 2.0, 3 (content item types)
 *
 * Members and types that the specification does not know pass as they are:
 * LMSs have their own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_CONTENT_ITEM_H
#define LTI_CONTENT_ITEM_H

#include "base/fault.h"
#include "base/span.h"
#include "json/jshape.h"

struct cx;
struct json_t;

/* What the specification's five types may have. */
extern const struct jshape content_item_shape[];

/* launch_url: where an ltiResourceLink must lead, or below it; empty: it may
 * lead anywhere. */
enum fault content_item_check(struct cx *cx, const struct json_t *item,
    size_t index, struct span launch_url) MUST_USE;

struct span content_item_type(const struct json_t *item);

/* A checked item as it is sent. What settings (of the request) do not take is
 * left out, with a row in dropped for each member. */
struct json_t *content_item_trim(struct cx *cx, const struct json_t *item,
    size_t index, const struct json_t *settings, struct json_t *dropped);

/* A row of dropped; member NULL: the whole item. */
void content_item_drop(struct json_t *dropped, const struct json_t *item,
    size_t index, const char *member, const char *reason);

/* Is it that truth value, or its name as text? Some LMSs send "false". */
bool content_item_setting_is(const struct json_t *value, bool truth);

#endif
