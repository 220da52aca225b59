/* gate_test.c - the scanner of raw requests
 *
 * Each row is fed whole and byte by byte; both must judge alike.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "http/gate.h"

#define BYTES(literal)                                                         \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}
#define H "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n" H

#define CLEAR FAULT_NONE
#define DOUBTFUL FAULT_REQUEST_DOUBTFUL

static const struct {
	const char *name;
	struct span bytes;
	enum fault refused;
	uint64_t heads;
	bool in_progress;
} rows[] = {
    {"nothing", BYTES(""), CLEAR, 0, false},
    {"one byte", BYTES("G"), CLEAR, 0, true},
    {"whole", BYTES(GET "\r\n"), CLEAR, 1, false},
    {"all but the last byte", BYTES(GET "\r"), CLEAR, 0, true},
    {"two", BYTES(GET "\r\n" GET "\r\n"), CLEAR, 2, false},
    {"one and a half", BYTES(GET "\r\nGET"), CLEAR, 1, true},
    {"version 1.0", BYTES("GET / HTTP/1.0\r\n" H "\r\n"), CLEAR, 1, false},
    {"body", BYTES("POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc"),
	CLEAR, 1, false},
    {"body to come",
	BYTES("POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nab"), CLEAR, 1,
	true},
    {"body with NUL, then another",
	BYTES("POST / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\n\0\n\0" GET
	      "\r\n"),
	CLEAR, 2, false},
    {"a request in a body is none",
	BYTES("POST / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nGET /"), CLEAR,
	1, false},
    {"blanks around a length",
	BYTES("GET / HTTP/1.1\r\n" H "Content-Length: \t 0 \t\r\n\r\n"), CLEAR,
	1, false},
    {"leading zeros",
	BYTES("PUT / HTTP/1.1\r\n" H "Content-Length: 003\r\n\r\nabc"), CLEAR,
	1, false},
    {"lower case, no blank",
	BYTES("GET / HTTP/1.1\r\nhost:a.example:80\r\n\r\n"), CLEAR, 1, false},
    {"IPv6 host", BYTES("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), CLEAR, 1,
	false},
    {"long host",
	BYTES("GET / HTTP/1.1\r\nHost: a-rather-long-name.example.org\r\n\r\n"),
	CLEAR, 1, false},
    {"tab inside a value", BYTES(GET "X: a\tb\r\n\r\n"), CLEAR, 1, false},
    {"empty value", BYTES(GET "X:\r\nY: \r\n\r\n"), CLEAR, 1, false},
    {"bytes above 127 in a value", BYTES(GET "X: \xc3\xa9\r\n\r\n"), CLEAR, 1,
	false},
    {"a longer name than ours",
	BYTES(GET "Transfer-Encodings: 1\r\n"
		  "Content-Length-Of-All-Of-It: z\r\n"
		  "\r\n"),
	CLEAR, 1, false},
    {"expect", BYTES(GET "Expect: 100-Continue\r\n\r\n"), CLEAR, 1, false},

    {"body too large",
	BYTES("POST / HTTP/1.1\r\n" H "Content-Length: 1001\r\n\r\n"),
	FAULT_BODY_TOO_LARGE, 0, true},
    {"largest body",
	BYTES("POST / HTTP/1.1\r\n" H "Content-Length: 1000\r\n\r\n"), CLEAR, 1,
	true},
    {"unknown method", BYTES("get / HTTP/1.1\r\n" H "\r\n"),
	FAULT_METHOD_REFUSED, 0, true},
    {"long method", BYTES("OPTIONSOPTIONSOPTIONSOPTIONS / HTTP/1.1\r\n"),
	FAULT_METHOD_REFUSED, 0, true},
    {"no method", BYTES(" / HTTP/1.1\r\n"), DOUBTFUL, 0, true},
    {"good, then doubtful", BYTES(GET "\r\n" GET H "\r\n"), DOUBTFUL, 1, true},
    {"doubtful, then good", BYTES(GET H "\r\n" GET "\r\n"), DOUBTFUL, 0, true},
    {"transfer-encoding", BYTES(GET "TRANSFER-ENCODING:\r\n"), DOUBTFUL, 0,
	true},
    {"underscore is another name", BYTES(GET "Transfer_Encoding: x\r\n\r\n"),
	CLEAR, 1, false},
    {"length hidden behind blanks",
	BYTES(GET "Content-Length: 0                      5\r\n"), DOUBTFUL, 0,
	true},
    {"sixteen digits", BYTES(GET "Content-Length: 0000000000000000\r\n"),
	DOUBTFUL, 0, true},
    {"DEL in the target", BYTES("GET /\x7f HTTP/1.1\r\n"), DOUBTFUL, 0, true},
    {"tab in the request line", BYTES("GET\t/ HTTP/1.1\r\n"), DOUBTFUL, 0,
	true},
    {"CR CR LF", BYTES("GET / HTTP/1.1\r\r\n"), DOUBTFUL, 0, true},
    {"CR in the empty line", BYTES(GET "\rX"), DOUBTFUL, 0, true},
    {"connect", BYTES("CONNECT a:1 HTTP/1.1\r\n"), FAULT_METHOD_REFUSED, 0,
	true},
};

static void
judges(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t piece = 1; piece < 4096; piece *= 3) {
			struct gate gate;
			struct span rest = rows[i].bytes;
			gate_init(&gate, 1000);
			while (rest.length) {
				gate_feed(&gate, span_first(rest, piece), 7);
				rest = span_from_offset(rest, piece);
			}
			if (gate.refused != rows[i].refused ||
			    gate.heads != rows[i].heads ||
			    (gate.begun_at == 7) != rows[i].in_progress)
				fail_msg("%s, by %zu: %s (%s), heads %d, "
					 "begun %d",
				    rows[i].name, piece,
				    fault_text(gate.refused)->name,
				    gate.reason ? gate.reason : "",
				    (int)gate.heads, (int)gate.begun_at);
		}
}

/* Every byte that may not stand in a place is refused there. */
static void
judges_each_byte(void **state)
{
	static const struct {
		const char *name, *before, *allowed;
		int others_from; /* all bytes from here on are allowed too */
	} places[] = {
	    {"name", "GET / HTTP/1.1\r\n" H "X",
		"!#$%&'*+-.^_`|~:0123456789abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
		256},
	    {"value", "GET / HTTP/1.1\r\n" H "X: a", "\t\r", 0x20},
	    {"target", "GET /a", " ", 0x21},
	    {"length", "GET / HTTP/1.1\r\nContent-Length: 1", "\t\r ", 0x20},
	};

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		for (int c = 0; c < 256; c++) {
			struct gate gate;
			char byte = (char)c;
			gate_init(&gate, 1000);
			gate_feed(&gate, span_of(places[i].before), 1);
			assert_int_equal(gate.refused, FAULT_NONE);
			gate_feed(&gate, span_from(&byte, 1), 1);
			bool allowed =
			    (c >= places[i].others_from && c != 0x7f) ||
			    (c && strchr(places[i].allowed, c));
			if (i == 2 && c == '#')
				allowed = false;
			if (allowed != !gate.refused)
				fail_msg("%s: byte %d", places[i].name, c);
		}
}

static void
notes_when_a_message_began(void **state)
{
	struct gate gate;

	(void)state;
	gate_init(&gate, 1000);
	gate_feed(&gate, SPAN("GET / HT"), 10);
	gate_feed(&gate, SPAN("TP/1.1\r\n" H), 20);
	assert_int_equal(gate.begun_at, 10);
	gate_feed(&gate, SPAN("\r\n"), 30);
	assert_int_equal(gate.begun_at, 0);
	gate_feed(&gate, SPAN("PUT / HTTP/1.1\r\n" H), 40);
	gate_feed(&gate, SPAN("Content-Length: 4\r\n\r\nab"), 50);
	assert_int_equal(gate.begun_at, 40);
	gate_feed(&gate, SPAN("cdGET"), 60);
	assert_int_equal(gate.begun_at, 60);
}

static void
counts_bytes_and_lines(void **state)
{
	static char filler[GATE_HEAD_MAX + 1];
	struct gate gate;

	(void)state;
	memset(filler, 'a', sizeof filler);
	for (size_t more = 0; more < 2; more++) {
		/* "GET /" + target + " HTTP/1.1\r" */
		size_t line = GATE_LINE_MAX - 15 + more;
		gate_init(&gate, 1000);
		gate_feed(&gate, SPAN("GET /"), 1);
		gate_feed(&gate, span_from(filler, line), 1);
		gate_feed(&gate, SPAN(" HTTP/1.1\r\n" H "\r\n"), 1);
		assert_int_equal(gate.refused, more ? DOUBTFUL : CLEAR);

		size_t head = GATE_HEAD_MAX - (sizeof GET - 1) - 7 + more;
		gate_init(&gate, 1000);
		gate_feed(&gate, SPAN(GET "X: "), 1);
		gate_feed(&gate, span_from(filler, head), 1);
		gate_feed(&gate, SPAN("\r\n\r\n"), 1);
		assert_int_equal(gate.refused, more ? DOUBTFUL : CLEAR);

		gate_init(&gate, 1000);
		gate_feed(&gate, SPAN(GET), 1);
		for (size_t i = 1; i < GATE_LINES_MAX + more; i++)
			gate_feed(&gate, SPAN("X: 1\r\n"), 1);
		gate_feed(&gate, SPAN("\r\n"), 1);
		assert_int_equal(gate.refused, more ? DOUBTFUL : CLEAR);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(judges),
	    cmocka_unit_test(judges_each_byte),
	    cmocka_unit_test(notes_when_a_message_began),
	    cmocka_unit_test(counts_bytes_and_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
