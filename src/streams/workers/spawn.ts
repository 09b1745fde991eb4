// Starts a worker from the file beside this one, in the way that bundlers look for. No blob: address and no inline code, so a strict
// Content-Security-Policy needs `worker-src 'self'` (or script-src) and nothing else; where Trusted Types are required, the
// policy `keyhaven-worker`, which lets this one address pass.

/** What is used of a Worker. */
export interface StreamWorker {
  postMessage(message: unknown, transfer: Transferable[]): void;
  terminate(): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
}

type WorkerOf = new (url: URL, options: { type: 'module' }) => StreamWorker;

/** The parameter has this name because bundlers look for `new Worker(new URL(..., import.meta.url))`. */
const spawn = (Worker: WorkerOf): StreamWorker =>
  new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });

interface Policy {
  /** A trusted address, which the constructor of Worker takes in place of a URL. */
  createScriptURL(url: string): URL;
}
interface Globals {
  readonly Worker?: WorkerOf;
  readonly trustedTypes?: { createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy };
}

let policy: Policy | undefined;
let ours = '';

/** @throws TypeError where there are no workers, or Trusted Types do not let this one pass */
export function spawnWorker(): StreamWorker {
  const { Worker, trustedTypes } = globalThis as Globals;
  if (Worker === undefined) throw new TypeError('There are no workers here.');
  if (trustedTypes === undefined) return spawn(Worker);
  policy ??= trustedTypes.createPolicy('keyhaven-worker', {
    createScriptURL(given) {
      if (given !== ours) throw new TypeError(`${given} is not the worker of this library.`);
      return given;
    },
  });
  const { createScriptURL } = policy;
  const trusted = (url: URL): URL => {
    ours = url.href;
    return createScriptURL.call(policy, url.href);
  };
  return spawn(new Proxy(Worker, { construct: (Native, [url, options]) => new Native(trusted(url as URL), options) }));
}
