/*
 * roster.h - the people of a context
 *
 * Layer  lti (pure)
 * Gives  a page of an LMS's members in LTIAAS's form
 * Owns   nothing: the context lives in the arena of cx, what is pushed in
 *        members
 * Fails  SERVICE_REPLY_MALFORMED
 * Spec   Names and Role Provisioning Services 2.0, 2.2 and 2.3; docs/api.md
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_ROSTER_H
#define LTI_ROSTER_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct json_t;

#define ROSTER_TYPE "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"

enum { ROSTER_VALUES_MAX = 400000 }; /* Moodle sends a whole course at once */

struct roster_page {
	struct span id;               /* of the container; may be empty */
	const struct json_t *context; /* NULL: none was told */
};

/* Pushes the page's members to members: userId (from user_id), roles, status
 * (Active when absent), email, name, givenName, familyName, middleName,
 * picture, lisPersonSourcedId, lti11LegacyUserId (from LTI's names; a text
 * that is empty is left out), every other member by its own name ("message"
 * of a resource link's roster too), unless that is one of LTIAAS's. One without
 * a user_id is left out; a user_id that is a number becomes text. */
enum fault roster_read(struct cx *cx, struct span body, struct json_t *members,
    struct roster_page *out) MUST_USE;

#endif
