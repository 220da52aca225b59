/* notice_claims.c - platform notices: what an LMS offers, and one that came
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/notice_claims.h"

#include "base/cx.h"
#include "base/text.h"
#include "lti/claim_places.h"
#include "lti/launch_rules.h"
#include "lti/names.h"
#include "lti/service_url.h"
#include "lti/web_url.h"
#include "json/jread.h"
#include "json/jwrite.h"

static const char *const known_types[] = {
    NOTICE_HELLO_WORLD, NOTICE_CONTEXT_COPY, NULL};

static const struct claim_place notice_places[] = {
    {"type", "noticeType", PLACE_TEXT},
    {"id", "noticeId", PLACE_SCALAR},
    {"timestamp", "timestamp", PLACE_TEXT},
    {NULL, NULL, PLACE_TEXT},
};

static const struct claim_place places[] = {
    {CLAIM_DEPLOYMENT, "deploymentId", PLACE_TEXT},
    {CLAIM_ORIGIN_CONTEXTS, "originContexts", PLACE_TEXTS},
    {NULL, NULL, PLACE_TEXT},
};

bool
notice_claims_is_known(struct span type)
{
	for (const char *const *known = known_types; *known; known++)
		if (span_is(type, *known))
			return true;
	return false;
}

struct span
notice_claims_words(struct cx *cx, const struct json_t *list)
{
	struct text words = text_begin(cx->arena, NOTICE_TYPES_MAX);

	for (size_t i = 0; i < jread_count(list); i++) {
		struct span word = jread_text_or(jread_at(list, i), SPAN(""));
		if (!notice_claims_is_known(word))
			continue;
		if (words.length)
			text_add_char(&words, ' ');
		text_add(&words, word);
	}
	return text_span(&words);
}

struct notice_offer
notice_claims_offer(struct cx *cx, const struct json_t *claims)
{
	const struct json_t *claim = jread_member(claims, CLAIM_NOTICES);
	struct span url = jread_text_or(
	    jread_member(claim, "platform_notification_service_url"), SPAN(""));
	bool usable = url.length <= SERVICE_URL_MAX && web_url_is(url) &&
		      jread_holds(jread_member(claim, "scope"),
			  SPAN(SCOPE_NOTICE_HANDLERS));

	return (struct notice_offer){usable ? url : SPAN(""),
	    notice_claims_words(
		cx, jread_member(claim, "notice_types_supported"))};
}

void
notice_claims_write(
    struct cx *cx, const struct json_t *claims, struct json_t *data)
{
	const struct json_t *context = jread_member(claims, CLAIM_CONTEXT);

	claim_places_write(
	    cx, jread_member(claims, CLAIM_NOTICE), notice_places, data);
	claim_places_write(cx, claims, places, data);
	if (jread_is_object(context))
		claim_places_write(cx, context, claim_places_context,
		    jwrite_inner_object(data, "context"));
}
