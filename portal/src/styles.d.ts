// SPDX-License-Identifier: Apache-2.0
// esbuild collects style sheets; to the compiler they are nothing.
declare module '*.css';
