// SPDX-License-Identifier: Apache-2.0
// Who is in a course: the two people every LMS knows, those a test lists, or
// as many as it wants, each made when somebody looks.

import { everyone, personOf } from './people.js';
import { namesOfPerson } from './id_token.js';
import { fillValues } from './templates.js';

const FIRST = 1000;
const given = ['Ada', 'Ben', 'Chi', 'Dora', 'Emil', 'Fay', 'Gus', 'Hana',
  'Ivo', 'June', 'Kofi', 'Lena', 'Milo', 'Nora', 'Omar', 'Pia', 'Quin',
  'Rosa', 'Sven', 'Tala'];
const family = ['Abel', 'Brook', 'Cole', 'Diaz', 'Eng', 'Frost', 'Gray',
  'Holm', 'Iqbal', 'Jung', 'Kern', 'Lang', 'Moss', 'Nagy', 'Okoro', 'Park',
  'Quist', 'Reed', 'Stone', 'Toure'];

function generated(index) {
  const number = FIRST + index;
  const hex = number.toString(16);
  const first = given[index % given.length];
  const last = family[Math.floor(index / given.length) % family.length];
  return {
    role: 'student', number: String(number), username: `student${number}`,
    uuid: `5b2c7d10-0000-4000-8000-${hex.padStart(12, '0')}`,
    opaque: hex.padStart(40, '0'),
    given_name: first, family_name: last, name: `${first} ${last}`,
    email: `student${number}@example.edu`,
  };
}

// A number is how many there are, the teacher and the student among them; a
// list is exactly who there is; null puts back the two.
export function setRoster(lms, book, wanted) {
  book.people = null;
  book.rosterAt = lms.clock();
  if (wanted === null) book.roster = null;
  else if (Array.isArray(wanted)) book.roster = { list: wanted.map(personOf) };
  else if (Number.isInteger(wanted) && wanted >= 0) {
    book.roster = { count: wanted };
  } else throw new Error('a roster is a number or a list of people');
}

export function rosterOf({ roster }) {
  const list = roster?.list ?? everyone();
  const count = roster?.count ?? list.length;
  return { count, person: (index) => list[index]
    ?? generated(index - list.length) };
}

export function subjectOf(profile, person) {
  if (person.sub !== undefined) return person.sub;
  return fillValues(profile.launch.idToken.claims.sub, namesOfPerson(person));
}

// A large roster is looked through once, when the first score comes.
export function findPerson(book, profile, subject) {
  if (!book.people) {
    const { count, person } = rosterOf(book);
    book.people = new Map();
    for (let index = 0; index < count; index += 1) {
      const one = person(index);
      book.people.set(subjectOf(profile, one), one);
    }
  }
  return book.people.get(subject) ?? book.visitors.get(subject) ?? null;
}

export const rolesOf = (profile, person) =>
  person.roles ?? profile.launch.roles[person.role] ?? [];

export const isTeacher = (profile, person) => rolesOf(profile, person)
  .some((role) => /(^|#)(Instructor|TeachingAssistant|ContentDeveloper)$/
    .test(role) && !/institution|system/.test(role));

export const isGradable = (profile, person) => person !== null
  && (person.status ?? 'Active') === 'Active' && !isTeacher(profile, person);
