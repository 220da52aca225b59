/* usage_counts.c - how much, by the hour and by the day
 *
 * Who was counted is a row as long as the hour or day may still meet them
 * again; what is inserted first is counted, in the same transaction, so that
 * two instances never count a person twice.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/usage_counts.h"

#include "base/cx.h"
#include "store/db.h"

enum { FAULTS_MAX = 100 };

/* --- adding -------------------------------------------------------------- */

enum fault
usage_counts_add(struct db_session *session, struct cx *cx,
    const struct usage_place *place, const struct usage_counts *more)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO usage_counts (step, at, organization_id, launches,"
	    " people, registrations, failures)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7)"
	    " ON CONFLICT (step, organization_id, at) DO UPDATE SET"
	    " launches = usage_counts.launches + excluded.launches,"
	    " people = usage_counts.people + excluded.people, registrations ="
	    " usage_counts.registrations + excluded.registrations,"
	    " failures = usage_counts.failures + excluded.failures",
	    DB_TEXT(span_of(place->step)), DB_INTEGER(place->at),
	    DB_TEXT(place->organization_id), DB_INTEGER(more->launches),
	    DB_INTEGER(more->people), DB_INTEGER(more->registrations),
	    DB_INTEGER(more->failures));
}

enum fault
usage_counts_add_fault(struct db_session *session, struct cx *cx,
    const struct usage_place *place, struct span fault, int64_t more)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO usage_faults (step, at, organization_id, fault, count)"
	    " VALUES ($1, $2, $3, $4, $5)"
	    " ON CONFLICT (step, organization_id, at, fault) DO UPDATE SET"
	    " count = usage_faults.count + excluded.count",
	    DB_TEXT(span_of(place->step)), DB_INTEGER(place->at),
	    DB_TEXT(place->organization_id), DB_TEXT(fault), DB_INTEGER(more));
}

enum fault
usage_counts_add_person(struct db_session *session, struct cx *cx,
    const struct usage_place *place, struct span person, bool *is_new)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "INSERT INTO usage_people (step, at, organization_id, person)"
	    " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING 1",
	    DB_TEXT(span_of(place->step)), DB_INTEGER(place->at),
	    DB_TEXT(place->organization_id), DB_TEXT(person));

	if (!which)
		*is_new = rows.count == 1;
	return which;
}

/* --- listing ------------------------------------------------------------- */

/* Two statements, so that each has an index: of one organisation, and of a
 * person's. $3 is the one or the person. */
#define OF_ONE " WHERE step = $1 AND at >= $2 AND organization_id = $3"
#define OF_READER                                                              \
	" WHERE step = $1 AND at >= $2 AND organization_id IN (SELECT"         \
	" organization_id FROM organization_people WHERE user_id = $3)"
#define SUM(column) "CAST(sum(" column ") AS bigint)"
#define POINTS(of)                                                             \
	"SELECT at, " SUM("launches") ", " SUM("people") ", " SUM(             \
	    "registrations") ", " SUM("failures") " FROM usage_counts" of      \
						  " GROUP BY at ORDER BY at"
#define FAULTS(of)                                                             \
	"SELECT fault, " SUM(                                                  \
	    "count") " AS many FROM usage_faults" of                           \
		     " GROUP BY fault ORDER BY many DESC, fault LIMIT $4"

static struct span
who(const struct usage_filter *filter)
{
	return filter->reader.length ? filter->reader : filter->organization_id;
}

enum fault
usage_counts_list(struct db_session *session, struct cx *cx,
    const struct usage_filter *filter, struct usage_point_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    filter->reader.length ? POINTS(OF_READER) : POINTS(OF_ONE),
	    DB_TEXT(span_of(filter->step)), DB_INTEGER(filter->from),
	    DB_TEXT(who(filter)));

	if (which)
		return which;
	struct usage_point *list =
	    arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = (struct usage_point){
		    db_integer(&rows, i, 0),
		    {db_integer(&rows, i, 1), db_integer(&rows, i, 2),
			db_integer(&rows, i, 3), db_integer(&rows, i, 4)},
		};
	*out = (struct usage_point_list){list, rows.count};
	return FAULT_NONE;
}

enum fault
usage_counts_list_faults(struct db_session *session, struct cx *cx,
    const struct usage_filter *filter, struct usage_fault_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    filter->reader.length ? FAULTS(OF_READER) : FAULTS(OF_ONE),
	    DB_TEXT(span_of(filter->step)), DB_INTEGER(filter->from),
	    DB_TEXT(who(filter)), DB_INTEGER(FAULTS_MAX));

	if (which)
		return which;
	struct usage_fault *list =
	    arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = (struct usage_fault){
		    db_text(&rows, i, 0), db_integer(&rows, i, 1)};
	*out = (struct usage_fault_list){list, rows.count};
	return FAULT_NONE;
}

/* --- forgetting ---------------------------------------------------------- */

enum fault
usage_counts_expire(struct db_session *session, struct cx *cx, const char *step,
    int64_t before, int64_t max, size_t *deleted)
{
	const struct db_value values[] = {
	    DB_TEXT(span_of(step)), DB_INTEGER(before), DB_INTEGER(max)};
	struct db_rows counts, faults;
	enum fault which = db_run(session, cx,
	    "DELETE FROM usage_counts WHERE (step, organization_id, at) IN"
	    " (SELECT step, organization_id, at FROM usage_counts"
	    " WHERE step = $1 AND at < $2 LIMIT $3) RETURNING 1",
	    values, 3, &counts);

	if (!which)
		which = db_run(session, cx,
		    "DELETE FROM usage_faults WHERE (step, organization_id, at,"
		    " fault) IN (SELECT step, organization_id, at, fault"
		    " FROM usage_faults WHERE step = $1 AND at < $2 LIMIT $3)"
		    " RETURNING 1",
		    values, 3, &faults);
	if (!which)
		*deleted =
		    counts.count > faults.count ? counts.count : faults.count;
	return which;
}

enum fault
usage_counts_forget_people(struct db_session *session, struct cx *cx,
    const char *step, int64_t before, int64_t max, size_t *deleted)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM usage_people WHERE (step, at, organization_id, person)"
	    " IN (SELECT step, at, organization_id, person FROM usage_people"
	    " WHERE step = $1 AND at < $2 LIMIT $3) RETURNING 1",
	    DB_TEXT(span_of(step)), DB_INTEGER(before), DB_INTEGER(max));

	if (!which)
		*deleted = rows.count;
	return which;
}
