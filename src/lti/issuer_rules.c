/* issuer_rules.c - may this host speak for that issuer?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/issuer_rules.h"

#include "base/arena.h"
#include "base/cx.h"

#define ROW(hosts, issuer)                                                     \
	{                                                                      \
		{hosts, sizeof(hosts) - 1},                                    \
		{                                                              \
			issuer, sizeof(issuer) - 1                             \
		}                                                              \
	}

static const struct issuer_exception pinned[] = {
    /* All schools of Instructure's cloud share one issuer; configuration and
     * registration stand on the school's host. */
    ROW("*.instructure.com", "https://canvas.instructure.com"),
    ROW("*.canvaslms.com", "https://canvas.instructure.com"),
    ROW("*.beta.instructure.com", "https://canvas.beta.instructure.com"),
    ROW("*.beta.canvaslms.com", "https://canvas.beta.instructure.com"),
    ROW("*.test.instructure.com", "https://canvas.test.instructure.com"),
    ROW("*.test.canvaslms.com", "https://canvas.test.instructure.com"),
    /* The vendor registers once, in the developer portal; launches come from
     * blackboard.com for every Learn. */
    ROW("developer.blackboard.com", "https://blackboard.com"),
    ROW("developer.anthology.com", "https://blackboard.com"),
};

struct issuer_exceptions
issuer_rules_pinned(void)
{
	return (struct issuer_exceptions){
	    pinned, sizeof pinned / sizeof *pinned};
}

/* The port after the last colon, unless that is inside [an IPv6 address]. */
static struct span
without_port(struct span host)
{
	for (size_t i = host.length; i > 0 && host.at[i - 1] != ']'; i--)
		if (host.at[i - 1] == ':')
			return span_first(host, i - 1);
	return host;
}

bool
issuer_rules_host_matches(struct span pattern, struct span host)
{
	/* A pattern without a port means the host, whatever its port. */
	if (without_port(pattern).length == pattern.length)
		host = without_port(host);
	if (!span_starts(pattern, "*."))
		return span_equal_nocase(pattern, host);
	struct span suffix = span_from_offset(pattern, 1); /* with the dot */
	return host.length > suffix.length &&
	       span_equal_nocase(
		   span_from_offset(host, host.length - suffix.length), suffix);
}

static bool
read_row(struct span text, struct issuer_exception *out)
{
	struct span rest = span_trim(text);

	if (!span_next(&rest, '=', &out->hosts) || !rest.at)
		return false;
	out->hosts = span_trim(out->hosts);
	out->issuer = span_trim(rest);
	return out->hosts.length && out->issuer.length;
}

bool
issuer_rules_read(struct arena *arena, struct span text,
    struct issuer_exceptions *out, struct span *bad)
{
	size_t known = sizeof pinned / sizeof *pinned, count = known;
	size_t room = known + 1;
	struct span part;

	for (size_t i = 0; i < text.length; i++)
		room += text.at[i] == ',';
	struct issuer_exception *rows = arena_list(arena, room, sizeof *rows);
	for (size_t i = 0; i < known; i++)
		rows[i] = pinned[i];
	while (span_next(&text, ',', &part)) {
		if (span_trim(part).length == 0)
			continue;
		if (!read_row(part, &rows[count])) {
			*bad = part;
			return false;
		}
		count++;
	}
	*out = (struct issuer_exceptions){rows, count};
	return true;
}

/* The exception that lets this host name this issuer, or NULL. */
static const struct issuer_exception *
find_exception(const struct issuer_exceptions *exceptions,
    const struct issuer_facts *facts)
{
	for (size_t i = 0; i < exceptions->count; i++) {
		const struct issuer_exception *row = &exceptions->at[i];
		if (span_equal(row->issuer, facts->issuer) &&
		    issuer_rules_host_matches(
			row->hosts, facts->configuration_host))
			return row;
	}
	return NULL;
}

/* Some row of this issuer covers the host: Canvas's cloud answers with its
 * configuration on the issuer's own host, or on a school's, and takes the
 * registration on a school's. */
static bool
covered(const struct issuer_exceptions *exceptions, struct span issuer,
    struct span host)
{
	for (size_t i = 0; i < exceptions->count; i++)
		if (span_equal(exceptions->at[i].issuer, issuer) &&
		    issuer_rules_host_matches(exceptions->at[i].hosts, host))
			return true;
	return false;
}

enum fault
issuer_rules_check(struct cx *cx, const struct issuer_exceptions *exceptions,
    const struct issuer_facts *facts)
{
	bool same = facts->issuer_host.length &&
		    span_equal(facts->issuer_host, facts->configuration_host);

	if (!same && !find_exception(exceptions, facts))
		return fault_tell(cx, FAULT_ISSUER_REFUSED,
		    "The configuration came from %.*s but names the issuer "
		    "%.*s. If both really belong together, the operator of "
		    "this tool can allow the pair (issuer_exceptions)",
		    SPAN_ARGS(span_first(facts->configuration_host, 150)),
		    SPAN_ARGS(span_first(facts->issuer, 150)));
	/* A token proves its bearer to the LMS: it goes to the LMS's own hosts
	 * and nowhere else, whatever the document says. */
	if (!facts->with_token ||
	    span_equal(facts->registration_host, facts->configuration_host) ||
	    span_equal(facts->registration_host, facts->issuer_host) ||
	    covered(exceptions, facts->issuer, facts->registration_host))
		return FAULT_NONE;
	return fault_tell(cx, FAULT_ENDPOINT_REFUSED,
	    "The LMS at %.*s asks for its registration token to be sent to "
	    "%.*s, another host. Nothing was sent. The operator of this tool "
	    "can allow the pair (issuer_exceptions)",
	    SPAN_ARGS(span_first(facts->configuration_host, 150)),
	    SPAN_ARGS(span_first(facts->registration_host, 150)));
}

bool
issuer_rules_is_shared(
    const struct issuer_exceptions *exceptions, struct span issuer)
{
	const struct issuer_exceptions lists[] = {
	    issuer_rules_pinned(), *exceptions};

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		for (size_t j = 0; j < lists[i].count; j++)
			if (span_equal(lists[i].at[j].issuer, issuer))
				return true;
	return false;
}
