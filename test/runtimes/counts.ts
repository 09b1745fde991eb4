// Vitest reporter that writes the counts of a run and of each of its files, and which tests failed, needed a second try or were skipped and why,
// to the file in KEYHAVEN_COUNTS.
// Vitest's own JSON report leaves the reasons out.
import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import { type NotedTest, type Outcome, sumOf } from '../../scripts/steps/outcome.ts';

const firstLine = (message: string): string => message.split('\n', 1)[0]?.slice(0, 200) ?? '';

const failure = (name: string, errors: readonly { message: string }[]): NotedTest[] =>
  errors.map(({ message }) => ({ name, reason: firstLine(message) }));

function outcomeOf(module: TestModule): Outcome {
  let passed = 0;
  const failures = failure(module.relativeModuleId, module.errors()); // it could not be loaded, or a hook of it threw
  const retried: NotedTest[] = [];
  const skipped: NotedTest[] = [];
  const named = (inside: { fullName: string }): string => `${module.relativeModuleId} > ${inside.fullName}`;
  for (const suite of module.children.allSuites()) failures.push(...failure(named(suite), suite.errors()));
  for (const test of module.children.allTests()) {
    const result = test.result();
    if (result.state === 'passed') {
      passed++;
      if (test.diagnostic()?.flaky)
        retried.push({ name: named(test), reason: firstLine(result.errors?.[0]?.message ?? 'no error told') });
    } else if (result.state === 'failed') failures.push(...failure(named(test), result.errors.slice(0, 1)));
    else if (result.state === 'skipped')
      skipped.push({ name: named(test), reason: result.note ?? 'marked so in the test' });
    else failures.push({ name: named(test), reason: 'never reported: the runtime went away' });
  }
  return { passed, failed: failures.length, skipped, failures, retried };
}

export default class Counts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const outside = failure('outside of a test', errors);
    const files = Object.fromEntries(modules.map((module) => [module.relativeModuleId, outcomeOf(module)]));
    const none: Outcome = { passed: 0, failed: outside.length, skipped: [], failures: outside };
    const outcome: Outcome = { ...sumOf([none, ...Object.values(files)]), files };
    const file = process.env['KEYHAVEN_COUNTS'];
    if (file) writeFileSync(file, JSON.stringify(outcome));
  }
}
