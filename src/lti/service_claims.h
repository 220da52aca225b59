/*
 * service_claims.h - the services that a launch offers the tool
 *
 * Layer  lti (pure)
 * Gives  the claims of grades and of the roster, read; what of a launch a
 *        service key keeps
 * Owns   nothing: spans point into the claims or the arena
 * Fails  never: the claims were checked at the launch; what has the wrong
 *        type is not offered
 * Spec   Assignment and Grade Services 2.0, 3.1; Names and Role Provisioning
 *        Services 2.0, 2.4.1
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_SERVICE_CLAIMS_H
#define LTI_SERVICE_CLAIMS_H

#include "base/span.h"

struct cx;
struct json_t;

struct service_claims {
	bool grades, roster;               /* offered */
	struct span line_items, line_item; /* URLs, or empty */
	struct span memberships;           /* URL, or empty */
	/* Those of grades that we know, blanks between. */
	struct span scopes;
	struct span context_id, context_title;
	struct span resource_link_id, resource_link_title;
};

struct service_claims service_claims_read(
    struct cx *cx, const struct json_t *claims);

/* Of the claims those that are read here, and nothing of the person. */
const struct json_t *service_claims_keep(
    struct cx *cx, const struct json_t *claims);

#endif
