/* address.c - IP addresses and networks, as values
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <string.h>

#include "base/arena.h"

static const unsigned char mapped[12] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255};

static struct address
from_v4(const void *four)
{
	struct address address;

	memcpy(address.bytes, mapped, sizeof mapped);
	memcpy(address.bytes + sizeof mapped, four, 4);
	return address;
}

bool
address_read(struct span text, struct address *out)
{
	char copy[ADDRESS_TEXT_SIZE];
	unsigned char four[4];
	struct address six;

	/* A NUL would let inet_pton see less than the caller does. */
	if (text.length == 0 || text.length >= sizeof copy ||
	    memchr(text.at, '\0', text.length))
		return false;
	memcpy(copy, text.at, text.length);
	copy[text.length] = '\0';
	if (inet_pton(AF_INET, copy, four) == 1) {
		*out = from_v4(four);
		return true;
	}
	if (inet_pton(AF_INET6, copy, six.bytes) != 1)
		return false;
	*out = six;
	return true;
}

bool
address_from(const struct sockaddr *from, struct address *out)
{
	struct sockaddr_in four;
	struct sockaddr_in6 six;

	if (from->sa_family == AF_INET) {
		memcpy(&four, from, sizeof four);
		*out = from_v4(&four.sin_addr);
		return true;
	}
	if (from->sa_family != AF_INET6)
		return false;
	memcpy(&six, from, sizeof six);
	memcpy(out->bytes, &six.sin6_addr, sizeof out->bytes);
	return true;
}

void
address_write(const struct address *address, char *text)
{
	const char *written =
	    address_is_v4(address)
		? inet_ntop(AF_INET, address->bytes + sizeof mapped, text,
		      ADDRESS_TEXT_SIZE)
		: inet_ntop(AF_INET6, address->bytes, text, ADDRESS_TEXT_SIZE);

	assert(written);
	(void)written;
}

bool
address_is_v4(const struct address *address)
{
	return memcmp(address->bytes, mapped, sizeof mapped) == 0;
}

bool
network_read(struct span text, struct network *out)
{
	struct span rest = text, base;
	struct network network = {.prefix = 128};
	int64_t prefix;

	if (!span_next(&rest, '/', &base) || !address_read(base, &network.base))
		return false;
	if (rest.at) {
		/* An IPv4 prefix is written of 32, except when the address
		 * was written in its mapped form. */
		bool dotted = !memchr(base.at, ':', base.length);
		if (!span_number(rest, dotted ? 32 : 128, &prefix))
			return false;
		network.prefix = (unsigned)prefix + (dotted ? 96 : 0);
	}
	/* ::ffff:0:0/90 would be IPv4 and something else at once. */
	if (address_is_v4(&network.base) && network.prefix < 96)
		return false;
	*out = network;
	return true;
}

bool
network_holds(const struct network *network, const struct address *address)
{
	const unsigned char *base = network->base.bytes;
	size_t whole = network->prefix / 8;
	unsigned rest = network->prefix % 8;

	/* ::/0 is all of IPv6, not of IPv4, however we write it down. */
	if (address_is_v4(&network->base) != address_is_v4(address))
		return false;
	if (memcmp(base, address->bytes, whole) != 0)
		return false;
	return rest == 0 ||
	       (base[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}

static size_t
count_parts(struct span text)
{
	struct span part;
	size_t count = 0;

	while (span_next(&text, ',', &part))
		count++;
	return count;
}

bool
network_list_read(struct arena *arena, struct span text,
    struct network_list *out, struct span *bad)
{
	struct span part;

	if (span_trim(text).length == 0) {
		*out = (struct network_list){0};
		return true;
	}
	struct network *networks =
	    arena_list(arena, count_parts(text), sizeof *networks);
	size_t count = 0;
	while (span_next(&text, ',', &part)) {
		if (!network_read(span_trim(part), &networks[count])) {
			*bad = span_trim(part);
			return false;
		}
		count++;
	}
	*out = (struct network_list){networks, count};
	return true;
}

bool
network_list_holds(struct network_list list, const struct address *address)
{
	for (size_t i = 0; i < list.count; i++)
		if (network_holds(&list.at[i], address))
			return true;
	return false;
}
