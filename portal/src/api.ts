// SPDX-License-Identifier: Apache-2.0
// Every call of the portal. Addresses are relative to the page, so that they
// hold behind a proxy that adds a path of its own.

import type {
  ApiKey, Completed, ContentBody, ContentItem, Deployment, Imported,
  Invitation, InvitationLink, LogEvent, Membership, Organization, OwnSession,
  Platform, PlatformBody, Registration, RegistrationLink, Report, ServiceKey,
  Session, Settings, ToolCard, ToolKey, Usage, User,
} from './types';

// What is empty is left out; null is sent as an empty text.
type Query = Record<string, string | number | boolean | null | undefined>;
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface FaultDetails {
  message?: string;
  description?: string;
  member?: string;
  reference?: string;
  externalError?: boolean;
  externalUrl?: string;
  externalStatus?: number;
  bodyReceived?: unknown;
}

// What went wrong, in words for a person. Status 0: there was no answer.
export class ApiError extends Error {
  readonly code: string;
  readonly member: string;
  readonly reference: string;

  constructor(
    readonly status: number,
    readonly details: FaultDetails,
  ) {
    super(details.description ?? 'Something went wrong');
    this.code = details.message ?? '';
    this.reference = details.reference ?? '';
    this.member = details.member || memberOf[this.code]
      || memberIn(this.message);
  }
}

// What is taken already, and by which field of a form.
const memberOf: Record<string, string> = {
  ORGANIZATION_EXISTS: 'name',
  USER_EXISTS: 'email',
  DEPLOYMENT_TAKEN: 'deploymentId',
  URL_CLIENT_ID_COMBINATION_ALREADY_EXISTS: 'clientId',
};

// "messages[0].type must be a string": the API names the member first.
function memberIn(text: string): string {
  return /^([a-z][\w.[\]]*):? /.exec(text)?.[1] ?? '';
}

let csrfToken = '';
let onUnauthorized: () => void = () => {};

export function whenUnauthorized(listener: () => void): void {
  onUnauthorized = listener;
}

function address(path: string, query: Query): string {
  const given = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => [name, String(value ?? '')]);
  const text = new URLSearchParams(given).toString();
  return text ? `${path}?${text}` : path;
}

async function send(method: Method, url: string, body: unknown,
  signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (method !== 'GET') headers['x-csrf-token'] = csrfToken;
  let content: BodyInit | undefined;
  if (body instanceof Blob) {
    content = body;
    headers['content-type'] = body.type;
  } else if (body !== undefined) {
    content = JSON.stringify(body);
    headers['content-type'] = 'application/json';
  }
  try {
    return await fetch(url, { method, headers, body: content ?? null,
      credentials: 'same-origin', redirect: 'error', signal: signal ?? null });
  } catch (problem) {
    if (signal?.aborted) throw problem;
    throw new ApiError(0, { description:
      'The gateway cannot be reached. Check your connection and try again.' });
  }
}

async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '');
  try {
    return new ApiError(response.status, JSON.parse(text).details ?? {});
  } catch {
    return new ApiError(response.status, {
      description: `The gateway answered with HTTP status ${response.status}.`,
    });
  }
}

async function call<T>(method: Method, path: string,
  { query = {}, body, signal }: {
    query?: Query; body?: unknown; signal?: AbortSignal | undefined;
  } = {}): Promise<T> {
  const url = address(path, query);
  let response = await send(method, url, body, signal);
  if (response.status === 403 && method !== 'GET') {
    // Signed in again in another tab: its token replaced this page's.
    const error = await errorOf(response);
    if (!/CSRF/.test(error.code)) throw error;
    await readSession();
    response = await send(method, url, body, signal);
  }
  if (!response.ok) {
    const error = await errorOf(response);
    if (error.status === 401) onUnauthorized();
    throw error;
  }
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

const get = <T>(path: string, query: Query = {}, signal?: AbortSignal) =>
  call<T>('GET', path, { query, signal });
const post = <T>(path: string, body: unknown = {}, query: Query = {}) =>
  call<T>('POST', path, { body, query });
const put = <T>(path: string, body: unknown) => call<T>('PUT', path, { body });
const patch = <T>(path: string, body: unknown) =>
  call<T>('PATCH', path, { body });
const remove = <T = void>(path: string) => call<T>('DELETE', path);

const id = encodeURIComponent;

function remember(session: Session): Session {
  csrfToken = session.csrfToken ?? '';
  return session;
}

async function readSession(): Promise<Session> {
  return remember(await get<Session>('portal/session'));
}

// --- the person -------------------------------------------------------------

export const session = {
  read: readSession,
  signIn: async (email: string, password: string) =>
    remember(await post<Session>('portal/session', { email, password })),
  signOut: () => remove('portal/session'),
  list: () => get<{ sessions: OwnSession[] }>('portal/sessions'),
  end: (which: string) => remove(`portal/sessions/${id(which)}`),
  invitation: (token: string) =>
    post<Invitation>('portal/invitation', { token }),
  accept: async (body: {
    token: string; password: string; name?: string; email?: string;
  }) => remember(await post<Session>('portal/invitation/accept', body)),
  // It begins a new session, with a token of its own.
  changePassword: async (current: string, password: string) => {
    await put<void>('portal/password', { current, password });
    await readSession();
  },
  rename: (name: string) => patch<User>('portal/profile', { name }),
  oidc: () => post<{ url: string }>('portal/oidc'),
};

export interface UserBody {
  email?: string;
  name?: string;
  role?: string;
  organizations?: Pick<Membership, 'id' | 'role'>[];
}

export const users = {
  list: (query: Query, signal?: AbortSignal) =>
    get<{ users: User[]; total?: number }>('admin/users', query, signal),
  invite: (body: UserBody) =>
    post<User & { invitation?: InvitationLink }>('admin/users', body),
  change: (who: string, body: UserBody) =>
    patch<User>(`admin/users/${id(who)}`, body),
  remove: (who: string) => remove(`admin/users/${id(who)}`),
  newLink: (who: string) =>
    post<InvitationLink>(`admin/users/${id(who)}/invitation`),
  endSessions: (who: string) =>
    remove<{ ended: number }>(`admin/users/${id(who)}/sessions`),
};

// --- the tool ---------------------------------------------------------------

export const tool = {
  card: (organizationId?: string) =>
    get<ToolCard>('admin/tool', { organizationId }),
  settings: () => get<Settings>('admin/settings'),
  changeSettings: (body: Settings) => put<Settings>('admin/settings', body),
  usage: (query: Query) => get<Usage>('admin/usage', query),
  keys: () => get<{ keys: ToolKey[] }>('admin/keys'),
  rotateKeys: (atOnce: boolean) =>
    post<{ keys: ToolKey[] }>('admin/keys/rotate', { atOnce }),
  apiKeys: () => get<{ apiKeys: ApiKey[] }>('admin/api-keys'),
  makeApiKey: (name: string) => post<ApiKey>('admin/api-keys', { name }),
  removeApiKey: (which: string) => remove(`admin/api-keys/${id(which)}`),
  events: (query: Query, signal?: AbortSignal) =>
    get<{ events: LogEvent[]; searchedUntil?: string }>('admin/events', query,
      signal),
};

// --- platforms --------------------------------------------------------------

const platformPath = (which: string) => `admin/platforms/${id(which)}`;

export const platforms = {
  list: (query: Query, signal?: AbortSignal) =>
    get<{ platforms: Platform[]; total?: number }>('admin/platforms', query,
      signal),
  get: (which: string) => get<Platform>(platformPath(which)),
  create: (body: PlatformBody) => post<Platform>('admin/platforms', body),
  change: (which: string, body: PlatformBody) =>
    patch<Platform>(platformPath(which), body),
  remove: (which: string) => remove(platformPath(which)),
  activate: (which: string, active: boolean) => post<Platform>(
    `${platformPath(which)}/${active ? 'activate' : 'deactivate'}`),
  update: (which: string) =>
    post<Platform>(`${platformPath(which)}/registration/update`),
  check: (which: string) =>
    post<Platform>(`${platformPath(which)}/registration/check`),
  report: (which: string) => get<Report>(`${platformPath(which)}/report`),
  addDeployment: (which: string, deploymentId: string,
    organizationId: string) => post<Deployment>(
    `${platformPath(which)}/deployments`, { deploymentId, organizationId }),
  changeDeployment: (which: string, deployment: string,
    body: { allowed?: boolean; organizationId?: string }) =>
    patch<Deployment>(
      `${platformPath(which)}/deployments/${id(deployment)}`, body),
  serviceKeys: (which: string) => get<{ serviceKeys: ServiceKey[] }>(
    `${platformPath(which)}/service-keys`),
  revokeServiceKeys: (which: string) =>
    remove<{ revoked: number }>(`${platformPath(which)}/service-keys`),
  revokeServiceKey: (key: string) => remove(`admin/service-keys/${id(key)}`),
};

export const registrations = {
  list: () => get<{ registrations: Registration[] }>('api/registrations'),
  approve: (handle: string, body: {
    organizationId?: string; platformName?: string; autoActivate?: boolean;
  }) => post<Completed>(`api/registrations/${id(handle)}/complete`, body),
  reject: (handle: string) =>
    post<void>(`api/registrations/${id(handle)}/reject`),
};

export const links = {
  list: (organizationId?: string) =>
    get<{ registrationLinks: RegistrationLink[] }>('admin/registration-links',
      { organizationId }),
  make: (body: {
    organizationId: string; label?: string; once?: boolean;
    activate?: boolean; expiresInDays?: number;
  }) => post<RegistrationLink>('admin/registration-links', body),
  revoke: (which: string) => remove(`admin/registration-links/${id(which)}`),
};

export const organizations = {
  list: () => get<{ organizations: Organization[] }>('admin/organizations'),
  add: (name: string) => post<Organization>('admin/organizations', { name }),
  rename: (which: string, name: string) =>
    put<Organization>(`admin/organizations/${id(which)}`, { name }),
  remove: (which: string) => remove(`admin/organizations/${id(which)}`),
};

export const content = {
  list: (query: Query, signal?: AbortSignal) =>
    get<{ content: ContentItem[]; total: number }>('admin/content', query,
      signal),
  get: (which: string) => get<ContentItem>(`admin/content/${id(which)}`),
  add: (body: ContentBody) => post<ContentItem>('admin/content', body),
  change: (which: string, body: ContentBody) =>
    put<ContentItem>(`admin/content/${id(which)}`, body),
  remove: (which: string) => remove(`admin/content/${id(which)}`),
  import: (file: Blob, query: Query) =>
    post<Imported>('admin/content/import', file, query),
};
