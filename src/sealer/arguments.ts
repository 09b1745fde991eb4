// What callers hand to a sealer, read once and checked.
import { ValidationException } from '../model/errors/index.ts';
import { isBytes } from '../model/shape.ts';

export interface SealOptions {
  /** Authenticated, not encrypted, and not stored: the same bytes are needed to open. */
  readonly aad?: Uint8Array | undefined;
  /** Where the result goes, when it is long enough; what is returned is then a view of it. */
  readonly into?: Uint8Array | undefined;
}

const noBytes = new Uint8Array(0);

export function readOptions(options: SealOptions | undefined): { aad: Uint8Array; into: Uint8Array | undefined } {
  if (options === undefined) return { aad: noBytes, into: undefined };
  const aad = Object.hasOwn(options, 'aad') ? options.aad : undefined;
  const into = Object.hasOwn(options, 'into') ? options.into : undefined;
  return { aad: aad === undefined ? noBytes : requireBytes(aad, 'aad'), into };
}

/** Room for a result: the front of `into`, or a new array. */
export function target(into: Uint8Array | undefined, length: number): Uint8Array {
  if (into === undefined) return new Uint8Array(length);
  if (requireBytes(into, 'into').length < length)
    throw new ValidationException(`into must have room for ${length} bytes.`);
  return into.subarray(0, length);
}

export function requireBytes(value: Uint8Array, name: string): Uint8Array {
  if (!isBytes(value)) throw new ValidationException(`${name} must be a Uint8Array.`);
  return value;
}
