/* roster_fuzz.c - pages of an LMS's members
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "lti/roster.h"
#include "json/jread.h"
#include "json/jwrite.h"

static size_t
length_of(const struct json_t *member)
{
	return jread_text_or(member, SPAN("")).length;
}

/* Whatever the LMS sends, the tool gets the types that it was promised. */
static void
check_member(const struct json_t *member)
{
	static const char *const texts[] = {"email", "name", "givenName",
	    "familyName", "middleName", "picture", "lisPersonSourcedId",
	    "lti11LegacyUserId", NULL};
	static const char *const others[] = {"user_id", "given_name",
	    "family_name", "middle_name", "lis_person_sourcedid",
	    "lti11_legacy_user_id", NULL};
	const struct json_t *roles = jread_member(member, "roles");

	must(length_of(jread_member(member, "userId")) > 0);
	must(length_of(jread_member(member, "status")) > 0);
	must(jread_is_array(roles));
	struct span text;
	for (size_t i = 0; i < jread_count(roles); i++)
		must(jread_text(jread_at(roles, i), &text));
	for (const char *const *name = others; *name; name++)
		must(!jread_member(member, *name));
	for (const char *const *name = texts; *name; name++)
		must(!jread_member(member, *name) ||
		     length_of(jread_member(member, *name)) > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct roster_page page = {0};

	cx_init(&cx, no_random);
	struct json_t *members = jwrite_array(&cx);
	enum fault fault =
	    roster_read(&cx, span_from(bytes, length), members, &page);
	must(!fault || fault == FAULT_SERVICE_REPLY_MALFORMED);
	if (fault) {
		must(jread_count(members) == 0 && !page.id.at);
		must(strstr(cx.note.telling, "The LMS") == cx.note.telling);
	} else {
		must(page.id.at != NULL);
		must(!page.context || jread_is_object(page.context));
	}
	for (size_t i = 0; i < jread_count(members); i++)
		check_member(jread_at(members, i));
	(void)jwrite_bytes(&cx, members);
	cx_release(&cx);
	return 0;
}
