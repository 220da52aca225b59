/*
 * local_call.h - calling the API from the command line
 *
 * Layer  main
 * Gives  one call through the route table, and its answer as text
 * Owns   nothing
 * Fails  prints what is wrong to standard error and returns 1; local_ask
 *        gives the HTTP status and prints nothing
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef MAIN_LOCAL_CALL_H
#define MAIN_LOCAL_CALL_H

#include "http/request.h"

struct config;
struct cx;
struct gateway;
struct json_t;

/* Opens the gateway or says why not (NULL). */
struct gateway *local_open(struct cx *cx, const struct config *config);

/* body may be NULL. *answer is NULL for an empty one. */
int local_ask(struct cx *cx, struct gateway *gateway, enum http_method method,
    struct span path, struct span query, const struct json_t *body,
    const struct json_t **answer);
int local_call(struct cx *cx, struct gateway *gateway, enum http_method method,
    struct span path, struct span query, const struct json_t *body,
    const struct json_t **answer);

void local_print(struct cx *cx, const struct json_t *answer, bool json);
int local_complain(struct cx *cx, int fault);

#endif
