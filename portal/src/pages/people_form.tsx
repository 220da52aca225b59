// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { users } from '../api';
import { Choice, Form, Text, type Values } from '../forms';
import { Dialog, tell } from '../parts';
import { orgRoles, staffRoles } from '../roles';
import { organizationsFor, staffRights, useScope } from '../session';
import type { InvitationLink, OrgRole, User } from '../types';
import type { Row } from './people';

const choicesOf = <T extends string>(roles: [T, string, string][]) =>
  roles.map(([value, name, about]): [T, string] =>
    [value, `${name}: ${about.charAt(0).toLowerCase()}${about.slice(1)}`]);

// Only an owner makes owners and admins.
function useStaffRoles() {
  const { person } = useScope();
  return staffRoles.filter(([role]) =>
    person.user.role === 'owner' || role === 'viewer');
}

export function Invite({ onClose, onDone }: {
  onClose: () => void;
  onDone: (made: User & { invitation?: InvitationLink }) => void;
}) {
  const { person, organization } = useScope();
  const own = organizationsFor(person, 'people');
  const forStaff = staffRights(person).includes('people');
  const roles = useStaffRoles();
  const [kind, setKind] = useState<'staff' | 'organization'>(
    own.length && (organization || !forStaff) ? 'organization' : 'staff');
  const invite = async (values: Values) => {
    const who = { email: values.email ?? '',
      ...(values.name ? { name: values.name } : {}) };
    onDone(await users.invite(kind === 'staff'
      ? { ...who, role: values.role ?? 'viewer' }
      : { ...who, organizations: [{
        id: values.organizationId ?? organization ?? '',
        role: (values.role ?? 'viewer') as OrgRole }] }));
  };
  return (
    <Dialog title="Invite somebody" onClose={onClose}>
      <Form onSubmit={invite} submit="Invite" onCancel={onClose}>
        <Text label="E-mail" name="email" type="email" />
        <Text label="Name" name="name" optional />
        {forStaff && own.length > 0 && (
          <Choice label="For" name="kind" value={kind} onChange={setKind}
            choices={[['staff', 'The tool: staff'],
              ['organization', 'An organisation']]} />
        )}
        {kind === 'organization' && (
          <Choice label="Organisation" name="organizationId"
            initial={organization ?? own[0]?.id ?? ''}
            choices={own.map((one): [string, string] => [one.id, one.name])} />
        )}
        {kind === 'staff'
          ? <Choice key="staff" label="Role" name="role" initial="viewer"
              choices={choicesOf(roles)} />
          : <Choice key="people" label="Role" name="role" initial="registrar"
              choices={choicesOf(orgRoles)} />}
      </Form>
    </Dialog>
  );
}

export function ChangeRole({ row, onClose, onDone }: {
  row: Row; onClose: () => void; onDone: () => void;
}) {
  const { user, membership } = row;
  const roles = useStaffRoles();
  const change = async (values: Values) => {
    const role = values.role ?? '';
    await users.change(user.id, membership
      ? { organizations: (user.organizations ?? []).map((one) =>
        ({ id: one.id, role: one.id === membership.id
          ? role as OrgRole : one.role })) }
      : { role });
    tell('Role changed');
    onDone();
  };
  return (
    <Dialog title={`Role of ${user.name || user.email}`} onClose={onClose}>
      {membership && <p>In {membership.name ?? 'the organisation'}.</p>}
      <Form onSubmit={change} submit="Change role" onCancel={onClose}>
        {membership
          ? <Choice label="Role" name="role" initial={membership.role}
              choices={choicesOf(orgRoles)} />
          : <Choice label="Role" name="role" initial={user.role || 'viewer'}
              choices={choicesOf(roles)} />}
      </Form>
    </Dialog>
  );
}
