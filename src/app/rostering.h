/*
 * rostering.h - who is in the course of a launch
 *
 * Layer  app
 * Gives  rostering_list
 * Owns   nothing
 * Fails  as service_context.h and service_pages.h
 * Spec   Names and Role Provisioning Services 2.0, 2; docs/api.md
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_ROSTERING_H
#define APP_ROSTERING_H

#include "app/service_context.h"

struct json_t;

/* Absent is empty. */
struct rostering_query {
	struct span role, limit;
	struct span resource_link_id; /* "rlid" of the LMS */
	struct span url; /* a page; then the three above say nothing */
	bool all;
};

/* {id, context, members, next?, ...} */
enum fault rostering_list(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, const struct rostering_query *query,
    struct json_t **out) MUST_USE;

#endif
