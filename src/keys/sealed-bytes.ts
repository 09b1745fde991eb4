// Secrets as bytes under AES-256-GCM: under a key of their own beside them in the row, or under a root.
import { concat, utf8 } from '../formats/bytes.ts';
import { KeyUndecryptable } from '../model/errors/index.ts';
import type { Bytes } from '../model/shape.ts';
import { randomBytes } from './random.ts';

export const nonceLength = 12;

export type Parameters = (iv: Bytes) => AesGcmParams;

export const parametersFor = (purpose: string, label: string): Parameters => {
  const additionalData = utf8(`${purpose}\0${label}`);
  return (iv) => ({ name: 'AES-GCM', iv, additionalData, tagLength: 128 });
};
export const secretParameters = (label: string): Parameters => parametersFor('keyhaven/v1/sealed-secret', label);

export async function sealBytes(key: CryptoKey, parameters: Parameters, bytes: Bytes): Promise<Bytes> {
  const nonce = randomBytes(nonceLength);
  return concat(nonce, new Uint8Array(await globalThis.crypto.subtle.encrypt(parameters(nonce), key, bytes)));
}

/** @returns undefined where the bytes do not open */
export async function openBytes(key: CryptoKey, parameters: Parameters, value: Bytes): Promise<Bytes | undefined> {
  const nonce = value.slice(0, nonceLength);
  try {
    const { subtle } = globalThis.crypto;
    return new Uint8Array(await subtle.decrypt(parameters(nonce), key, value.slice(nonceLength)));
  } catch {
    return undefined;
  }
}

/** A sealed secret, and the key beside it. */
interface SealedBeside {
  readonly value: Bytes;
  readonly key?: CryptoKey | undefined;
}

/** Seals a secret under a new key, to lie beside it. */
export async function sealBeside(label: string, secret: Bytes): Promise<SealedBeside> {
  const algorithm = { name: 'AES-GCM', length: 256 };
  const key = await globalThis.crypto.subtle.generateKey(algorithm, false, ['encrypt', 'decrypt']);
  return { value: await sealBytes(key, secretParameters(label), secret), key };
}

/** @throws KeyUndecryptable */
export async function openBeside(label: string, { value, key }: SealedBeside): Promise<Bytes> {
  const isWrappingKey = key?.algorithm.name === 'AES-GCM' && !key.extractable;
  const opened = isWrappingKey ? await openBytes(key, secretParameters(label), value) : undefined;
  if (opened === undefined) throw new KeyUndecryptable(`The stored key of ${label} is missing or was exchanged.`);
  return opened;
}
