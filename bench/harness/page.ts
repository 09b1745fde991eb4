// The page that runs a suite: rows go to the console as they come, and all of them to a global at the end.
import suite from 'bench:suite';
import { runSuite } from './run-suite.ts';

const only = new RegExp(decodeURIComponent(location.hash.slice(1)));
const rows = await runSuite(suite, 'chromium', only, (row) => console.log(`row ${JSON.stringify(row)}`));
(globalThis as { benchRows?: unknown }).benchRows = rows;
