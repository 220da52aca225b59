// SPDX-License-Identifier: Apache-2.0
// How much is used: what is counted, for whom, for how long, and that several
// instances make one sum.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { startGateway, until } from '../support/gateway.js';
import { startLms } from '../support/lms.js';

const HOUR = 3600;
const DAY = 86_400;

const gateways = [];
after(async () => {
  for (const one of gateways) await one.close();
});
async function open(options) {
  const gateway = await startGateway(options);
  gateways.push(gateway);
  const usage = async (query = {}) => {
    const { status, body, text } = await gateway.api('GET',
      `/admin/usage?${new URLSearchParams(query)}`);
    assert.equal(status, 200, text);
    return body;
  };
  // Housekeeping stores what was counted every few seconds.
  const counted = (query, wish) => until(async () => {
    const { totals } = await usage(query);
    return Object.entries(wish).every(([name, count]) =>
      totals[name] === count);
  }, `${JSON.stringify(wish)} of ${JSON.stringify(query)}`, 20_000);
  // So that nothing waits to be stored.
  const stored = () => gateway.restart();
  return { gateway, usage, counted, stored };
}
const organization = async (gateway, name) => (await gateway.api('POST',
  '/admin/organizations', { name })).body.id;
const launch = async (at, sub, claims = {}) => {
  const { response } = await at.launch({ claims: { sub, ...claims } });
  assert.equal(response.status, 303, response.text);
};

describe('usage', { concurrency: 2 }, () => {
  test('US what is counted, by organisation and in all', async () => {
    const { gateway, usage, counted } = await open();
    const one = await enrol(gateway);
    const two = await enrol(gateway);
    const school = await organization(gateway, 'School');
    await gateway.api('PATCH', `/admin/platforms/${one.platform.id}`,
      { organizationId: school });
    for (const sub of ['a', 'b', 'a', 'a']) await launch(one, sub);
    // The same subject of another platform is somebody else.
    for (const sub of ['a', 'c']) await launch(two, sub);
    await one.launch({ claims: { iss: 'x' } });
    await one.launch({ claims: { iss: 'x' } });
    await two.launch({ post: { form: { state: 'x' } } });

    await counted({}, { launches: 6, people: 4, failures: 3 });
    const all = await usage();
    assert.deepEqual(all.totals,
      { launches: 6, people: 4, registrations: 0, failures: 3 });
    assert.deepEqual(all.faults, [
      { fault: 'ISS_CLAIM_DOES_NOT_MATCH', count: 2 },
      { fault: 'INVALID_STATE', count: 1 }]);
    const own = await usage({ organizationId: school });
    assert.deepEqual(own.totals,
      { launches: 4, people: 2, registrations: 0, failures: 2 });
    assert.deepEqual(own.faults,
      [{ fault: 'ISS_CLAIM_DOES_NOT_MATCH', count: 2 }]);
    for (const range of ['7d', '30d', 'all']) {
      assert.deepEqual((await usage({ range })).totals, all.totals, range);
    }

    // Who comes again in the same hour is not counted again, also by a
    // process that did not see them.
    await gateway.restart();
    await launch(one, 'a');
    await launch(one, 'd');
    await counted({ organizationId: school }, { launches: 6, people: 3 });
    await counted({ range: '30d' }, { launches: 8, people: 5 });
  });

  test('US a registration is counted for who owns it', async () => {
    const { gateway, counted, usage } = await open({ settings: {
      registration: { mode: 'automatic', autoActivate: true } } });
    const lms = await startLms();
    const school = await organization(gateway, 'School');
    const { body: link } = await gateway.api('POST',
      '/admin/registration-links', { organizationId: school });
    await lms.add(gateway, 'moodle-4.5');
    await lms.add({ ...gateway, registerUrl: link.url }, 'canvas-cloud');
    await gateway.open(`${gateway.registerUrl}?openid_configuration=x`);
    await counted({}, { registrations: 2, failures: 1 });
    assert.deepEqual((await usage({ organizationId: school })).totals,
      { launches: 0, people: 0, registrations: 1, failures: 0 });
    assert.deepEqual((await usage()).faults,
      [{ fault: 'OPENID_CONFIGURATION_REFUSED', count: 1 }]);
    await lms.close();
  });

  test('US points for every hour and day, zeros too', async () => {
    const { usage } = await open();
    for (const [range, step, count, length] of [['1d', 'hour', 24, HOUR],
      ['7d', 'hour', 168, HOUR], ['30d', 'day', 30, DAY],
      ['all', 'day', 1, DAY]]) {
      const { points, ...rest } = await usage({ range });
      assert.equal(rest.step, step);
      assert.equal(points.length, count, range);
      const times = points.map(({ at }) => Date.parse(at) / 1000);
      times.forEach((time, i) => {
        assert.equal(time % length, 0);
        assert.equal(time, times[0] + i * length);
      });
      assert.ok(Date.now() / 1000 - times.at(-1) < length + 60);
      assert.deepEqual(rest.totals,
        { launches: 0, people: 0, registrations: 0, failures: 0 });
    }
  });

  test('US hours and days end: counts stay, who was counted is forgotten',
    async () => {
      const { gateway, usage, counted } = await open();
      const at = await enrol(gateway);
      // Half past eleven of the day that comes.
      const now = Math.floor(Date.now() / 1000);
      let shift = DAY - now % DAY + 11.5 * HOUR;
      const move = async (to) => {
        shift = to;
        await gateway.setClock(shift);
      };
      const arrive = (sub) => {
        const clock = Math.floor(Date.now() / 1000) + shift;
        return launch(at, sub, { iat: clock, exp: clock + 60 });
      };
      const start = shift;
      const people = () => gateway.store.sql(
        'SELECT step || count(*) FROM usage_people GROUP BY step ORDER BY step');
      await move(start);
      for (const sub of ['a', 'b']) await arrive(sub);
      await counted({ range: '30d' }, { launches: 2, people: 2 });
      await move(start + HOUR);
      for (const sub of ['b', 'c']) await arrive(sub);
      await counted({ range: '30d' }, { launches: 4, people: 3 });
      await counted({ range: '1d' }, { launches: 4, people: 4 });
      assert.equal(await people(), 'day3\nhour4');

      await move(start + 3 * HOUR);
      await until(async () => await people() === 'day3\nhour2', 'an hour ends');
      await move(start + 15.5 * HOUR);
      await until(async () => await people() === '', 'a day ends', 120_000);
      const day = (await usage({ range: '30d' })).points
        .filter(({ launches }) => launches);
      assert.deepEqual(day.map(({ people: count }) => count), [3]);
      const hours = (await usage({ range: '7d' })).points
        .filter(({ launches }) => launches);
      assert.deepEqual(hours.map(({ people: count }) => count), [2, 2]);

      // By hours for eight days, by days as long as keep_usage says.
      const rows = () => gateway.store.sql(
        'SELECT step || count(*) FROM usage_counts GROUP BY step ORDER BY step');
      await move(start + 9 * DAY);
      await until(async () => await rows() === 'day1', 'hours are over',
        120_000);
      assert.equal((await usage({ range: 'all' })).totals.launches, 4);
      await gateway.restart({ LTIGATE_KEEP_USAGE: '8' });
      await until(async () => await rows() === '', 'days are over', 120_000);
    });

  test('US two instances on one store make one sum', async () => {
    const { gateway, usage } = await open();
    const { gateway: other } = await open({ store: gateway.store,
      settings: null });
    const at = await enrol(gateway);
    const there = await enrol(other, { platform: at.platform });
    const subjects = Array.from({ length: 20 }, (_, i) => `s${i}`);
    for (const sub of subjects) {
      await Promise.all([launch(at, sub), launch(there, sub)]);
    }
    await gateway.restart();
    await other.restart();
    const { totals } = await usage({ range: '30d' });
    assert.deepEqual(totals, { launches: 40, people: 20, registrations: 0,
      failures: 0 });
  });

  test('US nothing of a person is in what is kept', async () => {
    const { gateway, counted } = await open();
    const at = await enrol(gateway);
    await launch(at, 'somebody-7215');
    await counted({}, { people: 1 });
    const dump = await gateway.store.sql('SELECT person, '
      + 'organization_id FROM usage_people');
    assert.doesNotMatch(dump, /somebody/);
    assert.match(dump, /^[\w-]{16}\|/);
  });

  test('US a store that is locked loses nothing', async () => {
    const { gateway, counted } = await open();
    const at = await enrol(gateway);
    await launch(at, 'a');
    // The table is away: the flush fails, and is tried again.
    await gateway.store.sql('ALTER TABLE usage_people RENAME TO away');
    await launch(at, 'b');
    await until(() => /housekeeping did not succeed.*usage_people/
      .test(gateway.log()), 'a flush that fails', 20_000);
    await gateway.store.sql('ALTER TABLE away RENAME TO usage_people');
    await counted({}, { launches: 2, people: 2 });
  });

  test('US the command line shows it, and refuses what is no range',
    async () => {
      const { gateway, stored } = await open();
      const at = await enrol(gateway);
      await launch(at, 'a');
      await stored();
      const { code, json } = await gateway.cli('usage', '--range', '30d',
        '--json');
      assert.equal(code, 0);
      assert.equal(json().totals.launches, 1);
      const wrong = await gateway.cli('usage', '--range', '2d');
      assert.notEqual(wrong.code, 0);
      assert.match(wrong.stderr, /range must be one of 1d, 7d, 30d, all/);
      const { body } = await gateway.api('GET', '/admin/usage?range=x');
      assert.equal(body.details.message, 'INVALID_PARAMETERS');
    });
});
