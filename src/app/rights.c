/* rights.c - who may do what, and in which organisation
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/rights.h"

#include "base/cx.h"

#define RIGHT(name, word, ...) word,
const char *const right_words[RIGHT_COUNT] = {
    "",
#include "app/rights.def"
};
#undef RIGHT

#define RIGHT(name, word, o, a, v, oa, r, ov, text) text,
const char *const right_texts[RIGHT_COUNT] = {
    "",
#include "app/rights.def"
};
#undef RIGHT

#define RIGHT(name, word, o, a, v, oa, r, ov, text) {0, o, a, v, oa, r, ov},
static const bool table[RIGHT_COUNT][ROLE_COUNT] = {
    {0},
#include "app/rights.def"
};
#undef RIGHT

static const struct {
	const char *word;
	bool staff;
} roles[ROLE_COUNT] = {
    [ROLE_NONE] = {"", false},
    [ROLE_OWNER] = {"owner", true},
    [ROLE_ADMIN] = {"admin", true},
    [ROLE_VIEWER] = {"viewer", true},
    [ROLE_ORGANIZATION_ADMIN] = {"admin", false},
    [ROLE_ORGANIZATION_REGISTRAR] = {"registrar", false},
    [ROLE_ORGANIZATION_VIEWER] = {"viewer", false},
};

static enum role
find_role(struct span word, bool staff)
{
	for (enum role role = ROLE_OWNER; role < ROLE_COUNT; role++)
		if (roles[role].staff == staff &&
		    span_is(word, roles[role].word))
			return role;
	return ROLE_NONE;
}

enum role
role_of_staff(struct span word)
{
	return find_role(word, true);
}

enum role
role_of_organization(struct span word)
{
	return find_role(word, false);
}

const char *
role_word(enum role role)
{
	return roles[role].word;
}

bool
rights_has(enum role role, enum right right)
{
	return table[right][role];
}

bool
rights_everywhere(const struct caller *caller, enum right right)
{
	return caller->program || rights_has(caller->staff, right);
}

static enum fault
not_allowed(struct cx *cx, enum right right)
{
	return fault_tell(cx, FAULT_NOT_ALLOWED,
	    "Your role does not allow this: %s", right_texts[right]);
}

enum fault
rights_check(struct cx *cx, const struct caller *caller, enum right right)
{
	/* Who has lost every role still signs out. */
	if (right == RIGHT_SELF && caller->person_id.length)
		return FAULT_NONE;
	if (rights_everywhere(caller, right))
		return FAULT_NONE;
	for (size_t i = 0; i < caller->role_count; i++)
		if (rights_has(caller->roles[i].role, right))
			return FAULT_NONE;
	return not_allowed(cx, right);
}

static enum role
role_in(const struct caller *caller, struct span organization_id)
{
	for (size_t i = 0; organization_id.length && i < caller->role_count;
	     i++)
		if (span_equal(
			caller->roles[i].organization_id, organization_id))
			return caller->roles[i].role;
	return ROLE_NONE;
}

enum fault
rights_check_in(struct cx *cx, const struct caller *caller, enum right right,
    struct span organization_id, enum fault absent)
{
	enum role role = role_in(caller, organization_id);

	if (rights_everywhere(caller, right) || rights_has(role, right))
		return FAULT_NONE;
	if (rights_everywhere(caller, RIGHT_SEE) || rights_has(role, RIGHT_SEE))
		return not_allowed(cx, right);
	return fault(cx, absent, "of an organisation that is not the caller's");
}

struct span
rights_reader(const struct caller *caller)
{
	return rights_everywhere(caller, RIGHT_SEE) ? SPAN("")
						    : caller->person_id;
}
