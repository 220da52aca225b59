// SPDX-License-Identifier: Apache-2.0
// Builds every address the testbed gives out: the scheme and the port come
// from how it was started, the host from the profile.

const defaultPorts = { http: 80, https: 443 };

export function makeOrigins({ scheme, port }) {
  const bare = (hostname) =>
    port === defaultPorts[scheme] ? hostname : `${hostname}:${port}`;
  return {
    scheme,
    port,
    bare,
    origin: (hostname) => `${scheme}://${bare(hostname)}`,
  };
}

export const ELSEWHERE = 'elsewhere.localhost';

// The host names of one installation of an LMS. A site is a second, third ...
// installation of the same LMS, with tools and client ids of its own.
export function siteHosts(profile, site) {
  const hosts = {};
  for (const [name, hostname] of Object.entries(profile.hosts)) {
    hosts[name] = site ? `${site}.${hostname}` : hostname;
  }
  return hosts;
}

// Hosts that a switch may move endpoints to, beside the profile's own.
export function movedHosts(hosts) {
  return {
    movedSchool: `school.${hosts.config}`,
    movedSso: `sso.${hosts.config}`,
  };
}

export function hostnameOf(hostHeader) {
  const text = String(hostHeader ?? '').toLowerCase();
  return text.replace(/:\d+$/, '').replace(/\.$/, '');
}

export function isStartHost(hostname) {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

// {{name}} and {{bare:name}} for each host.
export function namesOfHosts(origins, hosts) {
  const names = { elsewhere: origins.origin(ELSEWHERE) };
  for (const [name, hostname] of Object.entries(hosts)) {
    names[name] = origins.origin(hostname);
    names[`bare:${name}`] = origins.bare(hostname);
  }
  return names;
}
