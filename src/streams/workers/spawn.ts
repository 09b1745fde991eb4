// Starts a worker from the file beside this one, in Node a thread, in the way that bundlers look for. No blob: address and no inline code, so a strict
// Content-Security-Policy needs `worker-src 'self'` (or script-src) and nothing else; where Trusted Types are required, the
// policy `keyhaven-worker`, which lets this one address pass.

import { trusting } from '../../store/worker-policy.ts';
import { nodeThreads, threadOf } from './node-threads.ts';
import type { StreamWorker } from './protocol.ts';

type WorkerOf = new (url: URL, options: { type: 'module' }) => StreamWorker;

/**
 * The parameter has this name because bundlers look for `new Worker(new URL(..., import.meta.url))`. The file has its name because one
 * that does not look leaves the address as it is, beside the bundle: a `worker.js` there would be the application's own.
 */
const spawn = (Worker: WorkerOf): StreamWorker =>
  new Worker(new URL('./keyhaven-streams-worker.ts', import.meta.url), { type: 'module' });

/** @throws TypeError where there are no workers, or Trusted Types do not let this one pass */
export function spawnWorker(): StreamWorker {
  const { Worker } = globalThis as { Worker?: WorkerOf };
  if (Worker !== undefined) return spawn(trusting(Worker));
  if (nodeThreads !== undefined) return spawn(threadOf(nodeThreads));
  throw new TypeError('There are no workers here.');
}
