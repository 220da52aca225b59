/*
 * metrics_calls.h - /metrics, for Prometheus and its like
 *
 * Layer  api
 * Gives  the answer, for the listener that asks for no key
 * Owns   nothing
 * Fails  never
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_METRICS_CALLS_H
#define API_METRICS_CALLS_H

struct call;

void metrics_answer(struct call *call);

#endif
