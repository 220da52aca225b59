// SPDX-License-Identifier: Apache-2.0
// What an administrator does in each LMS, in the LMS's own words.

import type { ToolCard } from '../types';

export interface Step {
  text: string;
  copy?: [label: string, value: string][];
  link?: [page: string, text: string, query?: Record<string, string>];
}

export interface Guide {
  id: string;
  name: string;
  about: string;
  ways: { title: string; note?: string; steps: (card: ToolCard) => Step[] }[];
  know?: string[];
}

const registrationUrl = (card: ToolCard): [string, string][] =>
  [['Dynamic registration URL', card.registrationUrl]];

// What is seen in the LMS's frame depends on the tool's settings.
function frame(card: ToolCard): Step {
  switch (card.registrationMode) {
  case 'confirm':
    return { text: 'In the frame, sign in, choose your organisation and '
      + `answer Yes to register ${card.name}. A page says that it is done.` };
  case 'pre-approval':
    return { text: 'In the frame, follow the pages of '
      + `${card.name}; they close by themselves.` };
  default:
    return { text: 'Wait a moment: the frame closes by itself when '
      + `${card.name} is registered.` };
  }
}

const approval: Step = { text: 'If the integration waits here for approval, '
  + 'activate it under Registrations.',
link: ['registrations', 'Open Registrations'] };

const byHand = (card: ToolCard): [string, string][] => [
  ['Initiate login URL', card.loginUrl], ['Redirect URL', card.redirectUrl],
  ['KeySet URL', card.keySetUrl]];

export const guides: Guide[] = [
  {
    id: 'moodle', name: 'Moodle', about: 'Dynamic Registration, Moodle 3.11 '
      + 'and later',
    ways: [{
      title: 'Add the tool', steps: (card) => [
        { text: 'Sign in as a site administrator and open Site administration '
          + '> Plugins > Activity modules > External tool > Manage tools.' },
        { text: 'Paste this address into Tool URL and press Add LTI '
          + 'Advantage.', copy: registrationUrl(card) },
        frame(card),
        { text: `${card.name} appears as a card with the mark Pending. Press `
          + 'Activate on it.' },
        approval],
    }, {
      title: 'Use it in a course', note: 'For a teacher.', steps: (card) => [
        { text: 'In the course open More > LTI External tools and switch on '
          + `Show in activity chooser for ${card.name}.` },
        { text: 'Turn on Edit mode, press Add an activity or resource, choose '
          + `All and then ${card.name}.` },
        { text: 'Press Select content, choose what you want, and save.' }],
    }],
    know: ['If a tool of the same domain is there already, Moodle asks whether '
      + 'to update it. Update keeps the links in courses.',
    'A launch must arrive within a minute: the clocks of both servers have to '
      + 'be right.'],
  },
  {
    id: 'canvas', name: 'Canvas', about: 'Dynamic Registration, or a JSON '
      + 'address where that is not offered',
    ways: [{
      title: 'By Dynamic Registration', steps: (card) => [
        { text: 'Open Admin > your account > Developer Keys > + Developer Key '
          + '> + LTI Registration (or Admin > Apps > Manage > Install a New '
          + 'App).' },
        { text: 'Paste this address and press Continue.',
          copy: registrationUrl(card) },
        frame(card),
        { text: 'Go through permissions, privacy, placements and names, then '
          + 'press Enable & Close (or Install).' },
        { text: 'Make sure that the State of the key is ON. If it shows ON and '
          + 'launches are refused, switch it off and on again.' },
        { text: 'Open View in Canvas Apps from the Details column and make the '
          + 'app Available: for the whole account, or by an exception for '
          + 'sub-accounts and courses.' },
        approval],
    }, {
      title: 'By JSON address', note: 'For a Canvas without LTI Registration.',
      steps: (card) => [
        { text: 'Open Admin > your account > Developer Keys > + Developer Key '
          + '> + LTI Key and set Method to Enter URL.' },
        { text: 'Fill in these two, a key name and an owner e-mail, and save.',
          copy: [['Redirect URIs', card.redirectUrl],
            ['JSON URL', card.canvasUrl]] },
        { text: 'Switch State to ON and copy the long number in the Details '
          + 'column: it is the Client ID.' },
        { text: 'Install the app: Settings > Apps > View App Configurations > '
          + '+ App > By Client ID.' },
        { text: 'Add the integration here with that Client ID.',
          link: ['integrations', 'Add the Canvas integration',
            { add: 'canvas' }] }],
    }],
    know: ['Registering, switching on, installing and making available are '
      + 'four things. Canvas reports success after each; an app that is not '
      + 'available appears nowhere.',
    'Every Canvas that Instructure hosts has the Platform ID '
      + 'https://canvas.instructure.com, without a slash at its end.'],
  },
  {
    id: 'brightspace', name: 'Brightspace', about: 'D2L Brightspace, by '
      + 'Dynamic Registration',
    ways: [{
      title: 'Add the tool', steps: (card) => [
        { text: 'Open Admin Tools > Manage Extensibility > LTI Advantage > '
          + 'Register Tool and choose Dynamic.' },
        { text: 'Paste this address. Tick Configure Deployment to have a '
          + 'deployment and its links made as well, then press Register.',
        copy: [['Tool initiation registration endpoint',
          card.registrationUrl]] },
        { ...frame(card), text: `${frame(card).text} Brightspace opens it in `
          + 'a new tab.' },
        { text: 'Back in LTI Advantage, open the registration and enable it: '
          + 'Brightspace leaves it disabled. Switch on the extensions '
          + '(Assignment and Grade Services, Deep Linking, Names and Role '
          + 'Provisioning Services).' },
        { text: 'Open View Deployments > New Deployment (or the one that was '
          + 'made): choose the tool, tick the same extensions and the security '
          + 'settings the tool needs, and Add Org Units.' },
        { text: 'Open View Links > New Link if there is none yet. For the '
          + 'content picker its type is Deep Linking Quicklink.' },
        approval],
    }],
    know: ['A domain can be in one enabled registration only.',
      'The roster lists who launched already, unless "classlist including '
        + 'users not known to this deployment" is set.',
      'The address works once and for an hour: if something went wrong, begin '
        + 'again with Register Tool.'],
  },
  {
    id: 'blackboard', name: 'Blackboard', about: 'Anthology Blackboard Learn: '
      + 'registered once, then a deployment for each institution',
    ways: [{
      title: 'For an institution', steps: (card) => {
        const shared = (card.shared ?? []).filter((one) =>
          /blackboard/i.test(`${one.family ?? ''} ${one.url}`));
        return [
          shared.length > 0
            ? { text: 'Open Administrator Panel > LTI Tool Providers > '
              + 'Register LTI 1.3/Advantage Tool, paste the Client ID and '
              + 'submit.', copy: shared.map((one): [string, string] =>
              [`Client ID (${one.name})`, one.clientId]) }
            : { text: 'The tool has to be registered with Blackboard first: '
              + 'see below. Then open Administrator Panel > LTI Tool Providers '
              + '> Register LTI 1.3/Advantage Tool with its Client ID.' },
          { text: 'Approve the tool, allow grade service access and '
            + 'membership service access, and choose which user fields are '
            + 'sent. Save.' },
          { text: 'Copy the Deployment ID that Blackboard shows.' },
          { text: 'Add it here: Add Blackboard integration asks for the '
            + 'Deployment Id alone.',
          link: ['integrations', 'Open Integrations'] }];
      },
    }, {
      title: 'Once, for the tool', note: 'Whoever makes the tool does this in '
        + 'Anthology\'s developer portal.', steps: (card) => [
        { text: 'Sign in at developer.anthology.com, open My Integrations '
          + 'and press LTI Dynamic Registration.' },
        { text: 'Paste this address.', copy: registrationUrl(card) },
        { text: 'Where that is not offered, register an LTI application by '
          + 'hand with these values, and add the integration here with the '
          + 'issuer https://blackboard.com.',
        copy: byHand(card) },
        approval],
    }],
    know: ['Every Blackboard has the same issuer and client id; schools are '
      + 'told apart by the deployment id alone.'],
  },
  {
    id: 'sakai', name: 'Sakai', about: 'Dynamic Registration, called LTI '
      + 'Advantage Auto Provision',
    ways: [{
      title: 'Add the tool', steps: (card) => [
        { text: 'In the Administration Workspace open External Tools > LTI '
          + 'Advantage Auto Provision.' },
        { text: 'Give the tool a title, press Auto Provision and then Use '
          + 'LTI Advantage Auto Configuration. Paste this address.',
        copy: registrationUrl(card) },
        frame(card),
        { text: 'Continue to the tool in Sakai, switch on what it may use '
          + '(gradebook, roster, content item selection) and save.' },
        approval],
    }],
    know: ['Sakai lists no service scopes; they work nevertheless.'],
  },
  {
    id: 'schoology', name: 'Schoology', about: 'By hand: Schoology has no '
      + 'Dynamic Registration',
    ways: [{
      title: 'Make the app in Schoology', steps: (card) => [
        { text: 'Open the App Center > Organization Apps (or My Developer '
          + 'Apps) > Add App and choose the type LTI 1.3 App.' },
        { text: 'Choose what is sent of each person, tick Deep Linking, '
          + 'Assignment and Grade Services and Names and Role Provisioning '
          + 'Services, and fill in these values.', copy: [
          ['JWKS URL', card.keySetUrl], ['Domain/URL', card.redirectUrl],
          ['OIDC Login Init URL', card.loginUrl],
          ['Redirect URLs', card.redirectUrl]] },
        { text: 'Save, press Install LTI 1.3 App and choose where it is '
          + 'offered.' },
        { text: 'In the list of apps press Options > API Info and copy the '
          + 'Client ID.' },
        { text: 'Add the integration here with that Client ID; its other '
          + 'values are filled in.',
        link: ['integrations', 'Add the Schoology integration',
          { add: 'schoology' }] }],
    }],
    know: ['A teacher chooses content by Add Materials.'],
  },
  {
    id: 'open-edx', name: 'Open edX', about: 'By hand, for each component: '
      + 'Open edX has no Dynamic Registration',
    ways: [{
      title: 'Add the component in Studio', steps: (card) => [
        { text: 'In Settings > Advanced Settings put lti_consumer into the '
          + 'Advanced Module List.' },
        { text: 'In a unit press Add New Component > Advanced > LTI Consumer, '
          + 'then Edit. Choose LTI 1.3 and the key mode Keyset URL, and fill '
          + 'in these values. Registered Redirect URIs is a list: ["..."].',
        copy: [['Tool Launch URL', card.redirectUrl],
          ['Registered Redirect URIs', card.redirectUrl],
          ['Tool Initiate Login URL', card.loginUrl],
          ['Tool Keyset URL', card.keySetUrl],
          ['Deep Linking Launch URL', card.redirectUrl]] },
        { text: 'Switch on deep linking, names and roles (NRPS) and the grades '
          + 'service as you need them, and save.' },
        { text: 'The component shows Client ID, Keyset URL, Access Token URL '
          + 'and OIDC Callback URL. Add the integration here with them; the '
          + 'Platform ID is the LMS\'s own address.',
        link: ['integrations', 'Add the Open edX integration',
          { add: 'other' }] }],
    }],
    know: ['Each component has its own Client ID, unless the site shares one '
      + 'configuration.',
    'Names and e-mail also need Allow PII sharing for the course.'],
  },
  {
    id: 'ilias', name: 'ILIAS', about: 'Dynamic Registration, ILIAS 7 and '
      + 'later',
    ways: [{
      title: 'Add the tool', steps: (card) => [
        { text: 'Where the tool belongs, press Add New Item > LTI Consumer '
          + '(an administrator may instead add a global provider under '
          + 'Administration > Extending ILIAS > LTI).' },
        { text: 'Choose Dynamic Registration and paste this address.',
          copy: registrationUrl(card) },
        frame(card),
        { text: 'Check the settings of the new object and save it.' },
        approval],
    }],
    know: ['Whoever may make LTI objects may register a tool in ILIAS: keep '
      + 'new integrations waiting for approval if that is too many people.'],
  },
];
