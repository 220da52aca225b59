/* registration_step.c - is what an LMS holds what the tool would say now?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/registration_step.h"

#include "base/cx.h"
#include "lti/names.h"
#include "lti/tool_doc.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* shown: an LMS that shows registrations shows this, if it holds it. */
static const struct member {
	const char *name, *word;
	bool shown;
} members[] = {
    {"scope", "scopes", true},
    {"redirect_uris", "redirect URIs", true},
    {"initiate_login_uri", "login URL", true},
    {"jwks_uri", "key set", true},
    {"client_name", "name", true},
    {"logo_uri", "logo", true},
    {"client_uri", "web site", false},
    {"tos_uri", "terms of service", false},
    {"policy_uri", "privacy policy", false},
    {"contacts", "contacts", false},
    {"domain", "domain", true},
    {"secondary_domains", "other domains", false},
    {"description", "description", true},
    {"target_link_uri", "launch URL", true},
    {"custom_parameters", "custom parameters", true},
    {"claims", "claims about people", true},
    {"messages", "messages", true},
    {CANVAS_NAME "privacy_level", "privacy level", true},
    {CANVAS_NAME "tool_id", "domain", false},
    {CANVAS_NAME "vendor", "name", false},
};

/* What a later program may add is told by its own name. */
static struct member
member_of(const char *name)
{
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (span_is(span_of(name), members[i].name))
			return members[i];
	if (span_starts(span_of(name), "client_name#"))
		return (struct member){name, "name", false};
	return (struct member){name, name, false};
}

/* --- one value ----------------------------------------------------------- */

static bool
words_hold(struct span words, struct span wanted)
{
	struct span word, rest, other;

	while (span_next(&wanted, ' ', &word)) {
		bool found = word.length == 0 || span_is(word, "openid");
		rest = words;
		while (!found && span_next(&rest, ' ', &other))
			found = span_equal(word, other);
		if (!found)
			return false;
	}
	return true;
}

static bool holds(
    struct cx *cx, const struct json_t *held, const struct json_t *wanted);

static bool
one_holds(
    struct cx *cx, const struct json_t *items, const struct json_t *wanted)
{
	struct span text, other;
	bool is_text = jread_text(wanted, &text);

	for (size_t i = 0; i < jread_count(items); i++) {
		const struct json_t *item = jread_at(items, i);
		if (is_text ? jread_text(item, &other) &&
				  tool_doc_same_placement(text, other)
			    : holds(cx, item, wanted))
			return true;
	}
	return false;
}

/* All that is wanted is in what is held, in any order; what else is there
 * does not matter. [] for {} is how PHP writes an empty object. */
static bool
holds(struct cx *cx, const struct json_t *held, const struct json_t *wanted)
{
	const struct json_t *value;
	struct span name;
	void *place = NULL;

	for (size_t i = 0; i < jread_count(wanted); i++)
		if (!one_holds(cx, held, jread_at(wanted, i)))
			return false;
	while (jread_next(wanted, &place, &name, &value))
		if (!holds(cx, jread_member(held, arena_cstr(cx->arena, name)),
			value))
			return false;
	if (!wanted || jread_is_array(wanted) || jread_is_object(wanted))
		return true;
	return held &&
	       span_equal(jwrite_bytes(cx, held), jwrite_bytes(cx, wanted));
}

static bool
member_holds(struct cx *cx, const char *name, const struct json_t *held,
    const struct json_t *wanted)
{
	if (span_is(span_of(name), "scope"))
		return words_hold(jread_text_or(held, SPAN("")),
		    jread_text_or(wanted, SPAN("")));
	return holds(cx, held, wanted);
}

static bool
is_same(struct cx *cx, const char *name, const struct json_t *a,
    const struct json_t *b)
{
	return !a == !b && jread_count(a) == jread_count(b) &&
	       member_holds(cx, name, a, b) && member_holds(cx, name, b, a);
}

/* --- two requests, and what the LMS shows -------------------------------- */

struct comparison {
	struct cx *cx;
	struct json_t *words;
	size_t taken, waiting;
};

/* Where the LMS shows both, what is wanted now tells: more than before is
 * there already; less is not yet. */
static void
judge(struct comparison *to, const struct member *member,
    const struct json_t *before, const struct json_t *now,
    const struct json_t *held)
{
	if (!held && !member->shown)
		return;
	bool shows_now = member_holds(to->cx, member->name, held, now);
	bool shows_before = member_holds(to->cx, member->name, held, before);

	if (shows_now && shows_before)
		shows_now = member_holds(to->cx, member->name, now, before);
	if (shows_now)
		to->taken++;
	else if (shows_before)
		to->waiting++;
}

static void
compare_member(struct comparison *to, struct span name,
    const struct json_t *before, const struct json_t *now,
    const struct json_t *held)
{
	const char *text = arena_cstr(to->cx->arena, name);
	const struct json_t *a = jread_member(before, text);
	const struct json_t *b = jread_member(now, text);
	struct member member = member_of(text);

	if (span_is(name, TOOL_CONFIGURATION) || is_same(to->cx, text, a, b))
		return;
	if (!jread_holds(to->words, span_of(member.word)))
		jwrite_push_text(to->words, span_of(member.word));
	judge(to, &member, a, b, jread_member(held, text));
}

static void
compare_objects(struct comparison *to, const struct json_t *before,
    const struct json_t *now, const struct json_t *held)
{
	const struct json_t *value;
	struct span name;
	void *place = NULL;

	while (jread_next(now, &place, &name, &value))
		compare_member(to, name, before, now, held);
	place = NULL;
	while (jread_next(before, &place, &name, &value))
		if (!jread_member(now, arena_cstr(to->cx->arena, name)))
			compare_member(to, name, before, now, held);
}

static struct comparison
compare(struct cx *cx, const struct json_t *before, const struct json_t *now,
    const struct json_t *held)
{
	struct comparison to = {.cx = cx, .words = jwrite_array(cx)};

	compare_objects(&to, before, now, held);
	compare_objects(&to, jread_member(before, TOOL_CONFIGURATION),
	    jread_member(now, TOOL_CONFIGURATION),
	    jread_member(held, TOOL_CONFIGURATION));
	return to;
}

struct json_t *
registration_step_words(
    struct cx *cx, const struct json_t *before, const struct json_t *now)
{
	return compare(cx, before, now, NULL).words;
}

bool
registration_step_waits(struct cx *cx, const struct json_t *before,
    const struct json_t *now, const struct json_t *held)
{
	struct comparison found = compare(cx, before, now, held);

	return found.taken == 0 && found.waiting > 0;
}
