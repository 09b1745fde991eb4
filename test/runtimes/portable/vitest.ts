// Stands in for the names that shared tests import from 'vitest' where Vitest itself does not run: Node 20, Deno, Bun.
// Only what the shared tests use: describe and test (with skip, skipIf, runIf), the four hooks, and `skip(reason)` from
// a test's context. Tests run one after another.
import type { NotedTest, Outcome } from '../../../scripts/steps/outcome.ts';

interface Context {
  skip(reason?: string): never;
  skip(condition: boolean, reason?: string): void;
}
type Body = (context: Context) => unknown;
type Hook = () => unknown;
interface Case {
  name: string;
  body: Body;
  timeout: number;
}
interface Suite {
  name: string;
  children: (Suite | Case)[];
  beforeAll: Hook[];
  afterAll: Hook[];
  beforeEach: Hook[];
  afterEach: Hook[];
}

const newSuite = (name: string): Suite => ({
  name,
  children: [],
  beforeAll: [],
  afterAll: [],
  beforeEach: [],
  afterEach: [],
});
const defaultTimeout = 30_000;
const unexplained = 'marked so in the test';
const root = newSuite('');
let current = root;
let runningTest = 'before the first test';
let passed = 0;
const failures: NotedTest[] = [];
const retried: NotedTest[] = [];
const skipped: NotedTest[] = [];

function nameOf(path: readonly { name: string }[]): string {
  return path
    .map(({ name }) => name)
    .filter((name) => name !== '')
    .join(' > ');
}

export function describe(name: string, body: () => unknown): void {
  const outer = current;
  current = newSuite(name);
  outer.children.push(current);
  if (body() instanceof Promise) throw new Error(`describe '${name}': load data at the top of the file or in the test`);
  current = outer;
}

const skippingBody: Body = ({ skip }) => skip(unexplained);

type Declared = readonly (Body | number | { timeout?: number } | undefined)[];

/** A test, with a timeout in milliseconds given last or as `{ timeout }` in the middle, as in Vitest. */
export function test(name: string, ...rest: Declared): void {
  const body = rest.find((each) => typeof each === 'function') ?? skippingBody;
  const timeouts = rest.map((each) => (typeof each === 'object' ? each.timeout : each));
  const timeout = timeouts.find((each) => typeof each === 'number') ?? defaultTimeout;
  current.children.push({ name, body, timeout });
}
test.skip = (name: string, ..._rest: Declared): void => test(name, skippingBody);
test.skipIf = (condition: unknown): typeof test.skip => (condition ? test.skip : test);
test.runIf = (condition: unknown): typeof test.skip => test.skipIf(!condition);
describe.skip = (name: string, body: () => unknown): void => {
  const before = current.children.length;
  describe(name, body);
  const skipAll = (children: (Suite | Case)[]): void => {
    for (const child of children) {
      if ('children' in child) skipAll(child.children);
      else child.body = skippingBody;
    }
  };
  skipAll(current.children.slice(before));
};
describe.skipIf = (condition: unknown): typeof describe.skip => (condition ? describe.skip : describe);
describe.runIf = (condition: unknown): typeof describe.skip => describe.skipIf(!condition);
export const it: typeof test = test;
export const beforeAll = (hook: Hook): void => void current.beforeAll.push(hook);
export const afterAll = (hook: Hook): void => void current.afterAll.unshift(hook);
export const beforeEach = (hook: Hook): void => void current.beforeEach.push(hook);
export const afterEach = (hook: Hook): void => void current.afterEach.unshift(hook);

class Skip extends Error {}

const context: Context = {
  skip(first?: string | boolean, second?: string): never {
    if (first === false) return undefined as never;
    throw new Skip((typeof first === 'string' ? first : second) ?? unexplained);
  },
};

async function withTimeout(body: () => unknown, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`ran longer than ${milliseconds} ms`)), milliseconds);
  });
  try {
    await Promise.race([body(), expired]);
  } finally {
    clearTimeout(timer);
  }
}

const firstLine = (error: unknown): string => String(error).split('\n', 1)[0] ?? '';

const fullText = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

function reportFailure(name: string, error: unknown): void {
  failures.push({ name, reason: firstLine(error) });
  console.error(`FAIL ${name}\n${fullText(error)}\n`);
}

/** Counts an error that no test caught; the test that is running is the likeliest to have left it behind. */
export const reportStray = (kind: string, error: unknown): void => reportFailure(`${runningTest}: ${kind}`, error);

/** Runs hooks; a hook that throws does not keep the others from running. Returns the first error, boxed. */
async function runHooks(hooks: readonly Hook[]): Promise<{ error: unknown } | undefined> {
  let first: { error: unknown } | undefined;
  for (const hook of hooks) {
    try {
      await withTimeout(hook, defaultTimeout);
    } catch (error) {
      first ??= { error };
    }
  }
  return first;
}

/** Runs a test once, with its hooks. */
async function tryCase(
  each: Case,
  suites: readonly Suite[],
): Promise<{ problem?: { error: unknown }; reason?: string }> {
  const before = await runHooks(suites.flatMap((suite) => suite.beforeEach));
  let problem = before;
  let reason: string | undefined;
  if (!problem) {
    try {
      await withTimeout(async () => each.body(context), each.timeout);
    } catch (error) {
      if (error instanceof Skip) reason = error.message;
      else problem = { error };
    }
  }
  const afterwards = await runHooks(suites.toReversed().flatMap((suite) => suite.afterEach));
  problem ??= afterwards;
  return { ...(problem ? { problem } : {}), ...(reason === undefined ? {} : { reason }) };
}

/** Gives a test that failed a second try, as vitest.config.ts does it for runtimes that are not its own. */
async function runCase(each: Case, suites: readonly Suite[]): Promise<void> {
  const name = nameOf([...suites, each]);
  runningTest = name;
  const first = await tryCase(each, suites);
  const { problem, reason } = first.problem ? await tryCase(each, suites) : first;
  if (problem) reportFailure(name, problem.error);
  else if (reason !== undefined) skipped.push({ name, reason });
  else passed++;
  if (first.problem && !problem) {
    console.error(`SECOND TRY ${name}\n${fullText(first.problem.error)}\n`);
    retried.push({ name, reason: firstLine(first.problem.error) });
  }
}

async function runSuite(suite: Suite, outer: readonly Suite[]): Promise<void> {
  const suites = [...outer, suite];
  const before = await runHooks(suite.beforeAll);
  if (before) reportFailure(`${nameOf(suites)} > beforeAll`, before.error);
  else
    for (const child of suite.children) await ('children' in child ? runSuite(child, suites) : runCase(child, suites));
  const after = await runHooks(suite.afterAll);
  if (after) reportFailure(`${nameOf(suites)} > afterAll`, after.error);
}

/** Declares the tests of one file. A file that cannot be loaded counts as a failure, and the others go on. */
export async function testFile(path: string, load: () => Promise<unknown>): Promise<void> {
  const file = newSuite(path);
  root.children.push(file);
  current = file;
  try {
    await load();
    if (file.children.length === 0) throw new Error('declares no test');
  } catch (error) {
    reportFailure(path, error);
  }
  current = root;
}

/** Runs every test that was declared, prints each failure, and returns the counts. */
export async function run(): Promise<Outcome> {
  await runSuite(root, []);
  return { passed, failed: failures.length, skipped, failures, retried };
}
