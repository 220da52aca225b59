/* id_token_fuzz.c - claims, as a tool reads them
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "lti/id_token.h"
#include "json/jread.h"
#include "json/jwrite.h"

static const struct json_t *
read_again(struct cx *cx, const struct json_t *form)
{
	struct span bytes = jwrite_bytes(cx, form);
	const struct json_t *again = NULL;

	/* The form is a little larger than the claims, and may then be larger
	 * than what is read of others; it is JSON all the same. */
	if (!bytes.length)
		abort();
	return jread_parse(cx, bytes, &again) ? NULL : again;
}

/* What the SDK insists on. */
static void
check_form(const struct json_t *form)
{
	static const char *const services[] = {
	    "outcomes", "deepLinking", "namesAndRoles", "assignmentAndGrades"};
	const struct json_t *user = jread_member(form, "user");
	const struct json_t *launch = jread_member(form, "launch");
	struct span text;
	bool truth;

	if (!jread_text(jread_member(form, "ltiVersion"), &text) ||
	    !jread_text(jread_member(user, "id"), &text) ||
	    !jread_is_array(jread_member(user, "roles")) ||
	    !jread_text(jread_member(launch, "type"), &text) ||
	    !jread_is_object(jread_member(launch, "custom")) ||
	    !jread_is_object(jread_member(form, "extensions")))
		abort();
	for (size_t i = 0; i < sizeof services / sizeof *services; i++)
		if (!jread_bool(jread_member(
				    jread_member(jread_member(form, "services"),
					services[i]),
				    "available"),
			&truth))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct id_token_facts facts = {
	    .platform_id = SPAN("p"),
	    .issuer = SPAN("https://lms.example"),
	    .client_id = SPAN("c"),
	    .name = SPAN("School"),
	    .deep_linking = true,
	    .names_and_roles = true,
	    .assignment_and_grades = true,
	};

	cx_init(&cx, no_random);
	if (!jread_parse(&cx, span_from(bytes, length), &facts.claims)) {
		const struct json_t *form =
		    read_again(&cx, id_token_processed(&cx, &facts));
		if (form)
			check_form(form);
		(void)read_again(&cx, id_token_raw(&cx, facts.claims));
	}
	cx_release(&cx);
	return 0;
}
