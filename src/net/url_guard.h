/*
 * url_guard.h - may this URL be fetched? Pure judgement
 *
 * Layer  net
 * Gives  url_read (text to parts, or refusal); address_is_public;
 *        url_guard_allows, url_guard_check
 * Owns   nothing: spans live in the arena of cx
 * Fails  ENDPOINT_REFUSED, with the reason in the detail and told publicly
 *        where it gives nothing of our network away
 * Spec   RFC 3986; IANA special-purpose address registries (RFC 6890)
 *
 * Only libcurl's URL parser takes URLs apart, here and when fetching, so
 * that both see the same host.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NET_URL_GUARD_H
#define NET_URL_GUARD_H

#include "base/fault.h"
#include "net/address.h"

struct cx;

enum { URL_MAX = 8192 };

struct url {
	struct span text;      /* as it will be fetched */
	struct span host;      /* lower case, punycode, no brackets, no dot
				* at its end */
	struct span authority; /* host[:port], the scheme's own port left out */
	struct span path;      /* at least "/" */
	struct span query;     /* without the question mark; may be empty */
	unsigned port;
	bool https;
};

/* What an operator allowed besides the public Internet by https. */
struct url_policy {
	struct network_list outbound_allow;
};

/* http and https only, plain http only when the policy allows any network
 * (the addresses are judged later); no user information, no fragment, no
 * blanks, control characters or backslashes, at most URL_MAX bytes; a host
 * that is a number in disguise (2130706433, 0177.1, 0x7f.1) is refused. */
enum fault url_read(struct cx *cx, const struct url_policy *policy,
    struct span text, struct url *out) MUST_USE;

/* What a reference ("?page=2", "/items", a whole URL) means beside the URL it
 * was found at (RFC 3986, 5). Not judged: url_read does that. SPAN_NONE: it
 * is none. */
struct span url_resolve(struct cx *cx, struct span base, struct span reference);

/* A host on the public Internet: none of the special-purpose blocks, nor
 * IPv6 forms that carry a special-purpose IPv4 address. */
bool address_is_public(const struct address *address);

/* Public and https, or in a network that the operator allowed. */
bool url_guard_allows(
    const struct url_policy *policy, bool https, const struct address *address);

/* All addresses of the URL's host: one that is not allowed refuses all, for a
 * name that is public and private at once is an attack or a mistake.
 * Fails with LMS_UNREACHABLE. */
enum fault url_guard_check(struct cx *cx, const struct url_policy *policy,
    const struct url *url, const struct address *addresses,
    size_t count) MUST_USE;

#endif
