/* provider_doc.c - what an OpenID Connect provider says
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/provider_doc.h"

#include "base/cx.h"
#include "lti/web_url.h"
#include "json/jread.h"

enum { TOKEN_LIFE_MAX = 86400 };

static struct span
text(const struct json_t *object, const char *name)
{
	return jread_text_or(jread_member(object, name), SPAN(""));
}

static enum fault
check_endpoints(struct cx *cx, const struct provider_doc *doc)
{
	const struct {
		const char *name;
		struct span url;
	} rows[] = {
	    {"authorization_endpoint", doc->authorization_endpoint},
	    {"token_endpoint", doc->token_endpoint},
	    {"jwks_uri", doc->jwks_uri},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!web_url_is(rows[i].url))
			return fault_tell(cx, FAULT_PROVIDER_FAILED,
			    "The sign-in provider's configuration has no "
			    "usable %s",
			    rows[i].name);
	return FAULT_NONE;
}

enum fault
provider_doc_read(struct cx *cx, struct span body, struct span issuer,
    struct provider_doc *out)
{
	const struct json_t *object;

	if (jread_parse(cx, body, &object) || !jread_is_object(object))
		return fault_tell(cx, FAULT_PROVIDER_FAILED,
		    "The sign-in provider's configuration is not JSON");
	const struct json_t *methods =
	    jread_member(object, "token_endpoint_auth_methods_supported");
	struct provider_doc doc = {
	    .issuer = text(object, "issuer"),
	    .authorization_endpoint = text(object, "authorization_endpoint"),
	    .token_endpoint = text(object, "token_endpoint"),
	    .jwks_uri = text(object, "jwks_uri"),
	    .secret_in_form =
		jread_holds(methods, SPAN("client_secret_post")) &&
		!jread_holds(methods, SPAN("client_secret_basic")),
	};
	/* To the letter (Discovery, 4.3), or a provider could speak for
	 * another. */
	if (!span_equal(doc.issuer, issuer))
		return fault_tell(cx, FAULT_PROVIDER_FAILED,
		    "The sign-in provider names the issuer %.*s, not the "
		    "configured one",
		    SPAN_ARGS(span_first(doc.issuer, 200)));
	enum fault which = check_endpoints(cx, &doc);
	if (!which)
		*out = doc;
	return which;
}

/* --- the ID token -------------------------------------------------------- */

static bool
is_for_us(const struct json_t *claims, struct span client_id)
{
	const struct json_t *audience = jread_member(claims, "aud");
	struct span one, azp = text(claims, "azp");

	if (azp.length && !span_equal(azp, client_id))
		return false;
	if (jread_text(audience, &one))
		return span_equal(one, client_id);
	/* With more than one, azp has to say that it is ours. */
	return jread_holds(audience, client_id) &&
	       (jread_count(audience) == 1 || azp.length);
}

static bool
is_timely(struct cx *cx, const struct json_t *claims, int64_t skew)
{
	int64_t issued, expires;

	return jread_integer(jread_member(claims, "iat"), &issued) &&
	       jread_integer(jread_member(claims, "exp"), &expires) &&
	       expires > cx->now - skew && issued < cx->now + skew &&
	       issued > cx->now - TOKEN_LIFE_MAX;
}

enum fault
provider_doc_check_claims(struct cx *cx, const struct json_t *claims,
    const struct provider_expectation *expected, struct provider_person *out)
{
	const char *wrong = NULL;
	struct span subject = text(claims, "sub");

	if (!span_equal(text(claims, "iss"), expected->issuer))
		wrong = "iss";
	else if (!is_for_us(claims, expected->client_id))
		wrong = "aud";
	else if (!is_timely(cx, claims, expected->clock_skew))
		wrong = "exp or iat";
	else if (!span_equal(text(claims, "nonce"), expected->nonce))
		wrong = "nonce";
	else if (subject.length == 0 || subject.length > 255)
		wrong = "sub";
	if (wrong)
		return fault_tell(cx, FAULT_PROVIDER_FAILED,
		    "The sign-in provider's token was refused: %s", wrong);
	bool verified =
	    jread_bool_or(jread_member(claims, "email_verified"), false);
	*out = (struct provider_person){
	    .subject = subject,
	    .email = verified ? text(claims, "email") : SPAN(""),
	    .name = text(claims, "name"),
	};
	return FAULT_NONE;
}
