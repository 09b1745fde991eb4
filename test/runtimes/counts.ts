// Vitest reporter that writes the counts of a run, and why tests were skipped, to the file in KEYHAVEN_COUNTS.
// Vitest's own JSON report leaves the reasons out.
import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import type { Outcome, SkippedTest } from '../../scripts/steps/outcome.ts';

export default class Counts implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    let passed = 0;
    let failed = errors.length;
    const skipped: SkippedTest[] = [];
    for (const module of modules) {
      failed += module.errors().length; // a file that could not be loaded, or a hook of it that threw
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed++;
        else if (result.state === 'failed') failed++;
        else if (result.state === 'skipped')
          skipped.push({
            name: `${module.relativeModuleId} > ${test.fullName}`,
            reason: result.note ?? 'marked so in the test',
          });
        else failed++; // never reported: the runtime went away
      }
    }
    const outcome: Outcome = { passed, failed, skipped };
    const file = process.env['KEYHAVEN_COUNTS'];
    if (file) writeFileSync(file, JSON.stringify(outcome));
  }
}
