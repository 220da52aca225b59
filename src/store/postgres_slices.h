/*
 * postgres_slices.h - tables in partitions
 *
 * Layer  store
 * Gives  the work of db_slice
 * Owns   tables named TABLE_NUMBER, and TABLE_rest for rows of no other
 * Fails  as db.h
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_POSTGRES_SLICES_H
#define STORE_POSTGRES_SLICES_H

#include "store/db.h"

/* A db_work; arg: struct db_slices, const. */
enum fault postgres_slices_keep(
    struct db_session *session, struct cx *cx, void *arg) MUST_USE;

#endif
