// Unlocking with a secret of the runtime: a secret binding of an edge worker, an environment variable, a file. It must be random, because
// nothing stretches it.
import { fromBase64, fromHex } from '../formats/bytes.ts';
import { deriveRoot, deriveSlotKey, type SlotPlace } from '../keys/root.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { ValidationException } from '../model/errors/index.ts';
import { checkOptions } from '../model/options.ts';
import { type Bytes, copyBytes, isBytes } from '../model/shape.ts';
import { ownText } from './options.ts';

const shortest = 32;
/** Of 32 random bytes fewer than 20 different ones come up once in 10^9 times. */
const fewestDifferent = 20;
const advice = 'Make one with `openssl rand -base64 32`.';

/**
 * A slot that a secret opens.
 * @param value at least 32 random bytes, or their hex or base64 text @throws ValidationException where it is weak
 */
export function secret(value: Uint8Array | string, options: { label?: string | undefined } = {}): UnlockMethod {
  checkOptions(options, { label: true });
  const bytes = readSecret(value);
  const keyOf = (place: SlotPlace) => deriveSlotKey(bytes, 'secret', place);
  return {
    kind: 'secret',
    label: ownText(options, 'label', 'secret'),
    enrol: async (place) => ({ key: await keyOf(place), parameters: {} }),
    slotKey: ({ place }) => keyOf(place),
  };
}

/**
 * The `root` option of `openKms` from a secret, for stores that hold bytes only: HKDF-SHA-256.
 * @param value at least 32 random bytes, or their hex or base64 text @throws ValidationException where it is weak
 */
export async function rootFromSecret(value: Uint8Array | string): Promise<CryptoKey> {
  const bytes = readSecret(value);
  try {
    return await deriveRoot(bytes);
  } finally {
    bytes.fill(0);
  }
}

function readSecret(value: Uint8Array | string): Bytes {
  const bytes = isBytes(value)
    ? copyBytes('secret', value)
    : typeof value === 'string'
      ? decode(value.trim())
      : undefined;
  if (bytes === undefined)
    throw new ValidationException(`secret must be random bytes, or their hex or base64 text. ${advice}`);
  if (bytes.length < shortest) throw new ValidationException(`secret must have at least ${shortest} bytes. ${advice}`);
  if (new Set(bytes).size < fewestDifferent || isProgression(bytes) || isText(bytes))
    throw new ValidationException(`secret is not random: it must not be text, a count or a repetition. ${advice}`);
  return bytes;
}

function decode(text: string): Bytes | undefined {
  if (/^(?:[0-9a-fA-F]{2})+$/.test(text)) return fromHex(text);
  const plain = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  if (!/^[A-Za-z0-9+/]+$/.test(plain) || plain.length % 4 === 1) return undefined;
  return fromBase64(plain.padEnd(Math.ceil(plain.length / 4) * 4, '='));
}

/** True where each byte is as far from the one before. */
const isProgression = (bytes: Bytes): boolean => {
  const step = ((bytes[1] ?? 0) - (bytes[0] ?? 0)) & 0xff;
  return bytes.every((byte, index) => index === 0 || ((byte - (bytes[index - 1] ?? 0)) & 0xff) === step);
};
/** True for printable ASCII alone: 32 random bytes are that once in 10^13 times. */
const isText = (bytes: Bytes): boolean => bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
