/* main.c - the program
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cx.h"
#include "crypto/random.h"
#include "main/commands.h"
#include "main/config.h"
#include "main/local_call.h"

static int
print_help(void)
{
	printf("ltigate " LTIGATE_VERSION ": an LTI 1.3 gateway\n\n"
	       "usage: ltigate COMMAND [ARGUMENTS] [--KEY VALUE ...] "
	       "[--json] [--help]\n\ncommands\n");
	commands_print_help();
	printf("\nkeys, also as LTIGATE_<KEY> in the environment\n");
	config_print_help();
	return 0;
}

/* A key file in a core dump is a key given away. */
static void
keep_secrets(void)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
}

/* Many threads that mostly wait need no heap each. The limits, once said, stay:
 * else the first block of a password's 19 MB that is freed raises them, and
 * every heap keeps such a block from then on. */
static void
keep_heaps_small(void)
{
	mallopt(M_ARENA_MAX, 4);
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	mallopt(M_TRIM_THRESHOLD, 2 << 20);
}

int
main(int argc, char **argv)
{
	struct config config = {0};
	struct cx cx;
	enum log_level level;
	bool json;

	if (argc < 2 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "help") == 0)
		return print_help();
	if (strcmp(argv[1], "--version") == 0)
		return printf("ltigate " LTIGATE_VERSION "\n") < 0;
	keep_heaps_small();
	/* A file at its size limit is an error to handle, not an end. */
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	keep_secrets();
	cx_init(&cx, random_bytes);
	enum fault which = config_read(&cx, &argc, argv, &config);
	if (!which)
		which = config_log(&cx, &config, &level, &json);
	int status = 2;
	if (which) {
		local_complain(&cx, (int)which);
	} else {
		log_open(level, json);
		status = commands_run(&cx, &config, argc - 1, argv + 1);
	}
	cx_release(&cx);
	return status;
}
