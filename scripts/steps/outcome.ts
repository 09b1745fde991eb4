// What a run of tests reports, whichever runtime ran them, and how a whole set of runs is printed.

/** A test of which more is to be told than that it passed. */
export interface NotedTest {
  name: string;
  reason: string;
}

export interface Outcome {
  passed: number;
  failed: number;
  skipped: readonly NotedTest[];
  /** What failed and with which error, as far as the runner knows it. */
  failures?: readonly NotedTest[];
  /** Passed, but at the second try only. `reason` is the error of the first. */
  retried?: readonly NotedTest[];
  /** The same for each file of tests, from a runner that tells them apart. */
  files?: Readonly<Record<string, Outcome>>;
}

/** Several runs as one. */
export function sumOf(outcomes: readonly Outcome[]): Outcome & Required<Pick<Outcome, 'failures' | 'retried'>> {
  return {
    passed: outcomes.reduce((total, { passed }) => total + passed, 0),
    failed: outcomes.reduce((total, { failed }) => total + failed, 0),
    skipped: outcomes.flatMap(({ skipped }) => skipped),
    failures: outcomes.flatMap(({ failures }) => failures ?? []),
    retried: outcomes.flatMap(({ retried }) => retried ?? []),
  };
}

export interface Row {
  name: string;
  seconds: number;
  /** Counts, for a step that runs tests. */
  outcome?: Outcome;
  /** Why the step as a whole failed. */
  error?: string;
}

/** A runtime that ran nothing has proved nothing. */
export function problemOf(outcome: Outcome): string | undefined {
  if (outcome.failed > 0) return `${outcome.failed} failed`;
  return outcome.passed === 0 ? 'no test passed' : undefined;
}

/** Prints the tests with something to tell, a line each, with the steps in which it happened. */
function printNoted(title: string, rows: readonly Row[], of: (outcome: Outcome) => readonly NotedTest[]): void {
  const lines = new Map<string, string[]>();
  for (const { name, outcome } of rows)
    for (const test of outcome ? of(outcome) : []) {
      const line = `${test.name} (${test.reason})`;
      lines.set(line, [...(lines.get(line) ?? []), name]);
    }
  if (lines.size > 0) console.log(`\n${title}:`);
  for (const [line, names] of lines) console.log(`  ${line}: ${names.join(', ')}`);
}

/** Prints skipped tests with their reasons, a line for each step, the failures again, and the totals last. */
export function printSummary(rows: readonly Row[]): void {
  printNoted('skipped', rows, ({ skipped }) => skipped);
  printNoted('passed at the second try', rows, ({ retried }) => retried ?? []);

  const width = Math.max(...rows.map(({ name }) => name.length), 8);
  console.log(`\n${'step'.padEnd(width)}  passed  failed  skipped  seconds`);
  for (const { name, seconds, outcome, error } of rows) {
    const counts = outcome ? [outcome.passed, outcome.failed, outcome.skipped.length] : ['', '', ''];
    const [passed, failed, skips] = counts.map(String) as [string, string, string];
    const cells = [passed.padStart(6), failed.padStart(6), skips.padStart(7), seconds.toFixed(1).padStart(7)];
    console.log(`${name.padEnd(width)}  ${cells.join('  ')}  ${error === undefined ? 'ok' : 'FAILED'}`);
  }
  const failures = rows.filter(({ error }) => error !== undefined);
  printNoted('failed', rows, (outcome) => outcome.failures ?? []);
  if (failures.length > 0) console.log('');
  for (const { name, error } of failures) console.log(`FAILED ${name}: ${error}`);

  const total = sumOf(rows.flatMap(({ outcome }) => outcome ?? []));
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
}
