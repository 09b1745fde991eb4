// Stands in for the names that shared tests import from 'vitest' where Vitest itself does not run: Node 20, Deno, Bun.
// Only what the shared tests use: describe, test, test.skip, beforeEach, afterEach. Tests run one after another.
type Body = () => void | Promise<void>;
interface Case {
  name: string;
  body: Body;
  timeout: number;
  before: Body[];
  after: Body[];
}
interface Scope {
  names: string[];
  before: Body[];
  after: Body[];
}

const cases: Case[] = [];
const skipped: string[] = [];
let scope: Scope = { names: [], before: [], after: [] };

export function describe(name: string, body: () => void): void {
  const outer = scope;
  scope = { names: [...outer.names, name], before: [...outer.before], after: [...outer.after] };
  body();
  scope = outer;
}

export function test(name: string, body: Body, timeout = 30_000): void {
  // Hooks are read when the test runs, so that a hook written below its test counts too.
  cases.push({ name: [...scope.names, name].join(' > '), body, timeout, before: scope.before, after: scope.after });
}
test.skip = (name: string, _body?: Body): void => {
  skipped.push([...scope.names, name].join(' > '));
};
test.skipIf = (condition: boolean): typeof test | typeof test.skip => (condition ? test.skip : test);
export const it: typeof test = test;
export const beforeEach = (body: Body): void => void scope.before.push(body);
export const afterEach = (body: Body): void => void scope.after.push(body);

async function withTimeout(body: Body, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`test ran longer than ${milliseconds} ms`)), milliseconds);
  });
  try {
    await Promise.race([body(), expired]);
  } finally {
    clearTimeout(timer);
  }
}

export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
}

/** Runs every test that was declared, prints each failure, and returns the counts. */
export async function run(): Promise<Outcome> {
  let passed = 0;
  let failed = 0;
  for (const each of cases) {
    try {
      for (const hook of each.before) await hook();
      await withTimeout(async () => each.body(), each.timeout);
      for (const hook of each.after) await hook();
      passed++;
    } catch (error) {
      failed++;
      console.error(`FAIL ${each.name}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    }
  }
  for (const name of skipped) console.log(`skipped: ${name}`);
  return { passed, failed, skipped: skipped.length };
}
