// Checks on what callers hand in. Everything is read from the internal slots of typed arrays, through getters captured when the
// module loads: a `length` property or a subclass that lies cannot move a copy out of bounds.
import type { MessageOptions, TagLength } from './aead.ts';
import { InvalidArgument } from './errors.ts';

type Getter<T> = (this: unknown) => T;
function getter<T>(prototype: object, name: PropertyKey): Getter<T> | undefined {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as Getter<T> | undefined;
}
function captured<T>(prototype: object, name: PropertyKey): Getter<T> {
  const found = getter<T>(prototype, name);
  if (found === undefined) throw new Error(`this runtime has no ${String(name)}`);
  return found;
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const kindOf = captured<string | undefined>(typedArray, Symbol.toStringTag);
const lengthOf = captured<number>(typedArray, 'byteLength');
const bufferOf = captured<ArrayBuffer>(typedArray, 'buffer');
const offsetOf = captured<number>(typedArray, 'byteOffset');
const bufferLengthOf = captured<number>(ArrayBuffer.prototype, 'byteLength');
/** Newer than ES2022, so they may be absent; then the buffers that they tell apart are absent or looked for otherwise. */
const isResizable = getter<boolean>(ArrayBuffer.prototype, 'resizable');
const isDetached = getter<boolean>(ArrayBuffer.prototype, 'detached');

const { hasOwn } = Object;

/** One option, if it is the object's own: a polluted `Object.prototype` sets none. Read once, and asked about only if it is there. */
export function own<T extends object, K extends keyof T>(options: T | undefined, name: K): T[K] | undefined {
  const value = options?.[name];
  return value === undefined || hasOwn(options as T, name) ? value : undefined;
}

/** Stands for additional data that is not given, and needs no check. */
export const noAad: Uint8Array = new Uint8Array(0);

/** The additional data of a message. */
export function aadOf(options: MessageOptions | undefined): Uint8Array {
  const aad = own(options, 'aad');
  return aad === undefined ? noAad : aad;
}

function hasLeft(buffer: ArrayBuffer): boolean {
  if (isDetached !== undefined) return isDetached.call(buffer);
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

const fixed = false;
/** Whether a buffer is resizable; undefined if it is shared, because the getters of ArrayBuffer throw on those. */
function growth(buffer: ArrayBuffer): boolean | undefined {
  try {
    return isResizable === undefined ? bufferLengthOf.call(buffer) < 0 : isResizable.call(buffer);
  } catch {
    return undefined;
  }
}

/** The length of a Uint8Array over an ordinary, attached ArrayBuffer. Everything else is refused. */
export function byteLength(name: string, value: Uint8Array): number {
  if (kindOf.call(value) !== 'Uint8Array') throw new InvalidArgument(name, 'must be a Uint8Array');
  const buffer = bufferOf.call(value);
  if (growth(buffer) !== fixed)
    throw new InvalidArgument(name, 'must not lie in a resizable or shared buffer, which can change meanwhile');
  const length = lengthOf.call(value);
  if (length === 0 && hasLeft(buffer)) throw new InvalidArgument(name, 'is detached: its buffer was transferred');
  return length;
}

/** The same for what `byteLength` has let pass before. */
export const lengthAgain = (value: Uint8Array): number => lengthOf.call(value);

/** An IV's length. */
export function ivLength(iv: Uint8Array): number {
  const length = byteLength('iv', iv);
  if (length === 0) throw new InvalidArgument('iv', 'must not be empty');
  return length;
}

/** A tag's length in bytes, 16 when it is not given. */
export function tagBytes(value: TagLength | undefined): TagLength {
  if (value === undefined) return 16;
  if (!Number.isInteger(value) || value < 12 || value > 16)
    throw new InvalidArgument('tagLength', 'must be 12, 13, 14, 15 or 16');
  return value;
}

/** The data's length, when the tag behind it is taken off. */
export function withoutTag(name: string, sealed: number, tag: number): number {
  if (sealed < tag) throw new InvalidArgument(name, `is shorter than its tag of ${tag} bytes`);
  return sealed - tag;
}

const Bytes = Uint8Array;

/**
 * A view of the bytes from `start` up to `end`. `subarray` would ask the array, or whoever has changed `Uint8Array.prototype`, for a constructor
 * to call with its buffer: in the middle of a call, and of the core's memory for a function that gets all of it.
 */
export function view(of: Uint8Array, start: number, end: number): Uint8Array {
  return new Bytes(bufferOf.call(of), offsetOf.call(of) + start, end - start);
}

const { set } = Bytes.prototype;

/** A copy of the same bytes, for the same reason without `slice`. */
export function copyOf(of: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Bytes(end - start);
  set.call(copy, view(of, start, end));
  return copy;
}

/** The result's place: the caller's own, cut to length, or fresh. */
export function target(into: Uint8Array | undefined, bytes: number): Uint8Array {
  if (into === undefined) return new Bytes(bytes);
  const room = byteLength('into', into);
  if (room < bytes) throw new InvalidArgument('into', `has ${room} bytes, and the result ${bytes}`);
  return room === bytes ? into : view(into, 0, bytes);
}

/** Whether two arrays share bytes. */
export function overlaps(one: Uint8Array, other: Uint8Array): boolean {
  if (bufferOf.call(one) !== bufferOf.call(other)) return false;
  const start = offsetOf.call(one);
  const otherStart = offsetOf.call(other);
  return start < otherStart + lengthOf.call(other) && otherStart < start + lengthOf.call(one);
}

/** Whether writing `to` from its start on would overtake the reading of `from`: they overlap, and `to` begins later. */
export function overtakes(to: Uint8Array, from: Uint8Array): boolean {
  return overlaps(to, from) && offsetOf.call(to) > offsetOf.call(from);
}
