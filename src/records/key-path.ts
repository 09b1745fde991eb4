// Keys read off values, as IndexedDB reads them (Indexed Database API 3.0, "evaluate a key path on a value"), because the database
// itself sees ciphertext only.
import type { RecordKey } from '../formats/record-key.ts';

export type KeyPath = string | readonly string[];

/** True for what IndexedDB takes as a key. An array that holds itself is none. */
export function isKey(value: unknown, holders: readonly unknown[] = []): value is RecordKey {
  switch (typeof value) {
    case 'string':
      return true;
    case 'number':
      return !Number.isNaN(value);
    case 'object':
      if (value === null) return false;
      if (Array.isArray(value)) {
        if (holders.includes(value)) return false;
        const inside = [...holders, value];
        for (let i = 0; i < value.length; i++) if (!Object.hasOwn(value, i) || !isKey(value[i], inside)) return false;
        return true;
      }
      if (Object.prototype.toString.call(value) === '[object Date]') return !Number.isNaN(Number(value));
      return isThere(ArrayBuffer.isView(value) ? value.buffer : value);
    default:
      return false;
  }
}

/** False also for a buffer that was transferred to a worker, say. */
function isThere(buffer: unknown): boolean {
  try {
    return buffer instanceof ArrayBuffer && new Uint8Array(buffer) !== undefined;
  } catch {
    return false;
  }
}

/** A key of its own, which no later change of the caller's value reaches. */
export function copyKey(key: RecordKey): RecordKey {
  if (typeof key !== 'object') return key;
  if (Array.isArray(key)) return key.map(copyKey);
  if (key instanceof ArrayBuffer) return key.slice(0);
  if (ArrayBuffer.isView(key)) {
    const bytes = new Uint8Array(key.byteLength);
    bytes.set(new Uint8Array(key.buffer, key.byteOffset, key.byteLength));
    return bytes.buffer;
  }
  return new Date(Number(key));
}

/** What a key path reads of a file is not a member of its own. */
const isOfFile = (at: unknown, name: string): at is Record<string, unknown> =>
  (typeof Blob !== 'undefined' && at instanceof Blob && (name === 'size' || name === 'type')) ||
  (typeof File !== 'undefined' && at instanceof File && (name === 'name' || name === 'lastModified'));

/** What lies at the path, or undefined. */
export function readPath(value: unknown, path: KeyPath): unknown {
  if (typeof path !== 'string') {
    const parts = path.map((part) => readPath(value, part));
    return parts.includes(undefined) ? undefined : parts;
  }
  if (path === '') return value;
  let at: unknown = value;
  for (const name of path.split('.')) {
    if (typeof at === 'string' && name === 'length') at = at.length;
    else if (Array.isArray(at) && name === 'length') at = at.length;
    else if (isOfFile(at, name)) at = at[name];
    else if (typeof at === 'object' && at !== null && Object.hasOwn(at, name))
      at = (at as Record<string, unknown>)[name];
    else return undefined;
  }
  return at;
}

/** The key of a value in an index that is not multiEntry, or undefined where the index leaves the value out. */
export function keyAt(value: unknown, path: KeyPath): RecordKey | undefined {
  const key = readPath(value, path);
  return isKey(key) ? copyKey(key) : undefined;
}

/** The keys of a value in a multiEntry index: those of its array that are keys. Equal ones may come twice. */
export function keysAt(value: unknown, path: KeyPath): readonly RecordKey[] {
  const key = readPath(value, path);
  if (Array.isArray(key)) return key.filter((each) => isKey(each)).map(copyKey);
  return isKey(key) ? [copyKey(key)] : [];
}

/** True where a generated key has a place at the path ("check that a key could be injected into a value"). */
export function hasPlaceFor(value: unknown, path: string): boolean {
  let at: unknown = value;
  for (const name of path.split('.').slice(0, -1)) {
    if (typeof at !== 'object' || at === null) return false;
    if (!Object.hasOwn(at, name)) return true;
    at = (at as Record<string, unknown>)[name];
  }
  return typeof at === 'object' && at !== null;
}

/** Puts a generated key where the path says. @returns false where there is no room for it */
export function injectKey(value: unknown, path: string, key: RecordKey): boolean {
  const names = path.split('.');
  const last = names.pop() as string;
  let at: unknown = value;
  for (const name of names) {
    if (typeof at !== 'object' || at === null) return false;
    if (!Object.hasOwn(at, name)) (at as Record<string, unknown>)[name] = {};
    at = (at as Record<string, unknown>)[name];
  }
  if (typeof at !== 'object' || at === null) return false;
  Object.defineProperty(at, last, { value: key, writable: true, enumerable: true, configurable: true });
  return true;
}
