// The kinds of values that devalue does not know, or would write as text: bytes, blobs, errors, instances of classes.
import type { Bytes } from '../model/shape.ts';

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
  | readonly ['object', members: readonly (readonly [string, unknown])[]];

const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);

/** Describes a value, its bytes moved to `parts`, or leaves it to devalue (undefined). */
export function reducer(value: unknown, parts: Part[]): Described | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (ArrayBuffer.isView(value)) {
    const name = tagOf(value);
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
  if (value instanceof Error) return describeError(value);
  if (known.has(tag)) return undefined;
  if (tag !== 'Object') throw refused(`a ${tag}`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if ((prototype === Object.prototype || prototype === null) && !Object.hasOwn(value, '__proto__')) return undefined;
  // As structured clone does it: the members stay, the class goes.
  return ['object', Object.keys(value).map((name) => [name, (value as Record<string, unknown>)[name]])];
}

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
    default: {
      const object = {};
      for (const [name, member] of value[1])
        Object.defineProperty(object, name, { value: member, writable: true, enumerable: true, configurable: true });
      return object;
    }
  }
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
