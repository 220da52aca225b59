/* portal_session.c - the portal's cookie, and the way it stands in answers
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/portal_session.h"

#include "api/browser_call.h"
#include "app/gateway.h"
#include "app/sign_in.h"
#include "base/cx.h"
#include "http/cookies.h"
#include "lti/web_url.h"
#include "json/jwrite.h"

/* --- the cookie ---------------------------------------------------------- */

static const char *
cookie_name(const struct gateway *gateway)
{
	return browser_call_is_secure(gateway) ? "__Host-portal" : "portal";
}

struct span
portal_session_cookie(const struct call *call)
{
	struct span value;

	return cookies_find(
		   call->request, cookie_name(call->gateway), &value, 1)
		   ? value
		   : SPAN_NONE;
}

void
portal_session_keep(struct call *call, const struct sign_in *sign_in)
{
	cookies_set_own(call->cx->arena, call->response,
	    cookie_name(call->gateway), sign_in->cookie, SESSION_LIFE,
	    browser_call_is_secure(call->gateway));
}

void
portal_session_forget(struct call *call)
{
	cookies_set_own(call->cx->arena, call->response,
	    cookie_name(call->gateway), SPAN(""), 0,
	    browser_call_is_secure(call->gateway));
}

static const char *
trip_cookie_name(const struct gateway *gateway)
{
	return browser_call_is_secure(gateway) ? "__Host-oidc" : "oidc";
}

struct span
portal_session_trip(const struct call *call)
{
	struct span value;

	return cookies_find(
		   call->request, trip_cookie_name(call->gateway), &value, 1)
		   ? value
		   : SPAN("");
}

void
portal_session_keep_trip(struct call *call, struct span secret)
{
	cookies_set_own(call->cx->arena, call->response,
	    trip_cookie_name(call->gateway), secret,
	    secret.length ? PROVIDER_STATE_LIFE : 0,
	    browser_call_is_secure(call->gateway));
}

/* --- where a request comes from ------------------------------------------ */

enum fault
portal_session_check_origin(struct call *call)
{
	struct span origin = request_header(call->request, "Origin");
	struct span site = request_header(call->request, "Sec-Fetch-Site");

	if (site.at && !span_is(site, "same-origin") && !span_is(site, "none"))
		return fault(call->cx, FAULT_CSRF_REFUSED, "from site %.*s",
		    SPAN_ARGS(span_first(site, 40)));
	if (origin.at && !span_equal_nocase(
			     origin, web_url_origin(call->gateway->public_url)))
		return fault_tell(call->cx, FAULT_CSRF_REFUSED,
		    "This page was not opened at the portal's own address; "
		    "open %.*s/portal",
		    SPAN_ARGS(call->gateway->public_url));
	return FAULT_NONE;
}

/* --- a person ------------------------------------------------------------ */

static void
write_rights(struct json_t *object, enum role role)
{
	struct json_t *list = jwrite_inner_array(object, "rights");

	for (enum right right = RIGHT_NONE + 1; right < RIGHT_COUNT; right++)
		if (rights_has(role, right))
			jwrite_push_text(list, span_of(right_words[right]));
}

void
portal_session_write_user(struct json_t *object, const struct user *user)
{
	jwrite_text(object, "id", user->id);
	jwrite_text(object, "email", user->email);
	jwrite_text(object, "name", user->name);
	jwrite_text_if(object, "role", user->role);
	jwrite_text(object, "state",
	    user->password_hash.length || user->subject.length
		? SPAN("active")
		: SPAN("invited"));
	call_write_time(object, "createdAt", user->created_at);
	if (user->seen_at)
		call_write_time(object, "seenAt", user->seen_at);
	write_rights(object, role_of_staff(user->role));
	struct json_t *list = jwrite_inner_array(object, "organizations");
	for (size_t i = 0; i < user->role_count; i++) {
		const struct user_role *role = &user->roles[i];
		struct json_t *item = jwrite_push_object(list);
		jwrite_text(item, "id", role->organization_id);
		jwrite_text(item, "name", role->organization_name);
		jwrite_text(item, "role", role->role);
		write_rights(item, role_of_organization(role->role));
	}
}
