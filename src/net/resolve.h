/*
 * resolve.h - names to addresses, in time
 *
 * Layer  net
 * Gives  resolve: at most RESOLVE_MAX addresses of a host, best first;
 *        resolve_pin: they as libcurl is told them
 * Owns   nothing between calls
 * Fails  LMS_UNREACHABLE: no such name, no answer before the deadline
 * Spec   RFC 6761, 6.3 (localhost); RFC 6724 (order of addresses)
 *
 * Blocks, until the deadline or RESOLVE_WAIT_MS, whichever is earlier.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include "base/fault.h"
#include "net/address.h"

struct cx;

enum { RESOLVE_MAX = 16, RESOLVE_WAIT_MS = 5000 };

struct address_list {
	struct address at[RESOLVE_MAX];
	size_t count; /* at least 1 */
};

/* host as struct url has it. dns_servers: "192.0.2.1:53,192.0.2.2", or NULL
 * for the system's. deadline_ms is on clock_monotonic_ms. */
enum fault resolve(struct cx *cx, const char *dns_servers, struct span host,
    int64_t deadline_ms, struct address_list *out) MUST_USE;

/* "host:port:address,address", as CURLOPT_RESOLVE takes them, so that libcurl
 * connects to these and asks nobody. NULL: host is an address itself. */
char *resolve_pin(struct cx *cx, struct span host, unsigned port,
    const struct address_list *addresses);

#endif
