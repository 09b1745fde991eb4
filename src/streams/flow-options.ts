// What every stream can be told besides its keys: to report its progress, and to stop.
import { SerializationException } from '../model/errors/index.ts';
import type { Known } from '../model/options.ts';

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

/** Their names, for the options that they are a part of. */
export const flowNames: Known<FlowOptions> = { onProgress: true, length: true, signal: true };

/** The options, read once. */
export interface Flow {
  readonly signal: AbortSignal | undefined;
  readonly length: number | undefined;
  /** Reports. @param bytes plaintext bytes that are done */
  report(bytes: number, total: number | undefined, checked?: number): void;
}

/** @throws SerializationException where an option has the wrong type */
export function readFlow(options: FlowOptions): Flow {
  const own = <K extends keyof FlowOptions>(name: K): FlowOptions[K] =>
    Object.hasOwn(options, name) ? options[name] : undefined;
  const [onProgress, length, signal] = [own('onProgress'), own('length'), own('signal')];
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw new SerializationException('onProgress must be a function.');
  if (length !== undefined && !(Number.isSafeInteger(length) && length >= 0))
    throw new SerializationException('length must be a whole number of bytes.');
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw new SerializationException('signal must be an AbortSignal.');
  return {
    signal,
    length,
    report: (bytes, total, checked) => onProgress?.({ bytes, total, ...(checked === undefined ? {} : { checked }) }),
  };
}
