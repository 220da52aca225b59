// SPDX-License-Identifier: Apache-2.0
// An integration by hand, as Codio asks for it, and the change of one.

import { useState } from 'preact/hooks';
import { platforms } from '../api';
import { Area, Choice, Form, Switch, Text, type Values } from '../forms';
import { Dialog, Fold, tell } from '../parts';
import { organizationsFor, useScope } from '../session';
import type { AuthConfig, Platform, Shared } from '../types';

export function OrganizationField({ initial = '', none, help }: {
  initial?: string; none?: string; help?: string;
}) {
  const { person } = useScope();
  const own = organizationsFor(person, 'register');
  return (
    <Choice label="Organisation" name="organizationId" initial={initial}
      {...(none === undefined ? {} : { optional: true })}
      {...(help ? { help } : {})} choices={[
        ...(none === undefined ? [] : [['', none] as [string, string]]),
        ...own.map((one): [string, string] => [one.id, one.name])]} />
  );
}

// LMSs whose addresses are the same for every school.
const presets: Record<string, {
  text: string; url: string; keySet: string; token: string; login: string;
}> = {
  other: { text: 'Another LMS', url: '', keySet: '', token: '', login: '' },
  canvas: { text: 'Canvas, hosted by Instructure',
    url: 'https://canvas.instructure.com',
    keySet: 'https://sso.canvaslms.com/api/lti/security/jwks',
    token: 'https://sso.canvaslms.com/login/oauth2/token',
    login: 'https://sso.canvaslms.com/api/lti/authorize_redirect' },
  schoology: { text: 'Schoology', url: 'https://schoology.schoology.com',
    keySet: 'https://lti-service.svc.schoology.com/lti-service/.well-known/jwks',
    token: 'https://lti-service.svc.schoology.com/lti-service/access-token',
    login:
      'https://lti-service.svc.schoology.com/lti-service/authorize-redirect' },
};

const hostOf = (url: string) => {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
};

export function AddIntegration({ preset: given, onClose, onDone }: {
  preset?: string | undefined; onClose: () => void; onDone: () => void;
}) {
  const { staff, organization } = useScope();
  const [key, setKey] = useState(given && presets[given] ? given : 'other');
  const preset = presets[key] ?? presets.other!;
  const create = async (values: Values) => {
    const url = values.url ?? '';
    const organizationId = values.organizationId ?? organization ?? '';
    const made = await platforms.create({ url,
      clientId: values.clientId ?? '',
      name: values.name || `${key === 'other' ? 'LMS' : preset.text
        .split(',')[0]} at ${hostOf(url)}`,
      authenticationEndpoint: values.authenticationEndpoint ?? '',
      accesstokenEndpoint: values.accesstokenEndpoint ?? '',
      authConfig: { method: 'JWK_SET', key: values['authConfig.key'] ?? '' },
      ...(organizationId ? { organizationId } : {}) });
    if (values.deploymentId) {
      await platforms.addDeployment(made.id, values.deploymentId,
        organizationId);
    }
    tell('Integration added');
    onDone();
  };
  return (
    <Dialog title="Create LTI Integration" onClose={onClose} wide>
      <Form onSubmit={create} submit="Create" onCancel={onClose}>
        <Choice label="LMS" name="preset" value={key} onChange={setKey}
          choices={Object.entries(presets).map(([one, { text }]) =>
            [one, text])} />
        <div key={key}>
          <Text label="Platform ID" name="url" initial={preset.url}
            help="The issuer, exactly as the LMS writes it." />
          <Text label="Client ID" name="clientId" />
          <Text label="Deployment ID" name="deploymentId" optional />
          <Text label="Public keyset URL" name="authConfig.key" type="url"
            initial={preset.keySet} />
          <Text label="Access token URL" name="accesstokenEndpoint" type="url"
            initial={preset.token} />
          <Text label="Authentication request URL"
            name="authenticationEndpoint" type="url" initial={preset.login} />
          <Text label="Name" name="name" optional
            help="What it is called here." />
          {!organization && (
            <OrganizationField {...(staff ? { none: 'Nobody' } : {})} />
          )}
        </div>
      </Form>
    </Dialog>
  );
}

// One registration serves every Blackboard; a school brings its deployment.
export function AddBlackboard({ shared, onClose, onDone }: {
  shared: Shared[]; onClose: () => void; onDone: () => void;
}) {
  const { organization } = useScope();
  const blackboards = shared.filter((one) =>
    /blackboard/i.test(`${one.family ?? ''} ${one.url}`));
  const offered = blackboards.length ? blackboards : shared;
  const add = async (values: Values) => {
    await platforms.addDeployment(
      values.platform ?? offered[0]?.platformId ?? '',
      values.deploymentId ?? '', values.organizationId ?? organization ?? '');
    tell('Blackboard integration added');
    onDone();
  };
  return (
    <Dialog title="Add Blackboard integration" onClose={onClose}>
      <Form onSubmit={add} submit="Create" onCancel={onClose}>
        {offered.length > 1 && (
          <Choice label="Blackboard" name="platform"
            initial={offered[0]?.platformId ?? ''} choices={offered.map(
              (one): [string, string] => [one.platformId, one.name])} />
        )}
        <Text label="Deployment Id" name="deploymentId" help="Blackboard shows
          it after the administrator has approved the tool." />
        {!organization && <OrganizationField />}
      </Form>
    </Dialog>
  );
}

const keyHelp: Record<AuthConfig['method'], string> = {
  JWK_SET: 'The address of the LMS\'s key set.',
  JWK_KEY: 'One key as JSON Web Key.',
  RSA_KEY: 'One key in PEM form.',
};

export function EditPlatform({ platform, onClose, onDone }: {
  platform: Platform; onClose: () => void; onDone: () => void;
}) {
  const { staff } = useScope();
  const [method, setMethod] = useState(platform.authConfig.method);
  const change = async (values: Values) => {
    await platforms.change(platform.id, { name: values.name ?? '',
      url: values.url ?? '', clientId: values.clientId ?? '',
      authenticationEndpoint: values.authenticationEndpoint ?? '',
      accesstokenEndpoint: values.accesstokenEndpoint ?? '',
      authConfig: { method, key: values['authConfig.key'] ?? '' },
      authorizationServer: values.authorizationServer ?? '',
      targetLinkUri: values.targetLinkUri ?? '',
      active: values.active === 'on',
      ...(values.organizationId === undefined
        || values.organizationId === (platform.organizationId ?? '')
        ? {} : { organizationId: values.organizationId }) });
    tell('Platform saved');
    onDone();
  };
  return (
    <Dialog title={`Edit ${platform.name}`} onClose={onClose} wide>
      <Form onSubmit={change} submit="Save" onCancel={onClose}>
        <Text label="Name" name="name" initial={platform.name} />
        <Switch label="Active" name="active" initial={platform.active}
          help="Whether launches are let through." />
        {staff && <OrganizationField none="Nobody"
          initial={platform.organizationId ?? ''} />}
        <Text label="Platform ID" name="url" initial={platform.url} />
        <Text label="Client ID" name="clientId" initial={platform.clientId} />
        <Text label="Access token URL" name="accesstokenEndpoint" type="url"
          initial={platform.accesstokenEndpoint} />
        <Text label="Authentication request URL" name="authenticationEndpoint"
          type="url" initial={platform.authenticationEndpoint} />
        <Choice label="Its keys" name="authConfig.method" value={method}
          onChange={setMethod} choices={[['JWK_SET', 'Public keyset URL'],
            ['JWK_KEY', 'JSON Web Key'], ['RSA_KEY', 'PEM']]} />
        {method === 'JWK_SET'
          ? <Text label="Public keyset URL" name="authConfig.key" type="url"
              initial={platform.authConfig.method === method
                ? platform.authConfig.key : ''} help={keyHelp[method]} />
          : <Area label="Key" name="authConfig.key" rows={6} key={method}
              initial={platform.authConfig.method === method
                ? platform.authConfig.key : ''} help={keyHelp[method]} />}
        <Fold summary="Rarely needed">
          <Text label="Audience of token requests" name="authorizationServer"
            optional initial={platform.authorizationServer ?? ''}
            help="When it is not the access token URL." />
          <Text label="Its own launch URL" name="targetLinkUri" type="url"
            optional initial={platform.targetLinkUri ?? ''}
            help="Where all its launches go; when empty, as the settings say."
          />
        </Fold>
      </Form>
    </Dialog>
  );
}
