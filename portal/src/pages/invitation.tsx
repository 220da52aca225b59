// SPDX-License-Identifier: Apache-2.0

import { session as calls } from '../api';
import { Form, Text, type Values } from '../forms';
import { Loaded, Notice, tell, useLoad, When } from '../parts';
import type { Session } from '../types';
import { Alone } from './sign_in';

export const PASSWORD_HELP = 'At least 12 characters. A few words together '
  + 'make a good one.';
export const PASSWORD_MIN = 12;

export function InvitationPage({ token, session, onEnter }: {
  token: string; session: Session; onEnter: (session: Session) => void;
}) {
  const load = useLoad(() => calls.invitation(token), [token]);
  const accept = async (values: Values) => {
    const found = await calls.accept({ token,
      password: values.password ?? '',
      ...(values.name ? { name: values.name } : {}),
      ...(values.email ? { email: values.email } : {}) });
    // The token is used up: it leaves the address and the history.
    history.replaceState(null, '', '#/');
    dispatchEvent(new HashChangeEvent('hashchange'));
    onEnter(found);
    tell('Welcome');
  };
  return (
    <Alone title="Welcome" session={session}>
      {Boolean(load.problem) && (
        <p>This invitation link has been used, has expired or was copied only
          in part. Ask whoever sent it for a new one, or{' '}
          <a href="#/">sign in</a>.</p>
      )}
      <Loaded of={load}>
        {(invitation) => (
          <>
            <p>
              {invitation.first
                ? 'Make the owner\'s account of this gateway.'
                : <>Choose a password for <strong>{invitation.email}</strong>.
                </>}
              {invitation.expiresAt && <> This link works until it expires{' '}
                <When at={invitation.expiresAt} />.</>}
            </p>
            {session.signedIn && (
              <Notice tone="warn">You are signed in as {session.user?.email}.
                Accepting signs that account out here.</Notice>
            )}
            <Form onSubmit={accept} submit="Set password and sign in">
              {invitation.first && (
                <Text label="E-mail" name="email" type="email"
                  autocomplete="username" initial={invitation.email ?? ''} />
              )}
              <Text label="Name" name="name" optional autocomplete="name"
                initial={invitation.name ?? ''} />
              {!invitation.first && (
                <input type="email" class="hidden" autocomplete="username"
                  value={invitation.email} readOnly tabIndex={-1}
                  aria-hidden="true" />
              )}
              <Text label="Password" name="password" type="password"
                autocomplete="new-password" minLength={PASSWORD_MIN}
                help={PASSWORD_HELP} />
            </Form>
          </>
        )}
      </Loaded>
    </Alone>
  );
}
