// Runs one project of vitest.config.ts.
import { withCounts } from './counts.ts';
import { type Outcome, sumOf } from './outcome.ts';
import { attempt } from './run.ts';

/** Runs the tests of a project, or only those of some files. Throws when they cannot be run to the end. */
function runFiles(project: string, files: readonly string[], minutes: number): Promise<Outcome> {
  const reporters = ['--reporter=default', '--reporter=./test/runtimes/counts.ts'];
  return withCounts('Vitest', (env) =>
    attempt('node_modules/.bin/vitest', ['run', '--project', project, ...reporters, ...files], { env, minutes }),
  );
}

/** Runs the tests of a project and returns their counts. */
export const runVitest = (project: string): Promise<Outcome> => runFiles(project, [], 20);

/**
 * The same where tests of one file build on each other, as those that drive a browser do: the second try is not that of a test
 * but of its whole file, which then starts with a new browser.
 */
export async function runVitestInFiles(project: string): Promise<Outcome> {
  const first = await runFiles(project, [], 30);
  const entries = Object.entries(first.files ?? {});
  const again = entries.filter(([, { failed }]) => failed > 0).map(([file]) => file);
  // Where more of them fail, it is no hiccup.
  if (again.length === 0 || again.length > 4) return first;
  console.log(`\nsecond try of ${again.join(', ')}`);
  const second = await runFiles(project, again, 15);
  return merged(first, second, again);
}

/** The first run with some of its files replaced by those of a second. A test that failed in the first only is retried. */
export function merged(first: Outcome, second: Outcome, again: readonly string[]): Outcome {
  const kept = Object.entries(first.files ?? {}).flatMap(([file, outcome]) => (again.includes(file) ? [] : outcome));
  const stillFails = new Set((second.failures ?? []).map(({ name }) => name));
  const retried = again
    .flatMap((file) => first.files?.[file]?.failures ?? [])
    .filter(({ name }) => !stillFails.has(name));
  const elsewhere = (first.failures ?? []).filter(
    ({ name }) => !Object.keys(first.files ?? {}).some((file) => name.startsWith(file)),
  );
  const sum = sumOf([...kept, second, { passed: 0, failed: elsewhere.length, skipped: [], failures: elsewhere }]);
  return { ...sum, retried: [...sum.retried, ...retried] };
}
