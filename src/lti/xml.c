/* xml.c - XML that others wrote, as a tree
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/xml.h"

#include <expat.h>
#include <string.h>

#include "base/cx.h"
#include "base/text.h"

enum { TEXT_MAX = 1 << 20 };

struct reading {
	struct cx *cx;
	XML_Parser parser;
	struct xml *root, *at;
	struct text text; /* since the last tag */
	size_t depth, nodes;
	const char *why; /* it was stopped; or NULL */
};

static void
stop(struct reading *reading, const char *why)
{
	reading->why = why;
	XML_StopParser(reading->parser, XML_FALSE);
}

/* "blti:title" is a title. */
static struct span
local_name(struct cx *cx, const char *name)
{
	const char *colon = strrchr(name, ':');
	return arena_copy(cx->arena, span_of(colon ? colon + 1 : name));
}

static void
add_attributes(struct cx *cx, struct xml *node, const char **pairs)
{
	size_t count = 0;

	while (pairs[2 * count])
		count++;
	struct xml_attribute *list = arena_list(cx->arena, count, sizeof *list);
	for (size_t i = 0; i < count; i++) {
		list[i].name = local_name(cx, pairs[2 * i]);
		list[i].value =
		    arena_copy(cx->arena, span_of(pairs[2 * i + 1]));
	}
	node->attributes = list;
	node->attribute_count = count;
}

static void
on_start(void *state, const char *name, const char **attributes)
{
	struct reading *reading = state;
	struct xml *parent = reading->at;

	if (reading->depth == XML_DEPTH_MAX ||
	    reading->nodes == XML_NODES_MAX) {
		stop(reading, "is too deep or too large");
		return;
	}
	/* Text beside children says nothing in a cartridge. */
	reading->text = text_begin(reading->cx->arena, TEXT_MAX);
	struct xml *node = arena_take(reading->cx->arena, sizeof *node);
	*node = (struct xml){.name = local_name(reading->cx, name),
	    .text = SPAN(""),
	    .parent = parent};
	add_attributes(reading->cx, node, attributes);
	if (!parent)
		reading->root = node;
	else if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	if (parent)
		parent->last = node;
	reading->at = node;
	reading->depth++;
	reading->nodes++;
}

static void
on_end(void *state, const char *name)
{
	struct reading *reading = state;

	(void)name;
	if (reading->why)
		return; /* <a/> ends although it was stopped */
	if (!reading->at->first)
		reading->at->text = text_span(&reading->text);
	reading->text = text_begin(reading->cx->arena, TEXT_MAX);
	reading->at = reading->at->parent;
	reading->depth--;
}

static void
on_text(void *state, const char *bytes, int length)
{
	struct reading *reading = state;
	text_add(&reading->text, span_from(bytes, (size_t)length));
}

/* What could define entities: those that grow without end, and those that are
 * fetched. No cartridge needs one. */
static void
on_doctype(void *state, const char *name, const char *system,
    const char *public, int internal)
{
	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	stop(state, "has a document type, which is not read");
}

enum fault
xml_parse(struct cx *cx, struct span bytes, const struct xml **out)
{
	struct reading reading = {.cx = cx,
	    .parser = XML_ParserCreate(NULL),
	    .text = text_begin(cx->arena, TEXT_MAX)};

	XML_SetUserData(reading.parser, &reading);
	XML_SetElementHandler(reading.parser, on_start, on_end);
	XML_SetCharacterDataHandler(reading.parser, on_text);
	XML_SetStartDoctypeDeclHandler(reading.parser, on_doctype);
	bool good = bytes.length <= INT32_MAX &&
		    XML_Parse(reading.parser, bytes.at, (int)bytes.length, 1) ==
			XML_STATUS_OK;
	if (!good && !reading.why)
		reading.why = XML_ErrorString(XML_GetErrorCode(reading.parser));
	unsigned long line = XML_GetCurrentLineNumber(reading.parser);
	XML_ParserFree(reading.parser);
	if (!good)
		return fault_tell(cx, FAULT_CARTRIDGE_MALFORMED,
		    "XML in the archive, line %lu: %s", line, reading.why);
	*out = reading.root;
	return FAULT_NONE;
}

/* --- questions ----------------------------------------------------------- */

static const struct xml *
find(const struct xml *node, const char *name)
{
	while (node && !span_is(node->name, name))
		node = node->next;
	return node;
}

const struct xml *
xml_child(const struct xml *node, const char *name)
{
	return node ? find(node->first, name) : NULL;
}

const struct xml *
xml_next(const struct xml *node, const char *name)
{
	return node ? find(node->next, name) : NULL;
}

struct span
xml_attribute(const struct xml *node, const char *name)
{
	for (size_t i = 0; node && i < node->attribute_count; i++)
		if (span_is(node->attributes[i].name, name))
			return node->attributes[i].value;
	return SPAN("");
}

struct span
xml_text(struct cx *cx, const struct xml *node)
{
	struct span text = node ? node->text : SPAN("");
	struct text out = text_begin(cx->arena, text.length);
	bool blank = false;

	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i];
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			blank = out.length > 0;
			continue;
		}
		if (blank)
			text_add_char(&out, ' ');
		blank = false;
		text_add_char(&out, c);
	}
	return text_span(&out);
}
