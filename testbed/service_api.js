// SPDX-License-Identifier: Apache-2.0
// The part of the testbed's object that is about services.

import { addOwnItem, itemUrl } from './line_items.js';
import { findProfile } from './profiles.js';
import { setRoster } from './roster.js';
import { bookOf, itemsOf, revokeTokens, serviceSite } from './service_book.js';
import { serviceProfile } from './service_profile.js';
import { changeWish } from './service_switches.js';
import { findTool, ownActivity } from './tools.js';

const servicesOf = (tool) => serviceProfile(findProfile(tool.profile));

function viewOf(lms, tool, item) {
  const book = bookOf(lms, tool);
  const url = itemUrl(lms, tool, servicesOf(tool),
    book.courses.get(item.course), item);
  return { ...item.body, id: url, key: item.id, course: item.course,
    coupled: item.coupled };
}

export const lineItems = (lms, tool) =>
  itemsOf(lms, tool).map((item) => viewOf(lms, tool, item));

export function resultsOf(lms, tool) {
  return itemsOf(lms, tool).flatMap((item) => {
    const { id: lineItem, key } = viewOf(lms, tool, item);
    return [...item.results.values()].map((result) => ({ ...result,
      lineItem, key, resultMaximum: item.body.scoreMaximum }));
  });
}

// Without a resource link it is an item of the course; `activity` couples it
// to one of the tool's activities, true to the tool's own.
function addLineItem(lms, tool, { activity, ...given }) {
  const { context } = findProfile(tool.profile).launch;
  const link = activity === true ? ownActivity(lms, tool) : activity;
  const resourceLinkId = link?.linkId ?? given.resourceLinkId;
  const item = addOwnItem(lms, tool, servicesOf(tool), context, {
    label: 'Grade', scoreMaximum: 100, ...given,
    ...(resourceLinkId === undefined ? {} : { resourceLinkId }) });
  return viewOf(lms, tool, item);
}

const ofKind = (book, kind) =>
  book.requests.list().filter((record) => record.kind === kind);

function servicesView(lms, tool) {
  const book = bookOf(lms, tool);
  return {
    tokens: ofKind(book, 'token'), memberships: ofKind(book, 'memberships'),
    lineItems: lineItems(lms, tool), scores: book.scores.list(),
    results: resultsOf(lms, tool), counts: { ...book.counts },
  };
}

const parts = {
  requests: (lms, tool, book) => {
    book.requests.clear();
    book.counts = {};
  },
  scores: (lms, tool, book) => {
    book.scores.clear();
    for (const item of itemsOf(lms, tool)) item.results.clear();
  },
  lineItems: (lms, tool) => {
    const { items } = serviceSite(lms, tool.siteKey);
    for (const item of itemsOf(lms, tool)) items.delete(item.id);
  },
  tokens: (lms, tool) => revokeTokens(lms, tool),
  roster: (lms, tool, book) => setRoster(lms, book, null),
  switches: (lms, tool) => changeWish(serviceSite(lms, tool.siteKey), null),
};

function clearServices(lms, tool, names = Object.keys(parts)) {
  for (const name of names) {
    if (!parts[name]) throw new Error(`services have no ${name} to clear`);
    parts[name](lms, tool, bookOf(lms, tool));
  }
}

function keepRequests(lms, tool, count) {
  const book = bookOf(lms, tool);
  book.requests.keep(count);
  book.scores.keep(count);
}

export function services(lms, site) {
  const tool = (wanted) => findTool(lms, wanted);
  const book = (wanted) => bookOf(lms, tool(wanted));
  return {
    services: (wanted) => servicesView(lms, tool(wanted)),
    serviceRequests: (wanted, kind) => kind === undefined
      ? book(wanted).requests.list() : ofKind(book(wanted), kind),
    serviceCounts: (wanted) => ({ ...book(wanted).counts }),
    changeServices: (wanted, changes) =>
      changeWish(serviceSite(lms, site(wanted)), changes),
    addLineItem: (wanted, item = {}) => addLineItem(lms, tool(wanted), item),
    lineItems: (wanted) => lineItems(lms, tool(wanted)),
    revokeTokens: (wanted) => revokeTokens(lms, tool(wanted)),
    setRoster: (wanted, roster) => setRoster(lms, book(wanted), roster),
    clearServices: (wanted, names) =>
      clearServices(lms, tool(wanted), names),
    keepRequests: (wanted, count) => keepRequests(lms, tool(wanted), count),
  };
}
