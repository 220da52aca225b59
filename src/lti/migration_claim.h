/*
 * migration_claim.h - who and what this was in LTI 1.1
 *
 * Layer  lti (pure)
 * Gives  the claim's consumer key and its proof; the claim as a tool reads it
 * Owns   nothing: what is read points into the claims
 * Fails  never: a claim of another form is none
 * Spec   LTI 1.3 Migration Guide, "LTI 1.1 migration claim"
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_MIGRATION_CLAIM_H
#define LTI_MIGRATION_CLAIM_H

#include "base/span.h"

struct cx;
struct json_t;

struct migration_claim {
	struct span key, sign; /* empty: not claimed, or without a proof */
};

struct migration_claim migration_claim_read(const struct json_t *claims);

/* Does the proof show that the LMS knows the key's secret? The time that this
 * takes tells nothing of it. The client id is the platform's, whom the token's
 * audience is checked against. */
bool migration_claim_holds(struct cx *cx, const struct json_t *claims,
    struct span client_id, struct span secret);

/* Member "migration"; the consumer key only when it was proved. */
void migration_claim_write(struct cx *cx, const struct json_t *claims,
    bool verified, struct json_t *form);

#endif
