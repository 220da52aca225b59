// SPDX-License-Identifier: Apache-2.0
// Two and four instances behind nginx on one PostgreSQL database: whichever of
// them a browser, an LMS or the tool comes to, it is as if there were one.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { startCluster } from '../support/cluster.js';
import { openFrame } from '../support/confirm.js';
import { DL, enrol } from '../support/enrolled.js';
import { apiKey, until } from '../support/gateway.js';
import { changed, startInstances } from '../support/instances.js';
import { launchOf, prepare, send } from '../support/launches.js';
import { enter, registrationsOf, startLms } from '../support/lms.js';
import { titleOf } from '../support/pages.js';
import { makeOrganization, makePerson, password, sessionOf, signIn, tokenOf }
  from '../support/people.js';
import { asJson, faultOf } from '../support/raw.js';
import { backEndOf, courseOf, itemPath, scoreOf } from '../support/services.js';
import { startRecord } from '../support/storm.js';

const ROUNDS = 12;
const KNOWN_MS = 1100; // without a notification, and with a loaded processor
const UNKNOWN = 'UNREGISTERED_OR_INACTIVE_PLATFORM';
const profiles = ['moodle-4.5', 'canvas-cloud', 'brightspace', 'blackboard',
  'sakai', 'ilias'];
const plain = { storageTarget: 'absent' }; // the login redirects
const automatic = { registration: { autoActivate: true } };
const preApproval = { registration: { mode: 'pre-approval',
  autoActivate: true, preApprovalUrl: 'https://tool.example/approve' } };

const lms = await startLms();
const cluster = await startCluster();
after(async () => {
  await lms.close();
  await cluster.close();
});

const ltikIn = ({ headers }) =>
  new URL(headers.location).searchParams.get('ltik');
const statuses = (answers) => answers.map(({ status }) => status).toSorted();
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

// What is good once, spent at all instances at the same moment.
function oneWins(answers, good, refusal) {
  const [won, ...more] = answers.filter(({ status }) => status === good);
  assert.ok(won && more.length === 0, `${statuses(answers)}`);
  for (const answer of answers.filter((one) => one !== won)) {
    assert.equal(answer.status, refusal, answer.text);
  }
  return won;
}

test('MI the example recommends what is tried here', async (t) => {
  const example = await readFile(join(import.meta.dirname,
    '../../packaging/proxies/nginx.conf'), 'utf8');
  const all = await startInstances(1, { cluster });
  t.after(() => all.close());
  const directives = (text) => text.replace(/#.*/g, '').split(/[;{}]/)
    .map((one) => one.trim().replace(/\s+/g, ' '))
    .filter((one) => one && !/^(server |listen|server_name)/.test(one));
  const recommended = new Set(directives(example));
  const [, tried] = /--- as in.*\n([^]*)# --- until here/
    .exec(all.balancer.configuration);
  assert.ok(directives(tried).length > 10);
  assert.deepEqual(directives(tried).filter((one) => !recommended.has(one)),
    []);
});

test('MI restarted one after the other, and nobody notices', async (t) => {
  const all = await startInstances(4, { cluster, settings: automatic,
    environment: { LTIGATE_DRAIN_SECONDS: '2' } });
  t.after(() => all.close());
  const { exchange } = await lms.add(all, 'moodle-4.5');
  const record = startRecord();
  let over = false;
  const visit = async () => {
    while (!over) {
      await record.ask('launch', [303], async () =>
        (await launchOf(lms, exchange, plain)).page);
      await record.ask('write', [201], () => all.api('POST',
        '/admin/organizations', { name: `${Math.random()}` }));
    }
  };
  const visitors = Array.from({ length: 6 }, visit);
  for (const one of all.instances) await one.restart();
  over = true;
  await Promise.all(visitors);
  // A POST that nginx sends on a kept connection in the moment in which that is
  // closed cannot be sent again (RFC 9110, section 9.2.2): one may be lost so.
  const failures = record.failures();
  assert.ok(failures.length <= 1
    && failures.every(({ status }) => status === 502),
  JSON.stringify(failures));
  t.diagnostic(`${record.requests.length} requests`);
});

for (const count of [2, 4]) {
  describe(`${count} instances behind nginx`, () => {
    let all;
    before(async () => {
      all = await startInstances(count, { cluster, settings: automatic });
    });
    after(() => all.close());

    const everywhere = (ask) =>
      Promise.all(all.instances.map((_, i) => ask(all.at(i), i)));
    const inMode = async (wish) => {
      await all.settings(wish);
      await changed();
    };
    const loginAt = (gateway, { issuer, clientId }) => gateway.open(
      `${all.url}/lti/login?${new URLSearchParams({ iss: issuer,
        client_id: clientId, login_hint: 'hint',
        target_link_uri: `${all.url}/lti/launch` })}`, { headers: asJson });

    // --- registrations -----------------------------------------------------

    test('MI every instance is asked, and answers under one address',
      async () => {
        const asked = new Set();
        for (let i = 0; i < 2 * count; i += 1) {
          const answer = await all.api('GET', '/lti/keys');
          assert.equal(answer.status, 200);
          asked.add(answer.headers['x-served-by']);
        }
        assert.deepEqual([...asked].toSorted(), all.instances
          .map(({ port }) => `127.0.0.1:${port}`).toSorted());
      });

    test('MI an LMS of each kind registers, and its people come in',
      async () => {
        for (const profile of profiles) {
          const { exchange, page } = await lms.add(all, profile);
          assert.equal(page.status, 200, page.text);
          assert.equal(registrationsOf(exchange).length, 1);
          for (let i = 0; i < count; i += 1) {
            const { page: entered } = await launchOf(lms, exchange, plain);
            assert.equal(entered.status, 303, entered.text);
          }
        }
        const lists = await everywhere(async (one) =>
          (await one.api('GET', '/admin/platforms?limit=100')).body.platforms
            .map(({ id }) => id).toSorted());
        assert.equal(lists[0].length, profiles.length);
        for (const list of lists) assert.deepEqual(list, lists[0]);
      });

    test('MI a link that works once is spent once', async () => {
      const { id } = await makeOrganization(all, 'Once');
      const { body: link } = await all.api('POST',
        '/admin/registration-links', { organizationId: id, once: true });
      const exchanges = [];
      for (let i = 0; i < count; i += 1) {
        exchanges.push(await lms.begin(all, 'moodle-4.5',
          { toolUrl: link.url }));
      }
      const pages = await everywhere((one, i) =>
        enter(one, exchanges[i], asJson));
      assert.equal(statuses(pages)[0], 200, `${statuses(pages)}`);
      assert.ok(statuses(pages)[1] > 200, `${statuses(pages)}`);
      assert.equal(exchanges.flatMap(registrationsOf).length, 1);
    });

    test('MI an LMS\'s launch URL is good once', async () => {
      for (let round = 0; round < 3; round += 1) {
        const exchange = await lms.begin(all, 'moodle-4.5');
        const pages = await everywhere((one) => enter(one, exchange, asJson));
        assert.equal(statuses(pages)[0], 200, `${statuses(pages)}`);
        assert.ok(statuses(pages)[1] > 200, `${statuses(pages)}`);
        assert.equal(registrationsOf(exchange).length, 1);
      }
    });

    // --- launches ----------------------------------------------------------

    test('MI login here, launch there, ltik elsewhere', async () => {
      const at = await enrol(all);
      for (let i = 0; i < 2 * count; i += 1) {
        const [here, there, elsewhere] = await Promise.all([0, 1, 2].map(
          (step) => enrol(all.at(i + step), { platform: at.platform })));
        const login = await here.login();
        const { ltik, response } = await there.launch({ login });
        assert.equal(response.status, 303, response.text);
        assert.equal((await elsewhere.ask(ltik)).status, 200);
        assert.equal((await at.ask(ltik)).status, 200);
      }
    });

    test('A37 one id_token at all instances at once opens one launch',
      async () => {
        const { exchange } = await lms.add(all, 'moodle-4.5');
        for (let round = 0; round < ROUNDS; round += 1) {
          const launch = await prepare(lms, exchange, plain);
          const copies = await Promise.all([...all.instances, ...all.instances]
            .map((one) => send({ ...launch, answer: { ...launch.answer,
              action: launch.answer.action.replace(all.url, one.url) } },
            {}, asJson)));
          const won = oneWins(copies, 303, 409);
          for (const copy of copies.filter((one) => one !== won)) {
            assert.equal(faultOf(copy), 'NONCE_ALREADY_RECEIVED');
          }
          const own = await all.at(round).api('GET', '/api/idtoken',
            undefined, { key: null, headers: { authorization:
              `LTIK-AUTH-V2 ${apiKey}:${ltikIn(won)}` } });
          assert.equal(own.status, 200, own.text);
        }
      });

    test('MI content is selected here, signed there, verified elsewhere',
      async () => {
        const at = await enrol(all.at(0));
        const { ltik } = await at.launch({ claims: at.deepLinking({}) });
        const there = await enrol(all.at(1), { platform: at.platform });
        const { status, body, text } = await there.ask(ltik,
          '/api/deeplinking', { method: 'POST', body: { contentItems: [{
            type: 'link', url: 'https://tool.example/1', title: 'One' }] } });
        assert.equal(status, 200, text);
        const keys = createLocalJWKSet(
          (await all.at(2).api('GET', '/lti/keys')).body);
        const { payload } = await jwtVerify(body.message, keys,
          { issuer: at.clientId, audience: at.issuer });
        assert.equal(payload[`${DL}content_items`].length, 1);
      });

    test('MI a hint of 12 kilobytes passes both ways', async () => {
      const at = await enrol(all);
      const hint = 'h"'.repeat(3000);
      for (const method of ['GET', 'POST']) {
        const { location, response } = await at.login({ method,
          fields: { lti_message_hint: hint } });
        assert.equal(response.status, 302, response.text.slice(0, 300));
        assert.equal(location.searchParams.get('lti_message_hint'), hint);
      }
    });

    // --- services ----------------------------------------------------------

    test('MI a course\'s services are asked of every instance', async () => {
      const course = await courseOf(lms, all, 'canvas-cloud');
      const ends = await everywhere((one) => backEndOf(one, course.ltik));
      let turn = 0;
      const next = () => {
        turn += 1;
        return ends[turn % count];
      };
      const { id: item } = await next().addItem({ label: 'Made here' });
      for (const end of ends) {
        const { body } = await end.call('GET', '/api/lineitems');
        assert.ok(body.lineItems.some(({ id }) => id === item));
      }
      const roster = await next().call('GET', '/api/memberships',
        { query: { all: 'true' }, auth: 'service' });
      assert.equal(roster.status, 200, roster.text);
      const [{ userId }] = roster.body.members.filter(({ roles }) =>
        roles.some((role) => /Learner$/.test(role)));
      const post = (scoreGiven, query) => next().call('POST',
        itemPath(item, '/scores'), { query, auth: 'service',
          body: scoreOf(userId, { scoreGiven }) });
      for (let i = 1; i <= 3; i += 1) {
        const now = await post(i);
        assert.equal(now.status, 204, now.text);
      }
      for (let i = 4; i <= 6; i += 1) {
        const later = await post(i, { queue: 'true' });
        assert.equal(later.status, 202, later.text);
      }
      const arrived = () => lms.services(course.exchange).scores
        .map(({ body: { scoreGiven } }) => scoreGiven);
      await until(() => arrived().length >= 6, 'six scores');
      assert.deepEqual(arrived(), [1, 2, 3, 4, 5, 6]);
      const { body: { scores } } = await next().call('GET',
        itemPath(item, '/scores'));
      assert.equal(scores[0].resultScore, 6, JSON.stringify(scores));
    });

    // --- the portal --------------------------------------------------------

    test('MI a session is begun, used and ended at different instances',
      async () => {
        const owner = await makePerson(all,
          { email: `ann${count}@tool.example`, role: 'admin' });
        const here = await signIn(all.instances[0], owner.email);
        const sessions = all.instances.map((one) =>
          sessionOf(one, here.answer));
        for (const [i, session] of sessions.entries()) {
          const list = await session.call('GET', '/admin/users');
          assert.equal(list.status, 200, list.text);
          const made = await session.call('POST', '/admin/organizations',
            { name: `School ${i}` });
          assert.equal(made.status, 201, made.text);
        }
        const over = await sessions.at(-1).call('DELETE', '/portal/session');
        assert.equal(over.status, 204, over.text);
        for (const session of sessions) {
          const list = await session.call('GET', '/admin/users');
          assert.equal(list.status, 401, list.text);
        }
      });

    test('MI an invitation is accepted once', async () => {
      for (let round = 0; round < 3; round += 1) {
        const { body } = await all.api('POST', '/admin/users',
          { email: `once${round}@tool.example`, role: 'viewer' });
        const token = tokenOf(body.invitation.url);
        oneWins(await everywhere((one) => one.api('POST',
          '/portal/invitation/accept', { token, password }, { key: null })),
        200, 404);
      }
    });

    test('MI an e-mail address is one person\'s', async () => {
      const answers = await everywhere((one) => one.api('POST',
        '/admin/users', { email: 'same@tool.example', role: 'viewer' }));
      oneWins(answers, 201, 409);
    });

    // --- what is kept in memory --------------------------------------------

    test('MI what changes is known everywhere, mostly at once', async () => {
      const at = await enrol(all);
      const path = `/admin/platforms/${at.platform.id}`;
      const delays = [];
      for (let round = 0; round < 10; round += 1) {
        const off = round % 2 === 0;
        const { status } = await all.at(round).api('POST',
          `${path}/${off ? 'de' : ''}activate`);
        assert.ok(status < 300);
        const begun = Date.now();
        await everywhere((one) => until(async () => {
          const answer = await loginAt(one, at);
          return off ? answer.status !== 302 && faultOf(answer) === UNKNOWN
            : answer.status === 302;
        }, 'the change', 2 * KNOWN_MS));
        delays.push(Date.now() - begun);
      }
      // Without LISTEN they ask once a second.
      const hears = process.env.LTIGATE_STORE_FEATURES !== 'portable';
      assert.ok(Math.max(...delays) < (hears ? 1 : 2) * KNOWN_MS, `${delays}`);
      assert.ok(!hears || median(delays) < 300, `${delays}`);
    });

    test('MI settings changed at one hold at all', async () => {
      const at = await enrol(all);
      const ends = await everywhere((one) =>
        enrol(one, { platform: at.platform }));
      for (const [i, end] of ends.entries()) {
        const launchUrl = `https://tool.example/moved/${i}`;
        const { status } = await all.instances[i].api('PUT',
          '/admin/settings', { name: 'Acme', launchUrl, ...automatic });
        assert.equal(status, 200);
        const begun = Date.now();
        assert.ok((await end.launch()).url.href.startsWith(launchUrl));
        await Promise.all(ends.map((one) => until(async () =>
          (await one.launch()).url.href.startsWith(launchUrl), 'the URL',
        2 * KNOWN_MS)));
        assert.ok(Date.now() - begun < KNOWN_MS + 500);
      }
    });

    // --- registrations that wait ---------------------------------------------

    test('MI each form of a registration comes to another instance',
      async () => {
        await inMode({ registration: { mode: 'confirm',
          autoActivate: true } });
        const { id } = await makeOrganization(all, 'North');
        const nina = await makePerson(all, { email: 'nina@north.example',
          organizations: [{ id, role: 'registrar' }] });
        let turn = 0;
        const hopping = { ...all, open: (address, options) => {
          turn += 1;
          return all.at(turn).open(address, options);
        } };
        const frame = await openFrame(lms, hopping, 'moodle-4.5');
        await frame.send('sign-in', { email: nina.email, password });
        await frame.send('confirm', { answer: 'yes' });
        assert.equal(titleOf(frame.page), 'Acme Courses is registered');
        assert.equal(turn, 3);
        });

    test('MI a registration is approved elsewhere, once', async () => {
      await inMode(preApproval);
      for (const [i, profile] of ['moodle-4.5', 'canvas-cloud',
        'brightspace'].entries()) {
        const { exchange, path } = await lms.wait(all.at(i), profile);
        const waiting = await all.at(i + 1).api('GET', path);
        assert.equal(waiting.status, 200, waiting.text);
        oneWins(await everywhere((one) =>
          one.api('POST', `${path}/complete`, {})), 200, 404);
        assert.equal(registrationsOf(exchange).length, 1);
        const { page } = await launchOf(lms, exchange, plain);
        assert.equal(page.status, 303, page.text);
      }
    });

    test('MI who asks is the address that the balancer names', async () => {
      const { launchUrl } = await lms.begin(all, 'canvas-cloud');
      const status = await new Promise((done, failed) => {
        http.get(launchUrl.replace('localhost', '127.0.0.1'),
          { localAddress: '127.0.0.9' }, (response) => {
            response.resume();
            done(response.statusCode);
          }).on('error', failed);
      });
      assert.equal(status, 302);
      const { body } = await all.api('GET', '/api/registrations');
      assert.deepEqual(body.registrations.map(({ startedFrom }) =>
        startedFrom), ['127.0.0.9']);
    });

    test('MI what an instance began that was killed, another completes',
      async () => {
        const [first] = all.instances;
        const { exchange, path } = await lms.wait(all.at(0), 'moodle-4.5');
        await first.kill();
        const done = await all.api('POST', `${path}/complete`, {});
        assert.equal(done.status, 200, done.text);
        assert.equal(registrationsOf(exchange).length, 1);
        // It is passed over, whatever is asked.
        for (let i = 0; i < 2 * count; i += 1) {
          const { page } = await launchOf(lms, exchange, plain);
          assert.equal(page.status, 303, page.text);
        }
        await first.start();
        });
  });
}
