/* self_calls.c - what ltigate check asks of public_url
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/browser_call.h"
#include "api/routes.h"
#include "app/gateway.h"
#include "app/proof.h"
#include "base/cx.h"
#include "json/jwrite.h"

enum { NONCE_MAX = 64 };

/* How the request arrived here, and a cookie as launches get it: who asked sees
 * what a proxy made of both. */
static void
answer(struct call *call, struct span proof)
{
	struct request *request = call->request;
	struct json_t *body = jwrite_object(call->cx);

	jwrite_text(body, "proof", proof);
	jwrite_text(body, "instance", call->gateway->instance);
	jwrite_integer(body, "now", call->cx->now);
	jwrite_text(body, "peer", span_of(request->peer));
	jwrite_text_if(
	    body, "forwardedFor", request_header(request, "X-Forwarded-For"));
	jwrite_text_if(body, "forwardedProto",
	    request_header(request, "X-Forwarded-Proto"));
	call_answer(call, 200, body);
	browser_call_set_cookie(call, SPAN("checked"));
}

enum fault
self_call(struct call *call)
{
	struct span nonce = SPAN_NONE, proof = SPAN_NONE, given;
	enum fault which = call_query(call, "nonce", &nonce);

	if (!which)
		which = call_query(call, "proof", &proof);
	if (!which && nonce.length > NONCE_MAX)
		which = fault(call->cx, FAULT_NO_ROUTE, "a long nonce");
	if (!which)
		which =
		    proof_check(call->gateway, call->cx, nonce, proof, &given);
	if (!which)
		answer(call, given);
	return which;
}
