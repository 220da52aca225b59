/*
 * registrations.h - Dynamic Registrations in progress, and what became of them
 *
 * Layer  store
 * Gives  the steps of a registration, each one atomic write that happens at
 *        most once
 * Owns   the table registrations
 * Fails  as db.h; NO_REGISTRATION (unknown, used, rejected, expired: they
 *        look alike); TOKEN_ALREADY_USED; CLOSE_USED
 *
 *   waiting --send--> sent --complete--> completed
 *      ^                |----refuse----> refused
 *      +----give back---+  (nothing reached the LMS)
 *   waiting --reject--> rejected
 *
 * A crash after send leaves "sent": the LMS may hold a tool that we do not
 * know, and the row says which.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_REGISTRATIONS_H
#define STORE_REGISTRATIONS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

enum { REGISTRATION_LIFE = 3600, REGISTRATION_TRACE = 30 * 86400 };

struct registration {
	struct span id_hash; /* digest_text of the secret registrationId */
	struct span handle;  /* public name */
	struct span state;
	struct span replay;     /* set while the LMS's token counts as used */
	struct span token_hash; /* digest of configuration URL and token */
	struct span reference;
	struct span issuer, family, version; /* as the LMS says */
	struct span sealed;               /* configuration document and token */
	struct span privacy_level;        /* asked for by the URL, or empty */
	struct span organization_id;      /* proven by a link */
	struct span claimed_organization; /* only claimed */
	struct span link_id;
	struct span started_from; /* client address */
	struct span close_hash;
	struct span platform_id, client_id;
	struct span fault;     /* name of what went wrong */
	struct span step;      /* who is to decide: empty (the tool's own page),
				* confirm (a person in the frame), approval */
	struct span person_id; /* who signed in beside the frame, or empty */
	struct span code;      /* what both windows show meanwhile */
	int64_t created_at, changed_at, expires_at;
};

struct registration_list {
	const struct registration *at;
	size_t count;
};

enum fault registrations_add(struct db_session *session, struct cx *cx,
    const struct registration *registration) MUST_USE;

/* Has this token been sent to its LMS already? TOKEN_ALREADY_USED if so. */
enum fault registrations_check_token(
    struct db_session *session, struct cx *cx, struct span token_hash) MUST_USE;

/* One that waits, by the hash of its id or by its handle. */
enum fault registrations_find_waiting(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span handle, struct registration *out) MUST_USE;

/* Not ended and not expired, the youngest first; also those sent without an
 * answer, until their trace expires. Those of organisations that reader has a
 * role in; an empty reader sees all. organization_id: of this one alone, or
 * empty. */
enum fault registrations_list(struct db_session *session, struct cx *cx,
    struct span reader, struct span organization_id,
    struct registration_list *out) MUST_USE;

/* One that waits or ended within its hour, by its handle: for its frame. */
enum fault registrations_find_any(struct db_session *session, struct cx *cx,
    struct span handle, struct registration *out) MUST_USE;
/* A person of ours is asked to approve it; organization_id as it is proven, or
 * empty. */
enum fault registrations_ask(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span organization_id) MUST_USE;
/* Who signed in beside the frame; only the first. */
enum fault registrations_sign(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span person_id) MUST_USE;

/* waiting to sent; of two at once one gets NO_REGISTRATION. */
enum fault registrations_send(
    struct db_session *session, struct cx *cx, struct span id_hash) MUST_USE;
/* sent to waiting (or, for one that never waited, to refused). */
enum fault registrations_give_back(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span fault_name, bool waits) MUST_USE;
enum fault registrations_complete(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span platform_id, struct span client_id,
    struct span close_hash) MUST_USE;
/* client_id: what the LMS gave before things went wrong, or empty. */
enum fault registrations_refuse(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span fault_name,
    struct span client_id) MUST_USE;
/* Still sent, and now known to be unanswered. */
enum fault registrations_leave(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span fault_name) MUST_USE;
enum fault registrations_reject(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span close_hash) MUST_USE;

/* Spends the right to see the closing page. */
enum fault registrations_close(
    struct db_session *session, struct cx *cx, struct span close_hash) MUST_USE;

/* Deletes at most max rows whose time is over. */
enum fault registrations_expire(struct db_session *session, struct cx *cx,
    int64_t max, size_t *deleted) MUST_USE;

#endif
