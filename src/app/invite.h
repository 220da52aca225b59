/*
 * invite.h - links with which people choose their password
 *
 * Layer  app
 * Gives  a link for a person, the link that makes the first owner, what a
 *        link is good for, its use
 * Owns   nothing
 * Fails  NO_INVITATION; PARAMETER_REFUSED by member; as db.h
 *
 * A link is <public URL>/portal#/invitation/<token>: what stands after '#'
 * is sent to nobody, and stands in no log.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_INVITE_H
#define APP_INVITE_H

#include "app/sign_in.h"
#include "store/invitations.h"

struct cx;
struct db_session;
struct gateway;

enum { INVITATION_LIFE = 7 * 86400 };

struct invite_link {
	struct span url; /* told once */
	int64_t expires_at;
};

/* Within a transaction of the caller's; the person's older links end. */
enum fault invite_make(struct db_session *session, struct cx *cx,
    const struct gateway *gateway, struct span user_id,
    struct invite_link *out) MUST_USE;

/* url is empty when the tool has an owner. */
enum fault invite_first_owner(
    struct gateway *gateway, struct cx *cx, struct invite_link *out) MUST_USE;

struct invite_facts {
	struct invitation invitation;
	struct user user; /* of its id alone when it is the first owner's */
};

enum fault invite_find(struct gateway *gateway, struct cx *cx,
    struct span token, struct invite_facts *out) MUST_USE;

struct invite_args {
	struct span token, password;
	struct span name, email; /* email: of the first owner alone */
	struct span agent;
};

/* Sets the password, ends older sessions and signs in. */
enum fault invite_accept(struct gateway *gateway, struct cx *cx,
    const struct invite_args *args, struct sign_in *out) MUST_USE;

#endif
