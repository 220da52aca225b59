// SPDX-License-Identifier: Apache-2.0
// What the gradebook and the roster show of a course.

import { findProfile } from './profiles.js';
import { isGradable, rolesOf, rosterOf, subjectOf } from './roster.js';
import { lineItems, resultsOf } from './service_api.js';
import { bookOf, serviceSite } from './service_book.js';
import { usualWish } from './service_switches.js';

const ROWS = 100;
const SCORES = 50;

const shortRole = (role) => role.replace(/^.*[#/]/, '');

function someone(profile, person) {
  return { subject: subjectOf(profile, person),
    name: person.name ?? person.username, email: person.email ?? null,
    status: person.status ?? 'Active',
    roles: [...new Set(rolesOf(profile, person).map(shortRole))],
    gradable: isGradable(profile, person) };
}

function firstPeople(profile, book, wanted) {
  const { count, person } = rosterOf(book);
  const found = [];
  for (let index = 0; index < count && found.length < ROWS; index += 1) {
    const one = someone(profile, person(index));
    if (wanted(one)) found.push(one);
  }
  return found;
}

// Students of the roster, and whoever has a result without being on it.
function studentsOf(profile, book, results) {
  const students = firstPeople(profile, book, ({ gradable }) => gradable);
  const known = new Set(students.map(({ subject }) => subject));
  for (const { userId } of results) {
    if (known.has(userId) || students.length >= 2 * ROWS) continue;
    known.add(userId);
    const visitor = book.visitors.get(userId) ?? book.people?.get(userId);
    students.push(visitor ? { ...someone(profile, visitor), subject: userId }
      : { subject: userId, name: userId, roles: [] });
  }
  return students;
}

function toolView(lms, profile, tool) {
  const book = bookOf(lms, tool);
  const results = resultsOf(lms, tool);
  return {
    id: tool.id, name: tool.name, icon: tool.icon,
    students: studentsOf(profile, book, results), total: rosterOf(book).count,
    lineItems: lineItems(lms, tool), results, counts: book.counts,
    scores: book.scores.list().slice(-SCORES).reverse(),
    scoresTotal: book.scores.total(),
  };
}

const toolsOf = (lms, profile) => lms.book.toolsOf(profile.name);

export function gradebookFor(lms, name) {
  const profile = findProfile(name);
  return { context: profile.launch.context,
    tools: toolsOf(lms, profile).map((tool) => toolView(lms, profile, tool)) };
}

export function rosterFor(lms, name) {
  const profile = findProfile(name);
  return { context: profile.launch.context,
    tools: toolsOf(lms, profile).map((tool) => {
      const book = bookOf(lms, tool);
      return { id: tool.id, name: tool.name, icon: tool.icon,
        total: rosterOf(book).count,
        asked: book.counts.memberships ?? 0,
        members: firstPeople(profile, book, () => true) };
    }) };
}

const plainLimits = ({ answer, on, left, retryAfter }) => ({ answer,
  ...(on === null ? {} : { on }),
  ...(retryAfter === null ? {} : { retryAfter }),
  ...(Number.isFinite(left) ? { left } : {}) });

// What differs from the usual.
export function wishFor(lms, name) {
  const { forced, tokenLeft, ...wish } =
    serviceSite(lms, findProfile(name).name).wish;
  const usual = usualWish();
  return {
    ...Object.fromEntries(Object.entries(wish).filter(([key, value]) =>
      value !== usual[key])),
    ...(forced.length > 0 ? { serviceAnswer: forced.map(plainLimits) } : {}),
  };
}
