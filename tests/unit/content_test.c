/* content_test.c - courses and assignments in a real store
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/fold.h"
#include "store.h"
#include "store/content.h"
#include "store/organizations.h"

enum op {
	ADD,
	FIND,
	FIND_TITLE,
	LIST,
	CHANGE,
	REMOVE,
	ROOM,
	LAST,
	OWNER_ADD,
	OWNER_REMOVE,
	JOIN
};

struct call {
	enum op op;
	const void *in;
	void *out;
	struct span a, b;
};

static enum fault
join(struct db_session *s, struct cx *cx, const struct call *call)
{
	enum fault which = DB_RUN(s, cx, NULL,
	    "INSERT INTO users (id, email, name, role, password_hash,"
	    " created_at, changed_at, seen_at)"
	    " VALUES ($1, $1, $1, '', '', 0, 0, 0)",
	    DB_TEXT(call->a));

	return which ? which
		     : DB_RUN(s, cx, NULL,
			   "INSERT INTO organization_people (organization_id,"
			   " user_id, role, created_at)"
			   " VALUES ($1, $2, 'viewer', 0)",
			   DB_TEXT(call->b), DB_TEXT(call->a));
}

/* Jobs run on the writer's thread, where nothing may be asserted. */
static enum fault
run(struct db_session *s, struct cx *cx, void *arg)
{
	const struct call *call = arg;

	switch (call->op) {
	case ADD:
		return content_add(s, cx, call->in);
	case FIND:
		return content_find(s, cx, call->a, call->out);
	case FIND_TITLE:
		return content_find_title(s, cx, call->in, call->out);
	case LIST:
		return content_list(s, cx, call->in, call->out);
	case CHANGE:
		return content_change(s, cx, call->in);
	case REMOVE:
		return content_remove(s, cx, call->a);
	case ROOM:
		return content_find_room(s, cx, call->a, call->out);
	case LAST:
		return content_last_position(
		    s, cx, call->a, call->b, call->out);
	case OWNER_ADD:
		return organizations_add(s, cx, call->in);
	case OWNER_REMOVE:
		return organizations_remove(s, cx, call->a);
	case JOIN:
		return join(s, cx, call);
	}
	return FAULT_STORE_FAILED;
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
	expect((store), FAULT_##expected, (struct call){.op = __VA_ARGS__},    \
	    __LINE__)

static struct content
course(const char *id, const char *owner, int64_t position)
{
	return (struct content){
	    .id = span_of(id),
	    .organization_id = span_of(owner),
	    .parent_id = SPAN(""),
	    .is_course = true,
	    .title = span_of(id),
	    .description = SPAN(""),
	    .url = SPAN(""),
	    .custom_parameters = SPAN(""),
	    .line_item = SPAN(""),
	    .position = position,
	    .created_at = 1,
	    .changed_at = 2,
	};
}

static struct content
assignment(const char *id, const char *parent, int64_t position)
{
	struct content content = course(id, "o", position);

	content.is_course = false;
	content.parent_id = span_of(parent);
	content.url = SPAN("https://t.example/");
	return content;
}

static void
begin(struct store *store)
{
	const struct organization owners[] = {
	    {SPAN("o"), SPAN("One"), 1}, {SPAN("p"), SPAN("Two"), 1}};
	struct content rows[] = {course("B", "o", 0), course("A", "o", 1),
	    assignment("b2", "B", 1), assignment("b1", "B", 0),
	    assignment("a_1", "A", 0), assignment("loose", "", 7),
	    course("theirs", "p", 0)};

	store_open(store);
	CALL(store, NONE, OWNER_ADD, .in = &owners[0]);
	CALL(store, NONE, OWNER_ADD, .in = &owners[1]);
	rows[2].url = SPAN("");
	rows[3].description = SPAN("\xc3\x9c"
				   "BUNG 100%");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		CALL(store, NONE, ADD, .in = &rows[i]);
}

static void
keeps(void **state)
{
	struct store store;
	struct content found, wish = assignment("b1", "B", 0);
	int64_t number = 0;

	(void)state;
	begin(&store);
	CALL(&store, NONE, FIND, .a = SPAN("b1"), .out = &found);
	assert_true(span_is(found.course, "B") && !found.is_course);
	assert_int_equal(found.changed_at, 2);
	CALL(&store, NONE, FIND, .a = SPAN("B"), .out = &found);
	assert_int_equal(found.count, 2);
	CALL(&store, NO_CONTENT, FIND, .a = SPAN("none"), .out = &found);
	CALL(&store, NONE, FIND_TITLE, .in = &wish, .out = &found);
	wish.parent_id = SPAN("A");
	CALL(&store, NO_CONTENT, FIND_TITLE, .in = &wish, .out = &found);
	CALL(
	    &store, NONE, LAST, .a = SPAN("o"), .b = SPAN("B"), .out = &number);
	assert_int_equal(number, 2);
	CALL(&store, NONE, LAST, .a = SPAN("o"), .b = SPAN(""), .out = &number);
	assert_int_equal(number, 8);
	CALL(&store, NONE, ROOM, .a = SPAN("o"), .out = &number);
	assert_int_equal(number, CONTENT_MAX - 6);
	wish.title = SPAN("new");
	CALL(&store, NONE, CHANGE, .in = &wish);
	CALL(&store, NONE, FIND, .a = SPAN("b1"), .out = &found);
	assert_true(span_is(found.course, "A") && span_is(found.title, "new"));
	wish.id = SPAN("none");
	CALL(&store, NO_CONTENT, CHANGE, .in = &wish);
	CALL(&store, ORGANIZATION_IN_USE, OWNER_REMOVE, .a = SPAN("p"));
	CALL(&store, NONE, REMOVE, .a = SPAN("theirs"));
	CALL(&store, NO_CONTENT, REMOVE, .a = SPAN("theirs"));
	CALL(&store, NONE, OWNER_REMOVE, .a = SPAN("p"));
	CALL(&store, NONE, REMOVE, .a = SPAN("B"));
	CALL(&store, NO_CONTENT, FIND, .a = SPAN("b2"), .out = &found);
	store_close(&store);
}

static const struct {
	const char *name, *owner, *reader, *parent, *search;
	enum content_place place;
	bool with_url;
	int64_t limit, offset;
	const char *found; /* ids, blanks between */
	int64_t total;
} rows[] = {
    {"all", "", "", "", "", CONTENT_ANYWHERE, false, 99, 0,
	"B b1 b2 A a_1 loose theirs", 7},
    {"one owner", "o", "", "", "", CONTENT_ANYWHERE, false, 99, 0,
	"B b1 b2 A a_1 loose", 6},
    {"a reader", "", "u", "", "", CONTENT_ANYWHERE, false, 99, 0, "theirs", 1},
    {"another's", "o", "u", "", "", CONTENT_ANYWHERE, false, 99, 0, "", 0},
    {"a stranger", "", "x", "", "", CONTENT_ANYWHERE, false, 99, 0, "", 0},
    {"the top", "o", "", "", "", CONTENT_AT_TOP, false, 99, 0, "B A loose", 3},
    {"a course", "o", "", "A", "", CONTENT_IN, false, 99, 0, "a_1", 1},
    {"a page", "o", "", "", "", CONTENT_ANYWHERE, false, 2, 3, "A a_1", 6},
    {"with a URL", "o", "", "", "", CONTENT_ANYWHERE, true, 99, 0,
	"B b1 A a_1 loose", 5},
    {"a description", "o", "", "",
	"\xc3\xbc"
	"bung",
	CONTENT_ANYWHERE, false, 99, 0, "b1", 1},
    {"a wildcard", "o", "", "", "0%", CONTENT_ANYWHERE, false, 99, 0, "b1", 1},
    {"another", "o", "", "", "_", CONTENT_ANYWHERE, false, 99, 0, "a_1", 1},
    {"the escape", "o", "", "", "!", CONTENT_ANYWHERE, false, 99, 0, "", 0},
    {"a course's own", "o", "", "", "b", CONTENT_ANYWHERE, false, 99, 0,
	"B b1 b2", 3},
};

static void
lists(void **state)
{
	struct store store;

	(void)state;
	begin(&store);
	CALL(&store, NONE, JOIN, .a = SPAN("u"), .b = SPAN("p"));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct content_filter filter = {
		    .organization_id = span_of(rows[i].owner),
		    .reader = span_of(rows[i].reader),
		    .place = rows[i].place,
		    .parent_id = span_of(rows[i].parent),
		    .search = span_of(rows[i].search),
		    .with_url = rows[i].with_url,
		    .limit = rows[i].limit,
		    .offset = rows[i].offset,
		};
		struct content_list list;
		struct span found = SPAN("");
		CALL(&store, NONE, LIST, .in = &filter, .out = &list);
		for (size_t k = 0; k < list.count; k++)
			found = arena_printf(store.cx.arena, "%.*s%s%.*s",
			    SPAN_ARGS(found), k ? " " : "",
			    SPAN_ARGS(list.at[k].id));
		if (!span_is(found, rows[i].found) ||
		    list.total != rows[i].total)
			fail_msg("%s: %.*s, %d in all", rows[i].name,
			    SPAN_ARGS(found), (int)list.total);
	}
	store_close(&store);
}

static const char *const folds[][2] = {
    {"ABC xyz 09[]@", "abc xyz 09[]@"},
    {"\xc3\x80\xc3\x96\xc3\x97\xc3\x98\xc3\x9e\xc3\x9f",
	"\xc3\xa0\xc3\xb6\xc3\x97\xc3\xb8\xc3\xbe\xc3\x9f"},
    {"\xc4\x80\xc4\x81\xc4\xb0\xc4\xb9\xc4\xba\xc5\xb8\xc5\xbd",
	"\xc4\x81\xc4\x81\xc4\xb0\xc4\xba\xc4\xba\xc3\xbf\xc5\xbe"},
    {"\xce\x86\xce\x91\xce\xa9\xcf\x89", "\xce\xac\xce\xb1\xcf\x89\xcf\x89"},
    {"\xd0\x80\xd0\x90\xd0\xaf\xd1\x8f", "\xd1\x90\xd0\xb0\xd1\x8f\xd1\x8f"},
    {"\xf0\x9f\x98\x80\xff\xc3", "\xf0\x9f\x98\x80\xff\xc3"},
};

static void
folds_case(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof folds / sizeof *folds; i++) {
		struct span got = fold_case(cx.arena, span_of(folds[i][0]));
		if (!span_is(got, folds[i][1]))
			fail_msg("%s: %.*s", folds[i][0], SPAN_ARGS(got));
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps),
	    cmocka_unit_test(lists),
	    cmocka_unit_test(folds_case),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
