/*
 * notice_claims.h - platform notices: what an LMS offers, and one that came
 *
 * Layer  lti (pure)
 * Gives  the service's claim in a launch, the types that are known, a notice
 *        as the tool is told of it
 * Owns   nothing: spans point into the claims or the arena
 * Fails  never: a claim of another form is none
 * Spec   1EdTech Platform Notification Service 1.0, as Canvas does
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_NOTICE_CLAIMS_H
#define LTI_NOTICE_CLAIMS_H

#include "base/span.h"

struct cx;
struct json_t;

enum { NOTICE_TYPES_MAX = 2000 }; /* bytes of all that one LMS offers */

struct notice_offer {
	struct span url;   /* empty: no offer that can be used */
	struct span types; /* blanks between */
};

struct notice_offer notice_claims_offer(
    struct cx *cx, const struct json_t *claims);

/* Can the tool ask for this type? */
bool notice_claims_is_known(struct span type);
/* The texts of a list, blanks between. */
struct span notice_claims_words(struct cx *cx, const struct json_t *list);

/* A checked notice: type, id, timestamp, deployment, context and where it was
 * copied from. */
void notice_claims_write(
    struct cx *cx, const struct json_t *claims, struct json_t *data);

#endif
