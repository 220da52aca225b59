/*
 * admission.h - the last step of a launch: it is let in, once
 *
 * Layer  app
 * Gives  admission_keep: deployment, nonce, launch, first launch and event,
 *        in one transaction
 * Owns   nothing
 * Fails  DEPLOYMENT_REFUSED, LAUNCH_REPLAYED; CONTENT_GONE: the link is of
 *        another organisation's content; as db.h
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_ADMISSION_H
#define APP_ADMISSION_H

#include "base/fault.h"
#include "store/launches.h"

struct cx;
struct directory_platform;
struct gateway;
struct json_t;
struct launch;

enum { DEPLOYMENTS_MAX = 10000 }; /* that one platform may teach us */

struct admission {
	struct launch_key key;
	const struct directory_platform *platform;
	const struct json_t *settings;
	const struct launch *launch;
	const struct json_t *claims;
	struct span payload;       /* the claims as they were signed */
	struct span rules;         /* that held, for the event */
	struct span content_owner; /* of what the link names; or empty */
	struct span migration;     /* what the LTI 1.1 claim proved; or none */
	bool fell_back;            /* the link's target is not allowed */
	bool fetched;              /* the LMS's keys were, for this */
	/* Told, also when it is refused: whose the launch is; or NULL. */
	struct span *organization_id;
};

enum fault admission_keep(struct gateway *gateway, struct cx *cx,
    const struct admission *admission) MUST_USE;

#endif
