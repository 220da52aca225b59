// SPDX-License-Identifier: Apache-2.0
// Which page is shown stands behind the '#' of the address: the gateway serves
// one document, and an invitation's token in there never reaches a log.

import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';

export interface Route {
  path: string[];
  query: URLSearchParams;
}

export type Changes = Record<string, string | undefined>;

export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  return { path: path.split('/').filter(Boolean).map(decoded),
    query: new URLSearchParams(query) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const RouteContext = createContext<Route>({ path: [],
  query: new URLSearchParams() });
export const useRoute = () => useContext(RouteContext);

export function useHash(): string {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const changed = () => setHash(location.hash);
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return hash;
}

// The address of a page. The chosen organisation goes along.
export function href(path: string, changes: Changes = {}): string {
  const organization =
    readRoute(location.hash).query.get('organization') ?? undefined;
  const query = new URLSearchParams(
    Object.entries({ organization, ...changes })
      .filter((pair): pair is [string, string] => Boolean(pair[1])));
  const text = query.toString();
  return `#/${path}${text ? `?${text}` : ''}`;
}

export function go(path: string, changes: Changes = {}): void {
  location.hash = href(path, changes);
}

// The same page with other parameters, without an entry in the history.
export function refine(changes: Changes): void {
  const { path, query } = readRoute(location.hash);
  const next = href(path.map(encodeURIComponent).join('/'),
    { ...Object.fromEntries(query), ...changes });
  if (next === location.hash) return;
  history.replaceState(null, '', next);
  dispatchEvent(new HashChangeEvent('hashchange'));
}
