/*
 * registration_update.h - a registration that the tool changes by itself
 *
 * Layer  app
 * Gives  registration_update_run: what the LMS holds, what it is to hold, and
 *        what came of it
 * Owns   nothing
 * Fails  NO_PLATFORM, NOT_ALLOWED; UPDATE_NOT_OFFERED; UPDATE_UNDER_WAY; as
 *        tool_doc.h. With the LMS, and kept with the platform: as
 *        access_tokens.h and fetch.h; SERVICE_NO_ANSWER; TOOL_GONE;
 *        LMS_REFUSED; REPLY_MALFORMED; REDIRECTS_CHANGED
 * Spec   RFC 7592, 2.1 and 2.2; LTI Dynamic Registration 1.0
 *
 * First the LMS is asked what it holds: a request that its administrator was
 * to accept may be accepted by now. Then it is sent the new one, unless that
 * waits there already, or nothing is to be changed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_REGISTRATION_UPDATE_H
#define APP_REGISTRATION_UPDATE_H

#include "app/rights.h"
#include "base/fault.h"
#include "base/span.h"

struct cx;
struct gateway;

struct registration_update_args {
	const struct caller *caller;
	struct span platform_id;
	bool look_only; /* sends nothing new */
};

enum fault registration_update_run(struct gateway *gateway, struct cx *cx,
    const struct registration_update_args *args) MUST_USE;

#endif
