/* notify_command.c - ltigate notify --test
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "app/gateway.h"
#include "app/notify.h"
#include "base/cx.h"
#include "main/commands.h"
#include "main/local_call.h"
#include "store/notifications.h"
#include "json/jwrite.h"

/* One line or object for each who was told; false: it did not arrive. */
static bool
try_one(struct cx *cx, struct gateway *gateway, const struct notification *row,
    struct json_t *results, bool json)
{
	enum fault which = notify_send(gateway, cx, row);
	struct json_t *item = jwrite_push_object(results);

	jwrite_text(item, "channel", row->channel);
	jwrite_text_if(item, "recipient", row->recipient);
	jwrite_bool(item, "delivered", !which);
	if (which)
		jwrite_text(item, "detail", span_of(cx->note.detail));
	if (!json)
		printf("%s  %.*s%s%.*s%s%s\n", which ? "NO " : "ok ",
		    SPAN_ARGS(row->channel), row->recipient.length ? " " : "",
		    SPAN_ARGS(row->recipient), which ? ": " : "",
		    which ? cx->note.detail : "");
	return !which;
}

static int
run_test(struct cx *cx, struct gateway *gateway, bool json)
{
	struct json_t *answer = jwrite_object(cx);
	struct json_t *results = jwrite_inner_array(answer, "results");
	struct notification_list list;
	bool good = true;

	notify_make_test(gateway, cx, &list);
	for (size_t i = 0; i < list.count; i++)
		good = try_one(cx, gateway, &list.at[i], results, json) && good;
	if (json)
		local_print(cx, answer, true);
	else if (!list.count)
		fprintf(stderr,
		    "ltigate: nobody is to be told anything: set webhook_url, "
		    "or smtp_url, mail_from and mail_to\n");
	return good && list.count ? 0 : 1;
}

int
command_notify(
    struct cx *cx, const struct config *config, int argc, char **argv)
{
	bool test = false, json = false, good = true;

	for (int i = 0; i < argc; i++) {
		test = test || strcmp(argv[i], "--test") == 0;
		json = json || strcmp(argv[i], "--json") == 0;
		good = good && (strcmp(argv[i], "--test") == 0 ||
				   strcmp(argv[i], "--json") == 0);
	}
	if (!good || !test) {
		fprintf(stderr, "usage: ltigate notify --test\n");
		return 2;
	}
	struct gateway *gateway = local_open(cx, config);
	if (!gateway)
		return 1;
	int status = run_test(cx, gateway, json);
	gateway_close(gateway);
	return status;
}
