/*
 * caller.h - who is asking
 *
 * Layer  api
 * Gives  the check of a Bearer API key or of the portal's session, of an API
 *        key with an ltik or with a service key
 * Owns   nothing
 * Fails  NOT_AUTHORIZED, whatever is wrong, with LTIAAS's words; of sessions
 *        NOT_SIGNED_IN, CSRF_REFUSED
 * Spec   RFC 6750, 2.1; docs/api.md (LTIK-AUTH-V2 and -V1,
 *        SERVICE-AUTH-V1)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_CALLER_H
#define API_CALLER_H

#include "base/fault.h"

struct call;

/* An API key, or the portal's session when there is no Authorization. */
enum fault caller_check(struct call *call) MUST_USE;
/* Sets call->launch. */
enum fault caller_check_ltik(struct call *call) MUST_USE;
/* With an ltik or a service key; sets call->service. */
enum fault caller_check_service(struct call *call) MUST_USE;

#endif
