// SPDX-License-Identifier: Apache-2.0
// What an LMS remembers of a tool's services: access tokens, line items with
// their results, scores as they arrived, and the requests themselves. A site
// holds the line items of all its tools: a tool may ask for another's.

import { randomBytes, randomUUID } from 'node:crypto';
import { findProfile } from './profiles.js';
import { usualWish } from './service_switches.js';

const KEEP = 10_000;
const BODY_MAX = 100_000;
const TOKENS_MAX = 20_000;
const FIRST_ITEM = 7;

// The last entries of a list that a load test would make endless.
export function makeTail(max = KEEP) {
  let list = [];
  let total = 0;
  return {
    push(entry) {
      total += 1;
      if (max === 0) return;
      list.push(entry);
      if (list.length >= 2 * max) list = list.slice(-max);
    },
    list: () => max === 0 ? [] : list.slice(-max),
    total: () => total,
    keep(count) {
      max = count;
      list = max === 0 ? [] : list.slice(-max);
    },
    clear() {
      list = [];
      total = 0;
    },
  };
}

function found(map, key, make) {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}

// A course is named by its id or its number, as the address has it.
const namedBy = (context) => [context.id, context.number]
  .filter((name) => name !== undefined).map((name) => [name, context]);

const coursesOf = (tool) =>
  new Map(namedBy(findProfile(tool.profile).launch.context));

export function addCourse(book, context) {
  for (const [name, one] of namedBy(context)) book.courses.set(name, one);
}

export const serviceSite = (lms, siteKey) =>
  found(lms.book.serviceSites, siteKey, () => ({ siteKey,
    items: new Map(), lastItem: FIRST_ITEM - 1, wish: usualWish() }));

export const bookOf = (lms, tool) =>
  found(lms.book.serviceBooks, tool.id, () => ({
    toolId: tool.id, requests: makeTail(lms.keepRequests),
    scores: makeTail(lms.keepRequests), counts: {}, roster: null,
    rosterAt: lms.clock(), links: new Set(), courses: coursesOf(tool),
    visitors: new Map(), people: null, keys: null, handlers: new Map() }));

// A long list of members is not kept whole ten thousand times.
export function note(book, record) {
  record.bodyMax = BODY_MAX;
  book.requests.push(record);
  book.counts[record.kind] = (book.counts[record.kind] ?? 0) + 1;
}

export function newAccessToken(lms, tool, scopes, life) {
  const { access } = lms.book;
  if (access.size > TOKENS_MAX) dropOldTokens(lms);
  const token = { text: randomBytes(16).toString('hex'), tool,
    scopes: new Set(scopes), expiresAt: lms.clock() + life * 1000,
    revoked: false };
  access.set(token.text, token);
  return token;
}

function dropOldTokens(lms) {
  for (const [text, token] of lms.book.access) {
    if (token.revoked || token.expiresAt < lms.clock()) {
      lms.book.access.delete(text);
    }
  }
}

// A token that has expired or was revoked still tells whose it was.
export function accessTokenOf(lms, headers) {
  const { authorization } = headers;
  if (authorization === undefined) return null;
  const text = authorization.startsWith('Bearer ')
    ? authorization.slice(7).trim() : null;
  return lms.book.access.get(text) ?? null;
}

export const holdsNow = (lms, token) => token !== null && !token.revoked
  && token.expiresAt > lms.clock();

export function addItem(lms, tool, { course, coupled = false, ...body },
  form) {
  const site = serviceSite(lms, tool.siteKey);
  site.lastItem += 1;
  const id = form === 'uuid' ? randomUUID() : String(site.lastItem);
  const item = { id, toolId: tool.id, course, coupled, body,
    results: new Map() };
  site.items.set(id, item);
  return item;
}

export function itemsOf(lms, tool, course) {
  const { items } = serviceSite(lms, tool.siteKey);
  return [...items.values()].filter((item) => item.toolId === tool.id
    && (course === undefined || item.course === course));
}

export function revokeTokens(lms, tool) {
  for (const token of lms.book.access.values()) {
    if (token.tool.id === tool.id) token.revoked = true;
  }
}
