/*
 * gateway.h - what every use case works with
 *
 * Layer  app
 * Gives  struct gateway: the store, the outbound door, the secrets, our URL
 * Owns   all of them, from gateway_open to gateway_close
 * Fails  gateway_open: as db.h; SECRET_WRONG when the secret file is not the
 *        one the store was begun with; CONFIG_REFUSED
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_GATEWAY_H
#define APP_GATEWAY_H

#include <stdatomic.h>

#include "app/notify.h"
#include "app/provider.h"
#include "app/secrets.h"
#include "base/fault.h"
#include "lti/issuer_rules.h"
#include "net/fetch.h"
#include "store/db.h"

struct access_tokens;
struct cx;
struct directory;
struct key_sets;
struct notice_sender;
struct recent_launches;
struct rests;
struct score_sender;
struct score_stamps;
struct secret_file;
struct signer;
struct throttle;
struct usage;

struct gateway_options {
	struct span store; /* as for db_open */
	struct db_options db;
	const char *secret_file; /* NULL: beside the SQLite file */
	struct span public_url;
	struct net_options net;
	struct notify_options notify;
	struct provider_options provider;
	struct issuer_exceptions exceptions;
	int64_t keep_events;             /* seconds */
	int64_t keep_launches;           /* seconds; ltiks live as long */
	int64_t keep_usage;              /* seconds */
	int64_t clock_skew;              /* seconds */
	unsigned registrations_a_minute; /* from one address */
	unsigned complaints_a_minute;    /* events of refused launches, same */
	bool tells_metrics;              /* at /metrics, for a key */
	unsigned sign_ins_a_minute;      /* of one person; five times that
					  * from one address */
};

struct gateway {
	struct db *db;
	struct net *net;
	struct secret_file *secret_file;
	struct secrets *secrets; /* the file's */
	struct span public_url;  /* no slash at its end */
	struct span domain;      /* its authority */
	struct span instance;    /* this process's name in leases */
	atomic_bool stopping;    /* nothing new is to come here */
	bool tells_metrics;
	struct issuer_exceptions exceptions;
	struct throttle *throttle;   /* of registrations */
	struct throttle *complaints; /* of refused launches' events */
	struct throttle *sign_ins_of, *sign_ins_from; /* person, address */
	struct directory *directory;
	struct key_sets *key_sets;
	struct signer *signer;
	struct access_tokens *tokens;
	struct recent_launches *recent_launches;
	struct rests *rests; /* hosts that asked to be left alone */
	struct score_stamps *score_stamps;
	struct score_sender *score_sender; /* NULL but in a server */
	struct notify *notify;
	struct notice_sender *notice_sender; /* NULL but in a server */
	struct provider *provider;           /* of sign-ins; NULL: none */
	struct usage *usage;                 /* counted and not stored yet */
	int64_t keep_events, keep_launches, keep_usage, clock_skew;
	struct arena *arena; /* of the texts above */
};

enum fault gateway_open(struct cx *cx, const struct gateway_options *options,
    struct gateway **out) MUST_USE;
void gateway_close(struct gateway *gateway);

/* The path of the secret file that options mean. */
const char *gateway_secret_path(
    struct cx *cx, const struct gateway_options *options);

#endif
