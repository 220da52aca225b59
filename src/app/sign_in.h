/*
 * sign_in.h - who is at the portal
 *
 * Layer  app
 * Gives  signing in with a password, sessions, the token against forged
 *        requests, the change of one's own password
 * Owns   nothing
 * Fails  SIGN_IN_REFUSED, the same for an unknown address and a wrong
 *        password, after the same work; TOO_MANY_REQUESTS; NOT_SIGNED_IN;
 *        CSRF_REFUSED; as db.h
 *
 * The cookie holds 256 bits of chance; the store keeps its SHA-256. The token
 * against forged requests is an HMAC of the cookie, so that it needs no row.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SIGN_IN_H
#define APP_SIGN_IN_H

#include "app/rights.h"
#include "store/sessions.h"
#include "store/users.h"

struct cx;
struct db_session;
struct gateway;

enum { PASSWORD_MIN = 12, PASSWORD_MAX = 200 };

struct sign_in_args {
	struct span email, password;
	struct span address; /* of the browser */
	struct span agent;
};

struct sign_in {
	struct user user;
	struct session session;
	struct span cookie;
};

/* Who has this address and this password; no session begins. */
enum fault sign_in_check(struct gateway *gateway, struct cx *cx,
    const struct sign_in_args *args, struct user *out) MUST_USE;
enum fault sign_in_begin(struct gateway *gateway, struct cx *cx,
    const struct sign_in_args *args, struct sign_in *out) MUST_USE;

/* A session for out->user, within a transaction of the caller's. */
enum fault sign_in_open(struct db_session *session, struct cx *cx,
    struct span agent, struct sign_in *out) MUST_USE;

enum fault sign_in_find(struct gateway *gateway, struct cx *cx,
    struct span cookie, struct sign_in *out) MUST_USE;
enum fault sign_in_end(struct gateway *gateway, struct cx *cx,
    struct span user_id, struct span session_id) MUST_USE;

/* Ends all sessions, and begins one in place of the present one. */
enum fault sign_in_change_password(struct gateway *gateway, struct cx *cx,
    const struct sign_in_args *current, struct span next,
    struct sign_in *out) MUST_USE;

/* Long enough, and not the address itself. */
enum fault sign_in_check_new_password(
    struct cx *cx, struct span email, struct span password) MUST_USE;

/* In lower case, with something on both sides of one '@'. */
enum fault sign_in_read_email(
    struct cx *cx, struct span text, struct span *out) MUST_USE;

struct span sign_in_token(
    struct gateway *gateway, struct cx *cx, struct span cookie);
enum fault sign_in_check_token(struct gateway *gateway, struct cx *cx,
    struct span cookie, struct span token) MUST_USE;

struct caller sign_in_caller(struct cx *cx, const struct sign_in *sign_in);
/* What this person may do, without a session. */
struct caller sign_in_caller_of(struct cx *cx, const struct user *user);

#endif
