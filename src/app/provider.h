/*
 * provider.h - signing in by an OpenID Connect provider
 *
 * Layer  app
 * Gives  the provider's configuration; the address that the browser is sent
 *        to; what comes back, and who it is
 * Owns   the client secret and what the provider said of itself, from
 *        provider_open to provider_close
 * Fails  PROVIDER_OFF; PROVIDER_FAILED, told; PROVIDER_REFUSED (the provider
 *        said no); PROVIDER_STATE (not begun in this browser, or too long
 *        ago); PROVIDER_STRANGER (nobody here has this address); as db.h
 * Spec   OpenID Connect Core 1.0, 3.1 (code flow); RFC 7636 (S256); RFC 9700,
 *        2.1 (state bound to the browser)
 *
 * Who comes is found by the subject, or the first time by an address that the
 * provider says is verified. Nobody is made: people are invited.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_PROVIDER_H
#define APP_PROVIDER_H

#include "base/fault.h"
#include "store/users.h"

struct cx;
struct gateway;
struct provider;

enum { PROVIDER_STATE_LIFE = 600 };

struct provider_options {
	struct span issuer, client_id, client_secret;
};

/* *out is NULL when none is configured. */
enum fault provider_open(struct cx *cx, const struct provider_options *options,
    struct provider **out) MUST_USE;
void provider_close(struct provider *provider); /* NULL is fine */
/* What people call it: its host; empty: there is none. */
struct span provider_name(const struct provider *provider);

struct provider_trip {
	struct span registration; /* beside whose frame; empty: the portal */
	struct span url;          /* where the browser is sent */
	struct span browser;      /* secret for its cookie */
};

/* Fills url and browser. */
enum fault provider_begin(struct gateway *gateway, struct cx *cx,
    struct provider_trip *trip) MUST_USE;

struct provider_return {
	struct span code, state, error; /* of the query */
	struct span browser;            /* of the cookie */
	struct span client;             /* address of the browser */
};

enum fault provider_finish(struct gateway *gateway, struct cx *cx,
    const struct provider_return *back, struct user *out,
    struct span *registration) MUST_USE;

#endif
