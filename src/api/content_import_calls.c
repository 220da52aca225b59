/* content_import_calls.c - content that comes and goes as one file
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/content_json.h"
#include "api/content_owner.h"
#include "api/routes.h"
#include "app/content_import.h"
#include "app/directory.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "base/cx.h"
#include "base/text.h"
#include "http/response.h"
#include "lti/cartridge.h"
#include "lti/content_table.h"
#include "store/db.h"
#include "store/organizations.h"
#include "json/jwrite.h"

enum { EXPORT_MAX = 64 << 20 };

/* --- in ------------------------------------------------------------------ */

struct work {
	struct call *call;
	struct span organization_id; /* that was named, or empty */
	struct content_import import;
};

static enum fault
read_drafts(struct call *call, struct content_drafts *out)
{
	struct span body = call->request->body;

	if (request_has_type(call->request, "text/csv"))
		return content_table_read(call->cx, body, out);
	if (request_has_type(call->request, "application/zip"))
		return cartridge_read(call->cx, body, out);
	return fault_tell(call->cx, FAULT_MEDIA_TYPE_REFUSED,
	    "The body must be sent as Content-Type: text/csv (a table) or "
	    "application/zip (a Common Cartridge)");
}

static enum fault
run(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	struct content_import *import = &work->import;

	import->organization_id = work->organization_id;
	enum fault which = content_owner_find(
	    work->call, session, &import->organization_id, import->parent_id);
	if (!which)
		which = content_import_run(session, cx, import);
	if (which)
		return which;
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "content",
	    .message = "content imported",
	    .organization_id = import->organization_id,
	    .fields = {{"organization", import->organization_id},
		{"added",
		    arena_printf(cx->arena, "%lld", (long long)import->added)},
		{"changed", arena_printf(cx->arena, "%lld",
				(long long)import->changed)}},
	};
	return journal_add(session, cx, &entry);
}

enum fault
content_import_call(struct call *call)
{
	struct work work = {.call = call};
	struct content_import *import = &work.import;
	enum fault which =
	    call_query(call, "organizationId", &work.organization_id);

	if (!which)
		which = call_query(call, "parentId", &import->parent_id);
	if (!which)
		which = directory_settings(
		    call->gateway, call->cx, &import->settings);
	if (!which)
		which = read_drafts(call, &import->drafts);
	if (!which)
		which = db_write(call->gateway->db, call->cx, run, &work);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	jwrite_integer(answer, "added", import->added);
	jwrite_integer(answer, "changed", import->changed);
	jwrite_integer(answer, "unchanged", import->unchanged);
	jwrite_value(answer, "skipped", import->skipped);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

/* --- out ----------------------------------------------------------------- */

struct out {
	struct span organization_id;
	struct content_list rows;
};

static enum fault
read_all(struct db_session *session, struct cx *cx, void *arg)
{
	struct out *out = arg;
	struct organization organization;
	const struct content_filter filter = {
	    .organization_id = out->organization_id, .limit = CONTENT_MAX};
	enum fault which = organizations_find(
	    session, cx, out->organization_id, &organization);

	return which ? which : content_list(session, cx, &filter, &out->rows);
}

static enum fault
find_owner(struct call *call, struct span *out)
{
	const struct caller *caller = &call->caller;
	enum fault which = call_query(call, "organizationId", out);

	if (which)
		return which;
	if (!out->length && !caller->program && caller->role_count == 1)
		*out = caller->roles[0].organization_id;
	if (!out->length)
		return fault_tell(call->cx, FAULT_PARAMETER_REFUSED,
		    "organizationId is missing: it says whose content is "
		    "wanted");
	return rights_check_in(
	    call->cx, caller, RIGHT_SEE, *out, FAULT_NO_ORGANIZATION);
}

enum fault
content_export_call(struct call *call)
{
	struct cx *cx = call->cx;
	struct out out = {.organization_id = SPAN("")};
	enum fault which = find_owner(call, &out.organization_id);

	if (!which)
		which = db_read(call->gateway->db, cx, read_all, &out);
	if (which)
		return which;
	struct text table = text_begin(cx->arena, EXPORT_MAX);
	content_table_head(&table);
	for (size_t i = 0; i < out.rows.count; i++) {
		struct json_t *body = jwrite_object(cx);
		content_json_write(cx, body, &out.rows.at[i]);
		content_table_row(cx, &table, out.rows.at[i].course, body);
	}
	call->response->status = 200;
	call->response->content_type = "text/csv; charset=utf-8";
	call->response->body = text_span(&table);
	response_header(call->response, "Content-Disposition",
	    SPAN("attachment; filename=\"content.csv\""));
	return FAULT_NONE;
}
