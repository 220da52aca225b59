/*
 * throttle.h - how often one address may begin something
 *
 * Layer  app
 * Gives  a bucket of tries for each address, refilled by the minute
 * Owns   a fixed table: memory does not grow with the number of addresses
 * Fails  TOO_MANY_REQUESTS
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_THROTTLE_H
#define APP_THROTTLE_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct throttle;

struct throttle *throttle_open(unsigned a_minute); /* 0: no limit */
void throttle_close(struct throttle *throttle);
enum fault throttle_pass(
    struct throttle *throttle, struct cx *cx, struct span address) MUST_USE;

#endif
