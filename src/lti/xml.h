/*
 * xml.h - XML that others wrote, as a tree
 *
 * Layer  lti (pure)
 * Gives  parsing within limits; finding children, attributes and text
 * Owns   nothing: the tree lives in the arena
 * Fails  CARTRIDGE_MALFORMED, told: not well-formed, too deep, too large, or
 *        with a document type: no entity is ever expanded or fetched
 * Spec   XML 1.0
 *
 * Names are without their prefix: the schemas of a cartridge do not share any.
 * Every question may be asked of NULL: the answer is then "nothing".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_XML_H
#define LTI_XML_H

#include "base/fault.h"
#include "base/span.h"

struct cx;

enum { XML_DEPTH_MAX = 50, XML_NODES_MAX = 100000 };

struct xml_attribute {
	struct span name, value;
};

struct xml {
	struct span name;
	struct span text; /* of one without children */
	const struct xml_attribute *attributes;
	size_t attribute_count;
	struct xml *parent, *first, *last, *next;
};

enum fault xml_parse(
    struct cx *cx, struct span bytes, const struct xml **out) MUST_USE;

const struct xml *xml_child(const struct xml *node, const char *name);
/* The next of its siblings that is called so. */
const struct xml *xml_next(const struct xml *node, const char *name);
/* Never SPAN_NONE. */
struct span xml_attribute(const struct xml *node, const char *name);
/* Blanks and line ends within become one blank each. Never SPAN_NONE. */
struct span xml_text(struct cx *cx, const struct xml *node);

#endif
