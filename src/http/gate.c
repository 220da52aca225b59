/* gate.c - judge the raw bytes of a connection before anything believes them
 *
 * A state per place in the head, a function per state; bodies are skipped.
 * What a proxy in front of us might read otherwise than evhttp behind us is
 * refused here, so that both agree on where each request ends.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/gate.h"

#include <string.h>

#include "http/request.h"

enum phase {
	PHASE_METHOD,
	PHASE_TARGET,
	PHASE_VERSION,
	PHASE_LINE_END, /* LF after CR */
	PHASE_NAME,
	PHASE_BLANK, /* before a value */
	PHASE_VALUE,
	PHASE_HEAD_END, /* LF after the CR of the empty line */
	PHASE_BODY,
	PHASE_COUNT
};

enum field { FIELD_OTHER, FIELD_HOST, FIELD_LENGTH, FIELD_EXPECT };

/* Nothing longer is a length that anybody means. */
enum { LENGTH_DIGITS_MAX = 15 };

static void
refuse(struct gate *gate, enum fault why, const char *reason)
{
	gate->refused = why;
	gate->reason = reason;
}

static void
doubt(struct gate *gate, const char *reason)
{
	refuse(gate, FAULT_REQUEST_DOUBTFUL, reason);
}

static bool
is_control(unsigned char c)
{
	return c < 0x20 || c == 0x7f;
}

static bool
is_token(unsigned char c)
{
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z'))
		return true;
	return c && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static void
begin_word(struct gate *gate)
{
	gate->word_length = 0;
}

/* Only as much is kept as the longest word we know; all is counted. */
static void
add_to_word(struct gate *gate, unsigned char c)
{
	if (gate->word_length < GATE_WORD_MAX)
		gate->word[gate->word_length] = (char)c;
	gate->word_length++;
}

static bool
is_cut(const struct gate *gate)
{
	return gate->word_length > GATE_WORD_MAX;
}

static struct span
word(const struct gate *gate)
{
	return span_from(
	    gate->word, is_cut(gate) ? GATE_WORD_MAX : gate->word_length);
}

static bool
word_is(const struct gate *gate, const char *name)
{
	return !is_cut(gate) && span_equal_nocase(word(gate), span_of(name));
}

static void
end_method(struct gate *gate)
{
	for (int i = 0; i < HTTP_METHOD_COUNT; i++)
		if (span_is(word(gate), http_method_names[i])) {
			gate->is_head_method = i == HTTP_HEAD;
			gate->phase = PHASE_TARGET;
			gate->line_length = 0;
			return;
		}
	refuse(gate, FAULT_METHOD_REFUSED, "unknown method");
}

static void
in_method(struct gate *gate, unsigned char c)
{
	if (c == ' ' && gate->word_length) {
		end_method(gate);
		return;
	}
	if (!is_token(c))
		doubt(gate, "not a method");
	add_to_word(gate, c);
}

static void
in_target(struct gate *gate, unsigned char c)
{
	bool first = gate->line_length == 1;

	if (first && c != '/') {
		doubt(gate, "the target is not a path");
		return;
	}
	if (c == ' ') {
		gate->phase = PHASE_VERSION;
		begin_word(gate);
		return;
	}
	if (is_control(c) || c == '#')
		doubt(gate, "a character that a target cannot have");
}

static void
in_version(struct gate *gate, unsigned char c)
{
	if (c != '\r') {
		add_to_word(gate, c);
		if (is_control(c) || is_cut(gate))
			doubt(gate, "not HTTP/1.0 or HTTP/1.1");
		return;
	}
	if (span_is(word(gate), "HTTP/1.1") || span_is(word(gate), "HTTP/1.0"))
		gate->phase = PHASE_LINE_END;
	else
		doubt(gate, "not HTTP/1.0 or HTTP/1.1");
}

static void
in_line_end(struct gate *gate, unsigned char c)
{
	if (c != '\n') {
		doubt(gate, "CR without LF");
		return;
	}
	gate->phase = PHASE_NAME;
	gate->line_length = 0;
	begin_word(gate);
}

static void
end_name(struct gate *gate)
{
	gate->field = FIELD_OTHER;
	if (word_is(gate, "transfer-encoding")) {
		doubt(gate, "Transfer-Encoding");
	} else if (word_is(gate, "host")) {
		gate->field = FIELD_HOST;
		if (gate->hosts++)
			doubt(gate, "more than one Host");
	} else if (word_is(gate, "content-length")) {
		gate->field = FIELD_LENGTH;
		if (gate->lengths++)
			doubt(gate, "more than one Content-Length");
	} else if (word_is(gate, "expect")) {
		gate->field = FIELD_EXPECT;
	}
	gate->phase = PHASE_BLANK;
	begin_word(gate);
}

static void
in_name(struct gate *gate, unsigned char c)
{
	if (c == '\r' && gate->line_length == 1) {
		gate->phase = PHASE_HEAD_END;
		return;
	}
	if (gate->line_length == 1 && ++gate->lines > GATE_LINES_MAX) {
		doubt(gate, "too many header lines");
		return;
	}
	if (c == ':' && gate->word_length) {
		end_name(gate);
		return;
	}
	/* A folded line begins with a blank, which is no token either. */
	if (!is_token(c))
		doubt(gate, "not a header name");
	add_to_word(gate, c);
}

static void
end_value(struct gate *gate)
{
	int64_t length = 0;

	gate->phase = PHASE_LINE_END;
	struct span value = span_trim(word(gate));
	switch ((enum field)gate->field) {
	case FIELD_OTHER:
		break;
	case FIELD_HOST:
		if (gate->word_length == 0)
			doubt(gate, "empty Host");
		break;
	case FIELD_LENGTH:
		if (is_cut(gate) || value.length > LENGTH_DIGITS_MAX ||
		    !span_number(value, INT64_MAX, &length))
			doubt(gate, "Content-Length is not a number");
		gate->length = (uint64_t)length;
		break;
	case FIELD_EXPECT:
		if (is_cut(gate) ||
		    !span_equal_nocase(value, SPAN("100-continue")))
			doubt(gate, "Expect other than 100-continue");
		break;
	}
}

static void
in_value(struct gate *gate, unsigned char c)
{
	if (c == '\r') {
		end_value(gate);
		return;
	}
	if (is_control(c) && c != '\t') {
		doubt(gate, "a control character in a header");
		return;
	}
	/* What a list, a URL or two names would need: whoever reads such a
	 * Host may read another one than we do. */
	if (gate->field == FIELD_HOST && c && strchr(",/\\@?#\"<> \t", c))
		doubt(gate, "not a Host");
	if (gate->field != FIELD_OTHER)
		add_to_word(gate, c);
}

static void
in_blank(struct gate *gate, unsigned char c)
{
	if (c == ' ' || c == '\t')
		return;
	gate->phase = PHASE_VALUE;
	in_value(gate, c);
}

static void
begin_message(struct gate *gate)
{
	gate->phase = PHASE_METHOD;
	gate->head_length = gate->line_length = 0;
	gate->lines = gate->hosts = gate->lengths = 0;
	gate->length = 0;
	gate->begun_at = 0;
	begin_word(gate);
}

static void
in_head_end(struct gate *gate, unsigned char c)
{
	if (c != '\n') {
		doubt(gate, "CR without LF");
	} else if (gate->hosts != 1) {
		doubt(gate, "no Host");
	} else if (gate->is_head_method && gate->length) {
		/* evhttp reads no body after HEAD: it would take the body
		 * for the next request. */
		doubt(gate, "HEAD with a body");
	} else if (gate->length > gate->body_max) {
		refuse(gate, FAULT_BODY_TOO_LARGE, "Content-Length");
	} else {
		gate->heads++;
		gate->body_left = gate->length;
		gate->phase = PHASE_BODY;
		if (!gate->body_left)
			begin_message(gate);
	}
}

static void (*const steps[PHASE_COUNT])(struct gate *, unsigned char) = {
    [PHASE_METHOD] = in_method,
    [PHASE_TARGET] = in_target,
    [PHASE_VERSION] = in_version,
    [PHASE_LINE_END] = in_line_end,
    [PHASE_NAME] = in_name,
    [PHASE_BLANK] = in_blank,
    [PHASE_VALUE] = in_value,
    [PHASE_HEAD_END] = in_head_end,
};

static void
step(struct gate *gate, unsigned char c)
{
	gate->line_length++;
	gate->head_length++;
	if (gate->phase <= PHASE_VERSION && gate->head_length > GATE_LINE_MAX)
		doubt(gate, "the request line is too long");
	else if (gate->head_length > GATE_HEAD_MAX)
		doubt(gate, "the head is too long");
	else
		steps[gate->phase](gate, c);
}

static size_t
skip_body(struct gate *gate, size_t available)
{
	if (available < gate->body_left) {
		gate->body_left -= available;
		return available;
	}
	size_t skipped = (size_t)gate->body_left;
	begin_message(gate);
	return skipped;
}

void
gate_init(struct gate *gate, uint64_t body_max)
{
	*gate = (struct gate){.body_max = body_max};
	begin_message(gate);
}

void
gate_feed(struct gate *gate, struct span bytes, int64_t now_ms)
{
	size_t at = 0;

	while (at < bytes.length && !gate->refused) {
		if (!gate->begun_at)
			gate->begun_at = now_ms;
		if (gate->phase == PHASE_BODY)
			at += skip_body(gate, bytes.length - at);
		else
			step(gate, (unsigned char)bytes.at[at++]);
	}
}
