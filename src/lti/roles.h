/*
 * roles.h - what a person may do in the LMS, as its token says
 *
 * Layer  lti (pure)
 * Gives  whether somebody teaches, administers or develops content
 * Owns   nothing
 * Fails  never
 * Spec   LTI Core 1.3, 5.3.7 and A.2 (role vocabularies)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_ROLES_H
#define LTI_ROLES_H

#include <stdbool.h>

struct json_t;

/* roles: the claim. Where the token names roles in the course, these decide,
 * but for administrators: somebody who teaches elsewhere in the school may be
 * a student here. */
bool roles_may_select(const struct json_t *roles);

#endif
