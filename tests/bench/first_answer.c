/* first_answer.c - how long a program needs until it serves
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "first_answer.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

enum { PATIENCE_US = 10000000, PAUSE_NS = 200000 };

static int
start(char **command)
{
	int child = fork();

	if (child < 0)
		wire_fail("fork");
	if (child > 0)
		return child;
	int nowhere = open("/dev/null", O_WRONLY);
	dup2(nowhere, STDOUT_FILENO);
	dup2(nowhere, STDERR_FILENO);
	execv(command[0], command);
	_exit(127);
}

static bool
answers(const struct sockaddr_in *address)
{
	const struct span request =
	    SPAN("GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
		 "Connection: close\r\n\r\n");
	char answer[1024];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ssize_t got = 0;

	if (connect(fd, (const struct sockaddr *)address, sizeof *address) ==
	    0) {
		got = send(fd, request.at, request.length, MSG_NOSIGNAL);
		got = recv(fd, answer, sizeof answer, 0);
	}
	close(fd);
	return got > 0 &&
	       span_starts(span_from(answer, (size_t)got), "HTTP/1.1 200");
}

double
first_answer_ms(const struct sockaddr_in *address, char **command)
{
	const struct timespec pause = {0, PAUSE_NS};
	int64_t began = wire_now_us(), passed = 0;
	int child = start(command), status;
	bool good;

	for (;;) {
		good = answers(address);
		passed = wire_now_us() - began;
		if (good || passed > PATIENCE_US)
			break;
		nanosleep(&pause, NULL);
	}
	kill(child, SIGTERM);
	waitpid(child, &status, 0);
	if (!good)
		wire_fail("no first answer");
	return (double)passed / 1000;
}
