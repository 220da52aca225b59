// SPDX-License-Identifier: Apache-2.0
// Registration links: a registration URL of an organisation's own.

import { useState } from 'preact/hooks';
import { links } from '../api';
import { Choice, Form, Switch, Text, type Values } from '../forms';
import { Card, Chip, Confirm, CopyField, Dialog, Empty, Loaded, Notice,
  number, Table, tell, useLoad, When } from '../parts';
import { useScope } from '../session';
import type { RegistrationLink } from '../types';
import { OrganizationField } from './platform_form';

function MakeLink({ onClose, onDone }:
{ onClose: () => void; onDone: () => void }) {
  const { organization } = useScope();
  const [made, setMade] = useState<RegistrationLink>();
  const make = async (values: Values) => {
    setMade(await links.make({
      organizationId: values.organizationId ?? organization ?? '',
      label: values.label ?? '', once: values.once === 'on',
      activate: values.activate === 'on',
      expiresInDays: Number(values.expiresInDays ?? 30) }));
    onDone();
  };
  if (made) {
    return (
      <Dialog title="Your registration link" onClose={onClose} wide>
        <Notice tone="warn">Copy it now: it is shown only once.</Notice>
        <CopyField label="Registration link" value={made.url ?? ''}
          help="Paste it into the LMS in place of the Dynamic registration
            URL." />
        <div class="actions end">
          <button type="button" onClick={onClose}>Done</button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Make a registration link" onClose={onClose}>
      <p>Whoever registers an LMS through it belongs to the organisation.</p>
      <Form onSubmit={make} submit="Make link" onCancel={onClose}>
        {!organization && <OrganizationField />}
        <Text label="Label" name="label" optional
          help="For you: who gets it, for instance." />
        <Switch label="For one registration only" name="once" initial />
        <Switch label="Activate at once" name="activate"
          help="The LMS may launch without waiting for approval." />
        <Choice label="Works for" name="expiresInDays" initial="30" choices={[
          ['1', 'One day'], ['7', 'A week'], ['30', '30 days'],
          ['365', 'A year'], ['0', 'Ever']]} />
      </Form>
    </Dialog>
  );
}

const isOver = (link: RegistrationLink) =>
  Boolean(link.expiresAt && new Date(link.expiresAt).getTime() < Date.now())
  || Boolean(link.once && (link.uses ?? 0) > 0);

export function Links() {
  const { organization, can, nameOf } = useScope();
  const load = useLoad(() => links.list(organization), [organization]);
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<RegistrationLink>();
  const mayMake = can('register');
  return (
    <Card title="Registration links" note="A registration URL of an
      organisation's own: who registers through it needs no further proof."
      actions={mayMake && (
        <button type="button" class="secondary"
          onClick={() => setMaking(true)}>Make a link</button>
      )}>
      <Loaded of={load}>
        {({ registrationLinks }) => {
          const rows = registrationLinks.filter((one) =>
            !organization || one.organizationId === organization);
          if (rows.length === 0) {
            return (
              <Empty title="No registration links">
                {mayMake ? 'Make one and send it to the school.'
                  : 'Somebody who may register LMSs makes them.'}
              </Empty>
            );
          }
          return (
            <Table label="Registration links" rows={rows}
              rowKey={(row) => row.id} columns={[
                { name: 'Label', wide: true, cell: (row) => row.label
                  || <span class="quiet">no label</span> },
                ...(organization ? [] : [{ name: 'Organisation',
                  cell: (row: RegistrationLink) =>
                    nameOf(row.organizationId) }]),
                { name: 'Kind', cell: (row) => (
                  <span class="chips">
                    <Chip>{row.once ? 'Once' : 'Many times'}</Chip>
                    {row.activate && <Chip tone="info">Activates</Chip>}
                    {isOver(row) && <Chip tone="warn">Over</Chip>}
                  </span>
                ) },
                { name: 'Used', cell: (row) => number(row.uses ?? 0) },
                { name: 'Made', cell: (row) => <When at={row.createdAt} /> },
                { name: 'Expires', cell: (row) =>
                  <When at={row.expiresAt} /> },
                { name: 'Action', hideName: true, cell: (row) =>
                  can('register', row.organizationId) && (
                    <button type="button" class="secondary small"
                      onClick={() => setRevoking(row)}>Revoke</button>
                  ) }]} />
          );
        }}
      </Loaded>
      {making && <MakeLink onClose={() => setMaking(false)}
        onDone={load.reload} />}
      {revoking && (
        <Confirm title="Revoke this link?" action="Revoke"
          onClose={() => setRevoking(undefined)} onConfirm={async () => {
            await links.revoke(revoking.id);
            tell('Link revoked');
            load.reload();
          }}>
          <p>{revoking.label || 'The link'} stops working at once. LMSs that
            registered through it stay.</p>
        </Confirm>
      )}
    </Card>
  );
}
