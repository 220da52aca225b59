/*
 * provider_doc.h - what an OpenID Connect provider says of itself and of a
 * person
 *
 * Layer  lti (pure)
 * Gives  reading the provider's configuration, checking the claims of its ID
 *        token
 * Owns   nothing: spans point into the values read
 * Fails  PROVIDER_FAILED, told
 * Spec   OpenID Connect Discovery 1.0, 3 and 4.3; OpenID Connect Core 1.0,
 *        3.1.3.7 (validation), 5.1 (email, email_verified)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_PROVIDER_DOC_H
#define LTI_PROVIDER_DOC_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct json_t;

struct provider_doc {
	struct span issuer;
	struct span authorization_endpoint, token_endpoint, jwks_uri;
	bool secret_in_form; /* it takes no HTTP Basic at the token endpoint */
};

enum fault provider_doc_read(struct cx *cx, struct span body,
    struct span issuer, struct provider_doc *out) MUST_USE;

struct provider_expectation {
	struct span issuer, client_id, nonce;
	int64_t clock_skew;
};

struct provider_person {
	struct span subject;
	struct span email; /* empty unless the provider says it is verified */
	struct span name;
};

/* The signature must already hold. */
enum fault provider_doc_check_claims(struct cx *cx, const struct json_t *claims,
    const struct provider_expectation *expected,
    struct provider_person *out) MUST_USE;

#endif
