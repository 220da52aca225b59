/* cartridge.c - content as a Common Cartridge
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/cartridge.h"

#include <stdlib.h>
#include <string.h>

#include "base/cx.h"
#include "lti/archive.h"
#include "lti/xml.h"
#include "json/jwrite.h"

struct resource {
	struct span id;
	const struct xml *node;
};

struct cartridge {
	struct cx *cx;
	struct archive *archive;
	struct resource *resources; /* by id */
	size_t resource_count;
	struct span title;
	struct content_draft *drafts;
	size_t count;
};

/* --- resources ----------------------------------------------------------- */

static int
compare(const void *left, const void *right)
{
	const struct span *a = &((const struct resource *)left)->id;
	const struct span *b = &((const struct resource *)right)->id;
	size_t least = a->length < b->length ? a->length : b->length;
	int order = least ? memcmp(a->at, b->at, least) : 0;

	if (order)
		return order;
	return (a->length > b->length) - (a->length < b->length);
}

static void
read_resources(struct cartridge *cartridge, const struct xml *manifest)
{
	const struct xml *list = xml_child(manifest, "resources");
	const struct xml *first = xml_child(list, "resource");
	size_t count = 0;

	for (const struct xml *at = first; at; at = xml_next(at, "resource"))
		count++;
	cartridge->resources = arena_list(
	    cartridge->cx->arena, count, sizeof *cartridge->resources);
	cartridge->resource_count = count;
	count = 0;
	for (const struct xml *at = first; at; at = xml_next(at, "resource"))
		cartridge->resources[count++] =
		    (struct resource){xml_attribute(at, "identifier"), at};
	if (count)
		qsort(cartridge->resources, count, sizeof *cartridge->resources,
		    compare);
}

static const struct xml *
find_resource(const struct cartridge *cartridge, struct span id)
{
	const struct resource wanted = {.id = id};
	const struct resource *found = NULL;

	if (id.length && cartridge->resource_count)
		found = bsearch(&wanted, cartridge->resources,
		    cartridge->resource_count, sizeof wanted, compare);
	return found ? found->node : NULL;
}

/* --- links --------------------------------------------------------------- */

static const char *const link_roots[] = {
    "cartridge_basiclti_link", "webLink", NULL};

static bool
is_link(const struct xml *resource)
{
	struct span type = xml_attribute(resource, "type");

	return span_starts(type, "imsbasiclti_xmlv1p") ||
	       span_starts(type, "imswl_xmlv1p");
}

static const struct xml *
inline_link(const struct xml *resource)
{
	const struct xml *found = NULL;

	for (const char *const *name = link_roots; *name && !found; name++)
		found = xml_child(resource, *name);
	return found;
}

/* The document stands in the resource itself, or in a file. */
static enum fault
read_document(struct cartridge *cartridge, const struct xml *resource,
    const struct xml **out)
{
	struct cx *cx = cartridge->cx;
	struct span bytes;
	struct span name = xml_attribute(xml_child(resource, "file"), "href");

	*out = inline_link(resource);
	if (*out)
		return FAULT_NONE;
	if (!name.length)
		name = xml_attribute(resource, "href");
	enum fault which = archive_read(cx, cartridge->archive, name, &bytes);
	if (!which && !bytes.at)
		return fault_tell(cx, FAULT_CARTRIDGE_MALFORMED,
		    "The link's file is not in the archive");
	return which ? which : xml_parse(cx, bytes, out);
}

static void
write_custom(struct cx *cx, const struct xml *link, struct json_t *body)
{
	struct json_t *custom = jwrite_inner_object(body, "customParameters");
	const struct xml *property =
	    xml_child(xml_child(link, "custom"), "property");

	for (; property; property = xml_next(property, "property"))
		jwrite_text(custom,
		    arena_cstr(cx->arena, xml_attribute(property, "name")),
		    xml_text(cx, property));
}

static void
write_tool_link(struct cx *cx, const struct xml *link, struct json_t *body)
{
	struct span url = xml_text(cx, xml_child(link, "secure_launch_url"));

	if (!url.length)
		url = xml_text(cx, xml_child(link, "launch_url"));
	jwrite_text(body, "url", url);
	jwrite_text(
	    body, "description", xml_text(cx, xml_child(link, "description")));
	write_custom(cx, link, body);
}

static enum fault
write_link(struct cartridge *cartridge, const struct xml *resource,
    struct json_t *body, struct span title)
{
	struct cx *cx = cartridge->cx;
	const struct xml *link;
	enum fault which = read_document(cartridge, resource, &link);

	if (which)
		return which;
	if (!title.length)
		title = xml_text(cx, xml_child(link, "title"));
	jwrite_text(body, "title", title);
	if (span_is(link->name, "webLink"))
		jwrite_text(
		    body, "url", xml_attribute(xml_child(link, "url"), "href"));
	else
		write_tool_link(cx, link, body);
	return FAULT_NONE;
}

/* --- the tree ------------------------------------------------------------ */

static void
add_link(struct cartridge *cartridge, const struct xml *resource,
    struct span title, struct span course)
{
	struct cx *cx = cartridge->cx;

	if (cartridge->count == CARTRIDGE_LINKS_MAX)
		return;
	struct content_draft *draft = &cartridge->drafts[cartridge->count++];
	struct json_t *body = jwrite_object(cx);
	jwrite_text(body, "kind", SPAN("assignment"));
	*draft = (struct content_draft){
	    .line = (int64_t)cartridge->count, .course = course, .body = body};
	if (write_link(cartridge, resource, body, title))
		draft->why = arena_cstr(cx->arena, span_of(cx->note.telling));
}

/* course: empty at the top, where a folder becomes one. The depth is bounded
 * by xml.h. */
static void
walk(struct cartridge *cartridge, const struct xml *parent, struct span course)
{
	struct cx *cx = cartridge->cx;
	const struct xml *item = xml_child(parent, "item");

	for (; item; item = xml_next(item, "item")) {
		struct span title = xml_text(cx, xml_child(item, "title"));
		struct span name = course.length  ? course
				   : title.length ? title
						  : cartridge->title;
		const struct xml *resource = find_resource(
		    cartridge, xml_attribute(item, "identifierref"));
		if (resource && is_link(resource))
			add_link(cartridge, resource, title,
			    course.length ? course : cartridge->title);
		walk(cartridge, item, name);
	}
}

static struct span
title_of(struct cx *cx, const struct xml *manifest)
{
	const struct xml *lom =
	    xml_child(xml_child(manifest, "metadata"), "lom");
	const struct xml *title = xml_child(xml_child(lom, "general"), "title");
	struct span text = xml_text(cx, xml_child(title, "string"));

	/* "langstring" in the oldest cartridges. */
	return text.length ? text
			   : xml_text(cx, xml_child(title, "langstring"));
}

enum fault
cartridge_read(struct cx *cx, struct span bytes, struct content_drafts *out)
{
	struct cartridge cartridge = {.cx = cx};
	const struct xml *manifest = NULL;
	struct span text = SPAN_NONE;
	enum fault which = archive_open(cx, bytes, &cartridge.archive);

	if (!which)
		which = archive_read(
		    cx, cartridge.archive, SPAN("imsmanifest.xml"), &text);
	if (!which && !text.at)
		return fault_tell(cx, FAULT_CARTRIDGE_MALFORMED,
		    "The archive has no imsmanifest.xml: it is no Common "
		    "Cartridge");
	if (!which)
		which = xml_parse(cx, text, &manifest);
	if (which)
		return which;
	cartridge.title = title_of(cx, manifest);
	cartridge.drafts = arena_list(
	    cx->arena, CARTRIDGE_LINKS_MAX, sizeof *cartridge.drafts);
	read_resources(&cartridge, manifest);
	/* The organisation's one item is the root of the tree. */
	const struct xml *organization =
	    xml_child(xml_child(manifest, "organizations"), "organization");
	walk(&cartridge, xml_child(organization, "item"), SPAN(""));
	*out = (struct content_drafts){
	    .at = cartridge.drafts, .count = cartridge.count, .no_score = true};
	return FAULT_NONE;
}
