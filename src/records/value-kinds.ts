// The kinds of values that devalue does not know, or would write as text: bytes, blobs, errors, instances of classes.
import type { Bytes } from '../model/shape.ts';
import { isTagged } from './plain-copy.ts';
import { isMoreThanItems } from './plain-json.ts';

/** What lies behind the text, one after the other. */
export type Part = Bytes | Blob;

/** Views by their tags; what a runtime does not have (Float16Array) is not in its values either. */
const viewNames = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
] as const;
const errorTypes = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError } as const;
/** Built-in objects that devalue writes itself. */
const known = new Set(['Date', 'RegExp', 'Map', 'Set', 'Number', 'String', 'Boolean', 'BigInt', 'Array']);

type Described =
  | readonly ['view', name: string, part: number]
  | readonly ['buffer', part: number]
  | readonly ['blob', part: number, type: string]
  | readonly ['file', part: number, type: string, name: string, lastModified: number]
  | readonly ['error', name: string, message: string, stack: unknown, cause: unknown]
  | readonly ['exception', name: string, message: string]
  | readonly ['list', length: number, members: Members]
  | readonly ['object', members: Members];
type Members = readonly (readonly [name: string, value: unknown])[];

const { keys: items } = Uint8Array.prototype;

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** Thrown where a value holds an instance of a class. */
export const hasInstance: unique symbol = Symbol('instance');

/**
 * Describes a value, its bytes moved to `parts`, or leaves it to devalue (undefined).
 * @param isCopied true where instances were made plain objects, as far as they can be reached
 * @throws hasInstance
 */
export function reducer(value: unknown, parts: Part[], isCopied: boolean): Described | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (ArrayBuffer.isView(value)) {
    const name = tagOf(value);
    // It throws where a resizable buffer has become too short for the view, which then seems to be empty.
    if (name !== 'DataView') items.call(value as Uint8Array);
    if (!(value.buffer instanceof ArrayBuffer)) throw refused('shared memory');
    return ['view', name, add(parts, copyOf(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)))];
  }
  const tag = tagOf(value);
  if (tag === 'ArrayBuffer') return ['buffer', add(parts, copyOf(new Uint8Array(value as ArrayBuffer)))];
  // Bun's files say that they are blobs.
  if (tag === 'File' || (typeof File !== 'undefined' && value instanceof File)) {
    const { name, type, lastModified } = value as File;
    return ['file', add(parts, value as File), type, name, lastModified];
  }
  if (tag === 'Blob') return ['blob', add(parts, value as Blob), (value as Blob).type];
  // Before errors: it is one, of a type of its own.
  if (tag === 'DOMException') return ['exception', (value as DOMException).name, (value as DOMException).message];
  if (value instanceof Error) return describeError(value);
  // Members with names, as the matches of expressions have them; holes alone are devalue's.
  if (Array.isArray(value) && isMoreThanItems(value) && Object.keys(value).some((name) => !/^\d+$/.test(name)))
    return ['list', value.length, membersOf(value)];
  if (known.has(tag)) return undefined;
  if (tag !== 'Object' && !isTagged(value)) throw refused(`a ${tag}`);
  const isPlain = Object.getPrototypeOf(value) === Object.prototype && Object.getOwnPropertySymbols(value).length === 0;
  if (isPlain && !Object.hasOwn(value, '__proto__')) return undefined;
  if (!isPlain && !isCopied) throw hasInstance;
  // As structured clone does it: the members stay, the class goes.
  return ['object', membersOf(value)];
}

const membersOf = (value: object): Members =>
  Object.keys(value).map((name) => [name, (value as Record<string, unknown>)[name]]);

function describeError(error: Error): Described {
  const name = Object.hasOwn(errorTypes, error.name) ? error.name : 'Error';
  const cause = Object.hasOwn(error, 'cause') ? [error.cause] : [];
  return ['error', name, String(error.message), typeof error.stack === 'string' ? error.stack : undefined, cause];
}

/** The value again. */
export function reviver(described: unknown, parts: readonly Uint8Array[]): unknown {
  const value = described as Described;
  switch (value[0]) {
    case 'view': {
      const name = value[1] as (typeof viewNames)[number];
      const View = viewNames.includes(name) ? (globalThis as unknown as Record<string, unknown>)[name] : undefined;
      return new (View as new (buffer: ArrayBuffer) => unknown)(copyOf(part(parts, value[2])).buffer);
    }
    case 'buffer':
      return copyOf(part(parts, value[1])).buffer;
    case 'blob':
      return new Blob([copyOf(part(parts, value[1]))], { type: value[2] });
    case 'file':
      return new File([copyOf(part(parts, value[1]))], value[3], {
        type: value[2],
        lastModified: value[4],
      });
    case 'error':
      return reviveError(value);
    case 'exception':
      return new DOMException(value[2], value[1]);
    case 'list':
      return withMembers(new Array(value[1]), value[2]);
    default:
      return withMembers({}, value[1]);
  }
}

function withMembers(object: object, members: Members): object {
  for (const [name, value] of members)
    Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  return object;
}

function reviveError([, name, message, stack, cause]: Extract<Described, readonly ['error', ...unknown[]]>): Error {
  const error = new errorTypes[name as keyof typeof errorTypes](message);
  const hidden = (member: string, value: unknown) =>
    Object.defineProperty(error, member, { value, writable: true, enumerable: false, configurable: true });
  hidden('stack', stack);
  if ((cause as unknown[]).length > 0) hidden('cause', (cause as unknown[])[0]);
  return error;
}

function add(parts: Part[], part: Part): number {
  parts.push(part);
  return parts.length - 1;
}

function part(parts: readonly Uint8Array[], index: number): Uint8Array {
  const found = parts[index];
  if (found === undefined) throw new RangeError('a part is missing');
  return found;
}

function copyOf(bytes: Uint8Array): Bytes {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy;
}

const refused = (what: string): DOMException =>
  new DOMException(`The value holds ${what}, which cannot be stored in a record.`, 'DataCloneError');
