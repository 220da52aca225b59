/*
 * grading.h - line items of a launch, and their results
 *
 * Layer  app
 * Gives  listing, adding, finding, changing and removing line items; reading
 *        results
 * Owns   nothing
 * Fails  as service_context.h, service_pages.h and line_item.h
 * Spec   Assignment and Grade Services 2.0, 3.2 and 3.3; docs/api.md
 *
 * An id is the line item's URL.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_GRADING_H
#define APP_GRADING_H

#include "app/service_context.h"

struct json_t;

/* Absent is empty. */
struct grading_query {
	struct span resource_link_id, resource_id, tag; /* of line items */
	struct span user;                               /* of results */
	struct span limit;
	struct span url; /* a page; then the others say nothing */
	bool all;
};

/* {lineItems, next?, ...} */
enum fault grading_list(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, const struct grading_query *query,
    struct json_t **out) MUST_USE;
enum fault grading_add(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, const struct json_t *body,
    const struct json_t **out) MUST_USE;
enum fault grading_find(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span id,
    const struct json_t **out) MUST_USE;
/* Replaces it: what body does not have is gone. */
enum fault grading_change(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span id,
    const struct json_t *body, const struct json_t **out) MUST_USE;
enum fault grading_remove(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span id) MUST_USE;

/* {scores, next?, ...}: LTIAAS calls results scores. */
enum fault grading_results(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span id,
    const struct grading_query *query, struct json_t **out) MUST_USE;

#endif
