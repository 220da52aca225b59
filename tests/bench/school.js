// SPDX-License-Identifier: Apache-2.0
// school - the platform that is launched from: a key pair and a key set
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/';
const encoded = (part) => Buffer.from(part).toString('base64url');

export async function openSchool(folder) {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicKey = createPublicKey(privateKey);
  const keyFile = join(folder, 'school.pem');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(keyFile, pem, { mode: 0o600 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'RS256', use: 'sig' };
  const text = JSON.stringify({ keys: [jwk] });
  const server = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const platform = { url: 'https://school.example', clientId: 'client-1', method: 'JWK_SET',
    key: `http://127.0.0.1:${server.address().port}/keys` };

  return {
    platform,
    /** The same with its key entered by hand: nothing has to be fetched. */
    byHand: { ...platform, method: 'RSA_KEY',
      key: publicKey.export({ type: 'spki', format: 'pem' }) },
    /** Arguments of the load program. */
    launches: (login, post, target) => ['--target', login, '--post', post, '--key', keyFile,
      '--issuer', platform.url, '--client', platform.clientId, '--launch-url', target],
    token(iss, aud, nonce, target, deployment = '1') {
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss, aud, nonce, sub: '7', iat: now, exp: now + 60,
        [`${CLAIM}version`]: '1.3.0', [`${CLAIM}message_type`]: 'LtiResourceLinkRequest',
        [`${CLAIM}deployment_id`]: deployment, [`${CLAIM}target_link_uri`]: target,
        [`${CLAIM}roles`]: [], [`${CLAIM}resource_link`]: { id: '1' } };
      const signed = `${encoded(JSON.stringify({ alg: 'RS256', kid: 'bench' }))}`
        + `.${encoded(JSON.stringify(claims))}`;
      return `${signed}.${encoded(sign('sha256', Buffer.from(signed), privateKey))}`;
    },
    /** Microseconds of CPU that a check of a signature takes on this machine
     * now: more than when nothing else runs. */
    checkCost() {
      const bytes = Buffer.alloc(1500);
      const signature = sign('sha256', bytes, privateKey);
      const before = process.cpuUsage();
      for (let i = 0; i < 4000; i += 1) verify('sha256', bytes, publicKey, signature);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 4000;
    },
    close: () => server.close(),
  };
}
