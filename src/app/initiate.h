/*
 * initiate.h - a launch begins: the LMS opens /lti/login
 *
 * Layer  app
 * Gives  initiate_login: where the browser goes next, and how the launch is
 *        bound to it
 * Owns   nothing, and writes nothing to the store
 * Fails  LOGIN_INCOMPLETE, LOGIN_PARAMETER_REFUSED, PLATFORM_UNKNOWN,
 *        PLATFORM_INACTIVE, CLIENT_ID_NEEDED; as db.h
 * Spec   docs/launch.md (how a launch is bound to a browser); LTI Client Side
 *        postMessages 0.1 and LTI OIDC Login with postMessages 0.1 (storage)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_INITIATE_H
#define APP_INITIATE_H

#include "base/fault.h"
#include "lti/login_request.h"

struct cx;
struct gateway;

/* What the browser tells of where it is. */
struct initiate_browser {
	struct span cookie; /* its secret, if it came; else empty */
	bool framed;        /* it says that this is a frame (Sec-Fetch-Dest) */
	bool cookie_tried;  /* it was sent back here to show its cookie */
	bool new_window;    /* a person pressed the button */
};

enum initiate_step {
	INITIATE_REDIRECT, /* go to url */
	INITIATE_STORAGE,  /* put the secret into the LMS's frame, then url */
	INITIATE_TRY,      /* come back with what the cookie is */
	INITIATE_WINDOW,   /* a button that goes on in a new window */
};

struct initiate_outcome {
	enum initiate_step step;
	struct span url;            /* of the LMS's authorization endpoint */
	struct span browser_secret; /* for the cookie, always */
	struct span storage_key, storage_origin;
	struct span platform_id;
};

enum fault initiate_login(struct gateway *gateway, struct cx *cx,
    const struct login_request *request, const struct initiate_browser *browser,
    struct initiate_outcome *out) MUST_USE;

/* How much of a state's chance tells the time: random_sortable. What makes
 * the state unguessable is its MAC, and the browser's secret. */
enum { INITIATE_TIME_LENGTH = 15 };

/* Under which name the LMS's frame keeps the secret of a state. */
struct span initiate_storage_key(struct cx *cx, struct span chance);

#endif
