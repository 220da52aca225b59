/* secret_record.c - what the store knows of the secrets, by their check values
 *
 *   secret        <check value of the one that seals>
 *   secret other  {"secret": <check value>, "phase": "next" | "changing" |
 *                 "before" | "gone", "changedAt": ..., "until": ...}
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/secret_record.h"

#include "base/cx.h"
#include "store/settings.h"
#include "json/jread.h"
#include "json/jwrite.h"

#define SEALING "secret"
#define OTHER "secret other"

static const char *const phases[] = {
    [SECRET_ALONE] = "",
    [SECRET_NEXT] = "next",
    [SECRET_CHANGING] = "changing",
    [SECRET_BEFORE] = "before",
    [SECRET_GONE] = "gone",
};

static enum secret_phase
read_phase(struct span text)
{
	for (enum secret_phase phase = SECRET_NEXT; phase <= SECRET_GONE;
	     phase++)
		if (span_is(text, phases[phase]))
			return phase;
	return SECRET_ALONE;
}

enum fault
secret_record_find(
    struct db_session *session, struct cx *cx, struct secret_record *out)
{
	struct secret_record record = {.other = SPAN("")};
	const struct json_t *other;
	struct span text = SPAN_NONE;
	enum fault which = settings_find(session, cx, SEALING, &record.sealing);

	if (!which)
		which = settings_find(session, cx, OTHER, &text);
	if (!which && text.length && !jread_parse(cx, text, &other)) {
		record.other =
		    jread_text_or(jread_member(other, "secret"), SPAN(""));
		record.phase = read_phase(
		    jread_text_or(jread_member(other, "phase"), SPAN("")));
		(void)jread_integer(
		    jread_member(other, "changedAt"), &record.changed_at);
		(void)jread_integer(
		    jread_member(other, "until"), &record.until);
	}
	if (!which)
		*out = record;
	return which;
}

enum fault
secret_record_keep(struct db_session *session, struct cx *cx,
    const struct secret_record *record)
{
	struct json_t *other = jwrite_object(cx);
	struct span before = SPAN_NONE;

	jwrite_text(other, "secret", record->other);
	jwrite_text(other, "phase", span_of(phases[record->phase]));
	jwrite_integer(other, "changedAt", record->changed_at);
	jwrite_integer(other, "until", record->until);
	enum fault which = settings_find(session, cx, SEALING, &before);
	/* When it changed last is its age. */
	if (!which && !span_equal(before, record->sealing))
		which = settings_replace(session, cx, SEALING, record->sealing);
	if (!which && record->phase != SECRET_ALONE)
		which = settings_replace(
		    session, cx, OTHER, jwrite_bytes(cx, other));
	return which;
}

enum fault
secret_record_since(struct db_session *session, struct cx *cx, int64_t *out)
{
	return settings_changed_at(session, cx, SEALING, out);
}
