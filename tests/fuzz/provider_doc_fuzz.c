/* provider_doc_fuzz.c - a sign-in provider's configuration and its claims
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "lti/provider_doc.h"
#include "lti/web_url.h"
#include "json/jread.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	const struct provider_expectation expected = {
	    SPAN("https://id.example"), SPAN("us"), SPAN("n"), 60};
	struct span body = span_from(bytes, length);
	struct provider_doc doc;
	struct provider_person person;
	const struct json_t *claims;
	struct cx cx;

	cx_init(&cx, no_random);
	cx.now = 1000;
	if (!provider_doc_read(&cx, body, expected.issuer, &doc) &&
	    (!web_url_is(doc.authorization_endpoint) ||
		!web_url_is(doc.token_endpoint) || !web_url_is(doc.jwks_uri)))
		abort();
	if (!jread_parse(&cx, body, &claims) &&
	    !provider_doc_check_claims(&cx, claims, &expected, &person) &&
	    (!person.subject.length || person.subject.length > 255))
		abort();
	cx_release(&cx);
	return 0;
}
