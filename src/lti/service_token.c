/* service_token.c - asking an LMS for an access token
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/service_token.h"

#include "base/cx.h"
#include "base/percent.h"
#include "crypto/random.h"
#include "json/jread.h"
#include "json/jwrite.h"

#define GRANT "grant_type=client_credentials"
/* urn:ietf:params:oauth:client-assertion-type:jwt-bearer */
#define ASSERTION_TYPE                                                         \
	"client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"                 \
	"client-assertion-type%3Ajwt-bearer"

/* --- asking -------------------------------------------------------------- */

struct json_t *
service_token_claims(struct cx *cx, struct span client_id, struct span audience)
{
	struct json_t *claims = jwrite_object(cx);

	jwrite_text(claims, "iss", client_id);
	jwrite_text(claims, "sub", client_id);
	jwrite_text(claims, "aud", audience);
	jwrite_integer(claims, "iat", cx->now);
	jwrite_integer(claims, "exp", cx->now + SERVICE_TOKEN_ASSERTED);
	jwrite_text(claims, "jti", random_id(cx));
	return claims;
}

struct span
service_token_form(struct cx *cx, struct span assertion, struct span scopes)
{
	struct span jwt = percent_encode(cx->arena, assertion);
	struct span scope = percent_encode(cx->arena, scopes);

	return arena_printf(cx->arena, "%s&%s&client_assertion=%.*s&scope=%.*s",
	    GRANT, ASSERTION_TYPE, SPAN_ARGS(jwt), SPAN_ARGS(scope));
}

/* --- the answer ---------------------------------------------------------- */

/* It goes into a header: RFC 6749, A.12 allows no more, without the blank. */
static bool
is_token(struct span text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] <= ' ' || text.at[i] >= 0x7f)
			return false;
	return text.length > 0 && text.length <= SERVICE_TOKEN_MAX;
}

static bool
is_bearer(const struct json_t *type)
{
	if (!type || span_is(span_of(jread_type(type)), "null"))
		return true;
	return span_equal_nocase(jread_text_or(type, SPAN("")), SPAN("bearer"));
}

static bool
is_digits(struct span text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	return text.length > 0;
}

static int64_t
life_of(const struct json_t *value)
{
	struct span text = jread_text_or(value, SPAN(""));
	int64_t whole = SERVICE_TOKEN_LIFE_MAX;
	double life = SERVICE_TOKEN_LIFE;

	if (is_digits(text)) {
		/* What does not fit is longer than the longest. */
		(void)span_number(text, SERVICE_TOKEN_LIFE_MAX, &whole);
		return whole < 1 ? 1 : whole;
	}
	/* Cut to size before it is an integer: 1e300 is none. */
	(void)jread_number(value, &life);
	if (life > SERVICE_TOKEN_LIFE_MAX)
		return SERVICE_TOKEN_LIFE_MAX;
	return life < 1 ? 1 : (int64_t)life;
}

enum fault
service_token_read(struct cx *cx, struct span body, struct service_token *out)
{
	const struct json_t *answer;

	if (jread_parse(cx, body, &answer) || !jread_is_object(answer))
		return fault_tell(cx, FAULT_SERVICE_TOKEN_REFUSED,
		    "The LMS's token endpoint answered with success, but not "
		    "with a JSON object: look whether its address is right");
	const struct json_t *token = jread_member(answer, "access_token");
	struct span text = jread_text_or(token, SPAN(""));
	if (text.length == 0)
		return fault_tell(cx, FAULT_SERVICE_TOKEN_REFUSED,
		    "The LMS's token endpoint answered with success, but "
		    "access_token is %s",
		    jread_text(token, &text) ? "empty" : jread_type(token));
	if (!is_token(text))
		return fault_tell(cx, FAULT_SERVICE_TOKEN_REFUSED,
		    "The LMS's access_token cannot be sent in a header: it is "
		    "longer than %d bytes, or holds blanks, control "
		    "characters or bytes beyond ASCII",
		    SERVICE_TOKEN_MAX);
	if (!is_bearer(jread_member(answer, "token_type")))
		return fault_tell(cx, FAULT_SERVICE_TOKEN_REFUSED,
		    "The LMS gave a token whose token_type is not Bearer");
	struct span scopes =
	    span_trim(jread_text_or(jread_member(answer, "scope"), SPAN("")));
	out->text = text;
	out->expires_at = cx->now + life_of(jread_member(answer, "expires_in"));
	out->scopes = scopes.length ? scopes : SPAN_NONE;
	return FAULT_NONE;
}

bool
service_token_has(struct span scopes, struct span scope)
{
	struct span one;

	while (scope.length && span_next(&scopes, ' ', &one))
		if (span_equal(one, scope))
			return true;
	return false;
}
