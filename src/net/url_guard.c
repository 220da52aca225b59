/* url_guard.c - may this URL be fetched? Pure judgement
 *
 * What is refused, and why, in the order of the checks:
 *
 *   bytes    blanks, controls, backslash, # and anything beyond ASCII: each
 *            is read in more than one way by somebody
 *   parts    taken apart by libcurl; the scheme; no user information
 *   spelling scheme://host:port as libcurl read it must be what was written.
 *            This one comparison refuses numbers in disguise, %-encoded
 *            hosts, missing slashes, zone ids and whatever else a parser may
 *            be helpful about
 *   host     the letters of a name, or an address in its canonical form
 *   port     not one where something that is no web server listens
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/url_guard.h"

#include <ctype.h>
#include <curl/curl.h>
#include <string.h>

#include "base/cx.h"

#define V4(a, b, c, prefix)                                                    \
	{                                                                      \
		{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, a, b, c, 0}},        \
		    96 + (prefix)                                              \
	}
#define V6(a, b, prefix)                                                       \
	{                                                                      \
		{{(a) >> 8, (a)&255, (b) >> 8, (b)&255}}, prefix               \
	}

/* The IANA special-purpose registries, as of 2025, and multicast. */
static const struct network special[] = {
    V4(0, 0, 0, 8),       /* this network; 0.0.0.0 is ourselves */
    V4(10, 0, 0, 8),      /* private use, RFC 1918 */
    V4(100, 64, 0, 10),   /* shared by carriers, RFC 6598 */
    V4(127, 0, 0, 8),     /* loopback */
    V4(169, 254, 0, 16),  /* link-local; clouds keep their metadata here */
    V4(172, 16, 0, 12),   /* private use */
    V4(192, 0, 0, 24),    /* IETF protocol assignments */
    V4(192, 0, 2, 24),    /* documentation, TEST-NET-1 */
    V4(192, 88, 99, 24),  /* 6to4 relays, withdrawn */
    V4(192, 168, 0, 16),  /* private use */
    V4(198, 18, 0, 15),   /* benchmarks, RFC 2544 */
    V4(198, 51, 100, 24), /* documentation, TEST-NET-2 */
    V4(203, 0, 113, 24),  /* documentation, TEST-NET-3 */
    V4(224, 0, 0, 4),     /* multicast */
    V4(240, 0, 0, 4),     /* reserved, and broadcast */

    /* Only 2000::/3 has been given out (RFC 4291, 2.4). These three rows
     * are everything else, in particular
     * ::/128 and ::1/128       unspecified, loopback
     * ::/96                    IPv4-compatible, withdrawn
     * ::ffff:0:0:0/96          IPv4-translated, RFC 2765
     * 64:ff9b::/96             NAT64, leads to any IPv4 address
     * 64:ff9b:1::/48           NAT64 of a local network, RFC 8215
     * 100::/64                 discard only, RFC 6666
     * 5f00::/16                segment routing, RFC 9602
     * fc00::/7                 unique local
     * fe80::/10, fec0::/10     link-local, site-local
     * ff00::/8                 multicast
     * ::ffff:0:0/96 is held as IPv4 and judged by the rows above. */
    V6(0x0000, 0, 3), V6(0x4000, 0, 2), V6(0x8000, 0, 1),

    V6(0x2001, 0, 23),      /* IETF assignments: Teredo, ORCHID, ... */
    V6(0x2001, 0x0db8, 32), /* documentation */
    V6(0x2002, 0, 16),      /* 6to4: carries an IPv4 address, withdrawn */
    V6(0x3fff, 0, 20),      /* documentation, RFC 9637 */
};

/* LMSs do live on odd ports (8443, 9091, 10443), so that everything is
 * allowed but what browsers refuse (WHATWG Fetch, 2.9 "port blocking") and
 * two more services that obey lines of text wherever they stand in a
 * request: Redis (6379) and memcached (11211). */
static const unsigned short refused_ports[] = {0, 1, 7, 9, 11, 13, 15, 17, 19,
    20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
    109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389,
    427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563,
    587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190,
    5060, 5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
    10080, 11211};

bool
address_is_public(const struct address *address)
{
	struct network_list list = {special, sizeof special / sizeof *special};

	return !network_list_holds(list, address);
}

bool
url_guard_allows(
    const struct url_policy *policy, bool https, const struct address *address)
{
	if (network_list_holds(policy->outbound_allow, address))
		return true;
	return https && address_is_public(address);
}

enum fault
url_guard_check(struct cx *cx, const struct url_policy *policy,
    const struct url *url, const struct address *addresses, size_t count)
{
	char text[ADDRESS_TEXT_SIZE];

	for (size_t i = 0; i < count; i++) {
		if (url_guard_allows(policy, url->https, &addresses[i]))
			continue;
		address_write(&addresses[i], text);
		/* Never told: it would be a map of our network. */
		return fault(cx, FAULT_LMS_UNREACHABLE,
		    "%.*s has the address %s, which is not allowed by %s",
		    SPAN_ARGS(url->host), text, url->https ? "https" : "http");
	}
	return FAULT_NONE;
}

static enum fault
refuse(struct cx *cx, const char *why)
{
	return fault_tell(cx, FAULT_ENDPOINT_REFUSED, "The URL %s", why);
}

static enum fault
check_bytes(struct cx *cx, struct span text)
{
	if (text.length == 0)
		return refuse(cx, "is empty");
	if (text.length > URL_MAX)
		return refuse(cx, "is longer than 8192 bytes");
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.at[i];
		if (c >= 0x80)
			return refuse(cx,
			    "holds characters beyond ASCII: write the host in "
			    "its xn-- form and the rest with %XX");
		if (c <= 0x20 || c == 0x7f)
			return refuse(cx, "holds a blank or control character");
		if (c == '\\')
			return refuse(cx, "holds a backslash");
		if (c == '#')
			return refuse(cx, "holds a fragment (#)");
	}
	return FAULT_NONE;
}

static struct span
take_part(struct cx *cx, CURLU *parts, CURLUPart which, unsigned flags)
{
	char *text = NULL;

	if (curl_url_get(parts, which, &text, flags) != CURLUE_OK)
		return SPAN("");
	struct span copy = arena_copy(cx->arena, span_of(text));
	curl_free(text);
	return copy;
}

static struct span
lower(struct cx *cx, struct span text)
{
	char *copy = arena_take(cx->arena, text.length + 1);

	for (size_t i = 0; i < text.length; i++)
		copy[i] = (char)tolower((unsigned char)text.at[i]);
	return span_from(copy, text.length);
}

/* The scheme, host and port that libcurl will use are the ones written. */
static bool
is_as_written(struct cx *cx, struct span text, struct span scheme,
    struct span host, struct span port)
{
	struct span read =
	    arena_printf(cx->arena, "%.*s://%.*s%s%.*s", SPAN_ARGS(scheme),
		SPAN_ARGS(host), port.length ? ":" : "", SPAN_ARGS(port));

	if (!span_equal_nocase(span_first(text, read.length), read))
		return false;
	return text.length == read.length || text.at[read.length] == '/' ||
	       text.at[read.length] == '?';
}

/* What somebody would read as an IPv4 address (WHATWG URL, 3.5, "ends in a
 * number"): the last label is decimal or hexadecimal. */
static bool
ends_in_number(struct span host)
{
	size_t start = host.length;

	while (start && host.at[start - 1] != '.')
		start--;
	struct span label = span_from_offset(host, start);
	bool hex = span_starts(label, "0x");
	for (size_t i = hex ? 2 : 0; i < label.length; i++) {
		unsigned char c = (unsigned char)label.at[i];
		if (!(hex ? isxdigit(c) : isdigit(c)))
			return false;
	}
	return label.length > 0;
}

static bool
is_name(struct span host)
{
	struct span rest = host, label;

	if (host.length > 253)
		return false;
	while (span_next(&rest, '.', &label)) {
		if (label.length == 0 || label.length > 63)
			return false;
		for (size_t i = 0; i < label.length; i++) {
			unsigned char c = (unsigned char)label.at[i];
			/* No host should have an underscore; some do. */
			if (!isalnum(c) && c != '-' && c != '_')
				return false;
		}
	}
	return true;
}

/* host: lower case; [v6] loses its brackets, a name the dot at its end. */
static enum fault
check_host(struct cx *cx, struct span host, struct span *out)
{
	struct address address;

	if (span_starts(host, "[") && span_ends(host, "]")) {
		struct span inside = span_from(host.at + 1, host.length - 2);
		if (!address_read(inside, &address))
			return refuse(cx, "has a malformed IPv6 address");
		*out = inside;
		return FAULT_NONE;
	}
	struct span name = host;
	if (span_ends(name, "."))
		name.length--;
	if (name.length == 0 || !is_name(name))
		return refuse(cx, "has a malformed host name");
	if (ends_in_number(name) && !address_read(host, &address))
		return refuse(cx, "has a number for a host name");
	*out = name;
	return FAULT_NONE;
}

static enum fault
check_port(struct cx *cx, struct span text, bool https, unsigned *out)
{
	int64_t port = https ? 443 : 80;

	if (text.length && !span_number(text, 65535, &port))
		return refuse(cx, "has a malformed port");
	for (size_t i = 0; i < sizeof refused_ports / sizeof *refused_ports;
	     i++)
		if (refused_ports[i] == port)
			return refuse(cx, "has a port that no LMS uses");
	*out = (unsigned)port;
	return FAULT_NONE;
}

static enum fault
check_scheme(struct cx *cx, const struct url_policy *policy, struct span scheme,
    bool *https)
{
	*https = span_equal_nocase(scheme, SPAN("https"));
	if (*https)
		return FAULT_NONE;
	/* Without an allowed network no address could be fetched so. */
	if (span_equal_nocase(scheme, SPAN("http")) &&
	    policy->outbound_allow.count)
		return FAULT_NONE;
	return refuse(cx, "does not begin with https://");
}

static struct span
write_authority(struct cx *cx, const struct url *url)
{
	bool own = url->port == (url->https ? 443u : 80u);
	bool six = memchr(url->host.at, ':', url->host.length) != NULL;
	struct span host = arena_printf(cx->arena, "%s%.*s%s", six ? "[" : "",
	    SPAN_ARGS(url->host), six ? "]" : "");

	if (own)
		return host;
	return arena_printf(cx->arena, "%.*s:%u", SPAN_ARGS(host), url->port);
}

static enum fault
take_apart(struct cx *cx, const struct url_policy *policy, struct span text,
    CURLU *parts, struct url *out)
{
	/* As it is: /a/../b stays what the LMS wrote. Unknown schemes pass the
	 * parser so that check_scheme gives the reason. */
	unsigned flags =
	    CURLU_PATH_AS_IS | CURLU_DISALLOW_USER | CURLU_NON_SUPPORT_SCHEME;
	CURLUcode code = curl_url_set(
	    parts, CURLUPART_URL, arena_cstr(cx->arena, text), flags);
	if (code == CURLUE_USER_NOT_ALLOWED)
		return refuse(cx, "holds a user name");
	if (code != CURLUE_OK)
		return refuse(cx, "is malformed");

	struct url url = {0};
	struct span scheme = take_part(cx, parts, CURLUPART_SCHEME, 0);
	struct span host = take_part(cx, parts, CURLUPART_HOST, 0);
	struct span port = take_part(cx, parts, CURLUPART_PORT, 0);
	enum fault refusal = check_scheme(cx, policy, scheme, &url.https);
	if (refusal)
		return refusal;
	if (!is_as_written(cx, text, scheme, host, port))
		return refuse(cx, "has a host that could be read in two ways");
	refusal = check_host(cx, lower(cx, host), &url.host);
	if (refusal)
		return refusal;
	refusal = check_port(cx, port, url.https, &url.port);
	if (refusal)
		return refusal;
	url.authority = write_authority(cx, &url);
	url.path = take_part(cx, parts, CURLUPART_PATH, 0);
	url.query = take_part(cx, parts, CURLUPART_QUERY, 0);
	url.text = arena_printf(cx->arena, "%s://%.*s%.*s%s%.*s",
	    url.https ? "https" : "http", SPAN_ARGS(url.authority),
	    SPAN_ARGS(url.path), url.query.length ? "?" : "",
	    SPAN_ARGS(url.query));
	*out = url;
	return FAULT_NONE;
}

struct span
url_resolve(struct cx *cx, struct span base, struct span reference)
{
	CURLU *parts = curl_url();
	struct span whole = SPAN_NONE;

	if (!parts)
		return whole;
	if (curl_url_set(parts, CURLUPART_URL, arena_cstr(cx->arena, base),
		0) == CURLUE_OK &&
	    curl_url_set(parts, CURLUPART_URL, arena_cstr(cx->arena, reference),
		0) == CURLUE_OK)
		whole = take_part(cx, parts, CURLUPART_URL, 0);
	curl_url_cleanup(parts);
	return whole;
}

enum fault
url_read(struct cx *cx, const struct url_policy *policy, struct span text,
    struct url *out)
{
	enum fault refusal = check_bytes(cx, text);
	if (refusal)
		return refusal;
	CURLU *parts = curl_url();
	if (!parts)
		return refuse(cx, "could not be read");
	refusal = take_apart(cx, policy, text, parts, out);
	curl_url_cleanup(parts);
	return refusal;
}
