// RSAES-OAEP (RFC 8017, section 7.1) with an empty label: non-extractable handles of the platform, one for each hash, because
// WebCrypto binds a handle to its hash. A platform that does not give back what was encrypted is found out, and not used.
import { isEqual } from '../formats/bytes.ts';
import type { EncryptionAlgorithm } from '../model/encryption-algorithm.ts';
import type { PairSpec } from '../model/key-spec.ts';
import type { Bytes } from '../model/shape.ts';
import { Secret } from './secret.ts';

export type OaepAlgorithm = Extract<EncryptionAlgorithm, `RSAES_${string}`>;

const algorithmOf = (algorithm: OaepAlgorithm) => ({
  name: 'RSA-OAEP' as const,
  hash: { name: algorithm === 'RSAES_OAEP_SHA_1' ? 'SHA-1' : 'SHA-256' },
});
const parameters = () => ({ name: 'RSA-OAEP', label: new Uint8Array(0) });

/** The handles that a row holds of a key pair; undefined where the platform is not to be trusted with them. */
export async function oaepHandles(pkcs8: Bytes, spki: Bytes): Promise<[key: CryptoKey, twin: CryptoKey] | undefined> {
  const importFor = (algorithm: OaepAlgorithm) =>
    globalThis.crypto.subtle.importKey('pkcs8', pkcs8, algorithmOf(algorithm), false, ['decrypt']);
  const [key, twin] = [await importFor('RSAES_OAEP_SHA_256'), await importFor('RSAES_OAEP_SHA_1')];
  return (await isFaithful(new Secret([key, twin], undefined), spki)) ? [key, twin] : undefined;
}

const faithful = new WeakMap<Secret, Promise<boolean>>();

/** WebKitGTK 2.50 cuts zeros off the front of a plaintext: a plaintext of zeros shows it. */
function isFaithful(secret: Secret, spki: Bytes): Promise<boolean> {
  const known = faithful.get(secret);
  if (known) return known;
  const probing = (async () => {
    const zeros = new Uint8Array(16);
    const sealed = await encryptOaep(spki, 'RSAES_OAEP_SHA_256', zeros);
    const opened = await decryptByPlatform(secret, 'RSAES_OAEP_SHA_256', sealed);
    return opened !== undefined && isEqual(opened, zeros);
  })();
  faithful.set(secret, probing);
  return probing;
}

export async function encryptOaep(spki: Bytes, algorithm: OaepAlgorithm, plaintext: Bytes): Promise<Bytes> {
  const { subtle } = globalThis.crypto;
  const key = await subtle.importKey('spki', spki, algorithmOf(algorithm), false, ['encrypt']);
  return new Uint8Array(await subtle.encrypt(parameters(), key, plaintext));
}

/** @param ciphertext as long as the modulus @returns undefined for every failure */
export async function decryptOaep(
  secret: Secret,
  { spki, spec }: { readonly spki: Bytes; readonly spec: PairSpec },
  algorithm: OaepAlgorithm,
  ciphertext: Bytes,
): Promise<Bytes | undefined> {
  if (secret.isHeld || (await isFaithful(secret, spki))) return decryptByPlatform(secret, algorithm, ciphertext);
  const { openOaep } = await import('./oaep-software.ts');
  const { hash } = algorithmOf(algorithm);
  try {
    return await secret.use((pkcs8) => openOaep(spec, pkcs8, hash.name, ciphertext));
  } catch (error) {
    // The number is not below the modulus.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

async function decryptByPlatform(
  secret: Secret,
  algorithm: OaepAlgorithm,
  ciphertext: Bytes,
): Promise<Bytes | undefined> {
  const key = await secret.handle(algorithmOf(algorithm), 'decrypt');
  try {
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(parameters(), key, ciphertext));
  } catch {
    return undefined;
  }
}
