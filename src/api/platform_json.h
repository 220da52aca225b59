/*
 * platform_json.h - a platform as LTIAAS's API writes it
 *
 * Layer  api
 * Gives  reading the members that a body gives, writing a whole platform
 * Owns   nothing
 * Fails  PARAMETER_REFUSED, told by member; NOT_ALLOWED; as db.h
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_PLATFORM_JSON_H
#define API_PLATFORM_JSON_H

#include "base/fault.h"
#include "store/platforms.h"

struct caller;
struct cx;
struct db_session;
struct deployment;
struct json_t;

/* Only what the body has is changed; members that we do not know are kept as
 * they are. The body's shape is checked already. */
enum fault platform_json_read(struct cx *cx, const struct json_t *body,
    struct platform *platform) MUST_USE;

enum fault platform_json_write(struct db_session *session, struct cx *cx,
    const struct platform *platform, struct json_t **out) MUST_USE;

/* What an event may tell of it. */
struct json_t *platform_json_audit(
    struct cx *cx, const struct platform *platform);

/* Without what is only for those who see the whole platform. */
struct json_t *platform_json_cut(struct cx *cx, const struct json_t *platform);

/* Where launches go and what is kept for the tool's back end is decided by
 * staff of the tool, not by an organisation. */
enum fault platform_json_check_caller(struct cx *cx,
    const struct caller *caller, const struct json_t *body) MUST_USE;

void platform_json_write_deployment(
    struct json_t *item, const struct deployment *deployment);

#endif
