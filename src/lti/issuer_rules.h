/*
 * issuer_rules.h - may this host speak for that issuer?
 *
 * Layer  lti (pure)
 * Gives  the issuer rule and the rule for where the LMS's token may go
 * Owns   nothing
 * Fails  ISSUER_REFUSED, ENDPOINT_REFUSED, told with the hosts
 * Spec   LTI Dynamic Registration 1.0 (the issuer's host is that of the
 *        configuration URL); OpenID Connect Discovery 1.0, 4.3
 *
 * Hosts come as authorities: lower case, ":port" unless it is the scheme's
 * own. The product family is never a reason: it is the other side's text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_ISSUER_RULES_H
#define LTI_ISSUER_RULES_H

#include "base/fault.h"
#include "base/span.h"

struct arena;
struct cx;

/* A configuration host (exact, or "*.suffix" for every host below it) that
 * may name this issuer although its own host is another. */
struct issuer_exception {
	struct span hosts, issuer;
};

struct issuer_exceptions {
	const struct issuer_exception *at;
	size_t count;
};

/* The pinned table: real LMSs that differ, each with its reason. */
struct issuer_exceptions issuer_rules_pinned(void);

/* "HOSTS=ISSUER,HOSTS=ISSUER": added to the pinned ones. *bad tells the row
 * that cannot be read. */
bool issuer_rules_read(struct arena *arena, struct span text,
    struct issuer_exceptions *out, struct span *bad);

struct issuer_facts {
	struct span issuer;      /* as the document says */
	struct span issuer_host; /* its authority; empty if it is no URL */
	struct span configuration_host;
	struct span registration_host;
	bool with_token; /* a Bearer goes to the registration endpoint */
};

enum fault issuer_rules_check(struct cx *cx,
    const struct issuer_exceptions *exceptions,
    const struct issuer_facts *facts) MUST_USE;

/* Many customers of an LMS launch under this one issuer, so that neither the
 * issuer nor one deployment says anything of another. */
bool issuer_rules_is_shared(
    const struct issuer_exceptions *exceptions, struct span issuer);

/* Exact, or "*.suffix" for hosts strictly below suffix. */
bool issuer_rules_host_matches(struct span pattern, struct span host);

#endif
