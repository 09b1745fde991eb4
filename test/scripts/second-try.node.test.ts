import { assert } from 'chai';
import { describe, test } from 'vitest';
import { type Outcome, problemOf, sumOf } from '../../scripts/steps/outcome.ts';
import { merged } from '../../scripts/steps/vitest.ts';

const outcome = (passed: number, failures: Outcome['failures'] = [], skipped: Outcome['skipped'] = []): Outcome => ({
  passed,
  failed: failures.length,
  failures,
  skipped,
});
const run = (files: Readonly<Record<string, Outcome>>, outside: Outcome['failures'] = []): Outcome => ({
  ...sumOf([outcome(0, outside), ...Object.values(files)]),
  files,
});
const hiccup = { name: 'b.ts > opens', reason: 'timeout' };
const first = run({ 'a.ts': outcome(3), 'b.ts': outcome(1, [hiccup], [{ name: 'b.ts > shuts', reason: 'no page' }]) });

describe('a second try of whole files', () => {
  test('takes the place of the first, whose error stays to be seen', () => {
    const sum = merged(first, run({ 'b.ts': outcome(3) }), ['b.ts']);
    assert.deepInclude(sum, { passed: 6, failed: 0, skipped: [], retried: [hiccup] });
    assert.isUndefined(problemOf(sum));
  });
  test('that fails is a failure, with its own error', () => {
    const again = { name: 'b.ts > opens', reason: 'timeout once more' };
    const sum = merged(first, run({ 'b.ts': outcome(2, [again]) }), ['b.ts']);
    assert.deepInclude(sum, { passed: 5, failed: 1, failures: [again], retried: [] });
    assert.equal(problemOf(sum), '1 failed');
  });
  test('does not excuse what failed outside of any file', () => {
    const outside = { name: 'outside of a test', reason: 'unhandled' };
    const broken = run(first.files ?? {}, [outside]);
    assert.deepInclude(merged(broken, run({ 'b.ts': outcome(3) }), ['b.ts']), { failed: 1, failures: [outside] });
  });
});
