/*
 * registration_step.h - is what an LMS holds what the tool would say now?
 *
 * Layer  lti (pure)
 * Gives  the differences of two registration requests in words; whether an
 *        LMS shows the new one, or still the old one
 * Owns   nothing
 * Fails  never
 * Spec   RFC 7592, 2.1 and 2.2
 *
 * Canvas takes a changed registration and answers with the one of before
 * until an administrator has accepted the new one: only what it shows tells
 * which of the two it was. What an LMS neither shows in the old nor in the
 * new form tells nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_REGISTRATION_STEP_H
#define LTI_REGISTRATION_STEP_H

#include "base/span.h"

struct cx;
struct json_t;

/* Array of texts such as "scopes" or "redirect URIs"; empty: the same. */
struct json_t *registration_step_words(
    struct cx *cx, const struct json_t *before, const struct json_t *now);

/* held: what the LMS answered. Is it still before, as far as it shows? */
bool registration_step_waits(struct cx *cx, const struct json_t *before,
    const struct json_t *now, const struct json_t *held);

#endif
