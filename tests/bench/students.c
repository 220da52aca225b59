/* students.c - people who click a link in the LMS, many at once
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "students.h"

#include <stdio.h>
#include <string.h>

#include "base/cx.h"
#include "base/percent.h"
#include "crypto/jws.h"
#include "crypto/random.h"
#include "lti/web_url.h"
#include "wire.h"

#define CLAIM "https://purl.imsglobal.org/spec/lti/claim/"

/* As long as a Moodle's. */
static const char claims[] =
    "{\"iss\":\"%.*s\",\"aud\":\"%.*s\",\"sub\":\"%zu\",\"nonce\":\"%.*s\","
    "\"iat\":%lld,\"exp\":%lld,\"given_name\":\"Stu\","
    "\"family_name\":\"Student\",\"name\":\"Stu Student\","
    "\"email\":\"stu@school.example\","
    "\"" CLAIM "version\":\"1.3.0\","
    "\"" CLAIM "message_type\":\"LtiResourceLinkRequest\","
    "\"" CLAIM "deployment_id\":\"7\","
    "\"" CLAIM "target_link_uri\":\"%s\","
    "\"" CLAIM "roles\":[\"http://purl.imsglobal.org/vocab/lis/v2/membership"
    "#Learner\",\"http://purl.imsglobal.org/vocab/lis/v2/institution/person"
    "#Student\"],"
    "\"" CLAIM "context\":{\"id\":\"12\",\"label\":\"MATH 101\","
    "\"title\":\"Mathematics\",\"type\":[\"http://purl.imsglobal.org/vocab/"
    "lis/v2/course#CourseSection\"]},"
    "\"" CLAIM "resource_link\":{\"id\":\"345\",\"title\":\"Quiz\","
    "\"description\":\"\"},"
    "\"" CLAIM "ext\":{\"user_username\":\"stu\",\"lms\":\"moodle-2\"},"
    "\"" CLAIM "launch_presentation\":{\"locale\":\"en\","
    "\"document_target\":\"iframe\","
    "\"return_url\":\"https://school.example/mod/lti/return.php?course=12&"
    "launch_container=3&instanceid=5&sesskey=abcdefghij\"},"
    "\"" CLAIM "tool_platform\":{\"product_family_code\":\"moodle\","
    "\"version\":\"2024100706\",\"guid\":\"0123456789abcdef\","
    "\"name\":\"School\",\"description\":\"School\"},"
    "\"https://purl.imsglobal.org/spec/lti-ags/claim/endpoint\":{\"scope\":["
    "\"https://purl.imsglobal.org/spec/lti-ags/scope/lineitem\","
    "\"https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly\","
    "\"https://purl.imsglobal.org/spec/lti-ags/scope/score\"],"
    "\"lineitems\":\"https://school.example/mod/lti/services.php/12/"
    "lineitems?type_id=7\"},"
    "\"https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice\":{"
    "\"context_memberships_url\":\"https://school.example/mod/lti/"
    "services.php/CourseSection/12/bindings/7/memberships\","
    "\"service_versions\":[\"1.0\",\"2.0\"]}}";

/* STRIDE is prime: the next platform is not the next in the store. */
enum {
	REQUEST_MAX = 8192,
	PAYLOAD_MAX = 4096,
	COOKIE_MAX = 512,
	STRIDE = 7919,
};

struct attempt {
	struct span state, nonce, cookie, token;
	int64_t us;
};

struct student {
	struct students *students;
	struct conn *conn;
	struct attempt *attempt; /* NULL: has none */
	int64_t begun_us;
};

struct students {
	struct students_plan plan;
	struct students_result result;
	struct cx cx; /* the attempts' texts */
	struct attempt *attempts;
	size_t next, over;
	bool posting;
	struct student list[];
};

static void begin(struct student *student);

/* --- answers ------------------------------------------------------------- */

static struct span
headers_of(const struct message *message)
{
	return span_from(
	    message->line.at, (size_t)(message->body.at - message->line.at));
}

static struct span
header_from(struct span text, const char *name)
{
	const char *at = memmem(text.at, text.length, name, strlen(name));

	if (!at)
		return SPAN("");
	struct span rest =
	    span_from_offset(text, (size_t)(at - text.at) + strlen(name));
	const char *end = memchr(rest.at, '\r', rest.length);
	return end ? span_first(rest, (size_t)(end - rest.at)) : rest;
}

static void
complain(struct students *students, const struct message *message)
{
	if (students->result.failed++ == 0)
		fprintf(stderr, "load: the first failure: %.*s\n",
		    SPAN_ARGS(span_first(headers_of(message), 2000)));
}

static struct span
parameter(struct students *students, struct span location, const char *name)
{
	struct span text = web_url_parameter(web_url_query(location), name);
	struct span plain;

	if (!text.at ||
	    !percent_decode(students->cx.arena, text, PERCENT_FORM, &plain))
		return SPAN("");
	return plain;
}

static bool
take_login(struct students *students, struct attempt *attempt,
    const struct message *message)
{
	struct span head = headers_of(message), cookie, pair;
	struct span location = header_from(head, "\r\nLocation: ");

	attempt->state = arena_copy(
	    students->cx.arena, parameter(students, location, "state"));
	attempt->nonce = arena_copy(
	    students->cx.arena, parameter(students, location, "nonce"));
	cookie = header_from(head, "\r\nSet-Cookie: ");
	span_next(&cookie, ';', &pair);
	attempt->cookie = arena_copy(students->cx.arena, pair);
	return attempt->state.length && attempt->nonce.length;
}

static bool
take_post(const struct students *students, const struct message *message)
{
	struct span location =
	    header_from(headers_of(message), "\r\nLocation: ");

	if (students->plan.refused)
		return span_starts(message->line, "HTTP/1.1 4");
	return span_starts(message->line, "HTTP/1.1 30") &&
	       memmem(location.at, location.length, "ltik=", 5);
}

static void
take(struct conn *conn, const struct message *message)
{
	struct student *student = conn->owner;
	struct students *students = student->students;
	struct attempt *attempt = student->attempt;

	attempt->us += wire_now_us() - student->begun_us;
	bool good = students->posting ? take_post(students, message)
				      : take_login(students, attempt, message);
	if (!good)
		complain(students, message);
	student->attempt = NULL;
	students->over++;
	if (!message->closes)
		begin(student);
}

static void
ended(struct conn *conn)
{
	struct student *student = conn->owner;

	conn_close(conn);
	student->conn = NULL;
	if (student->attempt) {
		student->attempt = NULL;
		student->students->over++;
		student->students->result.failed++;
	}
	begin(student);
}

/* --- requests ------------------------------------------------------------ */

/* Of the platform that the attempt is from. */
static struct span
name_of(struct students *students, const struct attempt *attempt,
    const char *pattern)
{
	const struct students_plan *plan = &students->plan;
	size_t number = (size_t)(attempt - students->attempts);
	const char *place = strchr(pattern, '@');

	if (!place)
		return span_of(pattern);
	return arena_printf(students->cx.arena, "%.*s%zu%s",
	    (int)(place - pattern), pattern,
	    (plan->first + number) * STRIDE % plan->platforms, place + 1);
}

static void
send_login(struct student *student)
{
	const struct students_plan *plan = &student->students->plan;
	struct students *students = student->students;
	struct arena *arena = students->cx.arena;
	struct span issuer = percent_encode(
	    arena, name_of(students, student->attempt, plan->issuer));
	struct span client =
	    name_of(students, student->attempt, plan->client_id);
	struct span url = percent_encode(arena, span_of(plan->launch_url));
	char request[REQUEST_MAX];
	int length = snprintf(request, sizeof request,
	    "GET %s?iss=%.*s&client_id=%.*s&login_hint=2&lti_message_hint="
	    "%%7B%%22cmid%%22%%3A12%%7D&target_link_uri=%.*s HTTP/1.1\r\n"
	    "Host: %s\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
	    "Accept: text/html\r\n\r\n",
	    plan->login_path, SPAN_ARGS(issuer), SPAN_ARGS(client),
	    SPAN_ARGS(url), plan->authority);

	conn_send(student->conn, span_from(request, (size_t)length), SPAN(""));
}

static void
send_post(struct student *student)
{
	const struct students_plan *plan = &student->students->plan;
	const struct attempt *attempt = student->attempt;
	char head[REQUEST_MAX], body[REQUEST_MAX];
	int size = snprintf(body, sizeof body, "id_token=%.*s&state=%.*s",
	    SPAN_ARGS(attempt->token), SPAN_ARGS(attempt->state));
	int length = snprintf(head, sizeof head,
	    "POST %s HTTP/1.1\r\nHost: %s\r\nCookie: %.*s\r\n"
	    "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
	    "Accept: text/html\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\n"
	    "Content-Length: %d\r\n\r\n",
	    plan->post_path, plan->authority, SPAN_ARGS(attempt->cookie), size);

	if ((size_t)size >= sizeof body)
		wire_fail("a token that is too long");
	conn_send(student->conn, span_from(head, (size_t)length),
	    span_from(body, (size_t)size));
}

static void
begin(struct student *student)
{
	struct students *students = student->students;

	if (students->next == students->plan.count)
		return;
	if (!student->conn) {
		const struct target *target = students->plan.target;
		size_t number = (size_t)(student - students->list);
		student->conn = conn_open(students->plan.wire,
		    &target->addresses[number % target->count]);
		student->conn->owner = student;
		student->conn->take = take;
		student->conn->ended = ended;
	}
	student->attempt = &students->attempts[students->next++];
	student->begun_us = wire_now_us();
	if (students->posting)
		send_post(student);
	else
		send_login(student);
}

static void
start(struct students *students, bool posting)
{
	students->posting = posting;
	students->next = students->over = 0;
	for (size_t i = 0; i < students->plan.students; i++)
		begin(&students->list[i]);
}

void
students_log_in(struct students *students)
{
	start(students, false);
}

void
students_post(struct students *students)
{
	start(students, true);
	students->result.over = students->plan.count;
}

void
students_sign(struct students *students)
{
	const struct students_plan *plan = &students->plan;
	struct cx *cx = &students->cx;
	char payload[PAYLOAD_MAX];

	cx_wake(cx);
	for (size_t i = 0; i < plan->count; i++) {
		struct attempt *attempt = &students->attempts[i];
		int length = snprintf(payload, sizeof payload, claims,
		    SPAN_ARGS(name_of(students, attempt, plan->issuer)),
		    SPAN_ARGS(name_of(students, attempt, plan->client_id)), i,
		    SPAN_ARGS(attempt->nonce), (long long)cx->now,
		    (long long)cx->now + 3600, plan->launch_url);
		if (jws_sign(cx, plan->key, SPAN("bench"),
			span_from(payload, (size_t)length), &attempt->token))
			wire_fail("a token that cannot be signed");
		if (!plan->refused)
			continue;
		/* Another token's signature: of the right form, and wrong. */
		char *last = arena_take(cx->arena, attempt->token.length + 1);
		memcpy(last, attempt->token.at, attempt->token.length);
		char *spot = last + attempt->token.length - 40;
		*spot = *spot == 'A' ? 'B' : 'A';
		attempt->token.at = last;
	}
}

/* --- the whole ----------------------------------------------------------- */

struct students *
students_open(const struct students_plan *plan)
{
	struct students *students = memory_take(
	    sizeof *students + plan->students * sizeof students->list[0]);

	students->plan = *plan;
	cx_init(&students->cx, random_bytes);
	students->attempts =
	    memory_take(plan->count * sizeof *students->attempts);
	for (size_t i = 0; i < plan->students; i++)
		students->list[i].students = students;
	return students;
}

void
students_close(struct students *students)
{
	for (size_t i = 0; i < students->plan.students; i++)
		if (students->list[i].conn)
			conn_close(students->list[i].conn);
	timings_close(&students->result.timings);
	memory_give_back(students->attempts);
	cx_release(&students->cx);
	memory_give_back(students);
}

bool
students_are_over(const struct students *students)
{
	return students->over == students->plan.count;
}

struct students_result *
students_result(struct students *students)
{
	struct timings *timings = &students->result.timings;

	for (size_t i = 0; timings->count < students->plan.count; i++)
		timings_add(timings, students->attempts[i].us);
	return &students->result;
}
