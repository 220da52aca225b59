/* lms.c - LMSs that answer at once, or never
 *
 * All that can be written beforehand is: the generator must not be what is
 * measured.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lms.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "wire.h"

#define LTI "https://purl.imsglobal.org/spec/lti"

/* @ is where the LMS lives, # the path of its registration. */
static const char template[] =
    "{\"issuer\":\"@\",\"token_endpoint\":\"@/mod/lti/token.php\","
    "\"token_endpoint_auth_methods_supported\":[\"private_key_jwt\"],"
    "\"token_endpoint_auth_signing_alg_values_supported\":[\"RS256\"],"
    "\"jwks_uri\":\"@/mod/lti/certs.php\","
    "\"authorization_endpoint\":\"@/mod/lti/auth.php\","
    "\"registration_endpoint\":\"@#\","
    "\"scopes_supported\":[\"" LTI "-bo/scope/basicoutcome\","
    "\"" LTI "-ags/scope/lineitem.readonly\","
    "\"" LTI "-ags/scope/result.readonly\",\"" LTI "-ags/scope/score\","
    "\"" LTI "-ags/scope/lineitem\","
    "\"" LTI "-nrps/scope/contextmembership.readonly\","
    "\"" LTI "-ts/scope/toolsetting\",\"openid\"],"
    "\"response_types_supported\":[\"id_token\"],"
    "\"subject_types_supported\":[\"public\",\"pairwise\"],"
    "\"id_token_signing_alg_values_supported\":[\"RS256\"],"
    "\"claims_supported\":[\"sub\",\"iss\",\"name\",\"given_name\","
    "\"family_name\",\"email\"],"
    "\"" LTI "-platform-configuration\":{"
    "\"product_family_code\":\"moodle\","
    "\"version\":\"4.5.6 (Build: 20250811)\","
    "\"messages_supported\":[{\"type\":\"LtiResourceLinkRequest\"},"
    "{\"type\":\"LtiDeepLinkingRequest\",\"placements\":[\"ContentArea\"]}],"
    "\"variables\":[\"basic-lti-launch-request\","
    "\"ContentItemSelectionRequest\",\"ToolProxyRegistrationRequest\","
    "\"Context.id\",\"Context.title\",\"Context.label\","
    "\"Context.id.history\",\"Context.sourcedId\","
    "\"Context.longDescription\",\"Context.timeFrame.begin\","
    "\"CourseSection.title\",\"CourseSection.label\","
    "\"CourseSection.sourcedId\",\"CourseSection.longDescription\","
    "\"CourseSection.timeFrame.begin\",\"CourseSection.timeFrame.end\","
    "\"ResourceLink.id\",\"ResourceLink.title\","
    "\"ResourceLink.description\",\"User.id\",\"User.username\","
    "\"Person.name.full\",\"Person.name.given\",\"Person.name.family\","
    "\"Person.email.primary\",\"Person.sourcedId\","
    "\"Person.name.middle\",\"Person.address.street1\","
    "\"Person.address.locality\",\"Person.address.country\","
    "\"Person.address.timezone\",\"Person.phone.primary\","
    "\"Person.phone.mobile\",\"Person.webaddress\",\"Membership.role\","
    "\"Result.sourcedId\",\"Result.autocreate\","
    "\"BasicOutcome.sourcedId\",\"BasicOutcome.url\","
    "\"Moodle.Person.userGroupIds\"]}}";

enum { HOSTS_MAX = 64, ANSWER_MAX = 8192, HEAD_MAX = 256, BASE_MAX = 64 };

struct host {
	struct listener listener;
	struct lms *lms;
	char base[BASE_MAX];
	/* Heads and bodies of the two configurations that are answered. */
	struct span answers[2];
	char room[2][ANSWER_MAX];
};

struct lms {
	struct host hosts[HOSTS_MAX];
	unsigned port, count;
	int64_t began; /* makes client ids new in a store that is not */
	size_t registered, held;
};

/* --- documents ----------------------------------------------------------- */

static size_t
add(char *out, size_t length, const char *text)
{
	size_t more = span_of(text).length;

	if (length + more > ANSWER_MAX)
		wire_fail("the configuration is too long");
	memcpy(out + length, text, more);
	return length + more;
}

static void
write_configuration(struct host *host, int which, const char *path)
{
	char body[ANSWER_MAX], *out = host->room[which], letter[2] = "";
	size_t length = 0;

	for (const char *c = template; *c; c++) {
		letter[0] = *c;
		length = add(body, length,
		    *c == '@'   ? host->base
		    : *c == '#' ? path
				: letter);
	}
	int head = snprintf(out, HEAD_MAX,
	    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    length);
	body[length] = '\0';
	host->answers[which] = span_from(out, add(out, (size_t)head, body));
}

/* What was sent, with an id: every LMS answers so, and the gateway compares
 * one with the other. */
static void
answer_registration(struct conn *conn, struct lms *lms, struct span body)
{
	char head[HEAD_MAX], ids[HEAD_MAX];
	size_t number = lms->registered++;

	if (!span_starts(body, "{"))
		wire_fail("a registration that is not a JSON object");
	int length = snprintf(ids, sizeof ids,
	    "{\"client_id\":\"bench-%llx-%zx\",\"deployment_id\":\"%zu\",",
	    (unsigned long long)lms->began, number, number);
	struct span rest = span_from_offset(body, 1);
	int heading = snprintf(head, sizeof head,
	    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	    "Content-Length: %zu\r\n\r\n%s",
	    (size_t)length + rest.length, ids);
	conn_send(conn, span_from(head, (size_t)heading), rest);
}

/* --- requests ------------------------------------------------------------ */

static void
take(struct conn *conn, const struct message *message)
{
	struct host *host = conn->owner;
	struct span line = message->line;

	if (span_starts(line, "GET /openid-configuration"))
		conn_send(conn, host->answers[0], SPAN(""));
	else if (span_starts(line, "GET /half/openid-configuration"))
		conn_send(conn, host->answers[1], SPAN(""));
	else if (span_starts(line, "POST /registration"))
		answer_registration(conn, host->lms, message->body);
	else
		host->lms->held++;
}

static void
accepted(struct listener *listener, struct conn *conn)
{
	conn->owner = listener->owner;
	conn->take = take;
	conn->ended = conn_close;
}

/* --- the whole ----------------------------------------------------------- */

struct lms *
lms_open(struct wire *wire, unsigned port, unsigned hosts)
{
	struct lms *lms = memory_take(sizeof *lms);

	lms->port = port;
	lms->count = hosts > HOSTS_MAX ? HOSTS_MAX : hosts;
	lms->began = wire_now_us() ^ clock_now() << 20;
	for (unsigned i = 0; i < lms->count; i++) {
		struct host *host = &lms->hosts[i];
		struct sockaddr_in address = {.sin_family = AF_INET,
		    .sin_port = htons((uint16_t)port),
		    .sin_addr.s_addr = htonl(INADDR_LOOPBACK + i)};
		host->lms = lms;
		snprintf(host->base, sizeof host->base, "http://127.0.0.%u:%u",
		    i + 1, port);
		write_configuration(host, 0, "/registration");
		write_configuration(host, 1, "/hang/registration");
		host->listener.owner = host;
		host->listener.accepted = accepted;
		listener_open(wire, &address, &host->listener);
	}
	return lms;
}

void
lms_close(struct lms *lms)
{
	memory_give_back(lms);
}

void
lms_write_configuration_url(const struct lms *lms, size_t number,
    enum lms_manner manner, char *out, size_t size)
{
	static const char *const paths[] = {[LMS_ANSWERS] = "",
	    [LMS_HANGS_EARLY] = "hang%2F",
	    [LMS_HANGS_LATE] = "half%2F"};

	snprintf(out, size,
	    "http%%3A%%2F%%2F127.0.0.%zu%%3A%u%%2F%sopenid-configuration",
	    number % lms->count + 1, lms->port, paths[manner]);
}

size_t
lms_held(const struct lms *lms)
{
	return lms->held;
}
