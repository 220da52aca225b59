/* roles.c - what a person may do in the LMS
 *
 * Full names are URIs: .../lis/v2/membership#Instructor, with a part of it
 * .../membership/Instructor#TeachingAssistant; .../institution/person#Faculty;
 * .../system/person#SysAdmin. Short ones ("Instructor") are of the course.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/roles.h"

#include <string.h>

#include "base/span.h"
#include "json/jread.h"

#define VOCABULARY "http://purl.imsglobal.org/vocab/lis/v2/"

static const char *const in_course[] = {
    "Instructor", "ContentDeveloper", "Administrator", NULL};
static const char *const in_school[] = {
    "Instructor", "Faculty", "Administrator", NULL};
static const char *const administrators[] = {
    "Administrator", "SysAdmin", "AccountAdmin", NULL};

static bool
is_one(struct span word, const char *const *words)
{
	while (*words && !span_is(word, *words))
		words++;
	return *words != NULL;
}

/* What stands before '#' in .../membership/Instructor#Grader, and behind it
 * in .../membership#Instructor. */
static struct span
word_of(struct span role, const char *family)
{
	struct span rest =
	    span_from_offset(role, sizeof VOCABULARY - 1 + strlen(family));
	struct span word = SPAN("");

	if (span_starts(rest, "/"))
		rest = span_from_offset(rest, 1);
	else if (span_starts(rest, "#"))
		return span_from_offset(rest, 1);
	span_next(&rest, '#', &word);
	return rest.at ? word : SPAN("");
}

static bool
is_of(struct span role, const char *family)
{
	struct span vocabulary = SPAN(VOCABULARY);

	return span_starts(role, VOCABULARY) &&
	       span_starts(span_from_offset(role, vocabulary.length), family);
}

struct judged {
	bool course, course_good, school_good, administers;
};

static void
judge(struct span role, struct judged *out)
{
	bool short_name =
	    !span_starts(role, "http") && !span_starts(role, "urn:");

	if (short_name || is_of(role, "membership")) {
		struct span word =
		    short_name ? role : word_of(role, "membership");
		out->course = true;
		out->course_good |= is_one(word, in_course);
	} else if (is_of(role, "institution/person")) {
		struct span word = word_of(role, "institution/person");
		out->school_good |= is_one(word, in_school);
		out->administers |= is_one(word, administrators);
	} else if (is_of(role, "system/person")) {
		out->administers |=
		    is_one(word_of(role, "system/person"), administrators);
	}
}

bool
roles_may_select(const struct json_t *roles)
{
	struct judged judged = {0};
	struct span role;

	for (size_t i = 0; i < jread_count(roles); i++)
		if (jread_text(jread_at(roles, i), &role))
			judge(role, &judged);
	return judged.course_good || judged.administers ||
	       (!judged.course && judged.school_good);
}
