// SPDX-License-Identifier: Apache-2.0

import { useState } from 'preact/hooks';
import { tool } from '../api';
import { Choice, Form, Lines, Pairs, Radios, Switch, Text } from '../forms';
import { Card, Fold, Loaded, Notice, Page, tell, useLoad } from '../parts';
import { usePerson, useScope } from '../session';
import type { Mode, Settings } from '../types';
import { Messages, Placements } from './settings_messages';

export interface Draft {
  value: Settings;
  set: (changes: Partial<Settings>) => void;
}

function Tool({ value, set }: Draft) {
  return (
    <Card title="Your tool" note="What people see in the LMS.">
      <Text label="Tool name" name="name" value={value.name}
        onInput={(name) => set({ name })} />
      <Text label="Description" name="description" optional
        value={value.description}
        onInput={(description) => set({ description })} />
      <Text label="Logo URL" name="logoUrl" type="url" optional
        value={value.logoUrl} onInput={(logoUrl) => set({ logoUrl })}
        help="A square picture, by https." />
      <Fold summary="Names in other languages, contact and policies">
        <Pairs label="Names in other languages" name="localizedNames"
          value={value.localizedNames} names="Language" values="Name"
          onChange={(localizedNames) => set({ localizedNames })}
          help="A language tag such as de or pt-BR, and the name." />
        <Lines label="Contacts" name="contacts" value={value.contacts}
          onChange={(contacts) => set({ contacts })}
          help="E-mail addresses of who looks after the tool, one a line." />
        <Text label="Web site" name="clientUri" type="url" optional
          value={value.clientUri} onInput={(clientUri) => set({ clientUri })} />
        <Text label="Terms of service" name="tosUri" type="url" optional
          value={value.tosUri} onInput={(tosUri) => set({ tosUri })} />
        <Text label="Privacy policy" name="policyUri" type="url" optional
          value={value.policyUri} onInput={(policyUri) => set({ policyUri })} />
      </Fold>
    </Card>
  );
}

function Launches({ value, set }: Draft) {
  return (
    <Card title="Launches" note="Where people arrive.">
      <Text label="Launch URL" name="launchUrl" type="url" optional
        value={value.launchUrl} onInput={(launchUrl) => set({ launchUrl })}
        help="Launches are sent here, with the ltik in the address. While it
          is empty, a launch ends on a page that shows what arrived." />
      <Choice label="Deep linking" name="deepLinking"
        value={value.deepLinking}
        onChange={(deepLinking) => set({ deepLinking })}
        help="How a teacher chooses content." choices={[
          ['api', 'The tool shows its own pages'],
          ['builtin', 'The built-in picker shows the Content of this portal'],
          ['off', 'Off']]} />
      {value.deepLinking === 'api' && (
        <Text label="Deep Linking URL" name="deepLinkingUrl" type="url"
          optional value={value.deepLinkingUrl}
          onInput={(deepLinkingUrl) => set({ deepLinkingUrl })}
          help="Deep-linking launches are sent here; when empty, to the
            Launch URL." />
      )}
      <Fold summary="Other addresses and deployments">
        <Text label="Submission review URL" name="submissionReviewUrl"
          type="url" optional value={value.submissionReviewUrl}
          onInput={(submissionReviewUrl) => set({ submissionReviewUrl })}
          help="Where a teacher arrives who opens a student's work from the
            LMS's gradebook; LMSs are asked for it once it is set." />
        <Lines label="Platform notices" name="notices"
          value={value.notices} onChange={(notices) => set({ notices })}
          help="LtiContextCopyNotice, LtiHelloWorldNotice: what to subscribe
            to where an LMS offers it, for the webhook; one a line." />
        <Lines label="Other launch addresses" name="allowedUrls"
          value={value.allowedUrls}
          onChange={(allowedUrls) => set({ allowedUrls })}
          help="Where a message or a platform may send launches besides, with
            what is below; one a line." />
        <Choice label="New deployments" name="deployments"
          value={value.deployments}
          onChange={(deployments) => set({ deployments })} choices={[
            ['learn', 'Kept and let in'], ['any', 'Let in and not kept'],
            ['listed', 'Kept, and refused until they are allowed']]}
          help="A deployment is one place in an LMS where the tool was added."
        />
      </Fold>
    </Card>
  );
}

const modes: [Mode, string, string][] = [
  ['automatic', 'Automatic',
    'No page: the LMS is registered and its frame closes.'],
  ['confirm', 'Confirm',
    'The administrator signs in, chooses an organisation and says Yes.'],
  ['off', 'Off', 'Registrations are refused with a page that says so.'],
];

function Registration({ value, set }: Draft) {
  const { registration } = value;
  const preApproval = registration.mode === 'pre-approval';
  const [base, setBase] = useState<Mode>(
    preApproval ? 'automatic' : registration.mode);
  const change = (changes: Partial<Settings['registration']>) =>
    set({ registration: { ...registration, ...changes } });
  return (
    <Card title="Dynamic Registration"
      note="What happens when an LMS registers the tool by its URL.">
      <Radios legend="Mode" name="registration.mode" value={base}
        choices={modes} disabled={preApproval} onChange={(mode) => {
          setBase(mode);
          change({ mode });
        }} />
      <Switch label="Enable Pre-Approval" name="enablePreApproval"
        checked={preApproval}
        onChange={(on) => change({ mode: on ? 'pre-approval' : base })}
        help="The administrator is sent to a page of your own, which completes
          or rejects the registration by the API. It replaces the mode above."
      />
      {preApproval && (
        <Text label="Pre-Approval URL" name="registration.preApprovalUrl"
          type="url" value={registration.preApprovalUrl}
          onInput={(preApprovalUrl) => change({ preApprovalUrl })}
          help="Opened with ?registrationId= in the LMS's frame." />
      )}
      <Switch label="Dynamic Registration Auto-Activation"
        name="registration.autoActivate" checked={registration.autoActivate}
        onChange={(autoActivate) => change({ autoActivate })}
        help="On: a new LMS may launch at once. Off: it waits under
          Registrations until somebody activates it." />
      <Fold summary="Which LMSs may register">
        <Lines label="Allowed hosts" name="registration.allowedHosts"
          value={registration.allowedHosts}
          onChange={(allowedHosts) => change({ allowedHosts })}
          help="When not empty, only these; one a line, *.school.example for
            every host below." />
        <Lines label="Blocked hosts" name="registration.blockedHosts"
          value={registration.blockedHosts}
          onChange={(blockedHosts) => change({ blockedHosts })} />
      </Fold>
    </Card>
  );
}

function Services({ value, set }: Draft) {
  const { services } = value;
  return (
    <Card title="Services and privacy" note="What LMSs are asked for.">
      <Switch label="Assignments and Grades"
        name="services.assignmentAndGrades"
        checked={services.assignmentAndGrades}
        onChange={(on) => set({
          services: { ...services, assignmentAndGrades: on } })}
        help="Columns in the gradebook, and scores." />
      <Switch label="Names and Roles" name="services.namesAndRoles"
        checked={services.namesAndRoles}
        onChange={(on) => set({ services: { ...services, namesAndRoles: on } })}
        help="The list of a course's people." />
      <Choice label="Privacy level" name="privacyLevel"
        value={value.privacyLevel}
        onChange={(privacyLevel) => set({ privacyLevel })} choices={[
          ['public', 'Public: name and e-mail'], ['name_only', 'Name only'],
          ['email_only', 'E-mail only'],
          ['anonymous', 'Anonymous: neither']]} />
      <Fold summary="Custom parameters">
        <Pairs label="Custom parameters" name="customParameters"
          value={value.customParameters} names="Parameter" values="Value"
          onChange={(customParameters) => set({ customParameters })}
          help="Sent with every launch. A value may be a variable of the LMS,
            such as $Context.id." />
      </Fold>
      <Fold summary="Messages and placements">
        <Messages value={value.messages}
          onChange={(messages) => set({ messages })} />
        <Placements value={value.placementsByFamily}
          onChange={(placementsByFamily) => set({ placementsByFamily })} />
      </Fold>
      <Fold summary="Keys and redirect addresses">
        <Choice label="Keys" name="keys" value={value.keys}
          onChange={(keys) => set({ keys })} choices={[
            ['tool', 'One key set that rotates'],
            ['platform', 'A key pair for each platform']]}
          help="A platform keeps what it was registered with." />
        <Lines label="Other redirect URLs" name="redirectUris"
          value={value.redirectUris}
          onChange={(redirectUris) => set({ redirectUris })}
          help="Registered besides the gateway's own; one a line." />
      </Fold>
    </Card>
  );
}

function Edit({ settings }: { settings: Settings }) {
  const { person, can } = useScope();
  const [saved, setSaved] = useState(settings);
  const [value, setValue] = useState(settings);
  const [turn, setTurn] = useState(0);
  const draft: Draft = { value,
    set: (changes) => setValue((last) => ({ ...last, ...changes })) };
  const changed = JSON.stringify(saved) !== JSON.stringify(value);
  const adopt = (next: Settings) => {
    setSaved(next);
    setValue(next);
    setTurn(turn + 1);
  };
  const save = async () => {
    adopt(await tool.changeSettings(value));
    const { session } = person;
    person.setSession({ ...session, tool: { ...session.tool,
      name: value.name, logoUrl: value.logoUrl } });
    tell('Settings saved');
  };
  if (!can('tool')) {
    return (
      <>
        <Notice>Your role shows the settings and does not change them.
        </Notice>
        <fieldset disabled class="plain"><form>
          <Tool {...draft} /><Launches {...draft} /><Registration {...draft} />
          <Services {...draft} /></form></fieldset>
      </>
    );
  }
  return (
    <Form onSubmit={save} submit="Save settings" bar={
      <span class="grow" role="status">
        {changed ? 'There are unsaved changes.' : ''}
      </span>} {...(changed ? { onCancel: () => adopt(saved) } : {})}>
      <div key={turn}>
        <Tool {...draft} />
        <Launches {...draft} />
        <Registration {...draft} />
        <Services {...draft} />
      </div>
    </Form>
  );
}

export function SettingsPage() {
  const person = usePerson();
  const load = useLoad(() => tool.settings(), [person.user.id]);
  return (
    <Page title="API Settings"
      lead="What your tool is, and what it asks of every LMS.">
      <Loaded of={load}>
        {(settings) => <Edit settings={settings} />}
      </Loaded>
    </Page>
  );
}
