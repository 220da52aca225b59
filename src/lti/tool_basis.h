/*
 * tool_basis.h - what a registration request is made of besides the settings
 *
 * Layer  lti (pure)
 * Gives  the parts of an LMS's configuration that tool_doc.h asks about, and
 *        what was said at completion, as text that is kept; and back
 * Owns   nothing
 * Fails  tool_basis_read: JSON_MALFORMED
 *
 * With it the request can be made again after a change of the settings. It
 * holds no secret, and nothing that differs between two LMSs of one kind.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_TOOL_BASIS_H
#define LTI_TOOL_BASIS_H

#include "lti/platform_doc.h"

struct tool_doc_args;

struct tool_basis {
	struct platform_doc platform; /* what tool_doc.h asks about alone */
	const struct json_t *overrides;
	struct span privacy_level;
};

struct span tool_basis_write(struct cx *cx, const struct tool_doc_args *args);
enum fault tool_basis_read(
    struct cx *cx, struct span text, struct tool_basis *out) MUST_USE;

#endif
