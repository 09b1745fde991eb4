// Argon2id (RFC 9106) off the page's thread: in a module worker of its own file, so that a strict Content-Security-Policy allows it,
// or, where there is no Worker or it does not start, here, in short pieces.
import type { Bytes } from '../model/shape.ts';
import { trusting } from '../store/worker-policy.ts';

export interface Argon2Parameters {
  /** KiB. */
  readonly memory: number;
  readonly iterations: number;
  readonly parallelism: number;
}

export interface Argon2Call extends Argon2Parameters {
  readonly password: Bytes;
  readonly salt: Bytes;
}

/** How long a worker may take to say that it runs, in milliseconds. */
const patience = 5000;

/** @returns 32 bytes, which the caller wipes */
export async function argon2id(call: Argon2Call): Promise<Bytes> {
  return (await inWorker(call)) ?? inPlace(call);
}

/** Runs the call where it is; also the body of the worker. */
export async function inPlace({ password, salt, memory, iterations, parallelism }: Argon2Call): Promise<Bytes> {
  const { argon2idAsync } = await import('@noble/hashes/argon2.js');
  const options = { t: iterations, m: memory, p: parallelism, dkLen: 32, version: 0x13, asyncTick: 20 };
  return new Uint8Array(await argon2idAsync(password, salt, options));
}

/** @returns undefined where no worker runs here */
async function inWorker(call: Argon2Call): Promise<Bytes | undefined> {
  const worker = startWorker();
  if (worker === undefined) return undefined;
  try {
    return await new Promise<Bytes | undefined>((resolve) => {
      const giveUp = () => resolve(undefined);
      const timer = setTimeout(giveUp, patience);
      worker.onerror = (event) => {
        event.preventDefault?.();
        giveUp();
      };
      worker.onmessageerror = giveUp;
      worker.onmessage = ({ data }: MessageEvent<unknown>) => {
        // The first message says that it runs; from then on it may take as long as it needs.
        if (data === 'running') {
          clearTimeout(timer);
          worker.postMessage(call);
        } else resolve(data instanceof Uint8Array && data.length === 32 ? new Uint8Array(data) : undefined);
      };
    });
  } finally {
    worker.terminate();
  }
}

type WorkerOf = new (url: URL, options: WorkerOptions & { type: 'module' }) => Worker;

/** The parameter has this name because bundlers look for `new Worker(new URL(..., import.meta.url))`. */
const spawn = (Worker: WorkerOf): Worker =>
  new Worker(new URL('./argon2-worker.js', import.meta.url), { type: 'module', name: 'keyhaven-argon2' });

function startWorker(): Worker | undefined {
  const { Worker } = globalThis;
  if (typeof Worker !== 'function') return undefined;
  try {
    return spawn(trusting(Worker as WorkerOf));
  } catch {
    // The page's policy forbids workers, or does not let this one pass.
    return undefined;
  }
}
