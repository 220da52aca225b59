/*
 * tool_settings.h - what the operator says of the tool
 *
 * Layer  lti (pure)
 * Gives  the shape of the settings, their defaults, the rules between them
 * Owns   nothing
 * Fails  PARAMETER_REFUSED, told by member
 *
 * Settings are one JSON document; what it lacks has the default. docs/api.md
 * describes every member.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_TOOL_SETTINGS_H
#define LTI_TOOL_SETTINGS_H

#include "base/fault.h"
#include "base/span.h"
#include "json/jshape.h"

struct cx;
struct json_t;

extern const struct jshape tool_settings_shape[];
extern const struct jshape tool_message_shape[];
extern const char *const tool_privacy_levels[]; /* ended by NULL */

/* Shape, limits of LMSs, and what goes together. */
enum fault tool_settings_check(
    struct cx *cx, const struct json_t *settings) MUST_USE;

/* The whole document: every member, with its default where the given one
 * (which may be NULL) has none. */
struct json_t *tool_settings_whole(struct cx *cx, const struct json_t *given);

/* A privacy level as a URL gives it; empty is none. */
enum fault tool_settings_check_privacy(
    struct cx *cx, struct span level) MUST_USE;

/* Custom parameters must survive Moodle, which keeps them as lines of
 * key=value. where: the member's name for the fault. */
enum fault tool_settings_check_custom(
    struct cx *cx, const struct json_t *parameters, const char *where) MUST_USE;

#endif
