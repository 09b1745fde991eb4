// Unlocking with a passphrase: Argon2id, or PBKDF2 where a runtime or a rule book demands it. What the passphrase costs a guesser lies in the
// slot, authenticated by its wrap, and is held against bounds before anything is computed: a slot can neither be made cheap to
// guess nor made to take the memory of the device.
import { fromBase64, toBase64, utf8 } from '../formats/bytes.ts';
import type { SlotParameters } from '../formats/root-slot.ts';
import { randomBytes } from '../keys/random.ts';
import { deriveSlotKey, type SlotPlace } from '../keys/root.ts';
import type { UnlockMethod } from '../keys/unlock-method.ts';
import { UnlockUnavailable, ValidationException } from '../model/errors/index.ts';
import { optionsReader } from '../model/options.ts';
import type { Bytes } from '../model/shape.ts';
import { argon2id } from './argon2.ts';
import { ownText } from './options.ts';

export interface PassphraseOptions {
  /** The user's words for the slot. */
  label?: string | undefined;
  /** Default `argon2id`. */
  kdf?: 'argon2id' | 'pbkdf2' | undefined;
  /** Argon2id: KiB, 19 456 to 262 144. Default 65 536. */
  memory?: number | undefined;
  /** Argon2id: 2 to 16, default 3. PBKDF2: 210 000 to 10 000 000, default 600 000. */
  iterations?: number | undefined;
}

/** Shortest passphrase, in characters (NIST SP 800-63B, section 5.1.1.2, asks for 8 where guesses are counted; here they are not). */
const shortest = 12;
const saltLength = 16;

type Bounds = readonly [least: number, most: number];
// Least: OWASP, Password Storage Cheat Sheet (Argon2id 19 MiB and 2 iterations; PBKDF2-HMAC-SHA-512 210 000).
// Default of Argon2id: RFC 9106, section 4, second choice, in one lane, because JavaScript has one.
const bounds = {
  memory: [19_456, 262_144],
  iterations: [2, 16],
  parallelism: [1, 4],
  pbkdf2: [210_000, 10_000_000],
} as const satisfies Record<string, Bounds>;

/**
 * @param text at least 12 characters; its Unicode form does not matter (NFKC)
 * @throws ValidationException where it is shorter, or an option is out of its bounds
 */
export function passphrase(text: string, options: PassphraseOptions = {}): UnlockMethod {
  if (typeof text !== 'string') throw new ValidationException('passphrase must be a string.');
  const normal = text.normalize('NFKC');
  const label = ownText(options, 'label', 'passphrase');
  const chosen = readCost(options);
  return {
    kind: 'passphrase',
    label,
    async enrol(place) {
      if ([...normal].length < shortest)
        throw new ValidationException(`passphrase must have at least ${shortest} characters.`);
      const parameters = { ...chosen, salt: toBase64(randomBytes(saltLength)) };
      return { key: await stretch(normal, parameters, place), parameters };
    },
    async slotKey({ parameters, place }) {
      return isBounded(parameters) ? stretch(normal, parameters, place) : undefined;
    },
  };
}

type Argon2Cost = {
  readonly kdf: 'argon2id';
  readonly memory: number;
  readonly iterations: number;
  readonly parallelism: number;
};
type Pbkdf2Cost = { readonly kdf: 'pbkdf2-sha512'; readonly iterations: number };
type Stretching = (Argon2Cost | Pbkdf2Cost) & { readonly salt: string };

function readCost(options: PassphraseOptions): Argon2Cost | Pbkdf2Cost {
  const own = optionsReader(options, { label: true, kdf: true, memory: true, iterations: true });
  const [kdf, memory, iterations] = [own('kdf') ?? 'argon2id', own('memory'), own('iterations')];
  if (kdf === 'pbkdf2') {
    if (memory !== undefined) throw new ValidationException('memory goes with the kdf argon2id only.');
    const count = iterations ?? 600_000;
    requireWithin('iterations', count, bounds.pbkdf2);
    return { kdf: 'pbkdf2-sha512', iterations: count };
  }
  if (kdf !== 'argon2id') throw new ValidationException("kdf must be 'argon2id' or 'pbkdf2'.");
  const cost = { kdf, memory: memory ?? 65_536, iterations: iterations ?? 3, parallelism: 1 } as const;
  requireWithin('memory', cost.memory, bounds.memory);
  requireWithin('iterations', cost.iterations, bounds.iterations);
  return cost;
}

function requireWithin(name: string, value: number, [least, most]: Bounds): void {
  if (!isWithin(value, [least, most]))
    throw new ValidationException(`${name} must be a whole number from ${least} to ${most}.`);
}

const isWithin = (value: unknown, [least, most]: Bounds): boolean =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

/** True for parameters that a slot may have, whoever wrote them. */
function isBounded(parameters: SlotParameters): parameters is Stretching {
  const { kdf, memory, iterations, parallelism, salt } = parameters;
  if (typeof salt !== 'string' || !/^[A-Za-z0-9+/]{22}==$/.test(salt)) return false;
  if (kdf === 'pbkdf2-sha512') return isWithin(iterations, bounds.pbkdf2);
  return (
    kdf === 'argon2id' &&
    isWithin(memory, bounds.memory) &&
    isWithin(iterations, bounds.iterations) &&
    isWithin(parallelism, bounds.parallelism)
  );
}

async function stretch(text: string, parameters: Stretching, place: SlotPlace): Promise<CryptoKey> {
  const password = utf8(text);
  const salt = fromBase64(parameters.salt);
  const secret =
    parameters.kdf === 'argon2id'
      ? await argon2id({
          password,
          salt,
          memory: parameters.memory,
          iterations: parameters.iterations,
          parallelism: parameters.parallelism,
        })
      : await pbkdf2(password, salt, parameters.iterations);
  try {
    return await deriveSlotKey(secret, 'passphrase', place);
  } finally {
    password.fill(0);
    secret.fill(0);
  }
}

async function pbkdf2(password: Bytes, salt: Bytes, iterations: number): Promise<Bytes> {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey('raw', password, { name: 'PBKDF2' }, false, ['deriveBits']);
  try {
    const parameters = { name: 'PBKDF2', hash: { name: 'SHA-512' }, salt, iterations };
    return new Uint8Array(await subtle.deriveBits(parameters, key, 256));
  } catch (cause) {
    throw new UnlockUnavailable(
      `This runtime refuses PBKDF2 with ${iterations} iterations. Use the kdf argon2id, or secret(...).`,
      { cause },
    );
  }
}
