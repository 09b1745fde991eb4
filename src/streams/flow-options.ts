// What every stream can be told besides its keys: to report its progress, and to stop.
import { SerializationException } from '../model/errors/index.ts';

/** How far a stream is. */
export interface StreamProgress {
  /** Plaintext bytes that are done. */
  readonly bytes: number;
  /** Plaintext bytes in all, where the length of the input is known. */
  readonly total: number | undefined;
  /** Only of `gcmDecryptStream`: bytes that the check of the tag has gone over. Plaintext is done after all of them. */
  readonly checked?: number;
}

export interface FlowOptions {
  /** Called after every piece, a quarter or half of a megabyte, and at the end. What it throws fails the stream. */
  readonly onProgress?: ((progress: StreamProgress) => void) | undefined;
  /** Length of the input in bytes, where it is known. It serves `total` of the progress alone. */
  readonly length?: number | undefined;
  /** Stops the work: both ends fail with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface ChunkedFlowOptions extends FlowOptions {
  /**
   * How output comes. `joined`, unless given: a quarter of a megabyte at a time, which files, databases and networks take well.
   * `chunks`: 16 KiB each, as they are made, for readers that copy or count at once; that saves a fifth of the time in Chromium.
   */
  readonly pieces?: 'joined' | 'chunks' | undefined;
}

/** The options, read once. */
export interface Flow {
  readonly signal: AbortSignal | undefined;
  readonly length: number | undefined;
  readonly isJoined: boolean;
  /** Reports. @param bytes plaintext bytes that are done */
  report(bytes: number, total: number | undefined, checked?: number): void;
}

/** @throws SerializationException where an option has the wrong type */
export function readFlow(options: ChunkedFlowOptions): Flow {
  const own = <K extends keyof ChunkedFlowOptions>(name: K): ChunkedFlowOptions[K] =>
    Object.hasOwn(options, name) ? options[name] : undefined;
  const [onProgress, length, signal, pieces] = [own('onProgress'), own('length'), own('signal'), own('pieces')];
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw new SerializationException('onProgress must be a function.');
  if (length !== undefined && !(Number.isSafeInteger(length) && length >= 0))
    throw new SerializationException('length must be a whole number of bytes.');
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw new SerializationException('signal must be an AbortSignal.');
  if (pieces !== undefined && pieces !== 'joined' && pieces !== 'chunks')
    throw new SerializationException("pieces must be 'joined' or 'chunks'.");
  return {
    signal,
    length,
    isJoined: pieces !== 'chunks',
    report: (bytes, total, checked) => onProgress?.({ bytes, total, ...(checked === undefined ? {} : { checked }) }),
  };
}
