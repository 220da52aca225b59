/* tool.c - the settings, as they stand
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/tool.h"

#include "app/gateway.h"
#include "app/journal.h"
#include "base/cx.h"
#include "lti/tool_settings.h"
#include "store/db.h"
#include "store/settings.h"
#include "json/jread.h"
#include "json/jwrite.h"

static enum fault
find(struct db_session *session, struct cx *cx, void *arg)
{
	return settings_find(session, cx, "tool", arg);
}

enum fault
tool_find(struct gateway *gateway, struct cx *cx, const struct json_t **out)
{
	struct span document = SPAN_NONE;
	const struct json_t *given = NULL;
	enum fault which = db_read(gateway->db, cx, find, &document);

	if (!which && document.length)
		which = jread_parse(cx, document, &given);
	if (which)
		return which;
	*out = tool_settings_whole(cx, given);
	return FAULT_NONE;
}

static enum fault
replace(struct db_session *session, struct cx *cx, void *arg)
{
	const struct json_t *settings = arg, *given = NULL;
	struct span document = SPAN_NONE;
	enum fault which = find(session, cx, &document);

	if (!which && document.length)
		which = jread_parse(cx, document, &given);
	const struct journal_entry entry = {.level = LOG_INFO,
	    .kind = "settings",
	    .message = "settings changed",
	    .before = tool_settings_whole(cx, given),
	    .after = settings};
	if (!which)
		which = settings_replace(
		    session, cx, "tool", jwrite_bytes(cx, settings));
	return which ? which : journal_add(session, cx, &entry);
}

enum fault
tool_replace(struct gateway *gateway, struct cx *cx,
    const struct json_t *settings, const struct json_t **out)
{
	enum fault which = tool_settings_check(cx, settings);

	if (which)
		return which;
	struct json_t *whole = tool_settings_whole(cx, settings);
	which = tool_settings_check(cx, whole);
	if (!which)
		which = db_write(gateway->db, cx, replace, whole);
	if (!which)
		*out = whole;
	return which;
}
