// Runs a suite's cases one after another and reports each row as it comes.
import { measure, type Row } from './measure.ts';
import type { BenchRuntime, Suite } from './suite.ts';

export async function runSuite(
  suite: Suite,
  runtime: BenchRuntime,
  only: RegExp,
  report: (row: Row) => void,
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const [each, effort] of suite.cases(runtime)) {
    if (!only.test(`${each.name} ${each.bytes}`)) continue;
    for (const row of await measure(each, effort)) {
      rows.push(row);
      report(row);
    }
  }
  return rows;
}
