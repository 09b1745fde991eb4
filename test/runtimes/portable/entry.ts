// The program that Node 20, Deno and Bun run: every shared test, then the counts for scripts/steps/counts.ts.
import { writeFileSync } from 'node:fs';
import { reportStray, run, testFile } from './vitest.ts';

const files = import.meta.glob([
  '../../**/*.test.ts',
  '!../../**/*.browser.test.ts',
  '!../../**/*.node.test.ts',
  '!../../**/*.e2e.test.ts',
  '!../../**/*.serve.test.ts',
  '!../../**/*.workerd.test.ts',
  '!../../**/*.types.test.ts',
]);
// Bun would end as if nothing had happened, Node and Deno would not run the rest.
process.on('unhandledRejection', (reason) => reportStray('unhandled rejection', reason));
process.on('uncaughtException', (error) => reportStray('uncaught exception', error));
for (const [path, load] of Object.entries(files))
  if ('Deno' in globalThis || !path.endsWith('.deno.test.ts')) await testFile(path.replace('../..', 'test'), load);
const outcome = await run();
console.log(`${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped.length} skipped`);
const counts = process.env['KEYHAVEN_COUNTS'];
if (counts) writeFileSync(counts, JSON.stringify(outcome));
process.exit(outcome.failed > 0 ? 1 : 0); // said outright, because the runtimes differ in what keeps them alive
