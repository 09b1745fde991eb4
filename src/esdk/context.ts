// The encryption context of one message: what it stores, what it only authenticates, and both together.
import { type Bytes, fromBase64, toBase64 } from '../formats/bytes.ts';
import { type EncryptionContext, encodeEncryptionContext } from '../formats/encryption-context.ts';
import { mostContextBytes } from '../formats/esdk/header.ts';
import { InvalidCiphertextException } from '../model/errors/index.ts';
import { reservedPrefix } from './options.ts';

/** The stored key under which the public key of a signed message stands. */
const publicKeyName = `${reservedPrefix}public-key`;

export interface MessageContext {
  /** What the message stores, serialised. */
  readonly stored: Bytes;
  /** Serialised. What the header's tag covers beyond the header. */
  readonly authenticatedOnly: Bytes;
  readonly all: Readonly<Record<string, string>>;
  /** All of it, serialised. */
  readonly serialized: Bytes;
}

const encode = (pairs: EncryptionContext): Bytes => encodeEncryptionContext(pairs, mostContextBytes);

function join(stored: EncryptionContext, authenticatedOnly: EncryptionContext): MessageContext {
  const pairs = [...stored, ...authenticatedOnly];
  const storedBytes = encode(stored);
  return {
    stored: storedBytes,
    authenticatedOnly: encode(authenticatedOnly),
    // Makes own properties of all keys, `__proto__` too.
    all: Object.fromEntries(pairs),
    serialized: authenticatedOnly.length === 0 ? storedBytes : encode(pairs),
  };
}

/**
 * The context of a message that is written.
 * @param required keys that are authenticated and not stored
 * @throws ValidationException where all of it is too long
 */
export function contextToWrite(
  pairs: EncryptionContext,
  required: readonly string[],
  publicKey: Bytes | undefined,
): MessageContext {
  const stored = pairs.filter(([key]) => !required.includes(key));
  if (publicKey !== undefined) stored.push([publicKeyName, toBase64(publicKey)]);
  return join(
    stored,
    pairs.filter(([key]) => required.includes(key)),
  );
}

/**
 * The context of a message that is read.
 * @param supplied what the reader says: stored pairs must be equal, others are taken for authenticated and not stored
 * @throws InvalidCiphertextException
 */
export function contextToRead(stored: EncryptionContext, supplied: EncryptionContext): MessageContext {
  const known = new Map(stored);
  const authenticatedOnly = supplied.filter(([key, value]) => {
    const storedValue = known.get(key);
    const isWrong = storedValue === undefined ? key.startsWith(reservedPrefix) : storedValue !== value;
    if (isWrong) throw new InvalidCiphertextException();
    return storedValue === undefined;
  });
  try {
    return join(stored, authenticatedOnly);
  } catch {
    // Both together are longer than any writer could have authenticated.
    throw new InvalidCiphertextException();
  }
}

/** The public key that a message stores: undefined where there is none. @throws InvalidCiphertextException */
export function storedPublicKey(stored: EncryptionContext): Bytes | undefined {
  const text = stored.find(([key]) => key === publicKeyName)?.[1];
  if (text === undefined) return undefined;
  try {
    const bytes = fromBase64(text);
    if (toBase64(bytes) === text) return bytes;
  } catch {
    // Not base64.
  }
  throw new InvalidCiphertextException();
}
