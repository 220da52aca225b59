/*
 * confirm.h - a registration that a person confirms in the LMS's frame
 *
 * Layer  app
 * Gives  the steps of mode "confirm": signing in, choosing an organisation,
 *        yes or no, asking somebody else, watching what comes of it
 * Owns   nothing
 * Fails  TICKET_REFUSED (forged, expired, of another step); NO_REGISTRATION;
 *        as sign_in.h, complete.h, db.h
 *
 * The frame has no cookie. What it knows goes from form to form in a ticket,
 * sealed and short-lived: which registration, who signed in, for which
 * organisation. A ticket alone proves nothing that was not proven before it
 * was made, and rights are looked up again when it is used.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_CONFIRM_H
#define APP_CONFIRM_H

#include "app/complete.h"
#include "app/sign_in.h"
#include "store/organizations.h"

struct cx;
struct gateway;

enum { CONFIRM_CHOICES_MAX = 500 };

enum confirm_step {
	CONFIRM_SIGN_IN,
	CONFIRM_CHOOSE,
	CONFIRM_QUESTION,
	CONFIRM_NO_RIGHT, /* signed in, and may not; may ask */
	CONFIRM_BESIDE,   /* in a window of its own: is it you in the frame? */
	CONFIRM_BESIDE_DONE,
	CONFIRM_WAITS,
	CONFIRM_DONE,
	CONFIRM_DECLINED, /* the person said no */
	CONFIRM_REJECTED, /* somebody else did */
	CONFIRM_FAILED,   /* approved, and the LMS refused */
	CONFIRM_OVER      /* its hour is over */
};

/* What the next page shows. */
struct confirm_view {
	enum confirm_step step;
	struct span tool, issuer;
	struct span ticket; /* for the page's form; of a watch: for its URL */
	struct span email;  /* as typed */
	struct span person; /* who signed in */
	struct span code;
	struct span chosen;               /* id of the organisation claimed */
	struct organization_list list;    /* to choose from */
	bool may_be_nobodys;              /* staff: no organisation at all */
	struct organization organization; /* of the question; or empty */
	struct complete_result completed;
	struct span reference; /* of the registration */
};

/* The first page. */
enum fault confirm_open(struct gateway *gateway, struct cx *cx,
    struct span registration_id, struct confirm_view *out) MUST_USE;

/* out is filled for the same page once more when the sign-in is refused. */
enum fault confirm_sign_in(struct gateway *gateway, struct cx *cx,
    struct span ticket, const struct sign_in_args *args,
    struct confirm_view *out) MUST_USE;

/* Signing in by a provider, which refuses to be framed, in a window beside the
 * frame: which registration that is for; the question whether it is the same
 * person, once it is known who came; yes; and the frame goes on. */
enum fault confirm_registration_of(struct gateway *gateway, struct cx *cx,
    struct span ticket, struct span *registration_id) MUST_USE;
enum fault confirm_beside(struct gateway *gateway, struct cx *cx,
    struct span registration_id, const struct user *user,
    struct confirm_view *out) MUST_USE;
enum fault confirm_beside_agree(struct gateway *gateway, struct cx *cx,
    struct span ticket, struct confirm_view *out) MUST_USE;
/* *gone_on: somebody signed in beside it; else the sign-in page again. */
enum fault confirm_continue(struct gateway *gateway, struct cx *cx,
    struct span ticket, bool *gone_on, struct confirm_view *out) MUST_USE;

/* organization: empty for nobody's. */
enum fault confirm_choose(struct gateway *gateway, struct cx *cx,
    struct span ticket, struct span organization,
    struct confirm_view *out) MUST_USE;

enum fault confirm_answer(struct gateway *gateway, struct cx *cx,
    struct span ticket, bool yes, struct span client,
    struct confirm_view *out) MUST_USE;

/* Somebody else is to decide. A watch may also be that of a frame beside which
 * somebody signs in: CONFIRM_CHOOSE when they have. */
enum fault confirm_ask(struct gateway *gateway, struct cx *cx,
    struct span ticket, struct confirm_view *out) MUST_USE;
enum fault confirm_watch(struct gateway *gateway, struct cx *cx,
    struct span ticket, struct confirm_view *out) MUST_USE;

#endif
