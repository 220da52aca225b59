/* directory_test.c - platforms and settings, in memory
 *
 * A real gateway on a store of its own. A second connection to the same file
 * is another process: what it writes is told by the version alone. One that
 * writes and does not tell shows what is kept in memory.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "app/directory.h"
#include "app/gateway.h"
#include "app/tool.h"
#include "lti/names.h"
#include "store.h"
#include "store/platforms.h"
#include "store/settings.h"
#include "store/versions.h"
#include "json/jwrite.h"

static void
sleep_ms(long ms)
{
	const struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&wait, NULL);
}

struct desk {
	struct store store; /* its db is the other process */
	struct cx *cx;
	struct gateway *gateway;
};

static void
desk_open(struct desk *desk)
{
	struct gateway_options options = {
	    .public_url = SPAN("https://g.example"),
	    .keep_events = 1000,
	    .keep_launches = 1000,
	};

	store_open_folder(&desk->store);
	desk->cx = &desk->store.cx;
	options.store = span_of(desk->store.url);
	if (gateway_open(desk->cx, &options, &desk->gateway) ||
	    db_open(desk->cx, options.store, NULL, &desk->store.db))
		fail_msg("%s", desk->cx->note.detail);
}

static void
desk_close(struct desk *desk)
{
	char secret[100];

	snprintf(secret, sizeof secret, "%s.secret", desk->store.path);
	gateway_close(desk->gateway);
	unlink(secret);
	store_close(&desk->store);
}

/* --- writing ------------------------------------------------------------- */

enum op {
	ADD,
	CHANGE,
	REMOVE,
	SETTINGS,
	RENAME_SECRETLY,
	NO_VERSIONS,
	VERSIONS
};

struct work {
	enum op op;
	const struct platform *platform;
	struct span text;
};

static enum fault
run(struct db_session *session, struct cx *cx, void *arg)
{
	const struct work *work = arg;

	switch (work->op) {
	case ADD:
		return platforms_add(session, cx, work->platform);
	case CHANGE:
		return platforms_change(session, cx, work->platform);
	case REMOVE:
		return platforms_remove(session, cx, work->text);
	case SETTINGS:
		return settings_replace(session, cx, "tool", work->text);
	case RENAME_SECRETLY:
		return DB_RUN(session, cx, NULL,
		    "UPDATE platforms SET name = $1", DB_TEXT(work->text));
	case NO_VERSIONS:
		return db_script(
		    session, cx, SPAN("ALTER TABLE versions RENAME TO hidden"));
	case VERSIONS:
		return db_script(
		    session, cx, SPAN("ALTER TABLE hidden RENAME TO versions"));
	}
	return FAULT_STORE_FAILED;
}

static void
write_to(struct desk *desk, struct db *db, struct work work, int line)
{
	if (db_write(db, desk->cx, run, &work))
		fail_msg("line %d: %s", line, desk->cx->note.detail);
}

/* By this process, by another. */
#define HERE(desk, ...)                                                        \
	write_to((desk), (desk)->gateway->db,                                  \
	    (struct work){.op = __VA_ARGS__}, __LINE__)
#define THERE(desk, ...)                                                       \
	write_to((desk), (desk)->store.db, (struct work){.op = __VA_ARGS__},   \
	    __LINE__)

static const struct platform whole = {
    .id = {"p1", 2},
    .issuer = {"https://l.example", 17},
    .client_id = {"c1", 2},
    .name = {"School", 6},
    .active = true,
    .authorization_endpoint = {"https://l.example/auth", 22},
    .token_endpoint = {"https://l.example/token", 23},
    .key_method = {"JWK_SET", 7},
    .key_value = {"https://l.example/keys", 22},
    .targets = {"{\"k\":\"https://t.example/k\"}", 27},
    .target = {"https://t.example/own", 21},
    .first_launch = {"{}", 2},
};

/* --- asking -------------------------------------------------------------- */

static void
expect_by(struct desk *desk, struct span id, const char *issuer,
    const char *client_id, enum fault expected, const char *name, int line)
{
	struct directory_platform found = {.name = SPAN("untouched")};
	enum fault got =
	    id.length ? directory_find(desk->gateway, desk->cx, id, &found)
		      : directory_find_pair(desk->gateway, desk->cx,
			    span_of(issuer), span_of(client_id), &found);

	if (got != expected || !span_is(found.name, got ? "untouched" : name))
		fail_msg("line %d: %s: %.*s: %s", line, fault_text(got)->name,
		    SPAN_ARGS(found.name), got ? desk->cx->note.detail : "");
}

/* The platform of that id, and of that pair, has this name. */
#define BY_ID(desk, id, name)                                                  \
	expect_by((desk), SPAN(id), "", "", FAULT_NONE, (name), __LINE__)
#define NOT_BY_ID(desk, id, expected)                                          \
	expect_by((desk), SPAN(id), "", "", FAULT_##expected, "", __LINE__)
#define BY_PAIR(desk, issuer, client_id, name)                                 \
	expect_by((desk), SPAN_NONE, (issuer), (client_id), FAULT_NONE,        \
	    (name), __LINE__)
#define NOT_BY_PAIR(desk, issuer, client_id, expected)                         \
	expect_by((desk), SPAN_NONE, (issuer), (client_id), FAULT_##expected,  \
	    "", __LINE__)

#define ISSUER "https://l.example"

static void
expect_whole(const char *row, const struct directory_platform *p)
{
	const struct {
		const char *name;
		struct span a, b;
	} members[] = {
	    {"id", p->id, whole.id},
	    {"issuer", p->issuer, whole.issuer},
	    {"client id", p->client_id, whole.client_id},
	    {"name", p->name, whole.name},
	    {"auth", p->authorization_endpoint, whole.authorization_endpoint},
	    {"key method", p->key_method, whole.key_method},
	    {"key value", p->key_value, whole.key_value},
	    {"organization", p->organization_id, SPAN("")},
	    {"target", p->target, whole.target},
	};

	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (!span_equal(members[i].a, members[i].b))
			fail_msg("%s: %s: %.*s", row, members[i].name,
			    SPAN_ARGS(members[i].a));
	assert_true(p->active && p->launched);
	assert_true(
	    span_is(jread_text_or(jread_member(p->targets, "k"), SPAN("")),
		"https://t.example/k"));
}

static void
finds_platforms(void **state)
{
	static const char *const rows[] = {"as it is read", "as it is kept"};
	struct directory_platform found;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	HERE(&desk, ADD, .platform = &whole);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
		    directory_find(desk.gateway, desk.cx, SPAN("p1"), &found),
		    FAULT_NONE);
		expect_whole(rows[i], &found);
		assert_int_equal(directory_find_pair(desk.gateway, desk.cx,
				     SPAN(ISSUER), SPAN("c1"), &found),
		    FAULT_NONE);
		expect_whole(rows[i], &found);
		assert_int_equal(directory_find_pair(desk.gateway, desk.cx,
				     SPAN(ISSUER), SPAN(""), &found),
		    FAULT_NONE);
		expect_whole(rows[i], &found);
	}
	/* What was lent outlives what is kept. */
	HERE(&desk, REMOVE, .text = SPAN("p1"));
	NOT_BY_ID(&desk, "p1", PLATFORM_UNKNOWN);
	expect_whole("lent", &found);
	NOT_BY_PAIR(&desk, ISSUER, "c1", PLATFORM_UNKNOWN);
	NOT_BY_PAIR(&desk, ISSUER, "", PLATFORM_UNKNOWN);
	desk_close(&desk);
	directory_close(NULL);
}

static void
tells_apart(void **state)
{
	struct platform two = whole;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	HERE(&desk, ADD, .platform = &whole);
	BY_ID(&desk, "p1", "School");
	for (int i = 0; i < 2; i++) {
		NOT_BY_ID(&desk, "P1", PLATFORM_UNKNOWN);
		NOT_BY_ID(&desk, "p", PLATFORM_UNKNOWN);
		NOT_BY_PAIR(&desk, ISSUER "/", "c1", PLATFORM_UNKNOWN);
		NOT_BY_PAIR(&desk, ISSUER, "C1", PLATFORM_UNKNOWN);
		NOT_BY_PAIR(&desk, ISSUER "\nc1", "c1", PLATFORM_UNKNOWN);
		NOT_BY_PAIR(&desk, "", "c1", PLATFORM_UNKNOWN);
		NOT_BY_PAIR(&desk, "", "", PLATFORM_UNKNOWN);
		BY_PAIR(&desk, ISSUER, "c1", "School");
	}
	/* What is not there is not kept: it may come at any time. */
	NOT_BY_ID(&desk, "p2", PLATFORM_UNKNOWN);
	BY_PAIR(&desk, ISSUER, "", "School");
	two.id = SPAN("p2"), two.client_id = SPAN("c2"), two.name = SPAN("Two");
	THERE(&desk, ADD, .platform = &two);
	BY_ID(&desk, "p2", "Two");
	BY_PAIR(&desk, ISSUER, "c2", "Two");
	/* OI3. */
	NOT_BY_PAIR(&desk, ISSUER, "", CLIENT_ID_NEEDED);
	desk_close(&desk);
}

static void
reads_what_was_asked(void **state)
{
#define ASKED(messages)                                                        \
	"{\"asked\":{\"" TOOL_CONFIGURATION "\":{\"messages\":" messages "}}}"
	static const struct {
		const char *name, *report, *messages;
	} rows[] = {
	    {"none", "{}", ""},
	    {"entered by hand", "", ""},
	    {"malformed", "{", ""},
	    {"two", ASKED("[{\"type\":\"LtiA\"},{\"type\":\"LtiB\"}]"),
		"LtiA LtiB "},
	    {"others among them",
		ASKED("[7,{},{\"type\":7},{\"type\":\"LtiB\"}]"), "   LtiB "},
	    {"no list", ASKED("{\"type\":\"LtiA\"}"), ""},
	};
#undef ASKED
	struct directory_platform found;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	HERE(&desk, ADD, .platform = &whole);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct platform changed = whole;
		changed.report = span_of(rows[i].report);
		changed.targets = span_of(rows[i].report);
		changed.first_launch = SPAN("");
		changed.active = false;
		HERE(&desk, CHANGE, .platform = &changed);
		for (int k = 0; k < 2; k++) {
			if (directory_find(
				desk.gateway, desk.cx, SPAN("p1"), &found) ||
			    !span_is(found.messages, rows[i].messages) ||
			    (*rows[i].report == '{' && rows[i].report[1]) !=
				(found.targets != NULL) ||
			    found.launched || found.active)
				fail_msg("%s: %.*s", rows[i].name,
				    SPAN_ARGS(found.messages));
		}
	}
	desk_close(&desk);
}

/* --- what changes -------------------------------------------------------- */

static void
sees_its_own_changes_at_once(void **state)
{
	struct platform changed = whole, two = whole;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	two.id = SPAN("p2"), two.client_id = SPAN("c2"), two.name = SPAN("Two");
	HERE(&desk, ADD, .platform = &whole);
	HERE(&desk, ADD, .platform = &two);
	for (int i = 0; i < 20; i++) {
		char name[20];
		snprintf(name, sizeof name, "School %d", i);
		changed.name = span_of(name);
		HERE(&desk, CHANGE, .platform = &changed);
		BY_ID(&desk, "p1", name);
		BY_PAIR(&desk, ISSUER, "c1", name);
		BY_ID(&desk, "p2", "Two");
	}
	/* The pair moves from one to the other. */
	HERE(&desk, REMOVE, .text = SPAN("p2"));
	changed.client_id = SPAN("c2"), changed.name = SPAN("Moved");
	HERE(&desk, CHANGE, .platform = &changed);
	NOT_BY_PAIR(&desk, ISSUER, "c1", PLATFORM_UNKNOWN);
	BY_PAIR(&desk, ISSUER, "c2", "Moved");
	NOT_BY_ID(&desk, "p2", PLATFORM_UNKNOWN);
	desk_close(&desk);
}

static void
sees_changes_of_others_in_a_second(void **state)
{
	struct platform changed = whole;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	HERE(&desk, ADD, .platform = &whole);
	BY_ID(&desk, "p1", "School");
	/* It is kept: what does not raise the version is not seen, ever. */
	THERE(&desk, RENAME_SECRETLY, .text = SPAN("Secret"));
	BY_ID(&desk, "p1", "School");
	BY_PAIR(&desk, ISSUER, "c1", "School");
	sleep_ms(1050);
	BY_ID(&desk, "p1", "School");
	changed.name = SPAN("Changed");
	THERE(&desk, CHANGE, .platform = &changed);
	sleep_ms(1050);
	BY_ID(&desk, "p1", "Changed");
	BY_PAIR(&desk, ISSUER, "c1", "Changed");
	THERE(&desk, RENAME_SECRETLY, .text = SPAN("Secret"));
	BY_ID(&desk, "p1", "Changed");
	THERE(&desk, REMOVE, .text = SPAN("p1"));
	sleep_ms(1050);
	NOT_BY_PAIR(&desk, ISSUER, "c1", PLATFORM_UNKNOWN);
	desk_close(&desk);
}

static void
forgets_no_more_than_changed(void **state)
{
	struct platform changed = whole, two = whole;
	struct desk desk;

	(void)state;
	assert_int_not_equal(
	    versions_shelf(SPAN("p1")), versions_shelf(SPAN("p2")));
	desk_open(&desk);
	two.id = SPAN("p2"), two.client_id = SPAN("c2"), two.name = SPAN("Two");
	HERE(&desk, ADD, .platform = &whole);
	HERE(&desk, ADD, .platform = &two);
	BY_ID(&desk, "p1", "School");
	BY_ID(&desk, "p2", "Two");
	THERE(&desk, RENAME_SECRETLY, .text = SPAN("Secret"));
	/* Neither for a change of this process nor for one of another. */
	two.name = SPAN("Three");
	HERE(&desk, CHANGE, .platform = &two);
	BY_ID(&desk, "p1", "School");
	BY_ID(&desk, "p2", "Three");
	two.name = SPAN("Four");
	THERE(&desk, CHANGE, .platform = &two);
	sleep_ms(1050);
	BY_ID(&desk, "p1", "School");
	BY_PAIR(&desk, ISSUER, "c2", "Four");
	changed.name = SPAN("Changed");
	HERE(&desk, CHANGE, .platform = &changed);
	BY_ID(&desk, "p1", "Changed");
	desk_close(&desk);
}

/* A machine that is slow may have to ask again. */
static bool
knows_in_time(struct desk *desk)
{
	for (int i = 0; i < 5; i++) {
		const struct json_t *settings;
		BY_PAIR(desk, ISSUER, "c1", "School");
		if (directory_settings(desk->gateway, desk->cx, &settings))
			fail_msg("%s", desk->cx->note.detail);
		if (directory_knows(
			desk->gateway, desk->cx, SPAN(ISSUER), SPAN("c1")))
			return true;
	}
	return false;
}

/* What the loop of the server may do itself: nothing that asks the store. */
static void
knows_what_is_kept(void **state)
{
#define KNOWS(desk, issuer, client_id)                                         \
	directory_knows(                                                       \
	    (desk).gateway, (desk).cx, SPAN(issuer), SPAN(client_id))
	struct platform changed = whole;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	HERE(&desk, ADD, .platform = &whole);
	assert_false(KNOWS(desk, ISSUER, "c1"));
	BY_PAIR(&desk, ISSUER, "c1", "School");
	assert_false(KNOWS(desk, ISSUER, "c1")); /* without the settings */
	assert_true(knows_in_time(&desk));
	assert_false(KNOWS(desk, ISSUER, "c2"));
	assert_false(KNOWS(desk, ISSUER "/", "c1"));
	assert_false(KNOWS(desk, ISSUER, ""));
	assert_false(KNOWS(desk, "", ""));
	/* Until the version has to be asked for. */
	sleep_ms(1050);
	assert_false(KNOWS(desk, ISSUER, "c1"));
	assert_true(knows_in_time(&desk));
	/* Until something changes. */
	changed.active = false;
	HERE(&desk, CHANGE, .platform = &changed);
	assert_false(KNOWS(desk, ISSUER, "c1"));
	assert_false(knows_in_time(&desk)); /* it is not active */
	changed.active = true;
	HERE(&desk, CHANGE, .platform = &changed);
	assert_true(knows_in_time(&desk));
	desk_close(&desk);
#undef KNOWS
}

/* --- settings ------------------------------------------------------------ */

static const struct json_t *
settings_now(struct desk *desk, const char *name, int line)
{
	const struct json_t *settings = NULL;

	if (directory_settings(desk->gateway, desk->cx, &settings))
		fail_msg("line %d: %s", line, desk->cx->note.detail);
	struct span got =
	    jread_text_or(jread_member(settings, "name"), SPAN("?"));
	if (!span_is(got, name))
		fail_msg("line %d: %.*s", line, SPAN_ARGS(got));
	return settings;
}

#define NAMED(desk, name) settings_now((desk), (name), __LINE__)

static void
keeps_settings(void **state)
{
	const struct json_t *replaced;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	const struct json_t *none = NAMED(&desk, "");
	assert_ptr_equal(NAMED(&desk, ""), none);
	/* Whole, with every default. */
	assert_true(jread_is_array(jread_member(none, "messages")));
	assert_int_equal(
	    tool_replace(desk.gateway, desk.cx,
		vector_parse(desk.cx, "{\"name\":\"Here\"}"), &replaced),
	    FAULT_NONE);
	const struct json_t *here = NAMED(&desk, "Here");
	assert_ptr_equal(NAMED(&desk, "Here"), here);
	THERE(&desk, SETTINGS, .text = SPAN("{\"name\":\"There\"}"));
	sleep_ms(1050);
	NAMED(&desk, "There");
	/* What was lent is whole until the request is over. */
	assert_true(jread_is_array(jread_member(none, "messages")));
	assert_true(span_is(
	    jread_text_or(jread_member(here, "name"), SPAN("")), "Here"));
	/* A change of platforms forgets them too; they are the same. */
	HERE(&desk, ADD, .platform = &whole);
	HERE(&desk, REMOVE, .text = SPAN("p1"));
	NAMED(&desk, "There");
	/* A document that cannot be read is no settings, and not kept. */
	HERE(&desk, SETTINGS, .text = SPAN("{"));
	const struct json_t *untouched = here;
	assert_int_equal(directory_settings(desk.gateway, desk.cx, &untouched),
	    FAULT_JSON_MALFORMED);
	assert_ptr_equal(untouched, here);
	HERE(&desk, SETTINGS, .text = SPAN("{\"name\":\"Again\"}"));
	NAMED(&desk, "Again");
	desk_close(&desk);
}

/* --- a store that fails -------------------------------------------------- */

static void
fails_with_the_store(void **state)
{
	struct directory_platform found;
	const struct json_t *settings = NULL;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	HERE(&desk, ADD, .platform = &whole);
	BY_ID(&desk, "p1", "School");
	HERE(&desk, NO_VERSIONS);
	sleep_ms(1050);
	/* Whether it is still so, nobody can say. */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    directory_find(desk.gateway, desk.cx, SPAN("p1"), &found),
		    FAULT_STORE_FAILED);
		assert_int_equal(
		    directory_settings(desk.gateway, desk.cx, &settings),
		    FAULT_STORE_FAILED);
		assert_null(settings);
	}
	HERE(&desk, VERSIONS);
	BY_ID(&desk, "p1", "School");
	NAMED(&desk, "");
	desk_close(&desk);
}

/* --- how many ------------------------------------------------------------ */

enum { FEW = 2000 };

static enum fault
add_many(struct db_session *session, struct cx *cx, void *arg)
{
	enum fault which = FAULT_NONE;

	(void)arg;
	for (int i = 0; !which && i <= FEW; i++) {
		struct platform one = whole;
		one.id = arena_printf(cx->arena, "p%d", i);
		one.client_id = one.id;
		which = platforms_add(session, cx, &one);
	}
	return which;
}

static void
keeps_only_so_many(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk);
	directory_close(desk.gateway->directory);
	desk.gateway->directory = directory_open(FEW);
	assert_int_equal(
	    db_write(desk.gateway->db, desk.cx, add_many, NULL), FAULT_NONE);
	for (int i = 0; i <= FEW; i++) {
		struct directory_platform found;
		struct span id = arena_printf(desk.cx->arena, "p%d", i);
		if (directory_find(desk.gateway, desk.cx, id, &found) ||
		    !span_equal(found.client_id, id))
			fail_msg("%d", i);
		cx_reset(desk.cx);
	}
	THERE(&desk, RENAME_SECRETLY, .text = SPAN("Secret"));
	/* One went for the last, and comes again for another: not for what was
	 * used meanwhile. */
	BY_ID(&desk, "p2000", "School");
	BY_ID(&desk, "p1", "School");
	BY_PAIR(&desk, ISSUER, "p1", "School");
	BY_PAIR(&desk, ISSUER, "p0", "Secret");
	BY_ID(&desk, "p0", "Secret");
	BY_ID(&desk, "p1", "School");
	BY_ID(&desk, "p2000", "School");
	BY_ID(&desk, "p2", "Secret");
	desk_close(&desk);
}

/* --- many at once -------------------------------------------------------- */

enum { READERS = 8, CHANGES = 400 };

struct reader {
	struct gateway *gateway;
	atomic_int *written; /* the last change that is on disk */
	atomic_bool *over;
	int finds, stale;
	pthread_t thread;
};

static int64_t
number_of(struct span text)
{
	int64_t number = -1;

	return span_number(text, INT64_MAX, &number) ? number : -1;
}

/* Asked after a change, it is that change or a later one. */
static void *
read_often(void *arg)
{
	struct reader *reader = arg;
	struct cx cx;

	cx_init(&cx, random_bytes);
	while (!*reader->over) {
		struct directory_platform one, two;
		const struct json_t *settings;
		int written = *reader->written;
		if (directory_find(reader->gateway, &cx, SPAN("p1"), &one) ||
		    directory_find_pair(
			reader->gateway, &cx, SPAN(ISSUER), SPAN("c1"), &two) ||
		    directory_settings(reader->gateway, &cx, &settings) ||
		    number_of(one.name) < written ||
		    number_of(two.name) < number_of(one.name) ||
		    number_of(jread_text_or(
			jread_member(settings, "name"), SPAN(""))) < written ||
		    !jread_member(one.targets, "k"))
			reader->stale++;
		reader->finds++;
		cx_reset(&cx);
	}
	cx_release(&cx);
	return NULL;
}

static enum fault
change_both(struct db_session *session, struct cx *cx, void *arg)
{
	struct platform *changed = arg;
	enum fault which = platforms_change(session, cx, changed);

	return which ? which
		     : settings_replace(session, cx, "tool",
			   arena_printf(cx->arena, "{\"name\":\"%.*s\"}",
			       SPAN_ARGS(changed->name)));
}

/* What is read while something changes is not kept. */
static void
keeps_nothing_that_is_old(void **state)
{
	struct reader readers[READERS];
	struct platform changed = whole;
	atomic_int written = 0;
	atomic_bool over = false;
	struct desk desk;

	(void)state;
	desk_open(&desk);
	changed.name = SPAN("0");
	HERE(&desk, ADD, .platform = &changed);
	HERE(&desk, SETTINGS, .text = SPAN("{\"name\":\"0\"}"));
	for (size_t i = 0; i < READERS; i++) {
		readers[i] = (struct reader){.gateway = desk.gateway,
		    .written = &written,
		    .over = &over};
		if (pthread_create(
			&readers[i].thread, NULL, read_often, &readers[i]) != 0)
			fail_msg("no thread");
	}
	enum fault which = FAULT_NONE;
	for (int i = 1; !which && i <= CHANGES; i++) {
		changed.name = arena_printf(desk.cx->arena, "%d", i);
		which =
		    db_write(desk.gateway->db, desk.cx, change_both, &changed);
		written = i;
	}
	over = true;
	for (size_t i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		if (readers[i].stale || !readers[i].finds)
			fail_msg("%d of %d are stale", readers[i].stale,
			    readers[i].finds);
	}
	assert_int_equal(which, FAULT_NONE);
	desk_close(&desk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_platforms),
	    cmocka_unit_test(tells_apart),
	    cmocka_unit_test(reads_what_was_asked),
	    cmocka_unit_test(sees_its_own_changes_at_once),
	    cmocka_unit_test(sees_changes_of_others_in_a_second),
	    cmocka_unit_test(forgets_no_more_than_changed),
	    cmocka_unit_test(knows_what_is_kept),
	    cmocka_unit_test(keeps_settings),
	    cmocka_unit_test(fails_with_the_store),
	    cmocka_unit_test(keeps_only_so_many),
	    cmocka_unit_test(keeps_nothing_that_is_old),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
