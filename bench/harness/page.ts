// The page that runs a suite: rows go to the console as they come, and all of them to a global at the end.
import suite from 'bench:suite';
import { runSuite } from './run-suite.ts';
import type { BenchRuntime } from './suite.ts';

const [name = '', only = ''] = location.hash.slice(1).split(',');
const rows = await runSuite(suite, name as BenchRuntime, new RegExp(decodeURIComponent(only)), (row) =>
  console.log(`row ${JSON.stringify(row)}`),
);
(globalThis as { benchRows?: unknown }).benchRows = rows;
