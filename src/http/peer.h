/*
 * peer.h - whose request this is, behind proxies or not
 *
 * Layer  http (pure)
 * Gives  peer_find: the address that counts
 * Owns   nothing
 * Fails  never: whatever X-Forwarded-For says, some address comes out
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_PEER_H
#define HTTP_PEER_H

#include "http/request.h"
#include "net/address.h"

/* The connection came from `nearest`. */
struct address peer_find(const struct request *request, struct address nearest,
    struct network_list trusted);

#endif
