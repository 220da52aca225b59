/*
 * ownership.h - whose a platform, a deployment or a registration is
 *
 * Layer  app
 * Gives  the check of a right on each of them, within a transaction
 * Owns   nothing
 * Fails  as rights.h: NO_PLATFORM and so on for what the caller does not
 *        see; as db.h
 *
 * A platform belongs to an organisation or to nobody. Where it serves many
 * schools its deployments have organisations of their own, whose people see
 * the platform, and may decide about their deployment alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_OWNERSHIP_H
#define APP_OWNERSHIP_H

#include "app/rights.h"

struct cx;
struct db_session;
struct deployment;
struct platform;

enum fault ownership_check_platform(struct db_session *session, struct cx *cx,
    const struct caller *caller, enum right right,
    const struct platform *platform) MUST_USE;

enum fault ownership_check_deployment(struct cx *cx,
    const struct caller *caller, enum right right,
    const struct platform *platform,
    const struct deployment *deployment) MUST_USE;

/* Whether the caller sees a platform as a whole, or only that it is there and
 * what belongs to their own deployments. */
bool ownership_is_whole(
    const struct caller *caller, const struct platform *platform);

/* Gives it to this organisation (empty: to nobody, which staff alone may). */
enum fault ownership_check_gift(struct db_session *session, struct cx *cx,
    const struct caller *caller, struct span organization_id) MUST_USE;

#endif
