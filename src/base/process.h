/*
 * process.h - what the system says of this process
 *
 * Layer  base
 * Gives  process_look: memory, descriptors, threads, processor time
 * Owns   nothing
 * Fails  never: what cannot be read is 0
 * Spec   proc(5)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdint.h>

struct process {
	int64_t resident, virtual; /* bytes */
	int64_t open_fds, max_fds, threads;
	int64_t started_at; /* seconds since the epoch */
	int64_t cpu_us;
};

void process_look(struct process *out);

#endif
