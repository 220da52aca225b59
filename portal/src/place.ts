// SPDX-License-Identifier: Apache-2.0
// A provider's sign-in leaves the portal; the page to come back to waits in
// the tab meanwhile. Only a place within the portal is taken from there.

const PLACE = 'ltigate-place';

export const keepPlace = () => sessionStorage.setItem(PLACE, location.hash);

export function returnToPlace() {
  const place = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (place?.startsWith('#/') && !location.hash) location.hash = place;
}
