// SPDX-License-Identifier: Apache-2.0
// node tests/on_postgres.js COMMAND [ARGUMENT ...] - runs the command beside a
// PostgreSQL server that lives as long, which LTIGATE_TEST_STORE names; ends
// with its status.

import { spawn } from 'node:child_process';
import { startCluster } from './support/cluster.js';

const cluster = await startCluster();
const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: 'inherit',
  env: { ...process.env, LTIGATE_TEST_STORE: cluster.url() } });
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', (problem) => console.error(problem.message));
child.on('close', async (code) => {
  await cluster.close();
  process.exitCode = code ?? 1;
});
