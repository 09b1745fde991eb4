// npm run bench -- SUITE [--runtime node|chromium|firefox] [--json FILE] [--only REGEXP] [--minutes N]
// Runs bench/suites/SUITE.ts, prints its rows, and writes them with machine, versions and date to a file.
import { existsSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import type { Row } from './harness/measure.ts';
import { runSuite } from './harness/run-suite.ts';
import type { BenchRuntime, Suite } from './harness/suite.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runtime: { type: 'string', default: 'node' },
    json: { type: 'string' },
    only: { type: 'string', default: '' },
    minutes: { type: 'string', default: '10' },
  },
});
const name = positionals[0] ?? 'core';
/** Services that are processes of their own. */
const ofServices: Readonly<Record<string, () => Promise<void>>> = {
  edge: async () => (await import('./edge.ts')).benchEdge(values.json),
  'edge-cost': async () => (await import('./edge-cost.ts')).benchEdgeCost(values.json),
  soak: async () => (await import('./soak.ts')).benchSoak(new RegExp(values.only), Number(values.minutes), values.json),
};
if (Object.hasOwn(ofServices, name)) {
  await ofServices[name]?.();
  process.exit();
}
const runtime = values.runtime as BenchRuntime;
if (!existsSync(`bench/suites/${name}.ts`)) throw new Error(`there is no suite bench/suites/${name}.ts`);
if (!['node', 'chromium', 'firefox'].includes(runtime)) throw new Error('--runtime is node, chromium or firefox');
if (!existsSync('dist')) throw new Error('the benchmark measures the built library: run "npm run build" first');

const { default: suite } = (await import(`./suites/${name}.ts`)) as { default: Suite };
function report({ case: title, bytes, subject, us, mbps }: Row): void {
  console.log(
    `${title.padEnd(12)} ${String(bytes).padStart(9)} B  ${subject.padEnd(36)} ${us.toFixed(us < 100 ? 3 : 0).padStart(11)} us ${mbps.toFixed(mbps < 10 ? 1 : 0).padStart(6)} MB/s`,
  );
}
/** Deno and Bun run this file too: `deno run -A bench/run.ts ...`, `bun bench/run.ts ...`. */
function runtimeVersion(): string {
  const { deno, bun, node } = process.versions as Record<string, string | undefined>;
  return deno !== undefined ? `Deno ${deno}` : bun !== undefined ? `Bun ${bun}` : `Node ${node}`;
}

const result =
  runtime === 'node'
    ? { rows: await runSuite(suite, runtime, new RegExp(values.only), report), version: runtimeVersion() }
    : await (await import('./harness/browser.ts')).runInBrowser(runtime, name, values.only, report);
for (const line of suite.summary?.(result.rows, runtime) ?? []) console.log(line);
if (values.json !== undefined) {
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
  const file = {
    suite: name,
    runtime,
    version: result.version,
    machine,
    date: new Date().toISOString().slice(0, 10),
    rows: result.rows,
  };
  writeFileSync(values.json, `${JSON.stringify(file, undefined, 1)}\n`);
}
