/* roster.c - the people of a context
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/roster.h"

#include "base/cx.h"
#include "lti/claim_places.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* Moodle writes an empty lis_person_sourcedid for everyone. */
static const struct claim_place places[] = {
    {"roles", "roles", PLACE_COMMAS},
    {"status", "status", PLACE_FULL},
    {"email", "email", PLACE_FULL},
    {"name", "name", PLACE_FULL},
    {"given_name", "givenName", PLACE_FULL},
    {"family_name", "familyName", PLACE_FULL},
    {"middle_name", "middleName", PLACE_FULL},
    {"picture", "picture", PLACE_FULL},
    {"lis_person_sourcedid", "lisPersonSourcedId", PLACE_FULL},
    {"lti11_legacy_user_id", "lti11LegacyUserId", PLACE_FULL},
    {"user_id", "userId", PLACE_SCALAR},
    {NULL, NULL, PLACE_TEXT},
};

static bool
is_blank(struct span text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.at[i] > ' ')
			return false;
	return true;
}

static bool
is_known(struct span name)
{
	for (const struct claim_place *place = places; place->claim; place++)
		if (span_is(name, place->claim) || span_is(name, place->name))
			return true;
	return false;
}

/* An LMS's own givenName might have any type; the tool was promised a text. */
static void
write_rest(const struct json_t *member, struct json_t *person)
{
	const struct json_t *value;
	struct span name;
	void *walk = NULL;

	while (jread_next(member, &walk, &name, &value))
		if (!is_known(name))
			jwrite_named(person, name, value);
}

static void
push_member(struct cx *cx, const struct json_t *member, struct json_t *members)
{
	struct span user =
	    claim_places_scalar(cx, jread_member(member, "user_id"));

	if (user.length == 0)
		return;
	struct json_t *person = jwrite_push_object(members);
	jwrite_text(person, "userId", user);
	(void)jwrite_inner_array(person, "roles");
	jwrite_text(person, "status", SPAN("Active"));
	claim_places_write(cx, member, places, person);
	write_rest(member, person);
}

/* The page's own values live in `page`, those of the members go on. */
static enum fault
read_parsed(struct cx *cx, struct cx *page, struct span body,
    struct json_t *members, struct roster_page *out)
{
	const struct json_t *answer;

	if (jread_parse_within(page, body, ROSTER_VALUES_MAX, &answer))
		return fault_tell(cx, FAULT_SERVICE_REPLY_MALFORMED,
		    "The LMS's list of members is not JSON, or has more than "
		    "%d values",
		    ROSTER_VALUES_MAX);
	const struct json_t *context = jread_member(answer, "context");
	const struct json_t *list =
	    jread_is_array(answer) ? answer : jread_member(answer, "members");
	if (!jread_is_array(list))
		return fault_tell(cx, FAULT_SERVICE_REPLY_MALFORMED,
		    "The LMS answered with success, but not with a list of "
		    "members");
	for (size_t i = 0; i < jread_count(list); i++)
		push_member(page, jread_at(list, i), members);
	out->id = arena_copy(
	    cx->arena, jread_text_or(jread_member(answer, "id"), SPAN("")));
	out->context =
	    jread_is_object(context) ? jwrite_copy(cx, context) : NULL;
	return FAULT_NONE;
}

enum fault
roster_read(struct cx *cx, struct span body, struct json_t *members,
    struct roster_page *out)
{
	struct roster_page page = {.id = SPAN("")};
	struct cx inner = *cx;
	enum fault fault = FAULT_NONE;

	if (!is_blank(body)) {
		/* A roster of ten thousand has a hundred pages. */
		inner.arena = arena_open();
		fault = read_parsed(cx, &inner, body, members, &page);
		arena_close(inner.arena);
	}
	if (!fault)
		*out = page;
	return fault;
}
