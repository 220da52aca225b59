// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { session as calls } from '../api';
import { Form, Text } from '../forms';
import { Card, Chip, Confirm, Loaded, Page, Table, tell, useLoad, When }
  from '../parts';
import { usePerson } from '../session';
import type { OwnSession } from '../types';
import { PASSWORD_HELP, PASSWORD_MIN } from './invitation';
import { roleName } from '../roles';

function Password() {
  const [turn, setTurn] = useState(0);
  const change = async (values: Record<string, string>) => {
    await calls.changePassword(values.current ?? '', values.password ?? '');
    setTurn(turn + 1);
    tell('Password changed; your other sessions have ended');
  };
  return (
    <Card title="Password"
      note="Changing it ends your sessions in other browsers.">
      <Form key={turn} onSubmit={change} submit="Change password">
        <Text label="Current password" name="current" type="password"
          autocomplete="current-password" />
        <Text label="New password" name="password" type="password"
          autocomplete="new-password" minLength={PASSWORD_MIN}
          help={PASSWORD_HELP} />
      </Form>
    </Card>
  );
}

function Sessions() {
  const load = useLoad(() => calls.list(), []);
  const [ending, setEnding] = useState<OwnSession>();
  return (
    <Card title="Your sessions" note="Where you are signed in.">
      <Loaded of={load}>
        {({ sessions }) => (
          <Table label="Your sessions" rows={sessions}
            rowKey={(row) => row.id} columns={[
              { name: 'Browser', wide: true, cell: (row) => (
                <>{row.agent || 'Unknown'}
                  {row.current && <> <Chip tone="good">This one</Chip></>}</>
              ) },
              { name: 'Signed in', cell: (row) => <When at={row.createdAt} /> },
              { name: 'Last used', cell: (row) => <When at={row.usedAt} /> },
              { name: 'Ends', cell: (row) => <When at={row.expiresAt} /> },
              { name: 'Action', hideName: true, cell: (row) => row.current
                ? null : (
                  <button type="button" class="secondary small"
                    onClick={() => setEnding(row)}>End</button>
                ) }]} />
        )}
      </Loaded>
      {ending && (
        <Confirm title="End this session?" action="End session"
          onClose={() => setEnding(undefined)} onConfirm={async () => {
            await calls.end(ending.id);
            tell('Session ended');
            load.reload();
          }}>
          <p>Whoever uses it has to sign in again.</p>
        </Confirm>
      )}
    </Card>
  );
}

export function AccountPage() {
  const person = usePerson();
  const { user, session } = person;
  const rename = async (values: Record<string, string>) => {
    const changed = await calls.rename(values.name ?? '');
    person.setSession({ ...session, user: { ...user, ...changed } });
    tell('Name saved');
  };
  const roles = [
    ...(user.role ? [`${roleName(user.role)} of the tool`] : []),
    ...(user.organizations ?? []).map((one) =>
      `${roleName(one.role)} of ${one.name ?? one.id}`)];
  return (
    <Page title="Account" lead={user.email} actions={
      <button type="button" class="secondary" onClick={person.signOut}>
        Sign out
      </button>}>
      <Card title="You" note={roles.join(', ')}>
        <Form onSubmit={rename} submit="Save name">
          <Text label="Name" name="name" initial={user.name ?? ''}
            autocomplete="name" />
        </Form>
      </Card>
      {session.password !== false && <Password />}
      <Sessions />
    </Page>
  );
}
