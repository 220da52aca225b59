/*
 * address.h - IP addresses and networks, as values
 *
 * Layer  net
 * Gives  reading, writing, "is this address in that network"
 * Owns   nothing
 * Fails  readers answer false
 * Spec   RFC 4291, 2.5.5.2 (IPv4-mapped), RFC 4632 (CIDR)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include "base/span.h"

struct arena;
struct sockaddr;

enum { ADDRESS_TEXT_SIZE = 46 };

/* IPv4 is held in its mapped form ::ffff:a.b.c.d. */
struct address {
	unsigned char bytes[16];
};

struct network {
	struct address base;
	unsigned prefix; /* of 128 */
};

struct network_list {
	const struct network *at;
	size_t count;
};

/* Only the canonical forms of inet_pton: never 0177.0.0.1 or 2130706433. */
bool address_read(struct span text, struct address *out);
bool address_from(const struct sockaddr *from, struct address *out);
void address_write(const struct address *address, char *text);
bool address_is_v4(const struct address *address);

/* "10.0.0.0/8", "fd00::/8", or a single address. */
bool network_read(struct span text, struct network *out);
bool network_holds(
    const struct network *network, const struct address *address);

/* Comma-separated; *bad tells the first that cannot be read. */
bool network_list_read(struct arena *arena, struct span text,
    struct network_list *out, struct span *bad);
bool network_list_holds(
    struct network_list list, const struct address *address);

#endif
