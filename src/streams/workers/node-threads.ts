// Threads of Node as workers: it has no global `Worker`.
import { nodeModule } from '../../cipher/node-module.ts';
import type { FromWorker, StreamWorker, ToWorker, WorkerScope } from './protocol.ts';

/** What tells a thread that it was started here. A thread of the application that loads the file has other data. */
const mark = 'keyhaven-streams';

interface Thread {
  on(event: string, listener: (value: unknown) => void): unknown;
  postMessage(message: unknown, transfer: Transferable[]): void;
  terminate(): unknown;
  ref(): void;
  unref(): void;
}

/** The part of `node:worker_threads` that is used here. */
interface Threads {
  readonly Worker: new (url: URL, options: { workerData: string; execArgv: string[] }) => Thread;
  readonly parentPort: (WorkerScope & { unref(): void }) | null;
  readonly workerData: unknown;
}

/** The module; undefined in every runtime but Node, and in Node before 20.16, which cannot be asked. */
export const nodeThreads: Threads | undefined = nodeModule('node:worker_threads') as Threads | undefined;

/** In a thread that was started here: where its work comes from. */
export const parentOfThread = (): WorkerScope | undefined =>
  nodeThreads?.workerData === mark ? (nodeThreads.parentPort ?? undefined) : undefined;

/** The constructor of threads, as that of a Worker. A process does not stay for them while they have nothing to do. */
export function threadOf({ Worker }: Threads): new (url: URL) => StreamWorker {
  return class implements StreamWorker {
    readonly #thread: Thread;
    /** Answers that are to come; the first says that it is ready. */
    #pending = 1;

    constructor(url: URL) {
      // The program's own options may not suit a file: --input-type is refused.
      this.#thread = new Worker(url, { workerData: mark, execArgv: [] });
      this.#thread.on('message', () => {
        if (--this.#pending === 0) this.#thread.unref();
      });
    }

    postMessage(message: ToWorker, transfer: Transferable[]): void {
      this.#thread.postMessage(message, transfer);
      if ((message.kind === 'seal' || message.kind === 'open') && this.#pending++ === 0) this.#thread.ref();
    }

    addEventListener(type: string, listener: (event: Event) => void): void {
      const tell = (data: unknown) => listener(Object.assign(new Event(type), { data: data as FromWorker }));
      this.#thread.on(type, tell);
      // One that ends by itself says no error.
      if (type === 'error') this.#thread.on('exit', tell);
    }

    terminate(): void {
      this.#thread.terminate();
    }
  };
}
