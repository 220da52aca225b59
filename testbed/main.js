#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Starts the testbed for a person.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { issuerExceptions, startTestbed } from './testbed.js';

const help = `node testbed/main.js [options]

  --port N            port to listen on (9400)
  --host ADDRESS      address to listen on (127.0.0.1)
  --tool-url URL      the registration URL the page begins with
                      (or TESTBED_TOOL_URL; http://localhost:8080/lti/register)
  --tls-cert FILE     serve https with this certificate
  --tls-key FILE      and this key
  --print-exceptions  print the issuer exceptions a gateway needs, and end
  --help              this text
`;

const { values } = parseArgs({ options: {
  port: { type: 'string', default: '9400' },
  host: { type: 'string', default: '127.0.0.1' },
  'tool-url': { type: 'string', default: process.env.TESTBED_TOOL_URL
    ?? 'http://localhost:8080/lti/register' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'print-exceptions': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} });

function readTls() {
  const cert = values['tls-cert'];
  const key = values['tls-key'];
  if (!cert && !key) return null;
  if (!cert || !key) throw new Error('--tls-cert and --tls-key go together');
  return { cert: readFileSync(cert), key: readFileSync(key) };
}

async function start() {
  const lms = await startTestbed({
    port: Number(values.port), host: values.host, tls: readTls(),
    toolUrl: values['tool-url'],
  });
  console.log(`Testbed LMS: ${lms.url}/`);
  console.log(`Tool to add: ${values['tool-url']}`);
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => lms.close().then(() => process.exit(0)));
  }
}

if (values.help) console.log(help);
else if (values['print-exceptions']) console.log(issuerExceptions);
else {
  start().catch((problem) => {
    console.error(`testbed: ${problem.message}`);
    process.exitCode = 1;
  });
}
