// SPDX-License-Identifier: Apache-2.0
// The built-in picker without a browser.
//
//   const { owner, ids } = await stock(gateway, [
//     ['Algebra', ['Matrices', 'Vectors']] ], { Matrices: { lineItem } });
//   const page = await picking(gateway, launch)     after a launch
//     page.items      [{id, name, type, checked}] in their order
//   await page.press({ do: 'search', search: 'x' }, ['id', ...])
//     as a browser posts it: hidden fields, the search, what is ticked
//   answerIn(page)    {action, jwt} of the form that goes back

import assert from 'node:assert/strict';
import { unescaped } from './pages.js';

let count = 0;

export async function stock(gateway, courses, more = {}) {
  const made = async (path, body) => {
    const answer = await gateway.api('POST', path, body);
    assert.equal(answer.status, 201, answer.text);
    return answer.body.id;
  };
  count += 1;
  const owner = await made('/admin/organizations', { name: `Owner ${count}` });
  const ids = {};
  for (const [title, assignments] of courses) {
    ids[title] = await made('/admin/content', { organizationId: owner,
      kind: 'course', title, ...more[title] });
    for (const inside of assignments) {
      ids[inside] = await made('/admin/content', { kind: 'assignment',
        parentId: ids[title], title: inside, ...more[inside] });
    }
  }
  return { owner, ids };
}

const attributesOf = (tag) => Object.fromEntries(
  [...tag.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].slice(1)
    .map(([, name, value]) => [name, unescaped(value ?? '')]));

function read(gateway, response) {
  const inputs = (response.text.match(/<input[^>]*>/g) ?? [])
    .map(attributesOf);
  const names = [...response.text.matchAll(
    /<span class="name">([^<]*)<\/span>/g)].map(([, name]) => unescaped(name));
  const items = inputs.filter(({ name }) => name === 'pick')
    .map(({ value, type, checked }, i) => ({ id: value, type,
      checked: checked !== undefined, name: names[i] }));
  const fields = inputs.filter(({ name }) => name !== 'pick')
    .map(({ name, value }) => [name, value ?? '']);
  const page = { ...response, items, fields: Object.fromEntries(fields) };
  page.press = async (button, ticked, { headers = {} } = {}) => {
    const picks = ticked
      ?? items.filter(({ checked }) => checked).map(({ id }) => id);
    const form = [...Object.entries({ ...page.fields, ...button }),
      ...picks.map((id) => ['pick', id])];
    return read(gateway, await gateway.open(`${gateway.url}/lti/content`,
      { form, headers }));
  };
  return page;
}

export async function picking(gateway, { response }) {
  assert.equal(response.status, 303, response.text);
  return read(gateway, await gateway.open(response.location));
}

export function answerIn({ text }) {
  const [, action] = /<form id="back" method="post" action="([^"]*)"/
    .exec(text) ?? [];
  const [, jwt] = /name="JWT" value="([^"]*)"/.exec(text) ?? [];
  assert.ok(jwt, text);
  return { action: unescaped(action), jwt };
}
