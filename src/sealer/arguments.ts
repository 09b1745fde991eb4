// What callers hand to a sealer, read once and checked.
import { ValidationException } from '../model/errors/index.ts';
import { type Known, optionsReader } from '../model/options.ts';
import { isBytes } from '../model/shape.ts';

export interface SealOptions {
  /** Authenticated, not encrypted, and not stored: the same bytes are needed to open. */
  readonly aad?: Uint8Array | undefined;
  /** Where the result goes, when it is long enough; what is returned is then a view of it. */
  readonly into?: Uint8Array | undefined;
}

/** Options of many records. */
export interface ManySealOptions {
  /** One for all records, or one each. */
  readonly aad?: Uint8Array | readonly Uint8Array[] | undefined;
}

const sealNames: Known<SealOptions> = { aad: true, into: true };
const noBytes = new Uint8Array(0);

export function readOptions(options: SealOptions | undefined): { aad: Uint8Array; into: Uint8Array | undefined } {
  if (options === undefined) return { aad: noBytes, into: undefined };
  const own = optionsReader(options, sealNames);
  const [aad, into] = [own('aad'), own('into')];
  return { aad: aad === undefined ? noBytes : requireBytes(aad, 'aad'), into };
}

/** @param count records that there are */
export function readManyAad(options: ManySealOptions | undefined, count: number): Uint8Array | readonly Uint8Array[] {
  const aad = optionsReader(options, { aad: true })('aad');
  if (aad === undefined) return noBytes;
  if (!Array.isArray(aad)) return requireBytes(aad as Uint8Array, 'aad');
  if (aad.length !== count) throw new ValidationException('aad must have one item for each record.');
  return aad as readonly Uint8Array[];
}

/** Room for a result: the front of `into`, or a new array. */
export function target(into: Uint8Array | undefined, length: number): Uint8Array {
  if (into === undefined) return new Uint8Array(length);
  if (requireBytes(into, 'into').length < length)
    throw new ValidationException(`into must have room for ${length} bytes.`);
  return into.subarray(0, length);
}

/** The items of a list, read once: how many there are is how many numbers are taken for them. */
export function requireList(list: readonly Uint8Array[], name: string): readonly Uint8Array[] {
  if (!Array.isArray(list)) throw new ValidationException(`${name} must be an array of Uint8Array.`);
  const items: Uint8Array[] = [];
  const { length } = list;
  for (let i = 0; i < length; i++) items.push(requireBytes(list[i] as Uint8Array, name));
  return items;
}

export function requireBytes(value: Uint8Array, name: string): Uint8Array {
  if (!isBytes(value)) throw new ValidationException(`${name} must be a Uint8Array.`);
  return value;
}
