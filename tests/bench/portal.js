// SPDX-License-Identifier: Apache-2.0
// portal - what the portal asks for, with 10,000 platforms, 1,000,000 events,
// 1,000 organisations, 5,000 people, 10,000 courses and assignments and 400
// days of usage: the first answer after the start, and the median of nine
// more; then its pages in a browser
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import { median, show } from './figures.js';
import { apiKey, end, environment, program, serve } from './gateway.js';
import { measurePages } from './portal_pages.js';

const ROUNDS = 9;
const fill = (now) => `
BEGIN;
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
INSERT INTO organizations (id, name, created_at)
SELECT 'org' || i, 'Organisation ' || i, 1 FROM n;
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
INSERT INTO platforms (id, issuer, client_id, name, active, origin,
  authorization_endpoint, token_endpoint, audience, key_method, key_value,
  organization_id, claimed_organization, family, version, targets, metadata,
  extra, report, management_sealed, created_at, changed_at)
SELECT 'p' || i, 'https://lms' || (i * 7919 % 10000) || '.example', 'client-' || i,
  'School ' || (i * 7907 % 10000) || ' Moodle', i % 10 <> 0, 'dynamic',
  'https://lms.example/auth', 'https://lms.example/token', '', 'JWK_SET',
  'https://lms.example/jwks', 'org' || (i % 1000), '', 'moodle', '4.5', '{}', '{}', '{}',
  '{"asked":"' || hex(zeroblob(3000)) || '"}', '', ${now} - 100000 + i, 1 FROM n;
INSERT INTO deployments (platform_id, deployment_id, organization_id, allowed, origin,
  first_seen_at)
SELECT id, 'd' || k, NULL, 1, 'launch', 1 FROM platforms,
  (SELECT 1 AS k UNION ALL SELECT 2 UNION ALL SELECT 3);
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999999)
INSERT INTO events (id, at, level, kind, reference, platform_id, message, details,
  organization_id)
SELECT printf('%010x%05x%07x', ${now} - 1000000 + i, i % 1000000, i), ${now} - 1000000 + i,
  CASE WHEN i % 50 = 0 THEN 'warn' WHEN i % 5003 = 0 THEN 'error' ELSE 'info' END,
  CASE WHEN i % 997 = 0 THEN 'registration' WHEN i % 20 = 1 THEN 'score' ELSE 'launch' END,
  'ref' || i, CASE WHEN i % 3 = 0 THEN 'p0' ELSE 'p' || (i % 10000) END,
  CASE WHEN i % 50 = 0 THEN 'ISS_CLAIM_DOES_NOT_MATCH' ELSE 'launched' END,
  '{"type":"LtiResourceLinkRequest","deployment":"d' || (i % 7)
  || '","rules":"state platform browser signature issuer audience party times nonce '
  || 'version message deployment subject roles target resource-link deep-linking review"}',
  CASE WHEN i % 3 = 0 THEN 'org0' ELSE 'org' || (i % 1000) END FROM n;
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 399)
INSERT INTO usage_counts (step, at, organization_id, launches, people, registrations, failures)
SELECT 'day', (${now} / 86400 - i) * 86400, id, 1000, 100, 1, 10 FROM n,
  (SELECT id FROM organizations UNION ALL SELECT '*');
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 167)
INSERT INTO usage_counts (step, at, organization_id, launches, people, registrations, failures)
SELECT 'hour', (${now} / 3600 - i) * 3600, id, 1000, 100, 1, 10 FROM n,
  (SELECT id FROM organizations UNION ALL SELECT '*');
INSERT INTO usage_faults (step, at, organization_id, fault, count)
SELECT step, at, organization_id, fault, 1 FROM usage_counts,
  (SELECT 'A' AS fault UNION ALL SELECT 'B' UNION ALL SELECT 'C');
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
INSERT INTO users (id, email, name, role, password_hash, created_at, changed_at, seen_at)
SELECT 'u' || i, 'person-' || i || '@school' || (i % 1000) || '.example', 'Person ' || i,
  CASE WHEN i < 20 THEN 'viewer' ELSE '' END, 'none', ${now} - i, 1, ${now} - i FROM n;
INSERT INTO organization_people (organization_id, user_id, role, created_at)
SELECT 'org' || (substr(id, 2) % 1000), id, 'registrar', 1 FROM users;
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
INSERT INTO content (id, organization_id, kind, parent_id, title, folded, description, url,
  custom_parameters, line_item, position, created_at, changed_at)
SELECT 'c' || i, 'org' || (i % 50), 'course', NULL, 'Course ' || i, 'course ' || i, '', '', '', '',
  i, 1, 1 FROM n;
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 8999)
INSERT INTO content (id, organization_id, kind, parent_id, title, folded, description, url,
  custom_parameters, line_item, position, created_at, changed_at)
SELECT 'a' || i, 'org' || (i % 1000 % 50), 'assignment', 'c' || (i % 1000), 'Lesson ' || i,
  'lesson ' || i, '', '', '', '', i, 1, 1 FROM n;
COMMIT;`;

const asked = {
  'platforms, a page of 50': '/admin/platforms?limit=50',
  'the same by name': '/admin/platforms?limit=50&sort=name',
  'the same by URL, in the middle': '/admin/platforms?limit=50&sort=-url&offset=5000',
  'platforms, searched, three found': '/admin/platforms?limit=50&sort=name&search=1234',
  'platforms, searched, none found': '/admin/platforms?limit=50&search=nothing',
  'events, the youngest 200': '/admin/events',
  'events of a kind': '/admin/events?kind=registration',
  'events, errors of an organisation': '/admin/events?level=error&organizationId=org7',
  'events of a platform, errors': '/admin/events?platformId=p0&level=error',
  'events, searched in vain': '/admin/events?search=nothing',
  'events of an organisation, searched in vain':
    '/admin/events?search=nothing&organizationId=org7',
  'events of a kind, searched in vain': '/admin/events?search=nothing&kind=score',
  'usage, a day': '/admin/usage?range=1d',
  'usage, a week': '/admin/usage?range=7d',
  'usage, all, of an organisation': '/admin/usage?range=all&organizationId=org7',
};

async function ask(origin, path) {
  const begun = process.hrtime.bigint();
  const answer = await fetch(origin + path, { headers: { authorization: `Bearer ${apiKey}` } });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
  return Number(process.hrtime.bigint() - begun) / 1e6;
}

export async function measurePortal(folder, port) {
  console.log('the portal, 10,000 platforms, 1,000,000 events: first, then median');
  execFileSync(program, ['migrate'], { env: environment(folder, 'portal', port) });
  execFileSync('sqlite3', [join(folder, 'portal.db')],
    { input: fill(Math.floor(Date.now() / 1000)) });
  const gateway = await serve(folder, 'portal', port);
  for (const [name, path] of Object.entries(asked)) {
    const first = await ask(gateway.origin, path);
    const times = [];
    for (let i = 0; i < ROUNDS; i += 1) times.push(await ask(gateway.origin, path));
    show(name, `${first.toFixed(1)}, ${median(times).toFixed(1)}`, 'ms');
  }
  await measurePages(`http://localhost:${port}`);
  show('resident', gateway.resident().toFixed(1), 'MB');
  await end(gateway.child);
}
