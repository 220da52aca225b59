/* registration_reply_fuzz.c - an LMS's answer, set against what was asked
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "lti/registration_reply.h"
#include "json/jread.h"
#include "json/jwrite.h"

static const char asked[] =
    "{\"client_name\":\"Lab\",\"scope\":\"a b\",\"redirect_uris\":[\"r\"],"
    "\"https://purl.imsglobal.org/spec/lti-tool-configuration\":{"
    "\"domain\":\"d\",\"claims\":[\"iss\",\"sub\"],"
    "\"custom_parameters\":{\"k\":\"v\"},\"messages\":["
    "{\"type\":\"LtiResourceLinkRequest\"},"
    "{\"type\":\"LtiDeepLinkingRequest\",\"placements\":[\"p\"]}]}}";

static void
compare(struct cx *cx, const struct json_t *granted)
{
	const struct json_t *wish;

	if (jread_parse(cx, span_of(asked), &wish))
		abort();
	(void)!registration_reply_check_redirects(cx, wish, granted);
	if (jread_count(registration_reply_differences(cx, wish, wish)))
		abort(); /* what was asked does not differ from itself */
	(void)jwrite_bytes(
	    cx, registration_reply_differences(cx, wish, granted));
	(void)jwrite_bytes(
	    cx, registration_reply_differences(cx, granted, wish));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct registration_reply reply;

	cx_init(&cx, no_random);
	if (!registration_reply_read(&cx, span_from(bytes, length), &reply)) {
		if (!reply.client_id.length ||
		    reply.client_id.length > CLIENT_ID_MAX ||
		    reply.deployment_id.length > DEPLOYMENT_ID_MAX ||
		    span_has_control(reply.client_id) ||
		    span_has_control(reply.deployment_id) ||
		    jread_member(reply.granted, "client_secret") ||
		    jread_member(reply.granted, "registration_access_token"))
			abort();
		compare(&cx, reply.granted);
	}
	cx_release(&cx);
	return 0;
}
