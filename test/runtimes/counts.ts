// Vitest reporter that writes the counts of a run, and which tests failed, needed a second try or were skipped and why,
// to the file in KEYHAVEN_COUNTS.
// Vitest's own JSON report leaves the reasons out.
import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import type { NotedTest, Outcome } from '../../scripts/steps/outcome.ts';

const firstLine = (message: string): string => message.split('\n', 1)[0]?.slice(0, 200) ?? '';

export default class Counts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    let passed = 0;
    const failures: NotedTest[] = [];
    const retried: NotedTest[] = [];
    const fail = (name: string, errors: readonly { message: string }[]): void => {
      for (const { message } of errors) failures.push({ name, reason: firstLine(message) });
    };
    fail('outside of a test', errors);
    const skipped: NotedTest[] = [];
    for (const module of modules) {
      fail(module.relativeModuleId, module.errors()); // a file that could not be loaded, or a hook of it that threw
      for (const suite of module.children.allSuites()) fail(suite.fullName, suite.errors());
      for (const test of module.children.allTests()) {
        const name = `${module.relativeModuleId} > ${test.fullName}`;
        const result = test.result();
        if (result.state === 'passed') {
          passed++;
          if (test.diagnostic()?.flaky)
            retried.push({ name, reason: firstLine(result.errors?.[0]?.message ?? 'no error told') });
        } else if (result.state === 'failed') fail(name, result.errors.slice(0, 1));
        else if (result.state === 'skipped') skipped.push({ name, reason: result.note ?? 'marked so in the test' });
        else fail(name, [{ message: 'never reported: the runtime went away' }]);
      }
    }
    const outcome: Outcome = { passed, failed: failures.length, skipped, failures, retried };
    const file = process.env['KEYHAVEN_COUNTS'];
    if (file) writeFileSync(file, JSON.stringify(outcome));
  }
}
