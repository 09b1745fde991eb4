// Plain data: all that a request or a reply may hold. What goes over a port is rebuilt from text, numbers, flags, dates and bytes,
// so nothing else can be in it; above all no CryptoKey, which a browser would carry to another origin without a question.
import { SerializationException } from '../../model/errors/index.ts';
import { isBytes } from '../../model/shape.ts';

/** More than any request or reply of AWS KMS needs. */
const deepest = 8;
const mostValues = 20_000;
/** Bytes and UTF-16 units of text together. */
const mostContent = 1 << 20;

/** Members of replies that are secret: their bytes move to the receiver, and none stay behind. */
const secretMembers: ReadonlySet<string> = new Set(['Plaintext', 'PrivateKeyPlaintext', 'SharedSecret']);

export interface Plain {
  readonly value: unknown;
  /** Buffers that nobody else holds, for the transfer list. */
  readonly buffers: readonly ArrayBuffer[];
}

/**
 * Rebuilds a value from plain data: each member is read once, as an own property, and bytes are copied.
 * @param what how to call it in an error
 * @param hand `moves` where secret members need not be copied, because their owner gives them away
 * @throws SerializationException where it holds anything else, or is too large or too deep
 */
export function plain(given: unknown, what: string, hand: 'copies' | 'moves' = 'copies'): Plain {
  const buffers: ArrayBuffer[] = [];
  let values = 0;
  let content = 0;

  const take = (amount: number, place: string): void => {
    content += amount;
    if (++values > mostValues || content > mostContent) throw new SerializationException(`${place} is too large.`);
  };

  function bytesOf(bytes: Uint8Array, isGivenAway: boolean): Uint8Array {
    const own = isGivenAway && moves(bytes) ? bytes : new Uint8Array(bytes);
    if (isGivenAway && own !== bytes) bytes.fill(0);
    buffers.push(own.buffer as ArrayBuffer);
    return own;
  }

  function read(value: unknown, place: string, depth: number, isGivenAway: boolean): unknown {
    if (value === null || value === undefined || typeof value === 'boolean' || typeof value === 'number') {
      take(1, place);
      return value;
    }
    if (typeof value === 'string') {
      take(value.length, place);
      return value;
    }
    if (typeof value === 'object' && depth < deepest) {
      if (isBytes(value)) {
        take(value.byteLength, place);
        return bytesOf(value, isGivenAway);
      }
      if (Array.isArray(value)) {
        const { length } = value;
        take(length, place);
        return Array.from({ length }, (_, i) =>
          read(Object.hasOwn(value, i) ? value[i] : undefined, `${place}[${i}]`, depth + 1, false),
        );
      }
      const tag = Object.prototype.toString.call(value);
      if (tag === '[object Date]') {
        take(1, place);
        return new Date(Number(value));
      }
      if (tag === '[object Object]') return membersOf(value, place, depth);
    }
    throw new SerializationException(
      `${place} must be text, a number, true or false, a Date, a Uint8Array, or a list or object of these.`,
    );
  }

  function membersOf(value: object, place: string, depth: number): unknown {
    const copy: Record<string, unknown> = Object.create(null);
    for (const name of Object.keys(value)) {
      take(name.length, place);
      const isGivenAway = hand === 'moves' && depth === 0 && secretMembers.has(name);
      const at = depth === 0 ? name : `${place}.${name}`;
      copy[name] = read((value as Record<string, unknown>)[name], at, depth + 1, isGivenAway);
    }
    return copy;
  }

  return { value: read(given, what, 0, false), buffers };
}

/** True where the bytes are all of an ordinary buffer, so that it can be transferred. */
function moves(bytes: Uint8Array): boolean {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength && bytes.byteLength > 0;
}

/** Wipes what nobody wants any more. */
export function wipe(buffers: readonly ArrayBuffer[]): void {
  for (const buffer of buffers) new Uint8Array(buffer).fill(0);
}
