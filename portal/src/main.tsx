// SPDX-License-Identifier: Apache-2.0
// The administrator's portal begins.

import '@picocss/pico/css/pico.min.css';
import 'uplot/dist/uPlot.min.css';
import './styles.css';
import { render } from 'preact';
import { App } from './app';

const root = document.getElementById('app');
if (root) {
  root.replaceChildren();
  render(<App />, root);
}
