/* initiate.c - a launch begins: the LMS opens /lti/login
 *
 * The state is bound to the browser by a secret that the browser keeps: in a
 * cookie, or in a frame of the LMS's. A cookie that came with this request
 * will come with the launch too, and is used again, so that two launches in
 * two frames do not push each other out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/initiate.h"

#include "app/directory.h"
#include "app/gateway.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "lti/launch_state.h"
#include "lti/web_url.h"

/* Plain redirects stay plain: no page where none is needed. */
static enum initiate_step
choose_step(
    const struct login_request *request, const struct initiate_browser *browser)
{
	if (browser->cookie.length || browser->new_window)
		return INITIATE_REDIRECT;
	if (request->storage_target.length && !browser->cookie_tried)
		return INITIATE_STORAGE;
	if (!browser->framed)
		return INITIATE_REDIRECT;
	return browser->cookie_tried ? INITIATE_WINDOW : INITIATE_TRY;
}

struct span
initiate_storage_key(struct cx *cx, struct span chance)
{
	return arena_printf(cx->arena, "ltigate_%.*s", SPAN_ARGS(chance));
}

static enum fault
find_platform(struct gateway *gateway, struct cx *cx,
    const struct login_request *request, struct directory_platform *out)
{
	enum fault which = directory_find_pair(
	    gateway, cx, request->issuer, request->client_id, out);

	return which ? which : directory_check_active(cx, out);
}

enum fault
initiate_login(struct gateway *gateway, struct cx *cx,
    const struct login_request *request, const struct initiate_browser *browser,
    struct initiate_outcome *out)
{
	struct directory_platform platform = {.id = SPAN("")};
	enum fault which = login_request_check(cx, request);

	if (!which)
		which = find_platform(gateway, cx, request, &platform);
	out->platform_id = platform.id;
	if (which)
		return which;
	out->step = choose_step(request, browser);
	out->browser_secret =
	    browser->cookie.length ? browser->cookie : random_secret(cx);
	const struct launch_state state = {
	    .issued_at = cx->now,
	    .chance = random_sortable(cx),
	    .platform_id = platform.id,
	    .browser_hash = launch_state_hash(cx, out->browser_secret),
	    .storage_target = out->step == INITIATE_STORAGE
				  ? request->storage_target
				  : SPAN(""),
	};
	const struct secret_keys *keys = secrets_hold(gateway->secrets);
	struct span text = launch_state_write(cx, &keys->state, &state);
	struct span nonce = launch_state_nonce(cx, &keys->nonce, text);
	secrets_let_go(gateway->secrets);
	const struct login_answer answer = {
	    .endpoint = platform.authorization_endpoint,
	    .client_id = platform.client_id,
	    .redirect_uri = arena_printf(
		cx->arena, "%.*s/lti/launch", SPAN_ARGS(gateway->public_url)),
	    .state = text,
	    .nonce = nonce,
	};
	out->url = login_request_url(cx, request, &answer);
	out->storage_key = initiate_storage_key(cx, state.chance);
	out->storage_origin = web_url_origin(platform.authorization_endpoint);
	return FAULT_NONE;
}
