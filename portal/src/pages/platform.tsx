// SPDX-License-Identifier: Apache-2.0
// One platform: what it is, the report of its registration, its deployments,
// its service keys, its latest events.

import { useState } from 'preact/hooks';
import { platforms } from '../api';
import { Choice, Form, Text, type Values } from '../forms';
import { Card, Chip, Confirm, CopyField, Dialog, Empty, Facts, Fold, Json,
  Loaded, Notice, Page, Table, tell, useLoad, When } from '../parts';
import { go, href } from '../router';
import { organizationsFor, useScope } from '../session';
import type { Deployment, Platform, Report } from '../types';
import { InStepCard } from './in_step';
import { EventTable } from './log_events';
import { EditPlatform } from './platform_form';
import { Differences, Dropped } from './platform_report';
import { Activity, RemovePlatform } from './registrations';

function Outcome({ report }: { report: Report }) {
  const { firstLaunch } = report;
  const differs = report.differences?.length ?? 0;
  const dropped = report.dropped?.length ?? 0;
  return (
    <Card title="Report" note="What was asked of the LMS, and what it granted.">
      <Facts rows={[
        ['Registered', <When at={report.registeredAt}
          none="by hand" />],
        ['First launch', firstLaunch
          ? <><When at={firstLaunch.at} />{firstLaunch.reference && <>{' '}
              <a href={href('logs', { reference: firstLaunch.reference })}>
                Log</a></>}</>
          : <span class="quiet">none yet</span>]]} />
      {differs === 0 && dropped === 0 && Boolean(report.asked) && (
        <Notice tone="good">The LMS granted everything that was asked.</Notice>
      )}
      {differs > 0 && <Differences rows={report.differences ?? []} />}
      {dropped > 0 && <Dropped rows={report.dropped ?? []} />}
      {(firstLaunch?.differences?.length ?? 0) > 0 && (
        <>
          <Notice tone="warn">The first launch did not show everything that
            the LMS had granted.</Notice>
          <Differences rows={firstLaunch?.differences ?? []} />
        </>
      )}
      {Boolean(report.asked) && (
        <Fold summary="The registration request">
          <Json value={report.asked} label="The registration request" />
        </Fold>
      )}
      {Boolean(report.granted) && (
        <Fold summary="The LMS's answer">
          <Json value={report.granted} label="The LMS's answer" />
        </Fold>
      )}
    </Card>
  );
}

// --- deployments ------------------------------------------------------------

function EditDeployment({ platform, deployment, onClose, onDone }: {
  platform: Platform; deployment: Deployment | undefined;
  onClose: () => void; onDone: () => void;
}) {
  const { person, staff, organization } = useScope();
  const own = organizationsFor(person, 'register');
  const save = async (values: Values) => {
    const organizationId = values.organizationId ?? '';
    if (deployment) {
      await platforms.changeDeployment(platform.id, deployment.deploymentId,
        { allowed: values.allowed === 'yes', organizationId });
    } else {
      await platforms.addDeployment(platform.id, values.deploymentId ?? '',
        organizationId);
    }
    tell('Deployment saved');
    onDone();
  };
  return (
    <Dialog title={deployment ? `Deployment ${deployment.deploymentId}`
      : 'Add a deployment'} onClose={onClose}>
      <Form onSubmit={save} submit="Save" onCancel={onClose}>
        {deployment
          ? <Choice label="Its launches" name="allowed"
              initial={deployment.allowed === false ? 'no' : 'yes'}
              choices={[['yes', 'Are let through'], ['no', 'Are refused']]} />
          : <Text label="Deployment ID" name="deploymentId" />}
        <Choice label="Organisation" name="organizationId"
          {...(staff || deployment ? { optional: true } : {})}
          initial={deployment?.organizationId ?? organization ?? ''}
          choices={[
            ...(staff || deployment
              ? [['', 'That of the platform'] as [string, string]] : []),
            ...own.map((one): [string, string] => [one.id, one.name])]}
          help="Whose its launches are, where one platform serves many
            schools." />
      </Form>
    </Dialog>
  );
}

function Deployments({ platform, report, onChange }: {
  platform: Platform; report: Report; onChange: () => void;
}) {
  const { can, nameOf } = useScope();
  const [editing, setEditing] = useState<Deployment | 'new'>();
  const rows = report.deployments ?? [];
  const allowed = can('register', platform.organizationId);
  return (
    <Card title="Deployments" note="Where in the LMS the tool was added."
      actions={allowed && (
        <button type="button" class="secondary"
          onClick={() => setEditing('new')}>Add a deployment</button>
      )}>
      {rows.length === 0
        ? <Empty title="No deployments yet">The first launch brings one.
          </Empty>
        : (
          <Table label="Deployments" rows={rows}
            rowKey={(row) => row.deploymentId} columns={[
              { name: 'Deployment ID', wide: true,
                cell: (row) => <code>{row.deploymentId}</code> },
              { name: 'Organisation', cell: (row) =>
                nameOf(row.organizationId)
                || <span class="quiet">as the platform</span> },
              { name: 'Launches', cell: (row) => row.allowed === false
                ? <Chip tone="bad">Refused</Chip>
                : <Chip tone="good">Let through</Chip> },
              { name: 'First seen', cell: (row) =>
                <When at={row.firstSeenAt} /> },
              { name: 'Action', hideName: true, cell: (row) => allowed && (
                <button type="button" class="secondary small"
                  aria-label={`Change deployment ${row.deploymentId}`}
                  onClick={() => setEditing(row)}>Change</button>
              ) }]} />
        )}
      {editing && (
        <EditDeployment platform={platform}
          deployment={editing === 'new' ? undefined : editing}
          onClose={() => setEditing(undefined)} onDone={() => {
            setEditing(undefined);
            onChange();
          }} />
      )}
    </Card>
  );
}

// --- service keys -----------------------------------------------------------

function ServiceKeys({ platform }: { platform: Platform }) {
  const { can } = useScope();
  const load = useLoad(() => platforms.serviceKeys(platform.id),
    [platform.id]);
  const [revoking, setRevoking] = useState<string>(); // '*': all of them
  return (
    <Card title="Service keys" note="With these the tool reaches grades and
      rosters outside a launch." actions={can('tool')
        && (load.data?.serviceKeys.length ?? 0) > 0 && (
        <button type="button" class="secondary"
          onClick={() => setRevoking('*')}>Revoke all</button>
      )}>
      <Loaded of={load}>
        {({ serviceKeys }) => serviceKeys.length === 0
          ? <Empty title="No service keys">Each launch with services brings
              one.</Empty>
          : (
            <Table label="Service keys" rows={serviceKeys}
              rowKey={(row) => row.id} columns={[
                { name: 'Course', wide: true, cell: (row) =>
                  row.contextTitle || row.contextId || '-' },
                { name: 'Link', wide: true, cell: (row) =>
                  row.resourceLinkTitle || row.resourceLinkId || '-' },
                { name: 'Made', cell: (row) => <When at={row.createdAt} /> },
                { name: 'Used', cell: (row) => <When at={row.usedAt} /> },
                { name: 'Action', hideName: true, cell: (row) =>
                  can('tool') && (
                    <button type="button" class="secondary small"
                      onClick={() => setRevoking(row.id)}>Revoke</button>
                  ) }]} />
          )}
      </Loaded>
      {revoking && (
        <Confirm title={revoking === '*' ? 'Revoke all service keys?'
          : 'Revoke this service key?'} action="Revoke"
          onClose={() => setRevoking(undefined)} onConfirm={async () => {
            await (revoking === '*' ? platforms.revokeServiceKeys(platform.id)
              : platforms.revokeServiceKey(revoking));
            tell('Revoked');
            load.reload();
          }}>
          <p>The tool gets a new one with the next launch; until then it
            reaches no grades of that link.</p>
        </Confirm>
      )}
    </Card>
  );
}

// --- the page ---------------------------------------------------------------

export function PlatformPage({ id }: { id: string }) {
  const { can, nameOf } = useScope();
  const load = useLoad(async () => {
    const [platform, report] = await Promise.all(
      [platforms.get(id), platforms.report(id)]);
    return { platform, report };
  }, [id]);
  const [dialog, setDialog] = useState<'edit' | 'remove' | ''>('');
  const platform = load.data?.platform;
  const allowed = Boolean(platform && can('register', platform.organizationId));
  return (
    <Page title={platform?.name ?? 'Platform'} lead={platform?.url}
      back={{ href: href('registrations'), text: 'Registrations' }}
      actions={allowed && (
        <>
          <button type="button" class="secondary"
            onClick={() => setDialog('edit')}>Edit</button>
          <button type="button" class="secondary"
            onClick={() => setDialog('remove')}>Delete</button>
        </>
      )}>
      <Loaded of={load}>
        {({ platform: one, report }) => (
          <>
            <Card title="Platform" actions={
              <Activity platform={one} allowed={allowed}
                onDone={load.reload} />}>
              <Facts rows={[
                ['Organisation', nameOf(one.organizationId)
                  || (one.claimedOrganization
                    ? `nobody (claims ${one.claimedOrganization})`
                    : 'nobody')],
                ['LMS', [one.familyCode, one.version].filter(Boolean)
                  .join(' ')],
                ['Came by', one.origin === 'manual' ? 'hand'
                  : 'Dynamic Registration'],
                ['Added', <When at={one.createdAt} />],
                ['Changed', <When at={one.changedAt} />]]} />
              <Fold summary="Its addresses and keys">
                <div>
                  <CopyField label="Platform ID" value={one.url} />
                  <CopyField label="Client ID" value={one.clientId} />
                  <CopyField label="Public keyset URL"
                    value={one.authConfig.key} />
                  <CopyField label="Access token URL"
                    value={one.accesstokenEndpoint} />
                  <CopyField label="Authentication request URL"
                    value={one.authenticationEndpoint} />
                  {one.publicKey && <CopyField label="Our public key for it"
                    value={one.publicKey} button="Copy PEM" />}
                </div>
              </Fold>
            </Card>
            <InStepCard platform={one} onDone={load.reload} />
            <Outcome report={report} />
            <Deployments platform={one} report={report}
              onChange={load.reload} />
            {can('see-tool') && <ServiceKeys platform={one} />}
            <Card title="Latest events" actions={
              <a href={href('logs', { platform: one.id })}>All of them</a>}>
              <EventTable events={report.events ?? []} />
            </Card>
          </>
        )}
      </Loaded>
      {platform && dialog === 'edit' && <EditPlatform platform={platform}
        onClose={() => setDialog('')} onDone={() => {
          setDialog('');
          load.reload();
        }} />}
      {platform && dialog === 'remove' && <RemovePlatform platform={platform}
        onClose={() => setDialog('')} onDone={() => go('registrations')} />}
    </Page>
  );
}
