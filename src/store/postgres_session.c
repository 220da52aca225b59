/* postgres_session.c - one connection to a PostgreSQL server
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/postgres_session.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/cx.h"
#include "store/postgres_dialect.h"
#include "store/postgres_rows.h"

enum {
	ANSWER_MS = 10000, /* a server that is silent for so long is gone */
	SCRIPT_MS = 3600000,
	LOOK_MS = 1000, /* whether the program ends */
	QUEUE_MAX = 64, /* what travels together, at most */
	OID_INT8 = 20,
	OID_TEXT = 25,
	INTEGER_SIZE = 24, /* as text */
	NAME_SIZE = 16,
};

/* IGNORED: of a transaction that is over. */
enum kind { ROWS, PREPARE, COMMIT, SYNC, IGNORED };

/* An answer that is still to come. */
struct expected {
	enum kind kind;
	enum fault conflict; /* what a unique rule means here */
	const char *sql;
	size_t place;        /* of what is prepared */
	struct db_rows *out; /* or NULL */
};

struct statement {
	const char *sql;
	bool prepared; /* or on its way to be */
};

struct postgres_session {
	struct db_session base;
	PGconn *handle;
	struct statement statements[DB_STATEMENTS]; /* by address */
	struct expected queue[QUEUE_MAX];
	size_t queued;
	bool begun; /* BEGIN is on its way */
	enum postgres_mode mode;
	bool committing; /* COMMIT is: who knows what a broken one did */
	bool portable;
	bool broken;
	bool scripted;    /* the transaction changes tables */
	enum fault which; /* first fault of the transaction */
	enum postgres_end end;
	int64_t deadline;
	const atomic_bool *ends_soon;
};

static struct postgres_session *
session_of(struct db_session *base)
{
	return (struct postgres_session *)(void *)base;
}

struct db_session *
postgres_session_base(struct postgres_session *session)
{
	return &session->base;
}

bool
postgres_session_touched(const struct postgres_session *session)
{
	return session->base.touches;
}

/* --- faults -------------------------------------------------------------- */

/* The first line of what libpq says. */
static struct span
said(const char *message)
{
	return span_from(message, strcspn(message, "\n"));
}

static void
give_up(struct postgres_session *session)
{
	session->broken = true;
	session->queued = 0;
	/* Who knows what became of a COMMIT? */
	session->end = session->committing ? POSTGRES_ENDED : POSTGRES_BROKEN;
}

static enum fault
lost(struct postgres_session *session, struct cx *cx, const char *what)
{
	enum fault which = fault(cx, FAULT_STORE_BUSY, "%s: %.*s", what,
	    SPAN_ARGS(said(PQerrorMessage(session->handle))));

	give_up(session);
	if (!session->which)
		session->which = which;
	return session->which;
}

static enum fault
judge(struct postgres_session *session, struct cx *cx, const PGresult *result,
    const struct expected *expected)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (!state || PQstatus(session->handle) == CONNECTION_BAD)
		return lost(session, cx, "the connection to the store ended");
	if (session->which) /* what follows from the first */
		return session->which;
	session->which =
	    postgres_state_judge(state, session->scripted, &session->end);
	if (session->which == FAULT_STORE_CONFLICT && expected->conflict) {
		session->which = expected->conflict;
		session->end = POSTGRES_ENDED; /* it is known what it means */
	}
	if (session->end == POSTGRES_BROKEN)
		give_up(session);
	return fault(cx, session->which, "%s: %.*s (%s)",
	    expected->sql ? expected->sql : "",
	    SPAN_ARGS(said(PQresultErrorMessage(result))), state);
}

/* --- waiting ------------------------------------------------------------- */

/* Of the deadline, which is near when the program ends. */
static int64_t
time_left(struct postgres_session *session)
{
	int64_t now = clock_monotonic_ms();

	if (session->deadline > now + ANSWER_MS &&
	    atomic_load(session->ends_soon))
		session->deadline = now + ANSWER_MS;
	return session->deadline - now;
}

/* Sends what is to be sent and takes what came, until an answer is whole. */
static bool
wait_for_answer(struct postgres_session *session)
{
	for (;;) {
		int flushed = PQflush(session->handle);
		if (flushed < 0)
			return false;
		if (flushed == 0 && !PQisBusy(session->handle))
			return true;
		int64_t left = time_left(session);
		struct pollfd poll_for = {.fd = PQsocket(session->handle),
		    .events = (short)(POLLIN | (flushed ? POLLOUT : 0))};
		if (left <= 0)
			return false;
		int got =
		    poll(&poll_for, 1, left < LOOK_MS ? (int)left : LOOK_MS);
		if (got < 0 && errno != EINTR)
			return false;
		if (got > 0 && !PQconsumeInput(session->handle) &&
		    PQisBusy(session->handle))
			return false;
	}
}

static enum fault
take_answer(struct postgres_session *session, struct cx *cx,
    const struct expected *expected, PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (expected->kind == PREPARE && status != PGRES_COMMAND_OK)
		session->statements[expected->place].prepared = false;
	if (expected->kind == IGNORED &&
	    PQstatus(session->handle) != CONNECTION_BAD)
		return FAULT_NONE;
	if (status == PGRES_PIPELINE_ABORTED)
		return session->which;
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		return judge(session, cx, result, expected);
	if (expected->out)
		postgres_rows_read(cx, result, expected->out);
	/* A transaction that failed is undone by COMMIT, in silence. */
	if (expected->kind == COMMIT &&
	    strcmp(PQcmdStatus(result), "COMMIT") != 0)
		return session->which = fault(cx, FAULT_STORE_FAILED,
			   "the transaction was undone");
	return FAULT_NONE;
}

/* Takes every answer that was asked for. */
static enum fault
collect(struct postgres_session *session, struct cx *cx)
{
	size_t taken = 0;

	while (taken < session->queued) {
		struct expected expected = session->queue[taken++];
		if (!wait_for_answer(session))
			return lost(session, cx, "no answer from the store");
		PGresult *result = PQgetResult(session->handle);
		if (!result)
			return lost(session, cx, "no answer from the store");
		if (expected.kind != SYNC)
			(void)take_answer(session, cx, &expected, result);
		PQclear(result);
		if (session->broken)
			return session->which;
		/* A NULL ends what belongs to one statement. */
		if (expected.kind != SYNC)
			PQclear(PQgetResult(session->handle));
	}
	session->queued = 0;
	return session->which;
}

/* --- sending ------------------------------------------------------------- */

static void
expect(struct postgres_session *session, struct expected expected)
{
	session->queue[session->queued++] = expected;
}

static bool
send_sync(struct postgres_session *session)
{
	if (!PQpipelineSync(session->handle))
		return false;
	expect(session, (struct expected){.kind = SYNC});
	return true;
}

static size_t
find_place(const struct postgres_session *session, const char *sql)
{
	size_t place = ((uintptr_t)sql >> 4) % DB_STATEMENTS;

	while (session->statements[place].sql &&
	       session->statements[place].sql != sql)
		place = (place + 1) % DB_STATEMENTS;
	return place;
}

static bool
send_statement(struct postgres_session *session, const char *sql,
    const struct db_value *values, size_t count, struct expected expected)
{
	const char *texts[DB_VALUES_MAX];
	int lengths[DB_VALUES_MAX], formats[DB_VALUES_MAX];
	char integers[DB_VALUES_MAX][INTEGER_SIZE], name[NAME_SIZE];
	Oid types[DB_VALUES_MAX];
	size_t place = find_place(session, sql);
	struct statement *statement = &session->statements[place];

	for (size_t i = 0; i < count; i++) {
		const struct db_value *value = &values[i];
		texts[i] = NULL;
		lengths[i] = 0;
		formats[i] = 0;
		types[i] = 0; /* the server finds out */
		if (value->type == DB_IS_INTEGER) {
			snprintf(integers[i], INTEGER_SIZE, "%lld",
			    (long long)value->integer);
			texts[i] = integers[i];
			types[i] = OID_INT8;
		} else if (value->type == DB_IS_TEXT) {
			texts[i] = value->text.at ? value->text.at : "";
			lengths[i] = (int)value->text.length;
			formats[i] = 1; /* so that it needs no NUL */
			types[i] = OID_TEXT;
		}
	}
	snprintf(name, sizeof name, "s%zu", place);
	if (!statement->prepared) {
		if (!PQsendPrepare(
			session->handle, name, sql, (int)count, types))
			return false;
		*statement = (struct statement){sql, true};
		expect(
		    session, (struct expected){
				 .kind = PREPARE, .sql = sql, .place = place});
	}
	if (!PQsendQueryPrepared(
		session->handle, name, (int)count, texts, lengths, formats, 0))
		return false;
	expected.sql = sql;
	expect(session, expected);
	return true;
}

static const char *const begins[] = {
    [POSTGRES_READS] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    [POSTGRES_WRITES] = "BEGIN ISOLATION LEVEL SERIALIZABLE",
    [POSTGRES_CLAIMS] = "BEGIN ISOLATION LEVEL READ COMMITTED",
};

static bool
send_begin(struct postgres_session *session)
{
	if (session->begun)
		return true;
	session->begun = true;
	return send_statement(session, begins[session->mode], NULL, 0,
	    (struct expected){.kind = ROWS});
}

/* Room for a statement with BEGIN, both prepared, and for COMMIT. */
static enum fault
make_room(struct postgres_session *session, struct cx *cx)
{
	if (session->queued + 8 < QUEUE_MAX)
		return FAULT_NONE;
	if (!send_sync(session))
		return lost(session, cx, "the store cannot be asked");
	return collect(session, cx);
}

static enum fault
ask(struct postgres_session *session, struct cx *cx, const char *sql,
    const struct db_value *values, size_t count, struct expected expected)
{
	if (session->which)
		return session->which; /* the transaction is over */
	if (session->broken)
		return lost(session, cx, "the store is not connected");
	session->deadline = clock_monotonic_ms() + ANSWER_MS;
	enum fault which = make_room(session, cx);
	if (which)
		return which;
	if (!send_begin(session) ||
	    !send_statement(session, sql, values, count, expected))
		return lost(session, cx, "the store cannot be asked");
	return FAULT_NONE;
}

enum fault
postgres_session_run(struct db_session *base, struct cx *cx, const char *sql,
    const struct db_value *values, size_t count, struct db_rows *out)
{
	struct postgres_session *session = session_of(base);
	struct db_rows rows = {NULL, 0, 0};
	enum fault which = ask(session, cx, sql, values, count,
	    (struct expected){.kind = ROWS, .out = &rows});

	if (which)
		return which;
	if (!send_sync(session))
		return lost(session, cx, "the store cannot be asked");
	which = collect(session, cx);
	if (!which && out)
		*out = rows;
	return which;
}

enum fault
postgres_session_later(struct db_session *base, struct cx *cx,
    enum fault conflict, const char *sql, const struct db_value *values,
    size_t count, struct db_rows *out)
{
	return ask(session_of(base), cx, sql, values, count,
	    (struct expected){.kind = ROWS, .conflict = conflict, .out = out});
}

/* --- scripts ------------------------------------------------------------- */

static enum fault
run_script(struct postgres_session *session, struct cx *cx, const char *sql)
{
	struct expected expected = {.kind = ROWS};

	session->deadline = clock_monotonic_ms() + SCRIPT_MS;
	if (!PQsendQuery(session->handle, sql))
		return lost(session, cx, "the store cannot be asked");
	for (;;) {
		if (!wait_for_answer(session))
			return lost(session, cx, "no answer from the store");
		PGresult *result = PQgetResult(session->handle);
		if (!result)
			return session->which;
		(void)take_answer(session, cx, &expected, result);
		PQclear(result);
	}
}

enum fault
postgres_session_script(struct db_session *base, struct cx *cx, struct span sql)
{
	struct postgres_session *session = session_of(base);
	struct db_rows rows;
	/* Also brings BEGIN: scripts leave the pipeline. */
	enum fault which = postgres_session_run(base, cx,
	    "SELECT CASE WHEN 'a' > 'B' AND 'a-b' < 'aa' THEN 1 ELSE 0 END",
	    NULL, 0, &rows);

	if (which)
		return which;
	if (!db_integer(&rows, 0, 0))
		sql = postgres_sort_by_bytes(cx, sql);
	if (!session->portable)
		sql = postgres_own_lines(cx, sql);
	session->scripted = true;
	if (!PQexitPipelineMode(session->handle))
		return lost(session, cx, "the pipeline does not end");
	which =
	    run_script(session, cx, postgres_script_head(session->portable));
	if (!which)
		which = run_script(session, cx, arena_cstr(cx->arena, sql));
	if (!session->broken && !PQenterPipelineMode(session->handle))
		return lost(session, cx, "the pipeline does not begin");
	return which;
}

/* --- transactions -------------------------------------------------------- */

void
postgres_session_begin(
    struct postgres_session *session, enum postgres_mode mode)
{
	session->begun = session->committing = session->scripted = false;
	session->mode = mode;
	session->which = FAULT_NONE;
	session->end = POSTGRES_ENDED;
}

static enum fault
commit(struct postgres_session *session, struct cx *cx)
{
	session->deadline = clock_monotonic_ms() + ANSWER_MS;
	session->committing = true;
	if (!send_statement(session, "COMMIT", NULL, 0,
		(struct expected){.kind = COMMIT}) ||
	    !send_sync(session))
		return lost(session, cx, "the store cannot be asked");
	return collect(session, cx);
}

/* Told, and not waited for: the answers are taken with the next. */
static void
leave(struct postgres_session *session)
{
	/* After a fault the server takes nothing before a sync. */
	bool sent = session->queued == 0 ||
		    session->queue[session->queued - 1].kind == SYNC ||
		    send_sync(session);

	sent = sent &&
	       send_statement(session, "ROLLBACK", NULL, 0,
		   (struct expected){.kind = IGNORED}) &&
	       send_sync(session) && PQflush(session->handle) >= 0;
	for (size_t i = 0; i < session->queued; i++)
		if (session->queue[i].kind != SYNC &&
		    session->queue[i].kind != PREPARE)
			session->queue[i] = (struct expected){.kind = IGNORED};
	if (!sent)
		give_up(session);
}

enum fault
postgres_session_end(struct postgres_session *session, struct cx *cx,
    enum fault which, enum postgres_end *end)
{
	/* What the work did not look at is a fault all the same. */
	if (!which)
		which = session->which;
	if (!which && session->begun && session->mode != POSTGRES_READS)
		which = commit(session, cx);
	bool open = session->begun && !(session->mode != POSTGRES_READS &&
					  !which && session->committing);
	if (open && !session->broken)
		leave(session);
	*end = session->end;
	return which;
}

/* --- connecting ---------------------------------------------------------- */

bool
postgres_session_alive(struct postgres_session *session)
{
	/* The server says goodbye before it is asked anything. */
	return !session->broken && PQconsumeInput(session->handle) &&
	       PQstatus(session->handle) == CONNECTION_OK;
}

static void
say_nothing(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

/* Sent with the first transaction. An engine leaves out what it does not
 * know. */
static bool
send_settings(struct postgres_session *session)
{
	static const char *const settings[] = {
	    "SET statement_timeout = 10000",
	    "SET lock_timeout = 5000",
	    "SET idle_in_transaction_session_timeout = 60000",
	};

	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		if (!PQsendQueryParams(session->handle, settings[i], 0, NULL,
			NULL, NULL, NULL, 0))
			return false;
		expect(session, (struct expected){.kind = IGNORED});
		if (!send_sync(session))
			return false;
	}
	return true;
}

static enum fault
check_server(struct cx *cx, PGconn *handle)
{
	const char *encoding = PQparameterStatus(handle, "server_encoding");

	if (encoding && strcmp(encoding, "UTF8") != 0)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The database is encoded in %s; make it with ENCODING "
		    "'UTF8'",
		    encoding);
	return FAULT_NONE;
}

enum fault
postgres_session_open(struct cx *cx, const char *url, bool portable,
    atomic_uint_fast64_t *touched, const atomic_bool *ends_soon,
    struct postgres_session **out)
{
	/* What the URL says itself wins. */
	static const char *const keys[] = {"connect_timeout",
	    "tcp_user_timeout", "application_name", "dbname", "client_encoding",
	    NULL};
	const char *const values[] = {
	    "3", "10000", "ltigate", url, "UTF8", NULL};
	PGconn *handle = PQconnectdbParams(keys, values, 1);
	enum fault which = FAULT_NONE;

	if (PQstatus(handle) != CONNECTION_OK)
		which = fault(cx, FAULT_STORE_BUSY,
		    "The store cannot be reached: %.*s",
		    SPAN_ARGS(said(PQerrorMessage(handle))));
	if (!which)
		which = check_server(cx, handle);
	if (which) {
		PQfinish(handle);
		return which;
	}
	PQsetNoticeReceiver(handle, say_nothing, NULL);
	struct postgres_session *session = memory_take(sizeof *session);
	session->base.driver = &db_postgres;
	session->base.touched = touched;
	session->ends_soon = ends_soon;
	session->handle = handle;
	session->portable = portable;
	PQsetnonblocking(handle, 1);
	if (!PQenterPipelineMode(handle) || !send_settings(session)) {
		/* It was ended as it began. */
		which = fault(cx, FAULT_STORE_BUSY,
		    "The store cannot be reached: %.*s",
		    SPAN_ARGS(said(PQerrorMessage(handle))));
		postgres_session_close(session);
		return which;
	}
	*out = session;
	return FAULT_NONE;
}

void
postgres_session_close(struct postgres_session *session)
{
	PQfinish(session->handle);
	memory_give_back(session);
}
