/*
 * fetch.h - the one door through which anything leaves
 *
 * Layer  net
 * Gives  one bounded HTTP exchange with a judged and pinned address
 * Owns   curl handles, kept per host and lent out; the permits
 * Fails  ENDPOINT_REFUSED (the URL itself), LMS_UNREACHABLE (nothing was
 *        sent: not resolved, address refused, no connection, TLS refused; all
 *        with one public text, so that it tells nothing of our network),
 *        LMS_NO_ANSWER (the request may have arrived; no whole answer came,
 *        or one beyond the bounds), OUTBOUND_BUSY (no permit in time)
 *
 * No redirect is followed, no proxy used, no compression asked for. A
 * status of 400 or 302 is an answer, not a fault.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NET_FETCH_H
#define NET_FETCH_H

#include "base/fault.h"
#include "net/permits.h"
#include "net/url_guard.h"

struct cx;
struct net;
struct trust;

struct net_options {
	struct url_policy policy;
	struct permit_limits limits;
	const char *ca_file;     /* trusted besides the system's, or NULL */
	const char *dns_servers; /* "192.0.2.1:53,..."; NULL: the system's */
	/* A URL that the operator configured, word for word: it may lead
	 * anywhere, a private network too, for requests that say `own`. NULL:
	 * there is none. */
	const char *own_url;
};

/* Copies the options. Fails with CONFIG_REFUSED when ca_file cannot be read. */
enum fault net_open(struct cx *cx, const struct net_options *options,
    struct net **out) MUST_USE;
void net_close(struct net *net); /* NULL is fine; nobody may be fetching */
const struct url_policy *net_policy(const struct net *net);
/* For net/mail.c, the other door. */
struct trust *net_trust(const struct net *net);
const char *net_dns_servers(const struct net *net);

/* The flow's deadline when nothing else is said: 15 s from now. */
int64_t fetch_deadline(void);

struct fetch_header {
	const char *name; /* NULL ends the list */
	struct span value;
};
enum { FETCH_HEADERS_MAX = 4 };

struct fetch_request {
	struct span url;
	const char *method; /* "GET", "POST"; others are sent as a POST is */
	struct span bearer; /* empty: no Authorization header */
	const char *accept;
	const char *content_type; /* of the body, or NULL */
	struct span body;
	size_t answer_max;   /* bytes of body taken; 0: 1 MiB */
	int64_t deadline_ms; /* on clock_monotonic_ms */
	enum permit_kind kind;
	struct span client; /* address of who caused this */
	/* Besides those above; ours, without control characters. */
	struct fetch_header headers[FETCH_HEADERS_MAX];
	/* This is net_options.own_url: judged as such if it is, to the letter;
	 * else as any other. No LMS's document can say so. */
	bool own;
	/* What arrives twice does no harm, so a kept connection will do: when
	 * it turns out to be dead, libcurl sends again on a new one. A GET
	 * always may. */
	bool repeatable;
	bool wants_certificate; /* its end, on a new connection */
};

/* Spans live in the arena of cx; an absent header is empty. */
struct fetch_answer {
	int status;
	struct span content_type; /* media type alone, lower case */
	struct span body;
	struct span retry_after;
	struct span cache_control;
	struct span link; /* all Link headers, joined by ", " */
	struct span date, set_cookie, frame_options;
	int64_t certificate_ends_at; /* of who answered, if asked for; or 0 */
};

enum fault fetch(struct net *net, struct cx *cx,
    const struct fetch_request *request, struct fetch_answer *out) MUST_USE;

/* Seconds that an answer's Retry-After asks for, as a number or as a date, a
 * day at most; 0: nothing that can be read (RFC 9110, 10.2.3). */
enum { FETCH_RETRY_AFTER_MAX = 86400 };
int64_t fetch_retry_after(struct cx *cx, const struct fetch_answer *answer);

/* An HTTP date; 0: it is none. */
int64_t fetch_date(struct cx *cx, struct span date);

/* For who makes a fault of an answer: notes url (without its query), status
 * and the body's beginning in cx->note. fetch itself notes the url of what it
 * fails at, and forgets what was noted before. */
enum { FETCH_NOTE_MAX = 16 * 1024 };
void fetch_note(
    struct cx *cx, struct span url, const struct fetch_answer *answer);

#endif
