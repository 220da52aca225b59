/* register.c - a Dynamic Registration from its beginning to its approval
 *
 * A row's "sealed" column holds, sealed, the JSON object
 *   {"document": <the LMS's configuration>, "token": "<its token>"?,
 *    "host": "<authority the configuration came from>"}
 * because both the token and the query of registration_endpoint are secrets.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/register.h"

#include <string.h>

#include "app/complete.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "app/throttle.h"
#include "app/tool.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "lti/tool_doc.h"
#include "lti/tool_settings.h"
#include "lti/web_url.h"
#include "store/db.h"
#include "store/registration_links.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* --- what the URL says --------------------------------------------------- */

static bool
is_token(struct span token)
{
	for (size_t i = 0; i < token.length; i++)
		if (token.at[i] <= ' ' || token.at[i] >= 0x7f)
			return false;
	return token.length <= REGISTRATION_TOKEN_MAX;
}

static enum fault
check_args(struct cx *cx, struct gateway *gateway,
    const struct register_args *args, struct url *configuration)
{
	if (args->configuration_url.length == 0)
		return fault(cx, FAULT_NO_CONFIGURATION_URL,
		    "openid_configuration is missing or empty");
	if (!is_token(args->token))
		return fault(cx, FAULT_REGISTRATION_TOKEN_REFUSED,
		    "registration_token: %zu bytes, too long or not printable",
		    args->token.length);
	enum fault which = tool_settings_check_privacy(cx, args->privacy_level);
	if (which)
		return which;
	which = url_read(cx, net_policy(gateway->net), args->configuration_url,
	    configuration);
	if (which) {
		struct fault_note note = cx->note;
		which = fault(
		    cx, FAULT_CONFIGURATION_URL_REFUSED, "%s", note.detail);
		memcpy(cx->note.telling, note.telling, sizeof cx->note.telling);
	}
	return which;
}

static bool
matches_any(const struct json_t *patterns, struct span host)
{
	for (size_t i = 0; i < jread_count(patterns); i++)
		if (issuer_rules_host_matches(
			jread_text_or(jread_at(patterns, i), SPAN("")), host))
			return true;
	return false;
}

static enum fault
check_host(struct cx *cx, const struct json_t *registration, struct span host)
{
	const struct json_t *allowed =
	    jread_member(registration, "allowedHosts");

	if (matches_any(jread_member(registration, "blockedHosts"), host) ||
	    (jread_count(allowed) && !matches_any(allowed, host)))
		return fault(cx, FAULT_HOST_BLOCKED, "host %.*s",
		    SPAN_ARGS(span_first(host, 200)));
	return FAULT_NONE;
}

/* --- what the store knows ------------------------------------------------ */

struct knowledge {
	const struct register_args *args;
	struct span token_hash;
	struct registration_link link; /* id empty: none was given */
};

static enum fault
look_up(struct db_session *session, struct cx *cx, void *arg)
{
	struct knowledge *known = arg;
	struct db_rows rows;
	enum fault which = FAULT_NONE;

	if (known->token_hash.length)
		which =
		    registrations_check_token(session, cx, known->token_hash);
	if (!which && known->args->link.length)
		which = registration_links_find(session, cx,
		    digest_text(cx, known->args->link), &known->link);
	if (which)
		return which;
	which = DB_RUN(session, cx, &rows,
	    "SELECT count(*) FROM registrations WHERE state = 'waiting'"
	    " AND expires_at > $1",
	    DB_INTEGER(cx->now));
	if (!which && db_integer(&rows, 0, 0) >= REGISTRATIONS_WAITING_MAX)
		return fault(cx, FAULT_SERVER_BUSY,
		    "too many registrations wait for approval");
	return which;
}

/* Without a token there is nothing to recognise: Blackboard's address may be
 * used again, Brightspace's refuses by itself. */
static struct span
token_hash(struct cx *cx, const struct register_args *args)
{
	if (args->token.length == 0)
		return SPAN("");
	return digest_text(cx,
	    arena_printf(cx->arena, "%.*s\n%.*s",
		SPAN_ARGS(args->configuration_url), SPAN_ARGS(args->token)));
}

/* --- what the LMS says --------------------------------------------------- */

static enum fault
fetch_configuration(struct gateway *gateway, struct cx *cx,
    const struct register_args *args, struct span *body)
{
	const struct fetch_request request = {
	    .url = args->configuration_url,
	    .method = "GET",
	    .accept = "application/json",
	    .deadline_ms = fetch_deadline(),
	    .kind = PERMIT_REGISTRATION,
	    .client = args->client,
	};
	struct fetch_answer answer;
	enum fault which = fetch(gateway->net, cx, &request, &answer);

	cx_wake(cx);
	if (which == FAULT_LMS_UNREACHABLE || which == FAULT_LMS_NO_ANSWER)
		return fault_as(cx, FAULT_CONFIGURATION_UNREACHABLE);
	if (which)
		return which;
	fetch_note(cx, args->configuration_url, &answer);
	cx->note.body_received = SPAN_NONE;
	/* What a failing answer says stays here: it may be a page for signed-in
	 * people, or hold what is not for the administrator's eyes. */
	if (answer.status != 200)
		return fault_tell(cx, FAULT_CONFIGURATION_FAILED,
		    "The LMS answered the request for its configuration with "
		    "HTTP status %d%s",
		    answer.status,
		    answer.status == 401 || answer.status == 403 ||
			    answer.status == 404
			? "; the address may have been used before. Begin "
			  "again in the LMS"
			: "");
	*body = answer.body;
	return FAULT_NONE;
}

/* A name is judged when it is used, by what it then means; an address means
 * itself already. */
static bool
is_usable(
    struct gateway *gateway, struct cx *cx, struct span text, struct url *out)
{
	const struct url_policy *policy = net_policy(gateway->net);
	struct address literal;

	return !url_read(cx, policy, text, out) &&
	       (!address_read(out->host, &literal) ||
		   url_guard_allows(policy, out->https, &literal));
}

static enum fault
check_endpoints(struct gateway *gateway, struct cx *cx,
    const struct platform_doc *doc, struct url *registration)
{
	struct url ignored;
	const struct {
		const char *name;
		struct span url;
		struct url *out;
	} rows[] = {
	    {"authorization_endpoint", doc->authorization_endpoint, &ignored},
	    {"token_endpoint", doc->token_endpoint, &ignored},
	    {"jwks_uri", doc->jwks_uri, &ignored},
	    {"registration_endpoint", doc->registration_endpoint, registration},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!is_usable(gateway, cx, rows[i].url, rows[i].out))
			return fault_tell(cx, FAULT_ENDPOINT_REFUSED,
			    "\"%s\" in the LMS's configuration is not a URL "
			    "that may be used",
			    rows[i].name);
	return FAULT_NONE;
}

/* The authority of the issuer as written, for comparison alone: lower case,
 * without the scheme's own port. */
static struct span
issuer_host(struct cx *cx, struct span issuer)
{
	struct span host = arena_copy(cx->arena, tool_doc_authority(issuer));
	const char *port = span_starts(issuer, "https:") ? ":443" : ":80";
	char *at = arena_take(cx->arena, host.length + 1);

	for (size_t i = 0; i < host.length; i++)
		at[i] = (char)(host.at[i] >= 'A' && host.at[i] <= 'Z'
				   ? host.at[i] + 32
				   : host.at[i]);
	host.at = at;
	if (span_ends(host, port))
		host.length -= span_of(port).length;
	return host;
}

static enum fault
read_platform(struct gateway *gateway, struct cx *cx,
    const struct register_args *args, const struct url *configuration,
    struct span body, struct platform_doc *out)
{
	struct url registration;
	enum fault which = platform_doc_read(cx, body, out);

	if (!which)
		which = check_endpoints(gateway, cx, out, &registration);
	if (which)
		return which;
	const struct issuer_facts facts = {
	    .issuer = out->issuer,
	    .issuer_host = issuer_host(cx, out->issuer),
	    .configuration_host = configuration->authority,
	    .registration_host = registration.authority,
	    .with_token = args->token.length > 0,
	};
	return issuer_rules_check(cx, &gateway->exceptions, &facts);
}

/* --- what is kept -------------------------------------------------------- */

static const char *
seal_purpose(struct cx *cx, struct span handle)
{
	return arena_printf(cx->arena, "registration %.*s", SPAN_ARGS(handle))
	    .at;
}

static enum fault
seal(struct gateway *gateway, struct cx *cx, struct register_waiting *waiting)
{
	struct json_t *box = jwrite_object(cx);

	jwrite_value(box, "document", waiting->platform.raw);
	if (waiting->token.at)
		jwrite_text(box, "token", waiting->token);
	jwrite_text(box, "host", waiting->configuration_host);
	return secrets_seal(gateway->secrets, cx,
	    seal_purpose(cx, waiting->row.handle), jwrite_bytes(cx, box),
	    &waiting->row.sealed);
}

static void
make_waiting(struct cx *cx, const struct knowledge *known,
    const struct platform_doc *platform, struct span host,
    struct register_waiting *out, struct span *id)
{
	const struct register_args *args = known->args;

	*id = random_id(cx);
	*out = (struct register_waiting){
	    .platform = *platform,
	    .token = args->token.length ? args->token : SPAN_NONE,
	    .configuration_host = host,
	    .row =
		{
		    .id_hash = digest_text(cx, *id),
		    .handle = random_sortable(cx),
		    .state = SPAN("waiting"),
		    .token_hash = known->token_hash,
		    .reference = arena_copy(cx->arena, span_of(cx->reference)),
		    .issuer = platform->issuer,
		    .family = platform->family,
		    .version = platform->version,
		    .privacy_level = args->privacy_level,
		    .organization_id = known->link.organization_id,
		    .claimed_organization = span_first(args->organization, 255),
		    .link_id = known->link.id,
		    .started_from = args->client,
		    .created_at = cx->now,
		    .changed_at = cx->now,
		    .expires_at = cx->now + REGISTRATION_LIFE,
		},
	};
}

static enum fault
add_waiting(struct db_session *session, struct cx *cx, void *arg)
{
	const struct register_waiting *waiting = arg;
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "registration",
	    .message = waiting->row.step.length
			   ? "registration waits to be confirmed"
			   : "registration waits for approval",
	    .organization_id = waiting->row.organization_id,
	    .fields = {{"issuer", waiting->platform.issuer},
		{"family", waiting->platform.family},
		{"handle", waiting->row.handle}},
	};
	enum fault which = registrations_add(session, cx, &waiting->row);

	if (!which)
		which = journal_add(session, cx, &entry);
	return which;
}

static struct span
pre_approval_url(
    struct cx *cx, const struct json_t *registration, struct span id)
{
	struct span url = jread_text_or(
	    jread_member(registration, "preApprovalUrl"), SPAN(""));

	return web_url_add(cx, url,
	    arena_printf(cx->arena, "registrationId=%.*s", SPAN_ARGS(id)));
}

/* --- the beginning ------------------------------------------------------- */

static enum fault
check_mode(struct cx *cx, const struct json_t *settings, struct span *mode)
{
	*mode = jread_text_or(
	    jread_member(jread_member(settings, "registration"), "mode"),
	    SPAN(""));
	if (span_is(*mode, "off"))
		return fault(cx, FAULT_REGISTRATION_OFF, "mode is off");
	if (jread_text_or(jread_member(settings, "name"), SPAN("")).length == 0)
		return fault_tell(cx, FAULT_REGISTRATION_NOT_READY,
		    "This tool has no name yet, so no LMS can register it. "
		    "Its operator sets one with: ltigate settings set name "
		    "NAME");
	return FAULT_NONE;
}

/* All that can be refused before a byte is sent. */
static enum fault
prepare(struct gateway *gateway, struct cx *cx, const struct json_t *settings,
    struct knowledge *known, struct url *configuration)
{
	enum fault which = check_args(cx, gateway, known->args, configuration);

	if (!which)
		which = check_host(cx, jread_member(settings, "registration"),
		    configuration->authority);
	if (which)
		return which;
	known->token_hash = token_hash(cx, known->args);
	return db_read(gateway->db, cx, look_up, known);
}

static enum fault
finish_now(struct gateway *gateway, struct cx *cx,
    const struct json_t *settings, const struct knowledge *known,
    struct register_waiting *waiting, struct complete_result *out)
{
	const struct complete_args args = {
	    .waiting = waiting,
	    .settings = settings,
	    .activate = known->link.id.length ? known->link.activate
			: known->args->organization.length
			    ? false
			    : jread_bool_or(jread_member(jread_member(settings,
							     "registration"),
						"autoActivate"),
				  false),
	    .client = known->args->client,
	};

	return complete_run(gateway, cx, &args, out);
}

/* Until the tool, or a person, has decided. */
static enum fault
keep_waiting(struct gateway *gateway, struct cx *cx,
    const struct json_t *settings, struct register_waiting *waiting,
    struct span id, struct register_outcome *out)
{
	const struct json_t *registration =
	    jread_member(settings, "registration");
	bool confirm =
	    span_is(jread_text_or(jread_member(registration, "mode"), SPAN("")),
		"confirm");

	waiting->row.step = confirm ? SPAN("confirm") : SPAN("");
	waiting->row.code = confirm ? random_code(cx) : SPAN("");
	enum fault which = seal(gateway, cx, waiting);
	if (!which)
		which = db_write(gateway->db, cx, add_waiting, waiting);
	if (which)
		return which;
	if (confirm)
		out->confirm_id = id;
	else
		out->redirect = pre_approval_url(cx, registration, id);
	return FAULT_NONE;
}

enum fault
register_begin(struct gateway *gateway, struct cx *cx,
    const struct register_args *args, struct register_outcome *out)
{
	struct knowledge known = {.args = args};
	struct register_waiting waiting;
	struct platform_doc platform;
	const struct json_t *settings;
	struct url configuration;
	struct span mode, body, id;
	/* First of all: whatever follows writes an event. */
	enum fault which = throttle_pass(gateway->throttle, cx, args->client);

	if (!which)
		which = tool_find(gateway, cx, &settings);
	if (!which)
		which = check_mode(cx, settings, &mode);
	if (!which)
		which = prepare(gateway, cx, settings, &known, &configuration);
	if (!which)
		which = fetch_configuration(gateway, cx, args, &body);
	if (!which)
		which = read_platform(
		    gateway, cx, args, &configuration, body, &platform);
	if (which)
		return which;
	out->tool = jread_text_or(jread_member(settings, "name"), SPAN(""));
	make_waiting(
	    cx, &known, &platform, configuration.authority, &waiting, &id);
	if (!span_is(mode, "automatic"))
		return keep_waiting(gateway, cx, settings, &waiting, id, out);
	return finish_now(
	    gateway, cx, settings, &known, &waiting, out->completed);
}

/* --- what waits ---------------------------------------------------------- */

struct find {
	struct span id;
	struct registration row;
};

static enum fault
find_row(struct db_session *session, struct cx *cx, void *arg)
{
	struct find *find = arg;
	return registrations_find_waiting(
	    session, cx, digest_text(cx, find->id), find->id, &find->row);
}

enum fault
register_find(struct gateway *gateway, struct cx *cx, struct span id,
    struct register_waiting *out)
{
	struct register_waiting waiting = {.stored = true};
	struct find find = {.id = id};
	const struct json_t *box;
	struct span opened;
	enum fault which = db_read(gateway->db, cx, find_row, &find);

	if (!which)
		which = secrets_unseal(gateway->secrets, cx,
		    seal_purpose(cx, find.row.handle), find.row.sealed,
		    &opened);
	if (!which)
		which = jread_parse(cx, opened, &box);
	if (!which)
		which = platform_doc_read(cx,
		    jwrite_bytes(cx, jread_member(box, "document")),
		    &waiting.platform);
	if (which)
		return which;
	waiting.row = find.row;
	waiting.token = jread_text_or(jread_member(box, "token"), SPAN_NONE);
	waiting.configuration_host =
	    jread_text_or(jread_member(box, "host"), SPAN(""));
	*out = waiting;
	return FAULT_NONE;
}

struct list {
	struct span reader, organization_id;
	struct registration_list *out;
};

static enum fault
list_rows(struct db_session *session, struct cx *cx, void *arg)
{
	struct list *list = arg;
	return registrations_list(
	    session, cx, list->reader, list->organization_id, list->out);
}

enum fault
register_list(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, struct span organization_id,
    struct registration_list *out)
{
	struct list list = {rights_reader(caller), organization_id, out};
	return db_read(gateway->db, cx, list_rows, &list);
}

/* --- the end without a registration -------------------------------------- */

struct span
register_close_url(struct gateway *gateway, struct cx *cx, struct span *hash)
{
	struct span token = random_id(cx);

	*hash = digest_text(cx, token);
	return arena_printf(cx->arena, "%.*s/lti/register/close?token=%.*s",
	    SPAN_ARGS(gateway->public_url), SPAN_ARGS(token));
}

struct reject {
	struct span id, close_hash;
};

static enum fault
reject(struct db_session *session, struct cx *cx, void *arg)
{
	const struct reject *reject = arg;
	struct registration row;
	enum fault which = registrations_find_waiting(
	    session, cx, digest_text(cx, reject->id), reject->id, &row);

	if (which)
		return which;
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "registration",
	    .message = "registration rejected",
	    .organization_id = row.organization_id,
	    .fields = {{"issuer", row.issuer}, {"handle", row.handle}},
	};
	which =
	    registrations_reject(session, cx, row.id_hash, reject->close_hash);
	return which ? which : journal_add(session, cx, &entry);
}

enum fault
register_reject(struct gateway *gateway, struct cx *cx, struct span id,
    struct span *close_url)
{
	struct reject args = {.id = id};
	struct span url = register_close_url(gateway, cx, &args.close_hash);
	enum fault which = db_write(gateway->db, cx, reject, &args);

	if (!which)
		*close_url = url;
	return which;
}

static enum fault
close_page(struct db_session *session, struct cx *cx, void *arg)
{
	return registrations_close(session, cx, *(const struct span *)arg);
}

enum fault
register_close(struct gateway *gateway, struct cx *cx, struct span token)
{
	struct span hash = digest_text(cx, token);
	return db_write(gateway->db, cx, close_page, &hash);
}
