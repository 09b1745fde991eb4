// `npm test`: builds the library, checks the sources, and runs the tests in every runtime. A step that fails does not
// keep the next from running, so that one run shows everything. `npm test -- --only chromium,node20` runs a part.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checkImportRule } from './steps/import-rule.ts';
import { type Outcome, printSummary, problemOf, type Row } from './steps/outcome.ts';
import { type Runtime, smokeTestPackage } from './steps/package.ts';
import { runPortable } from './steps/portable.ts';
import { provisionBrowsers, provisionClients } from './steps/provision.ts';
import { attempt, run } from './steps/run.ts';
import { runVitest, runVitestInFiles } from './steps/vitest.ts';

interface Step {
  name: string;
  /** The steps that must have succeeded first; `--only` brings them along. */
  needs?: readonly string[];
  run(): Promise<Outcome | undefined>;
}

const bin = (name: string): string => resolve('node_modules/.bin', name);
const machineNode = process.env['KEYHAVEN_STARTED_BY_NODE'] ?? process.execPath;
const version = (await attempt(machineNode, ['--version'], { isQuiet: true })).output.trim();
const machineNodeName = `node${/^v(\d+)/.exec(version)?.[1] ?? '?'}`;

/** What runs the bundled tests. The machine's own Node comes first; Node 24 runs the sources, under Vitest. */
const portable: readonly Runtime[] = [
  [machineNodeName, machineNode, '--enable-source-maps'],
  ['deno', bin('deno'), 'run', '--allow-all', '--no-lock', '--unstable-kv'],
  ['bun', bin('bun'), 'run'],
];
const runtimes: readonly Runtime[] = [['node', process.execPath], ...portable];

/** A step that is a check: it has nothing to count, and throws when it fails. */
const check = (name: string, body: () => Promise<void>, needs: readonly string[] = []): Step => ({
  name,
  needs,
  run: () => body().then(() => undefined),
});
/** The build writes the WASM core, which the sources import. */
const vitest = (name: string, needs: readonly string[] = []): Step => ({
  name,
  needs: ['build', ...needs],
  run: () => runVitest(name),
});

const steps: readonly Step[] = [
  check('build', () => run('build', process.execPath, ['scripts/build.ts'])),
  check('types', () => run('types', bin('tsc'), ['-p', 'tsconfig.checks.json']), ['build']),
  check('lint', () => run('lint', bin('biome'), ['check', '--error-on-warnings'])),
  check('imports', checkImportRule),
  vitest('node'),
  ...portable.map(
    ([name, command, ...args]): Step => ({ name, needs: ['build'], run: () => runPortable(command, args) }),
  ),
  check('clients', provisionClients),
  vitest('serve', ['build', 'clients']),
  vitest('workerd'),
  check('browsers', provisionBrowsers),
  vitest('chromium', ['browsers']),
  vitest('firefox', ['browsers']),
  vitest('webkit', ['browsers']),
  { name: 'e2e', needs: ['build', 'browsers'], run: () => runVitestInFiles('e2e') },
  { name: 'package', needs: ['build'], run: () => smokeTestPackage(runtimes) },
];

/** The steps that the command line asks for, with what they need. */
function chosenSteps(only: string | undefined): Step[] {
  if (only === undefined) return [...steps];
  const names = new Set(only.split(','));
  for (const name of names) {
    const step = steps.find((each) => each.name === name);
    if (!step) throw new Error(`--only ${name}: there is ${steps.map((each) => each.name).join(', ')}`);
    for (const needed of step.needs ?? []) names.add(needed);
  }
  return steps.filter(({ name }) => names.has(name));
}

async function runStep(step: Step, failed: ReadonlySet<string>): Promise<Row> {
  const started = Date.now();
  const done = (more: Omit<Row, 'name' | 'seconds'>): Row => ({
    name: step.name,
    seconds: (Date.now() - started) / 1000,
    ...more,
  });
  console.log(`\n=== ${step.name}`);
  const missing = step.needs?.filter((name) => failed.has(name)) ?? [];
  if (missing.length > 0) return done({ error: `not run, because ${missing.join(', ')} failed` });
  try {
    const outcome = await step.run();
    if (!outcome) return done({});
    const problem = problemOf(outcome);
    return done(problem === undefined ? { outcome } : { outcome, error: problem });
  } catch (error) {
    console.error(error);
    return done({ error: error instanceof Error ? error.message : String(error) });
  }
}

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const rows: Row[] = [];
const failed = new Set<string>();
for (const step of chosenSteps(values.only)) {
  const row = await runStep(step, failed);
  if (row.error !== undefined) failed.add(step.name);
  rows.push(row);
}
printSummary(rows);
process.exit(failed.size > 0 ? 1 : 0);
