/* notice_text.c - a notice in words, for mail
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/notice_text.h"

#include "base/cx.h"
#include "base/text.h"
#include "json/jread.h"

enum { TEXT_MAX = 16384, VALUE_MAX = 300 };

static const struct {
	const char *type, *subject, *text;
} kinds[] = {
    {"platform.waiting", "An LMS waits for approval",
	"An LMS was registered and is not active yet. Until somebody activates "
	"it, its\nlaunches end on a page that says so.\n"},
    {"registration.waiting", "A registration waits for approval",
	"An LMS wants to be registered and waits for approval.\n"},
    {"test", "A test", "This is a test: notifications arrive.\n"},
};

static const struct {
	const char *member, *label;
} lines[] = {
    {"name", "Name"},
    {"url", "LMS"},
    {"clientId", "Client id"},
    {"familyCode", "Product"},
    {"claimedOrganization", "Says it belongs to"},
    {"expiresAt", "Waits until"},
    {"portalUrl", "Act here"},
};

static struct span
member(const struct json_t *data, const char *name)
{
	struct span value = jread_text_or(jread_member(data, name), SPAN(""));

	return span_cut(value, VALUE_MAX);
}

/* A value is somebody else's text: it stays in its line. */
static void
add_line(struct text *text, const char *label, struct span value)
{
	text_printf(text, "%s: ", label);
	for (size_t i = 0; i < value.length; i++) {
		unsigned char c = (unsigned char)value.at[i];
		text_add_char(text, c < 0x20 || c == 0x7f ? ' ' : value.at[i]);
	}
	text_add_char(text, '\n');
}

void
notice_text_write(struct cx *cx, const struct json_t *body,
    struct span public_url, struct notice_text *out)
{
	struct span type = jread_text_or(jread_member(body, "type"), SPAN(""));
	const struct json_t *data = jread_member(body, "data");
	struct text text = text_begin(cx->arena, TEXT_MAX);
	struct span subject = type, name = member(data, "name");

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (span_is(type, kinds[i].type)) {
			subject = span_of(kinds[i].subject);
			text_add_cstr(&text, kinds[i].text);
		}
	text_add_char(&text, '\n');
	if (!name.length)
		name = member(data, "url");
	out->subject = name.length ? arena_printf(cx->arena, "%.*s: %.*s",
					 SPAN_ARGS(subject), SPAN_ARGS(name))
				   : subject;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct span value = member(data, lines[i].member);
		if (value.length)
			add_line(&text, lines[i].label, value);
	}
	text_printf(&text, "\n-- \nltigate at %.*s\n", SPAN_ARGS(public_url));
	out->text = text_span(&text);
}
