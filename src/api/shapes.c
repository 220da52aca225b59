/* shapes.c - the bodies that the API takes and gives, as tables
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/shapes.h"

#include "lti/content_body.h"
#include "lti/line_item.h"

#define END                                                                    \
	{                                                                      \
		0                                                              \
	}
#define TEXT(n, a)                                                             \
	{                                                                      \
		.name = n, .type = JSHAPE_TEXT, .about = a                     \
	}
#define TEXT_REQUIRED(n, a)                                                    \
	{                                                                      \
		.name = n, .type = JSHAPE_TEXT, .required = true, .about = a   \
	}
#define BOOL(n, a)                                                             \
	{                                                                      \
		.name = n, .type = JSHAPE_BOOL, .about = a                     \
	}
#define INTEGER(n, a)                                                          \
	{                                                                      \
		.name = n, .type = JSHAPE_INTEGER, .about = a                  \
	}
#define NUMBER(n, a)                                                           \
	{                                                                      \
		.name = n, .type = JSHAPE_NUMBER, .about = a                   \
	}
#define OBJECT(n, m, a)                                                        \
	{                                                                      \
		.name = n, .type = JSHAPE_OBJECT, .members = m, .about = a     \
	}
#define OBJECTS(n, m, a)                                                       \
	{                                                                      \
		.name = n, .type = JSHAPE_OBJECTS, .members = m, .about = a    \
	}
#define TEXTS(n, a)                                                            \
	{                                                                      \
		.name = n, .type = JSHAPE_TEXTS, .about = a                    \
	}

enum { KEY_MAX = 20000 };

static const char *const key_methods[] = {
    "JWK_SET", "JWK_KEY", "RSA_KEY", NULL};

/* --- grades and the roster -------------------------------------------------
 */

#define PAGES                                                                  \
	TEXT("next", "URL of the LMS: give it back as url"),                   \
	    TEXT("prev", NULL), TEXT("first", NULL), TEXT("last", NULL),       \
	    TEXT("differences", "What changed since, later on")

const struct jshape shape_line_items[] = {
    OBJECTS("lineItems", line_item_shape, NULL), PAGES, END};

static const struct jshape result[] = {TEXT("id", "URL"),
    TEXT_REQUIRED("userId", NULL), TEXT("scoreOf", "URL of the line item"),
    NUMBER("resultScore", NULL), NUMBER("resultMaximum", NULL),
    TEXT("comment", NULL), TEXT("timestamp", NULL), END};
const struct jshape shape_results[] = {
    OBJECTS("scores", result, NULL), PAGES, END};

static const struct jshape member[] = {TEXT_REQUIRED("userId", NULL),
    TEXTS("roles", "As the LMS writes them: URIs, or short names"),
    TEXT("status", "Active, Inactive or Deleted"), TEXT("email", NULL),
    TEXT("name", NULL), TEXT("givenName", NULL), TEXT("familyName", NULL),
    TEXT("middleName", NULL), TEXT("picture", NULL),
    TEXT("lisPersonSourcedId", NULL), TEXT("lti11LegacyUserId", NULL), END};
static const struct jshape context[] = {
    TEXT("id", NULL), TEXT("label", NULL), TEXT("title", NULL), END};
const struct jshape shape_memberships[] = {TEXT_REQUIRED("id", "URL"),
    OBJECT("context", context, NULL), OBJECTS("members", member, NULL), PAGES,
    END};

static const struct jshape score_try[] = {TEXT("at", "ISO 8601"),
    INTEGER("externalStatus", "What the LMS answered"),
    TEXT("message", "Code of the fault; absent: it arrived"), END};
const struct jshape shape_queued_score[] = {TEXT_REQUIRED("id", NULL),
    TEXT("state", "waiting, delivered, superseded, refused or expired"),
    TEXT("platformId", NULL), TEXT("lineItemId", "URL"), TEXT("userId", NULL),
    TEXT("createdAt", "ISO 8601"), TEXT("nextTryAt", "ISO 8601, or empty"),
    TEXT("finishedAt", "ISO 8601, or empty"),
    OBJECTS("tries", score_try, "The last twenty"), END};

static const struct jshape service_key[] = {TEXT_REQUIRED("id", NULL),
    TEXT("platformId", NULL), TEXT("deploymentId", NULL),
    TEXT("organizationId", NULL), TEXT("createdAt", "ISO 8601"),
    TEXT("usedAt", "ISO 8601, to the hour; empty: never"),
    TEXT("contextId", NULL), TEXT("contextTitle", NULL),
    TEXT("resourceLinkId", NULL), TEXT("resourceLinkTitle", NULL),
    BOOL("assignmentAndGrades", "It reaches line items"),
    BOOL("namesAndRoles", "It reaches the roster"), END};
const struct jshape shape_service_keys[] = {
    OBJECTS("serviceKeys", service_key, NULL), END};
const struct jshape shape_revoked[] = {INTEGER("revoked", "How many"), END};

const struct jshape shape_person[] = {TEXT("platformId", NULL),
    TEXT("userId", "The LMS's id of the person"),
    OBJECTS("launches", NULL, "Their claims, as the LMS signed them"),
    OBJECTS("scores", shape_queued_score, "Waiting or over"), END};
const struct jshape shape_forgotten[] = {
    INTEGER("launches", "How many open nothing any more"),
    INTEGER("scores", "How many were deleted"), END};

/* --- platforms ----------------------------------------------------------- */

static const struct jshape auth_config[] = {{.name = "method",
						.type = JSHAPE_CHOICE,
						.required = true,
						.choices = key_methods},
    {.name = "key",
	.type = JSHAPE_TEXT,
	.required = true,
	.max = KEY_MAX,
	.about = "URL of the key set, a JWK, or a PEM"},
    END};

const struct jshape shape_platform_create[] = {
    {.name = "url",
	.type = JSHAPE_TEXT,
	.required = true,
	.max = 500,
	.about = "The issuer, exactly as the LMS writes it"},
    {.name = "clientId", .type = JSHAPE_TEXT, .required = true, .max = 255},
    {.name = "name", .type = JSHAPE_TEXT, .required = true, .max = 255},
    {.name = "authenticationEndpoint", .type = JSHAPE_URL, .required = true},
    {.name = "accesstokenEndpoint", .type = JSHAPE_URL, .required = true},
    {.name = "authConfig",
	.type = JSHAPE_OBJECT,
	.required = true,
	.members = auth_config},
    BOOL("active", "Whether launches are let through; true by default"),
    TEXT("authorizationServer", "Audience of token requests, where it is not "
				"accesstokenEndpoint"),
    TEXT("organizationId", "Its owner; empty: nobody"),
    {.name = "targetLinkUri",
	.type = JSHAPE_URL,
	.about = "Where all its launches go; empty: as the settings say"},
    OBJECT("metadata", NULL, "Kept and given back"), END};

const struct jshape shape_platform_patch[] = {
    {.name = "url", .type = JSHAPE_TEXT, .max = 500},
    {.name = "clientId", .type = JSHAPE_TEXT, .max = 255},
    {.name = "name", .type = JSHAPE_TEXT, .max = 255},
    {.name = "authenticationEndpoint", .type = JSHAPE_URL},
    {.name = "accesstokenEndpoint", .type = JSHAPE_URL},
    OBJECT("authConfig", auth_config, NULL), BOOL("active", NULL),
    TEXT("authorizationServer", NULL), TEXT("organizationId", NULL),
    {.name = "targetLinkUri", .type = JSHAPE_URL},
    OBJECT("metadata", NULL, NULL), END};

static const char *const update_ways[] = {
    "automatic", "by-administrator", "none", NULL};
static const char *const update_states[] = {"done", "asked", "failed", NULL};
static const struct jshape platform_registration[] = {
    {.name = "inStep",
	.type = JSHAPE_BOOL,
	.or_null = true,
	.about = "Whether the LMS holds what the settings say; null: nothing "
		 "is known, as of one entered by hand"},
    {.name = "behind",
	.type = JSHAPE_TEXTS,
	.about = "What differs, in words; of one platform and in pages"},
    {.name = "update",
	.type = JSHAPE_CHOICE,
	.choices = update_ways,
	.about = "Who can bring it up to date: the tool; an administrator in "
		 "the LMS; nobody but by registering again"},
    {.name = "state",
	.type = JSHAPE_CHOICE,
	.choices = update_states,
	.about = "Of the last registration or update; asked: an administrator "
		 "of the LMS has to accept it"},
    TEXT("error", "Why it failed"), TEXT("updatedAt", "ISO 8601"), END};

const struct jshape shape_platform[] = {TEXT_REQUIRED("id", "Permanent"),
    TEXT_REQUIRED("url", "The issuer"), TEXT_REQUIRED("clientId", NULL),
    TEXT_REQUIRED("name", NULL), TEXT_REQUIRED("authenticationEndpoint", NULL),
    TEXT_REQUIRED("accesstokenEndpoint", NULL),
    {.name = "authConfig",
	.type = JSHAPE_OBJECT,
	.required = true,
	.members = auth_config},
    TEXT_REQUIRED("publicKey", "PEM of the key that signs for it"),
    {.name = "active", .type = JSHAPE_BOOL, .required = true},
    TEXT("authorizationServer", NULL), TEXT("organizationId", NULL),
    TEXT("claimedOrganization", "What the registration URL claimed, unproven"),
    TEXT("familyCode", NULL), TEXT("version", NULL),
    TEXT("origin", "dynamic or manual"),
    TEXT("targetLinkUri", "Where all its launches go"),
    OBJECT("metadata", NULL, NULL), TEXT("createdAt", "ISO 8601"),
    TEXT("changedAt", "ISO 8601"),
    OBJECT("registration", platform_registration,
	"How it stands to the settings; told to its owner and to staff"),
    END};

const struct jshape shape_platforms[] = {
    OBJECTS("platforms", shape_platform, NULL),
    INTEGER("total", "With limit: how many there are"), END};

const struct jshape shape_deployment_given[] = {
    TEXT_REQUIRED("deploymentId", "As the LMS writes it"),
    TEXT("organizationId", "Whose it is; absent: the platform's"),
    BOOL("allowed", "Whether launches are let through"),
    TEXT("origin", "registration or launch"), TEXT("firstSeenAt", "ISO 8601"),
    END};
const struct jshape shape_deployments[] = {
    OBJECTS("deployments", shape_deployment_given, NULL), END};
const struct jshape shape_deployment_patch[] = {BOOL("allowed", NULL),
    {.name = "organizationId",
	.type = JSHAPE_TEXT,
	.max = 100,
	.about = "Empty: nobody's own"},
    END};

static const struct jshape first_launch[] = {TEXT("at", "ISO 8601"),
    TEXT("reference", NULL), TEXT("message", "Message type"),
    TEXT("deploymentId", NULL),
    OBJECTS("differences", NULL,
	"What the LMS granted and the launch does not show"),
    END};

static const struct jshape shape_notice_subscription[] = {
    TEXT_REQUIRED("deploymentId", NULL), TEXTS("offered", NULL),
    TEXTS("subscribed", NULL), TEXT("fault", "Of the last try, if it failed"),
    TEXT("nextTryAt", "ISO 8601; with fault"), END};
const struct jshape shape_report[] = {TEXT("platformId", NULL),
    TEXT("registeredAt", "ISO 8601"),
    TEXT("updatedAt", "ISO 8601; absent until the tool updated it"),
    TEXT("reference", NULL), OBJECT("asked", NULL, "The registration request"),
    OBJECT("granted", NULL, "The LMS's answer, without secrets"),
    OBJECTS("differences", NULL, "Member, asked, granted"),
    OBJECTS("dropped", NULL, "What the LMS does not support"),
    OBJECT("firstLaunch", first_launch, "Absent until there was one"),
    OBJECTS("deployments", shape_deployment_given, "Those seen"),
    OBJECTS("notices", shape_notice_subscription,
	"Platform notices, where the LMS offers them"),
    OBJECTS("events", NULL, "The latest"), END};

/* --- registrations ------------------------------------------------------- */

static const struct jshape supported_message[] = {
    TEXT_REQUIRED("type", NULL), TEXTS("placements", NULL), END};

const struct jshape shape_registration[] = {TEXT("url", "The issuer"),
    TEXT("familyCode", "Empty when the LMS gave none"),
    TEXT("version", "Empty when the LMS gave none"),
    TEXTS("supportedScopes", NULL),
    OBJECTS("supportedMessages", supported_message, "The two core types"),
    OBJECTS("otherMessages", supported_message, "Every other type"),
    OBJECT("openIdConfiguration", NULL, "With raw=true, instead of the above"),
    TEXT("registrationToken", "With raw=true; empty when there was none"), END};

static const struct jshape waiting[] = {
    TEXT_REQUIRED("handle", "May stand for the registrationId"),
    TEXT("state", "waiting; or sent, when no answer was read"),
    TEXT("url", "The issuer"), TEXT("familyCode", NULL), TEXT("version", NULL),
    TEXT("waitsFor",
	"approval (yours), person (who is in the frame), tool (its "
	"pre-approval page)"),
    TEXT("organizationId", "Proven by a link or by who signed in"),
    TEXT("claimedOrganization", NULL), TEXT("registrationLinkId", NULL),
    TEXT("startedFrom", "Address of the browser"),
    TEXT("createdAt", "ISO 8601"), TEXT("expiresAt", "ISO 8601"),
    TEXT("fault", "Why the last try failed"), TEXT("reference", NULL), END};

const struct jshape shape_registrations[] = {
    OBJECTS("registrations", waiting, NULL), END};

const struct jshape shape_completed[] = {
    TEXT_REQUIRED("html", "Append it to the document in the LMS's frame"),
    TEXT_REQUIRED("platformId", NULL),
    TEXT("closeUrl", "Or send the frame here: closes it, once"),
    BOOL("active", NULL),
    BOOL("updated", "The LMS changed a registration that was there"),
    OBJECTS("dropped", NULL, "What the LMS does not support"),
    OBJECTS("differences", NULL, "What the LMS granted otherwise"), END};

const struct jshape shape_rejected[] = {
    TEXT_REQUIRED("html", NULL), TEXT("closeUrl", NULL), END};

/* --- one launch ---------------------------------------------------------- */

static const struct jshape id_token_user[] = {
    TEXT_REQUIRED("id", "Empty: an anonymous launch"),
    {.name = "roles",
	.type = JSHAPE_TEXTS,
	.required = true,
	.about = "As the LMS writes them"},
    TEXT("email", NULL), TEXT("name", NULL), TEXT("givenName", NULL),
    TEXT("familyName", NULL), TEXTS("roleScopeMentor", NULL), END};

static const struct jshape id_token_platform[] = {TEXT_REQUIRED("id", NULL),
    TEXT_REQUIRED("url", "The issuer"), TEXT_REQUIRED("clientId", NULL),
    TEXT_REQUIRED("deploymentId", NULL), TEXT_REQUIRED("name", NULL),
    TEXT("organizationId", "Whose this launch is"), TEXT("guid", NULL),
    TEXT("productFamilyCode", NULL), TEXT("version", NULL),
    TEXT("description", NULL), TEXT("contactEmail", NULL),
    OBJECT("lis", NULL, NULL), END};

static const struct jshape id_token_launch[] = {
    TEXT_REQUIRED("type", "Message type, as signed"),
    TEXT("target", "target_link_uri"), OBJECT("context", NULL, NULL),
    OBJECT("resourceLink", NULL, NULL), OBJECT("presentation", NULL, NULL),
    {.name = "custom", .type = JSHAPE_OBJECT, .required = true}, END};

const struct jshape shape_id_token[] = {TEXT_REQUIRED("ltiVersion", "1.3.0"),
    {.name = "user",
	.type = JSHAPE_OBJECT,
	.members = id_token_user,
	.about = "With raw=true, the claims as signed instead"},
    OBJECT("forUser", NULL, "Whose submission is reviewed"),
    OBJECT("platform", id_token_platform, NULL),
    OBJECT("migration", NULL,
	"What the LMS says that this was in LTI 1.1: verified, userId, "
	"contextId, resourceLinkId, platformGuid; consumerKey when verified"),
    OBJECT("launch", id_token_launch, NULL),
    OBJECT("services", NULL,
	"outcomes, deepLinking, namesAndRoles, "
	"assignmentAndGrades: each with available; serviceKey"),
    OBJECT("extensions", NULL, "Claims that have no place above"), END};

const struct jshape shape_deep_linking[] = {
    TEXT_REQUIRED("message", "The signed answer"),
    TEXT_REQUIRED("target", "Where the browser posts it, as JWT"),
    OBJECTS("dropped", NULL, "What the LMS does not take"), END};

const struct jshape shape_deep_linking_form[] = {
    TEXT_REQUIRED("form", "Append it to the document; it posts itself"),
    OBJECTS("dropped", NULL, "What the LMS does not take"), END};

/* --- what is pasted into an LMS --------------------------------------------
 */

const struct jshape shape_deployment_add[] = {
    {.name = "deploymentId",
	.type = JSHAPE_TEXT,
	.required = true,
	.max = 255,
	.about = "As the LMS tells it"},
    {.name = "organizationId", .type = JSHAPE_TEXT, .max = 100}, END};
static const struct jshape shared_platform[] = {
    TEXT_REQUIRED("platformId", NULL), TEXT("name", NULL),
    TEXT("url", "Issuer"), TEXT("clientId", NULL), TEXT("family", NULL), END};
const struct jshape shape_tool_card[] = {TEXT("name", NULL),
    TEXT("description", NULL), TEXT("logoUrl", NULL), TEXT("domain", NULL),
    TEXT("loginUrl", NULL), TEXT("redirectUrl", NULL),
    TEXT("launchUrl", "Target link URI: the same as redirectUrl"),
    TEXT("publicKey", "PEM of the key that signs now"), TEXT("keySetUrl", NULL),
    TEXT("registrationUrl", NULL), TEXT("canvasUrl", NULL),
    TEXT("registrationMode", NULL),
    BOOL("autoActivate", "A new LMS may launch at once"),
    TEXT("deepLinking", "api, builtin or off"),
    OBJECTS("shared", shared_platform,
	"Platforms that belong to nobody: a deployment id is enough there"),
    END};

/* --- people ----------------------------------------------------------------
 */

enum { EMAIL_MAX = 254, SECRET_MAX = 400, NAME_MAX_BYTES = 200 };

#define SECRET(n, a)                                                           \
	{                                                                      \
		.name = n, .type = JSHAPE_TEXT, .required = true,              \
		.max = SECRET_MAX, .about = a                                  \
	}
#define NAME                                                                   \
	{                                                                      \
		.name = "name", .type = JSHAPE_TEXT, .max = NAME_MAX_BYTES     \
	}
#define EMAIL(r)                                                               \
	{                                                                      \
		.name = "email", .type = JSHAPE_TEXT, .required = r,           \
		.max = EMAIL_MAX                                               \
	}

static const char *const organization_roles[] = {
    "admin", "registrar", "viewer", NULL};

static const struct jshape membership[] = {TEXT_REQUIRED("id", NULL),
    {.name = "role",
	.type = JSHAPE_CHOICE,
	.required = true,
	.choices = organization_roles},
    END};
static const struct jshape membership_given[] = {TEXT_REQUIRED("id", NULL),
    TEXT_REQUIRED("name", NULL), TEXT_REQUIRED("role", NULL),
    TEXTS("rights", "What the role allows in this organisation"), END};

#define USER                                                                   \
	TEXT_REQUIRED("id", NULL), TEXT_REQUIRED("email", NULL),               \
	    TEXT("name", NULL),                                                \
	    TEXT("role", "In the tool: owner, admin, viewer; absent: none"),   \
	    TEXT("state", "active, or invited: no password yet"),              \
	    TEXTS("rights", "What the role in the tool allows"),               \
	    OBJECTS("organizations", membership_given, NULL),                  \
	    TEXT("createdAt", "ISO 8601"),                                     \
	    TEXT("seenAt", "ISO 8601; when they last signed in")

const struct jshape shape_user[] = {EMAIL(true), NAME,
    TEXT("role", "owner, admin, viewer, or empty"),
    OBJECTS("organizations", membership, NULL), END};
const struct jshape shape_user_patch[] = {NAME,
    TEXT("role", "owner, admin, viewer, or empty"),
    OBJECTS("organizations", membership,
	"All of them; who is not in it any more leaves"),
    END};
const struct jshape shape_user_given[] = {USER, END};
const struct jshape shape_invitation[] = {
    TEXT_REQUIRED("url", "Told once"), TEXT("expiresAt", "ISO 8601"), END};
const struct jshape shape_user_invited[] = {USER,
    OBJECT("invitation", shape_invitation,
	"Absent when the person was there already"),
    END};
const struct jshape shape_users[] = {OBJECTS("users", shape_user_given, NULL),
    INTEGER("total", "With limit: how many there are"), END};
const struct jshape shape_ended[] = {INTEGER("ended", NULL), END};

static const struct jshape tool_facts[] = {
    TEXT("name", NULL), TEXT("logoUrl", NULL), END};
const struct jshape shape_session[] = {BOOL("signedIn", NULL),
    TEXT("csrfToken", "Goes with every change as X-CSRF-Token"),
    OBJECT("user", shape_user_given, NULL),
    BOOL("password", "One may sign in with a password"),
    TEXT("oidc", "Host of the provider one may sign in with"),
    OBJECT("tool", tool_facts, NULL), END};
const struct jshape shape_sign_in[] = {
    EMAIL(true), SECRET("password", NULL), END};
static const struct jshape session_row[] = {TEXT_REQUIRED("id", NULL),
    TEXT("agent", "The browser, in its own words"),
    BOOL("current", "The one that asks"), TEXT("createdAt", "ISO 8601"),
    TEXT("usedAt", "ISO 8601"), TEXT("expiresAt", "ISO 8601"), END};
const struct jshape shape_sessions[] = {
    OBJECTS("sessions", session_row, NULL), END};
const struct jshape shape_invitation_token[] = {SECRET("token", NULL), END};
const struct jshape shape_invitation_facts[] = {TEXT("email", NULL),
    TEXT("name", NULL),
    BOOL("first", "It makes the first owner, who tells their address"),
    TEXT("expiresAt", "ISO 8601"), END};
const struct jshape shape_acceptance[] = {SECRET("token", NULL),
    SECRET("password", "At least 12 characters"), NAME, EMAIL(false), END};
const struct jshape shape_password_change[] = {
    SECRET("current", NULL), SECRET("password", "At least 12 characters"), END};
const struct jshape shape_provider_url[] = {TEXT_REQUIRED("url", NULL), END};
const struct jshape shape_profile[] = {{.name = "name",
					   .type = JSHAPE_TEXT,
					   .required = true,
					   .max = NAME_MAX_BYTES},
    END};

/* --- the rest ------------------------------------------------------------ */

const struct jshape shape_organization[] = {
    {.name = "name", .type = JSHAPE_TEXT, .required = true, .max = 255}, END};
const struct jshape shape_organization_given[] = {TEXT_REQUIRED("id", NULL),
    TEXT_REQUIRED("name", NULL), TEXT("createdAt", "ISO 8601"), END};
const struct jshape shape_organizations[] = {
    OBJECTS("organizations", shape_organization_given, NULL), END};

const struct jshape shape_link[] = {{.name = "organizationId",
					.type = JSHAPE_TEXT,
					.required = true,
					.max = 100},
    {.name = "label", .type = JSHAPE_TEXT, .max = 255},
    BOOL("once", "Good for one registration; true by default"),
    BOOL("activate", "Platforms are active at once; false by default"),
    INTEGER("expiresInDays", "30 by default; 0: never"), END};
const struct jshape shape_link_given[] = {TEXT_REQUIRED("id", NULL),
    TEXT_REQUIRED("organizationId", NULL), TEXT("label", NULL),
    TEXT("url", "Told once, when it is made"), BOOL("once", NULL),
    BOOL("activate", NULL), INTEGER("uses", NULL),
    TEXT("createdAt", "ISO 8601"), TEXT("expiresAt", "ISO 8601; empty: never"),
    END};
const struct jshape shape_links[] = {
    OBJECTS("registrationLinks", shape_link_given, NULL), END};

const struct jshape shape_content[] = {TEXT_REQUIRED("id", NULL),
    TEXT_REQUIRED("organizationId", NULL),
    TEXT("parentId", "The course of an assignment"),
    TEXT_REQUIRED("kind", "course or assignment"), TEXT_REQUIRED("title", NULL),
    TEXT("description", NULL),
    TEXT("url", "Where the tool gets its launches; absent: launchUrl"),
    {.name = "customParameters", .type = JSHAPE_TEXT_MAP},
    OBJECT("lineItem", content_line_item_shape, "It is graded"),
    INTEGER("position", "In its course"),
    INTEGER("count", "Assignments of a course"), TEXT("createdAt", "ISO 8601"),
    TEXT("changedAt", "ISO 8601"), END};
const struct jshape shape_contents[] = {OBJECTS("content", shape_content, NULL),
    INTEGER("total", "Without limit and offset"), END};
static const struct jshape skipped[] = {
    INTEGER("line", "Of the table; in a cartridge: which one"),
    TEXT("why", NULL), END};
const struct jshape shape_imported[] = {INTEGER("added", NULL),
    INTEGER("changed", NULL), INTEGER("unchanged", "As it was before"),
    OBJECTS("skipped", skipped, "What could not be taken"), END};

const struct jshape shape_api_key[] = {
    {.name = "name", .type = JSHAPE_TEXT, .required = true, .max = 255}, END};
const struct jshape shape_api_key_given[] = {TEXT_REQUIRED("id", NULL),
    TEXT_REQUIRED("name", NULL), TEXT("key", "Told once, when it is made"),
    TEXT("hint", "Its last four characters"), TEXT("createdAt", "ISO 8601"),
    END};
const struct jshape shape_api_keys[] = {
    OBJECTS("apiKeys", shape_api_key_given, NULL), END};

static const struct jshape notice[] = {{.name = "jwt",
					   .type = JSHAPE_TEXT,
					   .required = true,
					   .max = 256 * 1024,
					   .about = "Signed as an ID token"},
    END};
const struct jshape shape_notices[] = {{.name = "notices",
					   .type = JSHAPE_OBJECTS,
					   .required = true,
					   .members = notice,
					   .max = 100,
					   .about = "100 at most"},
    END};
static const struct jshape notice_taken[] = {
    TEXT_REQUIRED("status", "taken, ignored or refused"),
    TEXT("message", "Why it was refused"), END};
const struct jshape shape_notices_taken[] = {
    OBJECTS("notices", notice_taken, "In the order they came"), END};

const struct jshape shape_consumer[] = {{.name = "key",
					    .type = JSHAPE_TEXT,
					    .required = true,
					    .max = 255,
					    .about = "The oauth_consumer_key"},
    {.name = "secret", .type = JSHAPE_TEXT, .required = true, .max = 1000},
    {.name = "label", .type = JSHAPE_TEXT, .max = 255}, END};
const struct jshape shape_consumer_given[] = {TEXT_REQUIRED("id", NULL),
    TEXT_REQUIRED("key", "The oauth_consumer_key"), TEXT("label", NULL),
    TEXT("createdAt", "ISO 8601"), END};
const struct jshape shape_consumers[] = {
    OBJECTS("consumers", shape_consumer_given, NULL), END};

const struct jshape shape_rotate[] = {
    BOOL("atOnce", "The new key signs now: for after a theft"), END};
static const struct jshape tool_key[] = {TEXT_REQUIRED("id", "kid"),
    TEXT("state", "next, active, retiring or spare"), TEXT("publicKey", "PEM"),
    TEXT("createdAt", "ISO 8601"), TEXT("changedAt", "ISO 8601"), END};
const struct jshape shape_keys[] = {OBJECTS("keys", tool_key, NULL), END};
const struct jshape shape_key_set[] = {OBJECTS("keys", NULL, "JWKs"), END};

static const struct jshape event[] = {TEXT_REQUIRED("id", "Sorts by time"),
    TEXT("at", "ISO 8601"), TEXT("level", NULL), TEXT("kind", NULL),
    TEXT("reference", NULL), TEXT("platformId", NULL),
    TEXT("organizationId", NULL), TEXT("message", NULL),
    OBJECT("details", NULL, NULL), END};
const struct jshape shape_events[] = {OBJECTS("events", event, NULL),
    TEXT("searchedUntil",
	"There may be older ones: they were not looked at. Ask again with it "
	"as before"),
    END};

#define COUNTS                                                                 \
	INTEGER("launches", NULL),                                             \
	    INTEGER("people", "Different ones; in totals those of each point " \
			      "added up"),                                     \
	    INTEGER("registrations", NULL), INTEGER("failures", NULL), END
static const struct jshape usage_point[] = {
    TEXT_REQUIRED("at", "Where it begins, ISO 8601"), COUNTS};
static const struct jshape usage_totals[] = {COUNTS};
static const struct jshape usage_fault[] = {
    TEXT_REQUIRED("fault", "Its code, as in events"), INTEGER("count", NULL),
    END};
const struct jshape shape_usage[] = {TEXT_REQUIRED("step", "hour or day, UTC"),
    OBJECTS("points", usage_point, "Each hour or day, the oldest first"),
    OBJECT("totals", usage_totals, NULL),
    OBJECTS("faults", usage_fault, "Of the failures, the most frequent first"),
    END};

const struct jshape shape_status[] = {TEXT("status", NULL), END};
const struct jshape shape_any[] = {END};
