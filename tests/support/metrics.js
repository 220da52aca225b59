// SPDX-License-Identifier: Apache-2.0
// What /metrics answers, read as strictly as the formats are told: Prometheus
// text 0.0.4, and OpenMetrics 1.0 where `open` says so. What is wrong fails.
//
//   const families = readMetrics(text, { open });
//   families: Map of name -> {type, help, samples: [{name, labels, value, exemplar}]}
//   sampleOf(families, name, labels)     its value, or undefined
//   tellMetrics(gateway, headers)        asks for them, with the API key

import assert from 'node:assert/strict';

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABELS = '\\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*",?)*)\\}';
const NUMBER = '[+-]?(?:\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|Inf|NaN)';
const SAMPLE = new RegExp(`^(${NAME})(?:${LABELS})? (${NUMBER})`
  + `(?: # ${LABELS} (${NUMBER})(?: (${NUMBER}))?)?$`);
const EXEMPLAR_MAX = 128;
const suffixes = { counter: ['_total'], gauge: [''],
  histogram: ['_bucket', '_sum', '_count'] };

function labelsOf(text = '') {
  const pairs = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"(,|$)/g)];
  assert.equal(pairs.map(([whole]) => whole).join(''), text, 'labels');
  assert.doesNotMatch(text, /,$/);
  const labels = Object.fromEntries(pairs.map(([, name, value]) =>
    [name, value]));
  assert.equal(Object.keys(labels).length, pairs.length, `twice in ${text}`);
  return labels;
}

const numberOf = (text) => Number(text.replace('Inf', 'Infinity'));

function readSample(line) {
  const [, name, labels, value, reference, observed, at] =
    SAMPLE.exec(line) ?? assert.fail(`not a sample: ${line}`);
  const exemplar = reference === undefined ? null
    : { ...labelsOf(reference), value: numberOf(observed), at: Number(at),
      length: reference.length };
  return { name, labels: labelsOf(labels), value: numberOf(value), exemplar };
}

const keyOf = (labels) => JSON.stringify(Object.entries(labels).toSorted());

function checkHistogram(name, samples) {
  const seriesOf = ({ labels: { le, ...rest } }) => keyOf(rest);
  for (const series of new Set(samples.map(seriesOf))) {
    const group = samples.filter((one) => seriesOf(one) === series);
    const buckets = group.filter((one) => one.name === `${name}_bucket`);
    const last = buckets.at(-1);
    const bounds = buckets.map(({ labels }) => numberOf(labels.le));
    assert.deepEqual(bounds, bounds.toSorted((a, b) => a - b), name);
    assert.equal(last.labels.le, '+Inf', name);
    buckets.reduce((before, { value, exemplar }, i) => {
      assert.ok(value >= before, `${name} falls`);
      assert.ok(!exemplar || (exemplar.value <= bounds[i]
        && exemplar.value >= (bounds[i - 1] ?? 0)), `${name} ${bounds[i]}`);
      return value;
    }, 0);
    const rest = group.filter((one) => !buckets.includes(one));
    assert.deepEqual(rest.map((one) => one.name),
      [`${name}_sum`, `${name}_count`]);
    assert.equal(rest[1].value, last.value, `${name}_count`);
  }
}

function checkFamily(name, { type, samples }, open) {
  const base = type === 'counter' && !open ? name.replace(/_total$/, '') : name;
  const seen = new Set();
  assert.equal(base.endsWith('_total'), false, name);
  for (const sample of samples) {
    const key = sample.name + keyOf(sample.labels);
    assert.equal(seen.has(key), false, `twice: ${key}`);
    seen.add(key);
    assert.ok(suffixes[type].some((end) => sample.name === base + end),
      `${sample.name} in ${name}`);
    assert.ok(type === 'gauge' || sample.value >= 0, sample.name);
    if (!sample.exemplar) continue;
    assert.ok(open && /_(total|bucket)$/.test(sample.name), sample.name);
    assert.ok(sample.exemplar.length <= EXEMPLAR_MAX);
  }
  if (type === 'histogram') checkHistogram(name, samples);
}

export function readMetrics(text, { open = false } = {}) {
  assert.match(text, /\n$/);
  const lines = text.slice(0, -1).split('\n');
  if (open) assert.equal(lines.pop(), '# EOF');
  const families = new Map();
  let family = null;
  for (const line of lines) {
    const [, what, name, rest] = /^# (HELP|TYPE) (\S+) (\S.*)$/.exec(line) ?? [];
    if (what === 'HELP') {
      assert.equal(families.has(name), false, `twice: ${name}`);
      family = { name, help: rest, type: null, samples: [] };
      families.set(name, family);
    } else if (what === 'TYPE') {
      assert.equal(family.name, name, 'HELP stands before TYPE');
      assert.ok(suffixes[rest], `${name} is a ${rest}`);
      family.type = rest;
    } else {
      assert.ok(family?.type, `no TYPE before ${line}`);
      family.samples.push(readSample(line));
    }
  }
  for (const [name, one] of families) checkFamily(name, one, open);
  return families;
}

export const samplesOf = (families, name) =>
  [...families.values()].flatMap(({ samples }) => samples)
    .filter((one) => one.name === name);

export const sampleOf = (families, name, labels = {}) =>
  samplesOf(families, name).find((one) => Object.entries(labels)
    .every(([label, value]) => one.labels[label] === value))?.value;

export async function tellMetrics(gateway, headers = {}) {
  const answer = await gateway.api('GET', '/metrics', undefined, { headers });
  assert.equal(answer.status, 200, answer.text);
  const open = /openmetrics/.test(answer.headers['content-type']);
  return readMetrics(answer.text, { open });
}
