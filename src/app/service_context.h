/*
 * service_context.h - what of an LMS's services a caller may reach
 *
 * Layer  app
 * Gives  the context of a launch, from its ltik; the checks before a call
 * Owns   nothing
 * Fails  NOT_AUTHORIZED (as ltik.h), SERVICE_OFF, SERVICE_NOT_IN_CONTEXT,
 * SCOPE_NOT_GRANTED, SERVICE_URL_REFUSED; as directory.h Spec   Assignment and
 * Grade Services 2.0, 3.1; Names and Role Provisioning Services 2.0, 2.4.1
 *
 * service_access.h has the context of a service key.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SERVICE_CONTEXT_H
#define APP_SERVICE_CONTEXT_H

#include "app/directory.h"
#include "lti/service_claims.h"

struct service_context {
	struct directory_platform platform;
	struct span deployment_id;
	struct span organization_id; /* empty: nobody's */
	struct service_claims claims;
};

/* As ltik_find. */
enum fault service_context_of_ltik(struct gateway *gateway, struct cx *cx,
    struct span ltik, struct service_context *out) MUST_USE;

enum service { SERVICE_GRADES, SERVICE_ROSTER };

/* Switched on in the settings, and offered in the launch. */
enum fault service_context_check(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, enum service service) MUST_USE;
/* Switched on in the settings; a switch that is not there is off. */
enum fault service_context_is_on(struct gateway *gateway, struct cx *cx,
    enum service service, bool *out) MUST_USE;

/* A line item of this launch: its own, or one of its container. */
enum fault service_context_check_item(struct cx *cx,
    const struct service_context *context, struct span url) MUST_USE;
/* A page of an address that the launch named. */
enum fault service_context_check_page(
    struct cx *cx, struct span url, struct span named) MUST_USE;

/* What is asked of the LMS for: the roster's scope, or all of grades'.
 * SCOPE_NOT_GRANTED when none of `needed` (ended by NULL) is among them. */
enum fault service_context_scopes(struct cx *cx,
    const struct service_context *context, enum service service,
    const char *const *needed, struct span *out) MUST_USE;

#endif
