/*
 * id_token.h - a launch as the tool's back end reads it
 *
 * Layer  lti (pure)
 * Gives  the processed form of LTIAAS's GET /api/idtoken, and the raw one
 * Owns   nothing: what is written shares values with the claims
 * Fails  never: the claims were checked at the launch; an optional one of
 *        the wrong type is left out
 * Spec   LTI Core 1.3, 5 (claims); docs/api.md (the form)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_ID_TOKEN_H
#define LTI_ID_TOKEN_H

#include "base/span.h"

struct cx;
struct json_t;

struct id_token_facts {
	const struct json_t *claims;
	/* The launch's custom parameters; NULL: as they were signed. */
	const struct json_t *custom;
	/* Of the platform as it is registered. */
	struct span platform_id, issuer, client_id, name;
	struct span organization_id; /* of the deployment; empty: nobody's */
	bool deep_linking;           /* the tool answers deep linking */
	bool names_and_roles, assignment_and_grades; /* switched on */
	bool migration_verified; /* the LTI 1.1 key of the claim is proved */
	struct span service_key; /* empty: neither of the two is there */
};

struct json_t *id_token_processed(
    struct cx *cx, const struct id_token_facts *facts);
/* The claims as signed, and "ltiVersion". */
struct json_t *id_token_raw(struct cx *cx, const struct json_t *claims);

#endif
