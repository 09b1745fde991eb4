// Where a stream's work is done: here, in the workers that all streams of a page share, or in those that it was given.
import { SerializationException } from '../../model/errors/index.ts';
import { optionsReader } from '../../model/options.ts';
import { chunksHere } from '../chunks.ts';
import type { ChunksOf } from '../message.ts';
import { type StreamWorkers, type StreamWorkersOptions, WorkerPool } from './pool.ts';

export interface WorkerOption {
  /**
   * Moves the work off this thread. `true`: to workers that all streams of the page share, started when first needed and ended some
   * seconds after the last. Or to those of `openStreamWorkers`. Where workers cannot be started (workerd, a policy that forbids
   * them) the work is done here.
   */
  readonly workers?: boolean | StreamWorkers | undefined;
}

/** Milliseconds without a stream after which shared workers are ended. */
const patience = 5000;
let shared: WorkerPool | undefined;

function sharedPool(): WorkerPool {
  shared ??= new WorkerPool({}, endWhenIdle);
  return shared;
}

function endWhenIdle(): void {
  const timer: unknown = setTimeout(() => {
    if (shared?.isIdle !== true) return;
    shared.close();
    shared = undefined;
  }, patience);
  // No reason for a process to stay.
  if (typeof timer === 'object') (timer as { unref?(): void }).unref?.();
}

/**
 * Starts workers for streams, to be given to them as `workers`, and to be closed.
 * @throws SerializationException where an option has the wrong type
 */
export function openStreamWorkers(options: StreamWorkersOptions = {}): StreamWorkers {
  const own = optionsReader(options, { count: true, create: true });
  const [count, create] = [own('count'), own('create')];
  if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= 64))
    throw new SerializationException('count must be a whole number from 1 to 64.');
  if (create !== undefined && typeof create !== 'function')
    throw new SerializationException('create must be a function that returns a Worker.');
  return new WorkerPool({ ...(count === undefined ? {} : { count }), ...(create === undefined ? {} : { create }) });
}

/** Reads the option. @returns a function that tells the place when the work begins */
export function readPlace(options: WorkerOption): () => Promise<ChunksOf> {
  const workers = Object.hasOwn(options, 'workers') ? options.workers : undefined;
  if (workers === undefined || workers === false) return async () => chunksHere;
  if (workers !== true && !(workers instanceof WorkerPool))
    throw new SerializationException('workers must be true, or what openStreamWorkers returns.');
  return async () => {
    const pool = workers === true ? sharedPool() : (workers as WorkerPool);
    if (!(await pool.ready)) return chunksHere;
    // A stream that is given up before its first chunk never tells that it has ended.
    if (pool === shared) endWhenIdle();
    return (key) => pool.chunks(key);
  };
}
