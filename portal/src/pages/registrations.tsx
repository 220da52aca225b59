// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { platforms, registrations } from '../api';
import { Form, Switch, Text, type Values } from '../forms';
import { Card, Chip, Confirm, Dialog, Empty, FilterChoice, Loaded, Notice,
  Page, Pager, SearchBox, Table, tell, useLoad, When } from '../parts';
import { href, refine, useRoute } from '../router';
import { useScope } from '../session';
import type { Completed, Platform, Registration } from '../types';
import { PAGE_SIZE } from './integrations';
import { AddIntegration, EditPlatform, OrganizationField }
  from './platform_form';
import { Differences, Dropped } from './platform_report';

// --- those that wait --------------------------------------------------------

// Whose turn it is; one whose administrator still answers is left to them.
const turns = { approval: 'Waits for you', person: 'In the LMS\'s frame',
  tool: 'At the tool\'s page' };
const mayApprove = (one: Registration) =>
  one.state !== 'sent' && one.waitsFor !== 'person';

const kindOf = (one: Registration) =>
  [one.familyCode, one.version].filter(Boolean).join(' ');

function Approve({ registration, onClose, onDone }: {
  registration: Registration; onClose: () => void; onDone: () => void;
}) {
  const { staff } = useScope();
  const [result, setResult] = useState<Completed>();
  const approve = async (values: Values) => {
    setResult(await registrations.approve(registration.handle, {
      ...(values.platformName ? { platformName: values.platformName } : {}),
      ...(values.organizationId
        ? { organizationId: values.organizationId } : {}),
      autoActivate: values.autoActivate === 'on' }));
    onDone();
  };
  if (result) {
    return (
      <Dialog title="Registered" onClose={onClose} wide>
        <Notice tone="good">
          The LMS took the tool{result.updated && ' and updated what it had'}.
          {result.active === false && ' The platform waits to be activated.'}
        </Notice>
        {(result.differences?.length ?? 0) > 0
          && <Differences rows={result.differences ?? []} />}
        {(result.dropped?.length ?? 0) > 0
          && <Dropped rows={result.dropped ?? []} />}
        <div class="actions end">
          <a role="button" class="secondary" onClick={onClose}
            href={href(`registrations/${result.platformId}`)}>Open it</a>
          <button type="button" onClick={onClose}>Done</button>
        </div>
      </Dialog>
    );
  }
  const claimed = registration.claimedOrganization;
  return (
    <Dialog title="Approve this registration?" onClose={onClose}>
      <p>The tool is registered with <strong>{registration.url}</strong>.</p>
      {claimed && !registration.organizationId && (
        <Notice tone="warn">Its address claims to be of “{claimed}”. That
          proves nothing: choose the organisation you know it belongs to.
        </Notice>
      )}
      <Form onSubmit={approve} submit="Approve" onCancel={onClose}>
        <OrganizationField initial={registration.organizationId ?? ''}
          {...(staff ? { none: 'Nobody' } : {})} />
        <Text label="Name" name="platformName" optional
          help="What the LMS is called here." />
        <Switch label="Activate at once" name="autoActivate" initial />
      </Form>
    </Dialog>
  );
}

function Waiting({ onChange }: { onChange: () => void }) {
  const { can, nameOf, organization } = useScope();
  const load = useLoad(() => registrations.list(), []);
  const [approving, setApproving] = useState<Registration>();
  const [rejecting, setRejecting] = useState<Registration>();
  return (
    <Card title="Waiting for approval" actions={
      <button type="button" class="secondary small" onClick={load.reload}>
        Refresh
      </button>}>
      <Loaded of={load}>
        {({ registrations: all }) => {
          const rows = all.filter((one) => !organization
            || !one.organizationId || one.organizationId === organization);
          return rows.length === 0
            ? <Empty title="Nothing waits">A registration that needs your
                approval is shown here for one hour.</Empty>
            : (
              <Table label="Waiting for approval" rows={rows}
                rowKey={(row) => row.handle} columns={[
                  { name: 'LMS', wide: true, cell: (row) => (
                    <>{row.url}
                      {kindOf(row) && <div class="quiet">{kindOf(row)}</div>}
                    </>
                  ) },
                  { name: 'Organisation', cell: (row) =>
                    nameOf(row.organizationId) || (row.claimedOrganization
                      ? <>{row.claimedOrganization}{' '}
                          <Chip tone="warn">claimed</Chip></>
                      : <span class="quiet">nobody</span>) },
                  { name: 'Begun', cell: (row) => (
                    <><When at={row.createdAt} />
                      {row.startedFrom && <div class="quiet">from
                        {' '}{row.startedFrom}</div>}</>
                  ) },
                  { name: 'State', cell: (row) => (
                    <>
                      {row.state === 'sent'
                        ? <Chip tone="bad">No answer</Chip>
                        : <Chip tone="info">
                            {turns[row.waitsFor ?? 'approval']}</Chip>}
                      {row.fault && <div class="quiet">{row.fault}</div>}
                      {row.reference && <a href={href('logs',
                        { reference: row.reference })}>Log</a>}
                    </>
                  ) },
                  { name: 'Actions', hideName: true, cell: (row) =>
                    can('register', row.organizationId) && (
                      <span class="buttons">
                        {mayApprove(row) && (
                          <button type="button" class="small"
                            onClick={() => setApproving(row)}>Approve</button>
                        )}
                        <button type="button" class="secondary small"
                          onClick={() => setRejecting(row)}>Reject</button>
                      </span>
                    ) }]} />
            );
        }}
      </Loaded>
      {approving && (
        <Approve registration={approving}
          onClose={() => setApproving(undefined)} onDone={() => {
            load.reload();
            onChange();
          }} />
      )}
      {rejecting && (
        <Confirm title="Reject this registration?" action="Reject"
          onClose={() => setRejecting(undefined)} onConfirm={async () => {
            await registrations.reject(rejecting.handle);
            tell('Registration rejected');
            load.reload();
          }}>
          <p>Nothing is sent to {rejecting.url}; its administrator can begin
            again.{rejecting.state === 'sent' && ' It may hold a tool that is '
              + 'not known here: look at its list of tools.'}</p>
        </Confirm>
      )}
    </Card>
  );
}

// --- all platforms ----------------------------------------------------------

function Activity({ platform, allowed, onDone }: {
  platform: Platform; allowed: boolean; onDone: () => void;
}) {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const chip = platform.active
    ? <Chip tone="good">Active</Chip> : <Chip tone="warn">Inactive</Chip>;
  if (!allowed) return chip;
  const set = async (active: boolean) => {
    await platforms.activate(platform.id, active);
    tell(`${platform.name} is ${active ? 'active' : 'inactive'}`);
    onDone();
  };
  const press = async () => {
    if (platform.active) {
      setAsking(true);
      return;
    }
    setBusy(true);
    await set(true).catch((why: unknown) => tell(String(why)));
    setBusy(false);
  };
  return (
    <span class="buttons">
      {chip}
      <button type="button" class="secondary small" onClick={press}
        disabled={busy} aria-label={
          `${platform.active ? 'Deactivate' : 'Activate'} ${platform.name}`}>
        {platform.active ? 'Deactivate' : 'Activate'}
      </button>
      {asking && (
        <Confirm title={`Deactivate ${platform.name}?`} action="Deactivate"
          onClose={() => setAsking(false)} onConfirm={() => set(false)}>
          <p>Launches from it are refused until it is activated again.</p>
        </Confirm>
      )}
    </span>
  );
}

export { Activity };

export function RemovePlatform({ platform, onClose, onDone }: {
  platform: Platform; onClose: () => void; onDone: () => void;
}) {
  return (
    <Confirm title={`Delete ${platform.name}?`} action="Delete"
      onClose={onClose} onConfirm={async () => {
        await platforms.remove(platform.id);
        tell('Platform deleted');
        onDone();
      }}>
      <p>Launches from {platform.url} stop, and its service keys and
        deployments are forgotten. The LMS keeps its own entry: delete the
        tool there too.</p>
    </Confirm>
  );
}

function Platforms({ turn }: { turn: number }) {
  const { organization, can, nameOf } = useScope();
  const { query } = useRoute();
  const search = query.get('search') ?? '';
  const active = query.get('active') ?? '';
  const sort = query.get('sort') ?? 'name';
  const offset = Number(query.get('offset') ?? 0) || 0;
  const load = useLoad((signal) => platforms.list({
    organizationId: organization, search, active, sort, offset,
    limit: PAGE_SIZE }, signal),
  [organization, search, active, sort, offset, turn]);
  const [editing, setEditing] = useState<Platform>();
  const [removing, setRemoving] = useState<Platform>();
  const [adding, setAdding] = useState(false);
  const actions = can('register') && (
    <button type="button" onClick={() => setAdding(true)}>
      Add Registration
    </button>
  );
  return (
    <Card title="All platforms" actions={actions}>
      <div class="filters">
        <SearchBox label="Search by name, URL or client ID" />
        <FilterChoice label="State" name="active" choices={[
          ['', 'All'], ['true', 'Active'], ['false', 'Inactive']]} />
        <FilterChoice label="Sort by" name="sort" narrow choices={[
          ['', 'Name'], ['-name', 'Name, from Z'], ['url', 'URL'],
          ['-createdAt', 'Newest first'], ['createdAt', 'Oldest first']]} />
      </div>
      <Loaded of={load}>
        {({ platforms: rows, total }) => rows.length === 0
          ? search || active
            ? <Empty title="No platform matches">Change the filter above.
              </Empty>
            : <Empty title="No platforms yet" action={
                <a href={href('guide')}>See how to add the tool</a>}>
                Every LMS that registers appears here.</Empty>
          : (
            <>
              <Table label="All platforms" rows={rows}
                rowKey={(row) => row.id} sort={sort}
                onSort={(next) => refine({ sort: next, offset: undefined })}
                columns={[
                  { name: 'Name', sort: 'name', wide: true, cell: (row) => (
                    <><a href={href(`registrations/${row.id}`)}>{row.name}</a>
                      <div class="quiet">{[row.familyCode, row.origin]
                        .filter(Boolean).join(', ')}</div></>
                  ) },
                  ...(organization ? [] : [{ name: 'Organisation', wide: true,
                    cell: (row: Platform) => nameOf(row.organizationId)
                      || <span class="quiet">nobody</span> }]),
                  { name: 'URL', sort: 'url', wide: true, cell: (row) => (
                    <>{row.url}
                      <div class="quiet">Client ID{' '}
                        <code>{row.clientId}</code></div></>
                  ) },
                  { name: 'Added', sort: 'createdAt', cell: (row) =>
                    <When at={row.createdAt} /> },
                  { name: 'Active', cell: (row) => (
                    <Activity platform={row} onDone={load.reload}
                      allowed={can('register', row.organizationId)} />
                  ) },
                  { name: 'Actions', hideName: true, cell: (row) =>
                    can('register', row.organizationId) && (
                      <span class="buttons">
                        <button type="button" class="secondary small"
                          aria-label={`Edit ${row.name}`}
                          onClick={() => setEditing(row)}>Edit</button>
                        <button type="button" class="secondary small"
                          aria-label={`Delete ${row.name}`}
                          onClick={() => setRemoving(row)}>Delete</button>
                      </span>
                    ) }]} />
              <Pager offset={offset} limit={PAGE_SIZE}
                total={total ?? rows.length} onMove={(next) =>
                  refine({ offset: next ? String(next) : undefined })} />
            </>
          )}
      </Loaded>
      {adding && <AddIntegration onClose={() => setAdding(false)}
        onDone={() => {
          setAdding(false);
          load.reload();
        }} />}
      {editing && <EditPlatform platform={editing}
        onClose={() => setEditing(undefined)} onDone={() => {
          setEditing(undefined);
          load.reload();
        }} />}
      {removing && <RemovePlatform platform={removing}
        onClose={() => setRemoving(undefined)} onDone={load.reload} />}
    </Card>
  );
}

export function RegistrationsPage() {
  const [turn, setTurn] = useState(0);
  return (
    <Page title="Registrations"
      lead="LMSs that ask to be let in, and those that are.">
      <Waiting onChange={() => setTurn(turn + 1)} />
      <Platforms turn={turn} />
    </Page>
  );
}
