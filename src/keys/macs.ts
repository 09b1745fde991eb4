// MAC keys: of the platform, except HMAC-SHA-224, which WebCrypto does not have.
import type { MacSpec } from '../model/key-spec.ts';
import type { Bytes } from '../model/shape.ts';
import type { Secret } from './secret.ts';

/** Bytes of a key, and of its MACs. https://docs.aws.amazon.com/kms/latest/developerguide/hmac.html */
export const macLength = (spec: MacSpec): number => Number(spec.slice('HMAC_'.length)) / 8;

const algorithmOf = (spec: MacSpec) => ({
  name: 'HMAC' as const,
  hash: { name: `SHA-${spec.slice('HMAC_'.length)}` },
  length: macLength(spec) * 8,
});

/** Makes a key inside the platform; undefined where the platform cannot hold one. */
export async function generateMacKey(spec: MacSpec): Promise<CryptoKey | undefined> {
  if (spec === 'HMAC_224') return undefined;
  return globalThis.crypto.subtle.generateKey(algorithmOf(spec), false, ['sign']);
}

/** The same of bytes that came from outside. @throws RangeError where they are not as long as keys of the spec */
export async function importMacKey(spec: MacSpec, bytes: Bytes): Promise<CryptoKey | undefined> {
  if (bytes.length !== macLength(spec)) throw new RangeError(`A key of ${spec} has ${macLength(spec)} bytes.`);
  if (spec === 'HMAC_224') return undefined;
  return globalThis.crypto.subtle.importKey('raw', bytes, algorithmOf(spec), false, ['sign']);
}

/** HMAC of the spec's hash over a message. */
export async function computeMac(secret: Secret, spec: MacSpec, message: Bytes): Promise<Bytes> {
  if (spec !== 'HMAC_224') {
    const key = await secret.handle(algorithmOf(spec), 'sign');
    return new Uint8Array(await globalThis.crypto.subtle.sign({ name: 'HMAC' }, key, message));
  }
  const [{ hmac }, { sha224 }] = await Promise.all([import('@noble/hashes/hmac.js'), import('@noble/hashes/sha2.js')]);
  return secret.use((key) => new Uint8Array(hmac(sha224, key, message)));
}
