// SPDX-License-Identifier: Apache-2.0
// Who is signed in, what they may do, and for which organisation the pages
// are shown.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { useRoute } from './router';
import type { Organization, Right, Session, User } from './types';

export interface Person {
  session: Session;
  user: User;
  organizations: Organization[];
  setSession: (session: Session) => void;
  reloadOrganizations: () => void;
  signOut: () => void;
}

export const PersonContext = createContext<Person | null>(null);

export function usePerson(): Person {
  const person = useContext(PersonContext);
  if (!person) throw new Error('nobody is signed in');
  return person;
}

export const staffRights = (person: Person): Right[] =>
  person.user.rights ?? person.session.rights ?? [];

export const isStaff = (person: Person) => Boolean(person.user.role);

// May the person do this, in that organisation if one is named?
export function may(person: Person, right: Right, organization?: string) {
  if (staffRights(person).includes(right)) return true;
  return (person.user.organizations ?? []).some((one) =>
    (!organization || one.id === organization)
    && Boolean(one.rights?.includes(right)));
}

// Staff see all organisations unless they choose one; other people always see
// one of theirs.
export function useScope() {
  const person = usePerson();
  const wanted = useRoute().query.get('organization') ?? '';
  const staff = isStaff(person);
  const known = person.organizations.find((one) => one.id === wanted);
  const chosen = known ?? (staff ? undefined : person.organizations[0]);
  const nameOf = (id: string | undefined) =>
    person.organizations.find((one) => one.id === id)?.name ?? '';
  return {
    person, staff, nameOf,
    organization: chosen?.id,
    can: (right: Right, organization = chosen?.id) =>
      may(person, right, organization),
  };
}

// Those in which a person may do something, to choose one from.
export const organizationsFor = (person: Person, right: Right) =>
  person.organizations.filter((one) => may(person, right, one.id));
