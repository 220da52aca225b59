// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { organizations } from '../api';
import { Form, Text, type Values } from '../forms';
import { Card, Confirm, Dialog, Empty, Page, Pager, SearchBox, Table, tell,
  When } from '../parts';
import { href, refine, useRoute } from '../router';
import { useScope } from '../session';
import type { Organization } from '../types';
import { PAGE_SIZE } from './integrations';

function Name({ organization, onClose, onDone }: {
  organization: Organization | undefined; onClose: () => void;
  onDone: () => void;
}) {
  const save = async (values: Values) => {
    const name = values.name ?? '';
    await (organization ? organizations.rename(organization.id, name)
      : organizations.add(name));
    tell(organization ? 'Renamed' : 'Organisation added');
    onDone();
  };
  return (
    <Dialog title={organization ? `Rename ${organization.name}`
      : 'Add an organisation'} onClose={onClose}>
      <Form onSubmit={save} submit="Save" onCancel={onClose}>
        <Text label="Name" name="name" initial={organization?.name ?? ''} />
      </Form>
    </Dialog>
  );
}

export function OrganizationsPage() {
  const { person, can } = useScope();
  const { query } = useRoute();
  const search = (query.get('search') ?? '').toLowerCase();
  const offset = Number(query.get('offset') ?? 0) || 0;
  const [editing, setEditing] = useState<Organization | 'new'>();
  const [removing, setRemoving] = useState<Organization>();
  const mayChange = can('organize');
  const rows = person.organizations.filter((one) =>
    one.name.toLowerCase().includes(search));
  const close = () => setEditing(undefined);
  return (
    <Page title="Organisations" lead="Your customers. Each owns its LMSs, its
      people, its registration links and its content."
      actions={mayChange && (
        <button type="button" onClick={() => setEditing('new')}>
          Add organisation
        </button>
      )}>
      <Card>
        {person.organizations.length > 0 && (
          <div class="filters"><SearchBox label="Search by name" /></div>
        )}
        {rows.length === 0
          ? search
            ? <Empty title="No organisation matches" />
            : <Empty title="No organisations yet">
                Add one for each school or customer, then give its people a
                registration link.</Empty>
          : (
            <>
              <Table label="Organisations"
                rows={rows.slice(offset, offset + PAGE_SIZE)}
                rowKey={(row) => row.id} columns={[
                  { name: 'Name', wide: true, cell: (row) => (
                    <a href={href('integrations', { organization: row.id })}>
                      {row.name}</a>
                  ) },
                  { name: 'Added', cell: (row) => <When at={row.createdAt}
                    none="-" /> },
                  { name: 'Id', wide: true,
                    cell: (row) => <code>{row.id}</code> },
                  { name: 'Actions', hideName: true, cell: (row) =>
                    mayChange && (
                      <span class="buttons">
                        <button type="button" class="secondary small"
                          aria-label={`Rename ${row.name}`}
                          onClick={() => setEditing(row)}>Rename</button>
                        <button type="button" class="secondary small"
                          aria-label={`Remove ${row.name}`}
                          onClick={() => setRemoving(row)}>Remove</button>
                      </span>
                    ) }]} />
              <Pager offset={offset} limit={PAGE_SIZE} total={rows.length}
                onMove={(next) =>
                  refine({ offset: next ? String(next) : undefined })} />
            </>
          )}
      </Card>
      {editing && <Name onClose={close}
        organization={editing === 'new' ? undefined : editing}
        onDone={() => {
          close();
          person.reloadOrganizations();
        }} />}
      {removing && (
        <Confirm title={`Remove ${removing.name}?`} action="Remove"
          onClose={() => setRemoving(undefined)} onConfirm={async () => {
            await organizations.remove(removing.id);
            tell('Organisation removed');
            person.reloadOrganizations();
          }}>
          <p>Its people lose access to it. It can only be removed while it owns
            no platforms.</p>
        </Confirm>
      )}
    </Page>
  );
}
