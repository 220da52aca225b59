/* service_token_fuzz.c - what a token endpoint answers
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "lti/service_token.h"
#include "json/jread.h"

/* It can be sent in a header, lives a while, and is what the LMS gave. */
static void
check_token(struct cx *cx, struct span body, const struct service_token *token)
{
	const struct json_t *answer;
	struct span scopes = token->scopes, scope;

	must(token->text.length > 0);
	must(token->text.length <= SERVICE_TOKEN_MAX);
	for (size_t i = 0; i < token->text.length; i++)
		must(token->text.at[i] > ' ' && token->text.at[i] < 0x7f);
	must(token->expires_at > cx->now);
	must(token->expires_at <= cx->now + SERVICE_TOKEN_LIFE_MAX);
	must(!jread_parse(cx, body, &answer));
	must(span_equal(token->text,
	    jread_text_or(jread_member(answer, "access_token"), SPAN(""))));
	must(!token->scopes.at || token->scopes.length > 0);
	while (span_next(&scopes, ' ', &scope))
		must(!scope.length || service_token_has(token->scopes, scope));
}

/* No word of the body, which may be a token that is only of the wrong type,
 * reaches the log. */
static void
check_refusal(const struct cx *cx, const struct service_token *token)
{
	must(!token->text.at && !token->expires_at && !token->scopes.at);
	must(cx->note.telling[0] != '\0');
	must(strstr(cx->note.telling, "The LMS") == cx->note.telling);
	must(!strstr(cx->note.telling, "near") &&
	     !strstr(cx->note.telling, "column"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span body = span_from(bytes, length);
	struct service_token token = {0};

	cx_init(&cx, no_random);
	cx.now = 1795228183;
	enum fault fault = service_token_read(&cx, body, &token);
	must(!fault || fault == FAULT_SERVICE_TOKEN_REFUSED);
	if (fault)
		check_refusal(&cx, &token);
	else
		check_token(&cx, body, &token);
	struct span form = service_token_form(&cx, body, body);
	must(!memchr(form.at, ' ', form.length) && !span_has_control(form));
	cx_release(&cx);
	return 0;
}
