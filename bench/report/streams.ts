// The tables of streams: MB a second, and the ratio to one call of WebCrypto in the same run.
import { reference, streamRatios } from '../suites/streams-targets.ts';
import type { Measured } from './table.ts';

/** One file of the suite. */
export function streamTables({ version, machine, date, rows, runtime }: Measured): string[] {
  const lines = [`**${version}** (${machine}, ${date})`, ''];
  for (const [title, what] of [
    ['stream', '256 MB'],
    ['file', '16 MB'],
  ]) {
    const own = rows.filter((row) => row.case === title);
    const base = own.find(({ subject }) => subject === reference);
    lines.push(`| ${what} | MB/s |${base ? ' ratio |' : ''}`, `|---|---:|${base ? '---:|' : ''}`);
    for (const { subject, mbps, us } of own)
      lines.push(`| ${subject} | ${Math.round(mbps)} |${base ? ` ${(base.us / us).toFixed(2)}x |` : ''}`);
    lines.push('');
  }
  lines.push('| against one call for 16 MB | ratio | reach | go for |', '|---|---:|---:|---:|');
  for (const { target, ratio } of streamRatios(rows, runtime))
    lines.push(
      `| ${target.subject} | **${ratio.toFixed(2)}x** | ${target.reach}x | ${target.goFor === undefined ? '' : `${target.goFor}x`} |`,
    );
  return [...lines, ''];
}
