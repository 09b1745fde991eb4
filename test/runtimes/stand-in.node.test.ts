// What the stand-in for Vitest promises, shown on one small set of tests: an error in it would hide failures in Node 20,
// Deno and Bun.
import { assert } from 'chai';
import { test } from 'vitest';
import * as standIn from './portable/vitest.ts';

test('the stand-in for Vitest counts, skips, runs hooks in order, and goes on after a failure', async (context) => {
  const steps: string[] = [];
  const step = (name: string) => (): void => void steps.push(name);
  const shown: unknown[] = [];
  const consoleError = console.error;
  context.onTestFinished(() => {
    console.error = consoleError;
  });
  console.error = (text: unknown): void => void shown.push(text);

  await standIn.testFile('hooks.test.ts', async () => {
    standIn.beforeEach(step('outer before'));
    standIn.afterEach(step('outer after'));
    standIn.describe('inner', () => {
      standIn.beforeAll(step('before all'));
      standIn.afterAll(step('after all'));
      standIn.beforeEach(step('inner before'));
      standIn.test('passes', step('body'));
      standIn.afterEach(step('inner after')); // below its test, and counts all the same
    });
  });
  await standIn.testFile('skips.test.ts', async () => {
    standIn.test.skip('never', step('wrong'));
    standIn.test.skipIf(true)('not here', step('wrong'));
    standIn.test('says why', ({ skip }) => skip('no vectors'));
    standIn.test('says why under a condition', ({ skip }) => skip(true, 'no storage'));
    standIn.test('is not skipped', ({ skip }) => skip(false, 'no storage'));
    standIn.describe.skip('all of it', () => standIn.test('neither', step('wrong')));
  });
  await standIn.testFile('fails.test.ts', async () => {
    standIn.test('throws', () => assert.equal(1, 2 as number));
    standIn.test('rejects', () => Promise.reject(new Error('rejected')));
    standIn.test('is too slow', () => new Promise(() => {}), 10);
    standIn.test('goes on', () => {});
    let tries = 0;
    standIn.test('fails once', () => assert.equal(++tries, 2));
    standIn.describe('hook', () => {
      standIn.afterEach(() => assert.fail('hook failed'));
      standIn.test('body passes', () => {});
    });
  });
  await standIn.testFile('broken.test.ts', () => Promise.reject(new Error('does not load')));
  await standIn.testFile('empty.test.ts', async () => {});
  const outcome = await standIn.run();

  const order = ['before all', 'outer before', 'inner before', 'body', 'inner after', 'outer after', 'after all'];
  assert.deepEqual(steps, order);
  assert.equal(outcome.passed, 4);
  assert.deepEqual(
    outcome.retried?.map(({ name }) => name),
    ['fails.test.ts > fails once'],
  );
  assert.deepEqual(
    outcome.skipped.map(({ name, reason }) => `${name}: ${reason}`),
    [
      'skips.test.ts > never: marked so in the test',
      'skips.test.ts > not here: marked so in the test',
      'skips.test.ts > says why: no vectors',
      'skips.test.ts > says why under a condition: no storage',
      'skips.test.ts > all of it > neither: marked so in the test',
    ],
  );
  assert.equal(outcome.failed, 6);
  const failures = [
    'broken',
    'empty',
    'fails.test.ts > throws',
    '> rejects',
    '> is too slow',
    'SECOND TRY',
    '> hook > body passes',
  ];
  for (const [index, text] of failures.entries()) assert.include(String(shown[index]), text);
});
