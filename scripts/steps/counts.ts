// How a run of tests in another process hands back its counts: as JSON in the file that KEYHAVEN_COUNTS names.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Outcome, problemOf } from './outcome.ts';
import type { Finished } from './run.ts';

/** Runs tests with that variable set. Throws when no counts come back, or a bad exit with no failed test to show for it. */
export async function withCounts(
  name: string,
  body: (env: { KEYHAVEN_COUNTS: string }) => Promise<Finished>,
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-counts-'));
  const file = join(folder, 'counts.json');
  try {
    const { code, output } = await body({ KEYHAVEN_COUNTS: file });
    const outcome = readCounts(file);
    if (outcome === undefined)
      throw new Error(`${name} did not get to the end (exit ${code})${code === 127 ? `: ${output}` : ''}`);
    if (code !== 0 && problemOf(outcome) === undefined) throw new Error(`${name} ended with exit ${code}`);
    return outcome;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCounts(file: string): Outcome | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Outcome;
  } catch {
    return undefined;
  }
}
