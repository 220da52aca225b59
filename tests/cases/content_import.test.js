// SPDX-License-Identifier: Apache-2.0
// Content as one file: tables that spreadsheets write, Common Cartridges, and
// what attacks those who read them.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { startGateway } from '../support/gateway.js';
import { cartridgeOf, manifestOf, toolLink, webLink, zipOf }
  from '../support/zip.js';

const gateway = await startGateway();
after(() => gateway.close());
const launch = 'https://tool.example/launch';

let count = 0;
const organization = async () => (await gateway.api('POST',
  '/admin/organizations', { name: `School ${count += 1}` })).body.id;
const send = (owner, body, type = 'text/csv', more = '') => gateway.api('POST',
  `/admin/content/import?organizationId=${owner}${more}`, body,
  { headers: { 'content-type': type } });
async function taken(owner, body, type, more) {
  const { status, body: answer, text } = await send(owner, body, type, more);
  assert.equal(status, 200, text);
  return answer;
}
async function refused(body, pattern, type = 'text/csv',
  code = type === 'text/csv' ? 'TABLE_MALFORMED' : 'CARTRIDGE_MALFORMED') {
  const { status, body: { details } } = await send(await organization(), body,
    type);
  assert.equal(status, 400);
  assert.equal(details.message, code);
  assert.match(details.description, pattern);
}
const zip = 'application/zip';
const list = async (owner, query = '') => (await gateway.api('GET',
  `/admin/content?organizationId=${owner}${query}`)).body.content;
const exported = (owner) =>
  gateway.api('GET', `/admin/content/export?organizationId=${owner}`);
const strip = (items) => items.map((item) => {
  const { id, organizationId, parentId, createdAt, changedAt, count: c, ...rest } = item;
  return { ...rest, course:
    items.find((one) => one.id === parentId)?.title ?? '' };
});

// --- tables ----------------------------------------------------------------

const table = `\ufeffkind,course,title,description,url,custom,max score,label,resourceId,tag\r
course,,Algebra,"The first\r
course",${launch}/algebra,,,,,\r
assignment,Algebra,"Matrices, ""big""",,${launch}?m=1,"chapter=3
book=$Context.id",10,Points,r1,t1\r
,Geometry,Circles,,,a=1;b=2,"2,5",,,\r
assignment,,Loose,,,,,,,\r
`;

test('IMPORT a table becomes courses and assignments', async () => {
  const owner = await organization();
  assert.deepEqual(await taken(owner, table),
    { added: 5, changed: 0, unchanged: 0, skipped: [] });
  const items = strip(await list(owner));
  assert.deepEqual(items, [
    { kind: 'course', title: 'Algebra', description: 'The first\r\ncourse',
      url: `${launch}/algebra`, position: 0, course: '' },
    { kind: 'assignment', title: 'Matrices, "big"', url: `${launch}?m=1`,
      customParameters: { chapter: '3', book: '$Context.id' },
      lineItem: { label: 'Points', resourceId: 'r1', tag: 't1',
        scoreMaximum: 10 }, position: 0, course: 'Algebra' },
    { kind: 'course', title: 'Geometry', position: 1, course: '' },
    { kind: 'assignment', title: 'Circles', customParameters: { a: '1',
      b: '2' }, lineItem: { scoreMaximum: 2.5 }, position: 0,
    course: 'Geometry' },
    { kind: 'assignment', title: 'Loose', position: 2, course: '' },
  ]);
});

test('IMPORT once more it changes what changed and doubles nothing',
  async () => {
    const owner = await organization();
    await taken(owner, table);
    const before = await list(owner);
    assert.deepEqual(await taken(owner, table),
      { added: 0, changed: 0, unchanged: 4, skipped: [] });
    assert.deepEqual(await list(owner), before);
    const answer = await taken(owner, table.replace('The first', 'First')
      .replace('Loose', 'New'));
    assert.deepEqual(answer,
      { added: 1, changed: 1, unchanged: 2, skipped: [] });
    // What the table has no column for stays.
    assert.deepEqual(await taken(owner,
      'kind;title;description\ncourse;Algebra;Other\n'),
    { added: 0, changed: 1, unchanged: 0, skipped: [] });
    const [algebra] = await list(owner);
    assert.equal(algebra.description, 'Other');
    assert.equal(algebra.url, `${launch}/algebra`);
    assert.equal(algebra.id, before[0].id);
  });

test('IMPORT good rows go in, wrong ones are told by line', async () => {
  const owner = await organization();
  const rows = ['title,kind,url,custom,max score,tag', 'Good,,,,,',
    'x,lesson,,,,', ',,,,,q', 'x,,https://evil.example/,,,',
    'x,,,novalue,,', 'x,,,,zero,', 'x,,,,0,', 'x,,,,,tag',
    `${'y'.repeat(256)},,,,,`, 'x,,"javascript:1",,,', 'x,,,a=b=c,,',
    '"two\nlines",,,,,', 'Good too,,,,,', 'x,,,,"1e999",'];
  const { added, skipped } = await taken(owner, rows.join('\n'));
  assert.equal(added, 2);
  const words = [/kind must be/, /title is missing/, /url leads/,
    /custom must be/, /max score must/, /scoreMaximum must/,
    /max score is missing/, /title is longer/, /url/, /customParameters/,
    /title must not/, /max score must/];
  assert.deepEqual(skipped.map(({ line }) => line),
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16]);
  skipped.forEach(({ why }, i) => assert.match(why, words[i]));
  assert.deepEqual((await list(owner)).map(({ title }) => title),
    ['Good', 'Good too']);
});

test('IMPORT into a course', async () => {
  const owner = await organization();
  await taken(owner, 'kind,title\ncourse,C\n');
  const [{ id }] = await list(owner);
  const { added, skipped } = await taken(owner,
    'kind,course,title\n,Elsewhere,One\ncourse,,Two\n', 'text/csv',
    `&parentId=${id}`);
  assert.equal(added, 1);
  assert.match(skipped[0].why, /course/);
  assert.deepEqual((await list(owner, `&parentId=${id}`))
    .map(({ title }) => title), ['One']);
  const { status } = await send(await organization(), 'title\nx', 'text/csv',
    `&parentId=${id}`);
  assert.equal(status, 400);
});

test('IMPORT what is no table', async () => {
  const rows = [['', /empty/], ['\n\r\n', /empty/], ['a,b\n1,2', /title/],
    ['title,Title\n', /twice/], ['title\n"open', /Line 2: a quoted cell/],
    ['title\n"a"b', /behind a quoted/],
    ['title\na\n"\n\n"x', /Line 5/],
    [Buffer.from([0x74, 0xff]), /UTF-8/], ['title\na\0b', /UTF-8/],
    [`title${',x'.repeat(60)}`, /50 cells/],
    [`title\n${'x\n'.repeat(10_002)}`, /10000 rows/]];
  for (const [body, pattern] of rows) await refused(body, pattern);
  const owner = await organization();
  for (const type of ['application/json', 'text/plain', 'text/html']) {
    const { status, body } = await send(owner, 'title\nx', type);
    assert.equal(status, 415);
    assert.match(body.details.description, /text\/csv/);
  }
  for (const query of ['?organizationId=none', '']) {
    const { status } = await gateway.api('POST',
      `/admin/content/import${query}`, 'title\nx',
      { headers: { 'content-type': 'text/csv' } });
    assert.equal(status, query ? 404 : 400);
  }
});

test('IMPORT ten thousand rows are all there is room for', async () => {
  const owner = await organization();
  const many = (from, to) => `title\n${Array.from({ length: to - from },
    (_, i) => `Row ${from + i}`).join('\n')}`;
  assert.equal((await taken(owner, many(0, 10_000))).added, 10_000);
  const { status, body } = await send(owner, many(9000, 10_500));
  assert.equal(status, 409);
  assert.equal(body.details.message, 'CONTENT_FULL');
  assert.equal((await taken(owner, many(0, 10_000))).unchanged, 10_000);
});

test('A24 an exported table holds no formula, and comes back the same',
  async () => {
    const owner = await organization();
    const evil = ['=HYPERLINK("http://evil.example")', '+1', '-1', '@SUM(A1)',
      '\'quoted', '\'=1', '"', 'a,b;c'];
    for (const title of evil) {
      await gateway.api('POST', '/admin/content', { organizationId: owner,
        kind: 'assignment', title, description: `${title}\r\nmore`,
        customParameters: { a: title.replaceAll('=', ''), b: 'x;y' },
        lineItem: { scoreMaximum: 2.5, label: title } });
    }
    await taken(owner, table);
    const before = strip(await list(owner));
    const { text, headers } = await exported(owner);
    assert.match(headers['content-type'], /^text\/csv/);
    assert.match(headers['content-disposition'], /attachment/);
    // A cell that begins with one of these is a formula to a spreadsheet.
    assert.doesNotMatch(text, /(^|,|\n)"?[=+\-@\t]/m);
    assert.match(text, /"'=HYPERLINK/);
    const again = await organization();
    const { skipped } = await taken(again, text);
    assert.deepEqual(skipped, []);
    const place = ({ position, ...rest }) => rest;
    assert.deepEqual(strip(await list(again)).map(place), before.map(place));
    assert.equal((await taken(owner, text)).changed, 0);
    for (const [query, status] of [['', 400], ['?organizationId=none', 404]]) {
      assert.equal((await gateway.api('GET',
        `/admin/content/export${query}`)).status, status);
    }
  });

// --- cartridges ------------------------------------------------------------

const cartridge = { title: 'Physics &amp; more', tree: [
  ['Mechanics', [['Levers', 'l1'], ['A page', 'page'],
    ['Deeper', [['Pulleys', 'l2']]]]],
  ['Empty folder', []], ['Reading', 'w1'], ['', 'l3']],
links: {
  l1: toolLink({ url: `${launch}?x=1&amp;y=2`, text: 'About\n  levers',
    custom: { unit: '7', who: '$User.id' } }),
  l2: toolLink({ url: launch }),
  l3: toolLink({ url: `${launch}/3`, title: 'From the link' }),
  w1: webLink({ title: 'x', url: `${launch}/read` }) } };

for (const deflate of [false, true]) {
  test(`IMPORT a cartridge, ${deflate ? 'packed' : 'stored'}`, async () => {
    const owner = await organization();
    const bytes = cartridgeOf(cartridge, { deflate });
    assert.deepEqual(await taken(owner, bytes, zip),
      { added: 6, changed: 0, unchanged: 0, skipped: [] });
    assert.deepEqual(strip(await list(owner)), [
      { kind: 'course', title: 'Mechanics', position: 0, course: '' },
      { kind: 'assignment', title: 'Levers', description: 'About levers',
        url: `${launch}?x=1&y=2`, customParameters: { unit: '7',
          who: '$User.id' }, position: 0, course: 'Mechanics' },
      { kind: 'assignment', title: 'Pulleys', url: launch, position: 1,
        course: 'Mechanics' },
      { kind: 'course', title: 'Physics & more', position: 1, course: '' },
      { kind: 'assignment', title: 'Reading', url: `${launch}/read`,
        position: 0, course: 'Physics & more' },
      { kind: 'assignment', title: 'From the link', url: `${launch}/3`,
        position: 1, course: 'Physics & more' }]);
    assert.equal((await taken(owner, bytes, zip)).unchanged, 4);
  });
}

test('IMPORT links of a cartridge that cannot be taken are told', async () => {
  const owner = await organization();
  const { added, skipped } = await taken(owner, cartridgeOf({ tree: [
    ['Away', 'a'], ['Broken', 'b'], ['Bomb', 'c'], ['Good', 'd']], links: {
    a: toolLink({ url: 'https://elsewhere.example/' }), b: '<cartridge',
    c: '<!DOCTYPE a [<!ENTITY b "b">]><cartridge_basiclti_link/>',
    d: toolLink({ url: launch }) } }), zip);
  assert.equal(added, 2);
  assert.deepEqual(skipped.map(({ line }) => line), [1, 2, 3]);
  [/url leads/, /XML in the archive/, /document type/].forEach((pattern, i) =>
    assert.match(skipped[i].why, pattern));
  const lost = await taken(owner, zipOf({ 'imsmanifest.xml':
    manifestOf(cartridge) }), zip);
  assert.equal(lost.skipped.length, 4);
  assert.match(lost.skipped[0].why, /not in the archive/);
});

test('IMPORT what is no cartridge', async () => {
  const good = cartridgeOf(cartridge);
  for (const [body, pattern] of [['', /no ZIP/], ['PK\x03\x04', /no ZIP/],
    [good.subarray(0, good.length - 30), /no ZIP/],
    [zipOf({ 'a.xml': 'x' }), /imsmanifest/],
    [zipOf({ 'imsmanifest.xml': '<a><b></a>' }), /line 1/],
    [zipOf({ 'imsmanifest.xml': '' }), /XML/],
    [zipOf({ 'imsmanifest.xml': '<a>'.repeat(60) }), /too deep/],
    [zipOf({ 'imsmanifest.xml': '<m/>' }, { flags: 1 }), /encrypted/],
    [zipOf({ 'imsmanifest.xml': '<m/>' }, { size: 3 }), /damaged/],
    [zipOf({ 'imsmanifest.xml': '<m/>' }, { size: 5000 }), /damaged|read/],
  ]) await refused(body, pattern, zip);
  assert.deepEqual(await taken(await organization(),
    zipOf({ 'imsmanifest.xml': '<m/>' }), zip),
  { added: 0, changed: 0, unchanged: 0, skipped: [] });
});

test('A48 entities that grow, that are fetched, archives that unpack to much',
  async () => {
    const laughs = `<!DOCTYPE m [<!ENTITY a "ha">${Array.from({ length: 9 },
      (_, i) => `<!ENTITY a${i} "${`&a${i ? i - 1 : ''};`.repeat(10)}">`)
      .join('')}]><m>&a8;</m>`;
    const outside = '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
      + '<m><metadata>&x;</metadata></m>';
    for (const text of [laughs, outside,
      '<!DOCTYPE m SYSTEM "http://127.0.0.1/x"><m/>']) {
      await refused(zipOf({ 'imsmanifest.xml': text }), /document type/, zip);
    }
    const huge = Buffer.alloc(60 << 20, 32);
    const bomb = zipOf({ 'imsmanifest.xml': huge }, { deflate: true });
    assert.ok(bomb.length < 200_000);
    await refused(bomb, /too large/, zip);
    // It says that it is small.
    await refused(zipOf({ 'imsmanifest.xml': huge }, { deflate: true,
      size: 1000 }), /damaged|read/, zip);
    assert.ok(deflateRawSync(huge).length < 100_000);
    const files = Object.fromEntries(Array.from({ length: 20_001 }, (_, i) =>
      [`${i.toString(36)}`, '']));
    const { status } = await send(await organization(), zipOf(files), zip);
    assert.ok([400, 413].includes(status), status);
    assert.equal((await gateway.open(`${gateway.url}/healthz`)).status, 200);
  });
