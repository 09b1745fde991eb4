// Workers that chunks are sealed and opened in. Batches of all streams go to whichever worker has the least to do, so one file is
// spread over all of them, and several files share them.
import { coresOf } from '../../cipher/crossover.ts';
import type { Bytes } from '../../formats/bytes.ts';
import { sealedChunkLength } from '../../formats/cobblestone.ts';
import { InvalidCiphertextException, StreamWorkerFailed } from '../../model/errors/index.ts';
import { batchChunks, type ChunkKey, type Chunks, chunksHere } from '../chunks.ts';
import type { FromWorker, StreamWorker, ToWorker } from './protocol.ts';
import { spawnWorker } from './spawn.ts';

export interface StreamWorkersOptions {
  /** How many; as many as the machine has cores, at most 4, unless given. */
  readonly count?: number | undefined;
  /** Makes one worker, which runs `keyhaven/streams/worker`: for bundlers and policies with ways of their own. */
  readonly create?: (() => StreamWorker) | undefined;
}

/** Workers that streams can be given. */
export interface StreamWorkers {
  /** Whether work can be done in them: false where workers, or these ones, cannot be started. */
  readonly ready: Promise<boolean>;
  /** Ends the workers. Streams that are under way fail with StreamWorkerFailed. */
  close(): void;
}

interface Job {
  resolve(answer: Done): void;
  reject(error: Error): void;
}

type Done = FromWorker & { readonly kind: 'done' };

/** One worker, and what it was given. */
class Member {
  readonly jobs: Map<number, Job> = new Map();
  readonly worker: StreamWorker;
  readonly ready: Promise<boolean>;
  isLost = false;
  #tellReady: (isReady: boolean) => void = () => {};

  constructor(worker: StreamWorker) {
    this.worker = worker;
    this.ready = new Promise((resolve) => {
      const late = setTimeout(() => this.lose('A worker did not start.'), patience);
      this.#tellReady = (isReady) => {
        clearTimeout(late);
        resolve(isReady);
      };
    });
    const fail = (event: Event): void => {
      // Handled here: it is not an error of the page.
      event.preventDefault();
      this.lose('A worker died.');
    };
    worker.addEventListener('error', fail);
    worker.addEventListener('messageerror', fail);
    worker.addEventListener('message', (event) => {
      const answer = (event as MessageEvent<FromWorker>).data;
      if (answer.kind === 'ready') this.#tellReady(true);
      else this.#settle(answer);
    });
  }

  #settle(answer: FromWorker & { readonly job: number }): void {
    const job = this.jobs.get(answer.job);
    this.jobs.delete(answer.job);
    if (answer.kind === 'done') job?.resolve(answer);
    else job?.reject(new InvalidCiphertextException());
  }

  lose(message: string): void {
    this.isLost = true;
    this.#tellReady(false);
    for (const job of this.jobs.values()) job.reject(new StreamWorkerFailed(message));
    this.jobs.clear();
    this.worker.terminate();
  }
}

/**
 * Jobs that a worker is given at once. Less would leave it idle for as long as the page is busy; fewer and longer ones, which come to the
 * same memory, are a fifth slower.
 */
const jobsOfWorker = 4;
/** Milliseconds after which a worker that has not said that it is ready is done without. */
const patience = 10_000;
/** Bytes of a job's chunks, sealed or not. */
const roomOfBatch = batchChunks * sealedChunkLength;

let messages = 0;
let jobs = 0;

export class WorkerPool implements StreamWorkers {
  readonly ready: Promise<boolean>;
  readonly #members: readonly Member[];
  /** Messages that are begun and not ended. */
  #open = 0;
  readonly #onIdle: () => void;

  constructor({ count, create = spawnWorker }: StreamWorkersOptions = {}, onIdle: () => void = () => {}) {
    this.#onIdle = onIdle;
    const members: Member[] = [];
    try {
      for (let made = 0; made < (count ?? Math.min(4, coresOf(globalThis as object))); made++)
        members.push(new Member(create()));
    } catch {
      // Those that are there serve; if there is none, nothing is ready.
    }
    this.#members = members;
    this.ready = Promise.all(members.map(({ ready }) => ready)).then((each) => each.includes(true));
  }

  /** Begins a message in every worker. Where keys cannot be handed over, the work is done here. */
  chunks({ key, baseNonce }: ChunkKey): Chunks {
    const message = messages++;
    const living = this.#members.filter(({ isLost }) => !isLost);
    try {
      for (const { worker } of living) post(worker, { kind: 'begin', message, key: key.handle, baseNonce });
    } catch {
      return chunksHere({ key, baseNonce });
    }
    if (living.length === 0) return chunksHere({ key, baseNonce });
    this.#open++;
    let isEnded = false;
    /** Buffers that came back. */
    const spare: ArrayBuffer[] = [];
    const run = async (request: ToWorker & { readonly job: number }): Promise<Bytes> => {
      const { result, spent } = await give(living, request);
      spare.push(spent.buffer);
      return result;
    };
    return {
      block: (length) => new Uint8Array(spare.pop() ?? new ArrayBuffer(roomOfBatch), 0, length),
      batch: batchChunks,
      depth: jobsOfWorker * living.length,
      seal: (first, bytes, isEnd, into) => run({ kind: 'seal', message, job: jobs++, first, bytes, isEnd, into }),
      open: (first, bytes, into) => run({ kind: 'open', message, job: jobs++, first, bytes, into }),
      close: () => {
        if (isEnded) return;
        isEnded = true;
        for (const { worker, isLost } of living) if (!isLost) post(worker, { kind: 'end', message });
        if (--this.#open === 0) this.#onIdle();
      },
    };
  }

  get isIdle(): boolean {
    return this.#open === 0;
  }

  close(): void {
    for (const member of this.#members) if (!member.isLost) member.lose('The workers were closed.');
  }
}

function post(worker: StreamWorker, message: ToWorker): void {
  const { bytes, into } = { bytes: undefined, into: undefined, ...message };
  worker.postMessage(message, [...(bytes ? [bytes.buffer] : []), ...(into ? [into.buffer] : [])]);
}

/** Gives a job to the worker that has the least to do. */
async function give(members: readonly Member[], request: ToWorker & { readonly job: number }): Promise<Done> {
  const [least] = members.filter(({ isLost }) => !isLost).sort((a, b) => a.jobs.size - b.jobs.size);
  if (least === undefined) throw new StreamWorkerFailed('All workers are gone.');
  const done = new Promise<Done>((resolve, reject) => least.jobs.set(request.job, { resolve, reject }));
  post(least.worker, request);
  return done;
}
