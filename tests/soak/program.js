// SPDX-License-Identifier: Apache-2.0
// What is soaked is what is released, unless LTIGATE_PROGRAM says otherwise.
// Imported before whatever starts it.

process.env.LTIGATE_PROGRAM ??= 'build/release/ltigate';
