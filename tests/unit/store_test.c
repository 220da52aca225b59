/* store_test.c - what is remembered: platforms, registrations, links, keys ...
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>

#include "base/clock.h"
#include "store.h"
#include "store/api_keys.h"
#include "store/deployments.h"
#include "store/events.h"
#include "store/keys.h"
#include "store/organizations.h"
#include "store/platforms.h"
#include "store/registration_links.h"
#include "store/registrations.h"
#include "store/settings.h"

/* Each call is a transaction. Jobs run on the writer's thread, where nothing
 * may be asserted: a call is a row of what to do. */
enum op {
	PLATFORM_ADD,
	PLATFORM_FIND,
	PLATFORM_FIND_PAIR,
	PLATFORM_LIST,
	PLATFORM_CHANGE,
	PLATFORM_REMOVE,
	DEPLOYMENT_ADD,
	DEPLOYMENT_LIST,
	ORGANIZATION_ADD,
	ORGANIZATION_FIND,
	ORGANIZATION_LIST,
	ORGANIZATION_RENAME,
	ORGANIZATION_REMOVE,
	LINK_ADD,
	LINK_LIST,
	LINK_REMOVE,
	LINK_FIND,
	LINK_USE,
	LINK_UNUSE,
	KEY_ADD,
	KEY_LIST,
	KEY_FIND,
	KEY_FIND_SET,
	KEY_MOVE,
	KEY_REMOVE,
	API_KEY_ADD,
	API_KEY_FIND,
	API_KEY_LIST,
	API_KEY_REMOVE,
	EVENT_ADD,
	EVENT_LIST,
	EVENT_EXPIRE,
	SETTING_FIND,
	SETTING_REPLACE,
	REGISTRATION_ADD,
	REGISTRATION_CHECK_TOKEN,
	REGISTRATION_FIND,
	REGISTRATION_LIST,
	REGISTRATION_SEND,
	REGISTRATION_GIVE_BACK,
	REGISTRATION_COMPLETE,
	REGISTRATION_REFUSE,
	REGISTRATION_LEAVE,
	REGISTRATION_REJECT,
	REGISTRATION_CLOSE,
	REGISTRATION_EXPIRE,
};

struct call {
	enum op op;
	const void *in;
	void *out;
	struct span a, b, c;
	int64_t number, max;
	bool flag;
};

static enum fault
run_platform(struct db_session *s, struct cx *cx, const struct call *call)
{
	switch ((int)call->op) {
	case PLATFORM_ADD:
		return platforms_add(s, cx, call->in);
	case PLATFORM_FIND:
		return platforms_find(s, cx, call->a, call->out);
	case PLATFORM_FIND_PAIR:
		return platforms_find_pair(s, cx, call->a, call->b, call->out);
	case PLATFORM_LIST:
		return platforms_list(s, cx, call->in, call->out);
	case PLATFORM_CHANGE:
		return platforms_change(s, cx, call->in);
	case PLATFORM_REMOVE:
		return platforms_remove(s, cx, call->a);
	case DEPLOYMENT_ADD:
		return deployments_add(s, cx, call->in);
	case DEPLOYMENT_LIST:
		return deployments_list(s, cx, call->a, call->out);
	default:
		return FAULT_STORE_FAILED;
	}
}

static enum fault
run_customer(struct db_session *s, struct cx *cx, const struct call *call)
{
	switch ((int)call->op) {
	case ORGANIZATION_ADD:
		return organizations_add(s, cx, call->in);
	case ORGANIZATION_FIND:
		return organizations_find(s, cx, call->a, call->out);
	case ORGANIZATION_LIST:
		return organizations_list(s, cx, SPAN(""), call->out);
	case ORGANIZATION_RENAME:
		return organizations_rename(s, cx, call->a, call->b);
	case ORGANIZATION_REMOVE:
		return organizations_remove(s, cx, call->a);
	case LINK_ADD:
		return registration_links_add(s, cx, call->in);
	case LINK_LIST:
		return registration_links_list(
		    s, cx, SPAN(""), SPAN(""), call->out);
	case LINK_REMOVE:
		return registration_links_remove(s, cx, call->a);
	case LINK_FIND:
		return registration_links_find(s, cx, call->a, call->out);
	case LINK_USE:
		return registration_links_use(s, cx, call->a);
	case LINK_UNUSE:
		return registration_links_unuse(s, cx, call->a);
	default:
		return FAULT_STORE_FAILED;
	}
}

static enum fault
run_own(struct db_session *s, struct cx *cx, const struct call *call)
{
	switch ((int)call->op) {
	case KEY_ADD:
		return keys_add(s, cx, call->in);
	case KEY_LIST:
		return keys_list(s, cx, call->out);
	case KEY_FIND:
		return keys_find(s, cx, call->a, call->out);
	case KEY_FIND_SET:
		return keys_find_set(s, cx, call->a, call->out);
	case KEY_MOVE:
		return keys_move(s, cx, call->a, call->in, call->b);
	case KEY_REMOVE:
		return keys_remove(s, cx, call->a);
	case API_KEY_ADD:
		return api_keys_add(s, cx, call->in);
	case API_KEY_FIND:
		return api_keys_find(s, cx, call->a, call->out);
	case API_KEY_LIST:
		return api_keys_list(s, cx, call->out);
	case API_KEY_REMOVE:
		return api_keys_remove(s, cx, call->a);
	case EVENT_ADD:
		return events_add(s, cx, call->in);
	case EVENT_LIST:
		return events_list(s, cx, call->in, call->out);
	case EVENT_EXPIRE:
		return events_expire(s, cx, call->number, call->max, call->out);
	case SETTING_FIND:
		return settings_find(s, cx, call->in, call->out);
	case SETTING_REPLACE:
		return settings_replace(s, cx, call->in, call->a);
	default:
		return FAULT_STORE_FAILED;
	}
}

static enum fault
run_registration(struct db_session *s, struct cx *cx, const struct call *call)
{
	switch ((int)call->op) {
	case REGISTRATION_ADD:
		return registrations_add(s, cx, call->in);
	case REGISTRATION_CHECK_TOKEN:
		return registrations_check_token(s, cx, call->a);
	case REGISTRATION_FIND:
		return registrations_find_waiting(
		    s, cx, call->a, call->b, call->out);
	case REGISTRATION_LIST:
		return registrations_list(s, cx, SPAN(""), SPAN(""), call->out);
	case REGISTRATION_SEND:
		return registrations_send(s, cx, call->a);
	case REGISTRATION_GIVE_BACK:
		return registrations_give_back(
		    s, cx, call->a, call->b, call->flag);
	case REGISTRATION_COMPLETE:
		return registrations_complete(
		    s, cx, call->a, SPAN("platform"), call->b, call->c);
	case REGISTRATION_REFUSE:
		return registrations_refuse(
		    s, cx, call->a, SPAN("FAULT"), call->b);
	case REGISTRATION_LEAVE:
		return registrations_leave(s, cx, call->a, SPAN("FAULT"));
	case REGISTRATION_REJECT:
		return registrations_reject(s, cx, call->a, call->b);
	case REGISTRATION_CLOSE:
		return registrations_close(s, cx, call->a);
	case REGISTRATION_EXPIRE:
		return registrations_expire(s, cx, call->max, call->out);
	default:
		return FAULT_STORE_FAILED;
	}
}

static enum fault
run(struct db_session *session, struct cx *cx, void *arg)
{
	const struct call *call = arg;

	if (call->op <= DEPLOYMENT_LIST)
		return run_platform(session, cx, call);
	if (call->op <= LINK_UNUSE)
		return run_customer(session, cx, call);
	if (call->op <= SETTING_REPLACE)
		return run_own(session, cx, call);
	return run_registration(session, cx, call);
}

static void
expect(struct store *store, enum fault expected, struct call call, int line)
{
	enum fault got = db_write(store->db, &store->cx, run, &call);

	if (got != expected)
		fail_msg("line %d: %s: %s", line, fault_text(got)->name,
		    store->cx.note.detail);
}

#define CALL(store, expected, ...)                                             \
	expect((store), FAULT_##expected, (struct call){__VA_ARGS__}, __LINE__)

/* --- platforms ----------------------------------------------------------- */

static const struct platform whole = {
    .id = {"p1", 2},
    .issuer = {"https://l.example", 17},
    .client_id = {"c1", 2},
    .name = {"An LMS's", 8},
    .active = true,
    .origin = {"dynamic", 7},
    .authorization_endpoint = {"auth", 4},
    .token_endpoint = {"token", 5},
    .audience = {"audience", 8},
    .key_method = {"JWK_SET", 7},
    .key_value = {"keys", 4},
    .claimed_organization = {"claimed", 7},
    .family = {"moodle", 6},
    .version = {"4.5", 3},
    .targets = {"{\"k\":\"u\"}", 9},
    .metadata = {"{\"m\":1}", 7},
    .extra = {"{\"e\":1}", 7},
    .report = {"{\"r\":1}", 7},
    .management_sealed = {"sealed", 6},
    .created_at = 11,
    .changed_at = 12,
};

static void
expect_same(const struct platform *a, const struct platform *b)
{
	const struct {
		const char *name;
		struct span a, b;
	} members[] = {
	    {"id", a->id, b->id},
	    {"issuer", a->issuer, b->issuer},
	    {"client_id", a->client_id, b->client_id},
	    {"name", a->name, b->name},
	    {"origin", a->origin, b->origin},
	    {"auth", a->authorization_endpoint, b->authorization_endpoint},
	    {"token", a->token_endpoint, b->token_endpoint},
	    {"audience", a->audience, b->audience},
	    {"key_method", a->key_method, b->key_method},
	    {"key_value", a->key_value, b->key_value},
	    {"organization", a->organization_id, b->organization_id},
	    {"claimed", a->claimed_organization, b->claimed_organization},
	    {"family", a->family, b->family},
	    {"version", a->version, b->version},
	    {"tool_key", a->tool_key, b->tool_key},
	    {"targets", a->targets, b->targets},
	    {"metadata", a->metadata, b->metadata},
	    {"extra", a->extra, b->extra},
	    {"report", a->report, b->report},
	    {"management", a->management_sealed, b->management_sealed},
	};

	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (!span_equal(members[i].a, members[i].b))
			fail_msg("%s: \"%.*s\"", members[i].name,
			    SPAN_ARGS(members[i].a));
	assert_int_equal(a->active, b->active);
	assert_int_equal(a->created_at, b->created_at);
	assert_int_equal(a->changed_at, b->changed_at);
}

static void
keeps_platforms(void **state)
{
	struct platform second = whole, found;
	struct store store;

	(void)state;
	store_open(&store);
	const struct organization customer = {SPAN("o1"), SPAN("Customer"), 1};
	const struct tool_key key = {.id = SPAN("k1"), .state = SPAN("spare")};
	CALL(&store, NONE, ORGANIZATION_ADD, .in = &customer);
	CALL(&store, NONE, KEY_ADD, .in = &key);
	CALL(&store, NONE, PLATFORM_ADD, .in = &whole);
	CALL(&store, NONE, PLATFORM_FIND, .a = SPAN("p1"), .out = &found);
	expect_same(&found, &whole);
	/* A15: the pair is unique, whatever the id. */
	second.id = SPAN("p2");
	CALL(&store, PLATFORM_EXISTS, PLATFORM_ADD, .in = &second);
	/* A15, Canvas: one issuer, another client. */
	second.client_id = SPAN("C1");
	CALL(&store, NONE, PLATFORM_ADD, .in = &second);
	second.id = SPAN("p3");
	second.issuer = SPAN("https://m.example");
	second.client_id = SPAN("c1");
	second.organization_id = SPAN("o1");
	second.tool_key = SPAN("k1");
	CALL(&store, NONE, PLATFORM_ADD, .in = &second);
	CALL(&store, NONE, PLATFORM_FIND_PAIR, .a = SPAN("https://m.example"),
	    .b = SPAN("c1"), .out = &found);
	expect_same(&found, &second);
	CALL(&store, NO_PLATFORM, PLATFORM_FIND_PAIR,
	    .a = SPAN("https://m.example/"), .b = SPAN("c1"), .out = &found);
	CALL(
	    &store, NO_PLATFORM, PLATFORM_FIND, .a = SPAN("P1"), .out = &found);
	store_close(&store);
}

static void
changes_platforms(void **state)
{
	struct platform changed = {
	    .id = SPAN("p1"),
	    .issuer = SPAN("i"),
	    .client_id = SPAN("c"),
	    .name = SPAN("n"),
	    .origin = SPAN("manual"),
	    .authorization_endpoint = SPAN("1"),
	    .token_endpoint = SPAN("2"),
	    .audience = SPAN("3"),
	    .key_method = SPAN("4"),
	    .key_value = SPAN("5"),
	    .claimed_organization = SPAN("6"),
	    .family = SPAN("7"),
	    .version = SPAN("8"),
	    .targets = SPAN("9"),
	    .metadata = SPAN("10"),
	    .extra = SPAN("11"),
	    .report = SPAN("12"),
	    .management_sealed = SPAN("13"),
	    .created_at = 99,
	    .changed_at = 100,
	};
	struct platform found, second = whole;
	struct store store;

	(void)state;
	store_open(&store);
	CALL(&store, NO_PLATFORM, PLATFORM_CHANGE, .in = &changed);
	CALL(&store, NONE, PLATFORM_ADD, .in = &whole);
	CALL(&store, NONE, PLATFORM_CHANGE, .in = &changed);
	CALL(&store, NONE, PLATFORM_FIND, .a = SPAN("p1"), .out = &found);
	expect_same(&found, &changed);
	second.id = SPAN("p2");
	CALL(&store, NONE, PLATFORM_ADD, .in = &second);
	second.issuer = SPAN("i");
	second.client_id = SPAN("c");
	CALL(&store, PLATFORM_EXISTS, PLATFORM_CHANGE, .in = &second);
	changed.organization_id = SPAN("nobody");
	CALL(&store, STORE_FAILED, PLATFORM_CHANGE, .in = &changed);
	CALL(&store, NONE, PLATFORM_REMOVE, .a = SPAN("p1"));
	CALL(&store, NO_PLATFORM, PLATFORM_REMOVE, .a = SPAN("p1"));
	store_close(&store);
}

static void
lists_platforms(void **state)
{
	static const struct {
		const char *name, *id, *issuer, *client, *organization;
		const char *found;
	} rows[] = {
	    {"all, the oldest first", "", "", "", "", "c b a "},
	    {"by id", "a", "", "", "", "a "},
	    {"by issuer", "", "i1", "", "", "b a "},
	    {"by client", "", "", "x", "", "b "},
	    {"by organisation", "", "", "", "o", "c "},
	    {"by two", "", "i1", "y", "", "a "},
	    {"by two that do not go together", "", "i2", "y", "", ""},
	    {"none", "z", "", "", "", ""},
	};
	const struct organization customer = {SPAN("o"), SPAN("O"), 1};
	struct platform a = whole, b = whole, c = whole;
	struct store store;

	(void)state;
	store_open(&store);
	a.id = SPAN("a"), a.issuer = SPAN("i1"), a.client_id = SPAN("y");
	b.id = SPAN("b"), b.issuer = SPAN("i1"), b.client_id = SPAN("x");
	c.id = SPAN("c"), c.issuer = SPAN("i2"), c.client_id = SPAN("z");
	a.created_at = 30, b.created_at = 20, c.created_at = 10;
	c.organization_id = SPAN("o");
	CALL(&store, NONE, ORGANIZATION_ADD, .in = &customer);
	CALL(&store, NONE, PLATFORM_ADD, .in = &a);
	CALL(&store, NONE, PLATFORM_ADD, .in = &b);
	CALL(&store, NONE, PLATFORM_ADD, .in = &c);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct platform_filter filter = {
		    .id = span_of(rows[i].id),
		    .issuer = span_of(rows[i].issuer),
		    .client_id = span_of(rows[i].client),
		    .organization_id = span_of(rows[i].organization),
		};
		struct platform_list list;
		char ids[40] = "";
		CALL(&store, NONE, PLATFORM_LIST, .in = &filter, .out = &list);
		for (size_t k = 0; k < list.count; k++)
			snprintf(
			    ids + 2 * k, 3, "%.*s ", SPAN_ARGS(list.at[k].id));
		if (strcmp(ids, rows[i].found) != 0)
			fail_msg("%s: %s", rows[i].name, ids);
	}
	store_close(&store);
}

static void
keeps_deployments(void **state)
{
	struct deployment one = {SPAN("p1"), SPAN("1:a"), SPAN_NONE, true, true,
	    SPAN("registration"), 7};
	struct deployment_list list;
	struct store store;

	(void)state;
	store_open(&store);
	CALL(
	    &store, STORE_FAILED, DEPLOYMENT_ADD, .in = &one); /* no platform */
	CALL(&store, NONE, PLATFORM_ADD, .in = &whole);
	CALL(&store, NONE, DEPLOYMENT_ADD, .in = &one);
	/* One that is known stays as it is. */
	one.allowed = false;
	one.origin = SPAN("launch");
	one.first_seen_at = 9;
	CALL(&store, NONE, DEPLOYMENT_ADD, .in = &one);
	one.deployment_id = SPAN("1:A");
	CALL(&store, NONE, DEPLOYMENT_ADD, .in = &one);
	CALL(&store, NONE, DEPLOYMENT_LIST, .a = SPAN("p1"), .out = &list);
	assert_int_equal(list.count, 2);
	assert_true(span_is(list.at[0].deployment_id, "1:a"));
	assert_true(span_is(list.at[0].origin, "registration"));
	assert_true(list.at[0].allowed && !list.at[1].allowed);
	assert_int_equal(list.at[0].first_seen_at, 7);
	CALL(&store, NONE, PLATFORM_REMOVE, .a = SPAN("p1"));
	CALL(&store, NONE, DEPLOYMENT_LIST, .a = SPAN("p1"), .out = &list);
	assert_int_equal(list.count, 0);
	store_close(&store);
}

/* --- customers ----------------------------------------------------------- */

static void
keeps_organizations(void **state)
{
	const struct organization one = {SPAN("o1"), SPAN("B"), 5};
	const struct organization two = {SPAN("o2"), SPAN("A"), 6};
	const struct organization same = {SPAN("o3"), SPAN("A"), 7};
	struct registration_link link = {.id = SPAN("l"),
	    .organization_id = SPAN("o2"),
	    .token_hash = SPAN("h"),
	    .label = SPAN("")};
	struct platform platform = whole;
	struct organization found;
	struct organization_list list;
	struct registration_link_list links;
	struct store store;

	(void)state;
	store_open(&store);
	CALL(&store, NONE, ORGANIZATION_ADD, .in = &one);
	CALL(&store, NONE, ORGANIZATION_ADD, .in = &two);
	CALL(&store, ORGANIZATION_EXISTS, ORGANIZATION_ADD, .in = &same);
	CALL(&store, NONE, ORGANIZATION_FIND, .a = SPAN("o1"), .out = &found);
	assert_true(span_is(found.name, "B") && found.created_at == 5);
	CALL(&store, NO_ORGANIZATION, ORGANIZATION_FIND, .a = SPAN("x"),
	    .out = &found);
	CALL(&store, NONE, ORGANIZATION_LIST, .out = &list);
	assert_int_equal(list.count, 2);
	assert_true(span_is(list.at[0].name, "A"));
	CALL(&store, ORGANIZATION_EXISTS, ORGANIZATION_RENAME, .a = SPAN("o1"),
	    .b = SPAN("A"));
	CALL(&store, NO_ORGANIZATION, ORGANIZATION_RENAME, .a = SPAN("x"),
	    .b = SPAN("X"));
	CALL(
	    &store, NONE, ORGANIZATION_RENAME, .a = SPAN("o1"), .b = SPAN("C"));
	CALL(
	    &store, NONE, ORGANIZATION_RENAME, .a = SPAN("o1"), .b = SPAN("C"));
	/* One that owns a platform, or a deployment, stays. */
	platform.organization_id = SPAN("o1");
	CALL(&store, NONE, PLATFORM_ADD, .in = &platform);
	CALL(&store, ORGANIZATION_IN_USE, ORGANIZATION_REMOVE, .a = SPAN("o1"));
	const struct deployment deployment = {
	    SPAN("p1"), SPAN("d"), SPAN("o2"), true, true, SPAN("manual"), 1};
	CALL(&store, NONE, DEPLOYMENT_ADD, .in = &deployment);
	CALL(&store, ORGANIZATION_IN_USE, ORGANIZATION_REMOVE, .a = SPAN("o2"));
	CALL(&store, NONE, LINK_ADD, .in = &link);
	CALL(&store, NONE, PLATFORM_REMOVE, .a = SPAN("p1"));
	CALL(&store, NONE, ORGANIZATION_REMOVE, .a = SPAN("o2"));
	CALL(&store, NO_ORGANIZATION, ORGANIZATION_REMOVE, .a = SPAN("o2"));
	/* Its links go with it. */
	CALL(&store, NONE, LINK_LIST, .out = &links);
	assert_int_equal(links.count, 0);
	CALL(&store, NONE, ORGANIZATION_REMOVE, .a = SPAN("o1"));
	store_close(&store);
}

static void
add_link(struct store *store, struct span id, bool once, int64_t expires_at)
{
	const struct registration_link link = {.id = id,
	    .organization_id = SPAN("o"),
	    .token_hash = id,
	    .label = SPAN("L"),
	    .once = once,
	    .activate = once,
	    .expires_at = expires_at,
	    .created_at = expires_at};

	CALL(store, NONE, LINK_ADD, .in = &link);
}

static void
spends_links(void **state)
{
	const struct organization customer = {SPAN("o"), SPAN("O"), 1};
	struct registration_link found;
	struct registration_link_list list;
	struct store store;

	(void)state;
	store_open(&store);
	int64_t now = store.cx.now;
	CALL(&store, NONE, ORGANIZATION_ADD, .in = &customer);
	add_link(&store, SPAN("once"), true, 0);
	add_link(&store, SPAN("often"), false, now + 10);
	add_link(&store, SPAN("over"), false, now);
	const struct registration_link lost = {.id = SPAN("x"),
	    .organization_id = SPAN("nobody"),
	    .token_hash = SPAN("x"),
	    .label = SPAN("")};
	CALL(&store, STORE_FAILED, LINK_ADD, .in = &lost);
	CALL(&store, NONE, LINK_LIST, .out = &list);
	assert_int_equal(list.count, 3);
	CALL(&store, NONE, LINK_FIND, .a = SPAN("once"), .out = &found);
	assert_true(found.once && found.activate && found.uses == 0);
	assert_true(span_is(found.organization_id, "o"));
	/* A18: unknown, expired and used up look alike. */
	CALL(&store, LINK_REFUSED, LINK_FIND, .a = SPAN("?"), .out = &found);
	CALL(&store, LINK_REFUSED, LINK_FIND, .a = SPAN("over"), .out = &found);
	CALL(&store, LINK_REFUSED, LINK_USE, .a = SPAN("?"));
	CALL(&store, LINK_REFUSED, LINK_USE, .a = SPAN("over"));
	CALL(&store, NONE, LINK_USE, .a = SPAN("once"));
	CALL(&store, LINK_REFUSED, LINK_USE, .a = SPAN("once"));
	CALL(&store, LINK_REFUSED, LINK_FIND, .a = SPAN("once"), .out = &found);
	/* When nothing reached the LMS it may be used again. */
	CALL(&store, NONE, LINK_UNUSE, .a = SPAN("once"));
	CALL(&store, NONE, LINK_UNUSE, .a = SPAN("once"));
	CALL(&store, NONE, LINK_FIND, .a = SPAN("once"), .out = &found);
	assert_int_equal(found.uses, 0);
	CALL(&store, NONE, LINK_USE, .a = SPAN("often"));
	CALL(&store, NONE, LINK_USE, .a = SPAN("often"));
	CALL(&store, NONE, LINK_FIND, .a = SPAN("often"), .out = &found);
	assert_int_equal(found.uses, 2);
	store.cx.now = now + 10;
	CALL(&store, LINK_REFUSED, LINK_USE, .a = SPAN("often"));
	CALL(&store, NONE, LINK_REMOVE, .a = SPAN("often"));
	CALL(&store, NO_LINK, LINK_REMOVE, .a = SPAN("often"));
	store_close(&store);
}

/* --- our own ------------------------------------------------------------- */

static void
keeps_keys(void **state)
{
	const struct tool_key one = {.id = SPAN("k1"),
	    .state = SPAN("spare"),
	    .private_sealed = SPAN("sealed"),
	    .public_jwk = SPAN("{}"),
	    .public_pem = SPAN("pem"),
	    .created_at = 3,
	    .changed_at = 4};
	struct tool_key two = one, found;
	struct tool_key_list list;
	struct store store;

	(void)state;
	store_open(&store);
	two.id = SPAN("k2");
	CALL(&store, NONE, KEY_ADD, .in = &one);
	CALL(&store, STORE_CONFLICT, KEY_ADD, .in = &one);
	CALL(&store, NONE, KEY_ADD, .in = &two);
	CALL(&store, NONE, KEY_FIND, .a = SPAN("k1"), .out = &found);
	assert_true(span_is(found.state, "spare"));
	assert_true(span_is(found.private_sealed, "sealed"));
	assert_true(span_is(found.public_jwk, "{}"));
	assert_true(span_is(found.public_pem, "pem"));
	assert_true(found.created_at == 3 && found.changed_at == 4);
	assert_int_equal(found.key_set.length, 0);
	CALL(&store, NO_KEY_SET, KEY_FIND, .a = SPAN("K1"), .out = &found);
	/* A platform's own pair leaves the tool's set. */
	CALL(&store, NONE, KEY_MOVE, .in = "platform", .a = SPAN("k1"),
	    .b = SPAN("set"));
	CALL(&store, STORE_CONFLICT, KEY_MOVE, .in = "platform",
	    .a = SPAN("k2"), .b = SPAN("set"));
	CALL(&store, NONE, KEY_LIST, .out = &list);
	assert_int_equal(list.count, 1);
	assert_true(span_is(list.at[0].id, "k2"));
	CALL(&store, NONE, KEY_FIND_SET, .a = SPAN("set"), .out = &found);
	assert_true(span_is(found.id, "k1"));
	assert_int_equal(found.changed_at, store.cx.now);
	/* Nobody reaches the tool's own keys by an empty name. */
	CALL(&store, NO_KEY_SET, KEY_FIND_SET, .a = SPAN(""), .out = &found);
	CALL(&store, NONE, KEY_MOVE, .in = "active", .a = SPAN("k1"));
	CALL(&store, NONE, KEY_REMOVE, .a = SPAN("k2"));
	CALL(&store, NO_KEY_SET, KEY_FIND, .a = SPAN("k2"), .out = &found);
	/* One that a platform signs with cannot go. */
	struct platform platform = whole;
	platform.tool_key = SPAN("k1");
	CALL(&store, NONE, PLATFORM_ADD, .in = &platform);
	CALL(&store, STORE_FAILED, KEY_REMOVE, .a = SPAN("k1"));
	store_close(&store);
}

static void
keeps_api_keys(void **state)
{
	const struct api_key one = {
	    SPAN("a1"), SPAN("back end"), SPAN("h1"), SPAN("wxyz"), 2};
	const struct api_key same = {
	    SPAN("a2"), SPAN("other"), SPAN("h1"), SPAN("wxyz"), 3};
	struct api_key found;
	struct api_key_list list;
	struct store store;

	(void)state;
	store_open(&store);
	CALL(&store, NONE, API_KEY_ADD, .in = &one);
	CALL(&store, STORE_CONFLICT, API_KEY_ADD, .in = &same);
	CALL(&store, NONE, API_KEY_FIND, .a = SPAN("h1"), .out = &found);
	assert_true(span_is(found.id, "a1") && span_is(found.hint, "wxyz"));
	assert_true(span_is(found.name, "back end") && found.created_at == 2);
	CALL(&store, NO_API_KEY, API_KEY_FIND, .a = SPAN("H1"), .out = &found);
	CALL(&store, NO_API_KEY, API_KEY_FIND, .a = SPAN(""), .out = &found);
	CALL(&store, NONE, API_KEY_LIST, .out = &list);
	assert_int_equal(list.count, 1);
	CALL(&store, NO_API_KEY, API_KEY_REMOVE, .a = SPAN("h1"));
	CALL(&store, NONE, API_KEY_REMOVE, .a = SPAN("a1"));
	CALL(&store, NO_API_KEY, API_KEY_FIND, .a = SPAN("h1"), .out = &found);
	store_close(&store);
}

static void
keeps_settings(void **state)
{
	struct span found = SPAN("untouched");
	struct store store;

	(void)state;
	store_open(&store);
	CALL(&store, NONE, SETTING_FIND, .in = "tool", .out = &found);
	assert_null(found.at);
	CALL(&store, NONE, SETTING_REPLACE, .in = "tool", .a = SPAN("{}"));
	CALL(&store, NONE, SETTING_REPLACE, .in = "other", .a = SPAN("x"));
	CALL(&store, NONE, SETTING_REPLACE, .in = "tool",
	    .a = SPAN("{\"a\":1}"));
	CALL(&store, NONE, SETTING_FIND, .in = "tool", .out = &found);
	assert_true(span_is(found, "{\"a\":1}"));
	store_close(&store);
}

static void
keeps_events(void **state)
{
	static const char *const references[] = {"r1", "r2", "r1", "r3", "r1"};
	struct event_filter filter = {.limit = 100};
	struct event_list list;
	struct store store;
	size_t deleted = 0;

	(void)state;
	store_open(&store);
	int64_t start = store.cx.now;
	for (size_t i = 0; i < 5; i++) {
		const struct event event = {
		    .level = i % 2 ? SPAN("warn") : SPAN("info"),
		    .kind = i < 3 ? SPAN("registration") : SPAN("key"),
		    .reference = span_of(references[i]),
		    .platform_id = i == 4 ? SPAN("p") : SPAN(""),
		    .message = SPAN("M"),
		    .details = i == 0 ? SPAN("{\"a\":1}") : SPAN(""),
		};
		store.cx.now = start + (int64_t)i;
		CALL(&store, NONE, EVENT_ADD, .in = &event);
	}
	CALL(&store, NONE, EVENT_LIST, .in = &filter, .out = &list);
	assert_int_equal(list.count, 5);
	assert_int_equal(list.at[0].at, start + 4); /* the youngest first */
	assert_true(span_is(list.at[4].details, "{\"a\":1}"));
	assert_true(span_is(list.at[0].details, "{}"));
	struct span before = list.at[1].id;
	filter.reference = SPAN("r1");
	CALL(&store, NONE, EVENT_LIST, .in = &filter, .out = &list);
	assert_int_equal(list.count, 3);
	filter.before = before;
	CALL(&store, NONE, EVENT_LIST, .in = &filter, .out = &list);
	assert_int_equal(list.count, 2);
	filter = (struct event_filter){.kind = SPAN("key"), .limit = 1};
	CALL(&store, NONE, EVENT_LIST, .in = &filter, .out = &list);
	assert_int_equal(list.count, 1);
	filter = (struct event_filter){.level = SPAN("warn"), .limit = 9};
	CALL(&store, NONE, EVENT_LIST, .in = &filter, .out = &list);
	assert_int_equal(list.count, 2);
	filter = (struct event_filter){.platform_id = SPAN("p"), .limit = 9};
	CALL(&store, NONE, EVENT_LIST, .in = &filter, .out = &list);
	assert_int_equal(list.count, 1);
	/* The oldest go, so many at a time. */
	CALL(&store, NONE, EVENT_EXPIRE, .out = &deleted, .number = start + 3,
	    .max = 2);
	assert_int_equal(deleted, 2);
	CALL(&store, NONE, EVENT_EXPIRE, .out = &deleted, .number = start + 3,
	    .max = 2);
	assert_int_equal(deleted, 1);
	CALL(&store, NONE, EVENT_EXPIRE, .out = &deleted, .number = start + 3,
	    .max = 2);
	assert_int_equal(deleted, 0);
	filter = (struct event_filter){.limit = 9};
	CALL(&store, NONE, EVENT_LIST, .in = &filter, .out = &list);
	assert_int_equal(list.count, 2);
	store_close(&store);
}

/* --- registrations ------------------------------------------------------- */

static struct registration
waiting(struct store *store, struct span id)
{
	return (struct registration){
	    .id_hash = id,
	    .handle =
		arena_printf(store->cx.arena, "handle-%.*s", SPAN_ARGS(id)),
	    .state = SPAN("waiting"),
	    .token_hash =
		arena_printf(store->cx.arena, "token-%.*s", SPAN_ARGS(id)),
	    .reference = SPAN("ref"),
	    .issuer = SPAN("https://l.example"),
	    .family = SPAN("moodle"),
	    .version = SPAN("4.5"),
	    .sealed = SPAN("sealed"),
	    .privacy_level = SPAN("public"),
	    .organization_id = SPAN("o"),
	    .claimed_organization = SPAN("claimed"),
	    .link_id = SPAN("l"),
	    .started_from = SPAN("192.0.2.1"),
	    .created_at = store->cx.now,
	    .changed_at = store->cx.now,
	    .expires_at = store->cx.now + REGISTRATION_LIFE,
	};
}

static void
add_waiting(struct store *store, struct span id)
{
	const struct registration row = waiting(store, id);
	CALL(store, NONE, REGISTRATION_ADD, .in = &row);
}

static void
finds_what_waits(void **state)
{
	struct registration found;
	struct registration_list list;
	struct store store;

	(void)state;
	store_open(&store);
	add_waiting(&store, SPAN("r"));
	const struct registration same = waiting(&store, SPAN("r"));
	CALL(&store, TOKEN_ALREADY_USED, REGISTRATION_ADD, .in = &same);
	CALL(&store, NONE, REGISTRATION_FIND, .a = SPAN("r"), .out = &found);
	assert_true(span_is(found.handle, "handle-r"));
	assert_true(span_is(found.state, "waiting"));
	assert_true(span_is(found.token_hash, "token-r"));
	assert_true(span_is(found.reference, "ref"));
	assert_true(span_is(found.issuer, "https://l.example"));
	assert_true(span_is(found.family, "moodle"));
	assert_true(span_is(found.version, "4.5"));
	assert_true(span_is(found.sealed, "sealed"));
	assert_true(span_is(found.privacy_level, "public"));
	assert_true(span_is(found.organization_id, "o"));
	assert_true(span_is(found.claimed_organization, "claimed"));
	assert_true(span_is(found.link_id, "l"));
	assert_true(span_is(found.started_from, "192.0.2.1"));
	assert_int_equal(found.replay.length, 0);
	assert_int_equal(found.created_at, store.cx.now);
	assert_int_equal(found.expires_at, store.cx.now + REGISTRATION_LIFE);
	CALL(&store, NONE, REGISTRATION_FIND, .a = SPAN("?"),
	    .b = SPAN("handle-r"), .out = &found);
	CALL(&store, NO_REGISTRATION, REGISTRATION_FIND, .a = SPAN("R"),
	    .b = SPAN(""), .out = &found);
	CALL(&store, NONE, REGISTRATION_LIST, .out = &list);
	assert_int_equal(list.count, 1);
	/* D31, DR19: at +59 minutes, and at the hour. */
	store.cx.now += 59 * 60;
	CALL(&store, NONE, REGISTRATION_FIND, .a = SPAN("r"), .out = &found);
	store.cx.now += 60;
	CALL(&store, NO_REGISTRATION, REGISTRATION_FIND, .a = SPAN("r"),
	    .out = &found);
	CALL(&store, NO_REGISTRATION, REGISTRATION_SEND, .a = SPAN("r"));
	CALL(&store, NO_REGISTRATION, REGISTRATION_REJECT, .a = SPAN("r"),
	    .b = SPAN("close"));
	CALL(&store, NONE, REGISTRATION_LIST, .out = &list);
	assert_int_equal(list.count, 0);
	store_close(&store);
}

static void
completes(void **state)
{
	struct registration found;
	struct registration_list list;
	struct store store;

	(void)state;
	store_open(&store);
	add_waiting(&store, SPAN("r"));
	CALL(&store, NO_REGISTRATION, REGISTRATION_COMPLETE, .a = SPAN("r"),
	    .b = SPAN("client"));
	CALL(&store, NO_REGISTRATION, REGISTRATION_REFUSE, .a = SPAN("r"));
	CALL(&store, NO_REGISTRATION, REGISTRATION_GIVE_BACK, .a = SPAN("r"));
	CALL(&store, NONE, REGISTRATION_CHECK_TOKEN, .a = SPAN("token-r"));
	CALL(&store, NONE, REGISTRATION_SEND, .a = SPAN("r"));
	/* D31: what was sent is not sent again. */
	CALL(&store, NO_REGISTRATION, REGISTRATION_SEND, .a = SPAN("r"));
	CALL(&store, NO_REGISTRATION, REGISTRATION_FIND, .a = SPAN("r"),
	    .out = &found);
	CALL(&store, NO_REGISTRATION, REGISTRATION_REJECT, .a = SPAN("r"),
	    .b = SPAN("close"));
	/* A19, DR22. */
	CALL(&store, TOKEN_ALREADY_USED, REGISTRATION_CHECK_TOKEN,
	    .a = SPAN("token-r"));
	CALL(&store, NONE, REGISTRATION_LIST, .out = &list);
	assert_int_equal(list.count, 1);
	assert_true(span_is(list.at[0].state, "sent"));
	assert_true(span_is(list.at[0].replay, "token-r"));
	CALL(&store, NONE, REGISTRATION_COMPLETE, .a = SPAN("r"),
	    .b = SPAN("client"), .c = SPAN("close"));
	CALL(&store, NO_REGISTRATION, REGISTRATION_COMPLETE, .a = SPAN("r"),
	    .b = SPAN("client"));
	CALL(&store, TOKEN_ALREADY_USED, REGISTRATION_CHECK_TOKEN,
	    .a = SPAN("token-r"));
	CALL(&store, NONE, REGISTRATION_LIST, .out = &list);
	assert_int_equal(list.count, 0);
	/* DR18: the closing page is seen once. */
	CALL(&store, CLOSE_USED, REGISTRATION_CLOSE, .a = SPAN("?"));
	CALL(&store, NONE, REGISTRATION_CLOSE, .a = SPAN("close"));
	CALL(&store, CLOSE_USED, REGISTRATION_CLOSE, .a = SPAN("close"));
	store_close(&store);
}

static void
takes_steps_back(void **state)
{
	struct registration found;
	struct registration_list list;
	struct store store;

	(void)state;
	store_open(&store);
	/* Nothing reached the LMS: it waits again, as long as it had. */
	add_waiting(&store, SPAN("back"));
	CALL(&store, NONE, REGISTRATION_SEND, .a = SPAN("back"));
	CALL(&store, NONE, REGISTRATION_GIVE_BACK, .a = SPAN("back"),
	    .b = SPAN("LMS_UNREACHABLE"), .flag = true);
	CALL(&store, NONE, REGISTRATION_FIND, .a = SPAN("back"), .out = &found);
	assert_true(span_is(found.sealed, "sealed"));
	assert_true(span_is(found.fault, "LMS_UNREACHABLE"));
	assert_int_equal(found.expires_at, store.cx.now + REGISTRATION_LIFE);
	CALL(&store, NONE, REGISTRATION_CHECK_TOKEN, .a = SPAN("token-back"));
	CALL(&store, NONE, REGISTRATION_SEND, .a = SPAN("back"));
	/* The LMS refused: the token may be tried again. */
	CALL(&store, NONE, REGISTRATION_REFUSE, .a = SPAN("back"),
	    .b = SPAN(""));
	CALL(&store, NONE, REGISTRATION_CHECK_TOKEN, .a = SPAN("token-back"));
	/* It gave a client id before things went wrong: it may not. */
	add_waiting(&store, SPAN("half"));
	CALL(&store, NONE, REGISTRATION_SEND, .a = SPAN("half"));
	CALL(&store, NONE, REGISTRATION_REFUSE, .a = SPAN("half"),
	    .b = SPAN("client"));
	CALL(&store, TOKEN_ALREADY_USED, REGISTRATION_CHECK_TOKEN,
	    .a = SPAN("token-half"));
	/* No answer: it stays on the list, without its secrets. */
	add_waiting(&store, SPAN("left"));
	CALL(&store, NONE, REGISTRATION_SEND, .a = SPAN("left"));
	CALL(&store, NONE, REGISTRATION_LEAVE, .a = SPAN("left"));
	CALL(&store, NONE, REGISTRATION_LIST, .out = &list);
	assert_int_equal(list.count, 1);
	assert_true(span_is(list.at[0].id_hash, "left"));
	assert_true(span_is(list.at[0].fault, "FAULT"));
	assert_int_equal(list.at[0].sealed.length, 0);
	CALL(&store, TOKEN_ALREADY_USED, REGISTRATION_CHECK_TOKEN,
	    .a = SPAN("token-left"));
	/* One that never waited does not begin to. */
	add_waiting(&store, SPAN("auto"));
	CALL(&store, NONE, REGISTRATION_SEND, .a = SPAN("auto"));
	CALL(&store, NONE, REGISTRATION_GIVE_BACK, .a = SPAN("auto"),
	    .b = SPAN("X"), .flag = false);
	CALL(&store, NO_REGISTRATION, REGISTRATION_FIND, .a = SPAN("auto"),
	    .out = &found);
	CALL(&store, NONE, REGISTRATION_CHECK_TOKEN, .a = SPAN("token-auto"));
	/* Rejected: its closing page is seen once. */
	add_waiting(&store, SPAN("no"));
	CALL(&store, NONE, REGISTRATION_REJECT, .a = SPAN("no"),
	    .b = SPAN("bye"));
	CALL(&store, NO_REGISTRATION, REGISTRATION_SEND, .a = SPAN("no"));
	CALL(&store, NONE, REGISTRATION_CLOSE, .a = SPAN("bye"));
	CALL(&store, CLOSE_USED, REGISTRATION_CLOSE, .a = SPAN("bye"));
	store_close(&store);
}

/* A19: the same token in two registrations, and none in two. */
static void
sends_a_token_once(void **state)
{
	struct store store;

	(void)state;
	store_open(&store);
	struct registration one = waiting(&store, SPAN("1"));
	struct registration two = waiting(&store, SPAN("2"));
	two.token_hash = one.token_hash;
	CALL(&store, NONE, REGISTRATION_ADD, .in = &one);
	CALL(&store, NONE, REGISTRATION_ADD, .in = &two);
	CALL(&store, NONE, REGISTRATION_SEND, .a = SPAN("1"));
	CALL(&store, TOKEN_ALREADY_USED, REGISTRATION_SEND, .a = SPAN("2"));
	/* In automatic mode a row begins as sent. */
	struct registration third = waiting(&store, SPAN("3"));
	third.state = SPAN("sent");
	third.replay = one.token_hash;
	CALL(&store, TOKEN_ALREADY_USED, REGISTRATION_ADD, .in = &third);
	struct registration free = waiting(&store, SPAN("4"));
	struct registration also = waiting(&store, SPAN("5"));
	free.token_hash = also.token_hash = SPAN("");
	CALL(&store, NONE, REGISTRATION_ADD, .in = &free);
	CALL(&store, NONE, REGISTRATION_ADD, .in = &also);
	CALL(&store, NONE, REGISTRATION_SEND, .a = SPAN("4"));
	CALL(&store, NONE, REGISTRATION_SEND, .a = SPAN("5"));
	CALL(&store, NONE, REGISTRATION_CHECK_TOKEN, .a = SPAN(""));
	store_close(&store);
}

static void
expires_in_batches(void **state)
{
	struct store store;
	size_t deleted = 0;

	(void)state;
	store_open(&store);
	for (int i = 0; i < 5; i++)
		add_waiting(&store, arena_printf(store.cx.arena, "old-%d", i));
	add_waiting(&store, SPAN("sent"));
	CALL(&store, NONE, REGISTRATION_SEND, .a = SPAN("sent"));
	CALL(&store, NONE, REGISTRATION_EXPIRE, .out = &deleted, .max = 10);
	assert_int_equal(deleted, 0);
	/* By the clock of an instance that is behind they are still there. */
	store.cx.now += REGISTRATION_LIFE + CLOCK_SKEW - 1;
	CALL(&store, NONE, REGISTRATION_EXPIRE, .out = &deleted, .max = 10);
	assert_int_equal(deleted, 0);
	store.cx.now++;
	CALL(&store, NONE, REGISTRATION_EXPIRE, .out = &deleted, .max = 2);
	assert_int_equal(deleted, 2);
	CALL(&store, NONE, REGISTRATION_EXPIRE, .out = &deleted, .max = 10);
	assert_int_equal(deleted, 3);
	/* A trace outlives the token by far: until then no replay. */
	CALL(&store, TOKEN_ALREADY_USED, REGISTRATION_CHECK_TOKEN,
	    .a = SPAN("token-sent"));
	store.cx.now += REGISTRATION_TRACE;
	CALL(&store, NONE, REGISTRATION_EXPIRE, .out = &deleted, .max = 10);
	assert_int_equal(deleted, 1);
	CALL(&store, NONE, REGISTRATION_CHECK_TOKEN, .a = SPAN("token-sent"));
	store_close(&store);
}

/* --- two at once --------------------------------------------------------- */

enum { RIVALS = 8 };

struct rival {
	struct db *db;
	struct call call;
	enum fault got;
};

static void *
race(void *arg)
{
	struct rival *rival = arg;
	struct cx cx;

	cx_init(&cx, random_bytes);
	rival->got = db_write(rival->db, &cx, run, &rival->call);
	cx_release(&cx);
	return NULL;
}

static void
expect_one_winner(
    struct store *store, const char *name, struct call call, enum fault lost)
{
	struct rival rivals[RIVALS];
	pthread_t threads[RIVALS];
	int won = 0;

	for (size_t i = 0; i < RIVALS; i++) {
		rivals[i] = (struct rival){store->db, call, FAULT_NONE};
		if (pthread_create(&threads[i], NULL, race, &rivals[i]) != 0)
			fail_msg("no thread");
	}
	for (size_t i = 0; i < RIVALS; i++) {
		pthread_join(threads[i], NULL);
		won += rivals[i].got == FAULT_NONE;
		if (rivals[i].got && rivals[i].got != lost)
			fail_msg(
			    "%s: %s", name, fault_text(rivals[i].got)->name);
	}
	if (won != 1)
		fail_msg("%s: %d won", name, won);
}

static void
one_of_many_wins(void **state)
{
	const struct organization customer = {SPAN("o"), SPAN("O"), 1};
	struct store store;

	(void)state;
	store_open(&store);
	CALL(&store, NONE, ORGANIZATION_ADD, .in = &customer);
	add_link(&store, SPAN("once"), true, 0);
	add_waiting(&store, SPAN("r"));
	expect_one_winner(&store, "D32 send",
	    (struct call){REGISTRATION_SEND, .a = SPAN("r")},
	    FAULT_NO_REGISTRATION);
	expect_one_winner(&store, "D32 complete",
	    (struct call){REGISTRATION_COMPLETE, .a = SPAN("r"), .b = SPAN("c"),
		.c = SPAN("close")},
	    FAULT_NO_REGISTRATION);
	expect_one_winner(&store, "close",
	    (struct call){REGISTRATION_CLOSE, .a = SPAN("close")},
	    FAULT_CLOSE_USED);
	expect_one_winner(&store, "link",
	    (struct call){LINK_USE, .a = SPAN("once")}, FAULT_LINK_REFUSED);
	expect_one_winner(&store, "A15 platform",
	    (struct call){PLATFORM_ADD, .in = &whole}, FAULT_PLATFORM_EXISTS);
	store_close(&store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps_platforms),
	    cmocka_unit_test(changes_platforms),
	    cmocka_unit_test(lists_platforms),
	    cmocka_unit_test(keeps_deployments),
	    cmocka_unit_test(keeps_organizations),
	    cmocka_unit_test(spends_links),
	    cmocka_unit_test(keeps_keys),
	    cmocka_unit_test(keeps_api_keys),
	    cmocka_unit_test(keeps_settings),
	    cmocka_unit_test(keeps_events),
	    cmocka_unit_test(finds_what_waits),
	    cmocka_unit_test(completes),
	    cmocka_unit_test(takes_steps_back),
	    cmocka_unit_test(sends_a_token_once),
	    cmocka_unit_test(expires_in_batches),
	    cmocka_unit_test(one_of_many_wins),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
