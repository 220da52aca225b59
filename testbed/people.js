// SPDX-License-Identifier: Apache-2.0
// Who launches: two people every LMS knows, or anyone a test describes. Each
// has the identifiers that one LMS or another puts in its tokens.

import { createHash } from 'node:crypto';

const people = {
  teacher: {
    role: 'teacher', number: '3', username: 'teacher',
    uuid: '3f8f0a4e-6b1d-4c53-9b2f-0c8a52d7e101',
    opaque: '535fa085f22b4655f48cd5a36a9215f64c062838',
    given_name: 'Tess', family_name: 'Teacher', name: 'Tess Teacher',
    email: 'tess.teacher@example.edu',
  },
  student: {
    role: 'student', number: '4', username: 'student',
    uuid: '4a9f1b5f-7c2e-4d64-8c3a-1d9b63e8f202',
    opaque: '86157096483e6b3a50bfedc6bac902c0b20a824f',
    given_name: 'Stu', family_name: 'Student', name: 'Stu Student',
    email: 'stu.student@example.edu',
  },
};

// The same description gives the same person.
function described(given) {
  const digest = createHash('sha256').update(JSON.stringify(
    given.sub ?? given.email ?? given.username ?? given)).digest('hex');
  const names = [given.given_name, given.family_name].filter(Boolean);
  return {
    role: 'student', number: String(parseInt(digest.slice(0, 8), 16)),
    username: `u${digest.slice(0, 6)}`, opaque: digest.slice(0, 40),
    uuid: digest.slice(0, 32).replace(
      /^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    name: names.length ? names.join(' ') : undefined,
    given_name: undefined, family_name: undefined, email: undefined,
    ...given,
  };
}

export function personOf(wanted) {
  if (typeof wanted !== 'string') return described(wanted);
  if (!people[wanted]) throw new Error(`nobody is called ${wanted}`);
  return people[wanted];
}

export const everyone = () => Object.values(people);
