/* cartridge_fuzz.c - archives, and the XML in them
 *
 * The input is an archive; and the same bytes as XML.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "lti/cartridge.h"
#include "lti/xml.h"
#include "json/jwrite.h"

static size_t
walk(struct cx *cx, const struct xml *node, size_t depth)
{
	size_t count = 1;

	must(depth <= XML_DEPTH_MAX);
	must(utf8_is_text(node->name) && utf8_is_text(xml_text(cx, node)));
	for (size_t i = 0; i < node->attribute_count; i++)
		must(utf8_is_text(node->attributes[i].value));
	for (const struct xml *at = node->first; at; at = at->next) {
		must(at->parent == node);
		count += walk(cx, at, depth + 1);
	}
	return count;
}

static void
check_xml(struct cx *cx, struct span text)
{
	const struct xml *root = NULL;
	enum fault which = xml_parse(cx, text, &root);

	must(!which || which == FAULT_CARTRIDGE_MALFORMED);
	must(!which || cx->note.telling[0]);
	if (!which)
		must(walk(cx, root, 1) <= XML_NODES_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span text = span_from(bytes, length);
	struct content_drafts drafts;

	cx_init(&cx, no_random);
	check_xml(&cx, text);
	enum fault which = cartridge_read(&cx, text, &drafts);
	must(!which || which == FAULT_CARTRIDGE_MALFORMED);
	must(!which || cx.note.telling[0]);
	for (size_t i = 0; !which && i < drafts.count; i++)
		must(drafts.at[i].body && drafts.at[i].line == (int64_t)i + 1);
	cx_release(&cx);
	return 0;
}
