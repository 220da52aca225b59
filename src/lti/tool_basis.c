/* tool_basis.c - what a registration request is made of besides the settings
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/tool_basis.h"

#include "base/cx.h"
#include "lti/tool_doc.h"
#include "json/jread.h"
#include "json/jwrite.h"

struct span
tool_basis_write(struct cx *cx, const struct tool_doc_args *args)
{
	static const char *const said[] = {
	    "messages", "privacyLevel", "customParameters", "scopes"};
	struct json_t *basis = jwrite_object(cx);
	struct json_t *overrides = jwrite_object(cx);

	jwrite_text(basis, "family", args->platform->family);
	jwrite_value(basis, "scopes", args->platform->scopes);
	jwrite_value(basis, "claims", args->platform->claims);
	jwrite_value(basis, "messages", args->platform->messages);
	jwrite_value(basis, "variables", args->platform->variables);
	for (size_t i = 0; i < sizeof said / sizeof *said; i++)
		jwrite_value(
		    overrides, said[i], jread_member(args->overrides, said[i]));
	jwrite_value(basis, "overrides", overrides);
	jwrite_text(basis, "privacyLevel", args->privacy_level);
	return jwrite_bytes(cx, basis);
}

enum fault
tool_basis_read(struct cx *cx, struct span text, struct tool_basis *out)
{
	const struct json_t *basis;
	enum fault which = jread_parse(cx, text, &basis);

	if (which)
		return which;
	*out = (struct tool_basis){
	    .platform =
		{
		    .raw = basis,
		    .family =
			jread_text_or(jread_member(basis, "family"), SPAN("")),
		    .scopes = jread_member(basis, "scopes"),
		    .claims = jread_member(basis, "claims"),
		    .messages = jread_member(basis, "messages"),
		    .variables = jread_member(basis, "variables"),
		},
	    .overrides = jread_member(basis, "overrides"),
	    .privacy_level =
		jread_text_or(jread_member(basis, "privacyLevel"), SPAN("")),
	};
	return FAULT_NONE;
}
