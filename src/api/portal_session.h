/*
 * portal_session.h - the portal's cookie, and the way it stands in answers
 *
 * Layer  api
 * Gives  the session's cookie read, set and taken away; the check that a
 *        request comes from the portal's own page; a person as JSON
 * Owns   nothing
 * Fails  CSRF_REFUSED
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_PORTAL_SESSION_H
#define API_PORTAL_SESSION_H

#include "base/fault.h"
#include "base/span.h"

struct call;
struct json_t;
struct sign_in;
struct user;

/* SPAN_NONE: there is none. */
struct span portal_session_cookie(const struct call *call);
void portal_session_keep(struct call *call, const struct sign_in *sign_in);
void portal_session_forget(struct call *call);

/* The secret that binds a trip to the sign-in provider to this browser; empty
 * takes it away. */
struct span portal_session_trip(const struct call *call);
void portal_session_keep_trip(struct call *call, struct span secret);

/* Browsers say where a request comes from. */
enum fault portal_session_check_origin(struct call *call) MUST_USE;

void portal_session_write_user(struct json_t *object, const struct user *user);

#endif
