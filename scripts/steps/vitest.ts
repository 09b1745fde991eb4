// Runs one project of vitest.config.ts.
import { withCounts } from './counts.ts';
import type { Outcome } from './outcome.ts';
import { attempt } from './run.ts';

/** Runs the tests of a project and returns their counts. Throws when they cannot be run to the end. */
export function runVitest(project: string): Promise<Outcome> {
  const reporters = ['--reporter=default', '--reporter=./test/runtimes/counts.ts'];
  return withCounts('Vitest', (env) =>
    attempt('node_modules/.bin/vitest', ['run', '--project', project, ...reporters], { env }),
  );
}
