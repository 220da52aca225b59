/* journal.c - writing down what happened, once
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/journal.h"

#include <string.h>

#include "app/audit.h"
#include "app/gateway.h"
#include "app/usage.h"
#include "base/counters.h"
#include "base/cx.h"
#include "store/db.h"
#include "store/events.h"
#include "json/jread.h"
#include "json/jwrite.h"

static const char *const levels[] = {"debug", "info", "warn", "error"};

static enum fault
add_one(struct db_session *session, struct cx *cx,
    const struct journal_entry *entry)
{
	struct json_t *details = jwrite_object(cx);

	for (const struct log_field *field = entry->fields; field->name;
	     field++)
		jwrite_text(details, field->name, field->value);
	jwrite_text_if(details, "by", cx->actor);
	if (entry->before || entry->after)
		audit_write(cx, details, entry->before, entry->after);
	struct event event = {
	    .level = span_of(levels[entry->level]),
	    .kind = span_of(entry->kind),
	    .reference = span_of(cx->reference),
	    .platform_id = entry->platform_id,
	    .deployment_id = entry->deployment_id,
	    .organization_id = entry->organization_id,
	    .message = span_of(entry->message),
	    .details = jwrite_bytes(cx, details),
	};
	return events_add(session, cx, &event);
}

/* To another organisation, or to nobody. */
static bool
changes_hands(const struct journal_entry *entry)
{
	static const char name[] = "organizationId";

	return entry->before && entry->after &&
	       !span_equal(
		   jread_text_or(jread_member(entry->before, name), SPAN("")),
		   jread_text_or(jread_member(entry->after, name), SPAN("")));
}

/* Whoever has it now must not learn whose it was, nor what it was there: that
 * is for staff. */
enum fault
journal_add(struct db_session *session, struct cx *cx,
    const struct journal_entry *entry)
{
	struct journal_entry told = *entry;

	if (!changes_hands(entry))
		return add_one(session, cx, entry);
	told.before = told.after = NULL;
	enum fault which = add_one(session, cx, &told);
	told = *entry;
	told.message = "owner changed";
	told.organization_id = SPAN("");
	told.deployment_id = SPAN("");
	return which ? which : add_one(session, cx, &told);
}

void
journal_log(struct cx *cx, const struct journal_entry *entry)
{
	struct log_field fields[14] = {{"kind", span_of(entry->kind)}};
	size_t count = 1;

	if (entry->platform_id.length)
		fields[count++] =
		    (struct log_field){"platform", entry->platform_id};
	for (size_t i = 0; entry->fields[i].name; i++)
		fields[count++] = entry->fields[i];
	log_line_for(cx, entry->level, entry->message, fields);
}

static enum fault
add(struct db_session *session, struct cx *cx, void *arg)
{
	return journal_add(session, cx, arg);
}

void
journal_note(
    struct gateway *gateway, struct cx *cx, const struct journal_entry *entry)
{
	/* A copy, because the store's work takes a pointer to change. */
	struct journal_entry copy = *entry;
	struct fault_note note = cx->note;

	if (db_write(gateway->db, cx, add, &copy))
		log_line_for(
		    cx, LOG_WARN, "the event could not be stored", NULL);
	cx->note = note;
	journal_log(cx, entry);
}

void
journal_count(const struct cx *cx, const char *kind, enum fault which)
{
	if (strcmp(kind, "launch") == 0)
		counters_count(COUNTERS_AT(LAUNCHES, which), cx);
	if (strcmp(kind, "registration") == 0)
		counters_count(COUNTERS_AT(REGISTRATIONS, which), cx);
}

void
journal_fault(struct gateway *gateway, struct cx *cx,
    const struct journal_subject *subject, enum fault which)
{
	const struct log_field *fields = subject->fields;
	const struct fault_text *text = fault_text(which);
	struct journal_entry entry = {
	    .level = text->status >= 500 ? LOG_ERROR : LOG_WARN,
	    .kind = subject->kind,
	    .message = text->message,
	    .platform_id = subject->platform_id,
	    .organization_id = subject->organization_id,
	    .fields = {{"detail", span_of(cx->note.detail)}},
	};
	size_t count = 1;

	journal_count(cx, subject->kind, which);
	usage_count_failure(gateway, cx, subject->organization_id, which);
	if (cx->note.external_url.length)
		entry.fields[count++] =
		    (struct log_field){"at", cx->note.external_url};
	if (cx->note.external_status)
		entry.fields[count++] = (struct log_field){"lmsStatus",
		    arena_printf(cx->arena, "%d", cx->note.external_status)};
	for (; fields && fields->name && count < 9; fields++)
		entry.fields[count++] = *fields;
	/* The store is not asked to remember what it cannot: a locked one would
	 * keep whoever waits for the answer waiting once more. */
	if (subject->log_only || which == FAULT_STORE_BUSY ||
	    which == FAULT_STORE_FULL)
		journal_log(cx, &entry);
	else
		journal_note(gateway, cx, &entry);
}
