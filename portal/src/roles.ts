// SPDX-License-Identifier: Apache-2.0
// The roles, in the words of the portal.

import type { OrgRole, StaffRole } from './types';

export const staffRoles: [StaffRole, string, string][] = [
  ['owner', 'Owner', 'Everything, and makes owners and admins'],
  ['admin', 'Admin', 'Everything except owners and admins'],
  ['viewer', 'Viewer', 'Sees everything, changes nothing'],
];

export const orgRoles: [OrgRole, string, string][] = [
  ['admin', 'Admin', 'Integrations, content and people'],
  ['registrar', 'Registrar', 'Integrations and registration links'],
  ['viewer', 'Viewer', 'Sees, changes nothing'],
];

export const roleName = (role: string) =>
  role.charAt(0).toUpperCase() + role.slice(1);
