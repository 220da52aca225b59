// SPDX-License-Identifier: Apache-2.0
// Who may do what: every route that asks for a right, by everybody.
//
// Both tables are written out here and not read from the program, so that a
// change of rights.def or of a route's right is seen.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { exampleSettings, startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { readOpenapi } from '../support/openapi.js';
import { makeOrganization } from '../support/people.js';
import { rowsFor } from '../support/rows.js';
import { callerNames, freshCall, makeCallers } from '../support/schools.js';

const settings = { ...exampleSettings, registration: { mode: 'pre-approval',
  preApprovalUrl: 'https://tool.example/approve' } };
const lms = await startLms();
const gateway = await startGateway({ settings });
after(async () => {
  await lms.close();
  await gateway.close();
});

const KEY = 'API key';
const EVERYBODY = callerNames.filter((name) => name !== 'nobody');
const STAFF = ['owner', 'admin', 'viewer'];
const HEADS = ['owner', 'admin'];

const may = {
  // A program has no account of its own.
  account: EVERYBODY.filter((name) => name !== KEY),
  self: EVERYBODY,
  see: EVERYBODY,
  'see-people': [KEY, ...STAFF, 'organisation admin'],
  'see-tool': [KEY, ...STAFF],
  register: [KEY, ...HEADS, 'organisation admin', 'organisation registrar'],
  content: [KEY, ...HEADS, 'organisation admin'],
  people: [KEY, ...HEADS, 'organisation admin'],
  organize: [KEY, ...HEADS],
  tool: [KEY, ...HEADS],
  program: [KEY],
};

const organization = await makeOrganization(gateway, 'School');
const callers = await makeCallers(gateway, organization);
const doubles = await makeCallers(gateway, organization);
const { routes } = await readOpenapi(gateway);

const { rows, requestOf } = await rowsFor(gateway, lms, organization,
  settings);

const isRefused = (answer, status, message) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.details.message, message);
};

test('ROLES the table has every route that asks for a right', () => {
  const documented = routes.filter(({ operation }) => operation['x-right'])
    .map(({ method, path, operation }) =>
      `${method} ${path} ${operation['x-right']}`).sort();
  const here = rows.map(([method, path, right]) =>
    `${method} ${path} ${right === 'account' ? 'self' : right}`).sort();
  assert.deepEqual(here, documented);
  assert.equal(new Set(here).size, rows.length);
});

test('ROLES whatever is under /admin asks for a right', () => {
  const without = routes.filter(({ path, operation }) =>
    path.startsWith('/admin/') && !operation['x-right']);
  assert.deepEqual(without, []);
});

for (const [method, path, right, make = () => ({})] of rows) {
  for (const name of callerNames) {
    const allowed = may[right].includes(name);
    const word = allowed ? 'may' : name === 'nobody' ? 'is not known' : 'may not';
    test(`ROLES ${name} ${word}: ${method} ${path}`, async () => {
      const request = await requestOf(path, make, callers[name]);
      const caller = request.double ? doubles[name]
        : request.fresh ? await freshCall(gateway, callers[name])
          : callers[name];
      const answer = await caller.call(method, request.path, request.body,
        request.headers);
      if (allowed) assert.ok(answer.status < 300, answer.text);
      else if (name === 'nobody') isRefused(answer, 401,
        'INVALID_LTIK_AUTH_AUTHORIZATION_HEADER');
      else isRefused(answer, 403, 'NOT_ALLOWED');
    });
  }
}

// What a person is told about themselves is what the portal shows buttons by.
const words = Object.keys(may).filter((right) => right !== 'account');
for (const name of EVERYBODY.filter((one) => one !== KEY)) {
  test(`ROLES ${name} is told these rights and no other`, async () => {
    const { body } = await callers[name].call('GET', '/portal/session');
    const mine = words.filter((right) => may[right].includes(name));
    const [of] = body.user.organizations;
    assert.deepEqual(of ? of.rights : body.user.rights, mine);
    if (of) assert.deepEqual(body.user.rights, []);
  });
}
