/* issuer_rules_fuzz.c - exceptions and hosts: no host is let in by another name
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "lti/issuer_rules.h"

/* Input: exceptions, issuer, configuration host and registration host, a line
 * each. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span rest = span_from(bytes, length), parts[4];
	struct issuer_exceptions exceptions;
	struct span bad;
	bool covers = false;

	cx_init(&cx, no_random);
	for (size_t i = 0; i < 4; i++)
		if (!span_next(&rest, '\n', &parts[i]))
			parts[i] = SPAN("");
	if (!issuer_rules_read(cx.arena, parts[0], &exceptions, &bad))
		exceptions = issuer_rules_pinned();
	const struct issuer_facts facts = {
	    .issuer = parts[1],
	    .issuer_host = SPAN("l.example"),
	    .configuration_host = parts[2],
	    .registration_host = parts[3],
	    .with_token = true,
	};
	for (size_t i = 0; i < exceptions.count; i++)
		covers = covers ||
			 (span_equal(exceptions.at[i].issuer, facts.issuer) &&
			     issuer_rules_host_matches(
				 exceptions.at[i].hosts, parts[2]));
	enum fault which = issuer_rules_check(&cx, &exceptions, &facts);
	bool same = span_is(parts[2], "l.example");
	if ((which == FAULT_ISSUER_REFUSED) != (!same && !covers))
		abort();
	if (which && !cx.note.telling[0])
		abort();
	cx_release(&cx);
	return 0;
}
