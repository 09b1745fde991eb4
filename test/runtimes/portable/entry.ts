// The program that Node 20, Deno and Bun run: every shared test, then one line of counts for scripts/test.ts to read.
import { run } from './vitest.ts';

const files = import.meta.glob(
  ['../../**/*.test.ts', '!../../**/*.browser.test.ts', '!../../**/*.node.test.ts', '!../../**/*.e2e.test.ts', '!../../**/*.types.test.ts'],
);
for (const load of Object.values(files)) await load();
const outcome = await run();
console.log(`keyhaven-counts ${JSON.stringify(outcome)}`);
if (outcome.failed > 0) (globalThis as { process?: { exitCode?: number } }).process!.exitCode = 1;
