/*
 * tool_messages.h - the messages and placements of a registration request
 *
 * Layer  lti (pure)
 * Gives  the messages wished for, cut down to what the LMS lists
 * Owns   nothing
 * Fails  NOTHING_IN_COMMON
 * Spec   LTI Dynamic Registration 1.0, messages of the tool configuration
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_TOOL_MESSAGES_H
#define LTI_TOOL_MESSAGES_H

#include "base/fault.h"

struct cx;
struct json_t;
struct tool_doc;
struct tool_doc_args;

/* Adds "messages" to the tool configuration, and to out's lists. */
enum fault tool_messages_write(struct cx *cx, const struct tool_doc_args *args,
    struct json_t *configuration, struct tool_doc *out) MUST_USE;

#endif
