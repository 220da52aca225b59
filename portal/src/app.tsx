// SPDX-License-Identifier: Apache-2.0
// From the address to the page, and from nobody to a person signed in.

import { useEffect, useRef, useState } from 'preact/hooks';
import { organizations as organizationCalls, session as calls, whenUnauthorized }
  from './api';
import { Dialog, Fault, nameProduct, Teller } from './parts';
import { returnToPlace } from './place';
import { readRoute, RouteContext, useHash } from './router';
import { PersonContext, type Person } from './session';
import { Shell } from './shell';
import type { Organization, Session } from './types';
import { InvitationPage } from './pages/invitation';
import { SignIn, SignInPage } from './pages/sign_in';

// The organisations that the person can choose from: staff see all of them.
function useOrganizations(session: Session | undefined) {
  const [list, setList] = useState<Organization[]>([]);
  const [turn, setTurn] = useState(0);
  const user = session?.user;
  useEffect(() => {
    if (!user) return;
    const own = (user.organizations ?? []).map(({ id, name }) =>
      ({ id, name: name ?? id }));
    if (!user.role) {
      setList(own);
      return;
    }
    organizationCalls.list().then((answer) =>
      setList(answer.organizations), () => setList(own));
  }, [user?.id, user?.role, turn]);
  return { list, reload: () => setTurn((last) => last + 1) };
}

export function App() {
  const [session, setSession] = useState<Session>();
  const [problem, setProblem] = useState<unknown>();
  const [ended, setEnded] = useState(false);
  const route = readRoute(useHash());
  const { list, reload } = useOrganizations(session);
  const current = useRef(session);
  current.current = session;

  const begin = () => {
    setProblem(undefined);
    calls.read().then((found) => {
      if (found.signedIn) returnToPlace();
      setSession(found);
    }, setProblem);
  };
  useEffect(begin, []);
  useEffect(() => whenUnauthorized(() => {
    if (!current.current?.signedIn) return;
    calls.read().then((found) => {
      if (!found.signedIn) setEnded(true);
    }, () => {});
  }), []);
  nameProduct(session?.tool?.name || 'ltigate');

  if (problem) {
    return <main class="alone"><Fault problem={problem} retry={begin} /></main>;
  }
  if (!session) return <main class="alone" aria-busy="true" />;
  const enter = (found: Session) => {
    setEnded(false);
    setSession(found);
  };
  return (
    <RouteContext.Provider value={route}>
      {route.path[0] === 'invitation'
        ? <InvitationPage key={route.path[1]} token={route.path[1] ?? ''}
            session={session} onEnter={enter} />
        : !session.signedIn || !session.user
          ? <SignInPage session={session} onEnter={enter} />
          : <Signed key={session.user.id} session={session}
              organizations={list} reloadOrganizations={reload}
              setSession={setSession} />}
      {ended && (
        <Dialog title="Please sign in again" onClose={() => {}} stays>
          <p>Your session has ended. What is on the page is kept.</p>
          <SignIn session={session} onEnter={enter} />
        </Dialog>
      )}
      <Teller />
    </RouteContext.Provider>
  );
}

function Signed({ session, organizations, reloadOrganizations, setSession }: {
  session: Session; organizations: Organization[];
  reloadOrganizations: () => void; setSession: (session: Session) => void;
}) {
  const [problem, setProblem] = useState<unknown>();
  if (!session.user) return null;
  const signOut = () => calls.signOut()
    .then(() => calls.read())
    .then((found) => {
      location.hash = '#/';
      setSession(found);
    })
    .catch(setProblem);
  const person: Person = { session, user: session.user, organizations,
    setSession, reloadOrganizations, signOut };
  return (
    <PersonContext.Provider value={person}>
      {Boolean(problem) && <Fault problem={problem} />}
      <Shell />
    </PersonContext.Provider>
  );
}
