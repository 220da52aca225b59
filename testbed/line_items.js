// SPDX-License-Identifier: Apache-2.0
// Line items: listed, made, read, replaced, removed. A tool sees its own.

import { addItem, itemsOf, serviceSite } from './service_book.js';
import { mediaTypes, readPlacement, serviceNames } from './service_profile.js';
import { refuse } from './service_refusals.js';
import { fill, isObject } from './templates.js';
import { deploymentOf, ownActivity } from './tools.js';
import { pageOf } from './paging.js';

const typed = (type) => ({ 'content-type': `${type}; charset=utf-8` });

export const json = (status, type, value, headers = {}) => ({ status,
  headers: { ...typed(type), ...headers }, body: JSON.stringify(value) });

// The item's address as the caller would write it, whole and without query.
export function itemAddress({ services, names }, item) {
  const template = services.lineitem;
  const url = fill(template, { ...names, 'item.id': item.id });
  return { url, path: url.split('?')[0] };
}

// Undefined members vanish in JSON.
export function itemView(call, item) {
  const { members, always } = call.services.item;
  const { body } = item;
  const all = { ...body, ltiLinkId: body.resourceLinkId,
    id: itemAddress(call, item).url };
  for (const name of always) all[name] ??= '';
  return Object.fromEntries(members.map((name) => [name, all[name]]));
}

function bodyProblem(body) {
  if (!isObject(body)) return 'The body is not a JSON object';
  if (typeof body.label !== 'string' || body.label.trim() === '') {
    return 'label is missing or blank';
  }
  if (typeof body.scoreMaximum !== 'number' || !(body.scoreMaximum > 0)) {
    return 'scoreMaximum is not a number above 0';
  }
  const text = ['resourceId', 'tag', 'resourceLinkId'].find((name) =>
    body[name] !== undefined && body[name] !== null
    && typeof body[name] !== 'string');
  return text ? `${text} is not a text` : null;
}

export function readJson(record) {
  try {
    return JSON.parse(record.body ?? '');
  } catch {
    return undefined;
  }
}

function knowsLink({ lms, book, tool }, link) {
  return book.links.has(link) || [...lms.book.activities.values()].some(
    (activity) => activity.toolId === tool.id && activity.linkId === link);
}

const filters = [['resource_id', 'resourceId'], ['tag', 'tag'],
  ['resource_link_id', 'resourceLinkId']];

function list(call) {
  const { lms, tool, course, services, request: { query } } = call;
  const wanted = filters.filter(([name]) => query.has(name));
  const items = itemsOf(lms, tool, course.id).filter((item) =>
    wanted.every(([name, member]) => (item.body[member] ?? '')
      === query.get(name)));
  const page = pageOf(call, items.length, services.paging.lineitems);
  return json(200, mediaTypes.lineitems, items.slice(page.from, page.to)
    .map((item) => itemView(call, item)), page.headers);
}

function create(call) {
  const { lms, tool, course, services, record } = call;
  const body = readJson(record);
  const problem = bodyProblem(body);
  if (problem) return refuse(call, 'body', problem);
  if (body.resourceLinkId && !knowsLink(call, body.resourceLinkId)) {
    return refuse(call, 'link', 'The resource link is not known here');
  }
  const { id, ...own } = body;
  const item = addItem(lms, tool, { course: course.id, ...own },
    services.item.id);
  return json(201, mediaTypes.lineitem, { ...own,
    id: itemAddress(call, item).url });
}

export function lineItemsAnswer(call) {
  return call.request.method === 'GET' ? list(call) : create(call);
}

// The item a path names; an answer of refusal when it is not for this tool.
export function findItem(call) {
  const { lms, tool, course, parts } = call;
  const { items } = serviceSite(lms, tool.siteKey);
  const id = parts['item.id'];
  const item = id === undefined
    ? itemOfLink(lms, call, course.id,
      readPlacement(lms, tool, parts.signedPlacement)?.link)
    : items.get(id);
  if (!item || (item.toolId === tool.id && item.course !== course.id)) {
    return { refusal: refuse(call, 'missing', 'There is no such line item') };
  }
  if (item.toolId !== tool.id) {
    return { refusal: refuse(call, 'foreign',
      'The line item is not this tool\u2019s') };
  }
  return { item };
}

export function itemOfLink(lms, { tool }, course, link) {
  const own = itemsOf(lms, tool, course).filter((item) =>
    item.body.resourceLinkId === link);
  return own.length === 1 ? own[0] : null;
}

// Results keep their share of the maximum.
function rescale(item, maximum) {
  const factor = maximum / item.body.scoreMaximum;
  if (factor === 1) return;
  for (const result of item.results.values()) {
    if (result.resultScore !== undefined) result.resultScore *= factor;
  }
}

function replace(call, item) {
  const given = readJson(call.record);
  const body = call.services.item.keepsAbsent && isObject(given)
    ? { ...item.body, ...given } : given;
  const problem = bodyProblem(body);
  if (problem) return refuse(call, 'body', problem);
  const { id, ...own } = body;
  if (id !== undefined && id !== itemAddress(call, item).url) {
    return refuse(call, 'body', 'id is not that of this line item');
  }
  rescale(item, own.scoreMaximum);
  item.body = item.coupled && own.resourceLinkId === undefined
    ? { ...own, resourceLinkId: item.body.resourceLinkId } : own;
  return json(200, mediaTypes.lineitem, itemView(call, item));
}

function remove(call, item) {
  if (item.coupled && call.services.codes.coupled) {
    return refuse(call, 'coupled', 'The line item belongs to an activity');
  }
  serviceSite(call.lms, call.tool.siteKey).items.delete(item.id);
  return { status: 204, headers: {}, body: '' };
}

export function lineItemAnswer(call) {
  const { item, refusal } = findItem(call);
  if (refusal) return refusal;
  switch (call.request.method) {
  case 'PUT': return replace(call, item);
  case 'DELETE': return remove(call, item);
  default: return json(200, mediaTypes.lineitem, itemView(call, item));
  }
}

// For tests and deep linking: an item the LMS makes by itself.
export function addOwnItem(lms, tool, services, context, body) {
  return addItem(lms, tool, { course: context.id, ...body,
    coupled: body.resourceLinkId !== undefined }, services.item.id);
}

// The address of an item outside a call: the course's own names.
export function itemUrl(lms, tool, services, context, item) {
  const names = { ...serviceNames(lms, tool, context,
    ownActivity(lms, tool).linkId), deployment: deploymentOf(tool) };
  return itemAddress({ services, names }, item).url;
}
