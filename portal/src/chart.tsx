// SPDX-License-Identifier: Apache-2.0
// The usage over time: a picture, and the same as a table.

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { exactTime, Fold, number, Table } from './parts';
import type { Counts, Usage } from './types';

export const series: [key: keyof Counts, text: string, color: string][] = [
  ['launches', 'Launches', '--accent'],
  ['people', 'People', '--good'],
  ['registrations', 'Registrations', '--violet'],
  ['failures', 'Failures', '--bad'],
];

const HEIGHT = 280;

// A range that nothing happened in still has a scale.
const scale = (_: uPlot, __: number, most: number): [number, number] =>
  [0, Math.max(4, Math.ceil(most * 1.1))];

function draw(holder: HTMLElement, usage: Usage): uPlot {
  const style = getComputedStyle(holder);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = { stroke: color('--quiet'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { stroke: color('--line'), width: 1 },
    font: `12px ${style.fontFamily}` };
  const times = usage.points.map(({ at }) => new Date(at).getTime() / 1000);
  const lonely = usage.points.length < 3;
  return new uPlot({
    width: holder.clientWidth, height: HEIGHT,
    cursor: { points: { size: 7 }, drag: { x: false, y: false } },
    scales: { y: { range: scale } },
    axes: [axis, { ...axis, size: 52,
      values: (_, values) => values.map((value) =>
        Number.isInteger(value) ? number(value) : '') }],
    series: [{ value: (_, at) => at ? exactTime(
      new Date(at * 1000).toISOString()) : '' },
    ...series.map(([, text, name]) => ({ label: text, stroke: color(name),
      width: 2, points: { show: lonely } }))],
  }, [times, ...series.map(([key]) =>
    usage.points.map((point) => point[key]))], holder);
}

export function Chart({ usage }: { usage: Usage }) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const place = holder.current;
    if (!place) return undefined;
    let plot = draw(place, usage);
    const widths = new ResizeObserver(() =>
      plot.setSize({ width: place.clientWidth, height: HEIGHT }));
    widths.observe(place);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const again = () => {
      plot.destroy();
      plot = draw(place, usage);
    };
    dark.addEventListener('change', again);
    return () => {
      widths.disconnect();
      dark.removeEventListener('change', again);
      plot.destroy();
    };
  }, [usage]);
  const { totals } = usage;
  const summary = `${series.map(([key, text]) =>
    `${text} ${number(totals[key])}`).join(', ')}. The same is below as a table.`;
  return (
    <>
      <div class="chart" ref={holder} role="img"
        aria-label={`Usage over time. ${summary}`} />
      <Fold summary="Show as a table">
        <Table label="Usage over time"
          rows={usage.points.filter((point) =>
            series.some(([key]) => point[key] > 0)).reverse()}
          rowKey={(point) => point.at} columns={[
            { name: usage.step === 'hour' ? 'Hour' : 'Day',
              cell: (point) => exactTime(point.at) },
            ...series.map(([key, text]) => ({ name: text,
              cell: (point: Counts) => number(point[key]) }))]} />
      </Fold>
    </>
  );
}
