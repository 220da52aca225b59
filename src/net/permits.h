/*
 * permits.h - how much may wait for others at once
 *
 * Layer  net
 * Gives  permits by kind, by host and by client address, in line
 * Owns   the counts and the line
 * Fails  OUTBOUND_BUSY: none came free before the deadline
 *
 * Each kind has a pool of its own, so that one kind never starves another;
 * within a kind a host and a client have at most their share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NET_PERMITS_H
#define NET_PERMITS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct permits;

enum permit_kind {
	PERMIT_REGISTRATION,
	PERMIT_KEY_SET,
	PERMIT_SERVICE,
	PERMIT_KIND_COUNT
};

/* 0: no limit. */
struct permit_limits {
	unsigned total[PERMIT_KIND_COUNT];
	unsigned per_host;
	unsigned per_client;
};

struct permits *permits_open(const struct permit_limits *limits);
void permits_close(struct permits *permits); /* no permit may be out */

struct permit; /* opaque; one per permit_take */

/* Waits until deadline_ms (on clock_monotonic_ms). An empty client is nobody:
 * work of our own, which has no share. */
enum fault permit_take(struct permits *permits, struct cx *cx,
    enum permit_kind kind, struct span host, struct span client,
    int64_t deadline_ms, struct permit **out) MUST_USE;
void permit_give(struct permits *permits, struct permit *permit);

#endif
