// SPDX-License-Identifier: Apache-2.0
// The dashboard and the alerts of packaging/ ask for what a running gateway
// tells: each metric, and each label that they choose or group by.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { startGateway, until } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { sampleOf, tellMetrics } from '../support/metrics.js';

const read = (path) => readFileSync(join(import.meta.dirname, '../../packaging',
  path), 'utf8');
const dashboard = JSON.parse(read('grafana/ltigate.json'));
const rules = read('prometheus/ltigate.rules.yml');
const manual = readFileSync(join(import.meta.dirname,
  '../../docs/operations.md'), 'utf8');

const lms = await startLms();
const gateway = await startGateway({ settings: { registration: {
  mode: 'automatic' } } });
after(async () => {
  await lms.close();
  await gateway.close();
});
const at = await enrol(gateway);
await at.launch();
await lms.add(gateway, 'canvas-cloud');
const families = await until(async () => {
  const now = await tellMetrics(gateway);
  return sampleOf(now, 'ltigate_store_looked_at_timestamp_seconds') && now;
}, 'a look at the store');

// Every name that a family tells, and its labels; a number that never was
// anything but 0 is not told, and its labels stand here.
const unseen = { ltigate_store_faults_total: ['fault'],
  ltigate_queue_oldest_timestamp_seconds: ['queue'] };
const told = new Map();
for (const [name, { type, samples }] of families) {
  const labels = [...samples.flatMap((one) => Object.keys(one.labels)),
    ...unseen[name] ?? []];
  const ends = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  for (const end of ends) told.set(name + end, new Set(labels));
}
// Prometheus adds these.
const added = ['job', 'instance'];

const expressions = [
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => [`panel ${title}`, expr])),
  ...dashboard.templating.list.filter(({ definition }) => definition)
    .map(({ definition }) => ['variable', definition]),
  ...[...rules.matchAll(/- alert: (\w+)\n\s+expr: (.+)\n/g)]
    .map(([, name, expr]) => [`alert ${name}`, expr])];

test('OBS there is a dashboard with panels, and alerts', () => {
  assert.ok(dashboard.panels.length >= 8);
  assert.equal(rules.match(/- alert: /g).length,
    expressions.filter(([where]) => where.startsWith('alert')).length);
  const ids = dashboard.panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});

for (const [where, text] of expressions) {
  test(`OBS ${where} asks for what is told`, () => {
    const expr = text.replace(/"[^"]*"/g, '""');
    const names = expr.match(/\b(?:ltigate|process)_\w+|\bup\b/g) ?? [];
    assert.ok(names.length > 0, expr);
    for (const name of names) {
      assert.ok(told.has(name) || name === 'up', `${name} is not told`);
    }
    const possible = new Set([...added, ...names.flatMap((name) =>
      [...told.get(name) ?? []])]);
    for (const [, name, chosen] of expr.matchAll(/(\w+)\{([^}]*)\}/g)) {
      for (const [, label] of chosen.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) {
        assert.ok(told.get(name)?.has(label) || added.includes(label),
          `${name} has no ${label}`);
      }
    }
    for (const [, list] of expr.matchAll(/\b(?:by|ignoring) \(?([^()]*)\)/g)) {
      for (const label of list.replace('(', '').split(/,\s*/)) {
        assert.ok(possible.has(label), `${label} of ${expr}`);
      }
    }
  });
}

test('OBS the manual tells of every alert and of every metric', () => {
  for (const [, name] of rules.matchAll(/- alert: (\w+)/g)) {
    assert.ok(manual.includes(`\`${name}\``), name);
  }
  const short = ['_max', 'process_', 'ltigate_key_'];
  for (const name of families.keys()) {
    assert.ok(manual.includes(`\`${name}\``)
      || short.some((part) => name.includes(part)), name);
  }
});
