// SPDX-License-Identifier: Apache-2.0
// The key pair the LMSs of a testbed sign with, made at start.

import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';

export async function makeKeys() {
  const { privateKey, publicKey } = await generateKeyPair('RS256',
    { modulusLength: 2048, extractable: true });
  const kid = randomBytes(10).toString('hex');
  const jwk = await exportJWK(publicKey);
  return {
    kid,
    privateKey,
    publicKey,
    sharedSecret: randomBytes(32),
    keySet: { keys: [{ ...jwk, kid, alg: 'RS256', use: 'sig' }] },
  };
}
