/*
 * refusal.h - what an LMS says when it refuses, in one line for a person
 *
 * Layer  lti (pure)
 * Gives  the text of a refusal, in each form that LMSs use
 * Owns   nothing
 * Fails  never: without a usable text the line is empty
 * Spec   RFC 7591, 3.2.2 (error, error_description)
 *
 * The text is the LMS's: whoever shows it escapes it. HTML is never passed
 * on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_REFUSAL_H
#define LTI_REFUSAL_H

#include "base/span.h"

struct cx;

enum { REFUSAL_MAX = 500 };

struct span refusal_read(struct cx *cx, struct span body);

/* The body as the API passes it on: bounded; empty when it is HTML. */
struct span refusal_body(struct span body);

#endif
