/*
 * subscribe.h - asking LMSs to send platform notices
 *
 * Layer  app
 * Gives  subscribe_meet: a launch showed that its LMS can;
 *        subscribe_settle: the LMSs are asked for what the settings wish
 * Owns   nothing
 * Fails  subscribe_settle as db.h; what an LMS refuses is kept with the
 *        subscription, and tried again
 * Spec   1EdTech Platform Notification Service 1.0, as Canvas does: PUT of
 *        {notice_type, handler}; an empty handler takes it back
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SUBSCRIBE_H
#define APP_SUBSCRIBE_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct directory_platform;
struct gateway;
struct json_t;

enum {
	SUBSCRIBE_AT_ONCE = 20,    /* places of one round */
	SUBSCRIBE_ROUND_MS = 5000, /* of one of the housekeeper's */
	SUBSCRIBE_CALL_MS = 5000,  /* of one LMS */
	SUBSCRIBE_FIRST = 30,      /* seconds, then twice as long each time */
	SUBSCRIBE_LONGEST = 6 * 3600,
};

/* Where the settings wish for notices; one look at the store, a write when
 * what the LMS offers is new. No launch fails for it. */
void subscribe_meet(struct gateway *gateway, struct cx *cx,
    const struct directory_platform *platform, const struct json_t *settings,
    struct span deployment_id, const struct json_t *claims);

/* For all instances, by one of them. */
enum fault subscribe_settle(struct gateway *gateway, struct cx *cx) MUST_USE;

#endif
