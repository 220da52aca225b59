/*
 * rights.h - who may do what, and in which organisation
 *
 * Layer  app
 * Gives  the table of rights.def; struct caller; the checks of a right, at
 *        all and in one organisation
 * Owns   nothing
 * Fails  NOT_ALLOWED; where a thing belongs to an organisation that the
 *        caller does not see, the fault of a thing that is not there
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_RIGHTS_H
#define APP_RIGHTS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;

enum right {
	RIGHT_NONE,
#define RIGHT(name, word, ...) RIGHT_##name,
#include "app/rights.def"
#undef RIGHT
	RIGHT_COUNT
};

extern const char *const right_words[RIGHT_COUNT];
extern const char *const right_texts[RIGHT_COUNT];

/* A column of the table. */
enum role {
	ROLE_NONE,
	ROLE_OWNER,
	ROLE_ADMIN,
	ROLE_VIEWER,
	ROLE_ORGANIZATION_ADMIN,
	ROLE_ORGANIZATION_REGISTRAR,
	ROLE_ORGANIZATION_VIEWER,
	ROLE_COUNT
};

enum role role_of_staff(struct span word);        /* "owner", "admin" ... */
enum role role_of_organization(struct span word); /* "admin", "registrar" ... */
const char *role_word(enum role role);
bool rights_has(enum role role, enum right right);

struct caller_role {
	struct span organization_id;
	enum role role;
};

/* Who asks. */
struct caller {
	bool program;          /* an API key or the command line: may do all */
	struct span person_id; /* else a person who is signed in */
	struct span session_id;
	enum role staff; /* or ROLE_NONE */
	const struct caller_role *roles;
	size_t role_count;
};

/* Anywhere at all. */
enum fault rights_check(
    struct cx *cx, const struct caller *caller, enum right right) MUST_USE;

/* On what belongs to this organisation (empty: to nobody, staff alone).
 * absent: how a thing that is not there is told. */
enum fault rights_check_in(struct cx *cx, const struct caller *caller,
    enum right right, struct span organization_id, enum fault absent) MUST_USE;

/* Whether the right holds for the whole tool. */
bool rights_everywhere(const struct caller *caller, enum right right);

/* Whose organisations a list is cut down to: the id of a person, or empty
 * when the caller sees all. */
struct span rights_reader(const struct caller *caller);

#endif
