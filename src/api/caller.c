/* caller.c - who is asking
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/caller.h"

#include "api/call.h"
#include "api/portal_session.h"
#include "app/gateway.h"
#include "app/ltik.h"
#include "app/service_access.h"
#include "app/sign_in.h"
#include "base/cx.h"
#include "store/api_keys.h"
#include "store/db.h"

struct search {
	struct span hash;
	struct api_key key;
};

static enum fault
find(struct db_session *session, struct cx *cx, void *arg)
{
	struct search *search = arg;
	/* Looked up by its hash: nothing is compared byte by byte that a
	 * caller could learn from. */
	return api_keys_find(session, cx, search->hash, &search->key);
}

static enum fault
check_key(struct call *call, struct span key)
{
	struct cx *cx = call->cx;
	struct search search = {.hash = digest_text(cx, span_trim(key))};
	enum fault which = db_read(call->gateway->db, cx, find, &search);

	if (which == FAULT_NO_API_KEY)
		return fault(
		    cx, FAULT_NOT_AUTHORIZED, "no API key has this hash");
	if (!which)
		cx->actor = arena_printf(
		    cx->arena, "api key %.*s", SPAN_ARGS(search.key.id));
	return which;
}

/* The credentials behind a scheme's name, or nothing. */
static struct span
credentials(const struct call *call, const char *scheme)
{
	struct span header = request_header(call->request, "Authorization");
	struct span name = span_of(scheme);

	if (header.length <= name.length + 1 || header.at[name.length] != ' ' ||
	    !span_equal_nocase(span_first(header, name.length), name))
		return SPAN_NONE;
	return span_trim(span_from_offset(header, name.length + 1));
}

/* A page of another site can send the cookie along, but neither read the
 * token nor name itself as ours. */
static enum fault
check_change(struct call *call, struct span cookie)
{
	enum http_method method = call->request->method;

	if (method == HTTP_GET || method == HTTP_HEAD)
		return FAULT_NONE;
	enum fault which = portal_session_check_origin(call);
	return which ? which
		     : sign_in_check_token(call->gateway, call->cx, cookie,
			   request_header(call->request, "X-CSRF-Token"));
}

static enum fault
check_session(struct call *call, struct span cookie)
{
	struct sign_in sign_in;
	enum fault which =
	    sign_in_find(call->gateway, call->cx, cookie, &sign_in);

	if (!which)
		which = check_change(call, cookie);
	if (which)
		return which;
	call->caller = sign_in_caller(call->cx, &sign_in);
	call->cx->actor = arena_printf(
	    call->cx->arena, "user %.*s", SPAN_ARGS(sign_in.user.id));
	return FAULT_NONE;
}

enum fault
caller_check(struct call *call)
{
	struct span key = credentials(call, "Bearer");
	struct span cookie = portal_session_cookie(call);

	if (cookie.at && !request_header(call->request, "Authorization").at)
		return check_session(call, cookie);
	if (!key.at)
		return fault(
		    call->cx, FAULT_NOT_AUTHORIZED, "no Bearer authorization");
	enum fault which = check_key(call, key);
	call->caller.program = !which;
	return which;
}

/* "Token=<ltik>, Additional=Bearer <API key>" */
static bool
read_first_form(struct span text, struct span *key, struct span *ltik)
{
	struct span part, name;
	struct span bearer = SPAN_NONE;

	while (span_next(&text, ',', &part)) {
		struct span value = span_trim(part);
		span_next(&value, '=', &name);
		if (span_is(name, "Token") && value.at)
			*ltik = span_trim(value);
		else if (span_is(name, "Additional") && value.at)
			bearer = span_trim(value);
	}
	if (!span_equal_nocase(span_first(bearer, 7), SPAN("Bearer ")))
		return false;
	*key = span_trim(span_from_offset(bearer, 7));
	return ltik->at != NULL;
}

/* "<API key>:<ltik>", or a service key in its place */
static bool
read_second_form(struct span text, struct span *key, struct span *ltik)
{
	*ltik = text;
	return span_next(ltik, ':', key) && ltik->at != NULL;
}

/* The ltik of either form, once its API key was checked. */
static enum fault
check_ltik_key(struct call *call, struct span *ltik)
{
	struct span second = credentials(call, "LTIK-AUTH-V2");
	struct span first = credentials(call, "LTIK-AUTH-V1");
	struct span key = SPAN_NONE;
	bool well_formed = second.at ? read_second_form(second, &key, ltik)
				     : read_first_form(first, &key, ltik);

	if (!well_formed)
		return fault(call->cx, FAULT_NOT_AUTHORIZED,
		    "no LTIK-AUTH-V2 or LTIK-AUTH-V1 authorization");
	return check_key(call, key);
}

enum fault
caller_check_ltik(struct call *call)
{
	struct ltik_launch *launch =
	    arena_take(call->cx->arena, sizeof *launch);
	struct span ltik = SPAN_NONE;
	enum fault which = check_ltik_key(call, &ltik);

	if (!which)
		which = ltik_find(call->gateway, call->cx, ltik, launch);
	if (!which)
		call->launch = launch;
	return which;
}

static enum fault
use_service_key(
    struct call *call, struct span credential, struct service_context *out)
{
	struct span key, service_key;

	if (!read_second_form(credential, &key, &service_key))
		return fault(call->cx, FAULT_NOT_AUTHORIZED,
		    "SERVICE-AUTH-V1 without a service key");
	enum fault which = check_key(call, key);
	return which ? which
		     : service_access_find(call->gateway, call->cx,
			   span_trim(service_key), out);
}

enum fault
caller_check_service(struct call *call)
{
	struct span credential = credentials(call, "SERVICE-AUTH-V1");
	struct service_context *context =
	    arena_take(call->cx->arena, sizeof *context);
	struct span ltik = SPAN_NONE;
	enum fault which;

	if (credential.at) {
		which = use_service_key(call, credential, context);
	} else {
		which = check_ltik_key(call, &ltik);
		if (!which)
			which = service_context_of_ltik(
			    call->gateway, call->cx, ltik, context);
	}
	if (!which)
		call->service = context;
	return which;
}
