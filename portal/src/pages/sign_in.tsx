// SPDX-License-Identifier: Apache-2.0

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError, session as calls } from '../api';
import { Form, Text } from '../forms';
import { Fault, nameProduct } from '../parts';
import { keepPlace } from '../place';
import type { Session } from '../types';

// A page of its own, before the menu is there.
export function Alone({ title, session, children }: {
  title: string; session: Session; children: ComponentChildren;
}) {
  const name = session.tool?.name || 'ltigate';
  nameProduct(name);
  useEffect(() => {
    document.title = `${title} - ${name}`;
  }, [title, name]);
  return (
    <main class="alone">
      <div class="brand">
        {session.tool?.logoUrl
          ? <img src={session.tool.logoUrl} alt="" width="40" height="40" />
          : <span class="logo" aria-hidden="true" />}
        <span>{name}</span>
      </div>
      <section class="card">
        <h1>{title}</h1>
        {children}
      </section>
      <p class="quiet foot">ltigate connects this tool to learning management
        systems.</p>
    </main>
  );
}

function Provider({ name }: { name: string }) {
  const [problem, setProblem] = useState<unknown>();
  const leave = async () => {
    try {
      const { url } = await calls.oidc();
      if (!/^https?:\/\//.test(url)) throw new Error('No address was given');
      keepPlace();
      location.assign(url);
    } catch (why) {
      setProblem(why);
    }
  };
  return (
    <>
      {Boolean(problem) && <Fault problem={problem} />}
      <button type="button" class="secondary whole" onClick={leave}>
        Sign in with {name}
      </button>
    </>
  );
}

export function SignIn({ session, onEnter }: {
  session: Session; onEnter: (session: Session) => void;
}) {
  const enter = async (values: Record<string, string>) => {
    try {
      onEnter(await calls.signIn(values.email ?? '', values.password ?? ''));
    } catch (why) {
      if (why instanceof ApiError && why.status === 401) {
        throw new Error('This e-mail address and password do not belong '
          + 'together.');
      }
      throw why;
    }
  };
  const hasPassword = session.password !== false;
  return (
    <>
      {hasPassword && (
        <Form onSubmit={enter} submit="Sign in">
          <Text label="E-mail" name="email" type="email"
            autocomplete="username" initial={session.user?.email ?? ''} />
          <Text label="Password" name="password" type="password"
            autocomplete="current-password" />
        </Form>
      )}
      {session.oidc && (
        <>
          {hasPassword && <p class="or"><span>or</span></p>}
          <Provider name={session.oidc} />
        </>
      )}
    </>
  );
}

export const SignInPage = (given: {
  session: Session; onEnter: (session: Session) => void;
}) => (
  <Alone title="Sign in" session={given.session}>
    <SignIn {...given} />
    <p class="quiet">No account or password yet? Ask whoever runs this gateway
      for an invitation link.</p>
  </Alone>
);
