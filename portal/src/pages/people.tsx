// SPDX-License-Identifier: Apache-2.0
// Staff of the tool, and the people of organisations.

import { useEffect, useState } from 'preact/hooks';
import { users } from '../api';
import { Card, Chip, Confirm, CopyField, counted, Dialog, Empty, exactTime,
  Loaded, Notice, Page, Pager, SearchBox, Table, tell, useLoad, When }
  from '../parts';
import { refine, useRoute } from '../router';
import { roleName } from '../roles';
import { useScope } from '../session';
import type { InvitationLink, Membership, User } from '../types';
import { PAGE_SIZE } from './integrations';
import { ChangeRole, Invite } from './people_form';

export interface Row {
  user: User;
  membership?: Membership; // absent: as staff
}

type Task = 'role' | 'link' | 'sessions' | 'remove';

function LinkShown({ user, link, onClose }: {
  user: User; link: InvitationLink; onClose: () => void;
}) {
  return (
    <Dialog title="Invitation link" onClose={onClose} wide>
      <Notice tone="warn">Copy it now: it is shown only once. Send it to{' '}
        {user.email}; whoever opens it sets the password.</Notice>
      <CopyField label="One-time link" value={link.url}
        help={`It works until ${exactTime(link.expiresAt)}.`} />
      <div class="actions end">
        <button type="button" onClick={onClose}>Done</button>
      </div>
    </Dialog>
  );
}

// A person who is also elsewhere only leaves this place.
async function removeRow({ user, membership }: Row) {
  const others = (user.organizations ?? []).filter((one) =>
    one.id !== membership?.id);
  if (membership && (others.length > 0 || user.role)) {
    await users.change(user.id, { organizations: others.map(({ id, role }) =>
      ({ id, role })) });
  } else if (!membership && others.length > 0) {
    await users.change(user.id, { role: '' });
  } else {
    await users.remove(user.id);
  }
}

function Tasks({ row, task, onClose, onDone }: {
  row: Row; task: Task; onClose: () => void; onDone: () => void;
}) {
  const [link, setLink] = useState<InvitationLink>();
  const { user, membership } = row;
  if (link) return <LinkShown user={user} link={link} onClose={onClose} />;
  const who = user.name || user.email;
  switch (task) {
  case 'role':
    return <ChangeRole row={row} onClose={onClose} onDone={onDone} />;
  case 'link':
    return (
      <Confirm title={`Make a new link for ${who}?`} action="Make link"
        harmless onClose={() => {}} onConfirm={async () => {
          setLink(await users.newLink(user.id));
          onDone();
        }}>
        <p>It sets the password. Earlier links stop working.</p>
      </Confirm>
    );
  case 'sessions':
    return (
      <Confirm title={`End all sessions of ${who}?`} action="End sessions"
        onClose={onClose} onConfirm={async () => {
          const { ended } = await users.endSessions(user.id);
          tell(`${counted(ended, 'session')} ended`);
        }}>
        <p>They have to sign in again, everywhere.</p>
      </Confirm>
    );
  case 'remove':
    return (
      <Confirm title={`Remove ${who}?`} action="Remove" onClose={onClose}
        onConfirm={async () => {
          await removeRow(row);
          tell('Removed');
          onDone();
        }}>
        <p>{user.email} can no longer see {membership
          ? membership.name ?? 'the organisation' : 'the tool'}.</p>
      </Confirm>
    );
  }
}

function Menu({ row, own, onTask }: {
  row: Row; own: boolean; onTask: (task: Task) => void;
}) {
  const who = row.user.name || row.user.email;
  const button = (task: Task, text: string) => (
    <button type="button" class="secondary small" onClick={() => onTask(task)}
      aria-label={`${text}: ${who}`}>{text}</button>
  );
  return (
    <span class="buttons">
      {button('role', 'Role')}
      {!own && button('link', 'New link')}
      {!own && row.user.state !== 'invited'
        && button('sessions', 'End sessions')}
      {!own && button('remove', 'Remove')}
    </span>
  );
}

function List({ label, rows, mayChange, showOrganization, onTask }: {
  label: string; rows: Row[]; mayChange: (row: Row) => boolean;
  showOrganization: boolean; onTask: (row: Row, task: Task) => void;
}) {
  const { person, nameOf } = useScope();
  return (
    <Table label={label} rows={rows}
      rowKey={(row) => `${row.user.id} ${row.membership?.id ?? ''}`} columns={[
        { name: 'Name', wide: true, cell: ({ user }) => (
          <>{user.name || <span class="quiet">no name yet</span>}
            {user.id === person.user.id && <> <Chip tone="info">You</Chip></>}
            <div class="quiet">{user.email}</div></>
        ) },
        ...(showOrganization ? [{ name: 'Organisation', cell: (row: Row) =>
          row.membership?.name ?? nameOf(row.membership?.id) }] : []),
        { name: 'Role', cell: ({ user, membership }) =>
          roleName(membership?.role ?? user.role ?? '') },
        { name: 'State', cell: ({ user }) => user.state === 'invited'
          ? <Chip tone="warn">Invited</Chip>
          : <Chip tone="good">Active</Chip> },
        { name: 'Last seen', cell: ({ user }) => <When at={user.seenAt} /> },
        { name: 'Actions', hideName: true, cell: (row) => mayChange(row) && (
          <Menu row={row} own={row.user.id === person.user.id}
            onTask={(task) => onTask(row, task)} />
        ) }]} />
  );
}

type Act = (row: Row, task: Task) => void;

// Staff are shown with any organisation, and apart from its people.
function Staff({ search, turn, onTask }: {
  search: string; turn: number; onTask: Act;
}) {
  const { person, can } = useScope();
  const [offset, setOffset] = useState(0);
  const load = useLoad((signal) => users.list({ kind: 'staff', search, offset,
    limit: PAGE_SIZE }, signal), [search, offset, turn]);
  const isOwner = person.user.role === 'owner';
  useEffect(() => setOffset(0), [search]);
  return (
    <Card title="Staff of the tool" note="They see every organisation.">
      <Loaded of={load}>
        {({ users: rows, total }) => rows.length === 0
          ? <Empty title="Nobody matches" />
          : (
            <>
              <List label="Staff of the tool" showOrganization={false}
                rows={rows.map((user) => ({ user }))}
                mayChange={({ user }) => can('people')
                  && (isOwner || user.role === 'viewer')}
                onTask={onTask} />
              <Pager offset={offset} limit={PAGE_SIZE}
                total={total ?? rows.length} onMove={setOffset} />
            </>
          )}
      </Loaded>
    </Card>
  );
}

function People({ search, turn, onTask }: {
  search: string; turn: number; onTask: Act;
}) {
  const { organization, can, nameOf } = useScope();
  const offset = Number(useRoute().query.get('offset') ?? 0) || 0;
  const load = useLoad((signal) => users.list({ organizationId: organization,
    kind: 'members', search, offset, limit: PAGE_SIZE }, signal),
  [organization, search, offset, turn]);
  const rowsOf = (list: User[]) => list.flatMap((user): Row[] =>
    (user.organizations ?? [])
      .filter((one) => !organization || one.id === organization)
      .map((membership) => ({ user, membership })));
  return (
    <Card title={organization ? `People of ${nameOf(organization)}`
      : 'People of organisations'}>
      <Loaded of={load}>
        {({ users: found, total }) => found.length === 0
          ? <Empty title={search ? 'Nobody matches' : 'Nobody yet'}>
              {!search && can('people') && 'Invite somebody of the '
                + 'organisation: they get a link that sets a password.'}
            </Empty>
          : (
            <>
              <List label="People of organisations" rows={rowsOf(found)}
                showOrganization={!organization}
                mayChange={(row) => can('people', row.membership?.id)}
                onTask={onTask} />
              <Pager offset={offset} limit={PAGE_SIZE}
                total={total ?? found.length} onMove={(next) =>
                  refine({ offset: next ? String(next) : undefined })} />
            </>
          )}
      </Loaded>
    </Card>
  );
}

export function PeoplePage() {
  const { staff, organization, can, nameOf } = useScope();
  const search = useRoute().query.get('search') ?? '';
  const [turn, setTurn] = useState(0);
  const [inviting, setInviting] = useState(false);
  const [link, setLink] = useState<{ user: User; link: InvitationLink }>();
  const [task, setTask] = useState<{ row: Row; task: Task }>();
  const close = () => setTask(undefined);
  const reload = () => setTurn((last) => last + 1);
  const lists = { search, turn,
    onTask: (row: Row, what: Task) => setTask({ row, task: what }) };
  return (
    <Page title="People and roles" lead={organization
      ? `Who may work with the integrations of ${nameOf(organization)}.`
      : 'Who runs the tool, and who looks after each organisation.'}
      actions={can('people') && (
        <button type="button" onClick={() => setInviting(true)}>Invite</button>
      )}>
      <div class="filters"><SearchBox label="Search by name or e-mail" /></div>
      {staff && <Staff {...lists} />}
      <People {...lists} />
      {inviting && (
        <Invite onClose={() => setInviting(false)} onDone={(made) => {
          setInviting(false);
          if (made.invitation) {
            setLink({ user: made, link: made.invitation });
          } else {
            tell('Added');
          }
          reload();
        }} />
      )}
      {link && <LinkShown {...link} onClose={() => setLink(undefined)} />}
      {task && <Tasks {...task} onClose={close} onDone={() => {
        if (task.task === 'role') close();
        reload();
      }} />}
    </Page>
  );
}
