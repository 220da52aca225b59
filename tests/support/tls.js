// SPDX-License-Identifier: Apache-2.0
// Certificates made while a test runs, by the openssl program, in a directory
// of the test's own.
//
//   const authority = await makeAuthority(directory);
//   authority.file                  PEM of its own certificate
//   await authority.issue('lms.localhost')                 {key, cert}
//   await authority.issue(names, { from, until })          YYYYMMDDHHMMSSZ
//   await authority.issue(names, { until: inDays(60) })
//   await selfSigned(directory, names)                     {key, cert}

import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
let serial = 0;

// YYYYMMDDHHMMSSZ, so many days from now.
export const inDays = (days) =>
  `${new Date(Date.now() + days * 86_400_000).toISOString()
    .replace(/\D/g, '').slice(0, 14)}Z`;

const names = (list) => [].concat(list).map((name) =>
  /^[\d.]+$|:/.test(name) ? `IP:${name}` : `DNS:${name}`).join(',');

const configuration = (place) => `
[ca]
default_ca = own
[own]
database = ${place}/index.txt
new_certs_dir = ${place}
serial = ${place}/serial
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
`;

export async function selfSigned(directory, list, more = []) {
  const place = join(directory, `self-${serial += 1}`);
  await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
    'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
    '/CN=made by a test', '-addext', `subjectAltName=${names(list)}`,
    '-keyout', `${place}.key`, '-out', `${place}.pem`, ...more]);
  return { file: `${place}.pem`, keyFile: `${place}.key`,
    key: await readFile(`${place}.key`), cert: await readFile(`${place}.pem`) };
}

export async function makeAuthority(directory) {
  const place = join(directory, `authority-${serial += 1}`);
  await mkdir(place);
  await writeFile(join(place, 'index.txt'), '');
  await writeFile(join(place, 'serial'), '1000\n');
  await writeFile(join(place, 'ca.conf'), configuration(place));
  // req -x509 makes an authority's certificate unless told otherwise.
  const own = await selfSigned(place, 'authority.localhost');
  const issue = async (list, { from, until } = {}) => {
    const base = join(place, `leaf-${serial += 1}`);
    await run('openssl', ['req', '-newkey', 'ec', '-pkeyopt',
      'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=an LMS',
      '-addext', `subjectAltName=${names(list)}`,
      '-keyout', `${base}.key`, '-out', `${base}.csr`]);
    await run('openssl', ['ca', '-batch', '-notext', '-config',
      join(place, 'ca.conf'), '-cert', own.file, '-keyfile', own.keyFile,
      '-in', `${base}.csr`, '-out', `${base}.pem`,
      ...(until ? ['-startdate', from ?? '20200101000000Z', '-enddate', until]
        : ['-days', '2'])]);
    return { key: await readFile(`${base}.key`),
      cert: await readFile(`${base}.pem`) };
  };
  return { file: own.file, issue };
}
