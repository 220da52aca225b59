/*
 * content_owner.h - whose content a call makes or changes
 *
 * Layer  api
 * Gives  the organisation that is meant, once it is there, the caller may
 *        change its content, and the course is one of its own
 * Owns   nothing
 * Fails  PARAMETER_REFUSED, told: none is named, or the course is none;
 *        NO_ORGANIZATION: not there, or not the caller's; NOT_ALLOWED; as db.h
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_CONTENT_OWNER_H
#define API_CONTENT_OWNER_H

#include "base/fault.h"
#include "base/span.h"

struct call;
struct db_session;

/* *organization_id empty: the course's, else the only one of the caller. */
enum fault content_owner_find(struct call *call, struct db_session *session,
    struct span *organization_id, struct span parent_id) MUST_USE;

#endif
