/*
 * login_request.h - the LMS asks us to ask it who is there
 *
 * Layer  lti (pure)
 * Gives  the check of a third-party initiated login, and the authorization
 *        request that answers it
 * Owns   nothing
 * Fails  LOGIN_INCOMPLETE, LOGIN_PARAMETER_REFUSED, told by name
 * Spec   OpenID Connect Core 1.0, 4 (third-party initiated login); 1EdTech
 *        Security Framework 1.0, 5.1.1 (OpenID Connect launch flow); LTI Core
 *        1.3, 4.1 (additional login parameters)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_LOGIN_REQUEST_H
#define LTI_LOGIN_REQUEST_H

#include "base/fault.h"
#include "base/span.h"

struct cx;

enum {
	LOGIN_HINT_MAX = 8 * 1024, /* Canvas's is a JWT of a kilobyte */
	LOGIN_ID_MAX = 255,        /* client ids, deployments, frames */
};

/* What is absent has at == NULL; what is required must not be empty. */
struct login_request {
	struct span issuer, client_id;
	struct span login_hint, message_hint; /* opaque, back byte for byte */
	struct span target;         /* a hint only: the signed claim decides */
	struct span deployment_id;  /* a hint as well */
	struct span storage_target; /* frame that keeps data for us */
};

enum fault login_request_check(
    struct cx *cx, const struct login_request *request) MUST_USE;

struct login_answer {
	struct span endpoint; /* the LMS's, whose own query is kept */
	struct span client_id, redirect_uri, state, nonce;
};

/* The URL to which the browser goes next. */
struct span login_request_url(struct cx *cx,
    const struct login_request *request, const struct login_answer *answer);

#endif
