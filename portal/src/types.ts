// SPDX-License-Identifier: Apache-2.0
// What the API gives and takes, as far as the portal looks at it.

export type Right =
  | 'self' | 'see' | 'see-people' | 'see-tool' | 'register' | 'content'
  | 'people' | 'organize' | 'tool' | 'program';
export type StaffRole = 'owner' | 'admin' | 'viewer';
export type OrgRole = 'admin' | 'registrar' | 'viewer';

export interface Membership {
  id: string;
  name?: string;
  role: OrgRole;
  rights?: Right[];
}

export interface User {
  id: string;
  email: string;
  name?: string;
  role?: StaffRole | '';
  rights?: Right[];
  organizations?: Membership[];
  state?: 'active' | 'invited';
  createdAt?: string;
  seenAt?: string;
}

export interface Session {
  signedIn: boolean;
  password?: boolean;
  oidc?: string;
  tool?: { name?: string; logoUrl?: string };
  csrfToken?: string;
  user?: User;
  rights?: Right[];
}

export interface OwnSession {
  id: string;
  createdAt: string;
  usedAt?: string;
  expiresAt?: string;
  agent?: string;
  current?: boolean;
}

export interface Invitation {
  email?: string;
  name?: string;
  expiresAt?: string;
  first?: boolean;
}

export interface InvitationLink {
  url: string;
  expiresAt: string;
}

export interface Organization {
  id: string;
  name: string;
  createdAt?: string;
}

export interface Shared {
  platformId: string;
  name: string;
  url: string;
  clientId: string;
  family?: string;
}

export type Mode = 'off' | 'automatic' | 'confirm' | 'pre-approval';

export interface ToolCard {
  name: string;
  description?: string;
  logoUrl?: string;
  domain: string;
  loginUrl: string;
  redirectUrl: string;
  publicKey: string;
  keySetUrl: string;
  registrationUrl: string;
  canvasUrl: string;
  registrationMode?: Mode;
  deepLinking?: 'api' | 'builtin' | 'off';
  shared?: Shared[];
}

export interface AuthConfig {
  method: 'JWK_SET' | 'JWK_KEY' | 'RSA_KEY';
  key: string;
}

export interface Platform {
  id: string;
  url: string;
  clientId: string;
  name: string;
  authenticationEndpoint: string;
  accesstokenEndpoint: string;
  authConfig: AuthConfig;
  publicKey?: string;
  active: boolean;
  authorizationServer?: string;
  organizationId?: string;
  claimedOrganization?: string;
  familyCode?: string;
  version?: string;
  origin?: string;
  targetLinkUri?: string;
  createdAt?: string;
  changedAt?: string;
  registration?: PlatformStep;
}

// How it stands to the settings; inStep null: nothing is known.
export interface PlatformStep {
  inStep: boolean | null;
  behind?: string[];
  update: 'automatic' | 'by-administrator' | 'none';
  state?: 'done' | 'asked' | 'failed';
  error?: string;
  updatedAt?: string;
}

export type PlatformBody = Partial<Omit<Platform, 'id'>>;

export interface Deployment {
  deploymentId: string;
  organizationId?: string;
  allowed?: boolean;
  origin?: string;
  firstSeenAt?: string;
}

export interface Difference {
  member?: string;
  asked?: unknown;
  granted?: unknown;
  reason?: string;
}

export interface Report {
  platformId: string;
  registeredAt?: string;
  reference?: string;
  asked?: unknown;
  granted?: unknown;
  differences?: Difference[];
  dropped?: unknown[];
  firstLaunch?: {
    at: string;
    reference?: string;
    message?: string;
    deploymentId?: string;
    differences?: Difference[];
  };
  deployments?: Deployment[];
  events?: LogEvent[];
}

export interface ServiceKey {
  id: string;
  platformId: string;
  deploymentId?: string;
  createdAt: string;
  usedAt?: string;
  contextTitle?: string;
  contextId?: string;
  resourceLinkTitle?: string;
  resourceLinkId?: string;
}

export interface Registration {
  handle: string;
  state?: string;
  waitsFor?: 'approval' | 'person' | 'tool';
  url?: string;
  familyCode?: string;
  version?: string;
  organizationId?: string;
  claimedOrganization?: string;
  registrationLinkId?: string;
  startedFrom?: string;
  createdAt?: string;
  expiresAt?: string;
  fault?: string;
  reference?: string;
}

export interface Completed {
  platformId: string;
  active?: boolean;
  updated?: boolean;
  dropped?: unknown[];
  differences?: Difference[];
}

export interface RegistrationLink {
  id: string;
  organizationId: string;
  label?: string;
  url?: string;
  once?: boolean;
  activate?: boolean;
  uses?: number;
  createdAt?: string;
  expiresAt?: string;
}

export interface Message {
  type: string;
  placements?: string[];
  label?: string;
  iconUrl?: string;
  targetLinkUri?: string;
  customParameters?: Record<string, string>;
  roles?: string[];
  [extension: string]: unknown;
}

export interface Settings {
  name: string;
  description: string;
  logoUrl: string;
  localizedNames: Record<string, string>;
  launchUrl: string;
  deepLinkingUrl: string;
  submissionReviewUrl: string;
  notices: string[];
  allowedUrls: string[];
  deepLinking: 'api' | 'builtin' | 'off';
  registration: {
    mode: Mode;
    preApprovalUrl: string;
    autoActivate: boolean;
    allowedHosts: string[];
    blockedHosts: string[];
  };
  services: { assignmentAndGrades: boolean; namesAndRoles: boolean };
  messages: Message[];
  placementsByFamily: Record<string, Record<string, string[]>>;
  customParameters: Record<string, string>;
  privacyLevel: 'public' | 'name_only' | 'email_only' | 'anonymous';
  keys: 'tool' | 'platform';
  redirectUris: string[];
  contacts: string[];
  clientUri: string;
  tosUri: string;
  policyUri: string;
  deployments: 'learn' | 'any' | 'listed';
}

export interface ApiKey {
  id: string;
  name: string;
  key?: string;
  hint?: string;
  createdAt?: string;
}

export interface ToolKey {
  id: string;
  state: string;
  publicKey?: string;
  createdAt?: string;
  changedAt?: string;
}

export interface LogEvent {
  id: string;
  at: string;
  level: string;
  kind: string;
  reference?: string;
  platformId?: string;
  organizationId?: string;
  message: string;
  details?: Record<string, unknown>;
}

export type Range = '1d' | '7d' | '30d' | 'all';

export interface Counts {
  launches: number;
  people: number;
  registrations: number;
  failures: number;
}

export interface Usage {
  step: 'hour' | 'day';
  points: (Counts & { at: string })[];
  totals: Counts;
  faults: { fault: string; count: number }[];
}

export interface LineItem {
  label?: string;
  scoreMaximum: number;
  resourceId?: string;
  tag?: string;
}

export interface ContentItem {
  id: string;
  organizationId: string;
  parentId?: string;
  kind: 'course' | 'assignment';
  title: string;
  description?: string;
  url?: string;
  customParameters?: Record<string, string>;
  lineItem?: LineItem;
  position?: number;
  count?: number;
  createdAt?: string;
}

export type ContentBody = Omit<ContentItem, 'id' | 'count' | 'createdAt'>;

export interface Imported {
  added: number;
  changed: number;
  unchanged?: number;
  skipped: { line?: number; why: string }[];
}
